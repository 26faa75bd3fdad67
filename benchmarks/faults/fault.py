"""Faults: one change to a good resource that breaks one rule, with the places at which a validator may tell it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from benchmarks.faults.official import Json
from benchmarks.faults.places import Holder, Property, step_into


@dataclass(frozen=True, slots=True)
class Fault:
    """`rule` names the element or the invariant that is broken; the first of `places` is the nearest one."""

    kind: str
    rule: str
    places: tuple[str, ...]
    body: Json


def fault_at(kind: str, rule: str, places: tuple[str, ...], holder: Holder, body: Json) -> Fault:
    return Fault(kind, rule, (*places, *holder.sliced), body)


def changed(body: Json, found: Property, value: Any) -> Json:
    """The body with another value for one property."""
    after = copy.deepcopy(body)
    step_into(after, found.holder.steps)[found.key] = value
    return after


def without(body: Json, found: Property) -> Json:
    """The body without a property, its id and its extensions."""
    after = copy.deepcopy(body)
    inner = step_into(after, found.holder.steps)
    del inner[found.key]
    inner.pop(f"_{found.key}", None)
    return after


def with_item(body: Json, found: Property, index: int, value: Any) -> Json:
    """The body with another value for one item of a property."""
    old = found.value(body)
    if not isinstance(old, list):
        return changed(body, found, value)
    return changed(body, found, [value if n == index else item for n, item in enumerate(old)])
