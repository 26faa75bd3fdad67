"""Placing: the walk over the segments of a message that opens and closes the groups of its structure.

One segment is looked at ahead, so that one in the wrong place does not put the others out of theirs. A group without
what begins it is believed only where nothing before could have taken the segment, or what follows bears it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from workbench.hl7v2.placed import Fit, PlacedGroup, PlacedSegment, join_path
from workbench.hl7v2.segment import Segment
from workbench.hl7v2.structure_plan import ANY_SEGMENT, BACK, FAULT, ROOT, Step, StructurePlan


def place_in_groups(segments: Sequence[Segment], plan: StructurePlan) -> tuple[PlacedGroup, tuple[PlacedSegment, ...]]:
    """The tree of the segments, and its leaves in the order of the message."""
    root = _Open(ROOT, 1, "")
    placed = _Placing(plan, root, [root]).place(segments)
    return root.close(), placed


@dataclass(frozen=True, slots=True)
class _Ahead:
    """The names of the next two runs of segments that the structure knows, and whether this one's own run goes on."""

    first: str
    second: str
    runs: bool


_NOTHING = _Ahead("", "", False)


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
        names = [self._name(segment) for segment in segments]
        ahead = self._look_ahead(names)
        return tuple(self._place(segment, names[at], ahead[at]) for at, segment in enumerate(segments))

    def _name(self, segment: Segment) -> str:
        """The name that a segment has in the structure, which a slip of the pen does not keep it out of."""
        name = segment.name
        return name if self.plan.knows(name) else find_meant(name, self.plan)

    def _look_ahead(self, names: Sequence[str]) -> list[_Ahead]:
        """What follows each segment."""
        found = [_NOTHING] * len(names)
        runs: tuple[str, ...] = ("", "", "")
        for at in range(len(names) - 1, -1, -1):
            name = names[at]
            found[at] = _Ahead(runs[1], runs[2], True) if name == runs[0] else _Ahead(runs[0], runs[1], False)
            if self.plan.knows(name) and name != runs[0]:
                runs = (name, *runs[:2])
        return found

    def _place(self, segment: Segment, name: str, ahead: _Ahead) -> PlacedSegment:
        step = self.plan.find_step(self.here, name)
        if step is None:
            return self._stay(segment)
        if step.kind != "back" and (step.is_fault or step.kind == "again") and step.opens:
            node = self._find_earlier(name, step, ahead)
            if node is not None:
                return self._put_back(segment, node, ahead.first)
        early = self._is_swapped(name, step, ahead) if step.is_fault else self._stands_early(step, ahead)
        if step.kind == "next" and early:
            return self._attach(segment, step.node)
        if step.is_fault and step.kind != "again" and self._fits_better(ahead.first, self.here, step.node):
            return self._attach(segment, self._behind(name, step))
        if step.kind == "back":
            return self._return_to(self._behind(name, step), segment)
        del self.stack[step.keep :]
        for group in step.opens:
            self._open(group)
        self.here = step.node
        return self._add(self.stack[-1], segment, step.node)

    def _is_swapped(self, name: str, step: Step, ahead: _Ahead) -> bool:
        """Whether what begins the group of a segment follows it, and does so without another one like it."""
        stays = self.plan.find_step(self.here, ahead.first)
        if not self.plan.nodes[step.node].required or ahead.runs or ahead.second in ("", name):
            return False
        if stays is None or stays.is_fault or self.plan.count_faults(stays.node, ahead.second):
            return False
        around = self.plan.chains[step.node][step.keep : -1]
        return self.plan.parent(stays.node) in around and self.plan.nodes[stays.node].required

    def _stands_early(self, step: Step, ahead: _Ahead) -> bool:
        """Whether the two that follow are in order without this segment, and the second is not without the first."""
        goes = self.plan.find_step(step.node, ahead.first)
        if not ahead.second or goes is None or goes.weight < BACK // FAULT * FAULT:
            return False
        if goes.kind != "back" and not goes.opens:  # it only leaves a group before what that requires
            return False
        stays = self.plan.find_step(self.here, ahead.first)
        if stays is None or stays.is_fault or self.plan.count_faults(stays.node, ahead.second):
            return False
        return self.plan.count_faults(step.node, ahead.second) > 0

    def _behind(self, name: str, step: Step) -> int:
        """Of the places behind us the one whose groups stand, and the nearest of those."""
        if step.kind != "back" or not self.plan.knows(name):
            return step.node
        leaves = [leaf for leaf in self.plan.leaves[name] if leaf < self.here]
        return min(leaves, key=lambda leaf: (self._count_absent(leaf), -self._share(leaf), -leaf), default=step.node)

    def _count_absent(self, leaf: int) -> int:
        """How many of the groups around a leaf do not stand."""
        group, chain = self.root, self.plan.chains[leaf][1:-1]
        for depth, number in enumerate(chain):
            if number not in group.last:
                return len(chain) - depth
            group = group.last[number]
        return 0

    def _share(self, leaf: int) -> int:
        """How many groups a leaf and the place where we are have in common."""
        pairs = zip(self.plan.chains[leaf], self.plan.chains[self.here], strict=False)
        return sum(one == other for one, other in pairs)

    def _fits_better(self, name: str, here: int, there: int) -> bool:
        """Whether what follows stands better where we are: then the segment alone is in the wrong place."""
        stays, goes = self.plan.find_step(here, name), self.plan.find_step(there, name)
        return stays is not None and (goes is None or stays.weight < goes.weight)

    def _find_earlier(self, name: str, step: Step, ahead: _Ahead) -> int | None:
        """The node behind us that a segment is better told to belong to than to open the groups of `step`.

        Of ways with as many faults, a place behind that is free is better, and one that is taken is not.
        """
        opening = step.weight // FAULT + self.plan.count_faults(step.node, ahead.first)
        if not opening:
            return None
        found: list[tuple[int, int, int]] = []
        for leaf in self.plan.leaves.get(name, ()):
            is_free = self._is_free(leaf)
            if not self._may_be_behind(leaf, step, ahead, is_free=is_free):
                continue
            faults = 1 + ahead.runs + self._count_after(leaf, ahead.first)
            if faults < opening + is_free:
                found.append((faults, self._count_absent(leaf), -leaf))
        return -min(found)[2] if found else None

    def _may_be_behind(self, leaf: int, step: Step, ahead: _Ahead, *, is_free: bool) -> bool:
        """Whether a leaf lies behind, and is no farther off than where `step` leads.

        What begins a group rightly is one more of it, unless it is free and others follow, or its group lacks it.
        """
        if leaf > self.here or (step.kind == "next" and self._share(leaf) < step.keep):
            return False
        if step.is_fault:
            return is_free or step.kind == "again"
        lacks = self.plan.nodes[leaf].required and not self._count_absent(leaf)
        return is_free and (lacks or bool(ahead.first))

    def _count_after(self, leaf: int, following: str) -> int:
        """The fewest faults of what follows, from here or from behind."""
        stays = self.plan.count_faults(self.here, following)
        return 0 if stays and self._leads_to(leaf, following) else stays

    def _leads_to(self, leaf: int, following: str) -> bool:
        """Whether what follows has its place, and a free one, after a leaf that lies behind."""
        step = self.plan.find_step(leaf, following)
        return step is not None and not step.is_fault and self._is_free(step.node)

    def _is_free(self, leaf: int) -> bool:
        """Whether the groups that stand have room for one more of a leaf."""
        group = self.root
        for number in self.plan.chains[leaf][1:]:
            most, count = self.plan.nodes[number].most, group.counts.get(number, 0)
            if number not in group.last:
                return most is None or count < most
            group = group.last[number]
        return False

    def _put_back(self, segment: Segment, node: int, following: str) -> PlacedSegment:
        stays = self.plan.count_faults(self.here, following)
        if stays and self._leads_to(node, following):
            return self._return_to(node, segment)
        return self._attach(segment, node)

    def _open(self, node: int) -> None:
        around = self.stack[-1]
        ordinal = around.count(node)
        group = _Open(node, ordinal, join_path(around.path, self.plan.nodes[node], ordinal))
        around.children.append(group)
        around.last[node] = group
        self.stack.append(group)

    def _attach(self, segment: Segment, node: int) -> PlacedSegment:
        """Add a segment that is out of order to the group it belongs to, or where it stands if that is not there."""
        return self._add(self._find_group(node) or self.stack[-1], segment, node, "order")

    def _find_group(self, node: int) -> _Open | None:
        """The last occurrence of the group that a node belongs to, of those in which we are."""
        group: _Open | None = self.root
        for depth, number in enumerate(self.plan.chains[node][1:-1], 1):
            is_open = depth < len(self.stack) and self.stack[depth].node == number and self.stack[depth - 1] is group
            group = self.stack[depth] if is_open else group.last.get(number) if group else None
        return group

    def _return_to(self, node: int, segment: Segment) -> PlacedSegment:
        """Add a segment out of order and go on from its node, which lies behind, with its groups open again."""
        self.stack = [self.root]
        for number in self.plan.chains[node][1:-1]:
            group = self.stack[-1].last.get(number)
            if group is None:
                self._open(number)
            else:
                self.stack.append(group)
        self.here = node
        return self._add(self.stack[-1], segment, node, "order")

    def _add(self, group: _Open, segment: Segment, node: int, fit: Fit = "") -> PlacedSegment:
        ordinal = group.count(node)
        shown = self.plan.nodes[node]
        meant = self.plan.knows(segment.name) or shown.name == ANY_SEGMENT
        path = join_path(group.path, shown, ordinal, segment.name if shown.name != segment.name else "")
        placed = PlacedSegment(segment, node, ordinal, path, fit if meant else "name", self.here)
        group.children.append(placed)
        return placed

    def _stay(self, segment: Segment) -> PlacedSegment:
        group = self.stack[-1]
        ordinal = group.count(segment.name)
        name = f"{segment.name}[{ordinal}]" if ordinal > 1 else segment.name
        path = f"{group.path}/{name}" if group.path else name
        fit: Fit = "local" if segment.name[:1] == "Z" else "unknown"
        placed = PlacedSegment(segment, ROOT, ordinal, path, fit, self.here)
        group.children.append(placed)
        return placed


def find_meant(name: str, plan: StructurePlan) -> str:
    """The name of the structure that is meant by one in small letters or between blanks; else `name` itself."""
    meant = name.strip().upper()
    return meant if plan.knows(meant) else name
