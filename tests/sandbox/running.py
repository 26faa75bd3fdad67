"""Sandboxes of the shipped sites, each running once for all tests of a module."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from tests.sandbox.person import Person
from workbench.sandbox.sandbox import Sandbox
from workbench.site.site_file import read_site
from workbench.transports.http_client import HttpClient
from workbench.workspace.library import fixtures_folder, load_population

Result = TypeVar("Result")


def make_sandbox(site_id: str, **options: Any) -> Sandbox:
    site = read_site(fixtures_folder() / "sites" / f"{site_id}.yaml")
    return Sandbox(site, load_population(site.population), **options)


def running(site_id: str) -> AbstractContextManager[Sandbox]:
    return run_sandbox(make_sandbox(site_id))


@contextmanager
def run_sandbox(sandbox: Sandbox) -> Iterator[Sandbox]:
    asyncio.run(sandbox.start())
    try:
        yield sandbox
    finally:
        asyncio.run(sandbox.stop())


def tell(sandbox: Sandbox, story: Callable[[Person], Awaitable[Result]]) -> Result:
    """Run one person's story at a sandbox, in a loop of its own."""

    async def run() -> Result:
        async with HttpClient() as client:
            return await story(Person(client, sandbox.addresses))

    return asyncio.run(run())
