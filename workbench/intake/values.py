"""Values of HL7 v2 data types (XPN, XAD, XTN, CX, CE, XCN, PL) as the FHIR R4 data types they become."""

from __future__ import annotations

import re

from workbench.fhir.resource import Json
from workbench.hl7v2.message import Message
from workbench.hl7v2.times import to_iso_time

NULL = '""'
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_SYSTEMS = {
    "LN": "http://loinc.org",
    "LOINC": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "SNM": "http://snomed.info/sct",
    "UCUM": "http://unitsofmeasure.org",
    "I10": "http://hl7.org/fhir/sid/icd-10-cm",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "NDC": "http://hl7.org/fhir/sid/ndc",
}
_NAME_USES = {"L": "official", "N": "nickname", "M": "maiden", "A": "anonymous", "D": "usual", "T": "temp"}
_ADDRESS_USES = {"H": "home", "B": "work", "O": "work", "C": "temp", "BA": "old"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_HIGHLIGHT = re.compile(r"\\[HN]\\")


def value_of(message: Message, path: str) -> str:
    """The value at `path`; empty where it is not valued or the null value."""
    value = message.get(path) or ""
    return "" if value == NULL else _CONTROL.sub("", value).strip()


def places_of(message: Message, path: str) -> tuple[str, ...]:
    """The repetitions of a field that are valued, each as a path."""
    part = message.find_part(path)
    if part is None or part.text in ("", NULL):
        return ()
    return tuple(f"{path}[{repetition.number}]" for repetition in part.repetitions if repetition.text)


def to_plain_text(text: str) -> str:
    """Formatted text without its highlighting, and without control characters, which FHIR has no place for."""
    return _CONTROL.sub("", _HIGHLIGHT.sub("", text))


def without_empty(resource: Json) -> Json:
    """Only what is valued; a False and a zero are values."""
    return {name: value for name, value in resource.items() if value not in ("", None, [], {})}


def to_human_name(message: Message, at: str) -> Json:
    given = [value_of(message, f"{at}.2"), *value_of(message, f"{at}.3").split()]
    return without_empty(
        {
            "use": _NAME_USES.get(value_of(message, f"{at}.7") or "L", ""),
            "family": value_of(message, f"{at}.1.1"),
            "given": [name for name in given if name],
            "prefix": [prefix] if (prefix := value_of(message, f"{at}.5")) else [],
            "suffix": [suffix] if (suffix := value_of(message, f"{at}.4")) else [],
        }
    )


def to_address(message: Message, at: str) -> Json:
    lines = [value_of(message, f"{at}.1.1"), value_of(message, f"{at}.2")]
    return without_empty(
        {
            "use": _ADDRESS_USES.get(value_of(message, f"{at}.7"), ""),
            "line": [line for line in lines if line],
            "city": value_of(message, f"{at}.3"),
            "state": value_of(message, f"{at}.4"),
            "postalCode": value_of(message, f"{at}.5"),
            "country": value_of(message, f"{at}.6"),
        }
    )


def to_contact_point(message: Message, at: str, use: str) -> Json:
    """A telecommunication: XTN-4 for mail, else the number as it stands or put together from its parts."""
    kind, mail = value_of(message, f"{at}.3"), value_of(message, f"{at}.4")
    if kind in ("Internet", "X.400") or (mail and not value_of(message, f"{at}.1")):
        return without_empty({"system": "email", "value": mail or value_of(message, f"{at}.1"), "use": use})
    parts = [value_of(message, f"{at}.{number}") for number in (5, 6, 7)]
    number = value_of(message, f"{at}.1") or value_of(message, f"{at}.12") or "-".join(part for part in parts if part)
    if not number:
        return {}
    system = {"FX": "fax", "BP": "pager"}.get(kind, "phone")
    return {"system": system, "value": number, "use": "mobile" if kind == "CP" else use}


def to_codeable_concept(message: Message, at: str) -> Json:
    """CE, CWE or CNE: both codings, and the text that a person would read."""
    codings = [coding for first in (1, 4) if (coding := _to_coding(message, at, first))]
    text = value_of(message, f"{at}.9") or value_of(message, f"{at}.2") or value_of(message, f"{at}.5")
    return without_empty({"coding": codings, "text": text or (codings[0]["code"] if codings else "")})


def _to_coding(message: Message, at: str, first: int) -> Json:
    code, display, system = (value_of(message, f"{at}.{first + step}") for step in range(3))
    if not code:
        return {}
    return without_empty({"system": system_of(system), "code": code, "display": display})


def system_of(name: str) -> str:
    """The address of a coding system by its name in table 0396; an HL7 table has its own, a local one none."""
    if found := re.fullmatch(r"HL7(\d{4})", name):
        return f"{TERMINOLOGY}/v2-{found[1]}"
    return _SYSTEMS.get(name.upper(), "")


def to_person_display(message: Message, at: str) -> str:
    """A person of XCN or CN as one reads the name; the number where there is no name."""
    parts = [value_of(message, f"{at}.{component}") for component in ("6", "3", "4", "2.1", "5")]
    return " ".join(part for part in parts if part) or value_of(message, f"{at}.1")


def to_place_display(message: Message, at: str) -> str:
    """A location of PL: facility, building, floor, point of care, room and bed, as far as they are told."""
    parts = [value_of(message, f"{at}.{component}") for component in ("4.1", "7", "8", "1.1", "2.1", "3.1")]
    return " ".join(part for part in parts if part)


def read_time(message: Message, path: str) -> str:
    """The time at `path` in ISO 8601; empty where there is none that can be read."""
    return to_iso_time(value_of(message, f"{path}.1")) or ""


def read_instant(message: Message, path: str) -> str:
    """The time at `path` where it is told to the day's time; a FHIR instant needs no less."""
    time = read_time(message, path)
    return time if "T" in time else ""
