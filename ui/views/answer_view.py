"""Answer view: what came back for what was sent, its verdict first and its body below, decoded and as bytes."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from ui.models.answer import describe_answer
from ui.models.body import GENTLE_SIZE, Body, read_body
from ui.models.wire_text import describe_size
from ui.tasks import Tasks
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.views.message_view import MessageView
from ui.widgets.json_view import JsonView
from ui.widgets.labels import ElidedLabel, make_label
from ui.widgets.text_view import TextView
from ui.widgets.verdict_label import VerdictLabel
from workbench.exchange import Exchange

_LANGUAGES = {"json": "json", "hl7v2": "hl7"}


class AnswerView(QWidget):
    """One exchange's answer; `inspect_asked` carries the exchange to show it whole."""

    inspect_asked = Signal(object)

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._turn = 0
        self.exchange: Exchange | None = None
        self.setAccessibleName("Answer")
        self.verdict = VerdictLabel()
        self.sentence = ElidedLabel()
        self._facts = make_label("", "small")
        self._inspect = QPushButton("&Inspect")
        self._inspect.setProperty("role", "quiet")
        self._inspect.setToolTip("Show the whole exchange in the inspector")
        self._inspect.clicked.connect(lambda: self.inspect_asked.emit(self.exchange))
        head = QHBoxLayout()
        head.setContentsMargins(SPACE_3, SPACE_1, SPACE_2, SPACE_1)
        head.setSpacing(SPACE_2)
        for widget in (self.verdict, self.sentence, self._facts, self._inspect):
            head.addWidget(widget, 1 if widget is self.sentence else 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._make_tabs(), 1)

    def _make_tabs(self) -> QTabWidget:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self._decoded = QStackedWidget()
        self._words = make_label("", "quiet", wrap=True, selectable=True)
        self._words.setContentsMargins(SPACE_3, SPACE_3, SPACE_3, SPACE_3)
        self._json: JsonView | None = None
        self._message: MessageView | None = None
        self._decoded_text = TextView()
        for view in (self._words, self._decoded_text):
            view.setProperty("bare", True)
            self._decoded.addWidget(view)
        self.raw = TextView()
        self.raw.setAccessibleName("Answer as it came")
        self._headers = TextView()
        self._headers.setAccessibleName("Headers of the answer")
        for page, title in ((self._decoded, "Decoded"), (self.raw, "Raw"), (self._headers, "Headers")):
            page.setProperty("bare", True)
            self.tabs.addTab(page, title)
        return self.tabs

    def show_waiting(self, sentence: str) -> None:
        """Say what is under way; the last answer goes."""
        self._turn += 1
        self.exchange = None
        self.verdict.set_verdict("running", "Sending")
        self.sentence.setText(sentence)
        self._facts.setText("")
        self._inspect.hide()
        self.tabs.hide()

    def show_words(self, verdict: str, word: str, sentence: str) -> None:
        """Say how it ended where no exchange came of it."""
        self.show_waiting(sentence)
        self.verdict.set_verdict(verdict, word)

    def show_exchange(self, exchange: Exchange) -> None:
        self._turn += 1
        self.exchange = exchange
        answer = describe_answer(exchange)
        self.verdict.set_verdict(answer.verdict, answer.word)
        self.verdict.show()
        self.sentence.setText(answer.sentence)
        self.setAccessibleDescription(f"{answer.word} {answer.sentence}")
        body = exchange.response.body if exchange.response is not None else b""
        size = f" · {describe_size(len(body))}" if body else ""
        self._facts.setText(f"{exchange.duration * 1000:,.0f} ms{size}")
        self._inspect.show()
        self.tabs.setVisible(exchange.response is not None)
        if exchange.response is not None:
            self._show_response(exchange, body)

    def _show_response(self, exchange: Exchange, body: bytes) -> None:
        headers = exchange.response.headers if exchange.response is not None else ()
        self._headers.set_text("\n".join(f"{name}: {value}" for name, value in headers), "headers")
        self.tabs.setTabVisible(self.tabs.indexOf(self._headers), exchange.protocol == "http")
        content_type = exchange.response.header("Content-Type") if exchange.response is not None else ""
        turn = self._turn
        if len(body) <= GENTLE_SIZE:
            self._show_body(turn, read_body(body, content_type))
            return
        self._show_page(self._words)
        self._words.setText("Reading…")
        self.raw.set_text("")
        work = asyncio.to_thread(read_body, body, content_type)
        self._tasks.start(work, on_done=lambda read: self._show_body(turn, read), owner=self, name="Reading an answer")

    def _show_body(self, turn: int, body: Body) -> None:
        if turn != self._turn:
            return
        self.raw.set_text(body.text, _LANGUAGES.get(body.kind, ""))
        if body.kind == "json":
            self._json = self._json or JsonView()
            self._json.set_value(body.value)
            self._show_page(self._json)
        elif body.kind == "hl7v2":
            self._message = self._message or MessageView(self._tasks, read_only=True)
            self._message.show_text(body.text.lstrip("\x0b").replace("\r\n", "\n").replace("\r", "\n"))
            self._show_page(self._message)
        elif body.kind == "empty":
            self._words.setText("The answer has no body.")
            self._show_page(self._words)
        else:
            self._decoded_text.set_text(f"{body.problem}\n\n{body.text}" if body.problem else body.text)
            self._show_page(self._decoded_text)

    def _show_page(self, page: QWidget) -> None:
        """Show a page; those that take time to make are made when they are first needed."""
        if self._decoded.indexOf(page) < 0:
            page.setProperty("bare", True)
            self._decoded.addWidget(page)
        self._decoded.setCurrentWidget(page)
