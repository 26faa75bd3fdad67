"""Message pieces: where the messages of an editor's text stand, each from its header to the next or its batch's end."""

from __future__ import annotations

import re
from bisect import bisect_right

from workbench.errors import WorkbenchError
from workbench.hl7v2.message import parse_message

# As much of a message as tells which one it is.
_HEAD = 4_000
# A header without a field separator is none: it would be a message that cannot be read.
_START = re.compile(r"^[\x0b\x1c \t]{0,80}(MSH(?=[^\w\s]|_)|(?:FHS|BHS|BTS|FTS)(?=[\W_]|$))", re.MULTILINE)
Piece = tuple[int, int]


def find_pieces(text: str) -> tuple[Piece, ...]:
    """The start and end of each message in characters, lines ended by LF; the whole text where it holds but one."""
    if text.count("MSH") <= 1:
        return ((0, len(text)),)
    found = [(match.start(), match[1]) for match in _START.finditer(text)]
    ends = [*(start for start, _ in found[1:]), len(text)]
    pieces = tuple((start, end) for (start, name), end in zip(found, ends, strict=False) if name == "MSH")
    return pieces if len(pieces) > 1 else ((0, len(text)),)


def number_at(pieces: tuple[Piece, ...], offset: int) -> int:
    """The number, from 0, of the message at an offset, or of the one before it; the first before all."""
    return max(0, bisect_right(pieces, offset, key=lambda piece: piece[0]) - 1)


def describe_pieces(text: str, pieces: tuple[Piece, ...]) -> tuple[tuple[str, str, int], ...]:
    """Of each message its type, then control ID and patient, and the number of its first line from 1."""
    told, line, counted = [], 1, 0
    for start, end in pieces:
        line += text.count("\n", counted, start)
        counted = start
        told.append((*_describe(text[start : min(end, start + _HEAD)]), line))
    return tuple(told)


def _describe(head: str) -> tuple[str, str]:
    try:
        message = parse_message(head)
    except WorkbenchError:
        return "cannot be read", ""
    named = (message.control_id, message.get("PID-3.1"), message.get("PID-5.1"), message.get("PID-5.2"))
    return message.type_name or "no type", " · ".join(part for part in named if part)
