from __future__ import annotations

from workbench.definitions.definitions import load_definitions
from workbench.validation.issue_log import IssueLog
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
