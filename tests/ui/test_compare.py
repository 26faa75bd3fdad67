"""The Compare panel: two sides in one tree."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.definitions import packages
from tests.ui.conftest import Run
from tests.ui.exchanges import make_read
from ui.bench import Bench
from ui.models.side_source import source_of, source_of_text
from ui.panels.compare import ComparePanel
from ui.tasks import Report
from ui.theme.tokens import DARK, LIGHT, contrast
from ui.views.mask_box import parse_masks
from ui.widgets.difference_marks import ICONS
from workbench.cli import main as run_command

LEFT = b"MSH|^~\\&|A|B|C|D|20260101||ADT^A01|7|P|2.5.1\rPID|1||100001^^^H^MR||Okafor^Amara|||F\r"
RIGHT = LEFT.replace(b"|7|", b"|8|").replace(b"Okafor", b"Okaffor").replace(b"|||F", b"")
SITES = "community-hospital", "academic-medical-center"
US_CORE = Path(__file__).parents[3] / "shared" / "data" / "us-core-packages"
STATEMENTS = Path(__file__).parents[3] / "shared" / "data" / "capability-statements"


@pytest.fixture
def panel(bench: Bench, qtbot: QtBot) -> ComparePanel:
    made = ComparePanel(bench)
    made.resize(900, 600)
    qtbot.addWidget(made)
    made.show()
    return made


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110  # Qt tells some of these things by no event
        await asyncio.sleep(0.01)


async def compared(panel: ComparePanel) -> None:
    """Wait for the comparison that has just been asked for."""
    panel.view.clear()
    await until(lambda: len(panel.model.comparison.rows))


async def compare(panel: ComparePanel, left: object = ("one", LEFT), right: object = ("two", RIGHT)) -> None:
    panel.receive("compare", (left, right))
    await compared(panel)


def current(panel: ComparePanel) -> str:
    return panel.model.path_of(panel.tree.currentIndex())


def differing(panel: ComparePanel) -> list[str]:
    return [row.path for row in map(panel.model.difference, panel.model.shown_rows()) if row.differs]


def test_two_sides_are_compared_and_the_first_difference_is_shown(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel)
        assert panel.count.text().startswith("3 differences · ")
        assert current(panel) == "MSH-10"
        assert "7" in panel.detail.left.toPlainText()
        assert "8" in panel.detail.right.toPlainText()
        assert "Message Control ID" in panel.detail.heading.text()

    run(story())


def test_keys_step_through_the_differences(panel: ComparePanel, run: Run, qtbot: QtBot) -> None:
    async def story() -> None:
        await compare(panel)
        panel.tree.setFocus()
        seen = [current(panel)]
        for key in (Qt.Key.Key_N, Qt.Key.Key_N, Qt.Key.Key_N, Qt.Key.Key_P):
            qtbot.keyClick(panel.tree, key)
            seen.append(current(panel))
        assert seen == ["MSH-10", "PID-5.1", "PID-8", "PID-8", "PID-5.1"]

    run(story())


def test_keys_step_on_from_the_field_of_a_side_and_down_leaves_the_search(
    panel: ComparePanel, run: Run, qtbot: QtBot
) -> None:
    async def story() -> None:
        await compare(panel)
        panel.activateWindow()
        panel.right.field.setFocus()
        await until(panel.right.field.hasFocus)
        qtbot.keyClick(panel.right.field, Qt.Key.Key_F8)
        assert current(panel) == "PID-5.1"
        assert panel.tree.hasFocus()
        assert panel.find_text()
        qtbot.keyClick(panel.view.filter_bar.search, Qt.Key.Key_Down)
        assert panel.tree.hasFocus()

    run(story())


def test_the_first_row_that_breaks_is_in_front_also_after_a_search(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        panel.left.name("community-hospital")
        panel.right.name("academic-medical-center")
        await compared(panel)
        panel.view.filter_bar.search.setText("DocumentReference")
        await until(lambda: panel.model.count_shown() < len(panel.model.comparison.rows))
        row = panel.model.difference_at(panel.tree.currentIndex())
        assert row is not None
        assert row.grade.startswith("breaks")
        assert "DocumentReference" in row.path

    run(story())


def test_a_file_that_was_typed_reads_as_its_name_and_is_edited_as_its_path(
    panel: ComparePanel, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "a folder" / "message.hl7"
    path.parent.mkdir()
    path.write_bytes(LEFT)

    async def story() -> None:
        panel.left.name(str(path))
        panel.right.set_source(source_of(("two", RIGHT)))
        await compared(panel)
        assert panel.model.comparison.left_name == "message.hl7"
        assert panel.left.field.text() == str(path)

    run(story())


def test_two_sites_are_graded_and_what_breaks_is_stepped_through(panel: ComparePanel, run: Run, qtbot: QtBot) -> None:
    async def story() -> None:
        panel.left.name("community-hospital")
        panel.right.name("academic-medical-center")
        await compared(panel)
        assert current(panel) == "rest[server].interaction[transaction]"
        assert panel.detail.why.text().startswith("An app can no longer send a transaction bundle")
        qtbot.keyClick(panel.tree, Qt.Key.Key_B)
        seen = current(panel)
        assert seen != "rest[server].interaction[transaction]"
        assert panel.model.difference_at(panel.tree.currentIndex()).grade.startswith("breaks")
        qtbot.keyClick(panel.tree, Qt.Key.Key_B, Qt.KeyboardModifier.ShiftModifier)
        assert current(panel) == "rest[server].interaction[transaction]"

    run(story())


def test_only_breaking_leaves_the_rows_that_the_command_line_leaves(
    panel: ComparePanel, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story() -> list[str]:
        panel.left.name(SITES[0])
        panel.right.name(SITES[1])
        await compared(panel)
        panel.view.only_breaking.setChecked(True)
        return sorted(differing(panel))

    shown = run(story())
    folder = str(panel.bench.workspace.folder)
    assert run_command(["--workspace", folder, "diff", *SITES, "--only-breaking", "--format", "json"]) == 1
    printed = json.loads(capsys.readouterr().out)["rows"]
    assert shown == sorted(row["path"] for row in printed)
    assert len(shown) > 50


def test_a_grade_a_kind_and_a_text_are_filtered_and_the_count_says_so(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        panel.left.name("community-hospital")
        panel.right.name("academic-medical-center")
        await compared(panel)
        bar, everything = panel.view.filter_bar, panel.model.count_shown()
        bar.chip("breaks-sender").setChecked(False)
        assert all(panel.model.difference(row).grade != "breaks-sender" for row in panel.model.shown_rows())
        bar.chip("breaks-sender").setChecked(True)
        bar.kind("removed").setChecked(False)
        assert all(panel.model.difference(row).kind != "removed" for row in panel.model.shown_rows())
        assert bar.kind_button.text() == "&Kinds: changed, added"
        bar.kind("removed").setChecked(True)
        bar.search.setText("Encounter")
        bar.changed.emit()
        assert 0 < panel.model.count_shown() < everything
        assert f"{panel.model.count_shown()} of {everything} rows shown" in panel.count.text()
        bar.search.setText("nothing has this in it")
        bar.changed.emit()
        assert not panel.view.nothing.isHidden()
        panel.view.show_all()
        assert panel.view.nothing.isHidden()
        assert panel.model.count_shown() == everything

    run(story())


def test_only_differences_keeps_the_row_that_was_selected(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel)
        panel.step(1)
        panel.only.setChecked(True)
        assert panel.model.count_shown() == 3
        assert current(panel) == "PID-5.1"
        panel.only.setChecked(False)
        assert current(panel) == "PID-5.1"

    run(story())


def test_a_branch_that_was_closed_stays_closed_through_a_filter(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel)
        closed = panel.tree.currentIndex().parent()
        assert panel.tree.isExpanded(closed)
        panel.step(1)
        node = panel.model.node_of(closed)
        panel.tree.collapse(closed)
        panel.only.setChecked(True)
        assert not panel.tree.isExpanded(panel.model.index_of(node))
        assert panel.tree.isExpanded(panel.tree.currentIndex().parent())

    run(story())


def test_swapping_turns_added_into_removed(panel: ComparePanel, run: Run) -> None:
    def kinds() -> list[str]:
        return [row.kind for row in map(panel.model.difference, panel.model.shown_rows()) if row.differs]

    async def story() -> None:
        await compare(panel)
        before = kinds()
        panel.swap()
        await compared(panel)
        assert (before, kinds()) == (["changed", "changed", "removed"], ["changed", "changed", "added"])
        assert panel.model.headerData(2, Qt.Orientation.Horizontal) == "two"

    run(story())


def test_a_mask_takes_a_place_out_of_the_count(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel)
        panel.masks.add("MSH-10")
        await until(lambda: panel.count.text().startswith("2 differences"))
        assert "1 masked" in panel.count.text()
        panel.masks.clear()
        await until(lambda: panel.count.text().startswith("3 differences"))

    run(story())


def test_two_of_a_different_kind_are_refused_in_words(panel: ComparePanel, run: Run, reports: list[Report]) -> None:
    async def story() -> None:
        panel.receive("compare", (LEFT, b'{"resourceType": "Patient"}'))
        await until(lambda: not panel.notice.isHidden())
        assert "is an HL7 v2 message, and" in panel.notice.text.text()
        await compare(panel)
        assert panel.notice.isHidden()

    run(story())
    assert reports == []


def test_a_side_that_is_refused_leaves_the_rows_and_says_whose_they_are(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel)
        panel.right.name("a-hospital-that-nobody-knows")
        await until(lambda: not panel.notice.isHidden())
        assert panel.tree.isVisible()
        assert len(panel.model.comparison.rows) > 3
        assert "Below is still “one” against “two”." in panel.notice._hint.text()
        panel.right.set_source(source_of(("two", RIGHT)))
        await until(panel.notice.isHidden)

    run(story())


def test_a_name_that_nobody_knows_is_refused_with_what_a_side_can_be(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        panel.left.name("community-hospital")
        panel.right.name("a-hospital-that-nobody-knows")
        await until(lambda: not panel.notice.isHidden())
        assert panel.notice.text.text() == "There is no “a-hospital-that-nobody-knows”."

    run(story())


def test_a_comparison_that_is_stopped_says_so_and_can_go_on(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        panel.left.name("R4")
        panel.right.name("R5")
        await until(lambda: panel._task is not None and panel._task.running)
        panel._task.cancel()
        await until(lambda: panel._progress.isHidden())
        assert panel._empty.title.text() == "The comparison was stopped"
        panel.left.name("R4:Encounter")
        panel.right.name("R5:Encounter")
        await compared(panel)

    run(story())


@pytest.mark.parametrize("right", ["later.hl7", "site:community-hospital"])
def test_a_long_comparison_of_logs_tells_how_far_it_is_and_can_be_stopped(
    panel: ComparePanel, run: Run, tmp_path: Path, right: str
) -> None:
    for name in ("earlier.hl7", "later.hl7"):
        log = b"".join(RIGHT.replace(b"|8|", b"|%d|" % number) + name.encode() + b"\r" for number in range(20_000))
        (tmp_path / name).write_bytes(log)

    async def story() -> None:
        panel.left.open_path(tmp_path / "earlier.hl7")
        panel.right.name(right if ":" in right else str(tmp_path / right))
        await until(lambda: panel._progress.maximum() == 100 and panel._progress.value() >= 2)
        assert panel._task is not None
        assert panel._task.progress is not None and 0 < panel._task.progress <= 1
        panel._task.cancel()
        await until(lambda: panel._progress.isHidden())
        assert panel._empty.title.text() == "The comparison was stopped"
        panel.left.name("R4:Encounter")
        panel.right.name("R5:Encounter")
        await compared(panel)

    run(story())


def test_an_address_is_asked_once_and_its_exchange_is_kept(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await panel.bench.refresh()
        state = await panel.bench.start_sandbox("community-hospital")
        before = len(panel.bench.log.exchanges)
        panel.left.name(state.fhir_base)
        panel.right.name("academic-medical-center")
        await compared(panel)
        assert panel.left.source is not None
        assert panel.left.source.data is not None
        asked = [each for each in panel.bench.log.exchanges[before:] if each.request.address.endswith("/metadata")]
        count = len(asked)
        assert count >= 1
        panel.swap()
        await compared(panel)
        again = [each for each in panel.bench.log.exchanges[before:] if each.request.address.endswith("/metadata")]
        assert len(again) == count

    run(story())


def test_two_exchanges_are_compared_by_their_responses_or_their_requests(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel, make_read(1), make_read(2, b'{"resourceType":"Patient","id":"other"}'))
        assert "Patient.id" in differing(panel)
        panel.left._part.setCurrentIndex(0)
        await until(lambda: not panel.notice.isHidden())
        assert "is empty" in panel.notice.text.text()

    run(story())


def test_one_side_waits_for_the_other_and_says_what_it_is(panel: ComparePanel, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        panel.receive("compare", (("one", LEFT), None))
        await until(lambda: panel.left._about.text())
        await asyncio.sleep(0.05)
        assert panel.left._about.text().startswith("HL7 v2 · ADT^A01 · 7")
        assert panel._empty.title.text() == "Now the right side"
        path = tmp_path / "two.hl7"
        path.write_bytes(RIGHT)
        panel._take_files([str(path)])
        await compared(panel)
        assert panel.right.source is not None
        assert panel.right.source.name == "two.hl7"

    run(story())


def test_two_dropped_files_are_compared(panel: ComparePanel, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        paths = [tmp_path / "one.hl7", tmp_path / "two.hl7"]
        for path, data in zip(paths, (LEFT, RIGHT), strict=True):
            path.write_bytes(data)
        drop(panel, *paths)
        await compared(panel)
        assert len(differing(panel)) == 3

    run(story())


def test_megabytes_are_compared_in_the_other_process(panel: ComparePanel, run: Run) -> None:
    def note(end: str) -> dict[str, object]:
        data = "JVBERi0x" * 60_000 + end
        return {"resourceType": "DocumentReference", "content": [{"attachment": {"data": data}}]}

    async def story() -> None:
        await compare(panel, ("l", note("AAAA")), ("r", note("BBBB")))
        assert differing(panel) == ["DocumentReference.content[0].attachment.data"]
        assert "more characters" in panel.detail.left.toPlainText() or "AAAA" in panel.detail.left.toPlainText()

    run(story())


def test_a_pasted_text_becomes_a_side(panel: ComparePanel, run: Run, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText(LEFT.decode().replace("\r", "\n"))
    panel.left.field.setFocus()
    qtbot.keyClick(panel.left.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert panel.left.source is not None
    assert panel.left.source.data is not None
    assert panel.left.source.data.startswith(b"MSH")


def test_a_side_is_named_by_typing_with_the_known_names_listed(panel: ComparePanel, run: Run, qtbot: QtBot) -> None:
    async def story() -> None:
        field = panel.left.field
        panel.left.learn_names()
        await until(lambda: field.names.rowCount())
        texts = [field.names.index(row).data() for row in range(field.names.rowCount())]
        assert "community-hospital" in texts
        assert "community-hospital/.well-known/smart-configuration" in texts
        assert "R4:Patient" in texts
        assert "hl7.fhir.us.core#5.0.1" in texts
        field.setFocus()
        field.setText("community-hosp")
        qtbot.keyClick(field, Qt.Key.Key_Escape)
        assert panel.left.source is None
        field.setText("community-hospital")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert panel.left.source is not None
        assert panel.left.source.text == "community-hospital"

    run(story())


def test_rows_and_paths_are_copied(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel)
        clipboard = QGuiApplication.clipboard()
        panel.copies.copy_selected()
        assert clipboard.text() == "≠\tMSH-10\t\tMessage Control ID\t7\t8\t\t"
        panel.copies.copy_path()
        assert clipboard.text() == "MSH-10"
        panel.copies.copy_text()
        assert clipboard.text().startswith("left   one\nright  two\n\n1 difference")
        panel.tree.setCurrentIndex(panel.tree.currentIndex().parent())
        panel.copies.copy_path()
        assert clipboard.text() == "MSH"

    run(story())


def test_what_is_exported_is_what_the_command_line_prints(
    panel: ComparePanel, run: Run, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    async def story() -> None:
        panel.left.name(SITES[0])
        panel.right.name(SITES[1])
        await compared(panel)
        for name in ("html", "csv"):
            panel.copies.export_to(tmp_path / f"rows.{name}", name)  # type: ignore[arg-type]  # both are formats
            await until((tmp_path / f"rows.{name}").exists)

    run(story())
    folder = str(panel.bench.workspace.folder)
    for name in ("html", "csv"):
        run_command(["--workspace", folder, "diff", *SITES, "--format", name])
        assert (tmp_path / f"rows.{name}").read_bytes() == capsysbinary.readouterr().out


def test_an_export_has_the_differences_that_are_shown(panel: ComparePanel, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        await compare(panel)
        panel.view.filter_bar.search.setText("PID")
        panel.view.filter_bar.changed.emit()
        panel.copies.export_to(tmp_path / "rows.csv", "csv")
        await until((tmp_path / "rows.csv").exists)

    run(story())
    with (tmp_path / "rows.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows[1:]] == ["PID-5.1", "PID-8"]


def test_a_folder_that_cannot_be_written_is_told(panel: ComparePanel, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        await compare(panel)
        (tmp_path / "file").write_text("")
        panel.copies.export_to(tmp_path / "file" / "rows.csv", "csv")
        await until(lambda: not panel.notice.isHidden())
        assert "rows.csv" in panel.notice.text.text()

    run(story())


def test_every_control_has_a_name_for_a_screen_reader(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel)
        for kind in (QPushButton, QComboBox, QLineEdit):
            for control in panel.findChildren(kind):
                if control.isVisible():
                    assert control.accessibleName() or getattr(control, "text", str)(), control

    run(story())


def test_the_commands_step_copy_and_export_once_there_are_rows(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        before = {command.title for command in panel.commands()}
        await compare(panel)
        added = {command.title for command in panel.commands()} - before
        assert {"Next difference that breaks", "Copy the path of the difference"} <= added
        assert {"Export the differences as HTML…", "Export the differences as CSV…"} <= added
        assert panel.find_text()
        assert panel.view.filter_bar.search.hasFocus()

    run(story())


def test_every_grade_and_kind_has_a_mark_whose_colour_can_be_read() -> None:
    for _, token in ICONS.values():
        for tokens in (LIGHT, DARK):
            for ground in (tokens.raised, tokens.selected, tokens.added, tokens.removed, tokens.changed):
                assert contrast(getattr(tokens, token), ground) >= 4.5 or token == "quiet"


def test_masks_are_separated_by_what_people_type() -> None:
    assert parse_masks(" MSH-7, MSH-10;*.meta\nMSH-7 ") == ("MSH-7", "MSH-10", "*.meta")


def write_package(path: Path, version: str, *elements: dict[str, Any]) -> Path:
    manifest = packages.MANIFEST | {"version": version, "dependencies": {}}
    return packages.write_archive(path, packages.files_of([packages.profile("runner", *elements)], manifest))


def drop(panel: ComparePanel, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    panel.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, buttons, keys))


def test_two_dropped_packages_are_compared(
    panel: ComparePanel, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    left = write_package(tmp_path / "one.tgz", "1.0.0", packages.element("Patient.birthDate", 0, "1", "date"))
    right = write_package(tmp_path / "two.tgz", "2.0.0", packages.element("Patient.birthDate", 1, "1", "date"))

    async def story() -> None:
        drop(panel, left, right)
        await compared(panel)
        assert panel.left._about.text() == "FHIR package · x.shoes#1.0.0 · FHIR 4.0.1"
        assert any(path.endswith("Patient.birthDate") for path in differing(panel))
        panel.left.name(f"{left}|runner")
        panel.right.name(f"{right}|runner")
        await compared(panel)
        assert panel.left._about.text() == "Profile · runner · 1.0.0"
        assert current(panel) == "Patient.birthDate"
        assert "refused" in panel.detail.why.text()

    run(story())


def test_a_type_of_two_releases_and_two_whole_releases(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        panel.left.name("R4:Encounter")
        panel.right.name("R5:Encounter")
        await compared(panel)
        assert "Encounter.hospitalization" in differing(panel)
        panel.left.name("R4")
        panel.right.name("R4B")
        await compared(panel)
        assert len(differing(panel)) > 100

    run(story())


@pytest.mark.skipif(not US_CORE.is_dir(), reason="the packages of US Core are not at hand")
def test_us_core_is_held_against_its_later_version(
    panel: ComparePanel, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    sides = [US_CORE / "us_core_311.tgz", US_CORE / "us_core_610.tgz"]

    async def story() -> None:
        drop(panel, *sides)
        await compared(panel)
        tops = [panel.model.index(row, 0).data() for row in range(panel.model.rowCount())]
        assert {"StructureDefinition", "SearchParameter", "CapabilityStatement", "ValueSet"} <= set(tops)

    run(story())
    run_command(["diff", *map(str, sides), "--format", "json"])
    printed = json.loads(capsys.readouterr().out)["rows"]
    assert sorted(differing(panel)) == sorted(row["path"] for row in printed)
    run_command(["diff", *map(str, sides)])
    assert panel.count.text() in capsys.readouterr().out


@pytest.mark.skipif(not STATEMENTS.is_dir(), reason="the capability statements of other servers are not at hand")
def test_statements_of_other_servers_are_held_against_each_other(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel, STATEMENTS / "cerner-dstu2.json", STATEMENTS / "epic-stu3.json")
        assert panel.left._about.text() == "Capability statement · FHIR 1.0.2"
        assert panel.right._about.text() == "Capability statement · FHIR 3.0.1"
        assert "breaks sender" in panel.count.text()
        assert "rest[server].operation[docref]" in differing(panel)
        await compare(panel, STATEMENTS / "azure-r4.json", STATEMENTS / "lantern-r4-extensions.json")
        assert panel.model.is_graded

    run(story())


def focus_order(panel: ComparePanel) -> list[QWidget]:
    """What the tab key reaches, from the left side's name on."""
    found: list[QWidget] = []
    at: QWidget | None = panel.left.field
    while at is not None and at not in found:
        found.append(at)
        at = at.nextInFocusChain()
    tab = Qt.FocusPolicy.TabFocus
    return [each for each in found if panel.isAncestorOf(each) and each.isVisible() and each.focusPolicy() & tab]


