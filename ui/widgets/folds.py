"""Folds: very long runs of text that an editor shows as one letter-like tag, and keeps whole.

A text layout of one megabyte in one line holds the window for a second; a fold costs nothing and copies, undoes and
goes out as the text it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPalette,
    QPen,
    QPyTextObject,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)

from ui.theme.palette import tokens_of

FOLD = "\ufffc"
_TYPE = QTextFormat.ObjectTypes.UserObject.value + 1
_TEXT = QTextFormat.Property.UserProperty.value + 1
_LEAST = 8_000

# What a run ends at: the separators of HL7 v2, the quotation marks of JSON, the marks of XML, and line ends in all.
_RUNS = {
    "hl7": re.compile(rf"[^|^~&\n\u2029]{{{_LEAST},}}"),
    "json": re.compile(rf'[^"\n\u2029]{{{_LEAST},}}'),
    "xml": re.compile(rf'[^"<>\n\u2029]{{{_LEAST},}}'),
}
_ANY = re.compile(rf"[^\n\u2029]{{{_LEAST},}}")


class FoldObject(QPyTextObject):
    """Draws a fold as a tag that tells its size."""

    def __init__(self, document: QTextDocument, palette: QPalette) -> None:
        super().__init__(document)
        self.palette = palette
        document.documentLayout().registerHandler(_TYPE, self)

    def intrinsicSize(self, doc: QTextDocument, position: int, form: QTextFormat) -> QSizeF:
        metrics = QFontMetricsF(self._font(form))
        return QSizeF(metrics.horizontalAdvance(_words(form)) + 12, metrics.height())

    def drawObject(
        self, painter: QPainter, rect: QRectF | QRect, doc: QTextDocument, position: int, form: QTextFormat
    ) -> None:
        tokens = tokens_of(self.palette)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tokens.edge), 1))
        painter.setBrush(QColor(tokens.sunken))
        painter.drawRoundedRect(QRectF(rect).adjusted(2, 0.5, -2, -0.5), 4, 4)
        painter.setPen(QColor(tokens.quiet))
        painter.setFont(self._font(form))
        painter.drawText(QRectF(rect), int(Qt.AlignmentFlag.AlignCenter), _words(form))
        painter.restore()

    def _font(self, form: QTextFormat) -> QFont:
        return form.toCharFormat().font()


def _words(form: QTextFormat) -> str:
    return f"⋯ {len(str(form.property(_TEXT))):,} characters ⋯"


def insert_folded(cursor: QTextCursor, text: str, language: str) -> None:
    """Insert `text`, its very long runs folded."""
    for piece, folded in _pieces(text, language):
        cursor.insertText(FOLD if folded else piece, _fold_format(piece) if folded else QTextCharFormat())


def has_long_run(text: str, language: str) -> bool:
    return _RUNS.get(language, _ANY).search(text) is not None


def _pieces(text: str, language: str) -> Iterator[tuple[str, bool]]:
    at = 0
    for found in _RUNS.get(language, _ANY).finditer(text):
        if found.start() > at:
            yield text[at : found.start()], False
        yield found[0], True
        at = found.end()
    if at < len(text):
        yield text[at:], False


def _fold_format(text: str) -> QTextCharFormat:
    form = QTextCharFormat()
    form.setObjectType(_TYPE)
    form.setProperty(_TEXT, text)
    return form


def expanded_text(document: QTextDocument, start: int = 0, end: int | None = None) -> str:
    """The text from `start` to `end`, lines ended by LF, with each fold as the text it stands for."""
    # `toPlainText` would turn a no-break space into a plain one; what was typed must stay what it is.
    raw = document.toRawText() if start == 0 and end is None else _between(document, start, end)
    text = raw.replace("\u2029", "\n")
    return text if FOLD not in text else _expand(document, text, start)


def _between(document: QTextDocument, start: int, end: int | None) -> str:
    cursor = QTextCursor(document)
    last = max(0, document.characterCount() - 1)
    cursor.setPosition(min(start, last))
    cursor.setPosition(last if end is None else min(end, last), QTextCursor.MoveMode.KeepAnchor)
    return cursor.selectedText()


def _expand(document: QTextDocument, text: str, start: int) -> str:
    # Positions count UTF-16 units, so the text is walked as such where it has letters beyond them.
    units = text.encode("utf-16-le", errors="surrogatepass")
    mark = FOLD.encode("utf-16-le")
    parts, at, place = [], 0, 0
    while place < len(units):
        if units[place : place + 2] == mark:
            whole = _fold_at(document, start + place // 2)
            if whole is not None:
                parts += [units[at:place], whole.encode("utf-16-le", errors="surrogatepass")]
                at = place + 2
        place = units.find(mark, place + 2)
        if place < 0:
            break
        place += place % 2
    parts.append(units[at:])
    return b"".join(parts).decode("utf-16-le", errors="surrogatepass")


def _fold_at(document: QTextDocument, position: int) -> str | None:
    cursor = QTextCursor(document)
    cursor.setPosition(position + 1)
    form = cursor.charFormat()
    return str(form.property(_TEXT)) if form.objectType() == _TYPE else None


def fold_size(document: QTextDocument, start: int, end: int) -> int:
    """How many characters stand folded between two positions."""
    return sum(
        len(_fold_at(document, place) or "")
        for place in range(start, min(end, document.characterCount() - 1))
        if document.characterAt(place) == FOLD
    )
