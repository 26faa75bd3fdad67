"""Panel: one job of the workbench in the middle of the window, and the commands it gives to Ctrl+K."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget

from ui.bench import Bench
from ui.command import Command as Command


class Panel(QWidget):
    """Base of every panel. What one panel makes reaches another by these signals, through the main window.

    `open_exchange` carries an exchange, a place in one, or a step's result; `compare_requested` two exchanges, messages
    or resources; `compose_requested` an exchange, or bytes or text to edit and send; `show_panel` a panel's name
    (sandboxes, launch, compose, send-many, listen, compare, scenarios, packages); `hand_over` the name of a panel, a
    kind and a payload for its `receive`; `documents_requested` a message in bytes whose documents are to be opened.
    """

    title = ""
    icon_name = ""

    open_exchange = Signal(object)
    compare_requested = Signal(object, object)
    compose_requested = Signal(object)
    show_panel = Signal(str)
    hand_over = Signal(str, str, object)
    documents_requested = Signal(bytes)

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bench = bench
        self.setAccessibleName(self.title)

    def take_keyboard(self) -> None:
        """Give the keyboard to what had it last in this panel, or else to the first that the tab key leads to.

        Qt goes that way itself: of widgets that are met one by one in the focus chain, Python would let go wrongly.
        """
        last, before = self.focusWidget(), QApplication.focusWidget()
        if self._takes_keys(last):
            last.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.focusNextChild()
        if not self._takes_keys(QApplication.focusWidget()) and before is not None:
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def _takes_keys(self, widget: QWidget | None) -> bool:
        if widget is None or not self.isAncestorOf(widget):
            return False
        return widget.isVisibleTo(self) and widget.isEnabled() and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)

    def commands(self) -> tuple[Command, ...]:
        """What this panel adds to Ctrl+K at the moment."""
        return ()

    def has_unsaved(self) -> bool:
        """Whether closing the window would lose work of this panel."""
        return False

    def save_unsaved(self) -> bool:
        """Save what is unsaved; False where the user chose not to go on."""
        return True

    def find_text(self) -> bool:
        """Open the panel's own search on Ctrl+F; False where it has none, so that the exchanges are searched."""
        return False

    def receive(self, kind: str, payload: object) -> None:
        """Take what another panel, the strip or the inspector hands over (kind: exchange, compare, message, …)."""
