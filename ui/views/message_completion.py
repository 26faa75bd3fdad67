"""Message completion: suggestions for the place of a message where somebody types, asked for or after a separator."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut

from ui.models.message_positions import MessagePositions
from ui.models.message_tree_model import MessageTreeModel
from ui.models.wire_text import from_utf16, to_utf16
from ui.widgets.suggestions import Suggestions
from ui.widgets.wire_editor import WireEditor


class MessageCompletion(QObject):
    """Ctrl+Space lists what may stand at the cursor, or where nothing is known explains the place."""

    def __init__(self, editor: WireEditor, model: MessageTreeModel, positions: MessagePositions) -> None:
        super().__init__(editor)
        self._editor = editor
        self._model = model
        self._positions = positions
        # How much of what is replaced stands after the cursor.
        self._rest = 0
        self._list: Suggestions | None = None
        editor.typed.connect(self._follow_typing)
        shortcut = QShortcut(QKeySequence("Ctrl+Space"), editor)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(self.ask)

    @property
    def list(self) -> Suggestions:
        """The list, made when it is first needed."""
        if self._list is None:
            self._list = Suggestions(self._editor)
            self._list.chosen.connect(self._put)
        return self._list

    def ask(self) -> None:
        if not self._offer(asked=True):
            self._editor.ask_for_help()

    def _follow_typing(self, letter: str) -> None:
        """After a separator list the values of the field that begins, without taking the keyboard."""
        reading = self._model.reading
        encoding = reading.message.encoding if reading is not None else None
        if encoding is not None and letter and letter in encoding.field + encoding.component + encoding.repetition:
            self._offer(asked=False)

    def _offer(self, *, asked: bool) -> bool:
        """List what may stand at the cursor; False where nothing is known."""
        from workbench.hl7v2.completion import complete

        reading, cursor = self._model.reading, self._editor.textCursor()
        start, line = cursor.block().position(), cursor.block().text()
        if reading is None or self._editor.isReadOnly():
            return False
        segment = self._positions.line_segment(start, line)
        before = reading.segment_at(reading.to_offset(start) - 1)
        index = before.index if before is not None else -1
        column = from_utf16(line, cursor.positionInBlock())
        words = self._model.site_words
        own = words.suggest if words is not None else None
        if segment is None:
            return False
        found = complete(segment, column, reading.names, reading.placement, index, own=own)
        if found is None:
            if self._list is not None:
                self._list.hide()
            return False
        names = [(each.text, each.words) for each in found.suggestions]
        self._rest = to_utf16(line, found.end) - cursor.positionInBlock()
        self.list.offer(start + to_utf16(line, found.start), names, asked=asked)
        return True

    def _put(self, start: int, text: str) -> None:
        end = self._editor.textCursor().position() + self._rest
        block = self._editor.textCursor().block()
        after = block.text()[end - block.position() :]
        # A name that is written over keeps the separator that stands after it.
        if not text[-1:].isalnum() and after.startswith(text[-1:]):
            text = text[:-1]
        self._editor.replace_span(start, end, text)
