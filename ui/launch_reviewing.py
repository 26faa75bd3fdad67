"""Launch reviewing: the exchanges of a launch held against the clauses, beside the window and while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ui.bench import Bench
from ui.launches import load_launches
from ui.newest import Newest
from ui.tasks import beside
from workbench.exchange import Exchange

if TYPE_CHECKING:
    from workbench.launch_review.review import LaunchFacts, LaunchReview

# Exchanges of a launch come close together: they are reviewed once none came for so long, in milliseconds.
_REST = 250
# A longer row is reviewed in another process, since in a thread it would hold up the window now and then.
_SHORT = 40


class LaunchReviewing(QObject):
    """`reviewed` carries the newest review; `begin` takes what gives the exchanges, which `ask_soon` asks for."""

    reviewed = Signal(object)

    def __init__(self, bench: Bench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._facts: Callable[[], LaunchFacts | None] = lambda: None
        self._exchanges: Callable[[], tuple[Exchange, ...]] = tuple
        self._newest = Newest(bench.tasks, self)
        self._newest.answered.connect(self.reviewed)
        self._newest.failed.connect(bench.tasks.failed)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST)
        self._rest.timeout.connect(self._ask)

    @property
    def is_running(self) -> bool:
        return self._newest.is_running or self._rest.isActive()

    def begin(self, exchanges: Callable[[], tuple[Exchange, ...]], facts: Callable[[], LaunchFacts | None]) -> None:
        """Review another launch from now on; `facts` gives what its exchanges do not show, as it is at each review."""
        self._rest.stop()
        self._newest.overtake()
        self._exchanges, self._facts = exchanges, facts

    def ask_soon(self) -> None:
        self._rest.start()

    def _ask(self) -> None:
        exchanges = self._exchanges()
        if exchanges:
            self._newest.ask(partial(self._review, exchanges, self._facts()))

    async def _review(self, exchanges: tuple[Exchange, ...], facts: LaunchFacts | None) -> LaunchReview:
        await beside(load_launches)
        from workbench.launch_review.judge import review_launch

        if len(exchanges) <= _SHORT:
            return await beside(review_launch, exchanges, facts=facts)
        return await self._bench.process.run(review_launch, exchanges, facts=facts)
