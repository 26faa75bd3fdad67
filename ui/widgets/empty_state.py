"""Empty state: what a place is for, and the one next step."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_4, SPACE_6
from ui.widgets.labels import IconLabel, make_label


class EmptyState(QWidget):
    """A quiet icon, a title, one or two sentences, and buttons; the first button is the primary one."""

    def __init__(self, icon: str, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE_2)
        self._title = make_label(title, "title")
        self._text = make_label(text, "quiet")
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        self._text.setMaximumWidth(440)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_6, SPACE_6, SPACE_6, SPACE_6)
        layout.setSpacing(SPACE_2)
        layout.addStretch(2)
        layout.addWidget(IconLabel(icon, 32, quiet=True), alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._title)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._text, 10)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addSpacing(SPACE_4 - SPACE_2)
        centred = QHBoxLayout()
        centred.addStretch()
        centred.addLayout(self._buttons)
        centred.addStretch()
        layout.addLayout(centred)
        self._examples = QWidget()
        self._example_list = QVBoxLayout(self._examples)
        self._example_list.setContentsMargins(0, SPACE_4, 0, 0)
        self._example_list.setSpacing(SPACE_1)
        self._examples.hide()
        layout.addWidget(self._examples, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def set_words(self, title: str, text: str) -> None:
        self._title.setText(title)
        self._text.setText(text)

    def add_button(self, text: str, run: Callable[[], object], icon: str = "") -> QPushButton:
        button = QPushButton(text)
        primary = self._buttons.count() == 0
        if primary:
            button.setProperty("role", "primary")
        if icon:
            button.setIcon(make_icon(icon, "on_accent" if primary else "text"))
        button.clicked.connect(lambda: run())
        self._buttons.addWidget(button)
        return button

    def add_example(self, text: str, run: Callable[[], object]) -> QPushButton:
        """One thing to try, below the buttons, in a list."""
        button = QPushButton(text)
        button.setProperty("role", "link")
        button.clicked.connect(lambda: run())
        self._example_list.addWidget(button)
        self._examples.show()
        return button

    def show_examples(self, shown: bool) -> None:
        self._examples.setVisible(shown and self._example_list.count() > 0)

    @property
    def title(self) -> QLabel:
        return self._title
