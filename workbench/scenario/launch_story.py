"""Story of one launch with the workbench as the app: stage by stage, each exchange as it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from workbench.exchange import Exchange
from workbench.scenario.app_discovery import AppDiscovery
from workbench.scenario.app_wire import SECRET_BYTES, AppWire, no_answer
from workbench.scenario.launch_browser import LaunchBrowser
from workbench.scenario.scripted_user import ScriptedUser
from workbench.scenario.visit import Arrived
from workbench.smart.client_credentials import ClientCredentials
from workbench.smart.launch import (
    AuthorizationEndpoints,
    LaunchRefused,
    LaunchRequest,
    LaunchResult,
    Stage,
    parse_launch,
    parse_redirect,
    to_authorize_url,
)
from workbench.smart.token_exchange import parse_token_response, token_request


@dataclass(frozen=True, slots=True)
class App:
    """What this app is and where it is launched."""

    fhir_base: str
    credentials: ClientCredentials
    scope: str
    ehr_page: str


class LaunchStory:
    """One launch under way: each stage tells its exchanges, and leaves what the next one needs, or the outcome."""

    def __init__(self, wire: AppWire, app: App, browser: LaunchBrowser, person: ScriptedUser) -> None:
        self.outcome: LaunchResult | LaunchRefused | None = None
        self._wire = wire
        self._app = app
        self._browser = browser
        self._person = person
        self._state, self._verifier, self._nonce = (wire.make_secret(SECRET_BYTES) for _ in range(3))
        self._iss, self._launch, self._code = app.fhir_base, "", ""
        self._arrived = ""
        self._endpoints = AuthorizationEndpoints("", "")
        self._discovery = AppDiscovery(wire)

    async def tell(self, kind: Literal["ehr", "standalone"]) -> AsyncIterator[Exchange]:
        stages = (self._discover, self._sign_in, self._redeem)
        for stage in (self._open_in_ehr, *stages) if kind == "ehr" else stages:
            async for exchange in stage():
                yield exchange
            if self.outcome is not None:
                return

    async def _open_in_ehr(self) -> AsyncIterator[Exchange]:
        own = (("app", self._app.credentials.client_id), ("launch_uri", self._browser.launch_address))
        user = replace(self._person, answers=(*own, *self._person.answers))
        page = _ehr_address(self._app.ehr_page, user)
        async for exchange in self._go(page, self._browser.launch_address, "launch", user):
            yield exchange
        if self.outcome is None:
            opened = parse_launch(self._arrived, self._app.fhir_base)
            if isinstance(opened, LaunchRefused):
                self.outcome = opened
            else:
                self._iss, self._launch = opened

    async def stop(self) -> None:
        await self._discovery.stop()

    async def _discover(self) -> AsyncIterator[Exchange]:
        async for exchange in self._discovery.ask(self._iss):
            yield exchange
        if self._discovery.endpoints is not None:
            self._endpoints = self._discovery.endpoints
        else:
            self.outcome = self._discovery.refused

    async def _sign_in(self) -> AsyncIterator[Exchange]:
        request = self._request
        address = to_authorize_url(request, self._endpoints)
        async for exchange in self._go(address, request.redirect_uri, "sign-in", self._person):
            yield exchange
        if self.outcome is None:
            code = parse_redirect(self._arrived, request, self._endpoints)
            if isinstance(code, LaunchRefused):
                self.outcome = code
            else:
                self._code = code

    async def _redeem(self) -> AsyncIterator[Exchange]:
        request = token_request(self._request, self._endpoints, self._code, self._wire.moment())
        exchange = await self._wire.send(request)
        yield exchange
        for late in self._discovery.take():
            yield late
        if exchange.response is None:
            self.outcome = no_answer("token", exchange)
            return
        outcome = parse_token_response(exchange.response, self._request, self._endpoints)
        if isinstance(outcome, LaunchResult):
            outcome = replace(outcome, issued=exchange.finished, differences=self._discovery.differences)
        self.outcome = outcome

    async def _go(self, address: str, until: str, stage: Stage, user: ScriptedUser) -> AsyncIterator[Exchange]:
        async for item in self._browser.go(address, until=until, stage=stage, user=user):
            if isinstance(item, Exchange):
                yield item
            elif isinstance(item, Arrived):
                self._arrived = item.address
            else:
                self.outcome = item

    @property
    def _request(self) -> LaunchRequest:
        return LaunchRequest(
            self._iss,
            self._app.credentials,
            self._browser.redirect_address,
            self._app.scope,
            state=self._state,
            verifier=self._verifier,
            launch=self._launch,
            nonce=self._nonce,
        )


def _ehr_address(page: str, user: ScriptedUser) -> str:
    """The EHR's page with what a person would choose there already in its address."""
    names = ("app", "launch_uri", "user", "patient", "encounter")
    given = [(name, answer) for name in names if (answer := user.answer(name))]
    return f"{page}{'&' if '?' in page else '?'}{urlencode(given)}" if page else ""
