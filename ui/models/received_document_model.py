"""Received document model: the documents that messages carry, a row each, with what was mended and what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from PySide6.QtCore import QObject, Qt

from ui.models.table_model import Index, TableModel
from ui.widgets.plain_tip import plain_tip
from workbench.documents.document_reading import FoundDocument
from workbench.documents.media_type import name_of_type
from workbench.issue import Issue
from workbench.workspace.received_documents import ReceivedDocuments

DOCUMENT, KIND, SIZE, PLACE = range(4)


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One document and the message that it came in."""

    message: str
    document: FoundDocument

    @property
    def title(self) -> str:
        return self.document.title or self.document.file_name

    @property
    def kind(self) -> str:
        name = name_of_type(self.document.media_type)
        return f"{name}, elsewhere" if self.document.pointer else name

    @property
    def size(self) -> str:
        return "" if self.document.pointer else f"{len(self.document.data):,} bytes"


class ReceivedDocumentModel(TableModel):
    """`set_received` takes what was read; the documents stand in the order of their messages."""

    headings: ClassVar[tuple[str, ...]] = ("Document", "What it is", "Size", "Place")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[DocumentRow, ...] = ()
        self.issues: tuple[Issue, ...] = ()

    def set_received(self, received: tuple[ReceivedDocuments, ...]) -> None:
        self.beginResetModel()
        self.rows = tuple(
            DocumentRow(f"{each.message} {each.control_id}".strip(), document)
            for each in received
            for document in each.documents
        )
        self.issues = tuple(issue for each in received for issue in each.issues)
        self.endResetModel()

    def count_rows(self) -> int:
        return len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not self.has_row(index):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (row.title, row.kind, row.size, row.document.path)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(row.message)
        return None
