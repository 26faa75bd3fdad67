"""Application: the window on one event loop, from the command line to the last closed port."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

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
    import qasync
    from PySide6.QtCore import QSettings, QTimer
    from PySide6.QtWidgets import QApplication

    from ui.bench import Bench
    from ui.garbage import GarbageCollector
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
    theme = Theme(app, settings)
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    tasks = Tasks(loop)
    sys.excepthook = lambda kind, error, trace: tasks.report(error)
    bench = Bench(folder, tasks, ExchangeLog())
    window = MainWindow(bench, theme, settings)
    over = loop.create_future()
    window.closed.connect(lambda: over.done() or over.set_result(None))
    window.show()
    # The first picture comes before the workspace is read.
    QTimer.singleShot(0, lambda: tasks.start(bench.refresh(), name="Reading the workspace"))

    garbage = GarbageCollector(app)
    garbage.start()

    async def live() -> None:
        await over
        await bench.close()

    with loop:
        loop.run_until_complete(live())
    garbage.stop()
    return 0


def _folder_of(arguments: list[str]) -> Path | None:
    if "--workspace" in arguments[:-1]:
        return Path(arguments[arguments.index("--workspace") + 1]).expanduser()
    return None


if __name__ == "__main__":
    raise SystemExit(main())
