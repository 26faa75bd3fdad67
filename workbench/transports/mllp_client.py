"""MLLP client: sends a message, waits for the acknowledgments that it asks for, and tells what became of it."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from types import TracebackType

from workbench.exchange import Exchange, Failure, Request, Response, utc_now
from workbench.hl7v2.correlation import Answered, Asked, read_asked
from workbench.hl7v2.mllp import DEFAULT_LIMIT, FramingFault
from workbench.transports.mllp_past import Past, Stray
from workbench.transports.mllp_tls import start_tls, tell_tls
from workbench.transports.mllp_wire import MllpWire

_QUIET = 2.0
_SHOWN = 3
_SOONER = 0.95

Outcome = Response | Failure | None


async def send_mllp(
    host: str,
    port: int,
    payload: bytes,
    *,
    within: float = 10.0,
    sender: str = "workbench",
    receiver: str = "",
    tls: ssl.SSLContext | None = None,
) -> Exchange:
    """Send `payload` over a connection of its own; whatever goes wrong out there is the exchange's `failure`."""
    async with MllpConnection(host, port, within=within, sender=sender, receiver=receiver, tls=tls) as connection:
        return await connection.send(payload)


class MllpConnection:
    """A connection that is kept between messages: opened by the first `send`, and again after a failure.

    `within` seconds bound connecting and each acknowledgment together, `connect_within` connecting alone. Messages of
    several tasks go one after another. An answer counts by its MSA-2: what answers no message that waits goes to
    `on_stray`. Where only an error would be answered (ER), `quiet` seconds without one mean that there is none.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        within: float = 10.0,
        connect_within: float | None = None,
        quiet: float = _QUIET,
        sender: str = "workbench",
        receiver: str = "",
        limit: int = DEFAULT_LIMIT,
        tls: ssl.SSLContext | None = None,
        on_stray: Callable[[Stray], None] | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.within = within
        self.connect_within = min(within, connect_within or within)
        self.quiet = min(within, quiet)
        self.sender = sender
        self.receiver = receiver or f"{host}:{port}"
        self.limit = limit
        self.tls = tls
        self._on_stray = on_stray
        self._wire: MllpWire | None = None
        self._past = Past()
        self._notes: list[str] = []
        self._unshown = 0
        self._stalls = 0
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
        return f"{'mllps' if self.tls else 'mllp'}://{host}:{self.port}"

    async def send(self, payload: bytes) -> Exchange:
        """Send a message; the exchange of the application acknowledgment where one was awaited, else of the accept."""
        return (await self.ask(payload))[-1]

    async def ask(self, payload: bytes) -> tuple[Exchange, ...]:
        """Send a message; one exchange, or in enhanced mode one for each acknowledgment that was awaited.

        Where no acknowledgment was wanted, or none was due, the exchange has neither response nor failure.
        """
        async with self._turn:
            asked, started, clock = read_asked(payload), utc_now(), time.perf_counter()
            outcome, answered = await self._guard(self._ask_first(payload, asked), asked, "acknowledgment")
            exchanges = [self._tell(payload, outcome, started, clock)]
            if answered is not None and answered.code == "CA" and asked.application in ("AL", "ER", "SU"):
                wanted = "application acknowledgment after its CA"
                outcome, _ = await self._guard(self._ask_second(asked), asked, wanted)
                if outcome is not None:
                    exchanges.append(self._tell(payload, outcome, started, clock))
            return tuple(exchanges)

    async def close(self) -> None:
        """Close the connection once what was written has gone out."""
        wire, self._wire = self._wire, None
        if wire is not None:
            self._tell_strays(wire)
            await wire.close(self.within)

    async def _guard(
        self, work: Coroutine[None, None, tuple[Outcome, Answered | None]], asked: Asked, wanted: str
    ) -> tuple[Outcome, Answered | None]:
        """Bound the time of `work`. A connection on which something failed is not used again.

        But one that stood still once is: the late answer is told as what it is, by its control ID.
        """
        outcome: Outcome = Failure("cancelled", "Cancelled.")
        answered = None
        try:
            async with asyncio.timeout(self.within):
                outcome, answered = await work
        except TimeoutError:
            outcome = self._too_late(asked, wanted)
        finally:
            if isinstance(outcome, Failure) and not self._is_kept(outcome):
                await self._break_off()
        return outcome, answered

    async def _ask_first(self, payload: bytes, asked: Asked) -> tuple[Outcome, Answered | None]:
        wire = await self._connect()
        if isinstance(wire, Failure):
            return wire, None
        self._tell_strays(wire)
        wire.write_frame(payload)
        self._past.begin(asked)
        if not asked.is_enhanced or "AL" in (asked.accept, asked.application):
            return await self._await_answer(wire, asked)
        if "SU" in (asked.accept, asked.application):
            return await self._await_answer(wire, asked)
        if "ER" in (asked.accept, asked.application):
            return await self._await_error(wire, asked)
        return None, None

    async def _ask_second(self, asked: Asked) -> tuple[Outcome, Answered | None]:
        wire = self._wire
        if wire is None:
            return self._closed(None), None
        return await (self._await_error if asked.application == "ER" else self._await_answer)(wire, asked)

    async def _await_error(self, wire: MllpWire, asked: Asked) -> tuple[Outcome, Answered | None]:
        """The answer that only an error has; silence is success."""
        try:
            async with asyncio.timeout(self.quiet):
                return await self._await_answer(wire, asked)
        except TimeoutError:
            self._past.end(asked, "none, as for what is accepted")
            return None, None

    async def _await_answer(self, wire: MllpWire, asked: Asked) -> tuple[Outcome, Answered | None]:
        while True:
            event = await wire.next_event()
            if event is None:
                return self._closed(wire.error), None
            if isinstance(event, FramingFault):
                return self._faulty(event), None
            found = self._past.judge(asked, event)
            if isinstance(found, Failure):
                return found, None
            if isinstance(found, Answered):
                self._past.end(asked, found.code)
                self._stalls = 0
                if found.code != "CA" or asked.application in ("", "NE"):
                    self._tell_strays(wire)
                return Response(None, body=event.payload), found
            self._note(found)

    async def _connect(self) -> MllpWire | Failure:
        if self._wire is not None and self._wire.is_open:
            return self._wire
        await self._break_off()
        try:
            async with asyncio.timeout(self.connect_within) as limit:
                wire = await self._open()
        except TimeoutError:
            return Failure("timeout", f"{self.host}:{self.port} could not be reached within {self.connect_within:g} s.")
        except (OSError, UnicodeError, OverflowError) as error:
            return self._refused(error)
        if failure := await self._secure(wire, limit.when()):
            return failure
        self._wire = wire
        return wire

    async def _open(self) -> MllpWire:
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(lambda: MllpWire(self.limit), self.host, self.port)
        return wire

    async def _secure(self, wire: MllpWire, until: float | None) -> Failure | None:
        """Agree on TLS, where that is asked, in what is left of the time for connecting."""
        if self.tls is None or wire.transport is None:
            return None
        left = (until or 0.0) - asyncio.get_running_loop().time()
        try:
            within = max(left * _SOONER, 0.01)  # so that this limit is told, and not the one around it
            wire.transport = await start_tls(wire.transport, wire, self.tls, name=self.host, within=within)
        except OSError as error:
            return Failure("tls", tell_tls(error, self.receiver))
        return None

    async def _break_off(self) -> None:
        wire, self._wire = self._wire, None
        self._past.forget_connection()
        self._stalls = 0
        if wire is not None:
            await wire.close(within=0)

    def _is_kept(self, failure: Failure) -> bool:
        return failure.kind == "timeout" and self._stalls == 1 and self._wire is not None and self._wire.is_open

    def _tell(self, payload: bytes, outcome: Outcome, started: datetime, clock: float) -> Exchange:
        return Exchange(
            sender=self.sender,
            receiver=self.receiver,
            request=Request("MLLP", self.address, body=payload),
            response=outcome if isinstance(outcome, Response) else None,
            started=started,
            duration=time.perf_counter() - clock,
            failure=outcome if isinstance(outcome, Failure) else None,
            note=self._take_notes() if self._notes else "",
        )

    def _take_notes(self) -> str:
        notes, more = self._notes, self._unshown
        self._notes, self._unshown = [], 0
        return " ".join((*notes, f"{more} more came that answer nothing.") if more else notes)

    def _tell_strays(self, wire: MllpWire) -> None:
        """What has come without being asked for; it answers no later message."""
        while wire.events:
            self._note(self._past.tell(wire.events.popleft()))

    def _note(self, stray: Stray) -> None:
        if len(self._notes) < _SHOWN:
            self._notes.append(stray.reason)
        else:
            self._unshown += 1
        if self._on_stray is not None:
            self._on_stray(stray)

    def _closed(self, error: Exception | None) -> Failure:
        if isinstance(error, ssl.SSLError):
            return Failure("tls", tell_tls(error, self.receiver))
        hint = " Some receivers do so that miss a certificate of the sender." if self.tls is not None else ""
        said = f"{self.receiver} closed the connection without an acknowledgment{_because(error)}."
        return Failure("closed", said + hint)

    def _faulty(self, fault: FramingFault) -> Failure:
        if fault.kind == "too-large":
            return Failure("too-large", f"{self.receiver} answered with too much. {fault.reason}")
        if fault.kind == "truncated":
            return Failure("closed", f"{self.receiver} closed the connection within its acknowledgment. {fault.reason}")
        shown = fault.received[:40].partition(b"\r")[0].decode("latin-1")
        seen = f" It starts with “{shown}”." if shown.isascii() and shown.isprintable() and shown else ""
        return Failure(
            "protocol",
            f"{self.receiver} answered without an MLLP frame. {fault.reason}{seen if fault.kind == 'garbage' else ''}",
        )

    def _refused(self, error: Exception) -> Failure:
        if isinstance(error, ConnectionRefusedError):
            return Failure(
                "refused", f"Nothing listens for HL7 v2 at {self.host}:{self.port}: the connection was refused."
            )
        said = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        return Failure("refused", f"{self.host}:{self.port} could not be reached: {said}.")

    def _too_late(self, asked: Asked, wanted: str) -> Failure:
        if self._wire is None:
            return Failure("timeout", f"{self.host}:{self.port} could not be reached within {self.within:g} s.")
        self._past.give_up(asked)
        self._stalls += 1
        said = f"{self.receiver} sent no {wanted} within {self.within:g} s."
        for fault in self._wire.frames.settle() or self._wire.frames.finish("nothing more came"):
            self._stalls = 0
            return Failure("timeout", f"{said} {fault.reason}") if fault.kind == "truncated" else self._faulty(fault)
        return Failure("timeout", said)


def _because(error: Exception | None) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return f": {said}" if said else ""
