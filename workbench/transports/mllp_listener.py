"""MLLP listener: takes framed messages on loopback, answers each, and reports every exchange."""

from __future__ import annotations

import asyncio
import errno
import ssl
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Failure, FailureKind, Request, Response, utc_now
from workbench.hl7v2.message import parse_message
from workbench.hl7v2.mllp import DEFAULT_LIMIT, Frame, FramingFault, Room, frame_message
from workbench.transports.mllp_reply import Reply, reset, write_reply
from workbench.transports.mllp_serving import ServingWire
from workbench.transports.mllp_tls import start_tls
from workbench.transports.tls_words import tell_tls

Answer = Callable[[bytes], Awaitable[bytes | Reply | None]]
Admit = Callable[[], Reply | None]
AnswerFault = Callable[[FramingFault], bytes | None]

_MEMORY = 8 * DEFAULT_LIMIT
_HEAD = 4096
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_TURN = 0.01


class MllpListener:
    """Serves one loopback port. `answer` gives the acknowledgment of a message, None for none, or a whole `Reply`.

    `answer_fault` may answer bytes that are no frame, and `admit` turn a connection away as its `Reply`
    ends it. `port` 0 takes a free one, told by `port` after `start`.
    A frame may stand still for `patience` seconds, and so may a sender that reads no answers; then its connection
    is closed. With `connections` open, one more is closed unread. The frames that all of them
    hold half read take `memory` bytes together.
    """

    def __init__(
        self,
        answer: Answer,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        on_exchange: Callable[[Exchange], None] | None = None,
        name: str = "",
        limit: int = DEFAULT_LIMIT,
        patience: float = 60.0,
        connections: int = 600,
        memory: int = _MEMORY,
        answer_fault: AnswerFault | None = None,
        admit: Admit | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.name = name
        self.limit = limit
        self.patience = patience
        self.connections = connections
        self._room = Room(memory)
        self._answer = answer
        self._answer_fault = answer_fault
        self._admit = admit
        self._on_exchange = on_exchange
        self._tls = tls
        self._is_full = False
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], ServingWire] = {}
        self._away: asyncio.Task[None] | None = None

    @property
    def is_secured(self) -> bool:
        return self._tls is not None

    @property
    def address(self) -> str:
        return f"{'mllps' if self._tls else 'mllp'}://{self.host}:{self.port}"

    async def start(self) -> None:
        """Bind and serve; `WorkbenchError` where the port is taken or the host is not this machine alone."""
        if self.host not in _LOOPBACK:
            raise WorkbenchError(
                f"A listener on “{self.host}” could be reached from other machines.", hint="Use 127.0.0.1."
            )
        await self._bind()

    async def _bind(self) -> None:
        try:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: ServingWire(self._accept, self.limit, self._room, self.patience),
                self.host,
                self.port,
                backlog=512,
            )
        except (OSError, OverflowError) as error:
            raise self._not_bound(error) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and close the connections that are kept, at once."""
        away, self._away = self._away, None
        if away is not None:
            away.cancel()
            await asyncio.gather(away, return_exceptions=True)
        await self._close()

    def refuse(self, seconds: float) -> None:
        """Close the port and every connection now, and listen again after so many seconds."""
        if self._away is not None:
            self._away.cancel()
        self._away = asyncio.get_running_loop().create_task(self._go_away(seconds))

    async def _go_away(self, seconds: float) -> None:
        await self._close()
        await asyncio.sleep(seconds)
        try:
            await self._bind()
        except WorkbenchError as error:
            failure = Failure("refused", f"The port could not be opened again. {error.message}")
            self._tell(Exchange(self.name, self.name, Request("MLLP", self.address), None, utc_now(), 0.0, failure))

    async def _close(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        await asyncio.sleep(0)
        tasks = dict(self._connections)
        for task, wire in tasks.items():
            if wire.transport is not None:
                wire.transport.abort()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _not_bound(self, error: Exception) -> WorkbenchError:
        number = error.errno if isinstance(error, OSError) else None
        if number == errno.EADDRINUSE:
            return WorkbenchError(
                f"Port {self.port} on {self.host} is already in use.",
                hint="Choose another port, or 0 for a free one, or stop the program that listens there.",
            )
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return WorkbenchError(f"Port {self.port} on {self.host} cannot be opened: {said}.", hint="Choose another port.")

    def _accept(self, wire: ServingWire) -> None:
        transport = wire.transport
        if transport is None or self._server is None or self._turns_away(wire):
            if transport is not None:
                transport.abort()
            return
        reply = self._admit() if self._admit else None
        if reply is not None:
            self._send_off(reply, wire, transport)
            return
        if self._tls is not None:
            transport.pause_reading()
        task = asyncio.get_running_loop().create_task(self._serve(wire, transport))
        self._connections[task] = wire
        task.add_done_callback(lambda done: self._connections.pop(done, None))

    def _turns_away(self, wire: ServingWire) -> bool:
        """Tell whether no connection more is taken; a flood of them is reported once, until one is free again."""
        was_full, self._is_full = self._is_full, len(self._connections) >= self.connections
        if self._is_full and not was_full:
            reason = f"{self.connections} connections are open, which is all that are taken here; this one was closed."
            self._report_failure(wire, Failure("refused", reason))
        return self._is_full

    def _send_off(self, reply: Reply, wire: ServingWire, transport: asyncio.Transport) -> None:
        """End a connection before anything is read from it."""
        if reply.end == "reset":
            reset(transport)
        else:
            transport.close()
        self._report_failure(wire, Failure("closed", "The connection was turned away."), reply.note)
        if reply.refuse:
            self.refuse(reply.refuse)

    async def _serve(self, wire: ServingWire, transport: asyncio.Transport) -> None:
        try:
            secured = await self._secure(wire, transport)
            if secured is not None:
                transport = secured
                await self._answer_all(wire, transport)
        except TimeoutError:
            reason = f"{wire.peer} took no answers for {self.patience:g} s, so the connection was closed."
            self._report_failure(wire, Failure("timeout", reason))
            transport.abort()
        finally:
            transport.close()

    async def _secure(self, wire: ServingWire, transport: asyncio.Transport) -> asyncio.Transport | None:
        """The transport with TLS on it, where that is asked; None where no TLS came about, which is told."""
        if self._tls is None:
            return transport
        try:
            secured = await start_tls(transport, wire, self._tls, within=max(self.patience, 0.1))
        except OSError as error:
            self._report_failure(wire, Failure("tls", tell_tls(error, wire.peer)))
            return None
        wire.transport = secured
        return secured

    async def _answer_all(self, wire: ServingWire, transport: asyncio.Transport) -> None:
        """Answer one after another; where that takes long, the other connections have their turn in between."""
        clock = time.perf_counter()
        while (event := await wire.next_event()) is not None:
            await self._handle(event, wire, transport)
            if transport.is_closing() and not wire.is_lost:
                return
            if not wire.events:
                await wire.drain()
                clock = time.perf_counter()
            elif time.perf_counter() - clock > _TURN:
                await asyncio.sleep(0)
                await wire.drain()
                clock = time.perf_counter()

    async def _handle(self, event: Frame | FramingFault, wire: ServingWire, transport: asyncio.Transport) -> None:
        started, clock = utc_now(), time.perf_counter()
        answer: bytes | Reply | None = None
        if isinstance(event, Frame):
            received, answer = event.payload, await self._answer(event.payload)
        else:
            received = event.received
            if self._answer_fault and not wire.is_lost:
                answer = self._answer_fault(event)
        if isinstance(answer, Reply):
            await write_reply(answer, transport)
            lasted = time.perf_counter() - clock
            if answer.accept is not None:
                self._report(received, answer.accept, wire, started, lasted, None, answer.note)
            self._report(received, answer.answer, wire, started, lasted, None, answer.note)
            if answer.refuse:
                self.refuse(answer.refuse)
            return
        if answer is not None and not transport.is_closing():
            transport.write(frame_message(answer))
        failure = _failure(event) if isinstance(event, FramingFault) and answer is None else None
        self._report(received, answer, wire, started, time.perf_counter() - clock, failure)

    def _report_failure(self, wire: ServingWire, failure: Failure, note: str = "") -> None:
        self._report(b"", None, wire, utc_now(), 0.0, failure, note)

    def _report(
        self,
        received: bytes,
        answer: bytes | None,
        wire: ServingWire,
        started: datetime,
        duration: float,
        failure: Failure | None,
        note: str = "",
    ) -> None:
        if self._on_exchange is None:
            return
        self._on_exchange(
            Exchange(
                sender=_name_sender(received) or wire.peer,
                receiver=self.name or f"{self.host}:{self.port}",
                request=Request("MLLP", self.address, body=received),
                response=None if answer is None else Response(None, body=answer),
                started=started,
                duration=duration,
                failure=failure,
                seen_by="receiver",
                note=note,
            )
        )

    def _tell(self, exchange: Exchange) -> None:
        if self._on_exchange is not None:
            self._on_exchange(exchange)


def _failure(fault: FramingFault) -> Failure:
    kind: FailureKind = (
        "too-large" if fault.kind == "too-large" else "closed" if fault.kind == "truncated" else "protocol"
    )
    return Failure(kind, fault.reason)


def _name_sender(received: bytes) -> str:
    """The sending application that MSH-3 names."""
    try:
        return parse_message(received[:_HEAD]).get("MSH-3.1") or ""
    except WorkbenchError:
        return ""
