"""Tour: a bar that leads through the first five minutes, one step at a time, beside the work and never over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_3
from ui.widgets.labels import IconLabel, make_label


@dataclass(frozen=True, slots=True)
class TourStep:
    """What to look at, and what its button does."""

    text: str
    button: str
    run: Callable[[], object]


class TourBar(QFrame):
    """Each step's button does the step; Next goes on without it."""

    ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "notice")
        self.setAccessibleName("Tour")
        self._steps: tuple[TourStep, ...] = ()
        self._index = 0
        self._count = make_label("", "quiet")
        self._text = make_label("", wrap=True)
        self.act = QPushButton()
        self.act.setProperty("role", "primary")
        self.act.clicked.connect(self._act)
        self.next = QPushButton("&Next")
        self.next.clicked.connect(self.go_on)
        close = QToolButton()
        close.setIcon(make_icon("close"))
        close.setToolTip("End the tour")
        close.setAccessibleName("End the tour")
        close.clicked.connect(self.end)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_3, SPACE_2, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_3)
        layout.addWidget(IconLabel("tour", token="accent"))
        layout.addWidget(self._count)
        layout.addWidget(self._text, 1)
        for widget in (self.act, self.next, close):
            layout.addWidget(widget, alignment=Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def begin(self, steps: tuple[TourStep, ...]) -> None:
        self._steps, self._index = steps, 0
        self._show_step()
        self.show()

    def go_on(self) -> None:
        self._index += 1
        if self._index < len(self._steps):
            self._show_step()
        else:
            self.end()

    def end(self) -> None:
        self.hide()
        self.ended.emit()

    def _act(self) -> None:
        step = self._steps[self._index]
        step.run()
        self.go_on()

    def _show_step(self) -> None:
        step = self._steps[self._index]
        self._count.setText(f"{self._index + 1} of {len(self._steps)}")
        self._text.setText(step.text)
        self.act.setText(step.button)
        self.next.setVisible(self._index < len(self._steps) - 1)
