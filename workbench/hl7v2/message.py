"""Message: one HL7 v2 message in ER7, kept byte for byte, with its segments and places found when asked for.

A message is never refused for its content: only where no MSH can be read is there nothing to hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from workbench.errors import WorkbenchError
from workbench.hl7v2.characters import can_encode, choose_codec, decode_bytes, encode_text
from workbench.hl7v2.dictionary import load_dictionary
from workbench.hl7v2.escapes import EncodingCharacters, escape_text, read_encoding, unescape_text
from workbench.hl7v2.path import Path, parse_path
from workbench.hl7v2.segment import HEADERS, Part, Segment

__all__ = [
    "EncodingCharacters",
    "Message",
    "Part",
    "Path",
    "Segment",
    "escape_text",
    "parse_message",
    "parse_path",
    "unescape_text",
]

_LINE_END = re.compile(r"\r\n?|\n")
_HEADER = re.compile(r"\s*(?:[FB]HS[^\r\n]*\s+)*(?=MSH[^\r\n])")


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `text` leaves out the byte order mark alone, and `to_bytes` gives the bytes it was read from."""

    text: str
    encoding: EncodingCharacters
    codec: str = "utf-8"
    bom: bytes = b""
    _kept: list[tuple[Segment, ...]] = field(default_factory=list, repr=False, compare=False)

    def to_bytes(self) -> bytes:
        return self.bom + encode_text(self.text, self.codec)

    @property
    def segments(self) -> tuple[Segment, ...]:
        if not self._kept:
            self._kept.append(tuple(_read_segments(self.text, self.encoding)))
        return self._kept[0]

    def find_segments(self, name: str) -> tuple[Segment, ...]:
        return tuple(segment for segment in self.segments if segment.name == name)

    def get(self, path: str) -> str | None:
        """The value at `path` with its escapes read; None where nothing is valued there (2.5.1, 2.5.3).

        A place that is split further, such as `PID-5`, is given as it stands. `PID-5.1.1` reads a component that is
        not split, too. The null value `""` is given as two quotation marks.
        """
        place = parse_path(path)
        segment = self._find_segment(place)
        if segment is None or place.field is None:
            return None
        return segment.read_value(place) or None

    def get_all(self, path: str) -> tuple[str, ...]:
        """The values at `path` in all its segments and repetitions, where the path does not name one."""
        place = parse_path(path)
        found: list[str] = []
        for segment in self.find_segments(place.segment):
            if place.ordinal in (None, segment.ordinal):
                found.extend(_values(segment, place))
        return tuple(found)

    def find_part(self, path: str) -> Part | None:
        """The part at `path`, empty ones included; None past the end. A segment alone has no part."""
        place = parse_path(path)
        segment = self._find_segment(place)
        return segment.find_part(place) if segment else None

    def span(self, path: str) -> tuple[int, int] | None:
        """Where `path` stands in `text`, or None where it is past the end."""
        place = parse_path(path)
        found = self._find_segment(place) if place.field is None else self.find_part(path)
        return (found.start, found.end) if found else None

    def locate(self, offset: int) -> str:
        """The deepest path at `offset` of `text`; a line end belongs to the segment before it."""
        before = [segment for segment in self.segments if segment.start <= offset]
        if not before:
            return ""
        segment = before[-1]
        several = sum(other.name == segment.name for other in self.segments) > 1
        name = f"{segment.name}[{segment.ordinal}]" if several else segment.name
        fields = [part for part in segment.fields if part.start <= offset]
        return name + _place_in_field(fields[-1], offset) if fields else name

    def set(self, path: str, value: str, *, raw: bool = False) -> Message:
        """A message with `value` at `path`, escaped unless `raw`; what lies before it is filled with delimiters.

        A segment that is the next of its name is added at the end. MSH-1 and MSH-2 are changed in the text alone.
        """
        from workbench.hl7v2.edit import set_value

        text = set_value(self, parse_path(path), value if raw else escape_text(value, self.encoding))
        if not can_encode(text, self.codec):
            raise WorkbenchError(
                f"“{value}” cannot be written in {self.codec}, the character set of this message.",
                hint="Name another one in MSH-18, or write the value with other characters.",
            )
        return replace(self, text=text, _kept=[])

    @property
    def type_name(self) -> str:
        """MSH-9 as people say it, such as `ADT^A01`; `ACK` where there is no trigger event."""
        return "^".join(part for part in (self.get("MSH-9.1"), self.get("MSH-9.2")) if part)

    @property
    def structure(self) -> str:
        """The message structure, such as `ADT_A01`: MSH-9.3, or what the standard gives the event."""
        if named := self.get("MSH-9.3"):
            return named
        return load_dictionary(self.version).structure_of(self.get("MSH-9.1") or "", self.get("MSH-9.2") or "")

    @property
    def version(self) -> str:
        return self.get("MSH-12.1") or ""

    @property
    def control_id(self) -> str:
        return self.get("MSH-10") or ""

    def _find_segment(self, place: Path) -> Segment | None:
        name, ordinal = place.segment, place.ordinal or 1
        for segment in self.segments:
            if segment.name == name and segment.ordinal == ordinal:
                return segment
        return None


