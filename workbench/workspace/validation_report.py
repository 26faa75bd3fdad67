"""Report of a validation: text for people, JSON for programs, JUnit for build servers, OperationOutcome for FHIR."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from workbench.fhir.resource import Json, operation_outcome, to_json
from workbench.issue import Issue
from workbench.plain_text import for_xml, printable, wrap_words
from workbench.workspace.validation_result import FileResult, count_issues

COLUMNS = ("severity", "code", "path", "line", "column", "message", "rule", "profile")
_EXTENSION = "http://hl7.org/fhir/StructureDefinition/operationoutcome-"
_WORDS = ("fatal", "error", "warning", "information", "undecided")


def to_json_value(results: Sequence[FileResult]) -> dict[str, Any]:
    """`{"files": [{"file", "valid", "issues": [{"severity", "code", "path", "line", "column", "message", …}]}]}`."""
    return {
        "files": [
            {
                "file": result.file,
                "valid": result.valid,
                "issues": [{name: getattr(issue, name) for name in COLUMNS} for issue in _all_issues(result)],
            }
            for result in results
        ]
    }


def to_json_text(results: Sequence[FileResult]) -> str:
    return to_json(to_json_value(results), indent=2) + "\n"


def to_outcome_text(results: Sequence[FileResult]) -> str:
    """One OperationOutcome for one file, a collection of them for several; each names its file in an extension."""
    outcomes = [_outcome(result) for result in results]
    if len(outcomes) == 1:
        return to_json(outcomes[0], indent=2) + "\n"
    bundle: Json = {"resourceType": "Bundle", "type": "collection"}
    if outcomes:
        bundle["entry"] = [{"resource": outcome} for outcome in outcomes]
    return to_json(bundle, indent=2) + "\n"


def to_junit(results: Sequence[FileResult]) -> str:
    """One test case a file: a failure where it is invalid, an error where it could not be judged."""
    suite = ET.Element("testsuite", name="workbench validate", tests=str(len(results)))
    invalid = sum(1 for result in results if not result.valid and not result.failure)
    suite.set("failures", str(invalid))
    suite.set("errors", str(sum(1 for result in results if result.failure)))
    suite.set("time", f"{sum(result.duration for result in results):.3f}")
    for result in results:
        _add_case(suite, result)
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def file_lines(result: FileResult, *, width: int = 100) -> Iterator[str]:
    """`patient.json: 1 error`, and below it each issue with its place, its path and what asks for it."""
    yield f"{printable(result.file)}: {verdict_words(result)}"
    places = [_place(issue) for issue in result.issues]
    place_width = max((len(place) for place in places), default=0)
    severities = [_severity(issue) for issue in result.issues]
    severity_width = max((len(severity) for severity in severities), default=0)
    for issue, place, severity in zip(result.issues, places, severities, strict=True):
        head = f"  {place:>{place_width}}  {severity:<{severity_width}}  "
        yield from _issue_lines(issue, head, width)
    if result.more:
        yield f"  … and {result.more:,} more."


def verdict_words(result: FileResult) -> str:
    """`valid`, `2 errors, 1 warning` or why it could not be judged."""
    if result.failure:
        return f"could not be judged. {printable(result.failure)}"
    said = _count_words(result.counts)
    if not result.valid:
        return said
    if result.counts["undecided"]:
        return f"no error, but {said}"
    return f"valid, {said}" if said else "valid"


def summary_lines(results: Sequence[FileResult]) -> Iterator[str]:
    """How many files of how many resources are valid, and which release they were held against."""
    valid = sum(1 for result in results if result.valid)
    failed = sum(1 for result in results if result.failure)
    invalid = len(results) - valid - failed
    resources = sum(result.resources for result in results)
    parts = [f"{valid} valid", f"{invalid} invalid"] + ([f"{failed} could not be judged"] if failed else [])
    counts = count_issues(issue for result in results for issue in result.issues)
    said = f" ({_count_words(counts)})" if _count_words(counts) else ""
    yield f"{_number(len(results), 'file')}, {_number(resources, 'resource')}: {', '.join(parts)}{said}."
    if counts["undecided"]:
        yield "What is undecided cannot be told without what is not here, and counts neither as valid nor as wrong."
    yield from _against_lines(results)


def _against_lines(results: Sequence[FileResult]) -> Iterator[str]:
    held = Counter(result.against for result in results if result.against is not None)
    for against, count in held.items():
        files = "" if len(held) == 1 else f", {_number(count, 'file')}"
        packages = f", with {', '.join(against.packages)}" if against.packages else ""
        yield f"Held against FHIR {against.release}, {against.why}{files}{packages}."
    missing = dict.fromkeys(label for against in held for label in against.missing)
    if missing:
        yield f"Not installed, so that what only they could tell is undecided: {', '.join(missing)}."


def _issue_lines(issue: Issue, head: str, width: int) -> Iterator[str]:
    asked = ", ".join(filter(None, (issue.rule, issue.profile.rpartition("/")[2])))
    path = printable(issue.path)
    sentence = printable(issue.message) + (f" ({printable(asked)})" if asked else "")
    if path:
        yield head + path
        head = " " * len(head)
    for at, line in enumerate(wrap_words(sentence, max(width - len(head), 40), 12)):
        yield (head if at == 0 else " " * len(head)) + line


def _place(issue: Issue) -> str:
    return "" if issue.line is None else f"{issue.line}:{issue.column or 1}"


def _severity(issue: Issue) -> str:
    return "undecided" if issue.is_undecided else issue.severity


def _count_words(counts: Counter[str]) -> str:
    plural = {"error": "s", "warning": "s"}
    parts = [
        f"{counts[word]} {word}{plural.get(word, '') if counts[word] != 1 else ''}" for word in _WORDS if counts[word]
    ]
    return ", ".join(parts)


def _number(count: int, thing: str, plural: str = "s") -> str:
    return f"{count:,} {thing}{'' if count == 1 else plural}"


def _all_issues(result: FileResult) -> Iterator[Issue]:
    """The issues, and as issues too what stands beside them in a result."""
    yield from result.issues
    if result.failure:
        yield Issue("fatal", "exception", result.failure, rule="reading")
    if result.more:
        yield Issue("information", "informational", f"{result.more:,} more issues are not listed.", rule="listing")


def _outcome(result: FileResult) -> Json:
    issues = list(_all_issues(result)) or [Issue("information", "informational", "No issue was found.")]
    outcome = operation_outcome(issues)
    outcome["extension"] = [{"url": f"{_EXTENSION}file", "valueString": for_xml(result.file)}]
    for said, issue in zip(outcome["issue"], issues, strict=True):
        if issue.line is not None and issue.column is not None:
            # The column is a text by its definition.
            said["extension"] = [
                {"url": f"{_EXTENSION}issue-line", "valueInteger": issue.line},
                {"url": f"{_EXTENSION}issue-col", "valueString": str(issue.column)},
            ]
    return {"resourceType": "OperationOutcome", "extension": outcome["extension"], "issue": outcome["issue"]}


def _add_case(suite: ET.Element, result: FileResult) -> None:
    case = ET.SubElement(suite, "testcase", name=for_xml(result.file), classname="workbench.validate")
    case.set("file", for_xml(result.file))
    case.set("time", f"{result.duration:.3f}")
    lines = list(file_lines(result, width=200))
    said = for_xml("\n".join(lines[1:]))
    if result.failure:
        ET.SubElement(case, "error", message=for_xml(result.failure))
    elif not result.valid:
        ET.SubElement(case, "failure", message=for_xml(verdict_words(result))).text = said
    elif said:
        ET.SubElement(case, "system-out").text = said
