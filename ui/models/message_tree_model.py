"""Message tree model: an HL7 v2 message as segments, fields and their parts, each with its name."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from ui.models.message_node import (
    FOLDED,
    Names,
    Node,
    SegmentNode,
    count_components,
    count_named,
    count_same,
    datatype_of,
    holds,
    list_entries,
    segment_name_of,
    shorten,
    to_edit_text,
    to_part_text,
)
from ui.widgets.plain_tip import plain_tip
from ui.widgets.structure_tree import NAME_ROLE, SPECIAL_ROLE
from workbench.errors import WorkbenchError
from workbench.hl7v2.escapes import escape_text
from workbench.hl7v2.message import Message
from workbench.hl7v2.path import parse_path

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
PLACE, VALUE = range(2)
_CELL_LIMIT = 300
# A view asks each row at once whether it can be opened; of more segments it gets a page at a time.
_PAGE = 1_000


class MessageTreeModel(QAbstractItemModel):
    """Edits are asked for with `edit_asked(start, end, text)` in offsets of the message's text, and made by its editor.

    After an edit `set_message` changes only the rows that changed, so that a tree stays open where it was.
    """

    edit_asked = Signal(int, int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._message: Message | None = None
        self._names: Names | None = None
        self._nodes: list[SegmentNode] = []
        # An index points at its node without owning it, so a removed node lives until the next change.
        self._fetched = _PAGE
        self._gone: list[SegmentNode | Node] = []
        self._show_empty = False
        self._name_cache: dict[tuple[str, str], str] = {}

    @property
    def message(self) -> Message | None:
        return self._message

    @property
    def show_empty(self) -> bool:
        return self._show_empty

    def set_show_empty(self, show: bool) -> None:
        if show != self._show_empty:
            self._show_empty = show
            self._rebuild()

    def set_names(self, names: Names | None) -> None:
        """Name the rows by a version's dictionary."""
        self._names = names
        self._name_cache.clear()
        if self._show_empty:
            self._rebuild()
        else:
            self._tell_changed()

    def _rebuild(self) -> None:
        self.beginResetModel()
        self._gone = [*self._nodes]
        self._fetched = _PAGE
        self._nodes = [SegmentNode(row, segment, None) for row, segment in enumerate(self._segments())]
        self._number_segments()
        self.endResetModel()

    def set_message(self, message: Message | None) -> None:
        """Show `message`; rows that it shares with the one before stay as they are."""
        self._message = message
        self._gone = []
        segments = self._segments()
        if len(segments) != len(self._nodes) and max(len(segments), len(self._nodes)) > _PAGE:
            self._rebuild()
            return
        old = self._nodes
        same = count_same(old, segments)
        tail = count_same(old[same:][::-1], segments[same:][::-1])
        middle_old, middle_new = len(old) - same - tail, len(segments) - same - tail
        named = count_named(old[same : same + middle_old][::-1], segments[same : same + middle_new][::-1])
        self._resize(same + min(middle_old, middle_new) - named, middle_old, middle_new)
        for node, segment in zip(self._nodes, segments, strict=True):
            node.segment = segment
        self._number_segments()
        for row in range(same, same + middle_new):
            self._sync(self._nodes[row])
        self._tell_changed()

    def _segments(self) -> tuple[Any, ...]:
        return self._message.segments if self._message is not None else ()

    def _resize(self, at: int, old: int, new: int) -> None:
        """Insert or remove top rows at `at` until `old` rows are `new`."""
        if new > old:
            self.beginInsertRows(QModelIndex(), at, at + new - old - 1)
            segments = self._segments()
            self._nodes[at:at] = [SegmentNode(at + i, segments[at + i], None) for i in range(new - old)]
            self._number_rows()
            self.endInsertRows()
        elif new < old:
            self.beginRemoveRows(QModelIndex(), at, at + old - new - 1)
            self._gone += self._nodes[at : at + old - new]
            del self._nodes[at : at + old - new]
            self._number_rows()
            self.endRemoveRows()

    def _number_rows(self) -> None:
        for row, node in enumerate(self._nodes):
            node.row = row

    def _number_segments(self) -> None:
        counts = Counter(node.segment.name for node in self._nodes)
        for node in self._nodes:
            node.ordinal = node.segment.ordinal if counts[node.segment.name] > 1 else None

    def _sync(self, node: SegmentNode | Node) -> None:
        """Bring the opened rows below `node` up to what its text says now."""
        if node.children is None:
            return
        entries = list_entries(node, self._names, empty=self._show_empty)
        children = node.children
        shared = min(len(children), len(entries))
        if len(entries) > len(children):
            self.beginInsertRows(self._index_of(node), shared, len(entries) - 1)
            children += [Node(node, row, *entries[row]) for row in range(shared, len(entries))]
            self.endInsertRows()
        elif len(children) > len(entries):
            self.beginRemoveRows(self._index_of(node), shared, len(children) - 1)
            self._gone += children[shared:]
            del children[shared:]
            self.endRemoveRows()
        for row in range(shared):
            child = children[row]
            child.level, child.number, child.part = entries[row]
            self._sync(child)
        if children:
            parent = self._index_of(node)
            self.dataChanged.emit(self.index(0, 0, parent), self.index(len(children) - 1, VALUE, parent))

    def _tell_changed(self) -> None:
        if self._nodes:
            last = min(len(self._nodes), _PAGE) - 1
            self.dataChanged.emit(self.index(0, PLACE), self.index(last, VALUE))

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._fetched < len(self._nodes)

    def fetchMore(self, parent: Index) -> None:
        if not parent.isValid():
            self._fetch(self._fetched + _PAGE)

    def _fetch(self, count: int) -> None:
        """Give the view at least `count` segments, as far as there are so many."""
        last = min(count, len(self._nodes)) - 1
        if last >= self._fetched:
            self.beginInsertRows(QModelIndex(), self._fetched, last)
            self._fetched = last + 1
            self.endInsertRows()

    # Between a place in the text and a row.

    def index_at(self, offset: int) -> QModelIndex:
        """The row of the innermost part at `offset` of the text; invalid past the end."""
        starts = [node.segment.start for node in self._nodes]
        row = bisect_right(starts, offset) - 1
        if row < 0:
            return QModelIndex()
        self._fetch(row + 1)
        node: SegmentNode | Node = self._nodes[row]
        relative = offset - self._nodes[row].segment.start
        while True:
            below = next((child for child in reversed(self._children(node)) if holds(child, relative)), None)
            if below is None:
                return self._index_of(node)
            node = below

    def span_of(self, index: Index) -> tuple[int, int] | None:
        """Where the row's text stands, as offsets of the message's text; None where the message ends before it."""
        node = self._node(index)
        if isinstance(node, SegmentNode):
            return node.segment.start, node.segment.end
        if node is None or node.part is None:
            return None
        start = node.segment_node.segment.start
        return start + node.part.start, start + node.part.end

    def place_of(self, index: Index) -> str:
        """`PID-5.1 Family Name`: the row's path and name."""
        node = self._node(index)
        return " ".join(filter(None, (self._path_text(node), self._name(node)))) if node is not None else ""

    def place_at(self, offset: int) -> str:
        """`MSH-8 Security`: path and name of the place at `offset`, empty fields included."""
        if self._message is None:
            return ""
        path = self._message.locate(offset)
        if not _is_path(path):
            return path
        place = parse_path(path)
        segments = self._message.find_segments(place.segment) if place.field == 5 else ()
        datatype = datatype_of(segments[(place.ordinal or 1) - 1], 5) if segments else ""
        return f"{path} {self._name_of(path, datatype)}".strip()

    def path_of(self, index: Index) -> str:
        node = self._node(index)
        return self._path_text(node) if node is not None else ""

    # What Qt asks of a tree.

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        node = self._node(parent)
        below = self._nodes if node is None else self._children(node)
        if not (0 <= row < self.rowCount(parent) and 0 <= column <= VALUE) or (
            parent.isValid() and parent.column() != PLACE
        ):
            return QModelIndex()
        return self.createIndex(row, column, below[row])

    def parent(self, index: Index = _ROOT) -> QModelIndex:  # type: ignore[override]  # QObject.parent() is not meant
        node = self._node(index)
        return self._index_of(node.parent) if isinstance(node, Node) else QModelIndex()

    def rowCount(self, parent: Index = _ROOT) -> int:
        if parent.isValid() and parent.column() != PLACE:
            return 0
        node = self._node(parent)
        return min(len(self._nodes), self._fetched) if node is None else len(self._children(node))

    def hasChildren(self, parent: Index = _ROOT) -> bool:
        node = self._node(parent)
        if parent.isValid() and parent.column() != PLACE:
            return False
        if isinstance(node, SegmentNode) and node.children is None:
            return node.segment.encoding.field in node.segment.text
        return bool(self._nodes if node is None else self._children(node))

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 2

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return ("Field", "Value")[section] if section in (PLACE, VALUE) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self._node(index)
        if node is None:
            return None
        if role == SPECIAL_ROLE:
            return segment_name_of(node).startswith("Z")
        if index.column() == PLACE:
            return self._place_data(node, role)
        return self._value_data(node, role)

    def _place_data(self, node: SegmentNode | Node, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._path_text(node)
        if role == NAME_ROLE:
            return self._name(node)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{self._path_text(node)} {self._name(node)}".strip()
        return None

    def _value_data(self, node: SegmentNode | Node, role: int) -> Any:
        if isinstance(node, SegmentNode):
            return None
        if role == Qt.ItemDataRole.EditRole:
            return to_edit_text(node.part, composite=self._is_composite(node))
        if role == Qt.ItemDataRole.DisplayRole:
            return shorten(node.part.value if node.part else "", _CELL_LIMIT)
        if role == Qt.ItemDataRole.ToolTipRole and node.part is not None:
            return plain_tip(shorten(node.part.value, 1000))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        node = self._node(index)
        if not isinstance(node, Node) or index.column() != VALUE:
            return flags
        folded = node.part is not None and FOLDED in node.part.text
        return flags if folded else flags | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        node = self._node(index)
        if not isinstance(node, Node) or role != Qt.ItemDataRole.EditRole or index.column() != VALUE:
            return False
        composite = self._is_composite(node)
        if str(value) == to_edit_text(node.part, composite=composite):
            return False
        start, end, text = self._edit(node, str(value), composite=composite)
        self.edit_asked.emit(start, end, text)
        return True

    def _edit(self, node: Node, typed: str, *, composite: bool) -> tuple[int, int, str]:
        segment = node.segment_node.segment
        if node.part is not None:
            text = to_part_text(node.part, typed, composite=composite)
            return segment.start + node.part.start, segment.start + node.part.end, text
        above = node.parent
        encoding = segment.encoding
        if isinstance(above, SegmentNode):
            there, end, separator = len(segment.fields), segment.end, encoding.field
        else:
            part = above.part
            if part is None:
                return segment.end, segment.end, ""
            there, end, separator = len(part.components), segment.start + part.end, encoding.component
        text = typed if composite else escape_text(typed, encoding)
        return end, end, separator * (node.number - there) + text

    def _is_composite(self, node: Node) -> bool:
        if node.level not in ("field", "repetition") or self._names is None:
            return False
        return count_components(self._names, node.segment_node.segment, node.field) > 1

    def _node(self, index: Index) -> SegmentNode | Node | None:
        return index.internalPointer() if index.isValid() else None

    def _index_of(self, node: SegmentNode | Node) -> QModelIndex:
        return self.createIndex(node.row, PLACE, node)

    def _children(self, node: SegmentNode | Node) -> list[Node]:
        if node.children is None:
            entries = list_entries(node, self._names, empty=self._show_empty)
            node.children = [Node(node, row, *entry) for row, entry in enumerate(entries)]
        return node.children

    def _path_text(self, node: SegmentNode | Node) -> str:
        if isinstance(node, Node):
            return str(node.path())
        name = node.segment.name or "?"
        return name if node.ordinal is None else f"{name}[{node.ordinal}]"

    def _name(self, node: SegmentNode | Node) -> str:
        datatype = datatype_of(node.segment_node.segment, node.field) if isinstance(node, Node) else ""
        return self._name_of(self._path_text(node), datatype)

    def _name_of(self, path: str, datatype: str) -> str:
        if self._names is None:
            return ""
        key = (path, datatype)
        if key not in self._name_cache:
            self._name_cache[key] = self._names.name_of(path, datatype=datatype) if _is_path(path) else ""
        return self._name_cache[key]


def _is_path(text: str) -> bool:
    try:
        parse_path(text)
    except WorkbenchError:
        return False
    return True
