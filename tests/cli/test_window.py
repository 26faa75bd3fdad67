"""Where no window can open, one sentence says so and names what works without one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from workbench.cli.window import HEADLESS, _cannot_load, find_missing_display


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "There is no display here, so the window cannot open."),
        ({"QT_QPA_PLATFORM": "xcb"}, "There is no display here, so the window cannot open."),
        ({"DISPLAY": ":987"}, "The display :987 does not answer, so the window cannot open."),
        ({"DISPLAY": "elsewhere:10.0"}, ""),
        ({"WAYLAND_DISPLAY": "wayland-0"}, ""),
        ({"QT_QPA_PLATFORM": "offscreen"}, ""),
        ({"QT_QPA_PLATFORM": "offscreen:size=800x600"}, ""),
        ({"QT_QPA_PLATFORM": "minimal;xcb"}, ""),
        ({"QT_QPA_PLATFORM": "vnc"}, ""),
    ],
)
def test_a_display_is_looked_for_before_qt_is(environment: dict[str, str], sentence: str) -> None:
    assert find_missing_display(environment, "linux") == sentence


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_always_have_a_display(platform: str) -> None:
    assert find_missing_display({}, platform) == ""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone can be without a display")
def test_no_display_gives_2_and_one_sentence() -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    done = subprocess.run(
        [sys.executable, "-m", "workbench.cli"], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == f"workbench: There is no display here, so the window cannot open. {HEADLESS}\n"


def test_a_missing_system_library_is_named() -> None:
    error = _cannot_load(ImportError("libEGL.so.1: cannot open shared object file: No such file or directory"))
    assert error.message == "The window cannot open, because the system library libEGL.so.1 is missing."
    assert "README.md" in error.hint


def test_another_fault_of_loading_is_told_as_it_is() -> None:
    assert "No module named 'PySide6'" in _cannot_load(ImportError("No module named 'PySide6'")).message