def test_the_tab_key_goes_as_the_eye_reads(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        for sides in ((("one", LEFT), ("two", RIGHT)), (SITES[0], SITES[1])):
            for card, side in zip((panel.left, panel.right), sides, strict=True):
                card.set_source(source_of(side) if isinstance(side, tuple) else source_of_text(side))
            await compared(panel)
            await asyncio.sleep(0.05)
            order = focus_order(panel)
            names = [each.accessibleName() or getattr(each, "text", str)() for each in order]
            assert names[:1] == ["Left side: file, address, sandbox, package or version"]
            tops = [each.mapTo(panel, QPoint(0, 0)) for each in order]
            rounded = [(top.y() // 24, top.x()) for top in tops]
            assert rounded == sorted(rounded), names

    run(story())


def test_examples_fill_both_sides_and_leave_once_one_is_chosen(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        examples = [each for each in panel.findChildren(QPushButton) if each.property("role") == "link"]
        shown = {each.text().partition(":")[0]: each for each in examples}
        assert shown["Two messages of one patient"].isVisible()
        shown["Two messages of one patient"].click()
        await compared(panel)
        assert panel.left.field.text().endswith("adt-a01-admission.hl7")
        shown["A message in two versions of HL7 v2"].click()
        await compared(panel)
        assert panel.model.is_graded and panel.model.comparison.tree.has_sections
        assert "ADT_A01.PDA" in differing(panel)
        panel.left.set_source(None)
        await until(lambda: not panel.view.isVisible())
        assert not shown["Two messages of one patient"].isVisible()
        panel.right.set_source(None)
        await until(shown["Two messages of one patient"].isVisible)

    run(story())


def test_search_reads_filters_in_words(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel)
        panel.view.filter_bar.search.setText("(MSH or PID-5) and changed")
        await until(lambda: panel.model.count_shown() == 2)
        assert differing(panel) == ["MSH-10", "PID-5.1"]
        panel.view.filter_bar.search.setText("(MSH or")
        await until(lambda: panel.model.count_shown() == 0)
        panel.view.filter_bar.search.setText("okaf")
        await until(lambda: panel.model.count_shown() == 1)

    run(story())


def test_what_is_of_encoding_alone_can_be_hidden_and_is_not_stepped_to(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel, right=("two", RIGHT.replace(b"MR|", b"MR^^|")))
        assert panel.count.text().startswith("3 differences. Besides, 1 of encoding alone")
        kinds = [panel.model.difference(row).kind for row in panel.model.shown_rows()]
        assert "encoding" in kinds
        panel.view.filter_bar.chip("encoding").click()
        await until(lambda: panel.model.count_shown() == len(kinds) - 1)
        panel.view.only.click()
        await until(lambda: panel.model.count_shown() == 3)

    run(story())


def test_paths_of_a_version_are_copied_without_their_section(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        panel.left.name("hl7v2:2.3:PID")
        panel.right.name("hl7v2:2.5.1:PID")
        await compared(panel)
        names = {panel.model.path_of(panel.model.index_of(node)) for node in panel.model.branches(400)}
        assert {"", "PID", "PID-3"} <= names and not {"Segments", "Segments.PID"} & names

    run(story())


def test_parts_of_a_version_are_listed_once_it_is_named(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        field = panel.left.field
        for version in ("2.5.1", "2.3"):
            panel.left._learn_parts(f"hl7v2:{version}:P")
            await until(lambda version=version: (f"hl7v2:{version}:PID", f"{_PID}{version}") in field.names.pairs)
        assert not any(name.startswith("hl7v2:2.5.1:") for name, _ in field.names.pairs)

    run(story())


_PID = "Patient Identification, segment of HL7 v"


def test_masks_of_a_scenario_and_the_usual_ones_are_taken(panel: ComparePanel, run: Run) -> None:
    step = "  - name: S\n    hl7v2: |\n      MSH|^~\\&|A\n    masks: [PID-5]\n"
    text = f"version: 1\nname: M\ndescription: D.\nsteps:\n{step}"
    path = panel.bench.workspace.folder / "scenarios" / "m.scenario.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")

    async def story() -> None:
        await compare(panel)
        panel.masks.take_from(path)
        await until(lambda: panel.masks.text() == "usual PID-5")
        await until(lambda: differing(panel) == ["PID-8"])

    run(story())
