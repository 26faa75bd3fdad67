"""Step runner: does what one step says, on the wire, and judges the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request
from workbench.hl7v2.message import escape_text
from workbench.scenario.answer import Answer, escape_json
from workbench.scenario.checks import fill_check, judge_check, judge_success
from workbench.scenario.endpoints import Endpoints
from workbench.scenario.inbox import Inbox
from workbench.scenario.masks import masks_of
from workbench.scenario.places import find_values
from workbench.scenario.scenario import (
    Capture,
    Check,
    CheckResult,
    FhirInteraction,
    Launch,
    LaunchReviewed,
    ReceiveHl7v2,
    Scenario,
    SendHl7v2,
    Step,
    StepResult,
    TokenRequest,
    Verdict,
    Wait,
)
from workbench.scenario.step_outcome import StepOutcome, tell_silence
from workbench.scenario.variables import Variables
from workbench.transports.http_client import HttpClient
from workbench.transports.mllp_client import MllpConnection
from workbench.transports.mllp_retry import send_retrying

if TYPE_CHECKING:
    from workbench.scenario.launch_runner import LaunchRunner

OnUser = Callable[[str], Awaitable[None]]
_CONTENT_TYPE = "application/fhir+json"
_LIGHT = (
    "status",
    "acknowledgment",
    "error",
    "failure",
    "attempts",
    "header",
    "launch",
    "token",
    "granted",
    "withheld",
)
_SMALL = 20_000


def texts_of(step: Step) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts of a step that hold variables: those of its request, and those of its captures and checks."""
    request: tuple[str, ...] = ()
    if isinstance(step, FhirInteraction):
        request = (step.path, *(value for _, value in step.headers), "" if step.verbatim else step.body)
    elif isinstance(step, SendHl7v2):
        request = () if step.verbatim else (step.message,)
    elif isinstance(step, Launch):
        request = (step.client_id, step.scope, step.user, step.patient, step.encounter, step.grant, step.expect_refusal)
        request += (step.intent, step.location, *step.context)
    elif isinstance(step, TokenRequest):
        request = (step.scope, step.expect_refusal)
    rest = [capture.subject for capture in step.captures]
    for check in step.checks:
        rest += texts_of_check(check)
    return request, tuple(rest)


def texts_of_check(check: Check) -> tuple[str, ...]:
    return check.subject, *(check.expected if isinstance(check.expected, tuple) else (str(check.expected),))


