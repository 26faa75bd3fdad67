"""Visits: the Patient and the Encounter that an admission message tells of (PID, PV1)."""

from __future__ import annotations

from collections.abc import Callable

from workbench.fhir.resource import Json
from workbench.hl7v2.message import Message
from workbench.intake.values import (
    NULL,
    TERMINOLOGY,
    places_of,
    read_instant,
    read_time,
    to_address,
    to_codeable_concept,
    to_contact_point,
    to_human_name,
    to_person_display,
    to_place_display,
    value_of,
    without_empty,
)
from workbench.site.site import Site

FindPractitioner = Callable[[str], str]

_GENDERS = {"M": "male", "F": "female", "O": "other", "A": "other", "N": "other", "C": "other", "U": "unknown"}
_CLASSES = {
    "I": ("IMP", "inpatient encounter"),
    "O": ("AMB", "ambulatory"),
    "E": ("EMER", "emergency"),
    "P": ("PRENC", "pre-admission"),
    "R": ("AMB", "ambulatory"),
    "B": ("IMP", "inpatient encounter"),
}
_PARTICIPANTS = (
    ("PV1-7", "ATND", "attender"),
    ("PV1-8", "REF", "referrer"),
    ("PV1-9", "CON", "consultant"),
    ("PV1-17", "ADM", "admitter"),
)
_NULLED = {"PID-7": "birthDate", "PID-11": "address", "PID-13": "telecom", "PID-15": "communication"}


def make_patient(site: Site, message: Message, known: Json | None) -> Json:
    """The patient of PID: what it values replaces what was known, the null value takes it away, the rest stays."""
    told = _read_patient(site, message)
    before = dict(known) if known else {"resourceType": "Patient", "active": True}
    for path, name in _NULLED.items():
        if message.get(path) == NULL:
            before.pop(name, None)
    identifiers = [*_identifiers(before), *told.pop("identifier", [])]
    before["identifier"] = list({(i.get("system"), i.get("value")): i for i in reversed(identifiers)}.values())[::-1]
    if told.get("name") and known and _same_names(known, told["name"]):
        del told["name"]
    return before | told


def _identifiers(resource: Json) -> list[Json]:
    found = resource.get("identifier")
    return list(found) if isinstance(found, list) else []


def _same_names(known: Json, told: list[Json]) -> bool:
    """Tell whether the names say no more than is known, so that a use or text that stands there is kept."""
    before = known.get("name")
    first = before[0] if isinstance(before, list) and before else {}
    return all(first.get(part) == told[0].get(part) for part in ("family", "given")) and len(told) == 1


def _read_patient(site: Site, message: Message) -> Json:
    birth = read_time(message, "PID-7").split("T")[0]
    telecom = [
        point
        for path, use in (("PID-13", "home"), ("PID-14", "work"))
        for place in places_of(message, path)
        if (point := to_contact_point(message, place, use))
    ]
    marital = value_of(message, "PID-16.1")
    language = to_codeable_concept(message, "PID-15")
    return without_empty(
        {
            "identifier": [_to_identifier(site, message, place) for place in places_of(message, "PID-3")],
            "name": [name for place in places_of(message, "PID-5") if (name := to_human_name(message, place))],
            "gender": _GENDERS.get(value_of(message, "PID-8.1"), "unknown") if value_of(message, "PID-8.1") else "",
            "birthDate": birth,
            "telecom": telecom,
            "address": [to_address(message, place) for place in places_of(message, "PID-11")],
            "maritalStatus": {"coding": [{"system": f"{TERMINOLOGY}/v3-MaritalStatus", "code": marital}]}
            if marital
            else {},
            "communication": [{"language": language}] if language else [],
            **_read_death(message),
        }
    )


def _read_death(message: Message) -> Json:
    if died := read_time(message, "PID-29"):
        return {"deceasedDateTime": died}
    return {"deceasedBoolean": True} if value_of(message, "PID-30") == "Y" else {}


