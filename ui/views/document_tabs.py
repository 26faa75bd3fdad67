"""Document tabs: the open documents side by side, each saved atomically and closed only after asking."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QTabWidget, QWidget

from ui.theme.icons import make_icon
from ui.views.document_page import DocumentPage
from workbench.errors import WorkbenchError
from workbench.workspace.atomic import write_bytes

FILTERS = "Messages and requests (*.hl7 *.er7 *.txt *.json *.ndjson *.xml *.http);;All files (*)"


class DocumentTabs(QTabWidget):
    """`folder` is where a document without a file is saved first; `changed` follows the documents and the front one."""

    changed = Signal()

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self.setDocumentMode(True)
        self.setTabsClosable(True)
        self.setMovable(True)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.setAccessibleName("Documents")
        self.tabBar().setAccessibleName("Documents")
        self.tabCloseRequested.connect(self.close_page)
        self.currentChanged.connect(self._tell)

    def _tell(self, _place: int) -> None:
        self.changed.emit()

    @property
    def page(self) -> DocumentPage | None:
        """The document in front."""
        page = self.currentWidget()
        return page if isinstance(page, DocumentPage) else None

    @property
    def pages(self) -> tuple[DocumentPage, ...]:
        found = (self.widget(place) for place in range(self.count()))
        return tuple(page for page in found if isinstance(page, DocumentPage))

    def add_page(self, page: DocumentPage) -> None:
        """Put a document in front."""
        page.changed.connect(lambda: self._retitle(page))
        self.setCurrentIndex(self.addTab(page, make_icon(page.icon_name), page.title))
        self._retitle(page)
        page.setFocus()

    def _retitle(self, page: DocumentPage) -> None:
        place = self.indexOf(page)
        if place >= 0:
            self.setTabText(place, page.title.replace("&", "&&"))
            unsaved = "Unsaved changes" if page.is_modified() else ""
            where = str(page.path) if page.path is not None else "Not in a file yet"
            self.setTabToolTip(place, f"{where}\n{unsaved}".strip())
        self.changed.emit()

    def close_page(self, place: int) -> bool:
        """Close a document, asking first where it has unsaved changes; False where it stays."""
        page = self.widget(place)
        if not isinstance(page, DocumentPage) or (page.is_modified() and not self._settle(page)):
            return False
        page.stop_sending()
        self.removeTab(place)
        page.deleteLater()
        self.changed.emit()
        return True

    def close_front(self) -> bool:
        return self.close_page(self.currentIndex())

    # Saving.

    def save(self) -> bool:
        """Save the document in front; False where it was not."""
        return self.page is not None and self.save_page(self.page)

    def save_as(self) -> bool:
        return self.page is not None and self._save_as(self.page)

    def save_page(self, page: DocumentPage) -> bool:
        return self.write(page, page.path) if page.path is not None else self._save_as(page)

    def _save_as(self, page: DocumentPage) -> bool:
        suffix = page.path.suffix if page.path is not None else Path(page.name).suffix or page.suffix
        start = page.path or self._folder / f"{Path(page.name).stem}{suffix}"
        name, _ = QFileDialog.getSaveFileName(self, "Save as", str(start), FILTERS)
        return bool(name) and self.write(page, Path(name), chosen=True)

    def write(self, page: DocumentPage, path: Path, *, chosen: bool = False) -> bool:
        """Write at once; a file that somebody else changed is not written over, unless it was just chosen."""
        try:
            stamp = write_bytes(path, page.to_file(path), read_as=None if chosen else page.stamp)
        except WorkbenchError as error:
            action = ("Save &as…", lambda: self._save_as(page))
            page.notice.show_notice("error", error.message, error.hint, action=action)
            return False
        page.notice.hide()
        page.mark_saved(path, stamp)
        return True

    def _settle(self, page: DocumentPage) -> bool:
        """Ask once whether to save; False where the answer was not to close."""
        box = QMessageBox(QMessageBox.Icon.Question, "Unsaved changes", f"Save “{page.name}” before closing it?")
        box.setInformativeText("What you do not save is lost.")
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        chosen = box.exec()
        return self.save_page(page) if chosen == buttons.Save else chosen == buttons.Discard

    def has_unsaved(self) -> bool:
        return any(page.is_modified() for page in self.pages)

    def save_unsaved(self) -> bool:
        return all(self.save_page(page) for page in self.pages if page.is_modified())
