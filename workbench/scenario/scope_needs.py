"""Scope needs of a scenario: the least that each of its launches must be granted for the FHIR steps that follow it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from workbench.launch_review.fhir_calls import read_aim
from workbench.scenario.needs import explain_when
from workbench.scenario.scenario import FhirInteraction, Launch, Scenario, Step
from workbench.scenario.variables import Variables, choose_values, fill_blank
from workbench.smart.scope_needs import least_scopes
from workbench.smart.scopes import Scope, ScopeVersion, parse_scopes

_REFUSED = ("401", "403", "404")


@dataclass(frozen=True, slots=True)
class ScopeNeeds:
    """What the launch of step `step` needs; `missing` is that part of it which the launch does not ask for."""

    step: int
    needed: tuple[Scope, ...]
    missing: tuple[Scope, ...]


def find_scope_needs(
    scenario: Scenario, traits: Mapping[str, str], variables: Mapping[str, str] | None = None
) -> tuple[ScopeNeeds, ...]:
    """The needs of each launch at a site with these traits, before anything is sent.

    Left out are launches and FHIR steps that are to be refused, batches, and operations, which no scope names.
    """
    values = choose_values(scenario, traits) | dict(variables or {})
    known = Variables(values, traits, clock=lambda: datetime.now(UTC), make_id=lambda: "0")
    steps = [(at, step) for at, step in enumerate(scenario.steps) if not explain_when(step, traits)]
    found = []
    for place, (at, step) in enumerate(steps):
        if isinstance(step, Launch) and not step.expect_refusal:
            calls = tuple(_calls_of(step.saves_as, [each for _, each in steps[place + 1 :]], known))
            if calls:
                found.append(_weigh(at, step, parse_scopes(known.fill(step.scope)), calls, traits))
    return tuple(found)


def _calls_of(launch: str, steps: Sequence[Step], known: Variables) -> Iterator[tuple[str, str]]:
    """Interaction and type of each step that goes with the launch, until another one takes its name."""
    for step in steps:
        if isinstance(step, Launch) and step.saves_as == launch:
            return
        if isinstance(step, FhirInteraction) and step.launch == launch and not _is_refused(step):
            # What a step captures is not known yet; it is an id, as good as any.
            path = urlsplit(fill_blank(known.fill(step.path))).path.split("/")
            if aim := read_aim(step.method, [part for part in path if part]):
                yield aim.interaction, aim.type


def _is_refused(step: FhirInteraction) -> bool:
    return any(_names_refusals(check.expected) for check in step.checks if check.kind == "status")


def _names_refusals(expected: object) -> bool:
    wanted = expected if isinstance(expected, tuple) else (expected,)
    return all(str(each) in _REFUSED for each in wanted)


def _weigh(
    at: int, step: Launch, asked: tuple[Scope, ...], calls: Sequence[tuple[str, str]], traits: Mapping[str, str]
) -> ScopeNeeds:
    contexts = {scope.context for scope in asked if scope.kind == "resource"} - {""}
    context = "system" if step.kind == "backend" else "user" if contexts == {"user"} else "patient"
    version: ScopeVersion = "v1" if traits.get("scopes") == "v1" else "v2"
    open_ones = [call for call in calls if not any(scope.covers(*call) for scope in asked)]
    return ScopeNeeds(
        at,
        least_scopes(calls, context=context, version=version),
        least_scopes(open_ones, context=context, version=version),
    )
