"""The list of problems that a check found."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from ui.models.problem_model import LINE, PATH, PROFILE, SENTENCE, SEVERITY, ProblemModel, short_profile
from ui.models.step_model import VERDICT_ROLE
from ui.theme.theme import Theme
from ui.views.problem_list import ProblemList
from ui.widgets.status_chip import StatusChip
from workbench.issue import Issue

CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0"
ISSUES = (
    Issue("warning", "invariant", "A resource should have\nnarrative.", "Patient", "dom-6", line=1, column=1),
    Issue("error", "required", "Add a name.", "Patient.name", "Patient.name min", CORE, 9, 3),
    Issue("error", "code-invalid", "“mann” is not a code here.", "Patient.gender", "Patient.gender binding", "", 4, 13),
    Issue("information", "not-supported", "The value set is not installed.", "Patient.extension[0]", line=6, column=5),
    Issue("information", "informational", "Nothing to do.", "Patient.id", line=2, column=3),
)


@pytest.fixture
def problems(theme: Theme, qtbot: QtBot) -> ProblemList:
    made = ProblemList()
    qtbot.addWidget(made)
    made.resize(1000, 220)
    made.show()
    made.set_issues(ISSUES, "No problem found.")
    return made


def lines_of(problems: ProblemList) -> list[int | None]:
    return [issue.line for issue in problems.shown]


def test_the_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = ProblemModel()
    model.set_issues(ISSUES)
    qtmodeltester.check(model)
    model.set_issues(ISSUES[:2])
    model.set_issues(())


def test_rows_are_sorted_by_place(problems: ProblemList) -> None:
    assert lines_of(problems) == [1, 2, 4, 6, 9]
    model = problems.model
    assert [model.index(4, column).data() for column in (SEVERITY, LINE, PATH, PROFILE)] == [
        "Error",
        "9",
        "Patient.name",
        "us-core-patient 6.1.0",
    ]
    assert model.index(0, SENTENCE).data() == "A resource should have narrative."


def test_each_weight_has_an_icon_and_a_word(problems: ProblemList) -> None:
    model = problems.model
    words = [(model.index(row, 0).data(VERDICT_ROLE), model.index(row, 0).data()) for row in range(5)]
    assert words == [
        ("error", "Warning"),
        ("notice", "Note"),
        ("fail", "Error"),
        ("undecided", "Not decidable"),
        ("fail", "Error"),
    ]


def test_weights_are_counted_and_can_be_hidden(problems: ProblemList) -> None:
    assert problems.filters["error"].text() == "2 errors"
    assert problems.filters["undecided"].text() == "1 not decidable"
    problems.filters["warning"].click()
    problems.filters["information"].click()
    assert lines_of(problems) == [4, 6, 9]
    problems.filters["error"].click()
    problems.filters["undecided"].click()
    assert lines_of(problems) == []
    problems.filters["error"].click()
    assert lines_of(problems) == [4, 9]


def test_a_weight_that_there_is_none_of_has_no_filter(problems: ProblemList) -> None:
    problems.set_issues(ISSUES[1:3], "")
    assert not problems.filters["error"].isHidden()
    assert problems.filters["warning"].isHidden()


def test_enter_goes_to_the_place_of_a_row(problems: ProblemList, qtbot: QtBot) -> None:
    chosen: list[Issue] = []
    problems.chosen.connect(chosen.append)
    problems.table.selectRow(2)
    qtbot.keyClick(problems.table, Qt.Key.Key_Return)
    assert [issue.line for issue in chosen] == [4]
    problems.point_to(ISSUES[1])
    assert problems.current_issue is not None
    assert problems.current_issue.line == 9
    assert len(chosen) == 1


def test_the_row_in_front_is_told_whole_with_who_asks_it(problems: ProblemList) -> None:
    assert "Enter" in problems.whole.text()
    problems.table.selectRow(4)
    assert problems.whole.text() == "Add a name. (Patient.name min, us-core-patient 6.1.0)"
    problems.filters["error"].click()
    assert "Add a name" not in problems.whole.text()
    problems.set_issues((), "No problem found.")
    assert problems.whole.isHidden()


def test_the_height_it_asks_for_grows_with_its_rows(problems: ProblemList) -> None:
    heights = []
    for count in (1, 3, 5):
        problems.set_issues(ISSUES[:count], "")
        heights.append(problems.height_for_rows)
    assert heights[0] < heights[1] < heights[2]


def test_what_was_chosen_stays_chosen_after_the_next_check(problems: ProblemList) -> None:
    problems.table.selectRow(2)
    moved = tuple(Issue(each.severity, each.code, each.message, each.path, each.rule) for each in ISSUES)
    problems.set_issues(moved, "")
    assert problems.current_issue is not None
    assert problems.current_issue.path == "Patient.gender"


def test_rows_are_copied_as_text(problems: ProblemList) -> None:
    problems.table.selectRow(4)
    problems.copy_rows()
    copied = QApplication.clipboard().text()
    assert copied == f"9:3  Error  Patient.name  Add a name.  (Patient.name min, {CORE})"
    problems.table.clearSelection()
    problems.copy_rows()
    assert len(QApplication.clipboard().text().splitlines()) >= 5


def test_a_sentence_that_holds_a_tag_is_shown_as_it_is(problems: ProblemList) -> None:
    problems.set_issues((Issue("error", "structure", "“<script>” is not allowed here."),), "")
    index = problems.model.index(0, SENTENCE)
    assert index.data() == "“<script>” is not allowed here."
    assert "&lt;script&gt;" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_without_problems_it_says_so(problems: ProblemList) -> None:
    problems.set_issues((), "No problem found.")
    assert problems.findChildren(type(problems._empty))
    assert problems._stack.currentWidget() is problems._empty
    assert problems._empty.text() == "No problem found."


def test_a_canonical_is_shortened_to_what_a_person_recognises() -> None:
    assert short_profile(CORE) == "us-core-patient 6.1.0"
    assert short_profile("http://example.org/p/") == "p"
    assert short_profile("") == ""


def test_a_chip_says_a_verdict_with_icon_words_and_name(theme: Theme, qtbot: QtBot) -> None:
    chip = StatusChip("Check", "Press to see the problems")
    qtbot.addWidget(chip)
    assert chip.isHidden()
    chip.set_state("fail", "3 errors", "3 errors, 1 warning")
    assert not chip.icon().isNull()
    assert (chip.text(), chip.accessibleName()) == ("3 errors", "Check: 3 errors")
    assert chip.toolTip() == "3 errors, 1 warning\nPress to see the problems"
