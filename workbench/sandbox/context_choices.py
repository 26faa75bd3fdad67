"""Context choices: what a launch may be opened on beside patient and visit, as lists to pick from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workbench.authorization_server.flow import Flow
from workbench.fhir.resource import Json
from workbench.fhir_server.store import FhirStore
from workbench.sandbox.charts import place_of_visit
from workbench.site.site import Site
from workbench.smart.compartment import is_patient_type, patients_of

# What a user has open when an app is opened beside it: orders, studies, documents, bookings and lists.
PICKED_TYPES = (
    "Appointment",
    "CarePlan",
    "Communication",
    "DiagnosticReport",
    "DocumentReference",
    "ImagingStudy",
    "List",
    "MedicationRequest",
    "Procedure",
    "QuestionnaireResponse",
    "ServiceRequest",
    "Task",
)
# A list that a person goes through without a search.
MOST_CHOICES = 100
DAYS = ("authoredOn", "date", "effectiveDateTime", "performedDateTime", "start", "started", "created", "issued")


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """One resource to pick; `name` is its label without its type, and `patient` is "" where it is nobody's."""

    reference: str
    label: str
    name: str
    patient: str = ""
    day: str = ""


def list_open_resources(site: Site, store: FhirStore, patients: tuple[str, ...]) -> tuple[ResourceRow, ...]:
    """What of these patients' charts may stand in `fhirContext` here, newest first."""
    wanted = frozenset(patients)
    served = {rules.type for rules in site.fhir.resources}
    found = [
        _row(resource, patient)
        for type_name in PICKED_TYPES
        if type_name in served
        for resource in store.all(type_name)
        for patient in patients_of(resource)
        if patient in wanted
    ]
    return tuple(sorted(found, key=lambda row: (row.patient, row.day), reverse=True))


def list_choices(site: Site, store: FhirStore, lower_type: str, patient: str) -> tuple[ResourceRow, ...]:
    """The resources of a type, in small letters, that a user may choose: the patient's, or those that are nobody's.

    There are `MOST_CHOICES` of them at most, the newest.
    """
    types = [rules.type for rules in site.fhir.resources if rules.type.lower() == lower_type]
    found = [
        _row(resource, patient if is_patient_type(type_name) else "")
        for type_name in types
        for resource in store.all(type_name)
        if not is_patient_type(type_name) or patient in patients_of(resource)
    ]
    by_name = sorted(found, key=lambda row: row.label.lower())
    return tuple(sorted(by_name, key=lambda row: row.day, reverse=True)[:MOST_CHOICES])


def list_places(store: FhirStore) -> tuple[ResourceRow, ...]:
    """The site's locations by name."""
    rows = (_row(place, "") for place in store.all("Location"))
    return tuple(sorted(rows, key=lambda row: row.label.lower()))


def tell_surroundings(site: Site, store: FhirStore, flow: Flow) -> tuple[tuple[str, str], ...]:
    """What an app will be told is open beside patient and visit, as terms and values for who consents to it."""
    if not any(scope.text == "launch" or scope.text.startswith("launch/") for scope in flow.offered):
        return ()
    context, gives = flow.context, site.smart.context
    chosen = [reference for _, reference in flow.chosen if reference]
    items = [item.reference or item.canonical or item.type for item in context.fhir_context] + chosen
    told = [("Open", _label(store, item)) for item in items if "fhirContext" in gives and not _is_place(item)]
    places = [item for item in chosen if _is_place(item)]
    place = context.location or place_of_visit(store, context.encounter or "")
    places = places or ([f"Location/{place}"] if place else [])
    told += [("Place", _label(store, item)) for item in places if "location" in gives]
    return (*told, *([("For", context.intent)] if context.intent and "intent" in gives else []))


def _is_place(reference: str) -> bool:
    return reference.startswith("Location/")


def _label(store: FhirStore, reference: str) -> str:
    """What a person calls the resource; the reference itself where it is not here."""
    kind, _, own = reference.partition("/")
    resource = store.find(kind, own)
    return _row(resource, "").label if resource else reference


def _row(resource: Json, patient: str) -> ResourceRow:
    kind, own = str(resource.get("resourceType", "")), str(resource.get("id", ""))
    day = next((str(resource[name])[:10] for name in DAYS if isinstance(resource.get(name), str)), "")
    what = next(_names(resource), "") or own
    label = what if kind == "Location" else ", ".join(part for part in (f"{kind}: {what}", day) if part)
    return ResourceRow(f"{kind}/{own}", label, what, patient, day)


def _names(resource: Json) -> Iterator[str]:
    for name in ("name", "title", "description", "code", "type", "medicationCodeableConcept", "appointmentType"):
        yield from _texts(resource.get(name))


def _texts(value: Any) -> Iterator[str]:
    """What a person reads of a text or a coded value."""
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from _texts(value.get("text"))
        yield from _texts(value.get("display"))
        yield from _texts(value.get("coding"))
