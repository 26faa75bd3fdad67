"""Step result view: what one step of a replay came to, its checks, and expected beside actual."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ui.models.check_model import ACTUAL, CHECK, EXPECTED, CheckModel, describe_check
from ui.models.difference_model import DifferenceModel
from ui.models.step_model import VERDICT_ROLE, describe_step
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.widgets.difference_detail import DifferenceDetail
from ui.widgets.difference_table import DifferenceTable
from ui.widgets.labels import ElidedLabel, make_label
from ui.widgets.row_table import settle_rows
from ui.widgets.verdict_delegate import VerdictDelegate
from ui.widgets.verdict_label import VerdictLabel
from workbench.exchange import Exchange
from workbench.narration import describe_exchange
from workbench.scenario.scenario import CheckResult, LaunchReviewed, Step, StepResult


class StepResultView(QWidget):
    """`exchange_chosen` carries an exchange of the step that the analyst wants to see whole, `review_chosen` the review
    of the launch that the step made.
    """

    exchange_chosen = Signal(object)
    review_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ElidedLabel("", "heading")
        self._verdict = VerdictLabel()
        self._sentence = make_label(role="quiet", selectable=True, wrap=True)
        self._exchanges = QPushButton()
        self._exchanges.setProperty("role", "quiet")
        self._exchanges.setToolTip("Show it whole in the inspector")
        self._exchanges.clicked.connect(self._open_only)
        self._only: Exchange | None = None
        self._review = QPushButton()
        self._review.setProperty("role", "quiet")
        self._review.setToolTip("What each clause asks of the app and of the site, and what was seen")
        self._review.clicked.connect(self._open_review)
        self._reviewed: LaunchReviewed | None = None
        self.checks = CheckModel(self)
        self.check_table = make_verdict_table("Checks of the step")
        self.check_table.setModel(self.checks)
        header = self.check_table.horizontalHeader()
        for column in (CHECK, EXPECTED, ACTUAL):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.check_table.setItemDelegateForColumn(0, VerdictDelegate(VERDICT_ROLE, self.check_table))
        self.check_table.selectionModel().currentRowChanged.connect(lambda row, _: self._show_check(row.row()))
        self.rows = DifferenceModel(self)
        self._row_table = DifferenceTable()
        self._row_table.setModel(self.rows)
        self._row_table.step_asked.connect(self._step)
        self._detail = DifferenceDetail()
        self._sides = QStackedWidget()
        self._sides.addWidget(self._detail)
        self._sides.addWidget(self._row_table)
        self._lay_out()
        self.show_step(None, None)

    def show_step(self, step: Step | None, result: StepResult | None, reviewed: LaunchReviewed | None = None) -> None:
        """Show `result`, or what `step` will do while it has none, and what was found of the launch that it made."""
        self._name.setText((step.name or describe_step(step)) if step is not None else "No step selected")
        self._verdict.set_verdict(result.verdict if result is not None else "")
        self._verdict.setVisible(result is not None)
        self._sentence.setText(_sentence_of(step, result))
        self.checks.set_results(result.checks if result is not None else ())
        self._show_exchanges(result.exchanges if result is not None else ())
        self._show_review(reviewed)
        self.check_table.setVisible(bool(result and result.checks))
        self._sides.setVisible(bool(result and result.checks))
        if result is not None and result.checks:
            wrong = (at for at, check in enumerate(result.checks) if check.verdict in ("fail", "error"))
            self.check_table.selectRow(next(wrong, 0))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        head.addWidget(self._name, 1)
        head.addWidget(self._verdict)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.check_table)
        split.addWidget(self._sides)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, SPACE_2)
        layout.setSpacing(SPACE_1)
        layout.addLayout(head)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_2)
        buttons.addWidget(self._review, alignment=Qt.AlignmentFlag.AlignTop)
        buttons.addWidget(self._exchanges, alignment=Qt.AlignmentFlag.AlignTop)
        buttons.addStretch(0)
        self._said = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._said.setSpacing(SPACE_1)
        self._said.addWidget(self._sentence, 1)
        self._said.addLayout(buttons)
        layout.addLayout(self._said)
        layout.addWidget(split, 1)
        layout.addStretch(0)

    def _show_check(self, row: int) -> None:
        result = self.checks.result_at(row)
        if result is None:
            self._detail.show_nothing()
            self._sides.setCurrentWidget(self._detail)
        elif result.rows:
            self.rows.set_rows(result.rows, left="Expected", right="Actual")
            self._sides.setCurrentWidget(self._row_table)
            self._row_table.fit_columns()
        else:
            self._show_values(result)

    def _show_values(self, result: CheckResult) -> None:
        heading = f"{describe_check(result.check)}: expected on the left, actual on the right"
        self._detail.show_values(heading, result.expected, result.actual)
        self._sides.setCurrentWidget(self._detail)

    def _show_exchanges(self, exchanges: tuple[Exchange, ...]) -> None:
        """One exchange opens at once; of several, a menu offers each in a line."""
        count = len(exchanges)
        self._exchanges.setVisible(count > 0)
        self._exchanges.setText("Show the exchange" if count == 1 else f"Show one of {count} exchanges")
        menu = QMenu(self._exchanges)
        for exchange in exchanges:
            line = describe_exchange(exchange)
            shown = self.fontMetrics().elidedText(f"{line.what} → {line.result}", Qt.TextElideMode.ElideMiddle, 520)
            menu.addAction(shown.replace("&", "&&"), partial(self.exchange_chosen.emit, exchange))
        if (old := self._exchanges.menu()) is not None:
            old.deleteLater()
        self._exchanges.setMenu(menu if count > 1 else None)  # type: ignore[arg-type]  # None takes the menu away
        self._only = exchanges[0] if count == 1 else None

    def _show_review(self, reviewed: LaunchReviewed | None) -> None:
        """With the review there are two buttons, which stand below the sentence to leave it the width."""
        self._reviewed = reviewed
        directions = QBoxLayout.Direction
        self._said.setDirection(directions.LeftToRight if reviewed is None else directions.TopToBottom)
        self._review.setVisible(reviewed is not None)
        if reviewed is not None:
            failed = reviewed.review.counts["fail"]
            self._review.setText(f"Review: {failed} failed" if failed else "Review: none failed")

    def _open_review(self) -> None:
        if self._reviewed is not None:
            self.review_chosen.emit(self._reviewed)

    def _open_only(self) -> None:
        if self._only is not None:
            self.exchange_chosen.emit(self._only)

    def _step(self, step: int) -> None:
        row = self._row_table.currentIndex().row() + step
        if 0 <= row < self.rows.rowCount():
            self._row_table.show_row(row)


def make_verdict_table(name: str) -> QTableView:
    """A quiet table of whole rows, for steps and checks."""
    table = QTableView()
    table.setAccessibleName(name)
    settle_rows(table, one=True)
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 10)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    table.horizontalHeader().setStretchLastSection(True)
    return table


def _sentence_of(step: Step | None, result: StepResult | None) -> str:
    if result is not None:
        return result.sentence
    return f"{describe_step(step)} — not run yet." if step is not None else "Select a step to see its checks."
