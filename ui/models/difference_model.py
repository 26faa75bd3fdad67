"""Difference model: the rows of a comparison as a table, all of them or only those that differ."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.widgets.difference_table import KIND_ROLE
from workbench.diff.difference import Difference, DifferenceKind

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()

MARK, PLACE, NAME, LEFT, RIGHT = range(5)
HEADINGS = ("", "Place", "Name", "Left", "Right")
MARKS: dict[DifferenceKind, str] = {"same": "", "changed": "≠", "added": "+", "removed": "−", "masked": "≈"}
KIND_WORDS: dict[DifferenceKind, str] = {
    "same": "the same on both sides",
    "changed": "changed",
    "added": "on the right alone",
    "removed": "on the left alone",
    "masked": "differs, and a mask allows it",
}
# An item view measures what it is given: a value of a megabyte is shown by its beginning, and whole in the detail.
_CELL_LIMIT = 300


@dataclass(frozen=True, slots=True)
class PreparedRows:
    """Rows with what counting and filtering them gives, made where it holds up nobody."""

    rows: tuple[Difference, ...]
    differing: tuple[Difference, ...]
    counts: Counter[str]


def prepare_rows(rows: Iterable[Difference]) -> PreparedRows:
    """Count and filter `rows`; for many, in a thread."""
    kept = tuple(rows)
    return PreparedRows(kept, tuple(row for row in kept if row.differs), Counter(row.kind for row in kept))


class DifferenceModel(QAbstractTableModel):
    """Rows stay in the order of the documents; `only_differences` leaves out what is the same and what is masked."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._prepared = prepare_rows(())
        self._shown: tuple[Difference, ...] = ()
        self._only_differences = False
        self.headings: tuple[str, ...] = HEADINGS

    @property
    def rows(self) -> tuple[Difference, ...]:
        return self._prepared.rows

    @property
    def shown(self) -> tuple[Difference, ...]:
        return self._shown

    @property
    def only_differences(self) -> bool:
        return self._only_differences

    def set_rows(self, rows: Iterable[Difference] | PreparedRows, *, left: str = "Left", right: str = "Right") -> None:
        self._prepared = rows if isinstance(rows, PreparedRows) else prepare_rows(rows)
        self.headings = (*HEADINGS[:LEFT], left, right)
        self._show()

    def set_only_differences(self, only: bool) -> None:
        if only != self._only_differences:
            self._only_differences = only
            self._show()

    def _show(self) -> None:
        self.beginResetModel()
        self._shown = self._prepared.differing if self._only_differences else self._prepared.rows
        self.endResetModel()

    def difference_at(self, row: int) -> Difference | None:
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def find_difference(self, row: int, step: int) -> int | None:
        """The nearest row after (`step` 1) or before (`step` -1) `row` that differs; None at the end."""
        places = range(row + 1, len(self._shown)) if step > 0 else range(min(row, len(self._shown)) - 1, -1, -1)
        return next((place for place in places if self._shown[place].differs), None)

    def row_of(self, difference: Difference) -> int | None:
        """Where `difference` itself is shown now."""
        return next((row for row, shown in enumerate(self._shown) if shown is difference), None)

    def summary(self) -> str:
        """The count of the rows by kind, in words."""
        counts = self._prepared.counts
        total = counts["changed"] + counts["added"] + counts["removed"]
        head = "No differences" if not total else f"{total:,} difference{'s' if total != 1 else ''}"
        kinds: tuple[DifferenceKind, ...] = ("changed", "added", "removed", "masked", "same")
        parts = [f"{counts[kind]:,} {kind}" for kind in kinds if counts[kind]]
        return " · ".join([head, *parts]) if self.rows else "Nothing to compare"

    # What Qt asks of a table.

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(HEADINGS):
            if role == Qt.ItemDataRole.DisplayRole:
                return self.headings[section]
            if role == Qt.ItemDataRole.ToolTipRole:
                return self.headings[section] or "Kind of difference"
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.difference_at(index.row()) if index.isValid() else None
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(row, index.column())
        if role == KIND_ROLE:
            return row.kind
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(row, index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return KIND_WORDS[row.kind] if index.column() == MARK else (_cell(row, index.column()) or "absent")
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == MARK:
            return Qt.AlignmentFlag.AlignCenter
        return None


def _cell(row: Difference, column: int) -> str | None:
    value = (MARKS[row.kind], row.path, row.name, row.left, row.right)[column]
    if value is None:
        return None
    short = value[:_CELL_LIMIT].replace("\r", "↵").replace("\n", "↵")
    return f"{short}…" if len(value) > _CELL_LIMIT else short


def _tip(row: Difference, column: int) -> str:
    if column in (LEFT, RIGHT):
        value = row.left if column == LEFT else row.right
        return "Absent on this side" if value is None else value[:1000]
    return f"{row.path} {row.name}: {KIND_WORDS[row.kind]}"


def to_tab_separated(rows: Iterable[Difference]) -> str:
    """Rows for the clipboard: mark, place, name, left, right, as a spreadsheet takes them."""
    return "\n".join("\t".join(_flat(value) for value in _values(row)) for row in rows)


def to_csv(rows: Iterable[Difference], *, left: str, right: str) -> str:
    """Rows as a CSV file with a heading (RFC 4180); an absent side is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("kind", "place", "name", left, right))
    writer.writerows((row.kind, *_values(row)[1:]) for row in rows)
    return out.getvalue()


def _values(row: Difference) -> tuple[str, ...]:
    return (MARKS[row.kind] or "=", row.path, row.name, row.left or "", row.right or "")


def _flat(value: str) -> str:
    return value.replace("\t", " ").replace("\r", " ").replace("\n", " ")
