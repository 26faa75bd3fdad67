"""Body of a request or response, decoded for the screen: what kind it is and its value.

Everything here may run beside the window; nothing holds the interpreter for long in one piece.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

from ui.models.wire_text import is_message
from ui.widgets.json_branch import DECODER, index_json, skip_blank
from workbench.hl7v2.characters import decode_bytes

BodyKind = Literal["empty", "json", "hl7v2", "form", "text", "binary"]
# Containers nearer to the root than this are taken apart here, deeper ones in one call each.
_GENTLE_DEPTH = 3
GENTLE_SIZE = 100_000


@dataclass(frozen=True, slots=True)
class Body:
    """`value` is the JSON value (of a large body its index), the form's pairs or None.

    `text` is what an editor may show, `problem` a sentence.
    """

    kind: BodyKind
    text: str
    value: Any = None
    problem: str = ""


def read_body(data: bytes, content_type: str = "") -> Body:
    """Decode `data` by what it is rather than by what it says it is, as far as the two differ."""
    if not data:
        return Body("empty", "")
    if is_message(data):
        text = decode_bytes(data)[0]
        if text[:200].lstrip("\x0b \t\r\n").startswith("MSH"):
            return Body("hl7v2", text)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return Body("binary", to_hex(data))
    start = text[:200].lstrip("\ufeff\x0b \t\r\n")
    if start.startswith(("{", "[")) or "json" in content_type:
        return _read_json(text)
    if "x-www-form-urlencoded" in content_type:
        return Body("form", text, tuple(parse_qsl(text, keep_blank_values=True)))
    return Body("text", text)


def _read_json(text: str) -> Body:
    try:
        value = index_json(text) if len(text) > GENTLE_SIZE else DECODER.decode(text.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        return Body("text", text, problem=f"This is not JSON: {error.msg} at {place}.")
    except RecursionError:
        return Body("text", text, problem="This JSON is nested too deeply to show as a tree.")
    return Body("json", text, value)


def parse_json_gently(text: str) -> Any:
    """Parse as `json.loads` does, but give other threads a turn between the entries of a large bundle.

    One call of the C parser over five megabytes would hold the interpreter, and so the window, until it is done.
    """
    start = skip_blank(text, 1 if text.startswith("\ufeff") else 0)
    value, end = _parse(text, start, 0)
    end = skip_blank(text, end)
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def _parse(text: str, at: int, depth: int) -> tuple[Any, int]:
    if depth < _GENTLE_DEPTH and text[at : at + 1] == "{":
        return _parse_object(text, at + 1, depth + 1)
    if depth < _GENTLE_DEPTH and text[at : at + 1] == "[":
        return _parse_array(text, at + 1, depth + 1)
    return DECODER.raw_decode(text, at)


def _parse_object(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    at = skip_blank(text, at)
    if text[at : at + 1] == "}":
        return found, at + 1
    while True:
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        key, at = DECODER.raw_decode(text, at)
        at = skip_blank(text, at)
        if text[at : at + 1] != ":":
            raise json.JSONDecodeError("Expecting ':' delimiter", text, at)
        found[key], at = _parse(text, skip_blank(text, at + 1), depth)
        at, over = _next(text, at, "}")
        if over:
            return found, at


def _parse_array(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    at = skip_blank(text, at)
    if text[at : at + 1] == "]":
        return found, at + 1
    while True:
        value, at = _parse(text, at, depth)
        found.append(value)
        at, over = _next(text, at, "]")
        if over:
            return found, at


def _next(text: str, at: int, close: str) -> tuple[int, bool]:
    at = skip_blank(text, at)
    mark = text[at : at + 1]
    if mark == close:
        return at + 1, True
    if mark != ",":
        raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
    return skip_blank(text, at + 1), False


def to_hex(data: bytes, limit: int = 65_536) -> str:
    """Offsets, bytes and readable characters, as far as `limit`."""
    lines = []
    for start in range(0, min(len(data), limit), 16):
        chunk = data[start : start + 16]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in chunk)
        lines.append(f"{start:08x}  {chunk[:8].hex(' '):<23}  {chunk[8:].hex(' '):<23}  {shown}")
    if len(data) > limit:
        lines.append(f"… {len(data) - limit:,} more bytes")
    return "\n".join(lines)
