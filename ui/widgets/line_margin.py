"""Line margin: the numbers of an editor's lines, and an icon at each line that is marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QTextBlock
from PySide6.QtWidgets import QToolTip, QWidget

from ui.theme.icons import paint_icon
from ui.theme.palette import tokens_of
from ui.widgets.line_marks import LineMarks
from ui.widgets.plain_tip import plain_tip
from ui.widgets.verdict_label import VERDICT_ICONS

_MOST_TIPS = 8


class MarginOwner(Protocol):
    """What the margin asks of its editor."""

    line_marks: LineMarks

    def number_width(self) -> int: ...
    def visible_blocks(self) -> Iterator[tuple[QTextBlock, QRect]]: ...
    def current_line(self) -> int: ...
    def palette(self) -> QPalette: ...
    def font(self) -> QFont: ...


class LineMargin(QWidget):
    """`mark_chosen` carries the position of the gravest mark of a line that was clicked."""

    mark_chosen = Signal(int)

    def __init__(self, owner: MarginOwner, parent: QWidget) -> None:
        super().__init__(parent)
        self._owner = owner

    def sizeHint(self) -> QSize:
        return QSize(self._owner.number_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = tokens_of(self._owner.palette())
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(tokens.ground))
        painter.setFont(self._owner.font())
        current = self._owner.current_line()
        height = painter.fontMetrics().height()
        for block, rect in self._owner.visible_blocks():
            if rect.bottom() < event.rect().top() or rect.top() > event.rect().bottom():
                continue
            painter.setPen(QColor(tokens.text if block.blockNumber() == current else tokens.quiet))
            place = QRect(0, rect.top(), self.width() - 8, height)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight, str(block.blockNumber() + 1))
            marks = self._owner.line_marks.of_block(block)
            if marks:
                verdict = marks[0].verdict
                icon = QRect(3, rect.top() + 1, height - 2, height - 2)
                paint_icon(painter, icon, VERDICT_ICONS.get(verdict, "notice"), tokens.verdict(verdict))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        block = self._block_at(event.position().toPoint())
        marks = self._owner.line_marks.of_block(block) if block is not None else ()
        if marks:
            self.mark_chosen.emit(marks[0].start)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            block = self._block_at(event.pos())
            tips = [mark.tip for mark in self._owner.line_marks.of_block(block)] if block is not None else []
            QToolTip.showText(event.globalPos(), join_tips(tips), self)
            return True
        return super().event(event)

    def _block_at(self, place: QPoint) -> QTextBlock | None:
        return next(
            (block for block, rect in self._owner.visible_blocks() if rect.top() <= place.y() <= rect.bottom()), None
        )


def join_tips(tips: list[str]) -> str:
    """Tips as one plain text, the first few of many."""
    shown = list(dict.fromkeys(tips))
    rest = len(shown) - _MOST_TIPS
    return plain_tip("\n".join([*shown[:_MOST_TIPS], *([f"… and {rest} more"] if rest > 0 else [])]))
