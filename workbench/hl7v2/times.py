"""Times of HL7 v2 (TS, DTM, DT), read into ISO 8601 with the precision they were written with, and written."""

from __future__ import annotations

import re
from datetime import datetime

_TIME = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d\d)(?:(?P<day>\d\d)(?:(?P<hour>\d\d)(?P<minute>\d\d)?"
    r"(?:(?P<second>\d\d)(?:\.(?P<fraction>\d{1,4}))?)?)?)?)?(?P<offset>[+-]\d{4})?"
)


def format_time(moment: datetime) -> str:
    """A moment to the second with its offset: `20260131120000+0000`."""
    return moment.strftime("%Y%m%d%H%M%S%z")


def to_iso_time(text: str) -> str | None:
    """`20260131` as `2026-01-31`, `202601311200` as `2026-01-31T12:00:00+00:00`; None where it is no time.

    A time of day without an offset is taken as UTC, since HL7 v2 leaves it to the sender's own zone (2.5.1, 2.A.22).
    """
    found = _TIME.fullmatch(text.strip())
    if found is None or not _is_calendar(found):
        return None
    date = "-".join(part for part in found.group("year", "month", "day") if part)
    if found["hour"] is None:
        return date
    fraction = f".{found['fraction']}" if found["fraction"] else ""
    offset = found["offset"] or "+0000"
    clock = f"{found['hour']}:{found['minute'] or '00'}:{found['second'] or '00'}{fraction}"
    return f"{date}T{clock}{offset[:3]}:{offset[3:]}"


def _is_calendar(found: re.Match[str]) -> bool:
    year, month, day, hour, minute, second = (
        int(found[name] or least)
        for name, least in (("year", 1), ("month", 1), ("day", 1), ("hour", 0), ("minute", 0), ("second", 0))
    )
    try:
        datetime(year, month, day, hour, minute, second)
    except ValueError:
        return False
    offset = found["offset"]
    return offset is None or (int(offset[1:3]) <= 14 and int(offset[3:]) < 60)
