"""Sending: many messages on their way in a thread with a loop of its own, so that the window never waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import Callable

from workbench.exchange import Exchange
from workbench.workspace.message_source import MessageSources
from workbench.workspace.send_control import SendControl
from workbench.workspace.send_result import SendResult
from workbench.workspace.sending import MessageFinished, SendFinished, SendPlan, send_many

# How long a thread of Python runs before another may. The usual 5 ms, at each of the many calls by which the window
# draws, make a hold that is seen while messages are sent: a table of twenty rows asks for a thousand values.
_SHARE = 0.00005


class Sending:
    """`run` is done beside the window; all else may be called from it. `on_exchange` is called in the thread."""

    def __init__(self, sources: MessageSources, plan: SendPlan, on_exchange: Callable[[Exchange], None]) -> None:
        self.sources = sources
        self.plan = plan
        self.size = 0
        self.is_paused = False
        self._on_exchange = on_exchange
        self._results: deque[SendResult] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[SendFinished] | None = None
        self._control: SendControl | None = None
        self._asked_to_end = False
        self.has_ended = False

    def run(self) -> SendFinished:
        """Send all; raises WorkbenchError where a file cannot be read."""
        self.size = self.sources.count_bytes()
        usual = sys.getswitchinterval()
        sys.setswitchinterval(_SHARE)
        try:
            return asyncio.run(self._send())
        except asyncio.CancelledError:
            return SendFinished({}, 0.0, "It was stopped.")
        finally:
            sys.setswitchinterval(usual)
            self.has_ended = True

    def take(self, most: int) -> list[SendResult]:
        """Up to `most` results that nobody took yet."""
        found: list[SendResult] = []
        while self._results and len(found) < most:
            found.append(self._results.popleft())
        return found

    def pause(self) -> None:
        self.is_paused = True
        self._tell(lambda control: control.pause())

    def resume(self) -> None:
        self.is_paused = False
        self._tell(lambda control: control.resume())

    def set_pace(self, every: float) -> None:
        self._tell(lambda control: control.set_pace(every))

    def stop(self) -> None:
        """Send no further message; those on the way are waited for, and the rest is told as not sent."""
        self._tell(lambda control: control.stop("It was stopped."))

    def abort(self) -> None:
        """End at once, as the window goes."""
        self._asked_to_end = True
        task = self._task
        if self._loop is not None and task is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: it has ended by itself
                self._loop.call_soon_threadsafe(task.cancel)

    async def _send(self) -> SendFinished:
        self._control = SendControl(self.plan.every)
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        if self._asked_to_end:
            raise asyncio.CancelledError
        finished = SendFinished({}, 0.0)
        async for event in send_many(self.sources.read(), self.plan, self._control):
            if isinstance(event, MessageFinished):
                for exchange in event.result.exchanges:
                    self._on_exchange(exchange)
                self._results.append(event.result)
            elif isinstance(event, SendFinished):
                finished = event
        return finished

    def _tell(self, act: Callable[[SendControl], None]) -> None:
        control = self._control
        if self._loop is not None and control is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(act, control)
