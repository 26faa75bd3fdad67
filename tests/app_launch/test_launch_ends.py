"""A launch that is stopped, or a site that falls silent, at any point: nothing is left behind, and it is told."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tests.app_launch.honest_site import HonestSite
from tests.app_launch.test_person_browser import Person
from workbench.app_launch.app_launch import LaunchEvent, LaunchWaiting, launch_as_app
from workbench.app_launch.backend_launch import launch_backend
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.exchange import Exchange, Request, Response
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient

SCOPE = "launch/patient openid fhirUser patient/Observation.rs"
APP = ClientCredentials("workbench")
PATHS = (
    "/fhir/.well-known/smart-configuration",
    "/fhir/metadata",
    "/auth/authorize",
    "/auth/token",
    "/auth/jwks",
    "/auth/userinfo",
)


def silent(site: HonestSite, path: str) -> HonestSite:
    """The site never answers at `path`."""
    answer = site.answer

    async def wait(request: Request) -> Response:
        if request.address.partition("?")[0].endswith(path):
            await asyncio.sleep(60)
        return await answer(request)

    site.answer = wait  # type: ignore[method-assign]
    return site


def left_of(tasks: set[asyncio.Task[Any]]) -> list[str]:
    """What the app still does, as the names of its coroutines."""
    running = [repr(task.get_coro()) for task in tasks if not task.done()]
    return [name for name in running if any(own in name for own in ("AppDiscovery", "AppWire", "LaunchStory"))]


async def is_taken(address: str) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", int(address.rsplit(":", 1)[1].partition("/")[0]))
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.mark.parametrize("scripted", [True, False])
@pytest.mark.parametrize("count", range(8))
def test_a_launch_that_is_stopped_after_any_event_leaves_nothing_behind(count: int, scripted: bool) -> None:
    async def run() -> None:
        async with HonestSite().served() as site, HttpClient() as client:
            person = Person(client)
            own = {"user": ScriptedUser(user="raman")} if scripted else {"open_browser": person.open}
            before = asyncio.all_tasks()
            events = launch_as_app(
                client,
                fhir_base=f"{site.address}/fhir",
                kind="standalone",
                credentials=APP,
                scope=SCOPE,
                within=5,
                **own,
            )
            seen: list[LaunchEvent] = []
            for _ in range(count):
                if (event := await anext(events, None)) is None:
                    break
                seen.append(event)
            await events.aclose()
            waiting = next((event for event in seen if isinstance(event, LaunchWaiting)), None)
            if person.walk is not None:
                await person.walk
            assert left_of(asyncio.all_tasks() - before) == []
            assert waiting is None or not await is_taken(waiting.redirect_address)

    asyncio.run(run())


def launch(site: HonestSite, **changes: Any) -> tuple[float, list[LaunchEvent]]:
    async def run() -> tuple[float, list[LaunchEvent]]:
        async with site.served(), HttpClient() as client:
            given: dict[str, Any] = {"kind": "standalone", "credentials": APP, "scope": SCOPE, "within": 1.5}
            given |= {"user": ScriptedUser(user="raman"), "fhir_base": f"{site.address}/fhir"}
            begun = time.monotonic()
            events = [event async for event in launch_as_app(client, **(given | changes))]
            return time.monotonic() - begun, events

    return asyncio.run(run())


@pytest.mark.parametrize("path", PATHS)
def test_a_site_that_falls_silent_is_waited_for_no_longer_than_was_said(path: str) -> None:
    # A launch waits no longer than a second for a capability statement, so that one is to fall silent before.
    within = 0.7 if path == "/fhir/metadata" else 1.5
    took, events = launch(silent(HonestSite(), path), within=within)
    last = events[-1]
    assert took < 10
    if path in ("/fhir/metadata", "/auth/jwks", "/auth/userinfo"):
        assert isinstance(last, LaunchResult), last
        silence = [event for event in events if isinstance(event, Exchange) and event.failure]
        assert [exchange.failure.kind for exchange in silence if exchange.failure] == ["timeout"]
    else:
        assert isinstance(last, LaunchRefused), last
        assert last.error == "timeout" and "1.5 seconds" in last.sentence


def test_a_silent_jwks_leaves_the_signature_open_and_says_why() -> None:
    _, events = launch(silent(HonestSite(), "/auth/jwks"))
    last = events[-1]
    assert isinstance(last, LaunchResult), last
    (signature,) = (check for check in last.checks if check.name == "signature")
    assert signature.holds is None and "did not answer within" in signature.sentence


def test_a_silent_userinfo_is_remarked() -> None:
    _, events = launch(silent(HonestSite(), "/auth/userinfo"))
    last = events[-1]
    assert isinstance(last, LaunchResult), last
    assert any("did not answer within" in remark for remark in last.remarks)


@pytest.mark.parametrize("count", range(4))
def test_a_backend_launch_that_is_stopped_leaves_nothing_behind(count: int) -> None:
    async def run() -> None:
        async with silent(HonestSite(), "/fhir/metadata").served() as site, HttpClient() as client:
            before = asyncio.all_tasks()
            events = launch_backend(
                client,
                fhir_base=f"{site.address}/fhir",
                credentials=ClientCredentials.of("a", "s3cret"),
                scope="system/*.rs",
            )
            for _ in range(count):
                await anext(events, None)
            await events.aclose()
            assert left_of(asyncio.all_tasks() - before) == []

    asyncio.run(run())
