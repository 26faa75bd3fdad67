"""What SMART App Launch 2.2 allows in fhirContext, and what it does not."""

from __future__ import annotations

import pytest

from workbench.smart.launch_context import FhirContextItem, judge_fhir_context


@pytest.mark.parametrize(
    "item",
    [
        FhirContextItem("ServiceRequest/1"),
        FhirContextItem("ServiceRequest/1", role="launch"),
        FhirContextItem("Patient/2", role="https://example.org/mother"),
        FhirContextItem("Encounter/2", role="urn:uuid:1"),
        FhirContextItem(canonical="https://example.org/q|2", type="Questionnaire"),
        FhirContextItem(identifier={"value": "1"}, type="ImagingStudy"),
    ],
)
def test_what_is_allowed_passes(item: FhirContextItem) -> None:
    assert judge_fhir_context((item,)) == ""


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (FhirContextItem(), "names nothing"),
        (FhirContextItem(role="launch", type="List"), "names nothing"),
        (FhirContextItem("Patient/1"), "Patient/1 stands in fhirContext without a role of its own"),
        (FhirContextItem("Encounter/1", role="launch"), "without a role of its own"),
        (FhirContextItem(identifier={"value": "1"}, type="Patient"), "without a role of its own"),
        (FhirContextItem("https://h/fhir/List/1"), "must be relative"),
        (FhirContextItem("List"), "must be relative"),
        (FhirContextItem("List/1", role="friend"), "must be “launch” or a whole URI"),
    ],
)
def test_what_is_not_allowed_is_told_in_words(item: FhirContextItem, words: str) -> None:
    assert words in judge_fhir_context((FhirContextItem("List/1"), item))
