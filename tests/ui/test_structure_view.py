"""A structure on the screen."""

from __future__ import annotations

import time

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.theme.theme import Theme
from ui.views.structure_view import StructureView
from ui.widgets.pair_table import PairTable
from workbench.definitions.definitions import load_definitions

BP = "http://hl7.org/fhir/StructureDefinition/bp"


@pytest.fixture
def view(theme: Theme, qtbot: QtBot) -> StructureView:
    made = StructureView()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    made.set_structure(load_definitions("4.0").structure(BP))
    return made


def told(view: StructureView) -> dict[str, str]:
    pairs = view.details.pairs
    return {pairs.index(row, 0).data(): pairs.index(row, 1).data() for row in range(pairs.rowCount())}


def test_it_opens_with_the_first_levels_and_the_root_chosen(view: StructureView) -> None:
    assert view.tree.isExpanded(view.model.index(0, 0))
    assert told(view)["Element"] == "Observation"
    assert view._title.text().startswith("Observation Blood Pressure Profile · Observation · on vitalsigns")


def test_the_chosen_element_is_told_below(view: StructureView) -> None:
    view.tree.setCurrentIndex(view.model.index_of("Observation.component:SystolicBP.code"))
    assert told(view)["Codes"].startswith("extensible: http://hl7.org/fhir/ValueSet/")


def test_finding_opens_the_way_and_keeps_what_was_chosen(view: StructureView, qtbot: QtBot) -> None:
    view.tree.setCurrentIndex(view.model.index_of("Observation.component:SystolicBP"))
    view.search.setText("systolic code")
    qtbot.waitUntil(lambda: not view.model.index_of("Observation.subject").isValid())
    assert told(view)["Element"] == "Observation.component:SystolicBP"
    found = view.model.index_of("Observation.component:SystolicBP.code")
    assert view.tree.isExpanded(found.parent())
    view.search.clear()
    view.only_key.setChecked(True)
    assert not view.model.index_of("Observation.id").isValid()


def test_no_structure_leaves_it_empty(view: StructureView) -> None:
    view.set_structure(None)
    assert view.model.rowCount() == 0
    assert told(view) == {}
    QApplication.processEvents()


def test_thousands_of_codes_are_shown_at_once(theme: Theme, qtbot: QtBot) -> None:
    table = PairTable("Codes")
    qtbot.addWidget(table)
    table.resize(500, 300)
    table.show()
    pairs = tuple((f"code-{number}", f"Display of {number} · http://example.org/codes") for number in range(2_000))
    start = time.thread_time()
    table.set_pairs(pairs)
    QApplication.processEvents()
    assert time.thread_time() - start < 0.1
    table.set_pairs(pairs[:3])
    assert table.pairs.rowCount() == 3
