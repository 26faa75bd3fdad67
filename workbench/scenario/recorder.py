"""Recorder: turns exchanges, as they happen, into the scenario that repeats them.

What a secret is, is never written: a token becomes the launch that gave it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, is_same_exchange
from workbench.narration import kind_of
from workbench.scenario.endpoints import Endpoints
from workbench.scenario.patient_data import find_likely_patient_data as find_likely_patient_data
from workbench.scenario.proposal import Replacement
from workbench.scenario.proposer import Draft, Item, Proposer, try_json
from workbench.scenario.recorded_launch import (
    RecordedLaunch,
    find_access_token,
    make_checks,
    make_launch,
)
from workbench.scenario.recorded_token import make_token_request
from workbench.scenario.scenario import Launch, Scenario
from workbench.scenario.titles import title_of
from workbench.smart.secrets import SecretMask, find_secrets
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused


class Recorder:
    """Takes exchanges of one sandbox, in any order of their two ends; `propose` may be asked at any time.

    Without `endpoints`, the first FHIR address that is seen tells the base.
    """

    def __init__(self, name: str, endpoints: Endpoints | None = None) -> None:
        self.name = name
        self._endpoints = endpoints
        self._exchanges: list[Exchange] = []
        self._launches: dict[str, RecordedLaunch] = {}
        self._launched: dict[str, str] = {}

    def add(self, exchange: Exchange) -> None:
        """Take one exchange; the sender's record stands for the receiver's of the same."""
        for index in range(len(self._exchanges) - 1, max(len(self._exchanges) - 50, 0) - 1, -1):
            other = self._exchanges[index]
            if other.id == exchange.id or is_same_exchange(other, exchange):
                return
            if is_same_exchange(exchange, other):
                self._exchanges[index] = exchange
                return
        self._exchanges.append(exchange)

    def add_launch(
        self, parameters: Launch, exchanges: Sequence[Exchange], result: LaunchResult | LaunchRefused
    ) -> None:
        """Take a launch that the workbench made as the app; `exchanges` are all of it, whether added before or not."""
        number = len(self._launches) + 1
        step = replace(parameters, saves_as="launch" if number == 1 else f"launch-{number}", line=None)
        tokens: frozenset[str] = frozenset()
        if isinstance(result, LaunchResult):
            context = {"patient": result.patient, "encounter": result.encounter}
            given = {key: value for key, value in context.items() if value}
            step = replace(step, checks=step.checks or make_checks(given, result.scope))
            tokens = frozenset({result.access_token})
        else:
            step = replace(step, expect_refusal=step.expect_refusal or result.error)
        step = replace(step, name=step.name or title_of(step))
        launch = RecordedLaunch(step, tokens, frozenset(exchange.id for exchange in exchanges))
        for exchange in exchanges:
            self.add(exchange)
        marker = exchanges[0].id if exchanges else step.saves_as
        self._launches[marker] = launch
        self._launched |= {exchange.id: marker for exchange in exchanges}

    @property
    def count(self) -> int:
        """How many steps the scenario has so far."""
        return len(self._items())

    def propose(self) -> Scenario:
        """The scenario of all that was added; raises WorkbenchError where nothing of it can be a step."""
        items = self._items()
        if not items:
            raise WorkbenchError(
                "Nothing was recorded that a scenario can repeat.",
                hint="Send a message or a FHIR request, or launch an app, while recording.",
            )
        secrets = SecretMask(value for exchange in self._exchanges for value in find_secrets(exchange))
        draft = Draft()
        variables = self._propose_variables(items, draft)
        proposer = Proposer(items, self._fhir_base(), secrets, draft)
        steps = tuple(proposer.propose_step(index) for index in range(len(items)))
        site = self._endpoints.site_traits.get("site", "") if self._endpoints else ""
        where = self._endpoints.name if self._endpoints else ""
        return Scenario(
            name=self.name,
            description=f"Recorded against {where}." if where else "",
            steps=steps,
            sites=(site,) if site else (),
            variables=variables,
        )

    def _propose_variables(self, items: Sequence[Item], draft: Draft) -> tuple[tuple[str, str], ...]:
        """The patient of the first launch, as a variable that a replay can change."""
        patients = [item.launch.step.patient for item in items if item.launch and item.launch.step.patient]
        if not patients:
            return ()
        draft.replacements.append(Replacement(patients[0], "patient"))
        draft.names.append("patient")
        return (("patient", patients[0]),)

    def _fhir_base(self) -> str:
        if self._endpoints and self._endpoints.fhir_base:
            return self._endpoints.fhir_base.rstrip("/")
        for exchange in self._exchanges:
            if kind_of(exchange) == "fhir":
                found = re.match(r"(https?://[^/]+(?:/[^/?]+)*?)/(?=[A-Z$_]|metadata)", exchange.request.address)
                if found:
                    return found[1]
        return ""

    # From exchanges to items

    def _items(self) -> list[Item]:
        items: list[Item] = []
        pending: list[Exchange] = []
        tokens: dict[str, str] = {}
        told: set[str] = set()
        names = len(self._launches)
        for exchange in self._exchanges:
            marker = self._launched.get(exchange.id)
            if marker is not None:
                if marker not in told:
                    told.add(marker)
                    launch = self._launches[marker]
                    items.append(Item(launch=launch))
                    tokens |= dict.fromkeys(launch.tokens, launch.step.saves_as)
            elif kind_of(exchange) == "smart":
                token = find_access_token(exchange)
                if asked := make_token_request(exchange, tokens):
                    items.append(Item(token=asked))
                    tokens |= {token: asked.launch} if token else {}
                    continue
                pending.append(exchange)
                if token and (made := make_launch(pending, "launch" if not names else f"launch-{names + 1}")):
                    names += 1
                    items.append(Item(launch=made))
                    tokens[token] = made.step.saves_as
                    pending = []
            elif (item := self._make_item(exchange, tokens)) is not None:
                items.append(item)
        return items

    def _make_item(self, exchange: Exchange, tokens: dict[str, str]) -> Item | None:
        if exchange.response is None and exchange.protocol == "http":
            return None
        if exchange.protocol == "mllp":
            own = urlsplit(exchange.request.address).port
            is_inbound = exchange.seen_by == "receiver" and not self._is_sandbox(own)
            failure = exchange.failure
            # A message that a receiver did not get whole is nobody's to send again.
            told = failure is None or (exchange.seen_by == "sender" and failure.kind != "cancelled")
            return Item(exchange, is_inbound=is_inbound) if told and exchange.request.body else None
        base = self._fhir_base()
        address = exchange.request.address
        if not base or not (address == base or address.startswith((f"{base}/", f"{base}?"))):
            return None
        if exchange.request.method in ("OPTIONS", "HEAD"):
            return None
        resource = try_json(exchange.response.body if exchange.response else b"")
        return Item(exchange, with_launch=tokens.get(_token_of(exchange), ""), resource=resource)

    def _is_sandbox(self, port: int | None) -> bool:
        return bool(self._endpoints and self._endpoints.mllp and self._endpoints.mllp[1] == port)


def _token_of(exchange: Exchange) -> str:
    scheme, _, token = exchange.request.header("authorization").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    found = re.search(r"[?&]access_token=([^&#]+)", exchange.request.address)
    return found[1] if found else ""
