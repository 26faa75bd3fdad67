"""Slices of a profile: which there are, and which items of a list surely lie in one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.faults.official import Json, Official


def slices_of(official: Official, structure: Json, element: Json) -> Iterator[Json]:
    """The slices of an element, without those that slice a slice again."""
    start = element["id"] + ":"
    for name, part in official.elements(structure).items():
        if name.startswith(start) and not {".", "/"} & set(name[len(start) :]):
            yield part


def lies_in(official: Official, structure: Json, sliced: Json, part: Json, item: Any) -> bool:
    """Whether an item surely lies in a slice: all its discriminators are values that the slice fixes."""
    elements = official.elements(structure)
    discriminators = sliced["slicing"].get("discriminator", [])
    return bool(discriminators) and all(_agrees(elements, part, d, item) for d in discriminators)


def choosing_names(sliced: Json) -> frozenset[str]:
    """The elements of an item by which its slice is chosen."""
    return frozenset(d["path"].partition(".")[0] for d in sliced["slicing"].get("discriminator", []))


def is_by_type(element: Json) -> bool:
    """Whether the slices of a choice are one for each of its types."""
    discriminators = element.get("slicing", {}).get("discriminator", [])
    return bool(discriminators) and all(d["type"] == "type" and d["path"] == "$this" for d in discriminators)


def _agrees(elements: dict[str, Json], part: Json, discriminator: Json, item: Any) -> bool:
    path = discriminator["path"]
    if discriminator["type"] not in ("value", "pattern") or "(" in path:
        return False
    if path == "url" and part.get("type", [{}])[0].get("profile"):
        return isinstance(item, dict) and item.get("url") == part["type"][0]["profile"][0]
    steps = [] if path == "$this" else path.split(".")
    for step in steps:
        item = item.get(step) if isinstance(item, dict) else None
    element = elements.get(".".join([part["id"], *steps]), {})
    asked = next((v for k, v in element.items() if k.startswith(("fixed", "pattern"))), None)
    return asked is not None and item is not None and contains(item, asked)


def contains(value: Any, pattern: Any) -> bool:
    """Whether a value has all that a pattern has (FHIR R4, ElementDefinition.pattern)."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(k in value and contains(value[k], p) for k, p in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(contains(item, p) for item in value) for p in pattern)
    return bool(value == pattern)
