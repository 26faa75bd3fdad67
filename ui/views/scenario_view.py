"""Scenario view: one scenario as its steps with their verdicts, and as the text of its file."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHeaderView, QSplitter, QTabWidget, QVBoxLayout, QWidget

from ui.models.step_model import NUMBER, STEP, TIME, VERDICT, VERDICT_ROLE, StepModel
from ui.replays import Run
from ui.theme.tokens import SPACE_2
from ui.views.step_result_view import StepResultView, make_verdict_table
from ui.widgets.code_editor import CodeEditor
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.verdict_delegate import VerdictDelegate
from workbench.errors import WorkbenchError
from workbench.scenario.scenario import Scenario

_REST_MS = 250


class ScenarioView(QWidget):
    """The text is what counts: the steps follow it a moment after each edit, and a fault is told with its line."""

    exchange_chosen = Signal(object)
    edited = Signal()
    read = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scenario: Scenario | None = None
        self._source = ""
        self.steps = StepModel(self)
        self.step_table = make_verdict_table("Steps of the scenario")
        self.step_table.setModel(self.steps)
        self.step_table.setItemDelegateForColumn(VERDICT, VerdictDelegate(VERDICT_ROLE, self.step_table))
        self.step_table.selectionModel().currentRowChanged.connect(lambda row, _: self._show_step(row.row()))
        self.result_view = StepResultView()
        self.result_view.exchange_chosen.connect(self.exchange_chosen)
        self.editor = CodeEditor("yaml")
        self.editor.setAccessibleName("Text of the scenario file")
        self.editor.textChanged.connect(self._note_edit)
        self.notice = NoticeBar()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.read_text)
        self._fit_columns()
        self._lay_out()

    @property
    def text(self) -> str:
        return self.editor.toPlainText()

    @property
    def is_modified(self) -> bool:
        return self.editor.document().isModified()

    def open_text(self, text: str, source: str) -> None:
        """Show the file `source`, whose content is `text`; what undo knew of another file is gone."""
        self._source = source
        self._rest.stop()
        self.editor.blockSignals(True)
        self.editor.setPlainText(text)
        self.editor.document().setModified(False)
        self.editor.blockSignals(False)
        self.read_text()

    def set_saved(self, source: str) -> None:
        self._source = source
        self.editor.document().setModified(False)
        self.edited.emit()

    def read_text(self) -> Scenario | None:
        """Read the text as it stands; on a fault the last good steps stay in sight, and the notice has the place."""
        from workbench.scenario.scenario_file import parse_scenario

        self._rest.stop()
        try:
            scenario = parse_scenario(self.text, self._source)
        except WorkbenchError as error:
            place = f"Line {error.line}: " if error.line else ""
            line, column = error.line or 1, error.column or 1
            jump = ("Go to the line", lambda: self._go_to_line(line, column))
            self.notice.show_notice("error", f"{place}{error.message}", error.hint, action=jump)
            self.tabs.setTabText(1, "Text ⚠")
            return None
        self.notice.hide()
        self.tabs.setTabText(1, "Text")
        if scenario != self.scenario or not self.steps.steps:
            self.scenario = scenario
            row = max(0, self.step_table.currentIndex().row())
            self.steps.set_scenario(scenario)
            self.step_table.selectRow(min(row, len(scenario.steps) - 1))
            self.read.emit(scenario)
        return scenario

    def show_run(self, run: Run | None) -> None:
        """Show how far a replay has come; the selected step stays selected until one fails."""
        self.steps.set_results(run.results if run is not None else {}, run.running if run is not None else None)
        if run is not None and run.finished is not None:
            wrong = (at for at, result in sorted(run.results.items()) if result.verdict in ("fail", "error"))
            row = next(wrong, None)
            if row is not None:
                self.step_table.selectRow(row)
        self._show_step(self.step_table.currentIndex().row())

    def show_text(self) -> None:
        self.tabs.setCurrentIndex(1)
        self.editor.setFocus()

    def show_steps(self) -> None:
        self.tabs.setCurrentIndex(0)

    def _go_to_line(self, line: int, column: int) -> None:
        self.show_text()
        self.editor.go_to_line(line, column)

    def _note_edit(self) -> None:
        self._rest.start()
        self.edited.emit()

    def _show_step(self, row: int) -> None:
        steps = self.steps.steps
        step = steps[row] if 0 <= row < len(steps) else None
        self.result_view.show_step(step, self.steps.result_at(row))

    def _fit_columns(self) -> None:
        header = self.step_table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(STEP, QHeaderView.ResizeMode.Stretch)
        metrics = self.fontMetrics()
        for column, sample in ((NUMBER, "000"), (VERDICT, "◯ Skipped xx"), (TIME, "00,000")):
            self.step_table.setColumnWidth(column, metrics.horizontalAdvance(sample) + 20)

    def _lay_out(self) -> None:
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.step_table)
        split.addWidget(self.result_view)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        self.tabs = QTabWidget()
        self.tabs.addTab(split, "Steps")
        self.tabs.addTab(self.editor, "Text")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_2)
        layout.addWidget(self.notice)
        layout.addWidget(self.tabs, 1)
