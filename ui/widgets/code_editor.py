"""Code editor: wire text with line numbers, the current line on its own ground, and a highlighter by language."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from ui.theme.palette import tokens_of
from ui.widgets.highlighters import HIGHLIGHTERS, Highlighter


class _LineNumbers(QWidget):
    def __init__(self, editor: CodeEditor) -> None:
        super().__init__(editor)
        self._editor = editor

    def sizeHint(self) -> QSize:
        return QSize(self._editor.number_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._editor.paint_numbers(event)


class CodeEditor(QPlainTextEdit):
    """A plain text editor for HL7 v2 (`hl7`), JSON (`json`), headers (`headers`) or YAML (`yaml`).

    Offsets are in characters of `toPlainText()`, whose lines end with one LF. Tab leaves the editor, as everywhere
    else in the window. `marks` are spans on a ground of their own, such as the field under the cursor.
    """

    cursor_moved = Signal(int)

    def __init__(self, language: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("mono", True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setCursorWidth(2)
        self.language = ""
        self._highlighter: Highlighter | None = None
        self._marks: list[tuple[int, int, str]] = []
        self._numbers = _LineNumbers(self)
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
            self._highlighter = HIGHLIGHTERS[language](self.document(), tokens_of(self.palette()))

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

    def number_width(self) -> int:
        digits = max(2, len(str(self.blockCount())))
        return self.fontMetrics().horizontalAdvance("9") * digits + 20

    def paint_numbers(self, event: QPaintEvent) -> None:
        tokens = tokens_of(self.palette())
        painter = QPainter(self._numbers)
        painter.fillRect(event.rect(), QColor(tokens.ground))
        painter.setFont(self.font())
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        current = self.textCursor().blockNumber()
        while block.isValid() and top <= event.rect().bottom():
            height = self.blockBoundingRect(block).height()
            if block.isVisible() and top + height >= event.rect().top():
                painter.setPen(QColor(tokens.text if block.blockNumber() == current else tokens.quiet))
                place = QRect(0, round(top), self._numbers.width() - 8, self.fontMetrics().height())
                painter.drawText(place, Qt.AlignmentFlag.AlignRight, str(block.blockNumber() + 1))
            block, top = block.next(), top + height
        painter.end()

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
