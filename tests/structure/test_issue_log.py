from __future__ import annotations

import time

from workbench.definitions.definitions import load_definitions
from workbench.structure.issue_log import IssueLog
from workbench.validation.validator import Validator


def test_a_full_log_says_so_and_lets_an_error_take_the_place_of_a_warning() -> None:
    log = IssueLog(3)
    for at in range(5):
        log.tell("warning", "invariant", "", f"Bundle.entry[{at}]", "dom-6")
    for at in range(5):
        log.tell("error", "structure", "", f"Bundle.entry[{at}].shoe", "unknown element")
    *listed, more = log.issues
    assert [issue.path for issue in listed] == ["Bundle.entry[0].shoe", "Bundle.entry[1].shoe", "Bundle.entry[2].shoe"]
    assert (more.severity, more.rule) == ("information", "most issues")


def test_what_is_undecided_gives_way_to_warnings_and_these_to_errors_whenever_they_come() -> None:
    log = IssueLog(4)
    for at in range(4):
        log.tell_undecided("Whether it is", "the set is not here", f"a[{at}]", "binding")
    log.tell("warning", "invariant", "", "b", "dom-6")
    log.tell("error", "structure", "", "a[3]", "binding")
    for at in range(2):
        log.tell("warning", "invariant", "", f"c[{at}]", "dom-6")
    for at in range(4):
        log.tell("error", "structure", "", f"d[{at}]", "unknown element")
    *listed, more = log.issues
    assert [issue.severity for issue in listed] == ["error"] * 4
    assert {issue.path for issue in listed} >= {"a[3]", "d[0]", "d[1]", "d[2]"}
    assert more.rule == "most issues"


def test_a_full_log_takes_a_hundred_thousand_more_without_looking_through_all() -> None:
    log = IssueLog(10_000)
    started = time.process_time()
    for at in range(60_000):
        log.tell("warning" if at % 2 else "information", "invariant", "", f"a[{at}]", "dom-6")
    for at in range(60_000):
        log.tell("error", "structure", "", f"b[{at}]", "unknown element")
    assert time.process_time() - started < 5
    assert all(issue.is_error for issue in log.issues[:-1]) and len(log.issues) == 10_001


def test_a_thousand_warnings_do_not_hide_a_fault_behind_them() -> None:
    entries = [{"resource": {"resourceType": "Basic", "code": {"text": "a"}}} for _ in range(1500)]
    entries[-1]["resource"]["text"] = {"status": "generated", "div": "<div>no XHTML</div>"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    issues = Validator(load_definitions("4.0")).validate(bundle)
    assert {issue.path for issue in issues if issue.is_error} == {"Bundle.entry[1499].resource.text.div"}


def test_a_sentence_that_quotes_without_end_ends() -> None:
    log = IssueLog()
    log.tell("error", "value", "“" + "x" * 1_000_000 + "” is too long.", "Patient.id", "Patient.id format")
    assert len(log.issues[0].message) == 2_000
