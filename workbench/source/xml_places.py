"""Places of the elements of a resource in its XML text: from a FHIRPath to an offset, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

from workbench.source.path_steps import Step, is_choice, parse_steps
from workbench.source.xml_tree import START_TAG, XmlNode

_BLOCK = 4096
_CONTINUATION = bytes(range(0x80, 0xC0))


class XmlPlaces:
    """Nodes know their places in bytes, as the reader of XML counts; what leaves here counts in characters."""

    __slots__ = ("_before", "_data", "_groups", "_is_ascii", "_root")

    def __init__(self, data: bytes, root: XmlNode) -> None:
        self._data = data
        self._is_ascii = data.isascii()
        self._root = root
        self._before: list[int] = []  # how many characters begin before each block
        self._groups: dict[XmlNode, Mapping[str, Sequence[XmlNode]]] = {}

    def find(self, path: str) -> tuple[int, int] | None:
        """Return offset and length of the start tag that `path` names, or of the nearest one above it that stands."""
        steps = parse_steps(path)
        found = self._root
        if steps and steps[0].name == self._root.name:
            steps = steps[1:]
        elif steps and self._follow(found, steps[0]) is None:
            return None
        for step in steps:
            node = self._follow(found, step)
            if node is None:
                break
            found = node
        return self._span(found)

    def path_at(self, offset: int) -> str:
        """Return the FHIRPath of the innermost element that reaches over `offset`."""
        byte = offset if self._is_ascii else len(self._data.decode()[:offset].encode())
        parts = [self._root.name]
        node: XmlNode | None = self._root
        while node is not None:
            node = _descend(node, byte, parts)
        return ".".join(parts)

    def _follow(self, node: XmlNode, step: Step) -> XmlNode | None:
        groups = self._children(_held(node))
        named = groups.get(step.name)
        if named is None:
            named = next((found for name, found in groups.items() if is_choice(name, step.name)), [])
        if step.url:
            named = [child for child in named if child.attributes.get("url") == step.url]
        index = step.index or 0
        return named[index] if index < len(named) else None

    def _children(self, node: XmlNode) -> Mapping[str, Sequence[XmlNode]]:
        """The children by their names; kept, since one bundle is asked for many of its entries."""
        if node not in self._groups:
            groups: dict[str, list[XmlNode]] = {}
            for child in node.children:
                groups.setdefault(child.name, []).append(child)
            self._groups[node] = groups
        return self._groups[node]

    def _span(self, node: XmlNode) -> tuple[int, int]:
        tag = START_TAG.match(self._data, node.at)
        length = _count(tag[0]) if tag else 1
        return self._characters(node.at), length

    def _characters(self, byte: int) -> int:
        if self._is_ascii:
            return byte
        if not self._before:
            blocks = range(0, len(self._data) + 1, _BLOCK)
            self._before = [0, *accumulate(_count(self._data[at : at + _BLOCK]) for at in blocks)]
        block = byte // _BLOCK
        return self._before[block] + _count(self._data[block * _BLOCK : byte])


def _count(data: bytes) -> int:
    """How many characters of UTF-8 begin in `data`."""
    return len(data.translate(None, _CONTINUATION))


def _held(node: XmlNode) -> XmlNode:
    """What holds a resource (`contained`, `resource`) has its type as its one element, which paths leave out."""
    if len(node.children) == 1 and node.children[0].name[:1].isupper():
        return node.children[0]
    return node


def _descend(node: XmlNode, byte: int, parts: list[str]) -> XmlNode | None:
    siblings = _held(node).children
    for child in siblings:
        if child.at <= byte <= child.end:
            same = [other for other in siblings if other.name == child.name]
            parts.append(child.name if len(same) == 1 else f"{child.name}[{same.index(child)}]")
            return child
    return None
