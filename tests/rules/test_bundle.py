from __future__ import annotations

from typing import Any

import pytest

from tests.validation.profiles import told, validator_of
from workbench.fhir.resource import Json
from workbench.validation.validator import Validator

UUID = "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"
BASE = "https://example.org/fhir/"


@pytest.fixture(scope="module")
def validator() -> Validator:
    return validator_of()


def entry(url: str, resource: Json, **more: Any) -> Json:
    return {"fullUrl": url, "resource": resource, **more}


def bundle(*entries: Json, type: str = "collection", **more: Any) -> Json:
    return {"resourceType": "Bundle", "type": type, "entry": list(entries), **more}


def observation(subject: str, **more: Any) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": subject},
        **more,
    }


PATIENT: Json = {"resourceType": "Patient", "id": "p"}


def test_references_are_resolved_within_the_bundle_against_the_address_of_their_entry(validator: Validator) -> None:
    practitioner = entry(BASE + "Practitioner/p", {"resourceType": "Practitioner", "id": "p"})
    here = entry(BASE + "Observation/o", observation("Patient/p", id="o"))
    assert told(validator, bundle(here, entry(BASE + "Patient/p", PATIENT))) == []
    elsewhere = observation(BASE + "Practitioner/p", id="o")
    assert told(validator, bundle(entry(BASE + "Observation/o", elsewhere), practitioner)) == [
        ("error", "Bundle.entry[0].resource.subject.reference", "Observation.subject target")
    ]
    assert told(validator, bundle(entry(UUID.replace("53", "54"), observation(UUID)), entry(UUID, PATIENT))) == []


def test_the_type_of_a_target_is_that_of_the_entry_and_not_what_its_name_suggests(validator: Validator) -> None:
    group = entry(UUID, {"resourceType": "Practitioner", "id": "g"})
    found = told(validator, bundle(entry(UUID.replace("53", "54"), observation(UUID)), group))
    assert found == [("error", "Bundle.entry[0].resource.subject.reference", "Observation.subject target")]


def test_a_version_in_a_reference_is_the_version_of_the_entry(validator: Validator) -> None:
    first = entry(BASE + "Patient/p", PATIENT | {"meta": {"versionId": "1"}})
    referring = observation("Patient/p/_history/1", id="o")
    assert told(validator, bundle(entry(BASE + "Observation/o", referring), first)) == []


def test_a_urn_that_no_entry_has_is_told(validator: Validator) -> None:
    assert told(validator, bundle(entry(BASE + "Observation/o", observation(UUID, id="o")))) == [
        ("error", "Bundle.entry[0].resource.subject.reference", "Reference.reference target")
    ]


def test_a_reference_by_search_belongs_in_a_transaction(validator: Validator) -> None:
    referring = observation("Patient?identifier=1", id="o")
    request = {"request": {"method": "POST", "url": "Observation"}}
    assert told(validator, bundle(entry(UUID, referring, **request), type="transaction")) == []
    found = told(validator, bundle(entry(BASE + "Observation/o", referring)))
    assert found == [("warning", "Bundle.entry[0].resource.subject.reference", "Reference.reference conditional")]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (bundle(entry("Patient/p", PATIENT)), ("Bundle.entry[0].fullUrl", "Bundle.entry.fullUrl absolute")),
        (bundle(entry(BASE + "Patient/q", PATIENT)), ("Bundle.entry[0].fullUrl", "Bundle.entry.fullUrl agrees")),
        (bundle(entry(BASE + "Group/p", PATIENT)), ("Bundle.entry[0].fullUrl", "Bundle.entry.fullUrl agrees")),
        (bundle(entry(BASE + "Patient/p", PATIENT), total=1), ("Bundle", "bdl-1")),
        (bundle(entry(BASE + "Patient/p", PATIENT, search={"mode": "match"})), ("Bundle", "bdl-2")),
        (bundle(entry(BASE + "Patient/p", PATIENT), type="transaction"), ("Bundle", "bdl-3")),
        (bundle({"fullUrl": UUID}), ("Bundle.entry[0]", "bdl-5")),
        (bundle(entry(BASE + "Patient/p", PATIENT), entry(BASE + "Patient/p", PATIENT)), ("Bundle", "bdl-7")),
        (bundle(entry(BASE + "Patient/p/_history/1", PATIENT)), ("Bundle.entry[0]", "bdl-8")),
    ],
)
def test_a_rule_of_bundles_is_told_once(validator: Validator, value: Json, found: tuple[str, str]) -> None:
    assert told(validator, value) == [("error", *found)]


