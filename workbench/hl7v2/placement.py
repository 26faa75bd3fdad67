"""Placement: the segments of a message in the groups of its structure, and where another segment belongs.

Every segment is in it once, whatever it is: what has no place, and what is a site's own, stays where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.hl7v2.dictionary import StructureNode, load_dictionary
from workbench.hl7v2.message import Message
from workbench.hl7v2.placed import Fit, PlacedGroup, PlacedSegment, join_path
from workbench.hl7v2.placing import place_in_groups
from workbench.hl7v2.segment import Segment
from workbench.hl7v2.structure_plan import ROOT, StructurePlan, load_plan

__all__ = ["Fit", "Place", "PlacedGroup", "PlacedSegment", "Placement", "place_message", "place_segments"]

_STEP = re.compile(r"([A-Za-z0-9_]+)(?:\[(\d{1,6})\])?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a segment may be inserted: right after the segment of index `after`, opening the groups named `opens`.

    `path` is the path it will have there; `missing` tells whether the structure asks for it there and it is not.
    """

    after: int
    path: str
    node: StructureNode
    opens: tuple[str, ...] = ()
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Placement:
    """The tree of a message under `root`, and in `segments` its leaves in the order of the message."""

    plan: StructurePlan
    root: PlacedGroup
    segments: tuple[PlacedSegment, ...]

    def node_of(self, placed: PlacedSegment | PlacedGroup) -> StructureNode | None:
        """What the structure says of a segment or group; None where it has none such."""
        return self.plan.nodes[placed.node] if placed.node or isinstance(placed, PlacedGroup) else None

    def path_of(self, index: int) -> str:
        """The group path of the segment of that index: `PATIENT_RESULT/ORDER_OBSERVATION[2]/OBSERVATION[1]/OBX`."""
        return self.segments[index].path

    def names_after(self, index: int) -> tuple[str, ...]:
        """The names of segments that may stand after the segment of that index, -1 for none, the nearest first."""
        before = self.segments[: max(index, -1) + 1]
        return self.plan.names_after(before[-1].then if before else ROOT)

    def find(self, path: str) -> PlacedSegment | PlacedGroup | None:
        """What stands at a group path; groups on the way may be left out: `ORDER_OBSERVATION[2]/OBX[1]`."""
        here: PlacedGroup | PlacedSegment = self.root
        for step in path.split("/"):
            found = _STEP.fullmatch(step.strip())
            if found is None or isinstance(here, PlacedSegment):
                return None
            within = _find_within(here, self, found[1], int(found[2] or 1))
            if within is None:
                return None
            here = within
        return here

    def to_flat_path(self, path: str) -> str:
        """`ORDER_OBSERVATION[2]/OBX[1]-5` as `OBX[4]-5`; a path without groups stays as it is.

        Raises WorkbenchError where nothing stands at that path.
        """
        if "/" not in path:
            return path
        groups, _, last = path.rpartition("/")
        name, dash, rest = last.partition("-")
        found = self.find(f"{groups}/{name}")
        if not isinstance(found, PlacedSegment):
            raise WorkbenchError(
                f"Nothing stands at {groups}/{name} in this message.",
                hint="Write the groups as its structure names them, such as ORDER_OBSERVATION[2]/OBX[1]-5.",
            )
        return f"{found.segment.name}[{found.segment.ordinal}]{dash}{rest}"

    def find_places(self, name: str) -> tuple[Place, ...]:
        """Where a segment `name` may be inserted without a fault, in the order of the message."""
        places = [place for leaf in self.plan.leaves.get(name, ()) for place in _places(self, leaf)]
        return tuple(sorted(places, key=lambda place: (place.after, len(place.opens))))


def place_message(message: Message, *, version: str = "", structure: str = "") -> Placement | None:
    """The segments of `message` in its structure, or in the one named; None where its version has no such one.

    Where MSH-9.3 names a structure that the version has not, it is the one that the version gives the event.
    """
    dictionary = load_dictionary(version or message.version)
    plan = load_plan(dictionary.version, structure or message.structure)
    if plan is None and not structure:
        by_event = dictionary.structure_of(message.get("MSH-9.1") or "", message.get("MSH-9.2") or "")
        plan = load_plan(dictionary.version, by_event)
    return None if plan is None else place_segments(message.segments, plan)


def place_segments(segments: Sequence[Segment], plan: StructurePlan) -> Placement:
    """Each segment at the node where it stands with the fewest faults, in one pass; nothing is refused."""
    root, placed = place_in_groups(segments, plan)
    return Placement(plan, root, placed)


def _find_within(
    group: PlacedGroup, placement: Placement, name: str, ordinal: int
) -> PlacedGroup | PlacedSegment | None:
    found = 0
    for child in _descend(group):
        node = placement.node_of(child)
        shown = child.segment.name if isinstance(child, PlacedSegment) else node.name if node else ""
        if shown == name:
            found += 1
            if found == ordinal:
                return child
    return None


def _descend(group: PlacedGroup) -> Iterator[PlacedGroup | PlacedSegment]:
    for child in group.children:
        yield child
        if isinstance(child, PlacedGroup):
            yield from _descend(child)


def _places(placement: Placement, leaf: int) -> Iterator[Place]:
    """Places of one leaf: in each occurrence of its group that has room, and in groups that would be opened for it."""
    plan = placement.plan
    chain = plan.chains[leaf]
    for group in placement.root.groups():
        if group.node not in chain:
            continue
        child = chain[chain.index(group.node) + 1]
        opened = chain[chain.index(child) : -1]
        there = sum(1 for each in group.children if each.node == child)
        node = plan.nodes[child]
        if (node.most is not None and there >= node.most) or _is_chosen(plan, group, child):
            continue
        if any(plan.skipped_before(below) for below in chain[chain.index(child) + 1 :]):
            continue
        path = group.path
        for at, number in enumerate(chain[chain.index(child) :]):
            path = join_path(path, plan.nodes[number], there + 1 if at == 0 else 1)
        names = tuple(plan.nodes[number].name for number in opened)
        yield Place(_last_before(plan, group, child), path, plan.nodes[leaf], names, node.required and not there)


def _is_chosen(plan: StructurePlan, group: PlacedGroup, child: int) -> bool:
    """Whether another child of a choice stands already."""
    return plan.nodes[group.node].choice and any(each.node and each.node != child for each in group.children)


def _last_before(plan: StructurePlan, group: PlacedGroup, child: int) -> int:
    """The index of the last segment that stands before a new occurrence of `child` in `group`."""
    last = next((placed.segment.index - 1 for placed in group.segments()), -1)
    for each in group.children:
        if each.node and plan.at[each.node] > plan.at[child]:
            break
        inside = (each,) if isinstance(each, PlacedSegment) else each.segments()
        last = max([last, *(placed.segment.index for placed in inside)])
    return last
