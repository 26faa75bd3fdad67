"""Tree of differences: the rows of a comparison under the places that hold them, as arrays that cost next to nothing.

Rows that share the beginning of their path stand together, in the order in which the first of them came.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from workbench.diff.difference import Difference
from workbench.diff.difference_path import is_said, split_path

WIDEST = 400
"""Children of one branch; where there are more, they are put under branches that name their first and last."""


@dataclass(frozen=True, slots=True)
class DifferenceTree:
    """Nodes are numbers from 0, the root, in the order of reading; a leaf is one row, a branch has children.

    `order` has the place of each row among the rows as they were given: rows are counted as the tree holds them.
    """

    labels: tuple[str, ...]
    parents: array[int]
    ends: array[int]
    first_rows: array[int]
    order: array[int]

    def children(self, node: int) -> Iterator[int]:
        child = node + 1
        while child < self.ends[node]:
            yield child
            child = self.ends[child]

    def is_leaf(self, node: int) -> bool:
        return node > 0 and self.ends[node] == node + 1

    def rows_of(self, node: int) -> tuple[int, int]:
        """The rows at or below a node, from the first and before the second number."""
        return self.first_rows[node], self.first_rows[self.ends[node]]

    def leaves(self) -> array[int]:
        """The node of each row."""
        return array("i", (node for node in range(1, len(self.labels)) if self.ends[node] == node + 1))


def make_difference_tree(rows: Sequence[Difference]) -> DifferenceTree:
    """Put `rows` under the steps of their paths; a branch with one child alone stands in one line with it."""
    root = _Branch("")
    for number, row in enumerate(rows):
        at = root
        for step in split_path(row.path):
            below = at.below.get(step)
            if below is None:
                below = at.below[step] = _Branch(step)
            at = below
        at.rows.append(number)
    made = _Numbering()
    made.add(_Node("", [child for below in root.below.values() for child in _make_nodes(below, rows)]), -1)
    return DifferenceTree(tuple(made.labels), made.parents, made.ends, made.finish(), made.order)


@dataclass(slots=True)
class _Branch:
    label: str
    rows: list[int] = field(default_factory=list)
    below: dict[str, _Branch] = field(default_factory=dict)


@dataclass(slots=True)
class _Node:
    label: str
    children: list[_Node] = field(default_factory=list)
    row: int = -1


def _make_nodes(branch: _Branch, rows: Sequence[Difference]) -> Iterable[_Node]:
    """The one node of a branch: a leaf for a single row, the only child under both names, or all that it holds."""
    if len(branch.rows) + len(branch.below) == 1:
        if branch.rows:
            row = rows[branch.rows[0]]
            label = branch.label if is_said(branch.label, row) else f"{branch.label} {row.aspect}"
            return (_Node(label, row=branch.rows[0]),)
        (below,) = branch.below.values()
        (node,) = _make_nodes(below, rows)
        node.label = node.label if node.label.startswith(branch.label + "-") else f"{branch.label}.{node.label}"
        return (node,)
    nodes = [_Node(rows[number].aspect or branch.label, row=number) for number in branch.rows]
    nodes += [node for below in branch.below.values() for node in _make_nodes(below, rows)]
    return (_Node(branch.label, nodes),)


def _narrow(nodes: list[_Node]) -> list[_Node]:
    """At most `WIDEST` of them, more of them under branches of their own."""
    while len(nodes) > WIDEST:
        parts = [nodes[at : at + WIDEST] for at in range(0, len(nodes), WIDEST)]
        nodes = [_Node(f"{_first(part[0])} … {_last(part[-1])}", part) for part in parts]
    return nodes


def _first(node: _Node) -> str:
    return node.label.partition(" … ")[0]


def _last(node: _Node) -> str:
    return node.label.rpartition(" … ")[2]


class _Numbering:
    """Numbers nodes in the order of reading."""

    def __init__(self) -> None:
        self.labels: list[str] = []
        self.parents, self.ends, self.order = array("i"), array("i"), array("i")
        self._first_rows = array("i")

    def add(self, node: _Node, parent: int) -> None:
        number = len(self.labels)
        self.labels.append(node.label)
        self.parents.append(parent)
        self.ends.append(0)
        self._first_rows.append(len(self.order))
        if node.row >= 0:
            self.order.append(node.row)
        for child in _narrow(node.children):
            self.add(child, number)
        self.ends[number] = len(self.labels)

    def finish(self) -> array[int]:
        return array("i", (*self._first_rows, len(self.order)))
