"""Check model: the checks of one step as a table, expected beside actual."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt

from ui.models.step_model import VERDICT_ROLE
from ui.models.table_model import Index, TableModel
from workbench.scenario.scenario import Check, CheckResult

VERDICT, CHECK, EXPECTED, ACTUAL = range(4)
_KIND_WORDS = {
    "status": "HTTP status",
    "acknowledgment": "MSA-1 Acknowledgment Code",
    "error": "ERR-3 error condition",
    "failure": "kind of failure",
    "attempts": "number of attempts",
    "reason": "reason given",
    "body": "whole body",
    "granted": "granted scopes",
    "withheld": "scopes not granted",
}


def describe_check(check: Check) -> str:
    """What a check looks at: the path or expression itself, or words for a kind that has none."""
    if check.kind in _KIND_WORDS:
        return _KIND_WORDS[check.kind]
    return f"{check.kind} {check.subject}" if check.kind in ("header", "launch") else check.subject


class CheckModel(TableModel):
    """One row a check; an absent place is shown as a dash."""

    headings = ("Verdict", "Check", "Expected", "Actual")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._results: tuple[CheckResult, ...] = ()

    def set_results(self, results: tuple[CheckResult, ...]) -> None:
        self.beginResetModel()
        self._results = results
        self.endResetModel()

    def result_at(self, row: int) -> CheckResult | None:
        return self._results[row] if 0 <= row < len(self._results) else None

    # What Qt asks of a table.

    def count_rows(self) -> int:
        return len(self._results)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        result = self.result_at(index.row()) if index.isValid() else None
        if result is None:
            return None
        if role == VERDICT_ROLE:
            return result.verdict if index.column() == VERDICT else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(result, index.column())
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return result.sentence
        return None

    def _cell(self, result: CheckResult, column: int) -> str:
        if column == CHECK:
            return describe_check(result.check)
        if column == EXPECTED:
            return _one_line(result.expected)
        if column == ACTUAL:
            return "—" if result.actual is None else _one_line(result.actual)
        return ""


def _one_line(text: str) -> str:
    return " ".join(text[:300].split()) + ("…" if len(text) > 300 else "")
