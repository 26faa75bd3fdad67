"""Discovery by an app: asks a site for both documents that say where apps sign in, and tells how they differ.

The smart-configuration decides where it can be used; the capability statement is asked beside it and holds nobody up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from workbench.exchange import Exchange
from workbench.scenario.app_wire import AppWire, no_answer
from workbench.smart.discovery import (
    AuthorizationEndpoints,
    DiscoveryDifference,
    capability_request,
    compare_discovery,
    discovery_request,
    parse_capability_statement,
    parse_configuration,
)
from workbench.smart.launch_refusal import LaunchRefused

# How long a launch waits for a capability statement that it does not need.
GRACE = 1.0


class AppDiscovery:
    """After `ask` there are `endpoints` or `refused`; `differences` are known once the second document came."""

    def __init__(self, wire: AppWire, *, backend: bool = False) -> None:
        self.endpoints: AuthorizationEndpoints | None = None
        self.refused: LaunchRefused | None = None
        self.differences: tuple[DiscoveryDifference, ...] = ()
        self._wire = wire
        self._backend = backend
        self._statement: asyncio.Task[Exchange] | None = None

    async def ask(self, fhir_base: str) -> AsyncIterator[Exchange]:
        self._statement = asyncio.create_task(self._wire.send(capability_request(fhir_base)))
        exchange = await self._wire.send(discovery_request(fhir_base))
        yield exchange
        if exchange.response is None:
            self.refused = no_answer("discovery", exchange)
            return
        found = parse_configuration(exchange.response, backend=self._backend)
        if isinstance(found, AuthorizationEndpoints):
            self.endpoints = found
        await asyncio.wait((self._statement,), timeout=None if isinstance(found, LaunchRefused) else GRACE)
        for late in self.take():
            yield late
        if isinstance(found, LaunchRefused) and self.endpoints is None:
            sentence = " ".join(problem.sentence for problem in (found, self.refused) if problem)
            self.refused = replace(found, sentence=sentence)

    def take(self) -> tuple[Exchange, ...]:
        """The exchange of the capability statement, once, where it is over by now."""
        if self._statement is None or not self._statement.done():
            return ()
        exchange, self._statement = self._statement.result(), None
        if exchange.response is None:
            self.refused = None if self.endpoints else no_answer("discovery", exchange)
            return (exchange,)
        stated = parse_capability_statement(exchange.response, backend=self._backend)
        if self.endpoints is None and isinstance(stated, LaunchRefused):
            self.refused = stated
        elif self.endpoints is None and isinstance(stated, AuthorizationEndpoints):
            self.endpoints = stated
        elif self.endpoints is not None:
            other = stated if isinstance(stated, AuthorizationEndpoints) else AuthorizationEndpoints("", "")
            self.differences = compare_discovery(self.endpoints, other)
        return (exchange,)

    async def stop(self) -> None:
        """Give up on a capability statement that did not come yet."""
        if self._statement is not None:
            self._statement.cancel()
            await asyncio.gather(self._statement, return_exceptions=True)
            self._statement = None
