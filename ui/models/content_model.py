"""Content model: what a package holds, its profiles and extensions first, found by title, name or address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.widgets.plain_tip import plain_tip

if TYPE_CHECKING:
    from workbench.workspace.package_contents import ContentHead, ContentKind

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
HEAD_ROLE = int(Qt.ItemDataRole.UserRole) + 1
DETAIL_ROLE = int(Qt.ItemDataRole.UserRole) + 2
VERDICT_ROLE = int(Qt.ItemDataRole.UserRole) + 3
KIND_NAMES: dict[ContentKind, str] = {
    "profile": "Profiles",
    "extension": "Extensions",
    "type": "Types",
    "value set": "Value sets",
    "code system": "Code systems",
    "search parameter": "Search parameters",
    "other definition": "Other definitions",
    "example": "Examples",
}
KINDS: tuple[ContentKind, ...] = tuple(KIND_NAMES)


class ContentModel(QAbstractListModel):
    """Rows by kind, then by title."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[tuple[str, ContentHead], ...] = ()
        self._kind = ""
        self._words: tuple[str, ...] = ()
        self._shown: list[ContentHead] = []

    def set_heads(self, heads: Sequence[ContentHead]) -> None:
        ordered = sorted(heads, key=lambda each: (KINDS.index(each.kind), each.title.casefold(), each.url))
        self._all = tuple((f"{each.title} {each.about} {each.url}".casefold(), each) for each in ordered)
        self._find()

    def search(self, text: str) -> None:
        self._words = tuple(text.casefold().split())
        self._find()

    def set_kind(self, kind: str) -> None:
        """Show one kind alone, or all where it is empty."""
        self._kind = kind
        self._find()

    def count_kinds(self) -> dict[ContentKind, int]:
        """How many of each kind there are, whatever is shown; kinds that there are none of are left out."""
        counts = Counter(each.kind for _, each in self._all)
        return {kind: counts[kind] for kind in KINDS if counts[kind]}

    def head_at(self, index: _Index) -> ContentHead | None:
        found: ContentHead | None = index.data(HEAD_ROLE)
        return found

    def row_of(self, url: str) -> int:
        return next((row for row, each in enumerate(self._shown) if each.url == url), -1)

    def _find(self) -> None:
        self.beginResetModel()
        self._shown = [
            each
            for text, each in self._all
            if (not self._kind or each.kind == self._kind) and all(word in text for word in self._words)
        ]
        self.endResetModel()

    # What Qt asks of a list.

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._shown):
            return None
        head = self._shown[index.row()]
        detail = " · ".join(filter(None, (KIND_NAMES[head.kind].removesuffix("s"), head.about)))
        if role == Qt.ItemDataRole.DisplayRole:
            return head.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{head.title}, {detail}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(head.url)
        return {HEAD_ROLE: head, DETAIL_ROLE: detail}.get(role)
