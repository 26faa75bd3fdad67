"""The workbench as each kind of app at both simulated sites, and what it may ask of its tokens there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workbench.app_launch.app_launch import launch_as_app
from workbench.app_launch.backend_launch import launch_backend
from workbench.app_launch.jwks_host import JwksHost
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.app_launch.token_requests import (
    introspect_token,
    read_userinfo,
    refetch_keys,
    refresh_launch,
    revoke_token,
)
from workbench.authorization_server.rules import Client
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request
from workbench.launch_review.judge import review_launch
from workbench.launch_review.review import LaunchFacts
from workbench.sandbox.sandbox import Sandbox
from workbench.smart_app.app_keys import AppKey, make_app_key
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.smart_app.token_inspection import Introspection, Revocation
from workbench.transports.http_client import HttpClient
from workbench.workspace.app_registration import register_workbench
from workbench.workspace.workspace import Workspace

SITES = ("community-hospital", "academic-medical-center")
KEYS = {algorithm: make_app_key(algorithm) for algorithm in ("RS384", "ES384")}
SECRET = "a-long-secret-that-only-this-test-knows"
KINDS = {
    "none": ClientCredentials("app-none"),
    "client_secret_basic": ClientCredentials("app:basic ö", "client_secret_basic", SECRET + " &ö"),
    "client_secret_post": ClientCredentials("app-post", "client_secret_post", SECRET),
    "RS384": ClientCredentials("app-rs384", "private_key_jwt", key=KEYS["RS384"]),
    "ES384": ClientCredentials("app-es384", "private_key_jwt", key=KEYS["ES384"]),
}


@pytest.fixture(scope="module", params=SITES)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    sandbox = Workspace(Path("/nowhere")).make_sandbox(request.param)
    asyncio.run(sandbox.start())
    yield sandbox
    asyncio.run(sandbox.stop())


def right(sandbox: Sandbox) -> str:
    return "rs" if "v2" in sandbox.site.smart.scope_versions else "read"


async def launch(client: HttpClient, sandbox: Sandbox, credentials: ClientCredentials) -> LaunchResult | LaunchRefused:
    scope = f"launch/patient openid fhirUser online_access patient/Patient.{right(sandbox)}"
    register_workbench(sandbox, credentials, scope)
    events = launch_as_app(
        client, fhir_base=sandbox.addresses.fhir_base, kind="standalone", credentials=credentials, scope=scope,
        user=ScriptedUser(user="raman"), patient="amara-okafor",
    )  # fmt: skip
    last = [event async for event in events][-1]
    assert isinstance(last, LaunchResult | LaunchRefused), last
    return last


async def read(client: HttpClient, result: LaunchResult, path: str) -> int | None:
    headers = (("Authorization", f"Bearer {result.access_token}"), ("Accept", "application/fhir+json"))
    exchange = await client.send(Request("GET", f"{result.fhir_base}/{path}", headers))
    assert exchange.response is not None
    return exchange.response.status


def takes(sandbox: Sandbox, kind: str) -> bool:
    """Whether the site's rules take apps of this kind."""
    rules, credentials = sandbox.site.smart, KINDS[kind]
    if credentials.key is not None and credentials.key.algorithm not in rules.signing_algorithms:
        return False
    return credentials.authentication in rules.client_authentication


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_app_that_a_site_takes_launches_reads_and_refreshes(sandbox: Sandbox, kind: str) -> None:
    async def run() -> None:
        async with HttpClient() as client:
            result = await launch(client, sandbox, KINDS[kind])
            if not takes(sandbox, kind):
                assert isinstance(result, LaunchRefused), result
                assert (result.stage, result.error) == ("token", "invalid_client")
                assert any("The site does not name" in remark for remark in result.remarks)
                return
            assert isinstance(result, LaunchResult), result
            assert result.failed_checks == ()
            assert await read(client, result, "Patient/amara-okafor") == 200
            _, after = await refresh_launch(client, result)
            assert isinstance(after, LaunchResult), after
            assert await read(client, after, "Patient/amara-okafor") == 200

    asyncio.run(run())


