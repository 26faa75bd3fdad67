"""Structure view: a profile, extension or type as the tree of its elements, and all that is said of the chosen one."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from ui.models.element_model import ElementModel
from ui.models.element_words import describe_element, short_name
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.widgets.buttons import tool_button
from ui.widgets.element_tree import ElementTree
from ui.widgets.labels import ElidedLabel
from ui.widgets.pair_table import PairTable
from ui.widgets.search_box import SearchBox
from workbench.definitions.structure import Structure


class StructureView(QWidget):
    """Read-only; `set_structure` takes one structure after another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.structure: Structure | None = None
        self.model = ElementModel(self)
        self.tree = ElementTree()
        self.tree.setModel(self.model)
        self.details = PairTable("The chosen element")
        self._title = ElidedLabel("", "heading")
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self.tree)
        splitter.addWidget(self.details)
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([640, 260])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_head())
        layout.addWidget(splitter, 1)
        self.tree.chosen.connect(self._show_element)

    def set_structure(self, structure: Structure | None) -> None:
        self.structure = structure
        self._title.setText(_title_of(structure) if structure is not None else "")
        self.model.set_structure(structure)
        self._settle()

    def _make_head(self) -> QWidget:
        head = QWidget()
        copy = tool_button("copy", "Copy the canonical", self._copy_canonical)
        self.search = SearchBox("Find an element")
        self.only_key = QCheckBox("&What matters")
        self.only_key.setToolTip("Only what must be supported or present, and slices")
        self.search.searched.connect(lambda _: self._filter())
        self.search.lead_to(self.tree)
        self.only_key.toggled.connect(lambda _: self._filter())
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self._title, 1)
        first.addWidget(copy)
        second.addWidget(self.search, 1)
        second.addWidget(self.only_key)
        layout = QVBoxLayout(head)
        layout.setContentsMargins(SPACE_3, SPACE_1, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_1)
        layout.addLayout(first)
        layout.addLayout(second)
        return head

    def _copy_canonical(self) -> None:
        if self.structure is not None:
            QGuiApplication.clipboard().setText(self.structure.canonical)

    def _filter(self) -> None:
        chosen = self.model.element_at(self.tree.currentIndex())
        self.model.set_filter(self.search.text(), only_key=self.only_key.isChecked())
        self._settle(chosen.id if chosen is not None else "")

    def _settle(self, element_id: str = "") -> None:
        """Open what fits and choose a row: the one that was chosen, or the first."""
        if self.model.is_filtering:
            self.tree.expandAll()
        else:
            self.tree.open_some()
        index = self.model.index_of(element_id) if element_id else QModelIndex()
        self.tree.setCurrentIndex(index if index.isValid() else self.model.index(0, 0))
        self._show_element(self.tree.currentIndex())

    def _show_element(self, index: QModelIndex) -> None:
        element = self.model.element_at(index)
        told = describe_element(element) if element is not None else ()
        if self.structure is not None and element is not None and "." not in element.id:
            told = (("Canonical", self.structure.canonical), *told)
        self.details.set_pairs(told)


def _title_of(structure: Structure) -> str:
    """What it is called, and what it is made of."""
    name = structure.title or structure.name
    based = short_name(structure.base)
    made = "its snapshot was generated here" if structure.made_snapshot else ""
    on = f"on {based}" if structure.derivation == "constraint" and based else ""
    kind = "" if based == structure.type else structure.type
    return " · ".join(part for part in (name, kind, on, made) if part)
