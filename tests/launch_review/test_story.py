"""Exchanges are put to the app, the code and the token that they belong to, also where two apps launch at once."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest

import pytest

from tests.launch_review.changes import CODE, PLAIN_ASKED, SENT_BACK, answer, ask, change, sends_back
from tests.launch_review.recorded import record
from tests.launch_review.world import App, Row, query_of, record_row, whole_row
from workbench.launch_review.attribution import tell_story
from workbench.launch_review.judge import review_launch
from workbench.launch_review.review import LaunchFacts


async def launch_two_at_once(app: App) -> None:
    await app.discover()
    other = App(app.client, app.sandbox)
    first = await app.begin()
    second = await other.begin(client_id="vitals-app")
    await other.trade(query_of(second)["code"], client_id="vitals-app")
    await app.trade(query_of(first)["code"])


@pytest.fixture(scope="module")
def two() -> Row:
    return record_row(launch_two_at_once)


def test_each_code_belongs_to_the_request_that_it_answers(two: Row) -> None:
    story = tell_story(*two)
    assert [asked.client_id for asked in story.asked] == ["workbench", "vitals-app"]
    assert [traded.client_id for traded in story.traded] == ["vitals-app", "workbench"]
    assert all(traded.asked is not None and traded.asked.client_id == traded.client_id for traded in story.traded)


def test_one_app_is_judged_without_the_other(two: Row) -> None:
    exchanges, facts = change(PLAIN_ASKED, ask(scope="fhirUser"), skip=1)(two)
    both, one, other = (
        review_launch(exchanges, facts=replace(facts, client_id=client_id))
        for client_id in ("", "workbench", "vitals-app")
    )
    outcomes = [review.verdict_of("id-token-asked") for review in (both, one, other)]
    assert [verdict.outcome if verdict else "" for verdict in outcomes] == ["warning", "pass", "warning"]
    assert len(one.steps) < len(both.steps)


def test_two_apps_at_once_fail_nowhere(two: Row) -> None:
    exchanges, facts = two
    assert review_launch(exchanges, facts=facts).failed == ()


def test_launches_shuffled_into_one_row_are_told_apart() -> None:
    rows = [record("community-hospital", kind).sent for kind in ("ehr", "standalone")]
    shuffled = [each for pair in zip_longest(*rows) for each in pair if each is not None]
    review = review_launch(shuffled, facts=record("community-hospital", "ehr").facts)
    # The facts know one FHIR base, and the EHR of the other site hands over its own.
    assert [verdict.requirement.id for verdict in review.failed] in ([], ["launch-iss-base"])


def test_a_changed_state_still_belongs_to_its_request(two: Row) -> None:
    story = tell_story(*change(SENT_BACK, sends_back(state="another"))(two))
    assert story.returned[0].asked is story.asked[0]


def test_a_code_that_was_never_seen_belongs_to_the_last_request_of_its_app(two: Row) -> None:
    story = tell_story(*change(CODE, ask(code="never-seen"), skip=1)(two))
    assert story.traded[1].returned is None
    assert story.traded[1].asked is story.asked[0]


def test_a_site_that_claims_version_1_alone_is_not_held_to_version_2() -> None:
    recorded = record("academic-medical-center", "ehr")
    review = review_launch(recorded.sent, facts=recorded.facts)
    verdict = review.verdict_of("authorize-challenge")
    assert verdict is not None
    assert (verdict.outcome, bool(verdict.note)) == ("not-seen", True)


def test_the_version_is_known_otherwise_where_discovery_was_not_seen() -> None:
    assert tell_story((), LaunchFacts(scope_versions=("v1",))).version == 1
    assert tell_story((), LaunchFacts(scope_versions=("v2",))).version == 2
    assert tell_story((), LaunchFacts()).version == 2


def test_scopes_of_the_other_version_are_told_also_where_the_app_read_no_configuration(two: Row) -> None:
    exchanges, facts = change(PLAIN_ASKED, ask(scope="launch/patient patient/Patient.rs"))(two)
    row = [each for each in exchanges if "smart-configuration" not in each.request.address]
    verdict = review_launch(row, facts=replace(facts, scope_versions=("v1",))).verdict_of("authorize-scope-version")
    assert verdict is not None
    assert verdict.outcome == "warning"
    assert verdict.evidence[0].sentence == "The site reads v1 scopes alone, and not “patient/Patient.rs”."


def test_a_refresh_goes_on_from_the_launch() -> None:
    story = tell_story(*whole_row())
    refreshed = next(traded for traded in story.traded if traded.grant_type == "refresh_token")
    assert refreshed.source is not None
    assert refreshed.asked is refreshed.source.asked
    assert refreshed.context("encounter") == "amara-okafor-open"


def test_scopes_that_an_answer_leaves_out_are_those_asked_for() -> None:
    story = tell_story(*change(CODE, answer(scope=None))(whole_row()))
    traded = story.granted[0]
    assert traded.asked is not None
    assert traded.scopes == traded.asked.scopes


def test_an_unknown_app_that_is_sent_on_fails_a_site_that_knows_all_its_apps(two: Row) -> None:
    exchanges, facts = change(PLAIN_ASKED, ask(client_id="nobody-known"))(two)
    outcomes = []
    for registration in ("open", "registered"):
        known = replace(facts, registration=registration)  # type: ignore[arg-type]
        verdict = review_launch(exchanges, facts=known).verdict_of("authorize-redirect-refused")
        outcomes.append(verdict.outcome if verdict else "")
    assert outcomes == ["not-seen", "fail"]
