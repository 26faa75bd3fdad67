"""Runner: replays a scenario against a sandbox and tells it as events while it happens.

What the tested system does wrong is `fail`, what we cannot do is `error`, and what does not apply or has lost what it
needs is `skip` with the reason.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime

from workbench.exchange import Exchange, utc_now
from workbench.scenario.endpoints import Endpoints
from workbench.scenario.needs import explain_when, find_unmet
from workbench.scenario.scenario import (
    ReplayEvent,
    ReplayFinished,
    ReplayStarted,
    Scenario,
    StepFinished,
    StepResult,
    StepStarted,
    Verdict,
)
from workbench.scenario.step_runner import OnUser, StepRunner, texts_of
from workbench.scenario.variables import Variables, choose_values, find_references, is_built_in, suggest_variable
from workbench.transports.http_client import HttpClient

__all__ = ["Endpoints", "replay"]


async def replay(
    scenario: Scenario,
    endpoints: Endpoints,
    *,
    variables: Mapping[str, str] | None = None,
    client: HttpClient | None = None,
    on_user: OnUser | None = None,
    on_exchange: Callable[[Exchange], None] | None = None,
    clock: Callable[[], datetime] = utc_now,
    make_id: Callable[[], str] = lambda: uuid.uuid4().hex,
) -> AsyncIterator[ReplayEvent]:
    """Replay `scenario`; the first event is ReplayStarted, the last ReplayFinished.

    `variables` win over the scenario's own. `on_user` opens an address for a person to sign in, where a launch names no
    user; `on_exchange` hears each exchange as it ends. Closing the iterator stops at once and leaves nothing behind.
    """
    began = time.perf_counter()
    yield ReplayStarted(scenario, endpoints.name)
    values = choose_values(scenario, endpoints.site_traits) | dict(variables or {})
    known = Variables(values, endpoints.built_in, clock=clock, make_id=make_id)
    results: list[StepResult] = []
    refused = _refuse_all(scenario, endpoints, known)
    async with AsyncExitStack() as stack:
        if client is None:
            client = await stack.enter_async_context(HttpClient())
        client = client.trusting(endpoints.trust)
        runner = StepRunner(endpoints, client, known, on_user=on_user, on_exchange=on_exchange)
        stack.push_async_callback(runner.close)
        if not refused:
            await runner.open(scenario)
        for index, step in enumerate(scenario.steps):
            yield StepStarted(index, step)
            clock_start = time.perf_counter()
            if refused:
                result = refused[index]
            elif reason := explain_when(step, endpoints.site_traits):
                runner.pass_over(step, reason)
                result = StepResult(step, "skip", f"Does not apply here: {reason}")
            else:
                result = await runner.run(index, step)
            result = replace(result, duration=time.perf_counter() - clock_start)
            results.append(result)
            yield StepFinished(index, result)
        reviews = await runner.review()
    verdict = sum_up(tuple(result.verdict for result in results))
    yield ReplayFinished(scenario, endpoints.name, verdict, tuple(results), time.perf_counter() - began, reviews)


def sum_up(verdicts: tuple[Verdict, ...]) -> Verdict:
    """One verdict for several: `error` before `fail` before `pass`; `skip` where all are skipped."""
    order: tuple[Verdict, ...] = ("error", "fail", "pass")
    return next((verdict for verdict in order if verdict in verdicts), "skip")


def _refuse_all(scenario: Scenario, endpoints: Endpoints, variables: Variables) -> list[StepResult]:
    """A result for each step where the scenario cannot or need not run here, so that nothing is sent; else nothing."""
    unmet = find_unmet(scenario.needs, endpoints.site_traits, endpoints.offers)
    if unmet:
        sentence = f"{endpoints.name} does not offer {', '.join(unmet)}, which the scenario needs."
        return [StepResult(step, "skip", sentence) for step in scenario.steps]
    faults = _find_faults(scenario, endpoints, variables)
    if not faults:
        return []
    first = min(faults)
    return [
        StepResult(step, "error", faults[index])
        if index in faults
        else StepResult(step, "skip", f"Nothing was sent, since step {first + 1} cannot be run as it is written.")
        for index, step in enumerate(scenario.steps)
    ]


def _find_faults(scenario: Scenario, endpoints: Endpoints, variables: Variables) -> dict[int, str]:
    """By step: what is wrong with its variables, before anything is sent."""
    captured: set[str] = set()
    faults: dict[int, str] = {}
    for index, step in enumerate(scenario.steps):
        if explain_when(step, endpoints.site_traits):
            captured |= {capture.name for capture in step.captures}
            continue
        request, rest = texts_of(step)
        own = {capture.name for capture in step.captures}
        missing = [name for name in variables.missing(*request) if name not in captured and not _is_late(name)]
        missing += [name for name in variables.missing(*rest) if name not in captured | own and not _is_late(name)]
        captured |= own
        if missing:
            faults[index] = _tell_missing(missing[0], scenario, endpoints, variables, step.line)
    return faults


def _is_late(name: str) -> bool:
    """Built-in values that only the running replay knows."""
    return name == "listen-port"


def _tell_missing(name: str, scenario: Scenario, endpoints: Endpoints, variables: Variables, line: int | None) -> str:
    at = f" (step at line {line})" if line else ""
    declared = {variant.name for variant in scenario.variants} | {key for key, _ in scenario.variables}
    if name in declared:
        circular = any(
            ref.name == name for key, value in scenario.variables if key == name for ref in find_references(value)
        )
        if circular:
            return f"${{{name}}} is made of itself{at}. Write its value out."
        return f"${{{name}}} has no value at {endpoints.name}{at}. Give it a default, or a line for this site."
    if is_built_in(name):
        return f"${{{name}}} is not known of {endpoints.name}{at}. Use a variable of your own in its place."
    return f"${{{name}}} is not a variable that is known here{at}. {suggest_variable(name, variables.known)}"
