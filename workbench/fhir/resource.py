"""Resources as plain JSON values: read and written with every digit kept, and what each resource says of itself.

Decimals are `Decimal`, so that 72.50 stays 72.50 (FHIR R4, JSON).
Whatever arrives is read in linear time or refused in words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import simplejson

from workbench.errors import WorkbenchError
from workbench.fhir.json_words import tell_json_fault
from workbench.issue import Issue, Severity

Json = dict[str, Any]

# Deeper than any real resource, and shallow enough for recursive readers of it to live.
DEEPEST = 120
# A decimal of more digits than this is an attack on whoever counts with it; R4 asks for 18.
LONGEST_NUMBER = 1000


class WrittenDecimal(Decimal):
    """A decimal that was not written as Python would write it, such as 0.00000001 or 1.5e3, and stays as it was."""

    __slots__ = ("_text",)
    _text: str

    def __new__(cls, text: str) -> WrittenDecimal:
        number = super().__new__(cls, text)
        number._text = str(text)
        return number

    def __str__(self) -> str:
        return self._text


# What a message quotes may hold characters that no FHIR string does (FHIR R4, Data types, string).
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NAME_ENDS = re.compile(r'"\s*:')
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(data: bytes | str) -> Any:
    """Return the JSON value in `data`; a fault raises WorkbenchError with line and column."""
    text = read_text(data)
    try:
        value = _decoder.decode(text)
        count = _count_names(value)
        if not _is_plainly_without_duplicates(text, count):
            value = _careful_decoder.decode(text)
    except json.JSONDecodeError as error:
        raise WorkbenchError(
            f"This is not valid JSON: {tell_json_fault(error)}.",
            hint="Correct the text at that place.",
            line=error.lineno,
            column=error.colno,
        ) from error
    except RecursionError as error:
        raise too_deep() from error
    if _SURROGATE_ESCAPE.search(text):
        _refuse_half_characters(value)
    return value


def parse_resource(data: bytes | str) -> Json:
    """Return the resource in `data`; what is no JSON object with a `resourceType` raises WorkbenchError."""
    value = parse_json(data)
    if not isinstance(value, dict):
        raise WorkbenchError("This is not a FHIR resource: it is not a JSON object.", line=1, column=1)
    type_name = value.get("resourceType")
    if not isinstance(type_name, str) or not type_name:
        raise WorkbenchError(
            "This is not a FHIR resource: it has no “resourceType”.", hint="Add resourceType.", line=1, column=1
        )
    return value


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Return `value` as JSON text in one line, or with `indent` spaces a level; decimals as they were written."""
    separators = (",", ":") if indent is None else (",", ": ")
    return str(simplejson.dumps(value, use_decimal=True, ensure_ascii=False, indent=indent, separators=separators))


def reference_of(resource: Json) -> str:
    """Return the relative reference to `resource`, such as `Patient/1`."""
    return f"{resource.get('resourceType', '')}/{resource.get('id', '')}"


def operation_outcome(issues: Sequence[Issue]) -> Json:
    """Return an OperationOutcome that says `issues`."""
    return {"resourceType": "OperationOutcome", "issue": [_to_outcome_issue(issue) for issue in issues]}


def issues_of(outcome: Json) -> tuple[Issue, ...]:
    """Return the issues that an OperationOutcome says; none where `outcome` is anything else."""
    if outcome.get("resourceType") != "OperationOutcome" or not isinstance(outcome.get("issue"), list):
        return ()
    return tuple(_from_outcome_issue(item) for item in outcome["issue"] if isinstance(item, dict))


