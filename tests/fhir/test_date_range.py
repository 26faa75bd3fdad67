from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workbench.fhir.date_range import EARLIEST, LATEST, DateRange, parse_date, ranges_of


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc] # parts are year, month, day …


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", at(2026, 1, 1), at(2027, 1, 1)),
        ("2026-12", at(2026, 12, 1), at(2027, 1, 1)),
        ("2024-02-29", at(2024, 2, 29), at(2024, 3, 1)),
        ("2026-03-01T08:30", at(2026, 3, 1, 8, 30), at(2026, 3, 1, 8, 31)),
        ("2026-03-01T08:30:15Z", at(2026, 3, 1, 8, 30, 15), at(2026, 3, 1, 8, 30, 16)),
        ("2026-03-01T08:30:15.5Z", at(2026, 3, 1, 8, 30, 15, 500_000), at(2026, 3, 1, 8, 30, 15, 600_000)),
        ("2026-03-01T00:30:00+02:00", at(2026, 2, 28, 22, 30), at(2026, 2, 28, 22, 30, 1)),
        ("2016-12-31T23:59:60Z", at(2016, 12, 31, 23, 59, 59), at(2017, 1, 1)),
        ("9999", at(9999, 1, 1), LATEST),
        ("9999-12-31", at(9999, 12, 31), LATEST),
    ],
)
def test_a_date_is_as_long_as_its_precision(text: str, start: datetime, end: datetime) -> None:
    assert parse_date(text) == DateRange(start, end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "2026-13",
        "2026-02-30",
        "2026-3-1",
        "2026-03-01T",
        "2026-03-01T24:00",
        "2026-03-01T08",
        "0000",
        "2026-03-01T08:30:61Z",
        "2026-03-01T08:30+25:00",
        "2026-03-01T08:30+01:60",
        "2026-03-01 08:30",
        "２０２６",
        "2026\n",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_a_period_may_be_open() -> None:
    assert list(ranges_of({"start": "2026"}, "Period")) == [DateRange(at(2026, 1, 1), LATEST)]
    assert list(ranges_of({"end": "2026"}, "Period")) == [DateRange(EARLIEST, at(2027, 1, 1))]
    assert list(ranges_of({}, "Period")) == []


def test_a_timing_has_its_events_and_bounds() -> None:
    timing = {"event": ["2026", "soon"], "repeat": {"boundsPeriod": {"start": "2027", "end": "2027"}}}
    assert [found.start.year for found in ranges_of(timing, "Timing")] == [2026, 2027]


@pytest.mark.parametrize("value", [None, 1, [], "soon", {"start": 1, "end": []}])
def test_odd_values_do_no_harm(value: object) -> None:
    assert all(isinstance(found, DateRange) for found in ranges_of(value, "Period"))
