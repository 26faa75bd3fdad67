"""Structure definitions read from their JSON, of STU3, R4, R4B and R5 alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from workbench.definitions.structure import (
    Binding,
    BindingStrength,
    Constraint,
    Derivation,
    Discriminator,
    ElementDefinition,
    ElementType,
    ExtensionContext,
    Slicing,
    Structure,
    StructureKind,
)
from workbench.fhir.lenient_json import objects_of, text_in, texts_of
from workbench.fhir.resource import Json

CANONICAL = "http://hl7.org/fhir/StructureDefinition/"
SYSTEM_TYPES = "http://hl7.org/fhirpath/"
_FHIR_TYPES = (CANONICAL + "structuredefinition-fhir-type", CANONICAL + "structuredefinition-json-type")
_STRENGTHS = ("required", "extensible", "preferred", "example")
_TOOLING = (CANONICAL, "http://hl7.org/fhir/build/", "http://hl7.org/fhir/tools/")
_MOST_VALUE_SET = CANONICAL + "elementdefinition-maxValueSet"
# How the name of a primitive type follows `fixed`, `pattern` …: fixedDateTime.
_PRIMITIVES = {
    name[0].upper() + name[1:]: name
    for name in [
        "base64Binary",
        "boolean",
        "canonical",
        "code",
        "date",
        "dateTime",
        "decimal",
        "id",
        "instant",
        "integer",
        "integer64",
        "markdown",
        "oid",
        "positiveInt",
        "string",
        "time",
        "unsignedInt",
        "uri",
        "url",
        "uuid",
        "xhtml",
    ]
}
# JSON names of an element's facts, and their names here, as `ElementDefinition.said` lists them.
_SAID = {
    "min": "least",
    "max": "most",
    "type": "types",
    "slicing": "slicing",
    "contentReference": "content_reference",
    "binding": "binding",
    "maxLength": "most_length",
    "constraint": "constraints",
    "mustSupport": "must_support",
    "isModifier": "is_modifier",
    "isSummary": "is_summary",
    "short": "short",
    "definition": "definition",
}


def parse_structure(resource: Json, *, package: str = "") -> Structure:
    """Return the facts of a StructureDefinition; without a snapshot its elements are those of the differential.

    What is missing or misshapen is left out: whether a definition is a good one is for others to judge.
    """
    snapshot = _elements(resource.get("snapshot"))
    kind = text_in(resource, "kind")
    found = snapshot or _elements(resource.get("differential"))
    return Structure(
        url=text_in(resource, "url"),
        version=text_in(resource, "version"),
        name=text_in(resource, "name"),
        kind=cast(StructureKind, kind),
        type=text_in(resource, "type").removeprefix(CANONICAL),
        base=text_in(resource, "baseDefinition"),
        derivation=cast(Derivation, text_in(resource, "derivation")),
        abstract=resource.get("abstract") is True,
        elements=tuple(_element(item, kind, differential=not snapshot) for item in found),
        title=text_in(resource, "title"),
        status=text_in(resource, "status"),
        fhir_version=text_in(resource, "fhirVersion"),
        contexts=tuple(_contexts(resource)),
        context_invariants=tuple(texts_of(resource.get("contextInvariant"))),
        package=package,
        is_differential=not snapshot,
    )


def _elements(view: Any) -> list[Json]:
    return [item for item in objects_of(view.get("element")) if item.get("path")] if isinstance(view, dict) else []


def _element(item: Json, kind: str, *, differential: bool) -> ElementDefinition:
    path = text_in(item, "path")
    base = item["base"] if isinstance(item.get("base"), dict) else {}
    least, most = _count(item.get("min")) or 0, _most(item)
    values = {name: _typed(item, name) for name in ("fixed", "pattern", "minValue", "maxValue")}
    return ElementDefinition(
        id=text_in(item, "id") or path,
        path=path,
        least=least,
        most=most,
        types=tuple(_types(item, kind)),
        slice_name=text_in(item, "sliceName"),
        slicing=_slicing(item.get("slicing")),
        content_reference=text_in(item, "contentReference").rpartition("#")[2],
        binding=_binding(item.get("binding")),
        fixed=values["fixed"],
        pattern=values["pattern"],
        least_value=values["minValue"],
        most_value=values["maxValue"],
        most_length=_count(item.get("maxLength")),
        constraints=tuple(_constraints(item)),
        must_support=item.get("mustSupport") is True,
        is_modifier=item.get("isModifier") is True,
        is_summary=item.get("isSummary") is True,
        base_path=text_in(base, "path") or ("" if differential else path),
        base_least=(_count(base.get("min")) or 0) if base else least,
        base_most=_most(base) if base else most,
        short=text_in(item, "short"),
        definition=text_in(item, "definition"),
        is_attribute="xmlAttr" in texts_of(item.get("representation")),
        marks=_marks(item),
        said=_said(item, values) if differential else frozenset(),
    )


def _marks(item: Json) -> tuple[str, ...]:
    """Extensions that are a plain yes; the standard's own and its tools' say how to show a definition, and no more."""
    flags = [note for note in objects_of(item.get("extension")) if note.get("valueBoolean") is True]
    return tuple(url for note in flags if (url := text_in(note, "url")) and not url.startswith(_TOOLING))


def _said(item: Json, values: dict[str, Any]) -> frozenset[str]:
    names = {"minValue": "least_value", "maxValue": "most_value"}
    stated = {names.get(name, name) for name, value in values.items() if value is not None}
    return frozenset(stated | {ours for theirs, ours in _SAID.items() if theirs in item})


def _types(item: Json, kind: str) -> Iterator[ElementType]:
    """STU3 lists a type once for each of its profiles, with one text each; later releases once, with arrays."""
    gathered: dict[str, list[Json]] = {}
    for entry in objects_of(item.get("type")):
        code = _type_code(item, entry, kind)
        if code:
            gathered.setdefault(code, []).append(entry)
    for code, entries in gathered.items():
        yield ElementType(
            code,
            _gather(entries, "profile"),
            _gather(entries, "targetProfile"),
            _gather(entries, "aggregation"),
            next((text for entry in entries if (text := text_in(entry, "versioning"))), ""),
        )


def _type_code(item: Json, entry: Json, kind: str) -> str:
    """`Element.id` and the like have a type of FHIRPath's, the FHIR type beside it; a primitive's value stays so."""
    code = text_in(entry, "code")
    if kind == "primitive-type" and text_in(item, "path").endswith(".value"):
        return code or SYSTEM_TYPES + "System.String"
    if code and not code.startswith(SYSTEM_TYPES):
        return code.removeprefix(CANONICAL)
    base = item["base"] if isinstance(item.get("base"), dict) else {}
    if base.get("path") == "Resource.id":
        return "id"  # R4 4.0.1 calls it a string, against its own text (Resource.id)
    notes = [note for note in objects_of(entry.get("extension")) if note.get("url") in _FHIR_TYPES]
    named = next(
        (text for note in notes for name in ("valueUrl", "valueUri", "valueString") if (text := note.get(name))), ""
    )
    return str(named) or "string"


def _gather(entries: list[Json], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for entry in entries for text in texts_of(entry.get(name))))


def _slicing(value: Any) -> Slicing | None:
    if not isinstance(value, dict):
        return None
    discriminators = (
        Discriminator(cast(Any, text_in(item, "type")), text_in(item, "path"))
        for item in objects_of(value.get("discriminator"))
    )
    return Slicing(tuple(discriminators), cast(Any, text_in(value, "rules") or "open"), value.get("ordered") is True)


def _binding(value: Any) -> Binding | None:
    if not isinstance(value, dict):
        return None
    reference = value.get("valueSetReference")
    named = text_in(value, "valueSet") or text_in(value, "valueSetUri")
    if not named and isinstance(reference, dict):
        named = text_in(reference, "reference")
    widest = [note for note in objects_of(value.get("extension")) if note.get("url") == _MOST_VALUE_SET]
    most = next(
        (text_in(note, name) for note in widest for name in ("valueCanonical", "valueUri") if note.get(name)), ""
    )
    strength = text_in(value, "strength")
    return Binding(cast(BindingStrength, strength if strength in _STRENGTHS else "example"), named, most)


def _constraints(item: Json) -> Iterator[Constraint]:
    for entry in objects_of(item.get("constraint")):
        severity = "warning" if entry.get("severity") == "warning" else "error"
        yield Constraint(
            text_in(entry, "key"),
            cast(Any, severity),
            text_in(entry, "expression"),
            text_in(entry, "human"),
            text_in(entry, "source"),
        )


def _typed(item: Json, name: str) -> tuple[str, Any] | None:
    """`fixedUri`, `patternCodeableConcept` … as the type's name and the value."""
    for key, value in item.items():
        tail = key[len(name) :]
        if key.startswith(name) and tail[:1].isupper():
            return _PRIMITIVES.get(tail, tail), value
    return None


def _contexts(resource: Json) -> Iterator[ExtensionContext]:
    """STU3 gives one kind for all (contextType); later releases each its own."""
    entries = resource.get("context")
    if not isinstance(entries, list):
        return
    shared = "extension" if resource.get("contextType") == "extension" else "element"
    for entry in entries:
        if isinstance(entry, str):
            yield ExtensionContext(cast(Any, shared), entry)
        elif isinstance(entry, dict):
            yield ExtensionContext(cast(Any, text_in(entry, "type") or "element"), text_in(entry, "expression"))


def _most(item: Json) -> int | None:
    text = item.get("max", "*")
    return int(text) if isinstance(text, str) and text.isdecimal() else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
