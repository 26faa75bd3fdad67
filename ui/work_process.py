"""Work process: one process beside the window for work on megabytes, started when it is first needed.

A thread that reckons for long holds back whatever the window does meanwhile, and a large parse holds it altogether.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import IO, Any, ParamSpec, TypeVar

from workbench.errors import WorkbenchError

T = TypeVar("T")
P = ParamSpec("P")

_PROGRAM = "import sys; sys.path[:] = {path!r}; from ui.work_process import serve; serve()"
_LENGTH = 8
# Seconds from one word of how far the work is to the next, when the last was, and the pipe to the window.
_PAUSE = 0.1
_told = [float("-inf")]
_windows: list[IO[bytes]] = []
_BATCH = getattr(subprocess, "CREATE_NO_WINDOW", 0)


class WorkProcess:
    """Does one piece of work after the other; what is asked must be a function of a module, and touch no widget.

    Both ends are ours and speak through pipes that nobody else can reach, so that pickle is safe here.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = asyncio.Lock()
        self._guard = threading.Lock()
        self._closed = False

    async def run(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Do `work` there and return what it returned or raise what it raised; cancelling ends the process."""
        task = pickle.dumps((work, arguments, named), pickle.HIGHEST_PROTOCOL)
        return await self._do(task, _ignore)  # type: ignore[no-any-return]  # what `work` returned

    async def follow(self, on_progress: Callable[[float], object], work: Callable[..., T], *arguments: Any) -> T:
        """As `run`, of work that takes a function as `tell` and calls it with how far it is, from 0 to 1.

        `on_progress` is called in this loop, now and then.
        """
        loop = asyncio.get_running_loop()

        def hand_over(done: float) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody looks any more
                loop.call_soon_threadsafe(on_progress, done)

        task = pickle.dumps((work, arguments, {"tell": tell_window}), pickle.HIGHEST_PROTOCOL)
        return await self._do(task, hand_over)  # type: ignore[no-any-return]  # what `work` returned

    async def _do(self, task: bytes, on_progress: Callable[[float], object]) -> Any:
        async with self._turn:
            try:
                good, value = await asyncio.to_thread(self._ask, task, on_progress)
            except asyncio.CancelledError:
                self._end()
                raise
        if good:
            return value
        raise value

    async def warm(self) -> None:
        """Start the process ahead of the first work."""
        await self.run(_do_nothing)

    def close(self) -> None:
        """End the process, whatever it is at; nothing can be asked of it any more."""
        self._closed = True
        self._end()

    def _ask(self, task: bytes, on_progress: Callable[[float], object]) -> tuple[bool, Any]:
        process = self._start()
        try:
            if process.stdin is None or process.stdout is None:
                raise EOFError
            _write(process.stdin, task)
            while True:
                good, value = pickle.loads(_read(process.stdout))  # noqa: S301  # from our own process
                if good is not None:
                    return good, value
                on_progress(value)
        except (OSError, EOFError) as error:
            self._end(process)
            raise WorkbenchError(
                "The process that works beside the window has ended.", hint="Try it again; it starts anew."
            ) from error

    def _start(self) -> subprocess.Popen[bytes]:
        with self._guard:
            if self._closed:
                raise WorkbenchError("The window is closing.")
            if self._process is None or self._process.poll() is not None:
                program = _PROGRAM.format(path=sys.path)
                self._process = subprocess.Popen(  # noqa: S603  # our own program
                    [sys.executable, "-c", program],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    creationflags=_BATCH,
                )
            return self._process

    def _end(self, only: subprocess.Popen[bytes] | None = None) -> None:
        """End the process, or only this one: what was cancelled must not end the one that has taken its place."""
        with self._guard:
            process = self._process
            if process is None or (only is not None and only is not process):
                return
            self._process = None
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                _close(pipe)


def serve() -> None:
    """The other end: take one task after the other until the window goes; Ctrl-C in a terminal is the window's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    _windows.append(target)
    while True:
        try:
            _write(target, _do(_read(source)))
        except (EOFError, BrokenPipeError):
            # What is left in the pipe is for nobody, and flushing it at exit would complain.
            os._exit(0)


def tell_window(done: float) -> None:
    """In the process beside the window: tell it how far the work is, from 0 to 1, a few times a second at most."""
    now = time.monotonic()
    if _windows and now - _told[0] >= _PAUSE:
        _told[0] = now
        _write(_windows[0], pickle.dumps((None, done), pickle.HIGHEST_PROTOCOL))


def _ignore(_done: float) -> None:
    pass


def _do(task: bytes) -> bytes:
    try:
        work, arguments, named = pickle.loads(task)  # noqa: S301  # from our own window
        answer: tuple[bool, Any] = True, work(*arguments, **named)
        return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001  # the window raises it where it was asked for
        error.add_note("".join(traceback.format_exception(error)))
        return _pack_error(error)


def _pack_error(error: Exception) -> bytes:
    try:
        pickled = pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
        pickle.loads(pickled)  # noqa: S301  # an exception with arguments of its own may not come back
    except Exception:  # noqa: BLE001  # then its words must do
        words = RuntimeError("".join(traceback.format_exception(error)))
        return pickle.dumps((False, words), pickle.HIGHEST_PROTOCOL)
    return pickled


def _do_nothing() -> None:
    pass


def _write(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(len(data).to_bytes(_LENGTH, "big"))
    pipe.write(data)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes:
    size = pipe.read(_LENGTH)
    if len(size) < _LENGTH:
        raise EOFError
    data = pipe.read(int.from_bytes(size, "big"))
    if len(data) < int.from_bytes(size, "big"):
        raise EOFError
    return data


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:
        return
