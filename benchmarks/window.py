"""Benchmark of the window: first paint against a bare window, and the longest gap of a 5 ms timer under work.

Prints medians, ratios and gaps, and asserts nothing about times. The bare loop's own gap stands beside ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from benchmarks.window_messages import (
    LARGE_TEXT,
    LARGE_VALUE,
    MANY_SEGMENTS,
    offer_note,
    open_documents,
    open_message,
    send_many,
    type_in_message,
)

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROUNDS = 7
STEPS = 200
LARGE = 5_000_000

_QUIT_AT_FIRST_PAINT = """
import os
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QMainWindow
def quit_at_first_paint(kind):
    below = kind.event
    def event(self, it):
        done = below(self, it)
        if it.type() == QEvent.Type.Paint:
            os._exit(0)
        return done
    kind.event = event
"""
_BARE = """
from PySide6.QtWidgets import QApplication
app = QApplication([])
class Window(QMainWindow): pass
quit_at_first_paint(Window)
window = Window()
window.resize(1200, 800)
window.show()
app.exec()
"""
_OURS = """
import sys
from ui.main_window import MainWindow
quit_at_first_paint(MainWindow)
from ui.app import main
main(["--workspace", sys.argv[1]])
"""


def measure_first_paint() -> None:
    """Whole processes, from the start of Python to the first painted window."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_CONFIG_HOME": folder}
        programs = {"bare window": _BARE, "workbench": _OURS}
        found: dict[str, list[float]] = {name: [] for name in programs}
        for _ in range(ROUNDS + 1):
            for name, program in programs.items():
                start = time.perf_counter()
                command = [sys.executable, "-c", _QUIT_AT_FIRST_PAINT + program, folder]
                subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL, timeout=60)
                found[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(times[1:]) for name, times in found.items()}
    for name, seconds in medians.items():
        print(f"  {name:<34} {seconds:6.3f} s   {seconds / medians['bare window']:5.2f} × bare window")


