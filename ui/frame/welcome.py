"""Welcome: the three doors of a first start."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4, SPACE_6
from ui.widgets.labels import IconLabel, make_label

_DOORS = (
    (
        "tour",
        "tour",
        "Take the &tour",
        "Five minutes: start a hospital, send a message, launch an app, record it and replay it at another site.",
    ),
    (
        "start",
        "hospital",
        "Start a si&mulated hospital",
        "A whole EHR on this machine, with patients of its own: FHIR, SMART launches and HL7 v2.",
    ),
    (
        "connect",
        "remote",
        "&Connect a sandbox",
        "A test system of a hospital or a vendor, by its FHIR base address or its MLLP port.",
    ),
)


class Welcome(QWidget):
    """`chosen` carries tour, start, connect or skip."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Welcome")
        title = make_label("Record an integration once. Run it at every site.", "title")
        text = make_label("See where it breaks, on which rule, and why. Where would you like to begin?", "quiet")
        doors = QHBoxLayout()
        doors.setSpacing(SPACE_3)
        self.doors = tuple(_Door(*door) for door in _DOORS)
        for door in self.doors:
            door.chosen.connect(self.chosen)
            doors.addWidget(door, 1)
        skip = QPushButton("Go on without")
        skip.setProperty("role", "link")
        skip.clicked.connect(lambda: self.chosen.emit("skip"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_6, SPACE_6, SPACE_6, SPACE_6)
        layout.setSpacing(SPACE_2)
        layout.addStretch(2)
        for label in (title, text):
            layout.addWidget(label, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(SPACE_6)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addLayout(doors, 12)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addSpacing(SPACE_4)
        layout.addWidget(skip, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)


class _Door(QFrame):
    chosen = Signal(str)

    def __init__(self, name: str, icon: str, title: str, text: str) -> None:
        super().__init__()
        self._name = name
        self.setProperty("role", "card")
        self.setMaximumWidth(320)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button = QPushButton(title)
        self.button.setAccessibleDescription(text)
        self.button.clicked.connect(lambda: self.chosen.emit(name))
        if name == "start":
            self.button.setProperty("role", "primary")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        layout.setSpacing(SPACE_3)
        layout.addWidget(IconLabel(icon, 28, token="accent"))
        words = make_label(text, "quiet", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addWidget(words, 1)
        layout.addSpacing(SPACE_1)
        layout.addWidget(self.button)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit(self._name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self._name)
            return
        super().keyPressEvent(event)
