from __future__ import annotations

from decimal import Decimal
from typing import Any

from PySide6.QtCore import QModelIndex
from pytestqt.modeltest import ModelTester

from ui.widgets.json_branch import index_json
from ui.widgets.json_model import PATH_ROLE, JsonModel

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "active": True,
    "name": [{"family": "Okafor", "given": ["Amara", "N."]}],
    "multipleBirthInteger": None,
    "weight": Decimal("72.50"),
    "contact": [],
    "empty": {},
}


def make_model(value: Any) -> JsonModel:
    model = JsonModel()
    model.set_value(value)
    return model


def row(model: JsonModel, *path: int) -> QModelIndex:
    index = QModelIndex()
    for step in path:
        while model.canFetchMore(index):
            model.fetchMore(index)
        index = model.index(step, 0, index)
    return index


def test_model_keeps_to_the_rules_of_qt(qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(make_model(PATIENT))


def test_values_are_shown_as_they_are_written() -> None:
    model = make_model(PATIENT)
    shown = [model.index(each, 1).data() for each in range(model.rowCount())]
    assert shown == ["Patient", "true", "1 item", "null", "72.50", "0 items", "{ }"]


def test_path_is_in_the_notation_of_fhir() -> None:
    model = make_model(PATIENT)
    assert row(model, 2, 0, 0).data(PATH_ROLE) == "Patient.name[0].family"
    assert row(model, 2, 0, 1, 1).data(PATH_ROLE) == "Patient.name[0].given[1]"


def test_entry_of_a_bundle_is_named_by_its_resource() -> None:
    model = make_model({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]})
    assert row(model, 1, 0).data() == "[0] Patient"


def test_large_list_is_fetched_a_page_at_a_time() -> None:
    model = make_model(list(range(1200)))
    assert model.rowCount() == 500
    model.fetchMore(QModelIndex())
    assert model.rowCount() == 1000
    model.fetchMore(QModelIndex())
    assert model.rowCount() == 1200
    assert not model.canFetchMore(QModelIndex())


def test_branch_makes_no_row_before_it_is_opened() -> None:
    model = make_model({"deep": {"deeper": [1, 2, 3]}})
    deep = model.index(0, 0)
    assert model.hasChildren(deep)
    assert model.rowCount(deep) == 0


def test_plain_values_and_nothing_have_no_rows() -> None:
    assert make_model(None).rowCount() == 0
    assert make_model("text").rowCount() == 0


def test_index_of_a_large_body_is_shown_as_the_value_is(qtmodeltester: ModelTester) -> None:
    text = '{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "1"}}], "total": 1}'
    model = make_model(index_json(text))
    qtmodeltester.check(model)
    assert [model.index(each, 1).data() for each in range(3)] == ["Bundle", "1 item", "1"]
    assert row(model, 1, 0).data() == "[0] Patient"
    assert row(model, 1, 0, 0, 1).data(PATH_ROLE) == "Bundle.entry[0].resource.id"
