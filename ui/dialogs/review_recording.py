"""Review dialog: what a recording proposes, to name, to thin out, and to save as a scenario."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QLineEdit,
    QMessageBox,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench
from ui.tasks import Report
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from ui.widgets.labels import make_label
from ui.widgets.notice_bar import NoticeBar
from workbench.plain_text import tell_count

if TYPE_CHECKING:
    from workbench.issue import Issue
    from workbench.scenario.recorder import Recorder
    from workbench.scenario.scenario import Scenario, Step


class ReviewRecordingDialog(QDialog):
    """`saved` carries the path of the new scenario."""

    saved = Signal(object)

    def __init__(self, bench: Bench, recorder: Recorder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._scenario: Scenario | None = None
        self._boxes: list[QCheckBox] = []
        self.setWindowTitle("Save the recording")
        self.name = QLineEdit(recorder.name)
        self.name.setAccessibleName("Name")
        self.about = QLineEdit()
        self.about.setAccessibleName("Description")
        self.about.setPlaceholderText("What this shows, in a sentence")
        self.notice = NoticeBar()
        self._summary = make_label("Reading the recording…", "quiet", wrap=True)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setAccessibleName("Steps")
        self._buttons = self._make_buttons()
        self._lay_out()
        bench.tasks.start(
            asyncio.to_thread(_propose, recorder, remote=bench.current is not None and bench.current.kind == "remote"),
            on_done=lambda proposed: self.show_proposal(*proposed),
            on_error=self._show_report,
            name="Proposing a scenario",
            owner=self,
        )

    def show_proposal(self, scenario: Scenario, issues: tuple[Issue, ...]) -> None:
        """Show the steps; what looks like a patient's data is said before anything is saved."""
        self._scenario = scenario
        if scenario.description:
            self.about.setText(scenario.description)
        steps = len(scenario.steps)
        checks = sum(len(step.checks) for step in scenario.steps)
        captures = sum(len(step.captures) for step in scenario.steps)
        masks = sum(len(step.masks) for step in scenario.steps)
        words = (
            tell_count(steps, "step"),
            tell_count(checks, "check"),
            tell_count(captures, "capture"),
            tell_count(masks, "mask"),
        )
        self._summary.setText(f"{', '.join(words[:3])} and {words[3]} are proposed. Tokens are never saved.")
        self._show_steps(scenario.steps)
        self._allow_save()
        if issues:
            self._warn(tuple(dict.fromkeys(issue.message for issue in issues)))

    def _warn(self, found: tuple[str, ...]) -> None:
        more = f"\n… and {len(found) - 4} more" if len(found) > 4 else ""
        words = "This was recorded from a remote sandbox and may hold a patient’s data.\n" + "\n".join(found[:4]) + more
        self.notice.show_notice("warning", words, "Saved scenarios are shared. Save it only if this is test data.")

    def save(self) -> None:
        if self._scenario is None:
            return
        kept = tuple(step for step, box in zip(self._scenario.steps, self._boxes, strict=True) if box.isChecked())
        scenario = replace(
            self._scenario, name=self.name.text().strip(), description=self.about.text().strip(), steps=kept
        )
        self._bench.tasks.start(
            asyncio.to_thread(_save, self._bench, scenario),
            on_done=self._finish,
            on_error=self._show_report,
            name="Saving the scenario",
            owner=self,
        )

    def reject(self) -> None:
        """Ask before the recording is thrown away; there is no way back."""
        if self._scenario is None or not self._scenario.steps or not self.isVisible():
            super().reject()
            return
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self)
        box.setWindowTitle("Discard the recording")
        box.setText("Discard the recording?")
        box.setInformativeText("Its exchanges stay in the list; the proposed scenario is lost.")
        box.setStandardButtons(buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Cancel)
        box.finished.connect(lambda answer: self._discard() if answer == buttons.Discard.value else None)
        box.open()

    def _discard(self) -> None:
        self._scenario = None
        super().reject()

    def _make_buttons(self) -> QDialogButtonBox:
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Save | kinds.Discard)
        buttons.button(kinds.Save).setEnabled(False)
        buttons.button(kinds.Save).setDefault(True)
        buttons.button(kinds.Save).setProperty("role", "primary")
        buttons.accepted.connect(self.save)
        buttons.button(kinds.Discard).clicked.connect(self.reject)
        return buttons

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(SPACE_2)
        form.addRow("&Name", self.name)
        form.addRow("&Description", self.about)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        layout.setSpacing(SPACE_3)
        layout.addLayout(form)
        layout.addWidget(self._summary)
        layout.addWidget(self.notice)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._buttons)
        self.resize(640, 560)

    def _show_steps(self, steps: tuple[Step, ...]) -> None:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, SPACE_2, 0)
        layout.setSpacing(SPACE_2)
        self._boxes = []
        for number, step in enumerate(steps, 1):
            layout.addWidget(self._make_card(number, step))
        layout.addStretch(1)
        self._scroll.setWidget(page)

    def _make_card(self, number: int, step: Step) -> QFrame:
        card = QFrame()
        card.setProperty("role", "card")
        box = QCheckBox(f"{number}. {step.name}")
        box.setChecked(True)
        box.setToolTip("Keep this step")
        box.toggled.connect(lambda _: self._allow_save())
        self._boxes.append(box)
        layout = QVBoxLayout(card)
        layout.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, SPACE_2)
        layout.setSpacing(SPACE_1)
        layout.addWidget(box)
        for line in describe_step(step):
            label = make_label(line, "quiet", wrap=True)
            label.setContentsMargins(28, 0, 0, 0)
            layout.addWidget(label)
        return card

    def _allow_save(self) -> None:
        """A scenario needs a step; a file without one could not be opened again."""
        kept = any(box.isChecked() for box in self._boxes)
        self._buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(kept)

    def _finish(self, path: object) -> None:
        self._scenario = None
        self.saved.emit(path)
        self.accept()

    def _show_report(self, report: Report) -> None:
        self.notice.show_notice("error", report.sentence, report.hint, details=report.details)


def describe_step(step: Step) -> tuple[str, ...]:
    """What is checked, captured and masked, a line each."""
    checks = ", ".join(check.subject or check.kind for check in step.checks)
    captures = ", ".join(f"{capture.name} from {capture.subject}" for capture in step.captures)
    masks = ", ".join(step.masks)
    named = (("Checks", checks), ("Captures", captures), ("Masks", masks))
    return tuple(f"{name} {words}" for name, words in named if words)


def _propose(recorder: Recorder, *, remote: bool) -> tuple[Scenario, tuple[Issue, ...]]:
    from workbench.scenario.recorder import find_likely_patient_data

    scenario = recorder.propose()
    return scenario, tuple(find_likely_patient_data(scenario)) if remote else ()


def _save(bench: Bench, scenario: Scenario) -> object:
    from workbench.scenario.scenario_file import to_scenario_text

    return bench.workspace.save_scenario(scenario.name, to_scenario_text(scenario))
