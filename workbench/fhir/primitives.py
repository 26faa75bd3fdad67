"""Primitive values of FHIR R4: whether a JSON value is a good boolean, code, date … and in words why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from workbench.fhir.date_range import parse_date
from workbench.fhir.definition import find_primitive

# Characters below the blank that no FHIR string may hold (FHIR R4, Data types, string); tab and line ends may stand.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_BLANKS = re.compile(r"\s+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_DATES = frozenset({"date", "dateTime", "instant"})
# Their patterns take time or say nothing; what counts of them is told in code below.
_FREE_TEXT = frozenset({"string", "markdown", "uri", "url", "canonical", "xhtml", "base64Binary"})
_INTEGER_BOUNDS = {
    "integer": (-(2**31), 2**31 - 1),
    "unsignedInt": (0, 2**31 - 1),
    "positiveInt": (1, 2**31 - 1),
}


def fault_of(value: Any, type_name: str) -> str:
    """Return what is wrong with `value` as a `type_name`, to follow “… ”; empty where nothing is."""
    return _CHECKS[type_name](value, type_name)


def is_primitive(type_name: str) -> bool:
    return type_name in _CHECKS


def _check_boolean(value: Any, type_name: str) -> str:
    return "" if isinstance(value, bool) else f"must be true or false, and is {_shown(value)}"


def _check_integer(value: Any, type_name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return f"must be a whole number ({type_name}), and is {_shown(value)}"
    least, most = _INTEGER_BOUNDS[type_name]
    return "" if least <= value <= most else f"must lie between {least} and {most}, and is {value}"


def _check_decimal(value: Any, type_name: str) -> str:
    good = isinstance(value, int | Decimal | float) and not isinstance(value, bool)
    return "" if good else f"must be a number, and is {_shown(value)}"


def _check_text(value: Any, type_name: str) -> str:
    if not isinstance(value, str):
        return f"must be a text ({type_name}), and is {_shown(value)}"
    if not value:
        return "is empty; leave the element out instead"
    if _CONTROL.search(value):
        return "holds a control character"
    if type_name in _FREE_TEXT:
        return _check_free_text(value, type_name)
    primitive = find_primitive(type_name)
    if primitive and primitive.pattern and not primitive.pattern.fullmatch(value):
        return f"is no {type_name}: {_shown(value)}"
    if type_name in _DATES and parse_date(value) is None:
        return f"is no day of the calendar: {_shown(value)}"
    return ""


def _check_free_text(value: str, type_name: str) -> str:
    if type_name in ("uri", "url", "canonical"):
        return f"must not hold blanks: {_shown(value)}" if _BLANKS.search(value) else ""
    if type_name == "base64Binary":
        bare = _BLANKS.sub("", value)
        return "" if len(bare) % 4 == 0 and _BASE64.fullmatch(bare) else "is not base64"
    if type_name == "xhtml" and not value.lstrip().startswith("<div"):
        return "must be one XHTML “div”"
    return ""


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = str(value)
    return f"“{text}”" if len(text) <= 60 else f"“{text[:59]}…”"


_Check = Callable[[Any, str], str]
_CHECKS: dict[str, _Check] = {
    "boolean": _check_boolean,
    "decimal": _check_decimal,
    **dict.fromkeys(_INTEGER_BOUNDS, _check_integer),
    **dict.fromkeys(
        (
            "base64Binary",
            "canonical",
            "code",
            "date",
            "dateTime",
            "id",
            "instant",
            "markdown",
            "oid",
            "string",
            "time",
            "uri",
            "url",
            "uuid",
            "xhtml",
        ),
        _check_text,
    ),
}
