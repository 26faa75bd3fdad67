"""Replays: scenarios running at chosen targets, one target after another, with what each has said so far."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from ui.bench import Bench, SandboxState
from ui.tasks import Report, Task
from workbench.errors import WorkbenchError
from workbench.scenario.scenario import (
    ReplayEvent,
    ReplayFinished,
    Scenario,
    StepFinished,
    StepResult,
    StepStarted,
    Verdict,
)

Data = Literal["fresh", "running"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to replay: a sandbox as it runs now, or a simulated site started anew with its first data."""

    sandbox_id: str
    name: str
    data: Data

    @property
    def title(self) -> str:
        return f"{self.name}, fresh data" if self.data == "fresh" else f"{self.name}, as it runs now"


@dataclass(eq=False)
class Run:
    """One replay at one target, as far as it has come."""

    target: Target
    results: dict[int, StepResult] = field(default_factory=dict)
    running: int | None = None
    finished: ReplayFinished | None = None
    error: str = ""
    stopped: bool = False

    @property
    def verdict(self) -> str:
        if self.error:
            return "error"
        if self.stopped:
            return "skip"
        return self.finished.verdict if self.finished is not None else "running"

    @property
    def sentence(self) -> str:
        """How it stands in words, such as `5 of 6 steps passed, 1 failed · 320 ms`."""
        if self.error:
            return self.error
        verdicts = [result.verdict for result in self.results.values()]
        counts = [(word, verdicts.count(key)) for key, word in _COUNTED if verdicts.count(key)]
        said = ", ".join(f"{count} {word}" for word, count in counts) or "starting"
        if self.stopped:
            return f"stopped by you; {said}"
        return f"{said} · {self.finished.duration * 1000:,.0f} ms" if self.finished is not None else said


_COUNTED: tuple[tuple[Verdict, str], ...] = (
    ("pass", "passed"),
    ("fail", "failed"),
    ("error", "in error"),
    ("skip", "skipped"),
)


def list_targets(sandboxes: Iterable[SandboxState]) -> tuple[Target, ...]:
    """Each simulated site with fresh data, then whatever runs or is remote."""
    states = tuple(sandboxes)
    fresh = [Target(state.id, state.name, "fresh") for state in states if state.kind == "simulated"]
    running = [
        Target(state.id, state.name, "running") for state in states if state.kind == "remote" or state.state == "up"
    ]
    return (*fresh, *running)


class Replays(QObject):
    """`changed` carries the run that moved on; runs started together go one after another."""

    changed = Signal(object)
    finished = Signal()

    def __init__(self, bench: Bench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._task: Task | None = None
        self.runs: list[Run] = []

    @property
    def is_running(self) -> bool:
        return self._task is not None and self._task.running

    def start(self, scenario: Scenario, targets: tuple[Target, ...]) -> None:
        """Replay `scenario` at each of `targets`; what an earlier replay said is gone from here."""
        self.stop()
        self.runs = [Run(target) for target in targets]
        if not self.runs:
            return
        self._task = self._bench.tasks.stream(
            self._replay_all(scenario, tuple(self.runs)),
            on_item=self.changed.emit,
            on_done=self._finish,
            on_error=self._fail,
            name=f"Replaying “{scenario.name}”",
            owner=self,
        )
        self.changed.emit(self.runs[0])

    def stop(self) -> None:
        """Stop at once; the step under way is not judged."""
        if self._task is None or not self._task.running:
            return
        self._task.cancel()
        self._task = None
        for run in self.runs:
            if run.finished is None and not run.error:
                run.stopped = True
                run.running = None
                self.changed.emit(run)
        self.finished.emit()

    async def _replay_all(self, scenario: Scenario, runs: tuple[Run, ...]) -> AsyncIterator[Run]:
        steps = len(scenario.steps) * len(runs)
        for done, run in enumerate(runs):
            events = self._replay(scenario, run.target)
            try:
                async for event in events:
                    self._take(run, event)
                    if self._task is not None:
                        at = done * len(scenario.steps) + len(run.results)
                        self._task.set_progress(at, steps, f"{at} of {steps} steps")
                    yield run
            except WorkbenchError as error:
                run.error = str(error)
                run.running = None
                yield run
            finally:
                await events.aclose()

    async def _replay(self, scenario: Scenario, target: Target) -> AsyncGenerator[ReplayEvent, None]:
        from workbench.scenario.runner import replay

        if target.data == "running":
            endpoints = await asyncio.to_thread(self._bench.endpoints_of, target.sandbox_id)
            async for event in replay(scenario, endpoints, on_user=_open_browser):
                yield event
            return
        sandbox = await asyncio.to_thread(self._bench.workspace.make_sandbox, target.sandbox_id)
        await sandbox.start()
        try:
            async for event in replay(scenario, self._bench.workspace.endpoints_of(sandbox)):
                yield event
        finally:
            await sandbox.stop()

    def _take(self, run: Run, event: ReplayEvent) -> None:
        if isinstance(event, StepStarted):
            run.running = event.index
        elif isinstance(event, StepFinished):
            run.running = None
            run.results[event.index] = event.result
            for exchange in event.result.exchanges:
                self._bench.add_exchange(exchange)
        elif isinstance(event, ReplayFinished):
            run.finished = event

    def _finish(self) -> None:
        self._task = None
        self.finished.emit()

    def _fail(self, report: Report) -> None:
        for run in self.runs:
            if run.finished is None and not run.error:
                run.error = report.sentence
                run.running = None
                self.changed.emit(run)
        self._finish()


async def _open_browser(address: str) -> None:
    """Let a person sign in, where a launch names no user; only at a sandbox that is not thrown away afterwards."""
    if not QDesktopServices.openUrl(QUrl(address)):
        raise WorkbenchError("No browser could be opened for the sign-in.", hint="Name a user in the launch step.")
