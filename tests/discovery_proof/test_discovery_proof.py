"""Each fault of discovery makes of apps that nobody here wrote what the page says: they stop there, or go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.discovery_proof.outcomes import BEGIN, EDITS, PAGE, meet
from tests.fault_proof.outcomes import GOES_ON, NOT_MET, Party, World, kind_of, read_table, running_world
from tests.fault_proof.test_fault_proof import BROWSER, COLUMNS, OWN, marks_of, meet_party
from workbench.authorization_server.discovery_edits import DISCOVERY_FAULTS

TABLE = read_table(PAGE, BEGIN)
CASES = [(column, row) for column in COLUMNS for row in TABLE[1:]]
__all__ = ["meet_party"]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running_world() as world:
        yield world


@pytest.mark.parametrize(
    ("meet_party", "row"),
    [pytest.param(c, row, marks=marks_of(c), id=f"{COLUMNS[c]}-{row[0].strip('`')}") for c, row in CASES],
    indirect=["meet_party"],
)
def test_an_app_stops_where_the_page_says_or_goes_on(
    meet_party: Party, row: list[str], world: World, request: pytest.FixtureRequest
) -> None:
    column = request.node.callspec.params["meet_party"]
    told = meet(world, meet_party, EDITS[row[0].strip("`")])
    assert kind_of(told) == kind_of(row[column]), told


def test_the_page_has_every_edit_and_every_fault() -> None:
    assert [row[0].strip("`") for row in TABLE[1:]] == list(EDITS)
    assert set(DISCOVERY_FAULTS) <= set(EDITS)


def test_every_fault_stops_an_app_that_is_not_ours() -> None:
    stopped = {
        row[0].strip("`") for row in TABLE[1:] if any(cell not in (NOT_MET, GOES_ON) for cell in row[BROWSER:OWN])
    }
    assert stopped == set(EDITS)
