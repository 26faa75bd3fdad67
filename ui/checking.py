"""Checking: the check of one document's text beside the window, the newest text alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ui.bench import Bench
from ui.newest import Newest
from ui.tasks import Report
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.workspace.text_check import TextCheck

# A check that is over sooner than this needs no words meanwhile.
_PATIENCE = 300
# A check that takes longer, in seconds, would keep the ones after it waiting.
_LIMIT = 120


class Checking(QObject):
    """`finished` carries what was found; `waiting` comes where that takes a while; `failed` is a fault of our own."""

    finished = Signal(object)
    waiting = Signal()
    failed = Signal(object)

    def __init__(self, bench: Bench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._newest = Newest(bench.tasks, self)
        self._newest.answered.connect(self._take)
        self._newest.failed.connect(self._fail)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE)
        self._patience.timeout.connect(self.waiting)

    @property
    def is_running(self) -> bool:
        return self._newest.is_running

    def ask(self, work: Callable[[], TextCheck]) -> None:
        """Do `work`, a function of a module with what it is given, in the process that checks."""
        self._patience.start()
        self._newest.ask(partial(self._check, work))

    async def _check(self, work: Callable[[], TextCheck]) -> TextCheck:
        """Giving up ends the process, and whatever it was lost in; the next check starts another."""
        try:
            async with asyncio.timeout(_LIMIT):
                return await self._bench.checker.run(work)
        except TimeoutError as error:
            raise WorkbenchError(
                f"The check was given up after {_LIMIT} seconds.",
                hint="“workbench validate” takes as long as it needs.",
            ) from error

    def overtake(self) -> None:
        """The text has changed: what is being found has no place in it any more."""
        self._patience.stop()
        self._newest.overtake()

    def _take(self, check: TextCheck) -> None:
        self._patience.stop()
        self.finished.emit(check)

    def _fail(self, report: Report) -> None:
        self._patience.stop()
        self.failed.emit(report)
