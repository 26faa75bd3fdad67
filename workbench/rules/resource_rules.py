"""Rules of every resource: its contained resources, its narrative, and the ids within it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.fhir.resource import Json
from workbench.fhirpath.node import Node
from workbench.issue import Issue
from workbench.rules.narrative import find_narrative_faults
from workbench.rules.visit import Visit
from workbench.structure.issue_log import Place
from workbench.structure.primitive_value import show


def check_resource(node: Node, place: Place, visit: Visit) -> None:
    if not visit.scope.is_contained and "DomainResource" in node.kind.names:
        _check_text(node, place, visit)
    contained = node.value.get("contained")
    if not isinstance(contained, list):
        return
    if visit.scope.is_contained:
        said = "A contained resource must not contain others; move them to the resource around it."
        at, profile = Place(place, "contained"), visit.judge.canonical("DomainResource")
        visit.log.tell("error", "invariant", said, at, "dom-2", profile)
        return
    names = set(_local_names(node.value))
    seen: set[str] = set()
    for index, resource in enumerate(contained):
        if isinstance(resource, dict):
            _check_contained(resource, Place(place, "contained", index), names, seen, visit)


def _check_text(node: Node, place: Place, visit: Visit) -> None:
    """A best practice, which what is contained need not follow (FHIR R4, DomainResource, dom-6)."""
    text = node.value.get("text")
    if not isinstance(text, dict) or not ("div" in text or "_div" in text):
        said = "The resource has no narrative (“text”), by which a person could read it without its data."
        visit.log.tell("warning", "invariant", said, place, "dom-6", visit.judge.canonical("DomainResource"))


def _check_contained(resource: Json, place: Place, names: set[str], seen: set[str], visit: Visit) -> None:
    """FHIR R4, DomainResource, rules dom-3 to dom-5."""
    profile = visit.judge.canonical("DomainResource")
    name = resource.get("id")
    if not isinstance(name, str):
        said = "A contained resource must have an id, by which the resource around it refers to it."
        visit.log.tell("error", "invariant", said, place, "dom-3", profile)
    elif name in seen:
        said = f"Another contained resource has the id “{name}” too; each must have its own."
        visit.log.tell("error", "duplicate", said, Place(place, "id"), "Resource.id unique", profile)
    elif f"#{name}" not in names and "#" not in _local_names(resource):
        said = f"Nothing in the resource refers to “#{name}”; refer to it, or take it out."
        visit.log.tell_later(
            Issue("error", "invariant", said, str(place), "dom-3", profile), "", str(visit.scope.place)
        )
    seen.add(str(name))
    meta = resource.get("meta")
    for part, rule in (("versionId", "dom-4"), ("lastUpdated", "dom-4"), ("security", "dom-5")):
        if isinstance(meta, dict) and part in meta:
            said = f"A contained resource must not have “meta.{part}”; take it out."
            visit.log.tell("error", "invariant", said, Place(Place(place, "meta"), part), rule, profile)


def _local_names(value: Any) -> Iterator[str]:
    """All that refers to something within the resource: `#` and `#id` in references, canonicals and addresses."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            left += item.values()
        elif isinstance(item, list):
            left += item
        elif isinstance(item, str) and item.startswith("#"):
            yield item


def check_narrative(node: Node, place: Place, visit: Visit) -> None:
    text = node.value.get("div")
    at = Place(place, "div")
    if not isinstance(text, str) or visit.log.is_spoilt(at):
        return
    for rule, said in find_narrative_faults(text):
        code = "structure" if rule == "xhtml" else "invariant"
        message = f"The narrative {said}."
        visit.log.tell("error", code, message, at, rule, visit.judge.canonical("Narrative"), aspect=said)


def check_unique_id(node: Node, place: Place, visit: Visit) -> None:
    """FHIR R4, Element.id: without blanks, and unique within the resource."""
    name = node.value
    if not isinstance(name, str):
        return
    if not name.isprintable() or " " in name:
        said = f"{show(name)} holds a blank, which no id of an element may."
        visit.log.tell("error", "value", said, place, "Element.id format", visit.judge.canonical("Element"))
        return
    first = visit.scope.ids.setdefault(name, place)
    if first is not place:
        said = f"Another element of this resource, {first.above}, has the id “{name}” too; each must have its own."
        visit.log.tell("error", "duplicate", said, place, "Element.id unique", visit.judge.canonical("Element"))
