"""Outcome filter: a switch for each outcome with its number, and a search, over the results of a sending."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from ui.models.send_result_model import VERDICTS
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1
from ui.widgets.search_box import SearchBox
from ui.widgets.verdict_label import VERDICT_ICONS, VERDICT_TOKENS
from workbench.workspace.send_result import OUTCOMES, Outcome


class OutcomeFilter(QWidget):
    """`changed` follows every choice; outcomes that did not occur have no switch."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = SearchBox("Filter messages")
        self.search.searched.connect(lambda _: self.changed.emit())
        self.chips: dict[Outcome, QPushButton] = {outcome: self._make_chip(outcome) for outcome in OUTCOMES}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_1)
        for chip in self.chips.values():
            layout.addWidget(chip)
        layout.addStretch(1)
        layout.addWidget(self.search)

    @property
    def hidden(self) -> frozenset[Outcome]:
        return frozenset(outcome for outcome, chip in self.chips.items() if not chip.isChecked())

    def show_counts(self, counts: Counter[Outcome]) -> None:
        for outcome, chip in self.chips.items():
            chip.setVisible(counts[outcome] > 0)
            chip.setText(f"{counts[outcome]:,} {outcome}")
            chip.setAccessibleName(f"Show {counts[outcome]:,} {outcome}")

    def show_all(self) -> None:
        for chip in self.chips.values():
            chip.setChecked(True)
        self.search.clear()

    def _make_chip(self, outcome: Outcome) -> QPushButton:
        verdict = VERDICTS[outcome]
        chip = QPushButton(make_icon(VERDICT_ICONS[verdict], VERDICT_TOKENS[verdict]), "")
        chip.setProperty("role", "chip")
        chip.setCheckable(True)
        chip.setChecked(True)
        chip.setToolTip(f"Show or hide what is {outcome}")
        chip.toggled.connect(lambda _: self.changed.emit())
        chip.hide()
        return chip
