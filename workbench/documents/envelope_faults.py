"""Faults of what stands around a document: TXA and its statuses, OBR, and the fields of OBX that file it."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.documents.carrier import Carrier
from workbench.documents.fault import Fault
from workbench.hl7v2.dictionary import load_dictionary
from workbench.hl7v2.message import Message
from workbench.hl7v2.path import parse_path

# The events of MDM that carry the content of the document beside the notification (table 0003).
CONTENT_EVENTS = ("T02", "T04", "T06", "T08", "T10")
_PARENT_EVENTS = {"T05": "an addendum", "T06": "an addendum", "T09": "a replacement", "T10": "a replacement"}
_UNFINISHED = {"DI": "dictated", "IN": "incomplete", "IP": "in progress"}
_ORDER_NUMBERS = (parse_path("OBR-3.1"), parse_path("OBR-2.1"))
_FILES = "The receiver files nothing, or files it under a number of its own and cannot find it again."


def find_notification_faults(message: Message, carriers: tuple[Carrier, ...]) -> Iterator[Fault]:
    """What is wrong with the TXA of an MDM, and between it and its event."""
    event = message.get("MSH-9.2") or ""
    header = message.find_segments("MSH")
    start = header[0].start if header else 0
    if event in CONTENT_EVENTS and not carriers:
        yield Fault(
            "content-missing",
            "The receiver shows a document without a content.",
            f"MDM^{event} carries the document itself, and no OBX stands in the message.",
            f"Add an OBX, or tell of the document alone with MDM^T{int(event[1:]) - 1:02}.",
            "OBX",
            start,
            code="required",
        )
    elif event.startswith("T") and event not in (*CONTENT_EVENTS, "T11", "T12") and carriers:
        yield Fault(
            "content-ignored",
            "The receiver tells of a document and shows none.",
            f"MDM^{event} tells of a document alone, and receivers leave its OBX out.",
            f"Send it as MDM^T{int(event[1:]) + 1:02}." if event[1:].isdecimal() else "Send it as MDM^T02.",
            "MSH-9.2",
            start,
        )
    if not message.find_segments("TXA"):
        yield Fault(
            "txa-missing",
            "The receiver refuses the message, or files the document without type, author and status.",
            "An MDM needs a TXA after PV1, and has none.",
            "Add TXA with TXA-2, TXA-12, TXA-17 and TXA-19.",
            "TXA",
            start,
            code="required",
        )
        return
    yield from _find_numbers(message, event)
    yield from _find_statuses(message, event)


def _find_numbers(message: Message, event: str) -> Iterator[Fault]:
    start = message.find_segments("TXA")[0].start
    number, parent = message.get("TXA-12.1") or "", message.get("TXA-13.1") or ""
    if not (number or message.get("TXA-12.3")):
        yield Fault(
            "number-missing",
            _FILES,
            "TXA-12, the unique document number, is empty.",
            "Give each document a number that no other has, and keep it.",
            "TXA-12",
            start,
            code="required",
        )
    if event in _PARENT_EVENTS and not (parent or message.get("TXA-13.3")):
        yield Fault(
            "parent-missing",
            "The receiver shows both documents, the old one as if it were still good.",
            f"MDM^{event} is {_PARENT_EVENTS[event]}, and TXA-13 does not say to which document.",
            "Write the number of that document (its TXA-12) into TXA-13.",
            "TXA-13",
            start,
            code="required",
        )
    elif parent and parent == number:
        yield Fault(
            "parent-same",
            "The receiver refuses the document as a duplicate, or overwrites the old one.",
            "TXA-13 names the document itself.",
            "Give the new document a number of its own in TXA-12.",
            "TXA-13",
            start,
        )


def _find_statuses(message: Message, event: str) -> Iterator[Fault]:
    start = message.find_segments("TXA")[0].start
    completion, availability = message.get("TXA-17.1") or "", message.get("TXA-19.1") or ""
    dictionary = load_dictionary(message.version if message.version not in ("", "2.1", "2.2", "2.3") else "2.5.1")
    for path, value, table in (("TXA-17", completion, "0271"), ("TXA-19", availability, "0273")):
        known = dictionary.table(table)
        if value and known and value not in known[1]:
            yield Fault(
                "status-unknown",
                "The receiver refuses the document, or keeps it where nobody sees it.",
                f"“{value}” in {path} is no status of table {table}.",
                f"It is {', '.join(known[1])}.",
                path,
                start,
                code="code-invalid",
            )
    if not completion:
        yield Fault(
            "completion-missing",
            "The receiver keeps the document as a draft, or refuses it.",
            "TXA-17, the completion status, is empty.",
            "Write AU for an authenticated document, LA for one that is signed.",
            "TXA-17",
            start,
            code="required",
        )
    if pair := _find_pair(completion, availability, event):
        symptom, cause, remedy, path = pair
        yield Fault("status-pair", symptom, cause, remedy, path, start, "warning", "business-rule")


def _find_pair(completion: str, availability: str, event: str) -> tuple[str, str, str, str] | None:
    """Statuses that do not go together, or not with the event."""
    path = "TXA-19"
    if event == "T11" and availability != "CA":
        return (
            "The receiver goes on showing the document.",
            f"MDM^T11 cancels a document, and TXA-19 is “{availability}”.",
            "Write CA into TXA-19.",
            path,
        )
    if event in ("T02", "T06", "T08", "T10") and availability in ("OB", "CA"):
        word = "obsolete" if availability == "OB" else "cancelled"
        return (
            "The receiver hides the document as soon as it comes.",
            f"TXA-19 {availability} says that the document is {word}, and MDM^{event} brings it.",
            "Write AV for one that may be used in care; a replaced document is made obsolete by its replacement.",
            path,
        )
    if completion in _UNFINISHED and availability == "AV":
        return (
            "Clinicians see an unfinished document as if it were ready.",
            f"TXA-17 {completion} says {_UNFINISHED[completion]}, and TXA-19 AV that it may be used in care.",
            "Write UN into TXA-19 until it is authenticated, or AU or LA into TXA-17.",
            path,
        )
    if completion in ("AU", "LA") and availability == "UN":
        return (
            "The document is filed and nobody sees it.",
            f"TXA-17 {completion} says that it is authenticated, and TXA-19 UN that it may not be used in care.",
            "Write AV into TXA-19.",
            path,
        )
    return None


def find_order_faults(message: Message, carriers: tuple[Carrier, ...]) -> Iterator[Fault]:
    """A result of an ORU belongs to an order: an OBR stands before its OBX."""
    order = next((segment.index for segment in message.segments if segment.name == "OBR"), None)
    orphan = next((each for each in carriers if order is None or each.segment.index < order), None)
    if orphan is not None and (order is None or message.version < "2.6"):
        what = "has no OBR" if order is None else "has its OBR after the OBX"
        yield Fault(
            "obr-missing",
            "The receiver refuses the message, or files no document.",
            f"In ORU^R01 each OBX belongs to an OBR before it, and this message {what}.",
            "Put an OBR before the OBX, with OBR-3 (the report's number), OBR-4 and OBR-25.",
            "OBR",
            orphan.segment.start,
            code="required",
        )
    elif order is not None:
        for segment in message.find_segments("OBR"):
            at = f"OBR[{segment.ordinal}]"
            if not any(segment.read_value(path) for path in _ORDER_NUMBERS):
                yield Fault(
                    "order-number-missing",
                    "The receiver files each correction as one more report.",
                    f"Neither {at}-3, the report's number, nor {at}-2, the order's, is valued.",
                    "Write the report's number into OBR-3.",
                    f"{at}-3",
                    segment.start,
                    "warning",
                    "required",
                )


def find_observation_faults(message: Message, carrier: Carrier) -> Iterator[Fault]:
    """OBX-3 and OBX-11 of an OBX that carries a document."""
    fields = message.lines.fields_at(carrier.segment.start)
    at, start = carrier.at, carrier.segment.start
    if len(fields) < 4 or not fields[3]:
        yield Fault(
            "observation-missing",
            "The receiver does not know under what to file the document.",
            f"{at}-3, the observation identifier, is empty.",
            "Write there what kind of document it is, as the receiver names it.",
            f"{at}-3",
            start,
            code="required",
        )
    rest = message.lines.fields_at(carrier.spill[-1].start) if carrier.spill else fields
    status = rest[6 if carrier.spill else 11].strip() if len(rest) > (6 if carrier.spill else 11) else ""
    if not status:
        yield Fault(
            "result-status-missing",
            "The receiver refuses the OBX, or leaves the document in a queue.",
            f"{at}-11, the result status, is empty.",
            "Write F for a final document, P for a preliminary one.",
            f"{at}-11",
            start,
            code="required",
        )
    elif status not in _known_statuses(message.version):
        yield Fault(
            "result-status-unknown",
            "The receiver refuses the OBX, or leaves the document in a queue.",
            f"“{status[:20]}” in {at}-11 is no result status of table 0085.",
            "Write F for a final document, P for a preliminary one.",
            f"{at}-11",
            start,
            code="code-invalid",
        )


def _known_statuses(version: str) -> tuple[str, ...]:
    found = load_dictionary(version if version not in ("", "2.1", "2.2", "2.3") else "2.5.1").table("0085")
    return found[1] if found else ()
