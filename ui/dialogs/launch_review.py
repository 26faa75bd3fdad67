"""Launch review dialog: what was found of a launch of a replay, with its sequence, the clauses and the evidence."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from ui.bench import Bench
from ui.theme.tokens import SPACE_2, SPACE_4
from ui.views.launch_copies import LaunchCopies
from ui.views.launch_outcome_view import RESULT, REVIEW, LaunchOutcomeView
from ui.views.launch_review_view import LaunchReviewView
from workbench.launch_review.words import sum_up_review
from workbench.scenario.scenario import LaunchReviewed


class LaunchReviewDialog(QDialog):
    """`exchange_chosen` carries an exchange that the evidence is in, or the place in it."""

    exchange_chosen = Signal(object)

    def __init__(self, bench: Bench, reviewed: LaunchReviewed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Review of the launch “{reviewed.name}”")
        self.outcome = LaunchOutcomeView()
        self.outcome.tabs.setTabVisible(RESULT, False)
        self.outcome.trace.show_exchanges(reviewed.exchanges)
        self.outcome.show_review(reviewed.review)
        self.outcome.tell("fail" if reviewed.review.failed else "pass", sum_up_review(reviewed.review))
        self.outcome.tabs.setCurrentIndex(REVIEW)
        self.view.table.selectRow(0)
        self.outcome.exchange_chosen.connect(self.exchange_chosen)
        self._copies = LaunchCopies(bench, self.outcome)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        layout.setSpacing(SPACE_2)
        layout.addWidget(self.outcome, 1)
        layout.addWidget(buttons)
        self.resize(900, 640)

    @property
    def view(self) -> LaunchReviewView:
        """The table of what was found."""
        return self.outcome.review

    def save_to(self, path: Path, kind: str) -> None:
        """Write what was found, whole and without a secret, as `html` or `json`."""
        self._copies.save_report_to(path, kind)
