"""The rows of a comparison as a table."""

from __future__ import annotations

import csv
import io

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from ui.models.difference_model import LEFT, MARK, PLACE, RIGHT, DifferenceModel, to_csv, to_tab_separated
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
def model(qtmodeltester: ModelTester) -> DifferenceModel:
    made = DifferenceModel()
    made.set_rows(ROWS, left="First", right="Second")
    return made


def test_the_model_keeps_qts_rules(model: DifferenceModel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(model)
    model.set_only_differences(True)
    model.set_rows(ROWS[:2])
    model.set_rows(())


def test_each_row_tells_its_kind_by_mark_and_word(model: DifferenceModel) -> None:
    marks = [model.index(row, MARK).data() for row in range(5)]
    words = [model.index(row, MARK).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(5)]
    assert marks == ["", "≠", "≈", "−", "+"]
    assert words[3] == "on the left alone"
    assert [model.index(row, 0).data(KIND_ROLE) for row in range(5)] == [row.kind for row in ROWS]


def test_only_differences_leaves_out_same_and_masked(model: DifferenceModel) -> None:
    model.set_only_differences(True)
    assert [model.index(row, PLACE).data() for row in range(model.rowCount())] == ["PID-5.1", "PID-8", "ZPI-1"]


def test_next_and_previous_pass_over_what_does_not_differ(model: DifferenceModel) -> None:
    assert [model.find_difference(row, 1) for row in (-1, 0, 1, 3, 4)] == [1, 1, 3, 4, None]
    assert [model.find_difference(row, -1) for row in (5, 4, 3, 1)] == [4, 3, 1, None]


def test_an_absent_side_is_none_and_a_long_value_is_shortened() -> None:
    model = DifferenceModel()
    model.set_rows([Difference("added", "OBX-5", "Value", None, "A" * 1_000_000)])
    assert model.index(0, LEFT).data() is None
    assert len(model.index(0, RIGHT).data()) == 301


def test_the_summary_counts_in_words(model: DifferenceModel) -> None:
    assert model.summary() == "3 differences · 1 changed · 1 added · 1 removed · 1 masked · 1 same"
    model.set_rows(ROWS[:1])
    assert model.summary() == "No differences · 1 same"


def test_the_headings_name_the_sides(model: DifferenceModel) -> None:
    headings = [model.headerData(column, Qt.Orientation.Horizontal) for column in (LEFT, RIGHT)]
    assert headings == ["First", "Second"]


def test_copied_rows_are_one_line_each() -> None:
    assert to_tab_separated(ROWS[3:]) == "−\tPID-8\tSex\tF\t\n+\tZPI-1\t\t\tx y  z"


def test_csv_reads_back_whole() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(ROWS, left="First", right="Second"), newline="")))
    assert rows[0] == ["kind", "place", "name", "First", "Second"]
    assert rows[5] == ["added", "ZPI-1", "", "", "x\ty\r\nz"]
