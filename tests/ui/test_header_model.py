"""Headers as a table that can be edited and undone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QUndoStack
from pytestqt.modeltest import ModelTester

from ui.models.header_model import NAME, VALUE, HeaderModel

HEADERS = (("Accept", "application/fhir+json"), ("If-Match", 'W/"1"'))


def make_model() -> tuple[HeaderModel, QUndoStack]:
    undo = QUndoStack()
    model = HeaderModel(undo)
    model.set_headers(HEADERS)
    return model, undo


def test_the_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model, undo = make_model()
    qtmodeltester.check(model)
    model.setData(model.index(2, NAME), "Prefer")
    model.remove({0, 1})
    undo.undo()
    undo.undo()
    assert model.headers == HEADERS


def test_typing_in_the_last_row_adds_a_header() -> None:
    model, _ = make_model()
    assert model.setData(model.index(2, NAME), "Prefer")
    assert model.setData(model.index(2, VALUE), "return=minimal")
    assert model.headers[-1] == ("Prefer", "return=minimal")
    assert model.rowCount() == 4


def test_a_header_that_is_unticked_stays_and_is_not_sent() -> None:
    model, undo = make_model()
    model.setData(model.index(1, NAME), Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    assert model.headers == HEADERS[:1]
    assert model.index(1, NAME).data() == "If-Match"
    undo.undo()
    assert model.headers == HEADERS


def test_each_edit_is_one_step_back() -> None:
    model, undo = make_model()
    model.setData(model.index(0, VALUE), "text/plain")
    model.remove({1})
    undo.undo()
    assert model.headers == (("Accept", "text/plain"), HEADERS[1])
    undo.undo()
    assert model.headers == HEADERS
    undo.redo()
    assert model.headers[0] == ("Accept", "text/plain")


def test_putting_a_header_replaces_the_one_of_its_name_in_any_case() -> None:
    model, _ = make_model()
    model.put("ACCEPT", "application/json")
    assert model.headers == (("ACCEPT", "application/json"), HEADERS[1])
