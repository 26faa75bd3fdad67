"""Scenario: named steps with checks that can be replayed, and what a replay says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.authorization_server.discovery_edits import DiscoveryFault
from workbench.diff.difference import Difference
from workbench.exchange import Exchange, Headers
from workbench.launch_review.review import LaunchReview
from workbench.smart.client_methods import ClientAuthentication
from workbench.transports.mllp_retry import NO_RETRY, Retry

Verdict = Literal["pass", "fail", "error", "skip"]
Ordering = Literal["equals", "not", "contains", "matches", "exists"]
CheckKind = Literal[
    "status",
    "acknowledgment",
    "error",
    "failure",
    "attempts",
    "reason",
    "hl7",
    "fhirpath",
    "header",
    "launch",
    "token",
    "granted",
    "withheld",
    "review",
    "body",
]
CaptureKind = Literal["hl7", "fhirpath", "header", "launch", "token"]
LaunchStepKind = Literal["ehr", "standalone", "backend"]
TokenStepKind = Literal["refresh", "introspect", "revoke"]
LineEnds = Literal["cr", "lf", "crlf"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold of a step's answer.

    `kind` tells what is looked at: `status` (HTTP status), `acknowledgment` (MSA-1, or `none` where none came), `error`
    (the error conditions, ERR-3), `failure` (the kind of failure, where no answer came that counts), `attempts` (how
    often it was sent), `reason` (what the answer gives as its reason), `hl7` (an HL7 v2 path), `fhirpath` (an
    expression), `header`, `launch` (an item of the launch context), `token` (what introspection says of a token),
    `granted` and `withheld` (scopes of a launch), `review` (the verdicts on a launch so far), `body` (the recorded
    answer).
    `subject` is the path, expression, header or context item; `how` compares with `expected`: a text whose variables
    are not yet filled in, a tuple of such texts, or True or False where `how` is `exists`.
    `file` names the file that a body was read from.
    """

    kind: CheckKind
    subject: str = ""
    how: Ordering = "equals"
    expected: Any = None
    line: int | None = field(default=None, compare=False)
    file: str = ""


@dataclass(frozen=True, slots=True)
class Capture:
    """A value taken from a step's answer into the variable `name`, by HL7 v2 path or FHIRPath."""

    name: str
    kind: CaptureKind
    subject: str
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Variant:
    """The value that variable `name` takes at some sites: `condition` is a site's id, or `trait=value`."""

    name: str
    condition: str
    value: str
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class StepBase:
    """What every step has; `when` names site traits that must hold, else the step is skipped in words.

    Pairs of one trait are alternatives, and a value that starts with `not ` must not hold.
    `default_masks` is off where the file says that nothing but `masks` may differ in a whole-body compare.
    """

    name: str
    when: tuple[tuple[str, str], ...] = ()
    checks: tuple[Check, ...] = ()
    captures: tuple[Capture, ...] = ()
    masks: tuple[str, ...] = ()
    line: int | None = field(default=None, compare=False)
    default_masks: bool = True


@dataclass(frozen=True, slots=True)
class SendHl7v2(StepBase):
    """Send one HL7 v2 message by MLLP; `message` is text as typed, its variables not yet filled in.

    Its line ends are written as LF and sent as `line_ends`. A `verbatim` message goes out as it stands, bytes that are
    not UTF-8 held as surrogate escapes. `file` names the file that it was read from. Of the attempts that `retry`
    allows, the checks judge the last.
    """

    message: str = ""
    within: float = 10.0
    line_ends: LineEnds = "cr"
    retry: Retry = NO_RETRY
    verbatim: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True)
class FhirInteraction(StepBase):
    """One FHIR request; `path` is relative to the FHIR base, `launch` names the launch whose token goes along."""

    method: str = "GET"
    path: str = ""
    headers: Headers = ()
    body: str = ""
    launch: str = ""
    within: float = 30.0
    verbatim: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True)
class Launch(StepBase):
    """One SMART launch with the workbench as the app and a scripted user in the browser's place, or a backend service.

    `grant` lists the scopes that the user leaves ticked; empty grants what the site offers. An empty `client_id` is the
    one that the sandbox knows the workbench by, and an empty `authentication` the way that it knows it to take.
    `expect_refusal` is the error that must come, such as `invalid_scope`. `intent`, `location` and `context`, which
    holds references of fhirContext, are what the EHR hands over beside patient and visit. `faults` and `discovery` are
    what a simulated site does wrongly from this step on, until the next launch.
    """

    kind: LaunchStepKind = "standalone"
    client_id: str = ""
    scope: str = ""
    user: str = ""
    patient: str = ""
    encounter: str = ""
    grant: str = ""
    expect_refusal: str = ""
    saves_as: str = "launch"
    within: float = 60.0
    authentication: ClientAuthentication | Literal[""] = ""
    intent: str = ""
    location: str = ""
    context: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    discovery: tuple[DiscoveryFault, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenRequest(StepBase):
    """The token of a launch refreshed, asked about (introspection) or given back (revocation).

    `scope` may ask for less in a refresh. `expect_refusal` is the error that must come.
    """

    kind: TokenStepKind = "refresh"
    launch: str = "launch"
    scope: str = ""
    expect_refusal: str = ""
    within: float = 30.0


@dataclass(frozen=True, slots=True)
class ReceiveHl7v2(StepBase):
    """Wait for one inbound HL7 v2 message on the workbench's own MLLP port.

    `answer` is an acknowledgment code, `none`, or what an answer rule says after its colon, such as `AE, late 2 s`.
    """

    port: int = 0
    within: float = 30.0
    answer: str = "AA"


@dataclass(frozen=True, slots=True)
class Wait(StepBase):
    seconds: float = 1.0


Step = SendHl7v2 | FhirInteraction | Launch | TokenRequest | ReceiveHl7v2 | Wait


@dataclass(frozen=True, slots=True)
class Scenario:
    """`variables` are defaults that a replay may override, `variants` their values at some sites.

    `sites` are those where it is known to hold, `needs` what it asks of a sandbox.
    """

    name: str
    description: str
    steps: tuple[Step, ...]
    sites: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    source: str = field(default="", compare=False)
    variants: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`actual` is None where the place was absent; `rows` is the whole-body comparison, left expected, right actual."""

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
class LaunchReviewed:
    """What a review found of the launch that step `step` made under `name`, and of all that its token was used for.

    `exchanges` are the row that was reviewed, which the evidence counts in.
    """

    step: int
    name: str
    review: LaunchReview
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplayFinished:
    """The verdict is `error` before `fail` before `pass`; a replay with every step skipped is `skip`.

    `reviews` are of the launches, in their order; what they find decides nothing but where a check asks.
    """

    scenario: Scenario
    sandbox: str
    verdict: Verdict
    results: tuple[StepResult, ...]
    duration: float
    reviews: tuple[LaunchReviewed, ...] = ()


ReplayEvent = ReplayStarted | StepStarted | StepFinished | ReplayFinished
