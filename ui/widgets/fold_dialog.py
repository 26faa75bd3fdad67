"""Fold dialog: what a fold stands for, whole and wrapped, to read and copy or to put into the text unfolded."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ui.theme.tokens import SPACE_2, SPACE_3
from ui.widgets.folds import describe_fold
from ui.widgets.labels import make_label
from ui.widgets.text_view import TextView

# As base64 is wrapped in mail; a text goes on in the next row where a repetition or a line begins.
_WIDTH = 76
_TEXT_WIDTH = 100
MOST_UNFOLDED = 20_000
"""A longer text in one line would hold the window while it is laid out."""


class FoldDialog(QDialog):
    """`unfold_asked` comes where it is to stand in the text again as it is."""

    unfold_asked = Signal()

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        what = describe_fold(text)
        self.setWindowTitle(f"Folded value: {what}")
        self.view = TextView()
        self.view.setAccessibleName("The folded value, wrapped")
        self.view.set_text("\n".join(wrap(text)))
        self.unfold = QPushButton("&Unfold in the text")
        self.unfold.setEnabled(len(text) <= MOST_UNFOLDED)
        if not self.unfold.isEnabled():
            self.unfold.setToolTip("It is too long to be edited in a line")
        self.unfold.clicked.connect(self._unfold)
        copy = QPushButton("&Copy whole")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text))
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_2)
        buttons.addWidget(make_label(f"{len(text):,} characters, wrapped here alone", "quiet"), 1)
        for button in (self.unfold, copy, close):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_3, SPACE_3, SPACE_3, SPACE_3)
        layout.setSpacing(SPACE_2)
        layout.addWidget(make_label(what[:1].upper() + what[1:], "heading"))
        layout.addWidget(self.view, 1)
        layout.addLayout(buttons)
        self.resize(760, 520)

    def _unfold(self) -> None:
        self.accept()
        self.unfold_asked.emit()


def wrap(text: str) -> list[str]:
    """Rows of a width that can be read; joined, they are the text."""
    if describe_fold(text).startswith("base64"):
        return _cut(text, _WIDTH)
    lines = re.split(r"(?<=~)|(?<=\\\.br\\)", text)
    return [row for line in lines if line for row in _cut(line, _TEXT_WIDTH)]


def _cut(text: str, width: int) -> list[str]:
    return [text[at : at + width] for at in range(0, len(text), width)] or [""]
