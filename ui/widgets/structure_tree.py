"""Structure tree: a message's parts as rows, each place with its name beside it in quiet letters."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from ui.theme.palette import tokens_of
from ui.widgets.name_field import NameCompleter, NameModel

NAME_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The role under which a row gives the words for its place."""
SPECIAL_ROLE = int(Qt.ItemDataRole.UserRole) + 2
"""The role under which a row tells that the standard does not define it."""
GROUP_ROLE = int(Qt.ItemDataRole.UserRole) + 3
"""The role under which a row tells that it only holds segments."""
VALUES_ROLE = int(Qt.ItemDataRole.UserRole) + 4
"""The role under which a value's cell gives what may stand there, each with its words."""

_GAP = 8
_EDIT_KEYS = (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PlaceDelegate(QStyledItemDelegate):
    """Draws the path as the row's text and the name after it, as far as there is room."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        name = index.data(NAME_ROLE)
        if not name:
            return
        whole = QStyleOptionViewItem(option)
        self.initStyleOption(whole, index)
        style = whole.widget.style()
        space = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, whole, whole.widget)
        metrics = whole.fontMetrics
        room = space.adjusted(metrics.horizontalAdvance(str(index.data())) + _GAP, 0, 0, 0)
        if room.width() < 12:
            return
        painter.save()
        painter.setPen(QColor(tokens_of(option.palette).quiet))
        painter.setFont(option.font)
        text = metrics.elidedText(str(name), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
        painter.restore()

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        tokens = tokens_of(option.palette)
        group = bool(index.data(GROUP_ROLE))
        above = index.parent()
        segment = not group and (not above.isValid() or bool(above.data(GROUP_ROLE)))
        special = bool(index.data(SPECIAL_ROLE))
        colour = QColor(
            tokens.special if special else tokens.accent if segment else tokens.quiet if group else tokens.text
        )
        option.palette.setColor(QPalette.ColorRole.Text, colour)
        option.palette.setColor(QPalette.ColorRole.HighlightedText, colour)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        size = super().sizeHint(option, index)
        name = index.data(NAME_ROLE)
        extra = option.fontMetrics.horizontalAdvance(str(name)) + _GAP if name else 0
        return QSize(size.width() + extra, size.height())


class ValueDelegate(QStyledItemDelegate):
    """Edits a value in a line that lists what may stand there: all of it on Down, what fits while one types."""

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        values = index.data(VALUES_ROLE)
        return ValueLine(parent, values) if values else super().createEditor(parent, option, index)


class ValueLine(QLineEdit):
    """A line over a cell that knows what may stand there."""

    def __init__(self, parent: QWidget, values: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent)
        self.setFrame(False)
        self.setAutoFillBackground(True)
        self.names = NameModel(self)
        self.names.set_names(values)
        self.setCompleter(NameCompleter(self.names, self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self.completer().popup()
        if event.key() == Qt.Key.Key_Down and popup is not None and not popup.isVisible():
            self.completer().setCompletionPrefix("")
            self.completer().complete()
            return
        super().keyPressEvent(event)


class StructureTree(QTreeView):
    """Two columns, place and value; F2, Enter or a double click edits a value.

    What was edited is another's text: Undo and Redo are asked of it.
    """

    undo_asked = Signal()
    redo_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Structure of the message")
        self.setItemDelegateForColumn(0, PlaceDelegate(self))
        self.setItemDelegateForColumn(1, ValueDelegate(self))
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self.header().setStretchLastSection(True)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)

    def undo(self) -> None:
        self.undo_asked.emit()

    def redo(self) -> None:
        self.redo_asked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys that edit mean the value, whichever column is current: no key leads from one to the other."""
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo()
        elif event.key() not in _EDIT_KEYS or not self._edit_value():
            super().keyPressEvent(event)

    def _edit_value(self) -> bool:
        """Edit the value of the current row; False where there is none to edit."""
        value = self.currentIndex().siblingAtColumn(1)
        if self.editTriggers() == self.EditTrigger.NoEditTriggers or self.state() == self.State.EditingState:
            return False
        if not value.flags() & Qt.ItemFlag.ItemIsEditable:
            return False
        self.setCurrentIndex(value)
        self.edit(value)
        return True

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.header().resizeSection(0, int(self.viewport().width() * 0.56))
