"""Sandbox view: one sandbox with its state, its addresses to copy, and all it offers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench, SandboxState
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from ui.views.answer_rules_view import AnswerRulesView
from ui.views.offer import Row, list_addresses, list_offer
from ui.views.sandbox_words import STATE_WORDS, sign_of, summarize_sandbox
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import IconLabel, make_label, make_line
from ui.widgets.notice_bar import NoticeBar
from workbench.sandbox.answer_rules import AnswerRules

_NOT_RUNNING = "Start it to get its addresses. It takes free ports on this machine and answers nobody else."


class SandboxView(QWidget):
    """`edit_requested` and `remove_requested` carry the remote sandbox."""

    edit_requested = Signal(object)
    remove_requested = Signal(object)

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "page")
        self._bench = bench
        self._state: SandboxState | None = None
        self._shown: SandboxState | None = None
        self._empty = EmptyState("sandboxes", "No sandbox", "Sandboxes are what you test against.")
        self._page = QWidget()
        self._body = QVBoxLayout()
        self._body.setSpacing(SPACE_3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._empty)
        layout.addWidget(self._page)
        self._fill_page()
        self.show_state(None)

    def show_state(self, state: SandboxState | None) -> None:
        self._state = state
        self._empty.setVisible(state is None)
        self._page.setVisible(state is not None)
        if state is None or state == self._shown:
            return
        rebuild = self._shown is None or (self._shown.id, self._shown.addresses, self._shown.remote) != (
            state.id,
            state.addresses,
            state.remote,
        )
        self._shown = state
        self._show_head(state)
        if rebuild:
            self._show_body(state)

    # How it is built.

    def _fill_page(self) -> None:
        self._name = make_label("", "title")
        self._sign = IconLabel("ring", quiet=True)
        self._word = make_label("", "quiet")
        self._about = make_label("", "quiet", wrap=True)
        self._notice = NoticeBar()
        self.start, self.stop, self.check = QPushButton("S&tart"), QPushButton("S&top"), QPushButton("Chec&k")
        self.start.setIcon(make_icon("play", "on_accent"))
        self.start.setProperty("role", "primary")
        self.stop.setIcon(make_icon("stop"))
        self.check.setIcon(make_icon("refresh"))
        self.check.setToolTip("Ask it for its capability statement")
        self.edit, self.remove = QPushButton("E&dit…"), QPushButton("Re&move…")
        self.start.clicked.connect(self._start)
        self.stop.clicked.connect(self._stop)
        self.check.clicked.connect(self._check)
        self.edit.clicked.connect(lambda: self.edit_requested.emit(self._state))
        self.remove.clicked.connect(lambda: self.remove_requested.emit(self._state))
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        for widget in (self._name, self._sign, self._word):
            head.addWidget(widget)
        head.addStretch(1)
        for button in (self.check, self.edit, self.remove, self.stop, self.start):
            head.addWidget(button)
        layout = QVBoxLayout(self._page)
        layout.setContentsMargins(SPACE_4 + SPACE_2, SPACE_3, SPACE_4 + SPACE_2, SPACE_4)
        layout.setSpacing(SPACE_2)
        layout.addLayout(head)
        layout.addWidget(self._about)
        layout.addWidget(self._notice)
        layout.addSpacing(SPACE_2)
        layout.addLayout(self._body)
        layout.addStretch(1)

    def _show_head(self, state: SandboxState) -> None:
        self._name.setText(state.name)
        self._sign.set_icon(*sign_of(state))
        self._word.setText(STATE_WORDS[state.state])
        about = state.site.description if state.site is not None else summarize_sandbox(state)
        self._about.setText(" ".join(about.split()))
        simulated = state.kind == "simulated"
        self.start.setVisible(simulated and state.state in ("stopped", "failed", "starting"))
        self.start.setEnabled(state.state != "starting")
        self.stop.setVisible(simulated and state.state in ("up", "stopping"))
        self.stop.setEnabled(state.state == "up")
        for button in (self.check, self.edit, self.remove):
            button.setVisible(not simulated)
        self.check.setEnabled(bool(state.fhir_base))
        if state.message:
            self._notice.show_notice("error", state.message)
        else:
            self._notice.hide()

    def _show_body(self, state: SandboxState) -> None:
        while (item := self._body.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        addresses = list_addresses(state)
        if addresses:
            self._body.addWidget(_make_section("Addresses", addresses, copies=True))
        elif state.kind == "simulated":
            self._body.addWidget(make_label(_NOT_RUNNING, "quiet", wrap=True))
        if (answers := self._bench.answers_of(state.id)) is not None:
            self._body.addWidget(self._make_rules(answers))
        for title, rows in list_offer(state):
            self._body.addWidget(_make_section(title, rows))

    def _make_rules(self, answers: AnswerRules) -> QFrame:
        """A card of the rules by which it answers HL7 v2 otherwise than usual; they live as long as it runs."""
        card = QFrame()
        card.setProperty("role", "card")
        rules = AnswerRulesView(answers)
        self._bench.exchange_added.connect(rules.refresh_soon)
        self._bench.exchange_replaced.connect(rules.refresh_soon)
        layout = QVBoxLayout(card)
        layout.setContentsMargins(SPACE_4, SPACE_3, SPACE_3, SPACE_3)
        layout.setSpacing(SPACE_2)
        layout.addWidget(make_label("HL7 v2 answers on request", "heading"))
        layout.addWidget(make_line())
        layout.addWidget(rules)
        return card

    # What its buttons do.

    def _start(self) -> None:
        if self._state is not None:
            self._bench.tasks.start(
                self._bench.start_sandbox(self._state.id), name=f"Starting {self._state.name}", owner=self
            )

    def _stop(self) -> None:
        if self._state is not None:
            self._bench.tasks.start(self._bench.stop_sandbox(self._state.id), name=f"Stopping {self._state.name}")

    def _check(self) -> None:
        if self._state is not None:
            self._bench.tasks.start(self._bench.probe_remote(self._state.id), name=f"Checking {self._state.name}")


def _make_section(title: str, rows: Sequence[Row], *, copies: bool = False) -> QFrame:
    """A card of names and values; with `copies` each value has a button that copies it."""
    card = QFrame()
    card.setProperty("role", "card")
    grid = QGridLayout(card)
    grid.setContentsMargins(SPACE_4, SPACE_3, SPACE_3, SPACE_3)
    grid.setHorizontalSpacing(SPACE_4)
    grid.setVerticalSpacing(SPACE_1 if copies else SPACE_2)
    grid.addWidget(make_label(title, "heading"), 0, 0, 1, 3)
    grid.addWidget(make_line(), 1, 0, 1, 3)
    for row, (name, value) in enumerate(rows, 2):
        label = make_label(name, "quiet")
        label.setMinimumWidth(label.fontMetrics().horizontalAdvance("DocumentReference") + SPACE_2)
        top = Qt.AlignmentFlag.AlignTop if not copies else Qt.AlignmentFlag.AlignVCenter
        grid.addWidget(label, row, 0, top)
        shown = make_label(value, selectable=True, wrap=True)
        if copies:
            shown.setProperty("mono", True)
            grid.addWidget(_make_copy(name, value), row, 2)
        shown.setBuddy(label)
        grid.addWidget(shown, row, 1)
    grid.setColumnStretch(1, 1)
    return card


def _make_copy(name: str, value: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(make_icon("copy", "quiet"))
    button.setToolTip(f"Copy {name}")
    button.setAccessibleName(f"Copy {name}")
    button.clicked.connect(lambda: QGuiApplication.clipboard().setText(value))
    return button
