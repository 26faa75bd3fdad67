"""ElementTree: the elements of a structure as a tree, with what its types imply where it does not spell them out.

A profile lists the parts of a name or a coding only where it says something of them; the tree gives the others as
the data type has them, so that two profiles can be held against each other wherever one of them speaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from workbench.definitions.structure import ElementDefinition, Structure

_BASE = "http://hl7.org/fhir/StructureDefinition/"
_MOST_STEPS = 12
"""Ancestors of a structure that are looked up: the standard has five levels, guides a few more."""


class World(Protocol):
    """What is asked of the definitions around a structure; `Definitions` answers so."""

    def structure(self, canonical: str) -> Structure | None: ...


@dataclass(frozen=True, slots=True)
class Node:
    """`key` is the last step of the element's id, such as `extension:race`; `unsliced` the element that is sliced."""

    key: str
    element: ElementDefinition
    children: dict[str, Node] = field(default_factory=dict)
    unsliced: Node | None = None

    @property
    def is_slice(self) -> bool:
        return ":" in self.key


class ElementTree:
    """One side of a comparison of structures; what was looked up stays."""

    def __init__(self, structure: Structure, world: World) -> None:
        self.structure = structure
        self._world = world
        self._nodes = make_nodes(structure)
        self.root = next(iter(self._nodes.values()))
        self._unfolded: dict[str, dict[str, Node]] = {}
        self._lineages: dict[str, tuple[str, ...]] = {}

    def node(self, name: str) -> Node | None:
        """Return the element of that id, where the structure lists it."""
        return self._nodes.get(name)

    def child(self, node: Node, key: str) -> Node | None:
        """Return the child of that key, listed or implied."""
        if key in node.children:
            return node.children[key]
        if node.unsliced and key in node.unsliced.children:
            return node.unsliced.children[key]
        name, _, slice_name = key.partition(":")
        if not slice_name:
            return self._implied(node.element).get(key) or _of_choice(node, key)
        listed = self.child(node, name)
        return _slice_by_type(listed, key) if listed and name.endswith("[x]") else None

    def lineage(self, canonical: str) -> tuple[str, ...]:
        """Return the url of a structure and those of all that it is based on, itself first."""
        url = canonical.partition("|")[0]
        if url not in self._lineages:
            self._lineages[url] = tuple(self._climb(url))
        return self._lineages[url]

    def is_profile(self, canonical: str) -> bool:
        structure = self._world.structure(canonical.partition("|")[0])
        return structure is not None and structure.derivation == "constraint"

    def _climb(self, url: str) -> Iterator[str]:
        for _ in range(_MOST_STEPS):
            yield url
            structure = self._world.structure(url)
            if structure is None or not structure.base:
                return
            url = structure.base.partition("|")[0]

    def _implied(self, element: ElementDefinition) -> dict[str, Node]:
        if element.content_reference:
            target = self._nodes.get(element.content_reference)
            return target.children if target else {}
        if len(element.types) != 1:
            return {}
        kind = element.types[0]
        canonical = kind.profiles[0] if len(kind.profiles) == 1 else _BASE + kind.code
        if canonical not in self._unfolded:
            structure = self._world.structure(canonical)
            listed = make_nodes(structure) if structure else {}
            self._unfolded[canonical] = next(iter(listed.values())).children if listed else {}
        return self._unfolded[canonical]


def make_nodes(structure: Structure) -> dict[str, Node]:
    """Return the elements by their ids, in their order; the first is the root, and each knows its children."""
    nodes: dict[str, Node] = {}
    for element in structure.elements:
        parent = nodes.get(element.id.rpartition(".")[0]) or next(iter(nodes.values()), None)
        key = _key_of(element)
        unsliced = parent.children.get(key.partition(":")[0]) if parent and ":" in key else None
        if unsliced and parent and _is_only_choice(unsliced.element, key):
            node = Node(unsliced.key, merge_elements(unsliced.element, element), unsliced.children)
            parent.children[unsliced.key] = node
            nodes[unsliced.element.id] = nodes[element.id] = node
            continue
        node = Node(key, element, {}, unsliced)
        nodes.setdefault(element.id, node)
        if parent is not None:
            parent.children.setdefault(key, node)
    return nodes or {"": Node("", ElementDefinition("", ""))}


