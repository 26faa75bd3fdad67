"""The process beside the window."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from tests.ui.conftest import Run
from ui.work_process import WorkProcess
from workbench.errors import WorkbenchError


@pytest.fixture
def process() -> Iterator[WorkProcess]:
    made = WorkProcess()
    yield made
    made.close()


def refuse(message: str) -> None:
    raise WorkbenchError(message, hint="Do this.", line=3)


class _Odd(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def fail_oddly() -> None:
    raise _Odd(1, 2)


def test_work_is_done_in_another_process_that_stays(process: WorkProcess, run: Run) -> None:
    async def story() -> tuple[int, int]:
        return await process.run(os.getpid), await process.run(os.getpid)

    first, second = run(story())
    assert first == second
    assert first != os.getpid()


def test_megabytes_go_there_and_come_back(process: WorkProcess, run: Run) -> None:
    data = bytes(range(256)) * 40_000
    assert run(process.run(bytes.upper, data)) == data.upper()


def test_two_at_once_are_done_one_after_the_other(process: WorkProcess, run: Run) -> None:
    async def story() -> list[int]:
        return list(await asyncio.gather(*(process.run(abs, -number) for number in range(5))))

    assert run(story()) == [0, 1, 2, 3, 4]


def count_up(steps: int, *, tell: Callable[[float], object]) -> int:
    for step in range(steps):
        time.sleep(0.002)
        tell((step + 1) / steps)
    return steps


def test_long_work_tells_how_far_it_is_a_few_times_a_second(process: WorkProcess, run: Run) -> None:
    told: list[float] = []
    assert run(process.follow(told.append, count_up, 400)) == 400
    assert 2 <= len(told) < 200
    assert told == sorted(told) and all(0 < done <= 1 for done in told)
    assert run(process.run(abs, -3)) == 3


def test_an_error_in_words_comes_back_with_its_hint_and_place(process: WorkProcess, run: Run) -> None:
    with pytest.raises(WorkbenchError) as caught:
        run(process.run(refuse, "Not so."))
    assert (caught.value.message, caught.value.hint, caught.value.line) == ("Not so.", "Do this.", 3)


def test_an_error_that_cannot_travel_comes_back_in_words(process: WorkProcess, run: Run) -> None:
    with pytest.raises(RuntimeError, match="1 and 2"):
        run(process.run(fail_oddly))


def test_cancelling_ends_the_work_and_the_next_starts_anew(process: WorkProcess, run: Run) -> None:
    async def story() -> tuple[float, int]:
        await process.warm()
        began = time.monotonic()
        task = asyncio.ensure_future(process.run(time.sleep, 15))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began, await process.run(abs, -3)

    waited, answer = run(story())
    assert waited < 5
    assert answer == 3


def test_work_after_many_cancelled_ones_is_not_ended_with_them(process: WorkProcess, run: Run) -> None:
    async def story() -> list[int]:
        found = []
        for number in range(6):
            task = asyncio.ensure_future(process.run(time.sleep, 15))
            await asyncio.sleep(0.05)
            task.cancel()
            found.append(await process.run(abs, -number))
        return found

    assert run(story()) == list(range(6))


def test_a_process_that_dies_is_told_and_replaced(process: WorkProcess, run: Run) -> None:
    with pytest.raises(WorkbenchError, match="has ended"):
        run(process.run(os._exit, 3))
    assert run(process.run(abs, -3)) == 3


@pytest.mark.skipif(os.name != "posix", reason="signals to a process are sent so on POSIX alone")
def test_an_interrupt_in_the_terminal_is_left_to_the_window(process: WorkProcess, run: Run) -> None:
    other = run(process.run(os.getpid))
    os.kill(other, signal.SIGINT)
    assert run(process.run(os.getpid)) == other


def test_after_closing_nothing_starts(process: WorkProcess, run: Run) -> None:
    process.close()
    with pytest.raises(WorkbenchError, match="closing"):
        run(process.run(abs, -3))
