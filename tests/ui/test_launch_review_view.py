"""What a review found is listed the worst first, filtered, explained, and pointed to on the arrows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.ui.exchanges import make_read
from ui.models.exchange_place import ExchangePlace
from ui.models.launch_finding import Finding, count_findings, list_findings, make_marks, tell_counts
from ui.models.launch_finding_model import LaunchFindingModel
from ui.theme.theme import Theme
from ui.views.launch_outcome_view import REVIEW, TRACE, LaunchOutcomeView
from ui.views.launch_review_view import LaunchReviewView
from ui.widgets.sequence_drawing import Mark
from workbench.launch_review.review import Evidence, LaunchReview, Requirement, Risk, Verdict

PKCE = Requirement(
    "app-pkce", "app", "authorize", "The app sends a challenge.", "RFC 7636, 4.3", "A stolen code works."
)
STORE = Requirement("server-no-store", "server", "token", "Tokens are not kept by caches.", "RFC 6749, 5.1")
STATE = Requirement("app-state", "app", "authorize", "The app sends a state.", "RFC 6749, 10.12", level="should")
LATER = Requirement("server-refresh", "server", "refresh", "A refresh gives a token.", "RFC 6749, 6")
WILD = Evidence(0, "query: scope", "It holds *.")
REVIEW_OF_TWO = LaunchReview(
    (
        Verdict(PKCE, "fail", (Evidence(0, "query: code_challenge", "There is none.", "fail"),)),
        Verdict(STATE, "warning", (Evidence(0, "query: state", "It is short.", "warning"),)),
        Verdict(STORE, "pass", (Evidence(1, "header: Cache-Control", "It says no-store."),)),
        Verdict(LATER, "not-seen", note="No refresh was seen."),
    ),
    (Risk("scopes", "app", "Wildcard scopes", "More than is used can be read.", "RFC 9700, 2.3", (WILD,)),),
)


@pytest.fixture
def view(theme: Theme) -> Iterator[LaunchReviewView]:
    view = LaunchReviewView()
    view.resize(900, 600)
    view.show()
    view.show_review(REVIEW_OF_TWO)
    yield view
    view.hide()
    view.deleteLater()


@pytest.fixture
def outcome(theme: Theme) -> Iterator[LaunchOutcomeView]:
    outcome = LaunchOutcomeView()
    outcome.resize(900, 600)
    outcome.show()
    for number in range(3):
        outcome.add(make_read(number))
    outcome.show_review(REVIEW_OF_TWO)
    yield outcome
    outcome.hide()
    outcome.deleteLater()


def words_of(view: LaunchReviewView) -> str:
    return "\n".join(label.text() for label in view.detail.widget().findChildren(QLabel))


def test_the_model_keeps_to_the_rules_of_qt(qtmodeltester: ModelTester) -> None:
    model = LaunchFindingModel()
    qtmodeltester.check(model)
    model.set_findings(list_findings(REVIEW_OF_TWO))
    qtmodeltester.check(model)


def test_what_failed_is_shown_first_and_what_passed_not_at_all(view: LaunchReviewView) -> None:
    assert [each.id for each in view.shown] == ["app-pkce", "scopes", "app-state"]
    view.bar.chips["pass"].click()
    assert view.shown[-1].id == "server-no-store"


def test_the_filter_takes_party_and_words(view: LaunchReviewView) -> None:
    view.bar.party.setCurrentIndex(view.bar.party.findData("server"))
    assert view.shown == ()
    assert view._none.isVisible()
    view.bar.party.setCurrentIndex(0)
    view.bar.search.setText("rfc 7636")
    view.bar.changed.emit()
    assert [each.id for each in view.shown] == ["app-pkce"]


def test_a_chosen_finding_says_why_where_and_points_to_its_exchange(view: LaunchReviewView) -> None:
    pointed: list[Finding] = []
    view.pointed.connect(pointed.append)
    view.table.selectRow(0)
    said = words_of(view)
    for words in (PKCE.text, PKCE.clause, PKCE.why, "There is none.\nin query: code_challenge"):
        assert words in said
    assert [finding.id for finding in pointed] == ["app-pkce"]


def test_a_new_review_keeps_the_chosen_row(view: LaunchReviewView) -> None:
    view.table.selectRow(2)
    view.show_review(LaunchReview(REVIEW_OF_TWO.verdicts))
    assert view.current is not None and view.current.id == "app-state"


def test_rows_are_copied_as_sentences(view: LaunchReviewView) -> None:
    view.copy_rows()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == (
        "Failed (App · Authorization): The app sends a challenge. (RFC 7636, 4.3) "
        "Exchange 1, query: code_challenge: There is none."
    )
    assert len(lines) == 3


def test_marks_stand_on_the_side_of_the_party_that_they_judge() -> None:
    marks = make_marks(list_findings(REVIEW_OF_TWO))
    assert marks[0] == (Mark("fail", "1 failed"), Mark())
    assert marks[1] == (Mark(), Mark("pass", "1"))


def test_a_risk_leaves_no_mark_as_it_is_not_of_one_exchange() -> None:
    assert make_marks(list_findings(LaunchReview((), REVIEW_OF_TWO.risks))) == {}


def test_counts_are_told_in_words() -> None:
    counts = count_findings(list_findings(REVIEW_OF_TWO))
    assert tell_counts(counts) == "1 failed, 1 warning, 1 risk, 1 passed"


def test_a_finding_selects_its_arrow_and_an_arrow_leads_to_its_findings(
    outcome: LaunchOutcomeView, qtbot: QtBot
) -> None:
    chosen: list[object] = []
    outcome.exchange_chosen.connect(chosen.append)
    outcome.tabs.setCurrentIndex(REVIEW)
    outcome.review.table.selectRow(0)
    assert outcome.trace.table.currentIndex().row() == 0
    place = chosen[-1]
    assert isinstance(place, ExchangePlace)
    assert (place.side, place.kind, place.name) == ("request", "query", "code_challenge")
    link = next(each for each in outcome.review.detail.findChildren(QPushButton) if each.text() == "Exchange 1")
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    assert outcome.tabs.currentIndex() == TRACE
    outcome.trace.findings_asked.emit(1)
    assert outcome.tabs.currentIndex() == REVIEW
    assert [each.id for each in outcome.review.shown] == ["server-no-store"]
    outcome.review.bar.forget_exchange()
    assert len(outcome.review.shown) == 3


def test_the_tab_and_the_head_say_how_much_was_found(outcome: LaunchOutcomeView) -> None:
    assert outcome.tabs.tabText(REVIEW) == "Review (3)"
    assert outcome._findings.text() == "1 failed, 1 warning, 1 risk, 1 passed"
    outcome.clear()
    assert outcome.tabs.tabText(REVIEW) == "Review" and not outcome._head.isVisible()
