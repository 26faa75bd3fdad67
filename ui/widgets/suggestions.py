"""Suggestions: what may stand at the cursor of an editor, listed below it while the keyboard stays with the text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QPlainTextEdit

from ui.widgets.name_field import NameDelegate, NameModel

_MOST_ROWS = 8
_WIDE = 440
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _MOST_ROWS, Qt.Key.Key_PageUp: -_MOST_ROWS}


class Suggestions(QListView):
    """`chosen` carries where the text that it replaces starts, and the text.

    A list that nobody asked for has no row chosen, so that Return and Tab go on to mean what they mean; Down goes into
    it. What is typed narrows it, and it goes when nothing fits or the cursor leaves.
    """

    chosen = Signal(int, str)

    def __init__(self, editor: QPlainTextEdit) -> None:
        super().__init__(editor)
        self._editor = editor
        self._start = 0
        self._asked = False
        self._all: tuple[tuple[str, str], ...] = ()
        self.names = NameModel(self)
        self.setModel(self.names)
        self.setItemDelegate(NameDelegate(self))
        self.setUniformItemSizes(True)
        self.setAccessibleName("What may stand here")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setProperty("role", "suggestions")
        self.clicked.connect(lambda index: self._choose(index.row()))
        editor.installEventFilter(self)
        editor.cursorPositionChanged.connect(self._follow)
        editor.verticalScrollBar().valueChanged.connect(self.hide)
        self.hide()

    def offer(self, start: int, names: Sequence[tuple[str, str]], *, asked: bool) -> None:
        """List `names` with their words for what stands from `start` to the cursor; `asked` chooses the first."""
        self._start, self._all, self._asked = start, tuple(names), asked
        self._narrow()

    def _follow(self) -> None:
        if self.isVisible():
            self._narrow()

    def _narrow(self) -> None:
        cursor = self._editor.textCursor()
        block = cursor.block()
        if not block.position() <= self._start <= cursor.position():
            self.hide()
            return
        begun = block.text()[self._start - block.position() : cursor.positionInBlock()].lower()
        fitting = [pair for pair in self._all if pair[0].lower().startswith(begun)]
        if not fitting and len(begun) > 1:
            fitting = [pair for pair in self._all if begun in f"{pair[0]} {pair[1]}".lower()]
        if not fitting or [name.lower() for name, _ in fitting] == [begun]:
            self.hide()
            return
        self.names.set_names(fitting)
        if self._asked:
            self.setCurrentIndex(self.names.index(0))
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        rows = min(_MOST_ROWS, self.names.rowCount())
        height = rows * self.sizeHintForRow(0) + 2 * self.frameWidth()
        inside = self._editor.viewport()
        width = min(_WIDE, inside.width())
        cursor = self._editor.cursorRect()
        corner = inside.mapTo(self._editor, QPoint(min(cursor.left(), inside.width() - width), cursor.bottom() + 2))
        if corner.y() + height > self._editor.height() and cursor.top() > height:
            corner.setY(inside.mapTo(self._editor, cursor.topLeft()).y() - height - 2)
        height = min(height, max(self.sizeHintForRow(0) + 4, self._editor.height() - corner.y()))
        self.setGeometry(corner.x(), corner.y(), width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.isVisible() and event.type() == QEvent.Type.FocusOut:
            self.hide()
        if self.isVisible() and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._take_key(Qt.Key(event.key()))
        if self.isVisible() and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            # Escape is the list's as long as it is there, whatever else it closes.
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def _take_key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape:
            self.hide()
            return True
        if key in _STEPS:
            row = self.currentIndex().row() + _STEPS[key]
            self.setCurrentIndex(self.names.index(max(0, min(row, self.names.rowCount() - 1))))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab) and self.currentIndex().isValid():
            self._choose(self.currentIndex().row())
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home):
            self.hide()
        return False

    def _choose(self, row: int) -> None:
        text = self.names.pairs[row][0]
        self.hide()
        self.chosen.emit(self._start, text)