@pytest.mark.parametrize("post", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_no_requirement_fails_for_either_party_whatever_the_app_shows(sandbox: Sandbox, kind: str, post: bool) -> None:
    async def run() -> list[Exchange]:
        register_workbench(sandbox, KINDS[kind], "openid")
        async with HttpClient() as client:
            events = [e async for e in launch_as_app(
                client, fhir_base=sandbox.addresses.fhir_base, kind="standalone", credentials=KINDS[kind], post=post,
                scope=f"launch/patient openid fhirUser online_access patient/Patient.{right(sandbox)}",
                user=ScriptedUser(user="raman"), patient="amara-okafor",
            )]  # fmt: skip
            exchanges = [event for event in events if isinstance(event, Exchange)]
            if isinstance(result := events[-1], LaunchResult):
                exchanges.append((await refresh_launch(client, result))[0])
            return exchanges

    review = review_launch(asyncio.run(run()), facts=LaunchFacts(sandbox.addresses.fhir_base, KINDS[kind].client_id))
    assert len([each for each in review.verdicts if each.outcome == "pass"]) > 30
    assert [each.requirement.id for each in review.verdicts if each.outcome in ("fail", "warning")] == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "none"])
def test_a_wrong_secret_or_key_is_refused_as_the_client(sandbox: Sandbox, kind: str) -> None:
    credentials = KINDS[kind]
    wrong = replace(credentials, client_secret="wrong", key=make_app_key("ES384") if credentials.key else None)

    async def run() -> object:
        register_workbench(sandbox, credentials, "openid")
        async with HttpClient() as client:
            events = launch_as_app(
                client, fhir_base=sandbox.addresses.fhir_base, kind="standalone", credentials=wrong, scope="openid",
                user=ScriptedUser(user="raman"), patient="amara-okafor",
            )  # fmt: skip
            return [event async for event in events][-1]

    refused = asyncio.run(run())
    assert isinstance(refused, LaunchRefused), refused
    assert (refused.stage, refused.error) == ("token", "invalid_client")


@pytest.mark.parametrize("kind", ["none", "client_secret_basic", "RS384"])
def test_tokens_are_explained_where_the_site_does_so_to_this_app(sandbox: Sandbox, kind: str) -> None:
    async def run() -> None:
        async with HttpClient() as client:
            result = await launch(client, sandbox, KINDS[kind])
            assert isinstance(result, LaunchResult), result
            _, told = await introspect_token(client, result)
            if kind == "none" and "token" not in sandbox.site.smart.introspection:
                assert isinstance(told, LaunchRefused) and told.error == "invalid_client"
                return
            assert isinstance(told, Introspection), told
            assert (told.active, told.client_id, told.remarks) == (True, KINDS[kind].client_id, ())
            assert told.expires is not None and result.expires is not None
            assert abs((told.expires - result.expires).total_seconds()) < 5

    asyncio.run(run())


@pytest.mark.parametrize("kind", ["none", "client_secret_basic", "RS384"])
def test_a_token_given_back_is_good_for_nothing(sandbox: Sandbox, kind: str) -> None:
    async def run() -> None:
        async with HttpClient() as client:
            result = await launch(client, sandbox, KINDS[kind])
            assert isinstance(result, LaunchResult), result
            if not sandbox.site.smart.revocation:
                with pytest.raises(WorkbenchError, match="names no revocation endpoint"):
                    await revoke_token(client, result)
                return
            _, gone = await revoke_token(client, result, "refresh_token")
            assert isinstance(gone, Revocation), gone
            assert await read(client, result, "Patient/amara-okafor") == 401
            _, refused = await refresh_launch(client, result)
            assert isinstance(refused, LaunchRefused) and refused.error == "invalid_grant"

    asyncio.run(run())


