"""Filter bar: a search, one switch for each grade or kind with its number, and the switches that people use most."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.difference_marks import ICONS
from ui.widgets.search_box import SearchBox

_SEARCH = (
    "What rows must hold, or a filter: PID or (OBX and not OBX-14). It knows places, changed, added, removed, "
    "encoding, breaks, aspect:max and “texts in quotes”, joined by and, or, not."
)
_ROOM = 130
"""What the search wants beside the chips."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be shown or not; `value` is also the name of its mark."""

    value: str
    words: str
    count: int


class FilterBar(QWidget):
    """`changed` follows every choice; `hidden` are the values that are switched off, `text` what is searched."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips: dict[str, QPushButton] = {}
        self._words: dict[str, str] = {}
        self._kinds: dict[str, QAction] = {}
        self.search = SearchBox("Filter rows")
        self.search.setToolTip(_SEARCH)
        self.search.setMinimumWidth(120)
        self.search.setMaximumWidth(320)
        self.search.searched.connect(lambda _: self.changed.emit())
        self._kind_menu = QMenu(self)
        self.kind_button = QPushButton("&Kinds")
        self.kind_button.setProperty("role", "chip")
        self.kind_button.setProperty("opens", True)
        self.kind_button.setMenu(self._kind_menu)
        self.kind_button.setAccessibleName("Kinds of difference that are shown")
        self._chip_row = QHBoxLayout()
        self._chip_row.setSpacing(SPACE_1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_2)
        layout.addWidget(self.search, 100)
        layout.addLayout(self._chip_row)
        layout.addWidget(self.kind_button)
        layout.addStretch(1)

    @property
    def text(self) -> str:
        return self.search.text()

    @property
    def hidden(self) -> frozenset[str]:
        chips = (value for value, chip in self._chips.items() if not chip.isChecked())
        kinds = (value for value, action in self._kinds.items() if not action.isChecked())
        return frozenset((*chips, *kinds))

    def chip(self, value: str) -> QPushButton:
        return self._chips[value]

    def kind(self, value: str) -> QAction:
        return self._kinds[value]

    def offer(self, chips: tuple[Choice, ...], kinds: tuple[Choice, ...] = ()) -> None:
        """Offer these choices, all switched on; `kinds` stand in a menu beside the chips."""
        while (item := self._chip_row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._chips.clear()
        self._words = {}
        for choice in chips:
            self._add_chip(choice)
        self._kind_menu.clear()
        self._kinds = {choice.value: self._add_kind(choice) for choice in kinds}
        self.kind_button.setVisible(len(kinds) > 1)
        self._say_kinds()
        order = (self.search, *self._chips.values(), self.kind_button)
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)
        self._fit()

    def _add_chip(self, choice: Choice) -> None:
        icon, token = ICONS[choice.value]
        chip = QPushButton()
        chip.setIcon(make_icon(icon, token))
        chip.setProperty("role", "chip")
        chip.setCheckable(True)
        chip.setChecked(True)
        chip.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        words = f"{choice.count:,} {choice.words}"
        chip.setAccessibleName(f"Show {words}")
        chip.setToolTip(f"Show or hide what is {choice.words}: {choice.count:,}")
        chip.toggled.connect(lambda _: self.changed.emit())
        self._chips[choice.value] = chip
        self._words[choice.value] = words
        self._chip_row.addWidget(chip)

    def _add_kind(self, choice: Choice) -> QAction:
        icon, token = ICONS[choice.value]
        action = self._kind_menu.addAction(make_icon(icon, token), f"{choice.count:,} {choice.words}")
        action.setCheckable(True)
        action.setChecked(True)
        action.toggled.connect(partial(self._take_kind))
        return action

    def _take_kind(self, _: bool) -> None:
        self._say_kinds()
        self.changed.emit()

    def _say_kinds(self) -> None:
        chosen = [value for value, action in self._kinds.items() if action.isChecked()]
        self.kind_button.setText(
            "&Kinds" if len(chosen) == len(self._kinds) else f"&Kinds: {', '.join(chosen) or 'none'}"
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, super().minimumSizeHint().height())

    def _fit(self) -> None:
        """Words in the chips where there is room for all of them, numbers alone where there is not."""
        for wide in (True, False):
            for value, chip in self._chips.items():
                words = self._words[value]
                chip.setText(words if wide else words.partition(" ")[0])
            shown = [*self._chips.values(), *([] if self.kind_button.isHidden() else [self.kind_button])]
            wanted = sum(chip.sizeHint().width() + SPACE_1 for chip in shown)
            if wanted + _ROOM <= self.width():
                return
