"""App client form: who the workbench is at a site: its client id, and its secret or key where it is not public."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QPushButton, QWidget

from ui.launch_choices import AUTHENTICATIONS
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1
from ui.widgets.choice import Choice
from ui.widgets.labels import ElidedLabel
from workbench.smart.client_methods import CLIENT_AUTHENTICATIONS, ClientAuthentication

_WAYS = (("none", "public: nothing is proved"), *AUTHENTICATIONS.items())
_AS_KEPT = "", "by its secret, if the keyring has one"


class AppClientForm(QObject):
    """Rows of a form; `key_asked` asks for the key to be made or shown."""

    key_asked = Signal()
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.id = QLineEdit("workbench")
        self.id.setAccessibleName("Client id")
        self.way = Choice("How the app shows that it is itself")
        self.way.offer(_WAYS)
        self.way.currentIndexChanged.connect(lambda _: self._show_rows())
        self.secret = QLineEdit()
        self.secret.setAccessibleName("Client secret")
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.secret.setPlaceholderText("as kept in the keyring")
        self._key_words = ElidedLabel("made when it is first needed", "quiet")
        self._key = QPushButton(make_icon("key"), "Key…")
        self._key.setToolTip("Make a key, and show the JWK Set to give to the site")
        self._key.clicked.connect(self.key_asked)
        self.key_row = QWidget()
        row = QHBoxLayout(self.key_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_1)
        row.addWidget(self._key_words, 1)
        row.addWidget(self._key)
        self._form: QFormLayout | None = None

    @property
    def client_id(self) -> str:
        return self.id.text().strip()

    @property
    def authentication(self) -> ClientAuthentication | Literal[""]:
        return next((way for way in CLIENT_AUTHENTICATIONS if way == self.way.value), "")

    @property
    def client_secret(self) -> str:
        return self.secret.text().strip() if self.authentication.startswith("client_secret") else ""

    def show_client(self, client_id: str, authentication: ClientAuthentication | Literal[""] | None = None) -> None:
        """Take the client of another sandbox; a secret that was typed for the one before goes.

        `authentication` is how the client shows itself at a remote sandbox, None where the app is not on file.
        """
        self.id.setText(client_id)
        self.secret.clear()
        comes_from_remote = self.way.findData("") >= 0
        self.way.offer(_WAYS if authentication is None else (_AS_KEPT, *_WAYS))
        if authentication is not None or comes_from_remote:
            self.way.setCurrentIndex(max(0, self.way.findData(authentication or "")))
        self._show_rows()

    def show_key(self, words: str) -> None:
        self._key_words.setText(words)

    def add_to(self, form: QFormLayout) -> None:
        self._form = form
        rows = (("Client i&d", self.id), ("Proof", self.way), ("Secret", self.secret))
        for name, field in rows:
            form.addRow(name, field)
        form.addRow("Key", self.key_row)
        self._show_rows()

    def _show_rows(self) -> None:
        if self._form is not None:
            self._form.setRowVisible(self.secret, self.authentication.startswith("client_secret"))
            self._form.setRowVisible(self.key_row, self.authentication == "private_key_jwt")
        self.changed.emit()
