"""Launch review view: what each clause asks of the app and of the server, what was seen, and why it matters."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHeaderView, QMenu, QSplitter, QStackedWidget, QTableView, QVBoxLayout, QWidget

from ui.models.launch_finding import Finding, count_findings, list_findings
from ui.models.launch_finding_model import (
    CLAUSE,
    OUTCOME,
    PARTY,
    REQUIREMENT,
    STAGE,
    LaunchFindingFilter,
    LaunchFindingModel,
    to_line,
)
from ui.models.step_model import VERDICT_ROLE
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.views.launch_finding_bar import LaunchFindingBar
from ui.views.launch_finding_detail import LaunchFindingDetail
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import make_label
from ui.widgets.row_table import settle_rows
from ui.widgets.verdict_delegate import VerdictDelegate
from workbench.launch_review.review import LaunchReview


class LaunchReviewView(QWidget):
    """`pointed` carries the finding that was chosen, `shown_asked` the index of an exchange that is to be shown."""

    pointed = Signal(object)
    shown_asked = Signal(int)
    save_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.review: LaunchReview | None = None
        self.model = LaunchFindingModel(self)
        self.filter = LaunchFindingFilter(self)
        self.filter.setSourceModel(self.model)
        self.bar = LaunchFindingBar()
        self.bar.changed.connect(self._choose)
        self.bar.fill_share = self._fill_share
        self.table = self._make_table()
        self.bar.search.lead_to(self.table)
        self.detail = LaunchFindingDetail()
        self.detail.shown_asked.connect(self.shown_asked)
        self._none = make_label("", "quiet", wrap=True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._rows = QStackedWidget()
        self._rows.addWidget(self.table)
        self._rows.addWidget(self._none)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self._rows)
        split.addWidget(self.detail)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([220, 180])
        filled = QWidget()
        inner = QVBoxLayout(filled)
        inner.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, SPACE_2)
        inner.setSpacing(SPACE_1)
        inner.addWidget(self.bar)
        inner.addWidget(split, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(
                "scenarios",
                "Nothing reviewed yet",
                "Each exchange of the next launch is held against the clauses that bind the app and the server.",
            )
        )
        self._stack.addWidget(filled)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    def clear(self) -> None:
        self.review = None
        self.model.set_findings(())
        self.bar.forget_exchange()
        self._stack.setCurrentIndex(0)

    def show_review(self, review: LaunchReview) -> None:
        """Show what was found; the row that is chosen stays so where it still is one."""
        self.review = review
        kept = self.current
        with QSignalBlocker(self.table.selectionModel()):
            self.model.set_findings(list_findings(review))
            self.bar.show_counts(count_findings(self.model.findings))
            self._choose()
            self._select(kept.id if kept is not None else "")
        self.detail.show_finding(self.current)
        self._stack.setCurrentIndex(1)

    @property
    def current(self) -> Finding | None:
        return self._finding(self.table.currentIndex())

    @property
    def shown(self) -> tuple[Finding, ...]:
        """The findings that pass the filter, in the order of the rows."""
        rows = (self._finding(self.filter.index(row, 0)) for row in range(self.filter.rowCount()))
        return tuple(each for each in rows if each is not None)

    def show_exchange(self, index: int) -> None:
        """Keep the findings that rest on one exchange alone, passed ones among them."""
        self.bar.keep_exchange(index)

    def copy_rows(self) -> None:
        """Put the selected rows on the clipboard as text, or all that are shown where none is selected."""
        chosen = [self._finding(index) for index in self.table.selectionModel().selectedRows()]
        found = [each for each in chosen if each is not None] or list(self.shown)
        QGuiApplication.clipboard().setText("\n".join(to_line(each) for each in found))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # How it is built, and what follows what.

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.filter)
        table.setAccessibleName("Requirements and risks")
        settle_rows(table)
        table.setItemDelegateForColumn(OUTCOME, VerdictDelegate(VERDICT_ROLE, table, with_text=True))
        table.horizontalHeader().setSectionResizeMode(REQUIREMENT, QHeaderView.ResizeMode.Stretch)
        table.setWordWrap(True)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.selectionModel().currentRowChanged.connect(lambda *_: self._point())
        table.activated.connect(lambda _: self._show_deciding())
        copy = QShortcut(QKeySequence.StandardKey.Copy, table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_rows)
        return table

    def _fit(self) -> None:
        """Give the requirement most of the room; where there is little, the rest is told below."""
        metrics, width = self.fontMetrics(), self.width()
        letter, line = metrics.averageCharWidth(), metrics.lineSpacing()
        self.table.setColumnHidden(STAGE, width < letter * 80)
        self.table.setColumnHidden(CLAUSE, width < letter * 105)
        self.table.setColumnWidth(OUTCOME, metrics.horizontalAdvance("Not seen") + line + 24)
        self.table.setColumnWidth(PARTY, metrics.horizontalAdvance("Server") + 24)
        self.table.setColumnWidth(STAGE, metrics.horizontalAdvance("Backend services") + 24)
        self.table.setColumnWidth(CLAUSE, letter * 26)
        self.table.verticalHeader().setDefaultSectionSize(2 * line + 4)

    def _choose(self) -> None:
        bar = self.bar
        self.filter.choose(hidden=bar.hidden, party=bar.party.value, words=bar.search.text(), exchange=bar.exchange)
        shown, total = self.filter.rowCount(), self.model.count_rows()
        self._none.setText(
            "Nothing passes this filter." if bar.is_narrow or not total else "Nothing failed, and no risk is left."
        )
        self._rows.setCurrentIndex(0 if shown else 1)
        self.detail.setVisible(shown > 0)

    def _point(self) -> None:
        finding = self.current
        self.detail.show_finding(finding)
        if finding is not None and finding.deciding is not None:
            self.pointed.emit(finding)

    def _show_deciding(self) -> None:
        finding = self.current
        if finding is not None and finding.deciding is not None:
            self.shown_asked.emit(finding.deciding.exchange)

    def _finding(self, index: QModelIndex) -> Finding | None:
        return self.model.finding_at(self.filter.mapToSource(index).row()) if index.isValid() else None

    def _select(self, finding_id: str) -> None:
        row = next((at for at, each in enumerate(self.shown) if each.id == finding_id), -1)
        if row >= 0:
            self.table.selectRow(row)

    def _fill_share(self, menu: QMenu) -> None:
        menu.addAction("&Copy rows", self.copy_rows)
        menu.addAction("Save the report as &HTML…", lambda: self.save_asked.emit("html"))
        menu.addAction("Save the report as &JSON…", lambda: self.save_asked.emit("json"))
