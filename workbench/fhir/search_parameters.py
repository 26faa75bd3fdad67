"""Search parameters of FHIR R4: what each is called, of which kind it is and which values of a resource it looks at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from workbench.fhir.definition import Element, find_structure, load_facts
from workbench.fhir.resource import Json

ParameterKind = Literal["string", "token", "reference", "date", "number", "quantity", "uri"]


@dataclass(frozen=True, slots=True)
class SearchPath:
    """One way to the values: JSON names, each perhaps narrowed, and the data type at the end.

    `systems` are the code systems of a plain code, which does not name its own.
    """

    steps: tuple[tuple[str, str], ...]
    type: str
    systems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """`targets` are the types that a reference may name; empty stands for any."""

    name: str
    kind: ParameterKind
    paths: tuple[SearchPath, ...]
    targets: tuple[str, ...] = ()


def find_parameter(type_name: str, name: str) -> SearchParameter | None:
    return parameters_of(type_name).get(name)


@lru_cache(maxsize=256)
def parameters_of(type_name: str) -> Mapping[str, SearchParameter]:
    """Return every parameter of a resource type by name, those of all resources included."""
    search = load_facts()["search"]
    merged = search.get("Resource", {}) | search.get("DomainResource", {}) | search.get(type_name, {})
    return {name: _parameter(type_name, name, *facts) for name, facts in merged.items()}


def extract(resource: Json, parameter: SearchParameter) -> Iterator[tuple[Any, SearchPath]]:
    """Yield each value that `parameter` looks at, and the way to it."""
    for path in parameter.paths:
        for value in _follow(resource, path.steps):
            yield value, path


def _parameter(
    owner: str, name: str, kind: ParameterKind, paths: list[list[str]], targets: list[str] | None = None
) -> SearchParameter:
    return SearchParameter(name, kind, tuple(_path(owner, *path) for path in paths), tuple(targets or ()))


def _path(owner: str, text: str, type_name: str) -> SearchPath:
    steps = tuple((step, narrowed) for step, narrowed in re.findall(r"(\w+)(?:\[([^\]]+)\])?", text))
    return SearchPath(steps, type_name, _systems(owner, steps) if type_name == "code" else ())


def _systems(owner: str, steps: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    element: Element | None = None
    for name, _ in steps:
        structure = find_structure(element.type if element else owner)
        element = structure.elements.get(name) if structure else None
        if element is None:
            return ()
    return tuple(element.codes or ()) if element else ()


def _follow(value: Any, steps: tuple[tuple[str, str], ...]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    (name, narrowed), rest = steps[0], steps[1:]
    child = value.get(name) if isinstance(value, dict) else None
    for item in child if isinstance(child, list) else [child]:
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
