"""The Packages panel: what is here, what each package holds, and what is checked against it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.definitions.packages import MANIFEST, files_of, profile, write_archive
from tests.ui.conftest import Run
from ui.bench import Bench
from ui.dialogs.install_package import InstallPackageDialog
from ui.main_window import MainWindow
from ui.models.package_model import DETAIL_ROLE, VERDICT_ROLE, PackageModel
from ui.panels.compose import ComposePanel
from ui.panels.packages import PackagesPanel
from ui.tasks import Report
from ui.views.request_page import RequestPage
from workbench.exchange import Request, Response
from workbench.transports.http_server import HttpServer
from workbench.workspace.package_contents import PackageSummary
from workbench.workspace.preferences import read_preferences

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
    assert not panel.view._lack_line.isHidden()
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
        assert page.resource.chooser.words == "Against US Core Patient Profile"

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


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "shoes.tgz", files_of([profile(f"p{number}") for number in range(60)]))


def test_an_example_opens_in_compose(window: MainWindow, tmp_path: Path, run: Run) -> None:
    files = files_of([profile("p")]) | {"package/example/Patient-ada.json": b'{"resourceType":"Patient","id":"ada"}'}
    path = write_archive(tmp_path / "shoes.tgz", files)

    async def story() -> None:
        window.open_path(str(path))
        panel = window.panels.panel("packages")
        assert isinstance(panel, PackagesPanel)
        await until(lambda: panel.model.row_of("x.shoes#1.0.0") >= 0)
        await settled(panel)
        await chosen(panel, "x.shoes#1.0.0", "example/Patient-ada.json")
        assert panel.view._stack.currentWidget() is panel.view.resource
        panel.view._open.click()
        compose = window.panels.panel("compose")
        assert isinstance(compose, ComposePanel)
        await until(lambda: isinstance(compose.page, RequestPage) and compose.page.resource.check is not None)
        assert isinstance(compose.page, RequestPage)
        assert compose.page.address.text() == "Patient/ada"

    run(story())


async def settled(panel: PackagesPanel) -> None:
    await asyncio.sleep(0)
    await until(lambda: not panel.bench.tasks.running)


def test_an_archive_is_installed_chosen_and_told_what_it_lacks(panel: PackagesPanel, archive: Path, run: Run) -> None:
    async def story() -> None:
        panel.install_file(archive)
        await until(lambda: panel.model.row_of("x.shoes#1.0.0") >= 0)
        await settled(panel)
        assert panel.chosen is not None
        assert panel.chosen.label == "x.shoes#1.0.0"
        assert panel.notice.text.text() == "x.shoes 1.0.0 is installed."
        assert "depends on 1 package not here" in panel.notice._hint.text()
        assert panel.view.model.count_kinds() == {"profile": 60}

    run(story())


def test_what_is_installed_is_replaced_only_when_that_is_asked(panel: PackagesPanel, archive: Path, run: Run) -> None:
    async def story() -> None:
        panel.install_file(archive)
        await until(lambda: panel.model.row_of("x.shoes#1.0.0") >= 0)
        await settled(panel)
        write_archive(archive, files_of([profile("only")], MANIFEST))
        panel.install_file(archive)
        await until(lambda: panel.notice.property("kind") == "error")
        await settled(panel)
        button = next(each for each in panel.notice.findChildren(QPushButton) if "Replace" in each.text())
        button.click()
        await until(lambda: panel.notice.property("kind") == "success")
        await settled(panel)
        assert panel.view.model.count_kinds() == {"profile": 1}

    run(story())


def test_an_install_that_is_stopped_leaves_nothing_behind(panel: PackagesPanel, home: Path, run: Run) -> None:
    large = write_archive(home / "large.tgz", files_of([profile(f"p{number}") for number in range(2_000)]))

    async def story() -> None:
        task = panel.installs.install_file(large)
        await until(lambda: task.text)
        assert task.text.startswith("unpacking")
        task.cancel()
        await settled(panel)
        assert panel.model.row_of("x.shoes#1.0.0") < 0
        assert sorted(each.name for each in (home / ".fhir" / "packages").iterdir()) == [
            "org.broken#1.0.0",
            "org.tall#2.0.0",
        ]

    run(story())


def test_a_file_that_is_no_package_is_told_and_nothing_changes(panel: PackagesPanel, tmp_path: Path, run: Run) -> None:
    async def story() -> None:
        before = list(rows(panel))
        bad = tmp_path / "bad.tgz"
        bad.write_bytes(b"not an archive")
        panel.install_file(bad)
        await until(lambda: not panel.notice.isHidden())
        await settled(panel)
        assert panel.notice.property("kind") == "error"
        assert list(rows(panel)) == before

    run(story())


def test_removing_asks_first(panel: PackagesPanel, archive: Path, home: Path, run: Run) -> None:
    async def story() -> None:
        panel.install_file(archive)
        await until(lambda: panel.model.row_of("x.shoes#1.0.0") >= 0)
        await settled(panel)
        folder = home / ".fhir" / "packages" / "x.shoes#1.0.0"
        panel.view._remove.click()
        box = panel.findChild(QMessageBox)
        assert isinstance(box, QMessageBox)
        assert str(folder) in box.informativeText()
        assert folder.is_dir()
        box.accept()
        await until(lambda: not folder.exists())
        await until(lambda: panel.model.row_of("x.shoes#1.0.0") < 0)
        await settled(panel)

    run(story())


def test_what_is_built_in_cannot_be_removed(panel: PackagesPanel, run: Run) -> None:
    panel.choose(R4)
    assert panel.view._remove.isHidden()
    run(settled(panel))


def test_a_registry_is_asked_only_once_its_address_is_set(
    panel: PackagesPanel, archive: Path, bench: Bench, run: Run
) -> None:
    asked: list[str] = []
    content = archive.read_bytes()

    async def story() -> None:
        async def answer(request: Request) -> Response:
            asked.append(request.address)
            if request.address.endswith("/x.shoes"):
                told = {"versions": {"1.0.0": {"dist": {"tarball": f"{server.address}/x.tgz"}}}}
                return Response(200, (("Content-Type", "application/json"),), json.dumps(told).encode())
            return Response(200, (), content)

        server = HttpServer(answer)
        await server.start()
        panel.ask_registry()
        dialog = panel.findChild(InstallPackageDialog)
        assert isinstance(dialog, InstallPackageDialog)
        await settled(panel)
        assert dialog.registry.text() == ""
        assert not dialog._install.isEnabled()
        assert asked == []
        dialog.name.setText("x.shoes")
        dialog.registry.setText(server.address)
        dialog.save()
        await until(lambda: panel.model.row_of("x.shoes#1.0.0") >= 0)
        await settled(panel)
        await server.stop()
        assert read_preferences(bench.workspace.folder).package_registry == server.address

    run(story())
    assert len(asked) == 2


def test_what_is_missing_is_proposed_to_the_registry(panel: PackagesPanel, run: Run) -> None:
    panel.choose("org.tall#2.0.0")
    panel.view.missing_asked.emit(panel.view.summary)
    dialog = panel.findChild(InstallPackageDialog)
    assert isinstance(dialog, InstallPackageDialog)
    asked: list[object] = []
    dialog.install_asked.disconnect()
    dialog.install_asked.connect(lambda names, registry: asked.append((names, registry)))
    assert dialog.name.text() == "org.other#1.0.0"
    dialog.name.setText("org.other#1.0.0, org.more")
    dialog.registry.setText("https://packages.example.org")
    dialog.save()
    run(until(lambda: asked))
    assert asked == [(["org.other#1.0.0", "org.more"], "https://packages.example.org")]


def test_an_archive_dropped_on_the_window_is_installed(window: MainWindow, archive: Path, run: Run) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(archive))])
    event = QDropEvent(
        QPointF(10, 10),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )

    async def story() -> None:
        window.dropEvent(event)
        packages = window.panels.panel("packages")
        assert isinstance(packages, PackagesPanel)
        await until(lambda: packages.model.row_of("x.shoes#1.0.0") >= 0)
        await settled(packages)
        compose = window.show_panel("compose")
        assert isinstance(compose, ComposePanel)
        compose.open_paths([str(archive)])
        assert window.panels.currentWidget() is packages
        await until(lambda: packages.notice.property("kind") == "error")
        await settled(packages)

    run(story())
