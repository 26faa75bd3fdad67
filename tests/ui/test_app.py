from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ui.app import has_display, main


def test_without_a_display_the_headless_commands_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not has_display()
    assert main([]) == 2
    told = capsys.readouterr().err
    assert "no display" in told
    assert "workbench replay" in told
    assert told.count("\n") == 1


def test_window_opens_and_closes_as_a_program(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from PySide6.QtCore import QTimer\n"
        "from PySide6.QtWidgets import QApplication, QMainWindow\n"
        "from ui.app import main\n"
        "def close():\n"
        "    for window in QApplication.topLevelWidgets():\n"
        "        if isinstance(window, QMainWindow) and window.bench.sandboxes:\n"
        "            window.close()\n"
        "            return\n"
        "    QTimer.singleShot(50, close)\n"
        "import ui.main_window as m\n"
        "shown = m.MainWindow.showEvent\n"
        "def show(self, event):\n"
        "    shown(self, event)\n"
        "    QTimer.singleShot(50, close)\n"
        "m.MainWindow.showEvent = show\n"
        f"raise SystemExit(main(['--workspace', {str(tmp_path / 'workspace')!r}]))\n"
    )
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "module", ["httpx", "uvicorn", "ruamel.yaml", "hl7apy", "jinja2", "jwt", "workbench.fhirpath", "asyncio"]
)
def test_window_is_drawn_without_heavy_modules(module: str) -> None:
    assert module not in modules_of_the_window()


_FOUND: set[str] = set()


def modules_of_the_window() -> set[str]:
    if not _FOUND:
        script = "import ui.main_window, ui.panels.sandboxes, sys; print('\\n'.join(sys.modules))"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
        _FOUND.update(done.stdout.split())
    return _FOUND
