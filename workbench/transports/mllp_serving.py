"""Serving: the wire of one connection to a listener, which gives up a frame that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from workbench.hl7v2.mllp import Room
from workbench.transports.mllp_wire import MllpWire

_GRACE = 1.0


class ServingWire(MllpWire):
    """A frame may stand still for `patience` seconds; then it is told, and nothing more is read.

    A sender that forgets the last carriage return waits for us: it is told after a moment, and may go on.
    """

    def __init__(self, accept: Callable[[ServingWire], None], limit: int, room: Room, patience: float) -> None:
        super().__init__(limit, room)
        self.patience = patience
        self._accept = accept
        self._heard = 0.0
        self._watch: asyncio.TimerHandle | None = None

    @property
    def is_lost(self) -> bool:
        """Tell whether the other end is gone, so that nothing can be answered."""
        return self.ended.done()

    @property
    def peer(self) -> str:
        found = self.transport.get_extra_info("peername") if self.transport else None
        return f"{found[0]}:{found[1]}" if found else "unknown"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._accept(self)

    def buffer_updated(self, nbytes: int) -> None:
        super().buffer_updated(nbytes)
        if self.frames.is_empty:
            return
        self._heard = self._loop.time()
        if self.frames.ends_bare:
            self._look_after(min(_GRACE, self.patience))
        elif self._watch is None:
            self._look_after(self.patience)

    def eof_received(self) -> bool:
        """Keep the connection open for what is still to be answered, where that is possible (not with TLS)."""
        self._finish()
        return self.transport is not None and self.transport.get_extra_info("ssl_object") is None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    async def drain(self) -> None:
        """Wait while the other end takes no answers; `TimeoutError` where it takes none for all our patience."""
        while self._drained is not None and self.transport is not None:
            before = self.transport.get_write_buffer_size()
            await asyncio.wait((self._drained,), timeout=self.patience)
            # Where it was us who stood still, what happened meanwhile is to be seen first.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            if self.is_held_up and self.transport.get_write_buffer_size() >= before:
                raise TimeoutError

    def _resume(self) -> None:
        if self._is_paused:
            self._heard = self._loop.time()  # it was us who stood still
        super()._resume()

    def _look_after(self, seconds: float) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._watch = self._loop.call_later(seconds, self._look)

    def _look(self) -> None:
        self._watch = None
        if self.frames.is_empty or self.is_over:
            return
        allowed = min(_GRACE, self.patience) if self.frames.ends_bare else self.patience
        left = allowed - (0.0 if self._is_paused else self._loop.time() - self._heard)
        if left > 0.001:
            self._look_after(left)
        elif self.frames.ends_bare:
            self.events.extend(self.frames.settle())
            self._wake()
        else:
            self._finish(f"nothing more came for {self.patience:g} s")
