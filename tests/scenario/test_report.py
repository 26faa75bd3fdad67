"""Reports say what happened to build servers, people and programs, and never with a secret."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from workbench.diff.difference import Difference
from workbench.exchange import Exchange, Request, Response
from workbench.scenario.report import to_html, to_json_report, to_junit
from workbench.scenario.scenario import (
    Check,
    CheckResult,
    FhirInteraction,
    ReplayFinished,
    Scenario,
    StepResult,
    Verdict,
    Wait,
)

TOKEN = "canary-7f3a9c51e2b84d60"
READ = FhirInteraction("Read <b>the</b> patient", method="GET", path="Patient/1", line=7)
EXCHANGE = Exchange(
    "workbench",
    "Site",
    Request("GET", "http://127.0.0.1:1/fhir/Patient/1", (("Authorization", f"Bearer {TOKEN}"),)),
    Response(404, (("Content-Type", "application/fhir+json"),), b'{"resourceType": "OperationOutcome"}'),
    datetime(2026, 1, 5, tzinfo=UTC),
    0.25,
)


def replay(verdict: Verdict = "fail", *, sandbox: str = "Site", checks: tuple[CheckResult, ...] = ()) -> ReplayFinished:
    results = (
        StepResult(READ, verdict, f"Status was 404 for {TOKEN}.", (EXCHANGE,), checks, 0.25),
        StepResult(Wait("", seconds=1), "skip", "Nothing to wait for."),
    )
    return ReplayFinished(
        Scenario("Visit & more", "About\n it", (READ,), source="v.yaml"), sandbox, verdict, results, 0.3
    )


STATUS = CheckResult(Check("status", expected="200", line=9), "fail", "Status was 404.", "200", "404")
ABSENT = CheckResult(Check("fhirpath", "Patient.id"), "fail", "It is absent.", "1", None)
BODY = CheckResult(
    Check("body"),
    "fail",
    "The body differs in 1 place.",
    rows=(
        Difference("changed", "Patient.active", "active", "true", "false"),
        Difference("same", "Patient.id", "id", "1", "1"),
    ),
)


def test_junit_has_a_suite_for_each_replay_and_a_case_for_each_step() -> None:
    root = ET.fromstring(to_junit((replay(checks=(STATUS, ABSENT)), replay("pass", sandbox="Other"))))  # noqa: S314  # ours
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == ["Visit & more at Site", "Visit & more at Other"]
    assert {name: suites[0].get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
    }
    failure = suites[0].find("testcase/failure")
    assert failure is not None and failure.text is not None
    assert "expected: 200" in failure.text and "actual:   absent" in failure.text


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1b", "\ufffe", "\ud800"])
def test_characters_that_xml_forbids_are_replaced(character: str) -> None:
    check = CheckResult(Check("header", "X"), "fail", f"It was {character}.", "a", f"b{character}c")
    text = to_junit((replay(checks=(check,)),))
    failure = ET.fromstring(text.encode("utf-8")).find("testsuite/testcase/failure")  # noqa: S314  # ours
    assert failure is not None and failure.text is not None and "b�c" in failure.text


def test_json_keeps_absent_apart_from_empty_and_leaves_equal_rows_out() -> None:
    report = to_json_report((replay(checks=(STATUS, ABSENT, BODY)),))
    step = report["replays"][0]["steps"][0]
    assert (report["verdict"], report["counts"]) == ("fail", {"pass": 0, "fail": 1, "error": 0, "skip": 1})
    assert [check["actual"] for check in step["checks"]] == ["404", None, None]
    assert [row["path"] for row in step["checks"][2]["differences"]] == ["Patient.active"]
    assert json.loads(json.dumps(report)) == report


def test_html_escapes_what_it_shows_and_loads_nothing() -> None:
    page = to_html((replay(checks=(STATUS, BODY)), replay("pass", sandbox="Other")))
    assert "Read &lt;b&gt;the&lt;/b&gt; patient" in page and "<b>the</b>" not in page
    assert 'src="' not in page and "http-equiv" not in page and 'href="#replay-0"' in page
    assert "Patient.active" in page and "not run" not in page


def test_a_token_that_crossed_the_wire_is_in_no_report() -> None:
    leaking = CheckResult(Check("header", "X"), "fail", f"It was {TOKEN}.", TOKEN, TOKEN)
    finished = (replay(checks=(leaking,)),)
    for text in (to_junit(finished), to_html(finished), json.dumps(to_json_report(finished))):
        assert TOKEN not in text and "•••" in text.encode().decode("unicode_escape", "ignore") + text
