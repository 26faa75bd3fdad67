"""A review is told in lines, as JSON and as a page, the worst first."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from tests.launch_review.world import tried_row, whole_row
from workbench.launch_review.judge import review_launch
from workbench.launch_review.page import review_html, review_page, sequence_svg
from workbench.launch_review.review import LaunchReview
from workbench.launch_review.words import review_json, review_lines, sum_up_review


@pytest.fixture(scope="module")
def review() -> LaunchReview:
    exchanges, facts = tried_row("try_plain")
    return review_launch(exchanges, facts=facts)


def test_lines_tell_what_failed_with_clause_and_place(review: LaunchReview) -> None:
    lines = review_lines(review)
    assert lines[0] == sum_up_review(review)
    assert "Failed: The code challenge is made by S256. (the app, Authorization)" in lines
    assert "    Exchange 5, query: code_challenge_method: The method is “plain”." in lines
    assert "Risk: PKCE by plain (the app)" in lines


def test_one_line_sums_up(review: LaunchReview) -> None:
    assert sum_up_review(review).startswith("2 of ")
    assert sum_up_review(review).endswith(" requirements failed, 1 risk.")
    exchanges, facts = whole_row()
    assert sum_up_review(review_launch(exchanges, facts=facts)).startswith("None of ")
    assert sum_up_review(review_launch(())) == "Nothing was seen that could be judged."


def test_json_has_all_that_the_review_has(review: LaunchReview) -> None:
    value = json.loads(json.dumps(review_json(review)))
    assert value["counts"]["fail"] == 2
    assert len(value["verdicts"]) == len(review.verdicts)
    failed = [verdict for verdict in value["verdicts"] if verdict["outcome"] == "fail"]
    assert failed[-1]["id"] == "authorize-challenge-method"
    assert failed[-1]["evidence"][0]["place"] == "query: code_challenge_method"
    assert [step["exchange"] for step in value["steps"]] == list(range(len(review.steps)))
    assert {value["steps"][4]["from"], value["steps"][4]["to"]} == {"user", "authorization"}


def test_the_sequence_is_a_picture_of_each_step_with_its_verdict_in_words(review: LaunchReview) -> None:
    drawn = ET.fromstring(sequence_svg(review.steps))  # noqa: S314 # our own
    told = [title.text or "" for title in drawn.iter("title")]
    assert len(told) == len(review.steps)
    assert told[4].startswith("5. authorize: ")
    assert told[4].endswith(": Failed")
    assert "App" in drawn.attrib["aria-label"]


def test_a_page_stands_alone_and_the_fragment_within_a_report(review: LaunchReview) -> None:
    page = review_page(review, "A launch")
    assert review_html(review) in page
    assert "src=" not in page
    assert "href=" not in page
    assert page.index("Failed and warnings") < page.index("Risks") < page.index("Passed, and not seen")


def test_a_long_launch_is_drawn_in_part_and_counted_whole(review: LaunchReview) -> None:
    drawn = ET.fromstring(sequence_svg(review.steps * 200))  # noqa: S314 # our own
    assert len(list(drawn.iter("title"))) == 400
    assert str(200 * len(review.steps)) in drawn.attrib["aria-label"]
