"""Connect dialog: a remote sandbox by its addresses; its secret goes to the keyring of the operating system."""

from __future__ import annotations

import re
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench, SandboxState
from ui.tasks import Report
from ui.theme.tokens import SPACE_2, SPACE_4
from ui.widgets.example_line import make_example_line
from ui.widgets.file_row import FileRow
from ui.widgets.form_area import FormArea
from ui.widgets.labels import make_label
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.spin_box import make_spin

# The title and the frame of the window, and some of what is behind it.
_ROOM_FOR_FRAME = 64
_FILES = "Certificates and keys (*.pem *.crt *.cer *.key);;All files (*)"
WAYS = (
    ("", "by its secret, if it has one"),
    ("none", "not at all: a public app"),
    ("client_secret_basic", "by its secret, in the header"),
    ("client_secret_post", "by its secret, in the form"),
    ("private_key_jwt", "by the key in your keyring"),
)
"""How the workbench may show at a system that it is the client it says, in words."""


class ConnectSandboxDialog(QDialog):
    """`saved` carries the sandbox's id; `state` is the one to edit, if any."""

    saved = Signal(str)

    def __init__(self, bench: Bench, parent: QWidget | None = None, *, state: SandboxState | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._state = state
        self.setWindowTitle("Connect a sandbox" if state is None else f"Edit {state.name}")
        self.setMinimumWidth(580)
        self.name = make_example_line("Name", "Test system of Riverside")
        self.fhir_base = make_example_line("FHIR base address", "https://ehr.example.org/fhir/r4")
        self.host = make_example_line("MLLP host", "127.0.0.1")
        self.port = make_spin(0, 65535, "MLLP port", least_means="none")
        self.tls = QCheckBox("MLLP by &TLS")
        self.tls.setAccessibleName("MLLP by TLS")
        self.ca = make_example_line("File of trusted CAs", "ca.pem; those of this machine if empty")
        self.certificate = make_example_line("File of our certificate", "client.pem, where they ask for one")
        self.key = make_example_line("File of its key", "client.key, if not in the same file")
        self.secured = QCheckBox("Certificates or a pro&xy for FHIR")
        self.secured.setAccessibleName("Certificates or a proxy for FHIR")
        self.https_ca = make_example_line("File of CAs to trust for FHIR", "ca.pem, beside those of this machine")
        self.https_certificate = make_example_line(
            "File of our certificate for FHIR", "client.pem, where they ask for one"
        )
        self.https_key = make_example_line("File of its key for FHIR", "client.key, if not in the same file")
        self.key_password = make_secret_line("Password of the key", "only for a key that has one")
        self.proxy = make_example_line("Proxy", "http://proxy.example.org:3128, or http://name@proxy…")
        self.proxy_password = make_secret_line("Password of the proxy", "only with a name in its address")
        self.client_id = make_example_line("Client id", "as registered there")
        self.authentication = QComboBox()
        self.authentication.setAccessibleName("How the client shows that it is itself")
        for way, words in WAYS:
            self.authentication.addItem(words, way)
        self.secret = make_secret_line("Client secret", "only for a confidential client")
        self.like = QComboBox()
        self.like.setAccessibleName("Behaves like")
        self.host.editingFinished.connect(self._take_address)
        self.notice = NoticeBar()
        self._lay_out()
        self._fill()
        self._fit()

    def save(self) -> None:
        """Save and close; what is wrong is said above the fields."""
        self._bench.tasks.start(
            self._bench.save_remote(self._values(), *self._secrets()),
            on_done=self._finish,
            on_error=self._show_report,
            name="Saving the sandbox",
            owner=self,
        )

    def _take_address(self) -> None:
        """An address that was typed or pasted whole, such as mllps://host:2575, goes to its fields."""
        found = re.fullmatch(
            r"(?:(mllps?)://)?(\[[^\]]+\]|[^:/\s]+):(\d{1,5})/?", self.host.text().strip(), re.IGNORECASE
        )
        if found is None or not 0 < int(found[3]) <= self.port.maximum():
            return
        self.host.setText(found[2].strip("[]"))
        self.port.setValue(int(found[3]))
        if found[1]:
            self.tls.setChecked(found[1].lower() == "mllps")

    def _lay_out(self) -> None:
        mllp = QHBoxLayout()
        mllp.setSpacing(SPACE_2)
        mllp.addWidget(self.host, 1)
        mllp.addWidget(self.port)
        form = QFormLayout()
        form.setSpacing(SPACE_2)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Name", self.name)
        form.addRow("&FHIR base address", self.fhir_base)
        form.addRow("", self.secured)
        self._add_folded(
            form,
            self.secured,
            ("Trusted CAs", self.https_ca),
            ("Our certificate", self.https_certificate),
            ("Its key", self.https_key),
            ("Its password", self.key_password),
            ("&Proxy", self.proxy),
            ("Its password", self.proxy_password),
        )
        form.addRow("&MLLP host and port", mllp)
        form.labelForField(mllp).setBuddy(self.host)  # type: ignore[attr-defined] # the label of a row is a QLabel
        form.addRow("", self.tls)
        own = ("Trusted C&As", self.ca), ("Our c&ertificate", self.certificate), ("Its &key", self.key)
        self._add_folded(form, self.tls, *own)
        form.addRow("&Client id", self.client_id)
        form.addRow("Pr&oof", self.authentication)
        form.addRow("Client &secret", self.secret)
        form.addRow("Behaves &like", self.like)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.save)
        buttons.rejected.connect(self.reject)
        intro = "Secrets are kept in the keyring of your operating system, everything else in your workspace."
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        layout.setSpacing(SPACE_4)
        layout.addWidget(make_label(intro, "quiet", wrap=True))
        layout.addWidget(self.notice)
        self._area = FormArea(form)
        layout.addWidget(self._area, 1)
        layout.addWidget(buttons)

    def _add_folded(self, form: QFormLayout, box: QCheckBox, *rows: tuple[str, QLineEdit]) -> None:
        """Rows that are there while `box` is checked."""
        for label, line in rows:
            field = FileRow(line, _FILES) if line in self._files else line
            form.addRow(label, field)
            form.labelForField(field).setBuddy(line)  # type: ignore[attr-defined] # as above
            form.setRowVisible(field, False)
            box.toggled.connect(partial(form.setRowVisible, field))
        box.toggled.connect(self._fit)

    def _fill(self) -> None:
        self.like.addItem("Not known", "")
        for state in self._bench.sandboxes:
            if state.kind == "simulated":
                self.like.addItem(state.name, state.id)
        remote = self._state.remote if self._state is not None else None
        if remote is not None:
            self.name.setText(remote.name)
            self.fhir_base.setText(remote.fhir_base)
            self.host.setText(remote.mllp_host)
            self.port.setValue(remote.mllp_port)
            self.tls.setChecked(remote.mllp_tls)
            self.ca.setText(remote.mllp_ca)
            self.certificate.setText(remote.mllp_certificate)
            self.key.setText(remote.mllp_key)
            for field, line in self._https.items():
                line.setText(getattr(remote, field))
            self.secured.setChecked(any(line.text() for line in self._https.values()))
            self.key_password.setPlaceholderText("as saved")
            self.proxy_password.setPlaceholderText("as saved")
            self.client_id.setText(remote.client_id)
            self.authentication.setCurrentIndex(max(0, self.authentication.findData(remote.client_authentication)))
            self.like.setCurrentIndex(max(0, self.like.findData(remote.like)))
            self.secret.setPlaceholderText("as saved")

    @property
    def _files(self) -> tuple[QLineEdit, ...]:
        """The lines that name a file."""
        return self.ca, self.certificate, self.key, self.https_ca, self.https_certificate, self.https_key

    @property
    def _https(self) -> dict[str, QLineEdit]:
        lines = self.https_ca, self.https_certificate, self.https_key, self.proxy
        return dict(zip(("ca", "certificate", "key", "proxy"), lines, strict=True))

    def _secrets(self) -> tuple[str, str, str]:
        """Those of the client, of its key and of the proxy; one whose rows are folded away is not saved."""
        passwords = self.key_password.text(), self.proxy_password.text()
        return (self.secret.text(), *(passwords if self.secured.isChecked() else ("", "")))

    def _values(self) -> dict[str, str | int]:
        name = self.name.text().strip()
        files = {"mllp_ca": self.ca, "mllp_certificate": self.certificate, "mllp_key": self.key}
        secured = {field: line.text().strip() for field, line in files.items()} if self.tls.isChecked() else {}
        https = {field: line.text().strip() for field, line in self._https.items()} if self.secured.isChecked() else {}
        return {
            "id": self._state.id if self._state is not None else make_id(name, {s.id for s in self._bench.sandboxes}),
            "name": name,
            "fhir_base": self.fhir_base.text().strip(),
            "mllp_host": self.host.text().strip(),
            "mllp_port": self.port.value(),
            "mllp_tls": self.tls.isChecked(),
            **secured,
            **https,
            "client_id": self.client_id.text().strip(),
            "client_authentication": str(self.authentication.currentData()),
            "like": str(self.like.currentData() or ""),
        }

    def _finish(self, sandbox_id: str) -> None:
        self.saved.emit(sandbox_id)
        self.accept()

    def _show_report(self, report: Report) -> None:
        self.notice.show_notice("error", report.sentence, report.hint, details=report.details)
        self._fit()

    def _fit(self) -> None:
        """As high as the rows in use, and no higher than the screen, where the form scrolls."""
        self._area.updateGeometry()
        self.layout().activate()  # type: ignore[union-attr] # it is laid out
        room = self.screen().availableGeometry().height() - _ROOM_FOR_FRAME
        self.resize(max(self.minimumWidth(), self.sizeHint().width()), min(self.sizeHint().height(), room))


def make_secret_line(name: str, example: str) -> QLineEdit:
    line = make_example_line(name, example)
    line.setEchoMode(QLineEdit.EchoMode.Password)
    return line


def make_id(name: str, taken: set[str]) -> str:
    """An id in lower case made of the name, with a number where it is taken."""
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not base or base not in taken:
        return base
    return next(f"{base}-{number}" for number in range(2, 1000) if f"{base}-{number}" not in taken)
