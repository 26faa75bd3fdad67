"""EHR launch form: who opens which app for which patient and encounter, all picked from what the site has."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ui.launch_choices import NO_PATIENT, NO_VISIT, SAMPLE_APP, AppRow, Choices, ContextChoices, EhrLaunch
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_3
from ui.views.launch_context_form import LaunchContextForm
from ui.widgets.choice import Choice, Option
from ui.widgets.elided_combo_box import ElidedComboBox
from ui.widgets.labels import make_label
from ui.widgets.more_box import MoreBox
from workbench.smart.launch_context import LaunchContext

_OTHER = "\0other"
_ADDRESS_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_MOST_RECENT = 8
_SCRIPTED = "A scripted user opens the app and answers the site's pages; no script of the app runs"
_SCRIPTS_NEED_A_BROWSER = "The sample app is made of scripts, which only a browser runs"


class EhrLaunchForm(QWidget):
    """`launch_asked` opens the browser, `link_asked` copies the link, `scripted_asked` visits the app without one.

    `patient_chosen` asks for the encounters of a patient and what else is in the chart; `address_typed` carries the
    addresses to offer again. Its buttons stand in `foot`, which is to stay in sight where the form scrolls.
    """

    launch_asked = Signal(object)
    link_asked = Signal(object)
    scripted_asked = Signal(object)
    wait_asked = Signal()
    address_typed = Signal(object)
    register_asked = Signal()
    withhold_asked = Signal()
    patient_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.user = Choice("User who launches")
        self.patient = Choice("Patient", searchable=True)
        self.encounter = Choice("Encounter")
        self.app = Choice("App")
        self.address = ElidedComboBox()
        self.address.setEditable(True)
        self.address.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.address.setAccessibleName("Launch address of the app")
        self._line = self.address.lineEdit() or QLineEdit()
        self.gives = make_label(role="quiet", wrap=True)
        self.context = LaunchContextForm()
        self.more = MoreBox("More context", self.context)
        self.context.changed.connect(lambda: self.more.set_used(self.context.count))
        self.patient.currentIndexChanged.connect(lambda _: self.patient_chosen.emit(self.patient.value))
        self.app.currentIndexChanged.connect(lambda _: self._show_address())
        self.address.editTextChanged.connect(lambda _: self._show_buttons())
        self._launch = QPushButton(make_icon("browser", "on_accent"), "&Launch")
        self._launch.setProperty("role", "primary")
        self._launch.setToolTip("Open the app in the system's browser")
        self._launch.clicked.connect(lambda: self.launch_asked.emit(self._take()))
        self._link = QPushButton(make_icon("copy"), "Copy lin&k")
        self._link.setToolTip("Copy the address that opens the app with this launch; it holds for ten minutes")
        self._link.clicked.connect(lambda: self.link_asked.emit(self._take()))
        self._script = QPushButton(make_icon("play"), "Scripted user")
        self._script.clicked.connect(lambda: self.scripted_asked.emit(self._take()))
        self._wait = self._make_link("Wait for an app…", "Open nothing: draw what an app does that comes by itself")
        self._wait.clicked.connect(self.wait_asked)
        self._register = self._make_link("Register an app…", "An app with a secret, a key or addresses of its own")
        self._register.clicked.connect(self.register_asked)
        self._withhold = self._make_link("Withhold scopes…", "Scopes that the site grants to nobody at the moment")
        self._withhold.clicked.connect(self.withhold_asked)
        self._lay_out()
        self._show_address()

    def chosen(self) -> EhrLaunch:
        app = self.app.value
        other = app == _OTHER
        patient, visit = self.patient.value, self.encounter.value
        settled = {NO_VISIT[0]: "", "": None}.get(visit, visit)
        context = LaunchContext(self.user.value, "" if patient == NO_PATIENT[0] else patient, settled)
        return EhrLaunch(
            self.context.read(replace(context, encounter=settled if context.patient else "")),
            "" if other else app,
            self.address.currentText().strip() if other or app != SAMPLE_APP else "",
            " ".join(self.context.grant.text().split()),
        )

    def show_options(self, choices: Choices, gives: str) -> None:
        """Offer what the site has; what was chosen stays where it can."""
        self.user.offer(choices.users)
        self.patient.offer((*choices.patients, NO_PATIENT) if choices.patients else ())
        self.show_encounters(())
        self.gives.setText(gives)
        self._show_apps(choices.apps)

    def show_encounters(self, encounters: tuple[Option, ...]) -> None:
        self.encounter.offer(encounters)
        self.encounter.setEnabled(bool(encounters))

    def show_context(self, choices: ContextChoices, intents: tuple[str, ...]) -> None:
        self.context.offer(choices, intents)
        self.more.set_used(self.context.count)

    def choose_app(self, client_id: str) -> None:
        place = self.app.findData(client_id) if client_id else -1
        if place >= 0:
            self.app.setCurrentIndex(place)

    def show_withheld(self, count: int) -> None:
        self._withhold.setText(f"Withhold scopes ({count})…" if count else "Withhold scopes…")

    def set_busy(self, busy: bool) -> None:
        if not busy:
            self._show_buttons()
            return
        for button in (self._launch, self._link, self._script):
            button.setEnabled(False)

    def _show_apps(self, apps: tuple[AppRow, ...]) -> None:
        chosen = self.app.value
        with QSignalBlocker(self.app):
            self.app.clear()
            for app in apps:
                self.app.addItem(app.words, app.id)
                self.app.setItemData(self.app.count() - 1, app.launch_uri, _ADDRESS_ROLE)
            self.app.addItem("Another app, by its launch address", _OTHER)
            self.app.setCurrentIndex(max(0, self.app.findData(chosen)))
        self._show_address()

    def offer_addresses(self, addresses: tuple[str, ...]) -> None:
        """Offer launch addresses that were typed before, the newest first."""
        typed = self.address.currentText()
        with QSignalBlocker(self.address):
            self.address.clear()
            self.address.addItems(list(addresses))
            self.address.setEditText(typed)

    def _take(self) -> EhrLaunch:
        """What is chosen; an address that was typed is offered again."""
        chosen = self.chosen()
        known = tuple(self.address.itemText(at) for at in range(self.address.count()))
        if chosen.launch_uri and chosen.launch_uri not in known:
            self.offer_addresses((chosen.launch_uri, *known)[:_MOST_RECENT])
            self.address_typed.emit((chosen.launch_uri, *known)[:_MOST_RECENT])
        return chosen

    def _show_address(self) -> None:
        app = self.app.value
        if app == SAMPLE_APP:
            self.address.setEditText("")
            self._line.setPlaceholderText("built in; started when you launch it")
        elif app != _OTHER:
            self.address.setEditText(str(self.app.currentData(_ADDRESS_ROLE) or ""))
            self._line.setPlaceholderText("http://127.0.0.1:8000/launch")
        self.address.setEnabled(app != SAMPLE_APP)
        self._show_buttons()

    def _show_buttons(self) -> None:
        ready = self.app.count() > 0 and (self.app.value == SAMPLE_APP or bool(self.address.currentText().strip()))
        for button in (self._launch, self._link):
            button.setEnabled(ready)
        # The built-in app runs scripts of its own, which only a browser does.
        is_sample = self.app.value == SAMPLE_APP
        self._script.setEnabled(ready and not is_sample)
        self._script.setToolTip(_SCRIPTS_NEED_A_BROWSER if is_sample else _SCRIPTED)

    def _make_link(self, words: str, tip: str) -> QPushButton:
        link = QPushButton(words)
        link.setProperty("role", "link")
        link.setToolTip(tip)
        return link

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(SPACE_2)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for name, field in (
            ("&User", self.user),
            ("Pa&tient", self.patient),
            ("E&ncounter", self.encounter),
            ("&App", self.app),
            ("A&ddress", self.address),
        ):
            form.addRow(name, field)
        self.foot = QWidget()
        buttons = QHBoxLayout(self.foot)
        buttons.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, SPACE_2)
        buttons.setSpacing(SPACE_2)
        buttons.addWidget(self._launch)
        buttons.addWidget(self._link)
        buttons.addWidget(self._script)
        buttons.addStretch(1)
        links = QGridLayout()
        links.setSpacing(0)
        for at, link in enumerate((self._wait, self._register, self._withhold)):
            links.addWidget(link, at // 2, at % 2, Qt.AlignmentFlag.AlignLeft)
        links.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_3, SPACE_3, SPACE_3, SPACE_2)
        layout.setSpacing(SPACE_3)
        layout.addLayout(form)
        layout.addWidget(self.more)
        layout.addLayout(links)
        layout.addWidget(self.gives)
        layout.addStretch(1)