def test_who_signed_in_is_asked_where_the_site_says_so(sandbox: Sandbox) -> None:
    async def run() -> None:
        async with HttpClient() as client:
            result = await launch(client, sandbox, KINDS["none"])
            assert isinstance(result, LaunchResult), result
            if not sandbox.site.smart.userinfo:
                with pytest.raises(WorkbenchError, match="names no userinfo endpoint"):
                    await read_userinfo(client, result)
                return
            _, who = await read_userinfo(client, result)
            assert isinstance(who, LaunchResult), who
            assert str(who.userinfo["fhirUser"]).endswith("Practitioner/priya-raman")
            assert "userinfo" in {check.name for check in who.checks if check.holds}

    asyncio.run(run())


def test_keys_that_the_site_changed_since_are_fetched_anew(sandbox: Sandbox) -> None:
    async def run() -> None:
        async with HttpClient() as client:
            before = await launch(client, sandbox, KINDS["none"])
            assert isinstance(before, LaunchResult), before
            await sandbox.rotate_key(publish_former=False)
            exchange, after = await refetch_keys(client, before)
            assert exchange.request.address == before.endpoints.jwks
            assert isinstance(after, LaunchResult), after
            assert [check.name for check in after.failed_checks] == ["key", "signature"]

    asyncio.run(run())


@asynccontextmanager
async def hosting(keys: list[AppKey]) -> AsyncIterator[tuple[JwksHost, list[Exchange]]]:
    seen: list[Exchange] = []
    host = JwksHost(lambda: tuple(keys), on_exchange=seen.append)
    await host.start()
    try:
        yield host, seen
    finally:
        await host.stop()


async def launch_service(client: HttpClient, sandbox: Sandbox, credentials: ClientCredentials) -> Any:
    events = launch_backend(
        client, fhir_base=sandbox.addresses.fhir_base, credentials=credentials,
        scope=f"system/Patient.{right(sandbox)} system/Observation.{right(sandbox)}",
    )  # fmt: skip
    return [event async for event in events][-1]


@pytest.mark.parametrize("kind", ["client_secret_basic", "RS384", "ES384"])
def test_a_backend_service_reads_what_it_may(sandbox: Sandbox, kind: str) -> None:
    async def run() -> None:
        register_workbench(sandbox, KINDS[kind], f"system/Patient.{right(sandbox)}")
        async with HttpClient() as client:
            result = await launch_service(client, sandbox, KINDS[kind])
            if not sandbox.site.smart.backend_services:
                assert isinstance(result, LaunchRefused) and result.error == "unsupported_grant_type"
                assert "it may take no backend services" in " ".join(result.remarks)
                return
            assert isinstance(result, LaunchResult), result
            assert result.granted == (f"system/Patient.{right(sandbox)}",)
            assert result.missing_scopes == (f"system/Observation.{right(sandbox)}",)
            assert (result.remarks, result.differences, result.refresh_token) == ((), (), "")
            assert await read(client, result, "Patient?_count=1") == 200
            assert await read(client, result, "Observation?_count=1") == 403

    asyncio.run(run())


def test_a_site_fetches_our_keys_and_finds_the_one_that_came_after(sandbox: Sandbox) -> None:
    if not sandbox.site.smart.backend_services:
        pytest.skip("this site takes no backend services")

    async def run() -> None:
        keys = [make_app_key("ES384")]
        async with hosting(keys) as (host, seen), HttpClient() as client:
            scope = f"system/Patient.{right(sandbox)}"
            app = Client("app-by-address", "App", authentication="private_key_jwt", jwks_uri=host.address, scope=scope)
            sandbox.register_client(app)
            for _ in range(2):
                credentials = ClientCredentials(app.id, "private_key_jwt", key=keys[0], jwks_uri=host.address)
                result = await launch_service(client, sandbox, credentials)
                assert isinstance(result, LaunchResult), result
                await asyncio.sleep(1.1)  # the site looks for a key that it does not know once a second
                keys.insert(0, make_app_key("RS384"))
            assert len(seen) == 2

    asyncio.run(run())
