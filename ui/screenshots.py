"""Screenshots of every panel, light and dark, at two sizes: `python -m ui.screenshots DIR [NAME…]`.

What they show is real: simulated sites run, messages are sent, an app is launched, a scenario is replayed.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from ui.bench import Bench
from ui.main_window import MainWindow
from ui.scenes import SCENES, Scene, Studio
from ui.tasks import Tasks
from ui.theme.theme import Scheme, Theme
from workbench.workspace.exchange_log import ExchangeLog

SIZES = ((1440, 900), (1024, 640))
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


def _lay_over(picture: QPixmap, dialog: QDialog) -> None:
    """Draw a dialog on the window's picture, as a platform would place it."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    dialog.show()
    dialog.adjustSize() if dialog.height() > picture.height() - 40 else None
    over = dialog.grab()
    painter = QPainter(picture)
    painter.fillRect(picture.rect(), QColor(0, 0, 0, 70))
    place = QPoint((picture.width() - over.width()) // 2, max(24, (picture.height() - over.height()) // 3))
    painter.drawPixmap(place, over)
    painter.setPen(dialog.palette().color(dialog.palette().ColorRole.Dark))
    painter.drawRect(place.x(), place.y(), over.width() - 1, over.height() - 1)
    painter.end()


def _hang(picture: QPixmap, popup: QWidget, below: QWidget, window: QWidget) -> None:
    """Draw a list that dropped down where it hangs."""
    painter = QPainter(picture)
    popup.resize(below.width(), popup.height())
    place = below.mapTo(window, QPoint(0, below.height()))
    painter.drawPixmap(QPoint(min(place.x(), window.width() - popup.width() - 8), place.y()), popup.grab())
    painter.end()


async def _draw(studio: Studio, name: str, folder: Path) -> None:
    """Draw the window in each scheme at each size."""
    window = studio.window
    for width, height in SIZES:
        window.resize(width, height)
        window.inspector_dock.setVisible(width >= 1240 and not window.inspector.is_empty)
        for scheme in SCHEMES:
            window.theme.set_scheme(scheme)
            await asyncio.sleep(0.05)
            picture = window.grab()
            if studio.dialog is not None:
                _lay_over(picture, studio.dialog)
            if studio.popup is not None:
                _hang(picture, *studio.popup, window)
            picture.save(str(folder / f"{name}-{scheme}-{width}x{height}.png"))


async def _play(scene: Scene, name: str, folder: Path, bench: Bench, theme: Theme) -> None:
    with tempfile.TemporaryDirectory() as settings_folder:
        settings = QSettings(str(Path(settings_folder) / "settings.ini"), QSettings.Format.IniFormat)
        settings.setValue("welcome/seen", True)
        await bench.refresh()
        window = MainWindow(bench, theme, settings)
        window.resize(*SIZES[0])
        window.show()
        studio = Studio(window)
        await scene(studio)
        await studio.settle()
        await _draw(studio, name, folder)
        for widget in (studio.dialog, window):
            if isinstance(widget, QWidget):
                widget.hide()
                widget.deleteLater()
        await asyncio.sleep(0.05)


def main(arguments: list[str]) -> int:
    """Draw the scenes named, or all of them, into the folder that comes first."""
    if not arguments or arguments[0].startswith("-"):  # `--help` is a question, not a folder
        print("Usage: python -m ui.screenshots DIR [NAME…]", file=sys.stderr)
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import qasync

    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication(["screenshots"])
    theme = Theme(app)
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        for name in arguments[1:] or SCENES:
            loop.run_until_complete(_shoot(name, folder, theme, loop))
    return 0


def _shoot(name: str, folder: Path, theme: Theme, loop: asyncio.AbstractEventLoop) -> Coroutine[Any, Any, None]:
    async def shoot() -> None:
        with tempfile.TemporaryDirectory() as workspace:
            # A home of its own, so that the packages that somebody has installed are not in the picture.
            os.environ.update(dict.fromkeys(("HOME", "USERPROFILE", "XDG_CACHE_HOME"), str(Path(workspace) / "home")))
            tasks = Tasks(loop)
            tasks.failed.connect(lambda report: print(f"{name}: {report.sentence}\n{report.details}", file=sys.stderr))
            bench = Bench(Path(workspace), tasks, ExchangeLog())
            try:
                await _play(SCENES[name], name, folder, bench, theme)
            finally:
                await bench.close()
        print(name)

    return shoot()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
