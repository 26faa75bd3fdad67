"""Steps of the tour: from a started hospital to a scenario replayed at another one."""

from __future__ import annotations

from typing import Protocol

from ui.bench import Bench
from ui.frame.tour import TourStep


class TourWindow(Protocol):
    """What the tour asks of the main window."""

    bench: Bench

    def show_panel(self, name: str) -> object: ...
    def hand_over(self, name: str, kind: str, payload: object) -> None: ...
    def start_sandbox(self, sandbox_id: str) -> None: ...
    def start_recording(self) -> None: ...
    def stop_recording(self) -> None: ...


def make_tour(window: TourWindow) -> tuple[TourStep, ...]:
    """The steps, each done by its button or by hand."""

    def start() -> None:
        window.show_panel("sandboxes")
        current = window.bench.current
        if current is not None and current.state != "up":
            window.start_sandbox(current.id)

    def compose() -> None:
        entries = window.bench.workspace.messages()
        admission = next((entry for entry in entries if "a01" in entry.name.lower()), None)
        if admission is not None:
            window.hand_over("compose", "path", admission.path)
        else:
            window.show_panel("compose")

    return (
        TourStep(
            "A simulated hospital is a whole EHR on this machine. Start one; its addresses appear below.",
            "Start a hospital",
            start,
        ),
        TourStep("Record what you do from now on. You stop and save it at the end.", "Record", window.start_recording),
        TourStep(
            "An admission from the library. Send it, then click its row in the exchanges to see the answer.",
            "Open an admission",
            compose,
        ),
        TourStep(
            "Launch the sample app from the patient’s chart: choose a user and a patient, then the browser opens.",
            "Show the launch",
            lambda: window.show_panel("launch"),
        ),
        TourStep(
            "Stop the recording. The proposal says what is captured, checked and masked; save it as a scenario.",
            "Stop and save",
            window.stop_recording,
        ),
        TourStep(
            "Choose the other hospital and replay. Where it answers otherwise, the check that decided says why.",
            "Show the scenarios",
            lambda: window.show_panel("scenarios"),
        ),
    )
