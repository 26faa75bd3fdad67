from __future__ import annotations

from typing import Any

import pytest

from tests.validation.profiles import told, validator_of
from workbench.fhir.resource import Json
from workbench.validation.validator import Validator


@pytest.fixture(scope="module")
def validator() -> Validator:
    return validator_of()


def patient(*contained: Json, **more: Any) -> Json:
    return {
        "resourceType": "Patient",
        "contained": list(contained),
        "managingOrganization": {"reference": "#o"},
        **more,
    }


def organization(**more: Any) -> Json:
    return {"resourceType": "Organization", "id": "o", "name": "Clinic", **more}


def test_what_is_contained_is_referred_to_by_its_id(validator: Validator) -> None:
    assert told(validator, patient(organization())) == []


def test_what_is_contained_may_refer_to_the_resource_around_it_instead(validator: Validator) -> None:
    provenance = {
        "resourceType": "Provenance",
        "id": "v",
        "target": [{"reference": "#"}],
        "recorded": "2026-03-01T10:00:00Z",
        "agent": [{"who": {"display": "A"}}],
    }
    assert told(validator, {"resourceType": "Patient", "contained": [provenance]}) == []


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (patient(organization(), organization(id="other")), ("Patient.contained[1]", "dom-3")),
        (patient(organization(), organization()), ("Patient.contained[1].id", "Resource.id unique")),
        (patient(organization(meta={"versionId": "1"})), ("Patient.contained[0].meta.versionId", "dom-4")),
        (
            patient(organization(meta={"lastUpdated": "2026-03-01T10:00:00Z"})),
            ("Patient.contained[0].meta.lastUpdated", "dom-4"),
        ),
        (
            patient(organization(meta={"security": [{"system": "http://example.org", "code": "x"}]})),
            ("Patient.contained[0].meta.security", "dom-5"),
        ),
        (
            patient(organization(contained=[{"resourceType": "Patient", "id": "q"}], extension=[])),
            ("Patient.contained[0].extension", "Organization.extension shape"),
        ),
    ],
)
def test_a_rule_of_contained_resources_is_told_at_its_place(
    validator: Validator, value: Json, found: tuple[str, str]
) -> None:
    assert ("error", *found) in told(validator, value)


def test_a_contained_resource_contains_no_other(validator: Validator) -> None:
    inner = {"resourceType": "Endpoint", "id": "e"}
    found = told(validator, patient(organization(contained=[inner], endpoint=[{"reference": "#e"}])))
    assert ("error", "Patient.contained[0].contained", "dom-2") in found


def test_a_contained_resource_refers_to_its_siblings(validator: Validator) -> None:
    parent = organization(partOf={"reference": "#above"})
    assert told(validator, patient(parent, organization(id="above"))) == []
    assert told(validator, patient(organization(partOf={"reference": "#nowhere"}))) == [
        ("error", "Patient.contained[0].partOf", "ref-1")
    ]


def test_the_resource_around_is_named_within_a_contained_one_alone(validator: Validator) -> None:
    assert told(validator, {"resourceType": "Patient", "generalPractitioner": [{"reference": "#"}]}) == [
        ("error", "Patient.generalPractitioner[0]", "ref-1")
    ]


def test_a_broken_list_of_contained_resources_is_the_one_cause(validator: Validator) -> None:
    found = told(validator, patient() | {"contained": "none"})
    assert found == [("error", "Patient.contained", "Patient.contained shape")]
    found = told(validator, patient("text"))  # type: ignore[arg-type] # what no good sender sends
    assert found == [("error", "Patient.contained[0]", "Patient.contained shape")]
