"""Table view: a value set, code system or search parameter as its name and pairs of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.widgets.labels import ElidedLabel
from ui.widgets.pair_table import PairTable

if TYPE_CHECKING:
    from workbench.workspace.package_contents import ContentTable


class ContentTableView(QWidget):
    """Read-only; `set_table` takes one after another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ElidedLabel("", "heading")
        self._canonical = ElidedLabel("", "quiet")
        self.table = PairTable("What it says")
        words = QVBoxLayout()
        words.setContentsMargins(SPACE_3, SPACE_2, SPACE_2, SPACE_2)
        words.setSpacing(SPACE_1)
        words.addWidget(self._title)
        words.addWidget(self._canonical)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(words)
        layout.addWidget(self.table, 1)

    def set_table(self, content: ContentTable) -> None:
        self._title.setText(content.title)
        self._canonical.setText(content.canonical)
        self.table.set_pairs(content.pairs)