def test_a_document_holds_what_its_composition_refers_to(validator: Validator) -> None:
    composition: Json = {
        "resourceType": "Composition",
        "status": "final",
        "type": {"text": "letter"},
        "date": "2026-03-01",
        "title": "Letter",
        "subject": {"reference": "Patient/p"},
        "author": [{"reference": "Practitioner/a"}],
    }
    document = bundle(
        entry(BASE + "Composition/c", composition | {"id": "c"}),
        entry(BASE + "Patient/p", PATIENT),
        type="document",
        identifier={"system": "urn:ietf:rfc:3986", "value": UUID},
        timestamp="2026-03-01T10:00:00Z",
    )
    assert told(validator, document) == [
        ("error", "Bundle.entry[0].resource.author[0].reference", "Reference.reference target")
    ]
    first = document["entry"].pop(0)
    document["entry"].append(first)
    assert ("error", "Bundle", "bdl-11") in told(validator, document)


def test_what_a_search_found_has_an_id(validator: Validator) -> None:
    found = bundle(entry(BASE + "Patient/p", {"resourceType": "Patient"}), type="searchset")
    assert told(validator, found) == [("error", "Bundle.entry[0].resource.id", "Resource.id min")]
    assert told(validator, bundle(entry(BASE + "Patient/p", PATIENT), type="searchset")) == []


def test_an_entry_with_an_id_has_an_address_unless_it_is_sent_to_be_created(validator: Validator) -> None:
    bare = {"resource": PATIENT}
    assert told(validator, bundle(bare)) == [("error", "Bundle.entry[0].fullUrl", "Bundle.entry.fullUrl min")]
    assert told(validator, bundle({"resource": {"resourceType": "Patient"}})) == []
    request = {"request": {"method": "PUT", "url": "Patient/p"}}
    assert told(validator, bundle(bare | request, type="transaction")) == []


@pytest.mark.parametrize("reference", ["Pationt/1", "/Patient/1", "1", "Patient/a_b", "Patient"])
def test_what_looks_like_no_reference_is_warned_of(validator: Validator, reference: str) -> None:
    found = told(validator, observation(reference))
    assert ("warning", "Observation.subject.reference", "Reference.reference format") in found


@pytest.mark.parametrize("reference", ["Patient/1", "Patient/1/_history/2", "https://example.org/x", UUID, "urn:x:y"])
def test_what_is_a_reference_is_taken(validator: Validator, reference: str) -> None:
    assert told(validator, observation(reference)) == []


def test_each_entry_is_judged_as_a_resource_of_its_own(validator: Validator) -> None:
    contained = observation("#p", id="o", contained=[{"resourceType": "Patient", "id": "p", "gender": "man"}])
    found = told(validator, bundle(entry(BASE + "Patient/p", PATIENT), entry(BASE + "Observation/o", contained)))
    assert found == [("error", "Bundle.entry[1].resource.contained[0].gender", "Patient.gender binding")]


def test_a_resource_in_parameters_is_judged(validator: Validator) -> None:
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"name": "a", "resource": {"resourceType": "Patient", "gender": "man"}}],
    }
    assert told(validator, parameters) == [
        ("error", "Parameters.parameter[0].resource.gender", "Patient.gender binding")
    ]
    both = {
        "resourceType": "Parameters",
        "parameter": [{"name": "a", "valueString": "x", "resource": {"resourceType": "Patient"}}],
    }
    assert told(validator, both) == [("error", "Parameters.parameter[0]", "inv-1")]
