"""Scenarios are opened, edited, saved and replayed in the panel, and nothing is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

from tests.ui.conftest import Run
from ui.bench import Bench
from ui.dialogs.launch_review import LaunchReviewDialog
from ui.panels.scenarios import ScenariosPanel
from ui.replays import list_targets
from ui.tasks import Report
from workbench.exchange import Exchange, Request, Response, utc_now

WAITING = "version: 1\nname: Waiting\ndescription: x\nsteps:\n  - wait: 0\n"


async def until(met: Callable[[], object]) -> None:
    while not met():  # noqa: ASYNC110  # what is waited for is a widget's state, which sets no event
        await asyncio.sleep(0.01)


@pytest.fixture
def panel(bench: Bench, run: Run) -> Iterator[ScenariosPanel]:
    run(bench.refresh())
    panel = ScenariosPanel(bench)
    run(until(lambda: panel.list.entries))
    yield panel
    panel.deleteLater()


@pytest.fixture
def own(panel: ScenariosPanel, bench: Bench, run: Run) -> Path:
    """A scenario of the analyst's own, open in the panel."""
    path = bench.workspace.save_scenario("Waiting", WAITING)
    panel.open_path(path)
    run(panel.view.settle())
    return path


def open_shipped(panel: ScenariosPanel, run: Run, name: str) -> None:
    panel.open_path(next(entry.path for entry in panel.list.entries if entry.path.name.startswith(name)))
    run(panel.view.settle())


def test_a_replay_at_every_site_shows_a_verdict_for_each(panel: ScenariosPanel, run: Run) -> None:
    open_shipped(panel, run, "vitals-in-a-visit")
    panel.replay_everywhere()
    run(until(lambda: panel.replays.runs and not panel.replays.is_running))
    assert {each.target.sandbox_id: each.verdict for each in panel.replays.runs} == {
        "community-hospital": "pass",
        "academic-medical-center": "pass",
    }
    assert "passed" in panel.bar.verdict.text
    assert panel.bench.log.exchanges, "what a replay sends is in the log"


def test_a_scenario_at_a_site_that_refuses_shows_expected_and_actual(
    panel: ScenariosPanel, own: Path, run: Run
) -> None:
    step = "  - fhir: GET metadata\n    checks:\n      - status: 404\n"
    panel.view.editor.replace_text(WAITING + step)
    panel.replay_here()
    run(until(lambda: panel.replays.runs and not panel.replays.is_running))
    panel._show_moved()
    checks = panel.view.result_view.checks
    assert panel.replays.runs[0].verdict == "fail"
    assert [checks.index(0, column).data() for column in (2, 3)] == ["404", "200"]


def test_the_sentence_of_a_launch_has_the_width_and_its_buttons_stand_below(panel: ScenariosPanel, run: Run) -> None:
    panel.resize(900, 500)
    # It is the last window here, and its end not that of the loop.
    panel.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
    panel.show()
    open_shipped(panel, run, "launches-that-go-wrong")
    panel.replay_here()
    run(until(lambda: panel.replays.runs and not panel.replays.is_running))
    panel._show_moved()
    view = panel.view.result_view
    sentence, row = view._sentence, view.check_table
    panel.view.step_table.selectRow(0)
    run(until(lambda: view._review.isVisible() and view._review.y() >= sentence.geometry().bottom()))
    assert sentence.width() == row.width() and sentence.height() < 5 * sentence.fontMetrics().height()
    assert view._exchanges.y() == view._review.y() and view._exchanges.geometry().right() <= row.geometry().right()
    panel.view.step_table.selectRow(6)
    run(until(lambda: view._exchanges.y() <= sentence.geometry().bottom()))
    assert view._exchanges.x() > sentence.x() + sentence.width() - 1, "a single button stands beside it"


