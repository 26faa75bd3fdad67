"""The page of documentation lists what the judge judges by, word for word."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from workbench.launch_review.catalogue import to_markdown
from workbench.launch_review.judge import all_requirements

PAGE = Path(__file__).parents[2] / "docs" / "launch-review.md"


def test_the_page_lists_each_requirement_and_risk_as_it_is_judged() -> None:
    assert PAGE.read_text(encoding="utf-8").endswith(to_markdown())


def test_the_page_counts_the_requirements_as_they_are() -> None:
    counts = Counter(requirement.party for requirement in all_requirements())
    told = re.search(r"(\d+) requirements, (\d+) of the app and (\d+) of the site", PAGE.read_text(encoding="utf-8"))
    assert told is not None
    assert [int(number) for number in told.groups()] == [counts.total(), counts["app"], counts["server"]]
