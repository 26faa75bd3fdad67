"""Difference detail: both whole values of one row, the characters that differ set off."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QTextBrowser, QWidget

from ui.theme.palette import tokens_of
from ui.widgets.emphasis import find_differing_spans, to_emphasised_html


class DifferenceDetail(QWidget):
    """Two values side by side under a line that names the place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = QLabel()
        self.heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.heading.setAccessibleName("The selected difference")
        self.left = _make_value("Left value, whole")
        self.right = _make_value("Right value, whole")
        layout = QGridLayout(self)
        layout.setContentsMargins(8, 4, 8, 8)
        layout.setSpacing(4)
        layout.addWidget(self.heading, 0, 0, 1, 2)
        layout.addWidget(self.left, 1, 0)
        layout.addWidget(self.right, 1, 1)
        self._absent = ""
        self._values: tuple[str | None, str | None] = (None, None)
        self.show_nothing()

    def show_nothing(self) -> None:
        self.heading.setText("Select a row to see both values whole.")
        self._show_values(None, None, absent="")

    def show_values(self, heading: str, left: str | None, right: str | None) -> None:
        self.heading.setText(heading)
        self.heading.setToolTip(heading)
        self._show_values(left, right, absent="absent")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_values"):
            self._show_values(*self._values, absent=self._absent)

    def _show_values(self, left: str | None, right: str | None, *, absent: str) -> None:
        self._values, self._absent = (left, right), absent
        tokens = tokens_of(self.palette())
        spans = find_differing_spans(left, right) if left is not None and right is not None else ((), ())
        ground = tokens.changed
        quiet = f'<i style="color:{tokens.quiet}">{absent}</i>'
        for view, value, found in ((self.left, left, spans[0]), (self.right, right, spans[1])):
            view.setHtml(quiet if value is None else to_emphasised_html(value, found, ground=ground))


def _make_value(name: str) -> QTextBrowser:
    view = QTextBrowser()
    view.setAccessibleName(name)
    view.setProperty("mono", True)
    view.setOpenLinks(False)
    view.setTabChangesFocus(True)
    view.setMinimumHeight(40)
    return view
