"""Element tree: elements with their flags, cardinality and types; slices set off, what is prohibited struck through."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from ui.theme.palette import tokens_of

SLICE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The role under which a row tells that it is a slice."""
PROHIBITED_ROLE = int(Qt.ItemDataRole.UserRole) + 2
"""The role under which a row tells that it must not be there."""

_NAME, _FLAGS, _COUNT, _TYPE, _SAYS = range(5)


class _Delegate(QStyledItemDelegate):
    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        tokens = tokens_of(option.palette)
        first = index.sibling(index.row(), _NAME)
        prohibited = bool(first.data(PROHIBITED_ROLE))
        colour = tokens.text
        if index.column() in (_SAYS, _TYPE) or prohibited:
            colour = tokens.quiet
        elif index.column() == _FLAGS or (index.column() == _NAME and first.data(SLICE_ROLE)):
            colour = tokens.accent
        if prohibited and index.column() == _NAME:
            option.font.setStrikeOut(True)
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
            option.palette.setColor(role, QColor(colour))


class ElementTree(QTreeView):
    """Five columns, in the order of the standard's own tables; `chosen` carries the index of the row in front."""

    chosen = Signal(QModelIndex)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Elements")
        self.setProperty("bare", True)
        self.setItemDelegate(_Delegate(self))
        self.setUniformRowHeights(True)
        self.setIndentation(14)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.header().setStretchLastSection(True)

    def setModel(self, model: object) -> None:
        super().setModel(model)  # type: ignore[arg-type]  # any item model
        self.selectionModel().currentRowChanged.connect(lambda now, _: self.chosen.emit(now))

    def open_some(self, most: int = 60) -> None:
        """Open the levels that a person can still take in at once."""
        self.expandToDepth(0)
        model = self.model()
        top = model.index(0, 0)
        waiting = [model.index(row, 0, top) for row in range(model.rowCount(top))]
        seen = len(waiting)
        for index in waiting:
            seen += model.rowCount(index)
            if seen > most:
                return
            self.expand(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        letter, width = self.fontMetrics().horizontalAdvance("M"), self.viewport().width()
        self.setColumnWidth(_NAME, max(letter * 11, width * 32 // 100))
        self.setColumnWidth(_FLAGS, letter * 5)
        self.setColumnWidth(_COUNT, letter * 4)
        self.setColumnWidth(_TYPE, width * 20 // 100)
        self.setColumnHidden(_SAYS, width < letter * 32)
