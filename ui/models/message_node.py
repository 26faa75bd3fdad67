"""Message nodes: the rows of a message's structure tree, of groups, segments and parts, made when they are opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ui.models.message_reading import MessageReading
from workbench.hl7v2.dictionary import Dictionary
from workbench.hl7v2.escapes import escape_text, unescape_text
from workbench.hl7v2.path import Path
from workbench.hl7v2.place_facts import find_definition
from workbench.hl7v2.placement import Fit, PlacedGroup
from workbench.hl7v2.segment import Part, PartLevel, Segment

FOLDED = "\ufffc"
"""The letter that stands for a folded run in an editor."""

# A view lays out all the rows of an open parent; where there are more than the first number they come in runs.
_MOST_ROWS = 400
RUN = 200


@dataclass(frozen=True, slots=True)
class GroupEntry:
    group: PlacedGroup
    label: str


@dataclass(frozen=True, slots=True)
class RunEntry:
    """Some of very many rows, from the `first` of them."""

    first: int
    entries: tuple[GroupEntry | SegmentEntry, ...]


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    segment: Segment
    label: str
    fit: Fit = ""


@dataclass(frozen=True, slots=True)
class PartEntry:
    """`part` is placed relative to its segment, and None where the message ends before it."""

    level: PartLevel
    number: int
    part: Part | None


Entry = GroupEntry | RunEntry | SegmentEntry | PartEntry


class Node:
    """One row, and the rows below it once they were asked for; the node without a parent is the whole message."""

    __slots__ = ("children", "entry", "parent", "row")

    def __init__(self, parent: Node | None, row: int, entry: Entry | None) -> None:
        self.parent = parent
        self.row = row
        self.entry = entry
        self.children: list[Node] | None = None


def list_entries(node: Node, reading: MessageReading, *, empty: bool) -> Sequence[Entry]:
    """What stands below `node`; with `empty` also what is empty, and what the version defines past the end."""
    match node.entry:
        case None:
            return _in_runs(_list_top(reading))
        case GroupEntry(group):
            return _in_runs(_list_group(group, reading))
        case RunEntry(_, entries):
            return entries
        case SegmentEntry(segment):
            defined = len(reading.names.fields(segment.name)) if empty else 0
            return _padded("field", at_zero(segment).fields, defined, empty)
        case PartEntry() as entry:
            return _list_parts(entry, node, reading.names, empty)


def _list_top(reading: MessageReading) -> list[GroupEntry | SegmentEntry]:
    if reading.placement is not None:
        return _list_group(reading.placement.root, reading)
    segments = map(reading.segment, range(reading.count))
    return [SegmentEntry(segment, reading.label_of(segment)) for segment in segments]


def _list_group(group: PlacedGroup, reading: MessageReading) -> list[GroupEntry | SegmentEntry]:
    entries = list[GroupEntry | SegmentEntry]()
    for child in group.children:
        if isinstance(child, PlacedGroup):
            entries.append(GroupEntry(child, child.path.rpartition("/")[2]))
        else:
            segment = reading.segment(child.segment.index)
            entries.append(SegmentEntry(segment, reading.label_of(segment), child.fit))
    return entries


def _in_runs(entries: list[GroupEntry | SegmentEntry]) -> Sequence[Entry]:
    if len(entries) <= _MOST_ROWS:
        return entries
    return [RunEntry(first, tuple(entries[first : first + RUN])) for first in range(0, len(entries), RUN)]


def _list_parts(entry: PartEntry, node: Node, names: Dictionary, empty: bool) -> list[PartEntry]:
    part = entry.part
    if part is None or part.whole:
        return []
    if entry.level == "field" and len(part.repetitions) > 1:
        return _padded("repetition", part.repetitions, 0, True)
    defined = count_components(node, names) if empty else 0
    if entry.level in ("field", "repetition"):
        parts = part.components
        many = len(parts) > 1 or defined > 1 or parts[0].is_split
        return _padded("component", parts, defined, empty) if many else []
    if entry.level == "component" and (len(part.subcomponents) > 1 or defined > 1):
        return _padded("subcomponent", part.subcomponents, defined, empty)
    return []


def _padded(level: PartLevel, parts: tuple[Part, ...], defined: int, empty: bool) -> list[PartEntry]:
    there = [PartEntry(level, part.number, part) for part in parts if empty or part.text]
    return there + [PartEntry(level, number, None) for number in range(len(parts) + 1, defined + 1)]


def count_components(node: Node, names: Dictionary) -> int:
    """How many parts the data type of a field or component has; 0 where it is not composite, or not known."""
    segment = segment_of(node)
    definition, _ = find_definition(segment, path_of(node), names) if segment is not None else (None, "")
    return len(names.components(definition.datatype)) if definition is not None else 0


def at_zero(segment: Segment) -> Segment:
    """The segment as if the message began with it, so that its parts stay the same wherever it stands."""
    return Segment(segment.name, segment.index, segment.ordinal, segment.text, 0, segment.encoding)


# Where a row stands.


def segment_node_of(node: Node) -> Node | None:
    """The row of the segment that a row is or belongs to; None for a group or a run."""
    here: Node | None = node
    while here is not None and not isinstance(here.entry, SegmentEntry):
        here = here.parent if isinstance(here.entry, PartEntry) else None
    return here


def segment_of(node: Node) -> Segment | None:
    found = segment_node_of(node)
    return found.entry.segment if found is not None and isinstance(found.entry, SegmentEntry) else None


def path_of(node: Node, *, several: bool = False) -> Path:
    """The place of a segment or part in the standard's notation; numbers that go without saying are left out."""
    numbers: dict[str, int] = {}
    here: Node | None = node
    while here is not None and isinstance(here.entry, PartEntry):
        numbers[here.entry.level] = here.entry.number
        here = here.parent
    segment = segment_of(node)
    return Path(
        segment.name if segment else "",
        segment.ordinal if segment and several else None,
        numbers.get("field"),
        numbers.get("repetition"),
        numbers.get("component"),
        numbers.get("subcomponent"),
    )


