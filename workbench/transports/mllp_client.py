"""MLLP client: sends a message, waits for the acknowledgments that it asks for, and tells what became of it."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from types import TracebackType

from workbench.exchange import Exchange, Failure, Request, Response, utc_now
from workbench.hl7v2.correlation import Answered, Asked, read_answered, read_asked
from workbench.hl7v2.mllp import DEFAULT_LIMIT, FramingFault
from workbench.transports.mllp_deferred import DeferredAcknowledgments
from workbench.transports.mllp_failures import tell_closed, tell_fault, tell_silence, tell_unreached
from workbench.transports.mllp_opening import open_wire
from workbench.transports.mllp_past import Past, Stray
from workbench.transports.mllp_wire import MllpWire

_QUIET = 2.0
_SHOWN = 3

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
    `on_stray`. With `deferred` an application acknowledgment may also come there. Where only an error would be
    answered (ER), `quiet` seconds without one mean that there is none.
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
        deferred: DeferredAcknowledgments | None = None,
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
        self._deferred = deferred
        self._wire: MllpWire | None = None
        self._past = Past()
        self._notes: list[str] = []
        self._unshown = 0
        self._stalls = 0
        self._turn = asyncio.Lock()
        named = f"[{host}]" if ":" in host else host
        self.address = f"{'mllps' if tls else 'mllp'}://{named}:{port}"

    async def __aenter__(self) -> MllpConnection:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def send(self, payload: bytes) -> Exchange:
        """Send a message; the exchange of the application acknowledgment where one was awaited, else of the accept."""
        return (await self.ask(payload))[-1]

    async def ask(self, payload: bytes) -> tuple[Exchange, ...]:
        """Send a message; one exchange, or in enhanced mode one for each acknowledgment that was awaited.

        Where no acknowledgment was wanted, or none was due, the exchange has neither response nor failure.
        """
        asked = read_asked(payload)
        async with self._turn:
            if self._deferred is None:
                return await self._ask_both(payload, asked, None)
            with self._deferred.expecting(asked.control_id) as arriving:
                return await self._ask_both(payload, asked, arriving)

    async def _ask_both(
        self, payload: bytes, asked: Asked, arriving: asyncio.Future[bytes] | None
    ) -> tuple[Exchange, ...]:
        started, clock = utc_now(), time.perf_counter()
        until = self._loop_time() + self.within
        outcome, answered = await self._guard(self._ask_first(payload, asked, until), asked, "acknowledgment")
        first = self._tell(payload, outcome, started, clock)
        if answered is None or answered.code != "CA" or asked.application not in ("AL", "ER", "SU"):
            return (first,)
        wanted = "application acknowledgment after its CA"
        until = self._loop_time() + self.within
        outcome, _ = await self._guard(self._ask_second(asked, until, arriving), asked, wanted)
        return (first,) if outcome is None else (first, self._tell(payload, outcome, started, clock))

    async def close(self) -> None:
        """Close the connection once what was written has gone out."""
        wire, self._wire = self._wire, None
        if wire is not None:
            self._tell_strays(wire)
            await wire.close(self.within)

    async def _guard(
        self, work: Coroutine[None, None, tuple[Outcome, Answered | None]], asked: Asked, wanted: str
    ) -> tuple[Outcome, Answered | None]:
        """What `work` comes to. A connection on which something failed is not used again.

        But one that stood still once is: the late answer is told as what it is, by its control ID.
        """
        outcome: Outcome = Failure("cancelled", "Cancelled.")
        answered = None
        try:
            outcome, answered = await work
        except TimeoutError:
            outcome = self._too_late(asked, wanted)
        finally:
            if isinstance(outcome, Failure) and not self._is_kept(outcome):
                await self._break_off()
        return outcome, answered

    async def _ask_first(self, payload: bytes, asked: Asked, until: float) -> tuple[Outcome, Answered | None]:
        wire = self._wire
        if wire is None or not wire.is_open:
            opened = await self._connect()
            if isinstance(opened, Failure):
                return opened, None
            wire = opened
        self._tell_strays(wire)
        wire.write_frame(payload)
        self._past.begin(asked)
        wanted = (asked.accept, asked.application)
        if not asked.is_enhanced or "AL" in wanted or "SU" in wanted:
            return await self._await_answer(wire, asked, until)
        return await self._await_error(wire, asked, until) if "ER" in wanted else (None, None)

    async def _ask_second(
        self, asked: Asked, until: float, arriving: asyncio.Future[bytes] | None
    ) -> tuple[Outcome, Answered | None]:
        wire = self._wire
        if wire is None:
            return tell_closed(None, self.receiver, by_tls=self.tls is not None), None
        here = (self._await_error if asked.application == "ER" else self._await_answer)(wire, asked, until)
        return await (here if arriving is None else self._await_either(here, asked, until, arriving))

    async def _await_either(
        self,
        here: Coroutine[None, None, tuple[Outcome, Answered | None]],
        asked: Asked,
        until: float,
        arriving: asyncio.Future[bytes],
    ) -> tuple[Outcome, Answered | None]:
        """The acknowledgment on this connection or on one of its own; this one may close meanwhile."""
        waiting = asyncio.ensure_future(here)
        try:
            await asyncio.wait((waiting, arriving), return_when=asyncio.FIRST_COMPLETED)
            if not arriving.done():
                outcome, answered = waiting.result()
                if not isinstance(outcome, Failure) or outcome.kind != "closed":
                    return outcome, answered
            async with asyncio.timeout_at(until):
                payload = await arriving
        finally:
            waiting.cancel()
        answered = read_answered(payload)
        self._past.end(asked, answered.code if answered else "")
        self._notes.append("It came on a connection of its own.")
        return Response(None, body=payload), answered

    async def _await_error(self, wire: MllpWire, asked: Asked, until: float) -> tuple[Outcome, Answered | None]:
        """The answer that only an error has; silence is success."""
        try:
            return await self._await_answer(wire, asked, min(until, self._loop_time() + self.quiet))
        except TimeoutError:
            self._past.end(asked, "none, as for what is accepted")
            return None, None

    async def _await_answer(self, wire: MllpWire, asked: Asked, until: float) -> tuple[Outcome, Answered | None]:
        while True:
            event = await wire.next_event(until)
            if event is None:
                return tell_closed(wire.error, self.receiver, by_tls=self.tls is not None), None
            if isinstance(event, FramingFault):
                return tell_fault(event, self.receiver, is_over=wire.is_over), None
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
            if self._loop_time() >= until:
                raise TimeoutError

    async def _connect(self) -> MllpWire | Failure:
        await self._break_off()
        opened = await open_wire(
            self.host,
            self.port,
            within=self.connect_within,
            limit=self.limit,
            tls=self.tls,
            receiver=self.receiver,
        )
        if isinstance(opened, MllpWire):
            self._wire = opened
        return opened

    async def _break_off(self) -> None:
        wire, self._wire = self._wire, None
        self._past.forget_connection()
        self._stalls = 0
        if wire is not None:
            await wire.close(within=0)

    def _is_kept(self, failure: Failure) -> bool:
        return failure.kind == "timeout" and self._stalls == 1 and self._wire is not None and self._wire.is_open

    @staticmethod
    def _loop_time() -> float:
        return asyncio.get_running_loop().time()

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

    def _too_late(self, asked: Asked, wanted: str) -> Failure:
        wire = self._wire
        if wire is None:
            return tell_unreached(f"{self.host}:{self.port}", self.within)
        self._past.give_up(asked)
        self._stalls += 1 if asked.control_id else 2  # a late answer could not be told from the next one's
        faults = wire.frames.settle() or wire.frames.finish("nothing more came")
        if faults:
            self._stalls = 0
        is_kept = self._stalls == 1 and wire.is_open
        return tell_silence(faults, self.receiver, wanted, self.within, is_kept=is_kept)
