"""Deferred acknowledgments: application acknowledgments that come as messages of their own, to a listener of ours."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from workbench.exchange import utc_now
from workbench.hl7v2.acknowledgment import make_acknowledgment
from workbench.hl7v2.correlation import read_answered, read_asked
from workbench.hl7v2.message import parse_message
from workbench.transports.mllp_reply import Reply

Otherwise = Callable[[bytes], Awaitable[bytes | Reply | None]]


class DeferredAcknowledgments:
    """Give `answer` to an `MllpListener`, and this to the connections that messages are sent on.

    An acknowledgment that one of them waits for is handed to it, and acknowledged in turn where its MSH-15 asks for
    that (2.5.1, 2.9.3). All else that arrives goes to `otherwise`.
    """

    def __init__(
        self,
        otherwise: Otherwise | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        make_id: Callable[[], str] = lambda: uuid.uuid4().hex[:20],
    ) -> None:
        self._otherwise = otherwise
        self._clock = clock
        self._make_id = make_id
        self._awaited: dict[str, asyncio.Future[bytes]] = {}

    @contextmanager
    def expecting(self, control_id: str) -> Iterator[asyncio.Future[bytes]]:
        """The acknowledgment of a message that is about to be sent, once it is here."""
        arriving: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._awaited[control_id] = arriving
        try:
            yield arriving
        finally:
            if self._awaited.get(control_id) is arriving:
                del self._awaited[control_id]

    async def answer(self, payload: bytes) -> bytes | Reply | None:
        answered = read_answered(payload)
        arriving = self._awaited.get(answered.control_id) if answered and not answered.is_accept else None
        if arriving is None:
            return await self._otherwise(payload) if self._otherwise else None
        if not arriving.done():
            arriving.set_result(payload)
        if read_asked(payload).accept not in ("AL", "SU"):
            return None
        message = parse_message(payload)
        return make_acknowledgment(
            message,
            "CA",
            control_id=self._make_id(),
            now=self._clock(),
            application=message.get("MSH-5.1") or "",
            facility=message.get("MSH-6.1") or "",
        )
