"""Line marks: verdicts on spans of an editor's text, which stay with their letters while somebody types."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

# A cursor that follows each edit costs a little; nobody steps through more marks than this.
MOST_MARKS = 1000
_RANKS = {"fail": 0, "error": 1, "undecided": 2, "notice": 3}


@dataclass(frozen=True, slots=True)
class LineMark:
    """A span of Qt's positions with its verdict (`fail`, `error`, `undecided`, `notice`) and what it says."""

    start: int
    end: int
    verdict: str
    tip: str


class LineMarks:
    """The marks of one document, in the order of their places at any moment."""

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        self._cursors: list[tuple[QTextCursor, LineMark]] = []
        self._placed: list[LineMark] = []
        self._order: list[int] = []
        self._starts: list[int] = []
        self._revision = -1

    def __len__(self) -> int:
        return len(self._cursors)

    def set(self, marks: Iterable[LineMark]) -> None:
        last = max(0, self._document.characterCount() - 1)
        self._cursors = []
        for mark in list(marks)[:MOST_MARKS]:
            cursor = QTextCursor(self._document)
            cursor.setPosition(min(mark.start, last))
            cursor.setPosition(min(mark.end, last), QTextCursor.MoveMode.KeepAnchor)
            self._cursors.append((cursor, mark))
        self._revision = -1

    def where(self, number: int) -> LineMark | None:
        """The mark of that number, in the order they were given, where it stands now."""
        if not 0 <= number < len(self._cursors):
            return None
        cursor, mark = self._cursors[number]
        return LineMark(cursor.selectionStart(), cursor.selectionEnd(), mark.verdict, mark.tip)

    def placed(self) -> Sequence[LineMark]:
        """The marks where they stand now, by place."""
        revision = self._document.revision()
        if revision != self._revision:
            found = [(mark, number) for number in range(len(self._cursors)) if (mark := self.where(number)) is not None]
            found.sort(key=lambda each: (each[0].start, each[0].end))
            self._placed, self._order = [mark for mark, _ in found], [number for _, number in found]
            self._starts = [mark.start for mark in self._placed]
            self._revision = revision
        return self._placed

    def of_block(self, block: QTextBlock) -> Sequence[LineMark]:
        """The marks that start in a line, the gravest first."""
        if not self._cursors:
            return ()
        placed = self.placed()
        first = bisect_left(self._starts, block.position())
        last = bisect_left(self._starts, block.position() + block.length())
        return sorted(placed[first:last], key=lambda mark: _RANKS.get(mark.verdict, 9))

    def at(self, position: int) -> Sequence[LineMark]:
        """The marks whose span holds a position, both ends included."""
        block = self._document.findBlock(position)
        return [mark for mark in self.of_block(block) if mark.start <= position <= mark.end]

    def number_near(self, position: int) -> int | None:
        """The number, in the order they were given, of the narrowest mark at a position, else of the first in its line;
        None where its line has none."""
        block = self._document.findBlock(position)
        placed = self.placed()
        first = bisect_left(self._starts, block.position())
        here = range(first, bisect_left(self._starts, block.position() + block.length()))
        inside = [at for at in here if placed[at].start <= position <= placed[at].end]
        best = min(inside, key=lambda at: placed[at].end - placed[at].start, default=here[0] if here else None)
        return None if best is None else self._order[best]

    def step(self, position: int, direction: int) -> LineMark | None:
        """The next mark after a position, or the one before it; round and round at the ends."""
        placed = self.placed()
        if not placed:
            return None
        if direction > 0:
            at = bisect_right(self._starts, position)
            return placed[at % len(placed)]
        return placed[bisect_left(self._starts, position) - 1]
