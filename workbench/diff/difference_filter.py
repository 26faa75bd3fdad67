"""DifferenceFilter: which rows of a comparison are wanted, said in words: `PID or (OBX and not OBX-14)`.

A term is a place, which stands for all below it; a kind or a grade; `aspect:max`; or a text in quotes that a row holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial

from workbench.diff.difference import Difference
from workbench.diff.message_mask import covers
from workbench.errors import WorkbenchError
from workbench.hl7v2.path import Path, parse_path

DifferenceFilter = Callable[[Difference], bool]
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*'|“[^”]*”)|(?P<mark>[()])|(?P<term>(?:\[[^\]]*\]|[^\s()"'“])+))"""
)
_STEP = re.compile(r"\*|\[[^\]]*\]|[^*\[\].]+|\.")
_STARS = re.compile(r"\*{2,}")
_DEEPEST = 30
_KINDS = frozenset(("changed", "added", "removed", "masked", "same", "encoding"))
_GRADES = frozenset(("breaks-both", "breaks-sender", "breaks-receiver", "compatible", "information"))
_HINT = (
    "Write it as PID or (OBX and not OBX-14), with and, or, not, places, kinds such as changed, and texts in quotes."
)


@lru_cache(maxsize=64)
def parse_filter(text: str) -> DifferenceFilter:
    """Read a filter; raises WorkbenchError with the column where it cannot be read."""
    return _Parser(text).parse()


def find_filter(text: str) -> DifferenceFilter | None:
    """The filter that a text reads as, where it is more than something to look for: it joins terms, or names a kind."""
    try:
        words = {(token.group("term") or "").casefold() for token in _tokens(text)}
        is_more = words & {"and", "or", "not", *_KINDS, *_GRADES, "breaks"} or "aspect:" in text
        return parse_filter(text) if is_more else None
    except WorkbenchError:
        return None


def _tokens(text: str) -> list[re.Match[str]]:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        token = _TOKEN.match(text, at)
        if token is None:
            raise _error(text, at, "is not part of a filter")
        found.append(token)
        at = token.end()
    return found


def _error(text: str, at: int, words: str) -> WorkbenchError:
    start = at + len(text[at:]) - len(text[at:].lstrip())
    shown = text[start : start + 20] or "the end"
    return WorkbenchError(f"“{shown}” {words}, at column {start + 1} of the filter.", hint=_HINT)


class _Parser:
    """`or` binds less than `and`, and `and` less than `not`."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._at = text, _tokens(text), 0
        self._depth = 0

    def parse(self) -> DifferenceFilter:
        found = self._either()
        if self._at < len(self._tokens):
            raise self._wrong("has no place here: say how it is joined, by and or or")
        return found

    def _either(self) -> DifferenceFilter:
        found = [self._both()]
        while self._takes("or"):
            found.append(self._both())
        return found[0] if len(found) == 1 else lambda row: any(each(row) for each in found)

    def _both(self) -> DifferenceFilter:
        found = [self._one()]
        while self._takes("and"):
            found.append(self._one())
        return found[0] if len(found) == 1 else lambda row: all(each(row) for each in found)

    def _one(self) -> DifferenceFilter:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong("stands within too many brackets")
        found = self._negated() if self._takes("not") else self._bracketed() if self._takes("(") else self._term()
        self._depth -= 1
        return found

    def _negated(self) -> DifferenceFilter:
        wanted = self._one()
        return lambda row: not wanted(row)

    def _bracketed(self) -> DifferenceFilter:
        found = self._either()
        if not self._takes(")"):
            raise self._wrong("stands where a bracket is to close")
        return found

    def _takes(self, word: str) -> bool:
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        found = token is not None and (token.group("mark") or token.group("term") or "").casefold() == word
        self._at += found
        return found

    def _term(self) -> DifferenceFilter:
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        term = token.group("term") if token else None
        if token is None or token.group("mark") or (term or "").casefold() in ("and", "or"):
            raise self._wrong("stands where a place or a word is wanted")
        self._at += 1
        return _make_term(term) if term else partial(_holds, token.group("quoted")[1:-1].casefold())

    def _wrong(self, words: str) -> WorkbenchError:
        at = self._tokens[self._at].start() if self._at < len(self._tokens) else len(self._text)
        return _error(self._text, at, words)


def _make_term(term: str) -> DifferenceFilter:
    word = term.casefold()
    if word in _KINDS:
        return lambda row: row.kind == word
    if word in _GRADES:
        return lambda row: row.grade == word and row.differs
    if word == "breaks":
        return lambda row: row.grade.startswith("breaks") and row.differs
    if word.startswith("aspect:"):
        aspect = word.removeprefix("aspect:")
        return lambda row: row.aspect.casefold() == aspect
    place, below = _read_path(term.upper()), _pattern(term)
    return lambda row: _is_at(row.path, place, below)


def _holds(text: str, row: Difference) -> bool:
    return any(text in part.casefold() for part in (row.path, row.name, row.left or "", row.right or "", row.why))


def _is_at(path: str, place: Path | None, below: re.Pattern[str]) -> bool:
    """A place in a message covers what is below it as a mask does, in any group; other paths go by their steps."""
    there = _read_path(path.rpartition("/")[2]) if place else None
    return covers(place, there) if place and there else below.match(path) is not None


@lru_cache(maxsize=16384)
def _read_path(text: str) -> Path | None:
    try:
        return parse_path(text)
    except WorkbenchError:
        return None


def _pattern(term: str) -> re.Pattern[str]:
    """A path without indexes stands for all of them, `*` for any steps, and a place for all below it."""
    found = _STEP.findall(_STARS.sub("*", term))
    anywhere = term.startswith("*.")
    steps = []
    for step, following in list(zip(found, [*found[1:], ""], strict=True))[2 * anywhere :]:
        if step == "*":
            steps.append(r".*?")
        elif step == "." or step.startswith("[") or following.startswith("["):
            steps.append(re.escape(step))
        else:
            steps.append(re.escape(step) + r"(?:\[[^\]]*\])?")
    start = r"(?:.*[.\]])?" if anywhere else ""
    return re.compile(rf"{start}{''.join(steps)}(?=$|[.\[\]-])", re.IGNORECASE)
