"""A document, and messages that carry it, for the tests."""

from datetime import UTC, datetime

from workbench.documents.document import (
    Document,
    DocumentForm,
    DocumentPatient,
    DocumentVisit,
    Person,
    Route,
)
from workbench.documents.document_message import make_document_message
from workbench.hl7v2.message import Message

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 3 + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n "
RTF = rb"{\rtf1\ansi{\b Day 3.} Walking again.\par No fever.}"
TEXT = "Day 3. Walking again; BP 132/84.\nTemp ^ & | ~ \\ 37.2\n\nPlan: fluids & rest.\n"
PATIENT = DocumentPatient("100001", "CHMRN", "Okafor", "Amara", "19840312", "F")
PLAIN = DocumentForm()
AUTHOR = Person("RAMAN", "Raman", "Priya", "Dr")


def make_document(content: bytes = PDF, media_type: str = "application/pdf", **values: object) -> Document:
    given = {
        "number": "DOC-1",
        "patient": PATIENT,
        "written": NOW,
        "visit": DocumentVisit("V-1", "I", "4W^401^A"),
        "author": AUTHOR,
        "title": "Progress note",
        "file_name": "note.pdf",
    } | values
    return Document(content, media_type, **given)  # type: ignore[arg-type]


def build(document: Document, form: DocumentForm = PLAIN, message: str = "MDM^T02", version: str = "2.5.1") -> Message:
    route = Route(version, "EHR", "COMMUNITY")
    return make_document_message(document, form, route, message=message, now=NOW, control_id="C-1")
