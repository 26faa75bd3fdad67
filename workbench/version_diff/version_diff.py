"""Differences between two versions of HL7 v2, or two parts of them, with all that the parts are built from.

A structure is told with its segments, a segment with its data types and their own, and each with its tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from workbench.diff.difference import Difference, Verdict, make_row
from workbench.hl7v2.dictionary import Dictionary
from workbench.version_diff.field_diff import Sides, make_sides
from workbench.version_diff.message_structure_diff import diff_message_structures, segments_of
from workbench.version_diff.parts_diff import Pairs, diff_datatypes, diff_segments, diff_tables, pair_names
from workbench.version_diff.version_part import VersionPart

_FEWEST_ALIKE = 10


def diff_versions(left: VersionPart, right: VersionPart) -> tuple[Difference, ...]:
    """The rows that differ, of two parts of one kind: structures, then segments, data types and tables."""
    sides = make_sides(left.dictionary, right.dictionary)
    if left.kind == "version":
        return tuple(_diff_whole(sides))
    if left.kind == "message structure":
        return tuple(_diff_structures(left, right, sides))
    if left.kind == "segment":
        return tuple(_diff_segments_with_parts([(left.name, right.name)], sides))
    if left.kind == "data type":
        used = _Used({left.name}, {right.name}, set(), set())
        return tuple(_diff_types_with_parts([(left.name, right.name)], used, sides))
    return tuple(diff_tables([(left.name, right.name)], sides))


class _Used(NamedTuple):
    """The data types and tables that what is compared names on either side."""

    left_types: set[str]
    right_types: set[str]
    left_tables: set[str]
    right_tables: set[str]


def _diff_whole(sides: Sides) -> Iterator[Difference]:
    left, right = sides.left, sides.right
    yield from _diff_events(sides)
    rows: list[Difference] = []
    pairs = list(pair_names(left.structures(), right.structures()))
    for here, there in pairs:
        one, other = left.structure(here), right.structure(there)
        if one is not None and other is not None:
            rows += diff_message_structures(one, other)
        else:
            rows.append(_tell_structure(here or there, sides, added=one is None))
    yield from _fold(rows, sum(1 for here, there in pairs if here and there))
    yield from diff_segments(pair_names(left.segments(), right.segments()), sides)
    yield from diff_datatypes(pair_names(left.datatypes(), right.datatypes()), sides)
    yield from diff_tables(pair_names(left.tables(), right.tables()), sides)


def _fold(rows: list[Difference], structures: int) -> Iterator[Difference]:
    """What is alike in half of the structures that both have, such as a new segment SFT, is one row, `*.SFT`."""

    def key(row: Difference) -> tuple[str, ...]:
        return (row.path.partition(".")[2], row.aspect, row.left or "", row.right or "", row.grade)

    alike: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        alike.setdefault(key(row), []).append(row.path.partition(".")[0])
    told = set[tuple[str, ...]]()
    for row in rows:
        each = key(row)
        names = alike[each]
        if not each[0] or 2 * len(names) < max(structures, _FEWEST_ALIKE):
            yield row
        elif each not in told:
            told.add(each)
            why = f"{row.why} So in {len(names)} of {structures} messages: {', '.join(names[:12])} …"
            yield replace(row, path=f"*.{each[0]}", why=why)


def _diff_structures(left: VersionPart, right: VersionPart, sides: Sides) -> Iterator[Difference]:
    one, other = sides.left.structure(left.name), sides.right.structure(right.name)
    if one is None or other is None:
        return
    if left.name != right.name:
        why = "The message is built as another structure: name it in MSH-9.3."
        yield make_row(left.name, "structure", left.name, right.name, Verdict("breaks-sender", why))
    yield from diff_message_structures(one, other)
    here, there = dict.fromkeys(segments_of(one)), dict.fromkeys(segments_of(other))
    both = [(name, name) for name in here if name in there]
    yield from _diff_segments_with_parts(both, sides)


def _diff_segments_with_parts(pairs: list[tuple[str, str]], sides: Sides) -> Iterator[Difference]:
    yield from diff_segments(pairs, sides)
    here = [field for name, _ in pairs for field in sides.left.fields(name)]
    there = [field for _, name in pairs for field in sides.right.fields(name)]
    used = _Used(
        {field.datatype for field in here},
        {field.datatype for field in there},
        {field.table for field in here},
        {field.table for field in there},
    )
    shared = _closed(used.left_types, sides.left) & _closed(used.right_types, sides.right)
    yield from _diff_types_with_parts([(name, name) for name in sorted(shared)], used, sides)


def _diff_types_with_parts(pairs: Pairs, used: _Used, sides: Sides) -> Iterator[Difference]:
    """Types by name, then the tables that fields and components of both sides name."""
    yield from diff_datatypes(pairs, sides)
    here = used.left_tables | _tables_of(_closed(used.left_types, sides.left), sides.left)
    there = used.right_tables | _tables_of(_closed(used.right_types, sides.right), sides.right)
    yield from diff_tables([(number, number) for number in sorted(here & there - {""})], sides)


def _closed(types: set[str], dictionary: Dictionary) -> set[str]:
    """The types and all that their components are of."""
    found, waiting = set[str](), list(types)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [component.datatype for component in dictionary.components(name)]
    return found


def _tables_of(types: set[str], dictionary: Dictionary) -> set[str]:
    return {component.table for name in types for component in dictionary.components(name)}


def _diff_events(sides: Sides) -> Iterator[Difference]:
    """Events that have a structure on both sides, and another one."""
    names = dict.fromkeys(
        (*sides.left.events(), *sides.left.structures(), *sides.right.events(), *sides.right.structures())
    )
    for name in sorted(names):
        code, _, event = name.partition("_")
        here, there = (side.structure_of(code, event) for side in (sides.left, sides.right))
        known = sides.left.structure(here) is not None and sides.right.structure(there) is not None
        if here != there and known:
            why = f"The event is built as another structure: compare {here} with {there}, and name it in MSH-9.3."
            yield make_row(f"{code}^{event}", "structure", here, there, Verdict("breaks-sender", why))


def _tell_structure(name: str, sides: Sides, *, added: bool) -> Difference:
    words = None if added else name, name if added else None
    if added:
        return make_row(
            name, "structure", *words, Verdict("compatible", "The message is new; nothing that worked stops.")
        )
    move = sides.moves.get(name)
    code, _, event = name.partition("_")
    stand_in = sides.right.structure_of(code, event)
    if move is not None:
        verdict = Verdict("breaks-both", f"The message is {move.right} on the right: {move.why}")
        return make_row(name, "moved", name, move.right, verdict)
    if stand_in != name and sides.right.structure(stand_in) is not None:
        why = f"Its event is built as {stand_in} on the right: compare the two."
        return make_row(name, "structure", name, stand_in, Verdict("breaks-both", why))
    why = "The right does not have the message: send it no more, and find elsewhere what it told."
    return make_row(name, "structure", *words, Verdict("breaks-both", why))
