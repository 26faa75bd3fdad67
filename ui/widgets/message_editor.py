"""Message editor: a message as text and as a structure tree side by side, the cursor of one shown in the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
    SignalInstance,
)
from PySide6.QtGui import QTextBlock
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from ui.widgets.structure_tree import StructureTree
from ui.widgets.wire_editor import WireEditor


class Structure(Protocol):
    """What the editor asks of its model, beside being an item model; places are Qt's positions in the text."""

    edit_asked: SignalInstance

    def index_at(self, position: int) -> QModelIndex: ...

    def span_of(self, index: QModelIndex | QPersistentModelIndex) -> tuple[int, int] | None: ...

    def spans_in(self, start: int, line: str, column: int) -> tuple[tuple[int, int], ...]: ...


class MessageEditor(QWidget):
    """Edits in the tree are made in the text, so that one undo serves both.

    `cursor_at` carries the position in the text whenever it moves, and after each change has settled.
    """

    cursor_at = Signal(int)

    def __init__(self, model: QAbstractItemModel, structure: Structure, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._structure = structure
        self._following = False
        self.text = WireEditor("hl7")
        self.text.setAccessibleName("Text of the message")
        self.tree = StructureTree()
        self.tree.setModel(model)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(self.text)
        self.splitter.addWidget(self.tree)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setSizes([560, 440])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)
        self.text.cursor_moved.connect(self._follow_cursor)
        self.text.textChanged.connect(self._mark_place)
        self.tree.selectionModel().currentChanged.connect(self._follow_row)
        structure.edit_asked.connect(self.text.replace_span)
        self.tree.undo_asked.connect(self.text.undo)
        self.tree.redo_asked.connect(self.text.redo)

    def refresh(self, *changes: Callable[[], None]) -> None:
        """Let the model take a changed text with `changes`, and show the cursor's place anew.

        A row that goes makes another one current, which is no reason to move the cursor.
        """
        self._following = True
        for change in changes:
            change()
        self._following = False
        self._follow_cursor(self.text.textCursor().position())
        self.tree.viewport().update()

    def _follow_cursor(self, position: int) -> None:
        if self._following:
            return
        self._mark_place()
        if not self.tree.hasFocus() and self.text.is_settled:
            index = self._structure.index_at(position)
            if index.isValid() and index != self.tree.currentIndex():
                self._following = True
                self.tree.setCurrentIndex(index)
                self._following = False
        self.cursor_at.emit(position)

    def _mark_place(self) -> None:
        """Raise the ground of the field under the cursor, and that of the part of it."""
        if self.text.loading:
            return
        cursor = self.text.textCursor()
        block: QTextBlock = cursor.block()
        spans = self._structure.spans_in(block.position(), block.text(), cursor.positionInBlock())
        self.text.set_marks([(*span, token) for span, token in zip(spans, ("field", "selected"), strict=False)])

    def _follow_row(self, index: QModelIndex, _before: QModelIndex) -> None:
        span = self._structure.span_of(index) if index.isValid() else None
        if span is None or self._following:
            return
        self._following = True
        self.text.go_to(span[0])
        self._following = False
        self._mark_place()
        self.cursor_at.emit(span[0])