class StepRunner:
    """Runs the steps of one replay one after another, and remembers tokens, captures and what has died."""

    def __init__(
        self,
        endpoints: Endpoints,
        client: HttpClient,
        variables: Variables,
        *,
        on_user: OnUser | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._endpoints = endpoints
        self._client = client
        self._variables = variables
        self._on_user = on_user
        self._on_exchange = on_exchange
        self._launching: LaunchRunner | None = None
        self._lost: dict[str, str] = {}
        self._dead: dict[str, str] = {}
        self._late: dict[str, int] = {}
        self._used: set[str] = set()
        self._inbox = Inbox(on_exchange)

    async def open(self, scenario: Scenario) -> None:
        """Listen on the ports that the scenario receives messages on, before its first step."""
        for step in scenario.steps:
            self._used.add(_endpoint_of(step))
            if isinstance(step, ReceiveHl7v2):
                await self._inbox.open(step.port, step.answer)
        if port := self._inbox.first_port:
            self._variables.fix("listen-port", str(port))

    @property
    def launches(self) -> LaunchRunner:
        """Made when it is first asked for: a scenario without a launch starts sooner without all that it takes."""
        from workbench.scenario.launch_runner import LaunchRunner

        if self._launching is None:
            fill = self._variables.fill
            self._launching = LaunchRunner(self._endpoints, self._client, fill, on_user=self._on_user, hear=self._hear)
        return self._launching

    async def close(self) -> None:
        if self._launching is not None:
            self._launching.close()
        await self._inbox.close()

    def pass_over(self, step: Step, reason: str) -> None:
        """Remember what a step that was not run leaves others without."""
        if isinstance(step, Launch):
            self._lost[step.saves_as] = reason
        self._lost |= {f"${{{capture.name}}}": reason for capture in step.captures}

    async def run(self, index: int, step: Step) -> StepResult:
        """Do `step` and judge it; a failure of ours is its `error`."""
        self._variables.start_step()
        if reason := self._explain_loss(step):
            self.pass_over(step, reason)
            return StepResult(step, "skip", f"Not run: {reason}")
        try:
            outcome = await self._do(index, step)
        except WorkbenchError as error:
            self.pass_over(step, f"step {index + 1} could not be run.")
            return StepResult(step, "error", f"{error.message} {error.hint}".strip())
        result = await self._judge(step, outcome)
        if (
            result.verdict in ("fail", "error")
            and isinstance(step, Launch)
            and step.saves_as not in self.launches.results
        ):
            self._lost[step.saves_as] = f"the launch of step {index + 1} gave no token."
        return result

    # Whether a step can run

    def _explain_loss(self, step: Step) -> str:
        endpoint = _endpoint_of(step)
        if endpoint in self._dead:
            return self._dead[endpoint]
        if not endpoint and self._dead and self._used <= {"", *self._dead}:
            return next(iter(self._dead.values()))
        if isinstance(step, Launch) and (reason := self.launches.explain_loss(step)):
            return reason
        used = step.launch if isinstance(step, FhirInteraction | TokenRequest) else ""
        if used and used not in self.launches.results:
            return self._lost.get(used, f"no launch was saved as “{used}”.")
        request, _ = texts_of(step)
        missing = self._variables.missing(*request)
        return next((f"it needs {self._tell_lost(name)}" for name in missing), "")

    def _tell_lost(self, name: str) -> str:
        key = f"${{{name}}}"
        return (
            f"{key}, which no step has given: {self._lost[key]}" if key in self._lost else f"{key}, which is not known."
        )

    def _remember_failure(self, index: int, endpoint: str, exchange: Exchange | None) -> None:
        """After a refused connection, or two that were too late, whoever needs the endpoint is told at once."""
        failure = exchange.failure if exchange else None
        if failure is None:
            self._late.pop(endpoint, None)
            return
        self._late[endpoint] = self._late.get(endpoint, 0) + 1 if failure.kind == "timeout" else 0
        if failure.kind == "refused" or self._late[endpoint] > 1:
            self._dead[endpoint] = f"{self._endpoints.name} stopped answering at step {index + 1}."

    def _hear(self, exchange: Exchange) -> None:
        if self._on_exchange is not None:
            self._on_exchange(exchange)

    # Doing it

    async def _do(self, index: int, step: Step) -> StepOutcome:
        if isinstance(step, FhirInteraction):
            exchange = await self._send_fhir(step)
            if step.launch:
                self.launches.rows.add(step.launch, exchange)
            return self._settle(index, exchange)
        if isinstance(step, SendHl7v2):
            return await self._send_hl7v2(index, step)
        if isinstance(step, Launch | TokenRequest):
            return await self._launch(index, step)
        if isinstance(step, ReceiveHl7v2):
            return await self._receive(step)
        wait: Wait = step
        await asyncio.sleep(wait.seconds)
        return StepOutcome(None, sentence=f"Waited {wait.seconds:g} s.")

    def _settle(self, index: int, exchange: Exchange) -> StepOutcome:
        self._hear(exchange)
        self._remember_failure(index, "http", exchange)
        response = exchange.response
        if response is None:
            return StepOutcome(None, (exchange,), "fail", tell_silence(exchange))
        return StepOutcome(Answer("fhir", response.body, response.status, response.headers), (exchange,))

    async def _send_fhir(self, step: FhirInteraction) -> Exchange:
        if self._endpoints.fhir_base is None:
            raise WorkbenchError(f"{self._endpoints.name} has no FHIR address.", hint="Add one to the sandbox.")
        headers = [(name, self._variables.fill(value)) for name, value in step.headers]
        named = {name.lower() for name, _ in headers}
        if "accept" not in named:
            headers.append(("Accept", _CONTENT_TYPE))
        body = self._fill_body(step)
        if body and "content-type" not in named:
            headers.append(("Content-Type", _CONTENT_TYPE))
        if step.launch:
            headers.append(("Authorization", f"Bearer {self.launches.results[step.launch].access_token}"))
        request = Request(step.method, self._address_of(step), tuple(headers), body)
        return await self._client.send(request, receiver=self._endpoints.name, within=step.within)

    def _fill_body(self, step: FhirInteraction) -> bytes:
        if step.verbatim:
            return step.body.encode("utf-8", "surrogateescape")
        escape = escape_json if step.body.lstrip()[:1] in ("{", "[") else None
        return self._variables.fill(step.body, escape=escape).encode("utf-8", "surrogateescape")

    def _address_of(self, step: FhirInteraction) -> str:
        """The address under the FHIR base; a captured value is one part of a path or query, unless it is the whole."""
        base = (self._endpoints.fhir_base or "").rstrip("/")
        whole = step.path.startswith("${") and step.path.endswith("}") and step.path.count("${") == 1
        path = self._variables.fill(step.path, escape_captured=None if whole else _quote_part)
        if path == base or path.startswith((f"{base}/", f"{base}?")):
            return quote(path, safe=_ADDRESS)
        if "://" in path.partition("?")[0]:
            raise WorkbenchError(
                f"“{path}” is not under the sandbox’s FHIR base {base}.", hint="Write the path below the base."
            )
        path = quote(path.lstrip("/"), safe=_ADDRESS)
        return f"{base}{path}" if path.startswith("?") else f"{base}/{path}" if path else base

    async def _send_hl7v2(self, index: int, step: SendHl7v2) -> StepOutcome:
        """Send it as often as its retry allows; where its checks look at what is no answer, there is none to judge."""
        if self._endpoints.mllp is None:
            raise WorkbenchError(f"{self._endpoints.name} has no HL7 v2 address.", hint="Add its MLLP host and port.")
        host, port = self._endpoints.mllp
        attempts: list[tuple[Exchange, ...]] = []
        ends = self._endpoints
        async with MllpConnection(host, port, within=step.within, receiver=ends.name, tls=ends.mllp_tls) as connection:
            async for attempt in send_retrying(connection, self._payload_of(step), step.retry):
                for exchange in attempt:
                    self._hear(exchange)
                attempts.append(attempt)
        exchanges = tuple(exchange for attempt in attempts for exchange in attempt)
        last = exchanges[-1]
        expects_silence = any(map(_is_about_silence, step.checks))
        self._remember_failure(index, "mllp", None if expects_silence else last)
        if last.response is not None:
            return StepOutcome(Answer("hl7v2", last.response.body, attempts=len(attempts)), exchanges)
        if not expects_silence:
            return StepOutcome(None, exchanges, "fail", tell_silence(last))
        kind, reason = (last.failure.kind, last.failure.reason) if last.failure else ("", "")
        return StepOutcome(Answer("hl7v2", failure=kind, failure_reason=reason, attempts=len(attempts)), exchanges)

    def _payload_of(self, step: SendHl7v2) -> bytes:
        text = step.message
        if not step.verbatim:
            text = self._variables.fill(text, escape_captured=escape_text)
            if not step.file:
                ends = {"cr": "\r", "lf": "\n", "crlf": "\r\n"}
                text = text.replace("\n", ends[step.line_ends])
        return text.encode("utf-8", "surrogateescape")

    async def _launch(self, index: int, step: Launch | TokenRequest) -> StepOutcome:
        outcome = await (self.launches.launch(index, step) if isinstance(step, Launch) else self.launches.ask(step))
        self._remember_failure(index, "http", outcome.exchanges[-1] if outcome.exchanges else None)
        return outcome

    async def _receive(self, step: ReceiveHl7v2) -> StepOutcome:
        exchange = await self._inbox.take(step.port, step.answer, step.within)
        if exchange is None:
            return StepOutcome(None, (), "fail", f"No message came within {step.within:g} s.")
        return StepOutcome(Answer("hl7v2", exchange.request.body), (exchange,), expects_success=False)

    # Judging it

    async def _judge(self, step: Step, outcome: StepOutcome) -> StepResult:
        answer = outcome.answer
        if answer is None:
            results = tuple(CheckResult(check, "skip", "Not checked, since no answer came.") for check in step.checks)
            self.pass_over(replace(step, checks=()), "the answer that it is taken from did not come.")
            return StepResult(step, outcome.verdict, outcome.sentence, outcome.exchanges, results)
        answer = self._with_row(step, answer)
        heavy = len(answer.body) > _SMALL or any(check.kind not in _LIGHT for check in step.checks) or step.captures
        judge = self._capture_and_judge
        if heavy:
            results, faults = await asyncio.to_thread(judge, step, answer, outcome.expects_success)
        else:
            results, faults = judge(step, answer, outcome.expects_success)
        return StepResult(step, *_conclude(results, faults, answer), outcome.exchanges, results)

    def _with_row(self, step: Step, answer: Answer) -> Answer:
        """The answer with all that its launch has seen so far, where a check looks at the review of it."""
        if not any(check.kind == "review" for check in step.checks):
            return answer
        name = step.saves_as if isinstance(step, Launch) else getattr(step, "launch", "")
        row = self.launches.rows.find(name)
        return replace(answer, row=tuple(row.exchanges), facts=row.facts) if row else answer

    async def review(self) -> tuple[LaunchReviewed, ...]:
        """What the launches of the replay came to, beside the loop since it takes its time."""
        return () if self._launching is None else await asyncio.to_thread(self._launching.rows.review)

    def _capture_and_judge(
        self, step: Step, answer: Answer, expects_success: bool
    ) -> tuple[tuple[CheckResult, ...], tuple[tuple[Verdict, str], ...]]:
        faults = tuple(self._capture(step.captures, answer))
        masks = masks_of(answer.standard, step.masks, step.default_masks) if answer.standard else ()
        results = [self._judge_one(check, answer, masks) for check in step.checks]
        if expects_success and (unasked := judge_success(step.checks, answer)):
            results.insert(0, unasked)
        return tuple(results), faults

    def _judge_one(self, check: Check, answer: Answer, masks: tuple[str, ...]) -> CheckResult:
        missing = self._variables.missing(*texts_of_check(check))
        if missing:
            return CheckResult(check, "skip", f"Not checked: it needs {self._tell_lost(missing[0])}")
        return judge_check(fill_check(check, self._variables), answer, masks)

    def _capture(self, captures: tuple[Capture, ...], answer: Answer) -> Iterator[tuple[Verdict, str]]:
        for capture in captures:
            subject = self._variables.fill(capture.subject)
            try:
                value = next(iter(find_values(capture.kind, subject, answer)), None)
            except WorkbenchError as error:
                self._lost[f"${{{capture.name}}}"] = "its capture cannot be read."
                yield "error", f"${{{capture.name}}} cannot be captured: {error.message} {error.hint}".strip()
                continue
            if value is None:
                self._lost[f"${{{capture.name}}}"] = f"{subject} is absent from the answer."
                yield "fail", f"{subject} is absent from the answer, and ${{{capture.name}}} is captured from it."
            else:
                self._variables.capture(capture.name, value)


def _is_about_silence(check: Check) -> bool:
    """Tell whether a check can hold where no answer came."""
    expected = check.expected if isinstance(check.expected, tuple) else (check.expected,)
    return check.kind == "failure" or (check.kind == "acknowledgment" and "none" in expected)


def _endpoint_of(step: Step) -> str:
    return (
        "mllp"
        if isinstance(step, SendHl7v2)
        else "http"
        if isinstance(step, FhirInteraction | Launch | TokenRequest)
        else ""
    )


_ADDRESS = "/?:@!$&'()*+,;=-._~%|[]"


def _quote_part(value: str) -> str:
    return quote(value, safe=":@,|-._~/")


def _conclude(
    results: tuple[CheckResult, ...], faults: tuple[tuple[Verdict, str], ...], answer: Answer
) -> tuple[Verdict, str]:
    """The step's verdict and the sentence that decided it."""
    said = [(result.verdict, result.sentence) for result in results] + list(faults)
    for wanted in ("error", "fail"):
        decided = [sentence for verdict, sentence in said if verdict == wanted]
        if decided:
            more = f" {len(decided) - 1} more checks do not hold." if len(decided) > 2 else ""
            more = " 1 more check does not hold." if len(decided) == 2 else more
            return ("error" if wanted == "error" else "fail"), decided[0] + more
    if answer.refusal:
        return "pass", f"Refused as expected. {answer.refusal}"
    held = len(results)
    return "pass", "1 check holds." if held == 1 else f"{held} checks hold." if held else "Done."
