"""Table model: what every read-only table with named columns answers alike."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class TableModel(QAbstractTableModel):
    """A subclass names its columns in `headings`, counts its rows, and gives their data."""

    headings: ClassVar[tuple[str, ...]] = ()

    def count_rows(self) -> int:
        return 0

    def has_row(self, index: Index) -> bool:
        return index.isValid() and 0 <= index.row() < self.count_rows()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else self.count_rows()

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.headings[section] if 0 <= section < len(self.headings) else None
        return None
