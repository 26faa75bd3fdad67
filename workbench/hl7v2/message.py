"""Message: one HL7 v2 message in ER7, kept byte for byte, with its segments and places found when asked for.

A message is never refused for its content: only where no MSH can be read is there nothing to hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.hl7v2.character_set import CharacterSet, name_of_codec
from workbench.hl7v2.characters import choose_character_set, decode_bytes, find_undecoded, reads_back
from workbench.hl7v2.dictionary import load_dictionary
from workbench.hl7v2.escapes import EncodingCharacters, escape_text, read_encoding, unescape_text
from workbench.hl7v2.kept_bytes import find_kept_letters
from workbench.hl7v2.lines import LINE_END, Lines
from workbench.hl7v2.path import Path, names_group, parse_path
from workbench.hl7v2.place_facts import find_parts, path_of_parts
from workbench.hl7v2.segment import NULL, Part, Segment
from workbench.hl7v2.split import Field

if TYPE_CHECKING:
    from workbench.hl7v2.placement import Placement

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

# Possessive: no way to read the lines before MSH is tried twice.
_HEADER = re.compile(r"\s*+(?:[FB]HS[^\r\n\x0b\x1c]*+\s++)*+(?=MSH[^\r\n])")


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `text` leaves out the byte order mark alone, and `to_bytes` gives the bytes it was read from."""

    text: str
    encoding: EncodingCharacters
    character_set: CharacterSet
    bom: bytes
    lines: Lines = field(repr=False, compare=False)

    def to_bytes(self) -> bytes:
        return self.bom + self.character_set.to_bytes(self.text)

    @property
    def codec(self) -> str:
        """What Python calls the character set that the message stands in."""
        return self.character_set.codec

    @property
    def segments(self) -> tuple[Segment, ...]:
        return self.lines.segments

    def find_segments(self, name: str) -> tuple[Segment, ...]:
        return self.lines.find_segments(name)

    def split(self) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """Each segment's name with its fields, down to the subcomponents as they stand."""
        return self.lines.split()

    def get(self, path: str) -> str | None:
        """The value at `path` with its escapes read; None where nothing is valued there (2.5.1, 2.5.3).

        A place that is split further, such as `PID-5`, is given as it stands. `PID-5.1.1` reads a component that is
        not split, too. The null value `""` is given as two quotation marks.
        """
        place = parse_path(path) if "/" not in path else self._find_flat(path)
        return None if place is None or place.field is None else self.lines.read(place) or None

    def is_null(self, path: str) -> bool:
        """Tell whether the null value `""` stands there, which asks to delete what the receiver has (2.5.3)."""
        return self.get(path) == NULL

    def get_all(self, path: str) -> tuple[str, ...]:
        """The values at `path` in all its segments and repetitions, where the path does not name one."""
        if "/" in path:
            from workbench.hl7v2.group_path import find_places

            return tuple(value for segment, place in find_places(self, path) for value in _values(segment, place))
        place = parse_path(path)
        found: list[str] = []
        for segment in self.find_segments(place.segment):
            if place.ordinal in (None, segment.ordinal):
                found.extend(_values(segment, place))
        return tuple(found)

    def find_part(self, path: str) -> Part | None:
        """The part at `path`, empty ones included; None past the end. A segment alone has no part."""
        place = self._find_flat(path)
        segment = self._find_segment(place) if place else None
        return segment.find_part(place) if segment and place else None

    def span(self, path: str) -> tuple[int, int] | None:
        """Where `path` stands in `text`, or None where it is past the end."""
        place = self._find_flat(path)
        if place is None:
            return None
        segment = self._find_segment(place)
        found = segment if segment is None or place.field is None else segment.find_part(place)
        return (found.start, found.end) if found else None

    def locate(self, offset: int, *, groups: bool = False) -> str:
        """The deepest path at `offset` of `text`, by its groups if asked; a line end belongs to the segment before."""
        start = self.lines.start_before(offset)
        if start is None:
            return ""
        segment = self.lines.segment_from(start)
        several = len(self.lines.named[segment.name]) > 1
        place = str(path_of_parts(segment, find_parts(segment, offset), several=several))
        if not groups or self.placement is None:
            return place
        return self.placement.path_of(segment.index) + place[place.find("-") if "-" in place else len(place) :]

    def set(self, path: str, value: str, *, raw: bool = False) -> Message:
        """A message with `value` at `path`, escaped unless `raw`; what lies before it is filled with delimiters.

        A segment that is the next of its name is added: at the end, or in the group that the path names. MSH-1 and
        MSH-2 are changed in the text alone.
        """
        return self.set_all({path: value}, raw=raw)

    def set_all(self, values: Mapping[str, str], *, raw: bool = False) -> Message:
        """A message with each value at its path, in one go."""
        from workbench.hl7v2.edit import set_values

        roomy = self
        for path in values:
            if "/" in path:
                from workbench.hl7v2.group_path import make_room

                roomy = make_room(roomy, path)
        changes = []
        for path, value in values.items():
            if place := roomy._find_flat(path):
                changes.append((place, value if raw else escape_text(value, self.encoding)))
        made = self._with(set_values(roomy.lines, changes))
        for place, _ in changes:
            if place.field == 18 and place.segment == "MSH":
                made = replace(made, character_set=_choose_named(made))
        for _, value in changes:
            if not value.isascii() and not made.character_set.can_encode(value):
                raise _no_such_letter(value, made.codec)
        return self._become(made)

    def find_undecoded(self) -> tuple[int, ...]:
        """The offsets in `text` of bytes that are no letter of the character set."""
        return find_kept_letters(self.text) if self.character_set.undecoded else ()

    def delete(self, path: str) -> Message:
        """A message without what stands at `path`: a group, a segment's whole line, a repetition, or a place's value.

        A group (`ORDER_OBSERVATION[2]`) goes with all segments that stand in it, local ones too. What is not there
        changes nothing; delimiters that only led to the place go with it. MSH itself stays.
        """
        from workbench.hl7v2.edit import delete_place, delete_segments

        if names_group(path):
            from workbench.hl7v2.group_path import find_group

            group = find_group(self, path)
            indexes = [placed.segment.index for placed in group.segments()] if group else ()
            return self._become(self._with(delete_segments(self.lines, indexes))) if indexes else self
        place = self._find_flat(path)
        return self._become(self._with(delete_place(self.lines, place))) if place else self

    def insert(self, segment: str, at: int | None = None) -> Message:
        """A message with the text of one more segment before the one whose `index` is `at`, or at the end."""
        from workbench.hl7v2.edit import insert_segment

        return self._become(self._with(insert_segment(self.lines, segment, at)))

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

    @property
    def placement(self) -> Placement | None:
        """The segments in the groups of the message's structure; None where its version has no such structure."""
        from workbench.hl7v2.placement import place_message

        if not self.lines.placed:
            self.lines.placed.append(place_message(self))
        return self.lines.placed[0]

    def _find_flat(self, path: str) -> Path | None:
        """The place without its groups; None where nothing stands at a path with groups."""
        if "/" not in path:
            return parse_path(path)
        from workbench.hl7v2.group_path import find_places

        return next((replace(place, ordinal=segment.ordinal) for segment, place in find_places(self, path)), None)

    def _with(self, lines: Lines) -> Message:
        character_set = self.character_set
        if character_set.undecoded:
            character_set = find_undecoded(lines.text, character_set)
        return Message(lines.text, self.encoding, character_set, self.bom, lines)

    def _become(self, made: Message) -> Message:
        """`made`, unless it is read otherwise than it was meant and this one is not."""
        if reads_back(made.text, made.character_set) or not reads_back(self.text, self.character_set):
            return made
        raise WorkbenchError(
            "Bytes that are no letter of the character set would be read as one together with what comes behind them.",
            hint="Set right MSH-18, or the values that hold those bytes, first.",
        )

    def _find_segment(self, place: Path) -> Segment | None:
        start = self.lines.find(place)
        return None if start is None else self.lines.segment_from(start)


