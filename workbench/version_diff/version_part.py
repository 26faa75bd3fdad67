"""VersionPart: a version of HL7 v2, or a structure, segment, data type or table of it, as a person names it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from workbench.errors import WorkbenchError
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, Dictionary, load_dictionary

PartKind = Literal["version", "message structure", "segment", "data type", "table"]
_TEXT = re.compile(r"hl7v2:([^:]+)(?::(.+))?", re.IGNORECASE)
_EVENT = re.compile(r"([A-Z0-9]{3})[\^_]([A-Z0-9]{3})")


@dataclass(frozen=True, slots=True)
class VersionPart:
    """`name` is empty for a whole version."""

    dictionary: Dictionary
    kind: PartKind = "version"
    name: str = ""

    @property
    def title(self) -> str:
        """What it is called, such as `Patient Identification` for PID."""
        if self.kind == "segment":
            return self.dictionary.segment_name(self.name)
        found = self.dictionary.table(self.name) if self.kind == "table" else None
        return found[0] if found else ""


def find_version_part(text: str) -> VersionPart | None:
    """Read `hl7v2:2.5.1` or `hl7v2:2.5.1:PID`; None for another form. Raises WorkbenchError that says what is known."""
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        return None
    version = found[1].lower().removeprefix("v")
    if version not in KNOWN_VERSIONS:
        raise WorkbenchError(
            f"HL7 v{version} is not known here.", hint=f"Known versions are {', '.join(KNOWN_VERSIONS)}."
        )
    dictionary = load_dictionary(version)
    return _find_in(dictionary, found[2]) if found[2] else VersionPart(dictionary)


def _find_in(dictionary: Dictionary, name: str) -> VersionPart:
    """A structure, a trigger event such as `ADT^A08`, a segment, a data type or a table, in this order."""
    wanted = name.strip().upper()
    event = _EVENT.fullmatch(wanted)
    if dictionary.structure(wanted) is not None:
        return VersionPart(dictionary, "message structure", wanted)
    if event and dictionary.structure(structure := dictionary.structure_of(*event.groups())) is not None:
        return VersionPart(dictionary, "message structure", structure)
    if dictionary.knows_segment(wanted):
        return VersionPart(dictionary, "segment", wanted)
    if wanted in dictionary.datatypes():
        return VersionPart(dictionary, "data type", wanted)
    if wanted.isdecimal() and dictionary.table(wanted.zfill(4)) is not None:
        return VersionPart(dictionary, "table", wanted.zfill(4))
    raise _unknown(dictionary, name, wanted)


def _unknown(dictionary: Dictionary, name: str, wanted: str) -> WorkbenchError:
    version = dictionary.version
    if wanted.isdecimal() and not dictionary.tables():
        why = "Read it in the standard, or name a later version."
        return WorkbenchError(f"The tables of HL7 v{version} are not known here.", hint=why)
    known = (*dictionary.structures(), *dictionary.segments(), *dictionary.datatypes(), *dictionary.tables())
    near = ", ".join(get_close_matches(wanted, known, 6, 0.5))
    hint = f"It has {near}." if near else "Name a structure as ADT_A01, an event as ADT^A08, or PID, CX or 0001."
    return WorkbenchError(f"HL7 v{version} has no “{name}”.", hint=hint)
