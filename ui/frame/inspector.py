"""Inspector: what is selected anywhere, decoded, raw, with its headers, its timing and the checks that judged it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QPushButton,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench
from ui.frame.body_view import BodyView
from ui.frame.check_list import CheckList
from ui.frame.pair_table import PairTable
from ui.models.body import GENTLE_SIZE, Body, read_body
from ui.models.exchange_model import to_milliseconds
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.widgets.labels import ElidedLabel, make_label
from ui.widgets.text_view import TextView
from ui.widgets.verdict_label import VerdictLabel
from workbench.exchange import Exchange

if TYPE_CHECKING:
    from workbench.scenario.scenario import StepResult

_LANGUAGES = {"json": "json", "hl7v2": "hl7"}


class Inspector(QWidget):
    """One exchange, its request or its response; or a step's result, with its checks and its last exchange."""

    close_requested = Signal()
    compare_requested = Signal(object, object)

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._exchange: Exchange | None = None
        self._turn = 0
        self.setAccessibleName("Inspector")
        self._body = BodyView(bench.tasks)
        self._raw = TextView()
        self._raw.setProperty("bare", True)
        self._raw.setAccessibleName("Raw text")
        self._headers = PairTable("Headers")
        self._timing = PairTable("Timing")
        self._checks = CheckList()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_head())
        layout.addWidget(self._make_tabs(), 1)
        self.clear()

    @property
    def exchange(self) -> Exchange | None:
        return self._exchange

    def clear(self) -> None:
        self._exchange = None
        self._turn += 1
        self._what.setText("Nothing selected")
        self._who.setText("Select an exchange to see what is in it.")
        self._verdict.hide()
        self._sides.hide()
        self.tabs.hide()

    def show_exchange(self, exchange: Exchange) -> None:
        """Show an exchange; its response where there is one."""
        from workbench.narration import describe_exchange

        self._exchange = exchange
        line = describe_exchange(exchange)
        self._what.setText(line.what)
        milliseconds = to_milliseconds(exchange.duration)
        self._who.setText(f"{exchange.sender} → {exchange.receiver} · {milliseconds} ms")
        self._verdict.set_verdict(line.verdict, line.result)
        self._verdict.show()
        self._sides.show()
        self.tabs.show()
        self.tabs.setTabVisible(self.tabs.indexOf(self._checks), False)
        self._timing.set_pairs(_timing_of(exchange))
        self._response.setChecked(True)
        self._show_side()

    def show_step(self, result: StepResult) -> None:
        """Show what judged a step, and its last exchange."""
        if result.exchanges:
            self.show_exchange(result.exchanges[-1])
        else:
            self.clear()
            self.tabs.show()
        self._what.setText(result.step.name)
        self._who.setText(result.sentence)
        self._verdict.set_verdict(result.verdict)
        self._verdict.show()
        self._checks.set_result(result)
        self.tabs.setTabVisible(self.tabs.indexOf(self._checks), True)
        self.tabs.setCurrentWidget(self._checks)

    # How it is built.

    def _make_head(self) -> QWidget:
        head = QWidget()
        self._what = ElidedLabel("", "heading")
        self._who = ElidedLabel("", "quiet")
        self._verdict = VerdictLabel()
        close = QToolButton()
        close.setIcon(make_icon("close"))
        close.setAccessibleName("Hide the inspector")
        close.setToolTip("Hide the inspector")
        close.clicked.connect(self.close_requested)
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
        layout.addSpacing(SPACE_1)
        layout.addWidget(self._sides)
        return head

    def _make_sides(self) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_1)
        self._request, self._response = QPushButton("Re&quest"), QPushButton("Respo&nse")
        self._group = QButtonGroup(self)
        for button in (self._request, self._response):
            button.setCheckable(True)
            self._group.addButton(button)
            layout.addWidget(button)
        self._size = make_label("", "quiet")
        layout.addStretch(1)
        layout.addWidget(self._size)
        self._response.setChecked(True)
        self._group.buttonClicked.connect(lambda _: self._show_side())
        return row

    def _make_tabs(self) -> QTabWidget:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setUsesScrollButtons(True)
        headers = QWidget()
        layout = QVBoxLayout(headers)
        layout.setContentsMargins(0, 0, 0, SPACE_2)
        layout.addWidget(self._headers, 1)
        self._reveal = QCheckBox("&Show secrets")
        self._reveal.toggled.connect(self._headers.pairs.set_revealed)
        layout.addWidget(self._reveal)
        for page, title in (
            (self._body, "Decoded"),
            (self._raw, "Raw"),
            (headers, "Headers"),
            (self._timing, "Timing"),
            (self._checks, "Checks"),
        ):
            self.tabs.addTab(page, title)
        return self.tabs

    # What it shows.

    def _show_side(self) -> None:
        exchange = self._exchange
        if exchange is None:
            return
        self._turn += 1
        side = exchange.request if self._request.isChecked() else exchange.response
        self._raw.set_text("")
        if side is None:
            words = exchange.failure.reason if exchange.failure else "No response was expected."
            self._body.show_words(words)
            self._show_headers(())
            self._size.setText("")
            return
        self._show_headers(side.headers)
        self._size.setText(to_size(len(side.body)))
        content_type = side.header("Content-Type")
        if len(side.body) <= GENTLE_SIZE:
            self._show_body(read_body(side.body, content_type))
            return
        self._body.show_words("Reading…")
        turn = self._turn
        self._bench.tasks.start(
            asyncio.to_thread(read_body, side.body, content_type),
            on_done=lambda body: self._show_body(body) if turn == self._turn else None,
            name="Reading a large body",
            owner=self,
        )

    def _show_body(self, body: Body) -> None:
        self._body.show_body(body)
        self._raw.set_text(body.text, _LANGUAGES.get(body.kind, ""))

    def _show_headers(self, headers: tuple[tuple[str, str], ...]) -> None:
        self._headers.set_pairs(headers)
        self._reveal.setChecked(False)
        self._reveal.setVisible(self._headers.pairs.has_secrets)


def _timing_of(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    local = exchange.started.astimezone()
    pairs = [
        ("Started", local.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]),
        ("Duration", f"{to_milliseconds(exchange.duration)} ms"),
        ("From", exchange.sender),
        ("To", exchange.receiver),
        ("Address", exchange.request.address),
        ("Protocol", "MLLP" if exchange.protocol == "mllp" else "HTTP"),
        ("Recorded by", f"the {exchange.seen_by}"),
        ("Request body", to_size(len(exchange.request.body))),
    ]
    if exchange.response is not None:
        pairs.append(("Response body", to_size(len(exchange.response.body))))
    if exchange.failure is not None:
        pairs.append(("Failure", exchange.failure.reason))
    return tuple(pairs)


def to_size(count: int) -> str:
    """A number of bytes as people say it."""
    if count < 1000:
        return f"{count} byte" + ("" if count == 1 else "s")
    return f"{count / 1000:,.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"
