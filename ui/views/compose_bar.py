"""Compose bar: what makes, opens, saves and sends a document, and the sandbox that it goes to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QProgressBar, QPushButton, QWidget

from ui.bench import Bench, SandboxState
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.views.document_page import DocumentPage
from ui.views.message_page import MessagePage
from ui.widgets.buttons import icon_button, menu_button
from ui.widgets.elided_combo_box import ElidedComboBox

Fill = Callable[[QMenu], None]


class ComposeBar(QWidget):
    """`send_asked` comes also where what is under way is to be stopped; `target_changed` follows the sandbox."""

    save_asked = Signal()
    fresh_asked = Signal()
    send_asked = Signal()
    target_changed = Signal()

    def __init__(self, bench: Bench, fill_new: Fill, fill_open: Fill, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._save = icon_button("save", "Save (Ctrl+S)", self.save_asked.emit)
        self._fresh = icon_button("refresh", "Fresh control ID and time (Ctrl+Shift+R)", self.fresh_asked.emit)
        self._target = ElidedComboBox(24)
        self._target.setAccessibleName("Sandbox to send to")
        self._target.currentIndexChanged.connect(lambda _: self._show_target())
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setFixedWidth(48)
        self._progress.setAccessibleName("Sending")
        self._send = QPushButton(make_icon("send", "on_accent"), "Sen&d")
        self._send.setProperty("role", "primary")
        self._send.clicked.connect(lambda: self.send_asked.emit())
        new = menu_button("&New", "add", "A new message or request", fill_new)
        opening = menu_button("&Open", "open", "From the library or a file", fill_open)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_2, SPACE_2, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_1)
        for button in (new, opening, self._save, self._fresh):
            layout.addWidget(button)
        layout.addStretch(1)
        layout.addWidget(self._progress)
        layout.addWidget(self._target)
        layout.addWidget(self._send)
        bench.sandboxes_changed.connect(self._list_sandboxes)
        bench.current_changed.connect(self._list_sandboxes)
        self._list_sandboxes()

    @property
    def target(self) -> SandboxState | None:
        """The sandbox to send to: the chosen one, or the current one."""
        chosen = self._target.currentData()
        return self._bench.find_sandbox(chosen) if chosen else self._bench.current

    def show_page(self, page: DocumentPage | None) -> None:
        """Offer what can be done with the document in front."""
        sending = page is not None and page.sending
        self._send.setEnabled(page is not None)
        self._send.setText("S&top" if sending else "Sen&d")
        self._send.setToolTip("Wait no longer" if sending else "Send as it stands (Ctrl+Return)")
        self._progress.setVisible(sending)
        self._save.setEnabled(page is not None)
        self._fresh.setVisible(isinstance(page, MessagePage))

    def _list_sandboxes(self) -> None:
        chosen = self._target.currentData()
        current = self._bench.current
        with QSignalBlocker(self._target):
            self._target.clear()
            self._target.addItem(f"Current sandbox: {current.name}" if current is not None else "No sandbox", "")
            for state in self._bench.sandboxes:
                mark = "" if state.state in ("up", "unknown") else f" ({state.state})"
                self._target.addItem(f"{state.name}{mark}", state.id)
            self._target.setCurrentIndex(max(0, self._target.findData(chosen)) if chosen else 0)
        self._show_target()

    def _show_target(self) -> None:
        self._target.set_shown_text(self.target.name if self.target is not None else "No sandbox")
        self.target_changed.emit()
