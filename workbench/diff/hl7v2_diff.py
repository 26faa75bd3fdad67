"""Differences between two HL7 v2 messages, field by field in the standard's order, each place with its name.

Segments are paired by what identifies them (set ID, observation, identifier) before their position counts,
and repetitions by their identifier, so that one inserted line does not make all that follow it differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.diff.alignment import find_moved_positions
from workbench.diff.difference import Difference
from workbench.diff.encoding_diff import diff_encoding, tell_encoding
from workbench.diff.field_moves import MovedValue, find_moved
from workbench.diff.field_rows import FieldRows
from workbench.diff.message_mask import MessageMask
from workbench.diff.segment_alignment import LinePair, align_segments
from workbench.diff.segment_identity import Line
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, load_dictionary
from workbench.hl7v2.message import Message
from workbench.hl7v2.path import Path

_SEPARATORS = "Separators at the end of a segment hold nothing: the content is the same."


def diff_messages(
    left: Message, right: Message, *, masks: Sequence[str] = (), same: bool = True
) -> tuple[Difference, ...]:
    """All rows in order, down to components; without `same`, those that differ alone. Empty places make no row.

    A segment that one side alone has is one row, with its text.

    What is only written otherwise, such as separators at the end, is of kind `encoding`. A mask is a path, and stands
    for all below it: `MSH-7`, `PID-3.1`, `ZPD`; without an index it means every one.
    """
    return tuple(_Comparison(left, right, MessageMask(masks), same).rows())


_ORDER = "The same segment stands at another place among the others."


class _Comparison:
    """Two messages, which of their segments stand more than once, and how their fields become rows."""

    def __init__(self, left: Message, right: Message, mask: MessageMask, same: bool) -> None:
        self._sides = left, right
        self._same = same
        self._same_encoding = left.encoding == right.encoding
        counts = [Counter(segment.name for segment in side.segments) for side in (left, right)]
        self._several = {name for each in counts for name, count in each.items() if count > 1}
        self._left_counts = counts[0]
        here, there = load_dictionary(left.version or right.version), load_dictionary(right.version or left.version)
        self._dictionary = here
        self._versions = here.version, there.version
        self._older_is_left = KNOWN_VERSIONS.index(here.version) < KNOWN_VERSIONS.index(there.version)
        self._fields = FieldRows(left.encoding, right.encoding, here, mask, same)

    def rows(self) -> Iterator[Difference]:
        yield from diff_encoding(*self._sides)
        pairs = list(align_segments(*self._sides))
        moved = _out_of_order(pairs)
        for at, (one, other) in enumerate(pairs):
            if one is None or other is None:
                if shown := one or other:
                    yield self._tell_lone(shown, added=one is None)
                continue
            if at in moved:
                yield self._tell_order(one, other)
            if self._same or not self._same_encoding or one.segment.text != other.segment.text:
                yield from self._diff_lines(one, other)

    def _diff_lines(self, one: Line, other: Line) -> Iterator[Difference]:
        place, datatype = self._place(one), _datatype(one)
        moved: tuple[MovedValue, ...] = ()
        if self._versions[0] != self._versions[1]:
            moved = find_moved(one, other, self._versions, self._older_is_left)
        found = False
        for number in range(1, max(len(one.fields), len(other.fields))):
            left, right = one.field(number), other.field(number)
            if left == right and ((self._same_encoding and not self._same) or not left):
                continue
            at = Path(place.segment, place.ordinal, number)
            rows = self._diff_moved(at, left, right, moved) if moved else self._fields.diff(at, left, right, datatype)
            for row in rows:
                found = True
                yield row
        yield from self._tell_separators(place, one, other)
        if self._same and not found:
            yield self._tell_segment(place, one.bare, other.bare)

    def _diff_moved(self, place: Path, left: str, right: str, moved: tuple[MovedValue, ...]) -> Iterator[Difference]:
        """A field without what stands in another field on the other side, and then that with its counterpart."""
        number = place.field or 0
        here, there = self._fields.split(left, 0), self._fields.split(right, 1)
        gone = {value.left: value for value in moved if value.left[0] == number}
        come = {value.right for value in moved if value.right[0] == number}
        if not gone and not come:
            yield from self._fields.diff(place, left, right, "")
            return
        several = self._fields.is_repeated(left, right)
        here = [each for each in here if (number, each[0]) not in gone]
        there = [each for each in there if (number, each[0]) not in come]
        yield from self._fields.diff_repetitions(place, here, there, "", several)
        for value in gone.values():
            at = replace(place, repetition=value.left[1]) if several else place
            yield from self._fields.diff_parts(at, value.left_text, value.right_text, "")
            spot = str(replace(place, field=value.right[0], repetition=value.right[1]))
            name = self._dictionary.name_of(at)
            yield tell_encoding(str(at), "moved", str(at), spot, name, value.why)

    def _tell_lone(self, line: Line, *, added: bool) -> Difference:
        """A segment that one side alone has; on the right by its groups where the left has another of that number."""
        segment = line.segment
        row = self._tell_segment(self._place(line), None if added else line.bare, line.bare if added else None)
        is_taken = added and segment.ordinal <= self._left_counts[segment.name]
        return replace(row, path=line.group_path) if is_taken and "/" in line.group_path else row

    def _tell_segment(self, place: Path, left: str | None, right: str | None) -> Difference:
        return self._fields.row(place, self._dictionary.segment_name(place.segment), left, right)

    def _tell_separators(self, place: Path, one: Line, other: Line) -> Iterator[Difference]:
        """Separators at the end, where the fields before them are as many."""
        separator = one.segment.encoding.field
        ends = [len(line.segment.text) - len(line.bare) for line in (one, other)]
        alike = self._same_encoding and one.bare.count(separator) == other.bare.count(separator)
        if alike and ends[0] != ends[1]:
            words = [f"{separator * end} at the end" if end else "none at the end" for end in ends]
            name = self._dictionary.segment_name(place.segment)
            yield tell_encoding(str(place), "separators", words[0], words[1], name, _SEPARATORS)

    def _tell_order(self, one: Line, other: Line) -> Difference:
        place = self._place(one)
        words = f"segment {one.segment.index + 1}", f"segment {other.segment.index + 1}"
        return tell_encoding(str(place), "order", *words, self._dictionary.segment_name(place.segment), _ORDER)

    def _place(self, line: Line) -> Path:
        segment = line.segment
        return Path(segment.name, segment.ordinal if segment.name in self._several else None)


def _out_of_order(pairs: Sequence[LinePair]) -> set[int]:
    """Which pairs stand in another order on the right than on the left."""
    both = [(at, other.segment.index) for at, (one, other) in enumerate(pairs) if one and other]
    return {both[place][0] for place in find_moved_positions([index for _, index in both])}


def _datatype(line: Line) -> str:
    """What OBX-2 says of the value in OBX-5."""
    return line.first(2) if line.segment.name == "OBX" else ""
