"""Highlighters for wire text: HL7 v2 by segment and separator, JSON by key and value, XML by element and value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextBlock, QTextCharFormat, QTextDocument

from ui.theme.tokens import Tokens

# Patterns are compiled at their first use, and kept by `re`: the window opens without them.
# A line longer than this stays plain: colouring a megabyte in one block would hold the window.
_LINE_LIMIT = 20_000
_JSON = (
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<word>-?\d[\d.eE+-]*|true|false|null)|(?P<mark>[{}\[\],:])"
)
_XML = (
    r"(?P<quiet><!--.*?(?:-->|$)|<[/?!]?|[/?]?>|=)|(?P<key>(?<=<)[\w:.-]+|(?<=</)[\w:.-]+)"
    r"|(?P<string>(?<==)\s*(?:\"[^\"]*\"?|'[^']*'?))"
)
_HEADER = r"(?P<key>[\w-]+)(?=:)"
_YAML = (
    r"(?P<accent>^[\s-]*[\w.\"' -]+?(?=:(?:\s|$)))|(?P<quiet>(?:^|\s)#.*$)|(?P<string>\"[^\"]*\"|'[^']*')"
    r"|(?P<number>(?<=[:\s-])-?\d+(?:\.\d+)?(?=\s|$))"
)
_JSON_KINDS = {"key": "key", "string": "string", "word": "number", "mark": "quiet"}
Span = tuple[int, int, str]
_SEGMENT = r"[A-Z][A-Z0-9]{2}"
_HEADERS = ("MSH", "FHS", "BHS")


def hl7v2_spans(text: str, first: str = "") -> Iterator[Span]:
    """Spans of one segment; `first` is the message's first segment, which names the encoding characters."""
    if len(text) > _LINE_LIMIT:
        return
    separators, escape = read_separators(first)
    start = 0
    if re.match(_SEGMENT, text):
        start = 3
        yield 0, 3, "special" if text[0] == "Z" else "name"
    if text.startswith(_HEADERS):
        # What stands in MSH-2 are the characters themselves: no component, no escape.
        start = 4 + len(text[4:].split(text[3:4] or "|", 1)[0])
        yield 3, start - 3, "quiet"
    for found in re.finditer(f"[{re.escape(separators)}]+", text[start:]):
        yield start + found.start(), found.end() - found.start(), "quiet"
    if escape:
        mark = re.escape(escape)
        for found in re.finditer(f"{mark}[^{mark}{re.escape(separators[0])}]{{1,80}}{mark}", text[start:]):
            yield start + found.start(), found.end() - found.start(), "number"


def read_separators(first: str) -> tuple[str, str]:
    """The separators, that of fields first, and the escape character that an MSH names; the usual ones else."""
    if not first.startswith("MSH") or len(first) < 5:
        return "|^~&", "\\"
    named = first[4:9].split(first[3], 1)[0]
    return first[3] + named[:2] + named[3:4], named[2:3]


def json_spans(text: str) -> Iterator[Span]:
    """Spans of one line of JSON."""
    for found in re.finditer(_JSON, text) if len(text) <= _LINE_LIMIT else ():
        yield found.start(), found.end() - found.start(), _JSON_KINDS[found.lastgroup or "mark"]


def xml_spans(text: str) -> Iterator[Span]:
    """Spans of one line of XML."""
    for found in re.finditer(_XML, text) if len(text) <= _LINE_LIMIT else ():
        yield found.start(), found.end() - found.start(), found.lastgroup or "key"


def header_spans(text: str) -> Iterator[Span]:
    found = re.match(_HEADER, text)
    if found is not None:
        yield 0, found.end(), "accent"


def yaml_spans(text: str) -> Iterator[Span]:
    for found in re.finditer(_YAML, text) if len(text) <= _LINE_LIMIT else ():
        yield found.start(), found.end() - found.start(), found.lastgroup or "key"


def token_of(kind: str) -> str:
    """The token that a kind of span is drawn in."""
    return {"name": "accent", "key": "text"}.get(kind, kind)


class Highlighter(QSyntaxHighlighter):
    """Base: formats made of tokens, made again when the scheme changes.

    With `is_in_sight`, which is asked for the number of a line, only lines in sight are coloured, the others when
    `colour` is told of them. A line's state is the round of colours that it has.
    """

    def __init__(
        self, document: QTextDocument, tokens: Tokens, is_in_sight: Callable[[int], bool] | None = None
    ) -> None:
        super().__init__(document)
        self._tokens = tokens
        self._is_in_sight = is_in_sight
        self._round = 1
        self.formats: dict[str, QTextCharFormat] = {}
        self.set_tokens(tokens)

    def set_tokens(self, tokens: Tokens) -> None:
        if tokens is self._tokens and self.formats:
            return
        self._tokens = tokens
        self.formats = {
            kind: _format(getattr(tokens, token_of(kind)), bold=kind in ("name", "special"))
            for kind in ("name", "special", "quiet", "string", "number", "key", "accent")
        }
        self.renew()

    def renew(self) -> None:
        """Colour anew: at once where all lines are coloured, else as they come in sight."""
        self._round += 1
        if self._is_in_sight is None:
            self.rehighlight()

    def has_coloured(self, blocks: Iterable[QTextBlock]) -> bool:
        return all(block.userState() == self._round for block in blocks)

    def colour(self, blocks: Iterable[QTextBlock]) -> None:
        """Colour the lines among `blocks` that have no colours of this round yet."""
        for block in blocks:
            if block.userState() != self._round:
                self.rehighlightBlock(block)

    def highlightBlock(self, text: str) -> None:
        if self._is_in_sight is not None and not self._is_in_sight(self.currentBlock().blockNumber()):
            self.setCurrentBlockState(0)
            return
        for start, length, kind in self.spans(text):
            self.setFormat(start, length, self.formats[kind])
        self.setCurrentBlockState(self._round)

    def spans(self, text: str) -> Iterator[Span]:
        raise NotImplementedError


class Hl7v2Highlighter(Highlighter):
    """Segment names in accent, separators quiet, escapes apart, Z segments marked; reads MSH for the separators."""

    _header = ""

    def highlightBlock(self, text: str) -> None:
        if self.currentBlock().blockNumber() == 0 and read_separators(text) != read_separators(self._header):
            self._header = text
            self._round += 1
        super().highlightBlock(text)

    def spans(self, text: str) -> Iterator[Span]:
        return hl7v2_spans(text, self._header)


class JsonHighlighter(Highlighter):
    """Keys plain, strings and numbers apart, the rest quiet."""

    def spans(self, text: str) -> Iterator[Span]:
        return json_spans(text)


class XmlHighlighter(Highlighter):
    """Elements plain, values apart, the rest quiet."""

    def spans(self, text: str) -> Iterator[Span]:
        return xml_spans(text)


class HeaderHighlighter(Highlighter):
    """Names of headers in accent."""

    def spans(self, text: str) -> Iterator[Span]:
        return header_spans(text)


class YamlHighlighter(Highlighter):
    """Keys in accent, comments quiet, quoted text apart."""

    def spans(self, text: str) -> Iterator[Span]:
        return yaml_spans(text)


HIGHLIGHTERS: dict[str, type[Highlighter]] = {
    "hl7": Hl7v2Highlighter,
    "json": JsonHighlighter,
    "xml": XmlHighlighter,
    "headers": HeaderHighlighter,
    "yaml": YamlHighlighter,
}


def _format(colour: str, bold: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(QColor(colour))
    if bold:
        made.setFontWeight(QFont.Weight.DemiBold)
    return made