def label_of(entry: Entry) -> str:
    match entry:
        case GroupEntry(_, label) | SegmentEntry(_, label):
            return label
        case RunEntry(_, entries):
            first, last = label_of(entries[0]), label_of(entries[-1])
            return f"{first} … {last}"
        case PartEntry(_, number):
            return str(number)


def holds(entry: Entry | None, offset: int) -> bool:
    return isinstance(entry, PartEntry) and entry.part is not None and entry.part.start <= offset <= entry.part.end


# How rows before and after an edit are told to be the same.


def kind_of(entry: Entry | None) -> tuple[object, ...]:
    """What a row is, whatever it holds."""
    match entry:
        case GroupEntry(group):
            return ("group", group.node)
        case RunEntry(first):
            return ("run", first)
        case SegmentEntry(segment):
            return ("segment", segment.name)
        case PartEntry(level, number):
            return (level, number)
    return ()


def mark_of(entry: Entry | None) -> tuple[object, ...]:
    """What a row is and how it begins."""
    match entry:
        case GroupEntry(group):
            first = next(group.segments(), None)
            return ("group", group.node, first.segment.text if first else "")
        case SegmentEntry(segment):
            return ("segment", segment.text)
    return kind_of(entry)


# What is edited in a row.


def to_edit_text(part: Part | None, *, composite: bool) -> str:
    """What an editor of this row starts with: the plain value, or the text as it stands where plain would lose some."""
    if part is None:
        return ""
    return part.text if _stays_raw(part, composite=composite) else unescape_text(part.text, part.encoding)


def to_part_text(part: Part, typed: str, *, composite: bool) -> str:
    """The text of the message for what was typed in place of `part`."""
    return typed if _stays_raw(part, composite=composite) else escape_text(typed, part.encoding)


def _stays_raw(part: Part, *, composite: bool) -> bool:
    plain = unescape_text(part.text, part.encoding)
    return part.whole or part.is_split or composite or escape_text(plain, part.encoding) != part.text


def shorten(text: str, limit: int) -> str:
    short = text[:limit].replace("\r", "↵").replace("\n", "↵").replace(FOLDED, "⟨folded⟩")
    return f"{short}…" if len(text) > limit else short
