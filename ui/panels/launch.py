"""Launch panel: a SMART launch as the EHR or as the app, its trace in words, and what was granted."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QSplitter, QTabWidget, QVBoxLayout, QWidget

from ui.app_launching import AppLaunching
from ui.bench import Bench, SandboxState
from ui.launches import AppLaunch, Choices, EhrLaunch, launch_as_ehr, read_choices, suggest_scopes, tell_context
from ui.panels.panel import Command, Panel
from ui.tasks import Report
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_3
from ui.views.app_launch_form import AppLaunchForm
from ui.views.ehr_launch_form import EhrLaunchForm
from ui.views.launch_copies import LaunchCopies
from ui.views.launch_outcome_view import LaunchOutcomeView
from ui.widgets.labels import ElidedLabel
from workbench.exchange import Exchange
from workbench.scenario.app_launch import refresh_launch
from workbench.smart.launch import LaunchRefused, LaunchResult

AS_EHR, AS_APP = range(2)


class LaunchPanel(Panel):
    """One form for each side; both write into one trace, which starts anew with each launch."""

    title = "Launch"
    icon_name = "launch"

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(bench, parent)
        self._watched = ""
        self._choices = Choices()
        self._wanted_patient = ""
        self.ehr_form = EhrLaunchForm()
        self.app_form = AppLaunchForm()
        self.outcome = LaunchOutcomeView()
        self.copies = LaunchCopies(bench, self.outcome.trace)
        self.launching = AppLaunching(bench, self)
        self._lay_out()
        self.ehr_form.launch_asked.connect(lambda chosen: self._launch_as_ehr(chosen, self._open))
        self.ehr_form.link_asked.connect(lambda chosen: self._launch_as_ehr(chosen, self._copy_link))
        self.ehr_form.patient_chosen.connect(lambda patient: self._show_encounters(self.ehr_form, patient))
        self.app_form.launch_asked.connect(self._launch_as_app)
        self.app_form.stop_asked.connect(self.stop)
        self.app_form.patient_chosen.connect(lambda patient: self._show_encounters(self.app_form, patient))
        self.launching.exchanged.connect(self.outcome.add)
        self.launching.waiting.connect(lambda words: self._show_running(True, words))
        self.launching.ended.connect(self._end)
        self.launching.failed.connect(self._fail)
        self.outcome.exchange_chosen.connect(self.open_exchange)
        self.outcome.result.use_asked.connect(lambda result: self.hand_over.emit("compose", "token", result))
        self.outcome.result.refresh_asked.connect(self._refresh)
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
        if self.launching.stop():
            self._fail("Stopped by you.")

    # As the EHR.

    def _launch_as_ehr(self, chosen: EhrLaunch, then: Callable[[str], None]) -> None:
        state = self.bench.current
        if state is None:
            return
        self._start_trace(state)
        self.ehr_form.set_busy(True)

        def done(address: str) -> None:
            self.ehr_form.set_busy(False)
            then(address)

        def failed(report: Report) -> None:
            self.ehr_form.set_busy(False)
            self.bench.notice.emit("error", f"{report.sentence} {report.hint}".strip())

        self.bench.tasks.start(
            launch_as_ehr(self.bench, state.id, chosen),
            on_done=done,
            on_error=failed,
            name="Launching from the EHR",
            owner=self,
        )

    def _open(self, address: str) -> None:
        if not QDesktopServices.openUrl(QUrl(address)):
            self._copy_link(address)
            self.bench.notice.emit("warning", "No browser could be opened. The launch address is on the clipboard.")

    def _copy_link(self, address: str) -> None:
        QGuiApplication.clipboard().setText(address)
        self.bench.notice.emit("success", "The launch address is on the clipboard. It opens the app once.")

    # As the app.

    def _launch_as_app(self, chosen: AppLaunch) -> None:
        async def open_browser(address: str) -> None:
            self._open(address)

        self._start_trace(None)
        self._show_running(True, "Asking the site how to sign in…")
        self.launching.start(chosen, open_browser)

    def _show_running(self, running: bool, words: str = "") -> None:
        self.app_form.set_running(running, words)
        if running:
            self.outcome.show_running(words)

    def _end(self, outcome: LaunchResult | LaunchRefused) -> None:
        self.app_form.set_running(False, "")
        if isinstance(outcome, LaunchResult):
            self.outcome.show_result(outcome)
        else:
            self.outcome.show_refusal(outcome)

    def _fail(self, words: str) -> None:
        self.app_form.set_running(False, words)
        self.outcome.show_stopped(words)

    def _refresh(self, result: LaunchResult) -> None:
        def done(answer: tuple[Exchange, LaunchResult | LaunchRefused]) -> None:
            exchange, outcome = answer
            self.outcome.add(exchange)
            self.bench.add_exchange(exchange)
            self._end(outcome)

        self.bench.tasks.start(
            refresh_launch(self.bench.http, result), on_done=done, name="Refreshing the token", owner=self
        )

    # What is shown.

    def _start_trace(self, watched: SandboxState | None) -> None:
        self._watched = watched.name if watched is not None else ""
        self.outcome.clear()

    def _take_exchange(self, index: int) -> None:
        """In a launch as the EHR, all that the site sees by HTTP from then on belongs to the trace."""
        exchange = self.bench.log[index]
        if self._watched and exchange.protocol == "http" and exchange.receiver == self._watched:
            self.outcome.add(exchange)

    def _take_replaced(self, index: int) -> None:
        exchange = self.bench.log[index]
        if self._watched and exchange.receiver == self._watched:
            self.outcome.trace.model.replace_same(exchange)

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
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(self.outcome)
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
