"""Notes: the DocumentReference that a document message tells of (TXA, OBX)."""

from __future__ import annotations

import base64

from workbench.fhir.resource import Json
from workbench.hl7v2.message import Message
from workbench.sandbox.intake_values import (
    TERMINOLOGY,
    places_of,
    read_instant,
    system_of,
    to_person_display,
    to_plain_text,
    value_of,
    without_empty,
)
from workbench.sandbox.intake_visits import FindPractitioner
from workbench.site.messages import content_type_of, decode_base64

_TYPES = {
    "CN": ("11488-4", "Consult note"),
    "DS": ("18842-5", "Discharge summary"),
    "ED": ("34111-5", "Emergency department Note"),
    "HP": ("34117-2", "History and physical note"),
    "OP": ("11504-8", "Surgical operation note"),
    "PC": ("28570-0", "Procedure note"),
    "PN": ("11506-3", "Progress note"),
}
_CATEGORY = {
    "system": "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
    "code": "clinical-note",
    "display": "Clinical Note",
}
_PRELIMINARY = ("DI", "DO", "IN", "IP", "PA")


def make_document(message: Message, subject: Json, encounter: Json | None, find_practitioner: FindPractitioner) -> Json:
    """The document of TXA with its text (TX, FT, ST of OBX-5) or its attachments (ED)."""
    number = value_of(message, "TXA-12.1")
    universal, kind = value_of(message, "TXA-12.3"), value_of(message, "TXA-12.4")
    date = next((time for path in ("TXA-6", "TXA-4", "TXA-7", "MSH-7") if (time := read_instant(message, path))), "")
    identifier = {"system": f"urn:oid:{universal}" if kind == "ISO" else "", "value": number}
    started = read_instant(message, "TXA-4")
    context = {"encounter": [encounter] if encounter else [], "period": {"start": started} if started else {}}
    return without_empty(
        {
            "resourceType": "DocumentReference",
            "identifier": [without_empty(identifier)] if number else [],
            "status": "current",
            "docStatus": "preliminary" if value_of(message, "TXA-17") in _PRELIMINARY else "final",
            "type": _type_of(message),
            "category": [{"coding": [_CATEGORY]}],
            "subject": subject,
            "date": date,
            "author": _authors(message, find_practitioner),
            "description": value_of(message, "TXA-25.1") or value_of(message, "OBX-3.2"),
            "content": _contents(message),
            "context": without_empty(context),
        }
    )


def _type_of(message: Message) -> Json:
    """TXA-2 as table 0270 has it, with the LOINC code that says the same."""
    code, text = value_of(message, "TXA-2.1"), value_of(message, "TXA-2.2")
    loinc, display = _TYPES.get(code, ("", text or code))
    if value_of(message, "TXA-2.3") in ("LN", "LOINC"):
        loinc, display = code, text
    local = {"system": system_of(value_of(message, "TXA-2.3")) or f"{TERMINOLOGY}/v2-0270", "code": code}
    codings = [without_empty({"system": "http://loinc.org", "code": loinc, "display": display})] if loinc else []
    if code and code != loinc:
        codings.append(local)
    return without_empty({"coding": codings, "text": text or display})


def _authors(message: Message, find_practitioner: FindPractitioner) -> list[Json]:
    for path in ("TXA-9", "TXA-5", "TXA-10"):
        found = [
            without_empty(
                {
                    "reference": find_practitioner(value_of(message, f"{at}.1")),
                    "display": to_person_display(message, at),
                }
            )
            for at in places_of(message, path)
        ]
        if authors := [author for author in found if author]:
            return authors
    return []


def _contents(message: Message) -> list[Json]:
    title = value_of(message, "TXA-25.1") or value_of(message, "OBX-3.2")
    lines: list[str] = []
    attachments: list[Json] = []
    for segment in message.find_segments("OBX"):
        at, kind = f"OBX[{segment.ordinal}]-5", content_type_of(message, segment)
        if kind is None:
            continue
        if value_of(message, f"OBX[{segment.ordinal}]-2") == "ED":
            attachments.append({"contentType": kind, "data": _encoded(message, at)})
        else:
            values = (message.get(place) or "" for place in places_of(message, at))
            lines.append("\n".join(to_plain_text(value) for value in values))
    if lines:
        data = base64.b64encode("\n".join(lines).encode("utf-8", "replace")).decode("ascii")
        attachments.insert(0, {"contentType": "text/plain; charset=utf-8", "data": data})
    return [{"attachment": without_empty(attachment | {"title": title})} for attachment in attachments]


def _encoded(message: Message, at: str) -> str:
    """The attachment in base64, whatever way ED-4 says it was written in."""
    content = message.get(f"{at}[1].5") or ""
    coding = (message.get(f"{at}[1].4") or "").upper()
    if coding == "BASE64":
        data = decode_base64(content) or b""
    elif coding == "HEX":
        digits = "".join(content.split())
        data = bytes.fromhex(digits) if len(digits) % 2 == 0 and _is_hexadecimal(digits) else content.encode()
    else:
        data = content.encode("utf-8", "replace")
    return base64.b64encode(data).decode("ascii")


def _is_hexadecimal(digits: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in digits)
