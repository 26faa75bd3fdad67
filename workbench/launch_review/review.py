"""Review of a launch as values: requirements with their verdicts and evidence, risks, and the steps of its diagram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.authorization_server.rules import Client
from workbench.smart.scopes import ScopeVersion

Party = Literal["app", "server"]
Stage = Literal[
    "discovery",
    "launch",
    "authorize",
    "token",
    "refresh",
    "id-token",
    "introspection",
    "revocation",
    "backend",
    "use",
]
STAGES: Mapping[Stage, str] = {
    "discovery": "Discovery",
    "launch": "Launch from the EHR",
    "authorize": "Authorization",
    "token": "Tokens",
    "refresh": "Refresh",
    "id-token": "Id token",
    "introspection": "Introspection",
    "revocation": "Revocation",
    "backend": "Backend services",
    "use": "Use of the token",
}
Level = Literal["must", "should"]
Outcome = Literal["pass", "fail", "warning", "not-seen"]
Lane = Literal["user", "app", "ehr", "authorization", "fhir"]
LANES: Mapping[Lane, str] = {
    "user": "User and browser",
    "app": "App",
    "ehr": "EHR",
    "authorization": "Authorization server",
    "fhir": "FHIR server",
}
WORST_FIRST: tuple[Outcome, ...] = ("fail", "warning", "pass", "not-seen")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a clause asks of one party, in our words; `why` says what goes wrong where it is not kept.

    `since` is the version of SMART App Launch that first asks it: one of 2 is not held against a site of version 1.
    """

    id: str
    party: Party
    stage: Stage
    text: str
    clause: str
    why: str = ""
    level: Level = "must"
    since: Literal[1, 2] = 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen: `exchange` is an index in the row judged, `place` such as `query: state`."""

    exchange: int
    place: str
    sentence: str
    outcome: Outcome = "pass"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`note` says why there was nothing to judge, where that can be said. A requirement that only should hold warns."""

    requirement: Requirement
    outcome: Outcome
    evidence: tuple[Evidence, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Risk:
    """What the review of an EHR's vendor would raise, though the launch may have come about; `why` it matters."""

    id: str
    party: Party
    title: str
    why: str
    clause: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One arrow of the sequence diagram. `outcome` is the worst of the verdicts that stand on this exchange.

    `requirements` are their ids, worst first; `answer` is what came back, in a word or two.
    """

    exchange: int
    sender: Lane
    receiver: Lane
    label: str
    answer: str = ""
    outcome: Outcome = "not-seen"
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LaunchFacts:
    """What cannot be seen on the wire. `client_id` judges the exchanges of one app alone; empty, those of all.

    `clients` are the apps as they are registered, `site_keys` the site's public keys where it was not asked for them;
    `scope_versions` count where no discovery was seen. Where `registration` is `registered`, no app but `clients` is
    known to the site.
    """

    fhir_base: str = ""
    client_id: str = ""
    clients: tuple[Client, ...] = ()
    site_keys: Mapping[str, Any] | None = field(default=None, repr=False)
    scope_versions: tuple[ScopeVersion, ...] = ()
    registration: Literal["open", "registered", ""] = ""


@dataclass(frozen=True, slots=True)
class LaunchReview:
    """`verdicts` stand in the order of the stages, one for each requirement on the parties that were judged."""

    verdicts: tuple[Verdict, ...]
    risks: tuple[Risk, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def counts(self) -> dict[Outcome, int]:
        counted = Counter(verdict.outcome for verdict in self.verdicts)
        return {outcome: counted[outcome] for outcome in WORST_FIRST}

    @property
    def failed(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.outcome == "fail")

    def verdict_of(self, requirement_id: str) -> Verdict | None:
        return next((v for v in self.verdicts if v.requirement.id == requirement_id), None)
