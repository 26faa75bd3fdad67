from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from PySide6.QtCore import QObject
from shiboken6 import delete

from ui.tasks import Report, Tasks, make_report
from workbench.errors import WorkbenchError
from workbench.smart.secrets import mask_text

Run = Callable[[Coroutine[Any, Any, Any]], Any]


async def give(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def fail(error: Exception) -> None:
    await asyncio.sleep(0)
    raise error


def test_result_reaches_its_callback(tasks: Tasks, run: Run) -> None:
    found: list[int] = []

    async def story() -> None:
        await tasks.start(give(3), on_done=found.append).wait()
        await asyncio.sleep(0)

    run(story())
    assert found == [3]
    assert tasks.running == ()


def test_workbench_error_is_shown_as_its_sentence(tasks: Tasks, run: Run, reports: list[Report]) -> None:
    async def story() -> None:
        await tasks.start(fail(WorkbenchError("Port 2575 is in use.", hint="Choose another."))).wait()
        await asyncio.sleep(0)

    run(story())
    assert reports == [Report("Port 2575 is in use.", "Choose another.")]


def test_any_other_exception_is_shown_with_details(tasks: Tasks, run: Run, reports: list[Report]) -> None:
    async def story() -> None:
        await tasks.start(fail(KeyError("no such thing"))).wait()
        await asyncio.sleep(0)

    run(story())
    assert "KeyError" in reports[0].sentence
    assert "no such thing" in reports[0].details


def test_caller_who_takes_the_report_keeps_it_from_the_window(tasks: Tasks, run: Run, reports: list[Report]) -> None:
    taken: list[Report] = []

    async def story() -> None:
        await tasks.start(fail(WorkbenchError("No.")), on_error=taken.append).wait()
        await asyncio.sleep(0)

    run(story())
    assert [report.sentence for report in taken] == ["No."]
    assert reports == []


def test_exception_in_a_callback_reaches_the_screen(tasks: Tasks, run: Run, reports: list[Report]) -> None:
    def break_down(_: int) -> None:
        raise ValueError("in the callback")

    async def story() -> None:
        await tasks.start(give(1), on_done=break_down).wait()
        await asyncio.sleep(0.01)

    run(story())
    assert "ValueError" in reports[0].sentence
    assert tasks.running == ()


def test_cancelled_task_calls_nobody(tasks: Tasks, run: Run, reports: list[Report]) -> None:
    called: list[object] = []

    async def story() -> None:
        task = tasks.start(asyncio.sleep(10, 1), on_done=called.append, on_error=called.append)
        task.cancel()
        await task.wait()
        await asyncio.sleep(0)

    run(story())
    assert called == []
    assert reports == []
    assert tasks.running == ()


def test_stream_hands_items_over_and_closes_when_cancelled(tasks: Tasks, run: Run) -> None:
    found: list[int] = []
    closed: list[bool] = []
    third = asyncio.Event()

    async def count() -> AsyncIterator[int]:
        try:
            for number in range(1000):
                yield number
                if number == 2:
                    third.set()
                await asyncio.sleep(0.001)
        finally:
            closed.append(True)

    async def story() -> None:
        task = tasks.stream(count(), on_item=found.append)
        await third.wait()
        task.cancel()
        await task.wait()

    run(story())
    assert found[:3] == [0, 1, 2]
    assert len(found) < 1000
    assert closed == [True]


def test_task_outlives_its_panel_and_does_not_call_it(tasks: Tasks, run: Run, reports: list[Report]) -> None:
    class Panel(QObject):
        def take(self, value: int) -> None:
            called.append(value)

    called: list[int] = []
    panel = Panel()

    async def story() -> None:
        first = tasks.start(give(1), on_done=panel.take)
        second = tasks.start(give(2), on_done=lambda value: called.append(value), owner=panel)
        third = tasks.start(fail(WorkbenchError("It failed.")), on_error=lambda report: None, owner=panel)
        delete(panel)
        for task in (first, second, third):
            await task.wait()
        await asyncio.sleep(0)

    run(story())
    assert called == []
    assert [report.sentence for report in reports] == ["It failed."]


def test_progress_is_told(tasks: Tasks, run: Run) -> None:
    told: list[float | None] = []

    async def story() -> None:
        task = tasks.start(give(1), name="Counting")
        tasks.changed.connect(lambda: told.extend(each.progress for each in tasks.running))
        task.set_progress(3, 4)
        await task.wait()

    run(story())
    assert 0.75 in told


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer s3cr3t-canary",
        "access_token=s3cr3t-canary&x=1",
        '{"refresh_token": "s3cr3t-canary"}',
        "client_secret='s3cr3t-canary'",
        "eyJhbGciOiJIUzI1NiJ9.s3cr3t-canary.sig",
    ],
)
def test_details_hold_no_secret(text: str) -> None:
    assert "s3cr3t-canary" not in mask_text(text)
    assert "s3cr3t-canary" not in make_report(ValueError(text)).details


def test_work_that_cleans_up_is_left_to_it_however_often_it_is_stopped(tasks: Tasks, run: Run) -> None:
    done: list[str] = []

    async def hold_port(opened: asyncio.Event) -> None:
        opened.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)
            done.append("closed")

    async def story() -> None:
        opened = asyncio.Event()
        task = tasks.start(hold_port(opened))
        await opened.wait()
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        await tasks.stop_all()

    run(story())
    assert done == ["closed"]
    assert tasks.running == ()


def test_work_that_never_ends_its_cleaning_up_is_left_behind(tasks: Tasks, run: Run) -> None:
    async def hang(opened: asyncio.Event, let_go: asyncio.Event) -> None:
        opened.set()
        try:
            await asyncio.Event().wait()
        finally:
            await let_go.wait()

    async def story() -> None:
        opened, let_go = asyncio.Event(), asyncio.Event()
        task = tasks.start(hang(opened, let_go))
        await opened.wait()
        await tasks.stop_all(within=0.05)
        assert task.running
        let_go.set()
        await task.wait()

    run(story())


def test_what_the_end_of_work_starts_is_stopped_too(tasks: Tasks, run: Run) -> None:
    async def again(opened: asyncio.Event) -> None:
        opened.set()
        try:
            await asyncio.Event().wait()
        finally:
            tasks.start(asyncio.sleep(60))

    async def story() -> None:
        opened = asyncio.Event()
        tasks.start(again(opened))
        await opened.wait()
        await tasks.stop_all()

    run(story())
    assert tasks.running == ()
