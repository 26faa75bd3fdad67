"""Results: the Observations that a result message tells of (OBR, OBX, NTE)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from workbench.fhir.resource import Json
from workbench.hl7v2.message import Message
from workbench.hl7v2.segment import Segment
from workbench.hl7v2.times import to_iso_time
from workbench.intake.values import (
    TERMINOLOGY,
    places_of,
    read_instant,
    read_time,
    to_codeable_concept,
    to_person_display,
    to_plain_text,
    value_of,
    without_empty,
)
from workbench.intake.visits import FindPractitioner

UCUM = "http://unitsofmeasure.org"
_UNITS = {
    "%": "%",
    "/min": "/min",
    "bpm": "/min",
    "beats/min": "/min",
    "breaths/min": "/min",
    "mmhg": "mm[Hg]",
    "mm[hg]": "mm[Hg]",
    "cel": "Cel",
    "c": "Cel",
    "degc": "Cel",
    "[degf]": "[degF]",
    "f": "[degF]",
    "kg": "kg",
    "g": "g",
    "cm": "cm",
    "m": "m",
    "kg/m2": "kg/m2",
    "mg/dl": "mg/dL",
    "g/dl": "g/dL",
    "g/l": "g/L",
    "mmol/l": "mmol/L",
    "umol/l": "umol/L",
    "meq/l": "meq/L",
    "u/l": "U/L",
    "iu/l": "[iU]/L",
    "ng/ml": "ng/mL",
    "pg/ml": "pg/mL",
    "10*3/ul": "10*3/uL",
    "10*6/ul": "10*6/uL",
    "fl": "fL",
    "pg": "pg",
    "l/min": "L/min",
    "mm/h": "mm/h",
}
_VITAL_SIGNS = frozenset(
    """
    8867-4 9279-1 8310-5 8302-2 29463-7 39156-5 8480-6 8462-4 85354-9 59408-5 2708-6 8287-5 9843-4 8289-1 77606-2
    59576-9 85353-1 3150-6 3151-8
    """.split()
)
_SYSTOLIC, _DIASTOLIC, _PRESSURE = "8480-6", "8462-4", "85354-9"
_STATUSES = {
    "F": "final",
    "P": "preliminary",
    "C": "corrected",
    "A": "amended",
    "D": "entered-in-error",
    "W": "entered-in-error",
    "X": "cancelled",
    "I": "registered",
    "R": "preliminary",
    "S": "preliminary",
    "O": "registered",
    "U": "final",
}
_INTERPRETATIONS = frozenset("L H LL HH < > N A AA U D B W S R I MS VS POS NEG IND DET ND".split())
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_RANGE = re.compile(r"\s*([+-]?\d*\.?\d+)\s*-\s*([+-]?\d*\.?\d+)\s*")
_BOUND = re.compile(r"\s*(<=?|>=?)\s*([+-]?\d*\.?\d+)\s*")
_COMPARATORS = ("<", "<=", ">=", ">")


@dataclass(frozen=True, slots=True)
class _Result:
    """One OBX with the OBR before it and the notes after it."""

    segment: Segment
    order: int
    notes: list[str] = field(default_factory=list)

    @property
    def at(self) -> str:
        return f"OBX[{self.segment.ordinal}]"


def make_observations(
    message: Message,
    subject: Json,
    encounter: Json | None,
    find_practitioner: FindPractitioner,
    *,
    documents: bool = True,
) -> Iterator[Json]:
    """One Observation for each OBX that belongs to an OBR; the two of a blood pressure become one with components.

    Without `documents` those that hold one (ED, RP) are left out, since they are filed as such.
    """
    results = [each for each in _read_results(message) if documents or not _is_document(message, each)]
    paired: set[int] = set()
    for result in results:
        if result.segment.index in paired:
            continue
        partner = _find_partner(message, result, results)
        made = _make(message, result, subject, encounter, find_practitioner)
        if partner is not None:
            paired.add(partner.segment.index)
            made = _as_pressure(message, made, result, partner)
        yield made


def _read_results(message: Message) -> Iterator[_Result]:
    order, last = 0, None
    for segment in message.segments:
        if segment.name == "OBR":
            order, last = segment.ordinal, None
        elif segment.name == "OBX" and order:
            last = _Result(segment, order)
            yield last
        elif segment.name == "NTE" and last is not None:
            places = places_of(message, f"NTE[{segment.ordinal}]-3")
            last.notes.append("\n".join(to_plain_text(message.get(place) or "") for place in places))


def _is_document(message: Message, result: _Result) -> bool:
    return value_of(message, f"{result.at}-2") in ("ED", "RP")


def _find_partner(message: Message, result: _Result, results: list[_Result]) -> _Result | None:
    """The other half of a blood pressure in the same order and of the same sub-ID."""
    wanted = {_SYSTOLIC: _DIASTOLIC, _DIASTOLIC: _SYSTOLIC}.get(value_of(message, f"{result.at}-3.1"))
    for other in results if wanted else ():
        same = other.order == result.order and value_of(message, f"{other.at}-4") == value_of(message, f"{result.at}-4")
        if same and value_of(message, f"{other.at}-3.1") == wanted:
            return other
    return None


def _as_pressure(message: Message, made: Json, result: _Result, partner: _Result) -> Json:
    first, second = sorted((result, partner), key=lambda half: value_of(message, f"{half.at}-3.1") != _SYSTOLIC)
    panel = {"coding": [{"system": "http://loinc.org", "code": _PRESSURE, "display": "Blood pressure panel"}]}
    components = [
        {
            "code": to_codeable_concept(message, f"{half.at}-3"),
            **_value_of_result(message, half.at),
            **_judged(message, half.at),
        }
        for half in (first, second)
    ]
    dropped = ("interpretation", "referenceRange", "dataAbsentReason")
    kept = {key: value for key, value in made.items() if not key.startswith("value") and key not in dropped}
    identifier = _identifier_of(message, result, _PRESSURE)
    return kept | {"code": panel | {"text": "Blood pressure"}, "component": components} | identifier


def _make(
    message: Message, result: _Result, subject: Json, encounter: Json | None, find_practitioner: FindPractitioner
) -> Json:
    at, order = result.at, f"OBR[{result.order}]"
    status = value_of(message, f"{at}-11") or value_of(message, f"{order}-25")
    effective = read_time(message, f"{at}-14") or read_time(message, f"{order}-7") or read_time(message, "MSH-7")
    note = "\n".join(result.notes)
    return without_empty(
        {
            "resourceType": "Observation",
            **_identifier_of(message, result, value_of(message, f"{at}-3.1")),
            "status": _STATUSES.get(status, "final" if not status else "unknown"),
            "category": [_category_of(message, at)],
            "code": to_codeable_concept(message, f"{at}-3") or {"text": "Observation"},
            "subject": subject,
            "encounter": encounter,
            "effectiveDateTime": effective,
            "issued": read_instant(message, f"{order}-22"),
            "performer": _performers(message, at, order, find_practitioner),
            **_value_of_result(message, at),
            **_judged(message, at),
            "note": [{"text": note}] if note else [],
        }
    )


def _identifier_of(message: Message, result: _Result, code: str) -> Json:
    """The filler's number with the observation and its sub-ID, by which a correction finds what it corrects."""
    filler = value_of(message, f"OBR[{result.order}]-3.1")
    if not filler:
        return {}
    parts = (filler, code, value_of(message, f"{result.at}-4"))
    return {"identifier": [{"value": "-".join(part for part in parts if part)}]}


