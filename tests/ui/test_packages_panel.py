"""The Packages panel: what is here, what each package holds, and what is checked against it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Run
from ui.bench import Bench
from ui.main_window import MainWindow
from ui.models.package_model import DETAIL_ROLE, VERDICT_ROLE, PackageModel
from ui.panels.compose import ComposePanel
from ui.panels.packages import PackagesPanel
from ui.tasks import Report
from ui.views.request_page import RequestPage
from workbench.workspace.package_contents import PackageSummary

R4 = "hl7.fhir.r4.core#4.0.1"
PATIENT = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110  # Qt tells some of these things by no event
        await asyncio.sleep(0.01)


def install(home: Path, label: str, manifest: str) -> None:
    inside = home / ".fhir" / "packages" / label / "package"
    inside.mkdir(parents=True)
    (inside / "package.json").write_text(manifest)


@pytest.fixture
def panel(bench: Bench, home: Path, run: Run, qtbot: QtBot) -> PackagesPanel:
    wanted = {"org.other": "1.0.0", "hl7.fhir.r4.core": "4.0.1"}
    install(home, "org.tall#2.0.0", json.dumps({"name": "org.tall", "version": "2.0.0", "dependencies": wanted}))
    install(home, "org.broken#1.0.0", "{")
    made = PackagesPanel(bench)
    made.resize(1000, 600)
    qtbot.addWidget(made)
    made.show()
    run(until(lambda: made.model.rowCount() and not bench.tasks.running))
    return made


def rows(panel: PackagesPanel) -> dict[str, str]:
    model = panel.model
    return {model.index(row).data(): model.index(row).data(DETAIL_ROLE) for row in range(model.rowCount())}


async def chosen(panel: PackagesPanel, label: str, url: str) -> None:
    panel.choose(label)
    await until(lambda: panel.view.model.row_of(url) >= 0 or panel.view.model.count_kinds())
    panel.view.choose(url)
    await until(lambda: not panel.bench.tasks.running)


def test_the_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = PackageModel()
    model.set_summaries((PackageSummary("b#1"), PackageSummary("a#1", folder=Path("a#1"))))
    qtmodeltester.check(model)
    model.update(PackageSummary("b#1", fault="It cannot be read."))
    assert [model.index(row).data() for row in range(2)] == ["a 1", "b 1"]
    model.set_summaries(())
    qtmodeltester.check(model)


def test_what_is_installed_stands_before_what_is_built_in(panel: PackagesPanel) -> None:
    found = rows(panel)
    assert list(found)[:2] == ["org.broken 1.0.0", "org.tall 2.0.0"]
    assert found["org.tall 2.0.0"] == "installed · 1 dependency not here"
    assert found["hl7.fhir.r4.core 4.0.1"] == "R4 · built in"
    assert found["hl7.fhir.us.core 5.0.1"] == "R4 · a part of it, built in"


def test_a_package_that_cannot_be_read_says_so_in_the_list(panel: PackagesPanel) -> None:
    index = panel.model.index(panel.model.row_of("org.broken#1.0.0"))
    assert index.data(VERDICT_ROLE) == "error"
    assert index.data(DETAIL_ROLE).startswith("It cannot be read")


def test_what_is_missing_is_named(panel: PackagesPanel, run: Run) -> None:
    panel.choose("org.tall#2.0.0")
    assert panel.view._lacks.text() == "Not here: org.other 1.0.0"
    assert not panel.view._lacks.isHidden()
    run(until(lambda: not panel.bench.tasks.running))


def test_a_profile_opens_as_the_tree_of_its_elements(panel: PackagesPanel, run: Run) -> None:
    run(chosen(panel, "hl7.fhir.us.core#5.0.1", PATIENT))
    structure = panel.view.structure.structure
    assert structure is not None
    assert structure.url == PATIENT
    assert panel.view._stack.currentWidget() is panel.view.structure


def test_a_value_set_opens_as_its_codes(panel: PackagesPanel, run: Run) -> None:
    run(chosen(panel, R4, "http://hl7.org/fhir/ValueSet/administrative-gender"))
    pairs = panel.view.table.table.pairs
    assert panel.view._stack.currentWidget() is panel.view.table
    assert "female" in [pairs.index(row, 0).data() for row in range(pairs.rowCount())]


def test_kinds_narrow_the_list(panel: PackagesPanel, run: Run) -> None:
    run(chosen(panel, R4, PATIENT))
    panel.view.kinds.setCurrentIndex(panel.view.kinds.findData("search parameter"))
    count = panel.view.model.rowCount()
    assert count == panel.view.model.count_kinds()["search parameter"] > 1000
    panel.view.search.setText("Patient birthdate")
    run(until(lambda: 0 < panel.view.model.rowCount() < 10))


def test_a_resource_is_checked_against_the_profile_that_is_looked_at(
    window: MainWindow, run: Run, qtbot: QtBot, reports: list[Report]
) -> None:
    async def story() -> None:
        compose = window.show_panel("compose")
        assert isinstance(compose, ComposePanel)
        compose.new_request()
        page = compose.page
        assert isinstance(page, RequestPage)
        page.editor.setPlainText('{"resourceType": "Patient"}')
        packages = window.show_panel("packages")
        assert isinstance(packages, PackagesPanel)
        await until(lambda: packages.model.rowCount() and not window.bench.tasks.running)
        await chosen(packages, "hl7.fhir.us.core#5.0.1", PATIENT)
        qtbot.mouseClick(packages.view._use, Qt.MouseButton.LeftButton)
        await until(lambda: page.resource.check is not None and page.resource.check.against)
        assert page.resource.choice.profile == PATIENT
        await until(lambda: page.resource.check is not None and len(page.resource.check.issues) > 2)
        assert page.resource.chooser.text() == "Against US Core Patient Profile"

    run(story())
    assert reports == []


def test_a_profile_and_a_package_are_handed_to_compare_by_their_names(panel: PackagesPanel, run: Run) -> None:
    sides: list[tuple[str, str]] = []
    panel.hand_over.connect(lambda name, _kind, side: sides.append((name, side.text)))
    run(chosen(panel, "hl7.fhir.us.core#5.0.1", PATIENT))
    panel.view._compare.click()
    panel.compare_package()
    assert sides == [
        ("compare", f"hl7.fhir.us.core#5.0.1|{PATIENT}"),
        ("compare", "hl7.fhir.us.core#5.0.1"),
    ]
