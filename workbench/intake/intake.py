"""Intake: what an accepted HL7 v2 message becomes in a site's FHIR data.

Only the resource types that the site's rule names are made, and a resource is written only where it differs.
"""

from __future__ import annotations

from workbench.fhir.resource import Json
from workbench.fhir_server.store import FhirStore
from workbench.hl7v2.message import Message
from workbench.intake.notes import make_documents
from workbench.intake.results import make_observations
from workbench.intake.values import without_empty
from workbench.intake.visits import make_encounter, make_patient
from workbench.site.messages import find_medical_record_number
from workbench.site.site import Site


def take_in(site: Site, message: Message, store: FhirStore) -> tuple[str, ...]:
    """Write what the message makes; the references of what was written, such as `Encounter/123`."""
    rule = site.hl7v2.find_message(message.type_name)
    number = find_medical_record_number(site, message)
    if rule is None or number is None or not rule.makes:
        return ()
    intake = Intake(site, store)
    known = intake.find_patient(number)
    if "Patient" in rule.makes or (known is None and site.hl7v2.unknown_patient == "create"):
        known = intake.write(make_patient(site, message, known))
    if known is None:
        return tuple(intake.written)
    subject = without_empty({"reference": f"Patient/{known['id']}", "display": _name_of(known)})
    encounter = intake.find_encounter(known, message)
    if "Encounter" in rule.makes and message.find_segments("PV1"):
        encounter = intake.write(make_encounter(site, message, encounter, subject, intake.find_practitioner))
    context: Json | None = {"reference": f"Encounter/{encounter['id']}"} if encounter else None
    if "Observation" in rule.makes:
        files = "DocumentReference" in rule.makes
        for observation in make_observations(message, subject, context, intake.find_practitioner, documents=not files):
            intake.write_identified(observation)
    if "DocumentReference" in rule.makes:
        for document in make_documents(message, subject, context, intake.find_practitioner):
            intake.write_document(document)
    return tuple(intake.written)


class Intake:
    """The store as intake uses it: finding by identifier, writing what differs, noting what was written."""

    def __init__(self, site: Site, store: FhirStore) -> None:
        self.site = site
        self.store = store
        self.written: list[str] = []

    def find_patient(self, number: str) -> Json | None:
        wanted = (self.site.mrn_system, number)
        return next((patient for patient in self.store.all("Patient") if wanted in identifiers_of(patient)), None)

    def find_practitioner(self, number: str) -> str:
        """The reference of a practitioner by a number of PV1-7 and its like; empty where nobody has it."""
        for person in self.store.all("Practitioner") if number else ():
            if number == person["id"] or any(value == number for _, value in identifiers_of(person)):
                return f"Practitioner/{person['id']}"
        return ""

    def find_encounter(self, patient: Json, message: Message) -> Json | None:
        """The visit that PV1-19 names; where it names none, the patient's open one, unless a visit begins."""
        visits = [visit for visit in self.store.all("Encounter") if _is_of(visit, patient)]
        number = message.get("PV1-19.1")
        if number:
            return next((visit for visit in visits if any(v == number for _, v in identifiers_of(visit))), None)
        if message.type_name in ("ADT^A01", "ADT^A04") or not message.find_segments("PV1"):
            return None
        return next((visit for visit in reversed(visits) if visit.get("status") == "in-progress"), None)

    def write(self, resource: Json) -> Json:
        """Create the resource, or update the one of its id where it says something else."""
        type_name, known = resource["resourceType"], resource.get("id")
        before = self.store.find(type_name, known) if known else None
        if before is not None and _content(before) == _content(resource):
            return before
        stored = self.store.update(resource) if known else self.store.create(resource)
        self.written.append(stored.reference)
        return stored.resource or resource

    def write_document(self, document: Json) -> Json:
        """Write a document; one that it replaces is superseded from now on."""
        relations = document.get("relatesTo", ())
        for relation in relations:
            wanted = relation["target"]["identifier"]
            parent = self._find_document(document["subject"]["reference"], wanted)
            if parent is not None:
                relation["target"] = {"reference": f"DocumentReference/{parent['id']}", "identifier": wanted}
                if relation["code"] == "replaces":
                    self.write({**parent, "status": "superseded"})
        return self.write_identified(document)

    def _find_document(self, subject: str, identifier: Json) -> Json | None:
        wanted = identifiers_of({"identifier": identifier})
        for other in self.store.all("DocumentReference"):
            if other.get("subject", {}).get("reference") == subject and wanted[0] in identifiers_of(other):
                return other
        return None

    def write_identified(self, resource: Json) -> Json:
        """Write a resource in place of the one of its patient that has its first identifier (a correction)."""
        mine, subject = identifiers_of(resource)[:1], resource["subject"]["reference"]
        for other in self.store.all(resource["resourceType"]) if mine else ():
            if other.get("subject", {}).get("reference") == subject and mine[0] in identifiers_of(other):
                return self.write({**resource, "id": other["id"], "meta": other.get("meta", {})})
        return self.write(resource)


def identifiers_of(resource: Json) -> list[tuple[str, str]]:
    """The system and value of each identifier."""
    found = resource.get("identifier")
    entries = found if isinstance(found, list) else [found]
    return [(str(e.get("system", "")), str(e["value"])) for e in entries if isinstance(e, dict) and "value" in e]


def _is_of(resource: Json, patient: Json) -> bool:
    subject = resource.get("subject")
    return isinstance(subject, dict) and subject.get("reference") == f"Patient/{patient['id']}"


def _content(resource: Json) -> Json:
    return {name: value for name, value in resource.items() if name != "meta"}


def _name_of(patient: Json) -> str:
    names = patient.get("name")
    first = names[0] if isinstance(names, list) and names else {}
    return str(first.get("text") or " ".join([*first.get("given", []), first.get("family", "")]).strip())
