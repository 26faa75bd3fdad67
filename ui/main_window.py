"""Main window: the panels with the frame around them, and the way from one to the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QMainWindow,
    QMenu,
)

from ui.bench import Bench
from ui.frame.arrangement import Arrangement
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


class MainWindow(QMainWindow):
    """Everything that one panel hands to another passes through here; `closed` comes once it may go."""

    closed = Signal()

    def __init__(self, bench: Bench, theme: Theme, settings: QSettings) -> None:
        super().__init__()
        self.bench = bench
        self.theme = theme
        self._settings = settings
        self._shown = False
        self.setWindowTitle("Interop Workbench")
        self.setAcceptDrops(True)
        self.arrangement = Arrangement(self, settings)
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

    def enter_panel(self, name: str) -> None:
        """Show a panel that was asked for by a key or by name, and go on there."""
        self.show_panel(name).take_keyboard()

    def hand_over(self, name: str, kind: str, payload: object) -> None:
        """Show a panel and give it something from elsewhere."""
        self.show_panel(name).receive(kind, payload)

    def inspect(self, thing: object) -> None:
        """Show an exchange, a place in one or a step's result in the inspector, and the inspector too."""
        self.show_in_inspector(thing)
        self.inspector_dock.show()

    def show_in_inspector(self, thing: object) -> None:
        from ui.models.exchange_place import ExchangePlace
        from workbench.scenario.scenario import StepResult

        if isinstance(thing, ExchangePlace):
            self.inspector.show_place(thing)
        elif isinstance(thing, Exchange):
            self.inspector.show_exchange(thing)
        elif isinstance(thing, StepResult):
            self.inspector.show_step(thing)
        self.arrangement.open_held(self.inspector_dock)

    def compare(self, left: object, right: object) -> None:
        self.hand_over("compare", "compare", (left, right))

    def compose(self, thing: object) -> None:
        self.hand_over("compose", "exchange" if isinstance(thing, Exchange) else "message", thing)

    def check(self, name: str, data: bytes) -> None:
        """Open a resource that was sent or received, to see what is wrong with it."""
        self.hand_over("compose", "resource", (name, data))

    def open_documents(self, payload: bytes) -> None:
        """Show the documents that a message carries."""
        from ui.dialogs.open_documents import OpenDocumentsDialog

        _open(OpenDocumentsDialog(self.bench, payload, self))

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
        """Ask for a file: a scenario opens in Scenarios, a package in Packages, all else in Compose."""
        from PySide6.QtWidgets import QFileDialog

        dialog = QFileDialog(self, "Open a message, resource or scenario")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.open_path)
        dialog.open()

    def open_path(self, path: str) -> None:
        kinds = {(".yaml", ".yml"): "scenarios", (".tgz", ".tar.gz"): "packages"}
        panel = next((name for endings, name in kinds.items() if path.lower().endswith(endings)), "compose")
        panel = "send-many" if Path(path).is_dir() else panel
        self.hand_over(panel, "path", Path(path))

    def start_tour(self) -> None:
        from ui.frame.tour_steps import make_tour

        self.middle.begin_tour(make_tour(self))

    def show_shortcuts(self) -> None:
        from ui.dialogs.shortcuts import ShortcutsDialog

        _open(ShortcutsDialog(self.commands(), self))

    def show_about(self) -> None:
        from ui.dialogs.questions import show_about
        from workbench import __version__

        show_about(self, __version__, str(self.bench.workspace.folder))

    def show_welcome(self) -> None:
        self.middle.show_welcome()
        self.arrangement.hide_docks(self.strip_dock, self.inspector_dock)

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
            self.arrangement.show_docks()

    # What starts work.

    def start_sandbox(self, sandbox_id: str) -> None:
        state = self.bench.find_sandbox(sandbox_id)
        name = f"Starting {state.name}" if state is not None else "Starting"
        self.bench.tasks.start(self.bench.start_sandbox(sandbox_id), name=name)

    def stop_sandbox(self, sandbox_id: str) -> None:
        self.bench.tasks.start(self.bench.stop_sandbox(sandbox_id), name="Stopping")

    def connect_sandbox(self) -> None:
        from ui.dialogs.connect_sandbox import ConnectSandboxDialog

        _open(ConnectSandboxDialog(self.bench, self))

    def open_palette(self) -> None:
        from ui.dialogs.command_palette import CommandPalette

        palette = CommandPalette(self.bench, self.commands(), self)
        palette.handed_over.connect(self.hand_over)
        _open(palette)

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
            _open(dialog)

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
        arrangement = self.arrangement
        arrangement.add_bar("top", self.top_bar, Qt.ToolBarArea.TopToolBarArea)
        arrangement.add_bar("left", self.navigation, Qt.ToolBarArea.LeftToolBarArea)
        self.setCentralWidget(self.middle)
        areas = Qt.DockWidgetArea
        self.strip_dock = arrangement.add_dock("strip", "&Exchanges", self.strip, areas.BottomDockWidgetArea)
        self.inspector_dock = arrangement.add_dock("inspector", "&Inspector", self.inspector, areas.RightDockWidgetArea)
        self.recording = RecordingStatus(self.bench)
        self.task_status = TaskStatus(self.bench.tasks)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addWidget(self.recording)
        self.statusBar().addPermanentWidget(self.task_status)

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
        self.strip.check_requested.connect(self.check)
        self.inspector.check_requested.connect(self.check)
        self.strip.documents_requested.connect(self.open_documents)
        self.inspector.documents_requested.connect(self.open_documents)
        self.strip.add_to_scenario_requested.connect(lambda each: self.hand_over("scenarios", "exchange", each))
        self.strip.close_requested.connect(self.strip_dock.hide)
        self.strip.filled.connect(lambda: self.arrangement.give_room(self.strip_dock))
        self.inspector.close_requested.connect(self.inspector_dock.hide)
        self.recording.start_requested.connect(self.start_recording)
        self.recording.stop_requested.connect(self.stop_recording)
        self.middle.door_chosen.connect(self.enter)
        self.bench.notice.connect(self.show_notice)
        self.bench.tasks.failed.connect(self.show_report)
        self.theme.changed.connect(self._fit)

    def _connect_panel(self, panel: Panel) -> None:
        panel.open_exchange.connect(self.inspect)
        panel.compare_requested.connect(self.compare)
        panel.compose_requested.connect(self.compose)
        panel.show_panel.connect(self.show_panel)
        panel.hand_over.connect(self.hand_over)
        panel.documents_requested.connect(self.open_documents)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Files dropped where no panel takes them go where their kind belongs."""
        event.acceptProposedAction()
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.open_path(url.toLocalFile())

    # Remembering, and closing.

    def _restore(self) -> None:
        self.arrangement.restore()
        self.arrangement.hold_back(self.inspector_dock)
        names = [entry.name for entry in PANELS]
        last = str(self._settings.value("window/panel", names[0]))
        self.show_panel(last if last in names else names[0])
        if not self._settings.value("welcome/seen"):
            self.show_welcome()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            if not self.strip.is_empty:
                self.arrangement.give_room(self.strip_dock)
            self.strip.fit_columns()
            welcome = self.middle.welcome
            (self.navigation if welcome is None else welcome.doors[0].button).setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self.arrangement.fit(event, self.strip_dock)

    def _fit(self) -> None:
        self.navigation.set_compact(self.width() < COMPACT_BELOW * self.theme.scale)
        self.strip.fit_columns()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close():
            event.ignore()
            return
        self.arrangement.remember()
        if not self.strip.is_empty:
            self.arrangement.remember_height(self.strip_dock)
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


def _open(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def _command_of(text: str, run: Callable[[], object], shortcut: str) -> Command:
    return Command(text.replace("&", "").rstrip("…"), run, shortcut=shortcut)
