"""App launch form: the FHIR base, the kind of launch, who the app is, the scopes, and who signs in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ui.launch_choices import AppLaunch, LaunchKind
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.views.app_client_form import AppClientForm
from ui.widgets.choice import Choice, Option
from ui.widgets.labels import make_label
from ui.widgets.more_box import MoreBox
from ui.widgets.spin_box import make_spin
from workbench.smart.client_methods import ClientAuthentication

_KINDS = (
    ("standalone", "Standalone: the app asks for a patient"),
    ("ehr", "EHR launch: the EHR opens the app"),
    ("backend", "Backend services: no user signs in"),
)


class AppLaunchForm(QWidget):
    """`launch_asked` carries an AppLaunch; `stop_asked` ends the wait for the browser, `scopes_asked` picks scopes.

    Its buttons stand in `foot`, which is to stay in sight where the form scrolls.
    """

    launch_asked = Signal(object)
    stop_asked = Signal()
    scopes_asked = Signal()
    patient_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.base = QLineEdit()
        self.base.setAccessibleName("FHIR base address")
        self.base.setPlaceholderText("https://ehr.example/fhir/r4")
        self.base.textChanged.connect(lambda _: self._show_state())
        self.kind = Choice("Kind of launch")
        self.kind.offer(_KINDS)
        self.kind.currentIndexChanged.connect(lambda _: self._change_kind())
        self._suggested: Mapping[str, str] = {}
        self.client = AppClientForm()
        self.scopes = QPlainTextEdit()
        self.scopes.setAccessibleName("Scopes to ask for")
        self.scopes.setProperty("mono", True)
        self.scopes.setTabChangesFocus(True)
        self.scopes.setFixedHeight(self.fontMetrics().height() * 4 + 12)
        self._choose = QPushButton("Choose scopes…")
        self._choose.setProperty("role", "link")
        self._choose.setToolTip("Tick types of records, and read in words what is asked for")
        self._choose.clicked.connect(self.scopes_asked)
        self.person = QRadioButton("&I sign in, in the browser")
        self.scripted = QRadioButton("A scripted user si&gns in")
        self._who = QButtonGroup(self)
        self._who.addButton(self.person)
        self._who.addButton(self.scripted)
        self.person.setChecked(True)
        self.scripted.toggled.connect(lambda _: self._show_state())
        self.user = Choice("User who signs in")
        self.patient = Choice("Patient to choose", searchable=True)
        self.patient.currentIndexChanged.connect(lambda _: self.patient_chosen.emit(self.patient.value))
        self.encounter = Choice("Encounter to choose")
        self.grant = QLineEdit()
        self.grant.setAccessibleName("Scopes that the user leaves ticked")
        self.grant.setPlaceholderText("all that the site offers")
        self.port = make_spin(0, 65535, "Port for the browser to come back to", least_means="any that is free")
        self.port.setToolTip("A fixed port can be registered: http://127.0.0.1:PORT/callback and /launch")
        self.post = QCheckBox("post the request to authorize")
        self.post.setToolTip("As a form instead of an address, for sites with the capability authorize-post")
        self._trust = make_label(role="quiet", wrap=True)
        self._launch = QPushButton(make_icon("launch", "on_accent"), "&Launch")
        self._launch.setProperty("role", "primary")
        self._launch.clicked.connect(lambda: self.launch_asked.emit(self.chosen()))
        self._stop = QPushButton(make_icon("stop"), "Stop")
        self._stop.setToolTip("Stop the launch and free its port (Esc)")
        self._stop.clicked.connect(self.stop_asked)
        self._stop.hide()
        self.state = make_label(role="quiet", wrap=True, selectable=True)
        self._lay_out()
        self._show_state()

    def chosen(self) -> AppLaunch:
        kinds: dict[str, LaunchKind] = {"ehr": "ehr", "backend": "backend"}
        return AppLaunch(
            self.base.text().strip().rstrip("/"),
            kinds.get(self.kind.value, "standalone"),
            self.client.client_id,
            " ".join(self.scopes.toPlainText().split()),
            self.scripted.isChecked(),
            self.user.value,
            self.patient.value,
            self.encounter.value,
            " ".join(self.grant.text().split()),
            self.client.authentication,
            self.client.client_secret,
            self.port.value(),
            self.post.isChecked(),
        )

    def show_sandbox(
        self,
        fhir_base: str,
        client_id: str,
        scopes: Mapping[str, str],
        trust: str = "",
        authentication: ClientAuthentication | Literal[""] | None = None,
    ) -> None:
        """Fill in what the current sandbox asks for, the scopes by the kind of launch.

        `trust` says by which certificates and proxy it is reached, `authentication` how the client shows itself there.
        """
        self._suggested = scopes
        self.base.setText(fhir_base)
        self.client.show_client(client_id, authentication)
        self.scopes.setPlainText(scopes.get(self.kind.value, ""))
        self._trust.setText(trust)
        self._show_state()

    def write_scopes(self, text: str) -> None:
        """Write the scopes that were picked in place of those that stand there; Ctrl+Z brings those back."""
        self.scopes.selectAll()
        self.scopes.insertPlainText(text)

    def show_options(self, users: tuple[Option, ...], patients: tuple[Option, ...]) -> None:
        """Offer who can sign in and for whom; with nobody to offer, only a person can sign in."""
        self.user.offer(users)
        self.patient.offer(patients)
        self.show_encounters(())
        self.scripted.setEnabled(bool(users))
        if not users:
            self.person.setChecked(True)
        self._show_state()

    def show_encounters(self, encounters: tuple[Option, ...]) -> None:
        self.encounter.offer(encounters)

    def set_running(self, running: bool, words: str = "") -> None:
        gone, there = (self._launch, self._stop) if running else (self._stop, self._launch)
        had_focus = gone.hasFocus()
        there.show()
        if had_focus:
            there.setFocus()
        gone.hide()
        self.state.setText(words)

    def _change_kind(self) -> None:
        """Suggest the scopes of another kind of launch, unless others were chosen."""
        if self.scopes.toPlainText() in ("", *self._suggested.values()):
            self.scopes.setPlainText(self._suggested.get(self.kind.value, ""))
        self._show_state()

    def _show_state(self) -> None:
        backend = self.kind.value == "backend"
        scripted = self.scripted.isChecked() and not backend
        self._form.setRowVisible(self._people, not backend)
        for field in (self.user, self.patient, self.encounter, self.grant):
            self._form.setRowVisible(field, scripted)
        self._more_form.setRowVisible(self.port, not backend and not scripted)
        self._more_form.setRowVisible(self.post, not backend)
        self._more_form.setRowVisible(self._trust, bool(self._trust.text()))
        self.more.setVisible(bool(self._trust.text()) or not backend)
        # Without a base, the EHR that opens the app says which of the known sandboxes it is.
        by_ehr = self.kind.value == "ehr" and not scripted
        self._launch.setEnabled(by_ehr or bool(self.base.text().strip()))
        self.base.setPlaceholderText("any known sandbox, as the EHR says" if by_ehr else "https://ehr.example/fhir/r4")

    def _lay_out(self) -> None:
        self._form = _make_form()
        scopes = QWidget()
        inner = QVBoxLayout(scopes)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(SPACE_1)
        inner.addWidget(self.scopes)
        inner.addWidget(self._choose)
        for name, field in (("FHIR &base", self.base), ("&Kind", self.kind)):
            self._form.addRow(name, field)
        self.client.add_to(self._form)
        self._form.addRow("Sc&opes", scopes)
        label = self._form.labelForField(scopes)
        label.setBuddy(self.scopes)  # type: ignore[attr-defined] # the label of a row is a QLabel
        self._people = QWidget()
        who = QVBoxLayout(self._people)
        who.setContentsMargins(0, 0, 0, 0)
        who.addWidget(self.person)
        who.addWidget(self.scripted)
        self._form.addRow("Sign-in", self._people)
        for name, field in (
            ("&User", self.user),
            ("Pa&tient", self.patient),
            ("E&ncounter", self.encounter),
            ("Gr&ants", self.grant),
        ):
            self._form.addRow(name, field)
        inside = QWidget()
        self._more_form = _make_form()
        self._more_form.setContentsMargins(0, 0, 0, 0)
        self._more_form.addRow("Port", self.port)
        self._more_form.addRow("Authorize", self.post)
        self._more_form.addRow("Reached by", self._trust)
        inside.setLayout(self._more_form)
        self.more = MoreBox("More", inside)
        self.foot = QWidget()
        buttons = QHBoxLayout(self.foot)
        buttons.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, SPACE_2)
        buttons.setSpacing(SPACE_2)
        buttons.addWidget(self._launch)
        buttons.addWidget(self._stop)
        buttons.addWidget(self.state, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_3, SPACE_3, SPACE_3, SPACE_2)
        layout.setSpacing(SPACE_3)
        layout.addLayout(self._form)
        layout.addWidget(self.more)
        layout.addStretch(1)


def _make_form() -> QFormLayout:
    form = QFormLayout()
    form.setSpacing(SPACE_2)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form
