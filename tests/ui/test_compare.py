"""The Compare panel: two sides in one table."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Run
from tests.ui.exchanges import make_read
from ui.bench import Bench
from ui.panels.compare import ComparePanel
from ui.tasks import Report

LEFT = b"MSH|^~\\&|A|B|C|D|20260101||ADT^A01|7|P|2.5.1\rPID|1||100001^^^H^MR||Okafor^Amara|||F\r"
RIGHT = LEFT.replace(b"|7|", b"|8|").replace(b"Okafor", b"Okaffor").replace(b"|||F", b"")


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


async def compare(panel: ComparePanel, left: object = ("one", LEFT), right: object = ("two", RIGHT)) -> None:
    panel.model.set_rows(())
    panel.receive("compare", (left, right))
    await until(lambda: panel.model.rows)


def current(panel: ComparePanel) -> str:
    difference = panel.model.difference_at(panel.table.currentIndex().row())
    return difference.path if difference is not None else ""


def test_two_sides_are_compared_and_the_first_difference_is_shown(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel)
        assert panel.count.text().startswith("3 differences · 2 changed")
        assert current(panel) == "MSH-10"
        assert "7" in panel.detail.left.toPlainText()
        assert "8" in panel.detail.right.toPlainText()
        assert "Message Control ID" in panel.detail.heading.text()

    run(story())


def test_keys_step_through_the_differences(panel: ComparePanel, run: Run, qtbot: QtBot) -> None:
    async def story() -> None:
        await compare(panel)
        panel.table.setFocus()
        seen = [current(panel)]
        for key in (Qt.Key.Key_N, Qt.Key.Key_N, Qt.Key.Key_N, Qt.Key.Key_P):
            qtbot.keyClick(panel.table, key)
            seen.append(current(panel))
        assert seen == ["MSH-10", "PID-5.1", "PID-8", "PID-8", "PID-5.1"]

    run(story())


def test_only_differences_keeps_the_row_that_was_selected(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel)
        panel.step(1)
        panel.only.setChecked(True)
        assert panel.model.rowCount() == 3
        assert current(panel) == "PID-5.1"
        panel.only.setChecked(False)
        assert current(panel) == "PID-5.1"

    run(story())


def test_swapping_turns_added_into_removed(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel)
        before = [row.kind for row in panel.model.rows if row.differs]
        panel.model.set_rows(())
        panel.swap()
        await until(lambda: panel.model.rows)
        after = [row.kind for row in panel.model.rows if row.differs]
        assert (before, after) == (["changed", "changed", "removed"], ["changed", "changed", "added"])
        assert panel.model.headings[-2:] == ("two", "one")

    run(story())


def test_a_mask_takes_a_place_out_of_the_count(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel)
        panel.add_mask("MSH-10")
        await until(lambda: panel.count.text().startswith("2 differences"))
        assert "1 masked" in panel.count.text()
        panel.masks.clear()
        await until(lambda: panel.count.text().startswith("3 differences"))

    run(story())


def test_two_of_a_different_kind_are_refused_in_words(panel: ComparePanel, run: Run, reports: list[Report]) -> None:
    async def story() -> None:
        panel.receive("compare", (LEFT, b'{"resourceType": "Patient"}'))
        await until(lambda: not panel.notice.isHidden())
        assert panel.notice.text.text() == "The left side is an HL7 v2 message and the right side FHIR JSON."
        await compare(panel)
        assert panel.notice.isHidden()

    run(story())
    assert reports == []


def test_two_exchanges_are_compared_by_their_responses_or_their_requests(panel: ComparePanel, run: Run) -> None:
    async def story() -> None:
        await compare(panel, make_read(1), make_read(2, b'{"resourceType":"Patient","id":"other"}'))
        assert "Patient.id" in [row.path for row in panel.model.rows if row.differs]
        panel.left._part.setCurrentIndex(0)
        await until(lambda: not panel.notice.isHidden())
        assert "is empty" in panel.notice.text.text()

    run(story())


def test_one_side_waits_for_the_other(panel: ComparePanel, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        panel.receive("compare", (("one", LEFT), None))
        await asyncio.sleep(0.05)
        assert panel._empty.title.text() == "Now the right side"
        path = tmp_path / "two.hl7"
        path.write_bytes(RIGHT)
        panel._take_files([str(path)])
        await until(lambda: panel.model.rows)
        assert panel.right.side is not None
        assert panel.right.side.name == "two.hl7"

    run(story())


def test_a_pasted_text_becomes_a_side(panel: ComparePanel, run: Run) -> None:
    QGuiApplication.clipboard().setText(LEFT.decode().replace("\r", "\n"))
    panel.left.paste()
    assert panel.left.side is not None
    assert panel.left.side.kind == "hl7v2"


def test_rows_are_copied_and_exported(panel: ComparePanel, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        await compare(panel)
        panel.copy_selected()
        assert QGuiApplication.clipboard().text() == "≠\tMSH-10\tMessage Control ID\t7\t8"
        panel.only.setChecked(True)
        panel.export_to(tmp_path / "rows.csv")

    run(story())
    with (tmp_path / "rows.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["kind", "place", "name", "one", "two"]
    assert [row[1] for row in rows[1:]] == ["MSH-10", "PID-5.1", "PID-8"]
