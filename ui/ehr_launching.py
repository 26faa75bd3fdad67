"""EHR launching: one launch from a simulated site, from the form until the app has used its token or was refused."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from ui.bench import Bench, SandboxState
from ui.launch_choices import EhrLaunch
from ui.launches import launch_as_ehr
from ui.tasks import Report, Task
from workbench.exchange import Exchange
from workbench.smart_app.launch_refusal import NEEDS_A_PERSON, LaunchRefused

if TYPE_CHECKING:
    from workbench.workspace.launch_watch import LaunchWatch

How = Literal["browser", "link", "script"]


class EhrLaunching(QObject):
    """`opened` carries how the app is to be opened and its address, `exchanged` what a scripted user does at the app.

    `told` carries a verdict and how far the app has come; the exchanges of the site are given to `take`.
    """

    opened = Signal(str, str)
    exchanged = Signal(object)
    told = Signal(str, str)
    failed = Signal(str)

    def __init__(self, bench: Bench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._task: Task | None = None
        self._watch: LaunchWatch | None = None

    @property
    def is_running(self) -> bool:
        return self._task is not None and self._task.running

    def start(self, state: SandboxState, chosen: EhrLaunch, how: How) -> None:
        """Open the app; what a scripted user was at is stopped."""
        self.wait()
        self._task = self._bench.tasks.stream(
            self._open(state, chosen, how),
            on_item=self._take,
            on_error=self._fail,
            name="Launching from the EHR",
            owner=self,
        )

    def wait(self) -> None:
        """Open nothing: the app, or a backend service, comes by itself."""
        from workbench.workspace.launch_watch import LaunchWatch

        self.stop()
        self._watch = LaunchWatch()

    def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None and task.running:
            task.cancel()

    def take(self, exchange: Exchange) -> None:
        """Tell how far the app has come with this exchange, which the site saw."""
        watch = self._watch
        if watch is None:
            return
        watch.add(exchange)
        if watch.refusal:
            self.told.emit("fail", watch.refusal)
        elif watch.reached:
            self.told.emit("pass" if watch.is_over else "running", watch.sentence)

    async def _open(
        self, state: SandboxState, chosen: EhrLaunch, how: How
    ) -> AsyncGenerator[tuple[How, str] | Exchange | LaunchRefused, None]:
        address = await launch_as_ehr(self._bench, state.id, chosen)
        yield how, address
        if how != "script":
            return
        from workbench.app_launch.scripted_user import ScriptedUser
        from workbench.workspace.ehr_launch import visit_app

        context = chosen.context
        visit_of = {None: "", "": "none"}.get(context.encounter, context.encounter) or ""
        user = ScriptedUser(context.user, context.patient, visit_of)
        async with aclosing(visit_app(self._bench.http, user, address, site=state.fhir_base)) as events:
            async for event in events:
                yield event

    def _take(self, event: object) -> None:
        if isinstance(event, Exchange):
            self.exchanged.emit(event)
            self._bench.add_exchange(event)
        elif isinstance(event, LaunchRefused):
            self.told.emit("error" if event.error == NEEDS_A_PERSON else "fail", event.sentence)
        elif isinstance(event, tuple):
            self.told.emit("running", "The app is opened. Its launch is told as it goes on.")
            self.opened.emit(*event)

    def _fail(self, report: Report) -> None:
        self.failed.emit(f"{report.sentence} {report.hint}".strip())
