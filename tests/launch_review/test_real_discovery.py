"""The smart-configuration of a real EHR is judged by the version that it claims."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.exchange import Exchange, Request, Response
from workbench.launch_review.judge import review_launch

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT.parent / "shared/data/capability-statements/cerner-smart-configuration.json"


def test_a_real_site_leaves_out_two_members_that_version_2_asks_for() -> None:
    if not DOCUMENT.is_file():
        pytest.skip("the public smart-configuration of a real EHR is not here")
    answer = Response(200, (("content-type", "application/json"),), DOCUMENT.read_bytes())
    request = Request("GET", "https://ehr.example/fhir/.well-known/smart-configuration")
    review = review_launch([Exchange("app", "site", request, answer, datetime(2026, 1, 1, tzinfo=UTC), 0.1)])
    assert [verdict.requirement.id for verdict in review.failed] == ["discovery-grant-types", "discovery-jwks-uri"]
    assert review.counts["pass"] >= 10
