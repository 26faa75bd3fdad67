"""Files for an inbox that takes messages by TLS: its certificate and key, and the CAs of senders to let in."""

from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QWidget

from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.example_line import make_example_line


class ListenTlsView(QWidget):
    """Three files, by their names; only the first is needed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.certificate = make_example_line("File of the certificate", "inbox.pem, what senders check")
        self.key = make_example_line("File of its key", "inbox.key, if not in the same file")
        self.senders = make_example_line("File of the senders’ CAs", "ca.pem; anybody is let in if empty")
        form = QFormLayout(self)
        form.setContentsMargins(SPACE_2, 0, SPACE_2, SPACE_2)
        form.setSpacing(SPACE_1)
        form.addRow("Cert&ificate", self.certificate)
        form.addRow("Its &key", self.key)
        form.addRow("Se&nders’ CAs", self.senders)

    @property
    def files(self) -> tuple[str, str, str]:
        certificate, key, senders = (line.text().strip() for line in (self.certificate, self.key, self.senders))
        return certificate, key, senders

    def lock(self, locked: bool) -> None:
        """While it listens nothing can change."""
        for line in (self.certificate, self.key, self.senders):
            line.setEnabled(not locked)
