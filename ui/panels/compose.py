"""Compose panel: HL7 v2 messages and FHIR requests as documents in tabs, to edit and send to a sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench, SandboxState
from ui.dialogs.check_against import CheckAgainst
from ui.dialogs.message_actions import MessageActions
from ui.models.document_file import OpenedDocument, open_bytes, open_exchange, open_file
from ui.models.note_file import is_note, may_be_note
from ui.models.request_text import FHIR_JSON, RequestText
from ui.models.request_token import Token
from ui.panels.panel import Command, Panel
from ui.tasks import beside
from ui.theme.icons import make_icon
from ui.views.compose_bar import ComposeBar
from ui.views.document_page import DocumentPage
from ui.views.document_tabs import FILTERS, DocumentTabs
from ui.views.message_page import MessagePage, make_control_id, new_message_text
from ui.views.request_page import RequestPage
from ui.widgets.empty_state import EmptyState
from ui.widgets.wire_editor import local_files
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, utc_now
from workbench.smart_app.launch import LaunchResult

if TYPE_CHECKING:
    from workbench.workspace.package_contents import ContentHead

NOTE_FILTERS = "Documents (*.pdf *.rtf *.txt *.png *.jpg *.jpeg *.tif *.tiff *.html *.xml);;All files (*)"


class ComposePanel(Panel):
    """`receive` takes messages and exchanges to edit, files to open, and tokens for the requests to go with."""

    title = "Compose"
    icon_name = "compose"

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(bench, parent)
        self._tokens: tuple[Token, ...] = ()
        self._made = 0
        self._against = CheckAgainst(bench, self)
        self.messages = MessageActions(bench, self, self._open_made)
        self.setAcceptDrops(True)
        self.tabs = DocumentTabs(bench.workspace.folder / "messages")
        self.tabs.changed.connect(self._refresh)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._make_empty())
        self._stack.addWidget(self.tabs)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.bar = ComposeBar(bench, self._fill_new, self._fill_library)
        self.bar.save_asked.connect(self.tabs.save)
        self.bar.fresh_asked.connect(self.refresh_header)
        self.bar.send_asked.connect(self.send_or_stop)
        self.bar.target_changed.connect(self._refresh)
        layout.addWidget(self.bar)
        layout.addWidget(self._stack, 1)
        self._add_keys()
        self._refresh()

    # How it is built.

    def _make_empty(self) -> QWidget:
        empty = EmptyState(
            "compose",
            "Write it, send it, see the answer",
            "An HL7 v2 message or a FHIR request goes out byte for byte as you type it, also when it is wrong. "
            "Open one from the library, or drop a file here.",
        )
        empty.add_button("New &message", self.new_message, "message")
        empty.add_button("New FHIR re&quest", self.new_request, "document")
        library = empty.add_button("Open from the &library", lambda: self._show_library(library), "open")
        return empty

    def _add_keys(self) -> None:
        keys: tuple[tuple[str, Callable[[], object]], ...] = (
            ("Ctrl+Return", self.send),
            ("Ctrl+Enter", self.send),
            ("Ctrl+S", self.tabs.save),
            ("Ctrl+Shift+S", self.tabs.save_as),
            ("Ctrl+O", self.choose_file),
            ("Ctrl+N", self.new_message),
            ("Ctrl+Shift+N", self.new_request),
            ("Ctrl+Alt+N", self.messages.make_new),
            ("Ctrl+W", self.tabs.close_front),
            ("Ctrl+Shift+R", self.refresh_header),
            ("F8", partial(self._step_problem, 1)),
            ("Shift+F8", partial(self._step_problem, -1)),
            ("Ctrl+F1", self._explain_element),
        )
        for key, run in keys:
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(run)

    def _fill_new(self, menu: QMenu) -> None:
        menu.addAction(make_icon("message"), "HL7 v2 &message\tCtrl+N", self.new_message)
        menu.addAction(make_icon("message"), "HL7 v2 message of a &type…\tCtrl+Alt+N", self.messages.make_new)
        menu.addAction(make_icon("document"), "FHIR &request\tCtrl+Shift+N", self.new_request)
        menu.addAction(make_icon("send"), "&Note from a file…", self.choose_note)

    def _fill_library(self, menu: QMenu) -> None:
        menu.addAction(make_icon("open"), "&File…\tCtrl+O", self.choose_file)
        entries = self.bench.workspace.messages()
        for heading, shipped in (("Your messages", False), ("Shipped library", True)):
            some = [entry for entry in entries if entry.shipped is shipped]
            if some:
                menu.addSection(heading)
            for entry in some:
                menu.addAction(entry.name, partial(self.open_path, entry.path))

    def _show_library(self, button: QPushButton) -> None:
        menu = QMenu(self)
        self._fill_library(menu)
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))

    # Documents.

    @property
    def page(self) -> DocumentPage | None:
        """The document in front."""
        return self.tabs.page

    def has_unsaved(self) -> bool:
        return self.tabs.has_unsaved()

    def save_unsaved(self) -> bool:
        return self.tabs.save_unsaved()

    def new_message(self) -> None:
        site = self.bench.current.site if self.bench.current is not None else None
        rules = site.hl7v2 if site is not None else None
        version, application, facility = (
            (rules.version, rules.application, rules.facility) if rules else ("2.5.1", "", "")
        )
        text = new_message_text(version, application, facility, utc_now(), make_control_id())
        self._add_page(MessagePage(self.bench, self._new_name("Message"), text.encode(), typed=True))

    def _open_made(self, kind: str, text: str) -> None:
        """Open a message that was made of a structure, to be edited and sent."""
        self._add_page(MessagePage(self.bench, self._new_name(kind), text.replace("\r", "\n").encode(), typed=True))

    def new_request(self) -> None:
        request = RequestText("GET", "Patient?_count=10", (("Accept", FHIR_JSON),))
        self._add_page(RequestPage(self.bench, self._new_name("Request"), request))

    def _new_name(self, kind: str) -> str:
        self._made += 1
        return f"{kind} {self._made}"

    def choose_file(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Open messages or requests", "", FILTERS)
        self.open_paths(names)

    def open_path(self, path: Path) -> None:
        """Open a file in a tab of its own, or bring the tab in front that has it; a shipped file opens as a copy.

        A document, such as a PDF, is offered to be sent as a note.
        """
        if may_be_note(path):
            look = beside(is_note, path)
            self.bench.tasks.start(look, on_done=partial(self._open_as, path), name=f"Opening {path.name}", owner=self)
        else:
            self._open_file(path)

    def _open_as(self, path: Path, note: bool) -> None:
        (self.send_note if note else self._open_file)(path)

    def send_note(self, path: Path) -> None:
        """Offer to put a file into a message as the current site asks; nothing is sent from there."""
        from ui.dialogs.send_note import SendNoteDialog

        dialog = SendNoteDialog(self.bench, path, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.made.connect(partial(self._take_note, path.stem))
        dialog.open()

    def _take_note(self, name: str, site_id: str, data: bytes) -> None:
        """The message in a tab of its own, its site the one it would be sent to unless that is a remote sandbox."""
        current = self.bench.current
        if current is None or current.kind != "remote":
            self.bench.set_current(site_id)
        self.bench.tasks.start(beside(open_bytes, data, name), on_done=self.add_document, owner=self)

    def choose_note(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Send a document as a note", "", NOTE_FILTERS)
        if name:
            self.send_note(Path(name))

    def open_documents(self) -> None:
        """The documents of the message in front."""
        if isinstance(self.page, MessagePage):
            self.documents_requested.emit(self.page.to_bytes())

    def _open_file(self, path: Path) -> None:
        there = next((page for page in self.tabs.pages if page.path == path), None)
        if there is not None:
            self.tabs.setCurrentWidget(there)
            return
        shipped = any(entry.shipped and entry.path == path for entry in self.bench.workspace.messages())
        work = asyncio.to_thread(open_file, path, keep_path=not shipped)
        self.bench.tasks.start(work, on_done=self.add_document, name=f"Opening {path.name}", owner=self)

    def add_document(self, opened: OpenedDocument) -> None:
        page: DocumentPage
        if opened.request is None:
            page = MessagePage(self.bench, opened.name, opened.body or opened.data)
        else:
            page = RequestPage(self.bench, opened.name, opened.request, opened.body, body_only=opened.body_only)
        page.path, page.stamp = opened.path, opened.stamp
        self._add_page(page)

    def _add_page(self, page: DocumentPage) -> None:
        if isinstance(page, RequestPage):
            page.set_tokens(self._tokens)
            page.choice_asked.connect(partial(self._against.choose, page))
            self._against.recall(page)
        if isinstance(page, MessagePage):
            page.insert_asked.connect(partial(self.messages.insert, page))
            page.list_asked.connect(partial(self.messages.list_messages, page))
            page.each_asked.connect(partial(self._send_each, page))
        page.inspect_asked.connect(self.open_exchange)
        page.files_dropped.connect(self.open_paths)
        self.tabs.add_page(page)

    def open_paths(self, names: list[str]) -> None:
        """Open files; a package goes to where packages are installed, a folder to where many messages are sent."""
        for name in names:
            if name.lower().endswith((".tgz", ".tar.gz")):
                self.hand_over.emit("packages", "path", Path(name))
            elif Path(name).is_dir():
                self.hand_over.emit("send-many", "path", Path(name))
            else:
                self.open_path(Path(name))

    # Sending.

    @property
    def target(self) -> SandboxState | None:
        return self.bar.target

    def send_or_stop(self) -> None:
        if self.page is not None and self.page.sending:
            self.page.stop_sending()
        else:
            self.send()

    def send(self) -> None:
        """Send the document in front as it stands; a simulated sandbox that does not run can be started on the spot."""
        page, target = self.page, self.target
        if page is None or page.sending:
            return
        try:
            page.send(target)
        except WorkbenchError as error:
            stopped = target is not None and target.kind == "simulated" and target.state in ("stopped", "failed")
            action = ("Start it and s&end", lambda: self._start_and_send(page)) if stopped else None
            page.notice.show_notice("warning", error.message, error.hint, action=action)

    def _start_and_send(self, page: DocumentPage) -> None:
        target = self.target
        if target is None:
            return
        page.notice.show_notice("information", f"Starting {target.name}…")
        work = self.bench.start_sandbox(target.id)
        self.bench.tasks.start(work, on_done=page.send, name=f"Starting {target.name}", owner=page)

    def _send_each(self, page: MessagePage) -> None:
        """Hand a batch to where its messages are sent one by one."""
        self.hand_over.emit("send-many", "messages", page.to_bytes())

    def refresh_header(self) -> None:
        if isinstance(self.page, MessagePage):
            self.page.refresh_header()

    def _step_problem(self, direction: int) -> None:
        if isinstance(self.page, RequestPage | MessagePage):
            self.page.step_problem(direction)

    def _explain_element(self) -> None:
        if isinstance(self.page, RequestPage):
            self.page.explain_element()

    def _refresh(self) -> None:
        page = self.page
        self._stack.setCurrentIndex(0 if page is None else 1)
        self.bar.show_page(page)

    # What others hand over.

    def receive(self, kind: str, payload: object) -> None:
        if kind == "token":
            self._take_token(payload)
        elif kind == "resource" and isinstance(payload, tuple):
            name, data = payload
            self.bench.tasks.start(asyncio.to_thread(open_bytes, data, name), on_done=self.add_document, owner=self)
        elif kind == "profile" and isinstance(payload, tuple):
            self._take_profile(*payload)
        elif kind == "new":
            self.new_message()
        elif isinstance(payload, Exchange):
            bases = tuple(state.fhir_base for state in self.bench.sandboxes if state.fhir_base)
            work = asyncio.to_thread(open_exchange, payload, bases)
            self.bench.tasks.start(work, on_done=self.add_document, owner=self)
        elif isinstance(payload, Path):
            self.open_path(payload)
        elif isinstance(payload, bytes | str):
            data = payload.encode() if isinstance(payload, str) else payload
            work = asyncio.to_thread(open_bytes, data, self._new_name("Handed over"))
            self.bench.tasks.start(work, on_done=self.add_document, owner=self)

    def _take_profile(self, package: str, head: ContentHead) -> None:
        """Check the resource in front against a profile."""
        if isinstance(self.page, RequestPage):
            self._against.take_profile(self.page, package, head)
        else:
            self.bench.notice.emit("information", f"Open a resource to check it against {head.title}.")

    def _take_token(self, payload: object) -> None:
        number = len(self._tokens) + 1
        if isinstance(payload, LaunchResult):
            token = Token.of(payload, number)
        elif isinstance(payload, tuple) and len(payload) == 2:
            token = Token(str(payload[0]), str(payload[1]))
        else:
            token = Token(f"Token {number}", payload if isinstance(payload, str) else "")
        if not token.value:
            return
        self._tokens = (token, *(each for each in self._tokens if each.value != token.value))
        pages = [page for page in self.tabs.pages if isinstance(page, RequestPage)]
        for page in pages:
            page.set_tokens(self._tokens, choose=page is self.page)
        if not isinstance(self.page, RequestPage):
            self.new_request()
            if isinstance(self.page, RequestPage):
                self.page.set_tokens(self._tokens, choose=True)

    def find_text(self) -> bool:
        if self.page is not None:
            self.page.find_text()
        return self.page is not None

    def commands(self) -> tuple[Command, ...]:
        made = [
            Command("New HL7 v2 message", self.new_message, shortcut="Ctrl+N", icon="message"),
            Command("New HL7 v2 message of a type…", self.messages.make_new, shortcut="Ctrl+Alt+N", icon="message"),
            Command("New FHIR request", self.new_request, shortcut="Ctrl+Shift+N", icon="document"),
            Command("Open a message or request…", self.choose_file, shortcut="Ctrl+O", icon="open"),
            Command("Send a document as a note…", self.choose_note, icon="send"),
        ]
        if self.page is not None:
            made.append(Command("Send", self.send, self.page.name, "Ctrl+Return", "send"))
            made.append(Command("Save", self.tabs.save, self.page.name, "Ctrl+S", "save"))
        if isinstance(self.page, RequestPage):
            page = self.page
            made.append(Command("Check against…", partial(self._against.choose, page), page.name, icon="pass"))
            made.append(Command("Next problem", partial(page.step_problem, 1), page.name, "F8", "down"))
            made.append(Command("Previous problem", partial(page.step_problem, -1), page.name, "Shift+F8", "up"))
            made.append(Command("What is this element?", page.explain_element, page.name, "Ctrl+F1", "notice"))
            made.append(Command("Show or hide the problems", page.resource.chip.toggle, page.name, icon="strip"))
        if isinstance(self.page, MessagePage):
            message = self.page
            made.append(Command("List its messages…", message.list_asked.emit, message.name, "Ctrl+Shift+M", "message"))
            made.append(Command("Insert a segment…", message.insert_asked.emit, message.name, "Ctrl+Shift+I", "add"))
            made.append(Command("Next problem", partial(message.step_problem, 1), message.name, "F8", "down"))
            made.append(Command("Previous problem", partial(message.step_problem, -1), message.name, "Shift+F8", "up"))
            made.append(Command("Show or hide the problems", message.checked.chip.toggle, message.name, icon="strip"))
            documents = "Open the documents of the message"
            made.append(Command(documents, self.open_documents, message.name, icon="document"))
            each = partial(self._send_each, message)
            made.append(Command("Send each of its messages…", each, message.name, icon="send"))
            made.append(Command("Fresh control ID and time", self.refresh_header, "", "Ctrl+Shift+R", "refresh"))
        for entry in self.bench.workspace.messages():
            run = partial(self._open_entry, entry.path)
            made.append(Command(entry.name, run, icon="message", kind="Message"))
        return tuple(made)

    def _open_entry(self, path: Path) -> None:
        self.show_panel.emit("compose")
        self.open_path(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.open_paths(local_files(event.mimeData()))
        event.acceptProposedAction()
