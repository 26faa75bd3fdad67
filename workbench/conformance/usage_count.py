"""UsageCount: what a log of messages uses: segments, fields and their parts, how often, how long, with which values.

Memory grows with the places and the different values that are kept, and not with the messages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from workbench.hl7v2.escapes import EncodingCharacters, unescape_text
from workbench.hl7v2.message import Message
from workbench.hl7v2.segment import Segment

Place = tuple[str, int, int, int]
"""Segment, field, component and subcomponent; 0 where the place is not below."""
NULL = '""'
# Different values that are told apart at one place, and those of codes that are kept with their counts.
MOST_DISTINCT = 10_000
MOST_VALUES = 1_000
# No standard has as many fields, components or subcomponents; what lies further is no message's.
MOST_PARTS = 999
NO_SEGMENT = "no segment"
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")


class PlaceCount:
    """One place: in how many messages and how often it is valued, and what was seen there."""

    __slots__ = ("_distinct", "_last", "held", "longest", "messages", "most", "nulls", "shortest", "times", "values")

    def __init__(self, keeps_values: bool) -> None:
        self.messages = 0
        self.times = 0
        self.held = 0
        """In how many of what holds it: of a field the segments, of a part the repetitions or components."""
        self.nulls = 0
        self.most = 0
        """The most values at once: repetitions of a field, or segments of that name in one message."""
        self.shortest = 0
        self.longest = 0
        self.values: Counter[str] | None = Counter() if keeps_values else None
        self._distinct: set[int] = set()
        self._last = -1

    @property
    def distinct(self) -> int:
        return len(self._distinct)

    @property
    def is_cut(self) -> bool:
        """Whether there were more different values than are told apart."""
        return len(self._distinct) >= MOST_DISTINCT

    def meet(self, number: int) -> None:
        """It is valued in message `number`, once more."""
        self.times += 1
        if number != self._last:
            self._last = number
            self.messages += 1

    def take(self, value: str, number: int) -> None:
        self.meet(number)
        self.held += 1
        length = len(value)
        if length > self.longest:
            self.longest = length
        if length < self.shortest or self.times == 1:
            self.shortest = length
        if len(self._distinct) < MOST_DISTINCT:
            self._distinct.add(hash(value))
        if self.values is not None and (value in self.values or len(self.values) < MOST_VALUES):
            self.values[value] += 1


class UsageCount:
    """Counts the messages of one type; `keeps_values` tells of which places the values may be kept."""

    def __init__(self, keeps_values: Callable[[Place], bool]) -> None:
        self._keeps_values = keeps_values
        self._places: dict[Place, PlaceCount] = {}
        self.messages = 0

    def add(self, message: Message) -> None:
        self.messages += 1
        segments = Counter[str]()
        for segment in message.segments:
            is_segment = _NAME.fullmatch(segment.name) is not None
            name = segment.name if is_segment else NO_SEGMENT
            segments[name] += 1
            self._place((name, 0, 0, 0)).meet(self.messages)
            if is_segment:
                self._count_segment(segment)
        for name, count in segments.items():
            place = self._place((name, 0, 0, 0))
            place.held += 1
            place.most = max(place.most, count)

    def places(self, is_asked: Callable[[Place], bool] = lambda _: False) -> dict[Place, PlaceCount]:
        """The places, segments in the order in which they were met; no message may be added after.

        Where of a place only the first part was seen, the place tells it all, unless `is_asked` wants the part too.
        """
        split: set[tuple[str | int, ...]] = {place[:3] for place in self._places if place[3] > 1}
        split |= {place[:2] for place in self._places if place[2] > 1}
        kept: dict[Place, PlaceCount] = {}
        order = {place[0]: at for at, place in enumerate(self._places) if not place[1]}
        for place, count in sorted(self._places.items(), key=lambda pair: (order[pair[0][0]], pair[0])):
            holder = (*place[: 3 if place[3] else 2], 0, 0)[:4]
            if place[2] == 0 or is_asked(place) or place[: 3 if place[3] else 2] in split:
                kept[place] = count
            elif holder in kept and kept[holder].values is None:
                kept[holder].values = count.values
        return kept

    def _place(self, place: Place) -> PlaceCount:
        found = self._places.get(place)
        if found is None:
            found = self._places[place] = PlaceCount(self._keeps_values(place))
        return found

    def _count_segment(self, segment: Segment) -> None:
        encoding, name = segment.encoding, segment.name
        shift = 1 if segment.is_header else 0
        for at, text in enumerate(segment.text.split(encoding.field, MOST_PARTS)[:MOST_PARTS]):
            number = at + shift
            if not text or at == 0 or (shift and number == 2):
                continue
            if text == NULL:
                self._place((name, number, 0, 0)).nulls += 1
                continue
            repetitions = text.split(encoding.repetition) if encoding.repetition else [text]
            valued = [each for each in repetitions if each.strip(encoding.component + encoding.subcomponent)]
            place = self._place((name, number, 0, 0))
            place.most = max(place.most, len(valued))
            held = place.held + bool(valued)
            for value in valued:
                self._count_repetition(place, segment, number, value)
            place.held = held

    def _count_repetition(self, place: PlaceCount, segment: Segment, number: int, text: str) -> None:
        encoding = segment.encoding
        if encoding.component and encoding.component in text:
            place.take(text, self.messages)
            for component, value in enumerate(text.split(encoding.component, MOST_PARTS)[:MOST_PARTS], 1):
                if value.strip(encoding.subcomponent) and value != NULL:
                    self._count_component(segment, number, component, value)
        else:
            place.take(self._count_component(segment, number, 1, text), self.messages)

    def _count_component(self, segment: Segment, number: int, component: int, text: str) -> str:
        """Count a component and what it is split into; gives it with its escapes read where it is not."""
        encoding, name, message = segment.encoding, segment.name, self.messages
        if encoding.subcomponent and encoding.subcomponent in text:
            for at, value in enumerate(text.split(encoding.subcomponent, MOST_PARTS)[:MOST_PARTS], 1):
                if value and value != NULL:
                    self._place((name, number, component, at)).take(_read(value, encoding), message)
        else:
            text = _read(text, encoding)
            self._place((name, number, component, 1)).take(text, message)
        self._place((name, number, component, 0)).take(text, message)
        return text


def _read(text: str, encoding: EncodingCharacters) -> str:
    return unescape_text(text, encoding) if encoding.escape and encoding.escape in text else text
