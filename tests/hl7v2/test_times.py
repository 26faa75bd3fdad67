from datetime import UTC, datetime

import pytest

from workbench.hl7v2.times import format_time, to_iso_time


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("1984", "1984"),
        ("198403", "1984-03"),
        ("19840312", "1984-03-12"),
        ("2026030209", "2026-03-02T09:00:00+00:00"),
        ("202603020910-0500", "2026-03-02T09:10:00-05:00"),
        ("20260302091011.1234+0000", "2026-03-02T09:10:11.1234+00:00"),
        ("19841340", None),
        ("20260230", None),
        ("2026-03-02", None),
        ("202603022510", None),
        ("20260302+2500", None),
        ("0000", None),
        ("", None),
        ("soon", None),
    ],
)
def test_time_keeps_its_precision_and_a_wrong_one_is_none(text: str, iso: str | None) -> None:
    assert to_iso_time(text) == iso


def test_moment_is_written_to_the_second_with_offset() -> None:
    assert format_time(datetime(2026, 3, 2, 9, 10, 11, 999, tzinfo=UTC)) == "20260302091011+0000"
