"""Sending of many HL7 v2 messages: over one connection or several, paced, stopped and told message by message."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from workbench.exchange import utc_now
from workbench.hl7v2.acknowledgment import format_time
from workbench.hl7v2.message import parse_message
from workbench.transports.mllp_client import MllpConnection
from workbench.transports.mllp_deferred import DeferredAcknowledgments
from workbench.transports.mllp_retry import NO_RETRY, Retry, send_retrying
from workbench.transports.mllp_sequence import SequencedLink
from workbench.workspace.message_source import Outgoing
from workbench.workspace.send_control import SendControl
from workbench.workspace.send_result import Outcome, Place, SendResult, judge_attempts, make_result

_CHUNK = 200
_AHEAD = 1000


@dataclass(frozen=True, slots=True)
class SendPlan:
    """Where and how: `every` is the least time in seconds from one message to the next, over all connections.

    `stop` ends at the first message that is refused or fails. `renumber` gives each a control ID and a time of its own
    (MSH-10, MSH-7), `sequence` the next number of the link (MSH-13). With `retry` a message is sent again before the
    next one goes over its connection. `accepted` are places of messages that an earlier run had accepted; they are
    left out. `deferred` takes application acknowledgments that come on connections of their own.
    """

    host: str
    port: int
    within: float = 30.0
    connections: int = 1
    every: float = 0.0
    stop: bool = False
    renumber: str = ""
    accepted: frozenset[Place] = frozenset()
    receiver: str = ""
    retry: Retry = NO_RETRY
    tls: ssl.SSLContext | None = field(default=None, compare=False)
    sequence: bool = False
    deferred: DeferredAcknowledgments | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SendStarted:
    plan: SendPlan


@dataclass(frozen=True, slots=True)
class MessageFinished:
    result: SendResult


@dataclass(frozen=True, slots=True)
class SendFinished:
    """`stopped` says why not all were sent; empty where all were."""

    counts: Mapping[Outcome, int]
    duration: float
    stopped: str = ""


SendEvent = SendStarted | MessageFinished | SendFinished


async def send_many(
    messages: Iterable[Outgoing],
    plan: SendPlan,
    control: SendControl | None = None,
    *,
    clock: Callable[[], datetime] = utc_now,
) -> AsyncIterator[SendEvent]:
    """Send each message and tell what became of it, as answers come; files are read in a thread, as they are needed.

    After a stop every message that was not sent is told so, so that the results are complete.
    """
    run = _Run(messages, plan, control or SendControl(plan.every), clock)
    loop = asyncio.get_running_loop()
    started = loop.time()
    counts: Counter[Outcome] = Counter()
    yield SendStarted(plan)
    workers = [loop.create_task(run.work()) for _ in range(max(1, plan.connections))]
    ending = loop.create_task(run.end_after(workers))
    try:
        while (result := await run.results.get()) is not None:
            counts[result.outcome] += 1
            yield MessageFinished(result)
        await ending
        yield SendFinished(dict(counts), loop.time() - started, run.control.stopped)
    finally:
        for task in (*workers, ending):
            task.cancel()
        await asyncio.gather(*workers, ending, return_exceptions=True)


class _Run:
    """One run: the messages that wait, what was seen of them so far, and the results that nobody took yet."""

    def __init__(
        self, messages: Iterable[Outgoing], plan: SendPlan, control: SendControl, clock: Callable[[], datetime]
    ) -> None:
        self.plan = plan
        self.control = control
        self.results: asyncio.Queue[SendResult | None] = asyncio.Queue(_AHEAD)
        self._messages: Iterator[Outgoing] = iter(messages)
        self._waiting: deque[Outgoing] = deque()
        self._turn = asyncio.Lock()
        self._clock = clock
        self._seen: dict[str, int] = {}
        self._last = float("-inf")

    async def work(self) -> None:
        """One connection: take the next message, send it, tell the result, until there is none or it was stopped."""
        plan = self.plan
        async with MllpConnection(
            plan.host, plan.port, within=plan.within, receiver=plan.receiver, tls=plan.tls, deferred=plan.deferred
        ) as connection:
            link = SequencedLink(connection) if plan.sequence else None
            while (taken := await self._take()) is not None:
                message, note = taken
                result = await self._send(connection, message, link)
                result = replace(result, note=" ".join(part for part in (note, result.note) if part))
                await self.results.put(result)
                if plan.stop and result.is_bad:
                    self.control.stop(f"It stopped at the first that was not accepted: {message.place}.")

    async def end_after(self, workers: list[asyncio.Task[None]]) -> None:
        """Once no worker works, tell what was not sent, and then that this is all."""
        try:
            await asyncio.gather(*workers)
            while (message := await self._next()) is not None:
                await self.results.put(self._not_sent(message))
        finally:
            await self.results.put(None)

    async def _take(self) -> tuple[Outgoing, str] | None:
        """The next message to send when its time has come, with what there is to remark on it."""
        async with self._turn:
            while not self.control.stopped:
                message = await self._next()
                if message is None:
                    return None
                passed = self._pass_over(message)
                if passed is not None:
                    await self.results.put(passed)
                    continue
                note = self._remark(message)
                await self.control.wait_until(lambda: self._last + self.control.every)
                if self.control.stopped:
                    self._waiting.appendleft(message)
                    return None
                self._last = self._keep_pace()
                return message, note
            return None

    def _keep_pace(self) -> float:
        """When this message goes, by the pace; what was late by a moment does not slow the rest."""
        now, every = asyncio.get_running_loop().time(), self.control.every
        return max(self._last + every, now - every)

    async def _next(self) -> Outgoing | None:
        if not self._waiting:
            self._waiting.extend(await asyncio.to_thread(lambda: list(itertools.islice(self._messages, _CHUNK))))
        return self._waiting.popleft() if self._waiting else None

    def _pass_over(self, message: Outgoing) -> SendResult | None:
        if message.trouble:
            outcome: Outcome = "left out" if message.type_name else "unreadable"
            return make_result(message, outcome, text=message.trouble)
        if (message.source, message.line, message.control_id) in self.plan.accepted:
            return make_result(message, "accepted", note="Accepted before.")
        return None

    def _not_sent(self, message: Outgoing) -> SendResult:
        return self._pass_over(message) or make_result(message, "not sent")

    def _remark(self, message: Outgoing) -> str:
        if not message.control_id:
            return "It has no control ID (MSH-10), so its answer names none."
        first = self._seen.setdefault(message.control_id, message.number)
        return "" if first == message.number else f"Message {first} has the same control ID."

    async def _send(self, connection: MllpConnection, message: Outgoing, link: SequencedLink | None) -> SendResult:
        renewed = (
            _renumber(message, f"{self.plan.renumber}{message.number:07d}", self._clock())
            if self.plan.renumber
            else message
        )
        original = message.control_id if renewed is not message else ""
        if link is not None:
            started = await link.start(renewed.payload)
            if link.trouble:
                self.control.stop(link.trouble)
                return replace(
                    make_result(renewed, "not sent", text=link.trouble), exchanges=(started,) if started else ()
                )
            renewed = replace(renewed, payload=link.number(renewed.payload))
        sending = send_retrying(connection, renewed.payload, self.plan.retry, rest=self.control.rest)
        attempts = [attempt async for attempt in sending]
        result = replace(judge_attempts(renewed, attempts), original_id=original)
        return result if link is None else self._settle(link, result)

    def _settle(self, link: SequencedLink, result: SendResult) -> SendResult:
        """The result with what the answer says of its number; where both ends part over it, nothing follows."""
        said = link.settle(result.exchanges[-1])
        if link.trouble:
            self.control.stop(link.trouble)
        return replace(result, note=" ".join(part for part in (result.note, said) if part))


def _renumber(message: Outgoing, control_id: str, now: datetime) -> Outgoing:
    parsed = parse_message(message.payload)
    renewed = parsed.set("MSH-10", control_id).set("MSH-7", format_time(now))
    return replace(message, payload=renewed.to_bytes(), control_id=control_id)
