"""Middle of the window: notices and the tour above the panels, or the welcome in place of the panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.frame.panel_stack import PanelStack
from ui.theme.tokens import SPACE_2
from ui.widgets.notice_bar import NoticeBar

if TYPE_CHECKING:
    from ui.frame.tour import TourBar, TourStep
    from ui.frame.welcome import Welcome


class Middle(QWidget):
    """Welcome and tour are made when they are asked for; `door_chosen` says by which door the welcome was left."""

    door_chosen = Signal(str)

    def __init__(self, panels: PanelStack, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panels = panels
        self.notice_bar = NoticeBar()
        self.tour: TourBar | None = None
        self.welcome: Welcome | None = None
        self._bars = QVBoxLayout()
        self._bars.setContentsMargins(SPACE_2, 0, SPACE_2, 0)
        self._bars.setSpacing(SPACE_2)
        self._bars.addWidget(self.notice_bar)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addLayout(self._bars)
        self._layout.addWidget(panels, 1)

    def begin_tour(self, steps: tuple[TourStep, ...]) -> None:
        from ui.frame.tour import TourBar

        if self.tour is None:
            self.tour = TourBar()
            self._bars.addWidget(self.tour)
        self.tour.begin(steps)

    def show_welcome(self) -> None:
        from ui.frame.welcome import Welcome

        if self.welcome is None:
            self.welcome = Welcome()
            self.welcome.chosen.connect(self.door_chosen)
            self._layout.addWidget(self.welcome, 1)
        self.panels.hide()
        self.welcome.show()

    def leave_welcome(self) -> bool:
        """Show the panels again; False where they were not hidden."""
        if self.welcome is None:
            return False
        self.welcome.hide()
        self.welcome.deleteLater()
        self.welcome = None
        self.panels.show()
        return True
