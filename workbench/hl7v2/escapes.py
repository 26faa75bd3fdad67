"""Escapes: the encoding characters of a message, and text written with them and read back (2.5.1, 2.5.4, 2.7)."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from functools import lru_cache

from workbench.hl7v2.shifts import ASCII_ALONE, ESCAPE_SEQUENCE, Shift, find_shift, read_run

_LINE_END = re.compile(r"\r\n|\r|\n")
# More than any page has, so that a few letters do not become many megabytes.
_MOST_INDENT = 100
_COMMAND = re.compile(r"\.(br|sp|fi|nf|in|ti|sk|ce)\s*([+-]?\d{1,3})?")
_SHIFT = re.compile(r"C(?:[0-9A-Fa-f]{2}){2}|M(?:[0-9A-Fa-f]{2}){2,3}")


@dataclass(frozen=True, slots=True)
class EncodingCharacters:
    """The delimiters that MSH-1 and MSH-2 name; one that MSH-2 leaves out is empty and splits nothing.

    `codec` is what the bytes that `\\X..\\` writes are read in, before UTF-8.
    """

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = ""
    codec: str = dataclasses.field(default="", compare=False)

    @property
    def msh2(self) -> str:
        return self.component + self.repetition + self.escape + self.subcomponent + self.truncation


STANDARD = EncodingCharacters()


@lru_cache(maxsize=256)
def read_encoding(field: str, msh2: str, codec: str = "") -> EncodingCharacters:
    """The characters that stand in MSH-1 and MSH-2, however few or strange."""
    component, repetition, escape, subcomponent, truncation = (*msh2[:5], "", "", "", "", "")[:5]
    return EncodingCharacters(field, component, repetition, escape, subcomponent, truncation, codec)


def escape_text(text: str, encoding: EncodingCharacters = STANDARD) -> str:
    r"""Write `text` so that no delimiter or line end stands in it; a line end becomes `\.br\`."""
    mark = encoding.escape
    if not mark or not _needs_escapes(text, encoding):
        return text
    names = {
        mark: "E",
        encoding.field: "F",
        encoding.component: "S",
        encoding.subcomponent: "T",
        encoding.repetition: "R",
    }
    written = "".join(f"{mark}{names[char]}{mark}" if char in names else char for char in text)
    return _LINE_END.sub(lambda _: f"{mark}.br{mark}", written)


def _needs_escapes(text: str, encoding: EncodingCharacters) -> bool:
    return (
        encoding.field in text
        or encoding.component in text
        or encoding.escape in text
        or encoding.repetition in text
        or encoding.subcomponent in text
        or "\r" in text
        or "\n" in text
    )


def unescape_text(text: str, encoding: EncodingCharacters = STANDARD) -> str:
    r"""Read `text` back as plain text; what is no escape sequence that the standard defines stays as it stands.

    Formatting is read as far as plain text can have it: lines, blanks and indents; highlighting (`\H\`, `\N\`) and
    filling (`\.fi\`, `\.nf\`) have no letters and leave none. A change of the character set (`\C..\`, `\M..\`, or the
    escape sequence of ISO 2022 itself) counts up to the next one.
    """
    mark = encoding.escape
    if mark and mark in text:
        return _Reading(encoding).read(text.split(mark))
    return ESCAPE_SEQUENCE.sub(_unless_shift, text) if "\x1b" in text else text


def _unless_shift(found: re.Match[str]) -> str:
    return "" if find_shift(found[0][1:]) else found[0]


class _Reading:
    """One text being read: what was read of it, its indent, and the character set that it is in."""

    def __init__(self, encoding: EncodingCharacters) -> None:
        self._encoding = encoding
        self._read: list[str] = []
        self._indent = 0
        self._is_line_start = True
        self._shift: Shift = ASCII_ALONE

    def read(self, pieces: list[str]) -> str:
        """`pieces` are what stands between escape characters."""
        self._take(pieces[0])
        index = 1
        while index < len(pieces):
            value = self._value_of(pieces[index]) if index + 1 < len(pieces) else None
            if value is None:
                self._take(self._encoding.escape + pieces[index])
                index += 1
            else:
                self._add(value)
                self._take(pieces[index + 1])
                index += 2
        return "".join(self._read)

    def _take(self, text: str) -> None:
        if self._shift is not ASCII_ALONE:
            text = read_run(text, self._shift)
        self._add(ESCAPE_SEQUENCE.sub(_unless_shift, text) if "\x1b" in text else text)

    def _add(self, text: str) -> None:
        self._read.append(text)
        _, ended, rest = text.rpartition("\n")
        self._is_line_start = (bool(ended) or self._is_line_start) and not rest.strip(" ")

    def _value_of(self, sequence: str) -> str | None:
        """What stands between two escape characters means, or None where it means nothing that is defined."""
        encoding = self._encoding
        match sequence:
            case "E":
                return encoding.escape
            case "F":
                return encoding.field
            case "S":
                return encoding.component
            case "T":
                return encoding.subcomponent
            case "R":
                return encoding.repetition
            case "P" if encoding.truncation:
                return encoding.truncation
            case "H" | "N":
                return ""
        if command := _COMMAND.fullmatch(sequence):
            return self._format(command[1], int(command[2]) if command[2] else None)
        if _SHIFT.fullmatch(sequence) and (shift := find_shift(bytes.fromhex(sequence[1:]).decode("latin-1"))):
            self._shift = shift
            return ""
        return _hexadecimal(sequence[1:], encoding.codec) if sequence[:1] == "X" else None

    def _format(self, command: str, count: int | None) -> str | None:
        match command:
            case "br" | "ce" if count is None:
                return "\n" + " " * self._indent
            case "fi" | "nf" if count is None:
                return ""
            case "sp" if count is None or count >= 0:
                return "\n" * (1 if count is None else count) + " " * self._indent
            case "sk" if count is None or count >= 0:
                return " " * (1 if count is None else count)
            case "in" if count is not None:
                self._indent = min(max(0, self._indent + count), _MOST_INDENT)
                return " " * max(0, count) if self._is_line_start else ""
            case "ti" if count is not None:
                return " " * max(0, count)
        return None


def _hexadecimal(digits: str, codec: str) -> str | None:
    try:
        data = bytes.fromhex(digits)
    except ValueError:
        return None
    for known in (codec, "utf-8") if codec else ("utf-8",):
        try:
            return data.decode(known) or None
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")
