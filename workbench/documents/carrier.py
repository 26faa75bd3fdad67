"""Carrier: what one OBX says of the document that it carries, as it stands in the message, rightly or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from workbench.documents.base64_reading import looks_like_base64
from workbench.documents.media_type import media_type_of_words
from workbench.hl7v2.message import Message
from workbench.hl7v2.segment import Segment

CarrierKind = Literal["ED", "RP", "text", "other"]
TEXT_TYPES = ("TX", "FT", "ST")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_ENCODINGS = ("base64", "hex", "a")


@dataclass(frozen=True, slots=True)
class Carrier:
    """One OBX of a message; `spill` are the lines after it that are no segments, where a line break cut OBX-5.

    `place` is the number of the component of OBX-5 in which the content stands, 0 where it stands nowhere; ED asks
    for the fifth. `content` is as it stands there, with what spilled over.
    """

    segment: Segment
    value_type: str
    value: str
    components: tuple[str, ...]
    place: int
    content: str
    spill: tuple[Segment, ...] = ()
    several: bool = False
    value_start: int = 0

    @property
    def at(self) -> str:
        """`OBX`, or `OBX[2]` where the message has several."""
        return f"OBX[{self.segment.ordinal}]" if self.several else "OBX"

    @property
    def set_id(self) -> int:
        """OBX-1, or the ordinal of the segment where it is no number."""
        fields = self.segment.text.split(self.segment.encoding.field, 2)
        text = fields[1].strip() if len(fields) > 1 else ""
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else self.segment.ordinal

    @property
    def kind(self) -> CarrierKind:
        """What it carries: by OBX-2, or by what stands in OBX-5 where OBX-2 says otherwise."""
        if self.value_type in ("ED", "RP"):
            return "ED" if self.value_type == "ED" else "RP"
        if self.place:
            return "ED"
        return "text" if self.value_type in TEXT_TYPES else "other"

    def start_of(self, number: int) -> int:
        """Where a component of OBX-5 stands in the message's text; 0 is the field itself."""
        return self.value_start + sum(len(text) + 1 for text in self.components[: max(number - 1, 0)])

    def component(self, number: int) -> str:
        return self.components[number - 1] if number <= len(self.components) else ""

    @property
    def declared(self) -> str:
        """The media type that ED-2 and ED-3 name; empty where they name none."""
        sort, subtype = (self.component(number) if number != self.place else "" for number in (2, 3))
        return media_type_of_words(sort, subtype)

    @property
    def encoding(self) -> str:
        return self.component(4) if self.place != 4 else ""


def read_carriers(message: Message) -> tuple[Carrier, ...]:
    """Each OBX in the order of the message."""
    found = message.find_segments("OBX")
    return tuple(_read(message, segment, len(found) > 1) for segment in found)


def _read(message: Message, segment: Segment, several: bool) -> Carrier:
    encoding = message.encoding
    fields = message.lines.fields_at(segment.start)
    value_type = fields[2].strip() if len(fields) > 2 else ""
    value = fields[5] if len(fields) > 5 else ""
    spill = tuple(_spill_of(message, segment)) if len(fields) <= 6 else ()
    repetition = value if value_type in TEXT_TYPES else value.split(encoding.repetition, 1)[0]
    components = tuple(repetition.split(encoding.component)) if encoding.component else (repetition,)
    place, content = _find_content(components, value_type)
    if content and spill:
        lines = [part.text.split(encoding.field, 1)[0] for part in spill]
        content = "\r".join((content, *lines))
    start = segment.start + (sum(map(len, fields[:5])) + 5 if len(fields) > 5 else 0)
    return Carrier(segment, value_type, value, components, place, content, spill, several, start)


def _find_content(components: tuple[str, ...], value_type: str) -> tuple[int, str]:
    """Where base64 stands: the fifth component, else the one that looks like it."""
    fifth = components[4] if len(components) > 4 else ""
    if value_type == "ED" and fifth:
        return 5, fifth
    if value_type == "RP":
        return 0, ""
    fourth = components[3].strip().lower() if len(components) > 4 else ""
    # “A” is the assigning authority of many a CX, and says “not encoded” in what may be an ED alone.
    is_encapsulated = fourth in _ENCODINGS and (fourth != "a" or value_type in ("", *TEXT_TYPES))
    if is_encapsulated and fifth:
        return 5, fifth
    for number, component in sorted(enumerate(components, 1), key=lambda pair: -len(pair[1])):
        if looks_like_base64(component):
            return number, component
    return 0, ""


def _spill_of(message: Message, segment: Segment) -> Iterator[Segment]:
    """The lines after an OBX that are no segments."""
    segments = message.segments
    for index in range(segment.index + 1, len(segments)):
        if is_segment(segments[index]):
            return
        yield segments[index]


def is_segment(segment: Segment) -> bool:
    """Tell whether a line is named as a segment is."""
    return bool(_NAME.fullmatch(segment.name))
