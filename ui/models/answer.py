"""Answer: what came back for something that was sent, as a verdict and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Response
from workbench.hl7v2.acknowledgment import parse_acknowledgment


@dataclass(frozen=True, slots=True)
class Answer:
    """`word` is the code beside the verdict's icon; `sentence` says the rest."""

    verdict: Literal["pass", "fail", "skip"]
    word: str
    sentence: str


def describe_answer(exchange: Exchange) -> Answer:
    """The verdict of the answering system: its acknowledgment code, its HTTP status, or why nothing came."""
    if exchange.failure is not None:
        return Answer("fail", exchange.failure.kind.replace("-", " ").capitalize(), exchange.failure.reason)
    if exchange.response is None:
        return Answer("skip", "No answer", "The message went out, and no answer was expected.")
    if exchange.protocol == "mllp":
        return _describe_acknowledgment(exchange.response)
    return _describe_status(exchange.response)


def _describe_acknowledgment(response: Response) -> Answer:
    try:
        acknowledgment = parse_acknowledgment(response.body)
    except WorkbenchError as error:
        return Answer("fail", "Not an acknowledgment", error.message)
    words = acknowledgment.reason.removeprefix(f"{acknowledgment.code}: ")
    more = len(acknowledgment.errors) - 1
    sentence = f"{words[:1].upper()}{words[1:]}" + (f" ({more} more in ERR)" if more > 0 else "")
    return Answer("pass" if acknowledgment.is_positive else "fail", acknowledgment.code or "No code", sentence)


def _describe_status(response: Response) -> Answer:
    status = response.status or 0
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    reason = _reason_of(response) if status >= 400 else response.header("Location")
    return Answer("pass" if status < 400 else "fail", f"{status} {phrase}".strip(), reason)


def _reason_of(response: Response) -> str:
    """The first thing that an OperationOutcome says; its size is bounded, so that no large body is read for it."""
    from workbench.fhir.resource import issues_of, parse_json

    if not response.body or len(response.body) > 100_000:
        return ""
    try:
        value = parse_json(response.body)
    except WorkbenchError:
        return response.body[:200].decode("utf-8", "replace").strip()
    if not isinstance(value, dict):
        return ""
    if value.get("resourceType") == "OperationOutcome":
        return next((issue.message for issue in issues_of(value) if issue.message), "")
    return str(value.get("error_description") or value.get("error") or "")
