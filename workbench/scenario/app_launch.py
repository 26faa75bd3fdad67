"""App launch with the workbench as the app: discovery, sign-in, code and tokens, each exchange as it happens."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Literal

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, utc_now
from workbench.scenario.app_wire import REQUEST_LIMIT, AppWire, Clock, MakeSecret
from workbench.scenario.backend_launch import launch_backend as launch_backend
from workbench.scenario.launch_browser import LaunchBrowser, PersonBrowser, ScriptedBrowser
from workbench.scenario.launch_story import App, LaunchStory
from workbench.scenario.scripted_user import ScriptedUser
from workbench.scenario.token_requests import refresh_launch as refresh_launch
from workbench.smart.client_credentials import ClientCredentials
from workbench.smart.launch import LaunchRefused, LaunchResult
from workbench.transports.http_client import HttpClient


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
    credentials: ClientCredentials,
    scope: str,
    user: ScriptedUser | None = None,
    open_browser: Callable[[str], Awaitable[None]] | None = None,
    ehr_page: str = "",
    patient: str = "",
    encounter: str = "",
    grant: str = "",
    receiver: str = "",
    within: float = 120.0,
    port: int = 0,
    make_secret: MakeSecret = secrets.token_urlsafe,
    clock: Clock = utc_now,
) -> AsyncGenerator[LaunchEvent, None]:
    """Launch the app; the last event is LaunchResult or LaunchRefused.

    With `user` no browser is needed; without, a person signs in by `open_browser` and comes back to loopback `port`
    (0 takes a free one) `within` seconds. An EHR launch starts at `ehr_page`; where that is empty, the person launches
    the app in the EHR, at the address that LaunchWaiting names. Closing the iterator frees the port.
    Raises WorkbenchError where the port is taken, an address cannot be used, or the credentials are not whole.
    """
    credentials.require_whole()
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
    wire = AppWire(client, receiver, within, make_secret, clock)
    app = App(fhir_base, credentials, scope, ehr_page if kind == "ehr" else "")
    story = LaunchStory(wire, app, browser, person)
    await browser.start()
    try:
        if user is None:
            yield LaunchWaiting(browser.launch_address if kind == "ehr" else "", browser.redirect_address)
        async for exchange in story.tell(kind):
            yield exchange
    finally:
        await story.stop()
        rest = await browser.stop(story.outcome)
    for exchange in rest:
        yield exchange
    yield story.outcome or LaunchRefused("sign-in", "closed", "The browser’s visit ended without coming back.")