def _category_of(message: Message, at: str) -> Json:
    vital = value_of(message, f"{at}-3.1") in _VITAL_SIGNS
    code, display = ("vital-signs", "Vital Signs") if vital else ("laboratory", "Laboratory")
    return {"coding": [{"system": f"{TERMINOLOGY}/observation-category", "code": code, "display": display}]}


def _performers(message: Message, at: str, order: str, find_practitioner: FindPractitioner) -> list[Json]:
    for place in (*places_of(message, f"{at}-16"), *places_of(message, f"{order}-16")):
        reference, display = find_practitioner(value_of(message, f"{place}.1")), to_person_display(message, place)
        if reference or display:
            return [without_empty({"reference": reference, "display": display})]
    return []


def _judged(message: Message, at: str) -> Json:
    """OBX-8 and OBX-7: what the laboratory thinks of the value, and its range."""
    flags = [flag for place in places_of(message, f"{at}-8") if (flag := value_of(message, f"{place}.1"))]
    system = f"{TERMINOLOGY}/v3-ObservationInterpretation"
    concepts = [
        {"coding": [{"system": system, "code": flag}]} if flag in _INTERPRETATIONS else {"text": flag} for flag in flags
    ]
    found = _range_of(message, at)
    return without_empty({"interpretation": concepts, "referenceRange": [found] if found else []})


