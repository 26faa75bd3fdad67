"""Progress line: a thin line that fills from left to right, drawn when the window has time for it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.palette import tokens_of

_HEIGHT = 4


class ProgressLine(QWidget):
    """A progress bar of Qt repaints at once at each value, which costs the window milliseconds; this one waits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._done = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("How far it is")

    @property
    def done(self) -> float:
        return self._done

    def set_done(self, done: float) -> None:
        """Show how much is done, from 0 to 1."""
        if round(done, 3) != round(self._done, 3):
            self.setAccessibleDescription(f"{done:.0%}")
            self._done = done
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(100, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = tokens_of(self.palette())
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.sunken))
        painter.fillRect(QRectF(0, 0, self.width() * self._done, self.height()), QColor(tokens.accent))
