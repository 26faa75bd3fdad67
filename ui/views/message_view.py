"""Message view: an HL7 v2 message as text and structure tree, each place named by the dictionary of its version."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.models.message_positions import MessagePositions
from ui.models.message_tree_model import MessageTreeModel
from ui.tasks import Tasks
from ui.widgets.message_editor import MessageEditor
from workbench.errors import WorkbenchError
from workbench.hl7v2.dictionary import Dictionary, load_dictionary
from workbench.hl7v2.message import Message, parse_message

# Beyond this a message is read beside the window.
_LARGE = 150_000


class MessageView(QWidget):
    """Reads the text anew when typing rests. `place_changed` carries `PID-5.1 Family Name`, the cursor's place.

    `message_read` carries the message, or the WorkbenchError that says why there is none.
    """

    place_changed = Signal(str)
    message_read = Signal(object)

    def __init__(self, tasks: Tasks, *, read_only: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._version: str | None = None
        self._turn = 0
        self.model = MessageTreeModel(self)
        self._positions = MessagePositions(self.model)
        self.editor = MessageEditor(self.model, self._positions)
        self.editor.text.setReadOnly(read_only)
        self._read_only = read_only
        if read_only:
            self.editor.tree.setEditTriggers(self.editor.tree.EditTrigger.NoEditTriggers)
        self.editor.text.settled.connect(self._read)
        self.editor.text.loaded.connect(self._open_first)
        self.editor.cursor_at.connect(lambda at: self.place_changed.emit(self._positions.place_at(at)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.editor)

    @property
    def message(self) -> Message | None:
        """The message as it stands in the editor, with one letter for each fold."""
        return self.model.message

    def show_text(self, text: str) -> None:
        """Show `text` from its beginning."""
        self.model.set_message(None)
        self.editor.text.load(text)

    def _read(self) -> None:
        if self.editor.text.loading:
            return
        self._turn += 1
        turn, text = self._turn, self.editor.text.shown_text()
        if len(text) <= _LARGE:
            self._take(turn, text, _parse(text))
            return
        work = asyncio.to_thread(_parse, text)
        self._tasks.start(work, on_done=lambda found: self._take(turn, text, found), owner=self)

    def _take(self, turn: int, text: str, found: Message | WorkbenchError) -> None:
        if turn != self._turn:
            return
        message = found if isinstance(found, Message) else None
        self._positions.set_text(text, message)
        self.model.set_message(message)
        if message is not None and message.version != self._version:
            self._version = message.version
            work = asyncio.to_thread(load_dictionary, message.version)
            self._tasks.start(work, on_done=self._take_names, owner=self)
        self.editor.refresh()
        self.message_read.emit(found)

    def _take_names(self, names: Dictionary) -> None:
        self.model.set_names(names)
        self.editor.refresh()

    def _open_first(self) -> None:
        """Open the segments that tell most at a glance, as far as there are few."""
        if self._read_only:
            self.editor.text.setReadOnly(True)
        for row in range(min(self.model.rowCount(), 6)):
            self.editor.tree.expand(self.model.index(row, 0))


def _parse(text: str) -> Message | WorkbenchError:
    """The message with its segments found, or why there is none."""
    try:
        message = parse_message(text)
    except WorkbenchError as error:
        return error
    _ = message.segments
    return message
