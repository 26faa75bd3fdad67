"""Each fault makes of apps that nobody here wrote what the page says: they stop where it says, or do not notice."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fault_proof import faults_page
from tests.fault_proof.outcomes import (
    GOES_ON,
    NOT_MET,
    RULES,
    Party,
    World,
    backend_party,
    browser_party,
    kind_of,
    openid_party,
    own_party,
    python_party,
    read_table,
    running_world,
)
from workbench.authorization_server.fault_rule import FAULT_NAMES

TABLE = read_table()
BROWSER, PYTHON, BACKEND, OPENID, OWN = range(1, 6)
COLUMNS = {BROWSER: "npm-fhirclient", PYTHON: "fhirclient", BACKEND: "cumulus", OPENID: "openid-client", OWN: "own"}
CASES = [(column, row) for column in COLUMNS for row in TABLE[1:] if row[column] != NOT_MET]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running_world() as world:
        yield world


@pytest.fixture(scope="module")
def meet_party(
    request: pytest.FixtureRequest, world: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Party]:
    """The app of one column, or why it is not here."""
    folder = tmp_path_factory.mktemp("party")
    if request.param == BROWSER:
        try:
            with browser_party(world, _npm("fhirclient/build/fhir-client.min.js"), folder) as party:
                yield party
        except LookupError as missing:
            pytest.skip(str(missing))
    else:
        makers: dict[int, Callable[[], Party]] = {
            PYTHON: lambda: _python(world),
            BACKEND: lambda: backend_party(world, _peers(), folder),
            OPENID: lambda: openid_party(world, _npm("openid-client").parent),
            OWN: lambda: own_party(world),
        }
        yield makers[request.param]()


def _npm(name: str) -> Path:
    folder = os.environ.get("WORKBENCH_NPM", "")
    path = Path(folder) / "node_modules" / name
    if not folder or not path.exists():
        pytest.skip(
            f"npm's {name.partition('/')[0]} is not here; install it into a folder and name that in WORKBENCH_NPM"
        )
    return path


def _peers() -> Path:
    folder = os.environ.get("WORKBENCH_PEERS", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("cumulus-fhir-support is not here; install it into a venv and name that in WORKBENCH_PEERS")
    return Path(folder)


def _python(world: World) -> Party:
    pytest.importorskip("fhirclient.client")
    return python_party(world)


def marks_of(column: int) -> list[pytest.MarkDecorator]:
    marks = {OWN: [], BROWSER: [pytest.mark.peer, pytest.mark.browser]}
    return marks.get(column, [pytest.mark.peer])


@pytest.mark.parametrize(
    ("meet_party", "row"),
    [pytest.param(c, row, marks=marks_of(c), id=f"{COLUMNS[c]}-{row[0].strip('`')}") for c, row in CASES],
    indirect=["meet_party"],
)
def test_an_app_stops_where_the_page_says_or_does_not_notice(
    meet_party: Party, row: list[str], world: World, request: pytest.FixtureRequest
) -> None:
    column = request.node.callspec.params["meet_party"]
    told = world.meet(meet_party, row[0].strip("`"))
    assert kind_of(told) == kind_of(row[column]), told


def test_the_page_has_every_rule_and_every_fault() -> None:
    assert [row[0].strip("`") for row in TABLE[1:]] == list(RULES)
    assert {rule.split()[0] for rule in RULES} == set(FAULT_NAMES)


def test_every_fault_stops_an_app_that_is_not_ours() -> None:
    stopped = {row[0].strip("`").split()[0] for row in TABLE[1:] if any(map(_stops, row[BROWSER:OWN]))}
    assert stopped == set(FAULT_NAMES)


def test_the_page_describes_every_fault_as_it_describes_itself() -> None:
    assert faults_page.read_table() == faults_page.write_table()


def _stops(cell: str) -> bool:
    return cell != NOT_MET and not cell.startswith((GOES_ON, "waits"))
