"""Status line: the recording, and what is under way with how far it is and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QProgressBar, QPushButton, QToolButton, QWidget

from ui.bench import Bench
from ui.tasks import Tasks
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.labels import IconLabel, make_label


class RecordingStatus(QWidget):
    """Recording is a state of the whole window: one button starts it, and ends it with a review."""

    start_requested = Signal()
    stop_requested = Signal()

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._sign = IconLabel("record", token="failed")
        self._words = make_label()
        self.button = QPushButton()
        self.button.setProperty("role", "quiet")
        self.button.clicked.connect(self._toggle)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_2, 0, SPACE_2, 0)
        layout.setSpacing(SPACE_2)
        for widget in (self._sign, self._words, self.button):
            layout.addWidget(widget)
        # Counting the steps reads all that was recorded, so a burst of exchanges is counted once.
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(100)
        self._rest.timeout.connect(self._show_state)
        bench.recording_changed.connect(self._rest.start)
        self._show_state()

    def _show_state(self) -> None:
        recorder = self._bench.recorder
        recording = recorder is not None
        self._sign.setVisible(recording)
        self._words.setVisible(recording)
        if recorder is not None:
            count = recorder.count
            self._words.setText(f"Recording “{recorder.name}”   {count} step" + ("" if count == 1 else "s"))
        self.button.setText("Stop and save…" if recording else "Record")
        self.button.setIcon(make_icon("stop") if recording else make_icon("record", "failed"))
        shortcut = "Ctrl+R"
        what = "Stop recording, review and save" if recording else "Record every exchange from now on"
        self.button.setToolTip(f"{what} ({shortcut})")
        self.button.setAccessibleName(what)

    def _toggle(self) -> None:
        (self.stop_requested if self._bench.recorder is not None else self.start_requested).emit()


class TaskStatus(QWidget):
    """How many tasks run, how far the first one with a known length is, and a menu to stop each."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._words = make_label("", "quiet")
        self._bar = QProgressBar()
        self._bar.setFixedWidth(96)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        self.stop = QToolButton()
        self.stop.setIcon(make_icon("stop"))
        self.stop.setToolTip("Stop what is under way")
        self.stop.setAccessibleName("Stop what is under way")
        self.stop.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.stop.setMenu(self._menu)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_2, 0, SPACE_1, 0)
        layout.setSpacing(SPACE_2)
        for widget in (self._words, self._bar, self.stop):
            layout.addWidget(widget)
        tasks.changed.connect(self._show_state)
        self._show_state()

    def _show_state(self) -> None:
        shown = [task for task in self._tasks.running if task.name]
        self.setVisible(bool(shown))
        if not shown:
            return
        known = next((task for task in shown if task.progress is not None), None)
        words = shown[0].name if len(shown) == 1 else f"{len(shown)} running"
        if known is not None and known.progress is not None:
            words += f"   {known.text or f'{known.progress:.0%}'}"
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(known.progress * 1000))
        else:
            self._bar.setRange(0, 0)
        self._words.setText(words)

    def _fill_menu(self) -> None:
        self._menu.clear()
        for task in self._tasks.running:
            if task.name:
                self._menu.addAction(f"Stop “{task.name}”", task.cancel)
