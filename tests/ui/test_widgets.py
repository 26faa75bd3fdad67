from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.theme.theme import Theme
from ui.widgets.choice import Choice
from ui.widgets.code_editor import CodeEditor
from ui.widgets.elided_line import ElidedLine
from ui.widgets.empty_state import EmptyState
from ui.widgets.folds import FOLD, describe_fold, folds_in
from ui.widgets.fuzzy import score
from ui.widgets.highlighters import header_spans, hl7v2_spans, json_spans, yaml_spans
from ui.widgets.labels import ElidedLabel
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.plain_tip import plain_tip
from ui.widgets.search_box import SearchBox
from ui.widgets.text_view import TextView
from ui.widgets.verdict_label import VERDICT_WORDS, VerdictLabel
from ui.widgets.wire_editor import WireEditor


def spans(found: object, text: str) -> list[tuple[str, str]]:
    assert hasattr(found, "__iter__")
    return [(text[start : start + length], kind) for start, length, kind in found]


def test_hl7_segment_name_separators_and_escapes_are_told_apart() -> None:
    text = r"PID|1||100001^^^MR||Okafor^A\T\B"
    found = spans(hl7v2_spans(text), text)
    assert found[0] == ("PID", "name")
    assert ("||", "quiet") in found
    assert ("\\T\\", "number") in found


def test_z_segment_is_marked() -> None:
    assert next(hl7v2_spans("ZPI|1")) == (0, 3, "special")


def test_separators_are_those_of_the_message() -> None:
    header, text = "MSH*%~!@*A*B", "PID*1%2"
    assert ("*", "quiet") in spans(hl7v2_spans(text, header), text)
    assert ("%", "quiet") in spans(hl7v2_spans(text, header), text)


def test_json_keys_strings_and_numbers_are_told_apart() -> None:
    text = '{"a": "b \\" c", "n": -72.50, "t": true}'
    found = spans(json_spans(text), text)
    assert ('"a"', "key") in found
    assert ('"b \\" c"', "string") in found
    assert ("-72.50", "number") in found
    assert ("true", "number") in found


def test_headers_and_yaml_have_their_names_in_accent() -> None:
    assert spans(header_spans("Accept: x"), "Accept: x") == [("Accept", "accent")]
    text = "  - name: 'x' # why"
    kinds = [kind for _, kind in spans(yaml_spans(text), text)]
    assert kinds == ["accent", "string", "quiet"]


def test_very_long_line_stays_plain() -> None:
    assert list(json_spans('"' + "x" * 30_000 + '"')) == []
    assert list(hl7v2_spans("PID|" + "x" * 30_000)) == []


@pytest.fixture
def editor(theme: Theme, qtbot: QtBot) -> CodeEditor:
    editor = CodeEditor("hl7")
    qtbot.addWidget(editor)
    editor.resize(400, 200)
    editor.show()
    return editor


def test_replaced_text_comes_back_by_one_undo(editor: CodeEditor) -> None:
    editor.setPlainText("MSH|1")
    editor.replace_text("MSH|2\nPID|3")
    editor.undo()
    assert editor.toPlainText() == "MSH|1"


def test_editor_goes_to_an_offset_and_to_a_line(editor: CodeEditor) -> None:
    editor.setPlainText("MSH|1\nPID|22")
    editor.go_to(6, 3)
    assert editor.textCursor().selectedText() == "PID"
    editor.go_to_line(2, 5)
    assert editor.textCursor().position() == 10
    editor.go_to(10_000)
    assert editor.textCursor().position() == 12


