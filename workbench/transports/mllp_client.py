"""MLLP client: sends one message, waits for its one framed answer, and tells what became of it."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType

from workbench.exchange import Exchange, Failure, Request, Response, utc_now
from workbench.hl7v2.mllp import DEFAULT_LIMIT, Frame, FrameReader, FramingFault, frame_message


async def send_mllp(
    host: str, port: int, payload: bytes, *, within: float = 10.0, sender: str = "workbench", receiver: str = ""
) -> Exchange:
    """Send `payload` over a connection of its own; whatever goes wrong out there is the exchange's `failure`."""
    async with MllpConnection(host, port, within=within, sender=sender, receiver=receiver) as connection:
        return await connection.send(payload)


class MllpConnection:
    """A connection that is kept between messages: opened by the first `send`, and again after a failure.

    `within` seconds bound each send, connecting included. Messages of several tasks go one after another.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        within: float = 10.0,
        sender: str = "workbench",
        receiver: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> None:
        self.host = host
        self.port = port
        self.within = within
        self.sender = sender
        self.receiver = receiver or f"{host}:{port}"
        self.limit = limit
        self._wire: _Wire | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> MllpConnection:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"mllp://{host}:{self.port}"

    async def send(self, payload: bytes) -> Exchange:
        async with self._turn:
            started, clock = utc_now(), time.perf_counter()
            outcome = await self._send(payload)
            return Exchange(
                sender=self.sender,
                receiver=self.receiver,
                request=Request("MLLP", self.address, body=payload),
                response=outcome if isinstance(outcome, Response) else None,
                started=started,
                duration=time.perf_counter() - clock,
                failure=outcome if isinstance(outcome, Failure) else None,
            )

    async def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()
            await wire.ended

    async def _send(self, payload: bytes) -> Response | Failure:
        outcome: Response | Failure | None = None
        try:
            async with asyncio.timeout(self.within):
                outcome = await self._connect() or await self._ask(payload)
        except TimeoutError:
            outcome = self._too_late()
        finally:
            if not isinstance(outcome, Response):
                await self.close()
        return outcome

    async def _connect(self) -> Failure | None:
        if self._wire is not None and not self._wire.ended.done():
            return None
        loop = asyncio.get_running_loop()
        try:
            _, self._wire = await loop.create_connection(lambda: _Wire(self.limit), self.host, self.port)
        except (OSError, UnicodeError, OverflowError) as error:
            return self._refused(error)
        return None

    async def _ask(self, payload: bytes) -> Response | Failure:
        wire = self._wire
        if wire is None:
            return Failure("closed", f"{self.receiver} closed the connection.")
        answer = await wire.ask(payload)
        if isinstance(answer, Frame):
            return Response(None, body=answer.payload)
        if isinstance(answer, FramingFault):
            return self._faulty(answer)
        return Failure("closed", f"{self.receiver} closed the connection without an acknowledgment{_because(answer)}.")

    def _faulty(self, fault: FramingFault) -> Failure:
        if fault.kind == "too-large":
            return Failure("too-large", f"{self.receiver} answered with too much. {fault.reason}")
        if fault.kind == "truncated":
            return Failure("closed", f"{self.receiver} closed the connection within its acknowledgment. {fault.reason}")
        shown = fault.received[:40].decode("ascii", "backslashreplace").splitlines()
        seen = f" It starts with “{shown[0]}”." if shown and fault.kind == "garbage" else ""
        return Failure("protocol", f"{self.receiver} answered without an MLLP frame. {fault.reason}{seen}")

    def _refused(self, error: Exception) -> Failure:
        if isinstance(error, ConnectionRefusedError):
            return Failure(
                "refused", f"Nothing listens for HL7 v2 at {self.host}:{self.port}: the connection was refused."
            )
        if isinstance(error, TimeoutError):
            return self._too_late()
        said = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        return Failure("refused", f"{self.host}:{self.port} could not be reached: {said}.")

    def _too_late(self) -> Failure:
        if self._wire is None:
            return Failure("timeout", f"{self.host}:{self.port} could not be reached within {self.within:g} s.")
        if faults := self._wire.settle():
            return self._faulty(faults[0])
        return Failure("timeout", f"{self.receiver} sent no acknowledgment within {self.within:g} s.")


def _because(error: Exception | None) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return f": {said}" if said else ""


class _Wire(asyncio.Protocol):
    """One open connection; a frame that nothing asked for is dropped, so that it answers no later message."""

    def __init__(self, limit: int) -> None:
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._frames = FrameReader(limit)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Frame | FramingFault | Exception | None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        for event in self._frames.feed(data):
            self._resolve(event)

    def connection_lost(self, error: Exception | None) -> None:
        for fault in self._frames.finish():
            self._resolve(fault)
        self._resolve(error)
        if not self.ended.done():
            self.ended.set_result(None)

    async def ask(self, payload: bytes) -> Frame | FramingFault | Exception | None:
        """Send a message and wait for what comes back; None or an exception where the connection ended."""
        if self._transport is None or self._transport.is_closing():
            return None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(frame_message(payload))
        return await self._answer

    def settle(self) -> tuple[FramingFault, ...]:
        return self._frames.settle()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _resolve(self, outcome: Frame | FramingFault | Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(outcome)
