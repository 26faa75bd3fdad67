"""Shifts: character sets that an escape sequence of ISO 2022 turns to within a text, and back (2.5.1, 2.9.2).

A text keeps the sequences as they stand, with the letters between them read, so that its bytes come back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from workbench.hl7v2.kept_bytes import keep_byte, kept_byte

ESCAPE_SEQUENCE = re.compile("\x1b[\x20-\x2f]{1,3}[\x30-\x7e]")
_TOKEN = re.compile("(\x1b[\x20-\x2f]{1,3}[\x30-\x7e]|[\r\n])")


class Shift(NamedTuple):
    """A set that `sequence` (without the escape byte) turns to: in seven bits (G0), or in eight beside ASCII (G1).

    `width` bytes make a letter, which `codec` has after `prefix` with the eighth bit set. ASCII has no codec.
    """

    sequence: str
    codec: str = ""
    width: int = 1
    prefix: bytes = b""

    @property
    def first(self) -> int:
        """The first byte of its letters; ISO 8859 has control characters below those of other sets."""
        return 0x80 if self.codec.startswith("iso8859") else 0xA1

    @property
    def is_low(self) -> bool:
        """Tell whether it takes the place of ASCII (G0)."""
        return self.sequence[:1] == "(" or self.sequence[:2] in ("$B", "$@", "$A", "$(")


# The last byte of the sequence that turns to a part of ISO 8859.
ISO_8859_FINALS = {1: "A", 2: "B", 3: "C", 4: "D", 5: "L", 6: "G", 7: "F", 8: "H", 9: "M", 10: "V", 15: "b"}
ASCII_ALONE = Shift("(B")
NO_HIGH = Shift("")
_SHIFTS = {
    shift.sequence: shift
    for shift in (
        ASCII_ALONE,
        Shift("(J"),
        Shift("(I", "shift_jis"),
        Shift(")I", "shift_jis"),
        Shift("$B", "euc_jp", 2),
        Shift("$@", "euc_jp", 2),
        Shift("$)B", "euc_jp", 2),
        Shift("$(D", "euc_jp", 2, b"\x8f"),
        Shift("$)D", "euc_jp", 2, b"\x8f"),
        Shift("$A", "gb2312", 2),
        Shift("$)A", "gb2312", 2),
        Shift("$(C", "euc_kr", 2),
        Shift("$)C", "euc_kr", 2),
        *(Shift(f"-{final}", f"iso8859-{part}") for part, final in ISO_8859_FINALS.items()),
    )
}


ALL_SHIFTS = tuple(shift for shift in _SHIFTS.values() if shift.codec)


def find_shift(sequence: str) -> Shift | None:
    return _SHIFTS.get(sequence)


def read_run(text: str, shift: Shift) -> str:
    r"""The letters for `text` that stands in `shift` without being decoded yet, as after `\M2442\`."""
    low, high = (shift, NO_HIGH) if shift.is_low else (ASCII_ALONE, shift)
    try:
        letters = _decode_run(text.encode("latin-1"), low, high)
    except UnicodeEncodeError:
        return text
    return "".join(letter if kept_byte(letter) is None else text[place] for place, letter in letters)


def decode_shifts(data: bytes, high: Shift) -> tuple[str, tuple[int, ...]]:
    """The text of `data`, whose escape sequences stay, and the offsets of bytes that are of no letter.

    `high` is the set of bytes with the eighth bit to begin with. In every line both sets are those of the beginning.
    """
    read: list[str] = []
    kept: list[int] = []
    low, beside, offset = ASCII_ALONE, high, 0
    for token in _TOKEN.split(data.decode("latin-1")):
        length = len(token)
        if token[:1] in ("\r", "\n"):
            low, beside = ASCII_ALONE, high
        elif token[:1] == "\x1b" and (shift := find_shift(token[1:])):
            low, beside = (shift, beside) if shift.is_low else (low, shift)
        elif low.codec or not token.isascii():
            letters = _decode_run(token.encode("latin-1"), low, beside)
            kept.extend(offset + place for place, letter in letters if kept_byte(letter) is not None)
            token = "".join(letter for _, letter in letters)
        offset += length
        read.append(token)
    return "".join(read), tuple(kept)


def _decode_run(data: bytes, low: Shift, high: Shift) -> list[tuple[int, str]]:
    """The letters, each with its place; a byte of no letter is kept."""
    found, index = [], 0
    while index < len(data):
        octet = data[index]
        shift = low if octet < 0x80 else high
        if octet < 0x80 and (not shift.codec or octet <= 0x20 or octet == 0x7F):
            found.append((index, chr(octet)))
            index += 1
            continue
        letter = _decode_letter(data[index : index + shift.width], shift)
        found.append((index, letter or keep_byte(octet)))
        index += shift.width if letter else 1
    return found


@lru_cache(maxsize=8192)
def _decode_letter(data: bytes, shift: Shift) -> str:
    """The letter, or nothing where there is none that would be written with the same bytes."""
    if not shift.codec or len(data) != shift.width:
        return ""
    low = shift.is_low
    try:
        letter = (shift.prefix + bytes(octet | 0x80 if low else octet for octet in data)).decode(shift.codec)
    except UnicodeDecodeError:
        return ""
    return letter if _encode_letter(letter, shift) == data else ""


@lru_cache(maxsize=8192)
def _encode_letter(letter: str, shift: Shift) -> bytes:
    """The bytes of a letter in `shift`, or none where it is not of that set."""
    try:
        data = letter.encode(shift.codec) if shift.codec else b""
    except UnicodeEncodeError:
        return b""
    rest = data[len(shift.prefix) :]
    if not data.startswith(shift.prefix) or len(rest) != shift.width or min(rest) < shift.first:
        return b""
    return bytes(octet & 0x7F for octet in rest) if shift.is_low else rest


def encode_shifts(text: str, high: Shift, others: tuple[Shift, ...]) -> bytes:
    """The bytes of `text`; a letter of one of the `others` that no sequence turned to gets one, and one back.

    `UnicodeEncodeError` where none of the sets has a letter.
    """
    written: list[bytes] = []
    low, beside = ASCII_ALONE, high
    for token in _TOKEN.split(text):
        if token[:1] in ("\r", "\n"):
            low, beside = ASCII_ALONE, high
        elif token[:1] == "\x1b" and (shift := find_shift(token[1:])):
            low, beside = (shift, beside) if shift.is_low else (low, shift)
        elif low.codec or not token.isascii():
            written.extend(_encode_run(token, low, beside, others))
            continue
        written.append(token.encode("ascii"))
    return b"".join(written)


def _encode_run(text: str, low: Shift, high: Shift, others: tuple[Shift, ...]) -> Iterator[bytes]:
    turned: Shift | None = None
    for index, letter in enumerate(text):
        code, kept = ord(letter), kept_byte(letter)
        if kept is not None:
            yield from _turn(turned, None, low, high)
            turned = None
            yield bytes([kept])
            continue
        if code < 0x80 and (not low.codec or code <= 0x20 or code == 0x7F):
            wanted, data = None, bytes([code])
        else:
            wanted, data = _choose(letter, turned, low, high, others)
            if not data:
                raise UnicodeEncodeError("ISO 2022", text, index, index + 1, "no character set of MSH-18 has it")
        if wanted is not turned:
            yield from _turn(turned, wanted, low, high)
            turned = wanted
        yield data
    yield from _turn(turned, None, low, high)


def _choose(
    letter: str, turned: Shift | None, low: Shift, high: Shift, others: tuple[Shift, ...]
) -> tuple[Shift | None, bytes]:
    """The set to turn to for a letter, None for those that count already, and its bytes."""
    for current in (low, high):
        if data := _encode_letter(letter, current):
            return None, data
    for shift in (turned, *others) if turned else others:
        if data := _encode_letter(letter, shift):
            return shift, data
    return (ASCII_ALONE, letter.encode()) if letter.isascii() else (None, b"")


def _turn(before: Shift | None, after: Shift | None, low: Shift, high: Shift) -> Iterator[bytes]:
    """What leads from one added set to another, or back to those that counted before."""
    if before and (after is None or after.is_low != before.is_low):
        back = low if before.is_low else high
        if back.sequence:
            yield b"\x1b" + back.sequence.encode()
    if after and after is not before:
        yield b"\x1b" + after.sequence.encode()
