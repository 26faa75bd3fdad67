"""Query: what a FHIR search asks for, read from its parameters by what the site offers.

A parameter that the site does not offer is left out with a word about it.
A value or modifier that cannot be meant is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from workbench.definitions.search_paths import SearchedParameter, extract, find_parameter
from workbench.fhir.resource import Json
from workbench.fhir_server import match
from workbench.fhir_server.match import ValueTest
from workbench.issue import Issue
from workbench.site.site import FhirRules

Parameters = Sequence[tuple[str, str]]
Condition = Callable[[Json], bool]

# Told by every site, whatever its file lists (FHIR R4, Search, all resources).
ALWAYS = ("_id", "_lastUpdated")
# Asked for by clients of every kind, and without effect on what is found.
WITHOUT_EFFECT = ("_format", "_pretty", "_total")


@dataclass(frozen=True, slots=True)
class Include:
    """`_include=Observation:subject:Patient`; `iterate` follows what was included too."""

    source: str
    parameter: SearchedParameter
    target: str
    iterate: bool


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a later page begins: `offset` matches into those resources whose order is at most `ceiling`."""

    ceiling: int
    offset: int

    def to_text(self) -> str:
        return f"{self.ceiling}.{self.offset}"


@dataclass(frozen=True, slots=True)
class Query:
    """`used` are the parameters that count, as they were given; `ignored` says of the others why they do not.

    `count` None is the site's own page size; `only_total` asks for the number of matches alone.
    """

    type: str
    conditions: tuple[Condition, ...] = ()
    sort: tuple[tuple[SearchedParameter, bool], ...] = ()
    includes: tuple[Include, ...] = ()
    count: int | None = None
    only_total: bool = False
    cursor: Cursor | None = None
    used: tuple[tuple[str, str], ...] = ()
    ignored: tuple[Issue, ...] = ()

    def matches(self, resource: Json) -> bool:
        return all(condition(resource) for condition in self.conditions)