def parse_message(data: bytes | str, *, codec: str = "") -> Message:
    """Read one message; `WorkbenchError` with line and column where no MSH segment can be read.

    `codec` is tried first, as for a message of a file whose byte order mark stands before another one.
    """
    if isinstance(data, str):
        bom, text = (b"\xef\xbb\xbf", data[1:]) if data.startswith("\ufeff") else (b"", data)
        character_set = CharacterSet(codec="utf-8", reason="byte order mark") if bom else choose_character_set(text)
    else:
        text, character_set, bom = decode_bytes(data, codec)
    start = 0
    if text[:3] != "MSH" or text[3:4] in ("\r", "\n", ""):
        header = _HEADER.match(text)
        if header is None:
            raise _no_header(text)
        start = header.end()
    separator = text[start + 3]
    msh2 = text[start + 4 : start + 84].partition(separator)[0]
    if "\r" in msh2 or "\n" in msh2:
        msh2 = LINE_END.split(msh2, maxsplit=1)[0]
    encoding = read_encoding(separator, msh2, character_set.escaped_codec)
    return Message(text, encoding, character_set, bom, Lines(text, encoding))


def _choose_named(message: Message) -> CharacterSet:
    """The character set that MSH-18 names now; the whole message is to be written in it."""
    chosen = choose_character_set(message.text)
    if chosen.declared and not chosen.agrees and not chosen.unknown:
        raise _no_such_letter(message.get("MSH-18") or "", chosen.declared[0])
    return replace(chosen, undecoded=message.character_set.undecoded)


def _no_such_letter(value: str, name: str) -> WorkbenchError:
    return WorkbenchError(
        f"“{value}” cannot be written in {name_of_codec(name)}, the character set of this message.",
        hint="Name another one in MSH-18, or write the value with other characters.",
    )


def _no_header(text: str) -> WorkbenchError:
    blank = len(text) - len(text.lstrip())
    line = len(LINE_END.findall(text[:blank])) + 1
    column = blank - max(text.rfind("\n", 0, blank), text.rfind("\r", 0, blank))
    shown = LINE_END.split(text[blank : blank + 200], maxsplit=1)[0]
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


def _values(segment: Segment, place: Path) -> Iterator[str]:
    if place.field is None:
        yield segment.text
        return
    whole = segment.find_field(place.field)
    if whole is None:
        return
    parts: Iterable[Part | None] = whole.repetitions
    if place.repetition is not None:
        parts = (whole.find("repetition", place.repetition),)
    for part in parts:
        below = part.find_below(place.component, place.subcomponent) if part else None
        if below is not None and (value := below.value):
            yield value
