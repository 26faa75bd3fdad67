"""Story of one launch with the workbench as the app: stage by stage, each exchange as it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlencode

from workbench.app_launch.browser import LaunchBrowser
from workbench.app_launch.discovery import AppDiscovery
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.app_launch.token_requests import take_keys
from workbench.app_launch.visit import Arrived
from workbench.app_launch.wire import SECRET_BYTES, AppWire, no_answer
from workbench.exchange import Exchange, Request
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.discovery import AuthorizationEndpoints
from workbench.smart_app.launch import (
    LaunchRequest,
    LaunchResult,
    is_same_base,
    parse_launch,
    parse_redirect,
    to_authorize_form,
    to_authorize_url,
)
from workbench.smart_app.launch_checks import check_result, keys_request, parse_userinfo, userinfo_request
from workbench.smart_app.launch_refusal import LaunchRefused, Stage
from workbench.smart_app.launch_remarks import remark_discovery
from workbench.smart_app.token_exchange import parse_token_response, token_request

NO_KEYS = "The site names neither its keys (jwks_uri) nor its issuer, so nothing is proved."


@dataclass(frozen=True, slots=True)
class App:
    """What this app is and where it is launched.

    Without `fhir_base` an EHR may name any of `bases`, known by their addresses with the names of who is there.
    With `post` the authorization request goes as a form.
    """

    fhir_base: str
    credentials: ClientCredentials
    scope: str
    ehr_page: str = ""
    post: bool = False
    bases: Mapping[str, str] = field(default_factory=dict)


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
        self._discovery: AppDiscovery | None = None
        self._remarks: tuple[str, ...] = ()

    async def tell(self, kind: Literal["ehr", "standalone"]) -> AsyncIterator[Exchange]:
        async for exchange in self._tell_stages(kind):
            yield exchange
            for late in self._take_statement():
                yield late
        if isinstance(self.outcome, LaunchResult):
            self.outcome = replace(
                self.outcome,
                remarks=(*self._remarks, *self.outcome.remarks),
                differences=self._discovery.differences if self._discovery else (),
            )
        elif self.outcome is not None:
            told = tuple(each.sentence for each in self._discovery.differences) if self._discovery else ()
            self.outcome = replace(self.outcome, remarks=(*self._remarks, *told))

    async def stop(self) -> None:
        if self._discovery is not None:
            await self._discovery.stop()

    async def _tell_stages(self, kind: Literal["ehr", "standalone"]) -> AsyncIterator[Exchange]:
        stages = (self._discover, self._sign_in, self._redeem, self._look_at)
        for stage in (self._open_in_ehr, *stages) if kind == "ehr" else stages:
            async for exchange in stage():
                yield exchange
            if isinstance(self.outcome, LaunchRefused):
                return

    async def _open_in_ehr(self) -> AsyncIterator[Exchange]:
        own = (("app", self._app.credentials.client_id), ("launch_uri", self._browser.launch_address))
        user = replace(self._person, answers=(*own, *self._person.answers))
        page = _ehr_address(self._app.ehr_page, user)
        async for exchange in self._go(page, self._browser.launch_address, "launch", user):
            yield exchange
        if self.outcome is not None:
            return
        opened = parse_launch(self._arrived, self._app.fhir_base or tuple(self._app.bases))
        if isinstance(opened, LaunchRefused):
            self.outcome = opened
            return
        self._iss, self._launch = opened
        name = next((name for base, name in self._app.bases.items() if is_same_base(base, self._iss)), "")
        self._wire = replace(self._wire, receiver=name) if name else self._wire

    async def _discover(self) -> AsyncIterator[Exchange]:
        self._discovery = discovery = AppDiscovery(self._wire)
        async for exchange in discovery.ask(self._iss):
            yield exchange
        if discovery.endpoints is None:
            self.outcome = discovery.refused
            return
        self._endpoints = discovery.endpoints
        kind, credentials = ("ehr" if self._launch else "standalone"), self._app.credentials
        found = remark_discovery(self._endpoints, kind, credentials, self._app.scope, post=self._app.post)
        self._remarks = (*discovery.remarks, *found)

    async def _sign_in(self) -> AsyncIterator[Exchange]:
        request, endpoints = self._request, self._endpoints
        ask = to_authorize_form(request, endpoints) if self._app.post else to_authorize_url(request, endpoints)
        async for exchange in self._go(ask, request.redirect_uri, "sign-in", self._person):
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
        if exchange.response is None:
            self.outcome = no_answer("token", exchange)
            return
        outcome = parse_token_response(exchange.response, self._request, self._endpoints)
        if isinstance(outcome, LaunchResult):
            outcome = replace(outcome, issued=exchange.finished)
        self.outcome = outcome

    async def _look_at(self) -> AsyncIterator[Exchange]:
        """Check the id token and ask who signed in; what cannot be had is told, and ends no launch."""
        if not isinstance(self.outcome, LaunchResult) or not self.outcome.id_token:
            return
        async for exchange in self._check_id_token(self.outcome):
            yield exchange
        if self.outcome.endpoints.userinfo:
            exchange = await self._wire.send(userinfo_request(self.outcome))
            yield exchange
            self.outcome = _take_userinfo(exchange, self.outcome)

    async def _check_id_token(self, result: LaunchResult) -> AsyncIterator[Exchange]:
        no_keys = NO_KEYS
        while result.jwks is None and (request := keys_request(result)) is not None:
            exchange = await self._wire.send(request)
            yield exchange
            taken = take_keys(exchange, result)
            if isinstance(taken, LaunchRefused):
                no_keys = taken.sentence
                break
            result = taken
        if not result.checks:
            result = check_result(result, None, self._wire.clock(), no_keys=no_keys)
        self.outcome = result

    async def _go(self, where: str | Request, until: str, stage: Stage, user: ScriptedUser) -> AsyncIterator[Exchange]:
        async for item in self._browser.go(where, until=until, stage=stage, user=user):
            if isinstance(item, Exchange):
                yield item
            elif isinstance(item, Arrived):
                self._arrived = item.address
            else:
                self.outcome = item

    def _take_statement(self) -> tuple[Exchange, ...]:
        return self._discovery.take() if self._discovery is not None else ()

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


def _take_userinfo(exchange: Exchange, result: LaunchResult) -> LaunchResult:
    answer = parse_userinfo(exchange.response, result) if exchange.response else no_answer("userinfo", exchange)
    if isinstance(answer, LaunchRefused):
        return replace(result, remarks=(*result.remarks, answer.sentence))
    return answer


def _ehr_address(page: str, user: ScriptedUser) -> str:
    """The EHR's page with what a person would choose there already in its address."""
    names = ("app", "launch_uri", "user", "patient", "encounter")
    given = [(name, answer) for name in names if (answer := user.answer(name))]
    return f"{page}{'&' if '?' in page else '?'}{urlencode(given)}" if page else ""
