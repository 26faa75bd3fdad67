"""Newest: one piece of work at a time, and of what is asked meanwhile the newest alone; the rest is dropped."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal

from ui.tasks import Report, Task, Tasks

Work = Callable[[], Coroutine[Any, Any, object]]


class Newest(QObject):
    """`answered` carries what the newest work came to, `failed` the report of why it came to nothing."""

    answered = Signal(object)
    failed = Signal(object)

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._task: Task | None = None
        self._next: Work | None = None
        self._overtaken = False

    @property
    def is_running(self) -> bool:
        return self._task is not None

    def ask(self, work: Work) -> None:
        """Do it at once, or after what is under way, whose answer is then dropped."""
        self._next = work
        if self._task is None:
            self._start()

    def overtake(self) -> None:
        """Whatever is asked or under way is of no interest any more."""
        self._overtaken = True
        self._next = None

    def _start(self) -> None:
        work, self._next = self._next, None
        if work is not None:
            self._overtaken = False
            self._task = self._tasks.start(work(), on_done=self._take, on_error=self._fail, owner=self)
            self._task.finished.connect(self._go_on)

    def _take(self, answer: object) -> None:
        if self._is_wanted:
            self.answered.emit(answer)

    def _fail(self, report: Report) -> None:
        if self._is_wanted:
            self.failed.emit(report)

    @property
    def _is_wanted(self) -> bool:
        return not self._overtaken and self._next is None

    def _go_on(self) -> None:
        self._task = None
        self._start()