def _is_only_choice(choice: ElementDefinition, key: str) -> bool:
    """Tell whether a slice by type is all that there is of a choice, so that the two are one element."""
    name = key.partition(":")[0]
    return name.endswith("[x]") and len(choice.types) == 1 and key == key_of_type(name, choice.types[0].code)


def key_of_type(name: str, code: str) -> str:
    """`value[x]:valueQuantity` for `value[x]` and `Quantity`."""
    return f"{name}:{name.removesuffix('[x]')}{code[:1].upper()}{code[1:]}"


def is_narrower(left: Node, right: Node) -> bool:
    """Tell whether one of two choices has one type alone, and the other more."""
    counts = len(left.element.types), len(right.element.types)
    return left.key.endswith("[x]") and 1 in counts and max(counts) > 1


def merge_elements(base: ElementDefinition, more: ElementDefinition) -> ElementDefinition:
    """Return one element that asks what both ask."""
    known = {constraint.key for constraint in base.constraints}
    return replace(
        base,
        least=max(base.least, more.least),
        most=more.most if base.most is None else base.most if more.most is None else min(base.most, more.most),
        types=more.types,
        binding=more.binding or base.binding,
        fixed=more.fixed or base.fixed,
        pattern=more.pattern or base.pattern,
        least_value=more.least_value or base.least_value,
        most_value=more.most_value or base.most_value,
        most_length=more.most_length or base.most_length,
        constraints=(*base.constraints, *(item for item in more.constraints if item.key not in known)),
        must_support=base.must_support or more.must_support,
        slicing=None,
    )


def _key_of(element: ElementDefinition) -> str:
    """The last step of the id; `valueQuantity`, as older snapshots name a choice of one type, is `value[x]`."""
    key = element.id.rpartition(".")[2]
    name = element.base_path.rpartition(".")[2]
    if not name.endswith("[x]") or key.startswith(name) or not key.startswith(name[:-3]):
        return key
    _, colon, slice_name = key.partition(":")
    return name + colon + slice_name


def _of_choice(node: Node, key: str) -> Node | None:
    """What `value[x]` implies for an element that is called `valueQuantity`: in JSON the two are one."""
    choices = (choice for name, choice in node.children.items() if name.endswith("[x]") and key.startswith(name[:-3]))
    return next((found for choice in choices if (found := _slice_by_type(choice, f"{choice.key}:{key}"))), None)


def without_named_types(node: Node, other: Node) -> Node | None:
    """Return a choice without the types that `other` has elements for, as `valueQuantity`; None if none is left."""
    if not node.key.endswith("[x]"):
        return node
    name = node.key[:-3]
    left = [kind for kind in node.element.types if key_of_type(name, kind.code).partition(":")[2] not in other.children]
    if len(left) == len(node.element.types):
        return node
    return Node(node.key, replace(node.element, types=tuple(left), least=0), node.children) if left else None


def _slice_by_type(choice: Node, key: str) -> Node | None:
    """What `value[x]` implies for `value[x]:valueQuantity`; it must be there where no other type may be."""
    name, _, slice_name = key.partition(":")
    kinds = tuple(kind for kind in choice.element.types if key_of_type(name, kind.code) == key)
    if not kinds:
        return None
    least = choice.element.least if len(choice.element.types) == 1 else 0
    element = replace(choice.element, types=kinds, least=least, slicing=None, slice_name=slice_name)
    return Node(key, element, choice.children if len(choice.element.types) == 1 else {})
