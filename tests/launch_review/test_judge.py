"""Requirements have names of their own, and whatever arrives is judged."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from workbench.exchange import Exchange, Failure, Request, Response
from workbench.launch_review.judge import all_requirements, review_launch
from workbench.launch_review.page import review_html, review_page
from workbench.launch_review.review import STAGES, LaunchFacts
from workbench.launch_review.risks import all_risks
from workbench.launch_review.words import review_json, review_lines

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def test_each_requirement_has_a_name_of_its_own_and_a_clause() -> None:
    requirements = all_requirements()
    assert [id_ for id_, count in Counter(r.id for r in requirements).items() if count > 1] == []
    assert all(re.search(r"RFC \d{4}, |SMART App Launch|OpenID Connect", r.clause) for r in requirements)
    assert all(r.text.endswith(".") and (not r.why or r.why.endswith(".")) for r in requirements)
    assert all(r.id.startswith(r.stage) for r in requirements)


def test_both_parties_are_judged_over_all_stages() -> None:
    requirements = all_requirements()
    assert {r.stage for r in requirements} == {*STAGES}
    assert all({"app", "server"} == {r.party for r in requirements if r.stage == stage} for stage in STAGES)
    assert len({(r.party, r.text) for r in requirements}) >= 60


def test_risks_have_names_of_their_own() -> None:
    risks = all_risks()
    assert len({risk.id for risk in risks}) == len(risks) >= 10
    assert all(risk.why.endswith(".") for risk in risks)


def test_nothing_seen_is_no_failure() -> None:
    review = review_launch([])
    assert review.counts == {"fail": 0, "warning": 0, "pass": 0, "not-seen": len(all_requirements())}
    assert review.risks == ()
    assert review.steps == ()


def test_one_party_alone_is_judged_where_that_is_asked() -> None:
    assert {v.requirement.party for v in review_launch([], party="app").verdicts} == {"app"}


PIECES = (
    b"{}",
    b"[]",
    b"null",
    b"\xff\xfe\x00",
    b'{"access_token":["a"],"scope":7,"expires_in":1e999,"id_token":"a.b.c","token_type":{},"patient":[]}',
    b'{"keys":[{"kty":7},3,null]}',
    b'{"keys":"no"}',
    b'{"capabilities":[1],"token_endpoint":"http://[","issuer":7,"authorization_endpoint":"//x"}',
    b"[" * 50_000,
    b'{"active":true,"exp":1e308,"scope":[]}',
    b'{"resourceType":"Bundle","entry":[{"resource":3},7,{"resource":{"resourceType":7,"subject":[{}]}}]}',
    b'{"rest":[{"security":{"extension":[{"url":7}]}}]}',
)
PATHS = (
    "/fhir/.well-known/smart-configuration",
    "/fhir/metadata",
    "/auth/.well-known/openid-configuration",
    "/auth/jwks",
    "/auth/authorize?response_type=code&client_id=a&scope=patient/*.rs%20%00&state=%ff&aud=http://[&redirect_uri=http://[::",
    "/auth/token",
    "/auth/introspect",
    "/auth/revoke",
    "/auth/userinfo",
    "/fhir/Patient/1",
    "/fhir/Observation?patient=1&access_token=x",
    "/cb?code=a&state=%ff",
    "/launch?iss=http://[&launch=",
    "//:x",
    "",
)
BODIES = (
    b"",
    b"grant_type=authorization_code&code=a&client_assertion=a.b.c",
    b"grant_type=refresh_token&refresh_token=&scope=%ff",
    b"token=a&token=b",
    b"a" * 9000,
    b"&&&===%%%",
)
HEADERS = (
    (),
    FORM,
    (*FORM, ("Authorization", "Basic ////")),
    (("Authorization", "Bearer "), ("Origin", "null")),
    (("Authorization", "Bearer x"),),
)


def some_exchange(dice: random.Random) -> Exchange:
    address = dice.choice(("http://127.0.0.1:1", "https://x", "", "mllp://a:1", "http://[")) + dice.choice(PATHS)
    request = Request(
        dice.choice(("GET", "POST", "PUT", "OPTIONS", "")), address, dice.choice(HEADERS), dice.choice(BODIES)
    )
    headers = (
        ("content-type", dice.choice(("application/json", "text/html", "", "\x00"))),
        ("location", dice.choice(("", "http://[", "x?code=a&state=b", "https://x/cb?iss=1&launch=2#code=3"))),
        ("www-authenticate", dice.choice(("", "Bearer", "Basic x"))),
    )
    response = Response(dice.choice((None, 0, 200, 302, 307, 400, 401, 403, 500, 999)), headers, dice.choice(PIECES))
    failed = dice.random() < 0.1
    started = WHEN + timedelta(seconds=dice.randrange(9000))
    failure = Failure("refused", "Refused.") if failed else None
    seen_by = dice.choice(("sender", "receiver"))
    return Exchange("a", "b", request, None if failed else response, started, 0.01, failure, seen_by)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(150))
def test_whatever_arrives_is_judged_and_told(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    row = [some_exchange(dice) for _ in range(dice.randrange(1, 40))]
    facts = LaunchFacts(
        fhir_base=dice.choice(("", "http://127.0.0.1:1/fhir", "http://[")), client_id=dice.choice(("", "a"))
    )
    review = review_launch(row, facts=facts)
    assert len(review.verdicts) == len(all_requirements())
    assert all(0 <= each.exchange < len(row) for verdict in review.verdicts for each in verdict.evidence)
    assert review_lines(review)
    assert review_json(review)["counts"] == review.counts
    assert "<svg" in review_html(review)


def test_a_page_of_a_review_lets_no_markup_through() -> None:
    request = Request("GET", "http://127.0.0.1:1/auth/authorize?response_type=%3Cscript%3E&client_id=x&redirect_uri=y")
    review = review_launch([Exchange("a", "b", request, Response(400), WHEN, 0.01)])
    page = review_page(review, "<b>A launch</b>")
    assert "<script" not in page
    assert "&lt;b&gt;A launch" in page
    assert "“&lt;script&gt;”" in page


def test_a_long_row_is_judged_in_a_moment() -> None:
    dice = random.Random(7)  # noqa: S311
    row = [replace(some_exchange(dice), started=WHEN + timedelta(seconds=at)) for at in range(2000)]
    before = datetime.now(UTC)
    review_launch(row)
    assert datetime.now(UTC) - before < timedelta(seconds=20)


def test_a_secret_by_another_name_is_masked_wherever_it_would_stand() -> None:
    token = "c2VjcmV0LXRoYXQtc3RhbmRzLWV2ZXJ5d2hlcmU"
    address = f"http://127.0.0.1:1/{token}/x?access_token={token}"
    form = f"grant_type={token}&refresh_token={token}".encode()
    row = [
        Exchange("a", "b", Request("GET", address, (("Authorization", f"Bearer {token}"),)), Response(404), WHEN, 0.01),
        Exchange("a", "b", Request("GET", f"http://127.0.0.1:1/{token}"), Response(404), WHEN, 0.01),
        Exchange("a", "b", Request("POST", "http://127.0.0.1:1/token", FORM, form), Response(400), WHEN, 0.01),
    ]
    review = review_launch(row)
    assert "•••" in repr(review)
    assert token not in repr(review)
