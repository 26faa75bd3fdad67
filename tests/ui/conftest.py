"""Fixtures of the window's tests: one event loop of Qt and asyncio, and a bench over a workspace of its own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
import qasync
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.workspace.test_secrets import MemoryKeyring
from ui.bench import Bench
from ui.main_window import MainWindow
from ui.tasks import Report, Tasks
from ui.theme.theme import Theme
from workbench.workspace.exchange_log import ExchangeLog

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(autouse=True)
def collect_here(qapp: QApplication) -> Iterator[None]:
    """Hold back the collection of garbage: as in the window, a Qt object must not die in a worker's thread.

    What was there before is not looked at: definitions that earlier tests loaded are millions of objects.
    """
    gc.disable()
    gc.freeze()
    yield
    for widget in qapp.topLevelWidgets():
        # The list of a completer is a window of its own that its completer lets go of.
        if widget.parent() is None and widget.windowType() != Qt.WindowType.Popup:
            widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def no_key_held(qapp: QApplication) -> Iterator[None]:
    """Let go of Ctrl: Qt takes that of a test’s last key for held, and a row that the next one selects for one more."""
    yield
    if QGuiApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        QTest.keyRelease(QWidget(), Qt.Key.Key_Control)


def pytest_runtest_logfinish(nodeid: str) -> None:
    """Collect on this thread what a test leaves, which its fixtures hold until it is over."""
    gc.collect()
    gc.enable()


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    """The house's palette and style sheet, set once, since a style sheet costs time."""
    theme = Theme(qapp)
    theme.set_scheme("light")
    return theme


@pytest.fixture
def loop(qapp: QApplication, theme: Theme) -> Iterator[qasync.QEventLoop]:
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    with loop:
        yield loop
    asyncio.set_event_loop(None)


@pytest.fixture
def run(loop: qasync.QEventLoop) -> Run:
    """Run a coroutine to its end while the window lives."""

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return loop.run_until_complete(asyncio.wait_for(work, 20))

    return run


@pytest.fixture
def tasks(loop: qasync.QEventLoop) -> Tasks:
    return Tasks(loop)


@pytest.fixture
def reports(tasks: Tasks) -> list[Report]:
    """What reaches the screen because nobody else took it."""
    found: list[Report] = []
    tasks.failed.connect(found.append)
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, so that the packages that a person has installed are none of a test's business."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / ".cache"))
    return folder


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    """A keyring of the test's own."""
    before, own = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(own)
    yield own
    keyring.set_keyring(before)


@pytest.fixture
def bench(tasks: Tasks, tmp_path: Path, home: Path, run: Run) -> Iterator[Bench]:
    bench = Bench(tmp_path / "workspace", tasks, ExchangeLog())
    yield bench
    run(bench.close())


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def window(bench: Bench, theme: Theme, settings: QSettings, run: Run) -> Iterator[MainWindow]:
    """The whole window over the shipped sites, past its first start."""
    settings.setValue("welcome/seen", True)
    run(bench.refresh())
    window = MainWindow(bench, theme, settings)
    window.resize(1280, 800)
    window.show()
    yield window
    window.hide()
    window.deleteLater()
