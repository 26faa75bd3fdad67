"""Compare panel: two messages or resources held against each other, row by row with their names."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench
from ui.models.comparison import Side, compare_sides, parse_masks, side_of
from ui.models.difference_model import KIND_WORDS, DifferenceModel, PreparedRows, prepare_rows, to_csv, to_tab_separated
from ui.panels.panel import Command, Panel
from ui.tasks import Report
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.views.side_card import SideCard
from ui.widgets.difference_detail import DifferenceDetail
from ui.widgets.difference_table import DifferenceTable
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import ElidedLabel
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.wire_editor import local_files
from workbench.diff.difference import Difference
from workbench.errors import WorkbenchError
from workbench.workspace.atomic import write_text


class ComparePanel(Panel):
    """What is compared is seen from the content; `receive("compare", (left, right))` takes what others hand over."""

    title = "Compare"
    icon_name = "compare"

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(bench, parent)
        self._turn = 0
        self.setAcceptDrops(True)
        self.left, self.right = SideCard(bench, "Left"), SideCard(bench, "Right")
        self.model = DifferenceModel(self)
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
        self._swap = QPushButton("⇄")
        self._swap.setProperty("role", "quiet")
        self._swap.setToolTip("Swap the sides")
        self._swap.setAccessibleName("Swap the sides")
        self._swap.clicked.connect(self.swap)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(SPACE_2, SPACE_2, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_1)
        layout.addWidget(self.left, 1)
        layout.addWidget(self._swap)
        layout.addWidget(self.right, 1)
        return row

    def _make_stack(self) -> QWidget:
        self._empty = EmptyState(
            "compare",
            "Hold two things against each other",
            "Two HL7 v2 messages or two FHIR resources: drop two files here, choose each side above, "
            "or select two exchanges in the strip below.",
        )
        self._empty.add_button("Choose two &files", self.choose_files, "open")
        self._results = QWidget()
        layout = QVBoxLayout(self._results)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_bar())
        layout.addWidget(self._make_rows(), 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._results)
        return self._stack

    def _make_bar(self) -> QWidget:
        bar = QWidget()
        self.count = ElidedLabel()
        self.count.setAccessibleName("Count of differences")
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setFixedWidth(48)
        self._progress.setAccessibleName("Comparing")
        self._progress.hide()
        self.only = QPushButton("&Only differences")
        self.only.setCheckable(True)
        self.only.toggled.connect(self._show_only)
        self.masks = QLineEdit()
        self.masks.setPlaceholderText("Masks, such as MSH-7 or *.meta")
        self.masks.setAccessibleName("Masks: places that may differ")
        self.masks.setToolTip("Places that may differ, separated by spaces: MSH-7 MSH-10, Patient.meta, *.meta")
        self.masks.setClearButtonEnabled(True)
        self.masks.setMinimumWidth(120)
        self.masks.setMaximumWidth(280)
        self.masks.editingFinished.connect(self._rest.start)
        self.masks.textChanged.connect(lambda text: None if text else self._rest.start())
        previous = _icon_button("up", "Previous difference (Shift+F8 or P)", lambda: self.step(-1))
        following = _icon_button("down", "Next difference (F8 or N)", lambda: self.step(1))
        more = QPushButton()
        more.setIcon(make_icon("more"))
        more.setProperty("role", "quiet")
        more.setToolTip("Copy or export")
        more.setAccessibleName("Copy or export")
        menu = QMenu(more)
        menu.addAction("&Copy the rows shown", lambda: self.copy_rows(self.model.shown))
        menu.addAction("&Export as CSV…", self.export)
        more.setMenu(menu)
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(SPACE_2, 0, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_1)
        layout.addWidget(self.count, 1)
        for widget in (self._progress, self.masks, self.only, previous, following, more):
            layout.addWidget(widget)
        return bar

    def _make_rows(self) -> QWidget:
        self.table = DifferenceTable()
        self.table.setProperty("bare", True)
        self.table.setModel(self.model)
        self.table.step_asked.connect(self.step)
        self.table.row_changed.connect(self._show_row)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.detail = DifferenceDetail()
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(self.detail)
        split.setSizes([700, 100])
        split.setStretchFactor(0, 1)
        return split

    def _add_keys(self) -> None:
        for key, step in (("F8", 1), ("Shift+F8", -1)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda step=step: self.step(step))
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_selected)

    # Comparing.

    def _compare(self) -> None:
        """Compare beside the window; a comparison that was overtaken is dropped."""
        self._turn += 1
        turn, left, right = self._turn, self.left.side, self.right.side
        self._swap.setEnabled(left is not None or right is not None)
        if left is None or right is None:
            self._show_empty(left, right)
            return
        self._progress.show()
        self.notice.hide()
        self.bench.tasks.start(
            asyncio.to_thread(_compare_and_count, left, right, parse_masks(self.masks.text())),
            on_done=lambda rows: self._take(turn, rows),
            on_error=lambda report: self._refuse(turn, report),
            name=f"Comparing {left.name} with {right.name}",
            owner=self,
        )

    def _show_empty(self, left: Side | None, right: Side | None) -> None:
        self.notice.hide()
        one = left or right
        if one is None:
            words = "Two HL7 v2 messages or two FHIR resources: drop two files here, choose each side above, "
            words += "or select two exchanges in the strip below."
            self._empty.set_words("Hold two things against each other", words)
        else:
            word = "right" if left is not None else "left"
            self._empty.set_words(f"Now the {word} side", f"Choose or drop what to hold against “{one.name}”.")
        self._stack.setCurrentWidget(self._empty)

    def _take(self, turn: int, rows: PreparedRows) -> None:
        if turn != self._turn or self.left.side is None or self.right.side is None:
            return
        self._progress.hide()
        self.model.set_rows(rows, left=self.left.side.name, right=self.right.side.name)
        self.count.setText(self.model.summary())
        self._stack.setCurrentWidget(self._results)
        self.table.fit_columns()
        first = self.model.find_difference(-1, 1)
        if first is None:
            self.detail.show_nothing()
        else:
            self.table.show_row(first)

    def _refuse(self, turn: int, report: Report) -> None:
        if turn == self._turn:
            self._progress.hide()
            self.notice.show_notice("warning", report.sentence, report.hint, details=report.details)
            self._empty.set_words("Nothing to compare yet", "Choose another left or right side above.")
            self._stack.setCurrentWidget(self._empty)

    def set_sides(self, left: object | None, right: object | None) -> None:
        """Put both sides; None leaves a side as it is."""
        for card, payload in ((self.left, left), (self.right, right)):
            if isinstance(payload, Path):
                card.open_path(payload)
            elif payload is not None:
                card.set_side(side_of(payload))

    def swap(self) -> None:
        left, right = self.left.side, self.right.side
        self.left.set_side(right)
        self.right.set_side(left)

    def choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Compare two files")
        self._take_files(names)

    def _take_files(self, names: list[str]) -> None:
        """One file fills the side that is empty, the right one where none is; two fill both."""
        paths = [Path(name) for name in names[:2]]
        if len(paths) == 2:
            self.set_sides(*paths)
        elif paths:
            (self.left if self.left.side is None else self.right).open_path(paths[0])

    # Rows.

    def _show_only(self, only: bool) -> None:
        current = self.model.difference_at(self.table.currentIndex().row())
        self.model.set_only_differences(only)
        row = self.model.row_of(current) if current is not None else None
        if row is None:
            row = self.model.find_difference(-1, 1)
        if row is not None:
            self.table.show_row(row)

    def step(self, step: int) -> None:
        """Go to the next or the previous difference, and say so where there is none."""
        row = self.table.currentIndex().row()
        found = self.model.find_difference(row, step)
        if found is not None:
            self.table.show_row(found)
            self.table.setFocus()
        elif self.model.rows:
            self.count.setText(f"{self.model.summary()} · {'No further one below' if step > 0 else 'None above'}")

    def _show_row(self, row: int) -> None:
        difference = self.model.difference_at(row)
        if difference is None:
            self.detail.show_nothing()
            return
        self.count.setText(self.model.summary())
        heading = f"{difference.path} {difference.name}".strip()
        self.detail.show_values(f"{heading} · {KIND_WORDS[difference.kind]}", difference.left, difference.right)

    def _show_menu(self, place: QPoint) -> None:
        difference = self.model.difference_at(self.table.indexAt(place).row())
        if difference is None:
            return
        menu = QMenu(self)
        menu.addAction("&Copy rows", self.copy_selected)
        menu.addAction(f"Copy “{difference.path}”", lambda: QGuiApplication.clipboard().setText(difference.path))
        menu.addAction(f"&Mask {difference.path}", lambda: self.add_mask(difference.path))
        menu.exec(self.table.viewport().mapToGlobal(place))

    def add_mask(self, path: str) -> None:
        self.masks.setText(" ".join((*parse_masks(self.masks.text()), path)))
        self._rest.start()

    def copy_selected(self) -> None:
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        self.copy_rows(tuple(row for place in rows if (row := self.model.difference_at(place)) is not None))

    def copy_rows(self, rows: tuple[Difference, ...]) -> None:
        QGuiApplication.clipboard().setText(to_tab_separated(rows))
        self.bench.notice.emit("success", f"{len(rows):,} row{'' if len(rows) == 1 else 's'} copied.")

    def export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export as CSV", "differences.csv", "CSV (*.csv)")
        if name:
            self.export_to(Path(name))

    def export_to(self, path: Path) -> None:
        """Write the rows shown as a CSV file."""
        left, right = self.model.headings[-2:]
        try:
            write_text(path, to_csv(self.model.shown, left=left, right=right))
        except WorkbenchError as error:
            self.notice.show_notice("error", error.message, error.hint)

    # What others hand over.

    def receive(self, kind: str, payload: object) -> None:
        if kind == "compare" and isinstance(payload, tuple) and len(payload) == 2:
            self.set_sides(*payload)
        elif self.left.side is None:
            self.set_sides(payload, None)
        else:
            self.set_sides(None, payload)

    def commands(self) -> tuple[Command, ...]:
        made = [Command("Compare two files…", self.choose_files, icon="compare")]
        if self.model.rows:
            made.append(Command("Next difference", lambda: self.step(1), shortcut="F8", icon="down"))
            made.append(Command("Previous difference", lambda: self.step(-1), shortcut="Shift+F8", icon="up"))
            made.append(Command("Swap the sides of the comparison", self.swap, icon="compare"))
        return tuple(made)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self._take_files(local_files(event.mimeData()))
        event.acceptProposedAction()


def _compare_and_count(left: Side, right: Side, masks: tuple[str, ...]) -> PreparedRows:
    return prepare_rows(compare_sides(left, right, masks))


def _icon_button(icon: str, words: str, run: object) -> QPushButton:
    button = QPushButton()
    button.setIcon(make_icon(icon))
    button.setProperty("role", "quiet")
    button.setToolTip(words)
    button.setAccessibleName(words.split(" (")[0])
    button.clicked.connect(lambda: run())  # type: ignore[operator]  # any callable
    return button
