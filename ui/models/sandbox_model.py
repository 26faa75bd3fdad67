"""Sandbox model: the sandboxes of the bench as a list."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
STATE_ROLE = Qt.ItemDataRole.UserRole + 1


class SandboxModel(QAbstractListModel):
    """One row a sandbox; a change of state changes its row, and a choice outlives it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._states: tuple[Any, ...] = ()

    def set_states(self, states: tuple[Any, ...]) -> None:
        """Show `states`, each with an `id` and a `name`; rows stay where the ids are the same."""
        if [state.id for state in states] == [state.id for state in self._states]:
            self._states = states
            if states:
                self.dataChanged.emit(self.index(0), self.index(len(states) - 1))
            return
        self.beginResetModel()
        self._states = states
        self.endResetModel()

    def row_of(self, sandbox_id: str) -> int:
        """The row of a sandbox, -1 where there is none."""
        return next((row for row, state in enumerate(self._states) if state.id == sandbox_id), -1)

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._states)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._states):
            return None
        state = self._states[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return state.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{state.name}, {state.kind}, {state.state}"
        if role == STATE_ROLE:
            return state
        return None
