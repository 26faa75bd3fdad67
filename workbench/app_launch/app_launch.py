"""App launch with the workbench as the app: discovery, sign-in, code and tokens, each exchange as it happens."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from workbench.app_launch.browser import LaunchBrowser, PersonBrowser, ScriptedBrowser
from workbench.app_launch.quiet_outcome import quiet
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.app_launch.story import App, LaunchStory
from workbench.app_launch.wire import REQUEST_LIMIT, AppWire, Clock, MakeSecret, require_address
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, utc_now
from workbench.smart.secrets import SeenSecrets
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient


@dataclass(frozen=True, slots=True)
class LaunchWaiting:
    """The launch waits for a person: `launch_address` is where an EHR opens the app, if it is an EHR launch."""

    launch_address: str
    redirect_address: str


LaunchKind = Literal["ehr", "standalone"]
LaunchEvent = Exchange | LaunchWaiting | LaunchResult | LaunchRefused


async def launch_as_app(
    client: HttpClient,
    *,
    fhir_base: str,
    kind: LaunchKind,
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
    post: bool = False,
    bases: Mapping[str, str] | None = None,
    make_secret: MakeSecret = secrets.token_urlsafe,
    clock: Clock = utc_now,
) -> AsyncGenerator[LaunchEvent, None]:
    """Launch the app; the last event is LaunchResult or LaunchRefused.

    With `user` no browser is needed; without, a person signs in by `open_browser` and comes back to loopback `port`
    (0 takes a free one) `within` seconds. An EHR launch starts at `ehr_page`; where that is empty, the person launches
    the app in the EHR, at the address that LaunchWaiting names. Without a `fhir_base` that EHR may be any of `bases`,
    the known addresses with their sandboxes' names. With `post` the authorization request is posted as a form.
    Closing the iterator frees the port.
    Raises WorkbenchError where the port is taken, an address cannot be used, or the credentials are not whole.
    """
    credentials.require_whole()
    known = bases or {}
    _require_place(fhir_base, kind, known)
    if user is not None and kind == "ehr" and not ehr_page:
        raise WorkbenchError(
            "No page of the EHR is known from which a scripted user could launch the app.",
            hint="Launch it by hand in the EHR, or run a standalone launch.",
        )
    browser: LaunchBrowser
    if user is None:
        browser = PersonBrowser(open_browser, name="workbench", port=port, within=within)
    else:
        limit, origins = min(within, REQUEST_LIMIT), (fhir_base, *known)
        browser = ScriptedBrowser(client, origins=origins, receiver=receiver, within=limit, port=port)
    wire = AppWire(client, receiver, within, make_secret, clock)
    app = App(fhir_base, credentials, scope, ehr_page if kind == "ehr" else "", post, known)
    story = LaunchStory(wire, app, browser, _choose(user or ScriptedUser(), patient, encounter, grant))
    seen = SeenSecrets()
    await browser.start()
    try:
        if user is None:
            yield LaunchWaiting(browser.launch_address if kind == "ehr" else "", browser.redirect_address)
        async for exchange in story.tell(kind):
            seen.see(exchange)
            yield exchange
    finally:
        await story.stop()
        outcome = quiet(story.outcome, seen)
        rest = await browser.stop(outcome)
    for exchange in rest:
        yield exchange
    yield outcome or LaunchRefused("sign-in", "closed", "The browser’s visit ended without coming back.")


def _require_place(fhir_base: str, kind: LaunchKind, known: Mapping[str, str]) -> None:
    """Raise WorkbenchError where it is not known at which site the app is to be launched."""
    if fhir_base:
        require_address(fhir_base)
    elif kind != "ehr" or not known:
        raise WorkbenchError("The launch has no FHIR base.", hint="Choose a sandbox, or enter its FHIR base address.")


def _choose(user: ScriptedUser, patient: str, encounter: str, grant: str) -> ScriptedUser:
    """The user with what this launch is to choose."""
    scopes = tuple(grant.split()) or user.scopes
    return replace(user, patient=patient or user.patient, encounter=encounter or user.encounter, scopes=scopes)
