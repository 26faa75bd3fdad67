"""The simulated sites and the workbench as their app keep what the clauses ask of both, seen from either end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.launch_review.recorded import KINDS, SITES, Recorded, record
from workbench.launch_review.judge import review_launch
from workbench.launch_review.review import LaunchReview


@pytest.fixture(scope="module", params=[(site, kind) for site in SITES for kind in KINDS], ids=lambda it: "-".join(it))
def recorded(request: pytest.FixtureRequest) -> Recorded:
    site, kind = request.param
    return record(site, kind)


def told(review: LaunchReview, outcome: str) -> list[Any]:
    return [(v.requirement.id, v.evidence[0]) for v in review.verdicts if v.outcome == outcome]


@pytest.mark.parametrize("end", ["app", "site", "both"])
def test_neither_party_fails(recorded: Recorded, end: str) -> None:
    rows = {"app": recorded.sent, "site": recorded.received, "both": (*recorded.sent, *recorded.received)}
    review = review_launch(rows[end], facts=recorded.facts)
    assert told(review, "fail") == []
    assert told(review, "warning") == []
    assert review.counts["pass"] >= 95


def test_both_ends_see_the_same(recorded: Recorded) -> None:
    sent, received = (review_launch(row, facts=recorded.facts) for row in (recorded.sent, recorded.received))
    outcomes = [[(v.requirement.id, v.outcome) for v in review.verdicts] for review in (sent, received)]
    assert outcomes[0] == outcomes[1]


def test_an_exchange_that_both_ends_recorded_is_one_step(recorded: Recorded) -> None:
    review = review_launch((*recorded.sent, *recorded.received), facts=recorded.facts)
    assert len(review.steps) == len(recorded.sent)
    assert {step.outcome for step in review.steps} <= {"pass", "not-seen"}


def test_no_secret_stands_in_the_review(recorded: Recorded) -> None:
    said = repr(review_launch(recorded.sent, facts=recorded.facts))
    assert recorded.secrets
    assert [secret for secret in recorded.secrets if secret in said] == []
