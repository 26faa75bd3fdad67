"""A real Chromium, sites that run, and apps that are hosted; each skips in words where its program is absent."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from workbench.exchange import Exchange
from workbench.sandbox.app_host import AppHost
from workbench.sandbox.sandbox import Sandbox
from workbench.workspace.workspace import Workspace

Result = TypeVar("Result")
SITES = ("community-hospital", "academic-medical-center")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)


class Loop:
    """An event loop in a thread: playwright's own calls leave no room for one in the test's."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="apps", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.stop()


# Not for the whole run: while playwright works, its loop takes the place of every other in this thread.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip("Chromium is not on this machine")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page of a fresh browser profile; a script error or a breach of the content policy fails the test."""
    context = chromium.new_context(viewport={"width": 1120, "height": 1000}, color_scheme="light")
    context.set_default_timeout(15_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: "Content Security Policy" in said.text and problems.append(said.text))
    yield page
    context.close()
    assert problems == []


@pytest.fixture(scope="package")
def seen() -> list[Exchange]:
    return []


@pytest.fixture(scope="package", params=SITES)
def sandbox(request: pytest.FixtureRequest, loop: Loop, seen: list[Exchange]) -> Iterator[Sandbox]:
    site_id: str = request.param
    sandbox = Workspace(Path("/nowhere")).make_sandbox(site_id, seen.append)
    loop.run(sandbox.start())
    yield sandbox
    loop.run(sandbox.stop())


@pytest.fixture
def host(loop: Loop) -> Iterator[Callable[[Path], AppHost]]:
    started: list[AppHost] = []

    def start(folder: Path) -> AppHost:
        app = AppHost(folder)
        loop.run(app.start())
        started.append(app)
        return app

    yield start
    for app in started:
        loop.run(app.stop())


@pytest.fixture(scope="session")
def fhirclient_script() -> Path:
    """The npm package `fhirclient`, for the browser."""
    folder = os.environ.get("WORKBENCH_NPM", "")
    script = Path(folder) / "node_modules" / "fhirclient" / "build" / "fhir-client.min.js"
    if not folder or not script.is_file():
        pytest.skip("npm's fhirclient is not here; install it into a folder and name that in WORKBENCH_NPM")
    return script


@pytest.fixture(autouse=True)
def _leave_proxies_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
