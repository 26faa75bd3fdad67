"""The workbench as a backend service, over the wire, against the smallest site that gives such tokens."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from workbench.app_launch.backend_launch import launch_backend
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response
from workbench.smart_app.app_keys import make_app_key, to_jwks
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient
from workbench.transports.http_server import HttpServer

KEYS = {algorithm: make_app_key(algorithm) for algorithm in ("RS384", "ES384")}


def json_answer(value: object, status: int = 200) -> Response:
    return Response(status, (("Content-Type", "application/json"),), json.dumps(value).encode())


@dataclass
class BackendSite:
    """Takes a client whose keys are `jwks`; `token_answer` stands in the place of its answer."""

    jwks: dict[str, Any] = field(default_factory=dict)
    token_answer: Response | None = None
    configuration: dict[str, Any] = field(default_factory=dict)
    address: str = ""
    seen: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        path = urlsplit(request.address).path
        if path.endswith("smart-configuration"):
            return json_answer({"token_endpoint": f"{self.address}/token", **self.configuration})
        return self.give_token(request) if path == "/token" else Response(404)

    def give_token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        self.seen.append(form)
        if self.token_answer is not None:
            return self.token_answer
        token = form["client_assertion"]
        key = jwt.PyJWKSet.from_dict(self.jwks)[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(token, key, ["RS384", "ES384"], audience=f"{self.address}/token")
        assert claims["iss"] == claims["sub"] == "backend-app"
        answer = {"access_token": "token-1", "token_type": "bearer", "expires_in": 300, "scope": form["scope"]}
        return json_answer(answer)


def launch(site: BackendSite, credentials: ClientCredentials) -> list[Any]:
    async def run() -> list[Any]:
        server = HttpServer(site.answer)
        await server.start()
        site.address = server.address
        try:
            async with HttpClient() as client:
                base = f"{site.address}/fhir"
                scope = "system/Patient.rs system/Observation.rs"
                events = launch_backend(client, fhir_base=base, credentials=credentials, scope=scope, within=5)
                return [event async for event in events]
        finally:
            await server.stop()

    return asyncio.run(run())


@pytest.mark.parametrize("algorithm", ["RS384", "ES384"])
def test_a_backend_service_proves_itself_by_its_key_and_gets_a_token(algorithm: str) -> None:
    site = BackendSite(to_jwks([KEYS[algorithm]]))
    *exchanges, result = launch(site, ClientCredentials.of("backend-app", key=KEYS[algorithm]))
    assert isinstance(result, LaunchResult), result
    assert (result.access_token, result.expires_in, result.missing_scopes) == ("token-1", 300, ())
    assert all(isinstance(event, Exchange) for event in exchanges)
    assert site.seen[0]["grant_type"] == "client_credentials"
    assert result.issued is not None and result.expires is not None
    assert (result.expires - result.issued).total_seconds() == 300


def test_each_assertion_has_an_id_of_its_own() -> None:
    site = BackendSite(to_jwks([KEYS["ES384"]]))
    for _ in range(2):
        launch(site, ClientCredentials.of("backend-app", key=KEYS["ES384"]))
    ids = [jwt.decode(form["client_assertion"], options={"verify_signature": False})["jti"] for form in site.seen]
    assert ids[0] != ids[1] and min(map(len, ids)) >= 22


def test_a_site_that_refuses_the_client_is_told_in_words() -> None:
    site = BackendSite(token_answer=json_answer({"error": "invalid_client", "error_description": "Who?"}, 401))
    *_, end = launch(site, ClientCredentials.of("backend-app", "s3cret"))
    assert isinstance(end, LaunchRefused)
    assert (end.stage, end.error) == ("token", "invalid_client")
    assert "Who?" in end.sentence


def test_a_site_without_a_token_endpoint_is_refused_at_discovery() -> None:
    *_, end = launch(BackendSite(configuration={"token_endpoint": ""}), ClientCredentials.of("backend-app", "s3cret"))
    assert isinstance(end, LaunchRefused)
    assert (end.stage, end.error) == ("discovery", "no_endpoint")


def test_credentials_without_their_key_send_nothing() -> None:
    site = BackendSite()
    with pytest.raises(WorkbenchError, match="no key to sign with"):
        launch(site, ClientCredentials("backend-app", "private_key_jwt"))
    assert site.seen == []
