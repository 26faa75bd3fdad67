"""Search paths: the ways from a resource to the values that a search parameter looks at, made of its expression.

They are followed without FHIRPath, which a server that searches thousands of resources has no time for. What looks
into extensions, and composites, are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from workbench.definitions.definitions import Definitions, load_definitions
from workbench.definitions.search_parameter import SearchParameter
from workbench.fhir.resource import Json

ParameterKind = Literal["string", "token", "reference", "date", "number", "quantity", "uri"]
# A reference to so many types is one to any.
_MANY_TARGETS = 100
_KINDS = frozenset({"string", "token", "reference", "date", "number", "quantity", "uri"})
_STEP = re.compile(r"(\w+)(?:<(\w+)>)?(?:\[([^\]]+)\])?")
# R5 puts whole alternatives in brackets: `(Goal.start.ofType(date))`.
_ENCLOSED = re.compile(r"^\(([^()]*(?:\([^()]*\)[^()]*)*)\)$")
_ALTERNATIVE = re.compile(r"[\w.<>\[\]= -]+")


@dataclass(frozen=True, slots=True)
class SearchPath:
    """One way to the values: JSON names, each perhaps narrowed, and the data type at the end.

    `systems` are the code systems of a plain code, which does not name its own.
    """

    steps: tuple[tuple[str, str], ...]
    type: str
    systems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchedParameter:
    """`targets` are the types that a reference may name; empty stands for any."""

    name: str
    kind: ParameterKind
    paths: tuple[SearchPath, ...]
    targets: tuple[str, ...] = ()


def find_parameter(type_name: str, name: str, release: str = "4.0") -> SearchedParameter | None:
    return parameters_of(type_name, release).get(name)


@lru_cache(maxsize=256)
def parameters_of(type_name: str, release: str = "4.0") -> Mapping[str, SearchedParameter]:
    """Return every parameter of a resource type by name, those of all resources included."""
    definitions = load_definitions(release)
    bases = ("Resource", "DomainResource", *([type_name] if definitions.is_resource(type_name) else []))
    found: dict[str, SearchedParameter] = {}
    for base in bases:
        for parameter in definitions.search_parameters(base):
            made = _searched(parameter, base, type_name, definitions)
            if made.paths and made.kind in _KINDS:
                found[made.name] = made
    return found


def extract(resource: Json, parameter: SearchedParameter) -> Iterator[tuple[Any, SearchPath]]:
    """Yield each value that `parameter` looks at, and the way to it."""
    for path in parameter.paths:
        for value in _follow(resource, path.steps):
            yield value, path


def _searched(parameter: SearchParameter, base: str, owner: str, definitions: Definitions) -> SearchedParameter:
    paths = dict.fromkeys(
        SearchPath(steps, type_name, systems)
        for steps, type_name, systems in _read_expression(parameter.expression, base, owner, definitions)
    )
    targets = tuple(sorted(parameter.targets)) if len(parameter.targets) < _MANY_TARGETS else ()
    return SearchedParameter(parameter.code, parameter.kind, tuple(paths), targets)  # type: ignore[arg-type] # others are left out


_Way = tuple[tuple[tuple[str, str], ...], str, tuple[str, ...]]


def _read_expression(expression: str, base: str, owner: str, definitions: Definitions) -> Iterator[_Way]:
    """A step may be narrowed, `telecom[system=phone]`, `subject[is Patient]`, `entry[0]`, or typed, `value<Quantity>`.

    An expression that starts with an element, and not with a type, is of the base (R4, InsurancePlan-name).
    """
    for alternative in re.split(r"\s\|\s", expression):
        text = re.sub(r"^\((.+?) as (\w+)\)", r"\1.as(\2)", alternative.strip())
        text = _ENCLOSED.sub(r"\1", text)
        text = re.sub(r"\.where\(resolve\(\) is (\w+)\)", r"[is \1]", text)
        text = re.sub(r"\.where\((\w+)='([\w-]+)'\)", r"[\1=\2]", text)
        text = re.sub(r"\.(?:as|ofType)\((\w+)\)", r"<\1>", text)
        first, _, rest = (text if text[:1].isupper() else f"{base}.{text}").partition(".")
        if first == base and rest and _ALTERNATIVE.fullmatch(rest) and " and " not in rest:
            yield from _walk(owner, rest.split("."), (), "", definitions)


def _walk(
    type_name: str, steps: list[str], behind: tuple[tuple[str, str], ...], value_set: str, definitions: Definitions
) -> Iterator[_Way]:
    if not steps:
        yield behind, type_name, _systems(value_set, definitions) if type_name == "code" else ()
        return
    table, match = definitions.table(type_name), _STEP.fullmatch(steps[0])
    if table is None or match is None:
        return
    name, cast, narrowed = match[1], match[2], match[3] or ""
    names = table.choices.get(name) or table.choices.get(f"{name}[x]") or ()
    for element in (table.elements[json_name] for json_name in names):
        if element.name == name or cast in (None, element.type):
            way = (*behind, (element.json_name, narrowed))
            yield from _walk(element.type, steps[1:], way, element.value_set, definitions)


def _systems(value_set: str, definitions: Definitions) -> tuple[str, ...]:
    found = definitions.value_set(value_set) if value_set else None
    return tuple(dict.fromkeys(item.system for item in found.includes if item.system)) if found else ()


def _follow(value: Any, steps: tuple[tuple[str, str], ...]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    (name, narrowed), rest = steps[0], steps[1:]
    child = value.get(name) if isinstance(value, dict) else None
    items = child if isinstance(child, list) else [child]
    if narrowed.isdecimal():
        items, narrowed = items[int(narrowed) : int(narrowed) + 1], ""
    for item in items:
        if item is not None and (not narrowed or _meets(item, narrowed)):
            yield from _follow(item, rest)


def _meets(item: Any, narrowed: str) -> bool:
    """`is Patient` asks where a reference leads, `system=phone` for the value of a neighbour."""
    if not isinstance(item, dict):
        return False
    if narrowed.startswith("is "):
        wanted = narrowed[3:]
        named = re.search(r"(?:^|/)([A-Z][A-Za-z]+)/[^/]+(?:/_history/[^/]+)?$", str(item.get("reference", "")))
        return named[1] == wanted if named else item.get("type", wanted) == wanted
    name, _, wanted = narrowed.partition("=")
    return item.get(name) == wanted
