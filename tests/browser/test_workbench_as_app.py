"""The workbench as the app with a person at a real browser: signed in by address and by form, and readable pages."""

from __future__ import annotations

import asyncio
import os
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.browser.accessibility import find_axe_problems, find_problems
from tests.browser.conftest import Loop
from workbench.app_launch.app_launch import LaunchEvent, LaunchWaiting, launch_as_app
from workbench.exchange import Exchange
from workbench.sandbox.sandbox import Sandbox
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient

pytestmark = pytest.mark.browser

Launching = tuple["queue.Queue[str]", "Future[list[LaunchEvent]]"]


@pytest.fixture
def axe() -> Path | None:
    folder = os.environ.get("WORKBENCH_NPM", "")
    script = Path(folder) / "node_modules" / "axe-core" / "axe.min.js"
    return script if folder and script.is_file() else None


@contextmanager
def launching(loop: Loop, sandbox: Sandbox, **changes: Any) -> Iterator[Launching]:
    """A launch under way; the queue gives the address to open, or where the EHR opens the app."""
    addresses: queue.Queue[str] = queue.Queue()

    async def open_browser(address: str) -> None:
        addresses.put(address)

    async def run() -> list[LaunchEvent]:
        right = "rs" if "v2" in sandbox.site.smart.scope_versions else "read"
        given: dict[str, Any] = {
            "kind": "standalone",
            "fhir_base": sandbox.addresses.fhir_base,
            "scope": f"launch/patient openid fhirUser patient/Patient.{right}",
        }
        events: list[LaunchEvent] = []
        async with HttpClient() as client:
            story = launch_as_app(
                client, credentials=ClientCredentials("workbench"), open_browser=open_browser, within=25,
                **(given | changes),
            )  # fmt: skip
            async for event in story:
                events.append(event)
                if isinstance(event, LaunchWaiting) and event.launch_address:
                    addresses.put(event.launch_address)
        return events

    future = asyncio.run_coroutine_threadsafe(run(), loop._loop)
    yield addresses, future
    future.cancel()


def sign_in(page: Any) -> None:
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Continue").click()


def hold_page(page: Any, axe: Path | None, *words: str) -> None:
    for word in words:
        assert word in page.inner_text("main"), page.inner_text("main")
    assert find_problems(page, 3) == []
    assert axe is None or find_axe_problems(page, axe) == []


@pytest.mark.parametrize("post", [False, True])
def test_a_person_signs_in_at_a_site(loop: Loop, page: Any, sandbox: Sandbox, axe: Path | None, post: bool) -> None:
    with launching(loop, sandbox, post=post) as (addresses, future):
        page.goto(addresses.get(timeout=20))
        sign_in(page)
        page.get_by_role("button", name="Allow", exact=True).click()
        page.wait_for_url("http://127.0.0.1:*/callback*")
        hold_page(page, axe, "The app is signed in", "You may close this page")
        result = future.result(20)[-1]
    assert isinstance(result, LaunchResult), result
    assert result.patient and result.failed_checks == ()
    assert result.access_token not in page.content()


def test_a_person_who_refuses_is_told_on_the_page(loop: Loop, page: Any, sandbox: Sandbox, axe: Path | None) -> None:
    with launching(loop, sandbox) as (addresses, future):
        page.goto(addresses.get(timeout=20))
        sign_in(page)
        page.get_by_role("button", name="Do not allow").click()
        page.wait_for_url("http://127.0.0.1:*/callback*")
        hold_page(page, axe, "The launch was refused", "access_denied")
        refused = future.result(20)[-1]
    assert isinstance(refused, LaunchRefused) and refused.error == "access_denied"


def test_the_form_is_sent_by_its_button_where_no_script_runs(loop: Loop, chromium: Any, sandbox: Sandbox) -> None:
    context = chromium.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        with launching(loop, sandbox, post=True) as (addresses, _):
            page.goto(addresses.get(timeout=20))
            page.get_by_role("button", name="Go on").click()
            page.wait_for_url("**/auth/sign-in*")
    finally:
        context.close()


def test_an_ehr_opens_the_app_at_a_registered_port(
    loop: Loop, page: Any, sandbox: Sandbox, free: Callable[[], int]
) -> None:
    port, bases = free(), {sandbox.addresses.fhir_base: sandbox.site.name}
    right = "rs" if "v2" in sandbox.site.smart.scope_versions else "read"
    scope = f"launch openid fhirUser patient/Patient.{right}"
    with launching(loop, sandbox, kind="ehr", fhir_base="", bases=bases, port=port, scope=scope) as (addresses, future):
        address = addresses.get(timeout=20)
        assert address == f"http://127.0.0.1:{port}/launch"
        chosen = {"user": "raman", "patient": "amara-okafor", "app": "workbench", "launch_uri": address}
        page.goto(f"{sandbox.addresses.ehr_page}?{urlencode(chosen)}")
        page.get_by_role("button", name="Open the app").click()
        page.get_by_role("button", name="Allow", exact=True).click()
        page.wait_for_url(f"http://127.0.0.1:{port}/callback*")
        events = future.result(20)
    result = events[-1]
    assert isinstance(result, LaunchResult), result
    assert (result.patient, result.fhir_base) == ("amara-okafor", sandbox.addresses.fhir_base)
    asked = [event for event in events if isinstance(event, Exchange) and "/auth/token" in event.request.address]
    assert [exchange.receiver for exchange in asked] == [sandbox.site.name]


@pytest.fixture
def free() -> Callable[[], int]:
    import socket

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    return find
