"""Find bar: searches the text of one editor, forward and back, going round at the ends."""

from __future__ import annotations

from PySide6.QtGui import QKeyEvent, Qt, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QWidget

from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.labels import make_label
from ui.widgets.search_box import SearchBox


class FindBar(QFrame):
    """Hidden until `open`; Return finds the next place, Shift+Return the one before, Escape closes."""

    def __init__(self, editor: QPlainTextEdit, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self.box = SearchBox("Find in the text")
        self.box.searched.connect(lambda words: self.search(words, from_here=True))
        self._words = make_label("", "quiet")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_2, SPACE_1, SPACE_2, SPACE_1)
        layout.setSpacing(SPACE_1)
        layout.addWidget(self.box, 1)
        layout.addWidget(self._words)
        buttons = (("up", "Previous", self.previous), ("down", "Next", self.next), ("close", "Close", self.close))
        for icon, name, run in buttons:
            button = QPushButton()
            button.setIcon(make_icon(icon))
            button.setProperty("role", "quiet")
            button.setToolTip(name)
            button.setAccessibleName(name)
            button.clicked.connect(lambda _=False, run=run: run())
            layout.addWidget(button)
        self.hide()

    def open(self) -> None:
        """Show the bar with what is selected, as far as it is one line."""
        selected = self._editor.textCursor().selectedText()
        if selected and "\u2029" not in selected and len(selected) < 200:
            self.box.setText(selected)
        self.show()
        self.box.setFocus()
        self.box.selectAll()

    def close(self) -> bool:
        self.hide()
        self._editor.setFocus()
        return True

    def next(self) -> None:
        self.search(self.box.text())

    def previous(self) -> None:
        self.search(self.box.text(), back=True)

    def search(self, words: str, *, back: bool = False, from_here: bool = False) -> bool:
        """Select the nearest place that has `words`, without case; False where none has."""
        self._words.setText("")
        if not words:
            return False
        flags = QTextDocument.FindFlag.FindBackward if back else QTextDocument.FindFlag(0)
        document, cursor = self._editor.document(), self._editor.textCursor()
        if from_here:
            cursor.setPosition(cursor.selectionStart())
        found = document.find(words, cursor, flags)
        if found.isNull():
            edge = QTextCursor(document)
            edge.movePosition(QTextCursor.MoveOperation.End if back else QTextCursor.MoveOperation.Start)
            found = document.find(words, edge, flags)
        if found.isNull():
            self._words.setText("Not in the text")
            return False
        self._editor.setTextCursor(found)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.search(self.box.text(), back=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)
