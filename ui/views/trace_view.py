"""Trace view: a launch told exchange by exchange, in words that can be copied and shown to a vendor."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from ui.models.step_model import VERDICT_ROLE
from ui.models.trace_model import NUMBER, RESULT, WORDS, TraceModel
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.views.step_result_view import make_verdict_table
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import make_label
from ui.widgets.verdict_delegate import VerdictDelegate
from workbench.exchange import Exchange


class TraceView(QWidget):
    """`exchange_chosen` carries the exchange of the selected row."""

    exchange_chosen = Signal(object)

    def __init__(self, empty_title: str, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = TraceModel(self)
        self.table = make_verdict_table("Trace of the launch")
        self.table.setModel(self.model)
        self.table.setWordWrap(True)
        self.table.setProperty("roomy", True)
        self.table.setItemDelegateForColumn(RESULT, VerdictDelegate(VERDICT_ROLE, self.table, with_text=True))
        header = self.table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(WORDS, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(NUMBER, self.fontMetrics().horizontalAdvance("00") + 20)
        self.table.setColumnWidth(RESULT, self.fontMetrics().horizontalAdvance("refused") + 44)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.selectionModel().currentRowChanged.connect(lambda row, _: self._choose(row.row()))
        self._stack = QStackedWidget()
        self._stack.addWidget(EmptyState("launch", empty_title, empty_text))
        self._stack.addWidget(self.table)
        self._copy = QPushButton(make_icon("copy"), "Copy trace")
        self._copy.setProperty("role", "quiet")
        self._copy.setToolTip("Copy the trace as numbered lines, without any secret")
        self._copy.clicked.connect(self.copy)
        head = QHBoxLayout()
        head.addWidget(make_label("Trace", "heading"))
        head.addStretch(1)
        head.addWidget(self._copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, SPACE_2)
        layout.setSpacing(SPACE_1)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)
        self.clear()

    def clear(self) -> None:
        self.model.clear()
        self._stack.setCurrentIndex(0)
        self._copy.setEnabled(False)

    def add(self, exchange: Exchange) -> None:
        self.model.add(exchange)
        self._stack.setCurrentIndex(1)
        self._copy.setEnabled(True)
        self.table.scrollToBottom()

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.model.to_text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        super().keyPressEvent(event)

    def _choose(self, row: int) -> None:
        exchange = self.model.exchange_at(row)
        if exchange is not None:
            self.exchange_chosen.emit(exchange)
