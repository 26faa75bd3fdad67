"""Values of FHIR held against each other: when two texts are one moment, and what it is in which two values differ.

Decimals: “0.010 is regarded as different to 0.01” (FHIR R4, Data types, decimal). Times with a zone are equal where
they are the same moment, and seconds with their fraction are one precision (FHIRPath N1, 6.1.1).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)
# Texts that may look like a time and are none: two identifiers, names or notes are equal where they are written alike.
_TEXTS = frozenset(("value", "valueString", "valueCode", "valueUri", "id", "text", "display", "div", "title", "name"))


def is_same_moment(left: Any, right: Any, element: str) -> bool:
    """Tell whether two texts of the element `element` are times with a zone that name one moment."""
    if not (isinstance(left, str) and isinstance(right, str)) or element in _TEXTS:
        return False
    if len(left) < 20 or left[10:11] != "T":
        return False
    moment = _moment(left)
    return moment is not None and moment == _moment(right)


def _moment(text: str) -> tuple[datetime, str] | None:
    """In UTC to the second, and the digits below it, of which no number is lost."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    written, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(written)
        if zone != "Z":
            ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:]))
            moment += ahead if zone[0] == "-" else -ahead
    except (ValueError, OverflowError):
        return None
    return moment, (fraction or "").rstrip("0")


def tell_change(left: Any, right: Any) -> tuple[str, str]:
    """What differs between two values that both stand, as the aspect of a row and a sentence where it needs one."""
    kinds = _kind(left), _kind(right)
    if kinds[0] != kinds[1]:
        return "type", f"The left is {kinds[0]} and the right {kinds[1]}: a reader of the one may refuse the other."
    if kinds[0] == "a number" and Decimal(left) == Decimal(right):
        return "precision", "The same number with another precision, which FHIR holds for another value."
    return "value", ""


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | Decimal):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "an array" if isinstance(value, list) else "an object" if isinstance(value, dict) else "null"
