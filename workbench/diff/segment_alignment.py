"""Alignment of the segments of two messages: within the groups of their structure where it is known, else by name."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

from workbench.diff.alignment import pair_alike, weave
from workbench.diff.segment_identity import Line, identities, line_key, line_keys
from workbench.hl7v2.message import Message
from workbench.hl7v2.placement import PlacedGroup, PlacedSegment, Placement, place_message

LinePair = tuple[Line | None, Line | None]
_HEADS = 4
"""Of a group the first segments, by which it is found again."""


def align_segments(left: Message, right: Message) -> Iterator[LinePair]:
    """Segments of both in the order of the left, each with its like wherever that stands in its group."""
    lines = [Line(segment) for segment in left.segments], [Line(segment) for segment in right.segments]
    if left.encoding == right.encoding and _stand_alike(*lines):
        yield from zip(*lines, strict=True)
        return
    placed = place_message(left), place_message(right)
    if placed[0] is None or placed[1] is None:
        yield from _align_lines(*lines)
        return
    same_plan = placed[0].plan is placed[1].plan
    groups = [_read(one.root, one, found, same_plan) for one, found in zip(placed, lines, strict=True) if one]
    yield from _align_groups(groups[0], groups[1])


def _stand_alike(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether each segment has its like where it stands itself, so that none need be looked for: the usual case."""
    if len(left) != len(right):
        return False
    changed = [(one, other) for one, other in zip(left, right, strict=True) if one.bare != other.bare]
    texts = {one.bare for one, _ in changed}
    return all(_identity(one) == _identity(other) and other.bare not in texts for one, other in changed)


def _identity(line: Line) -> tuple[str, ...]:
    """Its name and every field that identifies it; the value of an observation only tells two of one code apart."""
    name = line.segment.name
    sure, counts = identities(name)
    fields = dict.fromkeys(number for numbers in sure or counts for number in numbers)
    return (name, *(line.first(number) for number in fields if (name, number) != ("OBX", 5)))


def _align_lines(left: Sequence[Line], right: Sequence[Line]) -> Iterator[LinePair]:
    partners: dict[int, int] = {}
    here, there = _by_kind([line.segment.name for line in left]), _by_kind([line.segment.name for line in right])
    for name, positions in here.items():
        partners.update(_pair_at(left, right, positions, there.get(name, ()), line_keys(name)))
    yield from weave(left, right, partners)


class _Group:
    """A group with its parts in order; `kind` is what its like on the other side has too."""

    __slots__ = ("kind", "kinds", "lines", "parts")

    def __init__(self, kind: str, parts: Sequence[_Group | Line]) -> None:
        self.kind = kind
        self.parts = parts
        self.kinds = [part.segment.name if isinstance(part, Line) else part.kind for part in parts]
        self.lines: list[Line] = [
            line for part in parts for line in ((part,) if isinstance(part, Line) else part.lines)
        ]

    def whole(self) -> Hashable:
        return tuple(line.bare for line in self.lines)

    def head(self, name: str) -> Line | None:
        return next((line for line in self.lines[:_HEADS] if line.segment.name == name), None)


def _read(group: PlacedGroup, placement: Placement, lines: Sequence[Line], same_plan: bool) -> _Group:
    """Groups of one plan are alike by name; of two versions, by the segment that each starts with."""
    for child in group.children:
        if isinstance(child, PlacedSegment):
            lines[child.segment.index].group_path = child.path
    parts: list[_Group | Line] = [
        lines[child.segment.index] if isinstance(child, PlacedSegment) else _read(child, placement, lines, same_plan)
        for child in group.children
    ]
    node = placement.plan.nodes[group.node]
    if same_plan:
        return _Group(f"group {node.name}", parts)
    while node.kind == "group" and node.children:
        node = node.children[0]
    return _Group(f"group of {node.name}", parts)


def _align_groups(left: _Group, right: _Group) -> Iterator[LinePair]:
    if left.kinds == right.kinds and left.whole() == right.whole():
        yield from zip(left.lines, right.lines, strict=True)
        return
    partners: dict[int, int] = {}
    here, there = _by_kind(left.kinds), _by_kind(right.kinds)
    for kind, positions in here.items():
        others = there.get(kind, ())
        if not others:
            continue
        if isinstance(left.parts[positions[0]], Line):
            partners.update(_pair_at(left.parts, right.parts, positions, others, line_keys(kind)))
        else:
            keys = _group_keys([left.parts[at] for at in positions], [right.parts[at] for at in others])
            partners.update(_pair_at(left.parts, right.parts, positions, others, keys))
    for one, other in weave(left.parts, right.parts, partners):
        if isinstance(one, _Group) and isinstance(other, _Group):
            yield from _align_groups(one, other)
        elif isinstance(one, _Group):
            yield from ((line, None) for line in one.lines)
        elif isinstance(other, _Group):
            yield from ((None, line) for line in other.lines)
        else:
            yield one, other


def _group_keys(left: Sequence[object], right: Sequence[object]) -> list[Callable[[_Group], Hashable]]:
    """All of a group, then what identifies one of its first segments, and at last what counts them."""
    groups = [part for part in (*left, *right) if isinstance(part, _Group)]
    names = dict.fromkeys(line.segment.name for group in groups for line in group.lines[:_HEADS])
    found = [identities(name) for name in names]
    keys: list[Callable[[_Group], Hashable]] = [_Group.whole]
    for at in (0, 1):
        keys += [_head_key(name, numbers) for name, each in zip(names, found, strict=True) for numbers in each[at]]
    return keys


def _head_key(name: str, numbers: tuple[int, ...]) -> Callable[[_Group], Hashable]:
    def key(group: _Group) -> Hashable:
        line = group.head(name)
        return line_key(line, numbers) if line else None

    return key


def _by_kind(kinds: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for position, kind in enumerate(kinds):
        found.setdefault(kind, []).append(position)
    return found


def _pair_at(
    left: Sequence[_Group | Line],
    right: Sequence[_Group | Line],
    here: Sequence[int],
    there: Sequence[int],
    keys: Sequence[Callable[..., Hashable]],
) -> Mapping[int, int]:
    """The partners of the parts at some positions, one kind of them."""
    if len(here) == len(there) == 1:
        return {here[0]: there[0]}
    found = pair_alike([left[at] for at in here], [right[at] for at in there], keys)
    return {here[one]: there[other] for one, other in found.items()}
