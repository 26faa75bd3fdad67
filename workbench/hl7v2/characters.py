"""Characters: which bytes stand for which text in a message (MSH-18), so that no byte is ever lost."""

from __future__ import annotations

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_ISO_8859 = re.compile(r"(?:ISO[ _-]?)?8859[/-](\d{1,2})")
_NAMES = {
    "ASCII": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UNICODE UTF-16": "utf-8",
    "UTF-8": "utf-8",
    "ISO IR87": "iso2022_jp",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "BIG-5": "big5",
    "CNS 11643-1992": "big5",
    "WINDOWS-1252": "cp1252",
}


def codec_of(character_set: str) -> str | None:
    """The Python codec that MSH-18 names (table 0211), or None where it names none that is known."""
    name = character_set.strip().upper()
    if found := _ISO_8859.fullmatch(name):
        return f"iso8859-{found[1]}" if found[1] in {str(n) for n in range(1, 17) if n != 12} else None
    return _NAMES.get(name)


def decode_bytes(data: bytes, first: str = "") -> tuple[str, str, bytes]:
    """The text of `data`, the codec that gives the same bytes back, and the byte order mark that stood before it.

    `first` is a codec to try before what the data itself says.
    """
    if first and (text := _decode_alike(data, first)) is not None:
        bom, body = ("\ufeff".encode(first), text[1:]) if text.startswith("\ufeff") else (b"", text)
        return body, first, bom
    if data.isascii():
        return data.decode("ascii"), "utf-8", b""
    for bom, codec in _BOMS:
        if data.startswith(bom) and (text := _decode_alike(data[len(bom) :], codec)) is not None:
            return text, codec, bom
    declared = codec_of(_character_set(data.decode("latin-1")))
    for candidate in (declared, "utf-8"):
        if candidate and (text := _decode_alike(data, candidate)) is not None:
            return text, candidate, b""
    return data.decode("latin-1"), "latin-1", b""


def choose_codec(text: str) -> str:
    """The codec for a text that was typed: what MSH-18 names where that can hold it, else UTF-8."""
    declared = codec_of(_character_set(text)) if not text.isascii() else None
    return declared if declared and can_encode(text, declared) else "utf-8"


def encode_text(text: str, codec: str) -> bytes:
    try:
        return text.encode(codec, "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def can_encode(text: str, codec: str) -> bool:
    try:
        text.encode(codec, "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _decode_alike(data: bytes, codec: str) -> str | None:
    """The text, if the codec reads all of it and writes the same bytes again."""
    try:
        text = data.decode(codec)
        return text if text.encode(codec) == data else None
    except UnicodeError:
        return None


def _character_set(text: str) -> str:
    """The first of MSH-18, from a text whose characters need not be right yet."""
    start = text.find("MSH")
    line = re.split(r"[\r\n]", text[start:], maxsplit=1)[0] if start >= 0 else ""
    if len(line) < 4:
        return ""
    fields = line.split(line[3])
    repetition = fields[1][1:2] if len(fields) > 17 else ""
    return (fields[17].split(repetition)[0] if repetition else fields[17]) if len(fields) > 17 else ""
