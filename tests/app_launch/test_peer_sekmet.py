"""The workbench as a backend service of sekmet-fhir, a server that is not ours: by key, by address, by secret."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from workbench.app_launch.backend_launch import launch_backend
from workbench.app_launch.jwks_host import JwksHost
from workbench.exchange import Exchange, Request
from workbench.smart_app.app_keys import AppKey, make_app_key, to_jwks
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient
from workbench.yaml_file import to_yaml

pytestmark = pytest.mark.peer

KEYS = {algorithm: make_app_key(algorithm) for algorithm in ("RS384", "ES384")}
STRANGER = make_app_key("ES384")
SECRET = "a-long-secret-that-only-this-test-knows"
SCOPE = "system/Patient.rs system/Observation.rs"


def find_program() -> Path:
    peers = os.environ.get("WORKBENCH_PEERS", "")
    program = Path(peers) / "bin" / "sekmet"
    if not peers or not program.exists():
        pytest.skip("sekmet-fhir is not here; make a venv with it and name that in WORKBENCH_PEERS")
    return program


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Peer:
    base: str
    host_port: int
    keys: list[AppKey] = field(default_factory=list)

    @asynccontextmanager
    async def hosting(self) -> AsyncIterator[list[Exchange]]:
        """Our keys, served where this server was told that they are."""
        seen: list[Exchange] = []
        host = JwksHost(lambda: tuple(self.keys), port=self.host_port, on_exchange=seen.append)
        await host.start()
        try:
            yield seen
        finally:
            await host.stop()


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    program, folder, port, host_port = find_program(), tmp_path_factory.mktemp("sekmet"), free_port(), free_port()
    clients: list[dict[str, Any]] = [
        {"client_id": name, "jwks": to_jwks([key]), "scopes": "system/*.rs"} for name, key in KEYS.items()
    ]
    clients.append({"client_id": "by-address", "jwks_url": f"http://127.0.0.1:{host_port}/jwks.json"})
    clients.append({"client_id": "by-secret", "client_secret": SECRET, "scopes": "system/Patient.rs"})
    base = f"http://127.0.0.1:{port}/fhir"
    settings = {
        "base_url": base,
        "data_dir": str(folder / "data"),
        "own_private_key_path": str(folder / "key.pem"),
        "server_auth": {"types": ["smart"], "smart_clients": clients, "token_lifetime": 120},
    }
    (folder / "settings.yaml").write_text(to_yaml(settings), "utf-8")
    command = [str(program), "serve", "--host", "127.0.0.1", "--port", str(port), "--config", "settings.yaml"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        wait_until_up(f"{base}/metadata", process, folder / "log")
        yield Peer(base, host_port)
    finally:
        process.terminate()
        process.wait(20)


def wait_until_up(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(150):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            assert process.poll() is None, log.read_text("utf-8", "replace")[-2000:]
            time.sleep(0.2)
    pytest.fail("sekmet-fhir did not come up: " + log.read_text("utf-8", "replace")[-2000:])


def launch(peer: Peer, credentials: ClientCredentials, scope: str = SCOPE) -> LaunchResult | LaunchRefused:
    async def run() -> LaunchResult | LaunchRefused:
        async with HttpClient() as client, peer.hosting():
            events = launch_backend(client, fhir_base=peer.base, credentials=credentials, scope=scope)
            last = [event async for event in events][-1]
            assert not isinstance(last, Exchange)
            return last

    return asyncio.run(run())


def read(result: LaunchResult, path: str) -> int | None:
    async def run() -> int | None:
        headers = (("Authorization", f"Bearer {result.access_token}"), ("Accept", "application/fhir+json"))
        async with HttpClient() as client:
            exchange = await client.send(Request("GET", f"{result.fhir_base}/{path}", headers))
            assert exchange.response is not None, exchange.failure
            return exchange.response.status

    return asyncio.run(run())


@pytest.mark.parametrize("algorithm", ["RS384", "ES384"])
def test_a_key_gives_a_token_that_reads_what_was_granted_and_no_more(peer: Peer, algorithm: str) -> None:
    result = launch(peer, ClientCredentials.of(algorithm, key=KEYS[algorithm]))
    assert isinstance(result, LaunchResult), result
    assert (result.missing_scopes, result.expires_in) == ((), 120)
    assert result.access_claims["client_id"] == algorithm
    assert (read(result, "Patient"), read(result, "Encounter")) == (200, 403)


def test_what_its_two_documents_say_otherwise_is_told(peer: Peer) -> None:
    result = launch(peer, ClientCredentials.of("RS384", key=KEYS["RS384"]))
    assert isinstance(result, LaunchResult), result
    assert [difference.name for difference in result.differences] == ["authorize"]
    assert "smart-configuration alone" in result.differences[0].sentence
    assert result.remarks == ()


def test_without_a_token_the_server_answers_401(peer: Peer) -> None:
    result = launch(peer, ClientCredentials.of("RS384", key=KEYS["RS384"]))
    assert isinstance(result, LaunchResult), result
    assert read(replace(result, access_token="x"), "Patient") == 401


def test_the_server_fetches_our_keys_where_we_serve_them(peer: Peer) -> None:
    key = make_app_key("ES384")
    peer.keys[:] = [key]
    result = launch(peer, ClientCredentials.of("by-address", key=key))
    assert isinstance(result, LaunchResult), result
    assert read(result, "Patient") == 200


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
def test_a_secret_gives_a_token_too(peer: Peer, way: Any) -> None:
    result = launch(peer, ClientCredentials("by-secret", way, SECRET))
    assert isinstance(result, LaunchResult), result
    assert result.granted == ("system/Patient.rs",)
    assert result.missing_scopes == ("system/Observation.rs",)


@pytest.mark.parametrize(
    ("credentials", "error"),
    [
        (ClientCredentials.of("ES384", key=STRANGER), "invalid_client"),
        (ClientCredentials.of("nobody", key=STRANGER), "invalid_client"),
        (ClientCredentials("by-secret", "client_secret_post", "wrong"), "invalid_client"),
        (ClientCredentials("by-secret"), "invalid_request"),
    ],
)
def test_what_the_server_refuses_is_told_in_its_own_words(
    peer: Peer, credentials: ClientCredentials, error: str
) -> None:
    refused = launch(peer, credentials)
    assert isinstance(refused, LaunchRefused), refused
    assert (refused.stage, refused.error) == ("token", error)
    assert "“" in refused.sentence


def test_a_server_that_fails_at_a_key_of_another_kind_is_told_without_an_oauth_error(peer: Peer) -> None:
    refused = launch(peer, ClientCredentials.of("RS384", key=STRANGER))
    assert isinstance(refused, LaunchRefused), refused
    assert (refused.stage, refused.error) == ("token", "invalid_response")
    assert "it answered 500" in refused.sentence


def test_scopes_that_the_client_may_not_have_are_refused(peer: Peer) -> None:
    refused = launch(peer, ClientCredentials("by-secret", "client_secret_basic", SECRET), "system/Encounter.rs")
    assert isinstance(refused, LaunchRefused), refused
    assert refused.error == "invalid_scope"


def test_an_assertion_sent_twice_is_refused_the_second_time(peer: Peer) -> None:
    async def run() -> list[LaunchResult | LaunchRefused]:
        ends: list[LaunchResult | LaunchRefused] = []
        async with HttpClient() as client:
            for _ in range(2):
                credentials = ClientCredentials.of("ES384", key=KEYS["ES384"])
                events = launch_backend(
                    client, fhir_base=peer.base, credentials=credentials, scope=SCOPE, make_secret=lambda _: "same-id"
                )
                ends += [event async for event in events if not isinstance(event, Exchange)]
        return ends

    first, second = asyncio.run(run())
    assert isinstance(first, LaunchResult), first
    assert isinstance(second, LaunchRefused) and "jti" in second.sentence
