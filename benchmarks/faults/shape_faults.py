"""Shape faults: what is missing, too many, misshaped, unknown, or of a type that is not allowed."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from benchmarks.faults.fault import Fault, changed, fault_at, with_item, without
from benchmarks.faults.official import Json, Official
from benchmarks.faults.places import Holder, Property, Walk, step_into

# What names a resource, a profile or an extension: changing it changes which rules hold, and is no single fault.
NAMING = ("url", "profile", "fullUrl", "reference", "linkId")


def shape_faults(official: Official, walk: Walk, body: Json) -> Iterator[Fault]:
    for holder in walk.holders(body):
        yield unknown_property(body, holder)
        for found in walk.properties(holder, body):
            yield from missing(body, found)
            if found.key in NAMING or (found.key == "id" and holder.is_resource and holder.steps):
                continue
            yield from misshaped(official, body, found)
            yield from too_many(body, found)
            yield from wrong_choice(walk, body, found)


def unknown_property(body: Json, holder: Holder) -> Fault:
    after = copy.deepcopy(body)
    step_into(after, holder.steps)["unexpected"] = "x"
    kind = "unknown property, nested" if holder.steps else "unknown property"
    return fault_at(kind, holder.type, (f"{holder.path}.unexpected", holder.path), holder, after)


def missing(body: Json, found: Property) -> Iterator[Fault]:
    """A required element is taken out; not where its parent would be left empty, which is another fault."""
    if found.least < 1 or len(step_into(body, found.holder.steps)) < 2:
        return
    kind = "required element missing, nested" if found.holder.steps else "required element missing"
    yield fault_at(kind, found.rule, (found.path, found.holder.path), found.holder, without(body, found))


def misshaped(official: Official, body: Json, found: Property) -> Iterator[Fault]:
    value = found.value(body)
    has_extensions = f"_{found.key}" in step_into(body, found.holder.steps)
    primitive = official.is_primitive(found.type) or found.type == "xhtml"
    here = (found.path, f"{found.path}[0]", found.holder.path)
    if not has_extensions and not found.repeats:
        yield fault_at("array for a single value", found.rule, here, found.holder, changed(body, found, [value]))
    if not has_extensions and found.repeats and len(value) == 1:
        yield fault_at("single value for an array", found.rule, here, found.holder, changed(body, found, value[0]))
    for index, (path, _) in enumerate(found.items(body)):
        other: object = {"value": "x"} if primitive else "text"
        kind = "object for a primitive" if primitive else "text for an object"
        after = with_item(body, found, index, other)
        yield fault_at(kind, found.rule, (path, found.path, found.holder.path), found.holder, after)
        break
    empty: object = [] if found.repeats else "" if primitive else {}
    if not has_extensions and found.least == 0:
        yield fault_at("empty value", found.rule, here, found.holder, changed(body, found, empty))


def too_many(body: Json, found: Property) -> Iterator[Fault]:
    value = found.value(body)
    if found.repeats and found.most is not None and isinstance(value, list) and value:
        more = [*value, *[value[-1]] * (found.most + 1 - len(value))]
        places = (found.path, *(f"{found.path}[{n}]" for n in range(len(more))), found.holder.path)
        yield fault_at("too many values", found.rule, places, found.holder, changed(body, found, more))


def wrong_choice(walk: Walk, body: Json, found: Property) -> Iterator[Fault]:
    """Two types of a choice at once; and a type of the choice that the profile leaves out."""
    name = found.base["path"].rpartition(".")[2]
    if not name.endswith("[x]"):
        return
    stem = name.removesuffix("[x]")
    base = found.asked[0][1]
    asked = [element for _, element in found.asked if ":" not in element["id"].rpartition(".")[2]]
    here = (found.path, found.holder.path)
    for code, value in (("String", "x"), ("DateTime", "2020-01-02"), ("Boolean", True)):
        allowed = all(_allows(element, code) for element in asked)
        if not _allows(base, code) or found.key == stem + code:
            continue
        after = copy.deepcopy(body)
        inner = step_into(after, found.holder.steps)
        if allowed:
            inner[stem + code] = value
            yield fault_at("two types of a choice", found.rule, here, found.holder, after)
        else:
            del inner[found.key]
            inner.pop(f"_{found.key}", None)
            inner[stem + code] = value
            yield fault_at("type that the profile leaves out", found.rule, here, found.holder, after)
        return


def _allows(element: Json, code: str) -> bool:
    return any(kind["code"].casefold() == code.casefold() for kind in element.get("type", []))
