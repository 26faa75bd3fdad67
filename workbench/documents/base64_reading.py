"""Base64 reading: the bytes of an encapsulated document, however it was mishandled, and what had to be mended."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Literal

from workbench.documents.media_type import is_signed, sniff_media_type

Mishap = Literal["data-uri", "escapes", "line-breaks", "url-safe", "pieces", "cut", "unpadded", "double"]
WORDS: dict[Mishap, str] = {
    "data-uri": "it began as a data: URI",
    "escapes": "escape sequences for line ends stood in it",
    "line-breaks": "line breaks or blanks stood in it",
    "url-safe": "it was written in the URL-safe alphabet",
    "pieces": "it was put together from pieces that were encoded one by one",
    "cut": "its last characters are missing",
    "unpadded": "its padding (=) was missing",
    "double": "it was encoded twice",
}
_DATA_URI = re.compile(r"data:[^,]{0,200},", re.IGNORECASE)
_ESCAPED_ENDS = re.compile(r"\\(?:\.br|X(?:0[AaDd])+|\.sp\d*|\.ce)\\")
_BLANKS = re.compile(r"[ \t\r\n\x0b\x0c]+")
_PIECES = re.compile(r"[^=]+={0,2}")
_ALPHABET = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_LEAST = 16
_PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class Reading:
    """`mishaps` in the order in which they were mended; none where the text is base64 as it should be."""

    data: bytes
    mishaps: tuple[Mishap, ...] = ()


def read_base64(text: str, escape: str = "\\") -> Reading | None:
    """The bytes of `text`, as it stands in the message; None where it cannot be base64 at all."""
    if data := _decode_strictly(text):
        return _undo_double(Reading(data))
    mishaps: list[Mishap] = []
    for mishap, pattern in (("data-uri", _DATA_URI), ("escapes", _escaped_ends(escape)), ("line-breaks", _BLANKS)):
        mended = pattern.sub("", text) if mishap != "data-uri" else _without_start(text, pattern)
        if mended != text:
            mishaps.append(mishap)  # type: ignore[arg-type]
            text = mended
    if "-" in text or "_" in text:
        text = text.replace("-", "+").replace("_", "/")
        mishaps.append("url-safe")
    data = _decode_strictly(text)
    if data is None:
        found = _decode_damaged(text)
        if found is None:
            return None
        data, mishap = found
        mishaps.append(mishap)
    return _undo_double(Reading(data, tuple(mishaps)))


def looks_like_base64(text: str) -> bool:
    """Tell whether a text is long enough, and has letters enough of base64, to be a document rather than a word."""
    begin = _BLANKS.sub("", _without_start(text[:400], _DATA_URI))[:256]
    if len(begin) < _LEAST or not _ALPHABET.fullmatch(begin.replace("-", "+").replace("_", "/")):
        return False
    if begins_signed(begin):
        return True
    kinds = (any(map(test, begin)) for test in (str.isupper, str.islower, str.isdigit))
    return len(text) >= 64 and all(kinds)


def begins_signed(text: str) -> bool:
    """Tell whether base64 begins with the signature of a document, such as `JVBERi0` of a PDF."""
    begin = text[:64]
    data = _decode_strictly(begin[: len(begin) // 4 * 4])
    return data is not None and is_signed(data)


def is_truncated(data: bytes) -> bool:
    """Tell whether a PDF or RTF lacks its end."""
    match sniff_media_type(data[:1024]):
        case "application/pdf":
            return b"%%EOF" not in data[-2048:]
        case "application/rtf":
            return not data.rstrip(b"\x00\r\n\t ").endswith(b"}")
    return False


def has_end(begin: str, end: str) -> bool:
    """Tell whether base64 that begins with `begin` has the end of its document in `end`, wherever it was cut.

    Of what has no end that can be told, it is there.
    """
    head = _decode_strictly(begin[:64]) or b""
    tail = _BLANKS.sub("", end[-4_000:]).rstrip("=")
    if not _ALPHABET.fullmatch(tail):
        return False
    for shift in range(4):
        part = tail[shift:]
        if len(part) % 4 != 1 and not is_truncated(head + base64.b64decode(part + "=" * (-len(part) % 4))):
            return True
    return False


def _decode_strictly(text: str) -> bytes | None:
    """In pieces, since decoding megabytes at once would hold up every other thread meanwhile."""
    if text.find("=", 0, max(0, len(text) - 2)) >= 0:
        return None
    try:
        pieces = (text[at : at + _PIECE].encode("ascii") for at in range(0, len(text), _PIECE))
        return b"".join(binascii.a2b_base64(piece, strict_mode=True) for piece in pieces)
    except (binascii.Error, UnicodeEncodeError):
        return None


def encode_base64(data: bytes) -> str:
    """Base64 in one line, encoded in pieces for the same reason."""
    size = _PIECE // 4 * 3
    return "".join(base64.b64encode(data[at : at + size]).decode("ascii") for at in range(0, len(data), size))


def _decode_damaged(text: str) -> tuple[bytes, Mishap] | None:
    """What can be had of base64 in pieces, each with an end of its own, or without its end."""
    if "=" in text.rstrip("="):
        pieces = [_decode_strictly(piece) for piece in _PIECES.findall(text)]
        return None if None in pieces else (b"".join(piece for piece in pieces if piece), "pieces")
    bare = text.rstrip("=")
    if not bare or not _ALPHABET.fullmatch(bare):
        return None
    whole = bare[: len(bare) - 1] if len(bare) % 4 == 1 else bare
    data = base64.b64decode(whole + "=" * (-len(whole) % 4))
    return data, "cut" if whole != bare or is_truncated(data) else "unpadded"


def _undo_double(reading: Reading) -> Reading:
    """What was encoded twice, decoded again; only where a document comes out of it."""
    begin = reading.data[:64]
    if not begin.isascii() or not begins_signed(begin.decode("ascii")):
        return reading
    inner = read_base64(reading.data.decode("ascii", "replace"))
    return Reading(inner.data, (*reading.mishaps, "double", *inner.mishaps)) if inner else reading


def _without_start(text: str, pattern: re.Pattern[str]) -> str:
    found = pattern.match(text)
    return text[found.end() :] if found else text


def _escaped_ends(escape: str) -> re.Pattern[str]:
    return (
        _ESCAPED_ENDS if escape == "\\" else re.compile(_ESCAPED_ENDS.pattern.replace(r"\\", re.escape(escape or "\0")))
    )
