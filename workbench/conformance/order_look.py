"""OrderLook: segments that stand out of order, each run of them told once, by what it stands beside and belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from workbench.conformance.issue_log import IssueLog
from workbench.hl7v2.dictionary import StructureNode
from workbench.hl7v2.placement import PlacedSegment, Placement
from workbench.hl7v2.structure_plan import ROOT


@dataclass(frozen=True, slots=True)
class OrderLook:
    """The segments of one message out of order; `there` counts what stands in order at, or within, each node.

    `before` and `after` hold, for each segment, the node of the nearest one that is in order; 0 for none.
    """

    log: IssueLog
    name: str
    placement: Placement
    there: Counter[int]
    before: Sequence[int]
    after: Sequence[int]
    _neighbours: dict[int, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, log: IssueLog, name: str, placement: Placement) -> OrderLook:
        firm = [0 if placed.fit == "order" else placed.node for placed in placement.segments]
        there = _count_within(placement, firm)
        before = list(accumulate(firm, lambda last, node: node or last, initial=0))[:-1]
        after = list(accumulate(reversed(firm), lambda last, node: node or last, initial=0))[:-1]
        return cls(log, name, placement, there, before, after[::-1])

    def look_at(self, told: set[int]) -> None:
        """Tell of each run, but not of the segments whose indexes are `told` to stand too often."""
        run: list[PlacedSegment] = []
        for placed in self.placement.segments:
            is_astray = placed.fit == "order" and placed.segment.index not in told
            goes_on = self._is_near(placed, run) if is_astray else self._goes_along(placed, run)
            if run and not goes_on and placed.fit != "local":
                self._tell(run)
                run = []
            if is_astray or goes_on:
                run.append(placed)
        if run:
            self._tell(run)

    def _goes_along(self, placed: PlacedSegment, run: list[PlacedSegment]) -> bool:
        """Whether a segment is in order but after those of the run, and so belongs where they do."""
        if not run or placed.fit or run[-1].then != run[-1].node or not (limit := self.before[run[0].segment.index]):
            return False
        here, there, other = (self.placement.plan.chains[node] for node in (run[0].node, placed.node, limit))
        level = next((depth for depth, pair in enumerate(zip(here, other, strict=False)) if pair[0] != pair[1]), 0)
        return bool(level) and there[:level] == here[:level] and here[level] <= there[level] < other[level]

    def _is_near(self, placed: PlacedSegment, run: list[PlacedSegment]) -> bool:
        """Whether a segment belongs where those of the run do."""
        if not run or placed.node < run[-1].node:
            return False
        return placed.node == run[-1].node or self._tell_neighbour(placed.node) == self._tell_neighbour(run[0].node)

    def _tell(self, run: list[PlacedSegment]) -> None:
        first = run[0]
        names = list(dict.fromkeys(placed.segment.name for placed in run))
        shown = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        stands, it, belongs, them = ("stands", "it", "belongs", "it")
        if len(run) > 1:
            stands, it, belongs, them = ("stand", "they", "belong", "them")
            shown = f"{len(run)} {shown}" if len(names) == 1 else shown
        beside = self._tell_beside(first.node, first.segment.index, run[-1].segment.index)
        along = [placed.node for placed in run if not placed.fit]
        place = self._tell_neighbour(first.node)
        if along:
            place = self._find_neighbour(first.node, self.there - _count_within(self.placement, along))
        self.log.add(
            "error",
            "structure",
            f"{shown} {stands} {beside}: {it} {belongs} {place}. Move {them} there.",
            path=first.path,
            rule=f"{self.name} order",
            offset=first.segment.start,
        )

    def _tell_beside(self, node: int, first: int, last: int) -> str:
        """What stands before or after those from index `first` to `last`, and should not."""
        before, after = self.before[first], self.after[last]
        if before and (before > node or not after):
            return f"after {self._name_beside(before, node, opens=False)}"
        return f"before {self._name_beside(after, node, opens=True)}"

    def _name_beside(self, other: int, node: int, *, opens: bool) -> str:
        """What another node is in the innermost group around both."""
        plan = self.placement.plan
        for here, there in zip(plan.chains[node], plan.chains[other], strict=False):
            if here != there:
                return opening_of(plan.nodes[there]) if opens else plan.nodes[there].name
        return plan.nodes[other].name

    def _tell_neighbour(self, node: int) -> str:
        if node not in self._neighbours:
            self._neighbours[node] = self._find_neighbour(node, self.there)
        return self._neighbours[node]

    def _find_neighbour(self, node: int, there: Counter[int]) -> str:
        """After or before which of its siblings a node belongs: of those that the message has, if it has some."""
        plan = self.placement.plan
        siblings = list(plan.children(plan.parent(node)))
        while (parent := plan.parent(node)) != ROOT and (parent not in there or len(siblings) == 1):
            node, siblings = parent, list(plan.children(plan.parent(parent)))
        at = siblings.index(node)
        before = [each for each in siblings[:at] if each in there]
        after = [each for each in siblings[at + 1 :] if each in there]
        if before or (at and not after):
            said = f"after {plan.nodes[(before or siblings[:at])[-1]].name}"
        else:
            said = f"before {opening_of(plan.nodes[(after or siblings[at + 1 :])[0]])}"
        groups = "/".join(plan.nodes[each].name for each in plan.chains[node][1:-1])
        return f"{said} in {groups}" if groups else said


def _count_within(placement: Placement, nodes: Sequence[int]) -> Counter[int]:
    """How many segments stand at, or within, each node; `nodes` are theirs, 0 for none."""
    counts = Counter(nodes)
    found = Counter[int]()
    for node, count in counts.items():
        for above in placement.plan.chains[node] if node else ():
            found[above] += count
    return found


def opening_of(group: StructureNode) -> str:
    """The name of the segment by which a group begins: its first that is required, or its first."""
    node = group
    while node.kind == "group":
        node = next((child for child in node.children if child.required), node.children[0])
    return node.name
