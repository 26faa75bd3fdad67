"""Slice faults: a mandatory slice taken out, and one that stands more often than it may."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.faults.fault import Fault, changed, fault_at, without
from benchmarks.faults.official import Json, Official
from benchmarks.faults.places import Property, Walk, step_into
from benchmarks.faults.slices import lies_in, slices_of


def slice_faults(official: Official, walk: Walk, body: Json) -> Iterator[Fault]:
    for holder in walk.holders(body):
        for found in walk.properties(holder, body):
            for structure, element in found.asked:
                if "slicing" in element and isinstance(found.value(body), list):
                    yield from of_slicing(official, structure, element, body, found)


def of_slicing(official: Official, structure: Json, element: Json, body: Json, found: Property) -> Iterator[Fault]:
    items = found.value(body)
    places = (found.path, *(f"{found.path}[{n}]" for n in range(len(items) + 1)), found.holder.path)
    for part in slices_of(official, structure, element):
        inside = [item for item in items if lies_in(official, structure, element, part, item)]
        least, most = int(part.get("min", 0)), part.get("max", "*")
        if least and len(inside) >= least:
            rest = [item for item in items if item not in inside]
            if rest or len(step_into(body, found.holder.steps)) > 1:
                after = changed(body, found, rest) if rest else without(body, found)
                yield fault_at("mandatory slice missing", part["id"], places, found.holder, after)
        if most == "1" and inside and isinstance(inside[0], dict) and found.most is None:
            again = {key: value for key, value in inside[0].items() if key != "id"}
            after = changed(body, found, [*items, again])
            yield fault_at("slice too often", part["id"], places, found.holder, after)
