"""Highlighters for wire text: HL7 v2 by segment and separator, JSON by key and value."""

from __future__ import annotations

import re

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from ui.theme.tokens import Tokens

# A line longer than this stays plain: colouring a megabyte in one block would hold the window.
_LINE_LIMIT = 20_000
_JSON = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<string>"(?:[^"\\]|\\.)*"?)|(?P<word>-?\d[\d.eE+-]*|true|false|null)|(?P<mark>[{}\[\],:])'
)
_HEADER = re.compile(r"(?P<key>[\w-]+)(?=:)")
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")


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
            "name": _format(tokens.accent, bold=True),
            "special": _format(tokens.special, bold=True),
            "quiet": _format(tokens.quiet),
            "string": _format(tokens.string),
            "number": _format(tokens.number),
            "key": _format(tokens.text),
            "accent": _format(tokens.accent),
        }
        self.rehighlight()


class Hl7v2Highlighter(Highlighter):
    """Segment names in accent, separators quiet, escapes apart, Z segments marked; reads MSH for the separators."""

    def highlightBlock(self, text: str) -> None:
        if len(text) > _LINE_LIMIT:
            return
        name = _SEGMENT.match(text)
        if name is not None:
            self.setFormat(0, 3, self.formats["special" if text[0] == "Z" else "name"])
        separators, escape = self._separators()
        for index in range(3 if name else 0, len(text)):
            if text[index] in separators:
                self.setFormat(index, 1, self.formats["quiet"])
        if escape:
            mark = re.escape(escape)
            for found in re.finditer(f"{mark}[^{mark}|]{{1,80}}{mark}", text[9:] if text.startswith("MSH") else text):
                start = found.start() + (9 if text.startswith("MSH") else 0)
                self.setFormat(start, found.end() - found.start(), self.formats["number"])

    def _separators(self) -> tuple[str, str]:
        first = self.document().firstBlock().text()
        if first.startswith("MSH") and len(first) >= 8:
            return first[3:6] + first[7:8], first[6]
        return "|^~&", "\\"


class JsonHighlighter(Highlighter):
    """Keys plain, strings and numbers apart, the rest quiet."""

    def highlightBlock(self, text: str) -> None:
        if len(text) > _LINE_LIMIT:
            return
        kinds = {"key": "key", "string": "string", "word": "number", "mark": "quiet"}
        for found in _JSON.finditer(text):
            group = found.lastgroup
            if group is not None:
                self.setFormat(found.start(), found.end() - found.start(), self.formats[kinds[group]])


class HeaderHighlighter(Highlighter):
    """Names of headers in accent."""

    def highlightBlock(self, text: str) -> None:
        found = _HEADER.match(text)
        if found is not None:
            self.setFormat(0, found.end(), self.formats["accent"])


class YamlHighlighter(Highlighter):
    """Keys in accent, comments quiet, quoted text apart."""

    _PARTS = re.compile(
        r"(?P<key>^[\s-]*[\w.\"' -]+?(?=:(?:\s|$)))|(?P<quiet>(?:^|\s)#.*$)|(?P<string>\"[^\"]*\"|'[^']*')"
        r"|(?P<number>(?<=[:\s-])-?\d+(?:\.\d+)?(?=\s|$))"
    )

    def highlightBlock(self, text: str) -> None:
        if len(text) > _LINE_LIMIT:
            return
        for found in self._PARTS.finditer(text):
            kind = "accent" if found.lastgroup == "key" else found.lastgroup
            if kind is not None:
                self.setFormat(found.start(), found.end() - found.start(), self.formats[kind])


HIGHLIGHTERS: dict[str, type[Highlighter]] = {
    "hl7": Hl7v2Highlighter,
    "json": JsonHighlighter,
    "headers": HeaderHighlighter,
    "yaml": YamlHighlighter,
}


def _format(colour: str, bold: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(QColor(colour))
    if bold:
        made.setFontWeight(QFont.Weight.DemiBold)
    return made
