"""Side card: one side of a comparison, with the ways to choose it: a file, the clipboard, the library, an exchange."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QKeySequence, Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QFrame, QGridLayout, QMenu, QPushButton, QWidget

from ui.bench import Bench
from ui.models.comparison import Part, Side, describe_side, side_of, side_of_exchange
from ui.models.wire_text import describe_size
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.labels import ElidedLabel
from ui.widgets.wire_editor import local_files
from workbench.exchange import Exchange

_LISTED = 20


class SideCard(QFrame):
    """`changed` follows the side; a file that is dropped here becomes it."""

    changed = Signal()

    def __init__(self, bench: Bench, word: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._word = word
        self._side: Side | None = None
        self.setProperty("role", "card")
        self.setAcceptDrops(True)
        self.setAccessibleName(f"{word} side")
        self._name = ElidedLabel("", "heading")
        self._about = ElidedLabel("", "quiet")
        self._part = QComboBox()
        self._part.setAccessibleName(f"Part of the exchange on the {word.lower()}")
        self._part.addItems(["Request", "Response"])
        self._part.currentIndexChanged.connect(self._choose_part)
        self._choose = QPushButton("Choose")
        self._choose.setAccessibleName(f"Choose the {word.lower()} side")
        menu = QMenu(self._choose)
        menu.aboutToShow.connect(partial(self._fill, menu))
        self._choose.setMenu(menu)
        layout = QGridLayout(self)
        layout.setContentsMargins(SPACE_2, SPACE_1, SPACE_1, SPACE_1)
        layout.setHorizontalSpacing(SPACE_1)
        layout.setVerticalSpacing(0)
        layout.addWidget(self._name, 0, 0)
        layout.addWidget(self._about, 1, 0)
        layout.addWidget(self._part, 0, 1, 2, 1)
        layout.addWidget(self._choose, 0, 2, 2, 1)
        layout.setColumnStretch(0, 1)
        self._show()

    @property
    def side(self) -> Side | None:
        return self._side

    def set_side(self, side: Side | None) -> None:
        self._side = side
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        side = self._side
        self._name.setText(side.name if side is not None else f"{self._word} side")
        size = describe_size(len(side.data)) if side is not None else ""
        self._about.setText(f"{describe_side(side)} · {size}" if side is not None else "Drop a file, or choose")
        exchange = side is not None and side.exchange is not None
        self._part.setVisible(exchange)
        if side is not None and exchange:
            with QSignalBlocker(self._part):
                self._part.setCurrentIndex(0 if side.part == "request" else 1)

    def _choose_part(self, place: int) -> None:
        part: Part = "request" if place == 0 else "response"
        if self._side is not None:
            self.set_side(self._side.with_part(part))

    # Where a side comes from.

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        menu.addAction("&File…", self.choose_file)
        paste = menu.addAction("&Paste", self.paste)
        paste.setEnabled(bool(QGuiApplication.clipboard().text()))
        exchanges = menu.addMenu("&Exchanges")
        for exchange in reversed(self._bench.log.exchanges[-_LISTED:]):
            exchanges.addAction(_words_for(exchange), partial(self.set_exchange, exchange))
        exchanges.setEnabled(bool(self._bench.log.exchanges))
        library = menu.addMenu("&Library")
        for entry in self._bench.workspace.messages():
            library.addAction(entry.name, partial(self.open_path, entry.path))
        if self._side is not None:
            menu.addSeparator()
            menu.addAction("&Clear", partial(self.set_side, None))

    def set_exchange(self, exchange: Exchange) -> None:
        self.set_side(side_of_exchange(exchange))

    def choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, f"{self._word} side")
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> None:
        self._bench.tasks.start(asyncio.to_thread(side_of, path), on_done=self.set_side, owner=self)

    def paste(self) -> None:
        text = QGuiApplication.clipboard().text()
        if text.strip():
            self.set_side(Side("Pasted", text.encode()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()) or event.mimeData().hasText():
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        files = local_files(event.mimeData())
        if files:
            self.open_path(Path(files[0]))
        elif event.mimeData().text().strip():
            self.set_side(Side("Dropped", event.mimeData().text().encode()))
        event.accept()


def _words_for(exchange: Exchange) -> str:
    side = side_of_exchange(exchange)
    time = exchange.started.astimezone().strftime("%H:%M:%S")
    request = exchange.request
    what = describe_side(side) if exchange.protocol == "mllp" else f"{request.method} {request.address[-60:]}"
    return f"{time}  {what}".replace("&", "&&")
