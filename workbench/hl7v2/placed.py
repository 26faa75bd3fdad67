"""Placed segments and groups: the tree of a message by its structure, each with its path.

`node` numbers the nodes of the structure's plan; what the structure has no node for has 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from workbench.hl7v2.dictionary import StructureNode
from workbench.hl7v2.segment import Segment

# `order`: it belongs elsewhere in the structure; `name`: it is of the structure, and its name is written wrongly;
# `unknown`: the structure has no such segment; `local`: a Z segment.
Fit = Literal["", "order", "name", "unknown", "local"]


@dataclass(frozen=True, slots=True)
class PlacedSegment:
    """A segment at its node, the `ordinal`-th of that node in its group; `path` leads there, `PATIENT/PID`.

    `node` is 0 where the structure has none for it; ordinals then count the segments of that name in the group.
    `then` is the node from which the next segment is placed.
    """

    segment: Segment
    node: int
    ordinal: int
    path: str
    fit: Fit = ""
    then: int = 0


@dataclass(frozen=True, slots=True)
class PlacedGroup:
    """One occurrence of a group, the `ordinal`-th in the group around it; `path` is empty for the whole message."""

    node: int
    ordinal: int
    path: str
    children: tuple[PlacedGroup | PlacedSegment, ...]

    def segments(self) -> Iterator[PlacedSegment]:
        """The segments in it, those of the groups within included."""
        for child in self.children:
            if isinstance(child, PlacedSegment):
                yield child
            else:
                yield from child.segments()

    def groups(self) -> Iterator[PlacedGroup]:
        """This group and those within, each before what it holds."""
        yield self
        for child in self.children:
            if isinstance(child, PlacedGroup):
                yield from child.groups()


def join_path(path: str, node: StructureNode, ordinal: int, name: str = "") -> str:
    """A path with a step more; a node that can stand several times is numbered."""
    step = f"{name or node.name}[{ordinal}]" if node.repeats or ordinal > 1 else name or node.name
    return f"{path}/{step}" if path else step
