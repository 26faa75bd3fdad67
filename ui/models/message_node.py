"""Message nodes: the rows of a message's structure tree, made of its segments and their parts when they are opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from workbench.hl7v2.escapes import escape_text, unescape_text
from workbench.hl7v2.path import Path
from workbench.hl7v2.segment import Part, PartLevel, Segment


class Definition(Protocol):
    @property
    def datatype(self) -> str: ...


class Names(Protocol):
    """What the tree asks of a version's dictionary (`workbench.hl7v2.dictionary.Dictionary`)."""

    def name_of(self, path: str, *, datatype: str = "") -> str: ...

    def field(self, segment: str, number: int) -> Definition | None: ...

    def fields(self, segment: str) -> Sequence[Definition]: ...

    def components(self, datatype: str) -> Sequence[object]: ...


def count_components(names: Names, segment: Segment, field: int) -> int:
    """How many components the field's data type has; 0 where it is not composite, or not known."""
    definition = names.field(segment.name, field)
    return len(names.components(datatype_of(segment, field) or definition.datatype)) if definition else 0


def datatype_of(segment: Segment, field: int) -> str:
    """What OBX-2 says of OBX-5, whose type varies; empty for any other field."""
    if (segment.name, field) != ("OBX", 5):
        return ""
    part = segment.find_field(2)
    return part.text if part else ""


class Node:
    """One row below a segment; `part` is placed relative to its segment, and None where the message ends before it."""

    __slots__ = ("children", "level", "number", "parent", "part", "row")

    def __init__(self, parent: SegmentNode | Node, row: int, level: PartLevel, number: int, part: Part | None) -> None:
        self.parent = parent
        self.row = row
        self.level = level
        self.number = number
        self.part = part
        self.children: list[Node] | None = None

    @property
    def segment_node(self) -> SegmentNode:
        return self.parent if isinstance(self.parent, SegmentNode) else self.parent.segment_node

    @property
    def field(self) -> int:
        """The number of the field it stands in."""
        return self.number if isinstance(self.parent, SegmentNode) else self.parent.field

    def path(self) -> Path:
        """The place in the standard's notation; numbers that go without saying are left out."""
        ordinal = self.segment_node.ordinal
        segment = self.segment_node.segment.name
        numbers: dict[str, int] = {}
        node: Node | SegmentNode = self
        while isinstance(node, Node):
            numbers[node.level] = node.number
            node = node.parent
        return Path(
            segment,
            ordinal,
            numbers.get("field"),
            numbers.get("repetition"),
            numbers.get("component"),
            numbers.get("subcomponent"),
        )


class SegmentNode:
    """One row for a segment; `ordinal` is None where the message has only one of its name."""

    __slots__ = ("children", "ordinal", "row", "segment")

    def __init__(self, row: int, segment: Segment, ordinal: int | None) -> None:
        self.row = row
        self.segment = segment
        self.ordinal = ordinal
        self.children: list[Node] | None = None


Entry = tuple[PartLevel, int, Part | None]


def list_entries(node: SegmentNode | Node, names: Names | None, *, empty: bool) -> list[Entry]:
    """What stands below `node`; with `empty` also what is empty, and what the version defines past the end."""
    if isinstance(node, SegmentNode):
        relative = _at_zero(node.segment)
        defined = len(names.fields(node.segment.name)) if names and empty else 0
        return _padded("field", relative.fields, defined, empty)
    if node.part is None or node.part.whole:
        return []
    if node.level == "field" and len(node.part.repetitions) > 1:
        return _padded("repetition", node.part.repetitions, 0, True)
    if node.level in ("field", "repetition"):
        parts = node.part.components
        composite = count_components(names, node.segment_node.segment, node.field) if names and empty else 0
        many = len(parts) > 1 or composite > 1 or parts[0].is_split
        return _padded("component", parts, composite, empty) if many else []
    if node.level == "component" and len(node.part.subcomponents) > 1:
        return _padded("subcomponent", node.part.subcomponents, 0, empty)
    return []


def _at_zero(segment: Segment) -> Segment:
    return Segment(segment.name, segment.index, segment.ordinal, segment.text, 0, segment.encoding)


def _padded(level: PartLevel, parts: tuple[Part, ...], defined: int, empty: bool) -> list[Entry]:
    there: list[Entry] = [(level, part.number, part) for part in parts if empty or part.text]
    return there + [(level, number, None) for number in range(len(parts) + 1, defined + 1)]


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


FOLDED = "\ufffc"
"""The letter that stands for a folded run in an editor."""


def segment_name_of(node: SegmentNode | Node) -> str:
    return node.segment.name if isinstance(node, SegmentNode) else node.segment_node.segment.name


def holds(node: Node, offset: int) -> bool:
    return node.part is not None and node.part.start <= offset <= node.part.end


def count_same(nodes: list[SegmentNode], segments: Sequence[Segment]) -> int:
    count = 0
    for node, segment in zip(nodes, segments, strict=False):
        if node.segment.text != segment.text or node.segment.encoding != segment.encoding:
            break
        count += 1
    return count


def count_named(nodes: list[SegmentNode], segments: Sequence[Segment]) -> int:
    """How many pairs from the front have the same segment name."""
    count = 0
    for node, segment in zip(nodes, segments, strict=False):
        if node.segment.name != segment.name:
            break
        count += 1
    return count


def shorten(text: str, limit: int) -> str:
    short = text[:limit].replace("\r", "↵").replace("\n", "↵").replace(FOLDED, "⟨folded⟩")
    return f"{short}…" if len(text) > limit else short
