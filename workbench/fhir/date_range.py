"""DateRange: the span of time that a FHIR date, dateTime, instant, Period or Timing stands for.

A date is as long as its precision: 2026-03 is the whole of March (FHIR R4, Search, date).
A time without zone counts as UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)

_DATE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,12}))?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class DateRange:
    """From `start` up to and without `end`, both aware."""

    start: datetime
    end: datetime

    def contains(self, other: DateRange) -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: DateRange) -> bool:
        return self.start < other.end and other.start < self.end


def parse_date(text: str) -> DateRange | None:
    """Return the range of a FHIR date in any precision; None where `text` is none."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    try:
        start = datetime(
            int(parts["year"]),
            int(parts["month"] or 1),
            int(parts["day"] or 1),
            int(parts["hour"] or 0),
            int(parts["minute"] or 0),
            # A leap second is part of the minute before, since Python's clock has none.
            min(int(parts["second"] or 0), 59) if int(parts["second"] or 0) <= 60 else -1,
            int((parts["fraction"] or "0").ljust(6, "0")[:6]),
            tzinfo=_parse_zone(parts["zone"]),
        )
    except ValueError:
        return None
    return DateRange(start, _end_of(start, parts))


def ranges_of(value: Any, type_name: str) -> Iterator[DateRange]:
    """Yield the ranges of an element's value; nothing where it holds no time."""
    if isinstance(value, str):
        found = parse_date(value)
        if found is not None:
            yield found
    elif type_name == "Timing" and isinstance(value, dict):
        for event in value.get("event") or ():
            yield from ranges_of(event, "dateTime")
        yield from ranges_of((value.get("repeat") or {}).get("boundsPeriod"), "Period")
    elif isinstance(value, dict) and ("start" in value or "end" in value):
        start, end = (parse_date(str(value.get(name, ""))) for name in ("start", "end"))
        yield DateRange(start.start if start else EARLIEST, end.end if end else LATEST)


def _parse_zone(text: str | None) -> timezone:
    if text in (None, "", "Z"):
        return UTC
    hours, minutes = int(str(text)[1:3]), int(str(text)[4:6])
    if minutes > 59:
        raise ValueError("no such time zone")
    return timezone((-1 if str(text)[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def _end_of(start: datetime, parts: dict[str, str | None]) -> datetime:
    try:
        if parts["month"] is None:
            return start.replace(year=start.year + 1)
        if parts["day"] is None:
            return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
        if parts["fraction"]:
            return start + timedelta(microseconds=max(10 ** (6 - len(parts["fraction"])), 1))
        whole = "day" if parts["hour"] is None else "minute" if parts["second"] is None else "second"
        return start + timedelta(**{whole + "s": 1})
    except (OverflowError, ValueError):
        return LATEST
