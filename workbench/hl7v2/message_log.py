"""Log: messages found in the log of an interface, after times and words, segments on lines of their own or in one.

What stands between messages is passed over. Where a log writes a carriage return as `<CR>`, `[CR]`, `{CR}`, `\\r` or
`\\x0d`, the message has carriage returns again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.errors import WorkbenchError
from workbench.hl7v2.batch import Piece
from workbench.hl7v2.message import parse_message

_HEADER = re.compile(rb"(?<![A-Za-z0-9])MSH([^\w\s])[^\w\s]{1,5}\1")
_RETURN = re.compile(rb"<CR>|\[CR\]|\{CR\}|\\r(?:\\n)?|\\x0[dD]|\\u000[dD]|&#(?:13|xD);", re.I)
_SEGMENT = re.compile(rb"[A-Z][A-Z0-9]{2}[^\w\s]")
_LOOK = 1 << 20
_LINE = 1 << 12


def is_log(data: bytes) -> bool:
    """Tell whether words stand before messages, on their lines or above the first, as in no file of messages.

    Comments are no such words, and segments are none: what lacks its header is a message that cannot be read.
    """
    head = data[:_LOOK]
    headers = [found.start() for found in _HEADER.finditer(head)]
    above = re.split(rb"[\r\n]", head[: headers[0]]) if headers else []
    beside = (re.split(rb"[\r\n]", head[max(at - _LINE, 0) : at])[-1] for at in headers)
    return any(_is_words(line) for line in (*above, *beside))


def _is_words(line: bytes) -> bool:
    bare = line.strip(b"\x0b\x1c \t\xef\xbb\xbf")
    return bool(bare) and not bare.startswith((b"#", b"//", b"--", b";")) and not _SEGMENT.match(bare)


def read_log(data: bytes) -> Iterator[Piece]:
    """Each message of a log, with the place where it starts; its bytes are those that were sent, as far as told."""
    starts = [found.start() for found in _HEADER.finditer(data)]
    line, counted = 1, 0
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        line += data.count(b"\n", counted, start)
        counted = start
        content = _cut(data[start:end])
        try:
            yield Piece("message", start, line, content, parse_message(content))
        except WorkbenchError as error:
            yield Piece("message", start, line, content, trouble=error)


def _cut(region: bytes) -> bytes:
    """The message at the start of `region`, which ends where the next one begins."""
    framed = region.find(b"\x1c")
    if framed >= 0:
        return region[:framed]
    first = region.partition(b"\n")[0]
    if _RETURN.search(first):
        *segments, last = _RETURN.split(first)
        tail = last if re.match(rb"[A-Z][A-Z0-9]{2}" + re.escape(region[3:4]), last) else b""
        return b"".join(segment + b"\r" for segment in (*segments, tail.rstrip(b"\"'\r ")) if segment)
    if b"\r" in first.rstrip(b"\r"):
        return first
    return b"".join(_segments(region))


def _segments(region: bytes) -> Iterator[bytes]:
    """The lines at the start of `region` that are segments."""
    segment = re.compile(rb"[ \t]*([A-Z][A-Z0-9]{2}(?:" + re.escape(region[3:4]) + rb"[^\r\n]*)?)(?:\r\n?|\n|\Z)")
    place = 0
    while place < len(region) and (found := segment.match(region, place)):
        yield found[1] + b"\r"
        place = found.end()
