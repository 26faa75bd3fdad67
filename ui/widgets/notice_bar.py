"""Notice bar: one sentence above the panel, what to do next, and a way to close it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_3
from ui.widgets.labels import IconLabel, make_label

_ICONS = {
    "information": ("notice", "accent"),
    "success": ("pass", "passed"),
    "warning": ("error", "error"),
    "error": ("fail", "failed"),
}


class NoticeBar(QFrame):
    """Hidden until `show_notice`; a screen reader hears the sentence as the bar's name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "notice")
        self._icon = IconLabel("notice")
        self._text = make_label(selectable=True, wrap=True)
        self._hint = make_label(role="quiet", selectable=True, wrap=True)
        self._buttons = QHBoxLayout()
        self._details = ""
        self._copy = QPushButton("Copy details")
        self._copy.setProperty("role", "quiet")
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._details))
        close = QToolButton()
        close.setIcon(make_icon("close"))
        close.setAccessibleName("Close this notice")
        close.setToolTip("Close")
        close.clicked.connect(self.hide)
        words = QGridLayout()
        words.setHorizontalSpacing(SPACE_2)
        words.setVerticalSpacing(2)
        words.setColumnStretch(1, 1)
        words.addWidget(self._icon, 0, 0, Qt.AlignmentFlag.AlignTop)
        words.addWidget(self._text, 0, 1)
        words.addWidget(self._hint, 1, 1)
        # In the middle beside higher buttons, so that the icon stands on the line of its sentence.
        middle = QVBoxLayout()
        middle.addStretch(1)
        middle.addLayout(words)
        middle.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_3, SPACE_2, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_2)
        layout.addLayout(middle, 1)
        layout.addLayout(self._buttons)
        layout.addWidget(self._copy)
        layout.addWidget(close, alignment=Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_notice(
        self,
        kind: str,
        text: str,
        hint: str = "",
        *,
        details: str = "",
        action: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        """Show one notice in place of the last; `kind` is information, success, warning or error."""
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        icon, token = _ICONS.get(kind, _ICONS["information"])
        self._icon.set_icon(icon, token)
        self._text.setText(text)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._details = details
        self._copy.setVisible(bool(details))
        self._set_action(action)
        self.setAccessibleName(f"{text} {hint}".strip())
        self.show()

    @property
    def text(self) -> QLabel:
        return self._text

    def _set_action(self, action: tuple[str, Callable[[], object]] | None) -> None:
        while (item := self._buttons.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        if action is not None:
            title, run = action
            button = QPushButton(title)
            button.clicked.connect(lambda: run())
            self._buttons.addWidget(button)
