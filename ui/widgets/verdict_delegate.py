"""Verdict delegate: draws an icon and a word in the cells of a table that hold a verdict."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.widgets.verdict_label import VERDICT_WORDS, paint_verdict


class VerdictDelegate(QStyledItemDelegate):
    """`role` gives `pass`, `fail`, `error`, `skip`, `running` or `""`; `with_text` shows the cell's own words with it."""

    def __init__(self, role: int, parent: QWidget | None = None, *, with_text: bool = False) -> None:
        super().__init__(parent)
        self._role = role
        self._with_text = with_text

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self.initStyleOption(option, index)
        verdict = index.data(self._role) or ""
        own: str = option.text
        rect: QRect = option.rect
        widget: QWidget = option.widget
        if verdict:
            option.text = ""
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        if verdict:
            words = own if self._with_text else VERDICT_WORDS.get(verdict, verdict)
            paint_verdict(painter, rect.adjusted(8, 0, -4, 0), verdict, words, widget)
