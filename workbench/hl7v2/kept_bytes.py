"""Kept bytes: bytes that no letter stands for, held in a text as letters of a private area and written as they were."""

from __future__ import annotations

import codecs
import re
from itertools import accumulate

_BASE = 0xF700
_KEPT = re.compile(f"([{chr(_BASE)}-{chr(_BASE + 0xFF)}]+)")
_MOST = 10_000
_CHUNK = 65_536


def keep_byte(octet: int) -> str:
    return chr(_BASE + octet)


def kept_byte(letter: str) -> int | None:
    """The byte that a letter stands for, or None where it is a letter of its own."""
    code = ord(letter) - _BASE
    return code if 0 <= code <= 0xFF else None


def find_kept_letters(text: str) -> tuple[int, ...]:
    """The offsets in `text` of letters that stand for bytes."""
    return tuple(offset for found in _KEPT.finditer(text) for offset in range(*found.span()))


def _keep(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(map(keep_byte, error.object[error.start : error.end])), error.end


codecs.register_error("workbench-keep", _keep)


def decode_keeping(data: bytes, codec: str) -> str | None:
    """The text with the bytes kept that are of no letter; None where they are very many, or would not come back."""
    decoder = codecs.getincrementaldecoder(codec)("workbench-keep")
    read, count = [], 0
    for start in range(0, len(data), _CHUNK):
        piece = decoder.decode(data[start : start + _CHUNK], final=start + _CHUNK >= len(data))
        count += sum(map(len, _KEPT.findall(piece)))
        if count > _MOST:
            return None
        read.append(piece)
    text = "".join(read)
    try:
        return text if encode_keeping(text, codec) == data else None
    except UnicodeEncodeError:
        return None


def encode_keeping(text: str, codec: str) -> bytes:
    return b"".join(_encode_pieces(text, codec))


def find_kept_bytes(text: str, codec: str) -> tuple[int, ...]:
    """The offsets, among the bytes of `text`, of those that are kept."""
    pieces = _encode_pieces(text, codec)
    starts = accumulate(map(len, pieces[:-1]), initial=0)
    places = [range(start, start + len(piece)) for start, piece in zip(starts, pieces, strict=True)]
    return tuple(offset for place in places[1::2] for offset in place)


def _encode_pieces(text: str, codec: str) -> list[bytes]:
    """The bytes of letters and of what is kept in turn."""
    return [
        bytes(ord(letter) - _BASE for letter in piece) if index % 2 else piece.encode(codec)
        for index, piece in enumerate(_KEPT.split(text))
    ]
