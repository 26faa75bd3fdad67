"""Temporal: a date, a date with time, or a time of day, with the precision it was written with (FHIRPath N1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

TemporalKind = Literal["Date", "DateTime", "Time"]

_WRITTEN = re.compile(
    r"(?:(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?)?"
    r"(?P<T>T)?(?:(?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d(?:\.\d+)?))?)?)?(?P<zone>Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_BOUNDS = ((1, 9999), (1, 12), (1, 31), (0, 23), (0, 59), (0, 60))
_OF_A_DAY = 3


@dataclass(frozen=True, slots=True, eq=False)
class Temporal:
    """`parts` are year, month, day, hour, minute and second as far as they were given; those of a time its last three.

    `offset` is the zone's, in minutes. Seconds and their fraction are one part, a Decimal.
    """

    kind: TemporalKind
    parts: tuple[int | Decimal, ...]
    offset: int | None = None

    def __str__(self) -> str:
        parts = self.parts
        if self.kind == "Time":
            return ":".join(map(_two, parts))
        day = "-".join([f"{parts[0]:04}", *map(_two, parts[1:_OF_A_DAY])])
        clock = ":".join(map(_two, parts[_OF_A_DAY:]))
        zone = "" if self.offset is None else _zone(self.offset)
        return f"{day}T{clock}{zone}" if self.kind == "DateTime" and clock else day

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal values of one precision."""
        moved = _to_utc(self)
        return ("Time" if self.kind == "Time" else "Date", self.offset is None, *moved)


def parse_temporal(text: str, kind: TemporalKind | None = None, *, literal: bool = False) -> Temporal | None:
    """Read a date, dateTime or time (`T12:30` in a literal); None where `text` is none of `kind`."""
    found = _WRITTEN.fullmatch(text)
    if (
        found is None
        or (found["hour"] and found["year"] and not found["T"])
        or (found["T"] and not literal and not found["hour"])
    ):
        return None
    if found["year"] is None:
        return _make("Time", found, 3) if kind in (None, "Time") and found["hour"] and not found["zone"] else None
    if found["T"] is None and kind != "DateTime":
        return _make("Date", found, 0) if kind in (None, "Date") and not found["zone"] else None
    if kind in ("Date", "Time") or (found["zone"] and not found["hour"]) or (found["hour"] and not found["day"]):
        return None
    return _make("DateTime", found, 0)


def _make(kind: TemporalKind, found: re.Match[str], first: int) -> Temporal | None:
    parts: list[int | Decimal] = []
    for name, (least, most) in zip(_PARTS[first:], _BOUNDS[first:], strict=True):
        text = found[name]
        if text is None:
            break
        number = Decimal(text) if name == "second" else int(text)
        if not least <= number < most + 1:
            return None
        parts.append(number)
    if kind != "Time" and len(parts) >= _OF_A_DAY and int(parts[2]) > last_day(int(parts[0]), int(parts[1])):
        return None
    zone = found["zone"]
    return Temporal(kind, tuple(parts), None if zone is None else _offset(zone))


