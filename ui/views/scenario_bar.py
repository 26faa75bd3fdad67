"""Scenario bar: the open scenario's name, where to replay it, and how its replays stand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from ui.replays import Run, Target
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.choice import Choice
from ui.widgets.labels import ElidedLabel, make_label
from ui.widgets.verdict_label import VerdictLabel


class ScenarioBar(QWidget):
    """It knows what is chosen and shown; what is to be done it says by signals."""

    replay_asked = Signal()
    everywhere_asked = Signal()
    stop_asked = Signal()
    save_asked = Signal()
    copy_asked = Signal()
    report_asked = Signal()
    delete_asked = Signal()
    run_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ElidedLabel("", "title")
        self._about = ElidedLabel("", "quiet")
        self.targets = Choice("Where to replay")
        self._replay = QPushButton(make_icon("play", "on_accent"), "Repla&y")
        self._replay.setProperty("role", "primary")
        self._replay.setShortcut(QKeySequence("F5"))
        self._replay.setToolTip("Replay at the chosen site (F5)")
        self._replay.clicked.connect(self.replay_asked)
        self._stop = QPushButton(make_icon("stop"), "S&top")
        self._stop.clicked.connect(self.stop_asked)
        self._everywhere = QPushButton("Every s&ite")
        self._everywhere.setShortcut(QKeySequence("Shift+F5"))
        self._everywhere.setToolTip("Replay at every simulated site, one after another (Shift+F5)")
        self._everywhere.clicked.connect(self.everywhere_asked)
        self.runs = Choice("Result to show")
        self.runs.setMinimumContentsLength(20)
        self.runs.currentIndexChanged.connect(lambda _: self._choose_run())
        self.verdict = VerdictLabel()
        self._more = self._make_more()
        self._lay_out()
        self.show_running(False)
        self.show_runs(())

    @property
    def target(self) -> Target | None:
        chosen = self.targets.currentData()
        return chosen if isinstance(chosen, Target) else None

    @property
    def run(self) -> Run | None:
        chosen = self.runs.currentData()
        return chosen if isinstance(chosen, Run) else None

    def show_name(self, name: str, about: str, *, own: bool) -> None:
        """Show the title and what it is about; only a file of one's own can be deleted."""
        self.title.setText(name)
        self._about.setText(about)
        self._delete.setEnabled(own)

    def show_targets(self, targets: Sequence[Target], wanted: Target | None) -> None:
        with QSignalBlocker(self.targets):
            self.targets.clear()
            for target in targets:
                self.targets.addItem(make_icon("hospital" if target.data == "fresh" else "dot"), target.title, target)
            self.targets.setCurrentIndex(max(0, targets.index(wanted) if wanted in targets else 0))

    def show_running(self, running: bool) -> None:
        self._replay.setVisible(not running)
        self._stop.setVisible(running)
        self._everywhere.setEnabled(not running)

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Offer the results of a replay at several sites; with one there is nothing to choose."""
        with QSignalBlocker(self.runs):
            self.runs.clear()
            for run in runs:
                self.runs.addItem(run.target.name, run)
        self.runs.setVisible(len(runs) > 1)
        self._choose_run()

    def show_run(self, run: Run) -> None:
        """Bring `run` into sight and its words up to date."""
        at = self._index_of(run)
        if at < 0:
            return
        word = {"skip": "skipped"}.get(run.verdict, run.verdict)
        self.runs.setItemText(at, f"{run.target.name}: {word}")
        if self.runs.currentIndex() == at:
            self._show_verdict(run)
        elif run.running is not None:
            self.runs.setCurrentIndex(at)

    def enable_report(self, enabled: bool) -> None:
        self._report.setEnabled(enabled)

    def _index_of(self, run: Run) -> int:
        return next((at for at in range(self.runs.count()) if self.runs.itemData(at) is run), -1)

    def _choose_run(self) -> None:
        self._show_verdict(self.run)
        self.run_chosen.emit(self.run)

    def _show_verdict(self, run: Run | None) -> None:
        self.verdict.setVisible(run is not None)
        if run is not None:
            self.verdict.set_verdict(run.verdict, run.sentence)

    def _make_more(self) -> QToolButton:
        menu = QMenu(self)
        save = QAction(make_icon("save"), "&Save", self)
        save.setShortcut(QKeySequence(QKeySequence.StandardKey.Save))
        save.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        save.triggered.connect(lambda: self.save_asked.emit())
        menu.addAction(save)
        menu.addAction("Save a &copy…", self.copy_asked.emit)
        self._report = menu.addAction("Save the &report…", self.report_asked.emit)
        menu.addSeparator()
        self._delete = menu.addAction(make_icon("delete"), "&Delete…", self.delete_asked.emit)
        self.save_action = save
        more = QToolButton()
        more.setIcon(make_icon("more"))
        more.setToolTip("Save, report, delete")
        more.setAccessibleName("More for this scenario")
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setMenu(menu)
        return more

    def _lay_out(self) -> None:
        head, actions, said = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row in (head, actions, said):
            row.setSpacing(SPACE_2)
        head.addWidget(self.title, 1)
        head.addWidget(self._more)
        actions.addWidget(make_label("at", "quiet"))
        actions.addWidget(self.targets, 1)
        actions.addWidget(self._replay)
        actions.addWidget(self._stop)
        actions.addWidget(self._everywhere)
        said.addWidget(self.runs)
        said.addWidget(self.verdict)
        said.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_1)
        layout.addLayout(head)
        layout.addWidget(self._about)
        layout.addLayout(actions)
        layout.addLayout(said)
