"""Request page: one FHIR request to edit and send: method, address, headers, body and the token that goes with it."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench, SandboxState
from ui.models.header_model import HeaderModel
from ui.models.request_text import (
    METHODS,
    RequestText,
    find_content_type,
    guess_content_type,
    holds_resource,
    is_absolute,
    resolve_address,
    to_request_text,
)
from ui.models.request_token import Token
from ui.models.wire_text import WireText, read_wire_text
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.views.document_page import DocumentPage, refuse_target
from ui.views.resource_editor import ResourceEditor
from ui.widgets.header_table import HeaderTable
from ui.widgets.labels import ElidedLabel, make_label
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, utc_now
from workbench.fhir.resource import parse_json, to_json
from workbench.issue import Issue

_OF_RESOURCES = (".json", ".xml", ".ndjson")
_WITHOUT_BODY = ("GET", "HEAD", "DELETE", "OPTIONS")


class RequestPage(DocumentPage):
    """The body goes out byte for byte as typed; the address is relative to the sandbox's FHIR base, or absolute."""

    choice_asked = Signal()

    icon_name = "document"
    suffix = ".http"

    def __init__(
        self, bench: Bench, name: str, request: RequestText, wire: WireText | None = None, *, body_only: bool = False
    ) -> None:
        super().__init__(bench, name)
        self._undo = QUndoStack(self)
        self._body_only = body_only
        self._tokens: tuple[Token, ...] = ()
        self.headers = HeaderModel(self._undo, self)
        self.headers.set_headers(request.headers)
        self.wire = wire or read_wire_text(request.body, line_end="\n")
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_line(request))
        layout.addWidget(self._make_tabs(), 1)
        layout.addWidget(self.use_find_bar(self.editor))
        layout.addWidget(self._make_bar())
        self.lay_out(whole)
        self.setFocusProxy(self.address)
        self._connect()
        self.editor.load(self.wire.shown)
        self._saved = self._state()
        self._show_base()
        self._count_headers()

    def _connect(self) -> None:
        self.editor.document().modificationChanged.connect(lambda _: self.changed.emit())
        self.resource.checked.connect(self._show_status)
        self.resource.choice_asked.connect(self.choice_asked)
        self.editor.cursor_moved.connect(lambda _: self._show_status())
        self.editor.files_dropped.connect(self.files_dropped)
        for signal in (self.method.currentTextChanged, self.address.textChanged):
            signal.connect(lambda _: self.changed.emit())
        self._undo.indexChanged.connect(self._count_headers)
        self.bench.current_changed.connect(self._show_base)

    # How it is built.

    def _make_line(self, request: RequestText) -> QWidget:
        line = QWidget()
        self.method = QComboBox()
        self.method.setAccessibleName("Method")
        self.method.addItems(METHODS)
        if request.method not in METHODS:
            self.method.addItem(request.method)
        self.method.setCurrentText(request.method)
        self.base = make_label("", "quiet")
        self.address = QLineEdit(request.address)
        self.address.setAccessibleName("Address, relative to the FHIR base or absolute")
        self.address.setPlaceholderText("Patient?name=… or a whole address")
        self.address.setProperty("mono", True)
        self.token = QComboBox()
        self.token.setAccessibleName("Access token")
        self.token.setToolTip("The token that goes with the request; one comes here from each launch you do as the app")
        self.token.addItem("No token")
        self.token.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.token.setMinimumContentsLength(12)
        layout = QHBoxLayout(line)
        layout.setContentsMargins(SPACE_2, SPACE_2, SPACE_2, SPACE_1)
        layout.setSpacing(SPACE_1)
        layout.addWidget(self.method)
        layout.addWidget(self.base)
        layout.addWidget(self.address, 1)
        layout.addWidget(self.token)
        return line

    def _make_tabs(self) -> QTabWidget:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.resource = ResourceEditor(self.bench)
        self.editor = self.resource.editor
        self.editor.setAccessibleName("Body of the request")
        self.editor.setProperty("bare", True)
        self.table = HeaderTable(self.headers, self._undo)
        self.table.setProperty("bare", True)
        self.table.remove_asked.connect(self.headers.remove)
        self.tabs.addTab(self.resource, "&Body")
        self.tabs.addTab(self.table, "He&aders")
        if self.method.currentText() in _WITHOUT_BODY and not self.wire.shown:
            self.tabs.setCurrentWidget(self.table)
        return self.tabs

    def _make_bar(self) -> QWidget:
        bar = QWidget()
        self.status = ElidedLabel()
        self.status.setAccessibleName("What the body is")
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(SPACE_3, SPACE_1, SPACE_2, SPACE_1)
        layout.setSpacing(SPACE_1)
        layout.addWidget(self.status, 1)
        layout.addWidget(self.resource.chooser)
        layout.addWidget(self.resource.chip)
        return bar

    def _count_headers(self, _step: int = 0) -> None:
        self.tabs.setTabText(self.tabs.indexOf(self.table), f"He&aders ({len(self.headers.headers)})")
        kind = find_content_type(self.headers.headers)
        self.resource.leave_out("" if holds_resource(kind) else f"A body of {kind} is not a FHIR resource.")
        self.changed.emit()

    def _show_base(self) -> None:
        """Show the path below which a relative address stands, shortened to what tells."""
        base = self.bench.current.fhir_base if self.bench.current is not None else ""
        path = "/" + base.split("/", 3)[3].strip("/") + "/" if base.count("/") >= 3 else ""
        self.base.setText(path)
        self.base.setToolTip(f"{base.rstrip('/')}/" if base else "")
        self.base.setVisible(bool(path))

    # Tokens.

    def set_tokens(self, tokens: tuple[Token, ...], *, choose: bool = False) -> None:
        """Offer `tokens`, newest first; what was chosen stays chosen, or the newest is with `choose`."""
        chosen = self._tokens[self.token.currentIndex() - 1] if self.token.currentIndex() > 0 else None
        self._tokens = tokens
        with QSignalBlocker(self.token):
            self.token.clear()
            self.token.addItem("No token")
            self.token.addItems([token.label for token in tokens])
        place = tokens.index(chosen) + 1 if chosen in tokens else 0
        self.token.setCurrentIndex(1 if choose and tokens else place)

    @property
    def chosen_token(self) -> Token | None:
        place = self.token.currentIndex()
        return self._tokens[place - 1] if 0 < place <= len(self._tokens) else None

    # What a document is asked.

    @property
    def request(self) -> RequestText:
        """The request as it stands, the token left out."""
        return RequestText(self.method.currentText(), self.address.text(), self.headers.headers, self.to_body())

    def to_body(self) -> bytes:
        if self.wire.original is not None and self.editor.is_as_loaded():
            return self.wire.original
        return self.wire.to_bytes(self.editor.text())

    def _state(self) -> tuple[object, ...]:
        line = (self.method.currentText(), self.address.text(), self.headers.headers)
        return () if self._body_only else line

    def is_modified(self) -> bool:
        return self.editor.document().isModified() or self._state() != self._saved

    def to_file(self, path: Path) -> bytes:
        return self.to_body() if self._takes_body_alone(path) else to_request_text(self.request)

    def _takes_body_alone(self, path: Path) -> bool:
        """A file of a resource gets the resource alone; what has no body is the request or nothing."""
        ending = path.suffix.lower()
        return (self._body_only and ending != self.suffix) or (ending in _OF_RESOURCES and bool(self.to_body()))

    def settle_saved(self) -> None:
        if self.path is not None:
            self._body_only = self._takes_body_alone(self.path)
        self.wire = replace(self.wire, shown=self.editor.text(), original=self.to_body())
        self.editor.settle_unmodified()
        self._saved = self._state()

    def exchange_with(self, sandbox: SandboxState | None) -> tuple[str, Coroutine[Any, Any, Exchange]]:
        base = sandbox.fhir_base if sandbox is not None else ""
        if not base and not is_absolute(self.address.text()):
            raise refuse_target(sandbox, "FHIR base address")
        address = resolve_address(self.address.text(), base)
        body = self.to_body()
        headers = self.headers.headers
        token = self.chosen_token
        if token is not None and not any(name.lower() == "authorization" for name, _ in headers):
            headers = (*headers, ("Authorization", f"Bearer {token.value}"))
            if remark := token.remark(address, utc_now()):
                self.notice.show_notice("warning", remark)
        if body and not find_content_type(headers):
            headers = (*headers, ("Content-Type", guess_content_type(body)))
        request = Request(self.method.currentText(), address, headers, body)
        if sandbox is None or not base or not address.startswith(base):
            return f"{request.method} {address}", self.bench.http.send(request)
        return f"{request.method} {address}", self._send_to(sandbox, request)

    async def _send_to(self, sandbox: SandboxState, request: Request) -> Exchange:
        client = await self.bench.http_to(sandbox.id)
        return await client.send(request, receiver=sandbox.name)

    # The body.

    def find_text(self) -> None:
        self.tabs.setCurrentWidget(self.resource)
        super().find_text()

    def tidy_body(self) -> None:
        """Write the body anew with an indent of two, as one step that undo takes back."""
        try:
            self.editor.replace_text(to_json(parse_json(self.editor.text()), indent=2))
        except WorkbenchError as error:
            self.notice.show_notice("warning", f"{error.message} (line {error.line})", error.hint)

    def step_problem(self, direction: int) -> None:
        self.tabs.setCurrentWidget(self.resource)
        self.resource.step(direction)

    def explain_element(self) -> None:
        """Tell in a tip what the definitions say of the element at the cursor."""
        self.tabs.setCurrentWidget(self.resource)
        self.editor.ask_for_help()

    def _show_status(self) -> None:
        check = self.resource.check
        if self.editor.loading:
            self.status.setText("Opening…")
        elif self.resource.is_empty:
            self.status.setText("No body")
        elif check is not None and check.kind == "other":
            self.status.setText(f"{_told(check.issues[0])} It goes out as it is. F8 goes there.")
        else:
            self.status.setText(self._place_in_words(check.format.upper() if check is not None else ""))

    def _place_in_words(self, form: str) -> str:
        line, column, problem = self.resource.tell_place()
        problem = "" if self.resource.tells_problems else problem
        place = f"Line {line}, column {column}"
        kept = "shown indented, the file’s own bytes go out until you edit it" if self._keeps_bytes() else ""
        return " · ".join(filter(None, (place, problem or form, "" if problem else kept)))

    def _keeps_bytes(self) -> bool:
        return self.wire.reformatted and not self.editor.document().isModified()


def _told(issue: Issue) -> str:
    return f"Line {issue.line}, column {issue.column}: {issue.message}"
