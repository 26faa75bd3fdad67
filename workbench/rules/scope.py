"""Scope: one resource under validation with what stands around it, in which its references find their targets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from workbench.fhir.resource import Json
from workbench.fhirpath.node import Node
from workbench.structure.issue_log import Place

# Restful addresses (FHIR R4, References, literal reference): base, type, id and the version.
_ADDRESS = re.compile(
    r"(?P<base>.*/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})(?:/_history/(?P<version>[^/]+))?"
)


class Scope:
    """A resource with its place. `outer` is the resource that holds it; `is_contained` tells in which way."""

    __slots__ = ("_contained", "_entries", "_found", "full_url", "ids", "is_contained", "node", "outer", "place")

    def __init__(
        self, node: Node, place: Place, outer: Scope | None = None, *, full_url: str = "", is_contained: bool = False
    ) -> None:
        self.node = node
        self.place = place
        self.outer = outer
        self.full_url = full_url
        self.is_contained = is_contained
        self.ids: dict[str, Place] = {}
        self._entries: BundleEntries | None = None
        self._found: dict[str, Scope | None] = {}
        self._contained: dict[str, Scope] | None = None

    @property
    def root(self) -> Scope:
        """The resource that contains this one, or this one itself (FHIRPath, %rootResource)."""
        return self.outer.root if self.is_contained and self.outer is not None else self

    def find(self, reference: str) -> Scope | None:
        """The scope of the resource that a reference names, within what is here."""
        if reference not in self._found:
            self._found[reference] = self._find(reference)
        return self._found[reference]

    def _find(self, reference: str) -> Scope | None:
        root = self.root
        if reference == "#":
            return root if self.is_contained else None
        if reference.startswith("#"):
            return root.find_contained(reference[1:])
        outer = root.outer
        while outer is not None:
            if outer.node.type == "Bundle":
                found = outer.entries.find(reference, root.full_url)
                if found is not None:
                    return found
            outer = outer.outer
        return None

    def find_contained(self, name: str) -> Scope | None:
        if self._contained is None:
            make = self.node.kind.model.node_of_resource
            self._contained = {}
            for index, resource in enumerate(_objects(self.node.value, "contained")):
                if resource is not None and isinstance(resource.get("id"), str):
                    place = Place(self.place, "contained", index)
                    scope = Scope(make(resource), place, self, is_contained=True)
                    self._contained.setdefault(resource["id"], scope)
        return self._contained.get(name)

    def scope_of(self, node: Node, place: Place) -> Scope:
        """The scope of a resource that was met from this one: itself, contained, or an entry of a bundle."""
        if node.value is self.node.value:
            return self
        for resource in _objects(self.root.node.value, "contained"):
            if resource is node.value:
                return self.root.find_contained(str(resource.get("id"))) or self
        bundle = self if self.node.type == "Bundle" else self.bundle
        found = bundle.entries.scope_of(node.value) if bundle is not None else None
        return found or Scope(node, place, self)

    @property
    def bundle(self) -> Scope | None:
        """The innermost bundle around it."""
        outer = self.outer
        while outer is not None and outer.node.type != "Bundle":
            outer = outer.outer
        return outer

    @property
    def entries(self) -> BundleEntries:
        if self._entries is None:
            self._entries = BundleEntries(self)
        return self._entries


class BundleEntries:
    """The entries of one bundle by the names that references use for them."""

    def __init__(self, bundle: Scope) -> None:
        self._by_url: dict[str, list[Scope]] = {}
        self._by_name: dict[str, list[Scope]] = {}
        self._by_identity: dict[int, Scope] = {}
        make = bundle.node.kind.model.node_of_resource
        for index, entry in enumerate(_objects(bundle.node.value, "entry")):
            resource = entry.get("resource") if entry is not None else None
            if entry is None or not isinstance(resource, dict):
                continue
            url = entry.get("fullUrl")
            url = url if isinstance(url, str) else ""
            place = Place(Place(bundle.place, "entry", index), "resource")
            scope = Scope(make(resource), place, bundle, full_url=url)
            self._by_identity[id(resource)] = scope
            if url:
                self._by_url.setdefault(url, []).append(scope)
            else:
                self._by_name.setdefault(f"{resource.get('resourceType')}/{resource.get('id')}", []).append(scope)

    def scope_of(self, resource: Json) -> Scope | None:
        return self._by_identity.get(id(resource))

    def find(self, reference: str, full_url: str) -> Scope | None:
        """Resolve against the `full_url` of the entry that refers (FHIR R4, Bundle, resolving references)."""
        bare, _, version = reference.partition("/_history/")
        found: list[Scope] = []
        for name in _names_of(bare, full_url):
            found = self._by_url.get(name) or self._by_name.get(name) or []
            if found:
                break
        if version:
            found = [scope for scope in found if _version_of(scope.node.value) == version]
        return found[0] if found else None


def parse_address(reference: str) -> tuple[str, str, str] | None:
    """Base, type and id of a literal reference by REST; the base of a relative one is empty."""
    match = _ADDRESS.fullmatch(reference)
    return (match["base"] or "", match["type"], match["id"]) if match else None


def _names_of(reference: str, full_url: str) -> Iterator[str]:
    yield reference.partition("#")[0]
    own = parse_address(full_url)
    if own is not None and own[0] and ":" not in reference.partition("/")[0]:
        yield own[0] + reference


def _version_of(resource: Json) -> Any:
    meta = resource.get("meta")
    return meta.get("versionId") if isinstance(meta, dict) else None


def _objects(value: Any, name: str) -> list[Json | None]:
    items = value.get(name) if isinstance(value, dict) else None
    return [item if isinstance(item, dict) else None for item in items] if isinstance(items, list) else []
