"""Bench: what every panel acts on, from the workspace and its sandboxes to the log and the recorder."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from ui.sandbox_state import SandboxKind as SandboxKind
from ui.sandbox_state import SandboxState as SandboxState
from ui.sandbox_state import State as State
from ui.sandbox_state import most_recent, read_states
from ui.tasks import Tasks, beside
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request

if TYPE_CHECKING:
    from ui.work_process import WorkProcess
    from workbench.app_launch.jwks_host import JwksHost
    from workbench.sandbox.answer_rules import AnswerRules
    from workbench.sandbox.app_host import AppHost
    from workbench.sandbox.sandbox import Sandbox
    from workbench.scenario.recorder import Recorder
    from workbench.scenario.runner import Endpoints
    from workbench.smart_app.app_keys import AppKey
    from workbench.transports.http_client import HttpClient
    from workbench.workspace.app_keys import AppKeyStore
    from workbench.workspace.exchange_log import ExchangeLog
    from workbench.workspace.workspace import Workspace

# Seconds that arrivals are taken at a time, and the milliseconds in between.
_TURN = 0.008
_REST_MS = 8
NoticeKind = Literal["information", "success", "warning", "error"]


class Bench(QObject):
    """The one meeting place of the panels; it knows no widget."""

    sandboxes_changed = Signal()
    current_changed = Signal()
    exchange_added = Signal(int)
    exchange_replaced = Signal(int)
    turn_ended = Signal()
    recording_changed = Signal()
    notice = Signal(str, str)
    app_visited = Signal(object)
    """A browser came to the sample app with a launch, or back to it with a code; that is of the trace alone."""
    # Simulated sites call from threads of their own; a queued signal brings their exchanges to the window's thread.
    _arrived = Signal()

    def __init__(
        self, workspace: Workspace | Path | None, tasks: Tasks, log: ExchangeLog, parent: QObject | None = None
    ) -> None:
        """`workspace` may be a folder, or None for the default one; it is then made when it is first asked for."""
        super().__init__(parent)
        self._workspace = workspace
        self.tasks = tasks
        self.log = log
        self.recorder: Recorder | None = None
        self.recorded = 0
        self._states: dict[str, SandboxState] = {}
        self._running: dict[str, Sandbox] = {}
        self._current = ""
        self._http: HttpClient | None = None
        self._sample_app: AppHost | None = None
        self._app_keys: AppKeyStore | None = None
        self._key_host: JwksHost | None = None
        self.served_keys: tuple[AppKey, ...] = ()
        self._process: WorkProcess | None = None
        self._checker: WorkProcess | None = None
        self._arrivals: deque[Exchange] = deque()
        self._is_taking = False
        self.in_turn = False
        """Whether many exchanges come at a time; who lists them waits for `turn_ended`, and lists them at once."""
        self._arrived.connect(self._take_arrivals, Qt.ConnectionType.QueuedConnection)

    @property
    def workspace(self) -> Workspace:
        from workbench.workspace.workspace import Workspace

        if not isinstance(self._workspace, Workspace):
            self._workspace = Workspace(self._workspace)
        return self._workspace

    @property
    def sandboxes(self) -> tuple[SandboxState, ...]:
        return tuple(self._states.values())

    @property
    def current(self) -> SandboxState | None:
        return self._states.get(self._current)

    @property
    def http(self) -> HttpClient:
        """The one HTTP client of the window's loop; building one is slow, so it is kept."""
        if self._http is None:
            from workbench.transports.http_client import HttpClient

            self._http = HttpClient()
        return self._http

    async def http_to(self, sandbox_id: str) -> HttpClient:
        """The client as it goes to one sandbox: by the certificates and the proxy of a remote one."""
        state = self._states.get(sandbox_id)
        if state is None or state.remote is None:
            return self.http
        from workbench.workspace.endpoints import make_remote_trust

        return self.http.trusting(await beside(make_remote_trust, state.remote))

    @property
    def process(self) -> WorkProcess:
        """The one process for work on megabytes; it starts with the first of it."""
        if self._process is None:
            from ui.work_process import WorkProcess

            self._process = WorkProcess()
        return self._process

    @property
    def checker(self) -> WorkProcess:
        """The one process that checks what is typed; it keeps the definitions, and no longer work stands before it."""
        if self._checker is None:
            from ui.work_process import WorkProcess

            self._checker = WorkProcess()
        return self._checker

    def find_sandbox(self, sandbox_id: str) -> SandboxState | None:
        return self._states.get(sandbox_id)

    def set_current(self, sandbox_id: str) -> None:
        if sandbox_id != self._current and sandbox_id in self._states:
            self._current = sandbox_id
            self.current_changed.emit()

    async def refresh(self) -> None:
        """Read the workspace's sites and remote sandboxes anew; what runs goes on running."""
        states = await beside(lambda: read_states(self.workspace))
        known, self._states = self._states, {state.id: state for state in states}
        for state in known.values():
            if state.id in self._running:
                self._states[state.id] = state
            elif state.kind == "remote" and state.id in self._states:
                fresh = self._states[state.id]
                self._states[state.id] = replace(fresh, state=state.state, message=state.message)
        if self._current not in self._states:
            self._current = most_recent(states)
        self.sandboxes_changed.emit()
        self.current_changed.emit()

    async def start_sandbox(self, sandbox_id: str) -> SandboxState:
        """Start a simulated site and make it the current sandbox where the current one does not run."""
        state = self._states.get(sandbox_id)
        if state is None:
            raise WorkbenchError(f"There is no sandbox “{sandbox_id}”.", hint="Choose one in Sandboxes.")
        if state.state in ("starting", "up", "stopping") or state.kind == "remote":
            return state
        self._change(sandbox_id, state="starting", message="")
        try:
            make = self.workspace.make_sandbox
            sandbox = await beside(make, sandbox_id, self.take_soon)
            await sandbox.start()
        except BaseException as error:
            reason = error.message if isinstance(error, WorkbenchError) else "It could not be started."
            self._change(sandbox_id, state="failed", message=reason)
            raise
        self._running[sandbox_id] = sandbox
        changed = self._change(sandbox_id, state="up", addresses=sandbox.addresses, site=sandbox.site)
        if self.current is None or self.current.state != "up":
            self.set_current(sandbox_id)
        return changed

    async def stop_sandbox(self, sandbox_id: str) -> None:
        sandbox = self._running.pop(sandbox_id, None)
        if sandbox is None:
            return
        self._change(sandbox_id, state="stopping")
        try:
            await sandbox.stop()
        finally:
            self._change(sandbox_id, state="stopped", addresses=None)

    def running(self, sandbox_id: str) -> Sandbox:
        """The simulated site itself; one that does not run is refused in words."""
        sandbox = self._running.get(sandbox_id)
        if sandbox is None:
            state = self._states.get(sandbox_id)
            name = state.name if state is not None else sandbox_id
            raise WorkbenchError(f"{name} is not running.", hint="Start it in Sandboxes.")
        return sandbox

    def answers_of(self, sandbox_id: str) -> AnswerRules | None:
        """The answer rules of a simulated site; None where it does not run."""
        sandbox = self._running.get(sandbox_id)
        return None if sandbox is None else sandbox.answers

    def endpoints_of(self, sandbox_id: str, *, secret: str | None = None) -> Endpoints:
        """Where a scenario reaches the sandbox; one that does not run is refused in words.

        The keyring may take its time, so it belongs beside the window; with an empty `secret` it is not asked.
        """
        state = self._states.get(sandbox_id)
        if state is not None and state.remote is not None:
            return self.workspace.endpoints_of(state.remote, secret=secret)
        if state is None or sandbox_id not in self._running:
            name = state.name if state is not None else sandbox_id
            raise WorkbenchError(f"{name} is not running.", hint="Start it in Sandboxes.")
        return self.workspace.endpoints_of(self._running[sandbox_id])

    def start_recording(self, name: str) -> None:
        """Record every exchange from now on, against the current sandbox."""
        from workbench.scenario.recorder import Recorder

        current = self.current
        running = current is not None and (current.kind == "remote" or current.id in self._running)
        endpoints = self.endpoints_of(current.id, secret="") if current is not None and running else None
        self.recorder = Recorder(name, endpoints)
        self.recorded = 0
        self.recording_changed.emit()

    def stop_recording(self) -> Recorder | None:
        """End the recording and hand over what it took; None where there was none."""
        recorder, self.recorder = self.recorder, None
        self.recording_changed.emit()
        return recorder

    async def probe_remote(self, sandbox_id: str) -> SandboxState:
        """Ask a remote sandbox for its capability statement, to see whether it is up."""
        state = self._states[sandbox_id]
        if not state.fhir_base:
            return state
        headers = (("Accept", "application/fhir+json"),)
        request = Request("GET", f"{state.fhir_base.rstrip('/')}/metadata", headers)
        client = await self.http_to(sandbox_id)
        exchange = await client.send(request, receiver=state.name, within=15)
        self.add_exchange(exchange)
        if exchange.response is None:
            return self._change(sandbox_id, state="failed", message=exchange.failure.reason if exchange.failure else "")
        status = exchange.response.status or 0
        answered = 200 <= status < 300
        message = "" if answered else f"It answered {status} to a request for its capability statement."
        return self._change(sandbox_id, state="up" if answered else "failed", message=message)

    async def save_remote(
        self, values: Mapping[str, Any], secret: str = "", key_password: str = "", proxy_password: str = ""
    ) -> str:
        """Keep a remote sandbox, its secrets in the keyring, and make it the current one; returns its id."""
        from workbench.workspace.endpoints import key_password_of, proxy_password_of
        from workbench.workspace.remotes import RemoteSandbox

        remote = RemoteSandbox(**values)
        await beside(self.workspace.save_remote, remote)
        named = ((remote.id, secret), (key_password_of(remote.id), key_password))
        for name, value in (*named, (proxy_password_of(remote.id), proxy_password)):
            if value:
                from workbench.workspace.secrets import save_secret

                await beside(save_secret, name, value)
        await self.refresh()
        self.set_current(remote.id)
        return remote.id

    async def remove_remote(self, sandbox_id: str) -> None:
        """Forget a remote sandbox; a secret that the keyring will not give up does not hold it back."""
        from workbench.workspace.endpoints import key_password_of, proxy_password_of
        from workbench.workspace.secrets import delete_secret

        await beside(self.workspace.delete_remote, sandbox_id)
        for name in (sandbox_id, key_password_of(sandbox_id), proxy_password_of(sandbox_id)):
            with contextlib.suppress(WorkbenchError):
                await beside(delete_secret, name)
        await self.refresh()

    def secret_of(self, sandbox_id: str) -> str:
        """The client secret of a remote sandbox, `""` where it has none or this machine has no keyring."""
        from workbench.workspace.secrets import read_secret

        try:
            return read_secret(sandbox_id)
        except WorkbenchError:
            return ""

    @property
    def app_keys(self) -> AppKeyStore:
        """The keys of the workbench as an app; whatever is asked of them may wait for the keyring."""
        if self._app_keys is None:
            from workbench.workspace.app_keys import AppKeyStore

            self._app_keys = AppKeyStore()
        return self._app_keys

    async def start_key_host(self) -> str:
        """Serve the public halves of the keys, once, and return the address that a site may fetch them from."""
        if self._key_host is None:
            from workbench.app_launch.jwks_host import JwksHost

            self.served_keys = await beside(lambda: self.app_keys.read())
            self._key_host = JwksHost(lambda: self.served_keys, on_exchange=self.take_soon)
            await self._key_host.start()
        return self._key_host.address

    async def start_sample_app(self) -> str:
        """Serve the built-in sample app, once, and return the address where an EHR opens it."""
        if self._sample_app is None:
            self._sample_app = await beside(_make_sample_app, self._tell_visit)
            await self._sample_app.start()
        return self._sample_app.launch_address

    def _tell_visit(self, exchange: Exchange) -> None:
        query = parse_qs(exchange.request.address.partition("?")[2])
        if {"launch", "iss"} <= query.keys() or "state" in query:
            self.app_visited.emit(exchange)

    def add_exchange(self, exchange: Exchange) -> None:
        """Take an exchange into the log, once, and into the recording where there is one."""
        added = self.log.add(exchange)
        if type(added).__name__ == "Replaced":
            self.exchange_replaced.emit(added.index)
        else:
            self.exchange_added.emit(added.index)
        if self.recorder is not None:
            self.recorder.add(exchange)
            self.recorded += 1
            self.recording_changed.emit()

    def take_soon(self, exchange: Exchange) -> None:
        """Take an exchange from any thread. A flood of them is taken in turns, so that the window goes on."""
        self._arrivals.append(exchange)
        if not self._is_taking:
            self._is_taking = True
            self._arrived.emit()

    def _take_arrivals(self) -> None:
        if self.recorder is None:
            while len(self._arrivals) > self.log.limit:  # these would fall out of the log at once
                self._arrivals.popleft()
        until = time.perf_counter() + _TURN
        self.in_turn = True
        while self._arrivals and time.perf_counter() < until:
            self.add_exchange(self._arrivals.popleft())
        self.in_turn = False
        self.turn_ended.emit()
        # What arrives from here on asks for a turn of its own; what arrived just before is seen now.
        self._is_taking = False
        if self._arrivals:
            self._is_taking = True
            QTimer.singleShot(_REST_MS, self, self._take_arrivals)

    async def close(self) -> None:
        """Stop what runs and close what is open; the last thing before the window goes."""
        for process in (self._process, self._checker):
            if process is not None:
                process.close()
        await self.tasks.stop_all()
        import asyncio

        await asyncio.gather(*(self.stop_sandbox(each) for each in tuple(self._running)), return_exceptions=True)
        for host in (self._sample_app, self._key_host):
            if host is not None:
                await host.stop()
        if self._http is not None:
            await self._http.close()

    def _change(self, sandbox_id: str, **fields: Any) -> SandboxState:
        self._states[sandbox_id] = replace(self._states[sandbox_id], **fields)
        self.sandboxes_changed.emit()
        if sandbox_id == self._current:
            self.current_changed.emit()
        return self._states[sandbox_id]


def _make_sample_app(on_exchange: Callable[[Exchange], None]) -> AppHost:
    from workbench.sandbox.app_host import AppHost
    from workbench.workspace.library import fixtures_folder

    return AppHost(fixtures_folder() / "apps" / "vitals", on_exchange=on_exchange)
