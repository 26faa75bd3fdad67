"""Launch side: the forms of a launch as the EHR and as the app and what the site does wrongly, for one sandbox."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTabWidget, QVBoxLayout, QWidget

from ui.bench import Bench, SandboxState
from ui.launch_choices import (
    NO_PATIENT,
    Choices,
    ContextChoices,
    LaunchKind,
    read_choices,
    read_context,
    suggest_scopes,
    tell_context,
    tell_trust,
)
from ui.tasks import beside
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_3
from ui.views.app_launch_form import AppLaunchForm
from ui.views.ehr_launch_form import EhrLaunchForm
from ui.views.site_faults_view import SiteFaultsView
from ui.widgets.form_area import FormArea
from ui.widgets.labels import ElidedLabel, make_line
from workbench.workspace.preferences import change_preferences, read_preferences

AS_EHR, AS_APP, FAULTS = range(3)
KINDS: tuple[LaunchKind, ...] = ("standalone", "ehr", "backend")


class LaunchSide(QWidget):
    """Follows the bench's current sandbox: what it offers is read anew whenever it starts."""

    start_asked = Signal()

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._choices = Choices()
        self._wanted_patient = self._wanted_app = ""
        self._knows_addresses = False
        self._known: tuple[str, str, str | None] = "", "", None
        self.ehr_form = EhrLaunchForm()
        self.app_form = AppLaunchForm()
        self.faults = SiteFaultsView()
        self._lay_out()
        self.ehr_form.patient_chosen.connect(self._show_chart)
        self.app_form.patient_chosen.connect(lambda patient: self._show_encounters(self.app_form, patient))
        self.faults.changed.connect(self._show_faults)
        bench.current_changed.connect(self.follow_current)
        bench.exchange_added.connect(self.faults.launch.refresh_soon)
        self.ehr_form.address_typed.connect(self._keep_addresses)
        self.follow_current()

    def _keep_addresses(self, addresses: tuple[str, ...]) -> None:
        work = beside(change_preferences, self._bench.workspace.folder, launch_addresses=addresses)
        self._bench.tasks.start(work, name="Keeping the launch address", owner=self)

    def choose_patient(self, patient: str) -> None:
        """Choose a patient that was found elsewhere, as soon as the site has told of it."""
        self._wanted_patient = patient
        self._choose_wanted()

    def follow_current(self) -> None:
        state = self._bench.current
        up = state is not None and state.kind == "simulated" and state.state == "up"
        self._where.setText(_tell_where(state))
        self._head.setVisible(not up)
        self._start.setVisible(state is not None and state.kind == "simulated" and state.state in ("stopped", "failed"))
        self._ehr_page.setEnabled(up)
        self._show_app(state)
        running = self._bench.running(state.id) if up and state is not None else None
        self.faults.set_sandbox(running)
        self.ehr_form.show_withheld(len(running.withheld) if running is not None else 0)
        self._show_faults()
        if up and state is not None:
            self.read_choices(state)
        else:
            self._choices = Choices()
            self.ehr_form.show_options(Choices(), "")
            self.ehr_form.show_context(ContextChoices(), ())
            self.app_form.show_options((), ())

    def _show_app(self, state: SandboxState | None) -> None:
        """Who the app is at the sandbox, anew where it is another one or is known otherwise than before."""
        remote = state.remote if state is not None else None
        site = state.site if state is not None else None
        base = state.fhir_base if state is not None else ""
        client = remote.client_id if remote is not None else "workbench"
        known = state.id if state is not None else "", client, remote.client_authentication if remote else None
        if base != self.app_form.base.text() or known != self._known or not self.app_form.scopes.toPlainText():
            self._known = known
            suggested: dict[str, str] = {kind: suggest_scopes(site, kind) for kind in KINDS}
            trust = tell_trust(remote) if remote is not None else ""
            self.app_form.show_sandbox(base, client or "workbench", suggested, trust, known[2])

    def read_choices(self, state: SandboxState) -> None:
        """Ask the site what it has, and offer that; at first the launch addresses that were typed before, too."""

        def done(choices: Choices) -> None:
            self._choices = choices
            self.ehr_form.show_options(choices, tell_context(state.site))
            self.app_form.show_options(choices.users, choices.patients)
            self.faults.offer_clients(tuple((app.id, app.id) for app in choices.apps))
            self._choose_wanted()
            self.ehr_form.choose_app(self._wanted_app)
            self._wanted_app = ""
            self._show_chart(self.ehr_form.patient.value)
            self._show_encounters(self.app_form, self.app_form.patient.value)

        self._read_addresses()
        self._bench.tasks.start(
            read_choices(self._bench, state), on_done=done, name=f"Reading what {state.name} offers", owner=self
        )

    def _read_addresses(self) -> None:
        if not self._knows_addresses:
            self._knows_addresses = True
            self._bench.tasks.start(
                beside(lambda: read_preferences(self._bench.workspace.folder)),
                on_done=lambda kept: self.ehr_form.offer_addresses(kept.launch_addresses),
                owner=self,
            )

    def take_app(self, client_id: str) -> None:
        """Offer an app that the site has just come to know, and choose it."""
        self._wanted_app = client_id
        if self._bench.current is not None:
            self.read_choices(self._bench.current)

    def _choose_wanted(self) -> None:
        for form in (self.ehr_form, self.app_form):
            place = form.patient.findData(self._wanted_patient) if self._wanted_patient else -1
            if place >= 0:
                form.patient.setCurrentIndex(place)

    def _show_chart(self, patient: str) -> None:
        """Offer the visits of a patient, and what else is in the chart."""
        self._show_encounters(self.ehr_form, patient)
        state = self._bench.current
        if state is None or state.site is None or state.state != "up":
            return
        intents = state.site.smart.given.intents

        def done(choices: ContextChoices) -> None:
            if patient == self.ehr_form.patient.value:
                self.ehr_form.show_context(choices, intents)

        self._bench.tasks.start(
            read_context(self._bench, state, "" if patient == NO_PATIENT[0] else patient),
            on_done=done,
            on_error=lambda _: None,
            name="Reading the chart",
            owner=self,
        )

    def _show_encounters(self, form: EhrLaunchForm | AppLaunchForm, patient: str) -> None:
        form.show_encounters(self._choices.visits.get(patient, ()))

    def _show_faults(self) -> None:
        count = self.faults.count
        self.tabs.setTabText(FAULTS, f"Faults ({count})" if count else "Faults")

    def _lay_out(self) -> None:
        self._where = ElidedLabel("", "quiet")
        self._start = QPushButton(make_icon("play"), "Start it")
        self._start.clicked.connect(self.start_asked)
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, 0)
        head.setSpacing(SPACE_2)
        head.addWidget(self._where, 1)
        head.addWidget(self._start)
        self.tabs = QTabWidget(self)
        self.tabs.tabBar().setAccessibleName("Side of the launch, and its faults")
        self._ehr_page, app_page, faults_page = QWidget(), QWidget(), QWidget()
        self.tabs.addTab(self._ehr_page, "As the EHR")
        self.tabs.addTab(app_page, "As the app")
        self.tabs.addTab(faults_page, "Faults")
        _fill(self._ehr_page, self.ehr_form, self.ehr_form.foot)
        _fill(app_page, self.app_form, self.app_form.foot)
        _fill(faults_page, self.faults)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._head)
        layout.addWidget(self.tabs, 1)


def _fill(page: QWidget, form: QWidget, foot: QWidget | None = None) -> None:
    """Put in a form that scrolls above its buttons, which stay in sight."""
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(FormArea(form, page), 1)
    if foot is not None:
        layout.addWidget(make_line())
        layout.addWidget(foot)


def _tell_where(state: SandboxState | None) -> str:
    if state is None:
        return "No sandbox is chosen. Start a simulated hospital in Sandboxes."
    if state.kind == "remote":
        return "This sandbox is remote: launch as the app, or let its own EHR open yours."
    words = {"starting": "is starting", "failed": "could not be started"}
    return f"{state.name} {words.get(state.state, 'is not running')}."
