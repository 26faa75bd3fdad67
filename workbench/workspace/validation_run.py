"""Validation run: files held against a request, in this process or in several side by side, told while it runs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence

from workbench.issue import Issue
from workbench.workspace.validation_desk import MOST_ISSUES, PieceResult, ValidationDesk
from workbench.workspace.validation_input import Input, Piece, divide
from workbench.workspace.validation_result import (
    FileFinished,
    FileResult,
    FileStarted,
    ValidationEvent,
    ValidationRequest,
    keep_gravest,
)

Judge = Callable[[Piece], Awaitable[PieceResult]]
# Pieces that wait for each process, so that none is idle and little lies in memory.
_AHEAD = 3


async def validate_files(
    inputs: Sequence[Input], request: ValidationRequest, *, jobs: int = 1
) -> AsyncGenerator[ValidationEvent, None]:
    """Yield when each file starts and what it came to, in the order of `inputs` whatever is ready first.

    Raises WorkbenchError where the request names what is not here, before the first event.
    """
    desk = ValidationDesk(request)
    if jobs <= 1:
        async for event in _tell(inputs, _judge_here(desk), 1):
            yield event
        return
    from workbench.workspace.validation_processes import open_processes

    async with open_processes(request, jobs) as judge:
        async for event in _tell(inputs, judge, jobs * _AHEAD):
            yield event


async def _tell(inputs: Sequence[Input], judge: Judge, ahead: int) -> AsyncGenerator[ValidationEvent, None]:
    """Pieces are begun ahead of the file that is told, and told in their order."""
    begun: deque[tuple[int, asyncio.Future[PieceResult] | None]] = deque()
    pieces, found = _pieces(inputs), list[PieceResult]()
    try:
        while True:
            while len(begun) < ahead and (following := next(pieces, None)) is not None:
                index, piece = following
                begun.append((index, None if piece is None else asyncio.ensure_future(judge(piece))))
            if not begun:
                return
            index, result = begun.popleft()
            if not found:
                yield FileStarted(inputs[index].name, index, len(inputs))
            if result is not None:
                found.append(await result)
            else:
                yield FileFinished(_sum_up(inputs[index].name, found), index, len(inputs))
                found = []
    finally:
        for _, result in begun:
            if result is not None:
                result.cancel()


def _pieces(inputs: Sequence[Input]) -> Iterator[tuple[int, Piece | None]]:
    """Each piece with the index of its file, and None at each file's end."""
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
    async def judge(piece: Piece) -> PieceResult:
        await asyncio.sleep(0)  # the one moment at which Ctrl-C is heard
        return desk.judge(piece)

    return judge
