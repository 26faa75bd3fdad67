"""Differences between two HL7 v2 messages, field by field in the standard's order, each place with its name.

Segments are paired by what identifies them (set ID, observation, identifier) before their position counts,
and repetitions by their identifier, so that one inserted line does not make all that follow it differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from workbench.diff.difference import Difference, DifferenceKind
from workbench.hl7v2.dictionary import Dictionary, load_dictionary
from workbench.hl7v2.message import Message
from workbench.hl7v2.path import Path, parse_path
from workbench.hl7v2.segment import Part, Segment

_IDENTITY: dict[str, tuple[tuple[int, ...], ...]] = {
    "OBX": ((3, 4, 5), (3, 4), (1,)),
    "OBR": ((2,), (3,), (4,), (1,)),
    "ORC": ((2,), (3,)),
    "NK1": ((1,), (2,)),
    "AL1": ((3,), (1,)),
    "DG1": ((3,), (1,)),
    "IN1": ((2, 3), (1,)),
    "ERR": ((2, 3), (1,)),
    "ROL": ((3, 4),),
}
_BY_SET_ID: tuple[tuple[int, ...], ...] = ((1,),)


@dataclass(frozen=True, slots=True)
class _Sides:
    """What the rows of one comparison share."""

    dictionary: Dictionary
    masks: tuple[Path, ...]
    left: Message
    right: Message


def diff_messages(left: Message, right: Message, *, masks: Sequence[str] = ()) -> tuple[Difference, ...]:
    """All rows in order, same ones included, down to components. Empty places are not valued and make no row.

    A mask is a path, and stands for all below it: `MSH-7`, `PID-3.1`, `ZPD`; without an index it means every one.
    """
    sides = _Sides(load_dictionary(left.version or right.version), tuple(map(parse_path, masks)), left, right)
    rows: list[Difference] = []
    for one, other in _pair_segments(left.segments, right.segments):
        rows.extend(_diff_segments(one, other, sides))
    return tuple(rows)


def _pair_segments(
    left: tuple[Segment, ...], right: tuple[Segment, ...]
) -> Iterator[tuple[Segment | None, Segment | None]]:
    """Segments in the order of both messages; a segment whose like stands elsewhere is paired with it there."""
    matched = _match(left, right)
    pairs = {one.index: other for one, other in matched}
    taken = {other.index for other in pairs.values()}
    position = 0
    for one in left:
        other = pairs.get(one.index)
        if other is not None:
            while position < len(right) and position < other.index:
                if right[position].index not in taken:
                    yield None, right[position]
                position += 1
            position = max(position, other.index + 1)
        yield one, other
    for rest in right[position:]:
        if rest.index not in taken:
            yield None, rest


def _match(left: tuple[Segment, ...], right: tuple[Segment, ...]) -> list[tuple[Segment, Segment]]:
    pairs: list[tuple[Segment, Segment]] = []
    for name in dict.fromkeys(segment.name for segment in left):
        ones = [segment for segment in left if segment.name == name]
        others = [segment for segment in right if segment.name == name]
        if len(ones) == len(others) == 1:
            pairs.append((ones[0], others[0]))
            continue
        for numbers in (None, *_IDENTITY.get(name, _BY_SET_ID)):
            pairs.extend(_take_alike(ones, others, numbers))
        pairs.extend(zip(ones, others, strict=False))
    return pairs


def _take_alike(
    ones: list[Segment], others: list[Segment], numbers: tuple[int, ...] | None
) -> list[tuple[Segment, Segment]]:
    """Pair, in order, what has the same text, or the same value in `numbers`, and take it out of both lists."""
    found = []
    waiting: dict[tuple[str, ...], list[Segment]] = {}
    for other in others:
        waiting.setdefault(_key(other, numbers), []).append(other)
    for one in tuple(ones):
        key = _key(one, numbers)
        if any(key) and (like := waiting.get(key)):
            found.append((one, like.pop(0)))
    for one, other in found:
        ones.remove(one)
        others.remove(other)
    return found


def _key(segment: Segment, numbers: tuple[int, ...] | None) -> tuple[str, ...]:
    if numbers is None:
        return (segment.text,)
    parts = [segment.find_field(number) for number in numbers]
    return tuple(part.components[0].text if part else "" for part in parts)


def _diff_segments(one: Segment | None, other: Segment | None, sides: _Sides) -> Iterator[Difference]:
    shown = one or other
    if shown is None:
        return
    several = any(len(side.find_segments(shown.name)) > 1 for side in (sides.left, sides.right))
    place = Path(shown.name, shown.ordinal if several else None)
    left, right = (segment.fields if segment else () for segment in (one, other))
    datatype = _datatype(shown)
    found = False
    for number, (field, counterpart) in enumerate(zip_longest(left, right), 1):
        for row in _diff_fields(replace(place, field=number), field, counterpart, datatype, sides):
            found = True
            yield row
    if not found:
        name = sides.dictionary.segment_name(shown.name)
        yield _row(place, name, one.text if one else None, other.text if other else None, sides.masks)


def _datatype(segment: Segment) -> str:
    field = segment.find_field(2) if segment.name == "OBX" else None
    return field.value if field else ""


def _diff_fields(
    place: Path, one: Part | None, other: Part | None, datatype: str, sides: _Sides
) -> Iterator[Difference]:
    left, right = (part.repetitions if part else () for part in (one, other))
    repeats = max(len(left), len(right)) > 1
    for repetition, counterpart in _pair_repetitions(left, right):
        shown = repetition or counterpart
        at = replace(place, repetition=shown.number) if repeats and shown else place
        yield from _diff_parts(at, repetition, counterpart, datatype, sides)


def _pair_repetitions(left: tuple[Part, ...], right: tuple[Part, ...]) -> Iterator[tuple[Part | None, Part | None]]:
    """Repetitions by equal text, then by equal first component, then by position."""
    if len(left) <= 1 and len(right) <= 1:
        yield from zip_longest(left, right)
        return
    ones, others = list(left), list(right)
    pairs: dict[int, Part] = {}
    for alike in (_whole, _identifier):
        for one in tuple(ones):
            other = next((part for part in others if alike(part) and alike(part) == alike(one)), None)
            if other is not None:
                pairs[one.number] = other
                ones.remove(one)
                others.remove(other)
    for one, other in zip(tuple(ones), tuple(others), strict=False):
        pairs[one.number] = other
        others.remove(other)
    for one in left:
        yield one, pairs.get(one.number)
    for rest in others:
        yield None, rest


def _whole(part: Part) -> str:
    return part.text


def _identifier(part: Part) -> str:
    return part.components[0].text


def _diff_parts(
    place: Path, one: Part | None, other: Part | None, datatype: str, sides: _Sides
) -> Iterator[Difference]:
    """One row for parts that neither side splits, else rows for what is below them."""
    if not any(part and part.is_split for part in (one, other)):
        left, right = (part.value if part and part.text else None for part in (one, other))
        if left is not None or right is not None:
            yield _row(place, sides.dictionary.name_of(place, datatype=datatype), left, right, sides.masks)
        return
    for number, (below, counterpart) in enumerate(zip_longest(_parts_below(one), _parts_below(other)), 1):
        at = replace(place, component=number) if place.component is None else replace(place, subcomponent=number)
        yield from _diff_parts(at, below, counterpart, datatype, sides)


def _parts_below(part: Part | None) -> tuple[Part, ...]:
    if part is None:
        return ()
    return part.subcomponents if part.level == "component" else part.components


def _row(place: Path, name: str, left: str | None, right: str | None, masks: Sequence[Path]) -> Difference:
    kind: DifferenceKind
    if left == right:
        kind = "same"
    elif any(_covers(mask, place) for mask in masks):
        kind = "masked"
    else:
        kind = "added" if left is None else "removed" if right is None else "changed"
    return Difference(kind, str(place), name, left, right)


def _covers(mask: Path, place: Path) -> bool:
    """A mask covers its place and all below; a component that is not split is its own first part."""
    return (
        mask.segment == place.segment
        and mask.ordinal in (None, place.ordinal or 1)
        and mask.field in (None, place.field)
        and mask.repetition in (None, place.repetition or 1)
        and mask.component in (None, place.component or 1)
        and mask.subcomponent in (None, place.subcomponent or 1)
    )
