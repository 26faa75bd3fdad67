"""FieldRows: rows of two fields of messages, repetitions by identity, parts by place, content apart from spelling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from operator import itemgetter

from workbench.diff.alignment import pair_alike, weave
from workbench.diff.difference import Difference, DifferenceKind
from workbench.diff.encoding_diff import HEADER_FIELDS, tell_encoding
from workbench.diff.message_mask import MessageMask
from workbench.diff.segment_identity import repetition_keys
from workbench.hl7v2.dictionary import Dictionary
from workbench.hl7v2.escapes import EncodingCharacters, unescape_text
from workbench.hl7v2.path import Path
from workbench.hl7v2.segment import HEADERS

Repetition = tuple[int, str]
"""Its number and its text."""
_ESCAPES = "The same text is escaped in another way."
_ORDER = "The same repetitions stand in another order: the first may count for more than the others."
_SEPARATORS = "Separators at the end hold nothing: the content is the same."


@dataclass(frozen=True, slots=True)
class FieldRows:
    """What the rows of one comparison share: encodings, names, masks, and whether what is the same makes rows."""

    left: EncodingCharacters
    right: EncodingCharacters
    dictionary: Dictionary
    mask: MessageMask
    same: bool

    def diff(self, place: Path, left: str, right: str, datatype: str) -> Iterator[Difference]:
        """The rows of a field, whose text on either side is empty where that side has none."""
        if place.segment in HEADERS and (place.field or 0) <= 2:
            yield from self._tell_whole(place, left, right)
        elif left or right:
            several = self.is_repeated(left, right)
            if several:
                found = self.diff_repetitions(place, self.split(left, 0), self.split(right, 1), datatype, several)
            else:
                found = self.diff_parts(place, left, right, datatype)
            rows = list(found)
            yield from rows
            if left != right and self.left == self.right and all(row.kind == "same" for row in rows):
                yield self._tell_spelling(place, left, right, datatype)

    def _tell_spelling(self, place: Path, left: str, right: str, datatype: str) -> Difference:
        name = self.dictionary.name_of(place, datatype=datatype)
        ends = self.left.component + self.left.subcomponent
        here, there = (sorted(part.rstrip(ends) for _, part in self.split(text, 0)) for text in (left, right))
        aspect, why = ("order", _ORDER) if here == there and len(here) > 1 else ("separators", _SEPARATORS)
        return tell_encoding(str(place), aspect, left or None, right or None, name, why)

    def is_repeated(self, left: str, right: str) -> bool:
        marks = self.left.repetition, self.right.repetition
        return any(mark and mark in text for mark, text in zip(marks, (left, right), strict=True))

    def split(self, text: str, side: int) -> list[Repetition]:
        """The repetitions of a field of the left, 0, or the right, 1."""
        mark = (self.left, self.right)[side].repetition
        if not text:
            return []
        return list(enumerate(text.split(mark) if mark else [text], 1))

    def diff_repetitions(
        self, place: Path, left: Sequence[Repetition], right: Sequence[Repetition], datatype: str, several: bool
    ) -> Iterator[Difference]:
        partners = {0: 0} if left and right else {}
        if len(left) > 1 or len(right) > 1:
            partners = self._pair(place, left, right, datatype)
        for one, other in weave(left, right, partners):
            shown = one or other
            at = Path(place.segment, place.ordinal, place.field, shown[0]) if several and shown else place
            yield from self.diff_parts(at, one[1] if one else "", other[1] if other else "", datatype)

    def _pair(
        self, place: Path, left: Sequence[Repetition], right: Sequence[Repetition], datatype: str
    ) -> dict[int, int]:
        field = self.dictionary.field(place.segment, place.field or 0)
        kind = field.datatype if field and field.datatype != "varies" else datatype
        here = [[key(text) for key in repetition_keys(kind, self.left)] for _, text in left]
        there = [[key(text) for key in repetition_keys(kind, self.right)] for _, text in right]
        return pair_alike(here, there, [itemgetter(at) for at in range(len(here[0]) if here else 0)])

    def diff_parts(self, place: Path, left: str, right: str, datatype: str, level: int = 0) -> Iterator[Difference]:
        """Rows of a repetition (level 0), a component (1) or a subcomponent (2): one where neither side is split."""
        if not (_is_split(left, self.left, level) or _is_split(right, self.right, level)):
            yield from self._tell_part(place, left, right, datatype)
            return
        parts = _split(left, self.left, level), _split(right, self.right, level)
        for number, (one, other) in enumerate(zip_longest(*parts, fillvalue=""), 1):
            if one or other:
                yield from self.diff_parts(_below(place, level, number), one, other, datatype, level + 1)

    def _tell_part(self, place: Path, left: str, right: str, datatype: str) -> Iterator[Difference]:
        if not left and not right:
            return
        here, there = unescape_text(left, self.left) or None, unescape_text(right, self.right) or None
        name = self.dictionary.name_of(place, datatype=datatype)
        if here == there and left != right and self.left == self.right:
            yield tell_encoding(str(place), "escapes", left, right, name, _ESCAPES)
        elif here != there or self.same:
            yield self.row(place, name, here, there)

    def _tell_whole(self, place: Path, left: str, right: str) -> Iterator[Difference]:
        """A field that names the encoding characters and is not written with them."""
        if left != right or self.same:
            yield self.row(place, self.dictionary.name_of(place), left or None, right or None)

    def row(self, place: Path, name: str, left: str | None, right: str | None) -> Difference:
        kind: DifferenceKind
        if left == right:
            kind = "same"
        elif not self.mask.empty and self.mask.covers(place):
            kind = "masked"
        elif place.segment == "MSH" and place.field in HEADER_FIELDS:
            kind = "encoding"
        else:
            kind = "added" if left is None else "removed" if right is None else "changed"
        return Difference(kind, str(place), name, left, right)


def _is_split(text: str, encoding: EncodingCharacters, level: int) -> bool:
    """Whether a delimiter of a lower level stands in the text."""
    if level == 0 and encoding.component and encoding.component in text:
        return True
    return level < 2 and bool(encoding.subcomponent) and encoding.subcomponent in text


def _split(text: str, encoding: EncodingCharacters, level: int) -> list[str]:
    mark = encoding.subcomponent if level else encoding.component
    return text.split(mark) if mark else [text]


def _below(place: Path, level: int, number: int) -> Path:
    component, subcomponent = (place.component, number) if level else (number, None)
    return Path(place.segment, place.ordinal, place.field, place.repetition, component, subcomponent)
