"""Functions of texts (N1, string manipulation; STU: encode, escape, trim, split and join)."""

from __future__ import annotations

import base64
import binascii
import html
import json
from collections.abc import Callable
from typing import Any

import regex

from workbench.fhirpath.environment import LONGEST_TEXT, Frame, NotEvaluated
from workbench.fhirpath.invocation import Registry, add_plain
from workbench.fhirpath.lexer import unescape_text
from workbench.fhirpath.value import EMPTY, integer_of, text_of

REGISTRY: Registry = {}


def _add(name: str, function: Callable[[str], Any]) -> None:
    """A function of one text alone."""

    @add_plain(REGISTRY, name)
    def call(frame: Frame, items: list[Any]) -> list[Any]:
        text = text_of(items)
        return EMPTY if text is None else [function(text)]


def _add_with_text(name: str, function: Callable[[str, str], Any]) -> None:
    """A function of one text and another."""

    @add_plain(REGISTRY, name, 1)
    def call(frame: Frame, items: list[Any], argument: list[Any]) -> list[Any]:
        text, other = text_of(items), text_of(argument)
        return EMPTY if text is None or other is None else [function(text, other)]


_add("upper", str.upper)
_add("lower", str.lower)
_add("trim", str.strip)
_add("length", len)
_add_with_text("startsWith", str.startswith)
_add_with_text("endsWith", str.endswith)
_add_with_text("contains", lambda text, other: other in text)
_add_with_text("indexOf", str.find)
_add_with_text("lastIndexOf", str.rfind)


@add_plain(REGISTRY, "toChars")
def _to_chars(frame: Frame, items: list[Any]) -> list[Any]:
    text = text_of(items) or ""
    frame.run.check_size(len(text))
    return list(text)


@add_plain(REGISTRY, "substring", 1, 2)
def _substring(frame: Frame, items: list[Any], start: list[Any], *length: list[Any]) -> list[Any]:
    text, first = text_of(items), integer_of(start)
    if text is None or first is None or not 0 <= first < len(text):
        return EMPTY
    count = integer_of(length[0]) if length else None
    return [text[first:] if count is None else text[first : first + max(count, 0)]]


@add_plain(REGISTRY, "replace", 2)
def _replace(frame: Frame, items: list[Any], pattern: list[Any], substitution: list[Any]) -> list[Any]:
    text, old, new = text_of(items), text_of(pattern), text_of(substitution)
    if text is None or old is None or new is None:
        return EMPTY
    _check_length(len(text) + (text.count(old) if old else len(text) + 1) * len(new))
    return [text.replace(old, new)]


@add_plain(REGISTRY, "matches", 1)
def _matches(frame: Frame, items: list[Any], pattern: list[Any]) -> list[Any]:
    """A part of the text is enough (N1, matches; the reference implementation)."""
    text, wanted = text_of(items), text_of(pattern)
    if text is None or wanted is None:
        return EMPTY
    return [bool(frame.run.with_pattern(wanted, lambda found, limit: found.search(text, timeout=limit)))]


@add_plain(REGISTRY, "matchesFull", 1)
def _matches_full(frame: Frame, items: list[Any], pattern: list[Any]) -> list[Any]:
    text, wanted = text_of(items), text_of(pattern)
    if text is None or wanted is None:
        return EMPTY
    return [bool(frame.run.with_pattern(wanted, lambda found, limit: found.fullmatch(text, timeout=limit)))]


@add_plain(REGISTRY, "replaceMatches", 2)
def _replace_matches(frame: Frame, items: list[Any], pattern: list[Any], substitution: list[Any]) -> list[Any]:
    text, wanted, new = text_of(items), text_of(pattern), text_of(substitution)
    if text is None or wanted is None or new is None:
        return EMPTY
    if not wanted:
        return [text]
    _check_length(len(text) * (len(new) + 1))
    template = regex.sub(r"\$(?:(\d)|\{(\w+)\})", r"\\g<\1\2>", new.replace("\\", "\\\\"))
    return [frame.run.with_pattern(wanted, lambda found, limit: found.sub(template, text, timeout=limit))]


@add_plain(REGISTRY, "split", 1)
def _split(frame: Frame, items: list[Any], separator: list[Any]) -> list[Any]:
    text, between = text_of(items), text_of(separator)
    if text is None or between is None:
        return EMPTY
    return text.split(between) if between else list(text)


@add_plain(REGISTRY, "join", 0, 1)
def _join(frame: Frame, items: list[Any], *separator: list[Any]) -> list[Any]:
    between = text_of(separator[0]) if separator else ""
    if not items or between is None:
        return EMPTY
    texts = [text for text in (text_of([item]) for item in items) if text is not None]
    _check_length(sum(map(len, texts)) + len(texts) * len(between))
    return [between.join(texts)]


@add_plain(REGISTRY, "encode", 1)
def _encode(frame: Frame, items: list[Any], form: list[Any]) -> list[Any]:
    encode: dict[str | None, Callable[[bytes], str | bytes]] = {
        "hex": bytes.hex,
        "base64": base64.b64encode,
        "urlbase64": base64.urlsafe_b64encode,
    }
    text, name = text_of(items), text_of(form)
    if text is None or name not in encode:
        return EMPTY
    found = encode[name](text.encode("utf-8", "surrogatepass"))
    return [found if isinstance(found, str) else found.decode("ascii")]


@add_plain(REGISTRY, "decode", 1)
def _decode(frame: Frame, items: list[Any], form: list[Any]) -> list[Any]:
    decode: dict[str, Callable[[str], bytes]] = {
        "hex": bytes.fromhex,
        "base64": base64.b64decode,
        "urlbase64": base64.urlsafe_b64decode,
    }
    text, name = text_of(items), text_of(form)
    if text is None or name not in decode:
        return EMPTY
    try:
        return [decode[name](text).decode("utf-8")]
    except (ValueError, binascii.Error) as error:
        raise NotEvaluated(f"the text is not {name}") from error


@add_plain(REGISTRY, "escape", 1)
def _escape(frame: Frame, items: list[Any], form: list[Any]) -> list[Any]:
    escape: dict[str, Callable[[str], str]] = {
        "html": lambda text: html.escape(text, quote=False).replace('"', "&quot;"),
        "json": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    }
    text, name = text_of(items), text_of(form)
    return EMPTY if text is None or name not in escape else [escape[name](text)]


@add_plain(REGISTRY, "unescape", 1)
def _unescape(frame: Frame, items: list[Any], form: list[Any]) -> list[Any]:
    text, name = text_of(items), text_of(form)
    if text is None or name not in ("html", "json"):
        return EMPTY
    if name == "html":
        return [html.unescape(text)]
    return [unescape_text(text)]


def _check_length(length: int) -> None:
    if length > LONGEST_TEXT:
        raise NotEvaluated(f"it made a text of more than {LONGEST_TEXT} characters")
