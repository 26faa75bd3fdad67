"""Request page: one FHIR request to edit and send: method, address, headers, body and the token that goes with it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QSignalBlocker
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
from ui.models.body import GENTLE_SIZE, parse_json_gently
from ui.models.header_model import HeaderModel
from ui.models.request_text import FHIR_JSON, METHODS, RequestText, is_absolute, resolve_address, to_request_text
from ui.models.wire_text import WireText, read_wire_text
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.views.document_page import DocumentPage, refuse_target
from ui.widgets.header_table import HeaderTable
from ui.widgets.labels import ElidedLabel, make_label
from ui.widgets.wire_editor import WireEditor
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request
from workbench.fhir.resource import parse_json, to_json

# A larger body is not read anew at each rest of the typing.
_JUDGED = 1_500_000
_WITHOUT_BODY = ("GET", "HEAD", "DELETE", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Token:
    """An access token that a launch gave; `label` names it without showing it."""

    label: str
    value: str


class RequestPage(DocumentPage):
    """The body goes out byte for byte as typed; the address is relative to the sandbox's FHIR base, or absolute."""

    icon_name = "document"
    suffix = ".http"

    def __init__(
        self, bench: Bench, name: str, request: RequestText, wire: WireText | None = None, *, body_only: bool = False
    ) -> None:
        super().__init__(bench, name)
        self._undo = QUndoStack(self)
        self._body_only = body_only
        self._tokens: tuple[Token, ...] = ()
        self._error_at: tuple[int, int] | None = None
        self._problem = ""
        self._empty = True
        self._unjudged = False
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
        self.editor.settled.connect(self._judge_body)
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
        self.editor = WireEditor("json")
        self.editor.setAccessibleName("Body of the request")
        self.editor.setProperty("bare", True)
        self.table = HeaderTable(self.headers, self._undo)
        self.table.setProperty("bare", True)
        self.table.remove_asked.connect(self.headers.remove)
        self.tabs.addTab(self.editor, "&Body")
        self.tabs.addTab(self.table, "&Headers")
        if self.method.currentText() in _WITHOUT_BODY and not self.wire.shown:
            self.tabs.setCurrentWidget(self.table)
        return self.tabs

    def _make_bar(self) -> QWidget:
        bar = QWidget()
        self.status = ElidedLabel()
        self.status.setAccessibleName("What the body is")
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(SPACE_3, SPACE_1, SPACE_3, SPACE_1)
        layout.addWidget(self.status, 1)
        return bar

    def _count_headers(self, _step: int = 0) -> None:
        self.tabs.setTabText(self.tabs.indexOf(self.table), f"&Headers ({len(self.headers.headers)})")
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

    def to_file(self) -> bytes:
        return self.to_body() if self._body_only else to_request_text(self.request)

    def settle_saved(self) -> None:
        if self.path is not None:
            self._body_only = self.path.suffix == ".json"
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
        if body and not any(name.lower() == "content-type" for name, _ in headers):
            headers = (*headers, ("Content-Type", FHIR_JSON))
        request = Request(self.method.currentText(), address, headers, body)
        receiver = sandbox.name if sandbox is not None and base and address.startswith(base) else ""
        return f"{request.method} {address}", self.bench.http.send(request, receiver=receiver)

    # The body.

    def find_text(self) -> None:
        self.tabs.setCurrentWidget(self.editor)
        super().find_text()

    def tidy_body(self) -> None:
        """Write the body anew with an indent of two, as one step that undo takes back."""
        try:
            self.editor.replace_text(to_json(parse_json(self.editor.text()), indent=2))
        except WorkbenchError as error:
            self.notice.show_notice("warning", f"{error.message} (line {error.line})", error.hint)

    def go_to_error(self) -> None:
        if self._error_at is not None:
            self.tabs.setCurrentWidget(self.editor)
            self.editor.go_to_line(*self._error_at)
            self.editor.setFocus()

    def _judge_body(self) -> None:
        if self.editor.loading:
            self.status.setText("Opening…")
            return
        if self.editor.document().characterCount() > _JUDGED:
            self._error_at, self._empty, self._unjudged = None, False, True
            self._show_status()
            return
        self._unjudged = False
        text = self.editor.text()
        if len(text) <= GENTLE_SIZE:
            self._take_judgement(find_error(text), not text)
        else:
            work = asyncio.to_thread(find_error, text)
            self.bench.tasks.start(work, on_done=self._take_large, owner=self)

    def _take_large(self, error: WorkbenchError | None) -> None:
        self._take_judgement(error, False)

    def _take_judgement(self, error: WorkbenchError | None, empty: bool) -> None:
        self._error_at = (error.line or 1, error.column or 1) if error is not None else None
        self.editor.set_marks([self._mark_of(*self._error_at)] if self._error_at is not None else [])
        self._problem = error.message if error is not None else ""
        self._empty = empty
        self._show_status()

    def _mark_of(self, line: int, column: int) -> tuple[int, int, str]:
        """The positions of the faulty letter, or of the last one where the fault lies past the end."""
        block = self.editor.document().findBlockByNumber(line - 1)
        at = block.position() + max(0, min(column - 1, block.length() - 2))
        return at, at + 1, "removed"

    def _show_status(self) -> None:
        cursor = self.editor.textCursor()
        place = f"Line {cursor.blockNumber() + 1}, column {cursor.positionInBlock() + 1}"
        what = "too large to be checked as you type" if self._unjudged else "JSON"
        kept = "shown indented, the file’s own bytes go out until you edit it" if self._keeps_bytes() else ""
        if self._error_at is not None:
            line, column = self._error_at
            self.status.setText(f"Line {line}, column {column}: {self._problem} It goes out as it is. F8 goes there.")
        else:
            self.status.setText("No body" if self._empty else " · ".join(filter(None, (place, what, kept))))

    def _keeps_bytes(self) -> bool:
        return self.wire.reformatted and not self.editor.document().isModified()


def find_error(text: str) -> WorkbenchError | None:
    """Why `text` is not JSON, with its place; None where it is, or is empty."""
    if not text.strip():
        return None
    try:
        if len(text) > GENTLE_SIZE:
            parse_json_gently(text)
        else:
            parse_json(text)
    except WorkbenchError as error:
        return error
    except RecursionError:
        return WorkbenchError("It is nested too deeply.", line=1, column=1)
    except ValueError as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        return WorkbenchError("This is not valid JSON.", line=line, column=column)
    return None
