"""Definitions of FHIR R4 4.0.1: the elements, types, cardinalities and required codes of every resource and data type.

The facts are compiled from the official package by tools/compile_definitions.py and read once, at first use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

JsonKind = Literal["string", "number", "integer", "boolean"]


@dataclass(frozen=True, slots=True)
class Element:
    """One element under one JSON name: `valueQuantity` is the element `value[x]` with the type Quantity.

    `most` is None where it repeats without end. `codes` are the required codes by system,
    `targets` what it may refer to.
    """

    json_name: str
    name: str
    type: str
    least: int
    most: int | None
    codes: Mapping[str, frozenset[str]] | None = None
    targets: tuple[str, ...] = ()

    @property
    def repeats(self) -> bool:
        return self.most != 1


@dataclass(frozen=True, slots=True)
class Primitive:
    """A primitive type; its JSON values are of `kind` and match `pattern` whole, where it has one."""

    name: str
    kind: JsonKind
    pattern: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Structure:
    """A type and its elements by JSON name; inner ones such as `Patient.contact` are types of their own.

    `choices` are the JSON names of each element, of which there are several for `value[x]` alone.
    """

    name: str
    elements: Mapping[str, Element]
    required: tuple[str, ...]
    choices: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Release:
    """Where the facts come from: the official package and the SHA-512 of the file that was compiled."""

    package: str
    version: str
    sha512: str


def find_structure(type_name: str) -> Structure | None:
    """Return the structure of a resource type, data type or inner type; None where R4 has none of that name."""
    return _structure(type_name) if type_name in load_facts()["types"] else None


def find_primitive(type_name: str) -> Primitive | None:
    return _primitives().get(type_name)


def is_resource_type(name: str) -> bool:
    return name in _resource_types()


def release() -> Release:
    source = load_facts()["source"]
    return Release(source["package"], source["version"], source["sha512"])


@lru_cache(maxsize=1)
def load_facts() -> dict[str, Any]:
    """Return the compiled facts as they stand in the file."""
    facts: dict[str, Any] = json.loads((files(__package__) / "r4.json").read_text("utf-8"))
    return facts


@lru_cache(maxsize=1)
def _resource_types() -> frozenset[str]:
    return frozenset(load_facts()["resources"])


@lru_cache(maxsize=1)
def _primitives() -> dict[str, Primitive]:
    return {
        name: Primitive(name, kind, re.compile(pattern) if pattern else None)
        for name, (kind, pattern) in load_facts()["primitives"].items()
    }


@lru_cache(maxsize=1024)
def _structure(type_name: str) -> Structure:
    table: dict[str, list[Any]] = load_facts()["types"][type_name]
    elements = {name: _elements(name, facts) for name, facts in table.items()}
    return Structure(
        type_name,
        {element.json_name: element for found in elements.values() for element in found},
        tuple(name for name, facts in table.items() if facts[0] > 0),
        {name: tuple(element.json_name for element in found) for name, found in elements.items()},
    )


def _elements(name: str, facts: list[Any]) -> list[Element]:
    least, most, types, codes, targets = facts + ["", []][len(facts) - 3 :]
    base = name.removesuffix("[x]")
    named = [(base if base == name else base + kind[0].upper() + kind[1:], kind) for kind in types]
    return [
        Element(json_name, name, kind, least, most or None, _codes(codes) if codes else None, tuple(targets))
        for json_name, kind in named
    ]


@lru_cache(maxsize=1024)
def _codes(name: str) -> Mapping[str, frozenset[str]]:
    return {system: frozenset(codes) for system, codes in load_facts()["codes"][name].items()}
