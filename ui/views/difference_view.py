"""Difference view: a comparison to filter, to step through and to read row by row, with its verdicts and why."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from ui.models.comparison_work import EMPTY, PreparedComparison
from ui.models.difference_tree_model import DifferenceTreeModel
from ui.models.difference_words import COUNT_WORDS, GRADE_MEANINGS, GRADE_WORDS, KIND_WORDS, telling_name
from ui.models.packed_rows import GRADES, KINDS, RowFilter
from ui.tasks import Tasks, beside
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.buttons import icon_button
from ui.widgets.difference_detail import DifferenceDetail
from ui.widgets.difference_tree_view import DifferenceTreeView
from ui.widgets.empty_state import EmptyState
from ui.widgets.filter_bar import Choice, FilterBar
from ui.widgets.labels import ElidedLabel
from workbench.diff.difference import Difference
from workbench.diff.difference_filter import find_filter

OPENED = 200
"""Lines that are open at first; more are a click away."""
_MOST_AT_ONCE = 4_000
_MANY = 10_000
_MANY_SAID = 2_000
"""Rows of which a filter in words is looked through beside the window, since each is read for it."""
_DIFFERING = ("changed", "added", "removed")
_BREAKING = frozenset(grade for grade in GRADES if grade.startswith("breaks"))


class DifferenceView(QWidget):
    """`bar` and `filters` have room at their ends for what the panel adds; `menu_asked` comes with a row's index."""

    menu_asked = Signal(QModelIndex)

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._wanted = RowFilter()
        self.model = DifferenceTreeModel(self)
        self._open: dict[int, bool] = {}
        self._opening = False
        self._split_by_hand = False
        self.count = ElidedLabel()
        self.count.setAccessibleName("Count of differences")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._make_bar())
        layout.addLayout(self._make_filters())
        layout.addWidget(self._make_rows(), 1)

    # How it is built.

    def _make_bar(self) -> QHBoxLayout:
        self.bar = QHBoxLayout()
        self.bar.setContentsMargins(SPACE_2, 0, SPACE_2, SPACE_1)
        self.bar.setSpacing(SPACE_1)
        self.bar.addWidget(self.count, 1)
        self.previous = icon_button("up", "Previous difference (Shift+F8 or P)", lambda: self.step(-1))
        self.following = icon_button("down", "Next difference (F8 or N)", lambda: self.step(1))
        self.previous_breaking = icon_button(
            "up-breaking", "Previous that breaks (Ctrl+Shift+F8 or Shift+B)", lambda: self.step(-1, breaking=True)
        )
        self.next_breaking = icon_button(
            "down-breaking", "Next that breaks (Ctrl+F8 or B)", lambda: self.step(1, breaking=True)
        )
        for button in (self.previous, self.following, self.previous_breaking, self.next_breaking):
            self.bar.addWidget(button)
        return self.bar

    def _make_filters(self) -> QHBoxLayout:
        self.filters = QHBoxLayout()
        self.filters.setContentsMargins(SPACE_2, 0, SPACE_2, SPACE_2)
        self.filters.setSpacing(SPACE_1)
        self.filter_bar = FilterBar()
        self.filter_bar.changed.connect(self._filter)
        self.only_breaking = _switch("Only &breaking", "Leave out what breaks neither side", self._filter)
        self.only = _switch("&Only differences", "Leave out what is the same on both sides", self._filter)
        self.filters.addWidget(self.filter_bar, 1)
        self.filters.addWidget(self.only_breaking)
        self.filters.addWidget(self.only)
        return self.filters

    def _make_rows(self) -> QWidget:
        self.tree = DifferenceTreeView()
        self.tree.setProperty("bare", True)
        self.tree.setModel(self.model)
        self.tree.step_asked.connect(lambda step, breaking: self.step(step, breaking=breaking))
        self.tree.current_moved.connect(self._show_row)
        self.tree.expanded.connect(lambda index: self._note(index, True))
        self.tree.collapsed.connect(lambda index: self._note(index, False))
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(lambda place: self.menu_asked.emit(self.tree.indexAt(place)))
        self.filter_bar.search.lead_to(self.tree)
        self.nothing = EmptyState("filter", "No row is let through", "The filters above hide every row.")
        self.nothing.add_button("&Show all rows", self.show_all)
        self.detail = DifferenceDetail()
        self._split = split = QSplitter(Qt.Orientation.Vertical)
        split.splitterMoved.connect(self._keep_split)
        split.setChildrenCollapsible(False)
        split.addWidget(self.tree)
        split.addWidget(self.nothing)
        split.addWidget(self.detail)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 1)
        self.nothing.hide()
        return split

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._split_by_hand:
            height = self._split.height()
            detail = min(max(90, int(height * 0.3)), 170)
            self._split.setSizes([height - detail, height - detail, detail])

    def _keep_split(self) -> None:
        self._split_by_hand = True

    def add_keys(self, owner: QWidget) -> None:
        """The keys that step through the rows, wherever in `owner` the keyboard is."""
        for key, step, breaking in (
            ("F8", 1, False),
            ("Shift+F8", -1, False),
            ("Ctrl+F8", 1, True),
            ("Ctrl+Shift+F8", -1, True),
        ):
            shortcut = QShortcut(QKeySequence(key), owner)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda step=step, breaking=breaking: self.step(step, breaking=breaking))

    # What is shown.

    def show_comparison(self, comparison: PreparedComparison) -> None:
        """Show other rows; what was searched and the switches stay as they are."""
        self._open.clear()
        self.model.set_comparison(comparison)
        self._offer()
        self._filter()
        self.tree.fit_columns()
        first = self._find_first()
        if first is None:
            self.detail.show_nothing()
        else:
            self.tree.show_index(self.model.index_of_row(first))

    def _find_first(self) -> int | None:
        """The first row that breaks, or where none does, the first that differs."""
        first = self.model.find_row(-1, 1, breaking=True) if self.model.is_graded else None
        return self.model.find_row(-1, 1) if first is None else first

    def clear(self) -> None:
        self.model.set_comparison(EMPTY)
        self.detail.show_nothing()

    def _offer(self) -> None:
        counts = self.model.count_all()
        kinds: dict[str, int] = {kind: sum(n for (each, _), n in counts.items() if each == kind) for kind in KINDS}
        found = tuple(Choice(kind, COUNT_WORDS[kind], kinds[kind]) for kind in KINDS if kinds[kind])
        grades = {
            grade: sum(n for (kind, each), n in counts.items() if each == grade and kind in _DIFFERING)
            for grade in GRADES
        }
        graded = tuple(Choice(grade, GRADE_WORDS[grade], grades[grade]) for grade in GRADES if grades[grade])
        breaking = any(grades[grade] for grade in GRADES if grade in _BREAKING)
        with QSignalBlocker(self.filter_bar):
            self.filter_bar.offer(graded if self.model.is_graded else found, found if self.model.is_graded else ())
        for widget in (self.previous_breaking, self.next_breaking, self.only_breaking):
            widget.setVisible(breaking)
        self.only.setVisible(any(kinds[kind] for kind in KINDS if kind not in _DIFFERING))

    def _filter(self) -> None:
        hidden = self.filter_bar.hidden
        kinds = frozenset(kind for kind in KINDS if kind not in hidden)
        if self.only.isChecked():
            kinds &= frozenset(_DIFFERING)
        grades = frozenset(grade for grade in GRADES if grade not in hidden)
        if self.only_breaking.isChecked() and not self.only_breaking.isHidden():
            grades &= _BREAKING
            kinds &= frozenset(_DIFFERING)
        self._choose(RowFilter(grades, kinds, self.filter_bar.text.strip()))

    def _choose(self, wanted: RowFilter) -> None:
        """Look through the rows, many of them beside the window; a filter that was overtaken is dropped."""
        self._wanted, rows = wanted, self.model.comparison.rows

        def take(shown: bytes) -> None:
            if self._wanted is wanted and self.model.comparison.rows is rows:
                self._show_chosen(shown)

        if wanted.text and len(rows) > (_MANY_SAID if find_filter(wanted.text) else _MANY):
            self._tasks.start(beside(rows.choose, wanted), on_done=take, owner=self)
        else:
            take(rows.choose(wanted))

    def _show_chosen(self, shown: bytes) -> None:
        current = self.model.row_at(self.tree.currentIndex())
        self.model.set_shown(shown)
        self._open_branches()
        self._keep_in_sight(current)
        self._say_count()
        empty = not self.model.rowCount() and len(self.model.comparison.rows) > 0
        self.nothing.setVisible(empty)
        self.tree.setVisible(not empty)

    def show_all(self) -> None:
        """Take every filter away."""
        with QSignalBlocker(self.only), QSignalBlocker(self.only_breaking), QSignalBlocker(self.filter_bar):
            self.only.setChecked(False)
            self.only_breaking.setChecked(False)
            self.filter_bar.search.clear()
        self._offer()
        self._filter()

    def _keep_in_sight(self, current: int | None) -> None:
        """The row that was selected stays so where it is still shown; else the first that breaks or differs."""
        index = self.model.index_of_row(current) if current is not None else QModelIndex()
        if not index.isValid() and (first := self._find_first()) is not None:
            index = self.model.index_of_row(first)
        if index.isValid():
            self.tree.show_index(index)
        else:
            self.detail.show_nothing("No row is selected.")

    def _say_count(self, more: str = "") -> None:
        comparison, shown = self.model.comparison, self.model.count_shown()
        parts = [comparison.sentence.removesuffix(".")]
        counts = self.model.count_all()
        for kind in ("masked", "same"):
            number = sum(n for (each, _), n in counts.items() if each == kind)
            parts += [f"{number:,} {COUNT_WORDS[kind]}"] if number else []
        if shown < len(comparison.rows):
            parts.append(f"{shown:,} of {len(comparison.rows):,} rows shown")
        self.count.setText(" · ".join([*parts, *([more] if more else [])]))

    # Branches.

    def _open_branches(self) -> None:
        self._opening = True
        self.tree.setUpdatesEnabled(False)
        for node in self.model.branches(OPENED):
            if self._open.get(node, True):
                self.tree.expand(self.model.index_of(node))
        for node, opened in self._open.items():
            index = self.model.index_of(node)
            if opened and index.isValid():
                self.tree.expand(index)
        self.tree.setUpdatesEnabled(True)
        self._opening = False

    def _note(self, index: QModelIndex, opened: bool) -> None:
        if not self._opening:
            self._open[self.model.node_of(index)] = opened

    def expand_all(self) -> None:
        """Open branches until some thousand lines are in sight, those nearest to the root first."""
        self._opening = True
        for node in self.model.branches(_MOST_AT_ONCE):
            self.tree.expand(self.model.index_of(node))
        self._opening = False

    def collapse_all(self) -> None:
        self._open.clear()
        self.tree.collapseAll()

    # Going about.

    def step(self, step: int, *, breaking: bool = False) -> None:
        """Go to the next or the previous row that differs, or breaks, and say so where there is none."""
        start = self.model.row_near(self.tree.currentIndex(), step)
        found = self.model.find_row(start, step, breaking=breaking)
        if found is not None:
            self.tree.show_index(self.model.index_of_row(found))
            self.tree.setFocus()
        elif len(self.model.comparison.rows):
            what = "that breaks" if breaking else "difference"
            self._say_count(f"No further {what} below" if step > 0 else f"No {what} above")

    def _show_row(self, index: QModelIndex) -> None:
        difference = self.model.difference_at(index)
        self._say_count()
        if difference is None:
            self._show_branch(index)
            return
        parts = [f"{difference.path} {telling_name(difference)}".strip()]
        parts += (
            [difference.aspect]
            if difference.aspect not in ("", "value") and difference.aspect not in difference.path
            else []
        )
        self.detail.show_values(" · ".join([*parts, KIND_WORDS[difference.kind]]), difference.left, difference.right)
        if self.model.is_graded and difference.differs:
            words, tip = GRADE_WORDS[difference.grade], GRADE_MEANINGS[difference.grade]
            self.detail.show_verdict(difference.grade, words, difference.why or tip, tip=tip)
        else:
            self.detail.show_verdict("", "", difference.why)

    def _show_branch(self, index: QModelIndex) -> None:
        counts = self.model.counts_of(self.model.node_of(index)) if index.isValid() else ()
        told = ", ".join(f"{number:,} {COUNT_WORDS[word]}" for word, number in counts)
        path = self.model.path_of(index) if index.isValid() else ""
        self.detail.show_nothing(f"{path}: {told}" if told else "Select a row to see both values whole.")

    def selected_rows(self) -> list[Difference]:
        """The rows that are selected, those of a selected branch included, in the order of the tree."""
        numbers = {
            row
            for index in self.tree.selectionModel().selectedRows()
            for row in self.model.shown_rows(self.model.node_of(index))
        }
        return [self.model.difference(row) for row in sorted(numbers)]


def _switch(words: str, tip: str, run: Callable[[], object]) -> QPushButton:
    button = QPushButton(words)
    button.setCheckable(True)
    button.setToolTip(tip)
    button.toggled.connect(lambda _: run())
    return button
