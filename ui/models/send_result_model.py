"""Send result model: what became of many messages, a row each, of which a filter shows some."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt

from ui.models.table_model import Index, TableModel
from ui.widgets.plain_tip import plain_tip
from workbench.workspace.message_source import STANDARD_INPUT
from workbench.workspace.send_result import Outcome, SendResult
from workbench.workspace.send_words import tell_answer

NUMBER, FILE, LINE, TYPE, CONTROL_ID, ANSWER, DURATION = range(7)
_NUMBERS = (NUMBER, LINE, DURATION)
VERDICT_ROLE = int(Qt.ItemDataRole.UserRole) + 1
VERDICTS: dict[Outcome, str] = {
    "accepted": "pass", "refused": "fail", "failed": "fail", "unreadable": "error", "left out": "skip",
    "not sent": "skip",
}  # fmt: skip
_KEPT = 64 * 1024 * 1024
_ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)
_TIP = int(Qt.ItemDataRole.ToolTipRole)
_ROLES = frozenset((int(Qt.ItemDataRole.DisplayRole), _TIP, _ALIGNMENT, VERDICT_ROLE))
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class SendResultModel(TableModel):
    """Rows come many at a time. Exchanges are kept while they take no more than `kept` bytes, the newest longest."""

    headings = ("#", "File", "Line", "Type", "Control ID", "Answer", "ms")

    def __init__(self, parent: QObject | None = None, *, kept: int = _KEPT) -> None:
        super().__init__(parent)
        self._rows: list[SendResult] = []
        self._shown: list[int] = []
        self._hidden: frozenset[Outcome] = frozenset()
        self._words: tuple[str, ...] = ()
        self._kept = kept
        self._size = 0
        self._with_exchange: deque[int] = deque()
        self.counts: Counter[Outcome] = Counter()

    @property
    def results(self) -> tuple[SendResult, ...]:
        return tuple(self._rows)

    @property
    def total(self) -> int:
        return len(self._rows)

    def add(self, results: Iterable[SendResult]) -> None:
        start = len(self._rows)
        for result in results:
            self._rows.append(result)
            self.counts[result.outcome] += 1
            if result.exchanges:
                self._with_exchange.append(len(self._rows) - 1)
                self._size += _size_of(result)
        self._forget()
        more = [row for row in range(start, len(self._rows)) if self._passes(self._rows[row])]
        if more:
            self.beginInsertRows(QModelIndex(), len(self._shown), len(self._shown) + len(more) - 1)
            self._shown += more
            self.endInsertRows()

    def clear(self) -> None:
        self.beginResetModel()
        self._rows, self._shown, self._size = [], [], 0
        self._with_exchange.clear()
        self.counts.clear()
        self.endResetModel()

    def filter(self, hidden: frozenset[Outcome], text: str) -> None:
        """Show what is of no outcome in `hidden` and holds every word of `text`."""
        self.beginResetModel()
        self._hidden, self._words = hidden, tuple(text.casefold().split())
        self._shown = [row for row, result in enumerate(self._rows) if self._passes(result)]
        self.endResetModel()

    def result_at(self, row: int) -> SendResult | None:
        return self._rows[self._shown[row]] if 0 <= row < len(self._shown) else None

    def _passes(self, result: SendResult) -> bool:
        if result.outcome in self._hidden:
            return False
        if not self._words:
            return True
        text = f"{result.source}:{result.line} {result.type_name} {result.control_id} {_answer(result)}".casefold()
        return all(word in text for word in self._words)

    def _forget(self) -> None:
        while self._size > self._kept and len(self._with_exchange) > 1:
            row = self._with_exchange.popleft()
            self._size -= _size_of(self._rows[row])
            self._rows[row] = replace(self._rows[row], exchanges=())

    # What Qt asks of a table.

    def count_rows(self) -> int:
        return len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        # Qt asks some ten roles of a cell that it draws, of which a few have an answer here.
        if role not in _ROLES or not index.isValid():
            return None
        result, column = self.result_at(index.row()), index.column()
        if result is None:
            return None
        if role == VERDICT_ROLE:
            return VERDICTS[result.outcome] if column == ANSWER else None
        if role == _ALIGNMENT:
            return _RIGHT if column in _NUMBERS else None
        if role == _TIP:
            return plain_tip(result.source if column == FILE else str(_cell(result, column)))
        return _cell(result, column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole and section in _NUMBERS:
            return _RIGHT
        return super().headerData(section, orientation, role)


def _cell(result: SendResult, column: int) -> str:
    if column == ANSWER:
        return _answer(result)
    if column == DURATION:
        return f"{result.duration * 1000:.1f}" if result.attempts else ""
    file = "handed over" if result.source == STANDARD_INPUT else PurePath(result.source).name
    cells = {NUMBER: f"{result.number:,}", FILE: file, LINE: f"{result.line:,}", TYPE: result.type_name}
    return cells.get(column, result.control_id)


def _answer(result: SendResult) -> str:
    said = tell_answer(result) or result.outcome
    again = f" · {result.attempts} attempts" if result.attempts > 1 else ""
    return f"{said}{again}{' · ' if result.note else ''}{result.note}"


def _size_of(result: SendResult) -> int:
    bodies = (len(each.request.body) + (len(each.response.body) if each.response else 0) for each in result.exchanges)
    return 1024 + sum(bodies)
