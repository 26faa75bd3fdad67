from __future__ import annotations

from typing import Any

import pytest

from tests.validation.profiles import told, validator_of
from workbench.fhir.resource import Json

MEDICATION = {"system": "http://example.org/m", "code": "x"}


def request(**more: Any) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/a"},
        "medication": {"concept": {"coding": [MEDICATION]}},
        **more,
    }


def test_r5_takes_a_concept_or_a_reference_in_one() -> None:
    validator = validator_of(release="5.0")
    assert told(validator, request()) == []
    assert told(validator, request(medication={"reference": {"reference": "Medication/1"}})) == []
    assert told(validator, request(medication={"reference": {"reference": "Patient/1"}})) == [
        ("error", "MedicationRequest.medication.reference.reference", "MedicationRequest.medication target")
    ]
    assert told(validator, request(medicationCodeableConcept={"text": "x"}))[0][1:] == (
        "MedicationRequest.medicationCodeableConcept",
        "MedicationRequest unknown element",
    )


@pytest.mark.parametrize(("value", "is_good"), [("9007199254740993", True), (5, False), ("1.5", False), ("", False)])
def test_r5_writes_long_whole_numbers_as_text(value: Any, is_good: bool) -> None:
    attachment = {"contentType": "text/plain", "url": "https://example.org/a", "size": value}
    resource = {"resourceType": "Patient", "photo": [attachment]}
    found = told(validator_of(release="5.0"), resource)
    assert found == ([] if is_good else [("error", "Patient.photo[0].size", "Attachment.size format")])


def test_r4b_has_its_own_resources_and_codes() -> None:
    substance = {"code": {"concept": {"text": "y"}}}
    resource = {"resourceType": "Ingredient", "status": "active", "role": {"text": "x"}, "substance": substance}
    assert told(validator_of(release="4.3"), resource) == []
    assert told(validator_of(release="4.0"), resource) == [("error", "Ingredient", "Resource type")]


def test_an_element_id_of_a_definition_may_hold_what_no_id_of_a_resource_may() -> None:
    element = {"id": "Patient.deceased[x]", "path": "Patient.deceased[x]"}
    definition = {
        "resourceType": "StructureDefinition",
        "url": "http://example.org/p",
        "name": "Made",
        "status": "draft",
        "kind": "resource",
        "abstract": False,
        "type": "Patient",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "derivation": "constraint",
        "differential": {"element": [{"id": "Patient", "path": "Patient"}, element]},
    }
    for release in ("4.0", "4.3", "5.0"):
        assert told(validator_of(release=release), definition) == []


def test_of_stu3_the_structure_alone_is_judged_and_that_is_said() -> None:
    validator = validator_of(release="3.0")
    patient = {"resourceType": "Patient", "animal": {"species": {"text": "dog"}}, "gender": "man"}
    issues = validator.validate(patient)
    assert [issue.rule for issue in issues if issue.is_undecided] == ["STU3 structure"]
    assert not any(issue.is_error for issue in issues)
    assert [issue.path for issue in validator.validate(patient | {"shoe": 1}) if issue.is_error] == ["Patient.shoe"]
