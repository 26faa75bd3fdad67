"""Places of the elements of a resource in its XML text: from a FHIRPath to an offset, and back."""

from __future__ import annotations

from workbench.source.path_steps import Step, is_choice, parse_steps
from workbench.source.xml_tree import START_TAG, XmlNode


class XmlPlaces:
    """Nodes know their places in bytes, as the reader of XML counts; what leaves here counts in characters."""

    __slots__ = ("_data", "_is_ascii", "_root")

    def __init__(self, data: bytes, root: XmlNode) -> None:
        self._data = data
        self._is_ascii = data.isascii()
        self._root = root

    def find(self, path: str) -> tuple[int, int] | None:
        """Return offset and length of the start tag that `path` names, or of the nearest one above it that stands."""
        steps = parse_steps(path)
        found = self._root
        if steps and steps[0].name == self._root.name:
            steps = steps[1:]
        elif steps and _follow(found, steps[0]) is None:
            return None
        for step in steps:
            node = _follow(found, step)
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

    def _span(self, node: XmlNode) -> tuple[int, int]:
        tag = START_TAG.match(self._data, node.at)
        length = len(tag[0].decode()) if tag else 1
        return self._characters(node.at), length

    def _characters(self, byte: int) -> int:
        return byte if self._is_ascii else len(self._data[:byte].decode("utf-8", "ignore"))


def _follow(node: XmlNode, step: Step) -> XmlNode | None:
    children = _held(node).children
    named = [child for child in children if child.name == step.name]
    named = named or [child for child in children if is_choice(child.name, step.name)]
    if step.url:
        named = [child for child in named if ("", "url", step.url) in child.attributes]
    index = step.index or 0
    return named[index] if index < len(named) else None


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
