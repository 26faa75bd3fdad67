"""Escapes: the encoding characters of a message, and text written with them and read back (2.5.1, 2.5.4, 2.7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class EncodingCharacters:
    """The delimiters that MSH-1 and MSH-2 name; one that MSH-2 leaves out is empty and splits nothing."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = ""

    @property
    def msh2(self) -> str:
        return self.component + self.repetition + self.escape + self.subcomponent + self.truncation


STANDARD = EncodingCharacters()


def read_encoding(field: str, msh2: str) -> EncodingCharacters:
    """The characters that stand in MSH-1 and MSH-2, however few or strange."""
    component, repetition, escape, subcomponent, truncation = (*msh2[:5], "", "", "", "", "")[:5]
    return EncodingCharacters(field, component, repetition, escape, subcomponent, truncation)


def escape_text(text: str, encoding: EncodingCharacters = STANDARD) -> str:
    r"""Write `text` so that no delimiter or line end stands in it; a line end becomes `\.br\`."""
    mark = encoding.escape
    if not mark:
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


def unescape_text(text: str, encoding: EncodingCharacters = STANDARD) -> str:
    """Read `text` back; an escape sequence that has no plain meaning, such as highlighting, stays as it stands."""
    mark = encoding.escape
    if not mark or mark not in text:
        return text
    pieces = text.split(mark)
    read = [pieces[0]]
    index = 1
    while index < len(pieces):
        value = _value_of(pieces[index], encoding) if index + 1 < len(pieces) else None
        if value is None:
            read.append(mark + pieces[index])
            index += 1
        else:
            read.append(value + pieces[index + 1])
            index += 2
    return "".join(read)


def _value_of(sequence: str, encoding: EncodingCharacters) -> str | None:
    """What stands between two escape characters means, or None where it means nothing plain."""
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
        case ".br" | ".ce":
            return "\n"
    if sequence.startswith(".sp"):
        count = sequence[3:].strip().lstrip("+") or "1"
        return "\n" * int(count) if count.isdecimal() and len(count) < 4 else None
    return _hexadecimal(sequence[1:]) if sequence[:1] == "X" else None


def _hexadecimal(digits: str) -> str | None:
    try:
        data = bytes.fromhex(digits)
    except ValueError:
        return None
    try:
        return data.decode("utf-8") or None
    except UnicodeDecodeError:
        return data.decode("latin-1")
