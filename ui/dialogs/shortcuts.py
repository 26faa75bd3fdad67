"""Shortcuts dialog: every command that has a key."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from ui.command import Command
from ui.theme.tokens import SPACE_2, SPACE_4, SPACE_6
from ui.widgets.labels import make_label

_EDITING = (
    ("Undo, redo", "Ctrl+Z, Ctrl+Shift+Z"),
    ("Change the sandbox", "Ctrl+Alt+S"),
    ("Open a context menu", "Menu"),
)


class ShortcutsDialog(QDialog):
    """Names and keys in two columns."""

    def __init__(self, commands: Sequence[Command], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        page = QWidget()
        grid = QGridLayout(page)
        grid.setHorizontalSpacing(SPACE_6)
        grid.setVerticalSpacing(SPACE_2)
        pairs = [(command.title, command.shortcut) for command in commands if command.shortcut]
        for row, (title, keys) in enumerate((*pairs, *_EDITING)):
            grid.addWidget(make_label(title), row, 0)
            shown = make_label(keys, "quiet")
            grid.addWidget(shown, row, 1, Qt.AlignmentFlag.AlignRight)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(page)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        layout.setSpacing(SPACE_4)
        layout.addWidget(scroll, 1)
        layout.addWidget(buttons)
        self.resize(460, 480)
