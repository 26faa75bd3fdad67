from __future__ import annotations

from dataclasses import replace

import pytest

from tests.validation.profiles import BASE, element, make_extension, make_profile, slicing, told, validator_of
from workbench.definitions.structure import ExtensionContext, Structure
from workbench.fhir.resource import Json


def note(url: str = BASE + "note") -> Json:
    return {"url": url, "valueString": "x"}


@pytest.mark.parametrize(
    ("context", "kind", "allowed"),
    [
        ("Patient", "element", True),
        ("DomainResource", "element", True),
        ("Resource", "element", True),
        ("Element", "element", True),
        ("*", "element", True),
        ("Observation", "element", False),
        ("Patient.name", "element", False),
        ("Patient.active", "fhirpath", False),
        ("Patient", "fhirpath", True),
        (BASE + "other", "extension", False),
    ],
)
def test_an_extension_stands_where_its_definition_lets_it(context: str, kind: str, allowed: bool) -> None:
    validator = validator_of(make_extension("note", context, kind=kind))
    found = told(validator, {"resourceType": "Patient", "extension": [note()]})
    assert found == [] if allowed else found == [("error", "Patient.extension[0]", "Extension context")]


@pytest.mark.parametrize(
    ("context", "allowed"),
    [
        ("HumanName", True),
        ("Patient.name", True),
        ("Element", True),
        ("Patient.name.family", False),
        ("Patient", False),
        ("HumanName.family", False),
    ],
)
def test_an_element_is_known_by_its_path_its_type_and_the_bases_of_it(context: str, allowed: bool) -> None:
    validator = validator_of(make_extension("note", context))
    found = told(validator, {"resourceType": "Patient", "name": [{"text": "A", "extension": [note()]}]})
    assert found == [] if allowed else found == [("error", "Patient.name[0].extension[0]", "Extension context")]


@pytest.mark.parametrize("context", ["HumanName.family", "Patient.name.family", "string", "Element"])
def test_a_primitive_has_extensions_beside_its_value(context: str) -> None:
    validator = validator_of(make_extension("note", context))
    name = {"family": "A", "_family": {"extension": [note()]}}
    assert told(validator, {"resourceType": "Patient", "name": [name]}) == []
    assert told(validator, {"resourceType": "Patient", "birthDate": "2000", "_birthDate": {"extension": [note()]}}) == (
        [] if context == "Element" else [("error", "Patient.birthDate.extension[0]", "Extension context")]
    )


def test_a_context_invariant_says_when_an_extension_may_stand() -> None:
    validator = validator_of(replace(make_extension("note", "Patient"), context_invariants=("active = true",)))
    assert told(validator, {"resourceType": "Patient", "active": True, "extension": [note()]}) == []
    assert told(validator, {"resourceType": "Patient", "active": False, "extension": [note()]}) == [
        ("error", "Patient.extension[0]", "Extension contextInvariant")
    ]


def test_an_extension_that_modifies_stands_under_another_name() -> None:
    modifier = make_profile(
        "stop",
        "Extension",
        [element("Extension", is_modifier=True), element("Extension.url", 1, 1, fixed=("uri", BASE + "stop"))],
        contexts=(ExtensionContext("element", "Patient"),),
    )
    validator = validator_of(modifier, make_extension("note", "Patient"))
    rule = "Extension modifier"
    assert told(validator, {"resourceType": "Patient", "modifierExtension": [note(BASE + "stop")]}) == []
    assert told(validator, {"resourceType": "Patient", "extension": [note(BASE + "stop")]}) == [
        ("error", "Patient.extension[0]", rule)
    ]
    assert told(validator, {"resourceType": "Patient", "modifierExtension": [note()]}) == [
        ("error", "Patient.modifierExtension[0]", rule)
    ]


def test_the_content_of_an_extension_is_that_of_its_definition() -> None:
    validator = validator_of(make_extension("note", "Patient"))
    there = {"resourceType": "Patient", "extension": [{"url": BASE + "note", "valueInteger": 1}]}
    assert told(validator, there) == [("error", "Patient.extension[0].value", "Extension.value[x] type")]
    nested = {"resourceType": "Patient", "extension": [{"url": BASE + "note", "extension": [note("part")]}]}
    assert ("error", "Patient.extension[0].extension", "Extension.extension max") in told(validator, nested)


def made_of_parts() -> Structure:
    return make_profile(
        "parts",
        "Extension",
        [
            element("Extension.extension", 1, slicing=slicing(("value", "url"), rules="closed")),
            element("Extension.extension:kind", 1, 1, types=["Extension"]),
            element(
                "Extension.extension:kind.url", 1, 1, types=["uri"], base_path="Extension.url", fixed=("uri", "kind")
            ),
            element("Extension.extension:kind.value[x]", 1, 1, types=["code"], base_path="Extension.value[x]"),
            element("Extension.url", 1, 1, fixed=("uri", BASE + "parts")),
            element("Extension.value[x]", 0, 0),
        ],
        contexts=(ExtensionContext("element", "Patient"),),
    )


def test_the_parts_of_an_extension_are_slices_by_url() -> None:
    validator = validator_of(made_of_parts())

    def patient(*parts: Json) -> Json:
        return {"resourceType": "Patient", "extension": [{"url": BASE + "parts", "extension": list(parts)}]}

    kind = {"url": "kind", "valueCode": "a"}
    assert told(validator, patient(kind)) == []
    assert told(validator, patient(kind, {"url": "else", "valueCode": "a"})) == [
        ("error", "Patient.extension[0].extension[1].url", "Extension.url defined")
    ]
    assert told(validator, patient({"url": "kind", "valueString": "a"})) == [
        ("error", "Patient.extension[0].extension[0].value", "Extension.extension:kind.value[x] type")
    ]


def test_an_extension_that_is_not_defined_here_is_undecided() -> None:
    issues = validator_of().validate({"resourceType": "Patient", "extension": [note("http://example.org/else")]})
    assert [issue.path for issue in issues if issue.is_undecided] == ["Patient.extension[0]"]
    assert not any(issue.is_error for issue in issues)


def test_an_unknown_extension_that_modifies_is_warned_of() -> None:
    issues = validator_of().validate(
        {"resourceType": "Patient", "modifierExtension": [note("http://example.org/else")]}
    )
    undecided = [issue for issue in issues if issue.is_undecided]
    assert [(issue.severity, issue.path) for issue in undecided] == [("warning", "Patient.modifierExtension[0]")]


def test_the_url_of_an_extension_is_absolute() -> None:
    assert told(validator_of(), {"resourceType": "Patient", "extension": [note("note")]}) == [
        ("error", "Patient.extension[0].url", "Extension.url")
    ]
    assert told(
        validator_of(),
        {"resourceType": "Patient", "extension": [note("http://hl7.org/fhir/StructureDefinition/Patient")]},
    ) == [("error", "Patient.extension[0].url", "Extension.url")]
