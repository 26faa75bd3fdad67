"""Elided line: a line to type in whose text ends in an ellipsis where it is too long, until it has the focus."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPaintEvent, QPalette
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame, QStylePainter

# What QLineEdit leaves free on either side of its text.
_MARGIN = 2


class ElidedLine(QLineEdit):
    @property
    def shown_text(self) -> str:
        """The text as it is drawn: whole while it is typed in."""
        if self.hasFocus():
            return self.text()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self._space().width())

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.shown_text
        if shown == self.text():
            super().paintEvent(event)
            return
        painter = QStylePainter(self)
        painter.drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, self._option())
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        painter.drawText(self._space(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
        painter.end()

    def _space(self) -> QRect:
        contents = QStyle.SubElement.SE_LineEditContents
        space = self.style().subElementRect(contents, self._option(), self)
        return space.adjusted(_MARGIN, 0, -_MARGIN, 0)

    def _option(self) -> QStyleOptionFrame:
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        return option
