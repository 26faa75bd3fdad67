"""Verdicts drawn the same everywhere: an icon and a word beside the colour."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.icons import paint_icon
from ui.theme.palette import tokens_of
from ui.widgets.plain_tip import plain_tip

VERDICT_WORDS = {
    "pass": "Pass",
    "fail": "Fail",
    "error": "Error",
    "skip": "Skipped",
    "undecided": "Not decidable",
    "running": "Running",
    "notice": "Note",
    "": "",
}
VERDICT_ICONS = {
    "pass": "pass",
    "fail": "fail",
    "error": "error",
    "skip": "skip",
    "undecided": "undecided",
    "running": "clock",
    "notice": "notice",
}
VERDICT_TOKENS = {"pass": "passed", "fail": "failed", "error": "error", "skip": "skipped"}
"""The token of the colour that an icon of a verdict is drawn in."""


class VerdictLabel(QWidget):
    """A verdict and its words; `text` replaces the plain word, such as `AR` or `3 of 5 steps`."""

    def __init__(self, verdict: str = "", text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict = ""
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_verdict(verdict, text)

    @property
    def verdict(self) -> str:
        return self._verdict

    @property
    def text(self) -> str:
        return self._text

    def set_verdict(self, verdict: str, text: str = "") -> None:
        self._verdict = verdict
        self._text = text or VERDICT_WORDS.get(verdict, verdict)
        self.setAccessibleName(f"Verdict: {VERDICT_WORDS.get(verdict, verdict)} {text}".strip())
        self._show_words()
        self.setToolTip(plain_tip(self._text))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.height() + 8 + metrics.horizontalAdvance(self._text), metrics.height() + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), 64), self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ParentChange:
            self._show_words()
        return super().event(event)

    def _show_words(self) -> None:
        """Be there once there is something to say; without a parent it would be a window, and take the focus."""
        if self._text and self.parentWidget() is not None:
            self.show()
        elif not self._text and not self.isVisible():
            self.hide()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_verdict(painter, self.rect(), self._verdict, self._text, self)
        painter.end()


def paint_verdict(painter: QPainter, rect: QRect, verdict: str, text: str, widget: QWidget) -> None:
    """Draw icon and words of a verdict into `rect`, for labels and delegates alike."""
    colour = tokens_of(widget.palette()).verdict(verdict)
    side = min(widget.fontMetrics().height(), rect.height())
    top = rect.top() + (rect.height() - side) // 2
    icon = VERDICT_ICONS.get(verdict)
    left = rect.left()
    if icon:
        paint_icon(painter, QRect(left, top, side, side), icon, colour)
        left += side + 5
    painter.setPen(colour)
    space = QRect(left, rect.top(), rect.right() - left, rect.height())
    shown = widget.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, space.width())
    painter.drawText(space, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
