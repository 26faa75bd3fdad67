"""Validation processes: pieces of work judged in processes side by side, each with a desk of its own."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager

from workbench.errors import WorkbenchError
from workbench.workspace.validation_desk import PieceResult, ValidationDesk
from workbench.workspace.validation_input import Batch
from workbench.workspace.validation_result import ValidationRequest

_desks: list[ValidationDesk] = []


@asynccontextmanager
async def open_processes(
    request: ValidationRequest, count: int
) -> AsyncIterator[Callable[[Batch], Awaitable[tuple[PieceResult, ...]]]]:
    """Give what judges a batch in one of `count` processes; when it is left, what waits is dropped.

    Raises WorkbenchError where a process ends before its time.
    """
    # Started afresh, not forked, so that it is the same on every system and no lock is inherited.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, context, initializer=_open_desk, initargs=(request,))

    def judge(batch: Batch) -> Awaitable[tuple[PieceResult, ...]]:
        return asyncio.get_running_loop().run_in_executor(pool, _judge, batch)

    try:
        yield judge
    except BrokenProcessPool as error:
        raise WorkbenchError(
            "A process that validated has ended before its time.", hint="Try fewer --jobs; memory may be short."
        ) from error
    finally:
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)


def _open_desk(request: ValidationRequest) -> None:
    """In each process once; Ctrl-C at a terminal reaches all of them, and only the first is to tell of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _desks.append(ValidationDesk(request))


def _judge(batch: Batch) -> tuple[PieceResult, ...]:
    return tuple(_desks[0].judge(piece) for piece in batch)
