"""Open documents: what a received message carries, to read, to save and to show in the system's viewer."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench
from ui.models.received_document_model import KIND, PLACE, SIZE, DocumentRow, ReceivedDocumentModel
from ui.tasks import Report, beside
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_3, SPACE_4
from ui.views.issue_lines import IssueLines
from ui.widgets.labels import make_label
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.row_table import settle_rows
from ui.widgets.text_view import TextView
from workbench.documents.document_reading import FoundDocument
from workbench.workspace.atomic import write_bytes
from workbench.workspace.received_documents import ReceivedDocuments, name_files, read_received

# What a viewer shows without running anything; a page of the web is read as text here.
_VIEWED = ("application/pdf", "application/rtf", "image/png", "image/jpeg", "image/gif", "image/tiff")
_READ = ("text/plain", "text/html", "text/xml")
_MOST_LETTERS = 1_000_000


class OpenDocumentsDialog(QDialog):
    """Reads the message beside the window; the documents in a list, the chosen one below where it is a text."""

    def __init__(self, bench: Bench, payload: bytes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self.setWindowTitle("Documents of the message")
        self.model = ReceivedDocumentModel(self)
        self.notice = NoticeBar()
        self.issues = IssueLines("What is wrong with the message")
        self.text = TextView()
        self.text.setAccessibleName("Text of the document")
        self._words = make_label("Reading the message…", "quiet", wrap=True)
        self.table = self._make_table()
        self._lay_out()
        self._show_row()
        bench.tasks.start(
            bench.process.run(read_received, payload),
            on_done=self.show_received,
            on_error=self._show_report,
            name="Reading documents",
            owner=self,
        )

    def show_received(self, received: tuple[ReceivedDocuments, ...]) -> None:
        self.model.set_received(received)
        self.issues.show_issues(self.model.issues)
        self.issues.setVisible(bool(self.model.issues))
        if self.model.rows:
            self.table.selectRow(0)
        else:
            self._words.setText("No document can be read out of this message.")

    @property
    def row(self) -> DocumentRow | None:
        index = self.table.currentIndex()
        return self.model.rows[index.row()] if index.isValid() else None

    # What is done with a document.

    def choose_file(self) -> None:
        """Ask where the chosen document goes."""
        row = self.row
        if row is not None and row.document.data:
            name, _ = QFileDialog.getSaveFileName(self, "Save the document", row.document.file_name)
            if name:
                self.save_to(row.document, Path(name))

    def save_to(self, document: FoundDocument, path: Path) -> None:
        self._bench.tasks.start(
            beside(write_bytes, path, document.data),
            on_done=lambda _: self.notice.show_notice("success", f"Saved as {path}."),
            on_error=self._show_report,
            owner=self,
        )

    def open_in_viewer(self) -> None:
        """Show a copy in the system's viewer; it goes when the workbench does."""
        row = self.row
        if row is None or not _is_viewed(row.document):
            return
        path = _folder() / name_files((row.document,))[0]
        self._bench.tasks.start(
            beside(write_bytes, path, row.document.data),
            on_done=lambda _: self._view(path),
            on_error=self._show_report,
            owner=self,
        )

    def _view(self, path: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self.notice.show_notice("warning", "The system has no viewer for this document.", "Save it instead.")

    # What is shown.

    def _show_row(self) -> None:
        row = self.row
        self._save.setEnabled(row is not None and bool(row.document.data))
        self._open.setEnabled(row is not None and _is_viewed(row.document))
        self.text.setVisible(row is not None and _is_read(row.document))
        if row is None:
            return
        document = row.document
        words = [row.message, f"number {document.number}" if document.number else ""]
        if document.pointer:
            words.append(f"lies at {document.pointer}")
        line = " · ".join(word for word in words if word)
        mended = "".join(f"\nMended: {each}." for each in document.mended)
        self._words.setText(line + mended)
        if _is_read(document):
            self.text.set_text(document.data[:_MOST_LETTERS].decode("utf-8", "replace"))

    def _show_report(self, report: Report) -> None:
        self._words.setText("")
        self.notice.show_notice("error", report.sentence, report.hint, details=report.details)

    # How it is built.

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setAccessibleName("Documents")
        settle_rows(table, one=True)
        head = table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for column in (KIND, SIZE, PLACE):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 8)
        table.selectionModel().currentRowChanged.connect(lambda *_: self._show_row())
        table.activated.connect(lambda _: self.open_in_viewer())
        return table

    def _lay_out(self) -> None:
        self._open = QPushButton(make_icon("browser", "on_accent"), "&Open in viewer")
        self._open.setProperty("role", "primary")
        self._open.setToolTip("Show a copy in the system’s viewer for PDF, RTF and images")
        self._open.clicked.connect(self.open_in_viewer)
        self._save = QPushButton(make_icon("save"), "&Save…")
        self._save.clicked.connect(self.choose_file)
        close = QPushButton("&Close")
        close.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_2)
        buttons.addWidget(self._save)
        buttons.addStretch(1)
        buttons.addWidget(close)
        buttons.addWidget(self._open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        layout.setSpacing(SPACE_3)
        for widget, stretch in ((self.notice, 0), (self.table, 2), (self._words, 0), (self.text, 3), (self.issues, 3)):
            layout.addWidget(widget, stretch)
        layout.addLayout(buttons)
        self.issues.hide()
        self.resize(720, 520)


def _is_viewed(document: FoundDocument) -> bool:
    return bool(document.data) and document.media_type in _VIEWED


def _is_read(document: FoundDocument) -> bool:
    return bool(document.data) and document.media_type.partition(";")[0] in _READ


@lru_cache(maxsize=1)
def _kept_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="workbench-documents-", ignore_cleanup_errors=True)


def _folder() -> Path:
    """Where copies for viewers lie; it is removed when the workbench ends."""
    return Path(_kept_folder().name)
