"""EHR launch form: who opens which app for which patient and encounter, all picked from what the site has."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ui.launches import SAMPLE_APP, EhrLaunch
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_3
from ui.widgets.choice import Choice, Option
from ui.widgets.labels import make_label

_OTHER = "\0other"
_ADDRESS_ROLE = int(Qt.ItemDataRole.UserRole) + 1


class EhrLaunchForm(QWidget):
    """`launch_asked` opens the browser, `link_asked` copies the link; `patient_chosen` asks for their encounters."""

    launch_asked = Signal(object)
    link_asked = Signal(object)
    patient_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.user = Choice("User who launches")
        self.patient = Choice("Patient", searchable=True)
        self.encounter = Choice("Encounter")
        self.app = Choice("App")
        self.address = QLineEdit()
        self.address.setPlaceholderText("http://127.0.0.1:8000/launch")
        self.address.setAccessibleName("Launch address of the app")
        self.gives = make_label(role="quiet", wrap=True)
        self.patient.currentIndexChanged.connect(lambda _: self.patient_chosen.emit(self.patient.value))
        self.app.currentIndexChanged.connect(lambda _: self._show_address())
        self.address.textChanged.connect(lambda _: self._show_buttons())
        self._launch = QPushButton(make_icon("browser", "on_accent"), "&Launch")
        self._launch.setProperty("role", "primary")
        self._launch.setToolTip("Open the app in the system's browser")
        self._launch.clicked.connect(lambda: self.launch_asked.emit(self.chosen()))
        self._link = QPushButton(make_icon("copy"), "Copy lin&k")
        self._link.setToolTip("Copy the address that opens the app with this launch; it can be used once")
        self._link.clicked.connect(lambda: self.link_asked.emit(self.chosen()))
        self._lay_out()
        self._show_address()

    def chosen(self) -> EhrLaunch:
        app = self.app.value
        other = app == _OTHER
        return EhrLaunch(
            self.user.value,
            self.patient.value,
            self.encounter.value,
            "" if other else app,
            self.address.text().strip() if other or app != SAMPLE_APP else "",
        )

    def show_options(
        self,
        users: tuple[Option, ...],
        patients: tuple[Option, ...],
        apps: tuple[tuple[str, str, str], ...],
        gives: str,
    ) -> None:
        """Offer what the site has; `apps` are id, name and launch address. What was chosen stays where it can."""
        self.user.offer(users)
        self.patient.offer(patients)
        self.show_encounters(())
        chosen = self.app.value
        with QSignalBlocker(self.app):
            self.app.clear()
            for app_id, name, launch_uri in apps:
                self.app.addItem(name, app_id)
                self.app.setItemData(self.app.count() - 1, launch_uri, _ADDRESS_ROLE)
            self.app.addItem("Another app, by its launch address", _OTHER)
            self.app.setCurrentIndex(max(0, self.app.findData(chosen)))
        self.gives.setText(gives)
        self._show_address()

    def show_encounters(self, encounters: tuple[Option, ...]) -> None:
        self.encounter.offer(encounters)

    def set_busy(self, busy: bool) -> None:
        self._launch.setEnabled(not busy)
        self._link.setEnabled(not busy)

    def _show_address(self) -> None:
        app = self.app.value
        if app == SAMPLE_APP:
            self.address.setText("")
            self.address.setPlaceholderText("built in; started when you launch it")
        elif app != _OTHER:
            self.address.setText(str(self.app.currentData(_ADDRESS_ROLE) or ""))
            self.address.setPlaceholderText("http://127.0.0.1:8000/launch")
        self.address.setEnabled(app != SAMPLE_APP)
        self._show_buttons()

    def _show_buttons(self) -> None:
        ready = self.app.count() > 0 and (self.app.value == SAMPLE_APP or bool(self.address.text().strip()))
        self._launch.setEnabled(ready)
        self._link.setEnabled(ready)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(SPACE_2)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for name, field in (
            ("&User", self.user),
            ("&Patient", self.patient),
            ("&Encounter", self.encounter),
            ("&App", self.app),
            ("A&ddress", self.address),
        ):
            form.addRow(name, field)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_2)
        buttons.addWidget(self._launch)
        buttons.addWidget(self._link)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_3, SPACE_3, SPACE_3, SPACE_2)
        layout.setSpacing(SPACE_3)
        layout.addLayout(form)
        layout.addWidget(self.gives)
        layout.addLayout(buttons)
        layout.addStretch(1)
