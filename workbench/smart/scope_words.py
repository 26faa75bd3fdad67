"""Words for scopes, as a consent page puts them to somebody who has never seen one."""

from __future__ import annotations

from workbench.smart.compartment import is_patient_type
from workbench.smart.launch_context import parse_context_scope
from workbench.smart.scopes import Scope

PLAIN = {
    "launch": "Know which patient and visit you have open",
    "launch/patient": "Know which patient you choose",
    "launch/encounter": "Know which visit you choose",
    "openid": "Know that it is you who signed in",
    "fhirUser": "Know your name and role at this hospital",
    "profile": "Know your name and role at this hospital",
    "online_access": "Stay connected as long as you are signed in",
    "offline_access": "Stay connected when you are no longer signed in",
}
TYPES = {
    "*": "all records",
    "AllergyIntolerance": "allergies",
    "Appointment": "appointments",
    "CarePlan": "care plans",
    "CareTeam": "care teams",
    "Condition": "problems and diagnoses",
    "Claim": "claims",
    "Communication": "messages",
    "Composition": "documents",
    "Consent": "consents",
    "Coverage": "insurance",
    "Device": "devices",
    "DiagnosticReport": "reports of results",
    "DocumentReference": "notes and documents",
    "Encounter": "visits",
    "EpisodeOfCare": "episodes of care",
    "ExplanationOfBenefit": "explanations of benefits",
    "FamilyMemberHistory": "family history",
    "Flag": "warnings",
    "Goal": "goals",
    "Group": "groups",
    "ImagingStudy": "imaging studies",
    "Immunization": "immunizations",
    "List": "lists",
    "Location": "places in the hospital",
    "Media": "pictures",
    "Medication": "medications",
    "MedicationAdministration": "medications given",
    "MedicationDispense": "medications handed out",
    "MedicationRequest": "prescriptions",
    "MedicationStatement": "medications taken",
    "Observation": "vital signs and results",
    "Organization": "organizations",
    "Patient": "name, birth date and contacts",
    "Practitioner": "members of staff",
    "PractitionerRole": "roles of staff",
    "Procedure": "procedures",
    "Provenance": "where records come from",
    "Questionnaire": "questionnaires",
    "QuestionnaireResponse": "answers to questionnaires",
    "RelatedPerson": "relatives and guardians",
    "Schedule": "schedules",
    "ServiceRequest": "orders",
    "Slot": "free appointments",
    "Specimen": "specimens",
    "Task": "tasks",
}
VERBS = {"c": "add", "r": "see", "u": "change", "d": "remove", "s": "search"}


def describe_scope(scope: Scope) -> str:
    """One line, such as “See and search vital signs and results of this patient, only category vital-signs”."""
    if scope.kind != "resource":
        return PLAIN.get(scope.text) or _describe_context(scope.text)
    what = TYPES.get(scope.type, f"{scope.type} records")
    if scope.type != "*" and not is_patient_type(scope.type):
        return f"{_verbs_of(scope.letters)} {what}{_only_of(scope)}"
    whose = {"patient": "of this patient", "user": "of every patient you may see", "system": "of every patient"}
    return f"{_verbs_of(scope.letters)} {what} {whose[scope.context or 'system']}{_only_of(scope)}"


def _only_of(scope: Scope) -> str:
    """What a granular scope is limited to."""
    return "".join(f", only {name.replace(':', ' ')} {_bare(value)}" for name, value in scope.query)


def _describe_context(text: str) -> str:
    kind, _ = parse_context_scope(text)
    if not kind:
        return f"Something this hospital does not know: {text}"
    return f"Know which {name_context_type(kind)} you choose"


def name_context_type(kind: str) -> str:
    """What resources of a type are called, whose name is written in small letters as in `launch/diagnosticreport`."""
    return next((words for name, words in TYPES.items() if name.lower() == kind), kind)


def _verbs_of(letters: str) -> str:
    verbs = [VERBS[letter] for letter in "rscud" if letter in letters]
    words = " and ".join(verbs) if len(verbs) < 3 else f"{', '.join(verbs[:-1])} and {verbs[-1]}"
    return words[:1].upper() + words[1:]


def _bare(value: str) -> str:
    """A token without its system, which says nothing to a reader."""
    return " or ".join(token.rpartition("|")[2] for token in value.split(","))