def test_editor_tells_where_the_cursor_is(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.setPlainText("MSH|1")
    with qtbot.waitSignal(editor.cursor_moved) as moved:
        editor.go_to(3)
    assert moved.args == [3]


def test_marks_lie_on_their_ground(editor: CodeEditor, theme: Theme) -> None:
    editor.setPlainText("MSH|1")
    editor.set_marks([(0, 3, "field")])
    grounds = [each.format.background().color().name().upper() for each in editor.extraSelections()]
    assert theme.tokens.field in grounds


def test_language_chooses_the_highlighter(editor: CodeEditor) -> None:
    editor.set_language("json")
    editor.setPlainText('{"a": 1}')
    editor.document().documentLayout()
    QApplication.processEvents()
    formats: list[QTextCharFormat] = [each.format for each in editor.document().firstBlock().layout().formats()]
    assert formats


def test_new_line_in_json_keeps_the_indent(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.set_language("json")
    editor.setPlainText('  "a": {')
    editor.go_to(8)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.toPlainText() == '  "a": {\n    '


@pytest.fixture
def view(theme: Theme, qtbot: QtBot) -> TextView:
    view = TextView()
    qtbot.addWidget(view)
    view.resize(300, 120)
    view.show()
    return view


def test_text_view_copies_what_is_selected(view: TextView, qtbot: QtBot) -> None:
    view.set_text("one\ntwo\nthree")
    qtbot.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "one\ntwo\nthree"


def test_text_view_finds_round_and_round(view: TextView) -> None:
    view.set_text("Heart rate\nbody\nheart sound")
    assert view.find_text("heart")
    assert view.selected_text() == "Heart"
    assert view.find_text("heart")
    assert view.selected_text() == "heart"
    assert view.find_text("heart")
    assert view.selected_text() == "Heart"
    assert not view.find_text("liver")


def test_text_view_of_five_megabytes_is_there_at_once(view: TextView) -> None:
    import time

    text = '{"a": 1234567890}\n' * 300_000
    started = time.process_time()
    view.set_text(text, "json")
    view.grab()
    assert time.process_time() - started < 2
    assert view.rows == 300_000


def test_text_view_scrolls_by_keys(view: TextView, qtbot: QtBot) -> None:
    view.set_text("\n".join(map(str, range(1000))))
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum() > 900
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.verticalScrollBar().value() == 0


@pytest.mark.parametrize("verdict", [word for word in VERDICT_WORDS if word])
def test_verdict_is_told_by_word_and_not_by_colour_alone(theme: Theme, qtbot: QtBot, verdict: str) -> None:
    label = VerdictLabel(verdict)
    qtbot.addWidget(label)
    assert label.text == VERDICT_WORDS[verdict]
    assert label.text in label.accessibleName()
    assert not label.grab().isNull()


def test_notice_says_what_happened_and_what_to_do(theme: Theme, qtbot: QtBot) -> None:
    bar, done = NoticeBar(), []
    qtbot.addWidget(bar)
    bar.show_notice("error", "It failed.", "Try again.", details="trace", action=("Retry", lambda: done.append(1)))
    assert bar.accessibleName() == "It failed. Try again."
    bar._copy.click()
    assert QApplication.clipboard().text() == "trace"
    item = bar._buttons.itemAt(0)
    assert item is not None
    item.widget().click()  # type: ignore[attr-defined]  # the action is a button
    assert done == [1]


def test_first_button_of_an_empty_state_is_the_primary_one(theme: Theme, qtbot: QtBot) -> None:
    state, done = EmptyState("compose", "Nothing yet", "Send something."), []
    qtbot.addWidget(state)
    first, second = state.add_button("Do it", lambda: done.append(1), "play"), state.add_button("Later", int)
    assert (first.property("role"), second.property("role")) == ("primary", None)
    first.click()
    assert done == [1]


def test_search_waits_for_a_rest_in_typing(theme: Theme, qtbot: QtBot) -> None:
    box = SearchBox()
    qtbot.addWidget(box)
    found: list[str] = []
    box.searched.connect(found.append)
    qtbot.keyClicks(box, "abc")
    qtbot.waitUntil(lambda: found == ["abc"])
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.text() == ""


def test_label_too_long_for_its_place_gets_a_tool_tip(theme: Theme, qtbot: QtBot) -> None:
    label = ElidedLabel("a very long name of a very large hospital")
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.grab()
    assert label.toolTip() == label.text()
    label.resize(800, 20)
    label.grab()
    assert label.toolTip() == ""


def test_a_choice_too_long_for_its_place_ends_in_an_ellipsis_until_it_is_typed_in(theme: Theme, qtbot: QtBot) -> None:
    choice = Choice("Patient", searchable=True)
    qtbot.addWidget(choice)
    words = "Larsen, Benjamin · 100002 · open visit"
    choice.offer((("ben", words), ("amara", "Okafor, Amara Ngozi · 100001")))
    line = choice.lineEdit()
    assert isinstance(line, ElidedLine)
    choice.resize(160, choice.sizeHint().height())
    choice.show()
    assert line.shown_text.startswith("Larsen") and line.shown_text.endswith("…")
    assert (line.text(), choice.value) == (words, "ben")
    picture = line.grab().toImage()
    line.setText(line.shown_text)
    assert line.shown_text == line.text() and line.grab().toImage() == picture
    line.setText(words)
    choice.resize(600, choice.height())
    assert line.shown_text == words
    choice.resize(160, choice.height())
    choice.activateWindow()
    choice.setFocus()
    qtbot.waitUntil(line.hasFocus)
    assert line.shown_text == words


def test_words_of_a_search_may_stand_anywhere() -> None:
    assert score("hosp comm", "Community Hospital") is not None
    assert score("cmhs", "Community Hospital") is not None
    assert score("xyz", "Community Hospital") is None
    start, middle = score("comm", "Community Hospital"), score("comm", "The Community")
    assert start is not None
    assert middle is not None
    assert start > middle


def test_a_tip_shows_tags_as_they_are_written() -> None:
    assert (
        plain_tip("“<script>” is not allowed.\nTake it out.")
        == "<qt>“&lt;script&gt;” is not allowed.<br>Take it out.</qt>"
    )
    for plain in ("a < b and c > d", "1 < 2", "PID-5.1 Family Name", ""):
        assert plain_tip(plain) == plain


def load(editor: WireEditor, text: str, qtbot: QtBot) -> None:
    editor.load(text)
    qtbot.waitUntil(lambda: not editor.loading)


def load_lines(editor: WireEditor, count: int, qtbot: QtBot) -> None:
    load(editor, "MSH|^~\\&|A\n" + "OBX|1|NM|8867-4^Heart rate^LN||72|/min|||||F\n" * count, qtbot)


@pytest.fixture
def wire_editor(theme: Theme, qtbot: QtBot) -> WireEditor:
    editor = WireEditor("hl7")
    qtbot.addWidget(editor)
    editor.resize(400, 200)
    editor.show()
    return editor


def test_lines_are_coloured_when_they_come_in_sight_and_nobody_is_told_of_a_change(
    wire_editor: WireEditor, qtbot: QtBot
) -> None:
    load_lines(wire_editor, 3_000, qtbot)
    changes: list[int] = []
    wire_editor.textChanged.connect(lambda: changes.append(1))
    last = wire_editor.document().lastBlock().previous()
    assert last.layout().formats() == []
    wire_editor.verticalScrollBar().setValue(3_000)
    qtbot.waitUntil(lambda: len(last.layout().formats()) > 5)
    assert wire_editor.document().findBlockByNumber(1_500).layout().formats() == []
    assert changes == []
    assert wire_editor.is_as_loaded()


def test_other_encoding_characters_colour_every_line_in_sight_anew(wire_editor: WireEditor, qtbot: QtBot) -> None:
    load_lines(wire_editor, 3, qtbot)
    second = wire_editor.document().findBlockByNumber(1)
    qtbot.waitUntil(lambda: len(second.layout().formats()) > 5)
    wire_editor.replace_span(3, 4, "*")
    qtbot.waitUntil(lambda: len(second.layout().formats()) == 3)


def test_the_value_of_msh_2_is_neither_escape_nor_part() -> None:
    text = "MSH|^~\\&|A\\T\\B"
    assert spans(hl7v2_spans(text, text), text)[1:] == [("|^~\\&", "quiet"), ("|", "quiet"), ("\\T\\", "number")]


@pytest.mark.parametrize(
    ("value", "shown", "words"),
    [
        ("^application^pdf^Base64^" + "QUJD" * 250_000, f"^application^pdf^Base64^{FOLD}", "base64, 1,000 kB"),
        ("Seen & well.~" * 1_000, FOLD, "text, 13 kB"),
        ("short^" * 900, "short^" * 900, ""),
    ],
)
def test_a_long_value_or_a_field_of_very_many_parts_folds_with_words_and_stays_whole(
    wire_editor: WireEditor, qtbot: QtBot, value: str, shown: str, words: str
) -> None:
    text = f"MSH|^~\\&|A\nOBX|1|ED|x||{value}|||F\n"
    load(wire_editor, text, qtbot)
    assert wire_editor.shown_text() == text.replace(value, shown)
    assert wire_editor.text() == text
    folds = folds_in(wire_editor.document(), wire_editor.document().findBlockByNumber(1))
    assert [describe_fold(folded) for _, folded in folds] == ([words] if words else [])


def test_folds_end_at_the_separators_of_the_message(wire_editor: WireEditor, qtbot: QtBot) -> None:
    load(wire_editor, "MSH*%~\\&*A\n" + f"OBX*1*ED*x**%{'a|^' * 1_000}%b\n", qtbot)
    assert wire_editor.shown_text().endswith(f"**%{FOLD}%b\n")


def test_a_line_without_fields_folds_past_its_beginning(wire_editor: WireEditor, qtbot: QtBot) -> None:
    text = "MSH|^~\\&|A\nOBX" + "|1" * 15_000 + "\n"
    load(wire_editor, text, qtbot)
    assert len(wire_editor.shown_text()) < 2_100
    assert wire_editor.text() == text


def test_a_verdict_is_never_a_window_of_its_own(theme: Theme) -> None:
    label, later = VerdictLabel("pass", "holds"), VerdictLabel()
    assert not label.isVisible()
    later.set_verdict("fail", "does not hold")
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.addWidget(label)
    layout.addWidget(later)
    page.show()
    assert label.isVisible() and later.isVisible()
    page.close()
