"""Comparison of two FHIR resources, element by element, keyed by what each element is.

Objects compare by name, arrays as `fhir_alignment` pairs them, values as `fhir_values` tells.
Order counts among texts, not among things with an identity.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from workbench.diff.difference import Difference, DifferenceKind
from workbench.diff.fhir_alignment import Identity, Pair, addresses_of, identify, is_identical, pair_items
from workbench.diff.fhir_values import is_same_moment, tell_change
from workbench.diff.name_order import merge_names
from workbench.diff.path_mask import PathMask, Place
from workbench.fhir.resource import Json, to_json


class _Absent:
    """Stands where one side has nothing; JSON's own null is a value."""

    def __bool__(self) -> bool:
        return False


ABSENT = _Absent()
_NOTHING = (ABSENT, None)


def diff_resources(
    left: Json, right: Json, *, masks: tuple[str, ...] = (), same: bool = True
) -> tuple[Difference, ...]:
    """Return one row for each leaf, in document order; equal ones are left out where `same` is False.

    Rows are of grade information: what a value means for who reads it is for a person to say.

    A row's index is the left's, and the right's where it stands on the right alone. Under a mask (see `path_mask`)
    what differs is `masked`. Raises WorkbenchError for a mask that cannot be read.
    """
    root = str(left.get("resourceType", right.get("resourceType", "Resource")))
    mask = PathMask(masks)
    walk = _Walk(mask, same)
    walk.compare(left, right, root, Step(root), mask.outside)
    return tuple(walk.rows)


class Step(NamedTuple):
    """The last step of a path: an element's name, and its index where it stands in an array.

    `padded` is an array such as `_given`, where null only keeps the place of a name without id and extension
    (FHIR R4, JSON).
    """

    name: str
    at: int | None = None
    padded: bool = False


class _Walk:
    """One comparison; `outer` is always the place of the element around the one that is compared."""

    def __init__(self, mask: PathMask, same: bool) -> None:
        self.rows: list[Difference] = []
        self._mask = mask
        self._same = same
        self._addresses: dict[str, str] = {}

    def compare(self, left: Any, right: Any, path: str, step: Step, outer: Place) -> None:
        if is_identical(left, right):
            if self._same:
                self._tell_same(left, path, step)
        elif _both(dict, left, right):
            place = self._enter(outer, step, left, right)
            self._compare_objects(left or {}, right or {}, path, place)
        elif _both(list, left, right):
            self._compare_arrays(left or [], right or [], path, step, outer)
        elif _is_leaf(left) and _is_leaf(right):
            self._add_row(left, right, path, step, outer)
        else:
            self.compare(left, ABSENT, path, step, outer)
            self.compare(ABSENT, right, path, step, outer)

    def _compare_objects(self, left: Json, right: Json, path: str, place: Place) -> None:
        for key in left if left.keys() == right.keys() else merge_names(left, right):
            # `_birthDate` holds the id and extensions of birthDate, and FHIRPath finds them there (FHIR R4, JSON).
            name = key.removeprefix("_")
            self.compare(
                left.get(key, ABSENT), right.get(key, ABSENT), f"{path}.{name}", Step(name, None, name != key), place
            )

    def _tell_same(self, value: Any, path: str, step: Step) -> None:
        if isinstance(value, dict) and value:
            for key, item in value.items():
                name = key.removeprefix("_")
                self._tell_same(item, f"{path}.{name}", Step(name, None, name != key))
        elif isinstance(value, list) and value:
            for index, item in enumerate(value):
                self._tell_same(item, f"{path}[{index}]", Step(step.name, index, step.padded))
        elif value is not None or not step.padded:
            shown = _shown(value)
            self.rows.append(Difference("same", path, _words(step.name), shown, shown, "value"))

    def _compare_arrays(self, left: list[Any], right: list[Any], path: str, step: Step, outer: Place) -> None:
        pairs = pair_items(left, right, self._identify_under(outer, step))
        if step.name == "entry":
            self._note_addresses(left, right, pairs)
        for here, there, identical in pairs:
            if identical and not self._same:
                continue
            index = here if here is not None else there
            mine, other = ABSENT if here is None else left[here], ABSENT if there is None else right[there]
            self.compare(mine, other, f"{path}[{index}]", Step(step.name, index, step.padded), outer)

    def _note_addresses(self, left: list[Any], right: list[Any], pairs: list[Pair]) -> None:
        """What an entry that is the same is called on each side, so that references to it are the same too."""
        for here, there, identical in pairs:
            if here is not None and there is not None and not identical:
                found = zip(addresses_of(left[here]), addresses_of(right[there]), strict=True)
                self._addresses |= {mine: other for mine, other in found if mine and other}

    def _identify_under(self, outer: Place, step: Step) -> Callable[[Any], Identity]:
        if self._mask.empty:
            return lambda item: identify(item, _never)
        place = self._mask.enter(outer, step.name)

        def is_masked(type_name: str, *names: str) -> bool:
            inner = place
            for name in names:
                inner = self._mask.enter(inner, name, None, type_name if name == "resource" else "")
            return self._mask.is_masked(inner)

        return lambda item: identify(item, is_masked)

    def _is_same_reference(self, left: Any, right: Any, name: str) -> bool:
        return name == "reference" and isinstance(left, str) and self._addresses.get(left) == right

    def _enter(self, outer: Place, step: Step, left: Any, right: Any) -> Place:
        if self._mask.empty:
            return outer
        value = right if isinstance(right, dict) else left
        type_name = value.get("resourceType", "") if isinstance(value, dict) else ""
        return self._mask.enter(outer, step.name, step.at, str(type_name))

    def _add_row(self, left: Any, right: Any, path: str, step: Step, outer: Place) -> None:
        if step.padded and left in _NOTHING and right in _NOTHING:
            return
        here, there = _shown(left), _shown(right)
        aspect, why = "value", ""
        if not self._mask.empty and self._mask.is_masked(self._enter(outer, step, left, right)):
            kind: DifferenceKind = "masked"
        elif left is ABSENT or right is ABSENT:
            kind = "added" if left is ABSENT else "removed"
        elif is_same_moment(left, right, step.name) or self._is_same_reference(left, right, step.name):
            if not self._same:
                return
            kind = "same"
        else:
            kind = "changed"
            aspect, why = tell_change(left, right)
            if here == there:  # true beside “true”: the quotes tell which is which
                here, there = to_json(left), to_json(right)
        self.rows.append(Difference(kind, path, _words(step.name), here, there, aspect, why=why))


def _never(*_: str) -> bool:
    return False


def _both(kind: type, left: Any, right: Any) -> bool:
    """Both are of `kind`, or the one is and the other absent; an empty one is a leaf, so that it is told."""
    if isinstance(left, kind):
        return (isinstance(right, kind) and bool(left or right)) or (right is ABSENT and bool(left))
    return left is ABSENT and isinstance(right, kind) and bool(right)


def _is_leaf(value: Any) -> bool:
    return not isinstance(value, dict | list) or not value


def _shown(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return None if value is ABSENT else to_json(value)


@lru_cache(maxsize=4096)
def _words(name: str) -> str:
    """`birthDate` as people read it: “Birth date”."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return spaced[:1].upper() + spaced[1:].lower() if spaced != "id" else "Id"
