"""Scenario list: the scenarios of the workspace and the shipped ones, found by name."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, QSignalBlocker, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListView, QPushButton, QVBoxLayout, QWidget

from ui.models.scenario_list_model import DETAIL_ROLE, ENTRY_ROLE, ScenarioListModel
from ui.models.step_model import VERDICT_ROLE
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.detail_delegate import DetailDelegate
from ui.widgets.search_box import SearchBox
from workbench.workspace.workspace import ScenarioEntry


class ScenarioList(QWidget):
    """`chosen` carries the path of the scenario that the analyst went to."""

    chosen = Signal(object)
    new_asked = Signal()
    open_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ScenarioListModel(self)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self.model)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.view = QListView()
        self.view.setAccessibleName("Scenarios")
        self.view.setProperty("bare", True)
        self.view.setModel(self._found)
        self.view.setItemDelegate(DetailDelegate(DETAIL_ROLE, VERDICT_ROLE, self.view))
        self.view.selectionModel().currentChanged.connect(lambda index, _: self._choose(index))
        search = SearchBox("Find a scenario")
        search.searched.connect(self._found.setFilterFixedString)
        search.lead_to(self.view)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_1)
        for text, icon, asked in (("Ne&w", "add", self.new_asked), ("&Open…", "open", self.open_asked)):
            button = QPushButton(make_icon(icon), text)
            button.setProperty("role", "quiet")
            button.clicked.connect(asked)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.setMinimumWidth(150)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_2, SPACE_2, SPACE_2, SPACE_1)
        layout.setSpacing(SPACE_2)
        layout.addWidget(search)
        layout.addWidget(self.view, 1)
        layout.addLayout(buttons)

    @property
    def entries(self) -> tuple[ScenarioEntry, ...]:
        return self.model.entries

    def entry_at(self, path: Path | None) -> ScenarioEntry | None:
        return next((entry for entry in self.model.entries if entry.path == path), None)

    def show_entries(self, entries: tuple[ScenarioEntry, ...], current: Path | None) -> None:
        with QSignalBlocker(self.view.selectionModel()):
            self.model.set_entries(entries)
        self.select(current)

    def select(self, path: Path | None) -> None:
        """Mark the row of `path` without going there."""
        row = self.model.row_of(path) if path is not None else -1
        index = self._found.mapFromSource(self.model.index(row)) if row >= 0 else QModelIndex()
        with QSignalBlocker(self.view.selectionModel()):
            self.view.setCurrentIndex(index)
        self.view.viewport().update()

    def select_first(self) -> None:
        if self._found.rowCount():
            self.view.setCurrentIndex(self._found.index(0, 0))

    def _choose(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY_ROLE)
        if isinstance(entry, ScenarioEntry):
            self.chosen.emit(entry.path)
