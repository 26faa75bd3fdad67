"""Launch panel: a SMART launch as the EHR or as the app, its trace in words, and what was granted."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QSplitter, QTabWidget, QVBoxLayout, QWidget

from ui.bench import Bench, SandboxState
from ui.launches import (
    NO_VISIT,
    Choices,
    launch_as_app,
    make_launch_step,
    read_choices,
    suggest_scopes,
    tell_context,
)
from ui.panels.panel import Command, Panel
from ui.tasks import Report, Task
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_3
from ui.views.app_launch_form import AppLaunch, AppLaunchForm
from ui.views.ehr_launch_form import SAMPLE_APP, EhrLaunch, EhrLaunchForm
from ui.views.launch_copies import LaunchCopies
from ui.views.launch_result_view import LaunchResultView
from ui.views.trace_view import TraceView
from ui.widgets.labels import ElidedLabel
from workbench.exchange import Exchange
from workbench.scenario.app_launch import LaunchWaiting, refresh_launch
from workbench.smart.launch import LaunchRefused, LaunchResult
from workbench.smart.launch_context import LaunchContext

AS_EHR, AS_APP = range(2)


class LaunchPanel(Panel):
    """One form for each side; both write into one trace, which starts anew with each launch."""

    title = "Launch"
    icon_name = "launch"

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(bench, parent)
        self._task: Task | None = None
        self._watched = ""
        self._launched: AppLaunch | None = None
        self._made: list[Exchange] = []
        self._choices = Choices()
        self._wanted_patient = ""
        self.ehr_form = EhrLaunchForm()
        self.app_form = AppLaunchForm()
        self.trace = TraceView(
            "Nothing launched yet",
            "Each exchange of the next launch is told here in order, from discovery to the first FHIR call.",
        )
        self.copies = LaunchCopies(bench, self.trace)
        self.result = LaunchResultView()
        self._lay_out()
        self.ehr_form.launch_asked.connect(lambda chosen: self._launch_as_ehr(chosen, self._open))
        self.ehr_form.link_asked.connect(lambda chosen: self._launch_as_ehr(chosen, self._copy_link))
        self.ehr_form.patient_chosen.connect(lambda patient: self._show_encounters(self.ehr_form, patient))
        self.app_form.launch_asked.connect(self._launch_as_app)
        self.app_form.stop_asked.connect(self.stop)
        self.app_form.patient_chosen.connect(lambda patient: self._show_encounters(self.app_form, patient))
        self.trace.exchange_chosen.connect(self.open_exchange)
        self.result.use_asked.connect(lambda result: self.hand_over.emit("compose", "token", result))
        self.result.refresh_asked.connect(self._refresh)
        bench.current_changed.connect(self._follow_current)
        bench.exchange_added.connect(self._take_exchange)
        bench.exchange_replaced.connect(self._take_replaced)
        self._follow_current()

    def commands(self) -> tuple[Command, ...]:
        return (
            Command("Launch an app as the EHR", lambda: self._show_tab(AS_EHR), icon="launch"),
            Command("Launch the workbench as an app", lambda: self._show_tab(AS_APP), icon="launch"),
        )

    def receive(self, kind: str, payload: object) -> None:
        """Choose the patient that was found elsewhere (`patient`, its id), as soon as the site has told of it."""
        if kind == "patient" and isinstance(payload, str):
            self._wanted_patient = payload
            self._choose_wanted()

    def stop(self) -> None:
        """Stop waiting for the browser; the redirect port is freed."""
        if self._task is not None and self._task.running:
            self._task.cancel()
            self.app_form.set_running(False, "Stopped by you.")
        self._task = None

    # As the EHR.

    def _launch_as_ehr(self, chosen: EhrLaunch, then: object) -> None:
        state = self.bench.current
        if state is None or not callable(then):
            return
        self._start_trace(state)
        self.result.hide()
        self.ehr_form.set_busy(True)

        async def launch() -> str:
            uri = chosen.launch_uri
            if chosen.app == SAMPLE_APP:
                uri = await self.bench.start_sample_app()
            visit = "" if chosen.encounter == NO_VISIT[0] else chosen.encounter or None
            context = LaunchContext(chosen.user, chosen.patient, visit)
            return await self.bench.running(state.id).start_launch(context, launch_uri=uri, client_id=chosen.app)

        def done(address: str) -> None:
            self.ehr_form.set_busy(False)
            then(address)

        def failed(report: Report) -> None:
            self.ehr_form.set_busy(False)
            self.bench.notice.emit("error", f"{report.sentence} {report.hint}".strip())

        self.bench.tasks.start(launch(), on_done=done, on_error=failed, name="Launching from the EHR", owner=self)

    def _open(self, address: str) -> None:
        if not QDesktopServices.openUrl(QUrl(address)):
            self._copy_link(address)
            self.bench.notice.emit("warning", "No browser could be opened. The launch address is on the clipboard.")

    def _copy_link(self, address: str) -> None:
        QGuiApplication.clipboard().setText(address)
        self.bench.notice.emit("success", "The launch address is on the clipboard. It opens the app once.")

    # As the app.

    def _launch_as_app(self, chosen: AppLaunch) -> None:
        self.stop()
        state = self._state_at(chosen.fhir_base)
        self._start_trace(None)
        self.result.hide()
        self._launched = chosen
        self._made = []
        self.app_form.set_running(True, "Asking the site how to sign in…")

        async def open_browser(address: str) -> None:
            self._open(address)

        def failed(report: Report) -> None:
            self.app_form.set_running(False, f"{report.sentence} {report.hint}".strip())

        secret = self.bench.secret_of(state.id) if state is not None and state.kind == "remote" else ""
        self._task = self.bench.tasks.stream(
            launch_as_app(
                self.bench,
                state,
                fhir_base=chosen.fhir_base,
                kind=chosen.kind,
                client_id=chosen.client_id,
                scope=chosen.scope,
                scripted=chosen.scripted,
                user=chosen.user,
                patient=chosen.patient,
                encounter=chosen.encounter,
                grant=chosen.grant,
                open_browser=open_browser,
                client_secret=secret,
            ),
            on_item=self._take_event,
            on_done=lambda: self.app_form.set_running(False, self.app_form.state.text()),
            on_error=failed,
            name="Launching as an app",
            owner=self,
        )

    def _take_event(self, event: object) -> None:
        if isinstance(event, Exchange):
            self._made.append(event)
            self.trace.add(event)
            self.bench.add_exchange(event)
        elif isinstance(event, LaunchWaiting):
            where = f" Open the app in the EHR at {event.launch_address}." if event.launch_address else ""
            self.app_form.set_running(True, f"Waiting for you to sign in, in the browser.{where}")
        elif isinstance(event, LaunchResult):
            self._finish(event)
        elif isinstance(event, LaunchRefused):
            self.app_form.set_running(False, "")
            self.result.show_refusal(event)
            self._record(event)

    def _record(self, outcome: LaunchResult | LaunchRefused) -> None:
        """Give a launch to the recording as one step, so that its replay signs in anew."""
        recorder, chosen = self.bench.recorder, self._launched
        if recorder is None or chosen is None:
            return
        state = self._state_at(chosen.fhir_base)
        step = make_launch_step(
            chosen.kind,
            client_id=chosen.client_id,
            scope=chosen.scope,
            user=chosen.user if chosen.scripted else "",
            patient=chosen.patient if chosen.scripted else "",
            encounter=chosen.encounter if chosen.scripted else "",
            grant=chosen.grant if chosen.scripted else "",
            outcome=outcome,
            site=state.site if state is not None else None,
        )
        recorder.add_launch(step, tuple(self._made), outcome)
        self.bench.recording_changed.emit()

    def _finish(self, result: LaunchResult) -> None:
        self.app_form.set_running(False, "")
        self.result.show_result(result)
        self._record(result)

    def _refresh(self, result: LaunchResult) -> None:
        def done(answer: tuple[Exchange, LaunchResult | LaunchRefused]) -> None:
            self._take_event(answer[0])
            if isinstance(answer[1], LaunchResult):
                self.result.show_result(answer[1])
            else:
                self.result.show_refusal(answer[1])

        self.bench.tasks.start(
            refresh_launch(self.bench.http, result), on_done=done, name="Refreshing the token", owner=self
        )

    # What is shown.

    def _start_trace(self, watched: SandboxState | None) -> None:
        self._watched = watched.name if watched is not None else ""
        self.trace.clear()

    def _take_exchange(self, index: int) -> None:
        """In a launch as the EHR, all that the site sees by HTTP from then on belongs to the trace."""
        exchange = self.bench.log[index]
        if self._watched and exchange.protocol == "http" and exchange.receiver == self._watched:
            self.trace.add(exchange)

    def _take_replaced(self, index: int) -> None:
        exchange = self.bench.log[index]
        if self._watched and exchange.receiver == self._watched:
            self.trace.model.replace_same(exchange)

    def _follow_current(self) -> None:
        state = self.bench.current
        up = state is not None and state.kind == "simulated" and state.state == "up"
        self._where.setText(_tell_where(state))
        self._start.setVisible(state is not None and state.kind == "simulated" and state.state in ("stopped", "failed"))
        self.ehr_form.setEnabled(up)
        client = state.remote.client_id if state is not None and state.remote is not None else "workbench"
        site = state.site if state is not None else None
        base = state.fhir_base if state is not None else ""
        if base != self.app_form.base.text() or not self.app_form.scopes.toPlainText():
            self.app_form.show_sandbox(base, client or "workbench", suggest_scopes(site))
        if up and state is not None:
            self._read_choices(state)
        else:
            self._choices = Choices()
            self.ehr_form.show_options((), (), (), "")
            self.app_form.show_options((), ())

    def _read_choices(self, state: SandboxState) -> None:
        def done(choices: Choices) -> None:
            self._choices = choices
            self.ehr_form.show_options(choices.users, choices.patients, choices.apps, tell_context(state.site))
            self.app_form.show_options(choices.users, choices.patients)
            self._choose_wanted()
            for form in (self.ehr_form, self.app_form):
                form.show_encounters(choices.visits.get(form.patient.value, ()))

        self.bench.tasks.start(
            read_choices(self.bench, state), on_done=done, name=f"Reading what {state.name} offers", owner=self
        )

    def _choose_wanted(self) -> None:
        for form in (self.ehr_form, self.app_form):
            place = form.patient.findData(self._wanted_patient) if self._wanted_patient else -1
            if place >= 0:
                form.patient.setCurrentIndex(place)

    def _show_encounters(self, form: EhrLaunchForm | AppLaunchForm, patient: str) -> None:
        form.show_encounters(self._choices.visits.get(patient, ()))

    def _start_current(self) -> None:
        if self.bench.current is not None:
            self.bench.tasks.start(
                self.bench.start_sandbox(self.bench.current.id), name=f"Starting {self.bench.current.name}"
            )

    def _state_at(self, fhir_base: str) -> SandboxState | None:
        return next((state for state in self.bench.sandboxes if state.fhir_base.rstrip("/") == fhir_base), None)

    def _show_tab(self, index: int) -> None:
        self.show_panel.emit("launch")
        self.tabs.setCurrentIndex(index)

    def _lay_out(self) -> None:
        self._where = ElidedLabel("", "quiet")
        self._start = QPushButton(make_icon("play"), "Start it")
        self._start.clicked.connect(self._start_current)
        head = QHBoxLayout()
        head.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, 0)
        head.setSpacing(SPACE_2)
        head.addWidget(self._where, 1)
        head.addWidget(self._start)
        self.tabs = QTabWidget()
        self.tabs.addTab(_scrolled(self.ehr_form), "As the EHR")
        self.tabs.addTab(_scrolled(self.app_form), "As the app")
        left = QWidget()
        side = QVBoxLayout(left)
        side.setContentsMargins(0, 0, 0, 0)
        side.addLayout(head)
        side.addWidget(self.tabs, 1)
        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(self.trace)
        right.addWidget(self.result)
        right.setChildrenCollapsible(False)
        right.setStretchFactor(0, 1)
        right.setStretchFactor(1, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(right)
        split.setSizes([300, 420])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)


def _scrolled(form: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(form)
    form.setProperty("role", "page")
    return area


def _tell_where(state: SandboxState | None) -> str:
    if state is None:
        return "No sandbox is chosen. Start a simulated hospital in Sandboxes."
    if state.kind == "remote":
        return f"{state.name} is remote: launch as the app, or let its own EHR open yours."
    words = {"up": "is up", "starting": "is starting", "failed": "could not be started"}
    return f"{state.name} {words.get(state.state, 'is not running')}."
