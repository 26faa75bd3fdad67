"""Application: the window on one event loop, from the command line to the last closed port."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from ui.main_window import MainWindow

_NO_DISPLAY = (
    "There is no display, so the window cannot open. Without one, use “workbench replay”, “workbench send”, "
    "“workbench sandbox run” or “workbench site list”.\n"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and return when it is closed; `--workspace DIR` chooses the folder it works in."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not has_display():
        sys.stderr.write(_NO_DISPLAY)
        return 2
    return run_window(_folder_of(arguments))


def has_display() -> bool:
    """Whether a window can be shown; only Linux and its kin can be without one."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run_window(folder: Path | None) -> int:
    """Show the window, then give it a loop: asyncio takes as long to import as a third of the first picture."""
    gc.disable()  # until the window's own collector takes over
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from ui.bench import Bench
    from ui.main_window import MainWindow
    from ui.tasks import Tasks
    from ui.theme.theme import Theme
    from workbench.workspace.exchange_log import ExchangeLog

    app = QApplication(["workbench"])
    app.setOrganizationName("Interop Workbench")
    app.setApplicationName("workbench")
    app.setApplicationDisplayName("Interop Workbench")
    app.setQuitOnLastWindowClosed(False)
    settings = QSettings()
    bench = Bench(folder, Tasks(), ExchangeLog())
    window = MainWindow(bench, Theme(app, settings), settings)
    window.show()
    app.processEvents()
    _live(app, window)
    return 0


def _live(app: QApplication, window: MainWindow) -> None:
    """Run the loop until the window is closed and everything of it has stopped."""
    import asyncio

    import qasync

    from ui.garbage import GarbageCollector

    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    bench = window.bench
    bench.tasks.run_on(loop)
    sys.excepthook = lambda kind, error, trace: bench.tasks.report(error)
    over: asyncio.Future[None] = loop.create_future()
    window.closed.connect(lambda: None if over.done() else over.set_result(None))
    garbage = GarbageCollector(app)

    async def live() -> None:
        garbage.start()
        bench.tasks.start(bench.refresh(), name="Reading the workspace")
        await over
        await bench.close()
        garbage.stop()

    with loop:
        loop.run_until_complete(live())


def _folder_of(arguments: list[str]) -> Path | None:
    if "--workspace" in arguments[:-1]:
        return Path(arguments[arguments.index("--workspace") + 1]).expanduser()
    return None


if __name__ == "__main__":
    raise SystemExit(main())
