"""Primitive values of FHIR: whether a JSON value is a good boolean, code, date … and in words why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

# What no FHIR string may hold (Data types, string): characters below the blank but tab and line ends.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# The blanks of XML and no others: a no-break space is a character like any.
_BLANK = re.compile(r"\s", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
# One mebibyte of characters (Data types, string).
LONGEST_STRING = 1024 * 1024
_BOUNDS = {
    "integer": (-(2**31), 2**31 - 1),
    "unsignedInt": (0, 2**31 - 1),
    "positiveInt": (1, 2**31 - 1),
    "integer64": (-(2**63), 2**63 - 1),
}
_CODE = re.compile(r"[^\s]+(?:\s[^\s]+)*", re.ASCII)
_LONGEST_ID = 64
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9\-.]")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OID_FORM = "urn:oid: and numbers with dots between, such as urn:oid:2.16.840.1"
_UUID_FORM = "urn:uuid: and digits or small letters a to f, 8-4-4-4-12 of them"
_INTEGER64 = re.compile(r"-?(?:0|[1-9][0-9]{0,18})|\+[1-9][0-9]{0,18}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_DATE = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?")
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_TIME = re.compile(_CLOCK)
_INSTANT = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}{_ZONE}")


def fault_of(value: Any, type_name: str) -> str:
    """Return what is wrong with `value` as a `type_name`, to follow “… ”; empty where nothing is."""
    check = _CHECKS.get(type_name)
    return check(value, type_name) if check else ""


def is_whole_date(value: Any) -> bool:
    """Whether it is a date to the day, the most frequent form, seen quickly."""
    if type(value) is not str or len(value) != 10 or value[4] != "-" or value[7] != "-" or not value.isascii():
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return value[5] != "W"


def is_absolute(address: str) -> bool:
    """Whether an address begins with a scheme (RFC 3986)."""
    return _SCHEME.match(address) is not None


def show(value: Any) -> str:
    """The value as a sentence quotes it."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float | Decimal):
        return f"the number {value}"
    text = str(value)
    return f"“{text}”" if len(text) <= 60 else f"“{text[:59]}…”"


def _check_boolean(value: Any, type_name: str) -> str:
    if isinstance(value, bool):
        return ""
    unquoted = " without quotes" if value in ("true", "false") else ""
    return f"must be true or false{unquoted}, and is {show(value)}"


