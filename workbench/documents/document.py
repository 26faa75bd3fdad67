"""Document: a note with its patient, visit and author, as it is given to a message that carries it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from workbench.documents.document_type import DOCUMENT_TYPES, DocumentType

ValueType = Literal["TX", "FT", "ED"]
LineForm = Literal["segments", "breaks", "repetitions"]
Encoding = Literal["Base64", "Hex"]
PRELIMINARY = ("DI", "DO", "IN", "IP", "PA")
"""The completion statuses of table 0271 with which a document is not authenticated yet."""
MESSAGES = ("MDM^T02", "MDM^T10", "ORU^R01")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by number and name, as XCN has them."""

    number: str = ""
    family: str = ""
    given: str = ""
    prefix: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class DocumentPatient:
    """The patient of PID; `birth_date` is written as HL7 v2 has it, `19840312`."""

    number: str
    authority: str = ""
    family: str = ""
    given: str = ""
    birth_date: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class DocumentVisit:
    """The visit of PV1: its number (PV1-19), the patient class and the location as PV1-3 has it, `4W^401^A`."""

    number: str = ""
    patient_class: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """`number` is its own for good (TXA-12, OBR-3), `replaces` the number of the one that it stands in for (TXA-13)."""

    content: bytes = field(repr=False)
    media_type: str
    number: str
    patient: DocumentPatient
    written: datetime
    type: DocumentType = DOCUMENT_TYPES["PR"]
    visit: DocumentVisit = DocumentVisit()
    author: Person = Person()
    title: str = ""
    replaces: str = ""
    file_name: str = ""
    completion: str = ""
    availability: str = ""


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """How a receiver wants documents.

    `text_type` is OBX-2 of a text; what is no text goes as ED. `encapsulated` are media types with their ED-2 and ED-3,
    such as `application^pdf`, for those that the version would name otherwise; `observation` is OBX-3 and OBR-4 as they
    stand, the type of the document where empty. Of `completion` (TXA-17) and `availability` (TXA-19) all are taken
    where none is named, the first is written; `result_status` is OBX-11 of a finished document. `character_set` is
    MSH-18 where a letter is not ASCII, the usual one of the version where empty. Sizes are in bytes, None for no limit.
    """

    formats: tuple[str, ...] = ()
    text_type: ValueType = "TX"
    lines: LineForm = "segments"
    encapsulated: tuple[tuple[str, str], ...] = ()
    encoding: Encoding = "Base64"
    observation: str = ""
    completion: tuple[str, ...] = ()
    availability: tuple[str, ...] = ()
    result_status: str = "F"
    character_set: str = ""
    max_size: int | None = None
    max_segment: int | None = None

    def value_type(self, media_type: str) -> ValueType:
        return self.text_type if media_type.startswith("text/plain") else "ED"


@dataclass(frozen=True, slots=True)
class Route:
    """Who sends to whom (MSH-3 to MSH-6), and the version they speak."""

    version: str
    receiving_application: str
    receiving_facility: str
    sending_application: str = "WORKBENCH"
    sending_facility: str = "WORKBENCH"
