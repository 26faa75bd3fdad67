"""Rows of the segments, data types and tables of two versions: which are there, and what of their parts changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest

from workbench.diff.difference import Difference, Verdict, make_row
from workbench.diff.name_order import merge_names
from workbench.hl7v2.dictionary import ComponentDefinition
from workbench.version_diff.field_diff import Sides, diff_definitions, tell_presence

Pairs = Iterable[tuple[str, str]]
"""Names of the left and the right; an empty one where that side has none."""


def pair_names(left: Iterable[str], right: Iterable[str]) -> Pairs:
    here, there = dict.fromkeys(left), dict.fromkeys(right)
    return [(name if name in here else "", name if name in there else "") for name in merge_names(here, there)]


def diff_segments(pairs: Pairs, sides: Sides) -> Iterator[Difference]:
    for here, there in pairs:
        left, right = sides.left.fields(here), sides.right.fields(there)
        if left and right:
            yield from _diff_parts(here, "-", left, right, sides)
        elif left or right:
            yield _tell_segment(here or there, bool(here), bool(there), added=bool(right), sides=sides)


def diff_datatypes(pairs: Pairs, sides: Sides) -> Iterator[Difference]:
    """Components by place; a type that one side alone has is told by the fields of that type."""
    for here, there in pairs:
        left, right = sides.left.components(here), sides.right.components(there)
        if here and there and bool(left) != bool(right):
            words = _count(left), _count(right)
            why = "A value with components on one side is one value on the other: write and read it so."
            yield make_row(here, "components", *words, Verdict("breaks-both", why))
        elif here and there:
            yield from _diff_parts(here, ".", left, right, sides)
        else:
            yield _tell_datatype(here or there, added=not here)


def _diff_parts(
    name: str,
    joint: str,
    left: tuple[ComponentDefinition, ...],
    right: tuple[ComponentDefinition, ...],
    sides: Sides,
) -> Iterator[Difference]:
    for number, (one, other) in enumerate(zip_longest(left, right), 1):
        place = f"{name}{joint}{number}"
        if one is not None and other is not None:
            yield from diff_definitions(place, one, other, sides)
        elif found := one or other:
            yield tell_presence(place, found, sides, added=one is None)


def _count(parts: tuple[ComponentDefinition, ...]) -> str:
    return f"{len(parts)} components" if parts else "no components"


def _tell_segment(name: str, here: bool, there: bool, *, added: bool, sides: Sides) -> Difference:
    """A segment whose fields one side alone has; the name alone may stay."""
    words = (sides.right if added else sides.left).segment_name(name) or name
    if added:
        verdict = Verdict("compatible", "The segment is new: who reads may pass over it.")
        return make_row(name, "segment", f"{words}, without fields" if here else None, words, verdict, words)
    kept = f"{words}, withdrawn" if there else None
    why = "The right has withdrawn it: send it no more, and find elsewhere what it held."
    return make_row(name, "segment", words, kept, Verdict("breaks-both", why), words)


def _tell_datatype(name: str, *, added: bool) -> Difference:
    why = (
        "It is new: see the fields that have it."
        if added
        else "The right does not have it: see the fields that had it."
    )
    words = None if added else name, name if added else None
    return make_row(name, "datatype", *words, Verdict("information", why), f"data type {name}")


def diff_tables(pairs: Pairs, sides: Sides) -> Iterator[Difference]:
    """Values of each table; where a version's tables are not known here, one row says so for all."""
    unknown = [side.version for side in (sides.left, sides.right) if not side.tables()]
    if unknown:
        here, there = (f"{len(side.tables())} tables" if side.tables() else None for side in (sides.left, sides.right))
        why = f"The values of the tables of {' and '.join(unknown)} are not known here: read them in the standard."
        if here or there:
            yield make_row("tables", "tables", here, there, Verdict("information", why))
        return
    for number, other in pairs:
        left, right = sides.left.table(number), sides.right.table(other)
        if left and right:
            yield from _diff_values(number, left, right, sides)
        elif left or right:
            yield _tell_table(number, other, left or right or ("", ()))


def _tell_table(here: str, there: str, found: tuple[str, tuple[str, ...]]) -> Difference:
    words = f"{found[0]}, {len(found[1])} values"
    side = "The right" if here else "The left"
    why = f"{side} does not list it here; the fields that name it say whether it is asked for."
    verdict = Verdict("information", why)
    return make_row(
        f"table[{here or there}]", "table", words if here else None, words if there else None, verdict, found[0]
    )


def _diff_values(
    number: str, left: tuple[str, tuple[str, ...]], right: tuple[str, tuple[str, ...]], sides: Sides
) -> Iterator[Difference]:
    place = f"table[{number}]"
    owners = sides.left.table_owner(number), sides.right.table_owner(number)
    here: Mapping[str, None] = dict.fromkeys(left[1])
    there: Mapping[str, None] = dict.fromkeys(right[1])
    for value in merge_names(here, there):
        if value in here and value in there:
            continue
        words = value if value in here else None, value if value in there else None
        verdict = _judge_value(value in there, "HL7" in owners)
        yield make_row(f"{place}.value[{value}]", "value", *words, verdict, right[0] or left[0])


def _judge_value(added: bool, closed: bool) -> Verdict:
    if not closed:
        return Verdict("information", "The table is the site's own, and the standard only suggests its values.")
    if added:
        return Verdict("breaks-receiver", "The value may come from the right: know what it means.")
    return Verdict("breaks-sender", "The right does not list the value: send another of the table.")
