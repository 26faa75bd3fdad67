"""Top bar: the current sandbox, what it speaks, and the field that searches and runs everything."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

from ui.bench import Bench
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_3
from ui.views.sandbox_words import STATE_WORDS, sign_of, summarize_sandbox
from ui.widgets.labels import ElidedLabel


class TopBar(QWidget):
    """Changing the sandbox is one click here."""

    start_requested = Signal(str)
    stop_requested = Signal(str)
    connect_requested = Signal()
    manage_requested = Signal()
    search_requested = Signal()

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self.sandbox = QToolButton()
        self.sandbox.setProperty("role", "sandbox")
        self.sandbox.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.sandbox.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.sandbox.setToolTip("Change the current sandbox (Ctrl+Alt+S)")
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.sandbox.setMenu(self._menu)
        self._state = ElidedLabel("", "quiet")
        self._state.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.search = QPushButton("Search or run…    Ctrl+K")
        self.search.setIcon(make_icon("search", "quiet"))
        self.search.setProperty("role", "search")
        self.search.setAccessibleName("Search or run")
        self.search.setToolTip("Find and do everything (Ctrl+K)")
        self.search.clicked.connect(self.search_requested)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_2, SPACE_2, SPACE_3, SPACE_2)
        layout.setSpacing(SPACE_3)
        layout.addWidget(self.sandbox)
        layout.addWidget(self._state, 1)
        layout.addWidget(self.search)
        # A key of the button itself would go with its next text.
        QShortcut(QKeySequence("Ctrl+Alt+S"), self).activated.connect(self._open_menu)
        bench.current_changed.connect(self._show_current)
        bench.sandboxes_changed.connect(self._show_current)
        self._show_current()

    def _open_menu(self) -> None:
        self._menu.popup(self.sandbox.mapToGlobal(self.sandbox.rect().bottomLeft()))

    def _show_current(self) -> None:
        state = self._bench.current
        if state is None:
            self.sandbox.setText("No sandbox")
            self.sandbox.setIcon(make_icon("ring", "quiet"))
            self._state.setText("")
            return
        word = STATE_WORDS[state.state]
        self.sandbox.setText(f"{state.name}  ·  {word}   ▾")
        self.sandbox.setIcon(make_icon(*sign_of(state)))
        self.sandbox.setAccessibleName(f"Current sandbox: {state.name}, {word}")
        self._state.setText(summarize_sandbox(state))

    def _fill_menu(self) -> None:
        self._menu.clear()
        group = QActionGroup(self._menu)
        current = self._bench.current
        for state in self._bench.sandboxes:
            text = f"{state.name}  ·  {STATE_WORDS[state.state]}"
            action = self._menu.addAction(make_icon(*sign_of(state)), text)
            action.setCheckable(True)
            action.setChecked(current is not None and state.id == current.id)
            action.triggered.connect(lambda _=False, chosen=state.id: self._bench.set_current(chosen))
            if action.isChecked():
                # Its icon stands where a mark would.
                font = action.font()
                font.setBold(True)
                action.setFont(font)
            group.addAction(action)
        self._menu.addSeparator()
        if current is not None and current.kind == "simulated":
            if current.state == "up":
                self._menu.addAction(make_icon("stop"), "St&op it", lambda: self.stop_requested.emit(current.id))
            elif current.state in ("stopped", "failed"):
                self._menu.addAction(make_icon("play"), "&Start it", lambda: self.start_requested.emit(current.id))
        self._menu.addAction(make_icon("remote"), "&Connect a sandbox…", self.connect_requested.emit)
        self._menu.addAction("&Manage sandboxes", self.manage_requested.emit)
