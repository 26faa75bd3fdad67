"""Group path: a place by the groups of the message's structure, such as `ORDER_OBSERVATION[2]/OBX[1]-5`.

Groups on the way may be left out, and each number counts within what stands before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.hl7v2.message import Message
from workbench.hl7v2.path import GROUP, Path, check_path, parse_path
from workbench.hl7v2.placement import PlacedGroup, PlacedSegment, Placement
from workbench.hl7v2.segment import Segment


@dataclass(frozen=True, slots=True)
class GroupPath:
    """Groups from the outermost, each with its number or None, and the place in a segment within the last."""

    groups: tuple[tuple[str, int | None], ...]
    place: Path

    def __str__(self) -> str:
        steps = [name if number is None else f"{name}[{number}]" for name, number in self.groups]
        return "/".join([*steps, str(self.place)])


def parse_group_path(text: str, placement: Placement) -> GroupPath:
    """Read a path with groups; `WorkbenchError` where it is none, or names groups that the structure has not."""
    check_path(text)
    groups, _, last = text.rpartition("/")
    return GroupPath(_parse_groups(groups, placement), parse_path(last))


def _parse_groups(text: str, placement: Placement) -> tuple[tuple[str, int | None], ...]:
    groups: list[tuple[str, int | None]] = []
    for found in map(GROUP.fullmatch, map(str.strip, text.split("/"))):
        if found:
            groups.append((found[1], int(found[2]) if found[2] else None))
    known = dict.fromkeys(node.name for node in placement.plan.nodes[1:] if node.kind == "group")
    for name, _ in groups:
        if name not in known:
            there = f"It has {', '.join(known)}." if known else "It has no groups: write the segment alone."
            raise WorkbenchError(f"{placement.plan.nodes[0].name} has no group {name}.", hint=there)
    return tuple(groups)


def find_group(message: Message, text: str) -> PlacedGroup | None:
    """The group at a path that ends in one, the first where it tells no number; `WorkbenchError` as for a place."""
    check_path(f"{text}/MSH")
    placement = _placement_of(message)
    return next(_find_scopes(_parse_groups(text, placement), placement), None)


def find_places(message: Message, text: str) -> Iterator[tuple[Segment, Path]]:
    """The segments at a path with groups, all of them where it tells no numbers, each with the place in it."""
    placement = _placement_of(message)
    path = parse_group_path(text, placement)
    done = set[int]()
    for scope in _find_scopes(path.groups, placement):
        for placed in _segments_in(scope, path):
            if placed.segment.index not in done:
                done.add(placed.segment.index)
                yield placed.segment, path.place


def make_room(message: Message, text: str) -> Message:
    """A message in which a segment stands at a path with groups: as it is, or with the next one of its group added."""
    if next(find_places(message, text), None):
        return message
    placement = _placement_of(message)
    path = parse_group_path(text, placement)
    groups, _, _ = str(path).rpartition("/")
    scope = next(_find_scopes(path.groups, placement), None)
    if scope is None:
        raise WorkbenchError(f"There is no {groups} in this message.", hint="Insert the segment that begins it first.")
    there = sum(placed.segment.name == path.place.segment for placed in scope.segments())
    places = [place for place in placement.find_places(path.place.segment) if place.path.startswith(f"{scope.path}/")]
    if (path.place.ordinal or 1) != there + 1 or not places:
        may = (
            f"Set {groups}/{path.place.segment}[{there + 1}] first." if places else "Its structure has no room for it."
        )
        raise WorkbenchError(f"There is no {groups}/{path.place.segment}[{path.place.ordinal or 1}] to set.", hint=may)
    return message.insert(path.place.segment, places[-1].after + 1)


def _placement_of(message: Message) -> Placement:
    if message.placement is None:
        structure = message.structure or message.type_name or "of that name"
        raise WorkbenchError(
            f"The groups of this message are not known: HL7 v{message.version} has no structure {structure}.",
            hint="Write the path without groups, or correct MSH-9 and MSH-12.",
        )
    return message.placement


def _segments_in(scope: PlacedGroup, path: GroupPath) -> Iterator[PlacedSegment]:
    there = (placed for placed in scope.segments() if placed.segment.name == path.place.segment)
    for number, placed in enumerate(there, 1):
        if path.place.ordinal in (None, number):
            yield placed


def _find_scopes(groups: tuple[tuple[str, int | None], ...], placement: Placement) -> Iterator[PlacedGroup]:
    """The occurrences of the last group, in order."""
    if not groups:
        yield placement.root
        return
    name, number = groups[-1]
    for around in _find_scopes(groups[:-1], placement):
        within = (group for group in around.groups() if group is not around and _name_of(group, placement) == name)
        for at, group in enumerate(within, 1):
            if number in (None, at):
                yield group


def _name_of(group: PlacedGroup, placement: Placement) -> str:
    return placement.plan.nodes[group.node].name
