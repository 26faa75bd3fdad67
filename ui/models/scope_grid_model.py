"""Scope grid model: resource types as rows, what may be done with each as boxes, and the scopes that this makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from ui.models.table_model import ROOT, Index, TableModel
from workbench.smart.scope_words import TYPES
from workbench.smart.scopes import LETTERS, Scope, ScopeVersion

_V2 = (("c", "Create"), ("r", "Read"), ("u", "Update"), ("d", "Delete"), ("s", "Search"))
_V1 = (("rs", "Read"), ("cud", "Write"))


class ScopeGridModel(TableModel):
    """`changed` follows each box. Scopes of version 1 know reading and writing alone."""

    changed = Signal()

    def __init__(self, version: ScopeVersion, types: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.version = version
        self._rights = _V1 if version == "v1" else _V2
        self._types = tuple(dict.fromkeys(("*", *types)))
        self._letters: dict[str, set[str]] = {name: set() for name in self._types}

    def set_scopes(self, scopes: Iterable[Scope]) -> None:
        """Tick what these scopes give, whatever their context; of types that are not listed a row is made."""
        self.beginResetModel()
        self._letters = {name: set() for name in self._types}
        for scope in scopes:
            self._letters.setdefault(scope.type, set()).update(scope.letters)
        self._types = tuple(self._letters)
        self.endResetModel()

    def to_scopes(self, context: str) -> tuple[str, ...]:
        """The scopes that are ticked, in the order of the rows."""
        return tuple(
            f"{context}/{name}.{word}" for name, letters in self._letters.items() for word in self._words(letters)
        )

    def _words(self, letters: set[str]) -> tuple[str, ...]:
        if self.version == "v2":
            return ("".join(letter for letter in LETTERS if letter in letters),) if letters else ()
        read, write = {"r", "s"} <= letters, {"c", "u", "d"} <= letters
        return ("*",) if read and write else ("read",) if read else ("write",) if write else ()

    # What Qt asks of a table.

    def count_rows(self) -> int:
        return len(self._types)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else 1 + len(self._rights)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return ("Records", *(word for _, word in self._rights))[section] if section <= len(self._rights) else None
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.isValid() and index.column() > 0 else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not self.has_row(index):
            return None
        name, column = self._types[index.row()], index.column()
        words = TYPES.get(name, "")
        if column == 0:
            shown = f"{name} · {words}" if words else name
            return shown if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) else None
        letters, right = self._rights[column - 1]
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if set(letters) <= self._letters[name] else Qt.CheckState.Unchecked
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{right} {words or name}"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if not self.has_row(index) or index.column() == 0 or role != Qt.ItemDataRole.CheckStateRole:
            return False
        letters = set(self._rights[index.column() - 1][0])
        name = self._types[index.row()]
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            self._letters[name] |= letters
        else:
            self._letters[name] -= letters
        self.dataChanged.emit(index, index)
        self.changed.emit()
        return True
