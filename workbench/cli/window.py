"""Window: opened through the entry point group `workbench.window`, or in words why it cannot be.

Qt ends the whole process where it finds no display or no system library, so both are looked for before it starts.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from workbench.errors import WorkbenchError

GROUP = "workbench.window"
HEADLESS = (
    "Without a window use “workbench replay”, “workbench send”, “workbench sandbox run” or “workbench site list”."
)
SCREENLESS_PLATFORMS = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs", "minimalegl", "vkkhrdisplay")
_LIBRARY = re.compile(r"lib[\w+.-]*?\.so[.\d]*")


def run(arguments: Namespace) -> int:
    """Open the window and return its exit code; raises WorkbenchError where there can be none."""
    from importlib.metadata import entry_points

    if reason := find_missing_display(os.environ, sys.platform):
        raise WorkbenchError(reason, hint=HEADLESS)
    windows = sorted(entry_points(group=GROUP))
    if not windows:
        raise WorkbenchError("No window is installed with this workbench.", hint=HEADLESS)
    try:
        _load_platform_plugin(os.environ, sys.platform)
        open_window = windows[0].load()
        importlib.import_module("PySide6.QtWidgets")
    except (ImportError, OSError) as error:
        raise _cannot_load(error) from error
    chosen = ["--workspace", str(arguments.workspace)] if arguments.workspace else []
    return int(open_window(chosen))


def find_missing_display(environment: Mapping[str, str], platform: str) -> str:
    """A sentence where no window can be shown; empty where one can, as far as that shows from outside."""
    if not platform.startswith(("linux", "freebsd", "openbsd")) or _platform_of(environment) in SCREENLESS_PLATFORMS:
        return ""
    if environment.get("WAYLAND_DISPLAY"):
        return ""
    display = environment.get("DISPLAY")
    if not display:
        return "There is no display here, so the window cannot open."
    return "" if _display_answers(display) else f"The display {display} does not answer, so the window cannot open."


def _platform_of(environment: Mapping[str, str]) -> str:
    """Qt's own choice of a platform, without its options: `offscreen` of `offscreen:size=800x600;xcb`."""
    return re.split(r"[:;]", environment.get("QT_QPA_PLATFORM", ""), maxsplit=1)[0].strip().lower()


def _display_answers(display: str) -> bool:
    """Whether a local display such as `:1.0` has its socket; of one elsewhere nothing is known."""
    local = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", display)
    if local is None:
        return True
    path = f"/tmp/.X11-unix/X{local[1]}"  # noqa: S108  # where every X server has it
    try:
        return Path(path).exists() or path in Path("/proc/net/unix").read_text("utf-8")
    except OSError:
        return True


def _load_platform_plugin(environment: Mapping[str, str], platform: str) -> None:
    """Load what Qt would load for an X11 window; OSError names the system library that is missing."""
    import ctypes
    import importlib.util

    package = importlib.util.find_spec("PySide6")
    uses_x11 = _platform_of(environment) == "xcb" or not (
        _platform_of(environment) or environment.get("WAYLAND_DISPLAY")
    )
    if not platform.startswith("linux") or not uses_x11 or package is None or package.origin is None:
        return
    importlib.import_module("PySide6.QtGui")
    plugin = Path(package.origin).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if plugin.exists():
        ctypes.CDLL(str(plugin))


def _cannot_load(error: Exception) -> WorkbenchError:
    missing = _LIBRARY.search(str(error))
    if missing and "cannot open shared object" in str(error):
        reason = f"The window cannot open, because the system library {missing[0]} is missing."
        hint = "On Debian and Ubuntu the apt line in README.md, under “Set-up”, installs all that the window needs."
        return WorkbenchError(reason, hint=f"{hint} {HEADLESS}")
    reason = f"The window cannot be loaded: {' '.join(str(error).split())}."
    return WorkbenchError(reason, hint=f"Install the workbench again. {HEADLESS}")
