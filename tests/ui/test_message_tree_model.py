"""An HL7 v2 message as a tree, kept open across edits."""

from __future__ import annotations

from collections.abc import Iterator
from time import thread_time

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from ui.models.message_positions import MessagePositions
from ui.models.message_reading import MessageReading, read_message
from ui.models.message_tree_model import PLACE, VALUE, MessageTreeModel
from ui.models.place_words import name_place
from ui.widgets.structure_tree import GROUP_ROLE, NAME_ROLE, SPECIAL_ROLE
from workbench.hl7v2.message import parse_message

TEXT = (
    "MSH|^~\\&|A|B|C|D|20260101||ADT^A01^ADT_A01|1|P|2.5.1\n"
    "PID|1||100001^^^H&1.2&ISO^MR~22^^^X||OKAFOR^AMARA\n"
    "OBX|1|ST|x||a\\T\\b\n"
    "OBX|2|ST|y||plain\n"
    "ZPI|own\n"
)


ORU = (
    "MSH|^~\\&|A|B|C|D|20260101||ORU^R01^ORU_R01|1|P|2.5.1\n"
    "PID|1||100001\n"
    "OBR|1\nOBX|1|ST|x||one\nNTE|1\nOBX|2|ST|x||two\n"
    "OBR|2\nOBX|1|ST|x||three\nZPI|own\n"
)


def read(text: str) -> MessageReading:
    reading = read_message(text)
    assert isinstance(reading, MessageReading)
    return reading


def make_model(text: str = TEXT) -> MessageTreeModel:
    model = MessageTreeModel()
    model.set_reading(read(text))
    return model


def walk(model: MessageTreeModel, parent: QModelIndex | None = None) -> Iterator[QModelIndex]:
    above = parent or QModelIndex()
    for row in range(model.rowCount(above)):
        index = model.index(row, 0, above)
        yield index
        yield from walk(model, index)


def paths(model: MessageTreeModel) -> list[str]:
    return [index.data() for index in walk(model)]


def find(model: MessageTreeModel, path: str, column: int = VALUE) -> QModelIndex:
    return next(index for index in walk(model) if index.data() == path).siblingAtColumn(column)


def edited(model: MessageTreeModel, path: str, value: str, text: str = TEXT) -> str:
    """The text after the edit that the model asks for."""
    asked: list[tuple[int, int, str]] = []
    model.edit_asked.connect(lambda *edit: asked.append(edit))
    model.setData(find(model, path), value)
    ((start, end, new),) = asked
    return text[:start] + new + text[end:]


def test_the_model_keeps_qts_rules_while_the_message_changes(qtmodeltester: ModelTester) -> None:
    model = make_model()
    qtmodeltester.check(model)
    list(walk(model))
    for text in (TEXT.replace("OKAFOR^AMARA", "OKAFOR"), TEXT.replace("OBX|1", "NTE|1|new\nOBX|1"), TEXT[:60], TEXT):
        model.set_reading(read(text))
        list(walk(model))
    model.set_show_empty(True)
    list(walk(model))
    model.set_reading(None)
    assert model.rowCount() == 0


def test_every_valued_place_has_a_row_and_its_span() -> None:
    model = make_model()
    assert paths(model)[:3] == ["MSH", "MSH-1", "MSH-2"]
    assert "PID-3[1].4.2" in paths(model)
    assert [index.data() for index in walk(model) if not index.parent().isValid()] == [
        "MSH", "PID", "OBX[1]", "OBX[2]", "ZPI",
    ]  # fmt: skip
    start, end = model.span_of(find(model, "PID-3[1].4.2")) or (0, 0)
    assert TEXT[start:end] == "1.2"


def test_the_cursors_place_is_the_same_as_the_messages_own() -> None:
    model, message = make_model(), parse_message(TEXT)
    for offset, letter in enumerate(TEXT):
        row, own = model.path_of(model.index_at(offset)), message.locate(offset)
        if letter.isalnum():
            assert row in (own, own.split("-")[0]), offset


def test_rows_are_named_by_the_dictionary_and_z_segments_are_marked() -> None:
    model = make_model()
    assert model.place_of(find(model, "PID-5.1")) == "PID-5.1 Family Name"
    assert find(model, "ZPI", PLACE).data(NAME_ROLE) == "Local Segment"
    assert [find(model, path, PLACE).data(SPECIAL_ROLE) for path in ("ZPI", "ZPI-1", "PID")] == [True, True, False]


def test_an_empty_place_is_named_and_a_varying_type_is_what_obx_2_says() -> None:
    text = TEXT.replace("OBX|1|ST|x||a\\T\\b", "OBX|1|ED|x||^^^Base64^QUJD")
    model = make_model(text)
    positions = MessagePositions(model)
    for place, named in (("||ADT", "MSH-8 Security"), ("QUJD", "OBX[1]-5.5 Data")):
        at = text.index(place) + 1
        start = text.rfind("\n", 0, at) + 1
        facts = positions.facts_in(start, text[start:].split("\n")[0], at - start)
        assert facts is not None and name_place(facts) == named
    assert model.place_of(find(model, "OBX[1]-5.5")) == "OBX[1]-5.5 Data"


def test_a_value_typed_in_the_tree_is_escaped_in_the_text() -> None:
    assert "PID|1||100001^^^H&1.2&ISO^MR~22^^^X||O\\T\\K^AMARA\n" in edited(make_model(), "PID-5.1", "O&K")


