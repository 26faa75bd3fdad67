"""Scenarios panel: open, edit and save scenarios, and replay them at one site or at every site."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFile, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QInputDialog,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench
from ui.dialogs.questions import ask, ask_about_unsaved
from ui.launches import load_launches
from ui.panels.panel import Command, Panel
from ui.replays import Replays, Run, Target, list_targets
from ui.tasks import beside
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.views.scenario_bar import ScenarioBar
from ui.views.scenario_list import ScenarioList
from ui.views.scenario_view import ScenarioView
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import make_line
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange
from workbench.scenario.scenario import LaunchReviewed, Scenario
from workbench.workspace.atomic import read_text, write_text
from workbench.workspace.workspace import ScenarioEntry

_FILTER = "Scenarios (*.scenario.yaml);;YAML files (*.yaml *.yml);;All files (*)"
_REST_MS = 80
_NEW_TEXT = """\
version: 1
name: New scenario
description: >
  What this scenario shows, in a sentence or two.
steps:
  - wait: 1
"""


class ScenariosPanel(Panel):
    """The list on the left, the scenario on the right; the text of the file is the truth, the steps follow it."""

    title = "Scenarios"
    icon_name = "scenarios"

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(bench, parent)
        self.setAcceptDrops(True)
        self._path: Path | None = None
        self._stamp = ""
        self._shipped = False
        self._moved: list[Run] = []
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self.replays = Replays(bench, self)
        self.list = ScenarioList()
        self.bar = ScenarioBar()
        self.view = ScenarioView(bench.tasks)
        self._lay_out()
        self._connect()
        self._list_targets()
        self.reload()

    # What the main window asks.

    def commands(self) -> tuple[Command, ...]:
        """Each scenario by name, and what can be done with the open one."""
        found = [
            Command(entry.name, partial(self._open_from_command, entry), "open", icon="scenarios", kind="Scenario")
            for entry in self.list.entries
        ]
        if self._is_open:
            where = self.bar.target.title if self.bar.target is not None else ""
            found += [
                Command("Replay the scenario", self.replay_here, where, "F5", "play"),
                Command("Replay the scenario at every site", self.replay_everywhere, "", "Shift+F5", "play"),
                Command("Save the scenario", self.save, shortcut="Ctrl+S", icon="save"),
            ]
        return (*found, Command("New scenario", self.new, icon="add"))

    def has_unsaved(self) -> bool:
        return self._is_open and self.view.is_modified

    def save_unsaved(self) -> bool:
        return self.save()

    def receive(self, kind: str, payload: object) -> None:
        """Take an exchange as a new step (`exchange`), or open the file at a path (`path`)."""
        if kind == "exchange" and isinstance(payload, Exchange):
            self.add_exchange(payload)
        elif isinstance(payload, str | Path):
            self.reload()
            self.open_path(Path(payload))

    # Files.

    def reload(self) -> None:
        """Read the list anew; the open scenario stays open."""
        self.bench.tasks.start(
            asyncio.to_thread(self.bench.workspace.scenarios), on_done=self._show_entries, name="Reading scenarios"
        )

    def new(self) -> None:
        if self._may_leave():
            self._open_text(_NEW_TEXT, None, stamp="", shipped=False)
            self.view.editor.document().setModified(True)
            self.view.show_text()
            self._show_name()

    def choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open a scenario", "", _FILTER)
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> None:
        """Open the file at `path`, in the list or not; a faulty file opens with its fault in sight."""
        if path == self._path and self._is_open:
            return
        if not self._may_leave():
            self.list.select(self._path)
            return
        try:
            file = read_text(path)
        except WorkbenchError as error:
            self.bench.tasks.report(error)
            return
        entry = self.list.entry_at(path)
        self._open_text(file.text, path, stamp=file.stamp, shipped=entry is not None and entry.shipped)
        self.list.select(path)
        if entry is None:
            self.reload()

    def save(self) -> bool:
        """Save where it came from; a new or a shipped scenario is saved as a copy in the workspace."""
        if self._path is None or self._shipped:
            return self.save_copy()
        return self._write("", self._path, self._stamp)

    def save_copy(self) -> bool:
        name = self.view.scenario.name if self.view.scenario is not None else "New scenario"
        wanted, accepted = QInputDialog.getText(self, "Save in the workspace", "File name:", text=name)
        return bool(accepted and wanted.strip()) and self._write(wanted.strip(), None, "")

    def delete(self) -> None:
        """Move the open file to the system's trash, from where it can come back."""
        if self._path is None or self._shipped or not ask(self, f"Move “{self._path.name}” to the trash?", "Move"):
            return
        moved, _ = QFile.moveToTrash(str(self._path))
        if not moved:
            error = WorkbenchError(f"“{self._path.name}” could not be moved to the trash.", hint="It is where it was.")
            self.bench.tasks.report(error)
            return
        self.view.editor.document().setModified(False)
        self._path = None
        self._right.setCurrentWidget(self._empty)
        self.reload()

    def _write(self, name: str, path: Path | None, stamp: str) -> bool:
        if self.view.is_faulty and not ask(
            self, "The text has a fault, so it could not be replayed. Save it all the same?", "Save"
        ):
            return False
        try:
            saved = self.bench.workspace.save_scenario(name, self.view.text, path=path, read_as=stamp)
            self._stamp = read_text(saved).stamp
        except WorkbenchError as error:
            self.bench.tasks.report(error)
            return False
        self._path, self._shipped = saved, False
        self.view.set_saved(str(saved))
        self._show_name()
        self.reload()
        return True

    def _open_text(self, text: str, path: Path | None, *, stamp: str, shipped: bool) -> None:
        self.replays.stop()
        self.replays.runs = []
        self._path, self._stamp, self._shipped = path, stamp, shipped
        self._right.setCurrentWidget(self._document)
        self.view.open_text(text, str(path or ""))
        self.bar.show_runs(())
        self._show_name()

    def _open_from_command(self, entry: ScenarioEntry) -> None:
        self.show_panel.emit("scenarios")
        self.open_path(entry.path)

    # Steps from exchanges.

    def add_exchange(self, exchange: Exchange) -> None:
        """Append what was sent in `exchange` as a step of the open scenario, or of a new one."""
        self.bench.tasks.start(self._add_exchange(exchange), name="Adding a step", owner=self)

    async def _add_exchange(self, exchange: Exchange) -> None:
        from workbench.scenario.recorder import Recorder
        from workbench.scenario.scenario_file import edit_scenario_text, to_scenario_text

        scenario = await self.view.settle() if self._is_open else None
        if self._is_open and scenario is None:
            return
        if scenario is None:
            self._open_text(_NEW_TEXT, None, stamp="", shipped=False)
        state = self.bench.current
        running = state is not None and (state.remote is not None or state.state == "up")
        recorder = Recorder("New scenario", self.bench.endpoints_of(state.id, secret="") if state and running else None)
        recorder.add(exchange)
        proposed = recorder.propose()
        if scenario is None:
            text = to_scenario_text(proposed)
        else:
            text = edit_scenario_text(self.view.text, _grow(scenario, proposed))
        self.view.editor.replace_text(text)
        await self.view.settle()
        self.view.show_steps()
        self._show_name()

    # Replays.

    def replay_here(self) -> None:
        if self.bar.target is not None:
            self._replay((self.bar.target,))

    def replay_everywhere(self) -> None:
        """Replay at every simulated site, those that the scenario names first; the others show where it breaks."""
        named = self.view.scenario.sites if self.view.scenario is not None else ()
        fresh = (target for target in list_targets(self.bench.sandboxes) if target.data == "fresh")
        self._replay(tuple(sorted(fresh, key=lambda target: target.sandbox_id not in named)))

    def save_report(self) -> None:
        """Save what the last replay said as HTML or JUnit, by the ending of the chosen name."""
        finished = tuple(run.finished for run in self.replays.runs if run.finished is not None)
        kinds = "HTML report (*.html);;JUnit XML (*.xml)"
        name, _ = QFileDialog.getSaveFileName(self, "Save the report", "report.html", kinds)
        if not finished or not name:
            return
        from workbench.scenario.report import to_html, to_junit

        try:
            write_text(Path(name), to_junit(finished) if name.endswith(".xml") else to_html(finished))
        except WorkbenchError as error:
            self.bench.tasks.report(error)
            return
        self.bench.notice.emit("success", f"The report is saved as {Path(name).name}.")
        if name.endswith(".html"):
            QDesktopServices.openUrl(QUrl.fromLocalFile(name))

    def show_review(self, reviewed: LaunchReviewed) -> None:
        """What was found of a launch that the replay made, in a dialog that stays open beside the steps."""
        from ui.dialogs.launch_review import LaunchReviewDialog

        dialog = LaunchReviewDialog(self.bench, reviewed, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.exchange_chosen.connect(self.open_exchange)
        dialog.show()

    def _replay(self, targets: tuple[Target, ...]) -> None:
        self.bench.tasks.start(self._start_replay(targets), owner=self)

    async def _start_replay(self, targets: tuple[Target, ...]) -> None:
        scenario = await self.view.settle()
        if scenario is None or not targets:
            return
        await beside(load_launches)
        self.view.show_steps()
        self.replays.start(scenario, targets)
        self.bar.show_runs(self.replays.runs)
        self.bar.show_running(True)

    def _note_progress(self, run: Run) -> None:
        """A replay moves faster than the eye: what changed is drawn a few times a second."""
        if run not in self._moved:
            self._moved.append(run)
        if not self._rest.isActive():
            self._rest.start()

    def _show_moved(self) -> None:
        moved, self._moved = self._moved, []
        for run in moved:
            self._show_progress(run)

    def _show_progress(self, run: Run) -> None:
        self.bar.show_run(run)
        if self.bar.run is run:
            self.view.show_run(run)

    def _show_finished(self) -> None:
        self._show_moved()
        self.bar.show_running(False)
        self.bar.enable_report(any(run.finished for run in self.replays.runs))
        verdicts = {run.verdict for run in self.replays.runs}
        entry = self.list.entry_at(self._path)
        if entry is not None:
            worst = next((word for word in ("error", "fail", "pass", "skip") if word in verdicts), "")
            self.list.model.set_verdict(entry, worst)

    # What is shown.

    @property
    def _is_open(self) -> bool:
        return self._right.currentWidget() is self._document

    def _show_entries(self, entries: tuple[ScenarioEntry, ...]) -> None:
        self.list.show_entries(entries, self._path)
        entry = self.list.entry_at(self._path)
        if entry is not None:
            self._shipped = entry.shipped
            self._show_name()

    def _show_name(self, _: object = None) -> None:
        scenario = self.view.scenario
        name = scenario.name if scenario is not None else (self._path.name if self._path else "New scenario")
        place = "shipped; saving makes a copy" if self._shipped else self._path.name if self._path else "not saved yet"
        about = " ".join(scenario.description.split()) if scenario is not None else ""
        own = self._path is not None and not self._shipped
        self.bar.show_name(f"{name} •" if self.view.is_modified else name, f"{about} ({place})".strip(), own=own)
        self.bar.enable_report(any(run.finished for run in self.replays.runs))

    def _list_targets(self) -> None:
        targets, chosen = list_targets(self.bench.sandboxes), self.bar.target
        current = self.bench.current
        mine = next((target for target in targets if current is not None and target.sandbox_id == current.id), None)
        self.bar.show_targets(targets, chosen if chosen in targets else mine)

    def _follow_current(self) -> None:
        """The current sandbox is the target, until another is chosen here."""
        targets, current = list_targets(self.bench.sandboxes), self.bench.current
        chosen = self.bar.target
        if current is not None and (chosen is None or chosen.sandbox_id != current.id):
            mine = next((target for target in targets if target.sandbox_id == current.id), None)
            self.bar.show_targets(targets, mine)

    def _may_leave(self) -> bool:
        if not self.has_unsaved():
            return True
        thing = ["a scenario with changes that are not saved"]
        answer = ask_about_unsaved(self, thing, title="Unsaved scenario", question="Save it first?")
        return self.save() if answer == "save" else answer == "discard"

    # Drag and drop.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.toLocalFile().endswith((".yaml", ".yml")) for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = next((url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()), "")
        if path:
            event.acceptProposedAction()
            self.open_path(Path(path))

    # Building.

    def _connect(self) -> None:
        self.list.chosen.connect(self.open_path)
        self.list.new_asked.connect(self.new)
        self.list.open_asked.connect(self.choose_file)
        self.bar.replay_asked.connect(self.replay_here)
        self.bar.everywhere_asked.connect(self.replay_everywhere)
        self.bar.stop_asked.connect(self.replays.stop)
        self.bar.save_asked.connect(self.save)
        self.bar.copy_asked.connect(self.save_copy)
        self.bar.report_asked.connect(self.save_report)
        self.bar.delete_asked.connect(self.delete)
        self.bar.run_chosen.connect(self.view.show_run)
        self.addAction(self.bar.save_action)
        self.view.exchange_chosen.connect(self.open_exchange)
        self.view.review_chosen.connect(self.show_review)
        self.view.edited.connect(self._show_name)
        self.view.read.connect(self._show_name)
        self.replays.changed.connect(self._note_progress)
        self._rest.timeout.connect(self._show_moved)
        self.replays.finished.connect(self._show_finished)
        self.bench.sandboxes_changed.connect(self._list_targets)
        self.bench.current_changed.connect(self._follow_current)

    def _lay_out(self) -> None:
        words = "Open a shipped one and replay it, or press Record, do the work by hand, and save what you did."
        self._empty = EmptyState("scenarios", "A scenario is named steps with checks", words)
        self._empty.add_button("Open the first one", self.list.select_first, "open")
        self._empty.add_button("Open a file…", self.choose_file)
        self._document = QWidget()
        page = QVBoxLayout(self._document)
        page.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, 0)
        page.setSpacing(SPACE_1)
        page.addWidget(self.bar)
        page.addWidget(make_line())
        page.addWidget(self.view, 1)
        self._right = QStackedWidget()
        self._right.addWidget(self._empty)
        self._right.addWidget(self._document)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(self._right)
        split.setStretchFactor(0, 0)
        split.setStretchFactor(1, 1)
        split.setSizes([200, 700])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)


def _grow(scenario: Scenario, proposed: Scenario) -> Scenario:
    known = dict(scenario.variables)
    added = tuple(pair for pair in proposed.variables if pair[0] not in known)
    return replace(scenario, steps=(*scenario.steps, *proposed.steps), variables=(*scenario.variables, *added))
