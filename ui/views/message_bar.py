"""Message bar: what stands at the cursor of a message, and the buttons below its text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from ui.models.message_reading import MessageReading
from ui.models.wire_text import LINE_END_NAMES, LineEnd, WireText
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.views.checked_message import CheckedMessage
from ui.views.message_view import MessageView
from ui.widgets.buttons import icon_button, menu_button
from ui.widgets.labels import ElidedLabel
from workbench.hl7v2.character_set import name_of_codec

_LINE_ENDS: dict[LineEnd, str] = {"\r": "&CR, as the standard asks", "\n": "&LF", "\r\n": "C&R and LF"}


class MessageBar(QWidget):
    """`list_asked` comes where the messages of a file are to be listed, `line_end_chosen` with what ends each line."""

    list_asked = Signal()
    line_end_chosen = Signal(str)

    def __init__(self, view: MessageView, checked: CheckedMessage, fill_segment_menu: Callable[[QMenu], None]) -> None:
        super().__init__()
        self.place = ElidedLabel()
        self.place.setAccessibleName("Field under the cursor")
        self.empty = _toggle("Empt&y fields", "Show fields that are empty or absent in the tree, to fill them in")
        segment = menu_button("Se&gment", "add", "Insert, double, move or remove a segment", fill_segment_menu)
        segment.setProperty("role", "quiet")
        self.as_sent = _toggle("&As sent", "Show the bytes that go out, line ends and all")
        self.line_end = QPushButton()
        self.line_end.setProperty("role", "quiet")
        self.line_end.setAccessibleName("Line ends")
        self.several = self._make_several(view)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_1)
        for button in (segment, self.empty, self.as_sent, self.line_end):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(checked.chooser)
        buttons.addWidget(checked.chip)
        places = QHBoxLayout()
        places.setSpacing(SPACE_1)
        places.addWidget(self.place, 1)
        places.addWidget(self.several)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_2, SPACE_1, SPACE_1, 2)
        layout.setSpacing(0)
        layout.addLayout(places)
        layout.addLayout(buttons)

    def _make_several(self, view: MessageView) -> QWidget:
        """Ways among the messages of a file that holds several."""
        several = QWidget()
        self.which = QPushButton()
        self.which.setProperty("role", "quiet")
        self.which.setToolTip("List the messages of this file (Ctrl+Shift+M)")
        self.which.clicked.connect(lambda: self.list_asked.emit())
        layout = QHBoxLayout(several)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(icon_button("up", "The message before (Alt+PgUp)", partial(view.step_message, -1)))
        layout.addWidget(self.which)
        layout.addWidget(icon_button("down", "The next message (Alt+PgDown)", partial(view.step_message, 1)))
        several.hide()
        return several

    def show_reading(self, reading: MessageReading) -> None:
        """Say which message of how many it is."""
        self.which.setText(f"Message {reading.number + 1:,} of {len(reading.pieces):,}")
        self.several.setVisible(len(reading.pieces) > 1)

    def offer_line_ends(self, chosen: LineEnd) -> None:
        menu = QMenu(self)
        group = QActionGroup(menu)
        for end, text in _LINE_ENDS.items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(end == chosen)
            action.setData(end)
            group.addAction(action)
        group.triggered.connect(lambda action: self.line_end_chosen.emit(action.data()))
        self.line_end.setMenu(menu)

    def name_line_end(self, wire: WireText) -> None:
        """Say what ends each line, and which character set the text is in where that is not a plain one."""
        found = wire.character_set
        plain = found is None or (found.codec in ("ascii", "utf-8") and found.agrees and not found.undecoded)
        name = "" if found is None or plain else f" · {name_of_codec(found.codec)}"
        self.line_end.setText(f"{LINE_END_NAMES[wire.line_end]}{name} ")
        words = "What ends each line on the wire; the standard asks for CR."
        self.line_end.setToolTip(f"{words}\n{found.describe()}" if found else words)


def _toggle(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setCheckable(True)
    button.setProperty("role", "quiet")
    button.setToolTip(tip)
    return button
