"""Launch review dialog: what was found of a launch that a replay made, with the clauses and the evidence."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QVBoxLayout, QWidget

from ui.bench import Bench
from ui.tasks import beside
from ui.theme.tokens import SPACE_2, SPACE_4
from ui.views.launch_copies import to_report
from ui.views.launch_review_view import LaunchReviewView
from ui.widgets.labels import make_label
from workbench.launch_review.words import sum_up_review
from workbench.scenario.scenario import LaunchReviewed
from workbench.workspace.atomic import write_text


class LaunchReviewDialog(QDialog):
    """`exchange_chosen` carries an exchange that the evidence is in."""

    exchange_chosen = Signal(object)

    def __init__(self, bench: Bench, reviewed: LaunchReviewed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._reviewed = reviewed
        self.setWindowTitle(f"Review of the launch “{reviewed.name}”")
        self.view = LaunchReviewView()
        self.view.show_review(reviewed.review)
        self.view.table.selectRow(0)
        self.view.shown_asked.connect(self._show_exchange)
        self.view.save_asked.connect(self._save)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        layout.setSpacing(SPACE_2)
        layout.addWidget(make_label(sum_up_review(reviewed.review), wrap=True))
        layout.addWidget(self.view, 1)
        layout.addWidget(buttons)
        self.resize(900, 640)

    def save_to(self, path: Path, kind: str) -> None:
        """Write what was found, whole and without a secret, as `html` or `json`."""
        self._bench.tasks.start(
            beside(lambda: write_text(path, to_report(self._reviewed.review, kind))),
            on_done=lambda _: self._bench.notice.emit("success", f"Written to {path.name}."),
            name=f"Writing {path.name}",
            owner=self,
        )

    def _save(self, kind: str) -> None:
        word = kind.upper()
        name, _ = QFileDialog.getSaveFileName(
            self, f"Save the report as {word}", f"launch-review.{kind}", f"{word} (*.{kind})"
        )
        if name:
            self.save_to(Path(name), kind)

    def _show_exchange(self, index: int) -> None:
        if 0 <= index < len(self._reviewed.exchanges):
            self.exchange_chosen.emit(self._reviewed.exchanges[index])
