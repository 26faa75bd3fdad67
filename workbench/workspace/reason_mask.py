"""Mask of reasons: what an answer says of a message, without the values that it repeats from it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.errors import WorkbenchError
from workbench.hl7v2.message import Message, parse_message

MASK = "•••"
_OF_PATIENTS = ("PID", "PD1", "NK1", "GT1", "IN1", "IN2", "MRG")
_MOST = 5000
_DECIMAL = re.compile(r"-?\d{1,9}\.\d{1,9}")
_LETTERS = re.compile(r"[^\W\d_]")
# What no message is needed for to see that it may be of a patient: numbers of four digits and more, and dates.
_NUMBERS = re.compile(r"(?<![\w.])\+?\d[\d./:() -]{2,}\d(?!\w)")


def mask_reason(text: str, payload: bytes) -> str:
    """`text` with dots for every value of `payload` outside its header, and for numbers of four digits or more.

    Paths (PID-3.1), small whole numbers and codes of three digits stay, and so do short values, which are in every
    sentence.
    """
    if not text:
        return text
    values = _values_of(payload)
    if values:
        known = "|".join(re.escape(value) for value in sorted(values, key=len, reverse=True))
        text = re.sub(rf"(?<![\w-])(?:{known})(?!\w|\.\d)", MASK, text, flags=re.I)
    return _NUMBERS.sub(_mask_number, text)


def _mask_number(found: re.Match[str]) -> str:
    return MASK if sum(letter.isdigit() for letter in found[0]) >= 4 else found[0]


def _values_of(payload: bytes) -> set[str]:
    try:
        message = parse_message(payload)
    except WorkbenchError:
        return set()
    found: set[str] = set()
    for segment, value in _leaves(message):
        shortest = 2 if segment in _OF_PATIENTS else 4
        words = (word for word in value.split() if len(word) > 3 and not word.islower())
        found |= {part for part in (value, *words) if len(part) >= shortest and _LETTERS.search(part)}
        found |= {value} if _DECIMAL.fullmatch(value) else set()
        if len(found) > _MOST:
            break
    return found


def _leaves(message: Message) -> Iterator[tuple[str, str]]:
    """The smallest parts of all segments but MSH, each with the segment that it is of."""
    marks = message.encoding
    delimiters = {marks.field, marks.component, marks.repetition, marks.subcomponent} - {""}
    split = re.compile("[" + "".join(re.escape(mark) for mark in sorted(delimiters)) + "]")
    for segment in message.segments:
        text = message.text[segment.start + 4 : min(segment.end, segment.start + 4000)]
        for part in split.split(text) if segment.name != "MSH" else ():
            if part.strip():
                yield segment.name, part.strip()
