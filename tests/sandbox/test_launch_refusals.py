"""The tables of launches that a site refuses are what it does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.authorize_refusals import AUTHORIZE, AuthorizeCase, meet_authorize
from tests.sandbox.launch_refusals import expected, read_table, write_row
from tests.sandbox.refused_visitor import Visitor, make_refusing_sandbox
from tests.sandbox.running import run_sandbox, tell
from tests.sandbox.token_refusals import TOKEN, TokenCase, meet_token
from workbench.exchange import Response
from workbench.sandbox.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with run_sandbox(make_refusing_sandbox()) as started:
        yield started


@pytest.mark.parametrize("case", AUTHORIZE, ids=lambda case: case.what)
def test_a_wrong_authorization_request_is_refused_as_the_page_says(sandbox: Sandbox, case: AuthorizeCase) -> None:
    came = tell(sandbox, lambda person: meet_authorize(Visitor(person.client, person.site), case))
    assert came == expected(case)
    assert write_row(case, came) in read_table("authorize")


@pytest.mark.parametrize("case", TOKEN, ids=lambda case: case.what)
def test_a_wrong_token_request_is_refused_as_the_page_says(sandbox: Sandbox, case: TokenCase) -> None:
    came = tell(sandbox, lambda person: meet_token(Visitor(person.client, person.site), case))
    assert came == expected(case)
    assert write_row(case, came) in read_table("token")


def test_each_row_is_one_case_and_each_case_has_its_own_words() -> None:
    for name, cases in (("authorize", AUTHORIZE), ("token", TOKEN)):
        assert len({case.what for case in cases}) == len(cases)
        assert len(read_table(name)) == len(cases) + 2


def test_the_right_requests_beside_them_are_taken(sandbox: Sandbox) -> None:
    """Without this, a site that refuses everything would pass."""

    async def story(visitor: Visitor) -> tuple[Response, Response, Response]:
        launched = await visitor.redeem(await visitor.code())
        return launched, await visitor.refresh(), await visitor.serve()

    answers = tell(sandbox, lambda person: story(Visitor(person.client, person.site)))
    assert [answer.status for answer in answers] == [200, 200, 200]
