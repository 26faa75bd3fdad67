"""More box: rows that few need, behind a button that opens them and says what of them is in use."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2


class MoreBox(QWidget):
    """`words` name what is behind the button; `set_used` adds what of it is not as usual."""

    def __init__(self, words: str, inner: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.inner = inner
        self.button = QPushButton(make_icon("right", "accent"), words)
        self.button.setProperty("role", "link")
        self.button.setCheckable(True)
        self.button.toggled.connect(self._open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_2)
        layout.addWidget(self.button)
        layout.addWidget(inner)
        inner.hide()

    def set_used(self, count: int) -> None:
        self.button.setText(f"{self._words} ({count} set)" if count else self._words)

    def _open(self, open_now: bool) -> None:
        self.button.setIcon(make_icon("down" if open_now else "right", "accent"))
        self.inner.setVisible(open_now)
