"""Picked list: things picked one after another from a choice, each with a button that takes it away again."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.theme.tokens import SPACE_1
from ui.widgets.buttons import icon_button
from ui.widgets.choice import Choice, Option
from ui.widgets.labels import ElidedLabel


class PickedList(QWidget):
    """`values` are what was picked, in order; `changed` follows each pick."""

    changed = Signal()

    def __init__(self, name: str, prompt: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prompt: Option = ("", prompt)
        self._words: dict[str, str] = {}
        self._options: tuple[Option, ...] = ()
        self.choice = Choice(name)
        self.choice.activated.connect(lambda _: self._pick())
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_1)
        layout.addLayout(self._rows)
        layout.addWidget(self.choice)
        self.offer(())

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(self._words)

    def offer(self, options: tuple[Option, ...]) -> None:
        """Offer these; what was picked and is not offered any more goes."""
        self._options = options
        kept = {value for value, _ in options}
        self._words = {value: words for value, words in self._words.items() if value in kept}
        self._show()

    def pick(self, value: str) -> None:
        """Take one of those that are offered."""
        words = dict(self._options).get(value)
        if words is not None and value not in self._words:
            self._words[value] = words
            self._show()
            self.changed.emit()

    def clear(self) -> None:
        self._words = {}
        self._show()

    def _pick(self) -> None:
        self.pick(self.choice.value)

    def _drop(self, value: str) -> None:
        self._words.pop(value, None)
        self._show()
        self.changed.emit()
        self.choice.setFocus()

    def _show(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for value, words in self._words.items():
            self._rows.addWidget(self._make_row(value, words))
        left = tuple(option for option in self._options if option[0] not in self._words)
        self.choice.offer((self._prompt, *left))
        self.choice.setCurrentIndex(0)
        self.choice.setEnabled(bool(left))

    def _make_row(self, value: str, words: str) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_1)
        layout.addWidget(ElidedLabel(words), 1)
        layout.addWidget(icon_button("close", f"Take away {words}", partial(self._drop, value)))
        return row
