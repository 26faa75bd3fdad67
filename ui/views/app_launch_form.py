"""App launch form: the FHIR base, the kind of launch, the client, the scopes, and who signs in."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ui.launches import AppLaunch
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_3
from ui.widgets.choice import Choice, Option
from ui.widgets.labels import make_label


class AppLaunchForm(QWidget):
    """`launch_asked` carries an AppLaunch; `stop_asked` ends the wait for the browser."""

    launch_asked = Signal(object)
    stop_asked = Signal()
    patient_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.base = QLineEdit()
        self.base.setAccessibleName("FHIR base address")
        self.base.setPlaceholderText("https://ehr.example/fhir/r4")
        self.base.textChanged.connect(lambda _: self._show_state())
        self.kind = Choice("Kind of launch")
        self.kind.addItem("Standalone: the app asks for a patient", "standalone")
        self.kind.addItem("EHR launch: the EHR opens the app", "ehr")
        self.client = QLineEdit("workbench")
        self.client.setAccessibleName("Client id")
        self.scopes = QPlainTextEdit()
        self.scopes.setAccessibleName("Scopes to ask for")
        self.scopes.setProperty("mono", True)
        self.scopes.setTabChangesFocus(True)
        self.scopes.setFixedHeight(self.fontMetrics().height() * 4 + 12)
        self.person = QRadioButton("&I sign in, in the browser")
        self.scripted = QRadioButton("A s&cripted user signs in")
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
        self._launch = QPushButton(make_icon("launch", "on_accent"), "&Launch")
        self._launch.setProperty("role", "primary")
        self._launch.clicked.connect(lambda: self.launch_asked.emit(self.chosen()))
        self._stop = QPushButton(make_icon("stop"), "S&top")
        self._stop.clicked.connect(self.stop_asked)
        self._stop.hide()
        self.state = make_label(role="quiet", wrap=True, selectable=True)
        self._lay_out()
        self._show_state()

    def chosen(self) -> AppLaunch:
        kind: Literal["ehr", "standalone"] = "ehr" if self.kind.currentData() == "ehr" else "standalone"
        return AppLaunch(
            self.base.text().strip().rstrip("/"),
            kind,
            self.client.text().strip(),
            " ".join(self.scopes.toPlainText().split()),
            self.scripted.isChecked(),
            self.user.value,
            self.patient.value,
            self.encounter.value,
            " ".join(self.grant.text().split()),
        )

    def show_sandbox(self, fhir_base: str, client_id: str, scope: str) -> None:
        """Fill in what the current sandbox asks for."""
        self.base.setText(fhir_base)
        self.client.setText(client_id)
        self.scopes.setPlainText(scope)
        self._show_state()

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
        self._launch.setVisible(not running)
        self._stop.setVisible(running)
        self.state.setText(words)

    def _show_state(self) -> None:
        scripted = self.scripted.isChecked()
        for field in (self.user, self.patient, self.encounter, self.grant):
            self._form.setRowVisible(field, scripted)
        self._launch.setEnabled(bool(self.base.text().strip()))

    def _lay_out(self) -> None:
        self._form = QFormLayout()
        self._form.setSpacing(SPACE_2)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, field in (
            ("&FHIR base", self.base),
            ("&Kind", self.kind),
            ("Clie&nt id", self.client),
            ("Sco&pes", self.scopes),
        ):
            self._form.addRow(name, field)
        who = QVBoxLayout()
        who.addWidget(self.person)
        who.addWidget(self.scripted)
        self._form.addRow("Sign-in", who)
        for name, field in (
            ("&User", self.user),
            ("P&atient", self.patient),
            ("&Encounter", self.encounter),
            ("&Grants", self.grant),
        ):
            self._form.addRow(name, field)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_2)
        buttons.addWidget(self._launch)
        buttons.addWidget(self._stop)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_3, SPACE_3, SPACE_3, SPACE_2)
        layout.setSpacing(SPACE_3)
        layout.addLayout(self._form)
        layout.addLayout(buttons)
        layout.addWidget(self.state)
        layout.addStretch(1)
