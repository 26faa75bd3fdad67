"""The elements of a structure as a tree."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from ui.models.element_model import CARDINALITY, ELEMENT, FLAGS, MEANING, TYPE, ElementModel
from ui.models.element_words import describe_element
from workbench.definitions.definitions import load_definitions
from workbench.definitions.structure import Structure

BP = "http://hl7.org/fhir/StructureDefinition/bp"


@pytest.fixture(scope="module")
def structure() -> Structure:
    found = load_definitions("4.0").structure(BP)
    assert found is not None
    return found


@pytest.fixture
def model(structure: Structure) -> ElementModel:
    made = ElementModel()
    made.set_structure(structure)
    return made


def cells(model: ElementModel, element_id: str) -> list[str]:
    index = model.index_of(element_id)
    return [str(index.siblingAtColumn(column).data()) for column in (ELEMENT, FLAGS, CARDINALITY, TYPE, MEANING)]


def ids_below(model: ElementModel, parent: QModelIndex) -> list[str]:
    below = (model.element_at(model.index(row, 0, parent)) for row in range(model.rowCount(parent)))
    return [element.id for element in below if element is not None]


def count_nodes(model: ElementModel, parent: QModelIndex | None = None) -> int:
    parent = parent or QModelIndex()
    rows = [model.index(row, 0, parent) for row in range(model.rowCount(parent))]
    return len(rows) + sum(count_nodes(model, row) for row in rows)


def test_the_model_keeps_qts_rules(qtmodeltester: ModelTester, structure: Structure) -> None:
    model = ElementModel()
    model.set_structure(structure)
    qtmodeltester.check(model)
    model.set_filter("systolic", only_key=True)
    qtmodeltester.check(model)
    model.set_structure(None)
    qtmodeltester.check(model)


def test_every_element_stands_in_the_tree_once(model: ElementModel, structure: Structure) -> None:
    assert count_nodes(model) == len(structure.elements)
    assert ids_below(model, QModelIndex()) == ["Observation"]


def test_slices_stand_below_what_they_slice(model: ElementModel) -> None:
    below = ids_below(model, model.index_of("Observation.component"))
    assert below[-2:] == ["Observation.component:SystolicBP", "Observation.component:DiastolicBP"]
    assert "Observation.component.code" in below
    systolic = model.index_of("Observation.component:SystolicBP")
    assert ids_below(model, systolic)[0] == "Observation.component:SystolicBP.id"


def test_a_row_tells_flags_cardinality_types_and_what_it_says(model: ElementModel) -> None:
    assert cells(model, "Observation.component:SystolicBP.code") == [
        "code",
        "S Σ",
        "1..1",
        "CodeableConcept",
        "extensible: observation-vitalsignresult",
    ]
    assert cells(model, "Observation.component:SystolicBP")[0] == ": SystolicBP"
    assert cells(model, "Observation.category:VSCat.coding.code")[MEANING] == "= vital-signs"
    assert "Reference(Patient" in cells(model, "Observation.subject")[TYPE]


def test_flags_are_told_in_words_too(model: ElementModel) -> None:
    index = model.index_of("Observation.status").siblingAtColumn(FLAGS)
    words = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "must be supported" in words
    assert "modifies" in words


def test_a_filter_keeps_what_it_finds_with_all_above(model: ElementModel) -> None:
    model.set_filter("8480-6", only_key=False)
    assert model.index_of("Observation.component:SystolicBP.code.coding:SBPCode.code").isValid()
    assert model.index_of("Observation.component:SystolicBP").isValid()
    assert not model.index_of("Observation.subject").isValid()
    model.set_filter("", only_key=True)
    assert model.index_of("Observation.subject").isValid()
    assert not model.index_of("Observation.component:SystolicBP.id").isValid()
    model.set_filter("no such words", only_key=False)
    assert model.rowCount() == 0


def test_all_that_is_said_of_an_element_is_told(structure: Structure) -> None:
    element = next(each for each in structure.elements if each.id == "Observation.component")
    told = dict(describe_element(element))
    assert told["Cardinality"] == "2..*, in Observation.component 0..*"
    assert told["Slices"].startswith("told apart by value of code.coding.code")
    assert any(name.startswith("vs-3 (error)") for name in told)
