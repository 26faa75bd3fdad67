"""JSON model: a lazy item model over a JSON value; children are made when a branch is opened."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.widgets.json_branch import JsonBranch

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
PATH_ROLE = Qt.ItemDataRole.UserRole + 1
VALUE_ROLE = Qt.ItemDataRole.UserRole + 2
_PAGE = 500


class _Node:
    __slots__ = ("children", "key", "keys", "parent", "row", "value")

    def __init__(self, value: Any, key: str | int, parent: _Node | None, row: int) -> None:
        self.value = value
        self.key = key
        self.parent = parent
        self.row = row
        self.children: list[_Node] = []
        self.keys: list[str] | None = None

    def size(self) -> int:
        return len(self.value) if isinstance(self.value, dict | list | JsonBranch) else 0

    def fetch(self, count: int) -> None:
        start = len(self.children)
        if isinstance(self.value, dict):
            if self.keys is None:
                self.keys = list(self.value)
            for row, key in enumerate(self.keys[start : start + count], start):
                self.children.append(_Node(self.value[key], key, self, row))
        elif isinstance(self.value, JsonBranch):
            names = self.value.keys
            for row in range(start, min(start + count, len(self.value))):
                self.children.append(_Node(self.value.member(row), names[row] if names else row, self, row))
        elif isinstance(self.value, list):
            for row in range(start, min(start + count, len(self.value))):
                self.children.append(_Node(self.value[row], row, self, row))


class JsonModel(QAbstractItemModel):
    """Name and value of each element; a branch fetches 500 children at a time, so size costs nothing up front.

    `PATH_ROLE` gives an element's path in FHIR's notation, such as `Patient.name[0].family`.
    """

    def __init__(self, value: Any = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = _Node(value, "", None, 0)

    @property
    def value(self) -> Any:
        return self._root.value

    def set_value(self, value: Any) -> None:
        self.beginResetModel()
        self._root = _Node(value, "", None, 0)
        self._root.fetch(_PAGE)
        self.endResetModel()

    def index(self, row: int, column: int, parent: _Index = _ROOT) -> QModelIndex:
        node = self._node(parent)
        if 0 <= row < len(node.children) and 0 <= column < 2:
            return self.createIndex(row, column, node.children[row])
        return QModelIndex()

    def parent(self, index: _Index = _ROOT) -> QModelIndex:  # type: ignore[override]
        above = self._node(index).parent
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.row, 0, above)

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.column() > 0 else len(self._node(parent).children)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 2

    def hasChildren(self, parent: _Index = _ROOT) -> bool:
        return parent.column() <= 0 and self._node(parent).size() > 0

    def canFetchMore(self, parent: _Index) -> bool:
        node = self._node(parent)
        return parent.column() <= 0 and len(node.children) < node.size()

    def fetchMore(self, parent: _Index) -> None:
        node = self._node(parent)
        first = len(node.children)
        last = min(first + _PAGE, node.size()) - 1
        if last >= first:
            self.beginInsertRows(parent, first, last)
            node.fetch(_PAGE)
            self.endInsertRows()

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        node = self._node(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return _name_of(node) if index.column() == 0 else _text_of(node.value)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.path_of(index)
        if role == PATH_ROLE:
            return self.path_of(index)
        if role == VALUE_ROLE:
            # Qt would copy an object or an array whole, on every repaint of its row.
            return None if isinstance(node.value, dict | list | JsonBranch) else node.value
        return None

    def value_of(self, index: _Index) -> Any:
        """The value itself at `index`, whole and not copied."""
        return self._node(index).value

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return ("Element", "Value")[section] if section < 2 else None
        return None

    def path_of(self, index: _Index) -> str:
        """The element's path from the nearest resource at the root."""
        node: _Node | None = self._node(index)
        parts: list[str] = []
        while node is not None and node.parent is not None:
            parts.append(f"[{node.key}]" if isinstance(node.key, int) else f".{node.key}")
            node = node.parent
        root = self._root.value
        start = str(root.get("resourceType") or "") if isinstance(root, dict | JsonBranch) else ""
        return (start + "".join(reversed(parts))).lstrip(".")

    def _node(self, index: _Index) -> _Node:
        node = index.internalPointer() if index.isValid() else None
        return node if isinstance(node, _Node) else self._root


def _name_of(node: _Node) -> str:
    if not isinstance(node.key, int):
        return node.key
    kind = node.value.get("resourceType") if isinstance(node.value, dict) else None
    entry = node.value.get("resource") if isinstance(node.value, dict) else None
    if kind is None and isinstance(entry, dict):
        kind = entry.get("resourceType")
    return f"[{node.key}] {kind}" if kind else f"[{node.key}]"


def _text_of(value: Any) -> str:
    if isinstance(value, dict):
        words = value.get("display") or value.get("text") or value.get("reference") or value.get("url")
        return words if isinstance(words, str) else "" if value else "{ }"
    if isinstance(value, JsonBranch) and value.keys is not None:
        return ""
    if isinstance(value, list | JsonBranch):
        return f"{len(value):,} item" + ("" if len(value) == 1 else "s")
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if len(value) <= 2000 else f"{value[:2000]}… ({len(value):,} characters)"
    return str(value) if isinstance(value, int | float | Decimal) else repr(value)
