"""Lexer: the tokens of a FHIRPath expression, each with its place (FHIRPath N1, lexical elements)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from workbench.errors import WorkbenchError

TokenKind = Literal["name", "quoted", "string", "number", "date", "time", "constant", "special", "sign", "end"]

LONGEST_EXPRESSION = 10_000
_SHOWN = 120

_DAY = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
_CLOCK = r"\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?"
# A text in double quotes is not in the grammar, but in a published invariant (R5, eld-11).
_TOKEN = re.compile(
    rf"""
    (?P<space>(?:\s|//[^\r\n]*|/\*.*?\*/)+)
  | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
  | (?P<quoted>`(?:[^`\\]|\\.)*`)
  | (?P<time>@T{_CLOCK})
  | (?P<date>@{_DAY}(?:T(?:{_CLOCK}(?:Z|[+-]\d{{2}}:\d{{2}})?)?)?)
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<constant>%(?:[A-Za-z_][\w-]*|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`))
  | (?P<special>\$(?:this|index|total)\b)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<sign><=|>=|!=|!~|[-+*/&|<>=~.,()\[\]{{}}])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is as written, but names and strings are without their quotes and escapes; `start` counts from 0."""

    kind: TokenKind
    text: str
    start: int


def read_tokens(text: str) -> list[Token]:
    """The tokens of `text` and one for its end; raises WorkbenchError with the column of what is none."""
    if not text.strip():
        raise WorkbenchError("The FHIRPath expression is empty.")
    if len(text) > LONGEST_EXPRESSION:
        raise WorkbenchError(f"The FHIRPath expression is longer than {LONGEST_EXPRESSION} characters.")
    tokens, place = [], 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise refuse_place(text, place)
        if found.lastgroup != "space":
            tokens.append(_read_token(found))
        place = found.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


def refuse(text: str, reason: str, place: int | None = None) -> WorkbenchError:
    """The fault of an expression in words, with line and column where a place is given."""
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    before = text[:place]
    return WorkbenchError(
        f"The FHIRPath expression “{shown}” could not be evaluated: {reason.rstrip('.')}.",
        hint="Correct the expression.",
        line=None if place is None else before.count("\n") + 1,
        column=None if place is None else _column(before),
    )


def refuse_place(text: str, place: int) -> WorkbenchError:
    return refuse(text, f"what stands at column {_column(text[:place])} was not expected", place)


def _column(before: str) -> int:
    return len(before) - before.rfind("\n")


def _read_token(found: re.Match[str]) -> Token:
    kind, text = found.lastgroup, found.group()
    if kind in ("string", "quoted"):
        text = unescape_text(text[1:-1])
    elif kind == "constant":
        text = unescape_text(text[2:-1]) if text[1] in "'\"`" else text[1:]
    return Token(kind, text, found.start())  # type: ignore[arg-type]  # the groups have the names of the kinds


def unescape_text(text: str) -> str:
    """Text without the escapes of FHIRPath and JSON; a letter with no meaning of its own stands for itself."""
    return _ESCAPE.sub(_unescape_one, text) if "\\" in text else text


def _unescape_one(found: re.Match[str]) -> str:
    letter = found.group(1)
    return chr(int(letter[1:], 16)) if len(letter) == 5 else _ESCAPED.get(letter, letter)
