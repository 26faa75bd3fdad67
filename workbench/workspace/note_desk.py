"""Note desk: a file, a patient and a site put together into the message that takes the note there, and the site's word.

Reading a file and building the message of megabytes takes its time, so a window asks for it beside itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from workbench.documents.document import Document, DocumentVisit, Person
from workbench.documents.document_type import find_document_type
from workbench.documents.media_type import UNKNOWN, media_type_of_name, sniff_media_type
from workbench.errors import WorkbenchError
from workbench.site.note_message import NoteProposal, propose_note
from workbench.site.site import Site
from workbench.workspace.note_people import NotePatient, NotePeople

LARGEST = 100_000_000
OPEN_VISIT, NO_VISIT = "open", "none"


@dataclass(frozen=True, slots=True)
class NoteFile:
    """A file that is to go as a note; `media_type` is what the bytes are, or what the name says where they don't."""

    name: str
    content: bytes = field(repr=False)
    media_type: str


@dataclass(frozen=True, slots=True)
class NoteRequest:
    """What somebody chose; what is empty is left to the site, and `visit` may be a number, `open` or `none`."""

    patient: str
    number: str
    visit: str = OPEN_VISIT
    author: str = ""
    title: str = ""
    type: str = "PR"
    message: str = ""
    replaces: str = ""
    completion: str = ""
    availability: str = ""


def read_note_file(path: Path) -> NoteFile:
    """The file at `path`; WorkbenchError where it cannot be read, is empty or larger than any interface takes."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise WorkbenchError(
                f"{path.name} has {size:,} bytes; documents of up to {LARGEST:,} are sent.",
                hint="Make it smaller, or send a pointer to it (RP).",
                source=path,
            )
        content = path.read_bytes()
    except OSError as error:
        raise WorkbenchError(f"Cannot read {path}: {error.strerror or error}.") from error
    return make_note_file(path.name, content)


def make_note_file(name: str, content: bytes) -> NoteFile:
    if not content:
        raise WorkbenchError(f"{name} is empty.", hint="Choose a file that holds something.")
    sniffed, named = sniff_media_type(content), media_type_of_name(name)
    signed = sniffed not in ("text/plain", UNKNOWN)
    return NoteFile(name, content, sniffed if signed else named or sniffed)


def propose_note_file(
    site: Site, people: NotePeople, file: NoteFile, request: NoteRequest, *, now: datetime, control_id: str
) -> NoteProposal:
    """The message for the file as the site asks, and what the site will say to it."""
    patient = people.find_patient(request.patient, site)
    known = {each.patient.number for each in people.patients}
    document = Document(
        file.content,
        file.media_type,
        request.number,
        replace(patient.patient, authority=site.hl7v2.assigning_authority),
        now,
        find_document_type(request.type),
        visit=choose_visit(patient, request.visit),
        author=people.find_author(request.author) if request.author else Person(),
        title=request.title or Path(file.name).stem,
        replaces=request.replaces,
        file_name=file.name,
        completion=request.completion,
        availability=request.availability,
    )
    return propose_note(
        site,
        document,
        message=request.message,
        now=now,
        control_id=control_id,
        knows_patient=known.__contains__ if known else None,
    )


def choose_visit(patient: NotePatient, name: str) -> DocumentVisit:
    """The visit of this number, the open one, or none; a number that is not known stands as it is."""
    if name == NO_VISIT:
        return DocumentVisit()
    if name in ("", OPEN_VISIT):
        return next((each.visit for each in patient.visits if each.is_open), DocumentVisit())
    return next((each.visit for each in patient.visits if each.visit.number == name), DocumentVisit(name))
