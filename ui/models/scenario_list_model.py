"""Scenario list model: the scenarios of the workspace and of the shipped library, with the last verdict of each."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.models.step_model import VERDICT_ROLE
from workbench.workspace.workspace import ScenarioEntry

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()

ENTRY_ROLE = int(Qt.ItemDataRole.UserRole) + 2
DETAIL_ROLE = int(Qt.ItemDataRole.UserRole) + 3


class ScenarioListModel(QAbstractListModel):
    """One's own scenarios first, then the shipped ones."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[ScenarioEntry, ...] = ()
        self._verdicts: dict[str, str] = {}

    @property
    def entries(self) -> tuple[ScenarioEntry, ...]:
        return self._entries

    def set_entries(self, entries: tuple[ScenarioEntry, ...]) -> None:
        self.beginResetModel()
        self._entries = tuple(sorted(entries, key=lambda entry: (entry.shipped, entry.name.lower())))
        self.endResetModel()

    def set_verdict(self, entry: ScenarioEntry, verdict: str) -> None:
        self._verdicts[str(entry.path)] = verdict
        for row, each in enumerate(self._entries):
            if each.path == entry.path:
                self.dataChanged.emit(self.index(row), self.index(row))

    def row_of(self, path: object) -> int:
        """The row of the scenario at `path`, or -1."""
        return next((row for row, entry in enumerate(self._entries) if entry.path == path), -1)

    # What Qt asks of a list.

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._entries):
            return None
        entry = self._entries[index.row()]
        detail = "shipped" if entry.shipped else "yours"
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{entry.name} ({detail})\n{entry.path.name}"
        values = {
            ENTRY_ROLE: entry,
            DETAIL_ROLE: detail,
            VERDICT_ROLE: self._verdicts.get(str(entry.path), ""),
        }
        return values.get(role)
