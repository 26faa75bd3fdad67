"""Launch outcome view: what a launch came to in a line, and behind it its trace, its review and what was granted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTabWidget, QVBoxLayout, QWidget

from ui.models.exchange_place import ExchangePlace
from ui.models.launch_finding import (
    Finding,
    count_findings,
    list_findings,
    list_lanes,
    make_marks,
    tell_counts,
    worst_verdict,
)
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_3
from ui.views.launch_result_parts import tell_refusal
from ui.views.launch_result_view import LaunchResultView
from ui.views.launch_review_view import LaunchReviewView
from ui.views.trace_view import TraceView
from ui.widgets.verdict_label import VERDICT_ICONS, VERDICT_TOKENS, VerdictLabel
from workbench.exchange import Exchange
from workbench.launch_review.review import LaunchReview, Party
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused

# A party is judged by what it sent.
_SIDES: Mapping[Party, Literal["request", "response"]] = {"app": "request", "server": "response"}
TRACE, REVIEW, RESULT = range(3)


class LaunchOutcomeView(QWidget):
    """An arrow and the findings that rest on it point to each other; `exchange_chosen` fills the inspector."""

    exchange_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.trace = TraceView(
            "No exchanges yet",
            "Each exchange of a launch is drawn here in order, from discovery to the first FHIR call.",
        )
        self.review = LaunchReviewView()
        self.result = LaunchResultView()
        self._outcome = VerdictLabel()
        self._findings = QPushButton()
        self._findings.setProperty("role", "chip")
        self._findings.setToolTip("Show what was found")
        self.tabs = QTabWidget(self)
        self._findings.clicked.connect(lambda: self.tabs.setCurrentIndex(REVIEW))
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName("What is shown of the launch")
        for page, title in ((self.trace, "Trace"), (self.review, "Review"), (self.result, "Result")):
            self.tabs.addTab(page, title)
        head = QHBoxLayout()
        head.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, 0)
        head.setSpacing(SPACE_2)
        head.addWidget(self._outcome)
        head.addStretch(1)
        head.addWidget(self._findings)
        self._head = QWidget()
        self._head.setLayout(head)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._head)
        layout.addWidget(self.tabs, 1)
        self.trace.exchange_chosen.connect(self.exchange_chosen)
        self.trace.findings_asked.connect(self._show_findings)
        self.review.pointed.connect(self._point)
        self.review.shown_asked.connect(self._show_exchange)
        self.clear()

    def clear(self) -> None:
        """Begin anew: what was told of an earlier launch goes."""
        self.trace.clear()
        self.review.clear()
        self.result.clear()
        self.tabs.setTabText(REVIEW, "Review")
        self.tabs.setCurrentIndex(TRACE)
        self._findings.hide()
        self._head.hide()

    def add(self, exchange: Exchange) -> None:
        self.trace.add(exchange)

    def tell(self, verdict: str, words: str) -> None:
        """Say how far the launch is, or why it came to no outcome."""
        self._show_head(verdict, words)

    def show_result(self, result: LaunchResult) -> None:
        self._show_head(*tell_result(result))
        self.result.show_result(result)

    def show_refusal(self, refused: LaunchRefused) -> None:
        self._show_head(*tell_refusal(refused))
        self.result.show_refusal(refused)

    def show_review(self, review: LaunchReview) -> None:
        """Put what was found into the review, and marks on the arrows."""
        findings = list_findings(review)
        counts = count_findings(findings)
        self.review.show_review(review)
        self.trace.show_marks(make_marks(findings), list_lanes(review))
        verdict = worst_verdict(counts)
        self._findings.setText(tell_counts(counts))
        self._findings.setIcon(make_icon(VERDICT_ICONS[verdict], VERDICT_TOKENS[verdict]))
        self._findings.show()
        serious = counts["fail"] + counts["risk"] + counts["warning"]
        self.tabs.setTabText(REVIEW, f"Review ({serious})" if serious else "Review")
        self._head.show()

    def _show_head(self, verdict: str, words: str) -> None:
        self._outcome.set_verdict(verdict, words)
        self._findings.setVisible(self.review.review is not None)
        self._head.show()

    def _point(self, finding: Finding) -> None:
        """Choose the arrow that a finding rests on, and lead to the place in its exchange."""
        seen = finding.deciding
        exchange = self.trace.model.exchange_at(seen.exchange) if seen is not None else None
        if seen is not None and exchange is not None:
            self.trace.point_to(seen.exchange)
            self.exchange_chosen.emit(ExchangePlace(exchange, _SIDES[finding.party], seen.place))

    def _show_findings(self, index: int) -> None:
        self.review.show_exchange(index)
        self.tabs.setCurrentIndex(REVIEW)
        self.review.table.setFocus()

    def _show_exchange(self, index: int) -> None:
        self.tabs.setCurrentIndex(TRACE)
        self.trace.point_to(index)
        self.trace.shown.setFocus()
        if (exchange := self.trace.model.exchange_at(index)) is not None:
            self.exchange_chosen.emit(exchange)


def tell_result(result: LaunchResult) -> tuple[str, str]:
    """The verdict on a token that was granted, and what there is to say of it."""
    missing, asked = len(result.missing_scopes), len(result.asked)
    if result.failed_checks:
        names = ", ".join(check.name for check in result.failed_checks)
        return "fail", f"Launched, but the id token does not hold: {names}"
    if missing:
        return "error", f"Launched; {missing} of {asked} scopes not granted"
    return "pass", f"Launched with all {asked} scopes"
