"""A comparison as one aligned tree."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from ui.models.comparison_work import PreparedComparison
from ui.models.difference_tree_model import DifferenceTreeModel
from ui.models.difference_words import telling_name
from ui.models.packed_rows import RowFilter, pack_rows
from ui.widgets.difference_tree_view import (
    COUNTS_ROLE,
    GRADE_ROLE,
    KIND_ROLE,
    LEFT,
    NAME_ROLE,
    PLACE,
    RIGHT,
    VERDICT,
)
from workbench.diff.difference import Difference
from workbench.diff.difference_report import count_sentence
from workbench.diff.difference_tree import make_difference_tree

ROWS = (
    Difference("changed", "date", "date", "2020", "2021", grade="information"),
    Difference("removed", "rest.Patient.create", "create", "create", None, grade="breaks-sender", why="No more."),
    Difference("added", "rest.Patient.read", "read", None, "read", grade="compatible"),
    Difference("changed", "rest.Group.update", "update", "a" * 2_000_000, "b", grade="breaks-both", why="Other."),
    Difference("removed", "rest.Group.create", "create", "create", None, grade="breaks-sender"),
)
PLAIN = (
    Difference("same", "PID-1", "Set ID", "1", "1"),
    Difference("changed", "PID-5.1", "Family Name", "OKAFOR", "OKAFFOR"),
    Difference("same", "PV1-1", "Set ID", "1", "1"),
    Difference("same", "PV1-2", "Patient Class", "I", "I"),
    Difference("masked", "PID-7", "Date of Birth", "1", "2"),
)


def prepared(rows: tuple[Difference, ...]) -> PreparedComparison:
    tree = make_difference_tree(rows)
    packed = pack_rows([rows[number] for number in tree.order])
    return PreparedComparison("/l", "/r", "l", "r", "", "", count_sentence(rows), False, tree, packed)


def make(rows: tuple[Difference, ...] = ROWS, wanted: RowFilter | None = None) -> DifferenceTreeModel:
    model = DifferenceTreeModel()
    model.set_comparison(prepared(rows))
    if wanted is not None:
        model.set_shown(model.comparison.rows.choose(wanted))
    return model


def outline(model: DifferenceTreeModel, parent: QModelIndex | None = None) -> list[object]:
    above = parent or QModelIndex()
    found: list[object] = []
    for row in range(model.rowCount(above)):
        index = model.index(row, PLACE, above)
        found.append((index.data(), outline(model, index)) if model.hasChildren(index) else index.data())
    return found


def find(model: DifferenceTreeModel, *labels: str, column: int = PLACE) -> QModelIndex:
    index = QModelIndex()
    for label in labels:
        children = (model.index(row, PLACE, index) for row in range(model.rowCount(index)))
        index = next(child for child in children if child.data() == label)
    return index.siblingAtColumn(column)


@pytest.mark.parametrize("rows", [ROWS, PLAIN, (), ROWS[:1]])
def test_the_model_keeps_qts_rules(rows: tuple[Difference, ...], qtmodeltester: ModelTester) -> None:
    model = make(rows)
    qtmodeltester.check(model)
    model.set_shown(model.comparison.rows.choose(RowFilter(text="read")))
    model.set_comparison(prepared(PLAIN))
    model.set_comparison(prepared(()))


def test_a_wide_tree_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(make(tuple(Difference("added", f"a.b{at}.c", "", None, "1") for at in range(900))))


def test_rows_stand_under_their_places() -> None:
    assert outline(make()) == ["date", ("rest", [("Patient", ["create", "read"]), ("Group", ["update", "create"])])]


def test_a_row_shows_both_sides_and_its_grade() -> None:
    model = make()
    create = find(model, "rest", "Patient", "create")
    cells = [create.siblingAtColumn(column).data() for column in (PLACE, VERDICT, LEFT, RIGHT)]
    assert cells == ["create", "breaks sender", "create", None]
    assert (create.data(KIND_ROLE), create.data(GRADE_ROLE)) == ("removed", "breaks-sender")
    assert create.data(NAME_ROLE) == ""
    assert create.data(Qt.ItemDataRole.AccessibleTextRole) == "create, on the left alone, breaks sender"
    tip = create.siblingAtColumn(VERDICT).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "rest.Patient.create\non the left alone\nNo more."


def test_a_name_is_shown_where_it_says_more_than_the_path() -> None:
    names = [
        telling_name(Difference("added", path, name, None, "1"))
        for path, name in (
            ("Patient.valueQuantity", "Value quantity"),
            ("rest[server].interaction[vread]", "Patient, vread"),
            ("Patient.name[0].given[1]", "Given"),
            ("PID-5.1", "Family Name"),
            ("date", "date"),
        )
    ]
    assert names == ["", "Patient, vread", "", "Family Name", ""]


def test_a_value_of_megabytes_is_shown_by_its_beginning() -> None:
    assert len(find(make(), "rest", "Group", "update", column=LEFT).data()) == 301


def test_a_branch_counts_what_is_below_it_by_grade() -> None:
    model = make()
    rest = find(model, "rest")
    assert rest.data(COUNTS_ROLE) == (("breaks-both", 1), ("breaks-sender", 2), ("compatible", 1))
    said = rest.data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "rest: 1 breaks both, 2 breaks sender, 1 compatible"
    assert rest.siblingAtColumn(LEFT).data() is None


def test_a_branch_counts_by_kind_where_nothing_is_graded() -> None:
    model = make(PLAIN)
    assert not model.is_graded
    assert find(model, "PID").data(COUNTS_ROLE) == (("changed", 1), ("masked", 1), ("same", 1))
    assert find(model, "PID", "PID-5.1", column=VERDICT).data() == "changed"
    assert find(model, "PID", "PID-5.1").data(GRADE_ROLE) == ""


def test_a_filter_keeps_the_branches_of_what_it_lets_through() -> None:
    model = make(wanted=RowFilter(grades=frozenset({"breaks-sender"})))
    assert outline(model) == [("rest", [("Patient", ["create"]), ("Group", ["create"])])]
    assert find(model, "rest").data(COUNTS_ROLE) == (("breaks-sender", 2),)
    assert model.count_shown() == 2


def test_a_node_that_is_hidden_has_no_index() -> None:
    model = make()
    row = model.row_at(find(model, "date"))
    assert row is not None
    model.set_shown(model.comparison.rows.choose(RowFilter(text="create")))
    assert not model.index_of_row(row).isValid()


def test_next_and_previous_go_through_what_differs_or_breaks_and_is_shown() -> None:
    model = make()

    def walk(step: int, breaking: bool) -> list[str]:
        found, at = [], -1 if step > 0 else 5
        while (row := model.find_row(at, step, breaking=breaking)) is not None:
            found.append(model.difference(row).path)
            at = row
        return found

    paths = [row.path for row in ROWS]
    assert walk(1, False) == paths
    assert walk(-1, False) == paths[::-1]
    assert walk(1, True) == [paths[1], paths[3], paths[4]]
    model.set_shown(model.comparison.rows.choose(RowFilter(text="group")))
    assert walk(1, False) == paths[3:]


def test_stepping_from_a_branch_goes_to_its_first_row() -> None:
    model = make()
    group = find(model, "rest", "Group")
    assert model.find_row(model.row_near(group, 1), 1) == 3
    assert model.find_row(model.row_near(group, -1), -1) == 2
    assert model.find_row(model.row_near(QModelIndex(), -1), -1) == 4


def test_the_path_of_a_branch_is_the_place_it_stands_for() -> None:
    model = make()
    assert model.path_of(find(model, "rest", "Patient")) == "rest.Patient"
    assert model.path_of(find(model, "rest", "Patient", "read")) == "rest.Patient.read"
    wide = make(tuple(Difference("added", f"a.b{at}.c", "", None, "1") for at in range(900)))
    part = wide.index(0, 0, wide.index(0, 0))
    assert part.data() == "b0.c … b399.c"
    assert wide.path_of(part) == "a"


def test_definitions_of_a_package_stand_under_their_type() -> None:
    rows = (
        Difference("removed", "ValueSet[old]", "Old", "old", None, "definition", "breaks-sender"),
        Difference("changed", "StructureDefinition[us-core-patient].Patient.name", "", "0", "1", "min", "compatible"),
        Difference("changed", "StructureDefinition[us-core-patient].Patient.birthDate", "", "0", "1", "min"),
        Difference("added", "StructureDefinition[us-core-goal]", "Goal", None, "us-core-goal", "definition"),
    )
    model = make(rows)
    patient = ("us-core-patient.Patient", ["name min", "birthDate min"])
    assert outline(model) == ["ValueSet[old]", ("StructureDefinition", [patient, "us-core-goal"])]
    assert (
        model.path_of(find(model, "StructureDefinition", patient[0])) == "StructureDefinition[us-core-patient].Patient"
    )


def test_a_segment_is_told_by_its_name() -> None:
    rows = [Difference("added", path, "", None, "1") for path in ("OBX[2]-3", "OBX[2]-5", "ZPI-1", "ZPI-2")]
    model = make(tuple(rows))
    assert find(model, "OBX[2]").data(NAME_ROLE) == "Observation/Result"
    assert find(model, "ZPI").data(NAME_ROLE) == "Local segment"
    said = find(model, "OBX[2]").data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "OBX[2] Observation/Result: 2 added"


def test_an_entry_of_a_bundle_is_told_by_the_resource_in_it() -> None:
    def entry(number: int, *rows: tuple[str, str, str]) -> list[Difference]:
        path = f"Bundle.entry[{number}].resource."
        return [Difference("same" if a == b else "changed", path + step, step, a, b) for step, a, b in rows]

    kim = entry(0, ("resourceType", "Patient", "Patient"), ("id", "kim", "kim"), ("gender", "male", "female"))
    other = entry(1, ("resourceType", "Observation", "Observation"), ("status", "final", "final"))
    model = make((*kim, *other))
    bundle = find(model, "Bundle")
    names = [model.index(row, PLACE, bundle).data(NAME_ROLE) for row in range(2)]
    assert names == ["Patient/kim", "Observation"]
    assert not bundle.data(NAME_ROLE)


def test_branches_in_which_nothing_differs_stay_closed() -> None:
    model = make(PLAIN)
    labels = [model.index_of(node).data() for node in model.branches(100)]
    assert labels == ["PID"]


def test_no_more_branches_are_opened_than_lines_are_wanted() -> None:
    model = make()
    assert [model.index_of(node).data() for node in model.branches(4)] == ["rest"]
    assert [model.index_of(node).data() for node in model.branches(100)] == ["rest", "Patient", "Group"]


def test_the_headings_name_the_sides() -> None:
    def headings(model: DifferenceTreeModel) -> list[str]:
        return [model.headerData(column, Qt.Orientation.Horizontal) for column in range(4)]

    assert headings(make()) == ["Place", "Grade", "l", "r"]
    assert headings(DifferenceTreeModel()) == ["Place", "Change", "Left", "Right"]
    assert headings(make(PLAIN))[1] == "Change"