def _check_integer(value: Any, type_name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return f"must be a whole number{_unquoted(value)} ({type_name}), and is {show(value)}"
    return _check_bounds(value, type_name)


def _check_bounds(value: int, type_name: str) -> str:
    least, most = _BOUNDS[type_name]
    return "" if least <= value <= most else f"must lie between {least} and {most}, and is {value}"


def _check_integer64(value: Any, type_name: str) -> str:
    """A text in JSON, since numbers there are not that long (FHIR R5, Data types, integer64)."""
    if not isinstance(value, str) or not _INTEGER64.fullmatch(value):
        return f"must be a whole number in quotes (integer64), and is {show(value)}"
    return _check_bounds(int(value), type_name)


def _check_decimal(value: Any, type_name: str) -> str:
    good = isinstance(value, int | Decimal | float) and not isinstance(value, bool)
    if good and isinstance(value, Decimal) and not value.is_finite():
        good = False
    return "" if good else f"must be a number{_unquoted(value)}, and is {show(value)}"


def _unquoted(value: Any) -> str:
    return " without quotes" if isinstance(value, str) and _NUMBER.fullmatch(value) else ""


def _check_text(value: Any, type_name: str) -> str:
    if not isinstance(value, str):
        in_quotes = " in quotes" if isinstance(value, bool | int | float | Decimal) else ""
        return f"must be a text{in_quotes} ({type_name}), and is {show(value)}"
    if not value:
        return "is empty; leave the element out instead"
    if len(value) > LONGEST_STRING and type_name in ("string", "markdown"):
        return f"has {len(value):,} characters, and a {type_name} may have {LONGEST_STRING:,}"
    if control := _CONTROL.search(value):
        return f"holds a control character, U+{ord(control[0]):04X}, at character {control.start() + 1}; take it out"
    form = _FORMS.get(type_name)
    return form(value, type_name) if form else ""


def _check_id(value: str, type_name: str) -> str:
    if wrong := _NOT_IN_ID.search(value):
        held = "a blank" if wrong[0].isspace() else f"“{wrong[0]}”"
        return f"holds {held}, and an id may hold only letters A to Z, digits, “-” and “.”: {show(value)}"
    long = f"has {len(value)} characters, and an id may have {_LONGEST_ID}: {show(value)}"
    return long if len(value) > _LONGEST_ID else ""


def _check_code(value: str, type_name: str) -> str:
    return "" if _CODE.fullmatch(value) else f"must not begin or end with blanks, nor hold two in a row: {show(value)}"


def _check_uri(value: str, type_name: str) -> str:
    if _BLANK.search(value):
        return f"must not hold blanks: {show(value)}"
    if value.startswith("urn:uuid:") and not _UUID.fullmatch(value):
        return f"is no UUID ({_UUID_FORM}): {show(value)}"
    if value.startswith("urn:oid:") and not _OID.fullmatch(value):
        return f"is no OID ({_OID_FORM}): {show(value)}"
    return ""


def _check_base64(value: str, type_name: str) -> str:
    """Blanks may stand between groups of four characters (Data types, base64Binary)."""
    groups = value.split()
    good = all(len(group) % 4 == 0 for group in groups) and _BASE64.fullmatch("".join(groups))
    form = "groups of four letters, digits, “+” and “/”, the last filled up with “=”"
    return "" if good else f"is not base64, which is {form}: {show(value)}"


def _check_xhtml(value: str, type_name: str) -> str:
    form = '<div xmlns="http://www.w3.org/1999/xhtml">…</div>'
    good = value.lstrip().startswith("<") and "div" in value
    return "" if good else f"must be one XHTML “div”, {form}, and is {show(value)}"


def _check_date(value: str, type_name: str) -> str:
    if not _DATE.fullmatch(value):
        return f"is no date (such as 2026, 2026-03 or 2026-03-12): {show(value)}"
    return _check_calendar(value)


def _check_date_time(value: str, type_name: str) -> str:
    good = (_INSTANT if "T" in value else _DATE).fullmatch(value)
    if not good:
        hint = "needs a zone and seconds, such as 2026-03-12T08:30:00Z" if "T" in value else "such as 2026-03-12"
        return f"is no dateTime ({hint}): {show(value)}"
    return _check_calendar(value)


def _check_instant(value: str, type_name: str) -> str:
    if not _INSTANT.fullmatch(value):
        return f"is no instant (such as 2026-03-12T08:30:00Z, with its zone): {show(value)}"
    return _check_calendar(value)


def _check_calendar(value: str) -> str:
    parts = [int(part) for part in value[:10].split("-")]
    try:
        date(*[*parts, 1, 1][:3])
    except ValueError:
        return f"is no day of the calendar: {show(value)}"
    return ""


def _matches(pattern: re.Pattern[str], form: str) -> Callable[[str, str], str]:
    def check(value: str, type_name: str) -> str:
        return "" if pattern.fullmatch(value) else f"is no {type_name} ({form}): {show(value)}"

    return check


_FORMS: dict[str, Callable[[str, str], str]] = {
    "code": _check_code,
    "id": _check_id,
    "oid": _matches(_OID, _OID_FORM),
    "uuid": _matches(_UUID, _UUID_FORM),
    "uri": _check_uri,
    "url": _check_uri,
    "canonical": _check_uri,
    "base64Binary": _check_base64,
    "xhtml": _check_xhtml,
    "date": _check_date,
    "dateTime": _check_date_time,
    "instant": _check_instant,
    "time": _matches(_TIME, "hours 00 to 23, minutes and seconds, such as 08:30:00"),
}
_CHECKS: dict[str, Callable[[Any, str], str]] = {
    "boolean": _check_boolean,
    "decimal": _check_decimal,
    "integer64": _check_integer64,
    **dict.fromkeys(("integer", "unsignedInt", "positiveInt"), _check_integer),
    **dict.fromkeys(("string", "markdown", *_FORMS), _check_text),
}
