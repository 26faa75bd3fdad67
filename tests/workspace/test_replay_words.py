"""What a replay came to, in lines that people read."""

from __future__ import annotations

from datetime import UTC, datetime

from workbench.diff.difference import Difference
from workbench.exchange import Exchange, Request, Response
from workbench.scenario.scenario import (
    Check,
    CheckResult,
    FhirInteraction,
    ReplayFinished,
    Scenario,
    StepResult,
    Verdict,
)
from workbench.workspace.replay_words import (
    MOST_ROWS,
    check_lines,
    failure_text,
    finish_line,
    skip_reason,
    step_lines,
    summary_line,
    verdict_table,
)

STEP = FhirInteraction("read the patient", path="Patient/1")
STATUS = CheckResult(
    Check("status", expected="200", line=7), "fail", "The status is 404, and should be 200.", "200", "404"
)


def replayed(name: str, sandbox: str, *verdicts: Verdict, source: str = "") -> ReplayFinished:
    results = tuple(StepResult(STEP, verdict, f"said {verdict}") for verdict in verdicts)
    return ReplayFinished(Scenario(name, "", (STEP,), source=source), sandbox, verdicts[0], results, 1.25)


def test_a_step_that_passed_is_one_line() -> None:
    assert list(step_lines(0, StepResult(STEP, "pass", "1 check holds.", duration=0.2))) == [
        "  pass  1. read the patient (200 ms)"
    ]


def test_a_step_that_failed_says_what_was_expected_and_what_came() -> None:
    result = StepResult(STEP, "fail", STATUS.sentence, checks=(STATUS,), duration=0.2)
    assert list(step_lines(1, result)) == [
        "  fail  2. read the patient (200 ms)",
        "          fail: The status is 404, and should be 200. (line 7)",
        "            expected “200”",
        "            actual   “404”",
    ]


def test_a_step_that_was_skipped_says_why() -> None:
    assert list(step_lines(0, StepResult(STEP, "skip", "It is for other sites."))) == [
        "  skip  1. read the patient",
        "          It is for other sites.",
    ]


def test_an_absent_value_is_nothing_and_a_long_one_is_cut() -> None:
    check = CheckResult(Check("fhirpath"), "fail", "It is absent.", "x" * 400, None)
    _, expected, actual = check_lines(check)
    assert expected == f"            expected “{'x' * 300}…”"
    assert actual == "            actual   nothing"


def test_a_whole_body_comparison_shows_the_first_rows_that_differ() -> None:
    rows = [Difference("changed", f"PID-{n}", "Name", "a", "b") for n in range(MOST_ROWS + 3)]
    rows.insert(0, Difference("masked", "MSH-7", "Time", "1", "2"))
    lines = list(check_lines(CheckResult(Check("body"), "fail", "The body differs.", rows=tuple(rows))))
    assert lines[1] == "            PID-0 Name: expected “a”, actual “b”"
    assert lines[-1] == "            and 3 more differences"
    assert len(lines) == MOST_ROWS + 2


def test_the_lines_of_a_run_count_its_verdicts() -> None:
    finished = replayed("A", "X", "fail", "pass", "pass", "skip")
    assert finish_line(finished) == "fail: 2 passed, 1 failed, 1 skipped (1.2 s)"
    assert summary_line([finished, replayed("B", "X", "pass")]) == "2 replays: 1 passed, 1 failed."
    assert summary_line([]) == "Nothing was replayed."


def test_the_table_has_a_dash_where_nothing_was_replayed() -> None:
    replays = [replayed("First", "One", "pass"), replayed("First", "Two", "fail"), replayed("Second", "Two", "skip")]
    assert verdict_table(replays) == ["scenario  One    Two", "First     pass   fail", "Second    –      skip"]


def test_scenarios_of_one_name_are_told_apart_by_their_files() -> None:
    table = verdict_table(
        [replayed("A", "X", "pass", source="/a/one.yaml"), replayed("A", "X", "fail", source="/a/b.yaml")]
    )
    assert [line.split()[:3] for line in table[1:]] == [["A", "[one.yaml]", "pass"], ["A", "[b.yaml]", "fail"]]


def test_a_failure_text_holds_only_what_went_wrong() -> None:
    text = failure_text(replayed("A", "X", "fail", "pass", "error"))
    assert text.splitlines()[0] == "“A” at X: fail"
    assert "said fail" in text and "said error" in text
    assert "said pass" not in text


def test_a_skipped_replay_gives_its_reason() -> None:
    assert skip_reason(replayed("A", "X", "skip")) == "said skip"


def test_a_secret_that_crossed_the_wire_is_not_told() -> None:
    token = "canary-4711-0815"
    request = Request("GET", "http://h/Patient", (("Authorization", f"Bearer {token}"),))
    exchange = Exchange("workbench", "h", request, Response(200), datetime(2026, 1, 1, tzinfo=UTC), 0.1)
    sent = StepResult(STEP, "pass", "", (exchange,))
    check = CheckResult(Check("fhirpath"), "fail", f"It is {token}.", "x", token)
    failed = StepResult(STEP, "fail", f"It is {token}.", checks=(check,))
    assert token not in "".join(step_lines(1, failed, [sent]))
    finished = ReplayFinished(Scenario("A", "", (STEP,)), "X", "fail", (sent, failed), 1.0)
    assert token not in failure_text(finished)


def test_nothing_that_a_tested_system_said_moves_the_cursor() -> None:
    said = "It said \x1b[2J\x07\u202eb, and then\nmore."
    lines = list(step_lines(0, StepResult(STEP, "fail", said)))
    assert lines[1] == "          It said \ufffd[2J\ufffd\ufffdb, and then\nmore."
