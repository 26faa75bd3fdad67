"""Dialog buttons: the button that does it, named by what it does, and Cancel."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QDialogButtonBox, QPushButton


class DialogButtons(QDialogButtonBox):
    """`accept_button` is the default one; it is wide enough for its words in their heavier weight."""

    def __init__(self, accept: str) -> None:
        super().__init__(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.accept_button: QPushButton = self.button(QDialogButtonBox.StandardButton.Ok)
        self.accept_button.setText(accept)
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        self.accept_button.setMinimumWidth(QFontMetrics(font).horizontalAdvance(accept.replace("&", "")) + 40)
