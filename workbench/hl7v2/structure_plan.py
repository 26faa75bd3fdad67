"""StructurePlan: a message structure laid flat, and for each place in it where a segment of a given name stands next.

Each step is weighed once and kept, so that placing a message costs one look-up a segment. ANYHL7SEGMENT takes any name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from workbench.hl7v2.dictionary import StructureNode, load_dictionary

ANY_SEGMENT = "ANYHL7SEGMENT"
ROOT = 0
StepKind = Literal["next", "again", "back"]

# What speaks against a step, in points. A fault is told to the analyst; the rest decides between ways without one.
FAULT = 1000
_SKIPPED = FAULT
_TOO_MANY = 1500
_TWICE = FAULT + 1  # the same segment right after itself
BACK = 2600
_NAMELESS_GROUP = 1500  # an optional group, opened without the segment by which one knows that it is there
_NOT_FIRST = 3
_ANY = 5


@dataclass(frozen=True, slots=True)
class Step:
    """From one place to `node`: of the open groups the first `keep` stay open, then those of `opens` are opened."""

    node: int
    keep: int
    opens: tuple[int, ...]
    weight: int
    kind: StepKind

    @property
    def is_fault(self) -> bool:
        return self.weight >= FAULT


@dataclass(frozen=True, slots=True)
class StructurePlan:
    """Nodes by number from the root, 0; `chains` lead from the root to each, itself included.

    `at` counts from 0 among siblings, and `required` holds for each group how many required ones stand before each;
    `bounded` are the nodes that may stand several times, but not any number of times.
    """

    nodes: tuple[StructureNode, ...]
    chains: tuple[tuple[int, ...], ...]
    at: tuple[int, ...]
    required: tuple[tuple[int, ...], ...]
    leaves: dict[str, tuple[int, ...]]
    bounded: frozenset[int]
    _steps: dict[tuple[int, str], Step | None] = field(default_factory=dict, repr=False, compare=False)

    def find_step(self, place: int, name: str) -> Step | None:
        """The best way from `place`, 0 before the first segment, to a node named `name`; None where there is none."""
        if name not in self.leaves:
            if ANY_SEGMENT not in self.leaves or name[:1] == "Z":
                return None
            name = ANY_SEGMENT  # names come from messages, of which nobody knows how many there are
        key = place, name
        if key not in self._steps:
            self._steps[key] = self._weigh(place, name)
        return self._steps[key]

    def knows(self, name: str) -> bool:
        return name in self.leaves

    def is_end(self, place: int) -> bool:
        """Whether a message may end at `place` with nothing missing."""
        return not self._left_open(self.chains[place], 0)

    def count_faults(self, place: int, name: str) -> int:
        """How many faults a segment `name` makes that stands next, or the end of the message where that is empty."""
        if not name:
            return self._left_open(self.chains[place], 0) // FAULT
        step = self.find_step(place, name)
        return step.weight // FAULT if step is not None else 0

    def parent(self, node: int) -> int:
        return self.chains[node][-2]

    def children(self, group: int) -> Iterator[int]:
        """The numbers of the children of a group, in order."""
        depth = len(self.chains[group])
        for node in range(group + 1, len(self.nodes)):
            chain = self.chains[node]
            if len(chain) <= depth or chain[depth - 1] != group:
                return
            if len(chain) == depth + 1:
                yield node

    def skipped_before(self, node: int) -> int:
        """How many required siblings stand before `node`."""
        return self.required[self.parent(node)][self.at[node]]

    def names_after(self, place: int) -> tuple[str, ...]:
        """The names that may stand right after `place` without a fault, in the order of the structure."""
        known = (name for name in self.leaves if name != ANY_SEGMENT)
        order = sorted(known, key=lambda name: min(abs(leaf - place) for leaf in self.leaves[name]))
        steps = ((name, self.find_step(place, name)) for name in order)
        return tuple(name for name, step in steps if step is not None and not step.is_fault)

    def _weigh(self, place: int, name: str) -> Step | None:
        steps = [step for leaf in self.leaves.get(name, ()) for step in self._ways(place, leaf)]
        if name not in ("MSH", ANY_SEGMENT) and not any(step.weight < FAULT for step in steps):
            steps += [
                Step(step.node, step.keep, step.opens, step.weight + _ANY, step.kind)
                for leaf in self.leaves.get(ANY_SEGMENT, ())
                for step in self._ways(place, leaf)
            ]
        return min(steps, key=lambda step: (step.weight, -step.keep), default=None)

    def _ways(self, place: int, leaf: int) -> Iterator[Step]:
        """The ways from `place` to `leaf`: once more, onwards, in another occurrence of a group around, or back."""
        here, there = self.chains[place], self.chains[leaf]
        common = next((depth for depth, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), len(here))
        if place == leaf:
            node = self.nodes[leaf]
            repeats = node.repeats or node.name == ANY_SEGMENT
            yield Step(leaf, len(here) - 1, (), 0 if repeats else _TWICE, "again")
            common -= 1
        elif self.nodes[there[common - 1]].choice or place == ROOT or self.at[here[common]] < self.at[there[common]]:
            yield self._onwards(here, there, common)
        else:
            yield Step(leaf, common, there[common:-1], BACK, "back")
        for depth in range(common - 1, 0, -1):
            group = self.nodes[here[depth]]
            lacks = self.skipped_before(there[depth + 1]) > 0
            weight = (0 if group.repeats else _TOO_MANY) + self._left_open(here, depth)
            weight += self._entered(there, depth, new=lacks)
            yield Step(leaf, depth, there[depth:-1], weight, "again")

    def _onwards(self, here: tuple[int, ...], there: tuple[int, ...], common: int) -> Step:
        around = there[common - 1]
        before = self.required[around][self.at[there[common]]]
        passed = self.required[around][self.at[here[common]] + 1] if len(here) > common else 0
        weight = _SKIPPED * (before - passed) + self._left_open(here, common) + self._entered(there, common, new=True)
        if self.nodes[around].choice and len(here) > common:
            weight += FAULT
        return Step(there[-1], common, there[common:-1], weight, "next")

    def _left_open(self, chain: tuple[int, ...], depth: int) -> int:
        """What is still required in the groups of a chain from `depth` on, which are closed."""
        below = zip(chain[depth:], chain[depth + 1 :], strict=False)
        return _SKIPPED * sum(
            self.required[group][-1] - self.required[group][self.at[child] + 1] for group, child in below
        )

    def _entered(self, chain: tuple[int, ...], depth: int, *, new: bool = False) -> int:
        """What speaks against opening the groups of a chain from `depth` on, so as to reach its end."""
        weight = 0
        for group, child in zip(chain[depth:], chain[depth + 1 :], strict=False):
            skipped = self.required[group][self.at[child]]
            if self.at[child] and not self.nodes[group].choice:
                weight += _NOT_FIRST + _SKIPPED * skipped
            if skipped and new and not self.nodes[group].required:
                weight += _NAMELESS_GROUP
        return weight


def compile_structure(structure: StructureNode) -> StructurePlan:
    """The plan of a structure, whose root is a group that holds the whole message."""
    nodes: list[StructureNode] = []
    chains: list[tuple[int, ...]] = []
    at: list[int] = []
    leaves: dict[str, tuple[int, ...]] = {}

    def add(node: StructureNode, above: tuple[int, ...], place: int) -> None:
        chain = (*above, len(nodes))
        nodes.append(node)
        chains.append(chain)
        at.append(place)
        if node.kind == "segment":
            leaves[node.name] = (*leaves.get(node.name, ()), chain[-1])
        for number, child in enumerate(node.children):
            add(child, chain, number)

    add(structure, (), 0)
    required = tuple(map(_count_required, nodes))
    bounded = frozenset(number for number, node in enumerate(nodes) if node.most not in (None, 1))
    return StructurePlan(tuple(nodes), tuple(chains), tuple(at), required, leaves, bounded)


def _count_required(group: StructureNode) -> tuple[int, ...]:
    counts = [0]
    for child in group.children:
        counts.append(counts[-1] + (child.required and not group.choice))
    return tuple(counts)


@lru_cache(maxsize=256)
def load_plan(version: str, name: str) -> StructurePlan | None:
    """The plan of the structure that `version` calls `name`."""
    structure = load_dictionary(version).structure(name)
    return None if structure is None else compile_structure(structure)
