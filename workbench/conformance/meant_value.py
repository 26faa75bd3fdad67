"""Meant value: what a date, time or number that is written in another manner is in that of HL7, where one can tell."""

from __future__ import annotations

import re

from workbench.conformance.value_format import ValueFormat

_ISO = re.compile(
    r"(\d{4})[-/.](\d{2})[-/.](\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,4})?\d*)?)?(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_PARTED = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
_RUN = re.compile(r"(\d{2})(\d{2})((?:19|20)\d{2})", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,(?!\d{3}\Z)\d+", re.ASCII)
_MONTHS = 12


def find_meant_value(value: str, format_: ValueFormat) -> str:
    """The value as HL7 writes it; empty where it could mean several, or none that the format accepts."""
    bare = value.strip()
    found = [each for each in (bare, *_read_times(bare), *_read_number(bare)) if each and format_.accepts(each)]
    return found[0] if len(set(found)) == 1 and found[0] != value else ""


def _read_times(text: str) -> list[str]:
    if iso := _ISO.fullmatch(text):
        zone = (iso[8] or "").replace(":", "").replace("Z", "+0000")
        return ["".join(part or "" for part in iso.groups()[:7]) + zone]
    if parted := _PARTED.fullmatch(text):
        return _order(parted[1].zfill(2), parted[3].zfill(2), parted[4], day_first=parted[2] == ".")
    if run := _RUN.fullmatch(text):
        return _order(run[1], run[2], run[3], day_first=False)
    return []


def _order(first: str, second: str, year: str, *, day_first: bool) -> list[str]:
    """A date of two numbers of which one is the month: both ways where both may be."""
    if day_first:
        return [f"{year}{second}{first}"]
    found = [f"{year}{first}{second}"] if int(first) <= _MONTHS else []
    return found + ([f"{year}{second}{first}"] if int(second) <= _MONTHS else [])


def _read_number(text: str) -> list[str]:
    return [text.replace(",", ".")] if _COMMA.fullmatch(text) else []
