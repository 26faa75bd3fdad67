"""Side of a comparison: what some bytes or a file are, read and ready to be held against another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from workbench.errors import WorkbenchError
from workbench.hl7v2.batch import begins_message

SideKind = Literal[
    "capability statement",
    "smart-configuration",
    "resource",
    "message",
    "message log",
    "demand",
    "structure",
    "value set",
    "code system",
    "search parameter",
    "package",
    "release",
    "version",
    "message structure",
    "segment",
    "data type",
    "table",
]
KIND_WORDS: dict[SideKind, str] = {
    "capability statement": "a capability statement",
    "smart-configuration": "a smart-configuration",
    "resource": "a FHIR resource",
    "message": "an HL7 v2 message",
    "message log": "several HL7 v2 messages",
    "demand": "what is asked of HL7 v2 messages",
    "structure": "a profile or type",
    "value set": "a value set",
    "code system": "a code system",
    "search parameter": "a search parameter",
    "package": "a FHIR package",
    "release": "a release of FHIR",
    "version": "a version of HL7 v2",
    "message structure": "a message structure of HL7 v2",
    "segment": "a segment of HL7 v2",
    "data type": "a data type of HL7 v2",
    "table": "a table of HL7 v2",
}
Notation = Literal["json", "xml", "hl7v2", "unknown", "empty"]
_DEFINITIONS = ("StructureDefinition", "ValueSet", "CodeSystem", "SearchParameter")
Tell = Callable[[float], object]
"""What is told how far a comparison is, from 0 to 1."""
LIMIT = 64 * 1024 * 1024
"""Bytes of a file that is read whole."""


@dataclass(frozen=True, slots=True)
class Side:
    """`label` is what people call it; what `value` is follows from `kind`.

    A JSON resource, a `Message`, `MessageSources` for a log, a `MessageDemand`, a `ValueSet`, `CodeSystem` or
    `SearchParameter`; a structure is a pair of the `Structure` and the `Definitions` around it, a package or release
    one of `PackageFacts` and `Definitions`; a version of HL7 v2 or what is in it is a `VersionPart`.
    """

    label: str
    kind: SideKind
    value: Any

    @property
    def words(self) -> str:
        """Its kind in words, with the type of a resource: “a FHIR resource (Patient)”."""
        if self.kind == "resource":
            return f"{KIND_WORDS[self.kind]} ({self.value['resourceType']})"
        return KIND_WORDS[self.kind]


def tell_nobody(_done: float) -> None:
    pass


def recognise_notation(data: bytes) -> Notation:
    """What `data` is written in, by how it starts; MLLP framing and a byte order mark aside."""
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x0b")
    if not start:
        return "empty"
    if begins_message(data):
        return "hl7v2"
    if start[:1] == b"<" and not start[:9].lower().startswith((b"<html", b"<!doctype")):
        return "xml"
    return "json" if start[:1] in (b"{", b"[") else "unknown"


def read_bytes(path: Path, *, limit: int = LIMIT) -> bytes:
    """The bytes of a file; raises WorkbenchError where it cannot be read or is larger than `limit`."""
    if path.is_dir():
        raise WorkbenchError(f"{path} is a folder.", hint="Name a file in it.")
    try:
        if path.stat().st_size > limit:
            raise WorkbenchError(f"{path} is larger than {limit // 1024**2} MB.", hint="Take a part of it.")
        return path.read_bytes()
    except OSError as error:
        raise WorkbenchError(f"Cannot read {path}: {error.strerror or error}.", hint="Choose another file.") from error


def is_archive(path: Path) -> bool:
    """Tell whether a file is a package, by its name."""
    return path.name.lower().endswith((".tgz", ".tar.gz"))


def side_of_file(path: Path) -> Side:
    """What lies in a file, a package as .tgz too; raises WorkbenchError with the place where it cannot be read."""
    if is_archive(path) and path.is_file():
        from workbench.workspace.definition_side import side_of_package

        return side_of_package(path, str(path))
    data = read_bytes(path)
    return side_of_log([path], str(path)) if holds_several(data) else side_of_bytes(data, str(path))


def holds_several(data: bytes) -> bool:
    """Tell whether bytes are HL7 v2 messages in a batch, one after another or in a log, and not one message."""
    from workbench.hl7v2.batch import read_pieces
    from workbench.hl7v2.message_log import is_log

    notation = recognise_notation(data)
    if notation == "hl7v2":
        return len(list(islice((piece for piece in read_pieces(data) if piece.kind == "message"), 2))) > 1
    return notation == "unknown" and is_log(data)


def side_of_log(names: Sequence[str | Path], label: str, content: bytes = b"") -> Side:
    """The messages of files, folders or, by the name `-`, of `content`; raises WorkbenchError where there are none."""
    from workbench.workspace.message_source import MessageSources

    return Side(label, "message log", MessageSources(names, content))


def side_of_bytes(data: bytes, label: str) -> Side:
    """What `data` is, seen from its content; raises WorkbenchError where it is nothing that can be compared."""
    notation = recognise_notation(data)
    if notation == "empty":
        raise WorkbenchError(f"{label} is empty.", hint="Choose another file.")
    try:
        if holds_several(data):
            return side_of_log(["-"], label, data)
        if notation == "hl7v2":
            return _side_of_message(data, label)
        if notation == "json":
            return side_of_json(_parse_json(data), label)
        if notation == "xml":
            return side_of_json(_parse_xml(data), label)
    except WorkbenchError as error:
        raise _at(error, label) from error
    raise WorkbenchError(
        f"{label} is neither JSON nor XML, nor an HL7 v2 message.",
        hint="Compare resources as JSON or XML, configurations as JSON, and messages in ER7, which starts with MSH.",
    )


def side_of_json(value: Any, label: str) -> Side:
    """A capability statement, a smart-configuration, a definition or another resource."""
    from workbench.server_diff.capability_reader import TYPES
    from workbench.server_diff.smart_configuration_diff import is_smart_configuration

    if isinstance(value, dict) and value.get("resourceType") in TYPES:
        return Side(label, "capability statement", value)
    if isinstance(value, dict) and value.get("resourceType") in _DEFINITIONS and isinstance(value.get("url"), str):
        from workbench.workspace.definition_side import side_of_definition

        return side_of_definition(value, label)
    if isinstance(value, dict) and isinstance(value.get("resourceType"), str):
        return Side(label, "resource", value)
    if is_smart_configuration(value):
        return Side(label, "smart-configuration", value)
    raise WorkbenchError(
        f"{label} is JSON, but neither a FHIR resource nor a smart-configuration.",
        hint="A resource has resourceType, a smart-configuration token_endpoint.",
    )


def _side_of_message(data: bytes, label: str) -> Side:
    from workbench.hl7v2.message import parse_message

    framed = data.strip(b"\x0b")
    end = framed.rfind(b"\x1c")
    return Side(label, "message", parse_message(framed if end < 0 else framed[:end]))


def _parse_json(data: bytes) -> Any:
    from workbench.fhir.resource import parse_json

    return parse_json(data)


def _parse_xml(data: bytes) -> Any:
    """As R4 has it: which elements repeat is not to be seen in XML."""
    from workbench.definitions.definitions import load_definitions
    from workbench.source.source import parse_source

    return parse_source(data, load_definitions("4.0")).value


def _at(error: WorkbenchError, label: str) -> WorkbenchError:
    if error.source or error.message.startswith(label):
        return error
    return WorkbenchError(error.message, hint=error.hint, source=label, line=error.line, column=error.column)
