"""Verdict delegate: draws an icon and a word in the cells of a table that hold a verdict."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.widgets.verdict_label import VERDICT_WORDS, paint_verdict


class VerdictDelegate(QStyledItemDelegate):
    """`role` gives a verdict, `running` or `""`; `with_text` shows the cell's own words beside its icon."""

    def __init__(self, role: int, parent: QWidget | None = None, *, with_text: bool = False) -> None:
        super().__init__(parent)
        self._role = role
        self._with_text = with_text

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        if index.data(self._role):
            option.text = ""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        verdict = index.data(self._role) or ""
        if verdict:
            words = str(index.data() or "") if self._with_text else VERDICT_WORDS.get(verdict, verdict)
            paint_verdict(painter, option.rect.adjusted(8, 0, -4, 0), verdict, words, option.widget)
