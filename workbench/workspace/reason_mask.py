"""Mask of reasons: what an answer says of a message, without the values that it repeats from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from workbench.errors import WorkbenchError
from workbench.hl7v2.dictionary import Dictionary, load_dictionary
from workbench.hl7v2.message import parse_message
from workbench.hl7v2.split import Field

MASK = "•••"
_OF_PATIENTS = ("PID", "PD1", "NK1", "GT1", "IN1", "IN2", "MRG")
# Names and numbers of persons, as a field that no version knows may hold them too: told apart by short words as well.
_OF_PERSONS = ("XPN", "PN", "CX", "CK", "")
# An assigning authority or a facility is often the receiver itself, whose name its answers have.
_ORGANIZATIONS = ("HD", "XON", "ON")
_CODES = ("ID", "IS")
_LONGEST = 4000
_MOST = 5000
_DECIMAL = re.compile(r"-?\d{1,9}\.\d{1,9}")
_LETTERS = re.compile(r"[^\W\d_]")
# What no message is needed for to see that it may be of a patient: numbers of four digits and more, and dates.
_NUMBERS = re.compile(r"(?<![\w.])\+?\d[\d./:() -]{2,}\d(?!\w)")

_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?")


def mask_reason(text: str, payload: bytes) -> str:
    """`text` with dots for the values of `payload` that it repeats, and for numbers of four digits or more.

    The header and the names of organizations (CX-4, PL-4, XON) stay: they are of no patient. So do paths (PID-3.1),
    small whole numbers, codes of three digits and short values, which are in every sentence.
    """
    if not text:
        return text
    values = _values_of(payload)
    if values:
        known = "|".join(re.escape(value) for value in sorted(values, key=len, reverse=True))
        text = re.sub(rf"(?<![\w-])(?:{known})(?!\w|\.\d)", MASK, text, flags=re.I)
    return _NUMBERS.sub(_mask_number, text)


def _mask_number(found: re.Match[str]) -> str:
    if _ADDRESS.fullmatch(found[0]):
        return found[0]
    return MASK if sum(letter.isdigit() for letter in found[0]) >= 4 else found[0]


def _values_of(payload: bytes) -> set[str]:
    try:
        message = parse_message(payload)
    except WorkbenchError:
        return set()
    found: set[str] = set()
    for value, is_of_person in _leaves(message.split(), load_dictionary(message.version)):
        words = (word for word in value.split() if len(word) > 3 and not word.islower()) if is_of_person else ()
        shortest = 2 if is_of_person else 4
        found |= {part for part in (value, *words) if len(part) >= shortest and _LETTERS.search(part)}
        found |= {value} if _DECIMAL.fullmatch(value) else set()
        if len(found) > _MOST:
            break
    return found


def _leaves(segments: Iterable[tuple[str, tuple[Field, ...]]], dictionary: Dictionary) -> Iterator[tuple[str, bool]]:
    """The smallest parts of all segments but MSH and whether they are of a person, without what names organizations."""
    for segment, fields in segments:
        for number, field in enumerate(fields, 1) if segment != "MSH" else ():
            datatype = _datatype(segment, number, dictionary)
            is_of_person = segment in _OF_PATIENTS and datatype in _OF_PERSONS
            for part in _parts(field, datatype, dictionary) if datatype not in _ORGANIZATIONS else ():
                if (value := part.strip()) and len(value) <= _LONGEST:
                    yield value, is_of_person


def _datatype(segment: str, number: int, dictionary: Dictionary) -> str:
    """That of the version, or the one that a withdrawn field had."""
    for known in (dictionary, load_dictionary("2.5.1")):
        if (definition := known.field(segment, number)) and definition.datatype not in ("", "WD"):
            return definition.datatype
    return ""


def _parts(field: Field, datatype: str, dictionary: Dictionary) -> Iterator[str]:
    kinds = tuple(component.datatype for component in dictionary.components(datatype))
    for repetition in field:
        for at, component in enumerate(repetition):
            if not _is_of_organization(datatype, at, kinds[at] if at < len(kinds) else ""):
                yield from (component,) if isinstance(component, str) else component


def _is_of_organization(datatype: str, at: int, kind: str) -> bool:
    """Whether a component names an organization, or of an identifier the kind: of a place (PL) the facility alone."""
    if datatype == "PL":
        return at == 3
    return kind in _ORGANIZATIONS or (datatype == "CX" and kind in _CODES)
