"""Send result view: the live table of a sending, with how far it is, a filter by outcome, and a way to save it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QPushButton, QTableView, QVBoxLayout, QWidget

from ui.models.send_result_model import (
    ANSWER,
    CONTROL_ID,
    DURATION,
    FILE,
    LINE,
    NUMBER,
    TYPE,
    VERDICT_ROLE,
    SendResultModel,
)
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.views.outcome_filter import OutcomeFilter
from ui.widgets.progress_line import ProgressLine
from ui.widgets.row_table import settle_rows
from ui.widgets.verdict_delegate import VerdictDelegate
from workbench.workspace.send_result import SendResult

_WIDTHS = {
    NUMBER: "00,000", FILE: "adt-a01-admission.hl7", LINE: "00,000", TYPE: "ADT^A01_", CONTROL_ID: "M" * 14,
    DURATION: "0,000.0",
}  # fmt: skip


class SendResultView(QWidget):
    """`chosen` carries the result of a row; `export_asked` asks for a file of all of them, whatever is shown."""

    chosen = Signal(object)
    export_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = SendResultModel(self)
        self.progress = ProgressLine()
        self.filter = OutcomeFilter()
        self.filter.changed.connect(lambda: self.model.filter(self.filter.hidden, self.filter.search.text()))
        export = QPushButton(make_icon("save"), "E&xport…")
        export.setProperty("role", "quiet")
        export.setToolTip("Save the results as CSV, JSON or JUnit, without a patient’s values")
        export.clicked.connect(lambda: self.export_asked.emit())
        row = QHBoxLayout()
        row.setContentsMargins(SPACE_2, SPACE_2, SPACE_2, SPACE_2)
        row.setSpacing(SPACE_1)
        row.addWidget(self.filter, 1)
        row.addWidget(export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.progress)
        layout.addLayout(row)
        layout.addWidget(self._make_table(), 1)

    def add(self, results: list[SendResult]) -> None:
        """List more; the end is followed unless a row was chosen or the table was scrolled."""
        bar = self.table.verticalScrollBar()
        follows = bar.value() >= bar.maximum() - 1 and not self.table.currentIndex().isValid()
        self.model.add(results)
        if follows:
            self.table.scrollToBottom()

    def show_progress(self, done: float) -> None:
        self.filter.show_counts(self.model.counts)
        self.progress.set_done(done)

    def clear(self) -> None:
        self.model.clear()
        self.filter.show_all()

    def _make_table(self) -> QTableView:
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Messages sent")
        self.table.setProperty("bare", True)
        settle_rows(self.table, one=True)
        metrics = self.table.fontMetrics()
        self.table.verticalHeader().setDefaultSectionSize(metrics.height() + 8)
        for column, sample in _WIDTHS.items():
            self.table.setColumnWidth(column, metrics.horizontalAdvance(sample) + 20)
        self.table.horizontalHeader().setSectionResizeMode(ANSWER, QHeaderView.ResizeMode.Stretch)
        self.table.setItemDelegateForColumn(ANSWER, VerdictDelegate(VERDICT_ROLE, self.table, with_text=True))
        self.table.selectionModel().currentRowChanged.connect(lambda now, _: self._choose(now.row()))
        return self.table

    def _choose(self, row: int) -> None:
        result = self.model.result_at(row)
        if result is not None:
            self.chosen.emit(result)
