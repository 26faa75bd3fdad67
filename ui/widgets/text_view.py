"""Text view: shows text of any size at once, since it paints only the lines in sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QWidget

from ui.theme.palette import tokens_of
from ui.widgets.highlighters import Span, header_spans, hl7v2_spans, json_spans, token_of

# A longer line goes on in the next row, so that one line of five megabytes costs no more than many short ones.
ROW_LENGTH = 2_000
_PAD = 8
Place = tuple[int, int]


class TextView(QAbstractScrollArea):
    """Read-only; selects by mouse and keyboard, copies, and finds. `language` is hl7, json, headers or none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("mono", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self._rows: list[str] = []
        self._longest = 0
        self._spans: Callable[[str], Iterator[Span]] | None = None
        self._anchor: Place = (0, 0)
        self._cursor: Place = (0, 0)

    @property
    def rows(self) -> int:
        return len(self._rows)

    def set_text(self, text: str, language: str = "") -> None:
        self.set_rows(split_rows(text), language)

    def set_rows(self, rows: list[str], language: str = "") -> None:
        """Show rows that `split_rows` made, for a large text beside the window."""
        self._rows = rows
        self._longest = max(map(len, rows), default=0)
        first = self._rows[0] if self._rows else ""
        finders: dict[str, Callable[[str], Iterator[Span]]] = {
            "json": json_spans,
            "headers": header_spans,
            "hl7": lambda row: hl7v2_spans(row, first),
        }
        self._spans = finders.get(language)
        self._anchor = self._cursor = (0, 0)
        self._fit_bars()
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    def selected_text(self) -> str:
        (first, start), (last, end) = sorted((self._anchor, self._cursor))
        if first == last:
            return self._rows[first][start:end] if self._rows else ""
        return "\n".join((self._rows[first][start:], *self._rows[first + 1 : last], self._rows[last][:end]))

    def select_all(self) -> None:
        if self._rows:
            self._anchor, self._cursor = (0, 0), (len(self._rows) - 1, len(self._rows[-1]))
            self.viewport().update()

    def find_text(self, words: str) -> bool:
        """Select the next place that holds `words`, without case, and go round at the end."""
        wanted = words.casefold()
        if not wanted or not self._rows:
            return False
        start_row, start_column = max(self._anchor, self._cursor)
        for step in range(len(self._rows) + 1):
            row = (start_row + step) % len(self._rows)
            column = self._rows[row].casefold().find(wanted, start_column if step == 0 else 0)
            if column >= 0:
                self._anchor, self._cursor = (row, column), (row, column + len(words))
                self._show_cursor()
                return True
        return False

    # Drawing.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setFont(self.font())
        tokens = tokens_of(self.palette())
        painter.fillRect(event.rect(), QColor(tokens.raised))
        metrics = self.fontMetrics()
        height = metrics.lineSpacing()
        first = self.verticalScrollBar().value()
        left = _PAD - self.horizontalScrollBar().value()
        for row in range(first, min(len(self._rows), first + self.viewport().height() // height + 2)):
            top = (row - first) * height + 4
            self._paint_selection(painter, row, left, top, QColor(tokens.selected))
            self._paint_row(painter, self._rows[row], left, top + metrics.ascent())
        painter.end()

    def _paint_row(self, painter: QPainter, text: str, left: int, base: int) -> None:
        tokens = tokens_of(self.palette())
        width = self._metrics().horizontalAdvance("0")
        painter.setPen(QColor(tokens.text))
        first = max(0, -left // max(width, 1) - 4)
        last = first + self.viewport().width() // max(width, 1) + 12
        end = first
        for start, length, kind in self._spans(text) if self._spans is not None else ():
            if start > last:
                break
            if start > end:
                painter.setPen(QColor(tokens.text))
                painter.drawText(self._place(text, end, left), base, text[end:start])
            if start + length > first:
                painter.setPen(QColor(getattr(tokens, token_of(kind))))
                begin = max(start, end)
                painter.drawText(self._place(text, begin, left), base, text[begin : min(start + length, last)])
                end = max(end, start + length)
        if end < last:
            painter.setPen(QColor(tokens.text))
            painter.drawText(self._place(text, end, left), base, text[end:last])

    def _paint_selection(self, painter: QPainter, row: int, left: int, top: int, colour: QColor) -> None:
        (first, start), (last, end) = sorted((self._anchor, self._cursor))
        if not first <= row <= last or self._anchor == self._cursor:
            return
        text = self._rows[row]
        begin = self._place(text, start, left) if row == first else left
        stop = self._place(text, end, left) if row == last else self._place(text, len(text), left) + 4
        painter.fillRect(QRect(begin, top, stop - begin, self.fontMetrics().lineSpacing()), colour)

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self.font())

    def _place(self, text: str, column: int, left: int) -> int:
        """Where `column` stands; a fixed pitch and plain ASCII spare the measuring."""
        return left + self._metrics().horizontalAdvance(text[:column])

    # Scrolling, choosing, copying.

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_bars()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit_bars()

    def _fit_bars(self) -> None:
        metrics = self.fontMetrics()
        page = max(1, self.viewport().height() // max(1, metrics.lineSpacing()))
        self.verticalScrollBar().setRange(0, max(0, len(self._rows) - page + 1))
        self.verticalScrollBar().setPageStep(page)
        longest = self._longest * metrics.horizontalAdvance("0") + 2 * _PAD
        self.horizontalScrollBar().setRange(0, max(0, longest - self.viewport().width()))
        self.horizontalScrollBar().setPageStep(self.viewport().width())
        self.horizontalScrollBar().setSingleStep(metrics.horizontalAdvance("0") * 4)

    def _at(self, point: QPoint) -> Place:
        metrics = self.fontMetrics()
        row = self.verticalScrollBar().value() + max(0, point.y() - 4) // metrics.lineSpacing()
        row = max(0, min(row, len(self._rows) - 1))
        text = self._rows[row] if self._rows else ""
        across = point.x() - _PAD + self.horizontalScrollBar().value()
        column = round(across / max(1, metrics.horizontalAdvance("0")))
        return row, max(0, min(column, len(text)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._cursor = self._at(event.position().toPoint())
            if not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._anchor = self._cursor
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._cursor = self._at(event.position().toPoint())
            self._show_cursor()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.selected_text())
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        else:
            bar, page = self.verticalScrollBar(), self.verticalScrollBar().pageStep()
            steps = {
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: page,
                Qt.Key.Key_PageUp: -page,
                Qt.Key.Key_Home: -len(self._rows),
                Qt.Key.Key_End: len(self._rows),
            }
            if event.key() not in steps:
                super().keyPressEvent(event)
                return
            bar.setValue(bar.value() + steps[Qt.Key(event.key())])
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        copy = menu.addAction("&Copy", lambda: QGuiApplication.clipboard().setText(self.selected_text()))
        copy.setEnabled(self._anchor != self._cursor)
        menu.addAction("Select &all", self.select_all)
        menu.exec(event.globalPos())

    def _show_cursor(self) -> None:
        row, column = self._cursor
        bar = self.verticalScrollBar()
        if row < bar.value():
            bar.setValue(row)
        elif row >= bar.value() + bar.pageStep():
            bar.setValue(row - bar.pageStep() + 1)
        across = self.horizontalScrollBar()
        place = self._place(self._rows[row], column, 0) if self._rows else 0
        if not across.value() <= place <= across.value() + self.viewport().width() - 2 * _PAD:
            across.setValue(max(0, place - self.viewport().width() // 2))
        self.viewport().update()


def split_rows(text: str) -> list[str]:
    """The lines of `text`, whichever way they end; a very long one goes on in further rows."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    if max(map(len, lines), default=0) <= ROW_LENGTH:
        return lines
    return [line[start : start + ROW_LENGTH] for line in lines for start in range(0, max(len(line), 1), ROW_LENGTH)]