def _range_of(message: Message, at: str) -> Json:
    text = value_of(message, f"{at}-7")
    if not text:
        return {}
    if found := _RANGE.fullmatch(text):
        low, high = (_quantity(message, at, number) for number in found.groups())
        return {"low": low, "high": high, "text": text}
    if found := _BOUND.fullmatch(text):
        return {"high" if found[1].startswith("<") else "low": _quantity(message, at, found[2]), "text": text}
    return {"text": text}


def _quantity(message: Message, at: str, number: str, comparator: str = "") -> Json:
    """A number with the unit of OBX-6, in UCUM where that is said or can be known."""
    code, text, system = (value_of(message, f"{at}-6.{part}") for part in (1, 2, 3))
    ucum = code if system == "UCUM" else _UNITS.get(code.lower().replace(" ", ""), "")
    return without_empty(
        {
            "value": Decimal(number),
            "comparator": comparator,
            "unit": text or code,
            "system": UCUM if ucum else "",
            "code": ucum,
        }
    )


def _value_of_result(message: Message, at: str) -> Json:
    """OBX-5 by the type that OBX-2 names; what cannot be held as a value is absent with its reason."""
    kind, text = value_of(message, f"{at}-2"), value_of(message, f"{at}-5")
    if not text:
        return _absent("unknown")
    match kind:
        case "NM" if _NUMBER.fullmatch(text):
            return {"valueQuantity": _quantity(message, at, text)}
        case "SN":
            return _structured_number(message, at)
        case "CE" | "CWE" | "CNE" | "CF":
            return {"valueCodeableConcept": to_codeable_concept(message, f"{at}-5")}
        case "TS" | "DTM" | "DT" if time := to_iso_time(value_of(message, f"{at}-5.1")):
            return {"valueDateTime": time}
        case "ED" | "RP":
            return _absent("unsupported")
    values = (message.get(place) or "" for place in places_of(message, f"{at}-5"))
    return {"valueString": "\n".join(to_plain_text(value) for value in values)}


def _structured_number(message: Message, at: str) -> Json:
    """SN (2.5.1, 2.A.67): `>^100` is a bound, `^1^-^5` a range, `^1^:^128` a ratio."""
    comparator, first, separator, second = (value_of(message, f"{at}-5.{part}") for part in range(1, 5))
    numbers = bool(_NUMBER.fullmatch(first)) and (not second or bool(_NUMBER.fullmatch(second)))
    if numbers and not separator and comparator in ("", "=", *_COMPARATORS):
        return {"valueQuantity": _quantity(message, at, first, comparator if comparator in _COMPARATORS else "")}
    if numbers and separator == "-" and second:
        low, high = _quantity(message, at, first), _quantity(message, at, second)
        return {"valueRange": {"low": low, "high": high}}
    if numbers and separator in (":", "/") and second:
        return {"valueRatio": {"numerator": {"value": Decimal(first)}, "denominator": {"value": Decimal(second)}}}
    return {"valueString": f"{comparator}{first}{separator}{second}"}


def _absent(code: str) -> Json:
    return {"dataAbsentReason": {"coding": [{"system": f"{TERMINOLOGY}/data-absent-reason", "code": code}]}}
