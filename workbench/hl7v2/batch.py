"""Batch: a file of messages, in batches (FHS, BHS) or one after another, cut so that no byte and no neighbour is lost.

Every byte belongs to one piece; a message that cannot be read is a piece with its trouble, beside those that can.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from workbench.errors import WorkbenchError
from workbench.hl7v2.character_set import WIDE_CODECS
from workbench.hl7v2.characters import BYTE_ORDER_MARKS, find_wide
from workbench.hl7v2.kept_bytes import decode_keeping, encode_keeping
from workbench.hl7v2.message import Message, parse_message
from workbench.issue import Issue

PieceKind = Literal["message", "FHS", "BHS", "BTS", "FTS", "between"]

_HEAD = rb"(?:\xef\xbb\xbf)?[ \t]{0,80}(MSH(?=[\W_]|\Z)|(?:FHS|BHS|BTS|FTS)(?=[\W_]|\Z))"
_FIRST = re.compile(_HEAD + rb"|(MSH)")
# A line end is consumed and what begins after it is looked at: so the search runs from one line end to the next.
_START = re.compile(rb"[\r\n\x0b\x1c](?=" + _HEAD + rb"|(?:(?<=[\r\x0b\x1c])|(?<=\r\n))(MSH))")
_MOST_LOOKS = 10_000
_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?[\s\x0b]*(?:MSH|FHS|BHS)[^\w\s]")
_HEAD_LOOK = 1 << 12
_FIRST_LINE = re.compile(rb"[^\r\n\x1c]*(?:\r\n?|\n)?")
_COMMENT = (b"#", b"//", b"--", b";")
_FRAME = b"\x0b\x1c"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of bytes from `offset`, in `line` of the file from 1: a message, a header or trailer, or what lies between.

    A piece of kind message holds `message`, or `trouble` where no MSH can be read.
    """

    kind: PieceKind
    offset: int
    line: int
    data: bytes
    message: Message | None = None
    trouble: WorkbenchError | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The pieces of a file in their order, and what its trailers say otherwise than it is."""

    pieces: tuple[Piece, ...]
    issues: tuple[Issue, ...] = ()

    @property
    def messages(self) -> tuple[Piece, ...]:
        """The messages, those that cannot be read included."""
        return tuple(piece for piece in self.pieces if piece.kind == "message")

    @property
    def is_single(self) -> bool:
        """Tell whether the file is one message, with nothing of a batch around it."""
        return len(self.messages) == 1 and all(piece.kind in ("message", "between") for piece in self.pieces)

    def to_bytes(self) -> bytes:
        return b"".join(piece.data for piece in self.pieces)


def parse_batch(data: bytes) -> Batch:
    """Read a file of any number of messages; nothing in it is refused.

    Blank lines, lines that start with `#`, `//`, `--` or `;`, and the bytes of MLLP frames may lie between messages.
    """
    pieces = tuple(read_pieces(data))
    return Batch(pieces, tuple(judge_pieces(pieces)))


def begins_message(data: bytes) -> bool:
    """Tell by its first letters whether `data` is a message or a batch, in UTF-16 and UTF-32 too."""
    codec = _find_codec(data)
    head = data[:_HEAD_LOOK].decode(codec, "ignore").encode() if codec in WIDE_CODECS else data[:_HEAD_LOOK]
    return _OPENING.match(head) is not None


def read_pieces(data: bytes) -> Iterator[Piece]:
    """The pieces of a file one after another, as `parse_batch` has them all."""
    codec = _find_codec(data)
    return _number(_cut(data, codec), codec)


def _find_codec(data: bytes) -> str:
    return next((codec for bom, codec in BYTE_ORDER_MARKS if data.startswith(bom)), "") or find_wide(data)


def split_messages(data: bytes) -> tuple[Message, ...]:
    """The messages of a file that can be read; `WorkbenchError` where none can."""
    if _is_plainly_one(data):
        return (parse_message(data),)
    batch = parse_batch(data)
    found = tuple(piece.message for piece in batch.messages if piece.message)
    return found if found and not batch.is_single else (parse_message(data),)


def _is_plainly_one(data: bytes) -> bool:
    """Whether a file starts with a message and nothing else can begin in it; a no tells nothing.

    Line ends are found much faster than what may follow them, which matters where megabytes stand in one line.
    """
    if not data.startswith(b"MSH") or b"\x1c" in data:
        return False
    looked = 0
    for mark in (b"\r", b"\n", b"\x0b"):
        at = data.find(mark)
        while at >= 0:
            looked += 1
            if looked > _MOST_LOOKS or _FIRST.match(data, at + 1):
                return False
            at = data.find(mark, at + 1)
    return True


def _cut(data: bytes, codec: str) -> Iterator[tuple[PieceKind, bytes, bytes]]:
    """The kind of each piece, its bytes, and those that count its lines: a file in UTF-16 or UTF-32 is cut as UTF-8."""
    text = decode_keeping(data, codec) if codec in WIDE_CODECS else None
    if text is None:
        for kind, piece in _cut_octets(data):
            yield kind, piece, piece
    else:
        for kind, piece in _cut_octets(text.encode()):
            yield kind, encode_keeping(piece.decode(), codec), piece


def _cut_octets(data: bytes) -> Iterator[tuple[PieceKind, bytes]]:
    first = _FIRST.match(data)
    starts = [(0, first[1] or first[2])] if first else []
    starts += [(found.end(), found[1] or found[2]) for found in _START.finditer(data)]
    ends = [*(start for start, _ in starts), len(data)]
    yield from _cut_stray(data[: ends[0]])
    for (start, name), end in zip(starts, ends[1:], strict=True):
        if name == b"MSH":
            stop = _end_of_message(data, start, end)
            yield "message", data[start:stop]
        else:
            line = _FIRST_LINE.match(data, start, end)
            stop = line.end() if line else end
            yield _kind_of(name), data[start:stop]
        yield from _cut_stray(data[stop:end])


def _kind_of(name: bytes) -> PieceKind:
    kinds: dict[bytes, PieceKind] = {b"FHS": "FHS", b"BHS": "BHS", b"BTS": "BTS", b"FTS": "FTS"}
    return kinds[name]


def _end_of_message(data: bytes, start: int, end: int) -> int:
    """Where the message ends: at the end of its frame, or before the blank lines and comments that follow it."""
    frame = data.find(b"\x1c", start, end)
    if frame >= 0:
        return frame
    lines = data[start:end].splitlines(keepends=True)
    by_line_feed = lines[0].endswith(b"\n") and not lines[0].endswith(b"\r\n")
    while len(lines) > 1 and _is_between(lines[-1]):
        # A line feed within a segment is content where carriage returns end segments.
        if lines[-1].strip() and not by_line_feed and b"\r" not in lines[-2][-2:] and not _is_between(lines[-2]):
            break
        lines.pop()
    return start + sum(map(len, lines))


def _is_between(line: bytes) -> bool:
    bare = line.strip(b" \t\r\n" + _FRAME)
    return not bare or bare == codecs.BOM_UTF8 or bare.startswith(_COMMENT)


def _cut_stray(data: bytes) -> Iterator[tuple[PieceKind, bytes]]:
    """What stands outside messages: lines between them, or segments that have lost their MSH."""
    kind: PieceKind = "between"
    run: list[bytes] = []
    for line in data.splitlines(keepends=True):
        found: PieceKind = "between" if _is_between(line) else "message"
        if found != kind and run:
            yield kind, b"".join(run)
            run = []
        kind = found
        run.append(line)
    if run:
        yield kind, b"".join(run)


def _number(pieces: Iterator[tuple[PieceKind, bytes, bytes]], codec: str) -> Iterator[Piece]:
    offset, line, ended_by = 0, 1, b""
    for kind, data, octets in pieces:
        if ended_by == b"\r" and octets[:1] == b"\n":
            line -= 1
        piece = Piece(kind, offset, line, data)
        yield _read(piece, codec) if kind == "message" else piece
        offset += len(data)
        line += octets.count(b"\r") + octets.count(b"\n") - octets.count(b"\r\n")
        ended_by = octets[-1:]


def _read(piece: Piece, codec: str) -> Piece:
    try:
        return replace(piece, message=parse_message(piece.data, codec=codec))
    except WorkbenchError as error:
        line = piece.line + (error.line or 1) - 1
        return replace(piece, trouble=WorkbenchError(error.message, hint=error.hint, line=line, column=error.column))


def judge_pieces(pieces: Iterable[Piece]) -> Iterator[Issue]:
    """What is wrong with the envelope: BTS-1 counts the messages of a batch, FTS-1 the batches of a file."""
    messages = batches = 0
    opened: Piece | None = None
    loose = False
    for piece in pieces:
        match piece.kind:
            case "message":
                messages += 1
                loose = loose or opened is None
            case "FHS":
                messages = batches = 0
                opened, loose = None, False
            case "BHS":
                yield from _unclosed(opened)
                opened, messages, batches = piece, 0, batches + 1
            case "BTS":
                yield from _count(piece, messages, "message")
                batches += opened is None
                opened, messages, loose = None, 0, False
            case "FTS":
                yield from _unclosed(opened)
                yield from _count(piece, batches + loose, "batch")
                opened, loose = None, False
    yield from _unclosed(opened)


def _unclosed(opened: Piece | None) -> Iterator[Issue]:
    if opened:
        message = "This batch has no BTS that ends it, so that its messages cannot be counted."
        yield Issue("warning", "structure", message, "BHS", "BTS", line=opened.line, column=1)


def _count(trailer: Piece, actual: int, noun: str) -> Iterator[Issue]:
    """An issue where the first field of a trailer is not the number it should be; it may be empty."""
    line = trailer.data.replace(b"\x00", b"").decode("latin-1").lstrip("\xef\xbb\xbf \t").rstrip()
    stated = line[4:].split(line[3])[0].strip() if len(line) > 3 else ""
    if not stated or (stated.isdecimal() and stated.lstrip("0") == str(actual or "")):
        return
    path = f"{trailer.kind}-1"
    nouns = {"message": ("message", "messages"), "batch": ("batch", "batches")}[noun]
    there = f"there {'is' if actual == 1 else 'are'} {actual or 'no'} {nouns[actual != 1]}"
    message = f"{path} says {stated[:40]} where {there}."
    yield Issue("error", "value", message, path, path, line=trailer.line, column=5)
