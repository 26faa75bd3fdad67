"""`workbench launch --as ehr` with the sample app in Chromium: what a real browser does is told and judged."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.browser

COMMAND = (sys.executable, "-m", "workbench.cli", "launch", "--as", "ehr", "community-hospital", "--app", "sample")


def test_sample_app_in_a_browser_passes_its_review(page: Any) -> None:
    who = ("--user", "berg", "--patient", "amara-okafor", "--json", "--within", "30")
    with subprocess.Popen((*COMMAND, *who), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = next(line.strip() for line in process.stderr if line.startswith("  http"))
        page.goto(address)
        page.get_by_role("button", name="Allow", exact=True).click()
        page.wait_for_selector("#save")
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    told = json.loads(out)
    assert told["reached"] and told["ended"] == "The app used its access token."
    outcomes = {verdict["id"]: verdict["outcome"] for verdict in told["review"]["verdicts"]}
    assert "fail" not in outcomes.values()
    assert sum(outcome == "pass" for outcome in outcomes.values()) > 30
