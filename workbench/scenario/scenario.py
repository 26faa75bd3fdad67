"""Scenario: named steps with checks that can be replayed, and what a replay says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from workbench.diff.difference import Difference
from workbench.exchange import Exchange, Headers

Verdict = Literal["pass", "fail", "error", "skip"]
Ordering = Literal["equals", "not", "contains", "matches", "exists"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold of a step's answer.

    `kind` tells what is looked at: `status` (HTTP status), `acknowledgment` (MSA-1), `hl7` (an HL7 v2 path),
    `fhirpath` (an expression), `header`, `granted` (scopes of a launch), `body` (the recorded answer).
    `subject` is the path, expression or header name; `how` compares with `expected`.
    """

    kind: Literal["status", "acknowledgment", "hl7", "fhirpath", "header", "granted", "body"]
    subject: str = ""
    how: Ordering = "equals"
    expected: Any = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """A value taken from a step's answer into the variable `name`, by HL7 v2 path or FHIRPath."""

    name: str
    kind: Literal["hl7", "fhirpath", "header", "launch"]
    subject: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class StepBase:
    """What every step has; `when` names site traits that must hold, else the step is skipped in words."""

    name: str
    when: tuple[tuple[str, str], ...] = ()
    checks: tuple[Check, ...] = ()
    captures: tuple[Capture, ...] = ()
    masks: tuple[str, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class SendHl7v2(StepBase):
    """Send one HL7 v2 message by MLLP; `message` is text as typed, its variables not yet filled in."""

    message: str = ""
    within: float = 10.0


@dataclass(frozen=True, slots=True)
class FhirInteraction(StepBase):
    """One FHIR request; `path` is relative to the FHIR base, `token` the variable of a launch or empty."""

    method: str = "GET"
    path: str = ""
    headers: Headers = ()
    body: str = ""
    launch: str = ""
    within: float = 30.0


@dataclass(frozen=True, slots=True)
class Launch(StepBase):
    """One SMART launch with the workbench as the app and a scripted user in the browser's place.

    `grant` lists the scopes that the user leaves ticked; empty grants what the site offers.
    """

    kind: Literal["ehr", "standalone"] = "standalone"
    client_id: str = "workbench"
    scope: str = ""
    user: str = ""
    patient: str = ""
    encounter: str = ""
    grant: str = ""
    expect_refusal: str = ""
    saves_as: str = "launch"


@dataclass(frozen=True, slots=True)
class ReceiveHl7v2(StepBase):
    """Wait for one inbound HL7 v2 message on the workbench's own MLLP port."""

    port: int = 0
    within: float = 30.0
    answer: str = "AA"


@dataclass(frozen=True, slots=True)
class Wait(StepBase):
    seconds: float = 1.0


Step = SendHl7v2 | FhirInteraction | Launch | ReceiveHl7v2 | Wait


@dataclass(frozen=True, slots=True)
class Scenario:
    """`variables` are defaults that a replay may override; `sites` where it is known to hold."""

    name: str
    description: str
    steps: tuple[Step, ...]
    sites: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`actual` is None where the place was absent; `rows` is the whole-body comparison."""

    check: Check
    verdict: Verdict
    sentence: str
    expected: str = ""
    actual: str | None = None
    rows: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class StepResult:
    step: Step
    verdict: Verdict
    sentence: str
    exchanges: tuple[Exchange, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    duration: float = 0.0


@dataclass(frozen=True, slots=True)
class ReplayStarted:
    scenario: Scenario
    sandbox: str


@dataclass(frozen=True, slots=True)
class StepStarted:
    index: int
    step: Step


@dataclass(frozen=True, slots=True)
class StepFinished:
    index: int
    result: StepResult


@dataclass(frozen=True, slots=True)
class ReplayFinished:
    """The verdict is `error` before `fail` before `pass`; a replay with every step skipped is `skip`."""

    scenario: Scenario
    sandbox: str
    verdict: Verdict
    results: tuple[StepResult, ...]
    duration: float


ReplayEvent = ReplayStarted | StepStarted | StepFinished | ReplayFinished
