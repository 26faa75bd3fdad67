"""Folds: very long runs of text that an editor shows as one letter-like tag, and keeps whole.

A text layout of one megabyte in one line holds the window for a second; a fold costs nothing and copies, undoes and
goes out as the text it stands for.
"""

from __future__ import annotations

import re
from bisect import bisect_left
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
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)

from ui.theme.palette import tokens_of

FOLD = "\ufffc"
_TYPE = QTextFormat.ObjectTypes.UserObject.value + 1
_TEXT = QTextFormat.Property.UserProperty.value + 1
_WORDS = _TEXT + 1
_LEAST = 8_000

# What a run ends at: the quotation marks of JSON, the marks of XML, and line ends in all.
_RUNS = {
    "json": re.compile(rf'[^"\n\u2029]{{{_LEAST},}}'),
    "xml": re.compile(rf'[^"<>\n\u2029]{{{_LEAST},}}'),
}
_ANY = re.compile(rf"[^\n\u2029]{{{_LEAST},}}")
# Of HL7 v2, a value without separators folds early; a field of many parts does when that is what makes it long.
SHORTEST = 2_000
_PARTS_MOST = 8_000
_LINE_MOST = 20_000
_FEW = 200
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_SAMPLE = 4_096


class FoldObject(QPyTextObject):
    """Draws a fold as a tag that tells its size, and keeps the texts: a format would copy them whenever it is asked.

    They stay as long as the document, whose formats do too, since undo may bring each of them back.
    """

    def __init__(self, document: QTextDocument, palette: QPalette) -> None:
        super().__init__(document)
        self.palette = palette
        self.texts: list[str] = []
        document.documentLayout().registerHandler(_TYPE, self)

    def intrinsicSize(self, doc: QTextDocument, position: int, form: QTextFormat) -> QSizeF:
        metrics = QFontMetricsF(self._font(form))
        # It stands on the base line; what is drawn below it is within the line, which stays as high as the others.
        return QSizeF(metrics.horizontalAdvance(_words(form)) + 16, metrics.ascent())

    def drawObject(
        self, painter: QPainter, rect: QRectF | QRect, doc: QTextDocument, position: int, form: QTextFormat
    ) -> None:
        tokens = tokens_of(self.palette)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tokens.edge), 1))
        painter.setBrush(QColor(tokens.sunken))
        whole = QRectF(rect).adjusted(2, 1, -2, QFontMetricsF(self._font(form)).descent() - 1)
        painter.drawRoundedRect(whole, 4, 4)
        painter.setPen(QColor(tokens.quiet))
        painter.setFont(self._font(form))
        painter.drawText(whole, int(Qt.AlignmentFlag.AlignCenter), _words(form))
        painter.restore()

    def _font(self, form: QTextFormat) -> QFont:
        return form.toCharFormat().font()


def _words(form: QTextFormat) -> str:
    return str(form.property(_WORDS))


def describe_fold(text: str) -> str:
    """What a folded run is, with its size: `base64, 812 kB`."""
    kind = "base64" if _BASE64.fullmatch(text[:_SAMPLE].rstrip("=")) else "text"
    size = len(text)
    return f"{kind}, {size / 1_000:.1f} kB" if size < 10_000 else f"{kind}, {size // 1_000:,} kB"


def insert_folded(cursor: QTextCursor, text: str, language: str) -> None:
    """Insert `text`, its very long runs folded; those of HL7 v2 end at the separators that the document names."""
    separators = _separators_of(cursor.document(), text) if language == "hl7" else ""
    for piece, folded in _pieces(text, language, separators):
        cursor.insertText(
            FOLD if folded else piece, _fold_format(cursor.document(), piece) if folded else QTextCharFormat()
        )


def _separators_of(document: QTextDocument, text: str) -> str:
    """Field, component, repetition and subcomponent separator of the message; the usual ones where it has none."""
    first = text if text.startswith("MSH") else document.firstBlock().text()
    return first[3:6] + first[7:8] if first.startswith("MSH") and len(first) > 7 else "|^~&"


def _pieces(text: str, language: str, separators: str) -> Iterator[tuple[str, bool]]:
    """The text in order, each piece with whether it is folded."""
    at = 0
    for start, end in _find_message_folds(text, separators) if separators else _find_folds(text, language):
        if start > at:
            yield text[at:start], False
        yield text[start:end], True
        at = end
    if at < len(text):
        yield text[at:], False


