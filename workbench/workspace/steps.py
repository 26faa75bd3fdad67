"""Steps: work that pauses between its parts, so that a Ctrl-C is heard, and its result at the end."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

_Result = TypeVar("_Result")
Steps = Generator[None, None, _Result]


def finish(steps: Steps[_Result]) -> _Result:
    """The result of work that is done without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: _Result = done.value
            return result


async def finish_in_turn(steps: Steps[_Result]) -> _Result:
    """The result of work at whose pauses others have their turn, and cancelling stops it."""
    import asyncio

    while True:
        await asyncio.sleep(0)
        try:
            next(steps)
        except StopIteration as done:
            result: _Result = done.value
            return result
