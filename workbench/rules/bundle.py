"""Bundles: rules that no invariant says: addresses that agree with resources, and documents that are whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from workbench.fhir.resource import Json
from workbench.fhirpath.node import Node
from workbench.rules.scope import parse_address
from workbench.rules.visit import Visit
from workbench.structure.issue_log import Place
from workbench.structure.primitive_value import is_absolute

# Where entries are resources as they are, and not requests or answers to them.
_WITH_ADDRESSES = ("searchset", "collection", "document", "message", "history")


def check_bundle(node: Node, place: Place, visit: Visit) -> None:
    entries = node.value.get("entry")
    if not isinstance(entries, list):
        return
    has_addresses = node.value.get("type") in _WITH_ADDRESSES and visit.judge.definitions.release.key < "5"
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            continue
        if isinstance(entry.get("fullUrl"), str):
            _check_full_url(entry, Place(place, "entry", index), visit)
        elif has_addresses and "fullUrl" not in entry:
            _tell_no_address(entry, Place(place, "entry", index), visit)
    if node.value.get("type") == "searchset":
        _check_ids(entries, place, visit)
    if node.value.get("type") == "document" and entries and isinstance(entries[0], dict):
        _check_document(entries[0], Place(Place(place, "entry", 0), "resource"), visit)


def _tell_no_address(entry: Json, place: Place, visit: Visit) -> None:
    """FHIR R4, Bundle.entry.fullUrl; in R5 it is the rule bdl-15. What is not identified yet need not have one."""
    resource, request = entry.get("resource"), entry.get("request")
    is_posted = isinstance(request, dict) and request.get("method") == "POST"
    if isinstance(resource, dict) and "id" in resource and not is_posted:
        said = "“fullUrl” is missing: an entry whose resource has an id has an address too."
        _tell(visit, "required", said, Place(place, "fullUrl"), "Bundle.entry.fullUrl min")


def _check_full_url(entry: Json, place: Place, visit: Visit) -> None:
    """FHIR R4, Bundle.entry.fullUrl: absolute, and not in disagreement with the id in the resource."""
    url, resource = entry["fullUrl"], entry.get("resource")
    at = Place(place, "fullUrl")
    if not is_absolute(url):
        said = f"A fullUrl must be absolute, such as https://example.org/fhir/{url} or urn:uuid:…, and is “{url}”."
        _tell(visit, "value", said, at, "Bundle.entry.fullUrl absolute")
        return
    address = parse_address(url)
    if address is None or not isinstance(resource, dict) or not visit.judge.definitions.is_resource(address[1]):
        return
    if not url.startswith(("http:", "https:")) or "/_history/" in url:
        return  # that a fullUrl names no version is the rule bdl-8
    type_name, name = resource.get("resourceType"), resource.get("id")
    if not isinstance(type_name, str):
        return
    if address[1] != type_name or (name is not None and address[2] != name):
        named = f"{type_name}/{name or '(without id)'}"
        said = f"The fullUrl “{url}” and the resource {named} do not agree; correct one of them."
        _tell(visit, "value", said, at, "Bundle.entry.fullUrl agrees")


def _check_ids(entries: Sequence[Any], place: Place, visit: Visit) -> None:
    """What a server found has an id, as all has but what is sent to be created (FHIR R4, Resource.id)."""
    for index, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        resource = resource if isinstance(resource, dict) else {}
        name = resource.get("resourceType")
        if name not in (None, "OperationOutcome", "Parameters") and "id" not in resource:
            at = Place(Place(Place(place, "entry", index), "resource"), "id")
            _tell(visit, "required", "What a search found must have an id, and has none.", at, "Resource.id min")


def _check_document(entry: Json, place: Place, visit: Visit) -> None:
    """FHIR R4, Documents: what the composition refers to is in the bundle."""
    composition = entry.get("resource")
    if not isinstance(composition, dict) or composition.get("resourceType") != "Composition":
        return
    url = str(entry.get("fullUrl", ""))
    find = visit.scope.entries.find
    for reference, at in _references(composition, place):
        if not reference.startswith("#") and find(reference, url) is None:
            said = f"No entry of this document is “{reference}”, to which its composition refers; add it."
            visit.log.tell(
                "error",
                "not-found",
                said,
                Place(at, "reference"),
                "Reference.reference target",
                visit.judge.canonical("Bundle"),
            )


def _references(value: Any, place: Place) -> Iterator[tuple[str, Place]]:
    left: list[tuple[Any, Place]] = [(value, place)]
    while left:
        item, at = left.pop()
        reference = item.get("reference")
        if isinstance(reference, str):
            yield reference, at
        for name, child in item.items():
            if name == "contained":
                continue
            if isinstance(child, dict):
                left.append((child, Place(at, name)))
            elif isinstance(child, list):
                left += [(one, Place(at, name, index)) for index, one in enumerate(child) if isinstance(one, dict)]


def _tell(visit: Visit, code: str, said: str, place: Place, rule: str) -> None:
    visit.log.tell("error", code, said, place, rule, visit.judge.canonical("Bundle"))
