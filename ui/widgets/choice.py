"""Choice: a combo box of values and words, as narrow as its place, that can be searched by typing."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QWidget

from ui.widgets.elided_combo_box import ElidedComboBox
from ui.widgets.elided_line import ElidedLine
from ui.widgets.plain_tip import plain_tip

Option = tuple[str, str]
"""The value that is sent, and the words that are read."""


class Choice(ElidedComboBox):
    """`value` is what is sent; a `searchable` one offers what holds the typed words anywhere."""

    def __init__(self, name: str, *, searchable: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAccessibleName(name)
        self.currentIndexChanged.connect(lambda _: self._show_start())
        if searchable:
            self.setEditable(True)
            self.setLineEdit(ElidedLine())
            self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            completer = QCompleter(self.model(), self)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            self.setCompleter(completer)

    @property
    def value(self) -> str:
        """The value of what is chosen; what was typed counts where it names one of the offered."""
        if self.isEditable() and (at := self.findText(self.currentText(), Qt.MatchFlag.MatchFixedString)) >= 0:
            return str(self.itemData(at) or "")
        return str(self.currentData() or "")

    def offer(self, options: tuple[Option, ...]) -> None:
        """Offer `options`; the chosen value stays chosen where it is still offered."""
        chosen = self.value
        with QSignalBlocker(self):
            self.clear()
            for value, words in options:
                self.addItem(words, value)
            self.setCurrentIndex(max(0, self.findData(chosen)) if options else -1)
        self._show_start()

    def _show_start(self) -> None:
        self.setToolTip(plain_tip(self.currentText()))
        if (line := self.lineEdit()) is not None:
            line.setCursorPosition(0)
