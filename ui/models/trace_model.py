"""Trace model: the exchanges of one launch in order, each told in words and as an arrow of a diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Qt

from ui.models.launch_lanes import lanes_in_use, make_arrow, mark_arrow
from ui.models.step_model import VERDICT_ROLE
from ui.models.table_model import ROOT, Index, TableModel
from ui.widgets.plain_tip import plain_tip
from ui.widgets.sequence_drawing import NO_MARK, Arrow, Mark
from ui.widgets.sequence_view import ARROW_ROLE
from ui.widgets.verdict_label import VERDICT_WORDS
from workbench.exchange import Exchange, is_same_exchange
from workbench.smart.launch_trace import describe_parts
from workbench.smart.secrets import SeenSecrets

NUMBER, WORDS, RESULT, FOUND = range(4)
MOST = 600
Marks = tuple[Mark, Mark]
Lanes = tuple[str, str]
_WORST_FIRST = ("fail", "error", "pass", "")
_NONE: Marks = (NO_MARK, NO_MARK)


@dataclass(frozen=True, slots=True)
class _Row:
    exchange: Exchange
    words: str
    plain: Arrow
    """The arrow before it was judged."""
    arrow: Arrow


class TraceModel(TableModel):
    """One row an exchange; a record by the sender takes the place of the receiver's record of the same exchange."""

    headings = ("#", "What happened", "Result", "Review")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []
        self._seen = SeenSecrets()
        self._marks: Mapping[int, Marks] = {}
        self._lanes: Mapping[int, Lanes] = {}

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(row.exchange for row in self._rows)

    @property
    def lanes(self) -> tuple[tuple[str, str], ...]:
        """Those who take part in it, each by name and words."""
        return lanes_in_use(tuple((row.arrow.source, row.arrow.target) for row in self._rows))

    @property
    def is_full(self) -> bool:
        """Whether it holds all that it takes: a longer row would take too long to be laid out at each exchange."""
        return len(self._rows) >= MOST

    def clear(self) -> None:
        self.beginResetModel()
        self._rows.clear()
        self._seen = SeenSecrets()
        self._marks = {}
        self._lanes = {}
        self.endResetModel()

    def set_exchanges(self, exchanges: Sequence[Exchange]) -> None:
        """Show a whole row in one go, as far as it has room."""
        self.beginResetModel()
        self._rows, self._marks, self._lanes = [], {}, {}
        self._seen = SeenSecrets()
        for row, exchange in enumerate(exchanges[:MOST]):
            self._rows.append(self._make_row(row, exchange))
        self.endResetModel()

    def add(self, exchange: Exchange) -> None:
        row = len(self._rows)
        self.beginInsertRows(ROOT, row, row)
        self._rows.append(self._make_row(row, exchange))
        self.endInsertRows()

    def replace_same(self, sent: Exchange) -> bool:
        """Put the sender's record in place of what is known of the same exchange; False where there is none."""
        for row, known in enumerate(self._rows):
            if known.exchange.id == sent.id or is_same_exchange(sent, known.exchange):
                self._rows[row] = self._make_row(row, sent)
                self.dataChanged.emit(self.index(row, 0), self.index(row, FOUND))
                return True
        return False

    def set_marks(self, marks: Mapping[int, Marks], lanes: Mapping[int, Lanes] | None = None) -> None:
        """Mark what a review thinks of the request and the answer of each exchange, and put its lanes, by row."""
        self._marks, self._lanes = dict(marks), dict(lanes or {})
        for row, known in enumerate(self._rows):
            arrow = self._judge(row, known.plain)
            if arrow != known.arrow:
                self._rows[row] = replace(known, arrow=arrow)
                self.dataChanged.emit(self.index(row, 0), self.index(row, FOUND))

    def exchange_at(self, row: int) -> Exchange | None:
        return self._rows[row].exchange if 0 <= row < len(self._rows) else None

    def to_text(self) -> str:
        """The trace as numbered lines, to paste into a mail."""
        lines = (f"{at}. {row.words}{_in_brackets(row.arrow)}" for at, row in enumerate(self._rows, 1))
        return "\n".join(lines)

    # What Qt asks of a table.

    def count_rows(self) -> int:
        return len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not self.has_row(index):
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            cells = (str(index.row() + 1), row.words, result_of(row.exchange), self._found(index.row()).words)
            return cells[index.column()]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            words = f"{row.words}{_in_brackets(row.arrow)}"
            return plain_tip(words) if role == Qt.ItemDataRole.ToolTipRole else words
        if role == VERDICT_ROLE:
            return self._found(index.row()).verdict if index.column() == FOUND else verdict_of(row.exchange)
        if role == ARROW_ROLE:
            return row.arrow
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == NUMBER:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _found(self, row: int) -> Mark:
        """What a review thinks of an exchange: the worse of its two sides."""
        sides = self._marks.get(row, _NONE)
        return min(sides, key=lambda mark: _WORST_FIRST.index(mark.verdict))

    def _make_row(self, row: int, exchange: Exchange) -> _Row:
        first = self._rows[0].exchange.started if self._rows else exchange.started
        self._seen.see(exchange)
        asked, answered = (self._seen.mask(words) for words in describe_parts(exchange))
        plain = make_arrow(row + 1, exchange, first, (asked, answered))
        return _Row(exchange, f"{asked} {answered}".strip(), plain, self._judge(row, plain))

    def _judge(self, row: int, plain: Arrow) -> Arrow:
        return mark_arrow(plain, self._marks.get(row, _NONE), self._lanes.get(row))


def _in_brackets(arrow: Arrow) -> str:
    """What is thought of both sides of an arrow, such as ` [app: Fail, 2 failed; answer: Pass]`."""
    sides = (("request", arrow.mark), ("answer", arrow.answer_mark))
    said = (f"{side}: {tell_mark(mark)}" for side, mark in sides if mark.verdict)
    words = "; ".join(said)
    return f" [{words}]" if words else ""


def tell_mark(mark: Mark) -> str:
    return ", ".join(filter(None, (VERDICT_WORDS.get(mark.verdict, mark.verdict), mark.words)))


def result_of(exchange: Exchange) -> str:
    """The HTTP status, or the kind of failure."""
    if exchange.failure is not None:
        return exchange.failure.kind
    return str(exchange.response.status) if exchange.response is not None else ""


def verdict_of(exchange: Exchange) -> str:
    """`pass` for an answer below 400, else `fail`."""
    status = exchange.response.status if exchange.response is not None else None
    return "pass" if status is not None and status < 400 else "fail"
