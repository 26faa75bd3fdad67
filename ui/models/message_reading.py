"""Message reading: a message as it stands in an editor, with its groups and names, and ways between places and rows."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from ui.models.message_pieces import Piece, find_pieces, number_at
from workbench.errors import WorkbenchError
from workbench.hl7v2.dictionary import Dictionary, load_dictionary
from workbench.hl7v2.message import Message, parse_message
from workbench.hl7v2.placement import PlacedGroup, PlacedSegment, Placement, place_message
from workbench.hl7v2.segment import Segment

_WIDE = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class MessageReading:
    """`ways` leads to each segment by its index, as the numbers of children from the whole message down.

    The segments that `placement` holds may be those of a reading before: they tell their indexes alone.
    `skipped` is how much of the editor's text stands before the message's own, such as a byte order mark; `wide` holds
    the offsets of letters that an editor counts twice. Of a text with several `pieces` it is that of `number`, from 0.
    """

    message: Message
    names: Dictionary
    placement: Placement | None
    ways: tuple[tuple[int, ...], ...]
    several: frozenset[str]
    skipped: int = 0
    wide: tuple[int, ...] = ()
    pieces: tuple[Piece, ...] = ()
    number: int = 0

    @property
    def count(self) -> int:
        """How many segments there are."""
        return len(self.message.lines.filled)

    def segment(self, index: int) -> Segment:
        """The segment of an index, without making the others."""
        lines = self.message.lines
        return lines.segment_at(lines.filled[index])

    def segment_at(self, offset: int) -> Segment | None:
        """The segment at an offset of the message's text; a line end belongs to the segment before it."""
        lines = self.message.lines
        start = lines.start_before(offset)
        return lines.segment_from(start) if start is not None else None

    def label_of(self, segment: Segment) -> str:
        """`PID`, or `OBX[3]` where the message has several."""
        return f"{segment.name}[{segment.ordinal}]" if segment.name in self.several else segment.name or "?"

    def group_path_of(self, segment: Segment) -> str:
        return self.placement.path_of(segment.index) if self.placement is not None else ""

    # Offsets of the message's text are counted in characters, positions of an editor in UTF-16 units.

    def to_offset(self, position: int) -> int:
        wide = self.wide
        passed = bisect_left(range(len(wide)), position, key=lambda at: wide[at] + at) if wide else 0
        return position - passed - self.skipped

    def holds(self, position: int) -> bool:
        """Whether a position of the editor is of this message, and not of another one of the text."""
        offset = self.to_offset(position) + self.skipped
        return len(self.pieces) <= 1 or number_at(self.pieces, offset) == self.number

    def start_of(self, number: int) -> int:
        """The position where the message of that number starts."""
        start, _ = self.pieces[number]
        return start + bisect_left(self.wide, start)

    def to_position(self, offset: int) -> int:
        whole = offset + self.skipped
        return whole + bisect_left(self.wide, whole)


def read_message(
    text: str, position: int = 0, before: MessageReading | None = None, *, places: bool = True
) -> MessageReading | WorkbenchError | None:
    """Read the message at a position of an editor's text, or say why it is none.

    What is known from `before` of the groups is kept where the same segments stand in the same order. Without `places`
    nothing is found out that takes long: None where it would be.
    """
    wide = () if text.isascii() else tuple(found.start() for found in _WIDE.finditer(text))
    pieces = find_pieces(text)
    number = number_at(pieces, position - bisect_left(range(len(wide)), position, key=lambda at: wide[at] + at))
    start, end = pieces[number]
    piece = text[start:end]
    try:
        message = parse_message(piece)
    except WorkbenchError as error:
        return error
    kept = before if before is not None and _is_alike(before.message, message) else None
    if kept is None and not places:
        return None
    placement = kept.placement if kept is not None else place_message(message)
    named = message.lines.named
    return MessageReading(
        message,
        load_dictionary(message.version),
        placement,
        kept.ways if kept is not None else _find_ways(placement, len(message.lines.filled)),
        frozenset(name for name, numbers in named.items() if len(numbers) > 1),
        start + len(piece) - len(message.text),
        wide,
        pieces,
        number,
    )


def _is_alike(one: Message, other: Message) -> bool:
    """Whether two messages have the same segments in the same order, and are of one structure."""
    alike = one.lines.named == other.lines.named and one.lines.filled == other.lines.filled
    return alike and (one.version, one.structure) == (other.version, other.structure)


def _find_ways(placement: Placement | None, count: int) -> tuple[tuple[int, ...], ...]:
    if placement is None:
        return tuple((index,) for index in range(count))
    ways: list[tuple[int, ...]] = [()] * count
    waiting: list[tuple[PlacedGroup, tuple[int, ...]]] = [(placement.root, ())]
    while waiting:
        group, way = waiting.pop()
        for number, child in enumerate(group.children):
            if isinstance(child, PlacedSegment):
                ways[child.segment.index] = (*way, number)
            else:
                waiting.append((child, (*way, number)))
    return tuple(ways)
