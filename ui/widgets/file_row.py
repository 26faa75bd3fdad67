"""File row: a line that names a file, and a button beside it that picks one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from ui.theme.tokens import SPACE_2


class FileRow(QWidget):
    """`kinds` are the filters of the dialog, which opens in the folder of the file that the line names."""

    def __init__(self, line: QLineEdit, kinds: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = line
        self._kinds = kinds
        self.button = QPushButton("Browse…")
        self.button.setAccessibleName(f"Browse: {line.accessibleName()}")
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self.browse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_2)
        layout.addWidget(line, 1)
        layout.addWidget(self.button)

    def browse(self) -> None:
        """Let a file be picked; the line stays as it is where none is."""
        dialog = QFileDialog(self, self.line.accessibleName(), filter=self._kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        folder = Path(self.line.text().strip()).parent
        if self.line.text().strip() and folder.is_dir():
            dialog.setDirectory(str(folder))
        dialog.fileSelected.connect(self.line.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
