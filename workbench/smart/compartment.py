"""Compartment of a patient: which resources belong to one patient, and which a granular scope's query picks.

FHIR R4 CompartmentDefinition “patient”, for the types that SMART apps read and write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]

# First the elements that say whom a resource is about; behind “|” others that also put it in the compartment.
ELEMENTS = {
    "Account": "subject",
    "AllergyIntolerance": "patient | recorder asserter",
    "Appointment": "participant.actor",
    "AppointmentResponse": "actor",
    "CarePlan": "subject | activity.detail.performer",
    "CareTeam": "subject | participant.member",
    "Communication": "subject | sender recipient",
    "Consent": "patient",
    "Coverage": "beneficiary | policyHolder subscriber payor",
    "Device": "patient",
    "DiagnosticReport": "subject",
    "DocumentReference": "subject | author",
    "Condition": "subject | asserter",
    "Encounter": "subject",
    "EpisodeOfCare": "patient",
    "FamilyMemberHistory": "patient",
    "Flag": "patient subject",
    "Goal": "subject",
    "Immunization": "patient",
    "ImmunizationRecommendation": "patient",
    "MedicationAdministration": "subject | performer.actor",
    "MedicationDispense": "subject | receiver",
    "MedicationRequest": "subject",
    "MedicationStatement": "subject",
    "Observation": "subject | performer",
    "Procedure": "subject | performer.actor",
    "Provenance": "target",
    "QuestionnaireResponse": "subject | author",
    "RelatedPerson": "patient",
    "RiskAssessment": "subject",
    "ServiceRequest": "subject | performer",
    "Specimen": "subject",
    "Task": "for",
}
# Search parameters of a granular scope, where their element has another name.
PARAMETER_ELEMENTS = {
    "clinical-status": "clinicalStatus",
    "verification-status": "verificationStatus",
    "class": "class",
}
PARAMETER_ELEMENTS |= {"vaccine-code": "vaccineCode"}
QUERY_ELEMENTS = {"category", "code", "status", "type", "intent"} | PARAMETER_ELEMENTS.keys()


def is_patient_type(resource_type: str) -> bool:
    """Tell whether resources of the type belong to one patient, unlike a Practitioner or a Location."""
    return resource_type == "Patient" or resource_type in ELEMENTS


def is_in_compartment(resource: Json, patient: str, *, about: bool = False) -> bool:
    """Tell whether `resource` belongs to the patient with this id, or to no patient by its kind.

    With `about` it must be about the patient, as a write must; what belongs to nobody is then outside.
    """
    kind = str(resource.get("resourceType", ""))
    if kind == "Patient":
        return bool(patient) and resource.get("id") == patient
    if kind in ELEMENTS:
        first, _, others = ELEMENTS[kind].partition("|")
        paths = first.split() if about else [*first.split(), *others.split()]
        return bool(patient) and _names(resource, paths, patient)
    named = [element for element in ("subject", "patient") if element in resource]
    return _names(resource, named, patient) if named else not about


def meets_query(resource: Json, query: Iterable[tuple[str, str]]) -> bool:
    """Tell whether `resource` is one that a granular scope's query picks; a parameter we do not know picks none."""
    return all(_meets(resource, name, wanted) for name, wanted in query)


def _names(resource: Json, paths: Iterable[str], patient: str) -> bool:
    wanted = f"Patient/{patient}"
    return any(_local(value.get("reference")) == wanted for p in paths for value in _walk(resource, p.split(".")))


def _walk(value: Any, path: list[str]) -> Iterator[Json]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, path)
    elif isinstance(value, dict):
        if path:
            yield from _walk(value.get(path[0]), path[1:])
        else:
            yield value


def _local(reference: Any) -> str:
    """`Patient/1` of a relative, absolute or versioned reference."""
    if not isinstance(reference, str):
        return ""
    parts = urlsplit(reference).path.split("/")
    if "_history" in parts:
        parts = parts[: parts.index("_history")]
    return "/".join(parts[-2:])


def _meets(resource: Json, name: str, wanted: str) -> bool:
    if name not in QUERY_ELEMENTS:
        return False
    value = resource.get(PARAMETER_ELEMENTS.get(name, name))
    codes = set(_codes(value))
    return any(_is_one(token, codes) for token in wanted.split(","))


def _is_one(token: str, codes: set[tuple[str, str]]) -> bool:
    system, bar, code = token.rpartition("|")
    return any(c == code and (not bar or s == system) for s, c in codes)


def _codes(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield "", value
    elif isinstance(value, list):
        for item in value:
            yield from _codes(item)
    elif isinstance(value, dict):
        if "code" in value:
            yield str(value.get("system", "")), str(value["code"])
        yield from _codes(value.get("coding", []))
