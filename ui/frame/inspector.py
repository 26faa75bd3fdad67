"""Inspector: what is selected anywhere, decoded, raw, with its headers, its timing and the checks that judged it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ui.bench import Bench
from ui.models.exchange_model import to_milliseconds
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.widgets.buttons import tool_button
from ui.widgets.labels import ElidedLabel, make_label
from ui.widgets.verdict_label import VerdictLabel
from workbench.exchange import Exchange

if TYPE_CHECKING:
    from ui.frame.exchange_tabs import ExchangeTabs
    from ui.models.exchange_place import ExchangePlace
    from workbench.scenario.scenario import StepResult


class Inspector(QWidget):
    """One exchange, its request or its response; or a step's result, with its checks and its last exchange."""

    close_requested = Signal()
    check_requested = Signal(str, bytes)
    documents_requested = Signal(bytes)

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._exchange: Exchange | None = None
        self._tabs: ExchangeTabs | None = None
        self.setAccessibleName("Inspector")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self._make_head())
        self._empty = make_label("Select an exchange to see what is in it.", "quiet", wrap=True)
        self._empty.setContentsMargins(SPACE_3, 0, SPACE_3, 0)
        self._layout.addWidget(self._empty)
        self._layout.addStretch(1)
        self.clear()

    @property
    def exchange(self) -> Exchange | None:
        return self._exchange

    @property
    def is_empty(self) -> bool:
        return self._tabs is None or not self._empty.isHidden()

    @property
    def tabs(self) -> ExchangeTabs:
        """Made at the first exchange, so that the window opens without them."""
        if self._tabs is None:
            from ui.frame.exchange_tabs import ExchangeTabs

            self._tabs = ExchangeTabs(self._bench.tasks, before=self._bench.log.before)
            self._layout.insertWidget(1, self._tabs, 100)
        return self._tabs

    def clear(self) -> None:
        self._exchange = None
        self._what.setText("Nothing selected")
        self._empty.show()
        for widget in (self._who, self._verdict, self._sides, self._tabs):
            if widget is not None:
                widget.hide()

    def show_exchange(self, exchange: Exchange) -> None:
        """Show an exchange; its response where there is one."""
        from workbench.narration import describe_exchange

        self._exchange = exchange
        line = describe_exchange(exchange)
        milliseconds = to_milliseconds(exchange.duration)
        self._show_head(line.what, f"{exchange.sender} → {exchange.receiver} · {milliseconds} ms")
        self._verdict.set_verdict(line.verdict, line.result)
        self._sides.show()
        self._response.setChecked(True)
        self.tabs.show_checks(None)
        self._show_side()

    def show_place(self, place: ExchangePlace) -> None:
        """Show an exchange at a place of it, on the side where that is."""
        self.show_exchange(place.exchange)
        if place.side == "request":
            self._request.setChecked(True)
            self._show_side()
        if place.side == "request" or place.exchange.response is not None:
            self.tabs.show_place(place)

    def show_step(self, result: StepResult) -> None:
        """Show what judged a step, and its last exchange."""
        if result.exchanges:
            self.show_exchange(result.exchanges[-1])
        else:
            self._exchange = None
            self._sides.hide()
            self.tabs.clear()
        self._show_head(result.step.name, result.sentence)
        self._verdict.set_verdict(result.verdict)
        self.tabs.show_checks(result)

    def _show_head(self, what: str, who: str) -> None:
        self._what.setText(what)
        self._who.setText(who)
        self._empty.hide()
        for widget in (self._who, self._verdict, self.tabs):
            widget.show()

    def _show_side(self) -> None:
        from ui.frame.exchange_tabs import to_size
        from ui.models.document_file import holds_resource
        from workbench.workspace.received_documents import may_hold_documents

        exchange = self._exchange
        if exchange is None:
            return
        request = self._request.isChecked()
        part = exchange.request if request else exchange.response
        self._size.setText(to_size(len(part.body)) if part is not None else "")
        self._check.setVisible(part is not None and exchange.protocol == "http" and holds_resource(part.body))
        self._documents.setVisible(part is not None and exchange.protocol == "mllp" and may_hold_documents(part.body))
        self.tabs.show_exchange(exchange, "request" if request else "response")

    def _ask_check(self) -> None:
        exchange = self._exchange
        if exchange is None:
            return
        if self._request.isChecked():
            self.check_requested.emit(f"To {exchange.receiver}", exchange.request.body)
        elif exchange.response is not None:
            self.check_requested.emit(f"From {exchange.receiver}", exchange.response.body)

    def _ask_documents(self) -> None:
        exchange = self._exchange
        part = None if exchange is None else exchange.request if self._request.isChecked() else exchange.response
        if part is not None:
            self.documents_requested.emit(part.body)

    # How it is built.

    def _make_head(self) -> QWidget:
        head = QWidget()
        self._what = ElidedLabel("", "heading")
        self._who = ElidedLabel("", "quiet")
        self._verdict = VerdictLabel()
        close = tool_button("close", "Hide the inspector (Ctrl+I)", self.close_requested.emit)
        first = QHBoxLayout()
        first.addWidget(self._what, 1)
        first.addWidget(close)
        self._sides = self._make_sides()
        layout = QVBoxLayout(head)
        layout.setContentsMargins(SPACE_3, SPACE_2, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_1)
        layout.addLayout(first)
        layout.addWidget(self._who)
        layout.addWidget(self._verdict)
        layout.addWidget(self._sides)
        return head

    def _make_sides(self) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, SPACE_1, 0, 0)
        layout.setSpacing(SPACE_1)
        self._request, self._response = QPushButton("Re&quest"), QPushButton("Res&ponse")
        self._group = QButtonGroup(self)
        for button in (self._request, self._response):
            button.setCheckable(True)
            self._group.addButton(button)
            layout.addWidget(button)
        self._size = make_label("", "quiet")
        self._check = tool_button("pass", "Check this resource (in Compose)", self._ask_check)
        layout.addStretch(1)
        layout.addWidget(self._size)
        self._documents = tool_button("document", "Open the documents of this message", self._ask_documents)
        layout.addWidget(self._check)
        layout.addWidget(self._documents)
        self._response.setChecked(True)
        self._group.buttonClicked.connect(lambda _: self._show_side())
        return row
