"""Received documents: what a file or an exchange of HL7 v2 messages carries, and what is wrong with the way it does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.documents.document_reading import FoundDocument, read_documents
from workbench.documents.judge import judge_document
from workbench.errors import WorkbenchError
from workbench.hl7v2.batch import split_messages
from workbench.hl7v2.message import Message
from workbench.issue import Issue


@dataclass(frozen=True, slots=True)
class ReceivedDocuments:
    """Those of one message, named by its type and control ID."""

    message: str
    control_id: str
    documents: tuple[FoundDocument, ...]
    issues: tuple[Issue, ...]


def read_received(payload: bytes) -> tuple[ReceivedDocuments, ...]:
    """Each message that carries a document or has a fault of one; WorkbenchError where `payload` holds no message."""
    found = (_read(message) for message in split_messages(payload))
    return tuple(each for each in found if each.documents or each.issues)


def _read(message: Message) -> ReceivedDocuments:
    is_notification = message.get("MSH-9.1") == "MDM"
    documents = read_documents(message, texts=is_notification)
    return ReceivedDocuments(message.type_name, message.control_id, documents, judge_document(message))


def may_hold_documents(payload: bytes) -> bool:
    """By a glance alone, whether a payload is worth reading for documents."""
    begin = payload.lstrip(b"\x0b\xef\xbb\xbf \t\r\n")[:400]
    if begin[:3] not in (b"MSH", b"FHS", b"BHS"):
        return False
    mark = begin[3:4]
    return mark + b"MDM" in begin or any(mark + kind + mark in payload for kind in (b"ED", b"RP"))


def name_files(documents: tuple[FoundDocument, ...]) -> tuple[str, ...]:
    """A name for the file of each, no two alike whatever the letters' case."""
    names: list[str] = []
    for document in documents:
        name = Path(document.file_name)
        number, chosen = 1, str(name)
        while chosen.lower() in {known.lower() for known in names}:
            number += 1
            chosen = f"{name.stem}-{number}{name.suffix}"
        names.append(chosen)
    return tuple(names)


def choose_target(out: Path, documents: tuple[FoundDocument, ...], *, is_folder: bool = False) -> tuple[Path, ...]:
    """Where each is saved: into `out` where it is or shall be a folder or there are several, else at `out` itself."""
    if len(documents) == 1 and not is_folder and not out.is_dir():
        return (out,)
    if out.is_file():
        raise WorkbenchError(f"{out} is a file, and there are {len(documents)} documents.", hint="Name a folder.")
    return tuple(out / name for name in name_files(documents))
