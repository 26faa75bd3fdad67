"""Register an app: what a hospital would have on file for it, given to the simulated site while it runs."""

from __future__ import annotations

import secrets

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ui.bench import Bench
from ui.launch_choices import AUTHENTICATIONS
from ui.tasks import Report, beside
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_4
from ui.widgets.choice import Choice
from ui.widgets.dialog_buttons import DialogButtons
from ui.widgets.example_line import make_example_line
from ui.widgets.file_row import FileRow
from ui.widgets.labels import make_label
from ui.widgets.notice_bar import NoticeBar
from workbench.authorization_server.rules import Client
from workbench.smart.client_methods import CLIENT_AUTHENTICATIONS, ClientAuthentication

_SECRET_BYTES = 32
_KEY_FILES = "JSON (*.json);;All files (*)"


class RegisterAppDialog(QDialog):
    """`registered` carries the client id, once the site knows the app; it forgets it when it stops."""

    registered = Signal(str)

    def __init__(self, bench: Bench, sandbox_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._sandbox_id = sandbox_id
        self.setWindowTitle("Register an app")
        self.setMinimumWidth(560)
        self.client_id = make_example_line("Client id", "my-app")
        self.name = make_example_line("Name of the app", "as the consent page shows it")
        self.launch_uri = make_example_line("Launch address", "http://127.0.0.1:8000/launch")
        self.redirects = make_example_line("Redirect addresses", "http://127.0.0.1:8000/callback")
        self.redirects.setToolTip("One or more, with spaces between them; they are compared letter by letter")
        self.way = Choice("How the app shows that it is itself")
        self.way.offer((("none", "public: nothing is proved"), *AUTHENTICATIONS.items()))
        self.way.currentIndexChanged.connect(lambda _: self._follow())
        self.secret = make_example_line("Client secret", "the app’s own, or a new one")
        self.keys = make_example_line("Keys of the app", "address or file of its JWK Set")
        self.scope = make_example_line("System scopes", "system/Patient.rs, for a backend service alone")
        self.notice = NoticeBar()
        self._buttons = DialogButtons("&Register")
        self._buttons.accepted.connect(self.save)
        self._buttons.rejected.connect(self.reject)
        self._lay_out()
        self.client_id.textChanged.connect(lambda _: self._follow())
        self._follow()

    def save(self) -> None:
        """Let the site know the app; what does not fit is said above the fields."""
        client_id = self.client_id.text().strip()
        way: ClientAuthentication = next((each for each in CLIENT_AUTHENTICATIONS if each == self.way.value), "none")
        app = Client(
            client_id,
            self.name.text().strip() or client_id,
            tuple(self.redirects.text().replace(",", " ").split()),
            self.launch_uri.text().strip(),
            way,
            scope=" ".join(self.scope.text().split()),
        )
        keys = self.keys.text().strip() if way == "private_key_jwt" else ""
        secret = self.secret.text().strip() if way.startswith("client_secret") else ""

        def register() -> None:
            from workbench.workspace.app_registration import register_app

            register_app(self._bench.running(self._sandbox_id), app, secret=secret, keys=keys)

        self._bench.tasks.start(
            beside(register), on_done=lambda _: self._finish(client_id), on_error=self._show_report, owner=self
        )

    def _finish(self, client_id: str) -> None:
        self.registered.emit(client_id)
        self.accept()

    def _show_report(self, report: Report) -> None:
        self.notice.show_notice("error", report.sentence, report.hint, details=report.details)
        self.adjustSize()

    def _follow(self) -> None:
        way = self.way.value
        self._form.setRowVisible(self._secret_row, way.startswith("client_secret"))
        self._form.setRowVisible(self._key_row, way == "private_key_jwt")
        self._form.setRowVisible(self.scope, way != "none")
        self._buttons.accept_button.setEnabled(bool(self.client_id.text().strip()))

    def _make_secret(self) -> None:
        """A new secret, in sight and on the clipboard: the site keeps no more than its digest."""
        self.secret.setText(secrets.token_urlsafe(_SECRET_BYTES))
        QGuiApplication.clipboard().setText(self.secret.text())
        self.notice.show_notice("information", "The new secret is on the clipboard. The site keeps its digest alone.")

    def _lay_out(self) -> None:
        make = QPushButton(make_icon("key"), "Make")
        make.clicked.connect(self._make_secret)
        self._secret_row, self._key_row = _in_row(self.secret, make), FileRow(self.keys, _KEY_FILES)
        self._form = QFormLayout()
        self._form.setSpacing(SPACE_2)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, field in (
            ("Client &id", self.client_id),
            ("&Name", self.name),
            ("&Launch address", self.launch_uri),
            ("Re&direct addresses", self.redirects),
            ("&Proof", self.way),
            ("Secret", self._secret_row),
            ("Keys", self._key_row),
            ("&System scopes", self.scope),
        ):
            self._form.addRow(name, field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        layout.setSpacing(SPACE_4)
        layout.addWidget(
            make_label("The site knows the app until it stops; in its file it knows it always.", "quiet", wrap=True)
        )
        layout.addWidget(self.notice)
        layout.addLayout(self._form)
        layout.addStretch(1)
        layout.addWidget(self._buttons)


def _in_row(field: QWidget, button: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE_1)
    layout.addWidget(field, 1)
    layout.addWidget(button)
    return row
