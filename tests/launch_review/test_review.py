"""A review counts its verdicts and finds them by their requirement."""

from __future__ import annotations

from workbench.launch_review.review import LaunchReview, Requirement, Verdict

STATE = Requirement("state", "app", "authorize", "The request has a state.", "RFC 6749, 10.12")
SCOPE = Requirement("scope", "app", "authorize", "The request has scopes.", "RFC 6749, 3.3")


def test_a_review_counts_its_verdicts_and_names_those_that_failed() -> None:
    review = LaunchReview((Verdict(STATE, "fail"), Verdict(SCOPE, "pass")))
    assert review.counts == {"fail": 1, "warning": 0, "pass": 1, "not-seen": 0}
    assert [verdict.requirement.id for verdict in review.failed] == ["state"]


def test_a_verdict_is_found_by_its_requirement() -> None:
    review = LaunchReview((Verdict(STATE, "pass"),))
    assert review.verdict_of("state") == Verdict(STATE, "pass")
    assert review.verdict_of("scope") is None
