from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtWidgets import QDialogButtonBox

from ui.dialogs.review_recording import ReviewRecordingDialog, describe_step
from ui.main_window import MainWindow
from ui.tasks import Report
from workbench.exchange import Request
from workbench.scenario.scenario import Capture, Check, FhirInteraction

Run = Callable[[Coroutine[Any, Any, Any]], Any]


async def settle(window: MainWindow) -> None:
    for task in window.bench.tasks.running:
        await task.wait()
    await asyncio.sleep(0.15)


async def record(window: MainWindow) -> None:
    bench = window.bench
    state = await bench.start_sandbox("community-hospital")
    window.start_recording()
    for path in ("metadata", "Patient/amara-okafor"):
        bench.add_exchange(await bench.http.send(Request("GET", f"{state.fhir_base}/{path}"), receiver=state.name))
    await settle(window)


def test_recording_is_a_state_of_the_whole_window(window: MainWindow, run: Run, reports: list[Report]) -> None:
    run(record(window))
    assert "Recording “" in window.recording._words.text()
    assert window.bench.recorded >= 2
    assert reports == []
    window.bench.stop_recording()
    run(asyncio.sleep(0.15))
    assert window.recording.button.text() == "Record"


def test_what_was_recorded_is_reviewed_and_saved(window: MainWindow, run: Run, reports: list[Report]) -> None:
    run(record(window))
    recorder = window.bench.stop_recording()
    assert recorder is not None
    dialog = ReviewRecordingDialog(window.bench, recorder, window)
    run(settle(window))
    save = dialog._buttons.button(QDialogButtonBox.StandardButton.Save)
    assert save.isEnabled()
    dialog.name.setText("What the site offers")
    saved: list[Any] = []
    dialog.saved.connect(saved.append)
    save.click()
    run(settle(window))
    assert [path.name for path in saved] == ["what-the-site-offers.scenario.yaml"]
    names = [entry.name for entry in window.bench.workspace.scenarios() if not entry.shipped]
    assert names == ["What the site offers"]
    assert reports == []
    dialog.deleteLater()


def test_step_that_is_unticked_is_not_saved(window: MainWindow, run: Run) -> None:
    run(record(window))
    recorder = window.bench.stop_recording()
    assert recorder is not None
    dialog = ReviewRecordingDialog(window.bench, recorder, window)
    run(settle(window))
    before = len(dialog._boxes)
    save = dialog._buttons.button(QDialogButtonBox.StandardButton.Save)
    for box in dialog._boxes:
        box.setChecked(False)
    assert not save.isEnabled()
    for box in dialog._boxes[1:]:
        box.setChecked(True)
    assert save.isEnabled()
    saved: list[Any] = []
    dialog.saved.connect(saved.append)
    dialog.save()
    run(settle(window))
    from workbench.scenario.scenario_file import read_scenario

    assert len(read_scenario(saved[0]).steps) == before - 1
    dialog.deleteLater()


def test_empty_recording_says_so(window: MainWindow, run: Run) -> None:
    window.start_recording()
    recorder = window.bench.stop_recording()
    assert recorder is not None
    dialog = ReviewRecordingDialog(window.bench, recorder, window)
    run(settle(window))
    assert "Nothing was recorded" in dialog.notice.accessibleName()
    dialog.deleteLater()


def test_step_tells_what_is_checked_captured_and_masked() -> None:
    step = FhirInteraction(
        "Read",
        checks=(Check("status", expected=200), Check("fhirpath", "Patient.id")),
        captures=(Capture("id", "fhirpath", "Patient.id"),),
        masks=("*.meta",),
    )
    assert describe_step(step) == ("Checks status, Patient.id", "Captures id from Patient.id", "Masks *.meta")
