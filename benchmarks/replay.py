"""Benchmark of replays: a step against bare httpx and a raw socket, and whole runs against a script and newman.

Interleaved rounds; prints medians and ratios, and asserts nothing about times. For newman, name the folder of an npm
installation that has it in WORKBENCH_NPM; without it that row is left out.
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
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from workbench.scenario.runner import replay
from workbench.scenario.scenario import Check, FhirInteraction, ReplayFinished, Scenario
from workbench.transports.http_client import HttpClient
from workbench.workspace.workspace import Workspace

SITE = "community-hospital"
STEPS = 100
ROUNDS = 5
PATH = "metadata"


def make_scenario(steps: int) -> Scenario:
    step = FhirInteraction("", method="GET", path=PATH, checks=(Check("status", expected="200"),))
    return Scenario("Steps", "", (step,) * steps)


async def measure_steps() -> None:
    """One process, one site: seconds a request."""
    workspace = Workspace(Path(tempfile.mkdtemp()))
    sandbox = workspace.make_sandbox(SITE)
    await sandbox.start()
    endpoints = workspace.endpoints_of(sandbox)
    address = f"{sandbox.addresses.fhir_base}/{PATH}"
    found: dict[str, list[float]] = {"raw socket": [], "bare httpx": [], "replay step": []}
    async with HttpClient() as client, httpx.AsyncClient(trust_env=False) as bare:
        for _ in range(ROUNDS + 1):
            found["raw socket"].append(await asyncio.to_thread(_ask_raw, address))
            start = time.perf_counter()
            for _ in range(STEPS):
                (await bare.get(address, headers={"Accept": "application/fhir+json"})).raise_for_status()
            found["bare httpx"].append(time.perf_counter() - start)
            start = time.perf_counter()
            async for event in replay(make_scenario(STEPS), endpoints, client=client):
                if isinstance(event, ReplayFinished):
                    assert event.verdict == "pass", event.results[0].sentence
            found["replay step"].append(time.perf_counter() - start)
    await sandbox.stop()
    medians = {name: statistics.median(times[1:]) / STEPS for name, times in found.items()}
    for name, seconds in medians.items():
        print(f"  {name:<24} {seconds * 1000:7.3f} ms a request   {seconds / medians['bare httpx']:5.2f} × bare httpx")


def _ask_raw(address: str) -> float:
    parts = urlsplit(address)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: application/fhir+json\r\n\r\n".encode()
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start = time.perf_counter()
        for _ in range(STEPS):
            connection.sendall(request)
            _read_answer(connection)
        return time.perf_counter() - start


def _read_answer(connection: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    received = len(body)
    while received < length:
        received += len(connection.recv(65536))


def measure_runs() -> None:
    """Whole processes against a site in a process of its own: seconds a run of STEPS requests."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        command = [sys.executable, "-m", "workbench.cli", "sandbox", "run", SITE, "--json"]
        site = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert site.stdout is not None
            base = json.loads(site.stdout.readline())["fhir_base"]
            _compare_runs(place, base)
        finally:
            site.terminate()
            site.wait(10)


def _compare_runs(place: Path, base: str) -> None:
    runs: dict[str, Callable[[], list[str]]] = {"workbench replay": lambda: _workbench_command(place, base)}
    runs["script with httpx"] = lambda: [sys.executable, "-c", _script(base)]
    newman = Path(os.environ.get("WORKBENCH_NPM", "")) / "node_modules" / ".bin" / "newman"
    if os.environ.get("WORKBENCH_NPM") and newman.exists():
        runs["newman"] = lambda: [str(newman), "run", str(_write_collection(place, base)), "--silent"]
    commands = {name: make() for name, make in runs.items()}
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            found[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(times[1:]) for name, times in found.items()}
    ours = medians["workbench replay"]
    for name, seconds in medians.items():
        print(f"  {name:<24} {seconds:7.2f} s   {seconds / ours:5.2f} × workbench replay")
    if "newman" not in medians:
        print("  newman is left out: WORKBENCH_NPM names no folder that has it")


def _workbench_command(place: Path, base: str) -> list[str]:
    steps = "".join(f"  - fhir: GET {PATH}\n    checks:\n      - status: 200\n" for _ in range(STEPS))
    (place / "steps.scenario.yaml").write_text(f"version: 1\nname: Steps\nsteps:\n{steps}", "utf-8")
    (place / "remotes.yaml").write_text(
        f"version: 1\nremotes:\n  - id: r\n    name: R\n    fhir_base: {base}\n", "utf-8"
    )
    file = str(place / "steps.scenario.yaml")
    return [sys.executable, "-m", "workbench.cli", "--workspace", str(place), "replay", file, "--remote", "r"]


def _script(base: str) -> str:
    return (
        "import asyncio, httpx\n"
        "async def main():\n"
        "    async with httpx.AsyncClient(trust_env=False) as client:\n"
        f"        for _ in range({STEPS}):\n"
        f"            assert (await client.get('{base}/{PATH}')).status_code == 200\n"
        "asyncio.run(main())\n"
    )


def _write_collection(place: Path, base: str) -> Path:
    test = {"listen": "test", "script": {"exec": ["pm.test('200', () => pm.response.to.have.status(200))"]}}
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    items = [{"name": "read", "request": {"method": "GET", "url": f"{base}/{PATH}"}, "event": [test]}] * STEPS
    path = place / "collection.json"
    path.write_text(json.dumps({"info": {"name": "Steps", "schema": schema}, "item": items}), "utf-8")
    return path


def main() -> None:
    print(f"One step, in one process ({STEPS} requests a round, {ROUNDS} rounds)")
    asyncio.run(measure_steps())
    print(f"{STEPS} requests, whole processes ({ROUNDS} rounds)")
    measure_runs()


if __name__ == "__main__":
    main()