def from_datetime(moment: datetime, kind: TemporalKind) -> Temporal:
    """The moment as it is in its own zone: to the millisecond as a DateTime or Time, to the day as a Date."""
    second = Decimal(moment.second) + Decimal(moment.microsecond // 1000) / 1000
    day, clock = (moment.year, moment.month, moment.day), (moment.hour, moment.minute, second)
    if kind == "Date":
        return Temporal(kind, day)
    if kind == "Time":
        return Temporal(kind, clock)
    zone = moment.utcoffset()
    return Temporal(kind, (*day, *clock), None if zone is None else int(zone.total_seconds()) // 60)


def compare(left: Temporal, right: Temporal) -> int | None:
    """Below, equal or above 0 as left is before, at or after right; None where the precision does not tell.

    Where only one of two times has a zone, nothing can be told either. Two kinds that do not compare are unequal (1).
    """
    if (left.kind == "Time") != (right.kind == "Time"):
        return 1
    ours, theirs = left.parts, right.parts
    if len(ours) > _OF_A_DAY and len(theirs) > _OF_A_DAY and left.kind != "Time":
        if (left.offset is None) != (right.offset is None):
            return None
        if left.offset != right.offset:
            ours, theirs = _to_utc(left), _to_utc(right)
    for one, other in zip(ours, theirs, strict=False):
        if one != other:
            return -1 if one < other else 1
    return 0 if len(ours) == len(theirs) else None


def _to_utc(value: Temporal) -> tuple[int | Decimal, ...]:
    if not value.offset or len(value.parts) <= _OF_A_DAY:
        return value.parts
    whole = [int(part) for part in value.parts[:5]]
    try:
        moved = datetime(*whole, *[0] * (5 - len(whole))) - timedelta(minutes=value.offset)  # type: ignore[arg-type]
    except OverflowError:
        return value.parts
    every = (moved.year, moved.month, moved.day, moved.hour, moved.minute, *value.parts[5:])
    return every[: len(value.parts)]


# How many of each unit make the next part above it; months and years are counted on the calendar.
_SECONDS: dict[str, Decimal] = {
    "week": Decimal(604_800),
    "day": Decimal(86_400),
    "hour": Decimal(3_600),
    "minute": Decimal(60),
    "second": Decimal(1),
    "millisecond": Decimal("0.001"),
}
_MOST = 10**15
_RANK = {"year": 1, "month": 2, "week": 3, "day": 3, "hour": 4, "minute": 5, "second": 6, "millisecond": 6}


def add(value: Temporal, amount: Decimal, unit: str) -> Temporal | None:
    """`value` moved by so many years, months, … milliseconds, in its own precision; None beyond the calendar.

    A fraction counts for seconds alone. A unit finer than the precision is first turned into whole units of it,
    a month being 30 days and a year 365 (N1, date/time arithmetic).
    """
    if abs(amount) > _MOST:
        return None
    if unit not in ("second", "millisecond"):
        amount = Decimal(int(amount))
    if value.kind == "Time":
        return _add_to_time(value, amount, unit)
    precision = len(value.parts)
    if _RANK[unit] > precision:
        amount, unit = _coarsen(amount, unit, precision)
    try:
        return _add_months(value, int(amount), unit) if unit in ("year", "month") else _add_seconds(value, amount, unit)
    except (OverflowError, ValueError):
        return None


def _coarsen(amount: Decimal, unit: str, precision: int) -> tuple[Decimal, str]:
    if unit == "month":
        return Decimal(int(amount / 12)), "year"
    seconds = amount * _SECONDS[unit]
    name = _PARTS[precision - 1]
    if name in ("year", "month"):
        days = int(seconds / 86_400)
        return Decimal(int(days / (365 if name == "year" else 30))), name
    return Decimal(int(seconds / _SECONDS[name])), name


def _add_months(value: Temporal, amount: int, unit: str) -> Temporal | None:
    year, *rest = value.parts
    month = int(rest[0]) if rest else 1
    count = int(year) * 12 + month - 1 + amount * (12 if unit == "year" else 1)
    year, month = count // 12, count % 12 + 1
    if not 1 <= year <= 9999:
        return None
    parts: list[int | Decimal] = [year, month, *rest[1:]]
    if len(rest) > 1:
        parts[2] = min(int(rest[1]), last_day(year, month))
    return Temporal(value.kind, tuple(parts[: len(value.parts)]), value.offset)


def _add_seconds(value: Temporal, amount: Decimal, unit: str) -> Temporal:
    parts = value.parts
    padded = [int(part) for part in parts[:5]] + [1, 1, 0, 0][len(parts) - 1 :]
    total = (Decimal(parts[5]) if len(parts) > 5 else Decimal(0)) + amount * _SECONDS[unit]
    minutes = (total / 60).to_integral_value(ROUND_FLOOR)
    moved = datetime(*padded) + timedelta(minutes=int(minutes))  # type: ignore[arg-type]  # five parts
    every = (moved.year, moved.month, moved.day, moved.hour, moved.minute, total - minutes * 60)
    return Temporal(value.kind, every[: len(parts)], value.offset)


def _add_to_time(value: Temporal, amount: Decimal, unit: str) -> Temporal | None:
    if unit in ("year", "month", "week", "day"):
        return None
    hour, minute, second = (*value.parts, 0, 0)[:3]
    total = (Decimal(hour) * 3600 + Decimal(minute) * 60 + Decimal(second) + amount * _SECONDS[unit]) % 86_400
    total = total + 86_400 if total < 0 else total
    every = (int(total // 3600), int(total % 3600 // 60), total % 60)
    return Temporal("Time", every[: len(value.parts)])


def last_day(year: int, month: int) -> int:
    after = date(year + month // 12, month % 12 + 1, 1) if (year, month) != (9999, 12) else None
    return (after - timedelta(days=1)).day if after else 31


def _offset(zone: str) -> int:
    if zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:])
    return -minutes if zone[0] == "-" else minutes


def _zone(offset: int) -> str:
    sign, minutes = "-" if offset < 0 else "+", abs(offset)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}" if offset else "Z"


def _two(part: int | Decimal) -> str:
    whole, dot, fraction = str(part).partition(".")
    return f"{whole:>02}{dot}{fraction}"
