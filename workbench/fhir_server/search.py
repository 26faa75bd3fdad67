"""Search over a site's store: matches filtered, sorted, cut into pages and told as a searchset bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from workbench.definitions.search_paths import SearchedParameter, extract
from workbench.fhir.date_range import ranges_of
from workbench.fhir.resource import Json, operation_outcome, reference_of
from workbench.fhir_server.match import fold, local_reference
from workbench.fhir_server.query import Cursor, Include, Parameters, Query, read_query
from workbench.fhir_server.store import FhirStore
from workbench.issue import Issue
from workbench.site.site import FhirRules

Visible = Callable[[Json], bool]
# Included resources may bring others along; no chart needs more rounds than this.
MOST_ITERATIONS = 10


def search(
    store: FhirStore,
    rules: FhirRules,
    type_name: str,
    params: Parameters,
    base: str,
    *,
    strict: bool = False,
    may_find: Visible = lambda resource: True,
    may_see: Visible = lambda resource: True,
) -> Json | tuple[Issue, ...]:
    """Return the searchset bundle, or why the search is refused (a client's fault, status 400).

    `params` are decoded names and values in order, `strict` the client's `Prefer: handling=strict`;
    what `may_find` turns down is neither shown nor counted, and what `may_see` turns down is not included.
    """
    query = read_query(rules, type_name, params, base=base, now=store.clock(), strict=strict)
    if not isinstance(query, Query):
        return query
    found = find_matches(store, query, may_find)
    total = len(found)
    if query.only_total:
        return _bundle([_link("self", _address(base, query))], total, _outcome_entries(query))
    size = min(query.count or rules.page_size, rules.max_page_size)
    cursor = query.cursor or Cursor(max((order for order, _ in found), default=0), 0)
    page = [resource for order, resource in found if order <= cursor.ceiling]
    links = _links(base, query, cursor, size, len(page))
    page = page[cursor.offset : cursor.offset + size]
    entries = [_entry(base, resource, "match") for resource in page]
    entries += [_entry(base, resource, "include") for resource in find_included(store, query, page, base, may_see)]
    return _bundle(links, total, entries + _outcome_entries(query))


def find_matches(store: FhirStore, query: Query, may_find: Visible) -> list[tuple[int, Json]]:
    """Return what matches with its order in the store, sorted as asked, the first made first where nothing is asked."""
    found = [
        (stored.order, stored.resource)
        for stored in store.current(query.type)
        if stored.resource is not None and query.matches(stored.resource) and may_find(stored.resource)
    ]
    for parameter, descending in reversed(query.sort):
        found.sort(key=lambda item: _sort_key(item[1], parameter, descending), reverse=descending)
    return found


def find_included(store: FhirStore, query: Query, page: list[Json], base: str, may_see: Visible) -> list[Json]:
    """Return what the page refers to by the parameters of `_include`, each once and none that is a match itself."""
    seen = {reference_of(resource) for resource in page}
    included: list[Json] = []
    fresh, includes = page, query.includes
    for _ in range(MOST_ITERATIONS):
        targets = [t for resource in fresh for i in includes for t in _targets(store, i, resource, base)]
        fresh = []
        for target in targets:
            if reference_of(target) not in seen and may_see(target):
                seen.add(reference_of(target))
                fresh.append(target)
        included += fresh
        includes = tuple(include for include in includes if include.iterate)
        if not fresh or not includes:
            break
    return included


def _targets(store: FhirStore, include: Include, resource: Json, base: str) -> Iterator[Json]:
    if resource.get("resourceType") != include.source:
        return
    for value, _ in extract(resource, include.parameter):
        reference = value.get("reference") if isinstance(value, dict) else None
        type_name, _, resource_id = local_reference(str(reference or ""), base).partition("/")
        target = store.find(type_name, resource_id)
        if target is not None and include.target in ("", type_name):
            yield target


def _sort_key(resource: Json, parameter: SearchedParameter, descending: bool) -> tuple[bool, Any]:
    """A missing value comes last either way; of several the first in the order asked for counts."""
    keys = [key for value, path in extract(resource, parameter) for key in _keys(value, path.type, parameter.kind)]
    if not keys:
        return (not descending, 0)
    return (descending, max(keys) if descending else min(keys))


def _keys(value: Any, type_name: str, kind: str) -> Iterator[Any]:
    if kind == "date":
        yield from (found.start for found in ranges_of(value, type_name))
    elif kind in ("number", "quantity"):
        number = value.get("value") if isinstance(value, dict) else value
        if isinstance(number, int) or hasattr(number, "as_tuple"):
            yield number
    elif isinstance(value, dict):
        names = ("family", "text", "value", "code", "reference", "display", "city")
        yield from (fold(value[name]) for name in names if isinstance(value.get(name), str))
        for coding in value.get("coding") or ():
            yield from _keys(coding, "Coding", kind)
    elif isinstance(value, str | bool):
        yield fold(str(value))


def _links(base: str, query: Query, cursor: Cursor, size: int, count: int) -> list[Json]:
    """Later pages name the newest resource of the first one, so that what is made meanwhile moves nothing."""
    first = replace(query, used=tuple(p for p in query.used if p[0] != "_cursor"))

    def page(relation: str, offset: int) -> Json:
        at = (("_cursor", Cursor(cursor.ceiling, offset).to_text()),) if offset else ()
        return _link(relation, _address(base, first, at))

    links = [_link("self", _address(base, query)), page("first", 0)]
    if cursor.offset > 0:
        links.append(page("previous", max(cursor.offset - size, 0)))
    if cursor.offset + size < count:
        links.append(page("next", cursor.offset + size))
    return links


def _address(base: str, query: Query, more: Parameters = ()) -> str:
    parameters = urlencode([*query.used, *more], safe=":/,|")
    return f"{base.rstrip('/')}/{query.type}" + (f"?{parameters}" if parameters else "")


def _link(relation: str, url: str) -> Json:
    return {"relation": relation, "url": url}


def _entry(base: str, resource: Json, mode: str) -> Json:
    address = f"{base.rstrip('/')}/{reference_of(resource)}"
    return {"fullUrl": address, "resource": resource, "search": {"mode": mode}}


def _outcome_entries(query: Query) -> list[Json]:
    if not query.ignored:
        return []
    return [{"resource": operation_outcome(query.ignored), "search": {"mode": "outcome"}}]


def _bundle(links: list[Json], total: int, entries: list[Json]) -> Json:
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": total, "link": links}
    return bundle | ({"entry": entries} if entries else {})