def parse_message(data: bytes | str, *, codec: str = "") -> Message:
    """Read one message; `WorkbenchError` with line and column where no MSH segment can be read.

    `codec` is tried first, as for a message of a file whose byte order mark stands before another one.
    """
    if isinstance(data, str):
        bom, text = (b"\xef\xbb\xbf", data[1:]) if data.startswith("\ufeff") else (b"", data)
        codec = "utf-8" if bom else choose_codec(text)
    else:
        text, codec, bom = decode_bytes(data, codec)
    header = _HEADER.match(text)
    if header is None:
        raise _no_header(text)
    start = header.end()
    line = _LINE_END.split(text[start : start + 4096], maxsplit=1)[0]
    return Message(text, read_encoding(line[3], line[4:].split(line[3], 1)[0]), codec, bom)


def _no_header(text: str) -> WorkbenchError:
    blank = len(text) - len(text.lstrip())
    line = len(_LINE_END.findall(text[:blank])) + 1
    column = blank - max(text.rfind("\n", 0, blank), text.rfind("\r", 0, blank))
    shown = _LINE_END.split(text[blank : blank + 200], maxsplit=1)[0]
    seen = (
        f"and this starts with “{shown[:20].encode('ascii', 'backslashreplace').decode()}”"
        if shown
        else "and this is empty"
    )
    return WorkbenchError(
        f"An HL7 v2 message starts with MSH and its field separator, {seen}.",
        hint="Start it with MSH|^~\\&|.",
        line=line,
        column=column,
    )


@lru_cache(maxsize=64)
def _line_ends(field_separator: str) -> re.Pattern[str]:
    """Line ends of a message that ends its segments by carriage return: a line feed within one is content."""
    return re.compile(rf"\r\n?|\n(?=[A-Z][A-Z0-9]{{2}}{re.escape(field_separator)})|\n\Z")


def _read_segments(text: str, encoding: EncodingCharacters) -> Iterator[Segment]:
    index, seen = 0, dict[str, int]()
    for start, line in _read_lines(text, encoding):
        if line:
            name = line[:3] if line.startswith(HEADERS) else line.partition(encoding.field)[0]
            seen[name] = ordinal = seen.get(name, 0) + 1
            yield Segment(name, index, ordinal, line, start, encoding)
            index += 1


def _read_lines(text: str, encoding: EncodingCharacters) -> Iterator[tuple[int, str]]:
    """Each line with its start; a text with one sort of line end, the usual one, needs no pattern."""
    start = 0
    if "\n" not in text or "\r" not in text:
        for line in text.split("\n" if "\n" in text else "\r"):
            yield start, line
            start += len(line) + 1
        return
    first_end = _LINE_END.search(text, text.find("MSH"))
    ends = _line_ends(encoding.field) if first_end and first_end[0] == "\r" else _LINE_END
    for line_end in ends.finditer(text):
        yield start, text[start : line_end.start()]
        start = line_end.end()
    yield start, text[start:]


def _values(segment: Segment, place: Path) -> Iterator[str]:
    if place.field is None:
        yield segment.text
        return
    whole = segment.find_field(place.field)
    if whole is None:
        return
    numbers = range(1, len(whole.repetitions) + 1) if place.repetition is None else (place.repetition,)
    for number in numbers:
        if value := segment.read_value(replace(place, repetition=number)):
            yield value


def _place_in_field(part: Part, offset: int) -> str:
    place = f"-{part.number}"
    if not part.is_split:
        return place
    repetitions = part.repetitions
    repetition = _part_at(repetitions, offset)
    if len(repetitions) > 1:
        place += f"[{repetition.number}]"
    if repetition.is_split:
        component = _part_at(repetition.components, offset)
        place += f".{component.number}"
        if component.is_split:
            place += f".{_part_at(component.subcomponents, offset).number}"
    return place


def _part_at(parts: tuple[Part, ...], offset: int) -> Part:
    return next((part for part in reversed(parts) if part.start <= offset), parts[0])
