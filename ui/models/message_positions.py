"""Message positions: a message tree model asked in the positions of an editor, which counts UTF-16 units."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Signal

from ui.models.message_tree_model import MessageTreeModel
from ui.models.wire_text import from_utf16, to_utf16
from workbench.hl7v2.message import Message


class MessagePositions(QObject):
    """What a message editor asks of its model; `set_text` tells the text that the model's message was read from."""

    edit_asked = Signal(int, int, str)

    def __init__(self, model: MessageTreeModel) -> None:
        super().__init__(model)
        self._model = model
        self._text = ""
        self._skipped = 0
        model.edit_asked.connect(self._ask)

    def set_text(self, text: str, message: Message | None) -> None:
        self._text = text
        self._skipped = len(text) - len(message.text) if message is not None else 0

    def index_at(self, offset: int) -> QModelIndex:
        return self._model.index_at(self._to_offset(offset))

    def place_at(self, position: int) -> str:
        return self._model.place_at(self._to_offset(position))

    def span_of(self, index: QModelIndex | QPersistentModelIndex) -> tuple[int, int] | None:
        span = self._model.span_of(index)
        return (self._to_position(span[0]), self._to_position(span[1])) if span is not None else None

    def _to_offset(self, position: int) -> int:
        return from_utf16(self._text, position) - self._skipped

    def _to_position(self, offset: int) -> int:
        return to_utf16(self._text, offset + self._skipped)

    def _ask(self, start: int, end: int, text: str) -> None:
        self.edit_asked.emit(self._to_position(start), self._to_position(end), text)
