"""Checking: the check of one document's text beside the window, the newest text last, what was overtaken dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ui.bench import Bench
from ui.tasks import Report, Task
from workbench.workspace.text_check import check_text

if TYPE_CHECKING:
    from workbench.workspace.check_choices import CheckChoice
    from workbench.workspace.text_check import TextCheck

# A check that is over sooner than this needs no words meanwhile.
_PATIENCE = 300


class Checking(QObject):
    """`finished` carries what was found; `waiting` comes where that takes a while; `failed` is a fault of our own."""

    finished = Signal(object)
    waiting = Signal()
    failed = Signal(object)

    def __init__(self, bench: Bench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._task: Task | None = None
        self._next: tuple[str, CheckChoice] | None = None
        self._overtaken = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE)
        self._patience.timeout.connect(self.waiting)

    @property
    def is_running(self) -> bool:
        return self._task is not None

    def ask(self, text: str, choice: CheckChoice) -> None:
        """Check `text`, at once or after the check under way, whose answer is then dropped."""
        self._next = (text, choice)
        if self._task is None:
            self._start()

    def overtake(self) -> None:
        """The text has changed: what is being found has no place in it any more."""
        self._overtaken = True
        self._next = None

    def _start(self) -> None:
        if self._next is None:
            return
        text, choice = self._next
        self._next, self._overtaken = None, False
        self._patience.start()
        self._task = self._bench.tasks.start(
            self._bench.checker.run(check_text, text, choice), on_done=self._take, on_error=self._fail, owner=self
        )
        self._task.finished.connect(self._go_on)

    def _take(self, check: TextCheck) -> None:
        if not self._overtaken and self._next is None:
            self._patience.stop()
            self.finished.emit(check)

    def _fail(self, report: Report) -> None:
        self._patience.stop()
        self.failed.emit(report)

    def _go_on(self) -> None:
        self._task = None
        self._start()
