"""Compare panel: two things of one kind held against each other, as one tree with grades and why."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench
from ui.models.comparison_work import PreparedComparison
from ui.models.side_source import SideSource, source_of
from ui.panels.panel import Command, Panel
from ui.side_reading import SideReading
from ui.tasks import Report, Task
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.views.difference_copies import DifferenceCopies
from ui.views.difference_view import DifferenceView
from ui.views.mask_box import MaskBox
from ui.views.side_card import SideCard
from ui.widgets.buttons import icon_button
from ui.widgets.empty_state import EmptyState
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.wire_editor import local_files

_TITLE = "Hold two things against each other"
_FORMS = (
    "Messages, logs of them and what hospitals ask of them, versions of HL7 v2, resources, capability statements, "
    "profiles, packages or releases: drop two files here, name each side above, or select two exchanges below."
)
_EXAMPLES = (
    ("Two messages of one patient", "adt-a01-admission", "adt-a08-update"),
    ("A message in two versions of HL7 v2", "hl7v2:2.3:ADT_A01", "hl7v2:2.5.1:ADT_A01"),
    ("A message and what a hospital asks of it", "adt-a01-admission", "site:academic-medical-center"),
    ("What two hospitals ask of messages", "site:community-hospital", "site:academic-medical-center"),
    ("What two hospitals offer by FHIR", "community-hospital", "academic-medical-center"),
    ("A resource in two releases of FHIR", "R4:Encounter", "R5:Encounter"),
)
"""What can be compared at once: in words, and both sides by their names, or those of messages of the library."""


class ComparePanel(Panel):
    """What is compared is seen from the content; `receive("compare", (left, right))` takes what others hand over.

    `shown` tells that rows have come on screen.
    """

    title = "Compare"
    icon_name = "compare"

    shown = Signal()

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(bench, parent)
        self._task: Task | None = None
        self._turn = 0
        self._reading = SideReading(bench)
        self.setAcceptDrops(True)
        self.left, self.right = SideCard(bench, "Left"), SideCard(bench, "Right")
        self.notice = NoticeBar()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(0)
        self._rest.timeout.connect(self._compare)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_sides())
        layout.addWidget(self.notice)
        layout.addWidget(self._make_stack(), 1)
        for card in (self.left, self.right):
            card.changed.connect(self._rest.start)
        self._add_keys()

    # How it is built.

    def _make_sides(self) -> QWidget:
        row = QWidget()
        self._swap = icon_button("swap", "Swap the sides (Ctrl+Shift+X)", self.swap)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(SPACE_2, SPACE_2, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_1)
        layout.addWidget(self.left, 1)
        layout.addWidget(self._swap)
        layout.addWidget(self.right, 1)
        return row

    def _make_stack(self) -> QWidget:
        self._empty = EmptyState("compare", _TITLE, _FORMS)
        self._empty.add_button("Choose two fi&les", self.choose_files, "open")
        for words, left, right in _EXAMPLES:
            self._empty.add_example(f"{words}: {left} and {right}", partial(self.show_example, left, right))
        self.view = DifferenceView(self.bench.tasks)
        self.view.add_keys(self)
        self.view.menu_asked.connect(self._show_menu)
        self.copies = DifferenceCopies(self.bench, self.view)
        self.copies.failed.connect(lambda report: self.notice.show_notice("error", report.sentence, report.hint))
        self.model, self.tree = self.view.model, self.view.tree
        self.count, self.detail, self.only = self.view.count, self.view.detail, self.view.only
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setFixedWidth(48)
        self._progress.setAccessibleName("Comparing")
        self._progress.hide()
        self.view.bar.insertWidget(1, self._progress)
        masks = self._make_masks()
        more = self._make_more()
        self.view.bar.addWidget(more)
        self.view.filters.addWidget(masks)
        QWidget.setTabOrder(self.view.next_breaking, more)
        QWidget.setTabOrder(self.view.only, masks)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.view)
        return self._stack

    def _make_masks(self) -> MaskBox:
        self.masks = MaskBox(self.bench)
        self.masks.changed.connect(self._rest.start)
        self.masks.failed.connect(self._refuse)
        return self.masks

    def _make_more(self) -> QPushButton:
        more = QPushButton()
        more.setIcon(make_icon("more"))
        more.setProperty("role", "quiet")
        more.setToolTip("Copy, export, expand")
        more.setAccessibleName("Copy, export, expand")
        menu = QMenu(more)
        menu.addAction("Copy the rows shown", self.copies.copy_shown)
        menu.addAction("Copy as &text for a colleague", self.copies.copy_text)
        menu.addSeparator()
        menu.addAction("Export as &HTML…", lambda: self.copies.export("html"))
        menu.addAction("Export as &CSV…", lambda: self.copies.export("csv"))
        menu.addSeparator()
        self._scenario_masks = menu.addMenu("&Masks of a scenario")
        self._scenario_masks.aboutToShow.connect(lambda: self.masks.fill_menu(self._scenario_masks))
        menu.addSeparator()
        menu.addAction("&Expand all", self.view.expand_all)
        menu.addAction("C&ollapse all", self.view.collapse_all)
        menu.aboutToShow.connect(lambda: self._scenario_masks.setEnabled(self.model.comparison.takes_masks))
        more.setMenu(menu)
        return more

    def _add_keys(self) -> None:
        _add_key(self.tree, QKeySequence(QKeySequence.StandardKey.Copy), self.copies.copy_selected)
        _add_key(self.tree, QKeySequence("Ctrl+Shift+C"), self.copies.copy_path)
        _add_key(self.tree, QKeySequence("Ctrl+Alt+C"), self.copies.copy_text)
        swap = QShortcut(QKeySequence("Ctrl+Shift+X"), self)
        swap.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        swap.activated.connect(self.swap)

    # Comparing.

    def _compare(self) -> None:
        """Compare beside the window; a comparison that was overtaken is stopped."""
        if self._task is not None and self._task.running:
            self._task.cancel()
        self.notice.hide()
        left, right = self.left.source, self.right.source
        self._swap.setEnabled(left is not None or right is not None)
        if left is None or right is None:
            self._progress.hide()
            self._show_empty(left, right)
            return
        self._turn += 1
        self._progress.setRange(0, 0)
        self._progress.show()
        if self._stack.currentWidget() is self._empty:
            self._empty.set_words("Comparing", f"“{left.name}” with “{right.name}”.")
            self._empty.show_examples(False)
        self._task = self.bench.tasks.start(
            self._reading.compare(left, right, self.masks.masks, partial(self._tell, self._turn)),
            on_done=self._take,
            on_error=self._refuse,
            name=f"Comparing {left.name} with {right.name}",
            owner=self,
        )
        self._task.finished.connect(self._settle)

    def _tell(self, turn: int, done: float) -> None:
        """How far a long comparison is; what one that was overtaken still says is of no interest."""
        if turn == self._turn and self._task is not None and self._task.running:
            self._progress.setRange(0, 100)
            self._progress.setValue(round(done * 100))
            self._task.set_progress(done, 1)

    def _settle(self) -> None:
        """Say so where a comparison was stopped and no other took its place."""
        if self._task is not None and not self._task.running and not self._progress.isHidden():
            self._progress.hide()
            self._empty.set_words("The comparison was stopped", "Choose “Read it again” of a side to go on.")

    def _take(self, found: tuple[SideSource, SideSource, PreparedComparison]) -> None:
        left, right, comparison = found
        self._progress.hide()
        self.left.keep(left, comparison.left_about)
        self.right.keep(right, comparison.right_about)
        self.masks.setVisible(comparison.takes_masks)
        self.masks.standard = "fhir" if comparison.left_about.startswith("FHIR") else "hl7v2"
        self._stack.setCurrentWidget(self.view)
        self.view.show_comparison(comparison)
        self.shown.emit()

    def _refuse(self, report: Report) -> None:
        """Say why; what was compared before stays, and is called by its name."""
        self._progress.hide()
        hint, before = report.hint, self.model.comparison
        if self._stack.currentWidget() is self.view:
            hint = f"{hint} Below is still “{before.left_name}” against “{before.right_name}”.".strip()
        else:
            self._empty.set_words("Nothing to compare yet", "Choose another left or right side above.")
        self.notice.show_notice("warning", report.sentence, hint, details=report.details)

    def _show_empty(self, left: SideSource | None, right: SideSource | None) -> None:
        one, card = (left, self.left) if left is not None else (right, self.right)
        self._empty.show_examples(one is None)
        if one is None:
            self._empty.set_words(_TITLE, _FORMS)
        else:
            word = "right" if left is not None else "left"
            self._empty.set_words(f"Now the {word} side", f"Name, choose or drop what to hold against “{one.name}”.")
            self._describe(one, card)
        self._stack.setCurrentWidget(self._empty)

    def _describe(self, source: SideSource, card: SideCard) -> None:
        """Say what a side is while the other is still to come."""
        self._task = self.bench.tasks.start(
            self._reading.describe(source),
            on_done=lambda found: card.keep(*found),
            on_error=lambda report: self.notice.show_notice("warning", report.sentence, report.hint),
            name=f"Reading {source.name}",
            owner=self,
        )

    def set_sides(self, left: object | None, right: object | None) -> None:
        """Put both sides; None leaves a side as it is."""
        for card, payload in ((self.left, left), (self.right, right)):
            if payload is not None:
                card.set_source(source_of(payload))

    def show_example(self, left: str, right: str) -> None:
        """Put both sides by their names, or those of messages of the library."""
        messages = {entry.name: entry.path for entry in self.bench.workspace.messages()}
        for card, name in ((self.left, left), (self.right, right)):
            if name in messages:
                card.open_path(messages[name])
            else:
                card.name(name)

    def swap(self) -> None:
        left, right = self.left.source, self.right.source
        self.left.set_source(right)
        self.right.set_source(left)

    def choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Compare two files")
        self._take_files(names)

    def _take_files(self, names: list[str]) -> None:
        """One file fills the side that is empty, the right one where none is; two fill both."""
        paths = [Path(name) for name in names[:2]]
        if len(paths) == 2:
            self.set_sides(*paths)
        elif paths:
            (self.left if self.left.source is None else self.right).open_path(paths[0])

    # Rows, copied and given out.

    def step(self, step: int, *, breaking: bool = False) -> None:
        self.view.step(step, breaking=breaking)

    def _show_menu(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        path = self.model.path_of(index)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("&Copy rows\tCtrl+C", self.copies.copy_selected)
        menu.addAction("Copy &path\tCtrl+Shift+C", self.copies.copy_path)
        menu.addAction("Copy as &text for a colleague\tCtrl+Alt+C", self.copies.copy_text)
        if self.model.comparison.takes_masks and "/" not in path:
            menu.addSeparator()
            shown = path if len(path) < 60 else f"{path[:57]}…"
            menu.addAction(f"&Mask {shown}", partial(self.masks.add, path))
        menu.popup(QCursor.pos())

    # What others hand over.

    def receive(self, kind: str, payload: object) -> None:
        if kind == "compare" and isinstance(payload, tuple) and len(payload) == 2:
            self.set_sides(*payload)
        elif self.left.source is None:
            self.set_sides(payload, None)
        else:
            self.set_sides(None, payload)

    def find_text(self) -> bool:
        if self._stack.currentWidget() is not self.view:
            return False
        self.view.filter_bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.view.filter_bar.search.selectAll()
        return True

    def commands(self) -> tuple[Command, ...]:
        made = [
            Command("Compare two files…", self.choose_files, icon="compare"),
            Command("Name the left side of a comparison", self.left.ask_name, icon="compare"),
            Command("Name the right side of a comparison", self.right.ask_name, icon="compare"),
        ]
        if len(self.model.comparison.rows):
            made += self._row_commands()
        return tuple(made)

    def _row_commands(self) -> list[Command]:
        return [
            Command("Next difference", lambda: self.step(1), shortcut="F8", icon="down"),
            Command("Previous difference", lambda: self.step(-1), shortcut="Shift+F8", icon="up"),
            Command("Next difference that breaks", lambda: self.step(1, breaking=True), shortcut="Ctrl+F8"),
            Command("Previous difference that breaks", lambda: self.step(-1, breaking=True), shortcut="Ctrl+Shift+F8"),
            Command("Swap the sides of the comparison", self.swap, shortcut="Ctrl+Shift+X", icon="swap"),
            Command("Copy the path of the difference", self.copies.copy_path, shortcut="Ctrl+Shift+C", icon="copy"),
            Command("Copy the difference as text", self.copies.copy_text, shortcut="Ctrl+Alt+C", icon="copy"),
            Command("Export the differences as HTML…", lambda: self.copies.export("html"), icon="save"),
            Command("Export the differences as CSV…", lambda: self.copies.export("csv"), icon="save"),
        ]

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self._take_files(local_files(event.mimeData()))
        event.acceptProposedAction()


def _add_key(widget: QWidget, key: QKeySequence, run: Callable[[], object]) -> None:
    shortcut = QShortcut(key, widget)
    shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
    shortcut.activated.connect(run)
