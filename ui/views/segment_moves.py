"""Segment moves: the segment at the cursor, or the group that is chosen in the tree, doubled, moved or taken out."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QTextCursor

from ui.models.message_node import GroupEntry
from ui.models.message_positions import MessagePositions
from ui.models.message_tree_model import MessageTreeModel
from ui.widgets.folds import expanded_text
from ui.widgets.message_editor import MessageEditor
from workbench.hl7v2.segment import HEADERS


class SegmentMoves:
    """Each is one step of the text's undo; the header stays where it is."""

    def __init__(self, editor: MessageEditor, model: MessageTreeModel, positions: MessagePositions) -> None:
        self._text = editor.text
        self._tree = editor.tree
        self._model = model
        self._positions = positions

    def lines(self) -> tuple[int, int] | None:
        """The first and last line of what is meant; None where that is the header, or nothing."""
        index = self._tree.currentIndex()
        group = self._lines_of_group(index) if self._tree.hasFocus() and index.isValid() else None
        first, last = group or (self._text.textCursor().blockNumber(),) * 2
        named = self._text.document().findBlockByNumber(first).text()
        return None if not named or named.startswith(HEADERS) else (first, last)

    def _lines_of_group(self, index: QModelIndex) -> tuple[int, int] | None:
        entry = getattr(index.internalPointer(), "entry", None)
        reading = self._model.reading
        if not isinstance(entry, GroupEntry) or reading is None:
            return None
        segments = [placed.segment for placed in entry.group.segments()]
        indexes = sorted(segment.index for segment in segments)
        if indexes != list(range(indexes[0], indexes[0] + len(indexes))):
            return None
        ends = (reading.segment(indexes[0]), reading.segment(indexes[-1]))
        document = self._text.document()
        first, last = (document.findBlock(reading.to_position(segment.start)).blockNumber() for segment in ends)
        return first, last

    def duplicate(self) -> bool:
        """Put the same once more after it, with the next set ID where it is one segment that has one."""
        lines = self.lines()
        if lines is None:
            return False
        _, end = self._span(lines)
        text = self._read(lines)
        self._text.replace_span(end, end, "\n" + (self._with_next_id(text) if lines[0] == lines[1] else text))
        self._text.go_to(end + 1)
        return True

    def remove(self) -> bool:
        lines = self.lines()
        if lines is None:
            return False
        start, end = self._span(lines)
        last = self._text.document().characterCount() - 1
        self._text.replace_span(start if end < last else start - 1, min(end + 1, last), "")
        return True

    def move(self, direction: int) -> bool:
        """Move it up (-1) or down (1) by one segment."""
        lines = self.lines()
        if lines is None:
            return False
        first, last = lines
        other = first - 1 if direction < 0 else last + 1
        beside = self._text.document().findBlockByNumber(other)
        if not beside.isValid() or not beside.text() or beside.text().startswith(HEADERS):
            return False
        column = self._text.textCursor().positionInBlock()
        moved, passed = self._read(lines), self._read((other, other))
        start, end = self._span((min(first, other), max(last, other)))
        self._text.replace_span(start, end, f"{moved}\n{passed}" if direction < 0 else f"{passed}\n{moved}")
        block = self._text.document().findBlockByNumber(first + direction)
        self._text.go_to(block.position() + min(column, block.length() - 1))
        return True

    def _span(self, lines: tuple[int, int]) -> tuple[int, int]:
        document = self._text.document()
        first, last = (document.findBlockByNumber(number) for number in lines)
        return first.position(), last.position() + last.length() - 1

    def _read(self, lines: tuple[int, int]) -> str:
        return expanded_text(self._text.document(), *self._span(lines))

    def _with_next_id(self, text: str) -> str:
        reading = self._model.reading
        segment = self._positions.line_segment(0, text)
        field = reading.names.field(segment.name, 1) if reading is not None and segment is not None else None
        part = segment.find_field(1) if segment is not None else None
        if field is None or part is None or field.datatype != "SI" or not part.text.isdecimal():
            return text
        return f"{text[: part.start]}{int(part.text) + 1}{text[part.end :]}"

    def insert_after(self, position: int, text: str) -> None:
        """Put a segment in a line of its own after the line at `position`, or before all where that is negative."""
        if position < 0:
            self._text.replace_span(0, 0, f"{text}\n")
            start = 0
        else:
            block = self._text.document().findBlock(position)
            end = block.position() + block.length() - 1
            self._text.replace_span(end, end, f"\n{text}")
            start = end + 1
        cursor = QTextCursor(self._text.document())
        cursor.setPosition(start)
        self._text.setTextCursor(cursor)
        self._text.go_to(start + min(4, cursor.block().length() - 1))
        self._text.setFocus()
