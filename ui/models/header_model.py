"""Header model: the headers of a request as a table that can be edited, with an undo stack."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QUndoCommand, QUndoStack

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()

Row = tuple[bool, str, str]
"""Whether the header is sent, its name and its value."""

NAME, VALUE = range(2)


class HeaderModel(QAbstractTableModel):
    """The last row is empty and takes a new header; a header that is unticked stays and is not sent."""

    def __init__(self, undo: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self._undo = undo

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What is sent, as typed and in order."""
        return tuple((name, value) for ticked, name, value in self._rows if ticked and name)

    def set_headers(self, headers: tuple[tuple[str, str], ...]) -> None:
        """Start anew with `headers`; nothing to undo."""
        self.restore(tuple((True, name, value) for name, value in headers))

    def put(self, name: str, value: str) -> None:
        """Set the one header `name`, or add it; names compare without case (RFC 9110, 5.1)."""
        place = next((row for row, (_, each, _) in enumerate(self._rows) if each.lower() == name.lower()), None)
        new = (True, name, value)
        rows = (*self._rows, new) if place is None else (*self._rows[:place], new, *self._rows[place + 1 :])
        self.change(rows, f"set {name}")

    def remove(self, rows: set[int]) -> None:
        kept = tuple(row for place, row in enumerate(self._rows) if place not in rows)
        if kept != self._rows:
            self.change(kept, "remove headers")

    def change(self, rows: tuple[Row, ...], what: str) -> None:
        self._undo.push(_HeaderChange(self, self._rows, rows, what))

    def restore(self, rows: tuple[Row, ...]) -> None:
        """Show `rows`; rows that were there before stay selected where they are."""
        first = _count_same(self._rows, rows)
        last = _count_same(self._rows[first:][::-1], rows[first:][::-1])
        old, new = len(self._rows) - first - last, len(rows) - first - last
        if old == 0 and new:
            self.beginInsertRows(QModelIndex(), first, first + new - 1)
            self._rows = rows
            self.endInsertRows()
        elif new == 0 and old:
            self.beginRemoveRows(QModelIndex(), first, first + old - 1)
            self._rows = rows
            self.endRemoveRows()
        elif old == new:
            self._rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows), VALUE))
        else:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    # What Qt asks of a table.

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows) + 1

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else 2

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole and 0 <= section < 2:
            return ("Header", "Value")[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() > len(self._rows):
            return None
        if index.row() == len(self._rows):
            hint = role == Qt.ItemDataRole.ToolTipRole
            return "Type here to add a header" if hint else ("" if role == Qt.ItemDataRole.EditRole else None)
        ticked, name, value = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return name if index.column() == NAME else value
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == NAME:
            return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{name}: {value}" if ticked else f"{name} is not sent"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable
        real = index.row() < len(self._rows)
        return plain | Qt.ItemFlag.ItemIsUserCheckable if real and index.column() == NAME else plain

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = index.row()
        if not index.isValid() or row > len(self._rows):
            return False
        old: Row = self._rows[row] if row < len(self._rows) else (True, "", "")
        new = _edited(old, index.column(), value, role)
        if new is None or new == old:
            return False
        self.change((*self._rows[:row], new, *self._rows[row + 1 :]), "edit headers")
        return True


def _count_same(left: tuple[Row, ...], right: tuple[Row, ...]) -> int:
    pairs = zip(left, right, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(left), len(right)))


def _edited(row: Row, column: int, value: Any, role: int) -> Row | None:
    ticked, name, text = row
    if role == Qt.ItemDataRole.CheckStateRole:
        return (Qt.CheckState(value) == Qt.CheckState.Checked, name, text)
    if role != Qt.ItemDataRole.EditRole:
        return None
    return (ticked, str(value), text) if column == NAME else (ticked, name, str(value))


class _HeaderChange(QUndoCommand):
    def __init__(self, model: HeaderModel, before: tuple[Row, ...], after: tuple[Row, ...], what: str) -> None:
        super().__init__(what)
        self._model, self._before, self._after = model, before, after

    def redo(self) -> None:
        self._model.restore(self._after)

    def undo(self) -> None:
        self._model.restore(self._before)
