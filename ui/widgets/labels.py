"""Labels in the roles of the style sheet, icons as labels, thin lines, and labels that elide."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from ui.theme.icons import paint_icon
from ui.theme.palette import tokens_of
from ui.widgets.plain_tip import plain_tip


def make_label(text: str = "", role: str = "", *, selectable: bool = False, wrap: bool = False) -> QLabel:
    """A label of plain text in a role: title, heading, quiet, small, link."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    if selectable:
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        label.setTextInteractionFlags(flags)
    label.setWordWrap(wrap)
    return label


def make_line(vertical: bool = False) -> QFrame:
    """A thin separating line."""
    line = QFrame()
    line.setProperty("role", "line")
    if vertical:
        line.setFixedWidth(1)
    else:
        line.setFixedHeight(1)
    return line


class IconLabel(QWidget):
    """One icon of ours; `token` names the colour, such as `accent` or `passed`."""

    def __init__(
        self, name: str, size: int = 16, *, quiet: bool = False, token: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._size = size
        self._token = token or ("quiet" if quiet else "text")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, name: str, token: str = "") -> None:
        self._name = name
        self._token = token or self._token
        self.update()

    def sizeHint(self) -> QSize:
        side = round(self._size * self.fontMetrics().height() / 16) if self._size <= 16 else self._size
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_icon(painter, self.rect(), self._name, getattr(tokens_of(self.palette()), self._token))
        painter.end()


class ElidedLabel(QLabel):
    """A one-line label that shows an ellipsis instead of clipping, and its whole text as a tool tip."""

    def __init__(self, text: str = "", role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(24)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        space = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, space.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(space, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)
        painter.end()
        self.setToolTip(plain_tip(self.text()) if shown != self.text() else "")
