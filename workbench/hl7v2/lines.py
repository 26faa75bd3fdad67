"""Lines: the lines of a message's text, found once, with their names, starts and fields when they are asked for."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import accumulate

from workbench.hl7v2.escapes import EncodingCharacters
from workbench.hl7v2.path import Path
from workbench.hl7v2.segment import HEADERS, Segment
from workbench.hl7v2.split import Field, read_below, split_line

LINE_END = re.compile(r"\r\n?|\n")


class Lines:
    """What is known of where the segments of one text stand; nothing is found before it is asked for."""

    def __init__(self, text: str, encoding: EncodingCharacters) -> None:
        self.text = text
        self.encoding = encoding
        self._fields: dict[int, list[str]] = {}

    @cached_property
    def end(self) -> str:
        """The line end, where the text has only one sort of it; else empty."""
        text = self.text
        if "\n" not in text:
            return "\r"
        if "\r" not in text:
            return "\n"
        return "\r\n" if text.count("\r\n") == text.count("\r") == text.count("\n") else ""

    @cached_property
    def _pieces(self) -> list[tuple[int, str]]:
        """Start and text of each line where line ends differ."""
        first_end = LINE_END.search(self.text, self.text.find("MSH"))
        ends = _line_ends(self.encoding.field) if first_end and first_end[0] == "\r" else LINE_END
        found, start = [], 0
        for line_end in ends.finditer(self.text):
            found.append((start, self.text[start : line_end.start()]))
            start = line_end.end()
        found.append((start, self.text[start:]))
        return found

    @cached_property
    def texts(self) -> list[str]:
        """Every line, blank ones included."""
        return self.text.split(self.end) if self.end else [line for _, line in self._pieces]

    @cached_property
    def starts(self) -> list[int]:
        if not self.end:
            return [start for start, _ in self._pieces]
        width = len(self.end)
        return list(accumulate((len(line) + width for line in self.texts[:-1]), initial=0))

    @cached_property
    def named(self) -> dict[str, list[int]]:
        """The numbers of the lines by the name of the segment; a blank line has none."""
        separator, found = self.encoding.field, dict[str, list[int]]()
        for number, line in enumerate(self.texts):
            if line:
                name = line[:3]
                if (line[3:4] != separator or separator in name) and name not in HEADERS:
                    name = line.partition(separator)[0]
                if name in found:
                    found[name].append(number)
                else:
                    found[name] = [number]
        return found

    @cached_property
    def filled(self) -> Sequence[int]:
        """The numbers of the lines that are segments."""
        return [number for number, line in enumerate(self.texts) if line]

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        found: dict[int, Segment] = {}
        indexes = {number: index for index, number in enumerate(self.filled)}
        texts, starts, encoding = self.texts, self.starts, self.encoding
        for name, numbers in self.named.items():
            for ordinal, number in enumerate(numbers, 1):
                found[number] = Segment(name, indexes[number], ordinal, texts[number], starts[number], encoding)
        return tuple(found[number] for number in self.filled)

    def segment_at(self, number: int) -> Segment:
        """The segment in one line, without making the others."""
        line = self.texts[number]
        name = line[:3] if line.startswith(HEADERS) else line.partition(self.encoding.field)[0]
        ordinal = bisect_left(self.named[name], number) + 1
        return Segment(name, bisect_left(self.filled, number), ordinal, line, self.starts[number], self.encoding)

    def number_at(self, offset: int) -> int | None:
        """The last line that is a segment and starts at `offset` or before."""
        number = bisect_right(self.starts, offset) - 1
        index = bisect_right(self.filled, number) - 1
        return self.filled[index] if index >= 0 else None

    def find(self, place: Path) -> int | None:
        """The number of the line that `place` names, the first of its name where it tells no ordinal."""
        numbers = self.named.get(place.segment)
        ordinal = place.ordinal or 1
        return numbers[ordinal - 1] if numbers and ordinal <= len(numbers) else None

    def fields(self, number: int) -> list[str]:
        """The line split at its field separator, the name in front; not to be changed."""
        found = self._fields.get(number)
        if found is None:
            found = self._fields[number] = self.texts[number].split(self.encoding.field)
        return found

    def read(self, number: int, place: Path) -> str:
        """The value at what `place` names in a line, with its escapes read; empty where there is none."""
        fields, position = self.fields(number), place.field or 0
        if fields[0] in HEADERS or self.texts[number].startswith(HEADERS):
            if position <= 2:
                return self.segment_at(number).read_value(place)
            position -= 1
        return read_below(fields[position], place, self.encoding) if 0 < position < len(fields) else ""

    def split(self) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """The name and the fields of each segment, down to the subcomponents."""
        texts, encoding = self.texts, self.encoding
        found: dict[int, tuple[str, tuple[Field, ...]]] = {}
        for name, numbers in self.named.items():
            for number in numbers:
                found[number] = name, split_line(texts[number], encoding, header=name in HEADERS)
        return tuple([found[number] for number in self.filled])

    def with_lines(self, changed: dict[int, list[str]]) -> Lines:
        """These lines with the fields of some of them changed; what is known of the others is kept.

        Only where no field holds a line end or the field separator.
        """
        texts = self.texts.copy()
        for number, fields in changed.items():
            texts[number] = self.encoding.field.join(fields)
        made = Lines(self.end.join(texts), self.encoding)
        made.__dict__.update(end=self.end, texts=texts, named=self.named)
        made._fields = self._fields | changed
        return made


@lru_cache(maxsize=64)
def _line_ends(field_separator: str) -> re.Pattern[str]:
    """Line ends of a message that ends its segments by carriage return: a line feed within one is content."""
    return re.compile(rf"\r\n?|\n(?=[A-Z][A-Z0-9]{{2}}{re.escape(field_separator)})|\n\Z")
