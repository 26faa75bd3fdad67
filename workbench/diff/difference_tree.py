"""Tree of differences: the rows of a comparison under the places that hold them, as arrays that cost next to nothing.

Rows that share the beginning of their path stand together, in the order in which the first of them came.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from workbench.diff.difference import Difference
from workbench.diff.difference_path import is_said, join_steps, split_path

WIDEST = 400
"""Children of one branch; where there are more, they are put under branches that name their first and last."""
_BLOCK = 256
_END = "\0"


@dataclass(frozen=True, slots=True)
class DifferenceTree:
    """Nodes are numbers from 0, the root, in the order of reading; a leaf is one row, a branch has children.

    Rows are counted as the tree holds them: `leaves` has the node of each, `order` its place among the rows as given.
    """

    parents: array[int]
    ends: array[int]
    first_rows: array[int]
    leaves: array[int]
    order: array[int]
    label_blocks: tuple[str, ...]
    has_sections: bool = False

    def __len__(self) -> int:
        return len(self.parents)

    def label(self, node: int) -> str:
        """What a node is called where it stands; labels are kept joined, since few are ever looked at."""
        block, place = divmod(node, _BLOCK)
        return _split_block(self.label_blocks[block])[place]

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


def make_difference_tree(rows: Sequence[Difference], sections: Sequence[str] = ()) -> DifferenceTree:
    """Put `rows` under the steps of their paths; a branch with one child alone stands in one line with it.

    `sections`, one for each row, stand above the paths and are no part of them; one section alone is not shown.
    """
    has_sections = len(set(sections)) > 1
    root = _Branch("")
    for number, row in enumerate(rows):
        at = root
        if has_sections:
            at = root.below.setdefault(sections[number], _Branch(sections[number]))
        for step in split_path(row.path):
            below = at.below.get(step)
            if below is None:
                below = at.below[step] = _Branch(step)
            at = below
        at.rows.append(number)
    nodes = [_Node(below.label, _make_children(below, rows)) for below in root.below.values()]
    made = _Numbering()
    made.add(_Node("", nodes if has_sections else _make_children(root, rows)), -1)
    return made.finish(has_sections)


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


def _make_children(branch: _Branch, rows: Sequence[Difference]) -> list[_Node]:
    return [node for below in branch.below.values() for node in _make_nodes(below, rows)]


def _make_nodes(branch: _Branch, rows: Sequence[Difference]) -> Iterable[_Node]:
    """The one node of a branch: a leaf for a single row, the only child under both names, or all that it holds."""
    if len(branch.rows) + len(branch.below) == 1:
        if branch.rows:
            row = rows[branch.rows[0]]
            label = branch.label if is_said(branch.label, row) else f"{branch.label} {row.aspect}"
            return (_Node(label, row=branch.rows[0]),)
        (below,) = branch.below.values()
        (node,) = _make_nodes(below, rows)
        node.label = join_steps((branch.label, node.label))
        return (node,)
    nodes = [_Node(_label_of(branch, rows[number]), row=number) for number in branch.rows]
    nodes += _make_children(branch, rows)
    return (_Node(branch.label, nodes),)


def _label_of(branch: _Branch, row: Difference) -> str:
    """The aspect tells several rows of one place apart; a value is told by the place."""
    return branch.label if row.aspect in ("", "value") else row.aspect


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
        self._labels: list[str] = []
        self._parents, self._ends, self._first_rows = array("i"), array("i"), array("i")
        self._leaves, self._order = array("i"), array("i")

    def add(self, node: _Node, parent: int) -> None:
        number = len(self._labels)
        self._labels.append(node.label.replace(_END, " "))
        self._parents.append(parent)
        self._ends.append(0)
        self._first_rows.append(len(self._order))
        if node.row >= 0:
            self._order.append(node.row)
            self._leaves.append(number)
        for child in _narrow(node.children):
            self.add(child, number)
        self._ends[number] = len(self._labels)

    def finish(self, has_sections: bool) -> DifferenceTree:
        self._first_rows.append(len(self._order))
        starts = range(0, len(self._labels), _BLOCK)
        blocks = tuple(_END.join(self._labels[start : start + _BLOCK]) for start in starts)
        arrays = self._parents, self._ends, self._first_rows, self._leaves, self._order
        return DifferenceTree(*arrays, blocks, has_sections)


@lru_cache(maxsize=64)
def _split_block(block: str) -> list[str]:
    return block.split(_END)
