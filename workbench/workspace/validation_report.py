"""Report of a validation for programs: JSON, JUnit for build servers, OperationOutcome for FHIR."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from typing import Any

from workbench.fhir.resource import Json, operation_outcome, to_json
from workbench.issue import Issue
from workbench.plain_text import for_xml
from workbench.workspace.validation_result import FileResult
from workbench.workspace.validation_words import file_lines, verdict_words

COLUMNS = ("severity", "code", "path", "line", "column", "message", "rule", "profile")
_EXTENSION = "http://hl7.org/fhir/StructureDefinition/operationoutcome-"


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
    lines = list(file_lines(result, width=200, whole=True))
    said = for_xml("\n".join(lines[1:]))
    if result.failure:
        ET.SubElement(case, "error", message=for_xml(result.failure))
    elif not result.valid:
        ET.SubElement(case, "failure", message=for_xml(verdict_words(result))).text = said
    elif said:
        ET.SubElement(case, "system-out").text = said
