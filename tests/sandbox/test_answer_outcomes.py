import asyncio

import pytest

from tests.sandbox.answer_outcomes import RULES, meet, read_table, without_times, write_row
from workbench.site.answer_rule import CONTENT_FAULTS, WIRE_FAULTS


@pytest.mark.parametrize("rule", RULES)
def test_a_sender_tells_what_was_done_to_it_as_the_page_says(rule: str) -> None:
    row = write_row(rule, asyncio.run(meet(rule)))
    assert without_times(row) in map(without_times, read_table().splitlines())


def test_the_page_has_every_fault() -> None:
    assert [fault for fault in (*CONTENT_FAULTS, *WIRE_FAULTS) if f"`{fault}`" not in read_table()] == []
