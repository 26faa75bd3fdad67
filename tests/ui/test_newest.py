"""The newest of what is asked is answered, and nothing else."""

from __future__ import annotations

import asyncio

from tests.ui.conftest import Run
from ui.newest import Newest
from ui.tasks import Report, Tasks
from workbench.errors import WorkbenchError


async def give(answer: str) -> str:
    await asyncio.sleep(0.01)
    return answer


async def fail() -> str:
    await asyncio.sleep(0.01)
    raise WorkbenchError("It went wrong.")


async def finished(newest: Newest) -> None:
    while newest.is_running:  # noqa: ASYNC110  # it tells of its end by no event when nothing is wanted any more
        await asyncio.sleep(0.005)


def gather(tasks: Tasks) -> tuple[Newest, list[object]]:
    newest, told = Newest(tasks), list[object]()
    newest.answered.connect(told.append)
    newest.failed.connect(told.append)
    return newest, told


def test_of_many_only_the_newest_is_answered_and_those_between_are_never_begun(tasks: Tasks, run: Run) -> None:
    newest, told = gather(tasks)
    begun: list[str] = []

    async def begin(answer: str) -> str:
        begun.append(answer)
        return await give(answer)

    async def story() -> None:
        for answer in ("first", "second", "third"):
            newest.ask(lambda answer=answer: begin(answer))
            await asyncio.sleep(0)
        await finished(newest)

    run(story())
    assert told == ["third"]
    assert begun == ["first", "third"]


def test_a_failure_that_was_overtaken_is_of_no_interest(tasks: Tasks, run: Run, reports: list[Report]) -> None:
    newest, told = gather(tasks)

    async def story() -> None:
        newest.ask(fail)
        newest.ask(lambda: give("later"))
        await finished(newest)

    run(story())
    assert told == ["later"]
    assert reports == []


def test_a_failure_is_told_and_the_next_one_works(tasks: Tasks, run: Run, reports: list[Report]) -> None:
    newest, told = gather(tasks)

    async def story() -> None:
        newest.ask(fail)
        await finished(newest)
        newest.ask(lambda: give("again"))
        await finished(newest)

    run(story())
    assert told == [Report("It went wrong."), "again"]
    assert reports == []


def test_what_is_overtaken_is_not_answered(tasks: Tasks, run: Run) -> None:
    newest, told = gather(tasks)

    async def story() -> None:
        newest.ask(lambda: give("stale"))
        newest.overtake()
        await finished(newest)

    run(story())
    assert told == []


def test_closing_ends_also_what_waits_its_turn(tasks: Tasks, run: Run) -> None:
    newest, told = gather(tasks)

    async def story() -> None:
        newest.ask(lambda: give("under way"))
        newest.ask(lambda: give("next"))
        await tasks.stop_all()
        assert tasks.running == ()

    run(story())
    assert told == []