def _to_identifier(site: Site, message: Message, at: str) -> Json:
    """A CX: the site's own medical record number has its system, another one the OID that came with it."""
    value, authority, oid = (value_of(message, f"{at}.{part}") for part in ("1", "4.1", "4.2"))
    kind = value_of(message, f"{at}.5")
    own = authority == site.hl7v2.assigning_authority or not (authority or oid)
    if own:
        return {"type": _identifier_type("MR"), "system": site.mrn_system, "value": value}
    is_oid = bool(oid) and all(part.isdecimal() for part in oid.split("."))
    return without_empty(
        {
            "type": _identifier_type(kind) if kind else {},
            "system": f"urn:oid:{oid}" if is_oid else "",
            "value": value,
            "assigner": {"display": authority} if authority else {},
        }
    )


def _identifier_type(code: str) -> Json:
    return {"coding": [{"system": f"{TERMINOLOGY}/v2-0203", "code": code}]}


def make_encounter(
    site: Site, message: Message, known: Json | None, subject: Json, find_practitioner: FindPractitioner
) -> Json:
    """The visit of PV1: in progress, and finished by A03."""
    leaves = message.type_name == "ADT^A03"
    before: Json = dict(known) if known else {"resourceType": "Encounter", "subject": subject}
    told = _read_encounter(site, message, find_practitioner)
    period = dict(before.get("period", {})) | told.pop("period", {})
    if not period.get("start"):
        period["start"] = _event_time(message)
    if leaves and not period.get("end"):
        period["end"] = _event_time(message)
    status = "finished" if leaves else before.get("status", "in-progress") if known else "in-progress"
    if message.type_name in ("ADT^A01", "ADT^A04"):
        status = "in-progress"
        period.pop("end", None)
    if not before.get("class") and "class" not in told:
        told["class"] = _class_of("U")
    return without_empty(before | told | {"status": status, "period": without_empty(period)})


def _event_time(message: Message) -> str:
    return next((time for path in ("EVN-6", "EVN-2", "MSH-7") if (time := read_instant(message, path))), "")


def _class_of(code: str) -> Json:
    act, display = _CLASSES.get(code, ("AMB", "ambulatory"))
    return {"system": f"{TERMINOLOGY}/v3-ActCode", "code": act, "display": display}


def _read_encounter(site: Site, message: Message, find_practitioner: FindPractitioner) -> Json:
    number, kind = value_of(message, "PV1-19.1"), value_of(message, "PV1-2")
    visit = _identifier_type("VN") | {}
    place = to_place_display(message, "PV1-3")
    source, disposition = value_of(message, "PV1-14"), value_of(message, "PV1-36.1")
    reason = to_codeable_concept(message, "PV2-3")
    hospitalization = without_empty(
        {
            "admitSource": {"coding": [{"system": f"{TERMINOLOGY}/v2-0023", "code": source}]} if source else {},
            "dischargeDisposition": {"coding": [{"system": f"{TERMINOLOGY}/v2-0112", "code": disposition}]}
            if disposition
            else {},
        }
    )
    return without_empty(
        {
            "identifier": [{"type": visit, "value": number}] if number else [],
            "class": _class_of(kind) if kind else {},
            "type": [{"text": _class_of(kind)["display"].capitalize()}] if kind else [],
            "location": [{"location": {"display": place}}] if place else [],
            "participant": [
                participant
                for path, code, display in _PARTICIPANTS
                for at in places_of(message, path)
                if (participant := _participant(message, at, code, display, find_practitioner))
            ],
            "reasonCode": [reason] if reason else [],
            "hospitalization": hospitalization,
            "period": without_empty({"start": read_instant(message, "PV1-44"), "end": read_instant(message, "PV1-45")}),
            "serviceProvider": {"display": site.name},
        }
    )


def _participant(message: Message, at: str, code: str, display: str, find_practitioner: FindPractitioner) -> Json:
    name = to_person_display(message, at)
    reference = find_practitioner(value_of(message, f"{at}.1"))
    if not name and not reference:
        return {}
    kind = {"system": f"{TERMINOLOGY}/v3-ParticipationType", "code": code, "display": display}
    return {
        "type": [{"coding": [kind]}],
        "individual": without_empty({"reference": reference, "display": name}),
    }