class GapTimer:
    """Counts the longest time between two ticks of a 5 ms timer on the window's thread, and the most that the thread
    itself reckoned in between: on a machine that is busy with other things the first tells less."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._tick)
        self._last = self._reckoned = 0.0
        self.longest = self.busiest = 0.0

    async def during(self, work: Awaitable[object]) -> float:
        """The longest gap in seconds while `work` went on and for a moment after."""
        self._last, self._reckoned = time.perf_counter(), time.thread_time()
        self.longest = self.busiest = 0.0
        self._timer.start()
        await work
        await asyncio.sleep(0.3)
        self._timer.stop()
        return self.longest

    def _tick(self) -> None:
        now, reckoned = time.perf_counter(), time.thread_time()
        self.longest = max(self.longest, now - self._last)
        self.busiest = max(self.busiest, reckoned - self._reckoned)
        self._last, self._reckoned = now, reckoned


def measure_gaps(names: list[str]) -> None:
    """One process with the real window, a simulated site in its thread, and a server of a large body in a process."""
    import qasync
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from ui.bench import Bench
    from ui.garbage import GarbageCollector
    from ui.main_window import MainWindow
    from ui.tasks import Tasks
    from ui.theme.theme import Theme
    from workbench.workspace.exchange_log import ExchangeLog

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    folder = Path(tempfile.mkdtemp())
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    theme = Theme(app, settings)
    bench = Bench(folder, Tasks(loop), ExchangeLog())
    window = MainWindow(bench, theme, settings)
    window.resize(1440, 900)
    window.show()
    garbage = GarbageCollector(app)
    garbage.start()
    with loop:
        loop.run_until_complete(_measure_gaps(bench, window, folder, names))
    garbage.stop()


async def _measure_gaps(bench: object, window: object, folder: Path, names: list[str]) -> None:
    from ui.bench import Bench
    from ui.main_window import MainWindow

    assert isinstance(bench, Bench) and isinstance(window, MainWindow)
    await bench.refresh()
    await bench.start_sandbox("community-hospital")
    await asyncio.sleep(1)
    timer = GapTimer()
    works: dict[str, Callable[[], Awaitable[object]]] = {
        "nothing": lambda: asyncio.sleep(1),
        f"replay of {STEPS} steps": lambda: _replay(window, folder),
        "typing in a bundle of 1 MB, checked": lambda: _type(window, folder),
        "HL7 v2, one value of 1 MB, opens": lambda: open_message(window, folder, LARGE_VALUE),
        "HL7 v2, one value of 1 MB, typing": lambda: type_in_message(window, folder, LARGE_VALUE),
        "HL7 v2, one text of 1 MB, opens": lambda: open_message(window, folder, LARGE_TEXT),
        "HL7 v2, one text of 1 MB, typing": lambda: type_in_message(window, folder, LARGE_TEXT),
        "HL7 v2, 10,000 segments, opens": lambda: open_message(window, folder, MANY_SEGMENTS),
        "HL7 v2, 10,000 segments, typing": lambda: type_in_message(window, folder, MANY_SEGMENTS),
    }
    works["HL7 v2, 1,000 messages are sent"] = lambda: send_many(window, folder)
    works["PDF of 10 MB is offered as a note"] = lambda: offer_note(window, folder, open_it=False)
    works["PDF of 10 MB, the message opens"] = lambda: offer_note(window, folder, open_it=True)
    works["PDF of 10 MB is read out of a message"] = lambda: open_documents(window, folder)
    async with _large_body(folder) as address:
        works["5 MB response arrives and is shown"] = lambda: _show_large(bench, window, address)
        for name, work in works.items():
            if names and not any(each in name for each in names):
                continue
            await work()
            gaps, own = [], []
            for _ in range(3):
                gaps.append(await timer.during(work()))
                own.append(timer.busiest)
            longest, busiest = statistics.median(gaps) * 1000, statistics.median(own) * 1000
            print(f"  {name:<36} {longest:6.1f} ms longest gap, {busiest:5.1f} ms of it reckoned (medians of three)")
    await bench.close()


async def _replay(window: object, folder: Path) -> None:
    from ui.main_window import MainWindow
    from ui.panels.scenarios import ScenariosPanel

    assert isinstance(window, MainWindow)
    path = folder / "scenarios" / "steps.scenario.yaml"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        steps = "".join("  - fhir: GET metadata\n    checks:\n      - status: 200\n" for _ in range(STEPS))
        path.write_text(f"version: 1\nname: Steps\nsteps:\n{steps}", "utf-8")
    panel = window.show_panel("scenarios")
    assert isinstance(panel, ScenariosPanel)
    panel.open_path(path)
    over = asyncio.get_running_loop().create_future()
    connection = panel.replays.finished.connect(lambda: over.done() or over.set_result(None))
    panel.replay_here()
    await asyncio.wait_for(over, 60)
    panel.replays.finished.disconnect(connection)
    assert panel.replays.runs[0].verdict == "pass", panel.replays.runs[0].sentence


async def _type(window: object, folder: Path) -> None:
    """Types for two seconds, with rests that let a check begin, while checks of a bundle of one megabyte go on."""
    from PySide6.QtGui import QTextCursor

    from ui.main_window import MainWindow
    from ui.panels.compose import ComposePanel
    from ui.views.request_page import RequestPage

    assert isinstance(window, MainWindow)
    panel = window.show_panel("compose")
    assert isinstance(panel, ComposePanel)
    if not isinstance(panel.page, RequestPage):
        panel.open_path(_write_bundle(folder))
        while not isinstance(panel.page, RequestPage) or panel.page.resource.check is None:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        panel.page.resource.chip.setChecked(True)
        panel.page.editor.go_to_line(200, 1)
    editor = panel.page.editor
    for number in range(60):
        editor.insertPlainText(" ")
        await asyncio.sleep(0.4 if number % 20 == 19 else 0.03)
    editor.moveCursor(QTextCursor.MoveOperation.Down)
    await asyncio.sleep(1.5)


def _write_bundle(folder: Path) -> Path:
    """Thirteen hundred entries, every tenth with a code that does not exist."""
    path = folder / "typing.json"
    entries = []
    for number in range(1_300):
        patient = {
            "resourceType": "Patient",
            "id": f"p{number}",
            "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Ada</div>'},
            "identifier": [{"system": "http://hospital.example.org/mrn", "value": str(100_000 + number)}],
            "name": [{"use": "official", "family": "Okafor", "given": ["Amara", "Ngozi"]}],
            "telecom": [{"system": "phone", "value": "+1 555 0100", "use": "home"}],
            "gender": "mann" if number % 10 == 0 else "female",
            "birthDate": "1984-02-29",
            "address": [{"line": ["1 Main Street"], "city": "Springfield", "postalCode": "01234", "country": "US"}],
        }
        entries.append({"fullUrl": f"http://hospital.example.org/Patient/p{number}", "resource": patient})
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    path.write_text(json.dumps(bundle, indent=1), "utf-8")
    assert path.stat().st_size > 1_000_000, path.stat().st_size
    return path


async def _show_large(bench: object, window: object, address: str) -> None:
    from ui.bench import Bench
    from ui.main_window import MainWindow
    from workbench.exchange import Request

    assert isinstance(bench, Bench) and isinstance(window, MainWindow)
    exchange = await bench.http.send(Request("GET", address), receiver="large")
    assert exchange.response is not None and len(exchange.response.body) > LARGE
    bench.add_exchange(exchange)
    window.inspect(exchange)
    await asyncio.sleep(0.5)


@contextlib.asynccontextmanager
async def _large_body(folder: Path) -> AsyncIterator[str]:
    entry = {"resource": {"resourceType": "Observation", "status": "final", "note": [{"text": "x" * 400}]}}
    count = LARGE // len(json.dumps(entry)) + 100
    (folder / "large.json").write_text(json.dumps({"resourceType": "Bundle", "entry": [entry] * count}), "utf-8")
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    server = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert server.stdout is not None
        line = (await server.stdout.readline()).decode()
        port = line.split("port ")[1].split()[0]
        yield f"http://127.0.0.1:{port}/large.json"
    finally:
        server.terminate()
        await server.wait()


def main(names: list[str]) -> None:
    """Measure everything, or the gaps of the works whose words hold one of `names`."""
    if names:
        measure_gaps(names)
        return
    print(f"First paint, whole processes ({ROUNDS} rounds)")
    measure_first_paint()
    print("Longest gap of a 5 ms timer on the window's thread")
    measure_gaps([])


if __name__ == "__main__":
    main(sys.argv[1:])
