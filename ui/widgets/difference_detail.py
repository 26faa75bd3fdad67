"""Difference detail: one row whole, its verdict and why, and both values with the characters that differ set off."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QTextBrowser, QWidget

from ui.theme.palette import tokens_of
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.difference_marks import paint_mark
from ui.widgets.emphasis import find_differing_spans, to_emphasised_html
from ui.widgets.labels import ElidedLabel, make_label


class DifferenceDetail(QWidget):
    """Two values side by side under a line that names the place, and why it has its grade."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = ElidedLabel("", "heading")
        self.heading.setAccessibleName("The selected difference")
        self.verdict = MarkLabel()
        self.why = make_label(selectable=True, wrap=True)
        self.why.setAccessibleName("Why it has this grade")
        self.left = _make_value("Left value, whole")
        self.right = _make_value("Right value, whole")
        line = QHBoxLayout()
        line.setSpacing(SPACE_2)
        line.addWidget(self.verdict)
        line.addWidget(self.why, 1)
        layout = QGridLayout(self)
        layout.setContentsMargins(SPACE_2, SPACE_1, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_1)
        layout.addWidget(self.heading, 0, 0, 1, 2)
        layout.addLayout(line, 1, 0, 1, 2)
        layout.addWidget(self.left, 2, 0)
        layout.addWidget(self.right, 2, 1)
        layout.setRowStretch(2, 1)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)
        self._absent = ""
        self._values: tuple[str | None, str | None] = (None, None)
        self.show_nothing()

    def show_nothing(self, words: str = "Select a row to see both values whole.") -> None:
        self.heading.setText(words)
        self.show_verdict("", "", "")
        self._show_values(None, None, absent="")

    def show_values(self, heading: str, left: str | None, right: str | None) -> None:
        self.heading.setText(heading)
        self._show_values(left, right, absent="absent")

    def show_verdict(self, word: str, text: str, why: str, *, tip: str = "") -> None:
        """Say the grade or kind, and why; empty words take the line away."""
        self.verdict.set_mark(word, text, tip)
        self.why.setText(why)
        self.verdict.setVisible(bool(text))
        self.why.setVisible(bool(why))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_values"):
            self._show_values(*self._values, absent=self._absent)

    def _show_values(self, left: str | None, right: str | None, *, absent: str) -> None:
        self._values, self._absent = (left, right), absent
        tokens = tokens_of(self.palette())
        spans = find_differing_spans(left, right) if left is not None and right is not None else ((), ())
        ground = tokens.changed
        around = min((found[0][0] for found in spans if found), default=0)
        quiet = f'<i style="color:{tokens.quiet}">{absent}</i>'
        for view, value, found in ((self.left, left, spans[0]), (self.right, right, spans[1])):
            view.setHtml(quiet if value is None else to_emphasised_html(value, found, ground=ground, around=around))


class MarkLabel(QWidget):
    """The icon and the words of a grade or kind."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._word = self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def set_mark(self, word: str, text: str, tip: str = "") -> None:
        self._word, self._text = word, text
        self.setAccessibleName(f"Grade: {text}" if text else "")
        self.setToolTip(tip)
        metrics = self.fontMetrics()
        self.setFixedSize(metrics.height() + 10 + metrics.horizontalAdvance(text), metrics.height() + 2)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_mark(painter, self.rect(), self._word, self._text, self)
        painter.end()


def _make_value(name: str) -> QTextBrowser:
    view = QTextBrowser()
    view.setAccessibleName(name)
    view.setProperty("mono", True)
    view.setOpenLinks(False)
    view.setTabChangesFocus(True)
    view.setMinimumHeight(34)
    return view
