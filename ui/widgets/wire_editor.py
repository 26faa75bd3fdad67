"""Wire editor: a code editor that keeps text to the letter, loads large texts bit by bit, and takes dropped files."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QWidget

from ui.widgets.code_editor import CodeEditor
from ui.widgets.fold_dialog import FoldDialog
from ui.widgets.folds import SHORTEST, FoldObject, expanded_text, folds_in, insert_folded

# Beyond some ten thousand letters in one insertion a document takes many times as long for each.
_CHUNK = 8_000


class WireEditor(CodeEditor):
    """`text()` is what was typed, folds as the text they stand for; `shown_text()` has one letter for each fold.

    `typed` carries each letter that a key has put in.
    """

    files_dropped = Signal(list)
    typed = Signal(str)
    settled = Signal()
    loaded = Signal()
    _fold_object: FoldObject | None = None

    def __init__(self, language: str = "", parent: QWidget | None = None) -> None:
        self._as_loaded, self._loaded_revision = "", 0
        super().__init__(language, parent)
        self._wanted_language = language
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(150)
        self._rest.timeout.connect(self.settled)
        # What is loaded, and how far it is; then what the document said once all of it was there.
        self._source, self._reached = "", 0
        self._loader = QTimer(self)
        self._loader.setInterval(0)
        self._loader.timeout.connect(self._load_more)
        self.textChanged.connect(self._rest.start)

    @property
    def loading(self) -> bool:
        return self._loader.isActive()

    @property
    def is_settled(self) -> bool:
        """Whether `settled` has been told since the last change."""
        return not self._rest.isActive()

    def expect_language(self, language: str) -> None:
        """Colour and fold as `language`."""
        self._wanted_language = language
        self.set_language(language)

    def load(self, text: str) -> None:
        """Start anew with `text`; a large one appears bit by bit, and can be edited once it is there (`loaded`)."""
        self._loader.stop()
        self.set_language(self._wanted_language)
        self.document().setUndoRedoEnabled(False)
        self.clear()
        self._source, self._reached = text, 0
        if len(text) <= _CHUNK:
            self._load_more()
        else:
            self.setReadOnly(True)
            self._loader.start()

    def _load_more(self) -> None:
        end = _chunk_end(self._source, self._reached)
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        # Every line that comes in would be told one by one; once for the chunk is enough.
        self.blockSignals(True)
        self._insert(cursor, self._source[self._reached : end])
        self.blockSignals(False)
        self._reached = end
        self.blockCountChanged.emit(self.blockCount())
        self.viewport().update()
        if end >= len(self._source):
            self._finish_loading()

    def _finish_loading(self) -> None:
        if self._loader.isActive():
            self._loader.stop()
            self.setReadOnly(False)
        self.document().setUndoRedoEnabled(True)
        self._source, self._reached = "", 0
        self.settle_unmodified()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self._rest.stop()
        self.settled.emit()
        self.loaded.emit()

    def _colour_sight(self) -> None:
        before = self.document().revision()
        super()._colour_sight()
        if self._loaded_revision == before:
            self._loaded_revision = self.document().revision()

    def text(self) -> str:
        return expanded_text(self.document()) + self._source[self._reached :]

    def is_as_loaded(self) -> bool:
        """Whether the text is what was loaded, or was settled on last; some letters change as a document takes them."""
        same = self.document().revision() == self._loaded_revision
        return self.loading or same or self.text() == self._as_loaded

    def settle_unmodified(self) -> None:
        """Take what there is now as unmodified."""
        self._as_loaded = self.text()
        self._loaded_revision = self.document().revision()
        self.document().setModified(False)

    def shown_text(self) -> str:
        return self.document().toRawText().replace("\u2029", "\n")

    def position_at(self, line: int, column: int) -> int:
        """Qt's position of a line and a column of the whole text, both from 1; within a fold that of the fold."""
        block = self.document().findBlockByNumber(max(0, min(line, self.blockCount()) - 1))
        shown, hidden = column, 0
        for position, text in folds_in(self.document(), block):
            start = _count_letters(block.text(), position - block.position()) + 1
            if column <= start + hidden:
                break
            hidden += len(text) - 1
            shown = max(start, column - hidden)
        return super().position_at(line, shown)

    # Folds.

    def fold_near(self, position: int) -> tuple[int, str] | None:
        """The fold at a position, or else the first of its line, with the text it stands for."""
        folds = folds_in(self.document(), self.document().findBlock(position))
        return next((fold for fold in folds if fold[0] in (position, position - 1)), folds[0] if folds else None)

    def open_fold(self, position: int) -> bool:
        """Show whole what is folded at a position; False where nothing is."""
        fold = self.fold_near(position)
        if fold is None:
            return False
        dialog = FoldDialog(fold[1], self)
        if self.isReadOnly():
            dialog.unfold.hide()
        dialog.unfold_asked.connect(lambda: self.unfold(fold[0]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return True

    def unfold(self, position: int) -> None:
        """Put the text in place of the fold at a position; that changes nothing of what the whole text is."""
        fold = self.fold_near(position)
        if fold is None:
            return
        unmodified = not self.document().isModified()
        cursor = QTextCursor(self.document())
        cursor.setPosition(fold[0])
        cursor.setPosition(fold[0] + 1, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(fold[1], QTextCharFormat())
        if unmodified:
            self.document().setModified(False)
        self.settle()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        position = self.cursorForPosition(place).position()
        near = self.fold_near(position)
        if near is None or near[0] not in (position, position - 1) or not self.open_fold(position):
            super().mouseDoubleClickEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        position = self.cursorForPosition(event.pos()).position()
        menu = self.createStandardContextMenu()
        if self.fold_near(position) is not None:
            menu.addSeparator()
            menu.addAction("Show the &folded value…\tAlt+Return", lambda: self.open_fold(position))
        menu.exec(event.globalPos())

    def replace_span(self, start: int, end: int, text: str) -> None:
        """Put `text` in place of the positions from `start` to `end`, as one step that undo takes back."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        self._insert(cursor, text)
        cursor.endEditBlock()
        self.settle()

    def _insert(self, cursor: QTextCursor, text: str) -> None:
        """Insert `text`, what is long in it folded; a text too short to fold needs nobody who draws folds."""
        if self._fold_object is None and len(text) >= SHORTEST:
            self._fold_object = FoldObject(self.document(), self.palette())
        insert_folded(cursor, text, self._wanted_language)

    def settle(self) -> None:
        """Tell of a change at once instead of after the rest."""
        self._rest.stop()
        self.settled.emit()

    def createMimeDataFromSelection(self) -> QMimeData:
        cursor = self.textCursor()
        return _make_mime_data(expanded_text(self.document(), cursor.selectionStart(), cursor.selectionEnd()))

    def insertFromMimeData(self, source: QMimeData) -> None:
        if not source.hasText():
            super().insertFromMimeData(source)
            return
        cursor = self.textCursor()
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        self._insert(cursor, source.text().replace("\r\n", "\n").replace("\r", "\n"))
        cursor.endEditBlock()
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if not _accept_files(event):
            super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if not _accept_files(event):
            super().dragMoveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        files = local_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.files_dropped.emit(files)
        else:
            super().dropEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        with_alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if with_alt and is_return and self.open_fold(self.textCursor().position()):
            return
        super().keyPressEvent(event)
        if event.text().isprintable() and event.text():
            self.typed.emit(event.text())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._fold_object is not None:
            self._fold_object.palette = self.palette()


def _count_letters(text: str, units: int) -> int:
    """How many characters the first `units` of Qt's positions are."""
    if text.isascii():
        return units
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "surrogatepass"))


def local_files(data: QMimeData) -> list[str]:
    """The paths of the files that a drag carries."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]


def _make_mime_data(text: str) -> QMimeData:
    """Mime data that Qt itself has made: the clipboard keeps it, and lets go of it when Python has ended."""
    model = QStringListModel([""])
    data = model.mimeData([model.index(0)])
    data.clear()
    data.setText(text)
    return data


def _accept_files(event: QDragMoveEvent) -> bool:
    if not local_files(event.mimeData()):
        return False
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
    return True


def _chunk_end(text: str, start: int) -> int:
    """Where a chunk ends: at a line end, so that no run is cut where it would fold."""
    if len(text) - start <= _CHUNK:
        return len(text)
    before = text.rfind("\n", start, start + _CHUNK)
    if before >= 0:
        return before + 1
    after = text.find("\n", start + _CHUNK)
    return after + 1 if after >= 0 else len(text)
