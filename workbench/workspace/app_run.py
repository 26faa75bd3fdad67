"""App run: a launch with the workbench as the app, and then what its token is good for: a read, a refresh, its end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal, get_args

from workbench.app_launch.app_launch import LaunchEvent, launch_as_app
from workbench.app_launch.backend_launch import launch_backend
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.app_launch.token_requests import introspect_token, refresh_launch, revoke_token
from workbench.exchange import Exchange, Request
from workbench.scenario.endpoints import Endpoints
from workbench.smart.scopes import parse_scopes
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.transports.http_client import HttpClient

RunKind = Literal["ehr", "standalone", "backend"]
Use = Literal["read", "refresh", "introspect", "revoke"]
USES: tuple[Use, ...] = get_args(Use)


@dataclass(frozen=True, slots=True)
class AppRun:
    """What is launched, by whom, and what the token is tried for; without a `user` a person signs in."""

    kind: RunKind
    credentials: ClientCredentials
    scope: str
    user: ScriptedUser | None = None
    port: int = 0
    within: float = 120.0
    uses: tuple[Use, ...] = USES


async def run_as_app(
    client: HttpClient,
    endpoints: Endpoints,
    run: AppRun,
    open_browser: Callable[[str], Awaitable[None]] | None = None,
) -> AsyncGenerator[LaunchEvent, None]:
    """Launch at `endpoints`; after a LaunchResult come the exchanges in which its token is used."""
    client, result = client.trusting(endpoints.trust), None
    async with aclosing(_launch(client, endpoints, run, open_browser)) as events:
        async for event in events:
            result = event if isinstance(event, LaunchResult) else result
            yield event
    if result is not None:
        async for exchange in _use(client, endpoints, run.uses, result):
            yield exchange


def usual_scopes(kind: RunKind, version: str) -> str:
    """Scopes for a first try, in the syntax that the site takes."""
    read = "read" if version == "v1" else "rs"
    if kind == "backend":
        return f"system/Patient.{read}"
    context = "launch" if kind == "ehr" else "launch/patient"
    return f"{context} openid fhirUser offline_access patient/Patient.{read} patient/Observation.{read}"


def _launch(
    client: HttpClient, endpoints: Endpoints, run: AppRun, open_browser: Callable[[str], Awaitable[None]] | None
) -> AsyncGenerator[LaunchEvent, None]:
    base, receiver = endpoints.fhir_base or "", endpoints.name
    if run.kind == "backend":
        return launch_backend(
            client, fhir_base=base, credentials=run.credentials, scope=run.scope, receiver=receiver, within=run.within
        )
    return launch_as_app(
        client,
        fhir_base=base,
        kind=run.kind,
        credentials=run.credentials,
        scope=run.scope,
        user=run.user,
        open_browser=open_browser,
        ehr_page=endpoints.ehr_page,
        receiver=receiver,
        within=run.within,
        port=run.port,
    )


async def _use(
    client: HttpClient, endpoints: Endpoints, uses: tuple[Use, ...], result: LaunchResult
) -> AsyncGenerator[Exchange, None]:
    """Try the token for what it was given for, as far as the site offers that."""
    receiver, offered = endpoints.name, result.endpoints
    if "read" in uses and (path := _readable(result)):
        yield await _read(client, endpoints, result, path)
    if "refresh" in uses and result.refresh_token:
        exchange, after = await refresh_launch(client, result, receiver=receiver)
        yield exchange
        if isinstance(after, LaunchResult):
            result = after
            if "read" in uses and (path := _readable(result)):
                yield await _read(client, endpoints, result, path)
    if "introspect" in uses and offered.introspection:
        yield (await introspect_token(client, result, receiver=receiver))[0]
    if "revoke" in uses and offered.revocation:
        yield (await revoke_token(client, result, receiver=receiver))[0]


async def _read(client: HttpClient, endpoints: Endpoints, result: LaunchResult, path: str) -> Exchange:
    address = f"{result.fhir_base.rstrip('/')}/{path}"
    headers = (("Accept", "application/fhir+json"), ("Authorization", f"Bearer {result.access_token}"))
    return await client.send(Request("GET", address, headers), receiver=endpoints.name)


def _readable(result: LaunchResult) -> str:
    """Something small that the token should open: the patient of the context, else one resource of a granted type."""
    scopes = parse_scopes(result.scope)
    if result.patient and any(scope.covers("read", "Patient") for scope in scopes):
        return f"Patient/{result.patient}"
    searched = next((scope.type for scope in scopes if scope.type and scope.covers("search-type", scope.type)), "")
    return f"{'Patient' if searched == '*' else searched}?_count=1" if searched else ""
