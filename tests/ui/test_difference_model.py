"""The rows of a check's comparison as a table."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from ui.models.difference_model import LEFT, MARK, PLACE, RIGHT, DifferenceModel
from ui.models.difference_words import to_tab_separated
from ui.widgets.difference_table import KIND_ROLE
from workbench.diff.difference import Difference

ROWS = (
    Difference("same", "PID-1", "Set ID", "1", "1"),
    Difference("changed", "PID-5.1", "Family Name", "OKAFOR", "OKAFFOR"),
    Difference("masked", "MSH-7", "Date/Time", "2026", "2027"),
    Difference("removed", "PID-8", "Sex", "F", None),
    Difference("added", "ZPI-1", "", None, "x\ty\r\nz"),
)


@pytest.fixture
def model() -> DifferenceModel:
    made = DifferenceModel()
    made.set_rows(ROWS, left="First", right="Second")
    return made


def test_the_model_keeps_qts_rules(model: DifferenceModel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(model)
    model.set_rows(ROWS[:2])
    model.set_rows(())


def test_what_is_the_same_or_masked_is_left_out(model: DifferenceModel) -> None:
    assert [model.index(row, PLACE).data() for row in range(model.rowCount())] == ["PID-5.1", "PID-8", "ZPI-1"]


def test_each_row_tells_its_kind_by_mark_and_word(model: DifferenceModel) -> None:
    assert [model.index(row, MARK).data() for row in range(3)] == ["≠", "−", "+"]
    assert model.index(1, MARK).data(Qt.ItemDataRole.AccessibleTextRole) == "on the left alone"
    assert [model.index(row, 0).data(KIND_ROLE) for row in range(3)] == ["changed", "removed", "added"]


def test_an_absent_side_is_none_and_a_long_value_is_shortened() -> None:
    model = DifferenceModel()
    model.set_rows([Difference("added", "OBX-5", "Value", None, "A" * 1_000_000)])
    assert model.index(0, LEFT).data() is None
    assert len(model.index(0, RIGHT).data()) == 301


def test_the_headings_name_the_sides(model: DifferenceModel) -> None:
    headings = [model.headerData(column, Qt.Orientation.Horizontal) for column in (LEFT, RIGHT)]
    assert headings == ["First", "Second"]


def test_copied_rows_are_one_line_each() -> None:
    rows = (*ROWS[3:], Difference("removed", "a", "b", "1", None, "min", "breaks-sender", "Because."))
    lines = to_tab_separated(rows).split("\n")
    assert lines[0] == "−\tPID-8\t\tSex\tF\t\t\t"
    assert lines[1] == "+\tZPI-1\t\t\t\tx y  z\t\t"
    assert lines[2] == "−\ta\tmin\tb\t1\t\tbreaks-sender\tBecause."
