"""Validation run: files held against a request, in this process or in several side by side, told while it runs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence

from workbench.issue import Issue
from workbench.workspace.steps import finish_in_turn
from workbench.workspace.validation_desk import MOST_ISSUES, PieceResult, ValidationDesk
from workbench.workspace.validation_input import Batch, Input, Piece, divide
from workbench.workspace.validation_result import (
    FileFinished,
    FileResult,
    FileStarted,
    ValidationEvent,
    ValidationRequest,
    keep_gravest,
)

Judge = Callable[[Batch], Awaitable[tuple[PieceResult, ...]]]
# Each piece with the index of its file, and None at each file's end.
_Step = tuple[int, Piece | None]
# Batches that wait at each process, so that none is idle, and beyond them for whoever is free first.
_AHEAD = 3
_SPARE = 16
# Bytes that go to a process at once, so that small files cost no message each; a file counts as this many at least.
_BATCH = 1 << 18
_LEAST = 1 << 12


async def validate_files(
    inputs: Sequence[Input], request: ValidationRequest, *, jobs: int = 1
) -> AsyncGenerator[ValidationEvent, None]:
    """Yield when each file starts and what it came to, in the order of `inputs` whatever is ready first.

    One of the `jobs` is this process. Raises WorkbenchError where the request names what is not here, before the first
    event.
    """
    own = _judge_here(ValidationDesk(request))
    if jobs <= 1:
        async for event in _tell(inputs, _batches(inputs, 1), [own], 1):
            yield event
        return
    from workbench.workspace.validation_processes import open_processes

    async with open_processes(request, jobs - 1) as judge:
        judges = [own, *[judge] * ((jobs - 1) * _AHEAD)]
        async for event in _tell(inputs, _batches(inputs, _BATCH), judges, len(judges) + _SPARE):
            yield event


async def _tell(
    inputs: Sequence[Input], batches: Iterator[tuple[_Step, ...]], judges: Sequence[Judge], ahead: int
) -> AsyncGenerator[ValidationEvent, None]:
    """Batches are begun ahead of the file that is told, each by whoever is free first, and told in their order."""
    free: asyncio.Queue[Judge] = asyncio.Queue()
    for judge in judges:
        free.put_nowait(judge)
    begun: deque[tuple[tuple[_Step, ...], asyncio.Future[tuple[PieceResult, ...]]]] = deque()
    found: list[PieceResult] = []
    try:
        while True:
            while len(begun) < ahead and (steps := next(batches, None)) is not None:
                begun.append((steps, asyncio.ensure_future(_judge_in_turn(steps, free))))
            if not begun:
                return
            steps, judged = begun.popleft()
            at = 0
            for index, piece in steps:
                if piece is None:
                    yield FileFinished(_sum_up(inputs[index].name, found), index, len(inputs))
                    found = []
                    continue
                if not found:
                    yield FileStarted(inputs[index].name, index, len(inputs))
                found.append((await judged)[at])
                at += 1
    finally:
        for _, judged in begun:
            judged.cancel()


async def _judge_in_turn(steps: Sequence[_Step], free: asyncio.Queue[Judge]) -> tuple[PieceResult, ...]:
    judge = await free.get()
    try:
        return await judge(tuple(piece for _, piece in steps if piece is not None))
    finally:
        free.put_nowait(judge)


def _batches(inputs: Sequence[Input], size: int) -> Iterator[tuple[_Step, ...]]:
    """The steps of all files, together as long as they come to less than `size`."""
    gathered: list[_Step] = []
    weight = 0
    for index, piece in _pieces(inputs):
        gathered.append((index, piece))
        weight += 0 if piece is None else _weigh(piece)
        if weight >= size:
            yield tuple(gathered)
            gathered, weight = [], 0
    if gathered:
        yield tuple(gathered)


def _weigh(piece: Piece) -> int:
    try:
        size = sum(len(text) for _, text in piece.texts) or piece.path.stat().st_size
    except OSError:
        size = 0
    return max(size, _LEAST)


def _pieces(inputs: Sequence[Input]) -> Iterator[_Step]:
    for index, item in enumerate(inputs):
        try:
            for piece in divide(item):
                yield index, piece
        except OSError:
            yield index, Piece(item.path)  # whoever reads it says why it cannot be read
        yield index, None


def _sum_up(name: str, found: Sequence[PieceResult]) -> FileResult:
    if not found:
        return FileResult(name, (Issue("fatal", "structure", "It holds no resource.", rule="syntax"),), resources=0)
    issues = [issue for result in found for issue in result.issues]
    first = found[0]
    return FileResult(
        file=name,
        issues=keep_gravest(issues, MOST_ISSUES),
        against=first.against,
        resources=sum(result.resources for result in found),
        duration=sum(result.duration for result in found),
        failure=next((result.failure for result in found if result.failure), ""),
        more=sum(result.more for result in found) + max(len(issues) - MOST_ISSUES, 0),
    )


def _judge_here(desk: ValidationDesk) -> Judge:
    async def judge(batch: Batch) -> tuple[PieceResult, ...]:
        return tuple([await finish_in_turn(desk.judge_in_steps(piece)) for piece in batch])

    return judge
