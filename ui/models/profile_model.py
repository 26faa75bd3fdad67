"""Profile model: the profiles that a resource can be checked against, found by title, name, address or package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.models.element_words import short_name
from ui.widgets.plain_tip import plain_tip
from workbench.definitions.structure import StructureHead

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
HEAD_ROLE = int(Qt.ItemDataRole.UserRole) + 1
DETAIL_ROLE = int(Qt.ItemDataRole.UserRole) + 2
VERDICT_ROLE = int(Qt.ItemDataRole.UserRole) + 3


def title_of(head: StructureHead) -> str:
    return f"{head.title or head.name or head.url} {head.version}".strip()


class ProfileModel(QAbstractListModel):
    """The first row stands for what a resource claims of itself; the rest are profiles, those of one type alone."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[tuple[str, StructureHead], ...] = ()
        self._type = ""
        self._words: tuple[str, ...] = ()
        self._shown: list[StructureHead] = []

    def set_heads(self, heads: Sequence[StructureHead]) -> None:
        ordered = sorted(heads, key=lambda head: (head.type, title_of(head).casefold(), head.package))
        self._all = tuple((_search_text(head), head) for head in ordered)
        self._find()

    def search(self, text: str) -> None:
        self._words = tuple(text.casefold().split())
        self._find()

    def set_type(self, type_name: str) -> None:
        """Show the profiles of one type alone, or of all types where it is empty."""
        self._type = type_name
        self._find()

    def head_at(self, index: _Index) -> StructureHead | None:
        """The profile of a row; None for the first row, and for none."""
        head = index.data(HEAD_ROLE)
        return head if isinstance(head, StructureHead) else None

    def row_of(self, canonical: str, package: str = "") -> int:
        """The row of a profile, 0 where it is not shown."""
        for row, head in enumerate(self._shown, 1):
            same = canonical in (head.url, f"{head.url}|{head.version}")
            if same and package in ("", head.package):
                return row
        return 0

    def count_profiles(self) -> int:
        return len(self._shown)

    def _find(self) -> None:
        self.beginResetModel()
        self._shown = [
            head
            for text, head in self._all
            if (not self._type or head.type == self._type) and all(word in text for word in self._words)
        ]
        self.endResetModel()

    # What Qt asks of a list.

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown) + 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() <= len(self._shown):
            return None
        head = self._shown[index.row() - 1] if index.row() else None
        title, detail = (title_of(head), _detail(head)) if head is not None else _CLAIMED
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{title}, {detail}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(head.url if head is not None else detail)
        return {HEAD_ROLE: head, DETAIL_ROLE: detail}.get(role)


_CLAIMED = ("What it claims", "The profiles that meta.profile names, else the release’s own rules alone")


def _detail(head: StructureHead) -> str:
    return " · ".join(part for part in (head.type, short_name(head.url), head.package) if part)


def _search_text(head: StructureHead) -> str:
    return " ".join((head.title, head.name, head.url, head.version, head.package, head.type)).casefold()
