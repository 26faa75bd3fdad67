"""Marks in the margin of an editor and under its text."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.theme.theme import Theme
from ui.widgets.code_editor import CodeEditor
from ui.widgets.line_margin import LineMargin, join_tips
from ui.widgets.line_marks import LineMark

TEXT = '{\n  "gender": "mann",\n  "birthDate": "1.2.90"\n}'


@pytest.fixture
def editor(theme: Theme, qtbot: QtBot) -> CodeEditor:
    editor = CodeEditor("json")
    editor.make_room_for_marks()
    qtbot.addWidget(editor)
    editor.resize(400, 200)
    editor.setPlainText(TEXT)
    editor.show()
    return editor


def mark(word: str, verdict: str = "fail") -> LineMark:
    start = TEXT.index(word)
    return LineMark(start, start + len(word), verdict, f"“{word}” is wrong.")


def margin_of(editor: CodeEditor) -> LineMargin:
    found = editor.findChild(LineMargin)
    assert isinstance(found, LineMargin)
    return found


def colours_in(editor: CodeEditor, colour: str) -> tuple[bool, bool]:
    """Whether a colour is seen in the margin and in the text."""
    QApplication.processEvents()
    wanted = QColor(colour)

    def has(widget: object) -> bool:
        image = widget.grab().toImage()  # type: ignore[attr-defined]
        points = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
        return any(abs(p.hue() - wanted.hue()) < 8 and p.saturation() > 120 for p in points)

    return has(margin_of(editor)), has(editor.viewport())


def test_a_mark_is_an_icon_in_the_margin_and_a_line_under_its_span(editor: CodeEditor, theme: Theme) -> None:
    editor.set_language("")
    assert colours_in(editor, theme.tokens.failed) == (False, False)
    editor.set_line_marks([mark('"mann"')])
    assert colours_in(editor, theme.tokens.failed) == (True, True)
    editor.set_line_marks([])
    assert colours_in(editor, theme.tokens.failed) == (False, False)


def test_a_mark_stays_with_its_letters_while_lines_are_typed_above(editor: CodeEditor) -> None:
    editor.set_line_marks([mark('"1.2.90"')])
    cursor = editor.textCursor()
    cursor.setPosition(2)
    cursor.insertText('  "id": "x",\n')
    placed = editor.line_marks.placed()[0]
    assert editor.toPlainText()[placed.start : placed.end] == '"1.2.90"'
    assert editor.line_marks.of_block(editor.document().findBlockByNumber(3)) == [placed]
    assert not editor.line_marks.of_block(editor.document().findBlockByNumber(2))


def test_the_gravest_of_a_line_comes_first(editor: CodeEditor) -> None:
    editor.set_line_marks([mark('"gender"', "notice"), mark('"mann"', "fail"), mark('"mann"', "undecided")])
    block = editor.document().findBlockByNumber(1)
    assert [each.verdict for each in editor.line_marks.of_block(block)] == ["fail", "undecided", "notice"]


def test_the_number_near_a_place_is_that_of_the_narrowest_mark_there(editor: CodeEditor) -> None:
    whole = '"gender": "mann"'
    editor.set_line_marks([mark('"1.2.90"'), mark(whole), mark('"mann"')])
    inside, before = TEXT.index("mann"), TEXT.index("gender") - 3
    assert [editor.line_marks.number_near(place) for place in (inside, before, 0)] == [2, 1, None]


def test_stepping_goes_by_place_round_and_round(editor: CodeEditor) -> None:
    editor.set_line_marks([mark('"1.2.90"'), mark('"mann"', "error")])
    found = []
    for direction in (1, 1, 1, -1, -1):
        editor.step_mark(direction)
        found.append(editor.textCursor().selectedText())
    assert found == ['"mann"', '"1.2.90"', '"mann"', '"1.2.90"', '"mann"']


def test_stepping_without_marks_goes_nowhere(editor: CodeEditor) -> None:
    editor.go_to(5)
    assert editor.step_mark(1) is None
    assert editor.textCursor().position() == 5


def test_a_click_on_the_icon_goes_to_its_mark(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.set_line_marks([mark('"mann"')])
    margin = margin_of(editor)
    line = next(rect for block, rect in editor.visible_blocks() if block.blockNumber() == 1)
    with qtbot.waitSignal(editor.mark_chosen):
        qtbot.mouseClick(margin, Qt.MouseButton.LeftButton, pos=QPoint(6, line.center().y()))
    assert editor.textCursor().position() == TEXT.index('"mann"')


def test_a_place_in_characters_counts_letters_beyond_the_basic_plane_once(editor: CodeEditor) -> None:
    editor.setPlainText('{\n "😀😀": 1}')
    cursor = editor.textCursor()
    cursor.setPosition(editor.position_at(2, 8))
    cursor.setPosition(cursor.position() + 1, cursor.MoveMode.KeepAnchor)
    assert cursor.selectedText() == "1"
    assert editor.position_at(2, 4) == 2 + 2 + 2
    assert editor.position_at(99, 99) == editor.document().characterCount() - 1


def test_thousands_of_marks_are_cut_off_and_typing_stays_quick(editor: CodeEditor) -> None:
    editor.setPlainText("\n".join('  "a": "b",' for _ in range(5_000)))
    editor.set_line_marks([LineMark(at * 12 + 2, at * 12 + 5, "fail", "x") for at in range(5_000)])
    assert len(editor.line_marks) == 1000
    assert len(editor.line_marks.placed()) == 1000


def test_many_tips_are_told_as_a_few_and_a_count() -> None:
    assert join_tips(["a", "b", "a"]) == "a\nb"
    assert join_tips([str(number) for number in range(20)]).endswith("… and 12 more")
