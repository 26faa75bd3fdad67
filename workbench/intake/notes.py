"""Notes: the DocumentReferences that a message tells of, by TXA of an MDM or by OBR of an ORU, with what OBX holds."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.documents.base64_reading import encode_base64
from workbench.documents.document import PRELIMINARY
from workbench.documents.document_reading import FoundDocument, read_documents
from workbench.documents.document_type import DOCUMENT_TYPES
from workbench.documents.media_type import TEXT
from workbench.fhir.resource import Json
from workbench.hl7v2.message import Message
from workbench.intake.values import (
    TERMINOLOGY,
    places_of,
    read_instant,
    system_of,
    to_codeable_concept,
    to_person_display,
    to_plain_text,
    value_of,
    without_empty,
)
from workbench.intake.visits import FindPractitioner

_CATEGORY = {
    "system": "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
    "code": "clinical-note",
    "display": "Clinical Note",
}
# TXA-19 (table 0273) and what a document of that availability is in FHIR; all else is current.
_STATUSES = {"OB": "superseded", "CA": "entered-in-error"}
_REPORT_STATUSES = {"C": "amended", "P": "preliminary", "R": "preliminary", "S": "preliminary", "I": "preliminary"}


def make_documents(
    message: Message, subject: Json, encounter: Json | None, find_practitioner: FindPractitioner
) -> Iterator[Json]:
    """The one document of an MDM, with all that its OBX hold; of an ORU each that is encapsulated or pointed to."""
    if message.get("MSH-9.1") == "MDM":
        yield _notified(message, subject, encounter, find_practitioner)
        return
    for found in read_documents(message, texts=False):
        yield _reported(message, found, subject, encounter, find_practitioner)


def _notified(message: Message, subject: Json, encounter: Json | None, find_practitioner: FindPractitioner) -> Json:
    """The document of TXA."""
    date = next((time for path in ("TXA-6", "TXA-4", "TXA-7", "MSH-7") if (time := read_instant(message, path))), "")
    started = read_instant(message, "TXA-4")
    context = {"encounter": [encounter] if encounter else [], "period": {"start": started} if started else {}}
    title = value_of(message, "TXA-25.1") or value_of(message, "OBX-3.2")
    parent = _identifier_at(message, "TXA-13")
    found = read_documents(message)
    return without_empty(
        {
            "resourceType": "DocumentReference",
            "identifier": [number] if (number := _identifier_at(message, "TXA-12")) else [],
            "status": _STATUSES.get(value_of(message, "TXA-19.1"), "current"),
            "docStatus": "preliminary" if value_of(message, "TXA-17.1") in PRELIMINARY else "final",
            "type": _type_of(message),
            "category": [{"coding": [_CATEGORY]}],
            "subject": subject,
            "date": date,
            "author": _people(message, ("TXA-9", "TXA-5", "TXA-10"), find_practitioner),
            "authenticator": next(iter(_people(message, ("TXA-22", "TXA-10"), find_practitioner)), None),
            "relatesTo": [{"code": _relation_of(message), "target": {"identifier": parent}}] if parent else [],
            "description": title,
            "content": [_content_of(document, title) for document in sorted(found, key=_is_attachment)],
            "context": without_empty(context),
        }
    )


def _reported(
    message: Message, found: FoundDocument, subject: Json, encounter: Json | None, find_practitioner: FindPractitioner
) -> Json:
    """A document of an OBX, with what its OBR says."""
    at = found.path.split("-")[0]
    order = f"OBR[{_order_of(message, at)}]"
    status = value_of(message, f"{at}-11") or value_of(message, f"{order}-25")
    times = (f"{at}-14", f"{order}-22", f"{order}-7", "MSH-7")
    started = read_instant(message, f"{order}-7")
    context = {"encounter": [encounter] if encounter else [], "period": {"start": started} if started else {}}
    return without_empty(
        {
            "resourceType": "DocumentReference",
            "identifier": [{"value": found.number}] if found.number else [],
            "status": "entered-in-error" if status in ("D", "W") else "current",
            "docStatus": _REPORT_STATUSES.get(status, "final"),
            "type": to_codeable_concept(message, f"{at}-3") or to_codeable_concept(message, f"{order}-4"),
            "category": [{"coding": [_CATEGORY]}],
            "subject": subject,
            "date": next((time for path in times if (time := read_instant(message, path))), ""),
            "author": _people(message, (f"{at}-16", f"{order}-16"), find_practitioner),
            "description": found.title,
            "content": [_content_of(found, found.title)],
            "context": without_empty(context),
        }
    )


def _order_of(message: Message, at: str) -> int:
    """The ordinal of the OBR that stands before an OBX."""
    ordinal = int(at.partition("[")[2].rstrip("]") or 1)
    results = message.find_segments("OBX")
    index = results[ordinal - 1].index if ordinal <= len(results) else 0
    return max((order.ordinal for order in message.find_segments("OBR") if order.index < index), default=1)


def _identifier_at(message: Message, path: str) -> Json:
    """EI as an identifier; its number alone counts."""
    number, universal, kind = (value_of(message, f"{path}.{part}") for part in (1, 3, 4))
    system = f"urn:oid:{universal}" if kind == "ISO" else ""
    return without_empty({"system": system, "value": number}) if number else {}


def _relation_of(message: Message) -> str:
    return "appends" if message.get("MSH-9.2") in ("T05", "T06") else "replaces"


def _type_of(message: Message) -> Json:
    """TXA-2 as table 0270 has it, with the LOINC code that says the same."""
    code, text = value_of(message, "TXA-2.1"), value_of(message, "TXA-2.2")
    known = DOCUMENT_TYPES.get(code)
    loinc, display = (known.loinc, known.display or known.text) if known else ("", text or code)
    if value_of(message, "TXA-2.3") in ("LN", "LOINC"):
        loinc, display = code, text
    local = {"system": system_of(value_of(message, "TXA-2.3")) or f"{TERMINOLOGY}/v2-0270", "code": code}
    codings = [without_empty({"system": "http://loinc.org", "code": loinc, "display": display})] if loinc else []
    if code and code != loinc:
        codings.append(local)
    return without_empty({"coding": codings, "text": text or display})


def _people(message: Message, paths: tuple[str, ...], find_practitioner: FindPractitioner) -> list[Json]:
    """Those of the first path that names anybody."""
    for path in paths:
        found = [
            without_empty(
                {
                    "reference": find_practitioner(value_of(message, f"{at}.1")),
                    "display": to_person_display(message, at),
                }
            )
            for at in places_of(message, path)
        ]
        if people := [person for person in found if person]:
            return people
    return []


def _is_attachment(found: FoundDocument) -> bool:
    return not found.media_type.startswith(TEXT)


def _content_of(found: FoundDocument, title: str) -> Json:
    """An attachment: the bytes themselves, or the address of what lies elsewhere."""
    data = found.data
    if found.media_type == "text/plain; charset=utf-8":
        data = to_plain_text(data.decode("utf-8", "replace")).encode("utf-8", "replace")
    attachment = {
        "contentType": found.media_type,
        "data": encode_base64(data),
        "url": found.pointer,
        "title": title,
    }
    return {"attachment": without_empty(attachment)}
