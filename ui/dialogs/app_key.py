"""App key: the keys of the workbench as an app, made and forgotten, and the JWK Set that a site is given of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ui.bench import Bench
from ui.tasks import Report, beside
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_4
from ui.widgets.choice import Choice
from ui.widgets.labels import make_label
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.text_view import TextView
from workbench.smart.client_methods import SigningAlgorithm
from workbench.smart_app.app_keys import AppKey, to_jwks

_KEPT = {
    "keyring": "Private halves are kept in the keyring of your operating system, never in a file.",
    "process": "This machine has no keyring: the keys last until the workbench is closed.",
}


class AppKeyDialog(QDialog):
    """The newest key signs; older ones stay in the JWK Set for sites that know them alone, until they are forgotten."""

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._keys: tuple[AppKey, ...] = bench.served_keys
        self.setWindowTitle("Keys of the workbench as an app")
        self.notice = NoticeBar()
        self.kept = make_label(role="quiet", wrap=True)
        self.key = Choice("Keys, the newest first")
        self.jwks = TextView()
        self.jwks.setAccessibleName("JWK Set to give to a site")
        self.address = make_label(role="quiet", selectable=True, wrap=True)
        self._make_es = self._button("add", "Make an &ES384 key", lambda: self._make("ES384"))
        self._make_rs = self._button("add", "Make an &RS384 key", lambda: self._make("RS384"))
        self._forget = self._button("delete", "&Forget", self.forget)
        self._copy = self._button("copy", "&Copy the JWK Set", self.copy)
        self._save = self._button("save", "&Save…", self._ask_save)
        self._serve = self._button("listen", "Ser&ve it here", self.serve)
        self._serve.setToolTip("Serve it on a port of this machine, for a site that runs here too")
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        layout.setSpacing(SPACE_2)
        layout.addWidget(self.kept)
        layout.addWidget(self.notice)
        layout.addLayout(_in_row(self.key, self._forget, stretch=0))
        layout.addLayout(_in_row(self._make_es, self._make_rs))
        layout.addWidget(make_label("JWK Set to give to a site", "heading"))
        layout.addWidget(self.jwks, 1)
        layout.addWidget(self.address)
        layout.addLayout(_in_row(self._copy, self._save, self._serve, close))
        self.resize(640, 520)
        self._do(lambda: None)

    @property
    def text(self) -> str:
        """The public halves as a site takes them."""
        return json.dumps(to_jwks(self._keys), indent=2)

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self.notice.show_notice("success", "The JWK Set is on the clipboard; it holds public halves alone.")

    def forget(self) -> None:
        key_id = self.key.value
        self._do(lambda: self._bench.app_keys.forget(key_id))

    def serve(self) -> None:
        self._bench.tasks.start(
            self._bench.start_key_host(),
            on_done=lambda address: self.address.setText(f"Served at {address} until the workbench is closed."),
            on_error=self._fail,
            owner=self,
        )

    def save_to(self, path: Path) -> None:
        from workbench.workspace.atomic import write_text

        self._bench.tasks.start(
            beside(write_text, path, self.text + "\n"),
            on_done=lambda _: self.notice.show_notice("success", f"Written to {path.name}."),
            on_error=self._fail,
            owner=self,
        )

    def _make(self, algorithm: SigningAlgorithm) -> None:
        self._do(lambda: self._bench.app_keys.make(algorithm))

    def _ask_save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save the JWK Set", "jwks.json", "JSON (*.json)")
        if name:
            self.save_to(Path(name))

    def _do(self, change: Callable[[], object]) -> None:
        """Change the keys beside the window, and show what there is then."""

        def work() -> tuple[AppKey, ...]:
            change()
            return self._bench.app_keys.read()

        # One change at a time: an older list must not come after a newer one.
        self._show_busy(True)
        self._bench.tasks.start(beside(work), on_done=self._show, on_error=self._fail, owner=self)

    def _show(self, keys: tuple[AppKey, ...]) -> None:
        self._keys = self._bench.served_keys = keys
        self.key.offer(tuple((key.id, f"{key.algorithm} · {key.id}") for key in keys))
        self.jwks.set_text(self.text if keys else "", "json")
        self._show_busy(False)
        self.kept.setText(_KEPT[self._bench.app_keys.kept_in] if keys else "There is no key yet. Make one.")

    def _show_busy(self, busy: bool) -> None:
        for button in (self._make_es, self._make_rs):
            button.setEnabled(not busy)
        for button in (self._forget, self._copy, self._save):
            button.setEnabled(bool(self._keys) and not busy)

    def _fail(self, report: Report) -> None:
        self._show_busy(False)
        self.notice.show_notice("error", report.sentence, report.hint, details=report.details)

    def _button(self, icon: str, words: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(make_icon(icon), words)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: run())
        return button


def _in_row(*widgets: QWidget, stretch: int | None = None) -> QHBoxLayout:
    """Side by side; the one at `stretch` takes the room, else what is behind them."""
    row = QHBoxLayout()
    row.setSpacing(SPACE_2)
    for at, widget in enumerate(widgets):
        row.addWidget(widget, 1 if at == stretch else 0)
    if stretch is None:
        row.addStretch(1)
    return row