def is_deeper_than(value: Any, limit: int) -> bool:
    """Tell whether `value` nests deeper than `limit`; walks level by level, so depth costs no stack."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(limit + 1):
        following: list[Any] = []
        for item in level:
            for child in item.values() if item.__class__ is dict else item:
                kind = child.__class__
                if kind is dict or kind is list:
                    following.append(child)
        if not following:
            return False
        level = following
    return True


def _to_outcome_issue(issue: Issue) -> Json:
    """FHIR R4, OperationOutcome: the sentence goes to `diagnostics` and to `details.text`, which clients show."""
    text = _CONTROL.sub("�", issue.message) or "Nothing was said."
    said: Json = {"severity": issue.severity, "code": issue.code or "processing", "details": {"text": text}}
    said["diagnostics"] = text
    if issue.path:
        said["expression"] = [_CONTROL.sub("�", issue.path)]
    return said


def _from_outcome_issue(item: Json) -> Issue:
    severities: dict[str, Severity] = {"fatal": "fatal", "error": "error", "warning": "warning"}
    details = item.get("details")
    text = details.get("text", "") if isinstance(details, dict) else ""
    places = item.get("expression") or item.get("location") or [""]
    return Issue(
        severity=severities.get(str(item.get("severity")), "information"),
        code=str(item.get("code", "")),
        message=str(item.get("diagnostics") or text),
        path=str(places[0]) if isinstance(places, list) else "",
    )


def read_text(data: bytes | str) -> str:
    """Return what `data` says in UTF-8, without a byte order mark; a fault raises an error with its place."""
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        raise WorkbenchError(
            f"This is not UTF-8 text: byte {error.start} is 0x{data[error.start]:02X}.",
            hint="FHIR is always UTF-8: save it so.",
            line=before.count(b"\n") + 1,
            column=error.start - (before.rfind(b"\n") + 1) + 1,
        ) from error


def parse_decimal(text: str) -> Decimal:
    """Return the number with the digits as they are written; one out of all bounds raises WorkbenchError."""
    try:
        number = Decimal(text) if len(text) <= LONGEST_NUMBER else None
    except InvalidOperation:
        number = None
    if number is None or abs(number.adjusted()) > LONGEST_NUMBER:
        raise _too_long_number(text)
    return number if str(number) == text else WrittenDecimal(text)


def _read_integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise _too_long_number(text)
    return int(text)


def _refuse_constant(text: str) -> Any:
    raise WorkbenchError(f"This is not valid JSON: {text} is no JSON number.")


def _count_names(value: Any) -> int:
    """How many names stand in all objects of `value`; raises WorkbenchError where it nests too deeply."""
    level = [value] if isinstance(value, dict | list) else []
    count = 0
    for _ in range(DEEPEST + 1):
        following: list[Any] = []
        for item in level:
            if item.__class__ is dict:
                count += len(item)
            for child in item.values() if item.__class__ is dict else item:
                kind = child.__class__
                if kind is dict or kind is list:
                    following.append(child)
        if not following:
            return count
        level = following
    raise too_deep()


def _is_plainly_without_duplicates(text: str, count: int) -> bool:
    """Whether the text has as many names as the value made of it: a name that stands twice leaves one of the two.

    What texts hold of quotes and colons can only add to the number. A hook for each object would take twice as long.
    """
    return len(_NAME_ENDS.findall(text)) == count


def _read_object(pairs: list[tuple[str, Any]]) -> Json:
    """FHIR R4, JSON: property names in one object are unique; a reader that keeps the last hides a sender's fault."""
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise WorkbenchError(f"The property “{twice}” stands twice in one JSON object.", hint="Keep one of the two.")
    return value


def _too_long_number(text: str) -> WorkbenchError:
    return WorkbenchError(
        f"The number {text[:20]}… is out of bounds.", hint=f"At most {LONGEST_NUMBER} digits are taken."
    )


def too_deep(language: str = "JSON") -> WorkbenchError:
    return WorkbenchError(f"This {language} nests deeper than {DEEPEST} levels.", hint="No FHIR resource needs that.")


def _refuse_half_characters(value: Any) -> None:
    """An escape such as `\\ud800` alone is half a character, which no UTF-8 answer could hold."""
    try:
        to_json(value).encode()
    except UnicodeEncodeError as error:
        raise WorkbenchError(
            "This text holds half a character, written as a lone \\u escape.", hint="Write both halves of the pair."
        ) from error


_NUMBERS: dict[str, Any] = {
    "parse_float": parse_decimal,
    "parse_int": _read_integer,
    "parse_constant": _refuse_constant,
}
_decoder = json.JSONDecoder(**_NUMBERS)
_careful_decoder = json.JSONDecoder(**_NUMBERS, object_pairs_hook=_read_object)
