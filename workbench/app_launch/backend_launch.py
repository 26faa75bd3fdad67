"""Backend launch with the workbench as the app: discovery, and an access token without a user.

SMART App Launch 2.2, “Backend services”: the client credentials grant with the credentials that the site knows.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from dataclasses import replace

from workbench.app_launch.discovery import AppDiscovery
from workbench.app_launch.quiet_outcome import quiet
from workbench.app_launch.wire import REQUEST_LIMIT, AppWire, Clock, MakeSecret, no_answer, require_address
from workbench.exchange import Exchange, utc_now
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.smart_app.launch_remarks import remark_discovery
from workbench.smart_app.token_exchange import backend_request, blank_result, read_tokens
from workbench.transports.http_client import HttpClient


async def launch_backend(
    client: HttpClient,
    *,
    fhir_base: str,
    credentials: ClientCredentials,
    scope: str,
    receiver: str = "",
    within: float = REQUEST_LIMIT,
    make_secret: MakeSecret = secrets.token_urlsafe,
    clock: Clock = utc_now,
) -> AsyncGenerator[Exchange | LaunchResult | LaunchRefused, None]:
    """Ask for a token as a backend service; the last event is LaunchResult or LaunchRefused.

    `scope` holds system scopes. Raises WorkbenchError where the credentials lack their secret or key.
    """
    credentials.require_whole()
    require_address(fhir_base)
    wire = AppWire(client, receiver, within, make_secret, clock)
    discovery = AppDiscovery(wire, backend=True)
    try:
        async for exchange in discovery.ask(fhir_base):
            yield exchange
        if discovery.endpoints is None:
            yield discovery.refused or LaunchRefused("discovery", "closed", "No answer came.")
            return
        exchange = await wire.send(backend_request(credentials, discovery.endpoints, scope, wire.moment()))
        yield exchange
        for late in discovery.take():
            yield late
    finally:
        await discovery.stop()
    if exchange.response is None:
        yield no_answer("token", exchange)
        return
    blank = blank_result(fhir_base, credentials, discovery.endpoints, scope)
    outcome = read_tokens("token", exchange.response, blank)
    remarks = remark_discovery(discovery.endpoints, "backend", credentials, scope)
    if isinstance(outcome, LaunchResult):
        outcome = replace(outcome, issued=exchange.finished, differences=discovery.differences)
    yield quiet(replace(outcome, remarks=(*discovery.remarks, *remarks, *outcome.remarks)), exchange)
