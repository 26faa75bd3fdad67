"""The workbench as an app of npm's oidc-provider, an authorization server that is not ours, by each kind of client."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workbench.app_launch.app_launch import launch_as_app
from workbench.app_launch.backend_launch import launch_backend
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.app_launch.token_requests import introspect_token, refresh_launch, revoke_token
from workbench.exchange import Exchange, Request, Response
from workbench.launch_review.judge import review_launch
from workbench.launch_review.review import LaunchFacts
from workbench.smart_app.app_keys import make_app_key, to_jwks
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.smart_app.token_inspection import Introspection, Revocation
from workbench.transports.http_client import HttpClient
from workbench.transports.http_server import HttpServer

pytestmark = pytest.mark.peer

KEYS = {algorithm: make_app_key(algorithm) for algorithm in ("RS384", "ES384")}
SECRET = "a-long-secret/that+only this-test: knows&"
KINDS = {
    "public": ClientCredentials("public"),
    "basic": ClientCredentials("basic", "client_secret_basic", SECRET),
    "post": ClientCredentials("post", "client_secret_post", SECRET),
    "RS384": ClientCredentials("RS384", "private_key_jwt", key=KEYS["RS384"]),
    "ES384": ClientCredentials("ES384", "private_key_jwt", key=KEYS["ES384"]),
}
SIGNED_BY = {"public": "RS256", "basic": "PS256", "post": "ES256", "RS384": "EdDSA", "ES384": "RS256"}
SCOPE = "openid fhirUser offline_access launch/patient patient/Patient.rs"
RAMAN = ScriptedUser(user="priya-raman", answers=(("password", "any"),))


def client_of(name: str, **changes: Any) -> dict[str, Any]:
    credentials = KINDS[name]
    known = {
        "client_id": name,
        "application_type": "native",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": credentials.authentication,
        "id_token_signed_response_alg": SIGNED_BY[name],
    }
    if credentials.client_secret:
        known["client_secret"] = credentials.client_secret
    if credentials.key:
        known |= {"jwks": to_jwks([credentials.key]), "token_endpoint_auth_signing_alg": name}
    return known | changes


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    modules, node = Path(os.environ.get("WORKBENCH_NPM", "")) / "node_modules", shutil.which("node")
    if node is None or not (modules / "oidc-provider").is_dir():
        pytest.skip("npm's oidc-provider is not here; install it into a folder and name that in WORKBENCH_NPM")
    service = {"grant_types": ["client_credentials"], "redirect_uris": [], "response_types": []}
    clients = [client_of(name) for name in KINDS]
    clients.append({**client_of("ES384", **service), "client_id": "service"})
    command = [node, str(Path(__file__).with_name("oidc_provider.mjs")), str(modules.absolute()), json.dumps(clients)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stderr is not None
        port = process.stdout.readline().strip()
        assert port.isdigit(), process.stderr.read()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=20)


@asynccontextmanager
async def hospital(issuer: str) -> AsyncIterator[str]:
    """A FHIR base whose smart-configuration is what the authorization server says of itself."""
    async with HttpClient() as client:
        own = (await client.send(Request("GET", f"{issuer}/.well-known/openid-configuration"))).response
    assert own is not None
    configuration = json.loads(own.body)
    configuration["capabilities"] = ["launch-standalone", "sso-openid-connect", "permission-v2"]

    async def answer(request: Request) -> Response:
        if not request.address.endswith("/.well-known/smart-configuration"):
            return Response(404)
        return Response(200, (("Content-Type", "application/json"),), json.dumps(configuration).encode())

    server = HttpServer(answer)
    await server.start()
    try:
        yield f"{server.address}/fhir"
    finally:
        await server.stop()


async def launch(
    client: HttpClient, issuer: str, credentials: ClientCredentials, **changes: Any
) -> LaunchResult | LaunchRefused:
    async with hospital(issuer) as base:
        given: dict[str, Any] = {"kind": "standalone", "scope": SCOPE, "user": RAMAN, "fhir_base": base, "within": 15.0}
        last = [e async for e in launch_as_app(client, credentials=credentials, **(given | changes))][-1]
        assert isinstance(last, LaunchResult | LaunchRefused)
        return last


@pytest.mark.parametrize("post", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_client_signs_in_and_its_id_token_holds(issuer: str, kind: str, post: bool) -> None:
    async def run() -> None:
        async with HttpClient() as client:
            result = await launch(client, issuer, KINDS[kind], post=post)
            assert isinstance(result, LaunchResult), result
            assert all(check.holds for check in result.checks), result.checks
            assert {"signature", "nonce", "userinfo"} <= {check.name for check in result.checks}
            assert result.missing_scopes == ("offline_access",)
            assert any(SIGNED_BY[kind] in check.sentence for check in result.checks)
            assert result.userinfo["fhirUser"] == "Practitioner/priya-raman"

    asyncio.run(run())


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_client_refreshes_asks_and_gives_back(issuer: str, kind: str) -> None:
    async def run() -> None:
        async with HttpClient() as client:
            before = await launch(client, issuer, KINDS[kind])
            assert isinstance(before, LaunchResult) and before.refresh_token, before
            _, after = await refresh_launch(client, before)
            assert isinstance(after, LaunchResult), after
            assert after.access_token != before.access_token and after.failed_checks == ()
            _, told = await introspect_token(client, after)
            if kind == "public":
                # This server takes the credentials of a client here, and looks at no access token.
                assert isinstance(told, LaunchRefused | Introspection), told
            else:
                assert isinstance(told, Introspection) and told.active, told
            _, gone = await revoke_token(client, after, "refresh_token")
            assert isinstance(gone, Revocation), gone
            _, refused = await refresh_launch(client, after)
            assert isinstance(refused, LaunchRefused) and refused.error == "invalid_grant"

    asyncio.run(run())


@pytest.mark.parametrize("kind", KINDS)
def test_a_review_finds_what_this_server_leaves_out_and_nothing_in_our_app(issuer: str, kind: str) -> None:
    async def run() -> list[Exchange]:
        async with hospital(issuer) as base, HttpClient() as client:
            events = [e async for e in launch_as_app(
                client, fhir_base=base, kind="standalone", credentials=KINDS[kind], scope=SCOPE, user=RAMAN
            )]  # fmt: skip
            result = events[-1]
            assert isinstance(result, LaunchResult), result
            refreshed = await refresh_launch(client, result)
            return [*(event for event in events if isinstance(event, Exchange)), refreshed[0]]

    review = review_launch(asyncio.run(run()), facts=LaunchFacts(client_id=kind))
    failed = {(each.requirement.party, each.requirement.id) for each in review.verdicts if each.outcome == "fail"}
    # Its pages for trying it out can be framed, it knows no patients, and it sends Cache-Control without Pragma.
    left_out = {("server", name) for name in ("authorize-framing", "token-no-cache", "token-patient")}
    assert failed == left_out


def test_a_backend_service_gets_its_token(issuer: str) -> None:
    async def run() -> Any:
        credentials = ClientCredentials("service", "private_key_jwt", key=KEYS["ES384"])
        async with hospital(issuer) as base, HttpClient() as client:
            events = launch_backend(client, fhir_base=base, credentials=credentials, scope="system/Patient.rs")
            return [event async for event in events][-1]

    result = asyncio.run(run())
    assert isinstance(result, LaunchResult), result
    assert result.granted == ("system/Patient.rs",)


@pytest.mark.parametrize(
    ("credentials", "stage"),
    [
        (ClientCredentials("nobody"), "sign-in"),
        (replace(KINDS["basic"], client_secret="wrong"), "token"),
        (replace(KINDS["post"], client_secret="wrong"), "token"),
        (replace(KINDS["ES384"], key=make_app_key("ES384")), "token"),
    ],
)
def test_credentials_that_are_wrong_are_refused_in_the_servers_words(
    issuer: str, credentials: ClientCredentials, stage: str
) -> None:
    async def run() -> LaunchResult | LaunchRefused:
        async with HttpClient() as client:
            return await launch(client, issuer, credentials)

    refused = asyncio.run(run())
    assert isinstance(refused, LaunchRefused), refused
    assert refused.stage == stage
    assert stage == "sign-in" or refused.error == "invalid_client"


def test_a_user_who_goes_away_ends_the_launch(issuer: str) -> None:
    async def run() -> LaunchResult | LaunchRefused:
        async with HttpClient() as client:
            return await launch(client, issuer, KINDS["public"], user=ScriptedUser(user="priya-raman"))

    refused = asyncio.run(run())
    assert isinstance(refused, LaunchRefused), refused
    assert refused.error == "needs_a_person" and "“password”" in refused.sentence
