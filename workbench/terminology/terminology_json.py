"""Value sets and code systems read from their JSON, of STU3, R4, R4B and R5 alike."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

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
    compose = _object(resource.get("compose"))
    expansion = _object(resource.get("expansion"))
    listed = tuple(dict.fromkeys(_contained(expansion.get("contains"))))
    return ValueSet(
        url=_text(resource, "url"),
        version=_text(resource, "version"),
        name=_text(resource, "name"),
        title=_text(resource, "title"),
        status=_text(resource, "status"),
        includes=tuple(_selection(item) for item in _objects(compose.get("include"))),
        excludes=tuple(_selection(item) for item in _objects(compose.get("exclude"))),
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
        url=_text(resource, "url"),
        version=_text(resource, "version"),
        name=_text(resource, "name"),
        title=_text(resource, "title"),
        status=_text(resource, "status"),
        content=cast(CodeSystemContent, _text(resource, "content") or "complete"),
        is_case_sensitive=resource.get("caseSensitive") is True,
        concepts=_concepts(resource, properties),
        package=package,
    )


def _concepts(resource: Json, properties: Container[str] | None) -> dict[str, Concept]:
    parents, children = _hierarchy(resource)
    concepts: dict[str, Concept] = {}
    above: dict[str, dict[str, None]] = {}
    for item, parent in _walk(resource.get("concept"), ""):
        code, facts = _text(item, "code"), _properties(item)
        over = [parent] if parent else []
        over += [value for name in parents for value in facts.get(name, ())]
        above.setdefault(code, {}).update(dict.fromkeys(over))
        for child in (value for name in children for value in facts.get(name, ())):
            above.setdefault(child, {})[code] = None
        told = {name: values for name, values in facts.items() if name not in parents | children}
        kept = {name: values for name, values in told.items() if properties is None or name in properties}
        concepts.setdefault(code, Concept(code, _text(item, "display"), (), kept, _standing(item, facts)))
    return {code: replace(concept, parents=tuple(above[code])) for code, concept in concepts.items()}


def _standing(item: Json, facts: Mapping[str, tuple[str, ...]]) -> Standing:
    """By the standard's own properties (FHIR R4, concept properties) or the status that an extension says."""
    notes = (note for note in _objects(item.get("extension")) if note.get("url") == _STANDARDS_STATUS)
    told = {*facts.get("status", ()), *(_text(note, "valueCode") for note in notes)}
    if told & _INACTIVE or "true" in facts.get("inactive", ()):
        return "inactive"
    is_dated = any(facts.get(name) for name in ("deprecated", "deprecationDate"))
    return "deprecated" if "deprecated" in told or is_dated else "active"


def _hierarchy(resource: Json) -> tuple[set[str], set[str]]:
    """The properties that name what stands above and below a code, by their uris or by the names they usually have."""
    named = {_text(item, "code"): _text(item, "uri") for item in _objects(resource.get("property"))}
    usual = {code for code in _PARENT_CODES if not named.get(code, "").startswith("http://hl7.org/fhir/")}
    parents = {code for code, uri in named.items() if uri == _PARENT} | usual
    return parents, {code for code, uri in named.items() if uri == _CHILD}


def _selection(item: Json) -> Selection:
    filters = (
        ConceptFilter(_text(entry, "property"), _text(entry, "op"), str(entry.get("value", "")))
        for entry in _objects(item.get("filter"))
    )
    return Selection(
        _text(item, "system"),
        _text(item, "version"),
        tuple((_text(entry, "code"), _text(entry, "display")) for entry in _objects(item.get("concept"))),
        tuple(filters),
        tuple(text for text in _listed(item.get("valueSet")) if isinstance(text, str)),
    )


def _contained(items: Any) -> Iterator[tuple[str, str, str]]:
    """Codes that only group others (`abstract`) are none that may be used (FHIR R4, ValueSet.expansion)."""
    for item in _nodes(items):
        if item.get("code") and item.get("abstract") is not True:
            yield _text(item, "system"), _text(item, "code"), _text(item, "display")


def _nodes(items: Any) -> Iterator[Json]:
    waiting = _objects(items)[::-1]
    while waiting:
        item = waiting.pop()
        yield item
        waiting += _objects(item.get("contains"))[::-1]


def _is_whole(expansion: Json) -> bool:
    """Neither one page of several, nor cut short, nor of a set without end."""
    notes = [note.get("url") for note in _objects(expansion.get("extension"))]
    unclosed = any(isinstance(url, str) and url.endswith(("valueset-unclosed", "valueset-toocostly")) for url in notes)
    said = {_text(item, "name"): item.get("valueBoolean") for item in _objects(expansion.get("parameter"))}
    total, count = expansion.get("total"), sum(1 for _ in _nodes(expansion.get("contains")))
    is_cut = bool(expansion.get("offset")) or said.get("limitedExpansion") is True
    return not unclosed and not is_cut and not (isinstance(total, int) and total > count)


def _walk(items: Any, parent: str) -> Iterator[tuple[Json, str]]:
    waiting = [(item, parent) for item in _objects(items)[::-1]]
    while waiting:
        item, above = waiting.pop()
        if code := _text(item, "code"):
            yield item, above
            waiting += [(child, code) for child in _objects(item.get("concept"))[::-1]]


def _properties(item: Json) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for entry in _objects(item.get("property")):
        value = next((value for name, value in entry.items() if name.startswith("value")), None)
        text = _text(value, "code") if isinstance(value, dict) else _written(value)
        if text:
            found.setdefault(_text(entry, "code"), []).append(text)
    return {name: tuple(values) for name, values in found.items()}


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _text(item: Json, name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
