"""Elided combo box: a chooser whose text ends in an ellipsis where it is too long, instead of being cut."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from ui.widgets.plain_tip import plain_tip


class ElidedComboBox(QComboBox):
    """`set_shown_text` shows other words for the choice than its list has; empty shows the list's own."""

    def __init__(self, letters: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self._letters = letters
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)

    def set_shown_text(self, text: str) -> None:
        self._shown = text
        self.setToolTip(plain_tip(text))
        self.update()

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        return QSize(max(size.width(), self.fontMetrics().averageCharWidth() * self._letters + 48), size.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.isEditable():
            super().paintEvent(event)
            return
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        text = self._shown or option.currentText
        icon = 0 if option.currentIcon.isNull() else option.iconSize.width() + 4
        option.currentText = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, field.width() - 8 - icon)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
