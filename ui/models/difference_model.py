"""Difference model: the rows of a check's comparison that differ, as a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.models.difference_words import KIND_MARKS, KIND_WORDS, shorten
from ui.widgets.difference_table import KIND_ROLE
from workbench.diff.difference import Difference, keep_differing

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()

MARK, PLACE, NAME, LEFT, RIGHT = range(5)
HEADINGS = ("", "Place", "Name", "Left", "Right")


class DifferenceModel(QAbstractTableModel):
    """Rows stay in the order of the documents; what is the same or masked is left out."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Difference, ...] = ()
        self.headings: tuple[str, ...] = HEADINGS

    def set_rows(self, rows: Iterable[Difference], *, left: str = "Left", right: str = "Right") -> None:
        self.beginResetModel()
        self._rows = keep_differing(rows)
        self.headings = (*HEADINGS[:LEFT], left, right)
        self.endResetModel()

    def difference_at(self, row: int) -> Difference | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    # What Qt asks of a table.

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(HEADINGS):
            if role == Qt.ItemDataRole.DisplayRole:
                return self.headings[section]
            if role == Qt.ItemDataRole.ToolTipRole:
                return self.headings[section] or "Kind of difference"
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.difference_at(index.row()) if index.isValid() else None
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(row, index.column())
        if role == KIND_ROLE:
            return row.kind
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(row, index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return KIND_WORDS[row.kind] if index.column() == MARK else (_cell(row, index.column()) or "absent")
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == MARK:
            return Qt.AlignmentFlag.AlignCenter
        return None


def _cell(row: Difference, column: int) -> str | None:
    return shorten((KIND_MARKS[row.kind], row.path, row.name, row.left, row.right)[column])


def _tip(row: Difference, column: int) -> str:
    if column in (LEFT, RIGHT):
        value = row.left if column == LEFT else row.right
        return "Absent on this side" if value is None else value[:1000]
    return f"{row.path} {row.name}: {KIND_WORDS[row.kind]}"
