"""SendControl: pace, pause and stop of a sending, from outside while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class SendControl:
    """Used in the loop of the sending alone; `every` is the least time in seconds from one message to the next."""

    def __init__(self, every: float = 0.0) -> None:
        self.every = every
        self.stopped = ""
        self._going = asyncio.Event()
        self._going.set()
        self._wake = asyncio.Event()

    @property
    def is_paused(self) -> bool:
        return not self._going.is_set()

    def pause(self) -> None:
        self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def set_pace(self, every: float) -> None:
        self.every = every
        self._wake.set()

    def stop(self, why: str = "It was stopped.") -> None:
        """Send no further message; those on the way are waited for."""
        self.stopped = self.stopped or why
        self._going.set()
        self._wake.set()

    async def rest(self, seconds: float) -> bool:
        """Wait so long, and for the end of a pause; tell whether to go on, which a stop does not."""
        due = asyncio.get_running_loop().time() + seconds
        await self.wait_until(lambda: due)
        return not self.stopped

    async def wait_until(self, due: Callable[[], float]) -> None:
        """Wait for the end of a pause, and until the time of the loop that `due` says, also where the pace changes."""
        loop = asyncio.get_running_loop()
        while not self.stopped:
            await self._going.wait()
            left = due() - loop.time()
            if left <= 0:
                return
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), left)
            except TimeoutError:
                continue
