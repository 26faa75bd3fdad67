"""Message tree model: an HL7 v2 message as groups, segments, fields and their parts, each with its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from ui.models.message_node import (
    FOLDED,
    RUN,
    Entry,
    GroupEntry,
    Node,
    PartEntry,
    RunEntry,
    SegmentEntry,
    count_components,
    holds,
    label_of,
    list_entries,
    path_of,
    segment_of,
    shorten,
    to_edit_text,
)
from ui.models.message_reading import MessageReading
from ui.models.message_rows import find_change, first_index, make_edit
from ui.models.place_words import describe_group, describe_usage
from ui.models.site_words import SiteWords
from ui.widgets.plain_tip import plain_tip
from ui.widgets.structure_tree import GROUP_ROLE, NAME_ROLE, SPECIAL_ROLE, VALUES_ROLE
from workbench.hl7v2.completion import suggest_values
from workbench.hl7v2.place_facts import PlaceFacts, describe_place, value_type_of

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
PLACE, VALUE = range(2)
_CELL_LIMIT = 300


class MessageTreeModel(QAbstractItemModel):
    """Edits are asked for with `edit_asked(start, end, text)` in offsets of the message's text, and made by its editor.

    After an edit `set_reading` changes only the rows that changed, so that a tree stays open where it was. Rows that
    nobody has opened are not made.
    """

    edit_asked = Signal(int, int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.reading: MessageReading | None = None
        self.site_words: SiteWords | None = None
        self.show_empty = False
        self._top = Node(None, 0, None)
        # An index points at its node without owning it, so a removed node lives until the next change.
        self._gone: list[Node] = []

    def set_show_empty(self, show: bool) -> None:
        if show != self.show_empty:
            self.show_empty = show
            self._gone = []
            self._sync(self._top)

    def set_reading(self, reading: MessageReading | None) -> None:
        """Show a message; rows that it shares with the one before stay as they are."""
        self.reading = reading
        self._gone = []
        self._sync(self._top)

    def _sync(self, node: Node) -> None:
        """Bring the rows below `node`, as far as there are any, up to what it holds now."""
        children = node.children
        if children is None:
            return
        entries = list_entries(node, self.reading, empty=self.show_empty) if self.reading is not None else ()
        olds = [child.entry for child in children]
        at, old, new, changed = find_change(olds, entries)
        self._resize(node, children, at, old, entries[at : at + new])
        for child, entry in zip(children, entries, strict=True):
            child.entry = entry
            self._sync(child)
        if children and (changed or isinstance(children[0].entry, PartEntry)):
            parent = self._index_of(node)
            self.dataChanged.emit(self.index(0, 0, parent), self.index(len(children) - 1, VALUE, parent))

    def _resize(self, node: Node, children: list[Node], at: int, old: int, fresh: Sequence[Entry]) -> None:
        """Insert or remove rows at `at` until `old` of them are as many as the fresh ones."""
        new = len(fresh)
        if new > old:
            self.beginInsertRows(self._index_of(node), at, at + new - old - 1)
            children[at:at] = [Node(node, 0, entry) for entry in fresh[: new - old]]
            _number(children)
            self.endInsertRows()
        elif new < old:
            self.beginRemoveRows(self._index_of(node), at, at + old - new - 1)
            self._gone += children[at : at + old - new]
            del children[at : at + old - new]
            _number(children)
            self.endRemoveRows()

    # Between a place in the text and a row.

    def index_at(self, offset: int) -> QModelIndex:
        """The row of the innermost part at `offset` of the text; invalid before the first segment."""
        segment = self.reading.segment_at(offset) if self.reading is not None else None
        if self.reading is None or segment is None:
            return QModelIndex()
        node = self._top
        for number in self.reading.ways[segment.index]:
            node = self._child(node, number)
        relative = offset - segment.start
        while below := next((child for child in reversed(self._children(node)) if holds(child.entry, relative)), None):
            node = below
        return self._index_of(node)

    def _child(self, node: Node, number: int) -> Node:
        children = self._children(node)
        if isinstance(children[0].entry, RunEntry):
            children = self._children(children[number // RUN])
            number %= RUN
        return children[number]

    def span_of(self, index: Index) -> tuple[int, int] | None:
        """Where the row's text stands, as offsets of the message's text; None where the message ends before it.

        A group is as far as its first segment.
        """
        node = self._node(index)
        entry = node.entry if node is not None else None
        if isinstance(entry, PartEntry) and node is not None:
            segment = segment_of(node)
            if segment is None or entry.part is None:
                return None
            return segment.start + entry.part.start, segment.start + entry.part.end
        number = first_index(entry)
        first = self.reading.segment(number) if self.reading is not None and number is not None else None
        return (first.start, first.end) if first is not None else None

    def facts_of(self, index: Index) -> PlaceFacts | None:
        """What the version says of a segment or part."""
        node = self._node(index)
        segment = segment_of(node) if node is not None else None
        if node is None or segment is None or self.reading is None:
            return None
        path = path_of(node, several=segment.name in self.reading.several)
        return describe_place(segment, path, self.reading.names)

    def path_of(self, index: Index) -> str:
        """`PID-5.1`, or the name of a group."""
        node = self._node(index)
        return self._path_text(node) if node is not None else ""

    def place_of(self, index: Index) -> str:
        """`PID-5.1 Family Name`: the row's path and name."""
        node = self._node(index)
        return " ".join(filter(None, (self._path_text(node), self._name(node)))) if node is not None else ""

    # What Qt asks of a tree.

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        if parent.isValid() and parent.column() != PLACE:
            return QModelIndex()
        below = self._children(self._node(parent) or self._top)
        if not (0 <= row < len(below) and 0 <= column <= VALUE):
            return QModelIndex()
        return self.createIndex(row, column, below[row])

    def parent(self, index: Index = _ROOT) -> QModelIndex:  # type: ignore[override]  # QObject.parent() is not meant
        node = self._node(index)
        return self._index_of(node.parent) if node is not None and node.parent is not None else QModelIndex()

    def rowCount(self, parent: Index = _ROOT) -> int:
        if parent.isValid() and parent.column() != PLACE:
            return 0
        return len(self._children(self._node(parent) or self._top))

    def hasChildren(self, parent: Index = _ROOT) -> bool:
        if parent.isValid() and parent.column() != PLACE:
            return False
        node = self._node(parent) or self._top
        if node.children is None:
            if isinstance(node.entry, SegmentEntry):
                return node.entry.segment.encoding.field in node.entry.segment.text
            if isinstance(node.entry, GroupEntry | RunEntry):
                return True
        return bool(self._children(node))

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
            segment = segment_of(node)
            return segment is not None and segment.name.startswith("Z")
        if role == GROUP_ROLE:
            return isinstance(node.entry, GroupEntry | RunEntry)
        if index.column() == PLACE:
            return self._place_data(node, index, role)
        return self._value_data(node, role)

    def _place_data(self, node: Node, index: Index, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._path_text(node)
        if role == NAME_ROLE:
            return self._name(node)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip("\n".join(filter(None, (self.place_of(index), self._describe(node, index)))))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._path_text(node)} {self._name(node)}".strip()
        return None

    def _describe(self, node: Node, index: Index) -> str:
        if isinstance(node.entry, GroupEntry):
            placement = self.reading.placement if self.reading is not None else None
            return describe_group(node.entry.group, placement.node_of(node.entry.group) if placement else None)
        facts = self.facts_of(index)
        if facts is None:
            return ""
        asked = self.site_words.describe(facts.path) if self.site_words is not None else ""
        return "\n".join(filter(None, (describe_usage(facts), asked)))

    def _value_data(self, node: Node, role: int) -> Any:
        entry = node.entry
        if not isinstance(entry, PartEntry):
            return None
        if role == VALUES_ROLE:
            return self._suggest(node)
        if role == Qt.ItemDataRole.EditRole:
            return to_edit_text(entry.part, composite=self._is_composite(node))
        if role == Qt.ItemDataRole.DisplayRole:
            return shorten(entry.part.value if entry.part else "", _CELL_LIMIT)
        if role == Qt.ItemDataRole.ToolTipRole and entry.part is not None:
            return plain_tip(shorten(entry.part.value, 1000))
        return None

    def _suggest(self, node: Node) -> tuple[tuple[str, str], ...]:
        """What may stand in a row, with words: the site's own values, or else those of the version's table."""
        segment = segment_of(node)
        if segment is None or self.reading is None or self._is_composite(node):
            return ()
        path = path_of(node)
        own = self.site_words.suggest(path) if self.site_words is not None else ()
        found = own or suggest_values(segment, path, self.reading.names)
        return tuple((each.text, each.words) for each in found)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        node = self._node(index)
        if node is None or not isinstance(node.entry, PartEntry) or index.column() != VALUE:
            return flags
        folded = node.entry.part is not None and FOLDED in node.entry.part.text
        return flags if folded else flags | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        node = self._node(index)
        if node is None or role != Qt.ItemDataRole.EditRole or index.column() != VALUE:
            return False
        if not isinstance(node.entry, PartEntry):
            return False
        composite = self._is_composite(node)
        if str(value) == to_edit_text(node.entry.part, composite=composite):
            return False
        edit = make_edit(node, node.entry, str(value), composite=composite)
        if edit is None:
            return False
        self.edit_asked.emit(*edit)
        return True

    def _is_composite(self, node: Node) -> bool:
        """Whether separators that are typed part the value; in a component they are meant as letters."""
        whole = isinstance(node.entry, PartEntry) and node.entry.level in ("field", "repetition")
        return whole and self.reading is not None and count_components(node, self.reading.names) > 1

    def _node(self, index: Index) -> Node | None:
        return index.internalPointer() if index.isValid() else None

    def _index_of(self, node: Node) -> QModelIndex:
        return QModelIndex() if node.parent is None else self.createIndex(node.row, PLACE, node)

    def _children(self, node: Node) -> list[Node]:
        if node.children is None:
            entries = list_entries(node, self.reading, empty=self.show_empty) if self.reading is not None else ()
            node.children = [Node(node, row, entry) for row, entry in enumerate(entries)]
        return node.children

    def _path_text(self, node: Node) -> str:
        if not isinstance(node.entry, PartEntry):
            return label_of(node.entry) if node.entry is not None else ""
        segment = segment_of(node)
        several = self.reading is not None and segment is not None and segment.name in self.reading.several
        return str(path_of(node, several=several))

    def _name(self, node: Node) -> str:
        segment = segment_of(node)
        if segment is None or self.reading is None:
            return ""
        path = path_of(node)
        named = self.reading.names.name_of(path, datatype=value_type_of(segment, path))
        return named or (self.site_words.name_of(path) if self.site_words is not None else "")


def _number(nodes: list[Node]) -> None:
    for row, node in enumerate(nodes):
        node.row = row
