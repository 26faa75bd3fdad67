"""Message view: an HL7 v2 message as text and structure tree, each place named by the dictionary of its version."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from ui.models.message_positions import MessagePositions
from ui.models.message_reading import MessageReading, read_message
from ui.models.message_tree_model import MessageTreeModel
from ui.models.place_words import describe_line, describe_tip
from ui.models.site_words import SiteWords
from ui.tasks import Tasks
from ui.views.message_completion import MessageCompletion
from ui.views.segment_moves import SegmentMoves
from ui.widgets.message_editor import MessageEditor
from ui.widgets.plain_tip import plain_tip
from ui.widgets.structure_tree import GROUP_ROLE
from workbench.errors import WorkbenchError
from workbench.hl7v2.message import Message
from workbench.hl7v2.place_facts import PlaceFacts

if TYPE_CHECKING:
    from workbench.site.site import Site

# Beyond this the groups of a message are found beside the window.
_LARGE = 60_000
_USUAL, _GIVE_WAY = sys.getswitchinterval(), 0.0005
# Segments that are opened at the start, and how long a message may be to have its groups open.
_FEW, _SHORT = 6, 60


class MessageView(QWidget):
    """Reads the text anew when typing rests. `place_changed` carries what stands at the cursor and what the
    version says of it: `PID-5.1 Family Name · FN · optional 0..1`.

    `message_read` carries the message, or the WorkbenchError that says why there is none.
    """

    place_changed = Signal(str)
    message_read = Signal(object)

    def __init__(self, tasks: Tasks, *, read_only: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._turn = 0
        self._site: Site | None = None
        self.model = MessageTreeModel(self)
        self._positions = MessagePositions(self.model)
        self.editor = MessageEditor(self.model, self._positions)
        self.editor.text.setReadOnly(read_only)
        self.moves = SegmentMoves(self.editor, self.model, self._positions)
        self.completion = MessageCompletion(self.editor.text, self.model, self._positions)
        self._read_only = read_only
        if read_only:
            self.editor.tree.setEditTriggers(self.editor.tree.EditTrigger.NoEditTriggers)
        self.editor.text.settled.connect(self._read)
        self.editor.text.loaded.connect(self._open_first)
        self.editor.text.words_at = self._words_at
        self.editor.text.help_asked.connect(self._show_tip)
        self.editor.cursor_at.connect(self._tell_place)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.editor)

    @property
    def message(self) -> Message | None:
        """The message as it stands in the editor, with one letter for each fold."""
        return self.model.reading.message if self.model.reading is not None else None

    def step_message(self, direction: int) -> None:
        """Go to the next message of the text (1) or the one before (-1)."""
        reading = self.model.reading
        if reading is not None and 0 <= reading.number + direction < len(reading.pieces):
            self.go_to_message(reading.number + direction)

    def go_to_message(self, number: int) -> None:
        reading = self.model.reading
        if reading is not None and number < len(reading.pieces):
            self.editor.text.go_to(reading.start_of(number))
            self.editor.text.setFocus()

    def show_text(self, text: str) -> None:
        """Show `text` from its beginning."""
        self.model.set_reading(None)
        self.editor.text.load(text)

    def _read(self) -> None:
        if self.editor.text.loading:
            return
        self._turn += 1
        turn, text, at = self._turn, self.editor.text.shown_text(), self.editor.text.textCursor().position()
        before = self.model.reading
        found = read_message(text, at, before, places=len(text) <= _LARGE)
        if found is not None:
            self._take(turn, found)
            return
        work = asyncio.to_thread(_read_beside, text, at)
        self._tasks.start(work, on_done=lambda found: self._take(turn, found), owner=self)

    def _take(self, turn: int, found: MessageReading | WorkbenchError | None) -> None:
        if turn != self._turn or found is None:
            return
        reading = found if isinstance(found, MessageReading) else None
        self.editor.refresh(lambda: self.model.set_reading(reading), self._follow_site)
        self.message_read.emit(found.message if isinstance(found, MessageReading) else found)

    def _tell_place(self, position: int) -> None:
        reading = self.model.reading
        if reading is not None and not reading.holds(position) and self.editor.text.is_settled:
            self._read()
        facts = self._facts_at(position)
        self.place_changed.emit(describe_line(facts, self._asked(facts)) if facts is not None else "")

    def _facts_at(self, position: int) -> PlaceFacts | None:
        block, words = self.editor.text.document().findBlock(position), self.model.site_words
        facts = self._positions.facts_in(block.position(), block.text(), position - block.position())
        if facts is None or facts.name or words is None:
            return facts
        return replace(facts, name=words.name_of(facts.path))

    def _show_tip(self, position: int, where: QPoint) -> None:
        QToolTip.showText(where, plain_tip(self._words_at(position)), self.editor.text)

    def _words_at(self, position: int) -> str:
        """What a tip says of a place; nothing where there is no segment."""
        facts, reading = self._facts_at(position), self.model.reading
        if facts is None or reading is None:
            return ""
        segment = reading.segment_at(reading.to_offset(position))
        group_path = reading.group_path_of(segment) if segment is not None else ""
        return describe_tip(facts, reading.names.version, group_path, self._asked(facts))

    def set_site(self, site: Site | None) -> None:
        """Tell of each place what this site's rules ask, too."""
        self._site = site
        self._follow_site()
        self._tell_place(self.editor.text.textCursor().position())

    def _follow_site(self) -> None:
        reading, words = self.model.reading, self.model.site_words
        kind = reading.message.type_name if reading is not None else ""
        if self._site is None or reading is None:
            self.model.site_words = None
        elif words is None or (words.site, words.kind, words.version) != (self._site, kind, reading.names.version):
            self.model.site_words = SiteWords(self._site, kind, reading.names.version)
            self.editor.tree.viewport().update()

    def _asked(self, facts: PlaceFacts) -> str:
        return self.model.site_words.describe(facts.path) if self.model.site_words is not None else ""

    def _open_first(self) -> None:
        """Open the groups as far as there are few, and the first segments."""
        if self._read_only:
            self.editor.text.setReadOnly(True)
        if self.model.reading is None:
            return
        waiting = [self.model.index(row, 0) for row in range(min(self.model.rowCount(), _FEW))]
        segments = 0
        while waiting:
            index = waiting.pop(0)
            group = bool(index.data(GROUP_ROLE))
            if not group and segments >= _FEW:
                continue
            segments += not group
            self.editor.tree.expand(index)
            if group and self.model.reading.count <= _SHORT:
                waiting[:0] = [self.model.index(row, 0, index) for row in range(self.model.rowCount(index))]


def _read_beside(text: str, position: int) -> MessageReading | WorkbenchError | None:
    """Read in a thread that gives way often: each call into Qt lets go of the interpreter and has to wait for it."""
    sys.setswitchinterval(_GIVE_WAY)
    try:
        return read_message(text, position)
    finally:
        sys.setswitchinterval(_USUAL)
