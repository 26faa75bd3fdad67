"""Send options: how fast, over how many connections, how often again, and what stops it."""

from __future__ import annotations

import uuid
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QHBoxLayout, QWidget

from ui.theme.tokens import SPACE_2, SPACE_3
from ui.widgets.labels import make_label
from ui.widgets.spin_box import make_spin, set_in


class SendOptions(QWidget):
    """`pace_changed` carries the seconds from one message to the next, also while they are sent."""

    pace_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rate = QDoubleSpinBox()
        self.rate.setRange(0, 10_000)
        self.rate.setDecimals(1)
        self.rate.setSpecialValueText("full speed")
        self.rate.setSuffix(" /s")
        self.rate.setAccessibleName("Messages a second")
        self.rate.setToolTip("How many messages a second at most, over all connections")
        set_in(self.rate)
        self.rate.valueChanged.connect(lambda _: self.pace_changed.emit(self.every))
        self.connections = make_spin(1, 50, "Connections", "How many messages are on the way at a time")
        self.retries = make_spin(0, 100, "Retries", "How often a message is sent again that was lost")
        self.stop = QCheckBox("St&op at the first not accepted")
        self.renumber = QCheckBox("New contro&l IDs")
        self.renumber.setToolTip("Give each message a new control ID and time (MSH-10, MSH-7)")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_2, 0, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_2)
        for words, spin in (("P&ace", self.rate), ("Co&nnections", self.connections), ("Re&tries", self.retries)):
            label = make_label(words, "quiet")
            label.setBuddy(spin)
            layout.addWidget(label)
            layout.addWidget(spin)
        layout.addSpacing(SPACE_3)
        layout.addWidget(self.stop)
        layout.addWidget(self.renumber)
        layout.addStretch(1)

    @property
    def every(self) -> float:
        return 1 / self.rate.value() if self.rate.value() else 0.0

    def plan_parts(self) -> dict[str, Any]:
        """What the options say of a `SendPlan`."""
        from workbench.transports.mllp_retry import Retry

        return {
            "every": self.every,
            "connections": self.connections.value(),
            "retry": Retry(self.retries.value()),
            "stop": self.stop.isChecked(),
            "renumber": uuid.uuid4().hex[:8].upper() if self.renumber.isChecked() else "",
        }

    def lock(self, locked: bool) -> None:
        """While messages are sent only the pace can change."""
        for widget in (self.connections, self.retries, self.stop, self.renumber):
            widget.setEnabled(not locked)
