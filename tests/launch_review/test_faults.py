"""Each fault of a site is found as the requirement that it breaks, and as no other of the site's."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from tests.launch_review.changes import PLAIN_ASKED, ask, change
from tests.launch_review.recorded import record
from tests.launch_review.world import App, Row, query_of, record_row, whole_row
from workbench.authorization_server.discovery_edits import DISCOVERY_FAULTS, DiscoveryEdits, DiscoveryFault
from workbench.authorization_server.fault_rule import FAULT_NAMES, LaunchFault
from workbench.authorization_server.launch_faults import make_fault_rule
from workbench.exchange import Exchange
from workbench.launch_review.judge import review_launch

# A fault that breaks no clause is expected to be found nowhere.
EXPECTED: dict[LaunchFault, tuple[str, ...]] = {
    "slow-answer": (),
    "server-error": ("token-answers",),
    "malformed-json": ("token-json",),
    "clock-off": ("id-token-issued",),
    "wrong-aud": ("authorize-aud-taken",),
    "invalid-scope": ("authorize-scope-taken",),
    "access-denied": (),
    "redirect-refused": ("authorize-redirect-taken",),
    "state-changed": ("authorize-state-returned",),
    "wrong-code": ("token-code-taken",),
    "expired-code": ("token-code-taken",),
    "pkce-not-checked": ("discovery-challenge-methods",),
    "invalid-client": ("token-code-taken",),
    "wrong-token-type": ("token-type",),
    "missing-patient": ("token-patient",),
    "no-refresh-token": ("token-refresh-token",),
    "expired-refresh-token": ("refresh-taken",),
    "expired-token": ("use-taken",),
    "id-token-missing": ("token-id-token",),
    "id-token-wrong-issuer": ("id-token-issuer",),
    "id-token-wrong-audience": ("id-token-audience",),
    "id-token-wrong-nonce": ("id-token-nonce",),
    # It says that it was made two hours ago, too.
    "id-token-expired": ("id-token-expiry", "id-token-issued"),
    "id-token-wrong-signature": ("id-token-signature",),
    "id-token-unsigned": ("id-token-algorithm",),
    "key-withdrawn": ("id-token-signature",),
    "key-rotated": (),
}

# What is wrong with discovery, as the workbench finds it, which is in no browser and sends no Origin. A document of
# SMART 1.0 is in order at a site that claims no more: it is a risk that no method of PKCE is named.
DISCOVERY: dict[DiscoveryFault, tuple[str, ...]] = {
    "v1-addresses": ("token-scope-version",),
    "method-missing": ("discovery-challenge-methods", "discovery-asymmetric"),
    "other-issuer": ("authorize-issuer-returned",),
    "capability-only": ("discovery-served",),
    "old": (),
    "disagree": ("discovery-statement-agrees",),
    "not-json": ("discovery-json",),
    "no-cors": (),
}


async def go_as_far_as_it_goes(app: App) -> None:
    """An app that checks nothing: it launches, reads the keys and the patient, and refreshes."""
    await app.discover()
    code = query_of(await app.begin()).get("code")
    if code is None:
        return
    response = await app.trade(code)
    try:
        tokens = json.loads(response.body)
    except ValueError:
        return
    if not isinstance(tokens, dict) or "access_token" not in tokens:
        return
    await app.ask("GET", f"{app.site.issuer}/jwks")
    await app.read("Patient/amara-okafor", tokens["access_token"])
    if "refresh_token" in tokens:
        await app.refresh(tokens["refresh_token"])


def launch_with(fault: LaunchFault) -> Row:
    async def story(app: App) -> None:
        rule = make_fault_rule(fault)
        app.sandbox.faults.add(replace(rule, amount=0.1) if fault == "slow-answer" else rule)
        await go_as_far_as_it_goes(app)

    return record_row(story)


def failed(row: Row, party: str) -> list[str]:
    exchanges, facts = row
    review = review_launch(exchanges, party="both", facts=facts)
    return [v.requirement.id for v in review.verdicts if v.outcome == "fail" and v.requirement.party == party]


def test_each_fault_has_a_row() -> None:
    assert {*EXPECTED} == {*FAULT_NAMES}


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_fault_is_found_as_what_it_breaks(fault: LaunchFault) -> None:
    assert tuple(failed(launch_with(fault), "server")) == EXPECTED[fault]


def test_each_fault_of_discovery_has_a_row() -> None:
    assert {*DISCOVERY} == {*DISCOVERY_FAULTS}


@pytest.mark.parametrize("fault", DISCOVERY)
def test_a_fault_of_discovery_is_found_as_what_it_breaks(fault: DiscoveryFault) -> None:
    recorded = record("community-hospital", "standalone", fault)
    assert tuple(failed((recorded.sent, recorded.facts), "server")) == DISCOVERY[fault]


def test_a_document_of_smart_1_is_told_as_a_risk() -> None:
    recorded = record("community-hospital", "standalone", "old")
    review = review_launch(recorded.sent, facts=recorded.facts)
    assert [risk.id for risk in review.risks] == ["pkce-not-offered"]


def test_discovery_that_is_closed_to_browsers_is_found_by_an_app_in_one() -> None:
    async def story(app: App) -> None:
        app.sandbox.discovery = DiscoveryEdits(faults=("no-cors",))
        await app.discover()

    assert failed(record_row(story), "server") == ["discovery-cors"]


def test_what_a_site_does_on_request_is_told_as_that() -> None:
    exchanges, facts = launch_with("state-changed")
    verdict = review_launch(exchanges, facts=facts).verdict_of("authorize-state-returned")
    assert verdict is not None
    assert verdict.evidence[0].sentence == "It came back changed. On request: state-changed."


def test_what_an_app_does_wrongly_is_not_put_down_to_what_the_site_was_asked_to_do() -> None:
    def noted(exchange: Exchange) -> Exchange:
        return replace(exchange, note="On request: state-changed.")

    exchanges, facts = change(PLAIN_ASKED, ask(state=None), noted)(whole_row())
    verdict = review_launch(exchanges, facts=facts).verdict_of("authorize-state-named")
    assert verdict is not None
    assert verdict.evidence[0].sentence == "state is missing."


def test_a_site_that_does_not_check_pkce_is_found_by_an_app_without_its_verifier() -> None:
    async def story(app: App) -> None:
        app.sandbox.faults.add(make_fault_rule("pkce-not-checked", client="workbench"))
        await app.discover()
        await app.trade(query_of(await app.begin())["code"], code_verifier=None)

    assert failed(record_row(story), "server") == ["token-verifier-checked"]


@pytest.mark.parametrize("fault", ["state-changed", "wrong-token-type"])
def test_an_app_that_goes_on_where_it_must_stop_is_found(fault: LaunchFault) -> None:
    assert (
        failed(launch_with(fault), "app")
        == {
            "state-changed": ["authorize-state-checked"],
            "wrong-token-type": ["use-type"],
        }[fault]
    )


@pytest.mark.parametrize(
    "fault", ["id-token-wrong-issuer", "id-token-wrong-signature", "id-token-unsigned", "key-withdrawn"]
)
def test_an_app_that_never_asked_for_keys_or_issuer_goes_on_with_a_wrong_id_token_all_the_same(
    fault: LaunchFault,
) -> None:
    async def story(app: App) -> None:
        app.sandbox.faults.add(make_fault_rule(fault))
        tokens = json.loads((await app.trade(query_of(await app.begin())["code"])).body)
        await app.read("Patient/amara-okafor", tokens["access_token"])

    exchanges, facts = record_row(story)
    row = [each for each in exchanges if not re.search("well-known|metadata|jwks", each.request.address)]
    review = review_launch(row, party="app", facts=facts)
    stops = next(v for v in review.verdicts if v.requirement.id == "id-token-stops")
    assert (stops.outcome, stops.evidence[0].place) == ("warning", "header: Authorization")
