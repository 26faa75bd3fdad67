"""Messages edited by what their structure has: completion, segments inserted and moved, and new messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Run
from ui.bench import Bench, SandboxState
from ui.dialogs.picker import COMMAND_ROLE, Picker
from ui.panels.compose import ComposePanel
from ui.views.message_page import MessagePage
from ui.widgets.fold_dialog import FoldDialog, wrap
from ui.widgets.structure_tree import VALUES_ROLE, ValueLine
from workbench.hl7v2.message import parse_message
from workbench.workspace.preferences import read_preferences
from workbench.workspace.remotes import RemoteSandbox

TEXT = (
    "MSH|^~\\&|A|B|C|D|20260101||ORU^R01^ORU_R01|1|P|2.5.1\r"
    "PID|1||1||A^B\r"
    "OBR|1|||x^y^L\rOBX|1|ST|x^y^L||a||||||F\rOBX|2|ST|x^y^L||b||||||F\r"
    "OBR|2|||x^y^L\rOBX|1|ST|x^y^L||c||||||F\r"
)


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110  # Qt tells some of these things by no event
        await asyncio.sleep(0.01)


@pytest.fixture
def panel(bench: Bench, run: Run, qtbot: QtBot) -> ComposePanel:
    run(bench.refresh())
    made = ComposePanel(bench)
    made.resize(1000, 700)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def page(panel: ComposePanel, run: Run) -> MessagePage:
    panel.receive("message", TEXT)
    run(until(lambda: isinstance(panel.page, MessagePage) and panel.page.view.message is not None))
    assert isinstance(panel.page, MessagePage)
    panel.page.editor.setFocus()
    return panel.page


def lines(page: MessagePage) -> list[str]:
    return page.editor.text().splitlines()


def put_cursor(page: MessagePage, line: int, column: int | None = None) -> None:
    block = page.editor.document().findBlockByNumber(line)
    page.editor.go_to(block.position() + (block.length() - 1 if column is None else column))


def offered(page: MessagePage) -> list[str]:
    listed = page.view.completion.list
    return [name for name, _ in listed.names.pairs] if listed.isVisible() else []


# Completion.


def test_after_a_separator_the_values_are_listed_and_the_keyboard_stays_with_the_text(
    page: MessagePage, qtbot: QtBot
) -> None:
    put_cursor(page, 1)
    qtbot.keyClicks(page.editor, "|||")
    assert {"F", "M"} <= set(offered(page))
    assert QApplication.focusWidget() is page.editor
    qtbot.keyClick(page.editor, Qt.Key.Key_Return)
    assert lines(page)[1:3] == ["PID|1||1||A^B|||", ""]
    assert offered(page) == []


def test_what_is_typed_narrows_the_list_and_down_and_return_take_one(page: MessagePage, qtbot: QtBot) -> None:
    put_cursor(page, 3)
    qtbot.keyClicks(page.editor, "||||||||||")
    put_cursor(page, 1)
    qtbot.keyClicks(page.editor, "|||")
    qtbot.keyClick(page.editor, Qt.Key.Key_Down)
    chosen = page.view.completion.list.currentIndex().data()
    qtbot.keyClick(page.editor, Qt.Key.Key_Return)
    assert lines(page)[1] == f"PID|1||1||A^B|||{chosen}"
    page.editor.undo()
    assert lines(page)[1] == "PID|1||1||A^B|||"


def test_ctrl_space_lists_segments_and_the_first_is_a_key_away(page: MessagePage, qtbot: QtBot) -> None:
    put_cursor(page, 4)
    qtbot.keyClicks(page.editor, "\r")
    page.view.completion.ask()
    assert offered(page)[0] in ("NTE|", "OBX|")
    qtbot.keyClicks(page.editor, "nt")
    assert offered(page) == ["NTE|"]
    qtbot.keyClick(page.editor, Qt.Key.Key_Tab)
    assert lines(page)[5] == "NTE|"


def test_escape_closes_the_list_alone(page: MessagePage, qtbot: QtBot) -> None:
    put_cursor(page, 1)
    qtbot.keyClicks(page.editor, "|||")
    qtbot.keyClick(page.editor, Qt.Key.Key_Escape)
    assert offered(page) == []
    qtbot.keyClicks(page.editor, "F")
    assert lines(page)[1].endswith("|||F")


def test_the_event_of_the_code_is_offered_at_msh_9(page: MessagePage) -> None:
    put_cursor(page, 0, lines(page)[0].index("R01"))
    page.view.completion.ask()
    assert {"R01", "R30"} <= set(offered(page))
    listed = page.view.completion.list
    listed.setCurrentIndex(listed.names.index(offered(page).index("R30")))
    listed.clicked.emit(listed.currentIndex())
    assert "|ORU^R30^ORU_R01|" in lines(page)[0]


def test_a_name_that_is_written_over_keeps_its_separator(page: MessagePage, qtbot: QtBot) -> None:
    put_cursor(page, 2, 0)
    page.view.completion.ask()
    qtbot.keyClicks(page.editor, "")
    listed = page.view.completion.list
    listed.setCurrentIndex(listed.names.index(offered(page).index("ORC|")))
    qtbot.keyClick(page.editor, Qt.Key.Key_Return)
    assert lines(page)[2] == "ORC|1|||x^y^L"


# Segments.


def test_a_segment_is_doubled_with_the_next_set_id_and_moved_and_removed_as_one_step_each(page: MessagePage) -> None:
    put_cursor(page, 4, 5)
    moves = page.view.moves
    assert moves.duplicate()
    assert lines(page)[4:6] == ["OBX|2|ST|x^y^L||b||||||F", "OBX|3|ST|x^y^L||b||||||F"]
    assert moves.move(-1)
    assert lines(page)[4:6] == ["OBX|3|ST|x^y^L||b||||||F", "OBX|2|ST|x^y^L||b||||||F"]
    assert moves.remove()
    assert len(lines(page)) == 7
    for _ in range(3):
        page.editor.undo()
    assert page.to_bytes() == TEXT.encode()


def test_a_segment_that_is_deleted_leaves_the_cursor_where_it_is(page: MessagePage, qtbot: QtBot) -> None:
    put_cursor(page, 3, 0)
    cursor = page.editor.textCursor()
    cursor.movePosition(cursor.MoveOperation.Down, cursor.MoveMode.KeepAnchor)
    page.editor.setTextCursor(cursor)
    qtbot.keyClick(page.editor, Qt.Key.Key_Delete)
    page.editor.settle()
    assert page.editor.textCursor().blockNumber() == 3
    assert page.editor.textCursor().positionInBlock() == 0


def test_the_header_stays_where_it_is(page: MessagePage) -> None:
    moves = page.view.moves
    put_cursor(page, 0)
    assert not (moves.duplicate() or moves.remove() or moves.move(1))
    put_cursor(page, 1)
    assert not moves.move(-1)
    assert page.to_bytes() == TEXT.encode()


def test_a_group_chosen_in_the_tree_is_doubled_whole(page: MessagePage, run: Run) -> None:
    tree = page.view.editor.tree
    model = page.view.model
    index = model.index_at(page.editor.text().index("OBR|2"))
    group = index.parent() if "-" not in index.data() else index.parent().parent()
    assert group.data() == "ORDER_OBSERVATION[2]"
    tree.setFocus()
    run(until(tree.hasFocus))
    tree.setCurrentIndex(group)
    assert page.view.moves.duplicate()
    assert lines(page)[5:] == ["OBR|2|||x^y^L", "OBX|1|ST|x^y^L||c||||||F"] * 2


def test_the_last_segment_without_a_line_end_is_removed_with_the_one_before(panel: ComposePanel, run: Run) -> None:
    panel.receive("message", TEXT.rstrip("\r"))
    run(until(lambda: isinstance(panel.page, MessagePage) and panel.page.view.message is not None))
    page = panel.page
    assert isinstance(page, MessagePage)
    put_cursor(page, 6)
    assert page.view.moves.remove()
    assert page.editor.text() == "\n".join(TEXT.split("\r")[:6])


def test_a_folded_segment_moves_whole(panel: ComposePanel, run: Run) -> None:
    long = "QUJD" * 5_000
    panel.receive("message", TEXT.replace("||b||", f"||{long}||"))
    run(until(lambda: isinstance(panel.page, MessagePage) and panel.page.view.message is not None))
    page = panel.page
    assert isinstance(page, MessagePage)
    put_cursor(page, 4, 3)
    assert page.view.moves.move(-1)
    assert lines(page)[3] == f"OBX|2|ST|x^y^L||{long}||||||F"
    assert len(page.editor.shown_text()) < 400


def picked(panel: ComposePanel, words: str) -> Picker:
    picker = panel.messages.picker
    assert picker is not None
    picker.search.setText(words)
    return picker


def test_a_segment_is_inserted_where_it_belongs_with_what_it_requires(
    panel: ComposePanel, page: MessagePage, run: Run, qtbot: QtBot
) -> None:
    put_cursor(page, 3)
    page.insert_asked.emit()
    run(until(lambda: panel.messages.picker is not None))
    picker = picked(panel, "PV1")
    first = picker.list.currentIndex().data(COMMAND_ROLE)
    assert first.title.startswith("PV1")
    assert "after PID, in VISIT" in first.detail
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert lines(page)[2].startswith("PV1||I") or lines(page)[2].startswith("PV1|1|I")
    assert page.editor.textCursor().blockNumber() == 2
    page.editor.undo()
    assert page.to_bytes() == TEXT.encode()


def test_where_the_version_has_no_structure_it_is_said(panel: ComposePanel, page: MessagePage) -> None:
    page.editor.replace_span(0, page.editor.document().characterCount() - 1, "MSH|^~\\&|A|B|C|D|1||XXX^Y01|1|P|2.5.1\n")
    page.insert_asked.emit()
    assert "no structure for XXX^Y01" in page.notice.text.text()


# New messages.


def test_a_new_message_of_any_type_is_picked_in_the_version_of_the_site(
    panel: ComposePanel, bench: Bench, qtbot: QtBot
) -> None:
    bench.set_current("academic-medical-center")
    panel.messages.make_new()
    picker = picked(panel, "adt a03")
    assert picker.list.currentIndex().data(COMMAND_ROLE).shortcut == "taken by Academic Medical Center"
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    page = panel.page
    assert isinstance(page, MessagePage)
    message = parse_message(page.to_bytes())
    assert (message.type_name, message.version, message.get("PV1-45") is not None) == ("ADT^A03", "2.3.1", True)


def test_the_types_are_those_of_the_chosen_version(panel: ComposePanel, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QCheckBox, QComboBox

    panel.messages.make_new()
    picker = picked(panel, "vxu v04")
    version, required = picker.findChild(QComboBox), picker.findChild(QCheckBox)
    assert version is not None
    assert required is not None
    version.setCurrentText("2.1")
    assert picker.model.rowCount() == 0
    version.setCurrentText("2.8.2")
    required.setChecked(True)
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert isinstance(panel.page, MessagePage)
    assert parse_message(panel.page.to_bytes()).version == "2.8.2"


# What is remembered.


def test_empty_fields_stay_shown_for_the_next_message(panel: ComposePanel, page: MessagePage, run: Run) -> None:
    page.bar.empty.click()
    run(until(lambda: read_preferences(panel.bench.workspace.folder).empty_fields))
    panel.receive("message", TEXT)
    run(until(lambda: isinstance(panel.page, MessagePage) and panel.page is not page))
    assert isinstance(panel.page, MessagePage)
    assert panel.page.view.model.show_empty


# Several messages in one text.


def batch(count: int) -> str:
    messages = "".join(
        f"MSH|^~\\&|A|B|C|D|20260101||ADT^A08^ADT_A01|ID{number}|P|2.5.1\rEVN||20260101\r"
        f"PID|1||{number}^^^H^MR||Öz😀^P{number}\rPV1|1|I\r"
        for number in range(1, count + 1)
    )
    return f"FHS|^~\\&|A\rBHS|^~\\&|A\r{messages}BTS|{count}\rFTS|1\r"


@pytest.fixture
def several(panel: ComposePanel, run: Run) -> MessagePage:
    panel.receive("message", batch(12))
    run(until(lambda: isinstance(panel.page, MessagePage) and panel.page.view.message is not None))
    assert isinstance(panel.page, MessagePage)
    return panel.page


def test_a_file_of_several_messages_shows_the_one_at_the_cursor(several: MessagePage) -> None:
    view = several.view
    assert several.bar.which.text() == "Message 1 of 12"
    assert view.message is not None
    assert view.message.control_id == "ID1"
    view.step_message(1)
    view.step_message(1)
    assert several.bar.which.text() == "Message 3 of 12"
    assert view.message.control_id == "ID3"
    assert several.editor.textCursor().block().text().split("|")[9] == "ID3"
    several.editor.go_to(several.editor.document().find("P3").selectionStart())
    assert several.place.text().startswith("PID-5.2 Given Name")
    assert view.editor.tree.currentIndex().siblingAtColumn(1).data() == "P3"


def test_a_value_set_in_the_tree_is_put_into_its_own_message(several: MessagePage) -> None:
    several.view.go_to_message(6)
    several.editor.go_to(several.editor.document().find("P7").selectionStart())
    index = several.view.editor.tree.currentIndex().siblingAtColumn(1)
    assert several.view.model.setData(index, "Seven")
    assert several.to_bytes() == batch(12).replace("^P7\r", "^Seven\r").encode()


def test_one_message_of_several_is_sent_and_the_file_keeps_them_all(several: MessagePage) -> None:
    several.view.go_to_message(4)
    sent = parse_message(several.message_bytes())
    assert (sent.control_id, len(sent.segments)) == ("ID5", 4)
    peer = SandboxState("p", "Peer", "remote", "up", remote=RemoteSandbox("p", "Peer", "", "127.0.0.1", 2575))
    words, work = several.exchange_with(peer)
    work.close()
    assert words.startswith("Message 5 of 12, ")
    several.refresh_header(control_id="FRESH")
    assert several.to_bytes().count(b"|FRESH|") == 1
    assert parse_message(several.message_bytes()).control_id == "FRESH"
    several.editor.undo()
    assert several.to_bytes() == batch(12).encode()


def test_the_messages_are_listed_by_type_control_id_and_patient(
    panel: ComposePanel, several: MessagePage, run: Run, qtbot: QtBot
) -> None:
    several.list_asked.emit()
    run(until(lambda: panel.messages.picker is not None))
    assert panel.messages.picker is not None
    here = panel.messages.picker.list.currentIndex().data(COMMAND_ROLE)
    assert here.title.startswith(several.bar.which.text().split()[1])
    picker = picked(panel, "ID11")
    command = picker.list.currentIndex().data(COMMAND_ROLE)
    assert (command.title, command.detail, command.shortcut) == ("11  ADT^A08", "ID11 · 11 · Öz😀 · P11", "line 43")
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert several.bar.which.text() == "Message 11 of 12"
    assert several.editor.textCursor().blockNumber() == 42


def test_every_message_of_a_long_file_is_in_the_list(panel: ComposePanel, run: Run) -> None:
    panel.receive("message", batch(200))
    run(until(lambda: isinstance(panel.page, MessagePage) and panel.page.view.message is not None))
    assert isinstance(panel.page, MessagePage)
    panel.page.view.go_to_message(149)
    panel.page.list_asked.emit()
    run(until(lambda: panel.messages.picker is not None))
    assert panel.messages.picker is not None
    assert panel.messages.picker.list.currentIndex().data().startswith("150 ")
    assert panel.messages.picker.model.rowCount() == 201


def test_all_the_messages_are_handed_over_to_be_sent_one_by_one(
    panel: ComposePanel, several: MessagePage, run: Run, qtbot: QtBot
) -> None:
    given: list[tuple[str, str, object]] = []
    panel.hand_over.connect(lambda *parts: given.append(parts))
    several.list_asked.emit()
    run(until(lambda: panel.messages.picker is not None))
    picker = picked(panel, "Send each")
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert given == [("send-many", "messages", batch(12).encode())]


# Folds.


PDF = "JVBERi0xLjQK" * 1_000


@pytest.fixture
def folded(panel: ComposePanel, run: Run) -> MessagePage:
    panel.receive("message", TEXT.replace("||b||", f"||LAB^AP^PDF^Base64^{PDF}||"))
    run(until(lambda: isinstance(panel.page, MessagePage) and panel.page.view.message is not None))
    assert isinstance(panel.page, MessagePage)
    return panel.page


def test_a_fold_opens_whole_and_wrapped_and_copies_all(folded: MessagePage, qtbot: QtBot) -> None:
    put_cursor(folded, 4, 2)
    qtbot.keyClick(folded.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    dialog = folded.editor.findChild(FoldDialog)
    assert dialog is not None
    assert "base64, 12 kB" in dialog.windowTitle()
    assert dialog.view.rows == len(PDF) // 76 + 1
    copy = next(each for each in dialog.findChildren(QPushButton) if each.text() == "&Copy whole")
    copy.click()
    assert QApplication.clipboard().text() == PDF
    dialog.reject()


def test_a_fold_is_put_into_the_text_and_folds_again_with_undo(folded: MessagePage, qtbot: QtBot) -> None:
    before = folded.to_bytes()
    put_cursor(folded, 4, 2)
    assert folded.editor.open_fold(folded.editor.textCursor().position())
    dialog = folded.editor.findChild(FoldDialog)
    assert dialog is not None
    dialog.unfold.click()
    assert PDF in folded.editor.shown_text()
    assert not folded.is_modified()
    assert folded.to_bytes() == before
    folded.editor.undo()
    assert PDF not in folded.editor.shown_text()
    assert folded.to_bytes() == before


def test_what_is_wrapped_is_the_text_again_when_it_is_joined() -> None:
    for text in (PDF, "Seen and well.~" * 500, "a\\.br\\b" * 900, "x" * 250):
        assert "".join(wrap(text)) == text
    assert max(map(len, wrap("Seen and well.~" * 500))) <= 100


def test_a_line_without_folds_opens_nothing(page: MessagePage) -> None:
    assert not page.editor.open_fold(0)


# Values in the tree.


def test_a_value_in_the_tree_is_chosen_from_its_table(page: MessagePage, run: Run, qtbot: QtBot) -> None:
    page.bar.empty.click()
    model, tree = page.view.model, page.view.editor.tree
    patient = next(
        model.index(row, 0, above)
        for above in [model.index_at(page.editor.text().index("PID|1") + 1)]
        for row in range(model.rowCount(above))
        if model.index(row, 0, above).data() == "PID-8"
    )
    tree.setFocus()
    tree.edit(patient.siblingAtColumn(1))
    editor = tree.findChild(ValueLine)
    assert editor is not None
    assert editor.names.pairs[1][0] == "F"
    editor.setText("F")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    run(until(lambda: lines(page)[1] == "PID|1||1||A^B|||F"))


def test_a_value_that_no_table_has_is_typed_freely(page: MessagePage) -> None:
    index = page.view.model.index_at(page.editor.text().index("A^B")).siblingAtColumn(1)
    assert index.data(VALUES_ROLE) == ()
