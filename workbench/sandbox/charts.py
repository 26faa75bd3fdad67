"""Charts of a simulated site as its pages list them: patients and their visits, read from the FHIR data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from workbench.authorization_server.flow import Charts
from workbench.authorization_server.rules import User
from workbench.fhir.resource import Json
from workbench.fhir_server.match import fold
from workbench.fhir_server.store import FhirStore

# A page with more rows than a person reads is slow to load and to scroll; they search instead.
MOST_PATIENTS = 50
OPEN_STATUSES = ("arrived", "triaged", "in-progress", "onleave")
CLASSES = {
    "AMB": "Outpatient visit",
    "EMER": "Emergency visit",
    "IMP": "Hospital stay",
    "ACUTE": "Hospital stay",
    "NONAC": "Hospital stay",
    "OBSENC": "Observation stay",
    "SS": "Short stay",
    "VR": "Video visit",
    "HH": "Home visit",
}


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One patient as a list shows them; what the record lacks is an empty text."""

    id: str
    name: str
    mrn: str
    birth_date: str
    sex: str


@dataclass(frozen=True, slots=True)
class PickedPatients:
    """The patients that a page shows: those that `find` names, the first `MOST_PATIENTS` of them."""

    rows: tuple[PatientRow, ...]
    find: str
    found: int
    everyone: int

    @property
    def needs_search(self) -> bool:
        """Whether not everyone is shown, or not everyone was asked for."""
        return self.everyone > MOST_PATIENTS or bool(self.find)


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit; `label` says what it is and when, `day` sorts."""

    id: str
    patient: str
    label: str
    is_open: bool
    day: str


def list_patients(store: FhirStore, mrn_system: str, charts: Charts = None) -> tuple[PatientRow, ...]:
    """Every patient by family name, or those of `charts`."""
    shown = (p for p in store.all("Patient") if charts is None or p.get("id") in charts)
    return tuple(sorted((_patient_row(p, mrn_system) for p in shown), key=lambda row: row.name.lower()))


def pick_patients(everyone: tuple[PatientRow, ...], find: str, chosen: str = "") -> PickedPatients:
    """The patients of whom each word of `find` begins a part of the name, number or birth date, or is the id.

    Whoever is `chosen` already is never left out, and stands first where they would be.
    """
    words = fold(find[:200]).split()
    found = tuple(row for row in everyone if all(_is_named(row, word) for word in words))
    shown = found[:MOST_PATIENTS]
    first = tuple(row for row in everyone if chosen and row.id == chosen and row not in shown)
    return PickedPatients((*first, *shown), find, len(found), len(everyone))


def find_patient(store: FhirStore, mrn_system: str, patient_id: str) -> PatientRow | None:
    resource = store.find("Patient", patient_id)
    return _patient_row(resource, mrn_system) if resource else None


def list_visits(store: FhirStore, patient_id: str = "") -> tuple[VisitRow, ...]:
    """The visits of one patient, or of all; open ones first, then the newest."""
    rows = (_visit_row(encounter) for encounter in store.all("Encounter"))
    own = [row for row in rows if not patient_id or row.patient == patient_id]
    newest = sorted(own, key=lambda row: row.day, reverse=True)
    return tuple(sorted(newest, key=lambda row: not row.is_open))


def find_open_visit(store: FhirStore, patient_id: str) -> str:
    """The id of the patient's open visit, the newest where there are several; "" where there is none."""
    return next((row.id for row in list_visits(store, patient_id) if row.is_open), "")


def charts_of(store: FhirStore, user: User) -> Charts:
    """Whose charts a user may open: everyone's for staff, their own for a patient, and for others those they stand for.

    A RelatedPerson stands for one patient; a Person for those of the patients and related persons that it links.
    """
    kind, _, own = user.resource.partition("/")
    if kind == "Patient":
        return (own,)
    if kind not in ("RelatedPerson", "Person"):
        return None
    return tuple(dict.fromkeys(_stood_for(store, user.resource)))


def place_of_visit(store: FhirStore, encounter: str) -> str:
    """The id of the Location where a visit is, or was last; "" where it names none."""
    places = [_map(item.get("location")) for item in _maps((store.find("Encounter", encounter) or {}).get("location"))]
    named = [str(place.get("reference", "")) for place in places]
    return next((text.rpartition("/")[2] for text in reversed(named) if "Location/" in text), "")


def _stood_for(store: FhirStore, reference: str) -> Iterator[str]:
    kind, own = reference.split("/")[-2:] if "/" in reference else ("", "")
    resource = store.find(kind, own) or {}
    if kind == "Patient":
        yield own
    elif kind == "RelatedPerson":
        yield from _stood_for(store, str(_map(resource.get("patient")).get("reference", "")))
    elif kind == "Person":
        targets = [str(_map(link.get("target")).get("reference", "")) for link in _maps(resource.get("link"))]
        for target in targets:
            yield from _stood_for(store, target) if "/Person/" not in f"/{target}" else ()


def _is_named(row: PatientRow, word: str) -> bool:
    if word == row.id.casefold():
        return True
    parts = (*fold(row.name).replace(",", " ").split(), fold(row.mrn), row.birth_date)
    return any(part.startswith(word) for part in parts)


def _patient_row(patient: Json, mrn_system: str) -> PatientRow:
    identifiers = list(_maps(patient.get("identifier")))
    mrn = next((i.get("value") for i in identifiers if i.get("system") == mrn_system), "")
    sex = str(patient.get("gender", ""))
    return PatientRow(
        str(patient.get("id", "")), _name_of(patient), str(mrn or ""), str(patient.get("birthDate", "")), sex
    )


def _name_of(patient: Json) -> str:
    names = list(_maps(patient.get("name")))
    name = next((n for n in names if n.get("use") == "official"), names[0] if names else {})
    given = " ".join(str(part) for part in _items(name.get("given")))
    family = str(name.get("family", ""))
    return ", ".join(part for part in (family, given) if part) or str(name.get("text") or patient.get("id", ""))


def _visit_row(encounter: Json) -> VisitRow:
    kind = _map(encounter.get("class"))
    what = CLASSES.get(str(kind.get("code", ""))) or str(kind.get("display") or "Visit")
    period = _map(encounter.get("period"))
    start, end = (str(period.get(name, ""))[:10] for name in ("start", "end"))
    is_open = encounter.get("status") in OPEN_STATUSES
    when = f"{start or '?'} to {end or '?'}" if start != end else f"on {start or 'an unknown day'}"
    when = f"open since {start or 'an unknown day'}" if is_open else when
    subject = str(_map(encounter.get("subject")).get("reference", ""))
    return VisitRow(str(encounter.get("id", "")), subject.rpartition("/")[2], f"{what}, {when}", is_open, start)


def _map(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _maps(value: Any) -> Iterator[Json]:
    return (item for item in _items(value) if isinstance(item, dict))
