"""Characters: the bytes of a message read as text in the set that they are in, so that none is ever lost."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from functools import lru_cache

from workbench.hl7v2.character_set import WIDE_CODECS, CharacterReason, CharacterSet, codecs_of, high_of, shifts_of
from workbench.hl7v2.kept_bytes import decode_keeping, find_kept_bytes
from workbench.hl7v2.shifts import decode_shifts

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONGEST_HEADER = 4096
_ASCII = re.compile(r"[\x00-\x7f]+")


def decode_bytes(data: bytes, first: str = "") -> tuple[str, CharacterSet, bytes]:
    """The text of `data`, how that was found, and the byte order mark that stood before it.

    `first` is a codec to try before what the data itself says, as of the file that it stands in.
    """
    mark = "\ufeff".encode(first) if first else b""
    bom = mark if mark and data.startswith(mark) else b""
    if (
        first
        and (found := _decode(data[len(bom) :], first, "file"))
        and (first in WIDE_CODECS or not found[1].undecoded)
    ):
        return *found, bom
    if data.isascii() and b"\x1b" not in data and b"\x00" not in data[:4]:
        return data.decode("ascii"), _of_ascii(_declared_in(data)), b""
    for bom, codec in BYTE_ORDER_MARKS:
        if data.startswith(bom) and (found := _decode(data[len(bom) :], codec, "byte order mark")):
            return *found, bom
    if (codec := find_wide(data)) and (found := _decode(data, codec, "first bytes")):
        return *found, b""
    declared = _declared_in(data)
    text, character_set = _decode_declared(data, declared) or _guess(data, declared)
    return text, character_set, b""


@lru_cache(maxsize=256)
def _of_ascii(declared: tuple[str, ...]) -> CharacterSet:
    """What further letters of a message that is ASCII so far are written in."""
    return _named(declared) or CharacterSet(declared, "utf-8", "ASCII")


def find_wide(data: bytes) -> str:
    """UTF-16 or UTF-32 without a mark, by the first letters of a header."""
    if b"\x00" in data[:4]:
        for codec in WIDE_CODECS:
            if data.startswith(tuple(name.encode(codec) for name in ("MSH", "FHS", "BHS"))):
                return codec
    return ""


def _decode(data: bytes, codec: str, reason: CharacterReason) -> tuple[str, CharacterSet] | None:
    """The text by one codec, bytes without a letter kept; None where that would not give the same bytes again."""
    if (text := _decode_alike(data, codec)) is not None:
        return text, CharacterSet(_declared_in(text), codec, reason)
    text = decode_keeping(data, codec)
    if text is None:
        return None
    return text, CharacterSet(_declared_in(text), codec, reason, find_kept_bytes(text, codec))


@lru_cache(maxsize=256)
def _named(declared: tuple[str, ...]) -> CharacterSet | None:
    """The set that MSH-18 names; its first repetition is ASCII where only others are given (2.5.1, 2.15.9.18)."""
    if not declared:
        return None
    shifts, known = shifts_of(declared), codecs_of(declared[0])
    if not known and (declared[0] or not shifts):
        return None
    return CharacterSet(declared, known[0] if known else "ascii", "MSH-18", shifts=shifts)


def _decode_declared(data: bytes, declared: tuple[str, ...]) -> tuple[str, CharacterSet] | None:
    """The text by what MSH-18 names, where that has a letter for every byte."""
    named = _named(declared)
    if named and named.shifts:
        text, kept = decode_shifts(data, high_of(named.codec))
        found = CharacterSet(declared, named.codec, "MSH-18", kept, named.shifts)
        if (not kept or b"\x1b" in data) and _writes_alike(found, text, data):
            return text, found
    for codec in codecs_of(declared[0]) if declared else ():
        if (alike := _decode_alike(data, codec)) is not None:
            return alike, CharacterSet(declared, codec, "MSH-18")
    return None


def _writes_alike(character_set: CharacterSet, text: str, data: bytes) -> bool:
    try:
        return character_set.encode(text) == data
    except UnicodeEncodeError:
        return False


def _guess(data: bytes, declared: tuple[str, ...]) -> tuple[str, CharacterSet]:
    """The text where MSH-18 names nothing that fits: UTF-8, or a set with few bytes that it does not have."""
    if (text := _decode_alike(data, "utf-8")) is not None:
        return text, CharacterSet(declared, "utf-8", "UTF-8")
    known = [codec for codec in (codecs_of(declared[0]) if declared else ()) if codec != "ascii"]
    for codec in dict.fromkeys((*known[:1], "utf-8")):
        text = decode_keeping(data, codec)
        if text is not None:
            kept = find_kept_bytes(text, codec)
            letters = len(text) - sum(map(len, _ASCII.findall(text))) - len(kept)
            if len(kept) <= letters:
                return text, CharacterSet(declared, codec, "MSH-18" if codec in known else "UTF-8", kept)
    if (text := _decode_alike(data, "cp1252")) is not None:
        return text, CharacterSet(declared, "cp1252", "guess")
    return data.decode("latin-1"), CharacterSet(declared, "iso8859-1", "guess")


def choose_character_set(text: str) -> CharacterSet:
    """The set for a text that was typed: what MSH-18 names where that can hold it, else UTF-8."""
    declared = _declared_in(text)
    named = _named(declared)
    return named if named and named.can_encode(text) else CharacterSet(declared, "utf-8", "typed")


def find_undecoded(text: str, character_set: CharacterSet) -> CharacterSet:
    """The same set with the offsets of the bytes of no letter that a changed text has."""
    if character_set.shifts:
        _, kept = decode_shifts(character_set.to_bytes(text), high_of(character_set.codec))
    else:
        kept = find_kept_bytes(text, character_set.codec)
    return replace(character_set, undecoded=kept)


def reads_back(text: str, character_set: CharacterSet) -> bool:
    """Tell whether the bytes of `text` are read as it again; what was no letter may become one."""
    sure = character_set.agrees and character_set.reason != "guess" and not character_set.undecoded
    if sure or character_set.shifts or text.isascii():
        return True
    marks = {codec: mark for mark, codec in BYTE_ORDER_MARKS} if character_set.reason == "byte order mark" else {}
    data = marks.get(character_set.codec, b"") + character_set.to_bytes(text)
    return decode_bytes(data, character_set.codec if character_set.reason == "file" else "")[0] == text


def follow_character_set(text: str, before: CharacterSet | None) -> CharacterSet:
    """The set that a text is written in after an edit: the one that it was read in, unless MSH-18 names another now."""
    if before is not None and _declared_in(text) == before.declared:
        return before
    chosen = choose_character_set(text)
    return replace(chosen, undecoded=before.undecoded) if before else chosen


def _decode_alike(data: bytes, codec: str) -> str | None:
    """The text, if the codec reads all of it and writes the same bytes again."""
    try:
        text = data.decode(codec)
        return text if text.encode(codec) == data else None
    except UnicodeError:
        return None


def _declared_in(data: bytes | str) -> tuple[str, ...]:
    """The repetitions of MSH-18, from a text whose characters need not be right yet; none where it is not valued."""
    line = _header_line(data)
    fields = line.split(line[3], 18) if len(line) > 3 else []
    if len(fields) < 18 or not fields[17]:
        return ()
    repetition = fields[1][1:2]
    return _read_declared(fields[17], repetition)


@lru_cache(maxsize=256)
def _read_declared(field: str, repetition: str) -> tuple[str, ...]:
    names = field.split(repetition, 40) if repetition else [field]
    return tuple(name[:80] for name in names[:40]) if any(names) else ()


def _header_line(data: bytes | str) -> str:
    if isinstance(data, str):
        start = 0 if data.startswith("MSH") else data.find("MSH")
        line = data[start : start + _LONGEST_HEADER] if start >= 0 else ""
    else:
        start = 0 if data.startswith(b"MSH") else data.find(b"MSH")
        line = str(data[start : start + _LONGEST_HEADER], "latin-1") if start >= 0 else ""
    line = line.partition("\r")[0]
    return line.partition("\n")[0] if "\n" in line else line
