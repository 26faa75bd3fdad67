"""Parsing of scenario files: YAML text to a `Scenario`, every fault with its line and what was expected there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from ruamel.yaml.comments import CommentedMap

from workbench.errors import WorkbenchError
from workbench.scenario.check_reader import CheckReader
from workbench.scenario.launch_reader import read_launch, read_token
from workbench.scenario.scenario import (
    Capture,
    Check,
    CheckKind,
    FhirInteraction,
    Launch,
    LineEnds,
    ReceiveHl7v2,
    Scenario,
    SendHl7v2,
    Step,
    TokenRequest,
    Variant,
    Wait,
)
from workbench.scenario.titles import title_of
from workbench.scenario.variables import find_references
from workbench.site.answer_rule_text import parse_answer_rule
from workbench.transports.mllp_retry import LOST, NO_RETRY, REASONS, Retry
from workbench.yaml_file import YamlMap, parse_yaml

VERSION = 1
STEP_KINDS = ("launch", "token", "fhir", "hl7v2", "receive", "wait")
LINE_ENDS: tuple[LineEnds, ...] = get_args(LineEnds)
# What can be looked at in the answer of each kind of step.
CHECKS_OF: dict[str, tuple[CheckKind, ...]] = {
    "launch": ("launch", "granted", "withheld", "reason", "review"),
    "token": ("token", "launch", "granted", "withheld", "status", "reason", "review"),
    "fhir": ("status", "fhirpath", "header", "reason", "body", "review"),
    "hl7v2": ("acknowledgment", "error", "failure", "attempts", "hl7", "reason", "body"),
    "receive": ("hl7", "body"),
}
MAX_STEPS = 2000
MAX_WITHIN = 3600.0
MAX_RETRIES = 100
_REQUEST = re.compile(r"([A-Z]{3,10})(?:\s+(\S.*))?\Z")


def parse_document(text: str, source: str = "", folders: Sequence[Path] = ()) -> Scenario:
    """The scenario that `text` writes down; `folders` are where files that it names are looked for.

    Raises WorkbenchError with file, line and column.
    """
    try:
        return _DocumentReader(source, folders).read(parse_yaml(text, source))
    except RecursionError as error:
        raise WorkbenchError("The file nests too deep to be read.", source=source) from error


class _DocumentReader(CheckReader):
    """Reads one file from top to bottom, and knows which names are given so far."""

    def __init__(self, source: str, folders: Sequence[Path]) -> None:
        super().__init__(source, folders)
        self.launches: list[str] = []

    def read(self, top: YamlMap) -> Scenario:
        version = top.integer("version", least=1)
        if version > VERSION:
            raise top.refuse(
                "version",
                f"The file is of version {version}, and this workbench reads version {VERSION}.",
                "Install a newer workbench.",
            )
        name = top.text("name").strip()
        if not name:
            raise top.refuse("name", "“name” is empty.", "Say in a few words what the scenario shows.")
        description = top.text("description", "").strip()
        sites, needs = top.texts("sites", ()), top.texts("needs", ())
        variables, variants = self._read_variables(top)
        steps = tuple(self._read_step(step) for step in self._step_maps(top))
        top.finish()
        return Scenario(
            name=name,
            description=description,
            steps=steps,
            sites=sites,
            needs=needs,
            variables=variables,
            variants=variants,
            source=self.source,
        )

    def _step_maps(self, top: YamlMap) -> list[YamlMap]:
        steps = list(top.maps("steps"))
        if not steps:
            raise top.refuse("steps", "“steps” is empty.", "Add a step: launch, token, fhir, hl7v2, receive or wait.")
        if len(steps) > MAX_STEPS:
            raise top.refuse("steps", f"There are {len(steps):,} steps, and at most {MAX_STEPS:,} are read.")
        return steps

    # Variables

    def _read_variables(self, top: YamlMap) -> tuple[tuple[tuple[str, str], ...], tuple[Variant, ...]]:
        section = top.map("variables", default=True)
        defaults: list[tuple[str, str]] = []
        variants: list[Variant] = []
        for name in section.names():
            self.check_name(section, name)
            self.names.add(name)
        for name in section.names():
            if isinstance(section.raw(name), CommentedMap):
                cases = section.map(name)
                for case in cases.names():
                    value = self.take(cases, case)
                    if case == "default":
                        defaults.append((name, value))
                    else:
                        variants.append(Variant(name, case, value, cases.line_of(case)))
            else:
                defaults.append((name, self.take(section, name)))
        self._refuse_circles(section, defaults, variants)
        section.finish()
        return tuple(defaults), tuple(variants)

    def _refuse_circles(self, section: YamlMap, defaults: list[tuple[str, str]], variants: list[Variant]) -> None:
        asks: dict[str, set[str]] = {}
        for name, value in [*defaults, *((variant.name, variant.value) for variant in variants)]:
            asks.setdefault(name, set()).update(reference.name for reference in find_references(value))
        for name in asks:
            reached, waiting = set(), set(asks[name])
            while waiting:
                reached |= waiting
                waiting = {far for near in waiting for far in asks.get(near, ())} - reached
            if name in reached:
                raise section.refuse(name, f"${{{name}}} is made of itself.", "Write its value out.")

    # Steps

    def _read_step(self, entry: YamlMap) -> Step:
        kinds = [kind for kind in STEP_KINDS if kind in entry]
        if len(kinds) != 1:
            raise self._refuse_kind(entry, kinds)
        base: dict[str, Any] = {"line": entry.line, "when": self._read_when(entry)}
        base["name"] = self.take(entry, "name", "").strip()
        kind = kinds[0]
        step: Step
        if kind == "launch":
            step = Launch(**base, **read_launch(self, entry), within=self._within(entry, 60.0))
        elif kind == "token":
            token = {**read_token(self, entry), "launch": self._read_with(entry, required=True)}
            step = TokenRequest(**base, **token, within=self._within(entry, 30.0))
        elif kind == "fhir":
            step = FhirInteraction(**base, **self._read_fhir(entry))
        elif kind == "hl7v2":
            step = SendHl7v2(**base, **self._read_hl7v2(entry), within=self._within(entry, 10.0))
        elif kind == "receive":
            step = ReceiveHl7v2(**base, **self._read_receive(entry))
        else:
            step = Wait(**base, seconds=self._seconds(entry))
        return self._finish_step(entry, step, kind)

    def _finish_step(self, entry: YamlMap, step: Step, kind: str) -> Step:
        captures: tuple[Capture, ...] = ()
        checks: tuple[Check, ...] = ()
        if not isinstance(step, Wait):
            captures = self.read_captures(entry, CHECKS_OF[kind])
            self.names |= {capture.name for capture in captures}
            checks = tuple(self.read_check(check, CHECKS_OF[kind]) for check in entry.maps("checks", default=True))
        masked = isinstance(step, FhirInteraction | SendHl7v2 | ReceiveHl7v2)
        masks, default_masks = self.read_masks(entry) if masked else ((), True)
        entry.finish()
        values = {name: getattr(step, name) for name in step.__dataclass_fields__}
        values |= {"captures": captures, "checks": checks, "masks": masks, "default_masks": default_masks}
        values["name"] = step.name or title_of(step)
        if isinstance(step, Launch):
            self.launches.append(step.saves_as)
        return type(step)(**values)

    def _refuse_kind(self, entry: YamlMap, kinds: list[str]) -> WorkbenchError:
        if kinds:
            return entry.refuse(
                kinds[1], f"A step does one thing, and this one has {' and '.join(kinds)}.", "Make two steps of it."
            )
        for key in entry.names():
            near = difflib.get_close_matches(key, STEP_KINDS, n=1)
            if near and key not in ("name", "when", "checks", "capture", "masks", "within"):
                return entry.refuse(key, f"“{key}” is not a kind of step.", f"Did you mean {near[0]}?")
        return WorkbenchError(
            "The step does not say what it does.",
            hint="Add one of launch, token, fhir, hl7v2, receive or wait.",
            source=self.source,
            line=entry.line,
            column=int(entry.value.lc.col) + 1,
        )

    def _read_when(self, entry: YamlMap) -> tuple[tuple[str, str], ...]:
        conditions = entry.map("when", default=True)
        return tuple((trait, value) for trait in conditions.names() for value in conditions.texts(trait))

    def _within(self, entry: YamlMap, default: float) -> float:
        within = entry.number("within", default, least=0.01)
        if within > MAX_WITHIN:
            raise entry.refuse("within", f"“within” is at most {MAX_WITHIN:g} seconds.")
        return within

    def _seconds(self, entry: YamlMap) -> float:
        seconds = entry.number("wait")
        if seconds > MAX_WITHIN:
            raise entry.refuse("wait", f"“wait” is at most {MAX_WITHIN:g} seconds.")
        return seconds

    def _read_fhir(self, entry: YamlMap) -> dict[str, Any]:
        request = _REQUEST.match(self.take(entry, "fhir").strip())
        if not request:
            raise entry.refuse("fhir", "“fhir” must be a method and a path.", "Such as: GET Patient/1")
        headers = entry.map("headers", default=True)
        pairs = tuple((name, self.take(headers, name)) for name in headers.names())
        if any(
            "\n" in value or "\r" in value or not re.match(r"[!#-'*+.0-9A-Z^-z|~-]+\Z", key) for key, value in pairs
        ):
            raise entry.refuse("headers", "A header has a name of one word and a value on one line.")
        body, file, verbatim = self.read_content(entry, "body") if "body" in entry else ("", "", False)
        return {
            "method": request[1],
            "path": request[2] or "",
            "headers": pairs,
            "body": body,
            "file": file,
            "verbatim": verbatim,
            "launch": self._read_with(entry),
            "within": self._within(entry, 30.0),
        }

    def _read_with(self, entry: YamlMap, *, required: bool = False) -> str:
        name = entry.text("with") if required else entry.text("with", "")
        if name and name not in self.launches:
            near = difflib.get_close_matches(name, self.launches, n=1)
            known = ", ".join(self.launches)
            hint = f"Did you mean {near[0]}?" if near else f"Known so far: {known}." if known else "Add a launch step."
            raise entry.refuse("with", f"No launch before this step is saved as “{name}”.", hint)
        return name

    def _read_hl7v2(self, entry: YamlMap) -> dict[str, Any]:
        message, file, verbatim = self.read_content(entry, "hl7v2")
        if not message.strip():
            raise entry.refuse("hl7v2", "The message is empty.", "Write it as a block: hl7v2: |")
        line_ends = entry.choice("line-ends", LINE_ENDS, "cr")
        retry = self._read_retry(entry)
        return {"message": message, "file": file, "verbatim": verbatim, "line_ends": line_ends, "retry": retry}

    def _read_retry(self, entry: YamlMap) -> Retry:
        if "retry" not in entry:
            return NO_RETRY
        fields = entry.map("retry")
        reasons = fields.texts("on", LOST)
        for reason in reasons:
            if reason not in REASONS:
                known = ", ".join(REASONS)
                raise fields.refuse("on", f"“{reason}” is no reason to send again.", f"Use some of {known}.")
        retry = Retry(
            fields.integer("times", least=1),
            wait=fields.number("wait", NO_RETRY.wait),
            backoff=fields.number("backoff", NO_RETRY.backoff, least=1),
            on=reasons,
        )
        fields.finish()
        if retry.times > MAX_RETRIES or retry.wait > MAX_WITHIN:
            raise entry.refuse("retry", f"At most {MAX_RETRIES} times and {MAX_WITHIN:g} seconds are waited for here.")
        return retry

    def _read_receive(self, entry: YamlMap) -> dict[str, Any]:
        entry.choice("receive", ("hl7v2",))
        port = entry.integer("port", 0)
        if port > 65535:
            raise entry.refuse("port", "“port” is at most 65535.")
        answer = self._read_answer(entry)
        return {"port": port, "answer": answer, "within": self._within(entry, 30.0)}

    def _read_answer(self, entry: YamlMap) -> str:
        answer = entry.text("answer", "AA")
        if answer != "none":
            try:
                parse_answer_rule(f"any: {answer}")
            except WorkbenchError as error:
                raise entry.refuse("answer", error.message, error.hint) from error
        return answer
