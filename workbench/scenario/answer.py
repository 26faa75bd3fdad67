"""Answer: what a step got back, read in the way that its checks look at it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Headers, find_header
from workbench.fhir.resource import issues_of, parse_json, to_json
from workbench.hl7v2.acknowledgment import parse_acknowledgment
from workbench.hl7v2.message import Message, parse_message
from workbench.launch_review.review import LaunchFacts, LaunchReview
from workbench.scenario.masks import Standard

_SHOWN = 300


@dataclass(frozen=True)
class Answer:
    """The answer of one step. `launch` holds the context of a launch, `token` what introspection says of its token,
    `refusal` why there is none.

    `row` are the exchanges of the launch so far, which `facts` tell of, where its review is looked at.
    `failure` is the kind of failure of a message that got no answer which counts, after so many `attempts`.
    """

    standard: Standard | None
    body: bytes = b""
    status: int | None = None
    headers: Headers = ()
    launch: Mapping[str, str] = field(default_factory=dict)
    token: Mapping[str, str] = field(default_factory=dict)
    granted: tuple[str, ...] = ()
    refusal: str = ""
    failure: str = ""
    failure_reason: str = ""
    attempts: int = 1
    row: tuple[Exchange, ...] = ()
    facts: LaunchFacts | None = None

    @cached_property
    def resource(self) -> Any:
        """The JSON value of the body; None where it is empty. Raises WorkbenchError where it is not JSON."""
        return parse_json(self.body) if self.body.strip() else None

    @cached_property
    def review(self) -> LaunchReview:
        from workbench.launch_review.judge import review_launch

        return review_launch(self.row, facts=self.facts)

    @cached_property
    def message(self) -> Message:
        return parse_message(self.body)

    def find_header(self, name: str) -> str | None:
        return find_header(self.headers, name) or None

    @property
    def acknowledgment(self) -> str | None:
        """MSA-1, `none` where no answer came, or None where the answer acknowledges nothing."""
        if not self.body and self.standard == "hl7v2":
            return "none"
        try:
            return parse_acknowledgment(self.body).code or None
        except WorkbenchError:
            return None

    @property
    def errors(self) -> tuple[str, ...]:
        """The error conditions (ERR-3, before 2.5 those of ERR-1 or MSA-6) of an acknowledgment."""
        try:
            return tuple(error.code for error in parse_acknowledgment(self.body).errors if error.code)
        except WorkbenchError:
            return ()

    @property
    def succeeded(self) -> bool:
        if self.standard == "fhir":
            return self.status is not None and 200 <= self.status < 300
        if self.standard == "hl7v2":
            return self.acknowledgment in ("AA", "CA")
        return not self.refusal

    @property
    def reason(self) -> str:
        """What the answer gives as its reason: ERR and MSA-3, an OperationOutcome, an OAuth error; empty where none."""
        if self.standard is None or self.failure:
            return self.refusal or self.failure_reason
        try:
            return self._reason_of_message() if self.standard == "hl7v2" else self._reason_of_resource()
        except WorkbenchError:
            return ""

    def _reason_of_message(self) -> str:
        acknowledgment = parse_acknowledgment(self.body)
        texts = [acknowledgment.text, *(error.text for error in acknowledgment.errors)]
        places = [error.location for error in acknowledgment.errors]
        return "; ".join(dict.fromkeys(text for text in (*places, *texts) if text))

    def _reason_of_resource(self) -> str:
        resource = self.resource
        if not isinstance(resource, dict):
            return ""
        if resource.get("resourceType") == "OperationOutcome":
            return "; ".join(issue.message for issue in issues_of(resource) if issue.message)
        words = (resource.get("error"), resource.get("error_description"))
        return ": ".join(word for word in words if isinstance(word, str))


def to_shown(value: Any) -> str:
    """A value that FHIRPath found, as people read it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return to_json(value)
    return str(value)


def escape_json(text: str) -> str:
    """`text` as it stands between the quotation marks of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
