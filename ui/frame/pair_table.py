"""Pair table: names and values in two columns, such as headers, form fields and timings; secrets stay masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_SECRETS = (
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "code",
    "code_verifier",
    "password",
    "client_assertion",
)
MASK = "••••••••"


class PairModel(QAbstractTableModel):
    """Pairs as rows; the value of a secret is dots until `set_revealed`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pairs: tuple[tuple[str, str], ...] = ()
        self._revealed = False

    def set_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.beginResetModel()
        self._pairs = tuple(pairs)
        self.endResetModel()

    @property
    def has_secrets(self) -> bool:
        return any(name.lower() in _SECRETS for name, _ in self._pairs)

    def set_revealed(self, revealed: bool) -> None:
        self._revealed = revealed
        if self._pairs:
            self.dataChanged.emit(self.index(0, 1), self.index(len(self._pairs) - 1, 1))

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._pairs)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else 2

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        if not index.isValid() or role not in roles or index.row() >= len(self._pairs):
            return None
        name, value = self._pairs[index.row()]
        if index.column() == 0:
            return name
        return mask_value(name, value) if not self._revealed else value


class PairTable(QTableView):
    """Read-only; copies the value of the current row."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pairs = PairModel(self)
        self.setModel(self.pairs)
        self.setAccessibleName(name)
        self.setProperty("bare", True)
        self.setShowGrid(False)
        self.setWordWrap(True)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._copy)

    def set_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs.set_pairs(pairs)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(str(self.currentIndex().siblingAtColumn(1).data() or ""))


def mask_value(name: str, value: str) -> str:
    """`value`, or dots where `name` is that of a secret; an authorization scheme stays readable."""
    if name.lower() not in _SECRETS or not value:
        return value
    scheme, _, rest = value.partition(" ")
    return f"{scheme} {MASK}" if rest and name.lower().endswith("authorization") else MASK
