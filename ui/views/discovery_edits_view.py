"""Discovery edits view: how what the site publishes differs from what it does, by name and by what is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from ui.theme.tokens import SPACE_1, SPACE_6
from ui.widgets.labels import make_label
from ui.widgets.picked_list import PickedList
from workbench.authorization_server.discovery_edits import DiscoveryEdits
from workbench.authorization_server.discovery_faults import all_discovery_faults

_LISTS = ("capabilities", "code_challenge_methods_supported", "grant_types_supported")


class DiscoveryEditsView(QWidget):
    """`changed` carries the edits as they are ticked and picked; what a site file sets itself stays."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edits = DiscoveryEdits()
        self.boxes: dict[str, QCheckBox] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_1)
        layout.addWidget(make_label("Discovery", "heading"))
        for fault in all_discovery_faults():
            box = QCheckBox(fault.title)
            box.toggled.connect(lambda _: self._take())
            does = make_label(f"The site {fault.site}.", "quiet", wrap=True)
            does.setContentsMargins(SPACE_6, 0, 0, SPACE_1)
            self.boxes[fault.name] = box
            layout.addWidget(box)
            layout.addWidget(does)
        self.left_out = PickedList("What is left out of smart-configuration", "Leave something out…")
        self.left_out.changed.connect(self._take)
        layout.addWidget(make_label("Left out of smart-configuration"))
        layout.addWidget(self.left_out)

    @property
    def count(self) -> int:
        return len(self._edits.faults) + len(self._edits.leave_out) + len(self._edits.set)

    def show_edits(self, edits: DiscoveryEdits, published: Mapping[str, Any]) -> None:
        """Show the edits of a running site; `published` is what its smart-configuration would say without them."""
        self._edits = edits
        for name, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setChecked(name in edits.faults)
        with QSignalBlocker(self.left_out):
            self.left_out.offer(tuple((name, name) for name in (*_parts_of(published), *edits.leave_out)))
            self.left_out.clear()
            for name in edits.leave_out:
                self.left_out.pick(name)

    def _take(self) -> None:
        faults = tuple(fault.name for fault in all_discovery_faults() if self.boxes[fault.name].isChecked())
        self._edits = replace(self._edits, faults=faults, leave_out=self.left_out.values)
        self.changed.emit(self._edits)


def _parts_of(published: Mapping[str, Any]) -> tuple[str, ...]:
    """Members, and single words of the lists that apps look at, such as `capabilities.client-public`."""
    words = (f"{name}.{word}" for name in _LISTS for word in published.get(name, ()))
    return (*published, *words)
