"""SegmentScope: one segment in its message while it is judged, and the values that conditions see from there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from workbench.conformance.message_profile import Rule, Usage
from workbench.hl7v2.message import Message
from workbench.hl7v2.path import Path
from workbench.hl7v2.placement import PlacedGroup
from workbench.hl7v2.segment import Part, Segment

_ByName = dict[str, list[Segment]]


class SegmentIndex:
    """The segments of a message and of its groups by name; each is looked through once."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._found: dict[int, _ByName] = {}
        self._looked_at: tuple[int, int] | None = None
        self._repetitions: tuple[Part, ...] = ()

    def find(self, group: PlacedGroup | None, name: str) -> list[Segment]:
        """The segments `name` in a group, those of the groups within included, or in the whole message."""
        key = id(group)
        if key not in self._found:
            within = self._message.segments if group is None else [placed.segment for placed in group.segments()]
            by_name = self._found[key] = _ByName()
            for segment in within:
                by_name.setdefault(segment.name, []).append(segment)
        return self._found[key].get(name, [])

    def repetitions(self, segment: Segment, number: int) -> tuple[Part, ...]:
        """The repetitions of a field; those of the last one are kept, since each of them may be asked for."""
        if self._looked_at != (segment.index, number):
            field = segment.find_field(number)
            self._looked_at, self._repetitions = (segment.index, number), field.repetitions if field else ()
        return self._repetitions

    def values(self, segment: Segment, path: Path) -> Iterator[str]:
        """The values at a path in one segment, or its text where the path is the segment's own."""
        if path.field is None:
            yield segment.text
            return
        parts = self.repetitions(segment, path.field)
        for part in parts if path.repetition is None else parts[path.repetition - 1 : path.repetition]:
            below = part.find_below(path.component, path.subcomponent)
            if below is not None and (value := below.value):
                yield value


@dataclass(frozen=True, slots=True)
class SegmentScope:
    """`groups` are those around the segment, the outermost first; `field` and `repetition` are what is judged."""

    index: SegmentIndex
    segment: Segment | None = None
    groups: tuple[PlacedGroup, ...] = ()
    field: int = 0
    repetition: int = 0

    def read(self, path: Path) -> tuple[str, ...]:
        """The values that a condition means by `path`: those nearest to the place that it is for.

        They are of the same repetition, else the same segment, else the innermost group that has such a segment.
        """
        if path.ordinal is None and self.segment is not None and self.segment.name == path.segment:
            is_within = path.component and path.field == self.field and self.repetition and not path.repetition
            return tuple(
                self.index.values(self.segment, replace(path, repetition=self.repetition) if is_within else path)
            )
        if path.ordinal is None:
            for group in reversed(self.groups):
                if found := self.index.find(group, path.segment):
                    return tuple(value for segment in found for value in self.index.values(segment, path))
        return tuple(
            value
            for segment in self.index.find(None, path.segment)
            if path.ordinal in (None, segment.ordinal)
            for value in self.index.values(segment, path)
        )

    def usage_of(self, rule: Rule) -> Usage | None:
        """The usage that holds here; None where nothing is asked, or where nobody can tell."""
        if rule.condition is not None:
            holds = rule.condition.holds(self.read)
            return None if holds is None else rule.usage if holds else rule.otherwise
        if rule.usage is None and rule.cardinality is not None and rule.cardinality.least:
            return "R"
        return rule.usage
