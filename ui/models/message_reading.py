"""Message reading: a message as it stands in an editor, with its groups and names, and ways between places and rows."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
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
    def segments(self) -> tuple[Segment, ...]:
        return self.message.segments

    def segment_at(self, offset: int) -> Segment | None:
        """The segment at an offset of the message's text; a line end belongs to the segment before it."""
        index = bisect_right(self.segments, offset, key=lambda segment: segment.start) - 1
        return self.segments[index] if index >= 0 else None

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


def read_message(text: str, position: int = 0) -> MessageReading | WorkbenchError:
    """Read the message at a position of an editor's text, or say why it is none; long ones beside the window."""
    wide = () if text.isascii() else tuple(found.start() for found in _WIDE.finditer(text))
    pieces = find_pieces(text)
    number = number_at(pieces, position - bisect_left(range(len(wide)), position, key=lambda at: wide[at] + at))
    start, end = pieces[number]
    piece = text[start:end]
    try:
        message = parse_message(piece)
    except WorkbenchError as error:
        return error
    counts = Counter(segment.name for segment in message.segments)
    placement = place_message(message)
    return MessageReading(
        message,
        load_dictionary(message.version),
        placement,
        _find_ways(placement, len(message.segments)),
        frozenset(name for name, count in counts.items() if count > 1),
        start + len(piece) - len(message.text),
        wide,
        pieces,
        number,
    )


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
