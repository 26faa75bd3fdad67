"""JSON view: a lazy tree of a JSON value, with a path to copy for each element."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QHeaderView, QMenu, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from ui.theme.palette import tokens_of
from ui.widgets.json_branch import JsonBranch
from ui.widgets.json_model import PATH_ROLE, VALUE_ROLE, JsonModel


class _Delegate(QStyledItemDelegate):
    """Strings and numbers apart, branches quiet."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        view = self.parent()
        if index.column() != 1 or not isinstance(view, QWidget):
            return
        tokens = tokens_of(view.palette())
        value = index.data(VALUE_ROLE)
        colour = tokens.string if isinstance(value, str) else tokens.quiet
        if isinstance(value, bool | int | float) or type(value).__name__ == "Decimal":
            colour = tokens.number
        option.palette.setColor(option.palette.ColorRole.Text, QColor(colour))


def _is_small(value: Any, most: int = 60) -> bool:
    """Whether the whole value takes no more than `most` rows; looks at no more of it than that."""
    if isinstance(value, JsonBranch):
        return False
    waiting, rows = [value], 0
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict | list):
            rows += len(each)
            if rows > most:
                return False
            waiting.extend(each.values() if isinstance(each, dict) else each)
    return True


class JsonView(QTreeView):
    """Shows any JSON value; `path_selected` carries the path of the chosen element."""

    path_selected = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = JsonModel(None, self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setUniformRowHeights(True)
        self.setAccessibleName("Elements")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.header().setStretchLastSection(True)
        self.header().resizeSection(0, 200)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_value)
        self.selectionModel().currentChanged.connect(lambda now, _: self.path_selected.emit(now.data(PATH_ROLE) or ""))

    def choose(self, name: str) -> bool:
        """Select a member of the value itself by its name; False where it has none of it."""
        for row in range(self._model.rowCount()):
            index = self._model.index(row, 0)
            if index.data() == name:
                self.setCurrentIndex(index)
                self.scrollTo(index)
                return True
        return False

    def set_value(self, value: Any) -> None:
        """Show `value`, its first level open where it is small."""
        self._model.set_value(value)
        if _is_small(value):
            self.expandAll()
            return
        small = isinstance(value, dict | list | JsonBranch) and len(value) <= 20
        for row in range(self._model.rowCount() if small else 0):
            index = self._model.index(row, 0)
            child = self._model.value_of(index)
            if isinstance(child, dict | list) and len(child) <= 12:
                self.expand(index)

    def copy_value(self) -> None:
        self._copy(self.currentIndex().siblingAtColumn(1).data() or "")

    def _show_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if not index.isValid():
            return
        menu = QMenu(self)
        leaf = not self._model.hasChildren(index)
        menu.addAction("Copy &value", lambda: self._copy(index.siblingAtColumn(1).data() or "")).setEnabled(leaf)
        menu.addAction("Copy &path", lambda: self._copy(index.data(PATH_ROLE) or ""))
        menu.addSeparator()
        menu.addAction("&Expand all below", lambda: self.expandRecursively(index, 4))
        menu.exec(self.viewport().mapToGlobal(place))

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
