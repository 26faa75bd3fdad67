"""Each risk is raised by one thing in a launch, and by none of a good app at a good site."""

from __future__ import annotations

import pytest

from tests.launch_review.changes import (
    CODE,
    FHIR,
    PLAIN_ASKED,
    REFRESH,
    SENT_BACK,
    Change,
    address,
    again,
    answer,
    ask,
    at,
    both,
    change,
    drop,
    given,
    go_to,
    later,
    sends_back,
)
from tests.launch_review.world import whole_row
from workbench.launch_review.judge import review_launch
from workbench.launch_review.risks import all_risks

RAISED: dict[str, Change] = {
    "no-state": change(PLAIN_ASKED, ask(state=None)),
    "weak-state": change(PLAIN_ASKED, ask(state="0123456789")),
    "no-pkce": change(PLAIN_ASKED, ask(code_challenge=None, code_challenge_method=None)),
    "plain-pkce": given("try_plain"),
    "token-in-address": change(FHIR, address(access_token="in-the-address")),
    "token-in-redirect": change(SENT_BACK, sends_back(access_token="in-the-redirect")),
    "secret-in-public-app": change(CODE, ask(client_secret="in-a-browser")),
    "wildcard-scopes": change(PLAIN_ASKED, ask(scope="launch/patient patient/*.rs")),
    "unused-scopes": change(CODE, answer(scope="patient/Patient.rs patient/Condition.rs")),
    "open-redirect-address": change(PLAIN_ASKED, ask(redirect_uri="http://app.example/callback")),
    "no-aud": change(PLAIN_ASKED, ask(aud=None)),
    "kept-token": given("try_after_revocation"),
    "refresh-reused": given("try_old_refresh"),
    "offline-browser-app": change(CODE, answer(scope="offline_access patient/Patient.rs")),
    "id-token-unchecked": drop(at("keys")),
    "long-token": change(CODE, answer(expires_in=86400)),
    "pkce-not-offered": change(at("smart-configuration"), answer(code_challenge_methods_supported=None)),
    "pkce-left-out": change(PLAIN_ASKED, ask(code_challenge=None, code_challenge_method=None)),
    "iss-from-anywhere": both(
        again(PLAIN_ASKED, go_to("http://127.0.0.1:9")),
        again(SENT_BACK, later=2, skip=1),
        change(SENT_BACK, sends_back(iss=None), every=True),
    ),
    "refresh-not-rotated": change(REFRESH, answer(refresh_token=None)),
}


def raised(exchanges: object, facts: object) -> list[str]:
    return [risk.id for risk in review_launch(exchanges, facts=facts).risks]  # type: ignore[arg-type]


def test_each_risk_has_a_change_that_raises_it() -> None:
    assert {*RAISED} == {risk.id for risk in all_risks()}


def test_a_good_app_at_a_good_site_leaves_no_risk() -> None:
    assert raised(*whole_row()) == []


@pytest.mark.parametrize("id_", RAISED)
def test_a_risk_is_raised_by_one_thing(id_: str) -> None:
    assert id_ in raised(*RAISED[id_](whole_row()))


def test_a_token_that_had_ended_was_kept() -> None:
    assert "kept-token" in raised(*change(FHIR, later(7200))(whole_row()))


def test_an_access_token_was_kept_whose_refresh_token_had_been_given_back() -> None:
    only_refresh = both(given("try_after_revocation"), change(at("revocation"), ask(token=""), skip=1))
    assert "kept-token" in raised(*only_refresh(whole_row()))


def test_scopes_that_were_not_used_are_told_once_for_a_launch_and_its_refreshes() -> None:
    wide = answer(scope="patient/Patient.rs patient/Condition.rs")
    exchanges, facts = both(change(CODE, wide), change(REFRESH, wide))(whole_row())
    risks = review_launch(exchanges, facts=facts).risks
    assert [len(risk.evidence) for risk in risks if risk.id == "unused-scopes"] == [1]
