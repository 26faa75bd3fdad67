"""Retry: when a message that was not accepted is sent again by MLLP, and how much later, as an engine does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import get_args

from workbench.exchange import Exchange, FailureKind
from workbench.hl7v2.correlation import read_answered
from workbench.transports.mllp_client import MllpConnection

FAILURES: tuple[str, ...] = tuple(kind for kind in get_args(FailureKind) if kind != "cancelled")
REASONS = (*FAILURES, "AE", "AR", "CE", "CR")
"""What a message can be sent again after."""
LOST: tuple[str, ...] = ("refused", "timeout", "closed")
"""The failures after which nobody knows whether the message arrived; sending it again may double it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """At most `times` more attempts; the first after `wait` seconds, each further wait `backoff` times the one before.

    `on` names the kinds of failure and the acknowledgment codes (`AR`, `CR`, `AE` …) after which it is sent again; no
    wait is longer than `longest`.
    """

    times: int = 0
    wait: float = 1.0
    backoff: float = 2.0
    on: tuple[str, ...] = LOST
    longest: float = 300.0

    def calls_for(self, exchange: Exchange) -> bool:
        """Tell whether what came of a message is a reason to send it again."""
        if exchange.failure is not None:
            return exchange.failure.kind in self.on
        said = read_answered(exchange.response.body) if exchange.response else None
        return said is not None and said.code in self.on

    def wait_before(self, attempt: int) -> float:
        """The seconds before attempt 2, 3, …"""
        return float(min(self.wait * self.backoff ** (attempt - 2), self.longest))


NO_RETRY = Retry()


async def _rest(seconds: float) -> bool:
    await asyncio.sleep(seconds)
    return True


async def send_retrying(
    connection: MllpConnection,
    payload: bytes,
    retry: Retry,
    *,
    rest: Callable[[float], Awaitable[bool]] = _rest,
) -> AsyncIterator[tuple[Exchange, ...]]:
    """Send a message until it is answered as it should be, or no attempt is left, and give each attempt.

    An attempt is an exchange for each acknowledgment that was awaited; the last one decides.
    `rest` waits between attempts and tells whether to go on.
    What its receiver has committed (CA) is never sent again for want of its application acknowledgment (2.5.1, 2.9.3).
    """
    for attempt in range(1, retry.times + 2):
        attempted = await connection.ask(payload)
        yield attempted
        *accepted, exchange = attempted
        is_committed = bool(accepted) and exchange.failure is not None
        if attempt > retry.times or is_committed or not retry.calls_for(exchange):
            return
        if not await rest(retry.wait_before(attempt + 1)):
            return
