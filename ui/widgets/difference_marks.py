"""Difference marks: the icon, the colour and the word of each grade and kind, drawn the same everywhere."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QWidget

from ui.theme.icons import paint_icon
from ui.theme.palette import tokens_of
from ui.theme.tokens import Tokens

ICONS = {
    "breaks-both": ("breaks-both", "failed"),
    "breaks-sender": ("breaks-sender", "failed"),
    "breaks-receiver": ("breaks-receiver", "error"),
    "compatible": ("pass", "passed"),
    "information": ("notice", "quiet"),
    "changed": ("changed", "error"),
    "added": ("add", "passed"),
    "removed": ("remove", "failed"),
    "encoding": ("encoding", "quiet"),
    "masked": ("masked", "quiet"),
    "same": ("same", "quiet"),
}
"""The icon of a grade or kind, and the token of its colour."""
_GAP = 5
_BETWEEN = 14


def mark_colour(word: str, tokens: Tokens) -> QColor:
    return QColor(getattr(tokens, ICONS.get(word, ("", "quiet"))[1]))


def paint_mark(painter: QPainter, rect: QRect, word: str, text: str, widget: QWidget) -> int:
    """Draw the icon of a grade or kind and `text` beside it; returns where it ends."""
    tokens = tokens_of(widget.palette())
    icon, token = ICONS.get(word, ("", "quiet"))
    side = min(widget.fontMetrics().height(), rect.height())
    left = rect.left()
    if icon:
        top = rect.top() + (rect.height() - side) // 2
        paint_icon(painter, QRect(left, top, side, side), icon, getattr(tokens, token))
        left += side + _GAP
    painter.setPen(mark_colour(word, tokens))
    space = QRect(left, rect.top(), max(0, rect.right() - left), rect.height())
    shown = widget.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, space.width())
    painter.drawText(space, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
    return left + widget.fontMetrics().horizontalAdvance(shown)


def paint_counts(
    painter: QPainter, rect: QRect, counts: tuple[tuple[str, int], ...], words: dict[str, str], widget: QWidget
) -> None:
    """Draw numbers with the icons of what they count, with their words where there is room for all of them."""
    metrics = widget.fontMetrics()
    told = [(word, f"{number:,} {words.get(word, word)}") for word, number in counts]
    if _width(metrics, [text for _, text in told]) > rect.width():
        told = [(word, f"{number:,}") for word, number in counts]
    left = rect.left()
    for word, text in told:
        if left + _width(metrics, [text]) > rect.right():
            return
        left = paint_mark(painter, QRect(left, rect.top(), rect.right() - left, rect.height()), word, text, widget)
        left += _BETWEEN


def _width(metrics: QFontMetrics, texts: list[str]) -> int:
    return sum(metrics.height() + _GAP + metrics.horizontalAdvance(text) + _BETWEEN for text in texts)
