"""A site is watched until the app that it opens, or that comes by itself, has done what it should."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from workbench.app_launch.app_launch import launch_as_app
from workbench.app_launch.backend_launch import launch_backend
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response
from workbench.sandbox.sandbox import Sandbox
from workbench.smart.launch_context import LaunchContext
from workbench.smart.tokens import make_challenge
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.transports.http_client import HttpClient
from workbench.transports.http_server import HttpServer
from workbench.workspace.ehr_launch import (
    AppOpened,
    EhrLaunch,
    EhrLaunchEvent,
    ExchangeFeed,
    LaunchEnded,
    launch_from_ehr,
)
from workbench.workspace.sandbox_control import SandboxControl
from workbench.workspace.workspace import Workspace

Meanwhile = Callable[[Sandbox, ExchangeFeed], Coroutine[Any, Any, None]]


def watch(launch: EhrLaunch, meanwhile: Meanwhile | None = None) -> list[EhrLaunchEvent]:
    """What is told of a launch while an app does something beside it."""

    async def run() -> list[EhrLaunchEvent]:
        feed = ExchangeFeed()
        sandbox = Workspace(Path("nowhere")).make_sandbox("community-hospital", feed.take)
        await sandbox.start()
        try:
            async with HttpClient() as client:
                beside = asyncio.ensure_future(meanwhile(sandbox, feed)) if meanwhile is not None else None
                events = [event async for event in launch_from_ehr(sandbox, feed, launch, client=client)]
                if beside is not None:
                    await beside
                return events
        finally:
            await sandbox.stop()

    return asyncio.run(run())


def ended(events: list[EhrLaunchEvent]) -> LaunchEnded:
    assert isinstance(events[-1], LaunchEnded)
    return events[-1]


async def standalone(sandbox: Sandbox, feed: ExchangeFeed) -> None:
    """Our own app launches by itself, and reads."""
    base = sandbox.addresses.fhir_base
    async with HttpClient() as client:
        story = launch_as_app(
            client, fhir_base=base, kind="standalone", credentials=ClientCredentials("workbench"),
            scope="launch/patient patient/Patient.r", user=ScriptedUser("berg", "grace-nguyen"),
        )  # fmt: skip
        result = [event async for event in story][-1]
        assert isinstance(result, LaunchResult)
        headers = (("Authorization", f"Bearer {result.access_token}"),)
        await client.send(Request("GET", f"{base}/Patient/grace-nguyen", headers))


def test_app_that_comes_by_itself_is_waited_for() -> None:
    events = watch(EhrLaunch(within=20), standalone)
    assert not any(isinstance(event, AppOpened) for event in events)
    assert ended(events) == LaunchEnded(True, "The app used its access token.")
    assert sum(isinstance(event, Exchange) for event in events) >= 9


def test_backend_service_is_waited_for() -> None:
    async def service(sandbox: Sandbox, feed: ExchangeFeed) -> None:
        credentials = SandboxControl(sandbox).register("nightly", "private_key_jwt", "system/Patient.rs")
        base = sandbox.addresses.fhir_base
        async with HttpClient() as client:
            story = launch_backend(client, fhir_base=base, credentials=credentials, scope="system/Patient.rs")
            assert isinstance([event async for event in story][-1], LaunchResult)

    assert ended(watch(EhrLaunch(until="token", within=20), service)).reached


def test_app_that_does_not_come_is_given_up_in_words() -> None:
    events = watch(EhrLaunch(within=0.5))
    assert ended(events).sentence == "The app did not ask to be let in. Nothing came for 0.5 seconds."


def test_waiting_is_stopped_at_once() -> None:
    async def stop(sandbox: Sandbox, feed: ExchangeFeed) -> None:
        feed.stop()

    end = ended(watch(EhrLaunch(within=60), stop))
    assert end.is_stopped and end.sentence.endswith("Stopped by you.")


def test_address_of_the_app_carries_the_launch_of_its_context() -> None:
    context = LaunchContext(user="raman", patient="amara-okafor")
    events = watch(EhrLaunch("app", "http://127.0.0.1:9/launch?x=1", context, within=0.5))
    assert isinstance(events[0], AppOpened)
    assert events[0].address.startswith("http://127.0.0.1:9/launch?x=1&iss=http")


def test_what_the_site_does_not_know_is_refused() -> None:
    context = LaunchContext(user="raman", patient="nobody")
    with pytest.raises(WorkbenchError, match="There is no patient"):
        watch(EhrLaunch("app", "http://127.0.0.1:9/launch", context))


def test_page_that_runs_scripts_is_left_to_a_person() -> None:
    async def page(_: Request) -> Response:
        return Response(200, (("Content-Type", "text/html"),), b"<script src=app.js></script>")

    async def run() -> LaunchEnded:
        feed, app = ExchangeFeed(), HttpServer(page)
        sandbox = Workspace(Path("nowhere")).make_sandbox("community-hospital", feed.take)
        await sandbox.start()
        await app.start()
        try:
            async with HttpClient() as client:
                context = LaunchContext(user="raman", patient="amara-okafor")
                launch = EhrLaunch("app", f"{app.address}/launch", context, within=20)
                story = launch_from_ehr(sandbox, feed, launch, client=client, user=ScriptedUser("raman"))
                return ended([event async for event in story])
        finally:
            await app.stop()
            await sandbox.stop()

    end = asyncio.run(run())
    assert end.needs_person and "needs a real browser" in end.sentence


def test_scripted_user_sends_on_the_form_of_an_app_and_comes_back_to_its_other_port() -> None:
    seen: list[str] = []

    async def run() -> LaunchEnded:
        async def come_back(request: Request) -> Response:
            seen.append(urlsplit(request.address).path)
            return Response(200, (("Content-Type", "text/html"),), b"<p>Signed in</p>")

        async def open_page(request: Request) -> Response:
            given = dict(parse_qsl(urlsplit(request.address).query))
            asked = {
                "response_type": "code",
                "client_id": "app",
                "redirect_uri": f"{back.address}/callback",
                "scope": "launch patient/Patient.rs",
                "state": "x" * 32,
                "aud": given["iss"],
                "launch": given["launch"],
                "code_challenge": make_challenge("v" * 43),
                "code_challenge_method": "S256",
            }
            fields = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in asked.items())
            form = f'<form method="post" action="{site}/auth/authorize">{fields}<button>Go on</button></form>'
            return Response(200, (("Content-Type", "text/html"),), form.encode())

        feed, front, back = ExchangeFeed(), HttpServer(open_page), HttpServer(come_back)
        sandbox = Workspace(Path("nowhere")).make_sandbox("community-hospital", feed.take)
        await sandbox.start()
        await front.start()
        await back.start()
        site = sandbox.addresses.fhir_base.partition("/fhir")[0]
        try:
            async with HttpClient() as client:
                context = LaunchContext(user="raman", patient="amara-okafor")
                launch = EhrLaunch("app", f"{front.address}/launch", context, until="code", within=20)
                story = launch_from_ehr(sandbox, feed, launch, client=client, user=ScriptedUser("raman"))
                return ended([event async for event in story])
        finally:
            await back.stop()
            await front.stop()
            await sandbox.stop()

    assert asyncio.run(run()).reached
    assert seen == ["/callback"]
