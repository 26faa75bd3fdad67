"""Pairs of elements: which element of one structure answers to which of another, by id and by what a slice is.

Slices meet by name, then by the extension or the fixed values that make them what they are. A slice or an element
that the other side lacks is told as a whole: what stands below it is not told again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.definition_diff.element_tree import ElementTree, Node, is_narrower, key_of_type, without_named_types
from workbench.diff.name_order import merge_names
from workbench.diff.release_moves import Move

# Parts that every element has.
_ALWAYS = ("id", "extension", "modifierExtension")


@dataclass(frozen=True, slots=True)
class ElementPair:
    """`path` is the left's id, the right's where the element stands there alone; `move` tells a certain rename.

    `parts_alike` tells that two of other types have parts that are called alike, as a data type made of what were
    parts of one element.
    """

    path: str
    left: Node | None
    right: Node | None
    move: Move | None = None
    parts_alike: bool = False


def pair_elements(left: ElementTree, right: ElementTree, moves: Sequence[Move] = ()) -> Iterator[ElementPair]:
    """Return the pairs in the left's order, what stands on the right alone after what it follows there."""
    return _Walk(left, right, moves).pair(left.root, right.root, left.root.key)


class _Walk:
    def __init__(self, left: ElementTree, right: ElementTree, moves: Sequence[Move]) -> None:
        self._left = left
        self._right = right
        self._moves: dict[str, list[Move]] = {}
        self._arrived: set[str] = set()
        for move in moves:
            if left.node(move.left) and right.node(move.right):
                self._moves.setdefault(move.left, []).append(move)
                self._arrived.add(move.right)

    def pair(self, left: Node, right: Node, path: str, move: Move | None = None) -> Iterator[ElementPair]:
        other_kind = is_of_other_kind(left, right)
        alike = other_kind and self._has_parts_alike(left, right)
        yield ElementPair(path, left, right, move, alike)
        if other_kind and not alike:
            yield from self._pair_moved_below(left, path)
            return  # its type tells it all
        if left.element.most == 0 or right.element.most == 0 or (move and not move.is_rename):
            return
        if is_narrower(left, right):
            return  # what stands below is told of the slice of that type
        renamed = pair_slices(left.children, right.children)
        taken = set(renamed.values())
        for key in self._keys(left, right):
            if key in taken and key not in left.children:
                continue
            yield from self._pair_child(left, right, f"{path}.{key}", key, renamed.get(key, key))

    def _has_parts_alike(self, left: Node, right: Node) -> bool:
        """Tell whether what the one lists the other has too, listed or by its type."""
        here = any(self._right.child(right, key) for key in left.children if key not in _ALWAYS)
        return here or any(self._left.child(left, key) for key in right.children if key not in _ALWAYS)

    def _keys(self, left: Node, right: Node) -> Iterator[str]:
        """What either side lists, and what it says of the only type of a choice where the other allows more types."""
        listed = merge_names(left.children, right.children)
        for key in listed:
            yield key
            here, there = left.children.get(key), right.children.get(key)
            if here and there and is_narrower(here, there):
                single = here if len(here.element.types) == 1 else there
                slice_key = key_of_type(key, single.element.types[0].code)
                if slice_key not in listed:
                    yield slice_key

    def _pair_child(self, left: Node, right: Node, path: str, key: str, other: str) -> Iterator[ElementPair]:
        listed = left.children.get(key)
        if listed and listed.element.id in self._moves:
            yield from self._pair_moved(listed, path)
            other_one = right.children.get(key)
            if other_one and other_one.element.id not in self._arrived:
                yield ElementPair(path, None, other_one)  # something else that is called so now
            return
        here, there = self._left.child(left, key), self._right.child(right, other)
        if there and there.element.id in self._arrived:
            if key not in left.children:
                return  # it is told where it came from
            there = None
        if here and there:
            yield from self.pair(here, there, path)
        elif alone := without_named_types(here, right) if here else there and without_named_types(there, left):
            yield ElementPair(path, alone if here else None, None if here else alone)
        if here and not there:
            yield from self._pair_moved_below(here, path)

    def _pair_moved(self, node: Node, path: str) -> Iterator[ElementPair]:
        for move in self._moves[node.element.id]:
            target = self._right.node(move.right)
            if target:
                yield from self.pair(node, target, path, move)

    def _pair_moved_below(self, node: Node, path: str) -> Iterator[ElementPair]:
        """What stands elsewhere on the right although the element around it is gone."""
        for key, child in node.children.items():
            if child.element.id in self._moves:
                yield from self._pair_moved(child, f"{path}.{key}")
            else:
                yield from self._pair_moved_below(child, f"{path}.{key}")


def is_of_other_kind(left: Node, right: Node) -> bool:
    """Tell whether no type of the one is one of the other, so that their parts have nothing to do with each other."""
    kinds = [{kind.code for kind in node.element.types} for node in (left, right)]
    return bool(kinds[0] and kinds[1]) and not kinds[0] & kinds[1]


def pair_slices(left: Mapping[str, Node], right: Mapping[str, Node]) -> dict[str, str]:
    """Return the slices of the left that are called otherwise on the right, where that is certain."""
    here = {key: node for key, node in left.items() if node.is_slice and key not in right}
    there = {key: node for key, node in right.items() if node.is_slice and key not in left}
    if not here or not there:
        return {}
    by_identity: dict[Any, list[str]] = {}
    for key, node in there.items():
        by_identity.setdefault(_identity(node), []).append(key)
    mine = [_identity(node) for node in here.values()]
    return {
        key: by_identity[identity][0]
        for key, identity in zip(here, mine, strict=True)
        if identity[1] and len(by_identity.get(identity, ())) == 1 and mine.count(identity) == 1
    }


def _identity(node: Node) -> tuple[str, frozenset[tuple[str, str]]]:
    """The element that is sliced, with the profile of an extension, or else the values that are fixed in the slice."""
    name = node.key.partition(":")[0]
    profiles = {("", profile.partition("|")[0]) for kind in node.element.types for profile in kind.profiles}
    if name in ("extension", "modifierExtension") and profiles:
        return name, frozenset(profiles)
    return name, frozenset(fixed_values(node))


def fixed_values(node: Node, at: str = "") -> Iterator[tuple[str, str]]:
    """Return path and value of all that is fixed at an element and below it: `coding.code` and `8480-6`."""
    for value in (node.element.fixed, node.element.pattern):
        if value is not None:
            yield from _leaves(value[1], at)
    for key, child in node.children.items():
        if ":" not in key:
            yield from fixed_values(child, f"{at}.{key}" if at else key)


def _leaves(value: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, f"{at}.{name}" if at else str(name))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, at)
    else:
        yield at, str(value)
