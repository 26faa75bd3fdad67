"""A sandbox starts, serves in its own thread, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.sandbox.person import Person, json_of
from tests.sandbox.running import make_sandbox, running
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request
from workbench.sandbox.sandbox import Sandbox
from workbench.smart.launch_context import LaunchContext
from workbench.transports.http_client import HttpClient
from workbench.workspace.library import load_population


def count_files() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def own_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("sandbox ")]


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_sandbox_has_addresses_while_it_is_up_and_none_before_and_after() -> None:
    sandbox = make_sandbox("community-hospital")
    assert sandbox.state == "stopped"
    with pytest.raises(WorkbenchError, match="Community Hospital is not running"):
        _ = sandbox.addresses

    async def story() -> tuple[str, str, int]:
        await sandbox.start()
        found = sandbox.addresses
        up = sandbox.state
        await sandbox.stop()
        return up, found.fhir_base, found.mllp_port

    state, base, port = asyncio.run(story())
    assert state == "up"
    assert base.startswith("http://127.0.0.1:")
    assert base.endswith("/fhir/r4")
    assert not is_open(port)
    assert sandbox.state == "stopped"
    with pytest.raises(WorkbenchError, match="is not running"):
        _ = sandbox.addresses


def test_twenty_starts_and_stops_leave_no_thread_port_or_file() -> None:
    sandbox = make_sandbox("academic-medical-center")

    async def story() -> set[int]:
        ports = set()
        for _ in range(20):
            await sandbox.start()
            ports |= {sandbox.addresses.mllp_port, int(sandbox.addresses.fhir_base.split(":")[2].split("/")[0])}
            await sandbox.stop()
        return ports

    asyncio.run(make_and_drop())
    before = count_files()
    ports = asyncio.run(story())
    assert own_threads() == []
    assert count_files() <= before
    assert not [port for port in ports if is_open(port)]


async def make_and_drop() -> None:
    """One whole life first, so that what a process opens once is not counted."""
    sandbox = make_sandbox("academic-medical-center")
    await sandbox.start()
    await sandbox.stop()


def test_starting_and_stopping_are_quick() -> None:
    async def story() -> tuple[float, float]:
        sandbox = make_sandbox("community-hospital")
        clock = time.perf_counter()
        await sandbox.start()
        started = time.perf_counter()
        await sandbox.stop()
        return started - clock, time.perf_counter() - started

    start, stop = asyncio.run(story())
    assert start < 2
    assert stop < 1


@pytest.mark.parametrize("option", ["http_port", "mllp_port"])
def test_a_port_in_use_is_named_and_the_other_port_is_free_again(option: str) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        sandbox = make_sandbox("community-hospital", **{option: port})
        with pytest.raises(WorkbenchError, match=str(port)):
            asyncio.run(sandbox.start())
    assert sandbox.state == "failed"
    deadline = time.monotonic() + 20
    while own_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert own_threads() == []
    asyncio.run(sandbox.start())
    assert sandbox.state == "up"
    asyncio.run(sandbox.stop())


def test_starting_twice_is_refused_and_stopping_twice_is_not() -> None:
    async def story() -> None:
        sandbox = make_sandbox("community-hospital")
        await sandbox.start()
        with pytest.raises(WorkbenchError, match="is up already"):
            await sandbox.start()
        await sandbox.stop()
        await sandbox.stop()

    asyncio.run(story())


def test_a_start_that_is_cancelled_leaves_nothing_running() -> None:
    async def story() -> None:
        sandbox = make_sandbox("community-hospital")
        starting = asyncio.create_task(sandbox.start())
        await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        assert sandbox.state == "stopped"

    asyncio.run(story())
    deadline = time.monotonic() + 20
    while own_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert own_threads() == []


def test_it_may_be_started_in_one_loop_and_stopped_in_another() -> None:
    with running("community-hospital") as sandbox:
        assert sandbox.state == "up"
    assert sandbox.state == "stopped"


def test_a_busy_caller_does_not_hold_the_site() -> None:
    """The site answers another thread while the loop that started it is blocked."""
    done: list[int | None] = []

    def ask(address: str) -> None:
        async def send() -> None:
            async with HttpClient() as client:
                exchange = await client.send(Request("GET", address))
                done.append(exchange.response.status if exchange.response else None)

        asyncio.run(send())

    async def story(sandbox: Sandbox) -> None:
        asker = threading.Thread(target=ask, args=(f"{sandbox.addresses.fhir_base}/metadata",))
        asker.start()
        asker.join(10)  # blocks this loop on purpose

    with running("community-hospital") as sandbox:
        asyncio.run(story(sandbox))
    assert done == [200]


def test_each_exchange_is_told_with_who_sent_it() -> None:
    seen: list[Exchange] = []
    site = make_sandbox("community-hospital").site
    sandbox = Sandbox(site, load_population(site.population), on_exchange=seen.append)

    async def story() -> None:
        await sandbox.start()
        async with HttpClient() as client:
            person = Person(client, sandbox.addresses)
            await person.fhir("metadata")
            browser = (("User-Agent", "Mozilla/5.0 (X11) Chrome/140"),)
            await person.ask("GET", person.site.ehr_page, browser)
            await person.ask("GET", f"{person.site.issuer}/authorize", browser)
            await person.ask("POST", f"{person.site.issuer}/token", browser)
            await person.ask("GET", f"{person.site.issuer}/style.css", browser)
        await sandbox.stop()

    asyncio.run(story())
    assert [(e.sender, e.receiver, e.seen_by) for e in seen] == [
        ("workbench", "Community Hospital", "receiver"),
        ("EHR user", "Community Hospital", "receiver"),
        ("EHR user", "Community Hospital", "receiver"),
        ("browser", "Community Hospital", "receiver"),
    ]


def test_reset_gives_back_the_first_data() -> None:
    async def story(sandbox: Sandbox) -> list[int | None]:
        async with HttpClient() as client:
            person = Person(client, sandbox.addresses)
            answer = await person.launch(scope="launch/patient patient/Observation.cruds")
            vital = {
                "resourceType": "Observation",
                "status": "final",
                "category": [{"coding": [{"system": CATEGORY, "code": "vital-signs"}]}],
                "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
                "subject": {"reference": "Patient/amara-okafor"},
                "effectiveDateTime": "2026-03-01T08:00:00Z",
                "valueQuantity": {"value": 72},
            }
            made = await person.fhir("Observation", answer["access_token"], method="POST", body=vital)
            path = f"Observation/{json_of(made)['id']}"
            before = await person.fhir(path, answer["access_token"])
            await sandbox.reset()
            after = await person.fhir(path, answer["access_token"])
            return [made.status, before.status, after.status]

    with running("community-hospital") as sandbox:
        assert asyncio.run(story(sandbox)) == [201, 200, 404]


CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def test_an_app_can_be_opened_without_the_page() -> None:
    async def story(sandbox: Sandbox) -> str:
        with pytest.raises(WorkbenchError, match="There is no patient"):
            await sandbox.start_launch(LaunchContext("raman", "nobody"), launch_uri="http://127.0.0.1:1/x")
        return await sandbox.start_launch(LaunchContext("raman", "amara-okafor"), launch_uri="http://127.0.0.1:1/x")

    with running("community-hospital") as sandbox:
        assert asyncio.run(story(sandbox)).startswith("http://127.0.0.1:1/x?iss=")


def test_a_hostile_host_header_is_misdirected() -> None:
    async def story(sandbox: Sandbox) -> list[int | None]:
        async with HttpClient() as client:
            person = Person(client, sandbox.addresses)
            addresses = (person.site.ehr_page, f"{person.site.fhir_base}/metadata", f"{person.site.issuer}/jwks")
            return [(await person.ask("GET", address, (("Host", "evil.example"),))).status for address in addresses]

    with running("community-hospital") as sandbox:
        assert asyncio.run(story(sandbox)) == [421, 421, 421]


def test_nothing_listens_off_loopback() -> None:
    """Each port of ours is bound to 127.0.0.1, so another address of this machine finds it closed."""
    with running("community-hospital") as sandbox:
        ports = [sandbox.addresses.mllp_port, int(sandbox.addresses.fhir_base.split(":")[2].split("/")[0])]
        for port in ports:
            with socket.socket() as probe:
                assert probe.connect_ex(("127.0.0.2", port)) != 0
