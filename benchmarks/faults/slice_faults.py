"""Slice faults: a mandatory slice taken out, and one that stands more often than it may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.faults.fault import Fault, changed, fault_at, without
from benchmarks.faults.official import Json, Official
from benchmarks.faults.places import Property, Walk, step_into


def slice_faults(official: Official, walk: Walk, body: Json) -> Iterator[Fault]:
    for holder in walk.holders(body):
        for found in walk.properties(holder, body):
            for structure, element in found.asked:
                if "slicing" in element and isinstance(found.value(body), list):
                    yield from of_slicing(official, structure, element, body, found)


def of_slicing(official: Official, structure: Json, element: Json, body: Json, found: Property) -> Iterator[Fault]:
    elements = official.elements(structure)
    items = found.value(body)
    places = (found.path, *(f"{found.path}[{n}]" for n in range(len(items) + 1)), found.holder.path)
    for name, part in elements.items():
        if (
            not name.startswith(element["id"] + ":")
            or "." in name[len(element["id"]) :]
            or "/" in name.rpartition(":")[2]
        ):
            continue
        inside = [item for item in items if _is_in(elements, element, part, item)]
        least, most = int(part.get("min", 0)), part.get("max", "*")
        if least and len(inside) >= least:
            rest = [item for item in items if item not in inside]
            if rest or len(step_into(body, found.holder.steps)) > 1:
                after = changed(body, found, rest) if rest else without(body, found)
                yield fault_at("mandatory slice missing", part["id"], places, found.holder, after)
        if most == "1" and inside and found.most is None:
            after = changed(body, found, [*items, inside[0]])
            yield fault_at("slice too often", part["id"], places, found.holder, after)


def _is_in(elements: dict[str, Json], sliced: Json, part: Json, item: Any) -> bool:
    """Whether an item surely lies in a slice: all its discriminators are values that the slice fixes."""
    discriminators = sliced["slicing"].get("discriminator", [])
    return bool(discriminators) and all(_agrees(elements, part, d, item) for d in discriminators)


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
