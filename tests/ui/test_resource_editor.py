"""A resource that is checked while it is typed."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Run
from ui.bench import Bench
from ui.models.check_words import sum_up
from ui.tasks import Report
from ui.views.resource_editor import ResourceEditor
from workbench.issue import Issue
from workbench.workspace.check_choices import CheckChoice
from workbench.workspace.text_check import TextCheck, check_text

NARRATIVE = '"text": {"status": "generated", "div": "<div xmlns=\\"http://www.w3.org/1999/xhtml\\">Ada</div>"}'
GOOD = f'{{\n  "resourceType": "Patient",\n  {NARRATIVE},\n  "gender": "female"\n}}'
WRONG = GOOD.replace('"female"', '"mann",\n  "birthDate": "1.2.90"')


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110  # Qt tells some of these things by no event
        await asyncio.sleep(0.01)


@pytest.fixture
def view(bench: Bench, qtbot: QtBot) -> ResourceEditor:
    made = ResourceEditor(bench)
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    return made


async def checked(view: ResourceEditor, text: str) -> TextCheck:
    """Load a text and wait for what is said of it."""
    view.check = None
    view.editor.load(text)
    await until(lambda: view.check is not None)
    assert view.check is not None
    return view.check


def marked(view: ResourceEditor) -> list[str]:
    text = view.editor.toPlainText()
    return [text[mark.start : mark.end] for mark in view.editor.line_marks.placed()]


def test_a_good_resource_is_called_valid_against_what_it_was_held_against(view: ResourceEditor, run: Run) -> None:
    run(checked(view, GOOD))
    assert (view.chip.verdict, view.chip.words) == ("pass", "Valid against R4 Patient")
    assert marked(view) == []
    assert view.problems.isHidden()


def test_problems_are_marked_at_their_place_and_listed(view: ResourceEditor, run: Run) -> None:
    run(checked(view, WRONG))
    assert (view.chip.verdict, view.chip.words) == ("fail", "2 errors")
    assert marked(view) == ['"gender": "mann"', '"birthDate": "1.2.90"']
    assert not view.problems.isHidden()
    assert [issue.line for issue in view.problems.shown] == [4, 5]


def test_typing_is_checked_once_it_rests(view: ResourceEditor, run: Run, qtbot: QtBot) -> None:
    async def story() -> None:
        await checked(view, WRONG)
        view.editor.go_to(view.editor.toPlainText().index("mann"), 4)
        qtbot.keyClicks(view.editor, "male")
        await until(lambda: view.chip.words == "1 error")
        assert marked(view) == ['"birthDate": "1.2.90"']
        view.editor.undo()
        await until(lambda: view.chip.words == "2 errors")

    run(story())


def test_the_list_neither_opens_nor_closes_while_one_types(view: ResourceEditor, run: Run, qtbot: QtBot) -> None:
    async def story() -> None:
        await checked(view, GOOD)
        view.editor.go_to(view.editor.toPlainText().index("female"), 6)
        qtbot.keyClicks(view.editor, "mann")
        await until(lambda: view.chip.words == "1 error")
        assert view.problems.isHidden()
        view.chip.click()
        assert not view.problems.isHidden()
        view.editor.undo()
        await until(lambda: view.chip.verdict == "pass")
        assert not view.problems.isHidden()

    run(story())


def test_a_row_and_the_next_key_go_to_the_place(view: ResourceEditor, run: Run) -> None:
    async def story() -> None:
        await checked(view, WRONG)
        view.problems.chosen.emit(view.problems.shown[1])
        assert view.editor.textCursor().selectedText() == '"birthDate": "1.2.90"'
        view.step(1)
        assert view.editor.textCursor().selectedText() == '"gender": "mann"'
        assert view.problems.current_issue is view.problems.shown[0]
        view.step(-1)
        assert view.editor.textCursor().selectedText() == '"birthDate": "1.2.90"'
        assert view.tell_place()[0] == 5
        assert "1.2.90" in view.tell_place()[2]
        view.activateWindow()
        view.problems.table.setFocus()
        await until(view.problems.table.hasFocus)
        view.problems.table.selectRow(0)
        line, _, words = view.tell_place()
        assert line == 4
        assert words.startswith("“mann” is not")

    run(story())


def test_of_two_problems_in_one_line_the_list_shows_the_one_that_was_stepped_to(view: ResourceEditor, run: Run) -> None:
    async def story() -> None:
        await checked(view, '{"resourceType": "Patient", "gender": "mann", "birthDate": "1.2.90"}')
        view.activateWindow()
        for words in ('"gender"', '"birthDate"', '"gender"'):
            view.step(1)
            while words not in view.editor.textCursor().selectedText():
                view.step(1)
            assert view.problems.current_issue is not None
            assert view.problems.current_issue.path == f"Patient.{words.strip(chr(34))}"
            assert words.strip('"') in view.problems.whole.text()

    run(story())


def test_the_list_is_as_high_as_its_rows_and_leaves_the_editor_what_its_text_needs(
    view: ResourceEditor, run: Run
) -> None:
    async def story() -> None:
        view.resize(900, 600)
        await checked(view, GOOD.replace('"female"', '"mann"'))
        one = view.problems.height()
        assert one <= view.problems.height_for_rows + 4
        many = ", ".join('{"use": "no"}' for _ in range(30))
        await checked(view, f'{{"resourceType": "Patient", "name": [{many}]}}')
        assert one < view.problems.height() <= 304
        await checked(view, f'{{"resourceType": "Patient", "name": [{many}]}}' + "\n" * 60)
        assert one < view.problems.height() <= 204
        view._splitter.moveSplitter(150, 1)
        await checked(view, WRONG)
        assert view.editor.height() < 160

    run(story())


def test_a_row_still_finds_its_letters_after_lines_were_typed_above(view: ResourceEditor, run: Run) -> None:
    async def story() -> None:
        await checked(view, WRONG)
        issue = view.problems.shown[0]
        view.editor.go_to(2)
        view.editor.insertPlainText("\n\n\n")
        view.problems.chosen.emit(issue)
        assert view.editor.textCursor().selectedText() == '"gender": "mann"'

    run(story())


def test_what_the_list_hides_is_not_marked(view: ResourceEditor, run: Run) -> None:
    async def story() -> None:
        await checked(view, WRONG)
        view.problems.filters["error"].click()
        assert marked(view) == []
        view.problems.filters["error"].click()
        assert len(marked(view)) == 2

    run(story())


def test_another_choice_checks_anew(view: ResourceEditor, run: Run) -> None:
    async def story() -> None:
        await checked(view, GOOD)
        view.set_choice(CheckChoice("5.0"), "")
        await until(lambda: view.chip.words == "Valid against R5 Patient")
        assert view.chooser.words == "Against R5, what it claims"

    run(story())


def test_long_names_end_in_an_ellipsis_and_make_nothing_wider(view: ResourceEditor, run: Run) -> None:
    async def story() -> None:
        await checked(view, GOOD)
        view.resize(600, 400)
        view.show_choice("US Core Observation Screening Assessment Profile and more than that 6.1.0")
        view.chip.set_state(
            "pass", "Valid against US Core Observation Screening Assessment Profile 6.1.0 · 12 warnings"
        )
        assert view.chooser.text().endswith("…")
        assert view.chip.text().endswith("…")
        assert view.chooser.sizeHint().width() + view.chip.sizeHint().width() < 600
        assert "12 warnings" in view.chip.accessibleName()
        view.resize(3000, 400)
        assert not view.chip.text().endswith("…")

    run(story())


def test_a_body_that_is_no_resource_is_left_out(view: ResourceEditor, run: Run) -> None:
    async def story() -> None:
        await checked(view, WRONG)
        view.leave_out("A body of text/plain is not a FHIR resource.")
        assert view.chip.words == "Not checked"
        assert marked(view) == []
        view.leave_out("")
        await until(lambda: view.chip.words == "2 errors")

    run(story())


def test_an_empty_text_says_nothing(view: ResourceEditor, run: Run) -> None:
    async def story() -> None:
        assert view.chooser.isHidden()
        await checked(view, WRONG)
        assert not view.chooser.isHidden()
        view.editor.load("")
        await until(lambda: view.chip.isHidden())
        assert marked(view) == []

    run(story())


def test_a_large_body_is_checked_in_the_process(view: ResourceEditor, bench: Bench, run: Run) -> None:
    entry = '{"resource": {"resourceType": "Patient", "gender": "mann"}}'
    bundle = '{"resourceType": "Bundle", "type": "collection", "entry": [' + ",\n".join([entry] * 3000) + "]}"

    async def story() -> None:
        found = await checked(view, bundle)
        assert len(found.issues) == 1000
        assert (view.chip.verdict, view.chip.words) == ("fail", "1,000 errors or more")

    run(story())


def test_a_check_that_takes_too_long_is_given_up_and_the_next_one_works(
    view: ResourceEditor, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        monkeypatch.setattr("ui.checking._LIMIT", 0.01)
        view.editor.load(WRONG)
        await until(lambda: view.chip.verdict == "error")
        assert "given up" in view.chip.toolTip()
        assert marked(view) == []
        monkeypatch.setattr("ui.checking._LIMIT", 60)
        view.check_now()
        await until(lambda: view.chip.words == "2 errors")

    run(story())


def test_a_fault_of_our_own_reaches_the_screen_once_with_its_details(
    view: ResourceEditor, run: Run, reports: list[Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.views.resource_editor.check_text", operator.truth)  # takes one argument, and is given two

    async def story() -> None:
        view.editor.load(WRONG)
        await until(lambda: view.chip.verdict == "error")
        view.check_now()
        await until(lambda: not view.checking.is_running)
        assert "TypeError" in view.chip.toolTip()

    run(story())
    assert len(reports) == 1
    assert "TypeError" in reports[0].details


def test_only_the_newest_text_is_answered(view: ResourceEditor, run: Run) -> None:
    answers: list[TextCheck] = []

    async def story() -> None:
        view.checking.finished.connect(answers.append)
        for text in (WRONG, GOOD, WRONG, GOOD):
            view.checking.ask(partial(check_text, text, CheckChoice()))
        await until(lambda: answers and not view.checking.is_running)
        assert [len(answer.issues) for answer in answers] == [0]

    run(story())


def test_xml_is_coloured_and_checked_as_xml(view: ResourceEditor, run: Run) -> None:
    async def story() -> None:
        await checked(view, '<Patient xmlns="http://hl7.org/fhir">\n <gender value="mann"/>\n</Patient>')
        assert view.editor.language == "xml"
        assert marked(view)[-1] == '<gender value="mann"/>'

    run(story())


UNDECIDED = Issue("information", "not-supported", "The value set is not installed.")
WARNING = Issue("warning", "invariant", "No narrative.")


@pytest.mark.parametrize(
    ("issues", "verdict", "words"),
    [
        ((), "pass", "Valid against US Core Patient Profile 6.1.0"),
        ((WARNING,), "pass", "Valid against US Core Patient Profile 6.1.0 · 1 warning"),
        ((UNDECIDED, WARNING, UNDECIDED), "undecided", "Not decidable: 2"),
        ((Issue("error", "required", "x"), UNDECIDED), "fail", "1 error"),
    ],
)
def test_nothing_undecided_is_called_valid(issues: tuple[Issue, ...], verdict: str, words: str) -> None:
    against = ("US Core Patient Profile 6.1.0",)
    found = TextCheck("resource", "json", "R4", "Patient", against, issues, (0,) * len(issues))
    assert sum_up(found)[:2] == (verdict, words)
    assert "US Core Patient Profile 6.1.0" in sum_up(found)[2]


def test_the_chooser_and_the_chip_are_reached_by_keyboard(view: ResourceEditor) -> None:
    assert view.chip.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert view.chooser.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert view.chooser.accessibleName() == "Checked against what it claims"


def test_the_element_that_one_asks_about_is_explained(
    view: ResourceEditor, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda *arguments: shown.append(arguments[1]))

    async def story() -> None:
        await checked(view, GOOD)
        view.editor.go_to(view.editor.toPlainText().index("female"))
        view.editor.ask_for_help()
        await until(lambda: shown)
        assert shown[0].splitlines()[:2] == ["Patient.gender", "0..1 · code · is in the summary (Σ)"]
        assert "required: administrative-gender" in shown[0] and shown[0].endswith("Patient 4.0.1")

    run(story())


def test_resting_on_a_problem_tells_the_problem_and_elsewhere_asks_about_the_element(
    view: ResourceEditor, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda *arguments: shown.append(arguments[1]))

    def rest_on(words: str) -> None:
        cursor = view.editor.textCursor()
        cursor.setPosition(view.editor.toPlainText().index(words) + 1)
        place = view.editor.cursorRect(cursor).center()
        event = QHelpEvent(QEvent.Type.ToolTip, place, view.editor.viewport().mapToGlobal(place))
        QApplication.sendEvent(view.editor.viewport(), event)

    async def story() -> None:
        await checked(view, WRONG)
        rest_on("mann")
        assert "mann" in shown[-1]
        rest_on("generated")
        await until(lambda: shown[-1].startswith("Patient.text.status"))

    run(story())
