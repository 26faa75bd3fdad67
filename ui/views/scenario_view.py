"""Scenario view: one scenario as its steps with their verdicts, and as the text of its file."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QSplitter, QTabWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from ui.models.step_model import NUMBER, STEP, TIME, VERDICT, VERDICT_ROLE, StepModel
from ui.replays import Run
from ui.tasks import Tasks
from ui.theme.tokens import SPACE_2
from ui.views.step_result_view import StepResultView, make_verdict_table
from ui.widgets.code_editor import CodeEditor
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.verdict_delegate import VerdictDelegate
from workbench.errors import WorkbenchError
from workbench.scenario.scenario import LaunchReviewed, Scenario, Step, StepResult

_REST_MS = 250
_WIDE = 1.9


class ScenarioView(QWidget):
    """The text is what counts: the steps follow it a moment after each edit, and a fault is told with its line."""

    exchange_chosen = Signal(object)
    review_chosen = Signal(object)
    edited = Signal()
    read = Signal(object)

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self.scenario: Scenario | None = None
        self.is_faulty = False
        self._read_as: str | None = None
        self._source = ""
        self._shown_step: tuple[Step | None, StepResult | None, LaunchReviewed | None] = (None, None, None)
        self._reviews: dict[int, LaunchReviewed] = {}
        self.steps = StepModel(self)
        self.step_table = make_verdict_table("Steps of the scenario")
        self.step_table.setModel(self.steps)
        self.step_table.setItemDelegateForColumn(VERDICT, VerdictDelegate(VERDICT_ROLE, self.step_table))
        self.step_table.selectionModel().currentRowChanged.connect(lambda row, _: self._show_step(row.row()))
        self.result_view = StepResultView()
        self.result_view.exchange_chosen.connect(self.exchange_chosen)
        self.result_view.review_chosen.connect(self.review_chosen)
        self.editor = CodeEditor("yaml")
        self.editor.setAccessibleName("Text of the scenario file")
        self.editor.textChanged.connect(self._note_edit)
        self.notice = NoticeBar()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._read_soon)
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
        self.scenario, self._read_as = None, None
        self.steps.set_scenario(None)
        self._read_soon()

    def set_saved(self, source: str) -> None:
        self._source = source
        self.editor.document().setModified(False)
        self.edited.emit()

    async def settle(self) -> Scenario | None:
        """The scenario of the text as it stands now, read beside the window; None where it has a fault."""
        while self._read_as != self.text:
            await self._read()
        return None if self.is_faulty else self.scenario

    async def _read(self) -> None:
        from workbench.scenario.scenario_file import parse_scenario

        self._rest.stop()
        text = self.text
        try:
            scenario = await asyncio.to_thread(parse_scenario, text, self._source)
        except WorkbenchError as error:
            if isValid(self) and text == self.text:
                self._show_fault(text, error)
            return
        if isValid(self) and text == self.text:
            self._show_scenario(text, scenario)

    def _read_soon(self) -> None:
        self._tasks.start(self._read(), owner=self)

    def _show_fault(self, text: str, error: WorkbenchError) -> None:
        """The last good steps stay in sight, and the notice has the place."""
        self._read_as, self.is_faulty = text, True
        place = f"Line {error.line}: " if error.line else ""
        line, column = error.line or 1, error.column or 1
        jump = ("Go to the line", lambda: self._go_to_line(line, column))
        self.notice.show_notice("error", f"{place}{error.message}", error.hint, action=jump)
        self.tabs.setTabText(1, "Text ⚠")

    def _show_scenario(self, text: str, scenario: Scenario) -> None:
        self._read_as, self.is_faulty = text, False
        self.notice.hide()
        self.tabs.setTabText(1, "Text")
        if scenario != self.scenario or not self.steps.steps:
            row = max(0, self.step_table.currentIndex().row())
            self.steps.set_scenario(scenario)
            self.step_table.selectRow(min(row, len(scenario.steps) - 1))
        self.scenario = scenario
        self.read.emit(scenario)

    def show_run(self, run: Run | None) -> None:
        """Show how far a replay has come; the selected step stays selected until one fails."""
        self.steps.set_results(run.results if run is not None else {}, run.running if run is not None else None)
        finished = run.finished if run is not None else None
        self._reviews = {each.step: each for each in finished.reviews} if finished is not None else {}
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
        shown = (step, self.steps.result_at(row), self._reviews.get(row))
        if shown != self._shown_step:
            self._shown_step = shown
            self.result_view.show_step(*shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is more width than height, the result stands beside the steps."""
        super().resizeEvent(event)
        wide = self.width() > _WIDE * self.height()
        wanted = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if self._split.orientation() != wanted:
            self._split.setOrientation(wanted)
            self._split.setSizes([500, 500] if wide else [400, 600])
            self.step_table.setColumnHidden(TIME, wide)

    def _fit_columns(self) -> None:
        header = self.step_table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(STEP, QHeaderView.ResizeMode.Stretch)
        metrics = self.fontMetrics()
        for column, sample in ((NUMBER, "000"), (VERDICT, "◯ Skipped "), (TIME, "00,000")):
            self.step_table.setColumnWidth(column, metrics.horizontalAdvance(sample) + 20)

    def _lay_out(self) -> None:
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.step_table)
        self._split.addWidget(self.result_view)
        self._split.setStretchFactor(0, 2)
        self._split.setStretchFactor(1, 3)
        self.tabs = QTabWidget()
        self.tabs.addTab(self._split, "Steps")
        self.tabs.addTab(self.editor, "Text")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_2)
        layout.addWidget(self.notice)
        layout.addWidget(self.tabs, 1)
