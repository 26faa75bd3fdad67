"""Inbox model: the messages that a listener took, newest last, and what each was answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.widgets.plain_tip import plain_tip
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange
from workbench.hl7v2.message import Message, parse_message

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()

TIME, SENDER, TYPE, CONTROL_ID, PATIENT, ANSWERED = range(6)
HEADINGS = ("Time", "From", "Type", "Control ID", "Patient", "Answered")
EXCHANGE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
VERDICT_ROLE = int(Qt.ItemDataRole.UserRole) + 2
_VERDICTS = {"AA": "pass", "CA": "pass", "AE": "fail", "AR": "fail", "CE": "fail", "CR": "fail", "No answer": "skip"}


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One exchange as the inbox lists it."""

    exchange: Exchange
    sender: str
    type_name: str
    control_id: str
    patient: str
    answered: str

    @property
    def time(self) -> str:
        return self.exchange.started.astimezone().strftime("%H:%M:%S")

    @property
    def title(self) -> str:
        """A name for a file or a tab."""
        return "-".join(filter(None, (self.type_name.replace("^", "-"), self.control_id))) or "received"


def describe_received(exchange: Exchange) -> ReceivedMessage:
    """What the list shows of an exchange; of what is no message, the reason."""
    answered = _answered(exchange)
    try:
        message = parse_message(exchange.request.body)
    except WorkbenchError:
        return ReceivedMessage(exchange, exchange.sender, "Not HL7 v2", "", "", answered)
    name = " · ".join(filter(None, (message.get("MSH-3.1"), message.get("MSH-4.1"))))
    return ReceivedMessage(
        exchange, name or exchange.sender, message.type_name or "—", message.control_id, _patient(message), answered
    )


def _patient(message: Message) -> str:
    names = [message.get("PID-5.1"), message.get("PID-5.2")]
    number = message.get("PID-3.1")
    return " · ".join(filter(None, (", ".join(filter(None, names)), number)))


def _answered(exchange: Exchange) -> str:
    if exchange.failure is not None:
        return exchange.failure.kind.capitalize()
    if exchange.response is None:
        return "No answer"
    try:
        return parse_message(exchange.response.body).get("MSA-1") or "—"
    except WorkbenchError:
        return "—"


class InboxModel(QAbstractTableModel):
    """Keeps the newest `limit` messages."""

    def __init__(self, parent: QObject | None = None, *, limit: int = 5000) -> None:
        super().__init__(parent)
        self._rows: list[ReceivedMessage] = []
        self._limit = limit

    @property
    def rows(self) -> tuple[ReceivedMessage, ...]:
        return tuple(self._rows)

    def add(self, exchange: Exchange) -> None:
        if len(self._rows) >= self._limit:
            self.beginRemoveRows(QModelIndex(), 0, 0)
            del self._rows[0]
            self.endRemoveRows()
        self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows))
        self._rows.append(describe_received(exchange))
        self.endInsertRows()

    def clear(self) -> tuple[ReceivedMessage, ...]:
        """Empty the list; what was there is returned, so that it can be put back."""
        self.beginResetModel()
        gone, self._rows = tuple(self._rows), []
        self.endResetModel()
        return gone

    def put_back(self, rows: tuple[ReceivedMessage, ...]) -> None:
        self.beginResetModel()
        self._rows = [*rows, *self._rows][-self._limit :]
        self.endResetModel()

    def message_at(self, row: int) -> ReceivedMessage | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    # What Qt asks of a table.

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return HEADINGS[section] if 0 <= section < len(HEADINGS) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.message_at(index.row()) if index.isValid() else None
        if row is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            cells = (row.time, row.sender, row.type_name, row.control_id, row.patient, row.answered)
            cell = cells[index.column()]
            return plain_tip(cell) if role == Qt.ItemDataRole.ToolTipRole else cell
        if role == VERDICT_ROLE and index.column() == ANSWERED:
            return _VERDICTS.get(row.answered, "error")
        return row.exchange if role == EXCHANGE_ROLE else None
