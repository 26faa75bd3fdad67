"""Inbox: messages that come in on ports of the workbench's own while a scenario is replayed."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, utc_now
from workbench.hl7v2.acknowledgment import make_acknowledgment
from workbench.hl7v2.message import parse_message
from workbench.site.answer_faults import make_reply
from workbench.site.answer_rule import RULE_CODES
from workbench.site.answer_rule_text import parse_answer_rule
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_reply import Reply


class Inbox:
    """Listens on loopback from the start of a replay, so that a message is not missed by coming early."""

    def __init__(self, on_exchange: Callable[[Exchange], None] | None = None) -> None:
        self._on_exchange = on_exchange
        self._listeners: dict[int, MllpListener] = {}
        self._arrived: dict[int, asyncio.Queue[Exchange]] = {}
        self._answers: dict[int, str] = {}
        self._faults: dict[int, WorkbenchError] = {}

    @property
    def first_port(self) -> int | None:
        return next((listener.port for listener in self._listeners.values()), None)

    async def open(self, port: int, answer: str) -> None:
        """Listen on `port`; one that cannot be had is told to the step that waits for it."""
        if port in self._arrived:
            return
        arrived: asyncio.Queue[Exchange] = asyncio.Queue()
        self._arrived[port], self._answers[port] = arrived, answer

        def hear(exchange: Exchange) -> None:
            arrived.put_nowait(exchange)
            if self._on_exchange is not None:
                self._on_exchange(exchange)

        async def acknowledge(data: bytes) -> bytes | Reply | None:
            return _acknowledge(data, self._answers[port])

        listener = MllpListener(acknowledge, port=port, name="workbench", on_exchange=hear)
        try:
            await listener.start()
        except WorkbenchError as error:
            self._faults[port] = error
            return
        self._listeners[port] = listener

    async def take(self, port: int, answer: str, within: float) -> Exchange | None:
        """The next message on `port`, or None where none comes; raises WorkbenchError where nobody could listen."""
        if port in self._faults:
            raise self._faults[port]
        self._answers[port] = answer
        try:
            async with asyncio.timeout(within):
                return await self._arrived[port].get()
        except TimeoutError:
            return None

    async def close(self) -> None:
        listeners, self._listeners = self._listeners, {}
        for listener in listeners.values():
            await listener.stop()


def _acknowledge(data: bytes, words: str) -> bytes | Reply | None:
    """Answer as a step says: by a code, `none`, or what an answer rule says after its colon."""
    if words == "none":
        return None
    rule = parse_answer_rule(f"any: {words}")
    code: str = rule.code or "AA"
    try:
        message, text = parse_message(data), rule.text
    except WorkbenchError as error:
        message, text, code = None, error.message, "AR"
    answer = make_acknowledgment(
        message,
        code,
        text=text,
        errors=rule.errors,
        control_id=uuid.uuid4().hex[:20],
        now=utc_now(),
        application="WORKBENCH",
        facility="",
    )
    return answer if words in RULE_CODES else make_reply(rule, answer)
