"""Value sets and code systems read from their JSON, of STU3, R4, R4B and R5 alike."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from workbench.fhir.lenient_json import object_of, objects_of, text_in, texts_of
from workbench.fhir.resource import Json
from workbench.terminology.code_system import CodeSystem, CodeSystemContent, Concept, Standing
from workbench.terminology.value_set import ConceptFilter, Selection, ValueSet

# The property that names what stands above a code, whatever a system calls it (FHIR R4, CodeSystem, properties).
_PARENT = "http://hl7.org/fhir/concept-properties#parent"
_PARENT_CODES = frozenset({"parent", "subsumedBy"})
_CHILD = "http://hl7.org/fhir/concept-properties#child"
_STANDARDS_STATUS = "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status"
_INACTIVE = frozenset({"retired", "inactive", "withdrawn"})


def parse_value_set(resource: Json, *, package: str = "") -> ValueSet:
    """Return what a ValueSet says; what is missing or misshapen is left out."""
    compose = object_of(resource.get("compose"))
    expansion = object_of(resource.get("expansion"))
    listed = tuple(dict.fromkeys(_contained(expansion.get("contains"))))
    return ValueSet(
        url=text_in(resource, "url"),
        version=text_in(resource, "version"),
        name=text_in(resource, "name"),
        title=text_in(resource, "title"),
        status=text_in(resource, "status"),
        includes=tuple(_selection(item) for item in objects_of(compose.get("include"))),
        excludes=tuple(_selection(item) for item in objects_of(compose.get("exclude"))),
        expansion=listed,
        whole=bool(listed) and _is_whole(expansion),
        active_only=compose.get("inactive") is False,
        package=package,
    )


def parse_code_system(resource: Json, *, package: str = "", properties: Container[str] | None = None) -> CodeSystem:
    """Return what a CodeSystem says; with `properties`, of each concept only those facts are kept.

    Where it does not say whether case matters, codes are taken in any case (FHIR R4, CodeSystem.caseSensitive).
    """
    return CodeSystem(
        url=text_in(resource, "url"),
        version=text_in(resource, "version"),
        name=text_in(resource, "name"),
        title=text_in(resource, "title"),
        status=text_in(resource, "status"),
        content=cast(CodeSystemContent, text_in(resource, "content") or "complete"),
        is_case_sensitive=resource.get("caseSensitive") is True,
        concepts=_concepts(resource, properties),
        package=package,
    )


def _concepts(resource: Json, properties: Container[str] | None) -> dict[str, Concept]:
    parents, children = _hierarchy(resource)
    concepts: dict[str, Concept] = {}
    above: dict[str, dict[str, None]] = {}
    for item, parent in _walk(resource.get("concept"), ""):
        code, facts = text_in(item, "code"), _properties(item)
        over = [parent] if parent else []
        over += [value for name in parents for value in facts.get(name, ())]
        above.setdefault(code, {}).update(dict.fromkeys(over))
        for child in (value for name in children for value in facts.get(name, ())):
            above.setdefault(child, {})[code] = None
        told = {name: values for name, values in facts.items() if name not in parents | children}
        kept = {name: values for name, values in told.items() if properties is None or name in properties}
        concepts.setdefault(code, Concept(code, text_in(item, "display"), (), kept, _standing(item, facts)))
    return {code: replace(concept, parents=tuple(above[code])) for code, concept in concepts.items()}


def _standing(item: Json, facts: Mapping[str, tuple[str, ...]]) -> Standing:
    """By the standard's own properties (FHIR R4, concept properties) or the status that an extension says."""
    notes = (note for note in objects_of(item.get("extension")) if note.get("url") == _STANDARDS_STATUS)
    told = {*facts.get("status", ()), *(text_in(note, "valueCode") for note in notes)}
    if told & _INACTIVE or "true" in facts.get("inactive", ()):
        return "inactive"
    is_dated = any(facts.get(name) for name in ("deprecated", "deprecationDate"))
    return "deprecated" if "deprecated" in told or is_dated else "active"


def _hierarchy(resource: Json) -> tuple[set[str], set[str]]:
    """The properties that name what stands above and below a code, by their uris or by the names they usually have."""
    named = {text_in(item, "code"): text_in(item, "uri") for item in objects_of(resource.get("property"))}
    usual = {code for code in _PARENT_CODES if not named.get(code, "").startswith("http://hl7.org/fhir/")}
    parents = {code for code, uri in named.items() if uri == _PARENT} | usual
    return parents, {code for code, uri in named.items() if uri == _CHILD}


def _selection(item: Json) -> Selection:
    filters = (
        ConceptFilter(text_in(entry, "property"), text_in(entry, "op"), str(entry.get("value", "")))
        for entry in objects_of(item.get("filter"))
    )
    return Selection(
        text_in(item, "system"),
        text_in(item, "version"),
        tuple((text_in(entry, "code"), text_in(entry, "display")) for entry in objects_of(item.get("concept"))),
        tuple(filters),
        texts_of(item.get("valueSet")),
    )


def _contained(items: Any) -> Iterator[tuple[str, str, str]]:
    """Codes that only group others (`abstract`) are none that may be used (FHIR R4, ValueSet.expansion)."""
    for item in _nodes(items):
        if item.get("code") and item.get("abstract") is not True:
            yield text_in(item, "system"), text_in(item, "code"), text_in(item, "display")


def _nodes(items: Any) -> Iterator[Json]:
    waiting = objects_of(items)[::-1]
    while waiting:
        item = waiting.pop()
        yield item
        waiting += objects_of(item.get("contains"))[::-1]


def _is_whole(expansion: Json) -> bool:
    """Neither one page of several, nor cut short, nor of a set without end."""
    notes = [note.get("url") for note in objects_of(expansion.get("extension"))]
    unclosed = any(isinstance(url, str) and url.endswith(("valueset-unclosed", "valueset-toocostly")) for url in notes)
    said = {text_in(item, "name"): item.get("valueBoolean") for item in objects_of(expansion.get("parameter"))}
    total, count = expansion.get("total"), sum(1 for _ in _nodes(expansion.get("contains")))
    is_cut = bool(expansion.get("offset")) or said.get("limitedExpansion") is True
    return not unclosed and not is_cut and not (isinstance(total, int) and total > count)


def _walk(items: Any, parent: str) -> Iterator[tuple[Json, str]]:
    waiting = [(item, parent) for item in objects_of(items)[::-1]]
    while waiting:
        item, above = waiting.pop()
        if code := text_in(item, "code"):
            yield item, above
            waiting += [(child, code) for child in objects_of(item.get("concept"))[::-1]]


def _properties(item: Json) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for entry in objects_of(item.get("property")):
        value = next((value for name, value in entry.items() if name.startswith("value")), None)
        text = text_in(value, "code") if isinstance(value, dict) else _written(value)
        if text:
            found.setdefault(text_in(entry, "code"), []).append(text)
    return {name: tuple(values) for name, values in found.items()}


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
