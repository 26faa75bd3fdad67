"""What the client makes of all that may come back, one by one."""

import asyncio

import pytest

from tests.transports import mllp_misbehaviour
from tests.transports.mllp_misbehaviour import CASES, Misbehaviour, suffer, write_row


def test_there_are_twenty_five_cases_and_more_and_the_page_tells_of_each() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 25
    rows = mllp_misbehaviour.read_table().splitlines()[2:]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [case.name for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_misbehaviour_is_told_as_what_it_is_and_the_next_message_is_answered(case: Misbehaviour) -> None:
    outcome = asyncio.run(suffer(case))
    assert outcome.told == case.outcome
    assert case.words in outcome.said
    assert outcome.after == "AA"
    assert write_row(case, outcome) in mllp_misbehaviour.read_table().splitlines()
