"""Element model: the elements of a structure as a tree, slices below what they slice, with a filter over them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.models.element_words import flags_in_words, to_cardinality, to_flags, to_meaning, to_types
from ui.widgets.element_tree import PROHIBITED_ROLE, SLICE_ROLE
from ui.widgets.plain_tip import plain_tip
from workbench.definitions.structure import ElementDefinition, Structure

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
ELEMENT, FLAGS, CARDINALITY, TYPE, MEANING = range(5)
HEADINGS = ("Element", "Flags", "Card.", "Type", "Says")


class _Node:
    __slots__ = ("children", "element", "name", "parent", "row")

    def __init__(self, element: ElementDefinition | None, name: str, parent: _Node | None) -> None:
        self.element = element
        self.name = name
        self.parent = parent
        self.children: list[_Node] = []
        self.row = len(parent.children) if parent is not None else 0
        if parent is not None:
            parent.children.append(self)


class ElementModel(QAbstractItemModel):
    """`set_filter` keeps what holds the words, or matters most, with all that stands above it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._elements: tuple[ElementDefinition, ...] = ()
        self._words: tuple[str, ...] = ()
        self._only_key = False
        self._root = _Node(None, "", None)

    def set_structure(self, structure: Structure | None) -> None:
        self._elements = structure.elements if structure is not None else ()
        self._rebuild()

    def set_filter(self, text: str, *, only_key: bool) -> None:
        self._words, self._only_key = tuple(text.casefold().split()), only_key
        self._rebuild()

    @property
    def is_filtering(self) -> bool:
        return bool(self._words or self._only_key)

    def element_at(self, index: _Index) -> ElementDefinition | None:
        return self._node(index).element

    def index_of(self, element_id: str) -> QModelIndex:
        """Where an element stands; the root index where it is not shown."""
        waiting = list(self._root.children)
        while waiting:
            node = waiting.pop()
            if node.element is not None and node.element.id == element_id:
                return self.createIndex(node.row, 0, node)
            waiting += node.children
        return QModelIndex()

    # What Qt asks of a tree.

    def index(self, row: int, column: int, parent: _Index = _ROOT) -> QModelIndex:
        children = self._node(parent).children
        inside = 0 <= row < len(children) and 0 <= column < len(HEADINGS) and parent.column() <= 0
        return self.createIndex(row, column, children[row]) if inside else QModelIndex()

    def parent(self, index: _Index = _ROOT) -> QModelIndex:  # type: ignore[override]
        above = self._node(index).parent
        return QModelIndex() if above is None or above is self._root else self.createIndex(above.row, 0, above)

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.column() > 0 else len(self._node(parent).children)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        known = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return HEADINGS[section] if known and 0 <= section < len(HEADINGS) else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self._node(index)
        if node.element is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(node, node.element, index.column())
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            words = flags_in_words(node.element) if index.column() == FLAGS else _long(node, index.column())
            return plain_tip(words) if role == Qt.ItemDataRole.ToolTipRole else words
        if role == SLICE_ROLE:
            return bool(node.element.slice_name)
        return node.element.most == 0 if role == PROHIBITED_ROLE else None

    def _node(self, index: _Index) -> _Node:
        node = index.internalPointer() if index.isValid() else None
        return node if isinstance(node, _Node) else self._root

    def _rebuild(self) -> None:
        self.beginResetModel()
        self._root = _Node(None, "", None)
        kept = self._kept_ids()
        nodes: dict[str, _Node] = {}
        for element in self._elements:
            if kept is None or element.id in kept:
                above = _find_above(element.id, nodes)
                name = element.id[len(above) :].lstrip(".:/") if above else element.id
                nodes[element.id] = _Node(element, name, nodes[above] if above else self._root)
        self.endResetModel()

    def _kept_ids(self) -> set[str] | None:
        """The ids to show: what passes the filter and everything above it; None for all."""
        if not self.is_filtering:
            return None
        known = {element.id: element for element in self._elements}
        kept: set[str] = set()
        for element in self._elements:
            if self._passes(element):
                at = element.id
                while at and at not in kept:
                    kept.add(at)
                    at = _find_above(at, known)
        return kept

    def _passes(self, element: ElementDefinition) -> bool:
        matters = element.must_support or element.least > 0 or bool(element.slice_name) or "." not in element.id
        if self._only_key and not matters:
            return False
        if not self._words:
            return True
        text = f"{element.id} {to_types(element)} {to_meaning(element)}".casefold()
        return all(word in text for word in self._words)


def _find_above(element_id: str, known: dict[str, Any]) -> str:
    """The nearest id above: what a slice slices, or the element that holds it."""
    at = element_id
    while at:
        cut = max(at.rfind("."), at.rfind(":"), at.rfind("/", at.rfind(":") + 1) if ":" in at else -1)
        at = at[:cut] if cut > 0 else ""
        if at in known:
            return at
    return ""


def _cell(node: _Node, element: ElementDefinition, column: int) -> str:
    cells = {
        ELEMENT: lambda: f": {node.name}" if element.slice_name else node.name,
        FLAGS: lambda: to_flags(element),
        CARDINALITY: lambda: to_cardinality(element),
        TYPE: lambda: to_types(element),
        MEANING: lambda: to_meaning(element),
    }
    return cells[column]() if column in cells else ""


def _long(node: _Node, column: int) -> str:
    element = node.element
    if element is None:
        return ""
    return element.id if column == ELEMENT else _cell(node, element, column)
