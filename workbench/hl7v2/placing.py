"""Placing: the walk over the segments of a message that opens and closes the groups of its structure.

One segment is looked at ahead, so that one in the wrong place does not put the others out of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from workbench.hl7v2.placed import Fit, PlacedGroup, PlacedSegment, join_path
from workbench.hl7v2.segment import Segment
from workbench.hl7v2.structure_plan import ROOT, StructurePlan


def place_in_groups(segments: Sequence[Segment], plan: StructurePlan) -> tuple[PlacedGroup, tuple[PlacedSegment, ...]]:
    """The tree of the segments, and its leaves in the order of the message."""
    root = _Open(ROOT, 1, "")
    placed = _Placing(plan, root, [root]).place(segments)
    return root.close(), placed


@dataclass(slots=True)
class _Open:
    """A group that may still be added to."""

    node: int
    ordinal: int
    path: str
    children: list[_Open | PlacedSegment] = field(default_factory=list)
    counts: dict[int | str, int] = field(default_factory=dict)
    last: dict[int, _Open] = field(default_factory=dict)

    def count(self, key: int | str) -> int:
        self.counts[key] = count = self.counts.get(key, 0) + 1
        return count

    def close(self) -> PlacedGroup:
        children = tuple(child.close() if isinstance(child, _Open) else child for child in self.children)
        return PlacedGroup(self.node, self.ordinal, self.path, children)


@dataclass(slots=True)
class _Placing:
    """The groups that are open, and the node of the last segment that stood in order."""

    plan: StructurePlan
    root: _Open
    stack: list[_Open]
    here: int = ROOT

    def place(self, segments: Sequence[Segment]) -> tuple[PlacedSegment, ...]:
        following = self._following(segments)
        return tuple(self._place(segment, following[at]) for at, segment in enumerate(segments))

    def _following(self, segments: Sequence[Segment]) -> list[str]:
        """For each segment the name of the next one that the structure knows and that is not of its own name."""
        names = [""] * len(segments)
        after = other = ""
        for at in range(len(segments) - 1, -1, -1):
            name = segments[at].name
            names[at] = other if name == after else after
            if self.plan.knows(name) and name != after:
                after, other = name, after
        return names

    def _place(self, segment: Segment, following: str) -> PlacedSegment:
        step = self.plan.find_step(self.here, segment.name)
        if step is None:
            return self._stay(segment)
        if step.is_fault and step.kind != "again" and self._fits_better(following, self.here, step.node):
            return self._attach(segment, step.node)
        if step.kind == "back":
            placed = self._attach(segment, step.node)
            self._return_to(step.node)
            return placed
        del self.stack[step.keep :]
        for group in step.opens:
            self._open(group)
        self.here = step.node
        return self._add(self.stack[-1], segment, step.node)

    def _fits_better(self, name: str, here: int, there: int) -> bool:
        """Whether what follows stands better where we are: then the segment alone is in the wrong place."""
        stays, goes = self.plan.find_step(here, name), self.plan.find_step(there, name)
        return stays is not None and (goes is None or stays.weight < goes.weight)

    def _open(self, node: int) -> None:
        around = self.stack[-1]
        ordinal = around.count(node)
        group = _Open(node, ordinal, join_path(around.path, self.plan.nodes[node], ordinal))
        around.children.append(group)
        around.last[node] = group
        self.stack.append(group)

    def _attach(self, segment: Segment, node: int) -> PlacedSegment:
        """Add a segment that is out of order to the group it belongs to, or where it stands if that is not there."""
        chain = self.plan.chains[node][:-1]
        group: _Open | None = self.root
        for depth, number in enumerate(chain[1:], 1):
            is_open = depth < len(self.stack) and self.stack[depth].node == number and self.stack[depth - 1] is group
            group = self.stack[depth] if is_open else group.last.get(number) if group else None
        return self._add(group or self.stack[-1], segment, node, "order")

    def _return_to(self, node: int) -> None:
        """Go on from `node`, which lies behind, with its groups open again."""
        stack = [self.root]
        for number in self.plan.chains[node][1:-1]:
            group = stack[-1].last.get(number)
            if group is None:
                return
            stack.append(group)
        self.stack, self.here = stack, node

    def _add(self, group: _Open, segment: Segment, node: int, fit: Fit = "") -> PlacedSegment:
        ordinal = group.count(node)
        shown = self.plan.nodes[node]
        name = segment.name if shown.name != segment.name else ""
        placed = PlacedSegment(segment, node, ordinal, join_path(group.path, shown, ordinal, name), fit)
        group.children.append(placed)
        return placed

    def _stay(self, segment: Segment) -> PlacedSegment:
        group = self.stack[-1]
        ordinal = group.count(segment.name)
        name = f"{segment.name}[{ordinal}]" if ordinal > 1 else segment.name
        path = f"{group.path}/{name}" if group.path else name
        placed = PlacedSegment(segment, ROOT, ordinal, path, "local" if segment.name[:1] == "Z" else "unknown")
        group.children.append(placed)
        return placed
