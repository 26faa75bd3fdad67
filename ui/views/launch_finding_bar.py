"""Launch finding bar: which findings of a launch's review are shown, by outcome, party, exchange and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from ui.models.launch_finding import OUTCOME_WORDS, OUTCOMES, VERDICT_OF, Outcome
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.buttons import menu_button
from ui.widgets.choice import Choice
from ui.widgets.search_box import SearchBox
from ui.widgets.verdict_label import VERDICT_ICONS, VERDICT_TOKENS

_SHOWN_FIRST: tuple[Outcome, ...] = ("fail", "risk", "warning")
_PARTIES = (("", "Both parties"), ("app", "App"), ("server", "Server"))


class LaunchFindingBar(QWidget):
    """`changed` follows every choice; at first what failed, risks and warnings are shown."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.exchange = -1
        self.fill_share: Callable[[QMenu], None] = lambda menu: None
        self.chips: dict[Outcome, QPushButton] = {outcome: self._make_chip(outcome) for outcome in OUTCOMES}
        self.party = Choice("Whose requirements")
        self.party.offer(_PARTIES)
        self.party.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.search = SearchBox("Filter requirements")
        self.search.searched.connect(lambda _: self.changed.emit())
        self._only = QPushButton(make_icon("close", "quiet"), "")
        self._only.setProperty("role", "chip")
        self._only.setToolTip("Show the findings of every exchange again")
        self._only.clicked.connect(self.forget_exchange)
        self._only.hide()
        share = menu_button("Share", "copy", "Copy or save what was found", lambda menu: self.fill_share(menu))
        share.setProperty("role", "quiet")
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(SPACE_1)
        second.setSpacing(SPACE_2)
        for chip in self.chips.values():
            first.addWidget(chip)
        first.addStretch(1)
        first.addWidget(share)
        second.addWidget(self.search, 1)
        second.addWidget(self.party)
        second.addWidget(self._only)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_1)
        layout.addLayout(first)
        layout.addLayout(second)

    @property
    def hidden(self) -> frozenset[Outcome]:
        """Of one exchange everything is shown; otherwise what is switched off is not."""
        if self.exchange >= 0:
            return frozenset()
        return frozenset(outcome for outcome, chip in self.chips.items() if not chip.isChecked())

    @property
    def is_narrow(self) -> bool:
        """Whether more is left out than by outcome alone."""
        return bool(self.party.value or self.search.text() or self.exchange >= 0)

    def show_counts(self, counts: Counter[Outcome]) -> None:
        for outcome, chip in self.chips.items():
            chip.setVisible(counts[outcome] > 0)
            chip.setText(f"{counts[outcome]} {OUTCOME_WORDS[outcome].lower()}")
            chip.setAccessibleName(f"Show {counts[outcome]} {OUTCOME_WORDS[outcome].lower()}")

    def keep_exchange(self, index: int) -> None:
        self.exchange = index
        self._only.setText(f"Exchange {index + 1} alone")
        self._show_exchange()

    def forget_exchange(self) -> None:
        self.exchange = -1
        self._show_exchange()

    def _show_exchange(self) -> None:
        self._only.setVisible(self.exchange >= 0)
        for chip in self.chips.values():
            chip.setEnabled(self.exchange < 0)
        self.changed.emit()

    def _make_chip(self, outcome: Outcome) -> QPushButton:
        verdict = VERDICT_OF[outcome]
        chip = QPushButton(make_icon(VERDICT_ICONS[verdict], VERDICT_TOKENS[verdict]), "")
        chip.setProperty("role", "chip")
        chip.setCheckable(True)
        chip.setChecked(outcome in _SHOWN_FIRST)
        chip.setToolTip(f"Show or hide: {OUTCOME_WORDS[outcome].lower()}")
        chip.toggled.connect(lambda _: self.changed.emit())
        chip.hide()
        return chip
