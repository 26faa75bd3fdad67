"""Wire: one open MLLP connection, at either of its ends, as events that were read and bytes to write."""

from __future__ import annotations

import asyncio
from collections import deque

from workbench.hl7v2.mllp import LEADER, TRAILER, Frame, FrameReader, FramingFault, Room, frame_message

_LARGE = 64 * 1024
_FAREWELL = 1.0


class MllpWire(asyncio.BufferedProtocol):
    """Frames and faults wait in `events` until `next_event` takes them; what comes meanwhile waits with the sender."""

    def __init__(self, limit: int, room: Room | None = None) -> None:
        self.frames = FrameReader(limit, room)
        self.events: deque[Frame | FramingFault] = deque()
        self.transport: asyncio.Transport | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.error: Exception | None = None
        self.is_over = False
        self._is_paused = False
        self._waiter: asyncio.Future[None] | None = None
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
        self._finish()
        self.frames.close()
        self.resume_writing()
        if not self.ended.done():
            self.ended.set_result(None)

    def pause_writing(self) -> None:
        if self._drained is None:
            self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    async def next_event(self) -> Frame | FramingFault | None:
        """The next frame or fault; None once the other end has closed."""
        while not self.events:
            if self.is_over:
                return None
            if self._is_paused and self.transport is not None:
                self._is_paused = False
                self.transport.resume_reading()
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
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

    def _finish(self, why: str = "the connection ended") -> None:
        self.events.extend(self.frames.finish(why))
        self.is_over = True
        self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
