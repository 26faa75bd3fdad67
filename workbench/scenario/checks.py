"""Checks: what must hold of an answer, judged with expected and actual kept for display.

Whatever the answer is, a check ends in a verdict: `fail` where it does not hold, `error` where the check itself cannot
be read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from workbench.diff.difference import Difference, keep_differing
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange
from workbench.fhir.resource import parse_json
from workbench.hl7v2.message import parse_message
from workbench.scenario.answer import Answer, escape_json, shorten
from workbench.scenario.masks import masks_of
from workbench.scenario.places import find_values
from workbench.scenario.scenario import Check, CheckResult, Verdict
from workbench.scenario.variables import Variables

# A pattern that takes longer backtracks without end.
LONGEST_MATCHING = 0.2
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?")
# Kinds whose value is one of a few words, any of which may be expected.
_OF_WORDS = ("status", "acknowledgment", "error", "failure", "attempts")
_SUCCESS: dict[str | None, tuple[str, str]] = {"fhir": ("status", "2xx"), "hl7v2": ("acknowledgment", "AA or CA")}


def fill_check(check: Check, variables: Variables) -> Check:
    """The check with its variables filled in."""
    subject = variables.fill(check.subject)
    if check.kind == "body":
        escape = escape_json if check.expected.lstrip()[:1] in ("{", "[") else None
        return replace(check, expected=variables.fill(check.expected, escape=escape))
    if isinstance(check.expected, tuple):
        return replace(check, subject=subject, expected=tuple(variables.fill(item) for item in check.expected))
    expected = variables.fill(check.expected) if isinstance(check.expected, str) else check.expected
    return replace(check, subject=subject, expected=expected)


def check_exchange(exchange: Exchange, checks: Sequence[Check], masks: tuple[str, ...] = ()) -> tuple[CheckResult, ...]:
    """Judge one exchange by `checks` that hold no variables."""
    response = exchange.response
    if response is None:
        reason = exchange.failure.reason if exchange.failure else "No answer was sent."
        return tuple(CheckResult(check, "skip", f"Not checked: {reason}", tell_expected(check)) for check in checks)
    standard: Any = "hl7v2" if exchange.protocol == "mllp" else "fhir"
    answer = Answer(standard, response.body, response.status, response.headers)
    return tuple(judge_check(check, answer, masks_of(standard, masks, True)) for check in checks)


def judge_check(check: Check, answer: Answer, masks: tuple[str, ...] = ()) -> CheckResult:
    """Judge one filled check."""
    try:
        if check.kind == "body":
            return _judge_body(check, answer, masks)
        if check.kind in ("granted", "withheld"):
            return _judge_scopes(check, answer)
        if check.kind == "review":
            from workbench.scenario.review_check import judge_review

            return judge_review(check, answer.review)
        return _judge_values(check, _find_values(check, answer), answer)
    except WorkbenchError as error:
        sentence = f"This check cannot be made: {error.message} {error.hint}".strip()
        return CheckResult(check, "error", sentence, tell_expected(check))


def tell_expected(check: Check) -> str:
    """What the check expects, in words."""
    expected = check.expected
    if check.how == "exists":
        return "present" if expected else "absent"
    if check.kind == "body":
        return str(expected)
    joiner = " or " if check.kind in _OF_WORDS else ", "
    shown = joiner.join(expected) if isinstance(expected, tuple) else str(expected)
    words = {"equals": "", "not": "not ", "contains": "contains ", "matches": "matches "}
    return (words[check.how] + shown) if check.kind not in ("granted", "withheld") else f"{check.kind} {shown}"


def _find_values(check: Check, answer: Answer) -> tuple[str, ...]:
    """What stands at the place that the check looks at; nothing where it is absent."""
    found: str | None
    if check.kind == "status":
        found = None if answer.status is None else str(answer.status)
    elif check.kind == "acknowledgment":
        found = answer.acknowledgment
    elif check.kind == "error":
        return answer.errors
    elif check.kind == "failure":
        found = answer.failure or None
    elif check.kind == "attempts":
        found = str(answer.attempts)
    elif check.kind == "reason":
        found = answer.reason or None
    else:
        return find_values(check.kind, check.subject, answer)
    return () if found is None else (found,)


def _judge_values(check: Check, actual: tuple[str, ...], answer: Answer) -> CheckResult:
    expected = tell_expected(check)
    shown = ", ".join(actual) if actual else None
    is_there = bool(actual)
    holds = is_there == check.expected if check.how == "exists" else is_there and _compare(check, actual)
    verdict: Verdict = "pass" if holds else "fail"
    place = _place(check)
    if holds:
        return CheckResult(check, verdict, f"{place} is {_quote(check, shown)}.", expected, shown)
    said = f"{place} is {_quote(check, shown)}, and should be {expected if check.how == 'exists' else _want(check)}."
    reason = answer.reason if check.kind in _OF_WORDS and not answer.succeeded else ""
    return CheckResult(check, verdict, f"{said} {_end(reason)}".strip(), expected, shown)


def _compare(check: Check, actual: tuple[str, ...]) -> bool:
    expected: Any = check.expected
    if check.kind in _OF_WORDS:
        wanted = expected if isinstance(expected, tuple) else (expected,)
        return any(_is_status(value, item) for value in actual for item in wanted)
    if check.how in ("equals", "not"):
        wanted = expected if isinstance(expected, tuple) else (expected,)
        same = len(wanted) == len(actual) and all(map(_is_equal, wanted, actual))
        return same == (check.how == "equals")
    wanted = expected if isinstance(expected, tuple) else (expected,)
    find = _is_match if check.how == "matches" else (lambda item, value: item in value)
    return all(any(find(item, value) for value in actual) for item in wanted)


def _is_status(actual: str, expected: str) -> bool:
    """`2xx` stands for any status of its hundred."""
    return actual == expected or (len(expected) == 3 and expected[1:].lower() == "xx" and actual[:1] == expected[:1])


def _is_equal(expected: str, actual: str) -> bool:
    if expected == actual:
        return True
    return bool(_NUMBER.fullmatch(expected) and _NUMBER.fullmatch(actual)) and Decimal(expected) == Decimal(actual)


def _is_match(pattern: str, value: str) -> bool:
    try:
        return _compile(pattern).search(value, timeout=LONGEST_MATCHING, concurrent=True) is not None
    except TimeoutError as error:
        raise WorkbenchError(
            f"The pattern “{pattern}” takes too long on this answer.", hint="Write it without nested repetition."
        ) from error


@lru_cache(maxsize=256)
def _compile(pattern: str) -> Any:
    import regex

    if len(pattern) > 2000:
        raise WorkbenchError("The pattern has over 2,000 characters.", hint="Write a shorter one.")
    try:
        return regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        raise WorkbenchError(
            f"“{pattern}” is not a regular expression: {error}.", hint="Correct the pattern."
        ) from error


def _place(check: Check) -> str:
    names = {"status": "The status", "acknowledgment": "The acknowledgment", "reason": "The reason given"}
    names |= {"error": "The error condition", "failure": "The failure", "attempts": "The number of attempts"}
    if check.kind == "launch":
        return f"The launch’s {check.subject}"
    if check.kind == "token":
        return f"The token’s {check.subject}"
    return names.get(check.kind, check.subject)


def _quote(check: Check, shown: str | None) -> str:
    if shown is None:
        return "absent"
    return shown if check.kind in _OF_WORDS else f"“{shorten(shown)}”"


def _want(check: Check) -> str:
    expected = tell_expected(check)
    if check.kind in _OF_WORDS:
        return expected
    value = ", ".join(check.expected) if isinstance(check.expected, tuple) else str(check.expected)
    words = {"equals": "", "not": "other than ", "contains": "a text that contains ", "matches": "a match of "}
    return f"{words[check.how]}“{shorten(value)}”"


def _end(reason: str) -> str:
    if not reason:
        return ""
    said = shorten(reason)
    return f"It said: {said}" if said.endswith((".", "…")) else f"It said: {said}."


def judge_success(checks: Sequence[Check], answer: Answer) -> CheckResult | None:
    """The check that nobody wrote: a step that says nothing of success expects it."""
    said = ("status", "acknowledgment", "failure")
    if answer.standard not in _SUCCESS or any(check.kind in said for check in checks):
        return None
    kind, words = _SUCCESS[answer.standard]
    check = Check("status" if kind == "status" else "acknowledgment", expected=words)
    actual = (None if answer.status is None else str(answer.status)) if kind == "status" else answer.acknowledgment
    place = _place(check)
    if answer.succeeded:
        return CheckResult(check, "pass", f"{place} is {actual}.", words, actual)
    sentence = f"{place} is {actual or 'absent'}, and should be {words}. {_end(answer.reason)}".strip()
    return CheckResult(check, "fail", sentence, words, actual)


def _judge_scopes(check: Check, answer: Answer) -> CheckResult:
    wanted = str(check.expected).split()
    wrong = [scope for scope in wanted if (scope in answer.granted) == (check.kind == "withheld")]
    actual = " ".join(answer.granted)
    expected = tell_expected(check)
    if not wrong:
        words = "were withheld" if check.kind == "withheld" else "were granted"
        return CheckResult(check, "pass", f"{', '.join(wanted)} {words}.", expected, actual)
    words = "was not granted" if check.kind == "granted" else "was granted, and should not be"
    return CheckResult(check, "fail", f"{', '.join(wrong)} {words}.", expected, actual)


# Whole-body compare


def _judge_body(check: Check, answer: Answer, masks: tuple[str, ...]) -> CheckResult:
    actual = answer.body.decode("utf-8", "replace")
    if answer.standard == "hl7v2":
        rows = _compare_messages(check, answer, masks)
    else:
        rows = _compare_resources(check, answer, masks)
    if isinstance(rows, str):
        return CheckResult(check, "fail", rows, str(check.expected), actual)
    differing = keep_differing(rows)
    if not differing:
        masked = sum(row.kind == "masked" for row in rows)
        aside = f" {masked} masked." if masked else ""
        return CheckResult(check, "pass", f"The answer is the recorded one.{aside}", str(check.expected), actual, rows)
    places = ", ".join(dict.fromkeys(row.path for row in differing[:3]))
    more = f" and {len(differing) - 3} more" if len(differing) > 3 else ""
    count = "1 place differs" if len(differing) == 1 else f"{len(differing)} places differ"
    sentence = f"{count} from the recorded answer: {places}{more}."
    return CheckResult(check, "fail", sentence, str(check.expected), actual, rows)


def _compare_messages(check: Check, answer: Answer, masks: tuple[str, ...]) -> tuple[Difference, ...] | str:
    from workbench.diff.hl7v2_diff import diff_messages

    expected = parse_message(str(check.expected).replace("\r\n", "\r").replace("\n", "\r"))
    try:
        message = answer.message
    except WorkbenchError as error:
        return f"The answer is no HL7 v2 message: {error.message}"
    return diff_messages(expected, message, masks=masks)


def _compare_resources(check: Check, answer: Answer, masks: tuple[str, ...]) -> tuple[Difference, ...] | str:
    from workbench.diff.fhir_diff import diff_resources

    text = str(check.expected)
    if not text.lstrip().startswith(("{", "[")):
        return _compare_texts(text, answer)
    try:
        expected = parse_json(text)
    except WorkbenchError as error:
        raise WorkbenchError(f"The recorded answer is not JSON: {error.message}", hint="Correct it.") from error
    try:
        resource = answer.resource
    except WorkbenchError as error:
        return f"The answer is not JSON: {error.message}"
    if not isinstance(resource, dict) or not isinstance(expected, dict):
        return () if resource == expected else "The answer is another value than the recorded one."
    return diff_resources(expected, resource, masks=masks)


def _compare_texts(expected: str, answer: Answer) -> tuple[Difference, ...] | str:
    actual = answer.body.decode("utf-8", "replace")
    same = expected.strip() == actual.strip()
    return () if same else "The answer is another text than the recorded one."
