"""Code editor: wire text with line numbers and marks, the current line on its own ground, a highlighter by language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip, QWidget

from ui.theme.palette import tokens_of
from ui.widgets.highlighters import HIGHLIGHTERS, Highlighter
from ui.widgets.line_margin import LineMargin, join_tips
from ui.widgets.line_marks import LineMark, LineMarks
from ui.widgets.squiggles import paint_squiggles

# Verdicts that are told of a place beside what it is.
_FEW_TIPS = 5


class CodeEditor(QPlainTextEdit):
    """A plain text editor for HL7 v2 (`hl7`), JSON (`json`), XML (`xml`), headers (`headers`) or YAML (`yaml`).

    Offsets are in characters of `toPlainText()`, whose lines end with one LF. Tab leaves the editor, as everywhere
    else in the window. `marks` are spans on a ground of their own, such as the field under the cursor; line marks are
    verdicts on spans, underlined and shown as icons in the margin. `help_asked` carries a position of the text that
    somebody rests on and asks about, and where that is on the screen; `words_at` has words for a position at once.
    """

    cursor_moved = Signal(int)
    mark_chosen = Signal(int)
    help_asked = Signal(int, QPoint)
    words_at: Callable[[int], str] | None = None

    def __init__(self, language: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("mono", True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setCursorWidth(2)
        self.language = ""
        self._highlighter: Highlighter | None = None
        self._marks: list[tuple[int, int, str]] = []
        self._mark_room = False
        self._uncoloured = QTimer(self)
        self._uncoloured.setSingleShot(True)
        self._uncoloured.setInterval(0)
        self._uncoloured.timeout.connect(self._colour_sight)
        self.line_marks = LineMarks(self.document())
        self._numbers = LineMargin(self, self)
        self._numbers.mark_chosen.connect(self._choose_mark)
        self.blockCountChanged.connect(self._fit_numbers)
        self.updateRequest.connect(self._scroll_numbers)
        self.cursorPositionChanged.connect(self._follow_cursor)
        self.set_language(language)
        self._fit_numbers()

    def set_language(self, language: str) -> None:
        if language == self.language:
            return
        self.language = language
        if self._highlighter is not None:
            self._highlighter.setDocument(None)
            self._highlighter.deleteLater()
            self._highlighter = None
        if language in HIGHLIGHTERS:
            highlighter = HIGHLIGHTERS[language](self.document(), tokens_of(self.palette()), self._is_in_sight)
            self._highlighter = highlighter
            self._colour_sight()

    def _is_in_sight(self, line: int) -> bool:
        first = self.firstVisibleBlock().blockNumber()
        return first <= line <= first + self.viewport().height() // max(1, self.fontMetrics().lineSpacing()) + 1

    def _colour_sight(self) -> None:
        """Colour the lines that came in sight; a document takes that for a change, and nobody else needs to."""
        blocks = [block for block, _ in self.visible_blocks()]
        if self._highlighter is not None and not self._highlighter.has_coloured(blocks):
            before = self.signalsBlocked()
            self.blockSignals(True)
            self._highlighter.colour(blocks)
            self.blockSignals(before)

    def replace_text(self, text: str) -> None:
        """Put `text` in place of all there is, as one step that undo takes back."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        cursor.endEditBlock()

    def go_to(self, offset: int, length: int = 0) -> None:
        """Put the cursor at `offset`, select `length` characters and bring them into sight."""
        cursor = self.textCursor()
        last = max(0, self.document().characterCount() - 1)
        cursor.setPosition(min(offset, last))
        cursor.setPosition(min(offset + length, last), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def go_to_line(self, line: int, column: int = 1) -> None:
        """Put the cursor at a line and column, both counted from 1."""
        block = self.document().findBlockByNumber(max(0, line - 1))
        if block.isValid():
            self.go_to(block.position() + min(max(0, column - 1), block.length() - 1))

    def set_marks(self, marks: list[tuple[int, int, str]]) -> None:
        """Show spans (start, end, token) on a ground: `field`, `added`, `removed`, `changed` …"""
        self._marks = marks
        self._paint_grounds()

    # Line marks.

    def make_room_for_marks(self) -> None:
        """Keep a column of the margin for icons, so that the text does not move when they come."""
        self._mark_room = True
        self._fit_numbers()

    def set_line_marks(self, marks: Iterable[LineMark]) -> None:
        self.line_marks.set(marks)
        self._numbers.update()
        self.viewport().update()

    def step_mark(self, direction: int) -> LineMark | None:
        """Go to the next mark (1) or the one before (-1), and return it."""
        mark = self.line_marks.step(self.textCursor().selectionStart(), direction)
        if mark is not None:
            self.go_to(mark.start, mark.end - mark.start)
        return mark

    def _choose_mark(self, position: int) -> None:
        self.go_to(position)
        self.setFocus()
        self.mark_chosen.emit(position)

    def position_at(self, line: int, column: int) -> int:
        """Qt's position of a line and a column in characters, both counted from 1; as near as the text has it."""
        block = self.document().findBlockByNumber(max(0, min(line, self.blockCount()) - 1))
        text = block.text()
        before = column - 1
        units = before if text.isascii() else sum(2 if letter > "\uffff" else 1 for letter in text[:before])
        return block.position() + max(0, min(units, block.length() - 1))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            position = self.cursorForPosition(event.pos()).position()
            tips = [mark.tip for mark in self.line_marks.at(position)]
            if self.words_at is not None and (words := self.words_at(position)):
                tips = [*tips[:_FEW_TIPS], f"\n{words}" if tips else words]
            QToolTip.showText(event.globalPos(), join_tips(tips), self)
            if not tips:
                self.help_asked.emit(position, event.globalPos())
            return True
        return super().viewportEvent(event)

    def ask_for_help(self) -> None:
        """Ask about what the cursor stands at."""
        self.ensureCursorVisible()
        self.help_asked.emit(self.textCursor().position(), self.viewport().mapToGlobal(self.cursorRect().bottomLeft()))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        # Lines that came in sight without scrolling, such as when the window grows.
        self._uncoloured.start()
        if len(self.line_marks):
            painter = QPainter(self.viewport())
            for block, rect in self.visible_blocks():
                paint_squiggles(painter, block, rect, self.line_marks.of_block(block), tokens_of(self.palette()))
            painter.end()

    # The margin.

    def number_width(self) -> int:
        digits = max(2, len(str(self.blockCount())))
        metrics = self.fontMetrics()
        return metrics.horizontalAdvance("9") * digits + (metrics.height() + 14 if self._mark_room else 20)

    def current_line(self) -> int:
        return self.textCursor().blockNumber()

    def visible_blocks(self) -> Iterator[tuple[QTextBlock, QRect]]:
        """The lines in sight, each with its place in the viewport."""
        block = self.firstVisibleBlock()
        rect = self.blockBoundingGeometry(block).translated(self.contentOffset())
        top, bottom = rect.top(), self.viewport().height()
        while block.isValid() and top <= bottom:
            height = self.blockBoundingRect(block).height()
            if block.isVisible():
                yield block, QRect(round(rect.left()), round(top), self.viewport().width(), round(height))
            block, top = block.next(), top + height

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_numbers()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange):
            if self._highlighter is not None:
                self._highlighter.set_tokens(tokens_of(self.palette()))
            self._fit_numbers()
            self._paint_grounds()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.language in ("json", "yaml"):
            self._keep_indent()

    def _keep_indent(self) -> None:
        cursor = self.textCursor()
        above = cursor.block().previous().text()
        indent = above[: len(above) - len(above.lstrip(" "))]
        cursor.insertText(indent + ("  " if above.rstrip().endswith(("{", "[", ":")) else ""))

    def _fit_numbers(self, _count: int = 0) -> None:
        self.setViewportMargins(self.number_width(), 0, 0, 0)
        self._place_numbers()

    def _place_numbers(self) -> None:
        inside = self.contentsRect()
        self._numbers.setGeometry(QRect(inside.left(), inside.top(), self.number_width(), inside.height()))

    def _scroll_numbers(self, rect: QRect, dy: int) -> None:
        if dy:
            self._colour_sight()
            self._numbers.scroll(0, dy)
        else:
            self._numbers.update(0, rect.y(), self._numbers.width(), rect.height())

    def _follow_cursor(self) -> None:
        self._paint_grounds()
        self._numbers.update()
        self.cursor_moved.emit(self.textCursor().position())

    def _paint_grounds(self) -> None:
        tokens = tokens_of(self.palette())
        grounds = []
        if not self.isReadOnly():
            grounds.append(_ground(self.textCursor(), tokens.ground, whole_line=True))
        for start, end, token in self._marks:
            cursor = QTextCursor(self.document())
            last = max(0, self.document().characterCount() - 1)
            cursor.setPosition(min(start, last))
            cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
            grounds.append(_ground(cursor, getattr(tokens, token)))
        self.setExtraSelections(grounds)


def _ground(cursor: QTextCursor, colour: str, whole_line: bool = False) -> QTextEdit.ExtraSelection:
    selection = QTextEdit.ExtraSelection()
    selection.format.setBackground(QColor(colour))
    selection.format.setProperty(QTextFormat.Property.FullWidthSelection, whole_line)
    if whole_line:
        cursor = QTextCursor(cursor)
        cursor.clearSelection()
    selection.cursor = cursor
    return selection
