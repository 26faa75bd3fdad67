"""Compartment of a patient: which resources belong to one patient, by the references that FHIR names for each type.

FHIR R4, CompartmentDefinition “patient”: each search parameter there as the elements that it looks at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]

# First the elements that say whom a resource is about; behind “|” others that also put it in the compartment.
ELEMENTS = {
    "Account": "subject",
    "AdverseEvent": "subject",
    "AllergyIntolerance": "patient | recorder asserter",
    "Appointment": "participant.actor",
    "AppointmentResponse": "actor",
    "AuditEvent": "entity.what | agent.who",
    "Basic": "subject | author",
    "BodyStructure": "patient",
    "CarePlan": "subject | activity.detail.performer",
    "CareTeam": "subject | participant.member",
    "ChargeItem": "subject",
    "Claim": "patient | payee.party",
    "ClaimResponse": "patient",
    "ClinicalImpression": "subject",
    "Communication": "subject | sender recipient",
    "CommunicationRequest": "subject | sender recipient requester",
    "Composition": "subject | author attester.party",
    "Condition": "subject | asserter",
    "Consent": "patient",
    "Coverage": "beneficiary | policyHolder subscriber payor",
    "CoverageEligibilityRequest": "patient",
    "CoverageEligibilityResponse": "patient",
    "DetectedIssue": "patient",
    "DeviceRequest": "subject | performer",
    "DeviceUseStatement": "subject",
    "DiagnosticReport": "subject",
    "DocumentManifest": "subject | author recipient",
    "DocumentReference": "subject | author",
    "Encounter": "subject",
    "EnrollmentRequest": "candidate",
    "EpisodeOfCare": "patient",
    "ExplanationOfBenefit": "patient | payee.party",
    "FamilyMemberHistory": "patient",
    "Flag": "subject",
    "Goal": "subject",
    "Group": "member.entity",
    "ImagingStudy": "subject",
    "Immunization": "patient",
    "ImmunizationEvaluation": "patient",
    "ImmunizationRecommendation": "patient",
    "Invoice": "subject | recipient",
    "List": "subject | source",
    "MeasureReport": "subject",
    "Media": "subject",
    "MedicationAdministration": "subject | performer.actor",
    "MedicationDispense": "subject | receiver",
    "MedicationRequest": "subject",
    "MedicationStatement": "subject",
    "MolecularSequence": "patient",
    "NutritionOrder": "patient",
    "Observation": "subject | performer",
    "Patient": "| link.other",
    "Person": "link.target",
    "Procedure": "subject | performer.actor",
    "Provenance": "target",
    "QuestionnaireResponse": "subject | author",
    "RelatedPerson": "patient",
    "RequestGroup": "subject | action.participant",
    "ResearchSubject": "individual",
    "RiskAssessment": "subject",
    "Schedule": "actor",
    "ServiceRequest": "subject | performer",
    "Specimen": "subject",
    "SupplyDelivery": "patient",
    "SupplyRequest": "deliverTo",
    "VisionPrescription": "patient",
}
# Types that FHIR leaves out of the compartment, though these elements say whose they are.
OWNERS = ("subject", "patient", "for")


def is_patient_type(resource_type: str) -> bool:
    """Tell whether resources of the type belong to one patient, unlike a Practitioner or a Location."""
    return resource_type in ELEMENTS


def is_in_compartment(resource: Json, patient: str, *, about: bool = False, base: str = "") -> bool:
    """Tell whether `resource` belongs to the patient with this id, or to no patient by its kind.

    With `about` it must be about the patient, as a write must; what belongs to nobody is then outside. With `base`
    an absolute reference counts only where it leads below that address: another server has other patients.
    """
    kind = str(resource.get("resourceType", ""))
    if kind == "Patient" and patient and resource.get("id") == patient:
        return True
    if kind in ELEMENTS:
        first, _, others = ELEMENTS[kind].partition("|")
        paths = first.split() if about else [*first.split(), *others.split()]
        return bool(patient) and _names(resource, paths, patient, base)
    named = [element for element in OWNERS if element in resource]
    return bool(patient) and _names(resource, named, patient, base) if named else not about


def patients_of(resource: Json) -> tuple[str, ...]:
    """The ids of the patients whom `resource` is about, each once."""
    kind = str(resource.get("resourceType", ""))
    paths = ELEMENTS.get(kind, " ".join(OWNERS)).partition("|")[0].split()
    found = [_local(value.get("reference"), "") for path in paths for value in _walk(resource, path.split("."))]
    if kind == "Patient":
        found.append(f"Patient/{resource.get('id')}")
    return tuple(dict.fromkeys(text.removeprefix("Patient/") for text in found if text.startswith("Patient/")))


def _names(resource: Json, paths: Iterable[str], patient: str, base: str) -> bool:
    wanted = f"Patient/{patient}"
    return any(_local(value.get("reference"), base) == wanted for p in paths for value in _walk(resource, p.split(".")))


def _walk(value: Any, path: list[str]) -> Iterator[Json]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, path)
    elif isinstance(value, dict):
        if path:
            yield from _walk(value.get(path[0]), path[1:])
        else:
            yield value


def _local(reference: Any, base: str) -> str:
    """`Patient/1` of a relative, absolute or versioned reference; "" of one to another server than `base`."""
    if not isinstance(reference, str):
        return ""
    if base:
        return reference.removeprefix(f"{base.rstrip('/')}/").partition("/_history/")[0]
    try:
        parts = urlsplit(reference).path.split("/")
    except ValueError:
        return ""
    if "_history" in parts:
        parts = parts[: parts.index("_history")]
    return "/".join(parts[-2:])
