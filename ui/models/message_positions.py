"""Message positions: a message tree model asked in the positions of an editor, which counts UTF-16 units."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Signal

from ui.models.message_tree_model import MessageTreeModel
from ui.models.wire_text import from_utf16, to_utf16
from workbench.hl7v2.place_facts import PlaceFacts, describe_place, find_parts, path_of_parts
from workbench.hl7v2.segment import HEADERS, Part, Segment


class MessagePositions(QObject):
    """What a message editor asks of its model.

    What stands in a line is found in the line itself, so that it is right while somebody types and the message has not
    been read again.
    """

    edit_asked = Signal(int, int, str)

    def __init__(self, model: MessageTreeModel) -> None:
        super().__init__(model)
        self._model = model
        model.edit_asked.connect(self._ask)

    def index_at(self, position: int) -> QModelIndex:
        reading = self._model.reading
        return self._model.index_at(reading.to_offset(position)) if reading is not None else QModelIndex()

    def span_of(self, index: QModelIndex | QPersistentModelIndex) -> tuple[int, int] | None:
        reading, span = self._model.reading, self._model.span_of(index)
        return (reading.to_position(span[0]), reading.to_position(span[1])) if reading and span else None

    def segment_in(self, start: int, line: str) -> Segment | None:
        """The segment that a line is, which starts at a position; None for a blank line."""
        return self.line_segment(start, line) if line else None

    def line_segment(self, start: int, line: str) -> Segment | None:
        """A line as a segment whose own places count from 0, even if nothing stands there yet."""
        reading = self._model.reading
        if reading is None:
            return None
        known = reading.segment_at(reading.to_offset(start))
        encoding = reading.message.encoding
        name = line[:3] if line.startswith(HEADERS) else line.partition(encoding.field)[0]
        same = known is not None and known.name == name
        return Segment(name, known.index if known else 0, known.ordinal if known and same else 1, line, 0, encoding)

    def spans_in(self, start: int, line: str, column: int) -> tuple[tuple[int, int], ...]:
        """The positions of the field at a column of a line, and of the innermost part there if it is another."""
        segment = self.segment_in(start, line)
        parts = find_parts(segment, from_utf16(line, column)) if segment is not None else ()
        ends = [parts[0], parts[-1]] if len(parts) > 1 else list(parts)
        return tuple(_to_span(part, start, line) for part in ends)

    def facts_in(self, start: int, line: str, column: int) -> PlaceFacts | None:
        """What the version says of the place at a column of a line."""
        reading, segment = self._model.reading, self.segment_in(start, line)
        if reading is None or segment is None:
            return None
        several = segment.name in reading.several
        parts = find_parts(segment, from_utf16(line, column))
        return describe_place(segment, path_of_parts(segment, parts, several=several), reading.names)

    def _ask(self, start: int, end: int, text: str) -> None:
        reading = self._model.reading
        if reading is not None:
            self.edit_asked.emit(reading.to_position(start), reading.to_position(end), text)


def _to_span(part: Part, start: int, line: str) -> tuple[int, int]:
    return start + to_utf16(line, part.start), start + to_utf16(line, part.end)
