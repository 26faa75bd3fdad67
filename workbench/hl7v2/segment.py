"""Segment: one line of a message, its fields and their parts, split only when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from workbench.hl7v2.escapes import EncodingCharacters, unescape_text
from workbench.hl7v2.path import Path
from workbench.hl7v2.split import HEADERS, Field, read_below, split_line

__all__ = ["HEADERS", "NULL", "Part", "PartLevel", "Segment"]

PartLevel = Literal["field", "repetition", "component", "subcomponent"]
NULL = '""'


class Part(NamedTuple):
    """A field, repetition, component or subcomponent: `text` as it stands, from `start` to `end` of the message text.

    `number` counts from 1. `whole` marks MSH-1 and MSH-2, which are never split nor unescaped. A named tuple, since
    that is made in a quarter of the time, and a large message has a hundred thousand.
    """

    level: PartLevel
    number: int
    text: str
    start: int
    encoding: EncodingCharacters
    whole: bool = False

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def value(self) -> str:
        """The text with its escapes read; a part that is split further stands as it is."""
        if self.whole or self.is_split:
            return self.text
        return unescape_text(self.text, self.encoding)

    @property
    def is_null(self) -> bool:
        """Tell whether it is the null value `""`, which asks for deletion, where an empty one says nothing."""
        return self.text == NULL

    @property
    def is_split(self) -> bool:
        """Tell whether a delimiter of a lower level stands in the text."""
        if self.whole:
            return False
        text, encoding, level = self.text, self.encoding, self.level
        if encoding.subcomponent and encoding.subcomponent in text and level != "subcomponent":
            return True
        if encoding.component and encoding.component in text and level in ("field", "repetition"):
            return True
        return bool(encoding.repetition) and level == "field" and encoding.repetition in text

    @property
    def repetitions(self) -> tuple[Part, ...]:
        return self._split("repetition", self.encoding.repetition)

    @property
    def components(self) -> tuple[Part, ...]:
        """The components of a repetition; of a field, those of its first repetition."""
        part = self.repetitions[0] if self.level == "field" else self
        return part._split("component", part.encoding.component)

    @property
    def subcomponents(self) -> tuple[Part, ...]:
        return self._split("subcomponent", self.encoding.subcomponent)

    def find_below(self, component: int | None, subcomponent: int | None = None) -> Part | None:
        """A component of a repetition, or a subcomponent of it; itself where none is named, None past the end."""
        part: Part | None = self
        if component:
            part = self.find("component", component)
        if part is not None and subcomponent:
            part = part.find("subcomponent", subcomponent)
        return part

    def find(self, level: PartLevel, number: int) -> Part | None:
        """One part of the level right below, without making the others; None past the end."""
        delimiter = _delimiter_of(level, self.encoding)
        if self.whole or not delimiter or delimiter not in self.text:
            return Part(level, 1, self.text, self.start, self.encoding, self.whole) if number == 1 else None
        pieces = self.text.split(delimiter, number)
        if number > len(pieces):
            return None
        start = self.start + sum(map(len, pieces[: number - 1])) + number - 1
        return Part(level, number, pieces[number - 1], start, self.encoding)

    def _split(self, level: PartLevel, delimiter: str) -> tuple[Part, ...]:
        if self.whole or not delimiter or delimiter not in self.text:
            return (Part(level, 1, self.text, self.start, self.encoding, self.whole),)
        return _split_at(self.text, delimiter, self.start, level, self.encoding)


def _delimiter_of(level: PartLevel, encoding: EncodingCharacters) -> str:
    """What stands between two parts of a level."""
    if level == "repetition":
        return encoding.repetition
    return encoding.component if level == "component" else encoding.subcomponent


def _split_at(
    text: str, delimiter: str, start: int, level: PartLevel, encoding: EncodingCharacters, first: int = 1
) -> tuple[Part, ...]:
    found = []
    for number, piece in enumerate(text.split(delimiter), first):
        found.append(Part(level, number, piece, start, encoding))
        start += len(piece) + 1
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: `index` is its place in the message from 0, `ordinal` its place among those of its name from 1."""

    name: str
    index: int
    ordinal: int
    text: str
    start: int
    encoding: EncodingCharacters

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_header(self) -> bool:
        return self.name in HEADERS

    @property
    def fields(self) -> tuple[Part, ...]:
        """The fields in order, the first being number 1; MSH-1 is the field separator itself."""
        separator = self.encoding.field
        body = self.start + len(self.name) + 1
        if not self.is_header:
            rest = self.text[len(self.name) + 1 :]
            present = separator in self.text
            return _split_at(rest, separator, body, "field", self.encoding) if present else ()
        parts = _split_at(self.text[len(self.name) + 1 :], separator, body, "field", self.encoding, first=2)
        first = Part("field", 1, self.text[len(self.name) : len(self.name) + 1], body - 1, self.encoding, whole=True)
        second = Part("field", 2, parts[0].text, body, self.encoding, whole=True)
        return (first, second, *parts[1:])

    def find_field(self, number: int) -> Part | None:
        """Field `number`, or None past the end; does not make the other fields."""
        if self.is_header:
            return self.fields[number - 1] if 0 < number <= len(self.fields) else None
        pieces = self.text.split(self.encoding.field, number + 1)
        if not 0 < number < len(pieces):
            return None
        start = self.start + sum(map(len, pieces[:number])) + number
        return Part("field", number, pieces[number], start, self.encoding)

    def read_value(self, path: Path) -> str:
        """The value at what `path` names, empty where there is none; makes no parts."""
        position = path.field or 0
        if self.is_header:
            part = self.find_part(path)
            return part.value if part else ""
        pieces = self.text.split(self.encoding.field, position + 1)
        return read_below(pieces[position], path, self.encoding) if 0 < position < len(pieces) else ""

    def split(self) -> tuple[Field, ...]:
        """All its fields at once, down to the subcomponents, as they stand; `split()[4]` is field 5.

        Every field has a repetition at least, and that a component; a component is its text, or a tuple where it has
        several subcomponents. MSH-1 and MSH-2 are whole. This is read in a tenth of the time that parts take.
        """
        return split_line(self.text, self.encoding)[1]

    def find_part(self, path: Path) -> Part | None:
        """The part that `path` names below this segment, or None where it is past the end."""
        part = None if path.field is None else self.find_field(path.field)
        if part is None or (path.repetition is None and path.component is None):
            return part
        part = part.find("repetition", path.repetition or 1)
        return part.find_below(path.component, path.subcomponent) if part is not None else None
