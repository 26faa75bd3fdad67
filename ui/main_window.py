"""Main window: the panels with the frame around them, and the way from one to the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, Qt, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMainWindow,
    QMenu,
    QToolBar,
    QWidget,
)

from ui.bench import Bench
from ui.frame.exchange_strip import ExchangeStrip
from ui.frame.inspector import Inspector
from ui.frame.menus import make_menus, yield_keys
from ui.frame.middle import Middle
from ui.frame.navigation import Navigation
from ui.frame.panel_stack import PANELS, PanelStack
from ui.frame.status import RecordingStatus, TaskStatus
from ui.frame.top_bar import TopBar
from ui.panels.panel import Command, Panel
from ui.tasks import Report
from ui.theme.theme import Theme
from workbench.exchange import Exchange

if TYPE_CHECKING:
    from ui.dialogs.questions import Answer

COMPACT_BELOW = 1100
INSPECTOR_ABOVE = 1240


class MainWindow(QMainWindow):
    """Everything that one panel hands to another passes through here; `closed` comes once it may go."""

    closed = Signal()

    def __init__(self, bench: Bench, theme: Theme, settings: QSettings) -> None:
        super().__init__()
        self.bench = bench
        self.theme = theme
        self._settings = settings
        self._shown = False
        self._docks_shown: list[QDockWidget] = []
        self.setWindowTitle("Interop Workbench")
        self.setMinimumSize(800, 520)
        self.top_bar = TopBar(bench)
        self.navigation = Navigation()
        self.panels = PanelStack(bench, self._connect_panel)
        self.middle = Middle(self.panels)
        self.strip = ExchangeStrip(bench)
        self.inspector = Inspector(bench)
        self._place()
        make_menus(self)
        self._connect()
        self._restore()

    # Going about.

    def show_panel(self, name: str) -> Panel:
        panel = self.panels.show_panel(name)
        yield_keys(self, panel)
        self._leave_welcome()
        self.navigation.set_current(name)
        title = next(entry.title for entry in PANELS if entry.name == name)
        self.setWindowTitle(f"{title} – Interop Workbench")
        return panel

    def hand_over(self, name: str, kind: str, payload: object) -> None:
        """Show a panel and give it something from elsewhere."""
        self.show_panel(name).receive(kind, payload)

    def inspect(self, thing: object) -> None:
        """Show an exchange or a step's result in the inspector, and the inspector too."""
        self.show_in_inspector(thing)
        self.inspector_dock.show()

    def show_in_inspector(self, thing: object) -> None:
        if isinstance(thing, Exchange):
            self.inspector.show_exchange(thing)
            return
        from workbench.scenario.scenario import StepResult

        if isinstance(thing, StepResult):
            self.inspector.show_step(thing)

    def compare(self, left: object, right: object) -> None:
        self.hand_over("compare", "compare", (left, right))

    def compose(self, thing: object) -> None:
        self.hand_over("compose", "exchange" if isinstance(thing, Exchange) else "message", thing)

    def show_notice(self, kind: str, text: str) -> None:
        self.middle.notice_bar.show_notice(kind, text)

    def show_report(self, report: Report) -> None:
        self.middle.notice_bar.show_notice("error", report.sentence, report.hint, details=report.details)

    def find_text(self) -> None:
        """Search in the panel that has the keyboard, or else in the exchanges."""
        panel = self.panels.currentWidget()
        focused = QApplication.focusWidget()
        inside = isinstance(panel, Panel) and focused is not None and panel.isAncestorOf(focused)
        if not (inside and isinstance(panel, Panel) and panel.find_text()):
            self.strip_dock.show()
            self.strip.focus_search()

    def open_file(self) -> None:
        """Ask for a file: a scenario opens in Scenarios, all else in Compose."""
        from PySide6.QtWidgets import QFileDialog

        dialog = QFileDialog(self, "Open a message, resource or scenario")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.open_path)
        dialog.open()

    def open_path(self, path: str) -> None:
        panel = "scenarios" if path.lower().endswith((".yaml", ".yml")) else "compose"
        self.hand_over(panel, "path", Path(path))

    def start_tour(self) -> None:
        from ui.frame.tour_steps import make_tour

        self.middle.begin_tour(make_tour(self))

    def show_shortcuts(self) -> None:
        from ui.dialogs.shortcuts import ShortcutsDialog

        ShortcutsDialog(self.commands(), self).open()

    def show_about(self) -> None:
        from ui.dialogs.questions import show_about
        from workbench import __version__

        show_about(self, __version__, str(self.bench.workspace.folder))

    def show_welcome(self) -> None:
        self.middle.show_welcome()
        self._docks_shown = [dock for dock in (self.strip_dock, self.inspector_dock) if not dock.isHidden()]
        for dock in self._docks_shown:
            dock.hide()

    def enter(self, door: str) -> None:
        """Go through one of the doors of the first start; it is not shown again."""
        self._settings.setValue("welcome/seen", True)
        self._leave_welcome()
        if door == "tour":
            self.start_tour()
        elif door == "connect":
            self.connect_sandbox()
        elif door == "start" and self.bench.current is not None:
            self.start_sandbox(self.bench.current.id)

    def _leave_welcome(self) -> None:
        if self.middle.leave_welcome():
            for dock in self._docks_shown:
                dock.show()

    # What starts work.

    def start_sandbox(self, sandbox_id: str) -> None:
        state = self.bench.find_sandbox(sandbox_id)
        name = f"Starting {state.name}" if state is not None else "Starting"
        self.bench.tasks.start(self.bench.start_sandbox(sandbox_id), name=name)

    def stop_sandbox(self, sandbox_id: str) -> None:
        self.bench.tasks.start(self.bench.stop_sandbox(sandbox_id), name="Stopping")

    def connect_sandbox(self) -> None:
        from ui.dialogs.connect_sandbox import ConnectSandboxDialog

        dialog = ConnectSandboxDialog(self.bench, self)
        dialog.open()

    def open_palette(self) -> None:
        from ui.dialogs.command_palette import CommandPalette

        palette = CommandPalette(self.bench, self.commands(), self)
        palette.handed_over.connect(self.hand_over)
        palette.open()

    def start_recording(self) -> None:
        from workbench.exchange import utc_now

        moment = utc_now().astimezone().strftime("%d %B, %H:%M")
        self.bench.start_recording(f"Recording of {moment}")

    def stop_recording(self) -> None:
        """End the recording and review what it proposes."""
        if self.bench.recorder is None:
            return
        from ui.dialogs.review_recording import ReviewRecordingDialog

        recorder = self.bench.stop_recording()
        if recorder is not None:
            dialog = ReviewRecordingDialog(self.bench, recorder, self)
            dialog.saved.connect(lambda path: self.hand_over("scenarios", "saved", path))
            dialog.open()

    def toggle_recording(self) -> None:
        (self.stop_recording if self.bench.recorder is not None else self.start_recording)()

    def commands(self) -> tuple[Command, ...]:
        """What Ctrl+K offers: the menus, and what each panel adds."""
        found = []
        for menu_action in self.menuBar().actions():
            menu = menu_action.menu()
            for action in menu.actions() if isinstance(menu, QMenu) else ():
                # What stands after a tab are keys of the focused editor, and Ctrl+K takes the focus from it.
                if action.text() and "\t" not in action.text() and action.isEnabled() and action.menu() is None:
                    found.append(_command_of(action.text(), action.trigger, action.shortcut().toString()))
        return (*found, *(command for panel in self.panels.made for command in panel.commands()))

    # How it is put together.

    def _place(self) -> None:
        top = QToolBar("Sandbox and search")
        top.setObjectName("top")
        top.setMovable(False)
        top.addWidget(self.top_bar)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, top)
        left = QToolBar("Panels")
        left.setObjectName("left")
        left.setMovable(False)
        left.addWidget(self.navigation)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, left)
        for bar in (top, left):
            bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
            bar.toggleViewAction().setVisible(False)
        self.setCentralWidget(self.middle)
        self.strip_dock = self._dock("strip", "&Exchanges", self.strip, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.inspector_dock = self._dock(
            "inspector", "&Inspector", self.inspector, Qt.DockWidgetArea.RightDockWidgetArea
        )
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.recording = RecordingStatus(self.bench)
        self.task_status = TaskStatus(self.bench.tasks)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addWidget(self.recording)
        self.statusBar().addPermanentWidget(self.task_status)

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title.replace("&", ""), self)
        dock.setObjectName(name)
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        dock.setTitleBarWidget(QWidget())
        dock.setWidget(widget)
        dock.toggleViewAction().setText(title)
        self.addDockWidget(area, dock)
        return dock

    def _connect(self) -> None:
        self.navigation.chosen.connect(self.show_panel)
        self.top_bar.start_requested.connect(self.start_sandbox)
        self.top_bar.stop_requested.connect(self.stop_sandbox)
        self.top_bar.connect_requested.connect(self.connect_sandbox)
        self.top_bar.manage_requested.connect(lambda: self.show_panel("sandboxes"))
        self.top_bar.search_requested.connect(self.open_palette)
        self.strip.selected.connect(self.show_in_inspector)
        self.strip.inspect_requested.connect(self.inspect)
        self.strip.compare_requested.connect(self.compare)
        self.strip.send_again_requested.connect(self.compose)
        self.strip.add_to_scenario_requested.connect(lambda each: self.hand_over("scenarios", "exchange", each))
        self.strip.close_requested.connect(self.strip_dock.hide)
        self.inspector.close_requested.connect(self.inspector_dock.hide)
        self.recording.start_requested.connect(self.start_recording)
        self.recording.stop_requested.connect(self.stop_recording)
        self.middle.door_chosen.connect(self.enter)
        self.bench.notice.connect(self.show_notice)
        self.bench.tasks.failed.connect(self.show_report)

    def _connect_panel(self, panel: Panel) -> None:
        panel.open_exchange.connect(self.inspect)
        panel.compare_requested.connect(self.compare)
        panel.compose_requested.connect(self.compose)
        panel.show_panel.connect(self.show_panel)
        panel.hand_over.connect(self.hand_over)

    # Remembering, and closing.

    def _restore(self) -> None:
        self.resize(1440, 900)
        geometry, state = self._settings.value("window/geometry"), self._settings.value("window/state")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if isinstance(state, QByteArray):
            self.restoreState(state)
        names = [entry.name for entry in PANELS]
        last = str(self._settings.value("window/panel", names[0]))
        self.show_panel(last if last in names else names[0])
        if not self._settings.value("welcome/seen"):
            self.show_welcome()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            if self._settings.value("window/state") is None:
                self._arrange()
            self.strip.fit_columns()
            welcome = self.middle.welcome
            (self.navigation if welcome is None else welcome.doors[0].button).setFocus()

    def _arrange(self) -> None:
        """The first arrangement: a strip under the panels, and the inspector where there is room for it."""
        if self.middle.welcome is None:
            self.inspector_dock.setVisible(self.width() >= INSPECTOR_ABOVE)
        self.resizeDocks([self.strip_dock], [max(140, self.height() // 4)], Qt.Orientation.Vertical)
        self.resizeDocks([self.inspector_dock], [max(300, self.width() // 4)], Qt.Orientation.Horizontal)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.navigation.set_compact(self.width() < COMPACT_BELOW * self.theme.scale)
        self.strip.fit_columns()
        most = max(140, self.height() * 2 // 7)
        if event.size().height() < event.oldSize().height() and self.strip_dock.height() > most:
            self.resizeDocks([self.strip_dock], [most], Qt.Orientation.Vertical)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close():
            event.ignore()
            return
        self._settings.setValue("window/geometry", self.saveGeometry())
        self._settings.setValue("window/state", self.saveState())
        self._settings.setValue("window/panel", self.panels.current_name)
        event.accept()
        self.closed.emit()

    def _may_close(self) -> bool:
        """Ask once about everything that is unsaved; saving is the default."""
        unsaved = [panel for panel in self.panels.made if panel.has_unsaved()]
        recording = self.bench.recorder is not None and self.bench.recorded > 0
        if not unsaved and not recording:
            return True
        things = [f"unsaved work in {panel.title}" for panel in unsaved]
        answer = self.ask_about_unsaved(things + (["a recording under way"] if recording else []))
        if answer != "save":
            return answer == "discard"
        if recording:
            self.stop_recording()
            return False
        return all(panel.save_unsaved() for panel in unsaved)

    def ask_about_unsaved(self, things: list[str]) -> Answer:
        from ui.dialogs.questions import ask_about_unsaved

        return ask_about_unsaved(self, things)


def _command_of(text: str, run: Callable[[], object], shortcut: str) -> Command:
    return Command(text.replace("&", "").rstrip("…"), run, shortcut=shortcut)
