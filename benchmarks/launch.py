"""Benchmark of launches: a backend service's token and read beside sekmet-fhir, whole launches, and their review.

Interleaved rounds; prints medians and ratios, and asserts nothing about times. Each site runs in a process of its own.
sekmet-fhir is taken from the venv that WORKBENCH_PEERS names; without it its rows are left out.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from workbench.scenario.app_launch import launch_as_app
from workbench.scenario.scripted_user import ScriptedUser

from workbench.authorization_server.rules import Client
from workbench.exchange import Exchange, Request
from workbench.launch_review.judge import review_launch
from workbench.launch_review.review import LaunchFacts
from workbench.sandbox.sandbox import Sandbox
from workbench.smart_app.app_keys import AppKey, make_app_key, to_jwks
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.transports.http_client import HttpClient
from workbench.workspace.workspace import Workspace

SITE, CLIENT, SCOPE = "community-hospital", "benchmark", "system/Patient.cruds"
LAUNCH_SCOPE = "launch/patient openid fhirUser online_access patient/Patient.rs"
ROUNDS, ASKED, LAUNCHES = 7, 20, 3
LONG = 2_000
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PATIENT = "amara-okafor"


@dataclass(frozen=True, slots=True)
class Place:
    """A site that is up: its FHIR base, its token endpoint, and the key by which a backend service proves itself."""

    base: str
    token: str
    key: AppKey


def serve(jwks: str) -> None:
    """Run the simulated site until standard input ends; its addresses are the one line of standard output."""

    async def run() -> Sandbox:
        sandbox = Workspace(Path(tempfile.mkdtemp())).make_sandbox(SITE)
        await sandbox.start()
        keys = json.loads(jwks)
        sandbox.register_client(Client(CLIENT, CLIENT, authentication="private_key_jwt", jwks=keys, scope=SCOPE))
        return sandbox

    sandbox = asyncio.run(run())
    print(sandbox.addresses.fhir_base, sandbox.addresses.ehr_page, flush=True)
    sys.stdin.read()
    asyncio.run(sandbox.stop())


@contextmanager
def our_site(key: AppKey) -> Iterator[Place]:
    command = [sys.executable, "-m", "benchmarks.launch", json.dumps(to_jwks([key]))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        base, _ = process.stdout.readline().split()
        yield place_of(base, key)
        process.stdin.close()


@contextmanager
def sekmet_site(key: AppKey) -> Iterator[Place | None]:
    program = Path(os.environ.get("WORKBENCH_PEERS", "")) / "bin" / "sekmet"
    if not os.environ.get("WORKBENCH_PEERS") or not program.exists():
        print("sekmet-fhir is not here; its rows are left out (name its venv in WORKBENCH_PEERS).")
        yield None
        return
    folder, port = Path(tempfile.mkdtemp()), free_port()
    base = f"http://127.0.0.1:{port}/fhir"
    clients = [{"client_id": CLIENT, "jwks": to_jwks([key]), "scopes": "system/*.cruds"}]
    access = {"types": ["smart"], "smart_clients": clients, "token_lifetime": 300}
    settings: dict[str, Any] = {
        "base_url": base,
        "data_dir": str(folder / "data"),
        "own_private_key_path": str(folder / "key.pem"),
        "server_auth": access,
    }
    (folder / "settings.yaml").write_text(json.dumps(settings), "utf-8")  # JSON is YAML
    command = [str(program), "serve", "--host", "127.0.0.1", "--port", str(port), "--config", "settings.yaml"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        wait_until_up(f"{base}/metadata")
        yield place_of(base, key)
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_up(address: str) -> None:
    for _ in range(150):
        try:
            httpx.get(address, timeout=2, trust_env=False)
            return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit(f"{address} did not come up.")


def place_of(base: str, key: AppKey) -> Place:
    answer = httpx.get(f"{base}/.well-known/smart-configuration", trust_env=False).raise_for_status().json()
    return Place(base, answer["token_endpoint"], key)


def get_token(client: httpx.Client, place: Place) -> str:
    claims = {"iss": CLIENT, "sub": CLIENT, "aud": place.token, "exp": int(time.time()) + 240, "jti": str(uuid4())}
    form = {"grant_type": "client_credentials", "scope": SCOPE, "client_assertion_type": ASSERTION_TYPE}
    signed = place.key.sign(claims)
    answer = client.post(place.token, data={**form, "client_assertion": signed}).raise_for_status()
    return str(answer.json()["access_token"])


def read_patient(client: httpx.Client, place: Place, token: str) -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/fhir+json"}
    return client.get(f"{place.base}/Patient/{PATIENT}", headers=headers).raise_for_status().content


def copy_patient(client: httpx.Client, ours: Place, peer: Place) -> None:
    """Both sites are asked for the same patient."""
    patient = read_patient(client, ours, get_token(client, ours))
    headers = {"Authorization": f"Bearer {get_token(client, peer)}", "Content-Type": "application/fhir+json"}
    client.put(f"{peer.base}/Patient/{PATIENT}", content=patient, headers=headers).raise_for_status()


def seconds_of(work: Callable[[], object], count: int, clock: Callable[[], float] = time.perf_counter) -> float:
    started = clock()
    for _ in range(count):
        work()
    return (clock() - started) / count


async def launch(base: str) -> list[Exchange]:
    """A whole standalone launch with a scripted user: discovery, sign-in, patient, consent, token, keys, a read."""
    async with HttpClient() as client:
        user = ScriptedUser(user="raman", patient=PATIENT)
        events = launch_as_app(
            client,
            fhir_base=base,
            kind="standalone",
            credentials=ClientCredentials("workbench"),
            scope=LAUNCH_SCOPE,
            user=user,
        )
        *seen, result = [event async for event in events]
        assert isinstance(result, LaunchResult), result
        headers = (("Authorization", f"Bearer {result.access_token}"), ("Accept", "application/fhir+json"))
        read = await client.send(Request("GET", f"{base}/Patient/{result.patient}", headers))
    assert read.response is not None and read.response.status == 200
    return [*(event for event in seen if isinstance(event, Exchange)), read]


def measure_sites(places: dict[str, Place]) -> None:
    times: dict[str, list[float]] = {}
    ours, *peers = places.values()
    with httpx.Client(trust_env=False, timeout=30) as client:
        for peer in peers:
            copy_patient(client, ours, peer)
        for _ in range(ROUNDS + 1):
            for name, place in places.items():
                token = get_token(client, place)
                asked = seconds_of(partial(get_token, client, place), ASKED)
                times.setdefault(f"token, {name}", []).append(asked)
                read = seconds_of(partial(read_patient, client, place, token), ASKED)
                times.setdefault(f"read, {name}", []).append(read)
            whole = seconds_of(lambda: asyncio.run(launch(ours.base)), LAUNCHES)
            times.setdefault("whole launch, the simulated site", []).append(whole)
    medians = {name: statistics.median(found[1:]) for name, found in times.items()}
    unit = medians["token, the simulated site"]
    for name, seconds in medians.items():
        print(f"  {name:<34}{seconds * 1000:9.2f} ms {1 / seconds:8.0f} a second {seconds / unit:7.2f} × our token")


def measure_review(exchanges: list[Exchange], base: str) -> None:
    """Processor time per exchange: of one launch, and of one whose app goes on reading."""
    facts = LaunchFacts(fhir_base=base)
    read = exchanges[-1]
    more = (replace(read, started=read.started + timedelta(seconds=n / 10)) for n in range(LONG - len(exchanges)))
    rows = {"one launch": exchanges, f"{LONG:,} exchanges": [*exchanges, *more]}
    times: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(ROUNDS + 1):
        for name, row in rows.items():
            times[name].append(seconds_of(partial(review_launch, row, facts=facts), 1, time.process_time) / len(row))
    medians = {name: statistics.median(found[1:]) for name, found in times.items()}
    unit = medians["one launch"]
    for name, seconds in medians.items():
        told = f"review of {name} ({len(rows[name]):,})"
        print(f"  {told:<34}{seconds * 1e6:9.0f} µs an exchange {seconds / unit:7.2f} × of one launch")


def main() -> None:
    key = make_app_key("ES384")
    with our_site(key) as ours, sekmet_site(key) as peer:
        places = {"the simulated site": ours} | ({"sekmet-fhir": peer} if peer is not None else {})
        measure_sites(places)
        measure_review(asyncio.run(launch(ours.base)), ours.base)


if __name__ == "__main__":
    serve(sys.argv[1]) if len(sys.argv) > 1 else main()