def test_an_escaped_value_is_edited_as_people_read_it() -> None:
    model = make_model()
    assert find(model, "OBX[1]-5").data(Qt.ItemDataRole.EditRole) == "a&b"
    assert "OBX|1|ST|x||c\\T\\d\n" in edited(model, "OBX[1]-5", "c&d")


def test_a_split_field_is_edited_as_it_stands() -> None:
    assert "||OKAFOR^AMARA^M\n" in edited(make_model(), "PID-5", "OKAFOR^AMARA^M")


def test_an_absent_field_is_filled_up_to() -> None:
    model = make_model()
    model.set_show_empty(True)
    assert "||OKAFOR^AMARA|||F\n" in edited(model, "PID-8", "F")
    assert "||OKAFOR^AMARA^^JR\n" in edited(model, "PID-5.4", "JR")


def test_setting_the_same_value_asks_for_nothing() -> None:
    model = make_model()
    asked: list[object] = []
    model.edit_asked.connect(lambda *edit: asked.append(edit))
    assert not model.setData(find(model, "PID-5.1"), "OKAFOR")
    assert asked == []


def test_what_was_open_stays_the_same_row_after_an_edit() -> None:
    model = make_model()
    list(walk(model))
    kept = find(model, "PID-3[1].4.2", PLACE).internalPointer()
    model.set_reading(read(TEXT.replace("PID|1|", "NTE|1|longer than before\nPID|7|")))
    again = find(model, "PID-3[1].4.2", PLACE)
    assert again.internalPointer() is kept
    assert again.siblingAtColumn(VALUE).data() == "1.2"


def test_segments_stand_in_the_groups_of_their_structure() -> None:
    model = make_model(ORU)
    tops = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert tops == ["MSH", "PATIENT_RESULT[1]"]
    shown = [path for path in paths(model) if "-" not in path]
    assert shown == [
        "MSH", "PATIENT_RESULT[1]", "PATIENT", "PID",
        "ORDER_OBSERVATION[1]", "OBR[1]", "OBSERVATION[1]", "OBX[1]", "NTE", "OBSERVATION[2]", "OBX[2]",
        "ORDER_OBSERVATION[2]", "OBR[2]", "OBSERVATION[1]", "OBX[3]", "ZPI",
    ]  # fmt: skip
    assert model.index_at(ORU.index("three")).data() == "OBX[3]-5"
    group = find(model, "ORDER_OBSERVATION[2]", PLACE)
    start, end = model.span_of(group) or (0, 0)
    assert ORU[start:end] == "OBR|2"
    assert "required 1..*" in group.data(Qt.ItemDataRole.ToolTipRole)
    assert group.data(GROUP_ROLE) is True


def test_a_segment_that_comes_leaves_the_groups_around_it_open() -> None:
    model = make_model(ORU)
    list(walk(model))
    kept = find(model, "ORDER_OBSERVATION[2]", PLACE).internalPointer()
    model.set_reading(read(ORU.replace("OBX|2|", "OBX|9|ST|new\nOBX|2|")))
    assert find(model, "ORDER_OBSERVATION[2]", PLACE).internalPointer() is kept
    assert [path for path in paths(model) if path.startswith("OBSERVATION")] == [
        "OBSERVATION[1]", "OBSERVATION[2]", "OBSERVATION[3]", "OBSERVATION[1]",
    ]  # fmt: skip


def test_the_parts_of_a_component_are_filled_in_by_their_names() -> None:
    model = make_model()
    model.set_show_empty(True)
    assert model.place_of(find(model, "PID-3[2].4.1")) == "PID-3[2].4.1 Namespace ID"
    assert "~22^^^X&1.9||" in edited(model, "PID-3[2].4.2", "1.9")


@pytest.mark.parametrize("change", ["NTE|1|x\n", ""])
def test_a_large_message_is_synced_in_a_moment(change: str) -> None:
    lines = "".join(f"OBX|{n}|NM|8867-4^Heart rate^LN||72|/min|||||F\n" for n in range(20_000))
    head = ORU.split("NTE")[0]
    model = make_model(head + lines)
    model.index_at(len(head) + len(lines) - 20)
    reading = read(head + change + lines.replace("|72|", "|73|", 1))
    started = thread_time()
    model.set_reading(reading)
    index = model.index_at(len(reading.message.text) - 20)
    assert thread_time() - started < 0.2
    assert index.parent().parent().parent().parent().data().endswith(" … OBSERVATION[20001]")
    assert max(model.rowCount(above) for above in ancestors(index)) <= 400


def ancestors(index: QModelIndex) -> Iterator[QModelIndex]:
    while index.isValid():
        index = index.parent()
        yield index


def test_groups_are_kept_while_values_change_and_found_anew_when_segments_do() -> None:
    first = read(ORU)
    typed = read_message(ORU.replace("one", "once more"), 0, first, places=False)
    assert isinstance(typed, MessageReading)
    assert typed.placement is first.placement
    model = MessageTreeModel()
    model.set_reading(first)
    list(walk(model))
    model.set_reading(typed)
    span = model.span_of(find(model, "OBX[3]", PLACE))
    text = typed.message.text
    assert span is not None
    assert text[slice(*span)] == "OBX|1|ST|x||three"
    group = model.span_of(find(model, "ORDER_OBSERVATION[2]", PLACE))
    assert group is not None
    assert text[slice(*group)] == "OBR|2"
    assert find(model, "OBX[1]-5").data() == "once more"
    for other in (ORU + "NTE|1\n", ORU.replace("ORU^R01^ORU_R01", "ADT^A01^ADT_A01"), ORU.replace("2.5.1", "2.3")):
        assert read_message(other, 0, first, places=False) is None
