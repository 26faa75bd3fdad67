"""Elided button: a button whose words end in an ellipsis where they would take more than their room."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QPushButton, QWidget

_WIDEST = 16_000_000


class ElidedButton(QPushButton):
    """`set_room` tells how wide the words may be, in pixels; a screen reader hears all of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self._room = _WIDEST

    @property
    def words(self) -> str:
        return self._words

    def set_words(self, words: str) -> None:
        self._words = words
        self._show_words()

    def set_room(self, room: int) -> None:
        if room != self._room:
            self._room = room
            self._show_words()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._show_words()

    def _show_words(self) -> None:
        shown = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, self._room)
        self.setText(shown.replace("&", "&&"))
