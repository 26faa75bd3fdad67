"""Menus: every action of the window with its standard shortcut, in one place."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QDockWidget, QMenu, QMenuBar, QWidget

from ui.bench import Bench
from ui.frame.panel_stack import PANELS
from ui.theme.icons import make_icon
from ui.theme.theme import SCHEMES, Theme


class Window(Protocol):
    """What the menus ask of the main window."""

    bench: Bench
    theme: Theme
    strip_dock: QDockWidget
    inspector_dock: QDockWidget

    def menuBar(self) -> QMenuBar: ...
    def isFullScreen(self) -> bool: ...
    def showFullScreen(self) -> None: ...
    def showNormal(self) -> None: ...
    def close(self) -> bool: ...
    def enter_panel(self, name: str) -> None: ...
    def hand_over(self, name: str, kind: str, payload: object) -> None: ...
    def open_file(self) -> None: ...
    def find_text(self) -> None: ...
    def open_palette(self) -> None: ...
    def connect_sandbox(self) -> None: ...
    def start_sandbox(self, sandbox_id: str) -> None: ...
    def stop_sandbox(self, sandbox_id: str) -> None: ...
    def toggle_recording(self) -> None: ...
    def start_tour(self) -> None: ...
    def show_shortcuts(self) -> None: ...
    def show_about(self) -> None: ...


_Standard = QKeySequence.StandardKey


def make_menus(window: Window) -> None:
    """Fill the menu bar of `window`."""
    _fill_file(window, window.menuBar().addMenu("&File"))
    _fill_edit(window, window.menuBar().addMenu("&Edit"))
    _fill_view(window, window.menuBar().addMenu("&View"))
    _fill_sandbox(window, window.menuBar().addMenu("&Sandbox"))
    _fill_record(window, window.menuBar().addMenu("&Record"))
    _fill_help(window, window.menuBar().addMenu("&Help"))


def yield_keys(window: Window, panel: QWidget) -> None:
    """Leave a key to the panel in front where both want it; two owners would make it do nothing at all."""
    taken = {shortcut.key().toString() for shortcut in panel.findChildren(QShortcut)}
    for action in (action for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()):
        own = action.property("keys")
        if own:
            action.setShortcuts([QKeySequence(key) for key in own if key not in taken])


def _add(
    menu: QMenu, text: str, run: Callable[[], object], shortcut: str | QKeySequence.StandardKey = "", icon: str = ""
) -> QAction:
    action = menu.addAction(text)
    action.triggered.connect(lambda: run())
    if shortcut:
        _set_keys(action, QKeySequence(shortcut).toString())
    if icon:
        action.setIcon(make_icon(icon))
    return action


def _set_keys(action: QAction, *keys: str) -> None:
    action.setProperty("keys", list(keys))
    action.setShortcuts([QKeySequence(key) for key in keys])


def _fill_file(window: Window, menu: QMenu) -> None:
    _add(menu, "&New message", lambda: window.hand_over("compose", "new", None), _Standard.New, "message")
    _add(menu, "&Open file…", window.open_file, _Standard.Open, "open")
    menu.addSeparator()
    _add(menu, "&Connect a sandbox…", window.connect_sandbox, "", "remote")
    menu.addSeparator()
    _add(menu, "&Quit", window.close, "Ctrl+Q")


def _fill_edit(window: Window, menu: QMenu) -> None:
    """These act on the widget that has the keyboard, which also takes the keys itself."""
    for text, slot, shortcut in (
        ("&Undo", "undo", _Standard.Undo),
        ("&Redo", "redo", _Standard.Redo),
        ("", "", ""),
        ("Cu&t", "cut", _Standard.Cut),
        ("&Copy", "copy", _Standard.Copy),
        ("&Paste", "paste", _Standard.Paste),
        ("Select &all", "selectAll", _Standard.SelectAll),
    ):
        if text:
            action = _add(menu, text, partial(_call_focused, slot))
            # Shown, not registered: the focused widget has the key already, and a second owner would make it ambiguous.
            action.setText(f"{text}\t{QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)}")
        else:
            menu.addSeparator()
    menu.addSeparator()
    _add(menu, "&Find", window.find_text, _Standard.Find, "search")
    _add(menu, "Search or &run…", window.open_palette, "Ctrl+K", "command")


def _call_focused(name: str) -> None:
    method = getattr(QApplication.focusWidget(), name, None)
    if callable(method):
        method()


def _fill_view(window: Window, menu: QMenu) -> None:
    for number, entry in enumerate(PANELS, 1):
        _add(menu, f"&{number} {entry.title}", partial(window.enter_panel, entry.name), f"Ctrl+{number}")
    menu.addSeparator()
    strip, inspector = window.strip_dock.toggleViewAction(), window.inspector_dock.toggleViewAction()
    _set_keys(strip, "Ctrl+Shift+E")
    _set_keys(inspector, "Ctrl+I")
    menu.addActions([strip, inspector])
    menu.addSeparator()
    _fill_schemes(window, menu.addMenu("&Colours"))
    _set_keys(_add(menu, "Zoom i&n", lambda: window.theme.zoom(1)), "Ctrl++", "Ctrl+=")
    _add(menu, "Zoom o&ut", lambda: window.theme.zoom(-1), "Ctrl+-")
    _add(menu, "&Plain size", lambda: window.theme.zoom(0), "Ctrl+0")
    menu.addSeparator()
    _add(menu, "&Full screen", lambda: _toggle_full_screen(window), "F11")


def _fill_schemes(window: Window, menu: QMenu) -> None:
    group = QActionGroup(menu)
    for text, scheme in zip(("Follow the &system", "&Light", "&Dark"), SCHEMES, strict=True):
        action = _add(menu, text, partial(window.theme.set_scheme, scheme))
        action.setCheckable(True)
        action.setChecked(window.theme.scheme == scheme)
        group.addAction(action)


def _toggle_full_screen(window: Window) -> None:
    if window.isFullScreen():
        window.showNormal()
    else:
        window.showFullScreen()


def _fill_sandbox(window: Window, menu: QMenu) -> None:
    start = _add(menu, "&Start the current one", lambda: _with_current(window, window.start_sandbox), "F6", "play")
    stop = _add(menu, "S&top the current one", lambda: _with_current(window, window.stop_sandbox), "Shift+F6", "stop")
    menu.addSeparator()
    _add(menu, "&Connect a sandbox…", window.connect_sandbox, "", "remote")
    _add(menu, "&Read the workspace again", lambda: window.bench.tasks.start(window.bench.refresh()), "", "refresh")
    _Follower(window.bench, start, stop, menu)


class _Follower(QObject):
    """Lets start and stop be chosen where the current sandbox can; goes with its menu."""

    def __init__(self, bench: Bench, start: QAction, stop: QAction, parent: QMenu) -> None:
        super().__init__(parent)
        self._bench, self._start, self._stop = bench, start, stop
        bench.current_changed.connect(self.follow)
        bench.sandboxes_changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        current = self._bench.current
        state = current.state if current is not None and current.kind == "simulated" else ""
        self._start.setEnabled(state in ("stopped", "failed"))
        self._stop.setEnabled(state == "up")


def _with_current(window: Window, run: Callable[[str], None]) -> None:
    current = window.bench.current
    if current is not None:
        run(current.id)


def _fill_record(window: Window, menu: QMenu) -> None:
    toggle = _add(menu, "&Record", window.toggle_recording, "Ctrl+R", "record")
    _RecordingFollower(window.bench, toggle, menu)


class _RecordingFollower(QObject):
    """Names the action by what it would do; goes with its menu."""

    def __init__(self, bench: Bench, toggle: QAction, parent: QMenu) -> None:
        super().__init__(parent)
        self._bench, self._toggle = bench, toggle
        bench.recording_changed.connect(self.follow)

    def follow(self) -> None:
        self._toggle.setText("&Stop and save…" if self._bench.recorder is not None else "&Record")


def _fill_help(window: Window, menu: QMenu) -> None:
    _add(menu, "Take the &tour", window.start_tour, "", "tour")
    _add(menu, "&Keyboard shortcuts", window.show_shortcuts, "F1")
    menu.addSeparator()
    _add(menu, "&About", window.show_about)
