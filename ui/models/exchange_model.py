"""Exchange model: the exchanges of a log as rows in the order they came, and a filter over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)

from ui.widgets.plain_tip import plain_tip
from workbench.exchange import Exchange

if TYPE_CHECKING:
    from workbench.narration import Line

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
MIME_TYPE = "application/x-interop-workbench-exchange"
EXCHANGE_ROLE = Qt.ItemDataRole.UserRole + 1
VERDICT_ROLE = Qt.ItemDataRole.UserRole + 2
SEARCH_ROLE = Qt.ItemDataRole.UserRole + 3
KIND_ROLE = Qt.ItemDataRole.UserRole + 4
_ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)
_TEXTS = frozenset(
    map(int, (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole))
)
_ROLES = _TEXTS | {_ALIGNMENT, int(EXCHANGE_ROLE), int(VERDICT_ROLE), int(SEARCH_ROLE), int(KIND_ROLE)}
COLUMNS = ("Time", "From → to", "What", "Result", "ms")
TIME, PARTIES, WHAT, RESULT, DURATION = range(5)


@dataclass(slots=True)
class _Row:
    exchange: Exchange
    line: Line
    kind: str
    search: str


class ExchangeModel(QAbstractTableModel):
    """One row an exchange; its words are made once, when it comes. A row dragged onto another asks for a comparison."""

    compare_asked = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []

    def add(self, exchange: Exchange) -> None:
        self.extend((exchange,))

    def extend(self, exchanges: Sequence[Exchange]) -> None:
        row = len(self._rows)
        self.beginInsertRows(QModelIndex(), row, row + len(exchanges) - 1)
        self._rows += map(_make_row, exchanges)
        self.endInsertRows()

    def replace(self, row: int, exchange: Exchange) -> None:
        if 0 <= row < len(self._rows):
            self._rows[row] = _make_row(exchange)
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def remove_first(self, count: int) -> None:
        """Forget the oldest rows, as the log does when it is full."""
        if count > 0:
            self.beginRemoveRows(QModelIndex(), 0, count - 1)
            del self._rows[:count]
            self.endRemoveRows()

    def set_exchanges(self, exchanges: tuple[Exchange, ...]) -> None:
        self.beginResetModel()
        self._rows = [_make_row(exchange) for exchange in exchanges]
        self.endResetModel()

    def exchange_at(self, row: int) -> Exchange:
        return self._rows[row].exchange

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemIsDropEnabled if index.isValid() else flags

    def mimeTypes(self) -> list[str]:
        return [MIME_TYPE]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        ids = dict.fromkeys(self._rows[index.row()].exchange.id for index in indexes)
        data = QMimeData()
        data.setData(MIME_TYPE, QByteArray("\n".join(ids).encode()))
        return data

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: _Index) -> bool:
        """Nothing moves: what was dropped on a row is compared with it."""
        first = bytes(data.data(MIME_TYPE).data()).decode().partition("\n")[0]
        dragged = next((each.exchange for each in self._rows if each.exchange.id == first), None)
        if not parent.isValid() or dragged is None or dragged is self.exchange_at(parent.row()):
            return False
        self.compare_asked.emit(dragged, self.exchange_at(parent.row()))
        return True

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        # Qt asks some ten roles of a cell that it draws, of which a few have an answer here.
        if role not in _ROLES or not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        if role in _TEXTS:
            text = _text(row, index.column())
            return plain_tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
        if role == _ALIGNMENT:
            return _alignment(index.column())
        wanted = {
            EXCHANGE_ROLE: row.exchange,
            VERDICT_ROLE: row.line.verdict,
            SEARCH_ROLE: row.search,
            KIND_ROLE: row.kind,
        }
        return wanted.get(role)


class ExchangeFilter(QSortFilterProxyModel):
    """Keeps the rows that hold every word of a text, of one kind (fhir, smart, hl7v2, http) and one verdict."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self._kind = ""
        self._verdict = ""

    @property
    def is_filtering(self) -> bool:
        return bool(self._words or self._kind or self._verdict)

    def set_text(self, text: str) -> None:
        self._words = tuple(text.casefold().split())
        self.invalidate()

    def set_kind(self, kind: str) -> None:
        self._kind = kind
        self.invalidate()

    def set_verdict(self, verdict: str) -> None:
        self._verdict = verdict
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: _Index) -> bool:
        index = self.sourceModel().index(row, 0, parent)
        if self._kind and index.data(KIND_ROLE) != self._kind:
            return False
        if self._verdict and index.data(VERDICT_ROLE) != self._verdict:
            return False
        search = index.data(SEARCH_ROLE) or ""
        return all(word in search for word in self._words)


def _make_row(exchange: Exchange) -> _Row:
    from workbench.narration import describe_exchange, kind_of

    line, kind = describe_exchange(exchange), kind_of(exchange)
    words = (exchange.sender, exchange.receiver, line.what, line.result, kind, exchange.request.address)
    return _Row(exchange, line, kind, " ".join(words).casefold())


def _text(row: _Row, column: int) -> str:
    exchange = row.exchange
    if column == TIME:
        return exchange.started.astimezone().strftime("%H:%M:%S.%f")[:-3]
    if column == PARTIES:
        return f"{exchange.sender} → {exchange.receiver}"
    if column == DURATION:
        return to_milliseconds(exchange.duration)
    text: str = row.line.what if column == WHAT else row.line.result
    return text


def to_milliseconds(seconds: float) -> str:
    """A duration in milliseconds, as exact as it is worth reading."""
    milliseconds = seconds * 1000
    return f"{milliseconds:.1f}" if milliseconds < 10 else f"{milliseconds:,.0f}"


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == DURATION else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
