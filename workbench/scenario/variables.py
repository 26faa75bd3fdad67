"""Variables of a replay: `${name}` in the texts of a scenario, where their values come from, and which are built in.

`$${` stands for a plain `${`. The time, the control ID and the UUID stay one within a step, and change with the next.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from workbench.scenario.scenario import Scenario, Variant

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_REFERENCE = re.compile(r"\$\$\{|\$\{([^}\n]*)(\}?)")
_MOMENT = re.compile(r"(now|day|today|instant)(?:([+-])([0-9]{1,5})([smhdw]))?\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_FORMATS = {"now": "%Y%m%d%H%M%S+0000", "day": "%Y%m%d", "today": "%Y-%m-%d", "instant": "%Y-%m-%dT%H:%M:%SZ"}
BUILT_IN = (
    "now", "day", "today", "instant", "control-id", "uuid", "replay-id",
    "site", "site-name", "fhir-base", "hl7v2-version", "listen-port",
)  # fmt: skip
_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Reference:
    """One `${name}` at `offset` of a text; `closed` is off where its brace never ends."""

    name: str
    offset: int
    closed: bool = True


def find_references(text: str) -> Iterator[Reference]:
    """The variables that `text` asks for, in order."""
    for match in _REFERENCE.finditer(text):
        if match[1] is not None:
            yield Reference(match[1], match.start(), bool(match[2]))


def fill_blank(text: str) -> str:
    """`text` with a stand-in for each variable, to see whether it can be read at all."""
    return _REFERENCE.sub(lambda match: "${" if match[1] is None else "x1", text)


def escape_variables(text: str) -> str:
    """`text` as a scenario holds it: a `${` of its own is written `$${`."""
    return text.replace("${", "$${")


def is_built_in(name: str) -> bool:
    return name in BUILT_IN or _MOMENT.match(name) is not None


def suggest_variable(name: str, known: Iterable[str]) -> str:
    """What to do about a `name` that nobody gives: the nearest one that is known, or where to add it."""
    near = difflib.get_close_matches(name, [*known, *BUILT_IN], n=1)
    return f"Did you mean ${{{near[0]}}}?" if near else "Add it under “variables”, or write $${ for a plain ${."


def holds(trait: str, wanted: str, traits: Mapping[str, str]) -> bool | None:
    """Tell whether `wanted` holds of the site's `trait` (`v1` holds of `v1+v2`); None where it is not known."""
    actual = traits.get(trait)
    if actual is None:
        return None
    if wanted.startswith("not "):
        return not holds(trait, wanted[4:].strip(), traits)
    return actual == wanted or wanted in actual.split("+")


def _holds_condition(condition: str, traits: Mapping[str, str]) -> bool:
    trait, sign, wanted = condition.partition("=")
    return bool(holds(trait.strip(), wanted.strip(), traits) if sign else holds("site", condition, traits))


def choose_values(scenario: Scenario, traits: Mapping[str, str]) -> dict[str, str]:
    """The scenario's variables as they stand at one site: its own line first, then a trait's, then the default."""
    values = dict(scenario.variables)
    chosen: dict[str, Variant] = {}
    for variant in scenario.variants:
        if _holds_condition(variant.condition, traits):
            before = chosen.get(variant.name)
            if before is None or ("=" in before.condition and "=" not in variant.condition):
                chosen[variant.name] = variant
    return values | {name: variant.value for name, variant in chosen.items()}


class Variables:
    """The values that one replay fills in: the scenario's, the built-in ones and what its steps captured.

    `clock` gives aware UTC times and `make_id` unique texts of hexadecimal digits.
    """

    def __init__(
        self,
        values: Mapping[str, str],
        fixed: Mapping[str, str],
        *,
        clock: Callable[[], datetime],
        make_id: Callable[[], str],
    ) -> None:
        self._values = dict(values)
        self._fixed = dict(fixed)
        self._captured: dict[str, str] = {}
        self._clock, self._make_id = clock, make_id
        self._fixed["replay-id"] = (make_id() + "0" * 8)[:8].upper()
        self.start_step()

    def start_step(self) -> None:
        """Take a new time, control ID and UUID."""
        self.now = self._clock()
        identity = (self._make_id() + "0" * 32)[:32]
        self._fixed["control-id"] = "WB" + identity[:14].upper()
        self._fixed["uuid"] = "-".join(identity[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))

    def capture(self, name: str, value: str) -> None:
        self._captured[name] = value

    def fix(self, name: str, value: str) -> None:
        """Set a built-in value that is known only once the replay runs."""
        self._fixed[name] = value

    @property
    def known(self) -> tuple[str, ...]:
        return (*self._values, *self._captured)

    def find(self, name: str, depth: int = 0) -> str | None:
        """The value of `name` with its own variables filled in, or None where nobody gives one."""
        if name in self._captured:
            return self._captured[name]
        if name in self._values:
            return self.fill(self._values[name], depth=depth + 1) if depth < _DEPTH else None
        if name in self._fixed:
            return self._fixed[name]
        moment = _MOMENT.match(name)
        return self._tell_moment(moment) if moment else None

    def _tell_moment(self, moment: re.Match[str]) -> str:
        at = self.now
        if moment[2]:
            offset = timedelta(**{_UNITS[moment[4]]: int(moment[3])})
            at = at + offset if moment[2] == "+" else at - offset
        return at.strftime(_FORMATS[moment[1]])

    def missing(self, *texts: str, depth: int = 0) -> tuple[str, ...]:
        """The names that `texts` ask for, their values included, and that have no value."""
        names: list[str] = []
        for reference in (reference for text in texts for reference in find_references(text)):
            name = reference.name
            if name in self._values and name not in self._captured and depth < _DEPTH:
                names += self.missing(self._values[name], depth=depth + 1)
            elif self.find(name, _DEPTH) is None:
                names.append(name)
        return tuple(dict.fromkeys(names))

    def fill(
        self,
        text: str,
        *,
        escape: Callable[[str], str] | None = None,
        escape_captured: Callable[[str], str] | None = None,
        depth: int = 0,
    ) -> str:
        """`text` with its variables filled in; one without a value stays as it is written.

        `escape` makes any value fit where it goes, `escape_captured` only what came from an answer.
        """
        if "${" not in text:
            return text

        def replace(match: re.Match[str]) -> str:
            if match[1] is None:
                return "${"
            value = self.find(match[1], depth)
            if value is None:
                return match[0]
            if escape_captured and match[1] in self._captured:
                return escape_captured(value)
            return escape(value) if escape else value

        return _REFERENCE.sub(replace, text)
