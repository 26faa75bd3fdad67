"""Condition: a predicate over a message, such as `PV1-2 = I and valued PID-18`, read from text and never run as code.

A comparison holds where any value at its path is as it says. `not` binds closest, then `and`, then `or`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import regex

from workbench.errors import WorkbenchError
from workbench.hl7v2.path import Path, parse_path

Read = Callable[[Path], tuple[str, ...]]
"""Gives the values at a path, those of all its occurrences that are meant."""

FORMS = "PV1-2 = I, PV1-2 in (I, E), valued PID-18, PID-3.1 matches '[0-9]{6}', with and, or, not and parentheses"
_LONGEST = 2_000
LONGEST_MATCHING = 0.1
"""Seconds that one value may be looked at by one pattern; what takes longer is not decided."""
_DEEPEST = 30
_TOKEN = re.compile(
    r"\s*(?:(?P<quoted>\"[^\"]*\"|'[^']*'|“[^”]*”)|(?P<mark>!=|[()=,])|(?P<word>[^\s()=,!\"'“”]+))", re.DOTALL
)
_WORD = re.compile(r"[^\s()=,!\"'“”]+")
_SPACE = re.compile(r"\s*\Z")


@dataclass(frozen=True, slots=True)
class Valued:
    """Something stands at `path`; the null value `""` is nothing."""

    path: Path

    def holds(self, read: Read) -> bool:
        return any(value != '""' for value in read(self.path))


@dataclass(frozen=True, slots=True)
class OneOf:
    """A value at `path` is one of `values`."""

    path: Path
    values: tuple[str, ...]

    def holds(self, read: Read) -> bool:
        return any(value in self.values for value in read(self.path))


@dataclass(frozen=True, slots=True)
class Matches:
    """A value at `path` is, from its first to its last character, as the regular expression says."""

    path: Path
    pattern: str

    def holds(self, read: Read) -> bool:
        compiled = _compile(self.pattern)
        return any(compiled.fullmatch(value, timeout=LONGEST_MATCHING) is not None for value in read(self.path))


@dataclass(frozen=True, slots=True)
class Not:
    inner: Expression

    def holds(self, read: Read) -> bool:
        return not self.inner.holds(read)


@dataclass(frozen=True, slots=True)
class All:
    inner: tuple[Expression, ...]

    def holds(self, read: Read) -> bool:
        return all(each.holds(read) for each in self.inner)


@dataclass(frozen=True, slots=True)
class AnyOf:
    inner: tuple[Expression, ...]

    def holds(self, read: Read) -> bool:
        return any(each.holds(read) for each in self.inner)


Expression = Valued | OneOf | Matches | Not | All | AnyOf


@dataclass(frozen=True, slots=True)
class Condition:
    """`text` as it was written; without an `expression` it is said in words alone, and cannot be decided here.

    Without a text it is not said at all, and nothing follows from it.
    """

    text: str
    expression: Expression | None = None

    def holds(self, read: Read) -> bool | None:
        if self.expression is None:
            return None
        try:
            return self.expression.holds(read)
        except (TimeoutError, RecursionError):  # a pattern that tries too many ways
            return None


@lru_cache(maxsize=1024)
def parse_condition(text: str) -> Condition:
    """Read a condition; raises WorkbenchError that says what was expected, and where in the text."""
    return Condition(text.strip(), _Parser(text).parse())


def read_condition(text: str) -> Condition:
    """A condition of a file of others, whose predicates are mostly prose: in words alone where it cannot be read."""
    try:
        return parse_condition(text)
    except WorkbenchError:
        return Condition(" ".join(text.split()))


def to_text(expression: Expression) -> str:
    """The text that `parse_condition` reads as the expression."""
    match expression:
        case Valued(path):
            return f"valued {path}"
        case OneOf(path, (value,)):
            return f"{path} = {_quote(value)}"
        case OneOf(path, values):
            return f"{path} in ({', '.join(map(_quote, values))})"
        case Matches(path, pattern):
            return f"{path} matches {_quote(pattern)}"
        case Not(OneOf(path, (value,))):
            return f"{path} != {_quote(value)}"
        case Not(OneOf(path, values)):
            return f"{path} not in ({', '.join(map(_quote, values))})"
        case Not(inner):
            return f"not {_within(inner, (Valued, Not))}"
        case All(inner):
            return " and ".join(_within(each, (Valued, OneOf, Matches, Not, All)) for each in inner)
        case AnyOf(inner):
            return " or ".join(map(to_text, inner))


def _within(expression: Expression, bare: tuple[type, ...]) -> str:
    text = to_text(expression)
    return text if isinstance(expression, bare) else f"({text})"


def _quote(value: str) -> str:
    """A value as it stands, in quotation marks where a blank or a mark is in it."""
    if _WORD.fullmatch(value) and value not in ("and", "or", "not", "in", "valued", "matches"):
        return value
    return f'"{value}"' if '"' not in value else f"'{value}'"


@lru_cache(maxsize=512)
def _compile(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


def parse_matches(path: Path, pattern: str) -> Matches:
    """Raises WorkbenchError where the pattern is no regular expression."""
    try:
        _compile(pattern)
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        raise WorkbenchError(
            f"“{pattern}” is no regular expression: {error}.",
            hint="Write it such as '[0-9]{6}', in quotation marks.",
        ) from error
    return Matches(path, pattern)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _cut(text)
        self._at = 0

    def parse(self) -> Expression:
        expression = self._either(0)
        if self._next():
            raise self._refuse("and, or, or the end")
        return expression

    def _either(self, depth: int) -> Expression:
        found = [self._both(depth)]
        while self._take("or"):
            found.append(self._both(depth))
        return found[0] if len(found) == 1 else AnyOf(tuple(found))

    def _both(self, depth: int) -> Expression:
        found = [self._one(depth)]
        while self._take("and"):
            found.append(self._one(depth))
        return found[0] if len(found) == 1 else All(tuple(found))

    def _one(self, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise self._refuse(f"at most {_DEEPEST} levels of parentheses and “not”")
        if self._take("not"):
            return Not(self._one(depth + 1))
        if self._take("("):
            inner = self._either(depth + 1)
            self._expect(")")
            return inner
        if self._take("valued"):
            return Valued(self._path())
        return self._comparison(self._path())

    def _comparison(self, path: Path) -> Expression:
        if self._take("="):
            return OneOf(path, (self._value(),))
        if self._take("!="):
            return Not(OneOf(path, (self._value(),)))
        if self._take("matches"):
            return parse_matches(path, self._value())
        is_not = self._take("not")
        if not self._take("in"):
            raise self._refuse("=, !=, in, not in or matches")
        self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect(")")
        listed = OneOf(path, tuple(values))
        return Not(listed) if is_not else listed

    def _path(self) -> Path:
        token = self._next()
        try:
            path = parse_path(token)
        except WorkbenchError as error:
            raise self._refuse("a place such as PV1-2 or PID-3.1") from error
        self._at += 1
        return path

    def _value(self) -> str:
        token = self._next()
        if not token or token in ("(", ")", "=", "!=", ","):
            raise self._refuse("a value")
        self._at += 1
        return token[1:-1] if token[0] in "\"'“" and len(token) > 1 else token

    def _next(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self, word: str) -> bool:
        if self._next() != word:
            return False
        self._at += 1
        return True

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise self._refuse(f"“{mark}”")

    def _refuse(self, expected: str) -> WorkbenchError:
        seen = f"“{self._next()}”" if self._next() else "the end"
        column = self._tokens[self._at][1] if self._at < len(self._tokens) else len(self._text)
        return WorkbenchError(
            f"The condition “{self._text.strip()}” has {seen} at character {column + 1}, where {expected} is expected.",
            hint=f"Conditions look like {FORMS}.",
        )


def _cut(text: str) -> list[tuple[str, int]]:
    if len(text) > _LONGEST:
        raise WorkbenchError(f"The condition has over {_LONGEST:,} characters.", hint="Divide it.")
    tokens, at = [], 0
    while not _SPACE.match(text, at):
        found = _TOKEN.match(text, at)
        if found is None:
            raise WorkbenchError(
                f"The condition “{text.strip()}” cannot be read from character {at + 1} on.",
                hint=f"Conditions look like {FORMS}.",
            )
        tokens.append((found[found.lastgroup or 0], found.start(found.lastgroup or 0)))
        at = found.end()
    return tokens
