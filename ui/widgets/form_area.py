"""Form area: a form that scrolls where the room is too low for it, so that the buttons under it stay in reach."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QWidget

_ROOM_FOR_BAR = 16


class FormArea(QScrollArea):
    """As high as its form where that fits, and never narrower; what has the focus is scrolled to."""

    def __init__(self, form: QWidget | QLayout, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        page = form if isinstance(form, QWidget) else QWidget()
        if isinstance(form, QLayout):
            page.setLayout(form)
            form.setContentsMargins(0, 0, 0, 0)
        page.setProperty("role", "page")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(page)
        self._page = page

    def sizeHint(self) -> QSize:
        return self._page.sizeHint() + QSize(_ROOM_FOR_BAR, 0)
