"""Sandbox pool: the simulated sites of a run of replays, each started once and given fresh data for each replay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from workbench.exchange import Exchange
from workbench.workspace.workspace import Workspace

if TYPE_CHECKING:
    from workbench.sandbox.sandbox import Sandbox
    from workbench.scenario.runner import Endpoints


class SandboxPool:
    """An async context manager, or `close` it; may be used from one event loop after another."""

    def __init__(self, workspace: Workspace, on_exchange: Callable[[Exchange], None] | None = None) -> None:
        self.workspace = workspace
        self._on_exchange = on_exchange
        self._sandboxes: dict[str, Sandbox] = {}

    async def __aenter__(self) -> SandboxPool:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def prepare(self, site_id: str) -> Endpoints:
        """Where the site answers now, with the data that it starts with; raises WorkbenchError."""
        sandbox = self._sandboxes.get(site_id)
        if sandbox is not None and sandbox.state == "up":
            await sandbox.reset()
        else:
            sandbox = self.workspace.make_sandbox(site_id, self._on_exchange)
            self._sandboxes[site_id] = sandbox
            await sandbox.start()
        return self.workspace.endpoints_of(sandbox)

    async def close(self) -> None:
        sandboxes, self._sandboxes = self._sandboxes, {}
        await asyncio.gather(*(sandbox.stop() for sandbox in sandboxes.values()))
