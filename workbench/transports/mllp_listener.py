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
from workbench.hl7v2.mllp import DEFAULT_LIMIT, Frame, FrameReader, FramingFault, frame_message
from workbench.transports.mllp_reply import Reply, reset, write_reply

Answer = Callable[[bytes], Awaitable[bytes | Reply | None]]
Admit = Callable[[], Reply | None]
AnswerFault = Callable[[FramingFault], bytes | None]

_CHUNK = 64 * 1024
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_GRACE = 1.0
_TURN = 0.01


class MllpListener:
    """Serves one loopback port. `answer` gives the acknowledgment of a message, None for none, or a whole `Reply`.

    `answer_fault` may answer bytes that are no frame, and `admit` turn a connection away as its `Reply`
    ends it. `port` 0 takes a free one, told by `port` after `start`.
    A frame may stand still for `patience` seconds, and so may a sender that reads no answers; then its connection
    is closed. With `connections` open, one more is closed unread.
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
        self._answer = answer
        self._answer_fault = answer_fault
        self._admit = admit
        self._on_exchange = on_exchange
        self._tls = tls
        self._is_full = False
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._away: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return f"mllp://{self.host}:{self.port}"

    async def start(self) -> None:
        """Bind and serve; `WorkbenchError` where the port is taken or the host is not this machine alone."""
        if self.host not in _LOOPBACK:
            raise WorkbenchError(
                f"A listener on “{self.host}” could be reached from other machines.", hint="Use 127.0.0.1."
            )
        await self._bind()

    async def _bind(self) -> None:
        try:
            self._server = await asyncio.start_server(
                self._accept, self.host, self.port, limit=_CHUNK, backlog=512, ssl=self._tls
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
        for task, writer in tasks.items():
            writer.transport.abort()
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

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None or self._turns_away(writer):
            writer.transport.abort()
            return
        reply = self._admit() if self._admit else None
        if reply is not None:
            self._send_off(reply, writer)
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections[task] = writer
        task.add_done_callback(lambda done: self._connections.pop(done, None))

    def _turns_away(self, writer: asyncio.StreamWriter) -> bool:
        """Tell whether no connection more is taken; a flood of them is reported once, until one is free again."""
        was_full, self._is_full = self._is_full, len(self._connections) >= self.connections
        if self._is_full and not was_full:
            reason = f"{self.connections} connections are open, which is all that are taken here; this one was closed."
            self._report(b"", None, writer, utc_now(), 0.0, Failure("refused", reason))
        return self._is_full

    def _send_off(self, reply: Reply, writer: asyncio.StreamWriter) -> None:
        """End a connection before anything is read from it."""
        if reply.end == "reset":
            reset(writer)
        else:
            writer.close()
        self._report(
            b"", None, writer, utc_now(), 0.0, Failure("closed", "The connection was turned away."), reply.note
        )
        if reply.refuse:
            self.refuse(reply.refuse)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = FrameReader(self.limit)
        try:
            while data := await self._read(reader, writer, frames):
                await self._handle_all(frames.feed(data), writer)
                if writer.is_closing():
                    return
                await self._drain(writer)
            await self._handle_all(frames.finish(), writer)
            await self._drain(writer)
        except TimeoutError:
            reason = f"{_name_peer(writer)} took no answers for {self.patience:g} s, so the connection was closed."
            self._report(b"", None, writer, utc_now(), 0.0, Failure("timeout", reason))
            writer.transport.abort()
        except OSError:
            for fault in frames.finish():
                self._report(fault.received, None, writer, utc_now(), 0.0, _failure(fault))
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frames: FrameReader) -> bytes:
        """The next bytes. A sender that forgets the last carriage return waits for us: it is told after a moment.

        So is one whose frame stands still, and with it the connection ends.
        """
        if frames.ends_bare:
            try:
                async with asyncio.timeout(min(_GRACE, self.patience)):
                    return await reader.read(_CHUNK)
            except TimeoutError:
                await self._handle_all(frames.settle(), writer)
        if frames.is_empty:
            return await reader.read(_CHUNK)
        try:
            async with asyncio.timeout(self.patience):
                return await reader.read(_CHUNK)
        except TimeoutError:
            await self._handle_all(frames.finish(f"nothing more came for {self.patience:g} s"), writer)
            return b""

    async def _drain(self, writer: asyncio.StreamWriter) -> None:
        if writer.transport.get_write_buffer_size() == 0:
            return
        async with asyncio.timeout(self.patience):
            await writer.drain()

    async def _handle_all(self, events: tuple[Frame | FramingFault, ...], writer: asyncio.StreamWriter) -> None:
        """Answer one after another; where that takes long, the other connections have their turn in between."""
        clock = time.perf_counter()
        for event in events:
            if writer.is_closing():
                return
            if time.perf_counter() - clock > _TURN:
                await asyncio.sleep(0)
                await self._drain(writer)
                clock = time.perf_counter()
            await self._handle(event, writer)

    async def _handle(self, event: Frame | FramingFault, writer: asyncio.StreamWriter) -> None:
        started, clock = utc_now(), time.perf_counter()
        if isinstance(event, Frame):
            received, answer = event.payload, await self._answer(event.payload)
        else:
            received, answer = event.received, self._answer_fault(event) if self._answer_fault else None
        if isinstance(answer, Reply):
            await write_reply(answer, writer)
            lasted = time.perf_counter() - clock
            self._report(received, answer.answer, writer, started, lasted, None, answer.note)
            if answer.refuse:
                self.refuse(answer.refuse)
            return
        if answer is not None:
            writer.write(frame_message(answer))
        failure = _failure(event) if isinstance(event, FramingFault) and answer is None else None
        self._report(received, answer, writer, started, time.perf_counter() - clock, failure)

    def _report(
        self,
        received: bytes,
        answer: bytes | None,
        writer: asyncio.StreamWriter,
        started: datetime,
        duration: float,
        failure: Failure | None,
        note: str = "",
    ) -> None:
        self._tell(
            Exchange(
                sender=_name_sender(received, writer),
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


def _name_sender(received: bytes, writer: asyncio.StreamWriter) -> str:
    """The sending application that MSH-3 names, else the address that the connection comes from."""
    try:
        named = parse_message(received).get("MSH-3.1")
    except WorkbenchError:
        named = None
    return named or _name_peer(writer)


def _name_peer(writer: asyncio.StreamWriter) -> str:
    peer = writer.get_extra_info("peername")
    return f"{peer[0]}:{peer[1]}" if peer else "unknown"
