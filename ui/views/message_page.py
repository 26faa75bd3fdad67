"""Message page: one HL7 v2 message to edit and send, byte for byte as it is typed."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from ui.bench import Bench, SandboxState
from ui.models.message_pieces import find_pieces, number_at
from ui.models.wire_text import (
    LINE_END_NAMES,
    WireText,
    describe_size,
    from_utf16,
    read_wire_text,
    show_control_characters,
    to_utf16,
)
from ui.theme.icons import make_icon
from ui.views.checked_message import CheckedMessage
from ui.views.document_page import DocumentPage, refuse_target
from ui.views.message_bar import MessageBar
from ui.views.message_view import MessageView
from ui.widgets.folds import folds_in
from ui.widgets.text_view import TextView
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, utc_now
from workbench.hl7v2.batch import parse_batch
from workbench.hl7v2.message import Message, parse_message
from workbench.hl7v2.times import format_time
from workbench.workspace.preferences import change_preferences, read_preferences

if TYPE_CHECKING:
    from workbench.hl7v2.insertion import Insertable

_PATIENCE = 30.0


class MessagePage(DocumentPage):
    """Lines end with LF in the editor and with the message's own line end on the wire, CR unless a file has another."""

    insert_asked = Signal()
    list_asked = Signal()
    each_asked = Signal()

    icon_name = "message"
    suffix = ".hl7"

    def __init__(self, bench: Bench, name: str, data: bytes | WireText, *, typed: bool = False) -> None:
        super().__init__(bench, name)
        read = data if isinstance(data, WireText) else read_wire_text(data, line_end="\r")
        self.wire = WireText(read.shown, None, "\r") if typed else read
        self.view = MessageView(bench.tasks)
        self.editor = self.view.editor.text
        self.checked = CheckedMessage(bench, self.view, self.to_bytes)
        self._outgoing = TextView()
        self._outgoing.setAccessibleName("The bytes that go out")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.checked)
        self._stack.addWidget(self._outgoing)
        self._problem = ""
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.use_find_bar(self.editor))
        self.bar = self._make_bar()
        layout.addWidget(self.bar)
        self.lay_out(whole)
        self.setFocusProxy(self.editor)
        self.view.place_changed.connect(self._show_place)
        self.view.message_read.connect(self._show_reading)
        self.editor.document().modificationChanged.connect(lambda _: self.changed.emit())
        self.editor.textChanged.connect(self._refresh_outgoing)
        self.editor.files_dropped.connect(self.files_dropped)
        tree = self.view.editor.tree
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._show_tree_menu)
        self._add_keys()
        self.view.show_text(self.wire.shown)

    def _make_bar(self) -> MessageBar:
        bar = MessageBar(self.view, self.checked, self.fill_segment_menu)
        self.place = bar.place
        bar.empty.setChecked(_shows_empty(self.bench))
        self.view.model.set_show_empty(bar.empty.isChecked())
        bar.empty.toggled.connect(self._remember_empty)
        bar.as_sent.toggled.connect(self._show_outgoing)
        bar.list_asked.connect(self.list_asked)
        bar.line_end_chosen.connect(self.set_line_end)
        bar.offer_line_ends(self.wire.line_end)
        bar.name_line_end(self.wire)
        return bar

    def set_line_end(self, end: str) -> None:
        """End each line with `end` from now on; bytes of a file count no longer where they differ."""
        names = {name: known for known, name in LINE_END_NAMES.items()}
        known = names[{"\r": "CR", "\n": "LF", "\r\n": "CRLF"}[end]]
        if known != self.wire.line_end:
            self.wire = replace(self.wire, original=None, line_end=known)
            self.editor.document().setModified(True)
            self.bar.name_line_end(self.wire)
            self._refresh_outgoing()

    # What a document is asked.

    def is_modified(self) -> bool:
        return self.editor.document().isModified()

    def to_bytes(self) -> bytes:
        """The bytes that go out: a file's own where nobody edited them."""
        if self.wire.original is not None and self.editor.is_as_loaded():
            return self.wire.original
        return self.wire.to_bytes(self.editor.text())

    def message_bytes(self) -> bytes:
        """The bytes of the message at the cursor, where the text holds several; else all of them."""
        data, reading = self.to_bytes(), self.view.model.reading
        if reading is None or len(reading.pieces) <= 1:
            return data
        found = [piece.data for piece in parse_batch(data).messages if piece.message is not None]
        return found[reading.number] if len(found) == len(reading.pieces) else data

    def to_file(self, path: Path) -> bytes:
        return self.to_bytes()

    def settle_saved(self) -> None:
        text = self.editor.text()
        wire = read_wire_text(self.to_bytes(), line_end=self.wire.line_end)
        self.wire = replace(wire, shown=text, line_end=self.wire.line_end)
        self.bar.name_line_end(self.wire)
        self.editor.settle_unmodified()

    def exchange_with(self, sandbox: SandboxState | None) -> tuple[str, Coroutine[Any, Any, Exchange]]:
        if sandbox is None or sandbox.mllp is None:
            raise refuse_target(sandbox, "MLLP address")
        host, port = sandbox.mllp
        payload = self.message_bytes()
        scheme = "mllps" if sandbox.is_mllp_secured else "mllp"
        which = f"{self.bar.which.text()}, " if len(payload) < len(self.to_bytes()) else ""
        words = f"{which}{describe_size(len(payload))} to {sandbox.name} at {scheme}://{host}:{port}"
        return words, self._deliver(sandbox, host, port, payload)

    async def _deliver(self, sandbox: SandboxState, host: str, port: int, payload: bytes) -> Exchange:
        """Send a message; an accept acknowledgment is an exchange of its own before the one that is returned."""
        from workbench.transports.mllp_client import MllpConnection
        from workbench.workspace.endpoints import make_remote_tls

        tls = await asyncio.to_thread(make_remote_tls, sandbox.remote) if sandbox.remote is not None else None
        async with MllpConnection(host, port, within=_PATIENCE, receiver=sandbox.name, tls=tls) as connection:
            *earlier, last = await connection.ask(payload)
        for exchange in earlier:
            self.bench.add_exchange(exchange)
        return last

    # Editing.

    def step_problem(self, direction: int) -> None:
        """Go to the next problem (1) or the one before (-1)."""
        self.checked.step(direction)

    def refresh_header(self, now: datetime | None = None, control_id: str = "") -> bool:
        """Write a fresh time into MSH-7 and a fresh control ID into MSH-10; False where there is no MSH."""
        text, at = self.editor.shown_text(), self.editor.textCursor().position()
        pieces = find_pieces(text)
        start, end = pieces[number_at(pieces, from_utf16(text, at))]
        try:
            message = parse_message(text[start:end])
            fresh = with_fresh_header(message, now or utc_now(), control_id or make_control_id())
        except WorkbenchError as error:
            self.notice.show_notice("warning", error.message, error.hint)
            return False
        old, new = message.find_segments("MSH")[0], fresh.find_segments("MSH")[0]
        shift = end - len(message.text)
        cursor = QTextCursor(self.editor.textCursor())
        ends = (to_utf16(text, old.start + shift), to_utf16(text, old.end + shift))
        self.editor.replace_span(*ends, new.text)
        self.editor.setTextCursor(cursor)
        return True

    # Segments.

    def current_segment_index(self) -> int:
        """The index of the segment at the cursor, -1 where there is none."""
        reading = self.view.model.reading
        at = self.editor.textCursor().position()
        segment = reading.segment_at(reading.to_offset(at)) if reading is not None else None
        return segment.index if segment is not None else -1

    def insert(self, insertable: Insertable) -> None:
        """Put a segment where it belongs, with what it requires filled in, and the cursor into it."""
        from workbench.hl7v2.insertion import make_inserted

        reading = self.view.model.reading
        if reading is None:
            return
        code = reading.message.get("MSH-9.1") or ""
        text = make_inserted(insertable, reading.names, reading.message.encoding, code=code, now=utc_now())
        after = insertable.place.after
        self.view.moves.insert_after(reading.to_position(reading.segment(after).start) if after >= 0 else -1, text)

    def fill_segment_menu(self, menu: QMenu) -> None:
        """What can be done with the segment at the cursor, or the group that is chosen in the tree."""
        moves = self.view.moves
        menu.addAction(make_icon("add"), "&Insert a segment…\tCtrl+Shift+I", self.insert_asked.emit)
        menu.addSeparator()
        for words, run in (
            ("&Duplicate\tCtrl+Shift+D", moves.duplicate),
            ("Move &up\tAlt+Up", partial(moves.move, -1)),
            ("Move d&own\tAlt+Down", partial(moves.move, 1)),
            ("&Remove\tCtrl+Shift+K", moves.remove),
        ):
            menu.addAction(words, run).setEnabled(moves.lines() is not None)

    def _show_tree_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        self.fill_segment_menu(menu)
        menu.popup(self.view.editor.tree.viewport().mapToGlobal(place))

    def _add_keys(self) -> None:
        moves = self.view.moves
        keys: tuple[tuple[str, Callable[[], object]], ...] = (
            ("Ctrl+Shift+I", self.insert_asked.emit),
            ("Ctrl+Shift+M", self.list_asked.emit),
            ("Alt+PgUp", partial(self.view.step_message, -1)),
            ("Alt+PgDown", partial(self.view.step_message, 1)),
            ("Ctrl+Shift+D", moves.duplicate),
            ("Ctrl+Shift+K", moves.remove),
            ("Alt+Up", partial(moves.move, -1)),
            ("Alt+Down", partial(moves.move, 1)),
        )
        for key, run in keys:
            shortcut = QShortcut(QKeySequence(key), self.view)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(run)

    # What is shown.

    def _remember_empty(self, on: bool) -> None:
        self.view.model.set_show_empty(on)
        work = asyncio.to_thread(change_preferences, self.bench.workspace.folder, empty_fields=on)
        self.bench.tasks.start(work)

    def _show_place(self, place: str) -> None:
        folded = sum(len(text) for _, text in folds_in(self.editor.document(), self.editor.textCursor().block()))
        more = f" · {folded:,} characters folded here go out whole" if folded else ""
        self.place.setText((place or self._problem) + more)

    def _show_reading(self, found: object) -> None:
        self._problem = f"{found.message} {found.hint}".strip() if isinstance(found, WorkbenchError) else ""
        if self._problem:
            self.place.setText(self._problem)
        reading = self.view.model.reading
        if reading is not None:
            self.bar.show_reading(reading)

    def _show_outgoing(self, shown: bool) -> None:
        self._refresh_outgoing()
        self._stack.setCurrentWidget(self._outgoing if shown else self.checked)
        (self._outgoing if shown else self.editor).setFocus()

    def _refresh_outgoing(self) -> None:
        if self.bar.as_sent.isChecked():
            self._outgoing.set_text(show_control_characters(self.to_bytes()))


def with_fresh_header(message: Message, now: datetime, control_id: str) -> Message:
    """The message with `now` in MSH-7 and `control_id` in MSH-10."""
    return message.set("MSH-7", format_time(now)).set("MSH-10", control_id)


def make_control_id() -> str:
    """A control ID that was not used before; 18 characters, since MSH-10 took 20 until 2.7."""
    return f"WB{secrets.token_hex(8).upper()}"


def new_message_text(version: str, application: str, facility: str, now: datetime, control_id: str) -> str:
    """What a new message starts with: an admission's header and a patient to fill in."""
    time = format_time(now)
    kind = "ADT^A01" if version.startswith(("2.1", "2.2", "2.3")) else "ADT^A01^ADT_A01"
    head = f"MSH|^~\\&|WORKBENCH|WORKBENCH|{application}|{facility}|{time}||{kind}|{control_id}|P|{version}"
    return f"{head}\nEVN||{time}\nPID|1||\nPV1|1|I\n"


def _shows_empty(bench: Bench) -> bool:
    """Whether empty fields were shown last; what cannot be read is told where it is changed."""
    try:
        return read_preferences(bench.workspace.folder).empty_fields
    except WorkbenchError:
        return False
