"""Step model: a scenario's steps as a table, with what a replay has said of each so far."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt

from ui.models.table_model import Index, TableModel
from ui.widgets.plain_tip import plain_tip
from workbench.scenario.scenario import (
    FhirInteraction,
    Launch,
    ReceiveHl7v2,
    Scenario,
    SendHl7v2,
    Step,
    StepResult,
    TokenRequest,
    Wait,
)

VERDICT_ROLE = int(Qt.ItemDataRole.UserRole) + 1
NUMBER, STEP, VERDICT, TIME = range(4)


def describe_step(step: Step) -> str:
    """What a step does in one line, such as `GET Patient/amara-okafor` or `ADT^A01 by MLLP`."""
    match step:
        case FhirInteraction():
            return f"{step.method} {step.path}"
        case SendHl7v2():
            return f"send {_message_type(step.message)}"
        case Launch():
            return "EHR launch" if step.kind == "ehr" else f"{step.kind} launch"
        case TokenRequest():
            return f"{step.kind} the token of “{step.launch}”"
        case ReceiveHl7v2():
            return f"receive a message within {step.within:g} s"
        case Wait():
            return f"wait {step.seconds:g} s"


def _message_type(message: str) -> str:
    head = message.lstrip().splitlines()[0] if message.strip() else ""
    fields = head.split(head[3]) if len(head) > 8 else []
    return fields[8] if len(fields) > 8 and fields[8] else "a message"


class StepModel(TableModel):
    """One row a step; a step without a result is shown as not run, the one under way as running."""

    headings = ("#", "Step", "Verdict", "ms")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps: tuple[Step, ...] = ()
        self._results: dict[int, StepResult] = {}
        self._running: int | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        return self._steps

    def set_scenario(self, scenario: Scenario | None) -> None:
        self.beginResetModel()
        self._steps = scenario.steps if scenario is not None else ()
        self._results = {}
        self._running = None
        self.endResetModel()

    def set_results(self, results: dict[int, StepResult], running: int | None = None) -> None:
        """Show what a replay has said; the steps stay, and so does what is selected."""
        before = [(self._results.get(row), row == self._running) for row in range(len(self._steps))]
        self._results = dict(results)
        self._running = running
        changed = [row for row, was in enumerate(before) if was != (self._results.get(row), row == running)]
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], TIME))

    def result_at(self, row: int) -> StepResult | None:
        return self._results.get(row)

    def verdict_at(self, row: int) -> str:
        result = self._results.get(row)
        return result.verdict if result is not None else "running" if row == self._running else ""

    # What Qt asks of a table.

    def count_rows(self) -> int:
        return len(self._steps)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not self.has_row(index):
            return None
        row, column = index.row(), index.column()
        if role == VERDICT_ROLE:
            return self.verdict_at(row) if column == VERDICT else None
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (NUMBER, TIME):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(row, column)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            tip = self._tip(row)
            return plain_tip(tip) if role == Qt.ItemDataRole.ToolTipRole else tip
        return None

    def _cell(self, row: int, column: int) -> str:
        result = self._results.get(row)
        if column == NUMBER:
            return str(row + 1)
        if column == STEP:
            return self._steps[row].name or describe_step(self._steps[row])
        if column == TIME:
            return f"{result.duration * 1000:,.0f}" if result is not None and result.verdict != "skip" else ""
        return ""

    def _tip(self, row: int) -> str:
        result = self._results.get(row)
        said = f"{result.verdict}: {result.sentence}" if result is not None else "not run yet"
        return f"{self._cell(row, STEP)} ({describe_step(self._steps[row])})\n{said}"
