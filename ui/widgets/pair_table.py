"""Pair table: names and values in two columns, such as headers, form fields and timings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ui.widgets.plain_tip import plain_tip

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_MOST_MEASURED = 200


class PairModel(QAbstractTableModel):
    """Pairs as rows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pairs: tuple[tuple[str, str], ...] = ()

    def set_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.beginResetModel()
        self._pairs = tuple(pairs)
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._pairs)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else 2

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        if not index.isValid() or role not in roles or index.row() >= len(self._pairs):
            return None
        text = self._pairs[index.row()][index.column()]
        return plain_tip(text) if role == Qt.ItemDataRole.ToolTipRole else text


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
        self.horizontalHeader().setResizeContentsPrecision(_MOST_MEASURED)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._copy)

    def set_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Show pairs; of very many each takes one line, since measuring them all would hold the window."""
        many = len(pairs) > _MOST_MEASURED
        modes = QHeaderView.ResizeMode
        self.verticalHeader().setSectionResizeMode(modes.Fixed if many else modes.ResizeToContents)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        self.pairs.set_pairs(pairs)

    def choose(self, name: str) -> bool:
        """Select the first pair of this name, whatever its case; False where there is none."""
        for row in range(self.pairs.rowCount()):
            if str(self.pairs.index(row, 0).data()).lower() == name.lower():
                self.selectRow(row)
                self.scrollTo(self.pairs.index(row, 0))
                return True
        return False

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(str(self.currentIndex().siblingAtColumn(1).data() or ""))
