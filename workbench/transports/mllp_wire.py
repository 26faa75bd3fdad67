"""Wire: one open MLLP connection, at either of its ends, as events that were read and bytes to write."""

from __future__ import annotations

import asyncio
from collections import deque

from workbench.hl7v2.mllp import LEADER, TRAILER, Frame, FrameReader, FramingFault, Room, frame_message

_LARGE = 64 * 1024
_FAREWELL = 1.0
_TICK = 0.001


class MllpWire(asyncio.BufferedProtocol):
    """Frames and faults wait in `events` until `next_event` takes them; what comes meanwhile waits with the sender."""

    def __init__(self, limit: int, room: Room | None = None) -> None:
        self.frames = FrameReader(limit, room)
        self.events: deque[Frame | FramingFault] = deque()
        self.transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self.error: Exception | None = None
        self.is_over = False
        self._is_paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.Handle | None = None
        self._timer_at = 0.0
        self._until = 0.0
        self._drained: asyncio.Future[None] | None = None

    @property
    def is_open(self) -> bool:
        return self.transport is not None and not self.is_over and not self.transport.is_closing()

    @property
    def is_held_up(self) -> bool:
        """Tell whether so much waits to be taken by the other end that no more should be written."""
        return self._drained is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self.frames.get_buffer()

    def buffer_updated(self, nbytes: int) -> None:
        if self.events and not self._is_paused and self.transport is not None:
            self._is_paused = True
            self.transport.pause_reading()
        if found := self.frames.take(nbytes):
            self.events.extend(found)
            self._wake()

    def eof_received(self) -> bool | None:
        self._finish()
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        self.error = self.error or exc
        if self._timer is not None:
            self._timer.cancel()
        self._finish()
        self.frames.close()
        self.resume_writing()
        if not self.ended.done():
            self.ended.set_result(None)

    def pause_writing(self) -> None:
        if self._drained is None:
            self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    async def next_event(self, until: float | None = None) -> Frame | FramingFault | None:
        """The next frame or fault; None once the other end has closed, `TimeoutError` at the loop's time `until`."""
        while not self.events:
            if self.is_over:
                return None
            self._resume()
            if until is not None:
                self._wake_at(until)
            self._waiter = self._loop.create_future()
            await self._waiter
            self._check_time(until)
        return self.events.popleft()

    def write_frame(self, payload: bytes) -> None:
        """Frame a message and write it; a large one is not copied for that."""
        if self.transport is None or self.transport.is_closing():
            return
        if len(payload) < _LARGE:
            self.transport.write(frame_message(payload))
        else:
            self.transport.writelines((LEADER, payload, TRAILER))

    async def close(self, within: float) -> None:
        """Close once all is written, but within so many seconds; 0 breaks the connection off."""
        if self.transport is None:
            return
        if within:
            unsent = self.transport.get_write_buffer_size()
            self.transport.close()
            await asyncio.wait((self.ended,), timeout=within if unsent else min(within, _FAREWELL))
        if not self.ended.done():
            self.transport.abort()
            await asyncio.wait((self.ended,), timeout=_FAREWELL)

    def _resume(self) -> None:
        """Read on, where that was paused."""
        if self._is_paused and self.transport is not None:
            self._is_paused = False
            self.transport.resume_reading()

    def _check_time(self, until: float | None) -> None:
        is_late = until is not None and self._loop.time() >= until - _TICK
        if is_late and not self.events and not self.is_over:
            raise TimeoutError

    def _wake_at(self, until: float) -> None:
        """Have one timer for many waits: most are over long before, and it is put off when it comes."""
        self._until = until
        if self._timer is not None and self._timer_at > until:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer, self._timer_at = self._loop.call_at(until, self._expire), until

    def _expire(self) -> None:
        self._timer = None
        if self._waiter is None:
            return
        if self._loop.time() < self._until - _TICK:
            self._wake_at(self._until)
        else:
            self._wake()

    def _finish(self, why: str = "the connection ended") -> None:
        self.events.extend(self.frames.finish(why))
        self.is_over = True
        self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
