"""Lines: the lines of a message's text, found once, with their names, starts and fields when they are asked for."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from workbench.hl7v2.escapes import EncodingCharacters
from workbench.hl7v2.path import Path
from workbench.hl7v2.segment import Segment
from workbench.hl7v2.split import HEADERS, Field, read_below, split_line

if TYPE_CHECKING:
    from workbench.hl7v2.placement import Placement

LINE_END = re.compile(r"\r\n?|\n")


class Lines:
    """What is known of where the segments of one text stand; nothing is found before it is asked for.

    `placed` keeps the message's placement once that was asked for.
    """

    def __init__(self, text: str, encoding: EncodingCharacters) -> None:
        self.text = text
        self.encoding = encoding
        self._fields: dict[int, list[str]] = {}
        self._first_starts: dict[str, int | None] = {}
        self._first_fields: dict[str, list[str]] = {}
        self.placed: list[Placement | None] = []

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

    def find_segments(self, name: str) -> tuple[Segment, ...]:
        return tuple(map(self.segment_at, self.named.get(name, ())))

    def segment_at(self, number: int) -> Segment:
        """The segment in the line of a number, without making the others."""
        line, start = self.texts[number], self.starts[number]
        separator = self.encoding.field
        is_usual = line.startswith(HEADERS) or (line[3:4] == separator and separator not in line[:3])
        name = line[:3] if is_usual else line.partition(separator)[0]  # without a copy of megabytes
        ordinal = bisect_left(self.named[name], number) + 1
        return Segment(name, bisect_left(self.filled, number), ordinal, line, start, self.encoding)

    def segment_from(self, start: int) -> Segment:
        """The segment whose line starts there, without making the others."""
        return self.segment_at(bisect_left(self.starts, start))

    def start_before(self, offset: int) -> int | None:
        """Where the last segment starts that starts at `offset` or before."""
        index = bisect_right(self.filled, bisect_right(self.starts, offset) - 1) - 1
        return self.starts[self.filled[index]] if index >= 0 else None

    def find(self, place: Path) -> int | None:
        """Where the line starts that `place` names, the first of its name where it tells no ordinal."""
        name, ordinal = place.segment, place.ordinal or 1
        if ordinal == 1:
            if name not in self._first_starts:
                self._first_starts[name] = self._find_first(name)
            return self._first_starts[name]
        numbers = self.named.get(name)
        return self.starts[numbers[ordinal - 1]] if numbers and ordinal <= len(numbers) else None

    def _find_first(self, name: str) -> int | None:
        """The first line of a name, sought in the text as long as the lines are not known."""
        text, end, separator = self.text, self.end, self.encoding.field
        if not end or "named" in self.__dict__ or separator in name:
            numbers = self.named.get(name)
            return self.starts[numbers[0]] if numbers else None
        begin, after = end + name, ("", separator, end[0])
        if text.startswith(name) and (text[3:4] in after or name in HEADERS):
            return 0
        at = text.find(begin)
        while at >= 0:
            start = at + len(end)
            if text[start + 3 : start + 4] in after or name in HEADERS:
                return start
            at = text.find(begin, start)
        return None

    def line_at(self, start: int) -> str:
        if not self.end:
            return self.texts[bisect_left(self.starts, start)]
        stop = self.text.find(self.end, start)
        return self.text[start:] if stop < 0 else self.text[start:stop]

    def fields(self, number: int) -> list[str]:
        """The line of a number split at its field separator, the name in front; not to be changed."""
        found = self._fields.get(start := self.starts[number])
        if found is None:
            found = self._fields[start] = _split(self.texts[number], self.encoding)
        return found

    def fields_at(self, start: int) -> list[str]:
        """The line that starts there split at its field separator, the name in front; not to be changed."""
        found = self._fields.get(start)
        if found is None:
            found = self._fields[start] = _split(self.line_at(start), self.encoding)
        return found

    def read(self, place: Path) -> str:
        """The value at `place` with its escapes read; empty where there is none."""
        fields = self._first_fields.get(place.segment) if place.ordinal is None else None
        if fields is None:
            start = self.find(place)
            if start is None:
                return ""
            fields = self.fields_at(start)
            if place.ordinal is None:
                self._first_fields[place.segment] = fields
        position = place.field or 0
        if fields[0] in HEADERS:
            if position <= 2:
                return self._read_delimiters(place)
            position -= 1
        return read_below(fields[position], place, self.encoding) if 0 < position < len(fields) else ""

    def _read_delimiters(self, place: Path) -> str:
        start = self.find(place)
        return "" if start is None else self.segment_from(start).read_value(place)

    def split(self) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """The name and the fields of each segment, down to the subcomponents."""
        encoding = self.encoding
        return tuple([split_line(line, encoding) for line in self.texts if line])

    def with_fields(self, changed: dict[int, list[str]]) -> Lines:
        """The lines with the fields of those that start at the keys of `changed`; the order of segments stays known."""
        written, done = [], 0
        for start in sorted(changed):
            name, *fields = changed[start]
            after = self.text[start + len(name) : start + len(name) + 1] if name in HEADERS else self.encoding.field
            written += [self.text[done:start], name, after if fields else "", self.encoding.field.join(fields)]
            done = start + len(self.line_at(start))
        made = Lines("".join([*written, self.text[done:]]), self.encoding)
        if self.end and "named" in self.__dict__ and not any(map(_holds_line_end, changed.values())):
            made.__dict__.update(end=self.end, named=self.named, filled=self.filled)
        return made


def _split(line: str, encoding: EncodingCharacters) -> list[str]:
    """The name and the fields; a header's name ends after three letters, whatever the separator."""
    if line.startswith(HEADERS):
        return [line[:3], *line[4:].split(encoding.field)] if len(line) > 3 else [line]
    return line.split(encoding.field)


def _holds_line_end(fields: list[str]) -> bool:
    return any("\r" in field or "\n" in field for field in fields)


@lru_cache(maxsize=64)
def _line_ends(field_separator: str) -> re.Pattern[str]:
    """Line ends of a message that ends its segments by carriage return: a line feed within one is content."""
    return re.compile(rf"\r\n?|\n(?=[A-Z][A-Z0-9]{{2}}{re.escape(field_separator)})|\n\Z")
