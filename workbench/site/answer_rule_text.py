"""Text of answer rules: one line that a person writes, such as `ADT^A01: AE after 3`, read and written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from workbench.errors import WorkbenchError
from workbench.hl7v2.acknowledgment import AcknowledgmentError
from workbench.hl7v2.path import parse_path
from workbench.site.answer_rule import (
    ANY,
    CONNECTION,
    CONTENT_FAULTS,
    RULE_CODES,
    WIRE_FAULTS,
    AnswerRule,
    Condition,
)

EXAMPLE = "ADT^A01: AE after 3"
LONGEST = 3600.0
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[,:]|!=|=|[^\s,:"=!]+|\S')
_SUBJECT = re.compile(r"[A-Z]([A-Z][A-Z0-9]|[0-9][A-Z])(\^[A-Z0-9]{3})?")
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_SECONDS = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)s?")
_PHRASES: dict[tuple[str, ...], tuple[str, str]] = {
    tuple(words.lower().split()): (kind, words)
    for kind, group in (("code", RULE_CODES), ("content", CONTENT_FAULTS), ("wire", WIRE_FAULTS))
    for words in group
}
_WORDS = ("late", "refuse", "after", "every", "times", "once", "text", "error")
_ON_CONNECTIONS = ("close", "reset")


def parse_answer_rule(text: str) -> AnswerRule:
    """Read one rule; `WorkbenchError` says which of its words is not understood."""
    head, colon, rest = _split(_TOKEN.findall(text))
    if not colon:
        raise _refuse(f"“{text}” does not say what it is about.", f"Write it as {EXAMPLE}, or any: {text}.")
    rule = _read_head(head)
    reader = _Reader(rest, rule)
    while reader.tokens:
        reader.read_next()
    return _check(reader.rule)


def to_text(rule: AnswerRule) -> str:
    """The rule as a person writes it."""
    told = " and ".join(map(_tell_condition, rule.conditions))
    where = f" where {told}" if told else ""
    parts: list[str] = [part for part in (rule.code, rule.content, rule.wire) if part]
    parts += [f"refuse {rule.refuse:g} s"] if rule.refuse else []
    parts += [f"late {rule.late:g} s"] if rule.late else []
    parts += [f"text {_quote(rule.text)}"] if rule.text else []
    parts += [_tell_error(error) for error in rule.errors]
    parts += [f"after {rule.after}"] if rule.after else []
    parts += [f"every {rule.every}"] if rule.every > 1 else []
    parts += [f"times {rule.times}"] if rule.times else []
    return f"{rule.subject}{where}: {', '.join(parts)}"


def _tell_condition(condition: Condition) -> str:
    if condition.value is None:
        return condition.path if condition.equal else f'{condition.path} = ""'
    return f"{condition.path} {'=' if condition.equal else '!='} {_tell_value(condition.value)}"


def _tell_value(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else _quote(value)


def _tell_error(error: AcknowledgmentError) -> str:
    parts = ["error", error.location, error.code, error.severity, _quote(error.text) if error.text else ""]
    return " ".join(part for part in parts if part)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unquote(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if _is_quoted(token) else token


def _is_quoted(token: str) -> bool:
    return len(token) > 1 and token.startswith('"')


def _split(tokens: list[str]) -> tuple[list[str], bool, list[str]]:
    at = tokens.index(":") if ":" in tokens else -1
    return (tokens[:at], True, tokens[at + 1 :]) if at >= 0 else (tokens, False, [])


def _read_head(tokens: list[str]) -> AnswerRule:
    subject = tokens[0] if tokens else ANY
    if subject.lower() in (ANY, CONNECTION):
        subject = subject.lower()
    elif not _SUBJECT.fullmatch(subject):
        raise _refuse(
            f"“{subject}” is not a message that a rule can be about.", "Write ADT^A01, ADT, any or connection."
        )
    return AnswerRule(subject, conditions=tuple(_read_conditions(tokens[1:])))


def _read_conditions(tokens: list[str]) -> list[Condition]:
    found = []
    while tokens:
        if tokens[0].lower() not in ("where", "and") or len(tokens) < 2:
            raise _refuse(f"“{tokens[0]}” is not known before the colon.", "Write ADT^A01 where PV1-2 = I: AE.")
        path = str(parse_path(tokens[1]))
        if len(tokens) > 2 and tokens[2] in ("=", "!="):
            if len(tokens) < 4:
                raise _refuse(f"{path} {tokens[2]} is compared with nothing.", f"Write {path} {tokens[2]} and a value.")
            value = _unquote(tokens[3])
            found.append(Condition(path, value or None, (tokens[2] == "=") == bool(value)))
            tokens = tokens[4:]
        else:
            found.append(Condition(path))
            tokens = tokens[2:]
    return found


class _Reader:
    """Reads what stands after the colon, word by word."""

    def __init__(self, tokens: list[str], rule: AnswerRule) -> None:
        self.tokens = [token for token in tokens if token != ","]
        self.rule = rule
        self._set: set[str] = set()

    def read_next(self) -> None:
        for length in (3, 2, 1):
            found = _PHRASES.get(tuple(token.lower() for token in self.tokens[:length]))
            if found:
                del self.tokens[:length]
                self._give(*found)
                return
        word = self.tokens.pop(0)
        readers: dict[str, Callable[[], None]] = {
            "late": lambda: self._give("late", self._take_seconds("late")),
            "refuse": lambda: self._give("refuse", self._take_seconds("refuse")),
            "after": lambda: self._give("after", self._take_number("after", 0)),
            "every": lambda: self._give("every", self._take_number("every", 1)),
            "times": lambda: self._give("times", self._take_number("times", 1)),
            "once": lambda: self._give("times", 1),
            "text": lambda: self._give("text", self._take_text()),
            "error": self._take_error,
        }
        if word.lower() not in readers:
            raise self._unknown(word)
        readers[word.lower()]()

    def _give(self, field: str, value: Any) -> None:
        if field in self._set:
            name = {"code": "an acknowledgment code", "content": "a fault of the answer", "wire": "a fault on the wire"}
            raise _refuse(f"The rule has {name.get(field, f'“{field}”')} twice.", "Make two rules of it.")
        self._set.add(field)
        self.rule = replace(self.rule, **{field: value})

    def _take_number(self, word: str, least: int) -> int:
        token = self.tokens.pop(0) if self.tokens else ""
        if not token.isascii() or not token.isdigit() or not least <= int(token) <= 10_000_000:
            raise _refuse(f"“{word}” needs a whole number of at least {least}, and has “{token}”.", f"Write {word} 3.")
        return int(token)

    def _take_seconds(self, word: str) -> float:
        if self.tokens and self.tokens[0].lower() == "for":
            self.tokens.pop(0)
        found = _SECONDS.fullmatch(self.tokens[0]) if self.tokens else None
        if found is None or not 0 < float(found[1]) <= LONGEST:
            raise _refuse(f"“{word}” needs a time from 0.001 to {LONGEST:g} seconds.", f"Write {word} 5 s.")
        self.tokens.pop(0)
        if self.tokens and self.tokens[0] == "s":
            self.tokens.pop(0)
        return float(found[1])

    def _take_text(self) -> str:
        if not self.tokens or not _is_quoted(self.tokens[0]):
            raise _refuse("“text” needs words between quotation marks.", 'Write text "The bed is closed".')
        return _unquote(self.tokens.pop(0))

    def _take_error(self) -> None:
        """`error`, then any of a path, a code of table 0357, a severity (E, W, I, F) and a quoted text."""
        location, code, severity, text = "", "207", "E", ""
        tokens = self.tokens
        if tokens and re.match(r"[A-Z][A-Z0-9]{2}(\[|-|\Z)", tokens[0]):
            location = str(parse_path(tokens.pop(0)))
        if tokens and re.fullmatch(r"\d{1,4}", tokens[0]):
            code = tokens.pop(0)
        if tokens and tokens[0] in ("E", "W", "I", "F"):
            severity = tokens.pop(0)
        if tokens and _is_quoted(tokens[0]):
            text = _unquote(tokens.pop(0))
        error = AcknowledgmentError(location, code, severity, text)
        self.rule = replace(self.rule, errors=(*self.rule.errors, error))

    def _unknown(self, word: str) -> WorkbenchError:
        known = [*_WORDS, *(words for _, words in _PHRASES.values())]
        said = " ".join([word, *self.tokens[:2]])
        near = difflib.get_close_matches(said, known, n=1) or difflib.get_close_matches(word, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."
        return _refuse(f"“{word}” is not known in an answer rule.", hint)


def _check(rule: AnswerRule) -> AnswerRule:
    if not (rule.code or rule.content or rule.wire or rule.late or rule.refuse):
        raise _refuse("The rule does not say what is done.", f"Write it as {EXAMPLE}.")
    if rule.errors and not rule.code:
        raise _refuse("The rule has errors and no acknowledgment code.", "Add AE or AR.")
    if rule.refuse and (rule.code or rule.content or rule.wire):
        raise _refuse("“refuse” ends the connection, so that nothing is answered.", "Make two rules of it.")
    if rule.subject == CONNECTION:
        other = rule.conditions or rule.code or rule.content or rule.late or rule.wire not in (None, *_ON_CONNECTIONS)
        if other:
            raise _refuse("Of a connection nothing is read yet.", "Write connection: reset, close or refuse 5 s.")
    return rule


def _refuse(message: str, hint: str) -> WorkbenchError:
    return WorkbenchError(message, hint=hint)
