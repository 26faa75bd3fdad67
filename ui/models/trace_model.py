"""Trace model: the exchanges of one launch in order, each told in words."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt

from ui.models.step_model import VERDICT_ROLE
from ui.models.table_model import ROOT, Index, TableModel
from workbench.exchange import Exchange, is_same_exchange
from workbench.smart.launch_trace import describe_exchange

NUMBER, WORDS, RESULT = range(3)


class TraceModel(TableModel):
    """One row an exchange; a record by the sender takes the place of the receiver's record of the same exchange."""

    headings = ("#", "What happened", "Result")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[Exchange, str]] = []

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(exchange for exchange, _ in self._rows)

    def clear(self) -> None:
        self.beginResetModel()
        self._rows.clear()
        self.endResetModel()

    def add(self, exchange: Exchange) -> None:
        row = len(self._rows)
        self.beginInsertRows(ROOT, row, row)
        self._rows.append((exchange, describe_exchange(exchange)))
        self.endInsertRows()

    def replace_same(self, sent: Exchange) -> bool:
        """Put the sender's record in place of the receiver's of the same exchange; False where there is none."""
        for row, (exchange, _) in enumerate(self._rows):
            if is_same_exchange(sent, exchange):
                self._rows[row] = (sent, describe_exchange(sent))
                self.dataChanged.emit(self.index(row, 0), self.index(row, RESULT))
                return True
        return False

    def exchange_at(self, row: int) -> Exchange | None:
        return self._rows[row][0] if 0 <= row < len(self._rows) else None

    def to_text(self) -> str:
        """The trace as numbered lines, to paste into a mail."""
        return "\n".join(f"{number}. {words}" for number, (_, words) in enumerate(self._rows, 1))

    # What Qt asks of a table.

    def count_rows(self) -> int:
        return len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not self.has_row(index):
            return None
        exchange, words = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (str(index.row() + 1), words, result_of(exchange))[index.column()]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return words
        if role == VERDICT_ROLE:
            return verdict_of(exchange)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == NUMBER:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


def result_of(exchange: Exchange) -> str:
    """The HTTP status, or the kind of failure."""
    if exchange.failure is not None:
        return exchange.failure.kind
    return str(exchange.response.status) if exchange.response is not None else ""


def verdict_of(exchange: Exchange) -> str:
    """`pass` for an answer below 400, else `fail`."""
    status = exchange.response.status if exchange.response is not None else None
    return "pass" if status is not None and status < 400 else "fail"