@dataclass(slots=True)
class _Reading:
    """A query as it grows; reading raises ValueError with what is wrong, LookupError with what is not offered."""

    rules: FhirRules
    query: Query
    base: str
    now: datetime

    def read(self, name: str, value: str) -> None:
        if name in WITHOUT_EFFECT:
            return
        if name in _SHAPERS:
            _SHAPERS[name](self, value)
        else:
            self._read_condition(name, value)
        self.query = replace(self.query, used=(*self.query.used, (name, value)))

    def _read_count(self, value: str) -> None:
        if not value.isdecimal() or len(value) > 9:
            raise ValueError("it must be a whole number of at least 0")
        self.query = replace(self.query, count=int(value), only_total=self.query.only_total or int(value) == 0)

    def _read_summary(self, value: str) -> None:
        if value not in ("count", "false"):
            raise LookupError(f"_summary={value} is not supported here")
        self.query = replace(self.query, only_total=value == "count")

    def _read_cursor(self, value: str) -> None:
        parts = value.split(".")
        if len(parts) != 2 or not all(part.isdecimal() and len(part) < 16 for part in parts):
            raise ValueError("it is not a page of this search")
        self.query = replace(self.query, cursor=Cursor(int(parts[0]), int(parts[1])))

    def _read_sort(self, value: str) -> None:
        keys = []
        for name in filter(None, value.split(",")):
            keys.append((self._find(name.removeprefix("-")), name.startswith("-")))
        self.query = replace(self.query, sort=(*self.query.sort, *keys))

    def _read_include_iterated(self, value: str) -> None:
        self._read_include(value, iterate=True)

    def _read_include(self, value: str, iterate: bool = False) -> None:
        source, _, rest = value.partition(":")
        name, _, target = rest.partition(":")
        rules = self.rules.find_resource(source)
        parameter = find_parameter(source, name)
        offered = rules.include if rules else ()
        if parameter is None or not {f"{source}:{name}", name, "*"} & set(offered):
            raise LookupError(f"_include={value} is not offered here")
        include = Include(source, parameter, target, iterate)
        self.query = replace(self.query, includes=(*self.query.includes, include))

    def _find(self, name: str) -> SearchedParameter:
        rules = self.rules.find_resource(self.query.type)
        parameter = find_parameter(self.query.type, name)
        if parameter is None or rules is None or name not in (*rules.search, *ALWAYS):
            raise LookupError(f"the parameter “{name}” is not offered for {self.query.type} here")
        return parameter

    def _read_condition(self, full_name: str, value: str) -> None:
        name, _, modifier = full_name.partition(":")
        if "." in full_name:
            raise LookupError(f"the chained parameter “{full_name}” is not offered here")
        parameter = self._find(name)
        if not value:
            raise LookupError(f"the parameter “{full_name}” has no value")
        self.query = replace(
            self.query, conditions=(*self.query.conditions, self._make_condition(parameter, modifier, value))
        )

    def _make_condition(self, parameter: SearchedParameter, modifier: str, value: str) -> Condition:
        if modifier == "missing":
            if value not in ("true", "false"):
                raise ValueError("“:missing” takes true or false")
            return lambda resource: (next(extract(resource, parameter), None) is None) == (value == "true")
        tests = [self._make_test(parameter, modifier, part) for part in match.split_escaped(value, ",") if part]

        def holds(resource: Json) -> bool:
            return any(test(found, path) for found, path in extract(resource, parameter) for test in tests)

        return (lambda resource: not holds(resource)) if modifier == "not" else holds

    def _make_test(self, parameter: SearchedParameter, modifier: str, value: str) -> ValueTest:
        kind = parameter.kind
        is_type = kind == "reference" and modifier[:1].isupper()
        if modifier and not is_type and modifier not in match.MODIFIERS.get(kind, ()):
            raise ValueError(f"the modifier “:{modifier}” is not supported for a parameter of the type {kind}")
        if is_type and parameter.targets and modifier not in parameter.targets:
            raise ValueError(f"it never refers to {modifier}")
        makers: dict[str, Callable[[], ValueTest]] = {
            "string": lambda: match.parse_string(match.unescape(value), modifier),
            "token": lambda: match.parse_token(value, modifier),
            "reference": lambda: match.parse_reference(value, modifier, parameter, self.base),
            "date": lambda: match.parse_date_value(match.unescape(value), self.now),
            "number": lambda: match.parse_number_value(match.unescape(value)),
            "quantity": lambda: match.parse_quantity(value),
            "uri": lambda: match.parse_uri(value, modifier),
        }
        return makers[kind]()


_SHAPERS: dict[str, Callable[[_Reading, str], None]] = {
    "_count": _Reading._read_count,
    "_sort": _Reading._read_sort,
    "_include": _Reading._read_include,
    "_include:iterate": _Reading._read_include_iterated,
    "_summary": _Reading._read_summary,
    "_cursor": _Reading._read_cursor,
}
# Parameters that shape an answer and pick no resource.
SHAPING = (*_SHAPERS, *WITHOUT_EFFECT)


def read_query(
    rules: FhirRules, type_name: str, parameters: Parameters, *, base: str, now: datetime, strict: bool = False
) -> Query | tuple[Issue, ...]:
    """Return the query, or why it is refused; what is not offered is refused where `strict`, else ignored.

    The same parameter twice asks for both, values divided by a comma for either (FHIR R4, Search, multiple values).
    """
    reading = _Reading(rules, Query(type_name), base, now)
    faults: list[Issue] = []
    ignored: list[Issue] = []
    for name, value in parameters:
        try:
            reading.read(name, value)
        except LookupError as error:
            what = str(error.args[0])
            if strict:
                faults.append(Issue("error", "not-supported", f"{what[:1].upper()}{what[1:]}."))
            else:
                ignored.append(Issue("warning", "not-supported", f"{what[:1].upper()}{what[1:]}, and was ignored."))
        except ValueError as error:
            faults.append(Issue("error", "invalid", f"The search parameter “{name}={value}” cannot be used: {error}."))
    return tuple(faults) if faults else replace(reading.query, ignored=tuple(ignored))
