"""Difference tree model: a comparison as one aligned tree, whose branches count what is below them.

Only what a view asks for is made. A filter keeps every node and shows those that hold a row it lets through.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.models.comparison_work import EMPTY, PreparedComparison
from ui.models.difference_words import COUNT_WORDS, GRADE_WORDS, KIND_WORDS, accessible_words, shorten, telling_name
from ui.models.packed_rows import BREAKING, CODES, DIFFERING, GRADES, HIDDEN, KINDS
from ui.widgets.difference_tree_view import (
    COUNT_WORDS_ROLE,
    COUNTS_ROLE,
    GRADE_ROLE,
    KIND_ROLE,
    LEFT,
    NAME_ROLE,
    PLACE,
    RIGHT,
    VERDICT,
)
from ui.widgets.plain_tip import plain_tip
from workbench.diff.difference import Difference
from workbench.diff.difference_path import join_steps
from workbench.hl7v2.names import SEGMENT_NAMES

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_HOLDER = re.compile(r"^(entry|contained|parameter)\[\d+\]")
_SEGMENT = re.compile(r"^([A-Z][A-Z0-9]{2})(\[\d+\])?$")
_LOOKED_AT = 40
# A view asks for many more, and each row is asked some fifty times when it is painted.
_ROLES = frozenset(
    (
        int(Qt.ItemDataRole.DisplayRole),
        int(Qt.ItemDataRole.ToolTipRole),
        int(Qt.ItemDataRole.AccessibleTextRole),
        *range(KIND_ROLE, COUNT_WORDS_ROLE + 1),
    )
)


class DifferenceTreeModel(QAbstractItemModel):
    """An index carries the number of its node, which stays the same whatever is filtered."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._parts = EMPTY
        self._shown = b""
        self._children: dict[int, array[int]] = {}
        self._counts: dict[int, tuple[tuple[str, int], ...]] = {}
        self.is_graded = False

    # What is compared, and what of it is shown.

    @property
    def comparison(self) -> PreparedComparison:
        return self._parts

    def set_comparison(self, comparison: PreparedComparison) -> None:
        self.beginResetModel()
        self._parts = comparison
        self.is_graded = any(CODES[code][1] != "information" for code in set(comparison.rows.codes) & DIFFERING)
        self._show(comparison.rows.codes)
        self.endResetModel()

    def set_shown(self, shown: bytes) -> None:
        """Show the rows that a filter chose (see `PackedRows.choose`)."""
        if shown != self._shown:
            self.beginResetModel()
            self._show(shown)
            self.endResetModel()

    def _show(self, shown: bytes) -> None:
        self._shown = shown
        self._children.clear()
        self._counts.clear()

    def count_all(self) -> Counter[tuple[str, str]]:
        """All rows by kind and grade, filtered or not."""
        counts = {parts: self._parts.rows.codes.count(code) for code, parts in CODES.items()}
        return Counter({parts: count for parts, count in counts.items() if count})

    def shown_rows(self, node: int = 0) -> array[int]:
        """The numbers of the rows shown at or below a node, in the tree's order."""
        first, last = self._parts.tree.rows_of(node)
        return array("i", (row for row in range(first, last) if self._shown[row] != HIDDEN))

    def count_shown(self) -> int:
        return len(self._shown) - self._shown.count(HIDDEN)

    # Nodes and rows.

    def node_of(self, index: Index) -> int:
        return int(index.internalId()) if index.isValid() else 0

    def index_of(self, node: int) -> QModelIndex:
        """Where a node stands now; an invalid index where the filter hides it."""
        if node <= 0:
            return QModelIndex()
        position = self._position(node)
        return self.createIndex(position, 0, node) if position is not None else QModelIndex()

    def row_at(self, index: Index) -> int | None:
        """The number of the row at an index; None for a branch."""
        node = self.node_of(index)
        return self._parts.tree.first_rows[node] if self._parts.tree.is_leaf(node) else None

    def difference_at(self, index: Index) -> Difference | None:
        row = self.row_at(index)
        return self._parts.rows.row(row) if row is not None else None

    def difference(self, row: int) -> Difference:
        return self._parts.rows.row(row)

    def index_of_row(self, row: int) -> QModelIndex:
        return self.index_of(self._parts.tree.leaves[row])

    def find_row(self, after: int, step: int, *, breaking: bool = False) -> int | None:
        """The nearest shown row past the row `after` that differs, or breaks; `step` is 1 or -1, None at the end."""
        codes = BREAKING if breaking else DIFFERING
        if step > 0:
            found = [at for code in codes if (at := self._shown.find(code, after + 1)) >= 0]
            return min(found, default=None)
        found = [at for code in codes if (at := self._shown.rfind(code, 0, max(after, 0))) >= 0]
        return max(found, default=None)

    def row_near(self, index: Index, step: int) -> int:
        """The row from which stepping starts: a branch stands just before its first row."""
        node = self.node_of(index)
        if node == 0:
            return -1 if step > 0 else len(self._shown)
        first = self._parts.tree.first_rows[node]
        return first if self._parts.tree.is_leaf(node) or step < 0 else first - 1

    def path_of(self, index: Index) -> str:
        """The whole path of a row, or of the place that a branch stands for."""
        difference = self.difference_at(index)
        if difference is not None:
            return difference.path
        labels = []
        node, tree = self.node_of(index), self._parts.tree
        while node > 0:
            if tree.parents[node] > 0 or not tree.has_sections:
                labels.append(tree.label(node))
            node = tree.parents[node]
        return join_steps(label for label in reversed(labels) if " … " not in label)

    def branches(self, most: int) -> Iterator[int]:
        """Branches to open so that at most `most` lines are in sight: whole levels, those nearest to the root first.

        A branch in which nothing differs stays closed.
        """
        level, lines = [0], 0
        while level:
            lines += sum(len(self._visible(node)) for node in level)
            if lines > most:
                return
            yield from (node for node in level if node)
            level = [child for node in level for child in self._visible(node) if self._is_worth_opening(child)]

    def _is_worth_opening(self, node: int) -> bool:
        if self._parts.tree.is_leaf(node):
            return False
        first, last = self._parts.tree.rows_of(node)
        return any(self._shown.find(code, first, last) >= 0 for code in DIFFERING)

    def _visible(self, node: int) -> array[int]:
        found = self._children.get(node)
        if found is None:
            shown, rows_of = self._shown, self._parts.tree.rows_of
            spans = ((child, *rows_of(child)) for child in self._parts.tree.children(node))
            found = array("i", (node for node, a, b in spans if shown.count(HIDDEN, a, b) < b - a))
            self._children[node] = found
        return found

    def _position(self, node: int) -> int | None:
        siblings = self._visible(self._parts.tree.parents[node])
        position = bisect_left(siblings, node)
        return position if position < len(siblings) and siblings[position] == node else None

    def _label(self, node: int) -> str:
        """What a node is called; a definition without the brackets that its path has."""
        label = self._parts.tree.label(node)
        return "".join(label[1:].split("]", 1)) if label.startswith("[") else label

    def _branch_name(self, node: int) -> str:
        """What tells more than a label: a segment's name, the type and id of the resource in an entry of a bundle."""
        label = self._parts.tree.label(node)
        if segment := _SEGMENT.match(label):
            return "Local segment" if label[0] == "Z" else SEGMENT_NAMES.get(segment[1], "")
        return self._resource_in(node) if _HOLDER.match(label) else ""

    def _resource_in(self, node: int) -> str:
        first, last = self._parts.tree.rows_of(node)
        said: dict[str, str] = {}
        for row in range(first, min(last, first + _LOOKED_AT)):
            difference = self._parts.rows.row(row)
            place, _, step = difference.path.rpartition(".")
            if step == "resourceType":
                said[place] = str(difference.left or difference.right)
            elif step == "id" and place in said:
                return f"{said[place]}/{difference.left or difference.right}"
        return next(iter(said.values()), "")

    def counts_of(self, node: int) -> tuple[tuple[str, int], ...]:
        """What is shown below a node by grade, or by kind where nothing is graded; and what is the same."""
        found = self._counts.get(node)
        if found is None:
            first, last = self._parts.tree.rows_of(node)
            counts: Counter[str] = Counter()
            for code, (kind, grade) in CODES.items():
                number = self._shown.count(code, first, last)
                counts[grade if self.is_graded and code in DIFFERING else kind] += number
            found = tuple((word, counts[word]) for word in (*GRADES, *KINDS) if counts[word])
            self._counts[node] = found
        return found

    # What Qt asks of a tree.

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        children = self._visible(self.node_of(parent))
        if not (0 <= row < len(children) and 0 <= column <= RIGHT) or parent.column() > 0:
            return QModelIndex()
        return self.createIndex(row, column, children[row])

    def parent(self, child: Index = _ROOT) -> QModelIndex:  # type: ignore[override]  # also QObject's, without an index
        return self.index_of(self._parts.tree.parents[self.node_of(child)]) if child.isValid() else QModelIndex()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return len(self._visible(self.node_of(parent))) if parent.column() <= 0 else 0

    def columnCount(self, parent: Index = _ROOT) -> int:
        return RIGHT + 1

    def hasChildren(self, parent: Index = _ROOT) -> bool:
        return self.rowCount(parent) > 0

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        headings = ("Place", "Grade" if self.is_graded else "Change", self._parts.left_name, self._parts.right_name)
        shown = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        if orientation == Qt.Orientation.Horizontal and role in shown and 0 <= section <= RIGHT:
            return headings[section] or ("Left" if section == LEFT else "Right")
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in _ROLES or not index.isValid():
            return None
        difference = self.difference_at(index)
        return self._branch_data(index, role) if difference is None else self._row_data(index, difference, role)

    def _branch_data(self, index: Index, role: int) -> Any:
        node, column = self.node_of(index), index.column()
        label = self._label(node)
        if role == COUNTS_ROLE:
            return self.counts_of(node)
        if role == NAME_ROLE:
            return self._branch_name(node) if column == PLACE else ""
        if role == COUNT_WORDS_ROLE:
            return COUNT_WORDS
        if role == Qt.ItemDataRole.DisplayRole:
            return label if column == PLACE else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self.path_of(index)) if column == PLACE else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            told = ", ".join(f"{number} {COUNT_WORDS[word]}" for word, number in self.counts_of(node))
            named = " ".join(filter(None, (label, self._branch_name(node))))
            return f"{named}: {told}" if column == PLACE else ""
        return None

    def _row_data(self, index: Index, difference: Difference, role: int) -> Any:
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(index, difference)
        if role == KIND_ROLE:
            return difference.kind
        if role == GRADE_ROLE:
            return difference.grade if self.is_graded and difference.differs else ""
        if role == NAME_ROLE:
            return telling_name(difference) if column == PLACE else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(_tip(difference, column))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            label = self._label(self.node_of(index))
            return accessible_words(label, difference) if column == PLACE else self._cell(index, difference) or "absent"
        return None

    def _cell(self, index: Index, difference: Difference) -> str | None:
        column = index.column()
        if column == PLACE:
            return self._label(self.node_of(index))
        if column == VERDICT:
            graded = self.is_graded and difference.differs
            return GRADE_WORDS[difference.grade] if graded else difference.kind
        return shorten(difference.left if column == LEFT else difference.right)


def _tip(difference: Difference, column: int) -> str:
    if column in (LEFT, RIGHT):
        value = difference.left if column == LEFT else difference.right
        return "Absent on this side" if value is None else value[:1000]
    parts: Sequence[str] = (
        f"{difference.path} {difference.aspect}".strip(),
        KIND_WORDS[difference.kind],
        difference.why,
    )
    return "\n".join(part for part in parts if part)
