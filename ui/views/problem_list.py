"""Problem list: what a check has to say, by place, to filter, step through and copy."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ui.models.problem_model import (
    LINE,
    PATH,
    PROFILE,
    RULE,
    SENTENCE,
    SEVERITY,
    VERDICT_OF,
    WEIGHTS,
    ProblemFilter,
    ProblemModel,
    Weight,
    count_weights,
    to_line,
    to_tip,
)
from ui.models.step_model import VERDICT_ROLE
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.widgets.buttons import icon_button
from ui.widgets.labels import make_label
from ui.widgets.plain_tip import plain_tip
from ui.widgets.row_table import settle_rows
from ui.widgets.verdict_delegate import VerdictDelegate
from ui.widgets.verdict_label import VERDICT_ICONS
from workbench.issue import Issue

_FILTERS: dict[Weight, tuple[str, str, str]] = {
    "error": ("error", "errors", "failed"),
    "warning": ("warning", "warnings", "error"),
    "undecided": ("not decidable", "not decidable", "quiet"),
    "information": ("note", "notes", "quiet"),
}


# Lines from which on the columns have their names above.
_HEADED = 11


class _PathDelegate(QStyledItemDelegate):
    """The end of a path tells more than its beginning."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideLeft


class ProblemList(QWidget):
    """`chosen` carries the issue whose place is asked for (a double click, Enter); `pointed` follows the row in front,
    `filtered` the filter."""

    chosen = Signal(object)
    pointed = Signal()
    filtered = Signal()
    close_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Problems")
        self.model = ProblemModel(self)
        self.is_roomy = True
        self._filter = ProblemFilter(self)
        self._filter.setSourceModel(self.model)
        self.table = self._make_table()
        self._empty = make_label("", "quiet", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._head = self._make_head()
        self.whole = make_label(wrap=True, selectable=True)
        self.whole.setAccessibleName("The chosen problem, whole")
        self.whole.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.whole.setContentsMargins(SPACE_3, SPACE_1, SPACE_3, 0)
        layout.addWidget(self._head)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.whole)
        self.pointed.connect(self._show_whole)
        self.set_issues((), "")

    def set_issues(self, issues: Sequence[Issue], words: str) -> None:
        """Show `issues`, or `words` where there are none; the chosen row stays where it still is."""
        kept = self.current_issue
        with QSignalBlocker(self.table.selectionModel()):
            self.model.set_issues(issues)
            self._select(kept)
        for weight, count in count_weights(issues).items():
            one, many, _ = _FILTERS[weight]
            button = self.filters[weight]
            button.setText(f"{count:,} {one if count == 1 else many}")
            button.setVisible(count > 0)
        self._copy.setEnabled(bool(issues))
        self._show(words)

    @property
    def current_issue(self) -> Issue | None:
        return self._issue(self.table.currentIndex())

    @property
    def shown(self) -> tuple[Issue, ...]:
        """The issues that pass the filter, in the order of the rows."""
        rows = (self._filter.index(row, 0) for row in range(self._filter.rowCount()))
        return tuple(issue for issue in map(self._issue, rows) if issue is not None)

    @property
    def height_for_rows(self) -> int:
        """The height at which every row is in sight, or the words in place of rows."""
        line, rows = self.fontMetrics().height(), self._filter.rowCount()
        high = (
            self._head.sizeHint().height()
            + max(rows, 2) * (line + 8)
            + self.whole.height() * (rows > 0 and self.is_roomy)
            + SPACE_1
        )
        return high + (line + 16 if high > line * _HEADED else 0)

    def set_roomy(self, roomy: bool) -> None:
        """Tell the row in front whole where there is room for that below the rows."""
        if self.is_roomy != roomy:
            self.is_roomy = roomy
            self._show_whole()

    def point_to(self, issue: Issue) -> None:
        """Choose the row of an issue, without going to its place; rows on its line that are chosen stay so."""
        current = self.current_issue
        if current is None or (current.line, current.column) != (issue.line, issue.column):
            self._select(issue)

    def copy_rows(self) -> None:
        """Put the selected rows on the clipboard as text, or all of them where none is selected."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        chosen = [self._issue(self._filter.index(row, 0)) for row in rows] if rows else list(self.shown)
        QGuiApplication.clipboard().setText("\n".join(to_line(issue) for issue in chosen if issue is not None))

    # How it is built.

    def _make_head(self) -> QWidget:
        head = QWidget()
        layout = QHBoxLayout(head)
        layout.setContentsMargins(SPACE_3, SPACE_1, SPACE_2, SPACE_1)
        layout.setSpacing(SPACE_1)
        layout.addWidget(make_label("Problems", "heading"))
        layout.addSpacing(SPACE_2)
        self.filters: dict[Weight, QToolButton] = {weight: self._make_filter(weight) for weight in WEIGHTS}
        for button in self.filters.values():
            layout.addWidget(button)
        layout.addStretch(1)
        self._copy = icon_button("copy", "Copy as text", self._copy_all)
        close = icon_button("close", "Hide the problems", self.close_asked.emit)
        layout.addWidget(self._copy)
        layout.addWidget(close)
        return head

    def _make_filter(self, weight: Weight) -> QToolButton:
        button = QToolButton()
        button.setIcon(make_icon(VERDICT_ICONS[VERDICT_OF[weight]], _FILTERS[weight][2]))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setCheckable(True)
        button.setChecked(True)
        button.setProperty("role", "filter")
        button.setToolTip("Shown; press to hide")
        button.toggled.connect(lambda on: self._take_filter(button, on))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.hide()
        return button

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._filter)
        table.setProperty("bare", True)
        table.setAccessibleName("Problems by place")
        settle_rows(table)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setItemDelegateForColumn(SEVERITY, VerdictDelegate(VERDICT_ROLE, table, with_text=True))
        table.setItemDelegateForColumn(PATH, _PathDelegate(table))
        table.horizontalHeader().setSectionResizeMode(SENTENCE, QHeaderView.ResizeMode.Stretch)
        table.activated.connect(self._choose)
        table.selectionModel().currentRowChanged.connect(lambda *_: self.pointed.emit())
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._show_menu)
        copy = QShortcut(QKeySequence.StandardKey.Copy, table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_rows)
        return table

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_columns()
        self.table.scrollTo(self.table.currentIndex())

    def fit_columns(self) -> None:
        """Give the sentence most of the room; where there is little, the rest is left to the tool tips."""
        letter, width, line = self.fontMetrics().averageCharWidth(), self.width(), self.fontMetrics().height()
        self.table.horizontalHeader().setVisible(self.height() > line * _HEADED)
        self.table.setColumnHidden(PROFILE, width < letter * 150)
        self.table.setColumnHidden(RULE, width < letter * 100)
        self.table.setColumnWidth(SEVERITY, self.fontMetrics().horizontalAdvance("Not decidable") + line + 24)
        self.table.setColumnWidth(LINE, letter * 7)
        self.table.setColumnWidth(PATH, min(letter * 36, width * 20 // 100))
        self.table.setColumnWidth(RULE, min(letter * 26, width * 16 // 100))
        self.table.setColumnWidth(PROFILE, min(letter * 26, width * 16 // 100))
        self.table.verticalHeader().setDefaultSectionSize(line + 8)
        self.table.setMinimumHeight(2 * (line + 8))
        self.whole.setFixedHeight(2 * self.fontMetrics().lineSpacing() + SPACE_1)

    # What is done with it.

    def _take_filter(self, button: QToolButton, on: bool) -> None:
        button.setToolTip("Shown; press to hide" if on else "Hidden; press to show")
        hidden = frozenset(weight for weight, each in self.filters.items() if not each.isChecked())
        self._filter.set_hidden(hidden)
        self._show("")
        self.filtered.emit()

    def _show(self, words: str) -> None:
        total, shown = self.model.rowCount(), self._filter.rowCount()
        self._empty.setText("Nothing passes this filter." if total and not shown else words)
        self._stack.setCurrentIndex(1 if shown else 0)
        self._show_whole()

    def _show_whole(self) -> None:
        """The sentence of the row in front with who asks it, since a row has not the room for both."""
        issue = self.current_issue
        self.whole.setText(to_tip(issue) if issue is not None else "Enter goes to the place of the row in front.")
        self.whole.setToolTip(plain_tip(self.whole.text()))
        self.whole.setVisible(self.is_roomy and self._filter.rowCount() > 0)

    def _issue(self, index: QModelIndex) -> Issue | None:
        return self.model.issue_at(self._filter.mapToSource(index).row()) if index.isValid() else None

    def _select(self, issue: Issue | None) -> None:
        row = next((at for at, each in enumerate(self.shown) if issue is not None and _is_same(each, issue)), -1)
        if row >= 0:
            self.table.selectRow(row)
            self.table.scrollTo(self._filter.index(row, SENTENCE))

    def _choose(self, index: QModelIndex) -> None:
        issue = self._issue(index)
        if issue is not None:
            self.chosen.emit(issue)

    def _copy_all(self) -> None:
        self.table.clearSelection()
        self.copy_rows()

    def _show_menu(self, place: QPoint) -> None:
        issue = self.current_issue
        if issue is not None:
            self.make_menu(issue).exec(self.table.viewport().mapToGlobal(place))

    def make_menu(self, issue: Issue) -> QMenu:
        """What can be done with one issue."""
        menu = QMenu(self)
        clipboard = QGuiApplication.clipboard()
        menu.addAction("&Go to its place", lambda: self.chosen.emit(issue))
        menu.addSeparator()
        menu.addAction("&Copy as text", self.copy_rows)
        menu.addAction("Copy its &path", lambda: clipboard.setText(issue.path)).setEnabled(bool(issue.path))
        menu.addAction("Copy the p&rofile", lambda: clipboard.setText(issue.profile)).setEnabled(bool(issue.profile))
        return menu


def _is_same(one: Issue, other: Issue) -> bool:
    """Whether two checks say the same of the same element, wherever its line is now."""
    return (one.path, one.rule, one.message) == (other.path, other.rule, other.message)