def test_review_of_a_launch_opens_with_its_evidence_and_leads_to_the_exchange(
    panel: ScenariosPanel, run: Run, tmp_path: Path
) -> None:
    open_shipped(panel, run, "launches-that-go-wrong")
    panel.replay_here()
    run(until(lambda: panel.replays.runs and not panel.replays.is_running))
    panel._show_moved()
    panel.view.step_table.selectRow(1)
    view = panel.view.result_view
    assert view._review.text() == "Review: 1 failed"
    view._review.click()
    dialog = next(each for each in panel.findChildren(LaunchReviewDialog))
    (failed,) = (each for each in dialog.view.shown if each.outcome == "fail")
    assert "Bearer" in failed.text
    opened: list[Exchange] = []
    panel.open_exchange.connect(opened.append)
    dialog.view.shown_asked.emit(failed.evidence[0].exchange)
    assert opened[-1].request.address.endswith("/token")
    arrows = dialog.outcome.trace.diagram.arrows()
    assert any(arrow.answer_mark.verdict == "fail" for arrow in arrows)
    dialog.save_to(tmp_path / "review.html", "html")
    run(until(lambda: (tmp_path / "review.html").exists()))
    panel.view.step_table.selectRow(6)
    assert view._review.isHidden(), "a step that makes no launch has no review"
    dialog.reject()


def test_stopping_a_replay_says_so_and_leaves_no_result_behind(panel: ScenariosPanel, own: Path, run: Run) -> None:
    panel.view.editor.replace_text(WAITING.replace("wait: 0", "wait: 30"))
    panel.replay_here()
    run(until(lambda: panel.replays.is_running))
    panel.replays.stop()
    run(asyncio.sleep(0.05))
    assert not panel.replays.is_running
    assert panel.replays.runs[0].sentence.startswith("stopped by you")


def test_a_faulty_text_keeps_the_last_good_steps_and_names_the_line(panel: ScenariosPanel, own: Path, run: Run) -> None:
    panel.view.editor.replace_text(WAITING + "  - wiat: 1\n")
    assert run(panel.view.settle()) is None
    assert panel.view.notice.text.text().startswith("Line 6: ")
    assert len(panel.view.steps.steps) == 1
    panel.replay_here()
    run(asyncio.sleep(0.1))
    assert panel.replays.runs == []


def test_saving_a_shipped_scenario_makes_a_copy(
    panel: ScenariosPanel, bench: Bench, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_shipped(panel, run, "note-by-each-road")
    shipped = panel._path
    assert shipped is not None
    before = shipped.read_bytes()
    panel.view.editor.replace_text(panel.view.text.replace("name: A note", "name: My note"))
    monkeypatch.setattr(QInputDialog, "getText", lambda *args, **given: ("My note", True))
    assert panel.save()
    assert shipped.read_bytes() == before
    assert panel._path is not None and panel._path.parent == bench.workspace.folder / "scenarios"
    assert "name: My note" in panel._path.read_text("utf-8")
    assert not panel.has_unsaved()


def test_a_file_that_somebody_else_changed_is_not_saved_over(
    panel: ScenariosPanel, own: Path, run: Run, reports: list[Report]
) -> None:
    own.write_text(WAITING.replace("wait: 0", "wait: 2"), "utf-8")
    panel.view.editor.replace_text(WAITING.replace("wait: 0", "wait: 3"))
    assert not panel.save()
    assert "wait: 2" in own.read_text("utf-8")
    assert "changed by somebody else" in reports[0].sentence
    assert panel.has_unsaved()


def test_comments_survive_a_step_that_is_added_from_an_exchange_and_undo_takes_it_back(
    panel: ScenariosPanel, own: Path, run: Run
) -> None:
    commented = WAITING.replace("steps:", "# why\nsteps:")
    panel.view.editor.replace_text(commented)
    request = Request("GET", "http://127.0.0.1:1/fhir/metadata", (("Authorization", "Bearer canary"),))
    response = Response(200, (("Content-Type", "application/fhir+json"),), b'{"resourceType": "CapabilityStatement"}')
    panel.add_exchange(Exchange("workbench", "site", request, response, utc_now(), 0.01))
    run(until(lambda: len(panel.view.steps.steps) == 2))
    assert "# why" in panel.view.text and "metadata" in panel.view.text
    assert "canary" not in panel.view.text
    panel.view.editor.undo()
    assert panel.view.text == commented


def test_a_running_site_is_offered_beside_fresh_ones(bench: Bench, run: Run) -> None:
    run(bench.refresh())
    run(bench.start_sandbox("community-hospital"))
    targets = list_targets(bench.sandboxes)
    assert {(target.sandbox_id, target.data) for target in targets} == {
        ("community-hospital", "fresh"),
        ("academic-medical-center", "fresh"),
        ("community-hospital", "running"),
    }
