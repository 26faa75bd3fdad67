"""Formats of the primitive data types of HL7 v2: which texts are values of DT, TM, TS, DTM, NM and SI, by version.

What is any text (ST, TX, FT, TN, GTS) or is drawn from a table (ID, IS) has no format here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

_MONTH_DAY = (
    r"(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31)"  # 0229 by year
)
_YEAR = r"(?!0000)\d{4}"
_ZONE = r"(?:[+-](?:0\d|1[0-4])[0-5]\d)?"
_HOUR = r"(?:[01]\d|2[0-3])"
_SECOND = r"[0-5]\d(?:\.\d{1,4})?"
_DATE = rf"{_YEAR}(?:{_MONTH_DAY}|0[1-9]|1[0-2])?"
_LEAP_DAY = re.compile(r"(\d{4})0229")


@dataclass(frozen=True, slots=True)
class ValueFormat:
    """`pattern` matches the values, but for those on 29 February; `shape` shows an analyst what is asked for."""

    pattern: str
    shape: str

    def accepts(self, value: str) -> bool:
        leap = _LEAP_DAY.match(value)
        if leap and "Y" in self.shape and _is_leap(int(leap[1])):
            value = f"{leap[1]}0228{value[8:]}"
        return _compile(self.pattern).fullmatch(value) is not None


_WHOLE_DATE = rf"{_YEAR}{_MONTH_DAY}"
_NUMBER = ValueFormat(r"[+-]?(?:\d++\.?\d*+|\.\d++)", "digits with an optional sign and decimal point")
_SEQUENCE = ValueFormat(r"\d{1,4}", "a whole number from 0 to 9999")
_FIRST = {
    "DT": ValueFormat(_WHOLE_DATE, "YYYYMMDD"),
    "TM": ValueFormat(rf"{_HOUR}[0-5]\d(?:{_SECOND})?{_ZONE}", "HHMM[SS[.SSSS]][+/-ZZZZ]"),
    "TS": ValueFormat(rf"{_WHOLE_DATE}(?:{_HOUR}[0-5]\d(?:{_SECOND})?)?{_ZONE}", "YYYYMMDD[HHMM[SS[.SSSS]]][+/-ZZZZ]"),
}
_MIDDLE = {
    "DT": ValueFormat(_DATE, "YYYY[MM[DD]]"),
    "TM": ValueFormat(rf"{_HOUR}(?:[0-5]\d(?:{_SECOND})?)?{_ZONE}", "HH[MM[SS[.SSSS]]][+/-ZZZZ]"),
    "TS": ValueFormat(
        rf"(?:{_WHOLE_DATE}{_HOUR}[0-5]\d(?:{_SECOND})?|{_DATE}){_ZONE}",
        "YYYY[MM[DD[HHMM[SS[.SSSS]]]]][+/-ZZZZ]",
    ),
}
_LATER = {
    **_MIDDLE,
    "TS": ValueFormat(
        rf"(?:{_WHOLE_DATE}{_HOUR}(?:[0-5]\d(?:{_SECOND})?)?|{_DATE}){_ZONE}",
        "YYYY[MM[DD[HH[MM[SS[.SSSS]]]]]][+/-ZZZZ]",
    ),
}


def find_format(version: str, datatype: str) -> ValueFormat | None:
    """The format of a primitive data type in a version; None where any text will do."""
    if datatype == "NM":
        return _NUMBER
    if datatype == "SI":
        return _SEQUENCE
    times = _FIRST if version in ("2.1", "2.2") else _MIDDLE if version in ("2.3", "2.3.1", "2.4") else _LATER
    return times.get("TS" if datatype == "DTM" else datatype)


def _is_leap(year: int) -> bool:
    try:
        date(year, 2, 29)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=64)
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)
