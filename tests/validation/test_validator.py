from __future__ import annotations

from typing import Any

import pytest

from workbench.definitions.definitions import load_definitions
from workbench.fhir.resource import Json
from workbench.validation.validator import Validator

XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'
BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
MARRIAGE = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
PATIENT: Json = {
    "resourceType": "Patient",
    "id": "a",
    "active": True,
    "text": {"status": "generated", "div": f"<div {XHTML}>Amara</div>"},
    "contained": [{"resourceType": "Organization", "id": "o", "name": "Clinic"}],
    "name": [{"use": "official", "family": "Okafor", "given": ["Amara"]}],
    "telecom": [{"system": "phone", "value": "1", "period": {"start": "2020", "end": "2021"}}],
    "gender": "female",
    "birthDate": "1984-03-12",
    "_birthDate": {"extension": [{"url": BIRTH_TIME, "valueDateTime": "1984-03-12T10:00:00Z"}]},
    "maritalStatus": {"coding": [{"system": MARRIAGE, "code": "M"}]},
    "contact": [{"name": {"text": "Ngozi"}}],
    "managingOrganization": {"reference": "#o"},
}


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator(load_definitions("4.0"))


def told(validator: Validator, resource: Any) -> list[tuple[str, str, str]]:
    return [(issue.severity, issue.path, issue.rule) for issue in validator.validate(resource) if issue.rule != "dom-6"]


def test_a_good_resource_has_no_issue(validator: Validator) -> None:
    assert told(validator, PATIENT) == []


@pytest.mark.parametrize(
    ("change", "path", "rule"),
    [
        ({"shoeSize": 1}, "Patient.shoeSize", "Patient unknown element"),
        ({"telecom": [{"value": "1"}]}, "Patient.telecom[0]", "cpt-2"),
        (
            {"telecom": [{"system": "phone", "value": "1", "period": {"start": "2020", "end": "2018"}}]},
            "Patient.telecom[0].period",
            "per-1",
        ),
        ({"contact": [{"gender": "female"}]}, "Patient.contact[0]", "pat-1"),
        (
            {"text": {"status": "generated", "div": f"<div {XHTML}>a<script>b</script></div>"}},
            "Patient.text.div",
            "txt-1",
        ),
        ({"text": {"status": "generated", "div": f"<div {XHTML}> </div>"}}, "Patient.text.div", "txt-2"),
        ({"text": {"status": "generated", "div": f"<div {XHTML}>a<b></div>"}}, "Patient.text.div", "xhtml"),
        ({"name": [{"id": "a b", "text": "A"}]}, "Patient.name[0].id", "Element.id format"),
        ({"name": [{"id": "x", "text": "A"}, {"id": "x", "text": "B"}]}, "Patient.name[1].id", "Element.id unique"),
        (
            {"name": [{"text": "A", "extension": [{"url": BIRTH_TIME, "valueDateTime": "1984"}]}]},
            "Patient.name[0].extension[0]",
            "Extension context",
        ),
        (
            {"_birthDate": {"extension": [{"url": BIRTH_TIME, "valueString": "early"}]}},
            "Patient.birthDate.extension[0].value",
            "Extension.value[x] type",
        ),
        (
            {"generalPractitioner": [{"reference": "http://example.org/fhir/Patient/b"}]},
            "Patient.generalPractitioner[0].reference",
            "Patient.generalPractitioner target",
        ),
        (
            {"generalPractitioner": [{"reference": "Practitioner/b", "type": "Organization"}]},
            "Patient.generalPractitioner[0].type",
            "Reference.type",
        ),
        (
            {"maritalStatus": {"coding": [{"system": MARRIAGE, "code": "XX"}]}},
            "Patient.maritalStatus.coding[0].code",
            "Coding.code system",
        ),
    ],
)
def test_one_fault_is_told_once_at_its_place(validator: Validator, change: Json, path: str, rule: str) -> None:
    assert told(validator, PATIENT | change) == [("error", path, rule)]


def test_a_reference_to_nothing_contained_and_a_contained_resource_of_nobody_are_told(validator: Validator) -> None:
    found = told(validator, PATIENT | {"managingOrganization": {"reference": "#b"}})
    assert found == [
        ("error", "Patient.managingOrganization", "ref-1"),
        ("error", "Patient.contained[0]", "dom-3"),
    ]


def test_what_is_not_installed_is_undecided_and_neither_valid_nor_wrong(validator: Validator) -> None:
    extension = {"url": "http://example.org/unknown", "valueString": "x"}
    issues = validator.validate(
        PATIENT | {"meta": {"profile": ["http://example.org/profile"]}, "extension": [extension]}
    )
    undecided = [issue.path for issue in issues if issue.is_undecided]
    assert undecided == ["Patient.extension[0]", "Patient.meta.profile[0]"]
    assert not any(issue.is_error for issue in issues)


def test_structure_alone_is_checked_without_codes_beyond_the_required(validator: Validator) -> None:
    assert validator.check_structure(PATIENT | {"contact": [{"gender": "female"}]}) == ()
    assert [issue.path for issue in validator.check_structure(PATIENT | {"gender": "man"})] == ["Patient.gender"]


@pytest.mark.parametrize("value", [None, [], {}, "a", 1, {"resourceType": "Shoe"}, {"resourceType": ["Patient"]}])
def test_what_is_no_resource_is_told_and_breaks_nothing(validator: Validator, value: Any) -> None:
    assert [issue.code for issue in validator.validate(value)] == ["structure"]


def test_what_nests_too_deeply_is_refused_in_words() -> None:
    item: Json = {"linkId": "0"}
    for number in range(2_000):
        item = {"linkId": str(number), "item": [item]}
    questionnaire = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [item]}
    validator = Validator(load_definitions("4.0"))
    for issues in (validator.validate(questionnaire), validator.check_structure(questionnaire)):
        assert [(issue.severity, issue.path, issue.rule) for issue in issues if issue.is_error] == [
            ("fatal", "QuestionnaireResponse", "Resource depth")
        ]
