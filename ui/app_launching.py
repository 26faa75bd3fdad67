"""App launching: one launch with the workbench as the app, from the form to its outcome, and what follows it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import QObject, Signal

from ui.bench import Bench, SandboxState
from ui.launch_choices import AppLaunch
from ui.launches import Open, launch_as_app, make_launch_step
from ui.tasks import Report, Task
from workbench.exchange import Exchange
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused


class AppLaunching(QObject):
    """`exchanged` carries each exchange, `waiting` what is waited for and what to do for it, `failed` words, and
    `ended` the outcome.

    `answered` carries what came of something that was asked with the token.
    """

    exchanged = Signal(object)
    waiting = Signal(str, str)
    ended = Signal(object)
    answered = Signal(object)
    failed = Signal(str)

    def __init__(self, bench: Bench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._task: Task | None = None
        self._chosen: AppLaunch | None = None
        self._made: list[Exchange] = []

    @property
    def is_running(self) -> bool:
        return self._task is not None and self._task.running

    def start(self, chosen: AppLaunch, open_browser: Open) -> None:
        """Launch anew; what was under way is stopped."""
        self.stop()
        self._chosen, self._made = chosen, []
        self._task = self._bench.tasks.stream(
            launch_as_app(self._bench, self.state, chosen, open_browser),
            on_item=self._take,
            on_error=self._fail,
            name="Launching as an app",
            owner=self,
        )

    def stop(self) -> bool:
        """Stop waiting for the browser, whose port is freed; False where nothing was under way."""
        task, self._task = self._task, None
        if task is None or not task.running:
            return False
        task.cancel()
        return True

    def ask(self, kind: str, result: LaunchResult) -> None:
        """Ask the site something with the token: refresh, introspection, revocation, userinfo or keys."""
        state = self.state

        async def send() -> tuple[Exchange, object]:
            from workbench.app_launch import token_requests

            asks: dict[str, Callable[..., Awaitable[tuple[Exchange, object]]]] = {
                "refresh": token_requests.refresh_launch,
                "introspection": token_requests.introspect_token,
                "revocation": token_requests.revoke_token,
                "userinfo": token_requests.read_userinfo,
                "keys": token_requests.refetch_keys,
            }
            client = await self._bench.http_to(state.id) if state is not None else self._bench.http
            return await asks[kind](client, result, receiver=state.name if state is not None else "")

        def done(told: tuple[Exchange, object]) -> None:
            exchange, answer = told
            self.exchanged.emit(exchange)
            self._bench.add_exchange(exchange)
            self.answered.emit(answer)

        self._bench.tasks.start(send(), on_done=done, name=f"Asking the site: {kind}", owner=self)

    @property
    def state(self) -> SandboxState | None:
        """The sandbox that the launch is at, where it is a known one."""
        base = self._chosen.fhir_base if self._chosen is not None else ""
        known = (state for state in self._bench.sandboxes if state.fhir_base)
        return next((state for state in known if state.fhir_base.rstrip("/") == base), None)

    def _take(self, event: object) -> None:
        from workbench.app_launch.app_launch import LaunchWaiting

        if isinstance(event, Exchange):
            self._made.append(event)
            self.exchanged.emit(event)
            self._bench.add_exchange(event)
        elif isinstance(event, LaunchWaiting):
            if event.launch_address:
                self.waiting.emit("Waiting for the EHR to open the app.", f"Open it there at {event.launch_address}.")
            else:
                self.waiting.emit("Waiting for you to sign in, in the browser.", "")
        elif isinstance(event, LaunchResult | LaunchRefused):
            self.ended.emit(event)
            self._record(event)

    def _fail(self, report: Report) -> None:
        self.failed.emit(f"{report.sentence} {report.hint}".strip())

    def _record(self, outcome: LaunchResult | LaunchRefused) -> None:
        """Give a launch to the recording as one step, so that its replay signs in anew."""
        recorder, chosen, state = self._bench.recorder, self._chosen, self.state
        if recorder is None or chosen is None:
            return
        simulated = state is not None and state.kind == "simulated" and state.state == "up"
        sandbox = self._bench.running(state.id) if state is not None and simulated else None
        recorder.add_launch(make_launch_step(chosen, outcome, sandbox), tuple(self._made), outcome)
        self._bench.recording_changed.emit()
