"""Links between stored resources: what refers to what, which references lead nowhere, and how they are rewritten."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workbench.fhir.resource import Json
from workbench.fhir.rules import FhirRules
from workbench.fhir_server.match import local_reference
from workbench.fhir_server.store import FhirStore
from workbench.issue import Issue

# Texts that happen to look like an address; only the sender knows what they name.
NO_LINKS = frozenset({"value", "system", "display", "text", "div", "data"})


def find_references(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield the path and text of each `reference` in `value`."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "reference" and isinstance(item, str):
                yield f"{path}.reference", item
            elif isinstance(item, dict | list):
                yield from find_references(item, f"{path}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from find_references(item, f"{path}[{index}]")


def find_dangling(
    rules: FhirRules,
    store: FhirStore,
    resource: Json,
    base: str,
    may_name: Callable[[Json], bool] = lambda resource: True,
) -> Iterator[Issue]:
    """Yield what `resource` refers to in vain, of the types that the site itself serves.

    What `may_name` turns down is told of as what is not here, so that nobody learns of it by a reference.
    """
    for path, reference in find_references(resource, str(resource.get("resourceType"))):
        type_name, _, resource_id = local_reference(reference, base).partition("/")
        target = store.find(type_name, resource_id)
        if rules.find_resource(type_name) and (target is None or not may_name(target)):
            yield Issue("error", "not-found", f"“{reference}” refers to a resource that is not here.", path)


def find_referrer(store: FhirStore, reference: str, base: str) -> str:
    """Return the first current resource that refers to `reference`, another than itself; empty where none does."""
    for type_name in store.types:
        for stored in store.current(type_name):
            found = find_references(stored.resource, "")
            if stored.reference != reference and any(local_reference(text, base) == reference for _, text in found):
                return stored.reference
    return ""


def rewrite_links(value: Any, links: Mapping[str, str], name: str = "") -> Any:
    """Return `value` with each link replaced that is a key of `links`; in narrative, within `href` and `src` too."""
    if isinstance(value, dict):
        return {key: rewrite_links(item, links, key) for key, item in value.items()}
    if isinstance(value, list):
        return [rewrite_links(item, links, name) for item in value]
    if not isinstance(value, str):
        return value
    if name == "div":
        for old, new in links.items():
            value = value.replace(f'href="{old}"', f'href="{new}"').replace(f'src="{old}"', f'src="{new}"')
        return value
    return value if name in NO_LINKS else links.get(value, value)
