"""Discovery by an app: asks a site for both documents that say where apps sign in, and tells how they differ.

The smart-configuration decides where it can be used; the capability statement is asked beside it and holds nobody up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

from workbench.app_launch.wire import AppWire, no_answer
from workbench.exchange import Exchange
from workbench.smart_app.discovery import (
    AuthorizationEndpoints,
    DiscoveryDifference,
    capability_request,
    compare_discovery,
    discovery_request,
    parse_capability_statement,
    parse_configuration,
)
from workbench.smart_app.launch_refusal import LaunchRefused

# How long a launch waits for a capability statement that it does not need.
GRACE = 1.0
FELL_BACK = "The app signs in where the capability statement says, as apps of SMART 1 do."
LARGE = 500_000

_Statement = tuple[Exchange, AuthorizationEndpoints | LaunchRefused]


class AppDiscovery:
    """After `ask` there are `endpoints` or `refused`, and `remarks` on why.

    `differences` are known once the second document came.
    """

    def __init__(self, wire: AppWire, *, backend: bool = False) -> None:
        self.endpoints: AuthorizationEndpoints | None = None
        self.refused: LaunchRefused | None = None
        self.differences: tuple[DiscoveryDifference, ...] = ()
        self.remarks: tuple[str, ...] = ()
        self._wire = wire
        self._backend = backend
        self._pending: asyncio.Task[_Statement] | None = None
        self._late: asyncio.Task[_Statement] | None = None

    async def ask(self, fhir_base: str) -> AsyncIterator[Exchange]:
        statement = self._pending = asyncio.create_task(self._ask_statement(fhir_base))
        exchange = await self._wire.send(discovery_request(fhir_base))
        yield exchange
        if exchange.response is None:
            self.refused = no_answer("discovery", exchange)
            return
        found = parse_configuration(exchange.response, backend=self._backend)
        if isinstance(found, AuthorizationEndpoints):
            self.endpoints, self._late = found, statement
            await asyncio.wait((statement,), timeout=GRACE)
            for late in self.take():
                yield late
            return
        second, stated = await statement
        yield second
        if isinstance(stated, AuthorizationEndpoints):
            self.endpoints = stated
            self.remarks = (f"{found.sentence} {FELL_BACK}",)
        else:
            self.refused = replace(found, sentence=f"{found.sentence} {stated.sentence}")

    def take(self) -> tuple[Exchange, ...]:
        """The exchange of a capability statement that was not waited for, once, where it is over by now."""
        if self._late is None or self.endpoints is None or not self._late.done():
            return ()
        (exchange, stated), self._late = self._late.result(), None
        # What did not come at all says nothing otherwise.
        if exchange.response is not None:
            self.differences = compare_discovery(self.endpoints, stated)
        return (exchange,)

    async def _ask_statement(self, fhir_base: str) -> _Statement:
        exchange = await self._wire.send(capability_request(fhir_base))
        if exchange.response is None:
            return exchange, no_answer("discovery", exchange)
        read = partial(parse_capability_statement, exchange.response, backend=self._backend)
        # Some servers describe themselves in megabytes, which take their time to read.
        return exchange, await asyncio.to_thread(read) if len(exchange.response.body) > LARGE else read()

    async def stop(self) -> None:
        """Give up on a capability statement that did not come yet."""
        if self._pending is not None:
            self._pending.cancel()
            await asyncio.gather(self._pending, return_exceptions=True)
