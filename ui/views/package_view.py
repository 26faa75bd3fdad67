"""Package view: one package, what it is and lacks, its definitions as a list, and the chosen one whole."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QModelIndex, Qt, Signal, SignalInstance
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench
from ui.models.content_model import DETAIL_ROLE, KIND_NAMES, VERDICT_ROLE, ContentModel
from ui.models.package_model import describe_package, name_of
from ui.newest import Newest
from ui.tasks import Report
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.views.structure_view import StructureView
from ui.views.table_view import ContentTableView
from ui.widgets.choice import Choice
from ui.widgets.detail_delegate import DetailDelegate
from ui.widgets.json_view import JsonView
from ui.widgets.labels import ElidedLabel, make_label
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.search_box import SearchBox
from ui.widgets.side_by_side import put_side_by_side
from workbench.workspace.package_contents import (
    ContentHead,
    ContentResource,
    ContentTable,
    PackageSummary,
    read_content,
    read_contents,
)

if TYPE_CHECKING:
    from workbench.definitions.structure import Structure


class PackageView(QWidget):
    """`remove_asked` carries the summary of the package, `open_asked` a name and the bytes of a resource, the others
    the summary and the head of a definition."""

    remove_asked = Signal(object)
    use_asked = Signal(object, object)
    compare_asked = Signal(object, object)
    open_asked = Signal(str, bytes)
    missing_asked = Signal(object)

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._newest = Newest(bench.tasks, self)
        self._newest.answered.connect(self._take)
        self._newest.failed.connect(self._fail)
        self.summary: PackageSummary | None = None
        self.model = ContentModel(self)
        self.list = self._make_list()
        self.structure = StructureView()
        self.table = ContentTableView()
        self.resource = JsonView()
        self.resource.setProperty("bare", True)
        self._shown: ContentResource | None = None
        self._words = make_label("", "quiet", wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        for widget in (self._words, self.structure, self.table, self.resource):
            self._stack.addWidget(widget)
        self.notice = NoticeBar()
        splitter = put_side_by_side(self._make_left(), self._stack, (210, 690))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_head())
        layout.addWidget(self.notice)
        layout.addWidget(splitter, 1)
        self.list.selectionModel().currentChanged.connect(lambda now, _: self._read_content(now))

    # What is shown.

    def set_package(self, summary: PackageSummary) -> None:
        """Show a package; one that is shown already stays as it is, but for what it says of itself."""
        known = self.summary is not None and self.summary.label == summary.label
        fault_gone = known and self.summary is not None and bool(self.summary.fault) and not summary.fault
        self.summary = summary
        self._title.setText(summary.title or name_of(summary.label))
        self._facts.setText(f"{name_of(summary.label)} · {describe_package(summary)}")
        self._facts.setToolTip(str(summary.folder) if summary.folder is not None else "")
        self._lacks.setText(f"Not here: {', '.join(map(name_of, summary.missing))}")
        self._lack_line.setVisible(bool(summary.missing))
        self._remove.setVisible(summary.folder is not None)
        if not known or fault_gone:
            self._read_contents(summary)

    def forget(self) -> None:
        """What is shown may have been replaced; read it anew when it is shown next."""
        self.summary = None

    def choose(self, url: str) -> None:
        """Choose a definition by its address; shown whatever the filter was."""
        self.search.clear()
        self.kinds.setCurrentIndex(0)
        row = self.model.row_of(url)
        if row >= 0:
            self.list.setCurrentIndex(self.model.index(row))
            self.list.scrollTo(self.model.index(row))

    def _read_contents(self, summary: PackageSummary) -> None:
        self.notice.hide()
        self.model.set_heads(())
        self.kinds.offer(())
        self._show_words(summary.fault or "Reading the package…")
        for button in (self._use, self._compare, self._open):
            button.hide()
        self._newest.ask(partial(self._bench.checker.run, read_contents, summary.label))

    def _take_contents(self, heads: tuple[ContentHead, ...]) -> None:
        self.search.clear()
        self.model.search("")
        self.model.set_heads(heads)
        counts = self.model.count_kinds()
        options = ((kind, f"{KIND_NAMES[kind]} ({count:,})") for kind, count in counts.items())
        self.kinds.offer((("", f"All ({sum(counts.values()):,})"), *options))
        self.kinds.setCurrentIndex(1 if counts.get("profile") else 0)
        self._narrow()
        self._show_words("Choose a definition to see what it says." if heads else "It defines nothing.")
        if self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(0))

    def _read_content(self, index: QModelIndex) -> None:
        head = self.model.head_at(index)
        self._open.hide()
        self._use.setVisible(head is not None and head.kind == "profile")
        self._compare.setVisible(head is not None and head.kind in ("profile", "extension", "type"))
        if head is None or self.summary is None:
            return
        self.notice.hide()
        self._newest.ask(partial(self._bench.checker.run, read_content, self.summary.label, head))

    def _take(self, answer: object) -> None:
        if isinstance(answer, tuple):
            self._take_contents(answer)
        elif isinstance(answer, ContentTable):
            self.table.set_table(answer)
            self._stack.setCurrentWidget(self.table)
        elif isinstance(answer, ContentResource):
            self._shown = answer
            self._open.show()
            self.resource.set_value(answer.value)
            self._stack.setCurrentWidget(self.resource)
        else:
            self.structure.set_structure(cast("Structure", answer))
            self._stack.setCurrentWidget(self.structure)

    def _show_words(self, words: str) -> None:
        self._words.setText(words)
        self._stack.setCurrentWidget(self._words)

    def _fail(self, report: Report) -> None:
        self._show_words("")
        self.notice.show_notice("error", report.sentence, report.hint, details=report.details)

    # How it is built.

    def _make_head(self) -> QWidget:
        head = QWidget()
        self._title = ElidedLabel("", "title")
        self._facts = ElidedLabel("", "quiet")
        self._lacks = ElidedLabel("", "quiet")
        self._use = QPushButton("Check a&gainst it")
        self._use.setIcon(make_icon("pass"))
        self._use.setToolTip("Check the resource in Compose against this profile")
        self._use.clicked.connect(lambda: self._tell(self.use_asked))
        self._compare = QPushButton()
        self._compare.setIcon(make_icon("compare"))
        self._compare.setProperty("role", "quiet")
        self._compare.setToolTip("Compare this definition with another")
        self._compare.setAccessibleName("Compare this definition")
        self._compare.clicked.connect(lambda: self._tell(self.compare_asked))
        self._open = QPushButton("&Open in Compose")
        self._open.setIcon(make_icon("compose"))
        self._open.setToolTip("Edit, check or send it in Compose")
        self._open.clicked.connect(self._ask_open)
        copy = QPushButton()
        copy.setIcon(make_icon("copy"))
        copy.setProperty("role", "quiet")
        copy.setToolTip("Copy the name and version")
        copy.setAccessibleName("Copy the name and version")
        copy.clicked.connect(self._copy_label)
        self._remove = QPushButton("Remove…")
        self._remove.setIcon(make_icon("delete"))
        self._remove.clicked.connect(lambda: self.remove_asked.emit(self.summary))
        fetch = QPushButton("Install the&m…")
        fetch.setProperty("role", "link")
        fetch.setToolTip("Install what it depends on from the registry")
        fetch.clicked.connect(lambda: self.missing_asked.emit(self.summary))
        self._lack_line = QWidget()
        line = QHBoxLayout(self._lack_line)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._lacks, 1)
        line.addWidget(fetch)
        words = QVBoxLayout()
        words.setSpacing(SPACE_1)
        for widget in (self._title, self._facts, self._lack_line):
            words.addWidget(widget)
        layout = QHBoxLayout(head)
        layout.setContentsMargins(SPACE_3, SPACE_3, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_1)
        layout.addLayout(words, 1)
        for button in (self._use, self._open, self._compare, copy, self._remove):
            layout.addWidget(button, alignment=Qt.AlignmentFlag.AlignTop)
        return head

    def _make_left(self) -> QWidget:
        left = QWidget()
        self.search = SearchBox("Find a definition")
        self.search.searched.connect(lambda _: self._narrow())
        self.search.lead_to(self.list)
        self.kinds = Choice("Kind of definition")
        self.kinds.currentIndexChanged.connect(lambda _: self._narrow())
        layout = QVBoxLayout(left)
        layout.setContentsMargins(SPACE_2, 0, 0, 0)
        layout.setSpacing(SPACE_1)
        layout.addWidget(self.kinds)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        return left

    def _make_list(self) -> QListView:
        view = QListView()
        view.setModel(self.model)
        view.setItemDelegate(DetailDelegate(DETAIL_ROLE, VERDICT_ROLE, view))
        view.setUniformItemSizes(True)
        view.setProperty("bare", True)
        view.setAccessibleName("Definitions of the package")
        view.setMinimumWidth(160)
        return view

    def _narrow(self) -> None:
        chosen = self.model.head_at(self.list.currentIndex())
        self.model.set_kind(self.kinds.value)
        self.model.search(self.search.text())
        row = self.model.row_of(chosen.url) if chosen is not None else -1
        if row >= 0:
            self.list.setCurrentIndex(self.model.index(row))

    def _copy_label(self) -> None:
        if self.summary is not None:
            QGuiApplication.clipboard().setText(self.summary.label)

    def _ask_open(self) -> None:
        if self._shown is not None:
            self.open_asked.emit(self._shown.title, self._shown.data)

    def _tell(self, signal: SignalInstance) -> None:
        head = self.model.head_at(self.list.currentIndex())
        if head is not None:
            signal.emit(self.summary, head)
