"""App launch with the workbench as the app: discovery, sign-in, code and tokens, each exchange as it happens."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlencode

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response
from workbench.scenario.launch_browser import LaunchBrowser, PersonBrowser, ScriptedBrowser
from workbench.scenario.scripted_user import ScriptedUser
from workbench.scenario.visit import Arrived
from workbench.smart.discovery import (
    capability_request,
    discovery_request,
    parse_capability_statement,
    parse_configuration,
)
from workbench.smart.launch import (
    AuthorizationEndpoints,
    LaunchRefused,
    LaunchRequest,
    LaunchResult,
    Stage,
    parse_launch,
    parse_redirect,
    parse_refresh_response,
    parse_token_response,
    refresh_request,
    to_authorize_url,
    token_request,
)
from workbench.transports.http_client import HttpClient

REQUEST_LIMIT = 30.0
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class LaunchWaiting:
    """The launch waits for a person: `launch_address` is where an EHR opens the app, if it is an EHR launch."""

    launch_address: str
    redirect_address: str


LaunchEvent = Exchange | LaunchWaiting | LaunchResult | LaunchRefused


async def launch_as_app(
    client: HttpClient,
    *,
    fhir_base: str,
    kind: Literal["ehr", "standalone"],
    client_id: str,
    scope: str,
    user: ScriptedUser | None = None,
    open_browser: Callable[[str], Awaitable[None]] | None = None,
    ehr_page: str = "",
    patient: str = "",
    encounter: str = "",
    grant: str = "",
    receiver: str = "",
    within: float = 120.0,
    client_secret: str = "",
    port: int = 0,
    make_secret: Callable[[int], str] = secrets.token_urlsafe,
) -> AsyncGenerator[LaunchEvent, None]:
    """Launch the app; the last event is LaunchResult or LaunchRefused.

    With `user` no browser is needed; without, a person signs in by `open_browser` and comes back to loopback `port`
    (0 takes a free one) `within` seconds. An EHR launch starts at `ehr_page`; where that is empty, the person launches
    the app in the EHR, at the address that LaunchWaiting names. Closing the iterator frees the port.
    Raises WorkbenchError where the port is taken or an address cannot be used.
    """
    if user is not None and kind == "ehr" and not ehr_page:
        raise WorkbenchError(
            "No page of the EHR is known from which a scripted user could launch the app.",
            hint="Launch it by hand in the EHR, or run a standalone launch.",
        )
    browser: LaunchBrowser
    if user is None:
        browser = PersonBrowser(open_browser, name="workbench", port=port, within=within)
    else:
        browser = ScriptedBrowser(client, origins=(fhir_base,), receiver=receiver, within=min(within, REQUEST_LIMIT))
    person = user or ScriptedUser()
    person = replace(
        person,
        patient=patient or person.patient,
        encounter=encounter or person.encounter,
        scopes=tuple(grant.split()) or person.scopes,
    )
    app = _App(fhir_base, client_id, scope, client_secret, ehr_page if kind == "ehr" else "", receiver, within)
    story = _Story(client, app, browser, person, make_secret)
    await browser.start()
    try:
        if user is None:
            yield LaunchWaiting(browser.launch_address if kind == "ehr" else "", browser.redirect_address)
        async for exchange in story.tell(kind):
            yield exchange
    finally:
        rest = await browser.stop(story.outcome)
    for exchange in rest:
        yield exchange
    yield story.outcome or LaunchRefused("sign-in", "closed", "The browser’s visit ended without coming back.")


async def refresh_launch(
    client: HttpClient, result: LaunchResult, *, scope: str = "", receiver: str = "", within: float = REQUEST_LIMIT
) -> tuple[Exchange, LaunchResult | LaunchRefused]:
    """Trade the refresh token for a new access token; `scope` may ask for less. Raises WorkbenchError without one."""
    if not result.refresh_token:
        raise WorkbenchError(
            "The site gave no refresh token with this launch.", hint="Ask for online_access or offline_access."
        )
    exchange = await client.send(refresh_request(result, scope), receiver=receiver, within=within)
    if exchange.response is None:
        return exchange, _no_answer("refresh", exchange)
    return exchange, parse_refresh_response(exchange.response, result)


@dataclass(frozen=True, slots=True)
class _App:
    """What this app is and where it is launched."""

    fhir_base: str
    client_id: str
    scope: str
    client_secret: str = field(repr=False)
    ehr_page: str
    receiver: str
    within: float


class _Story:
    """One launch under way: each stage tells its exchanges, and leaves what the next one needs, or the outcome."""

    def __init__(
        self,
        client: HttpClient,
        app: _App,
        browser: LaunchBrowser,
        person: ScriptedUser,
        make_secret: Callable[[int], str],
    ) -> None:
        self.outcome: LaunchResult | LaunchRefused | None = None
        self._client = client
        self._app = app
        self._browser = browser
        self._person = person
        self._state, self._verifier = make_secret(SECRET_BYTES), make_secret(SECRET_BYTES)
        self._iss, self._launch, self._code = app.fhir_base, "", ""
        self._arrived = ""
        self._endpoints = AuthorizationEndpoints("", "")

    async def tell(self, kind: Literal["ehr", "standalone"]) -> AsyncIterator[Exchange]:
        stages = (self._discover, self._sign_in, self._redeem)
        for stage in (self._open_in_ehr, *stages) if kind == "ehr" else stages:
            async for exchange in stage():
                yield exchange
            if self.outcome is not None:
                return

    async def _open_in_ehr(self) -> AsyncIterator[Exchange]:
        own = (("app", self._app.client_id), ("launch_uri", self._browser.launch_address))
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

    async def _discover(self) -> AsyncIterator[Exchange]:
        """Ask for the smart-configuration, and where there is none that can be used, for the capability statement."""
        steps: tuple[tuple[Request, Callable[[Response], AuthorizationEndpoints | LaunchRefused]], ...] = (
            (discovery_request(self._iss), parse_configuration),
            (capability_request(self._iss), parse_capability_statement),
        )
        problems: list[LaunchRefused] = []
        for request, parse in steps:
            exchange = await self._send(request, "discovery")
            yield exchange
            if exchange.response is None:
                return
            found = parse(exchange.response)
            if isinstance(found, AuthorizationEndpoints):
                self._endpoints = found
                return
            problems.append(found)
        self.outcome = replace(problems[0], sentence=" ".join(problem.sentence for problem in problems))

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
        exchange = await self._send(token_request(self._request, self._endpoints, self._code), "token")
        yield exchange
        if exchange.response is not None:
            self.outcome = parse_token_response(exchange.response, self._request, self._endpoints)

    async def _go(self, address: str, until: str, stage: Stage, user: ScriptedUser) -> AsyncIterator[Exchange]:
        async for item in self._browser.go(address, until=until, stage=stage, user=user):
            if isinstance(item, Exchange):
                yield item
            elif isinstance(item, Arrived):
                self._arrived = item.address
            else:
                self.outcome = item

    async def _send(self, request: Request, stage: Stage) -> Exchange:
        within = min(self._app.within, REQUEST_LIMIT)
        exchange = await self._client.send(request, receiver=self._app.receiver, within=within)
        if exchange.response is None:
            self.outcome = _no_answer(stage, exchange)
        return exchange

    @property
    def _request(self) -> LaunchRequest:
        return LaunchRequest(
            self._iss,
            self._app.client_id,
            self._browser.redirect_address,
            self._app.scope,
            state=self._state,
            verifier=self._verifier,
            launch=self._launch,
            client_secret=self._app.client_secret,
        )


def _ehr_address(page: str, user: ScriptedUser) -> str:
    """The EHR's page with what a person would choose there already in its address."""
    names = ("app", "launch_uri", "user", "patient", "encounter")
    given = [(name, answer) for name in names if (answer := user.answer(name))]
    return f"{page}{'&' if '?' in page else '?'}{urlencode(given)}" if page else ""


def _no_answer(stage: Stage, exchange: Exchange) -> LaunchRefused:
    failure = exchange.failure
    return LaunchRefused(stage, failure.kind if failure else "closed", failure.reason if failure else "No answer came.")
