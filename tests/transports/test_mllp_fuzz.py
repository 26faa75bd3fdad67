"""A part of what is fed at random, each time; the page tells of ten thousand of each."""

import pytest

from tests.transports import mllp_fuzz
from tests.transports.mllp_fuzz import SORTS, TEN_THOUSAND


def table() -> list[list[str]]:
    page = mllp_fuzz.PAGE.read_text(encoding="utf-8").partition(mllp_fuzz.BEGIN)[2].partition(mllp_fuzz.END)[0]
    return [row.strip("| ").split(" | ") for row in page.splitlines()[2:]]


def test_page_tells_of_each_sort_and_of_nothing_that_must_not_be() -> None:
    assert [row[0] for row in table()] == list(SORTS)
    assert all(int(row[1].replace(",", "")) >= TEN_THOUSAND for row in table())
    assert {row[3] for row in table()} == {"none"}


@pytest.mark.parametrize("name", SORTS)
def test_what_is_fed_at_random_neither_breaks_nor_fools_anything(name: str) -> None:
    outcome = SORTS[name](3 if "every size" in name else 400)
    assert outcome.troubles == []
    assert outcome.fed >= 400
