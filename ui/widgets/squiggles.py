"""Squiggles: the wavy lines under the marked spans of a line of text, painted where they are in sight alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QColor, QPainter, QPen, QTextBlock

from ui.theme.tokens import Tokens
from ui.widgets.line_marks import LineMark

_STEP = 2.0
_LEAST = 8.0
# A mark that has nothing of its own to underline in the line, such as a missing element's parent, stays short.
_MOST = 2_000.0


def paint_squiggles(
    painter: QPainter, block: QTextBlock, rect: QRect, marks: Sequence[LineMark], tokens: Tokens
) -> None:
    """Underline what `marks` span of one line, whose place in the viewport is `rect`; the gravest lies on top."""
    for mark in reversed(marks):
        if mark.verdict != "notice":
            painter.setPen(QPen(QColor(tokens.verdict(mark.verdict)), 1.2))
            painter.drawPolyline(_wave(block, rect, mark))


def _wave(block: QTextBlock, rect: QRect, mark: LineMark) -> list[QPointF]:
    line = block.layout().lineAt(0)
    if not line.isValid():
        return []
    left = rect.left() + _x_at(line, mark.start - block.position())
    right = rect.left() + _x_at(line, min(mark.end - block.position(), block.length() - 1))
    right = min(max(right, left + _LEAST), left + _MOST)
    base = rect.bottom() - 1.0
    count = int((right - left) / _STEP)
    return [QPointF(left + step * _STEP, base - (step % 2) * _STEP) for step in range(count + 1)]


def _x_at(line: object, position: int) -> float:
    found = line.cursorToX(position)  # type: ignore[attr-defined]  # a QTextLine, whose stub gives an object
    return float(found[0] if isinstance(found, tuple) else found)
