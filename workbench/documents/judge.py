"""Judge of documents: the mistakes that keep a document from its reader, each named by what the receiver will see."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.documents.carrier import Carrier, read_carriers
from workbench.documents.document import DocumentForm
from workbench.documents.encapsulated_faults import find_encapsulated_faults
from workbench.documents.envelope_faults import (
    find_notification_faults,
    find_observation_faults,
    find_order_faults,
)
from workbench.documents.fault import Fault, to_issues
from workbench.documents.pieces import join_pieces
from workbench.documents.text_faults import find_text_faults
from workbench.hl7v2.message import Message
from workbench.issue import Issue


def judge_document(message: Message, form: DocumentForm | None = None) -> tuple[Issue, ...]:
    """What is wrong with the document that `message` carries, none where it carries none.

    `form` adds what one receiver asks. An ORU is judged where an OBX holds an encapsulated document; its other results
    are no documents.
    """
    return to_issues(message.text, find_faults(message, form))


def find_faults(message: Message, form: DocumentForm | None = None) -> Iterator[Fault]:
    kind = message.get("MSH-9.1") or ""
    if kind != "MDM" and "OBX" not in message.text:
        return
    carriers = read_carriers(message)
    is_notification = kind == "MDM" or bool(message.find_segments("TXA"))
    documents = tuple(each for each in carriers if each.kind in ("ED", "RP") or is_notification)
    if kind == "MDM":
        yield from find_notification_faults(message, carriers)
    elif kind == "ORU" and documents:
        yield from find_order_faults(message, documents)
    for carrier, pieces in join_pieces(documents):
        yield from _find_in_carrier(message, carrier)
        if len(pieces) > 1:
            yield _split(pieces)
            for piece in pieces[1:]:
                yield from find_observation_faults(message, piece)
    if form is not None and (documents or kind == "MDM"):
        yield from _find_by_form(message, documents, form)


def _find_in_carrier(message: Message, carrier: Carrier) -> Iterator[Fault]:
    found: list[Fault] = []
    if carrier.kind == "ED":
        found += find_encapsulated_faults(message, carrier)
    elif carrier.kind == "RP" and not carrier.component(1):
        found.append(
            Fault(
                "pointer-missing",
                "The receiver shows a link that leads nowhere.",
                f"{carrier.at}-2 says RP, and {carrier.at}-5.1, the pointer, is empty.",
                "Write the address of the document there, or send the document itself as ED.",
                f"{carrier.at}-5.1",
                carrier.segment.start,
                code="required",
            )
        )
    elif carrier.kind == "text":
        found += find_text_faults(message, carrier)
    yield from found
    # A separator in a text shifts what follows, so that nothing more can be said of it.
    if not any(fault.name == "field-separator" for fault in found):
        yield from find_observation_faults(message, carrier)


def _split(pieces: tuple[Carrier, ...]) -> Fault:
    first, last = pieces[0], pieces[-1]
    return Fault(
        "document-split",
        "Most receivers show the beginning of the document, or one that is damaged for each piece.",
        f"{first.at} to {last.at} hold one document in {len(pieces)} pieces, and ED has no way to say so.",
        "Send it in one OBX, unless the receiver asks for pieces.",
        f"{first.at}-5",
        first.segment.start,
        "warning",
        "business-rule",
    )


def _find_by_form(message: Message, documents: tuple[Carrier, ...], form: DocumentForm) -> Iterator[Fault]:
    """What the receiver says of sizes and statuses."""
    for path, taken in (("TXA-17", form.completion), ("TXA-19", form.availability)):
        value = message.get(f"{path}.1") or ""
        if taken and value and value not in taken:
            segment = message.find_segments("TXA")[0]
            yield Fault(
                "status-not-taken",
                "The receiver refuses the document.",
                f"It does not take “{value}” in {path}.",
                f"It takes {', '.join(taken)}.",
                path,
                segment.start,
                code="business-rule",
            )
    for carrier in documents:
        yield from _find_sizes(message, carrier, form)


def _find_sizes(message: Message, carrier: Carrier, form: DocumentForm) -> Iterator[Fault]:
    at, start = carrier.at, carrier.segment.start
    asks_size = form.max_segment is not None
    size = len(message.character_set.to_bytes(carrier.segment.text)) if asks_size else 0
    if form.max_segment is not None and size > form.max_segment:
        yield Fault(
            "segment-size",
            "The receiver refuses the message, or cuts the document off.",
            f"{at} has {size:,} bytes, and the receiver takes segments of up to {form.max_segment:,}.",
            "Send a smaller document, or a pointer to it (RP).",
            f"{at}-5",
            start,
            code="too-long",
        )
    content = len(carrier.content) * 3 // 4 if carrier.kind == "ED" else 0
    if form.max_size is not None and content > form.max_size + 2:
        yield Fault(
            "document-size",
            "The receiver refuses the document.",
            f"The document has {content:,} bytes, and the receiver takes up to {form.max_size:,}.",
            "Send a smaller one.",
            f"{at}-5",
            start,
            code="too-long",
        )
