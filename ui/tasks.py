"""Tasks: the only place where the window starts work that waits; every exception in it reaches the screen."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")
P = ParamSpec("P")
CLEANING_UP = 5.0
"""Seconds that a piece of work has to close what it opened when the window goes."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the screen says of an exception; `details` is only there where the fault is our own, secrets masked."""

    sentence: str
    hint: str = ""
    details: str = ""


def make_report(error: BaseException) -> Report:
    """Words for `error`: a WorkbenchError's own sentence, anything else as a fault with details to copy."""
    if isinstance(error, WorkbenchError):
        place = f" ({error.place})" if error.place else ""
        return Report(f"{error.message}{place}", error.hint)
    from workbench.smart.secrets import mask_text

    details = "".join(traceback.format_exception(error))
    return Report(
        f"The workbench could not finish this: {type(error).__name__}.",
        "Your work is untouched. Copy the details if you report it.",
        mask_text(details),
    )


async def beside(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Do `work` in a thread, so that the window goes on; it must touch nothing of the window."""
    import asyncio

    return await asyncio.to_thread(work, *arguments, **named)


class Task(QObject):
    """One piece of work under way; `progress` is None while nobody knows how far it is, else from 0 to 1."""

    changed = Signal()
    finished = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.progress: float | None = None
        self.text = ""
        self.running = True
        self._task: asyncio.Task[Any] | None = None

    def cancel(self) -> None:
        """Stop the work, which may clean up, undisturbed by a second call; no callback is called after it."""
        if self._task is not None and not self._task.cancelling():
            self._task.cancel()

    def set_progress(self, done: float, total: float, text: str = "") -> None:
        self.progress = done / total if total else None
        self.text = text
        self.changed.emit()

    async def wait(self) -> None:
        """Wait until the work is over, however it ends."""
        import asyncio

        if self._task is not None:
            await asyncio.wait({self._task})


class Tasks(QObject):
    """Starts work on the window's loop, outlives the panels that asked for it, and shows what went wrong.

    A callback that is a method of a deleted QObject is left out, and so is any callback whose `owner` was deleted;
    the work itself goes on.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: list[Task] = []
        if loop is not None:
            self.run_on(loop)

    def run_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the loop that work is started on; the window's first picture comes before there is one."""
        self._loop = loop
        loop.set_exception_handler(self._show_stray)

    @property
    def running(self) -> tuple[Task, ...]:
        return tuple(self._running)

    def start(
        self,
        work: Coroutine[Any, Any, T],
        *,
        on_done: Callable[[T], object] | None = None,
        on_error: Callable[[Report], object] | None = None,
        name: str = "",
        owner: QObject | None = None,
    ) -> Task:
        """Run a coroutine; with `on_error` the caller shows the report, without it the window does."""
        return self._launch(Task(name, self), work, on_done, on_error, owner)

    def stream(
        self,
        items: AsyncIterator[T],
        *,
        on_item: Callable[[T], object],
        on_done: Callable[[], object] | None = None,
        on_error: Callable[[Report], object] | None = None,
        name: str = "",
        owner: QObject | None = None,
    ) -> Task:
        """Hand each item of an async iterator to `on_item` as it comes; cancelling closes the iterator."""

        async def run() -> None:
            try:
                async for item in items:
                    self._call(on_item, owner, item)
            finally:
                close = getattr(items, "aclose", None)
                if close is not None:
                    await close()

        return self._launch(
            Task(name, self), run(), on_done and (lambda _: on_done()), on_error, owner or _owner_of(on_done)
        )

    async def stop_all(self, within: float = CLEANING_UP) -> None:
        """Cancel what is under way, and what its end starts; the last thing before the loop closes.

        What still cleans up after so many seconds is left behind.
        """
        import asyncio

        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while waiting := [task for task in self._running if task._task is not None and not task._task.done()]:
            left = until - loop.time()
            if left <= 0:
                return
            for task in waiting:
                task.cancel()
            await asyncio.wait([task._task for task in waiting if task._task is not None], timeout=left)

    def report(self, error: BaseException) -> None:
        """Show an exception that was caught outside a task."""
        self.failed.emit(make_report(error))

    def _launch(
        self,
        task: Task,
        work: Coroutine[Any, Any, T],
        on_done: Callable[[T], object] | None,
        on_error: Callable[[Report], object] | None,
        owner: QObject | None,
    ) -> Task:
        def finish(done: asyncio.Task[T]) -> None:
            error = None if done.cancelled() else done.exception()
            if not isValid(self):
                return
            try:
                if error is not None:
                    self._fail(error, on_error, owner)
                elif not done.cancelled():
                    self._call(on_done, owner, done.result())
            finally:
                self._end(task)

        if self._loop is None:
            raise RuntimeError("no loop to start work on yet")
        task._task = self._loop.create_task(work, name=task.name or None)
        task._task.add_done_callback(finish)
        task.changed.connect(self.changed)
        self._running.append(task)
        self.changed.emit()
        return task

    def _fail(self, error: BaseException, on_error: Callable[[Report], object] | None, owner: QObject | None) -> None:
        report = make_report(error)
        if not self._call(on_error, owner, report):
            self.failed.emit(report)

    def _end(self, task: Task) -> None:
        task.running = False
        self._running.remove(task)
        self.changed.emit()
        task.finished.emit()
        task.deleteLater()

    def _show_stray(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException) and isValid(self):
            self.report(error)

    def _call(self, callback: Callable[..., object] | None, owner: QObject | None, *values: object) -> bool:
        """Call it and say so, unless there is none or the one who asked is gone."""
        gone = any(each is not None and not isValid(each) for each in (owner, _owner_of(callback)))
        if callback is None or gone:
            return False
        callback(*values)
        return True


def _owner_of(callback: Callable[..., object] | None) -> QObject | None:
    receiver = getattr(callback, "__self__", None)
    return receiver if isinstance(receiver, QObject) else None
