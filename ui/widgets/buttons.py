"""Buttons that are an icon, their words for those who point and for those who listen, and buttons that open a menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtWidgets import QAbstractButton, QMenu, QPushButton, QToolButton

from ui.theme.icons import make_icon

_Button = TypeVar("_Button", bound=QAbstractButton)


def icon_button(icon: str, words: str, run: Callable[[], object]) -> QPushButton:
    """A quiet button; `words` may end with its key in parentheses, which is not read aloud."""
    button = QPushButton()
    button.setProperty("role", "quiet")
    return _settle(button, icon, words, run)


def tool_button(icon: str, words: str, run: Callable[[], object]) -> QToolButton:
    """A button for the head of a view, as small as its icon."""
    return _settle(QToolButton(), icon, words, run)


def menu_button(text: str, icon: str, tip: str, fill: Callable[[QMenu], None]) -> QPushButton:
    """A button whose menu is filled anew each time it opens."""
    button = QPushButton(make_icon(icon), text)
    button.setToolTip(tip)
    menu = QMenu(button)

    def refill() -> None:
        menu.clear()
        fill(menu)

    menu.aboutToShow.connect(refill)
    button.setMenu(menu)
    return button


def _settle(button: _Button, icon: str, words: str, run: Callable[[], object]) -> _Button:
    button.setIcon(make_icon(icon))
    button.setToolTip(words)
    button.setAccessibleName(words.split(" (")[0])
    button.clicked.connect(lambda: run())
    return button
