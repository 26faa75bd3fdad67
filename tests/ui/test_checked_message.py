"""An HL7 v2 message that is judged while it is typed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Run
from ui.bench import Bench
from ui.views.checked_message import NO_SITE
from ui.views.message_page import MessagePage
from workbench.workspace.library import fixtures_folder
from workbench.workspace.text_check import TextCheck

MESSAGE = (fixtures_folder() / "messages" / "adt-a01-admission.hl7").read_bytes()
WRONG = MESSAGE.replace(b"|19760130|", b"|30.1.1976|").replace(b"|402^A", b"|" + b"x" * 3_000 + b"^A")


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110  # Qt tells some of these things by no event
        await asyncio.sleep(0.01)


@pytest.fixture
def make_page(bench: Bench, run: Run, qtbot: QtBot) -> Callable[[bytes], MessagePage]:
    def make(data: bytes) -> MessagePage:
        run(bench.refresh())
        page = MessagePage(bench, "Message", data)
        qtbot.addWidget(page)
        page.resize(1100, 600)
        page.show()
        run(checked(page))
        return page

    return make


async def checked(page: MessagePage) -> TextCheck:
    await until(lambda: page.checked.check is not None)
    assert page.checked.check is not None
    return page.checked.check


def marked(page: MessagePage) -> list[str]:
    text = page.editor.shown_text()
    return [text[mark.start : mark.end] for mark in page.editor.line_marks.placed()]


def test_a_good_message_is_called_valid_against_its_version_and_the_current_site(
    make_page: Callable[[bytes], MessagePage], bench: Bench
) -> None:
    bench.set_current("community-hospital")
    page = make_page(MESSAGE)
    assert page.checked.chip.verdict == "pass"
    assert page.checked.chooser.words == "Against HL7 v2.5.1, Community Hospital"


def test_problems_are_marked_at_their_place_and_the_next_key_goes_there(
    make_page: Callable[[bytes], MessagePage], run: Run
) -> None:
    page = make_page(WRONG)
    assert "30.1.1976" in marked(page)
    assert not page.checked.problems.isHidden()
    page.step_problem(1)
    assert page.editor.textCursor().selectedText() in marked(page)


def test_typing_is_judged_once_it_rests(make_page: Callable[[bytes], MessagePage], run: Run, qtbot: QtBot) -> None:
    page = make_page(WRONG)

    async def story() -> None:
        page.editor.go_to(page.editor.shown_text().index("30.1.1976"), 9)
        qtbot.keyClicks(page.editor, "19760130")
        await until(lambda: "30.1.1976" not in marked(page) and not page.checked.checking.is_running)
        assert "19760130" not in marked(page)

    run(story())


def test_a_place_after_a_fold_is_marked_where_it_stands(make_page: Callable[[bytes], MessagePage], run: Run) -> None:
    page = make_page(MESSAGE.replace(b"PV1|1|I|4W^402^A", b"PV1|1|I|4W^" + b"x" * 9_000 + b"^A|R|wrong"))
    line = next(at for at, text in enumerate(page.editor.shown_text().split("\n"), 1) if text.startswith("PV1"))
    full = page.editor.text().split("\n")[line - 1]
    column = full.index("wrong") + 1
    assert page.editor.shown_text()[page.editor.position_at(line, column) :].startswith("wrong")


def test_another_version_and_no_site_are_a_choice(
    make_page: Callable[[bytes], MessagePage], bench: Bench, run: Run
) -> None:
    bench.set_current("community-hospital")
    page = make_page(MESSAGE)
    page.checked.choose(version="2.3.1", site=NO_SITE)
    run(until(lambda: page.checked.check is not None and page.checked.check.against == ("HL7 v2.3.1",)))
    chosen = [action.text() for action in page.checked.make_menu().actions() if action.isChecked()]
    assert chosen == ["&None: the version alone"]


def test_another_current_sandbox_judges_by_its_rules(
    make_page: Callable[[bytes], MessagePage], bench: Bench, run: Run
) -> None:
    bench.set_current("community-hospital")
    page = make_page(MESSAGE)
    bench.set_current("academic-medical-center")
    run(until(lambda: page.checked.chip.verdict == "fail"))
    assert any("2.3.1" in issue.message for issue in page.checked.problems.shown)


def test_the_list_is_a_key_away(make_page: Callable[[bytes], MessagePage], qtbot: QtBot) -> None:
    page = make_page(MESSAGE)
    qtbot.mouseClick(page.checked.chip, Qt.MouseButton.LeftButton)
    assert not page.checked.problems.isHidden()


def test_a_tip_says_what_is_wrong_and_what_the_field_is(
    make_page: Callable[[bytes], MessagePage], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda *arguments: shown.append(arguments[1]))
    page = make_page(WRONG)
    cursor = page.editor.textCursor()
    cursor.setPosition(page.editor.document().find("30.1.1976").selectionStart() + 2)
    place = page.editor.cursorRect(cursor).center()
    event = QHelpEvent(QEvent.Type.ToolTip, place, page.editor.viewport().mapToGlobal(place))
    QApplication.sendEvent(page.editor.viewport(), event)
    assert "30.1.1976" in shown[-1].splitlines()[0]
    assert "\n\nPID-7 Date/Time of Birth\nTS · optional 0..1\n" in shown[-1]


def test_a_place_says_what_the_site_asks_there_and_its_own_segments_have_names(
    make_page: Callable[[bytes], MessagePage], bench: Bench, run: Run, qtbot: QtBot
) -> None:
    run(bench.refresh())
    bench.set_current("academic-medical-center")
    page = make_page(MESSAGE.replace(b"|2.5.1", b"|2.3.1") + b"ZWB|FALL|Door side\r")
    page.editor.go_to(page.editor.text().index("|I|") + 1)
    assert page.place.text().startswith("PV1-2 Patient Class")
    assert "Academic Medical Center: required, table 0004" in page.place.text()
    page.editor.go_to(page.editor.text().index("FALL"))
    assert page.place.text().startswith("ZWB-1 Ward Board Flag")
    page.view.completion.ask()
    listed = page.view.completion.list
    assert listed.names.pairs == (
        ("FALL", "Fall risk · Academic Medical Center"),
        ("ISO", "Isolation · Academic Medical Center"),
        ("VIP", "Name withheld · Academic Medical Center"),
    )
    index = page.view.model.index_at(page.editor.text().index("FALL"))
    assert page.view.model.place_of(index) == "ZWB-1 Ward Board Flag"
    page.checked.choose(site=NO_SITE)
    page.editor.go_to(page.editor.text().index("|I|") + 1)
    assert "Academic" not in page.place.text()