def _find_folds(text: str, language: str) -> Iterator[tuple[int, int]]:
    for found in _RUNS.get(language, _ANY).finditer(text):
        yield found.span()


def _find_message_folds(text: str, separators: str) -> Iterator[tuple[int, int]]:
    for start, line in _cut_long(text, "\n", 0):
        folds = list(_find_line_folds(line, start, separators))
        if len(line) - sum(last - first for first, last in folds) > _LINE_MOST:
            # So many parts in one line that its layout would hold the window.
            yield start + SHORTEST, start + len(line)
        else:
            yield from folds


def _find_line_folds(line: str, start: int, separators: str) -> Iterator[tuple[int, int]]:
    for at, field in _cut_long(line, separators[0], start):
        runs = [(at + first, at + last) for first, last in _find_runs(field, separators)]
        parts = len(field) - sum(last - first for first, last in runs)
        yield from [(at, at + len(field))] if parts > _PARTS_MOST else runs


def _find_runs(field: str, separators: str) -> Iterator[tuple[int, int]]:
    """The long runs without a separator; a field of megabytes that has few is not copied to find them."""
    if sum(map(field.count, separators)) > _FEW:
        alike = field
        for separator in separators:
            alike = alike.replace(separator, "\u2029")
        for at, run in _cut_long(alike, "\u2029", 0):
            yield at, at + len(run)
        return
    cuts = sorted(cut for separator in separators for cut in _find_all(field, separator))
    first = 0
    for cut in (*cuts, len(field)):
        if cut - first >= SHORTEST:
            yield first, cut
        first = cut + 1


def _find_all(text: str, letter: str) -> Iterator[int]:
    at = text.find(letter)
    while at >= 0:
        yield at
        at = text.find(letter, at + 1)


def _cut_long(text: str, separator: str, start: int) -> Iterator[tuple[int, str]]:
    """The pieces between separators that are long enough to be looked at, with their places from `start`."""
    if len(text) < SHORTEST:
        return
    if text.count(separator) > _FEW:
        for piece in text.split(separator):
            if len(piece) >= SHORTEST:
                yield start, piece
            start += len(piece) + 1
        return
    first = 0
    for cut in (*_find_all(text, separator), len(text)):
        if cut - first >= SHORTEST:
            yield start + first, text[first:cut]
        first = cut + 1


def _fold_format(document: QTextDocument, text: str) -> QTextCharFormat:
    texts = _texts_of(document)
    form = QTextCharFormat()
    form.setObjectType(_TYPE)
    form.setProperty(_TEXT, len(texts))
    texts.append(text)
    form.setProperty(_WORDS, describe_fold(text))
    return form


def _texts_of(document: QTextDocument) -> list[str]:
    """What the folds of a document stand for, by the numbers that their formats have."""
    kept = next((each for each in document.children() if isinstance(each, FoldObject)), None)
    if kept is None:
        raise LookupError("a document without a FoldObject folds nothing")
    return kept.texts


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
    parts, at = [], 0
    for index, position in _find_marks(text):
        whole = _fold_at(document, start + position)
        if whole is not None:
            parts += [text[at:index], whole]
            at = index + 1
    parts.append(text[at:])
    return "".join(parts)


def _find_marks(text: str) -> Iterator[tuple[int, int]]:
    """Each fold letter: its index, and its position as Qt counts it, in UTF-16 units."""
    wide = [found.start() for found in re.finditer("[\U00010000-\U0010ffff]", text)]
    for found in re.finditer(FOLD, text):
        yield found.start(), found.start() + bisect_left(wide, found.start())


def _fold_at(document: QTextDocument, position: int) -> str | None:
    cursor = QTextCursor(document)
    cursor.setPosition(position + 1)
    form = cursor.charFormat()
    return _texts_of(document)[int(form.property(_TEXT))] if form.objectType() == _TYPE else None


def folds_in(document: QTextDocument, block: QTextBlock) -> tuple[tuple[int, str], ...]:
    """The folds of a line: the position of each in the document, and the text it stands for."""
    found = ((block.position() + at, _fold_at(document, block.position() + at)) for _, at in _find_marks(block.text()))
    return tuple((position, text) for position, text in found if text is not None)
