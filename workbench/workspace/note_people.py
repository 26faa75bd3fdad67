"""Note people: the patients, visits and authors that a note can be about and by, as a site's FHIR data has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from workbench.documents.document import DocumentPatient, DocumentVisit, Person
from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json
from workbench.site.site import Site

NOTE_RESOURCES = ("Patient", "Encounter", "Practitioner")
_SEXES = {"male": "M", "female": "F", "other": "O", "unknown": "U"}
_CLASSES = {"IMP": "I", "ACUTE": "I", "NONAC": "I", "OBSENC": "I", "EMER": "E", "AMB": "O", "PRENC": "P", "SS": "I"}
_OPEN = ("arrived", "triaged", "in-progress", "onleave")


@dataclass(frozen=True, slots=True)
class NoteVisit:
    """`label` says what it is and since when."""

    visit: DocumentVisit
    label: str
    is_open: bool
    day: str


@dataclass(frozen=True, slots=True)
class NotePatient:
    """A patient by the id of the site's data, with the visits, open ones first."""

    id: str
    patient: DocumentPatient
    visits: tuple[NoteVisit, ...]

    @property
    def label(self) -> str:
        name = ", ".join(part for part in (self.patient.family, self.patient.given) if part)
        return f"{name or self.id} · {self.patient.number}"


@dataclass(frozen=True, slots=True)
class NoteAuthor:
    """Somebody who can have written a note, by the id of the site's user or of the Practitioner."""

    id: str
    person: Person
    label: str


@dataclass(frozen=True, slots=True)
class NotePeople:
    """All of them at one site."""

    patients: tuple[NotePatient, ...]
    authors: tuple[NoteAuthor, ...]

    def find_patient(self, name: str, site: Site) -> NotePatient:
        """By medical record number or id; another number is that of a patient of whom no more is known."""
        found = next((each for each in self.patients if name in (each.id, each.patient.number)), None)
        return found or NotePatient(name, DocumentPatient(name, site.hl7v2.assigning_authority), ())

    def find_author(self, name: str) -> Person:
        """By id, or as it stands in a message: `RAMAN^Raman^Priya`."""
        if found := next((each for each in self.authors if name in (each.id, each.person.number)), None):
            return found.person
        number, family, given, *_ = (*name.split("^"), "", "", "")
        if not family and self.authors:
            known = ", ".join(each.id for each in self.authors)
            hint = f"Known here: {known}. Anybody else is written as NUMBER^FAMILY^GIVEN."
            raise WorkbenchError(f"There is no author “{name}” here.", hint=hint)
        return Person(number, family, given)


def read_note_people(site: Site, resources: Iterable[Json]) -> NotePeople:
    """Of the Patient, Encounter and Practitioner resources among `resources`."""
    kept = [each for each in resources if each.get("resourceType") in NOTE_RESOURCES]
    visits: dict[str, list[NoteVisit]] = {}
    for encounter in kept:
        if encounter["resourceType"] == "Encounter":
            subject = str(_map(encounter.get("subject")).get("reference", "")).rpartition("/")[2]
            visits.setdefault(subject, []).append(_visit(encounter))
    patients = [_patient(site, each, visits.get(str(each.get("id")), [])) for each in kept if _is(each, "Patient")]
    practitioners = {str(each.get("id")): each for each in kept if _is(each, "Practitioner")}
    users = {user.resource.rpartition("/")[2]: user.id for user in site.users}
    order = {user.id: place for place, user in enumerate(site.users)}
    authors = [_author(users.get(name, name), each) for name, each in practitioners.items()]
    return NotePeople(
        tuple(sorted(patients, key=lambda each: (not any(v.is_open for v in each.visits), each.label.lower()))),
        tuple(sorted(authors, key=lambda each: (order.get(each.id, len(order)), each.label))),
    )


def _patient(site: Site, resource: Json, visits: list[NoteVisit]) -> NotePatient:
    family, given = _name(resource)
    number = next((v for system, v in _identifiers(resource) if system == site.mrn_system), "")
    patient = DocumentPatient(
        number,
        site.hl7v2.assigning_authority,
        family,
        given,
        str(resource.get("birthDate", "")).replace("-", ""),
        _SEXES.get(str(resource.get("gender", "")), ""),
    )
    newest = sorted(visits, key=lambda visit: visit.day, reverse=True)
    return NotePatient(str(resource.get("id", "")), patient, tuple(sorted(newest, key=lambda visit: not visit.is_open)))


def _visit(encounter: Json) -> NoteVisit:
    kind = _map(encounter.get("class"))
    number = next((value for _, value in _identifiers(encounter)), "")
    day = str(_map(encounter.get("period")).get("start", ""))[:10]
    is_open = encounter.get("status") in _OPEN
    what = str(kind.get("display") or kind.get("code") or "visit")
    when = f"open since {day or 'an unknown day'}" if is_open else f"of {day or 'an unknown day'}"
    label = f"{number or 'without a number'} · {what}, {when}"
    return NoteVisit(DocumentVisit(number, _CLASSES.get(str(kind.get("code", "")), "")), label, is_open, day)


def _author(name: str, resource: Json) -> NoteAuthor:
    family, given = _name(resource)
    number = next((value for _, value in reversed(_identifiers(resource))), str(resource.get("id", "")))
    return NoteAuthor(name, Person(number, family, given), f"{given} {family}".strip() or name)


def _name(resource: Json) -> tuple[str, str]:
    names = list(_maps(resource.get("name")))
    name = next((each for each in names if each.get("use") == "official"), names[0] if names else {})
    given = name.get("given")
    return str(name.get("family", "")), str(given[0]) if isinstance(given, list) and given else ""


def _identifiers(resource: Json) -> list[tuple[str, str]]:
    return [(str(each.get("system", "")), str(each.get("value", ""))) for each in _maps(resource.get("identifier"))]


def _is(resource: Json, type_name: str) -> bool:
    return bool(resource["resourceType"] == type_name)


def _map(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _maps(value: Any) -> Iterator[Json]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())
