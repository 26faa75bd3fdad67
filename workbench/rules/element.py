"""Elements of a resource as the validator meets them: each a node with its place, found by its FHIRPath name."""

from __future__ import annotations

from workbench.fhirpath.node import Node
from workbench.structure.issue_log import Place

Element = tuple[Node, Place]


def elements_of(node: Node, name: str, place: Place) -> list[Element]:
    """The elements under one name; `value` finds `valueQuantity`, and one with an extension alone is found too."""
    source = node.value if node.value.__class__ is dict else node.sibling
    if source.__class__ is not dict:
        return []
    found: list[Element] = []
    for json_name, beside, kind in node.kind.steps[name]:
        raw = source.get(json_name)
        sibling = source.get(beside) if beside else None
        if raw is None and sibling is None:
            continue
        if kind.any_resource:
            make = kind.model.node_of_resource
            if isinstance(raw, list):
                found += [(make(item), Place(place, name, at)) for at, item in enumerate(raw) if isinstance(item, dict)]
            elif isinstance(raw, dict):
                found.append((make(raw), Place(place, name)))
        elif isinstance(raw, list) or isinstance(sibling, list):
            values = raw if isinstance(raw, list) else []
            siblings = sibling if isinstance(sibling, list) else []
            for at in range(max(len(values), len(siblings))):
                value = values[at] if at < len(values) else None
                other = siblings[at] if at < len(siblings) else None
                if value is not None or other is not None:
                    found.append((Node(value, kind, other), Place(place, name, at)))
        else:
            found.append((Node(raw, kind, sibling), Place(place, name)))
    return found


def is_of_types(node: Node, types: frozenset[str]) -> bool:
    """Whether an element has one of these types; resources and inner types count as their bases, data types do not."""
    kind = node.kind
    if kind.name in types or not kind.name:
        return True
    takes_bases = "." in kind.name or "Resource" in kind.names
    return takes_bases and not types.isdisjoint(kind.names)
