"""Side card: one side of a comparison, named by typing, or chosen from files, the clipboard, sandboxes, exchanges."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFocusEvent, QGuiApplication, Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QFrame, QGridLayout, QMenu, QPushButton, QSizePolicy, QWidget

from ui.bench import Bench
from ui.models.comparison_work import list_names, list_parts
from ui.models.side_source import Part, SideSource, source_of, source_of_exchange, source_of_text
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.labels import ElidedLabel
from ui.widgets.name_field import NameField
from ui.widgets.wire_editor import local_files
from workbench.exchange import Exchange
from workbench.hl7v2.dictionary import KNOWN_VERSIONS
from workbench.workspace.message_demand import SITE
from workbench.workspace.side_finder import CONFIGURATION
from workbench.workspace.side_names import HL7V2

_LISTED = 20
_HINT = "File, address, sandbox, package or version"


class SideCard(QFrame):
    """`changed` follows the side; what is dropped here becomes it."""

    changed = Signal()

    def __init__(self, bench: Bench, word: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._word = word
        self._source: SideSource | None = None
        self._names: tuple[tuple[str, str], ...] = ()
        self._parts: dict[str, tuple[tuple[str, str], ...]] = {}
        self.setProperty("role", "card")
        self.setAcceptDrops(True)
        self.setAccessibleName(f"{word} side")
        self.field = NameField()
        self.field.setProperty("role", "name")
        self.field.setPlaceholderText(f"{word} side: {_HINT[0].lower()}{_HINT[1:]}")
        self.field.setAccessibleName(f"{word} side: {_HINT.lower()}")
        self.field.named.connect(self.name)
        self.field.pasted.connect(self.paste)
        self.field.textEdited.connect(self._learn_parts)
        self.field.installEventFilter(self)
        self._about = ElidedLabel("", "quiet")
        self._part = QComboBox()
        self._part.setAccessibleName(f"Part of the exchange on the {word.lower()}")
        self._part.addItems(["Request", "Response"])
        self._part.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._part.setMaximumWidth(self._part.fontMetrics().horizontalAdvance("Response") + 60)
        self._part.currentIndexChanged.connect(self._choose_part)
        self._choose = QPushButton("Choose")
        self._choose.setAccessibleName(f"Choose the {word.lower()} side")
        self._choose.setMenu(self._make_menu())
        layout = QGridLayout(self)
        layout.setContentsMargins(SPACE_1, SPACE_1, SPACE_1, SPACE_1)
        layout.setHorizontalSpacing(SPACE_1)
        layout.setVerticalSpacing(0)
        layout.addWidget(self.field, 0, 0)
        layout.addWidget(self._about, 1, 0)
        layout.addWidget(self._part, 0, 1, 2, 1)
        layout.addWidget(self._choose, 0, 2, 2, 1)
        layout.setColumnStretch(0, 1)
        # As far in as the name above it: the field's border and Qt's own margin of a line are three more.
        self._about.setContentsMargins(SPACE_2 + 3, 0, 0, 0)
        self._show()

    @property
    def source(self) -> SideSource | None:
        return self._source

    def set_source(self, source: SideSource | None) -> None:
        self._source = source
        self._show()
        self.changed.emit()

    def keep(self, source: SideSource, about: str) -> None:
        """Take what has become known of the side that is shown: its bytes, and what it is."""
        self._source = source
        self.show_about(about)

    def show_about(self, about: str) -> None:
        self._about.setText(about)

    def _show(self) -> None:
        source = self._source
        name, text = (source.name, source.text) if source is not None else ("", "")
        self.field.show_name(name, text)
        self._about.setText("" if source is not None else "Type a name, drop a file, or choose")
        exchange = source is not None and source.exchange is not None
        self._part.setVisible(exchange)
        if source is not None and exchange:
            with QSignalBlocker(self._part):
                self._part.setCurrentIndex(0 if source.part == "request" else 1)

    def _choose_part(self, place: int) -> None:
        part: Part = "request" if place == 0 else "response"
        if self._source is not None:
            self.set_source(self._source.with_part(part))

    # The names that are known.

    def eventFilter(self, watched: object, event: object) -> bool:
        if watched is self.field and isinstance(event, QFocusEvent) and event.gotFocus():
            self.learn_names()
        return False

    def learn_names(self) -> None:
        """List anew what can be typed; it also starts the process in which packages are compared."""
        work = self._bench.process.run(list_names, self._bench.workspace.folder)
        self._bench.tasks.start(work, on_done=self._take_names, on_error=lambda _: None, owner=self)

    def _learn_parts(self, text: str) -> None:
        """List what a package defines once its name stands before a bar, and a version of HL7 v2 before a colon."""
        package = holder_of(text)
        if not package or package in self._parts:
            return
        if package.startswith(HL7V2):
            self._parts = {name: parts for name, parts in self._parts.items() if not name.startswith(HL7V2)}
        self._parts[package] = ()
        work = self._bench.process.run(list_parts, package)
        self._bench.tasks.start(
            work, on_done=lambda names: self._take_parts(package, names), on_error=lambda _: None, owner=self
        )

    def _take_parts(self, package: str, names: tuple[tuple[str, str], ...]) -> None:
        self._parts[package] = names
        self._offer()
        if self.field.text().startswith(package) and self.field.hasFocus():
            self.field.list_names(self.field.text())

    def _take_names(self, names: tuple[tuple[str, str], ...]) -> None:
        self._names = names
        self._offer()

    def _offer(self) -> None:
        parts = (name for names in self._parts.values() for name in names)
        names = tuple(dict((*self._names, *parts)).items())
        if names != self.field.names.pairs:
            self.field.names.set_names(names)

    # Where a side comes from.

    def _make_menu(self) -> QMenu:
        menu = QMenu(self._choose)
        menu.aboutToShow.connect(partial(self._fill, menu))
        return menu

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        menu.addAction("&File…", self.choose_file)
        menu.addAction("Fol&der of messages…", self.choose_folder)
        paste = menu.addAction("&Paste", self.paste)
        paste.setEnabled(bool(QGuiApplication.clipboard().text()))
        menu.addAction("By its &name…", self.ask_name)
        sandboxes = menu.addMenu("&Sandboxes")
        for state in self._bench.sandboxes:
            if state.remote is None or state.remote.fhir_base:
                shown = state.name.replace("&", "&&")
                sandboxes.addAction(f"{shown}: capability statement", partial(self.name, state.id))
                sandboxes.addAction(f"{shown}: smart-configuration", partial(self.name, f"{state.id}/{CONFIGURATION}"))
            if state.remote is None:
                sandboxes.addAction(f"{shown}: what it asks of messages", partial(self.name, f"{SITE}{state.id}"))
        versions = menu.addMenu("HL7 v2 &versions")
        for version in reversed(KNOWN_VERSIONS):
            versions.addAction(f"HL7 v{version}", partial(self.name, f"{HL7V2}{version}"))
        exchanges = menu.addMenu("&Exchanges")
        for exchange in reversed(self._bench.log.exchanges[-_LISTED:]):
            exchanges.addAction(_words_for(exchange), partial(self.set_exchange, exchange))
        exchanges.setEnabled(bool(self._bench.log.exchanges))
        library = menu.addMenu("&Library")
        for entry in self._bench.workspace.messages():
            library.addAction(entry.name, partial(self.open_path, entry.path))
        if self._source is not None:
            menu.addSeparator()
            menu.addAction("&Read it again", self.read_again)
            menu.addAction("&Clear", partial(self.set_source, None))

    def name(self, text: str) -> None:
        """Take the side that `text` names."""
        self.set_source(source_of_text(text))

    def ask_name(self) -> None:
        """Let a name be typed, with the known ones listed."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.list_names()

    def read_again(self) -> None:
        """Read the file or ask the address once more."""
        source = self._source
        if source is not None:
            self.set_source(SideSource(source.name, text=source.text) if source.text else source)

    def set_exchange(self, exchange: Exchange) -> None:
        self.set_source(source_of_exchange(exchange))

    def choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, f"{self._word} side")
        if name:
            self.open_path(Path(name))

    def choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, f"{self._word} side: a folder of HL7 v2 messages")
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> None:
        self.set_source(source_of(path))

    def paste(self) -> None:
        text = QGuiApplication.clipboard().text()
        if text.strip():
            self.set_source(SideSource("Pasted", data=text.encode()))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()) or event.mimeData().hasText():
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        files = local_files(event.mimeData())
        if files:
            self.open_path(Path(files[0]))
        elif event.mimeData().text().strip():
            self.set_source(SideSource("Dropped", data=event.mimeData().text().encode()))
        event.accept()


def holder_of(text: str) -> str:
    """The package or version whose parts are being named: `hl7v2:2.5.1` of `hl7v2:2.5.1:PI`; empty where none is."""
    package, bar, _ = text.partition("|")
    if bar:
        return package
    version, colon, _ = text.removeprefix(HL7V2).partition(":")
    return f"{HL7V2}{version}" if colon and text.startswith(HL7V2) else ""


def _words_for(exchange: Exchange) -> str:
    time = exchange.started.astimezone().strftime("%H:%M:%S")
    request = exchange.request
    mllp = exchange.protocol == "mllp"
    what = f"HL7 v2 to {exchange.receiver}" if mllp else f"{request.method} {request.address[-60:]}"
    return f"{time}  {what}".replace("&", "&&")
