"""Packed rows: the rows of a comparison in blocks of bytes, of which only those in sight are unpacked.

A hundred thousand rows so reach the window at the cost of copying bytes, and are filtered without being unpacked.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import contains

from workbench.diff.difference import Difference, DifferenceKind, Grade
from workbench.diff.difference_filter import find_filter

KINDS: tuple[DifferenceKind, ...] = ("changed", "added", "removed", "encoding", "masked", "same")
GRADES: tuple[Grade, ...] = ("breaks-both", "breaks-sender", "breaks-receiver", "compatible", "information")
HIDDEN = 255
_BLOCK = 128
_KEPT = 32
_END = b"\0"
_HIDE_ABSENT = bytes([HIDDEN, 0]) + bytes(254)


def code_of(kind: DifferenceKind, grade: Grade) -> int:
    """Kind and grade in one byte."""
    return KINDS.index(kind) * 8 + GRADES.index(grade)


CODES = {code_of(kind, grade): (kind, grade) for kind in KINDS for grade in GRADES}
DIFFERING = frozenset(code for code, (kind, _) in CODES.items() if kind in ("changed", "added", "removed"))
BREAKING = frozenset(code for code in DIFFERING if CODES[code][1].startswith("breaks"))


@dataclass(frozen=True, slots=True)
class RowFilter:
    """What is shown; `text` is looked for in every part of a row, whatever its case, or is a filter in words."""

    grades: frozenset[Grade] = frozenset(GRADES)
    kinds: frozenset[DifferenceKind] = frozenset(KINDS)
    text: str = ""

    def has(self, kind: DifferenceKind, grade: Grade) -> bool:
        """Whether a row is let through; what is the same, masked or of encoding has no grade to go by."""
        return kind in self.kinds and (grade in self.grades or kind in ("same", "masked", "encoding"))


@dataclass(slots=True)
class PackedRows:
    """`codes` has the kind and grade of each row as one byte; `texts` what a filter looks through, a block each."""

    blocks: tuple[bytes, ...] = ()
    texts: tuple[bytes, ...] = ()
    codes: bytes = b""
    _unpacked: OrderedDict[int, tuple[Difference, ...]] = field(default_factory=OrderedDict, repr=False)

    def __len__(self) -> int:
        return len(self.codes)

    def row(self, number: int) -> Difference:
        block, place = divmod(number, _BLOCK)
        found = self._unpacked.get(block)
        if found is None:
            found = self._unpacked[block] = _unpack(self.blocks[block])
            if len(self._unpacked) > _KEPT:
                self._unpacked.popitem(last=False)
        return found[place]

    def choose(self, wanted: RowFilter) -> bytes:
        """The codes of all rows, `HIDDEN` in place of those that the filter leaves out."""
        table = bytearray([HIDDEN]) * 256
        for code, (kind, grade) in CODES.items():
            if wanted.has(kind, grade):
                table[code] = code
        codes = self.codes.translate(bytes(table))
        if said := find_filter(wanted.text):
            rows = unpack_rows(self.blocks)
            return bytes(code if said(row) else HIDDEN for code, row in zip(codes, rows, strict=True))
        return self._search(codes, _to_bytes(wanted.text)) if wanted.text else codes

    def _search(self, codes: bytes, needle: bytes) -> bytes:
        """Whole blocks at a time: a hundred thousand rows are looked through while a key is pressed."""
        nothing, size = bytes(_BLOCK), len(codes)
        found = b"".join(
            bytes(map(contains, text.split(_END), repeat(needle))) if needle in text else nothing for text in self.texts
        )[:size]
        hidden = int.from_bytes(found.translate(_HIDE_ABSENT), "big")
        return (int.from_bytes(codes, "big") | hidden).to_bytes(size, "big")


def pack_rows(rows: Sequence[Difference]) -> PackedRows:
    """Pack `rows`; for many, in another process."""
    parts = [rows[at : at + _BLOCK] for at in range(0, len(rows), _BLOCK)]
    return PackedRows(
        tuple(pickle.dumps([_to_tuple(row) for row in part], pickle.HIGHEST_PROTOCOL) for part in parts),
        tuple(_END.join(map(_to_text, part)) for part in parts),
        bytes([code_of(row.kind, row.grade) for row in rows]),
    )


def unpack_rows(blocks: Iterable[bytes]) -> Iterator[Difference]:
    """All rows, one after the other."""
    for block in blocks:
        yield from _unpack(block)


def _to_tuple(row: Difference) -> tuple[object, ...]:
    return (row.kind, row.path, row.name, row.left, row.right, row.aspect, row.grade, row.why)


def _to_text(row: Difference) -> bytes:
    right = row.right if row.right != row.left else None
    parts = (row.path, row.name, row.left or "", right or "", row.aspect, row.why)
    return _to_bytes("\n".join(parts))


def _to_bytes(text: str) -> bytes:
    return text.casefold().replace("\0", " ").encode("utf-8", "replace")


def _unpack(block: bytes) -> tuple[Difference, ...]:
    return tuple(Difference(*values) for values in pickle.loads(block))  # noqa: S301  # packed by `pack_rows`
