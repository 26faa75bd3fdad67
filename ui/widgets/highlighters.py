"""Highlighters for wire text: HL7 v2 by segment and separator, JSON by key and value, XML by element and value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

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


def hl7v2_spans(text: str, first: str = "") -> Iterator[Span]:
    """Spans of one segment; `first` is the message's first segment, which names the separators."""
    if len(text) > _LINE_LIMIT:
        return
    header = first.startswith("MSH") and len(first) >= 8
    separators, escape = (first[3:6] + first[7:8], first[6]) if header else ("|^~&", "\\")
    name = re.match(_SEGMENT, text)
    if name is not None:
        yield 0, 3, "special" if text[0] == "Z" else "name"
    start = 3 if name else 0
    for found in re.finditer(f"[{re.escape(separators)}]+", text[start:]):
        yield start + found.start(), found.end() - found.start(), "quiet"
    start = 9 if text.startswith("MSH") else 0
    mark = re.escape(escape)
    for found in re.finditer(f"{mark}[^{mark}|]{{1,80}}{mark}", text[start:]):
        yield start + found.start(), found.end() - found.start(), "number"


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
    """Base: formats made of tokens, made again when the scheme changes."""

    def __init__(self, document: QTextDocument, tokens: Tokens) -> None:
        super().__init__(document)
        self._tokens = tokens
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
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        for start, length, kind in self.spans(text):
            self.setFormat(start, length, self.formats[kind])

    def spans(self, text: str) -> Iterator[Span]:
        raise NotImplementedError


class Hl7v2Highlighter(Highlighter):
    """Segment names in accent, separators quiet, escapes apart, Z segments marked; reads MSH for the separators."""

    def spans(self, text: str) -> Iterator[Span]:
        return hl7v2_spans(text, self.document().firstBlock().text())


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
