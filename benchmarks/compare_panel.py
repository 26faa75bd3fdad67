"""Benchmark of the Compare panel: how long a comparison takes to open, and the longest gap of a 5 ms timer meanwhile.

Two bundles of 5 MB are a hundred thousand rows, two HL7 v2 messages of 10,000 segments as many; versions of HL7 v2 are
opened whole, and US Core 3.1.1 and 6.1.0 where their packages are at hand.
Prints times and gaps, and asserts nothing about them. The idle window's own gap stands beside the others.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.differences import result_message
from benchmarks.window import GapTimer
from ui.models.side_source import source_of_text

if TYPE_CHECKING:
    from ui.bench import Bench
    from ui.panels.compare import ComparePanel

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROUNDS = 5
ENTRIES = 9_500
PACKAGES = Path(__file__).parents[2] / "shared" / "data" / "us-core-packages"
PAIR = ("us_core_311.tgz", "us_core_610.tgz")


def make_bundle(*, changed: bool) -> bytes:
    """Observations; in the changed bundle every third has another value."""
    entries = [
        {
            "fullUrl": f"urn:uuid:{number}",
            "resource": {
                "resourceType": "Observation",
                "id": f"o{number}",
                "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": f"{number}-1", "display": "x" * 200}]},
                "subject": {"reference": f"Patient/{number}"},
                "effectiveDateTime": "2024-01-01T00:00:00Z",
                "valueQuantity": {"value": number + (changed and number % 3 == 0), "unit": "mg", "code": "mg"},
            },
        }
        for number in range(ENTRIES)
    ]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


async def _measure(name: str, timer: GapTimer, work: Callable[[], Awaitable[object]], *, rounds: int = ROUNDS) -> None:
    gaps, times = [], []
    for _ in range(rounds):

        async def timed() -> None:
            start = time.perf_counter()
            await work()
            times.append(time.perf_counter() - start)

        gaps.append(await timer.during(timed()))
    took, gap, worst = statistics.median(times), statistics.median(gaps), max(gaps)
    print(f"  {name:<44} {took:6.2f} s   longest gap {gap * 1000:5.1f} ms (worst {worst * 1000:.1f})")


async def _open(panel: ComparePanel, left: object, right: object) -> None:
    """Until the rows are on screen."""
    shown = asyncio.get_running_loop().create_future()
    connection = panel.shown.connect(lambda: shown.done() or shown.set_result(None))
    panel.set_sides(left, right)
    await asyncio.wait_for(shown, 120)
    panel.shown.disconnect(connection)
    panel.tree.viewport().repaint()


async def _scroll(panel: ComparePanel) -> None:
    bar = panel.tree.verticalScrollBar()
    for step in range(60):
        bar.setValue(bar.maximum() * step // 59)
        await asyncio.sleep(0.016)


def _do(run: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    async def work() -> None:
        run()
        await asyncio.sleep(0)

    return work


async def measure_rows(panel: ComparePanel, timer: GapTimer) -> None:
    view = panel.view
    print(f"  ({len(panel.model.comparison.rows):,} rows)")
    await _measure("only differences, on and off", timer, _do(view.only.toggle), rounds=6)
    for text in ("value", "o77", "nowhere", ""):

        def search(text: str = text) -> None:
            view.filter_bar.search.setText(text)
            view.filter_bar.changed.emit()

        await _measure(f"search “{text}”", timer, _do(search), rounds=3)
    await _measure("next difference", timer, _do(lambda: panel.step(1)))
    await _measure(
        "the last row, and back", timer, _do(lambda: (panel.tree.setCurrentIndex(_last(panel)), panel.step(-1)))
    )
    await _measure("expand some thousand lines", timer, _do(view.expand_all), rounds=3)
    await _measure("scroll from the top to the end", timer, lambda: _scroll(panel), rounds=3)


def _last(panel: ComparePanel):  # type: ignore[no-untyped-def]  # an index of Qt
    return panel.model.index_of_row(panel.model.count_shown() - 1)


async def _run(bench: Bench, panel: ComparePanel, folder: Path) -> None:
    await bench.refresh()
    panel.left.learn_names()
    await asyncio.sleep(2)
    timer = GapTimer()
    await _measure("nothing", timer, lambda: asyncio.sleep(1))
    bundles = []
    for changed in (False, True):
        path = folder / f"{changed}.json"
        path.write_bytes(make_bundle(changed=changed))
        bundles.append(path)
    size = bundles[0].stat().st_size / 1e6
    await _measure(f"two bundles of {size:.1f} MB", timer, lambda: _open(panel, *bundles))
    await measure_rows(panel, timer)
    await _measure_messages(panel, timer, folder)
    if all((PACKAGES / name).is_file() for name in PAIR):
        packages = [PACKAGES / name for name in PAIR]
        await _open(panel, *packages)
        await _measure("US Core 3.1.1 against 6.1.0", timer, lambda: _open(panel, *packages))
        await measure_rows(panel, timer)
    await bench.close()


async def _measure_messages(panel: ComparePanel, timer: GapTimer, folder: Path) -> None:
    messages = []
    for changed in (0, 1):
        path = folder / f"{changed}.hl7"
        path.write_bytes(result_message([number + changed * (number % 3 == 0) for number in range(8000)], range(1000)))
        messages.append(path)
    await _measure("two messages of 10,002 segments", timer, lambda: _open(panel, *messages))
    await measure_rows(panel, timer)
    await _measure("a filter in words", timer, _do(lambda: panel.view.filter_bar.search.setText("OBX-5 and changed")))
    panel.view.filter_bar.search.setText("")
    versions = source_of_text("hl7v2:2.5.1"), source_of_text("hl7v2:2.8.2")
    await _measure("HL7 v2.5.1 against v2.8.2", timer, lambda: _open(panel, *versions))
    await measure_rows(panel, timer)


def main() -> None:
    import qasync
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from ui.bench import Bench
    from ui.garbage import GarbageCollector
    from ui.main_window import MainWindow
    from ui.panels.compare import ComparePanel
    from ui.tasks import Tasks
    from ui.theme.theme import Theme
    from workbench.workspace.exchange_log import ExchangeLog

    app = QApplication([])
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    folder = Path(tempfile.mkdtemp())
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue("welcome/seen", True)
    bench = Bench(folder, Tasks(loop), ExchangeLog())
    bench.tasks.failed.connect(lambda report: print(report.sentence, report.details))
    window = MainWindow(bench, Theme(app, settings), settings)
    window.resize(1440, 900)
    window.show()
    garbage = GarbageCollector(app)
    garbage.start()
    panel = window.show_panel("compare")
    if not isinstance(panel, ComparePanel):
        raise TypeError("the Compare panel is another")
    print("Compare panel: time until it is on screen, longest gap of a 5 ms timer on the window's thread")
    with loop:
        loop.run_until_complete(_run(bench, panel, folder))
    garbage.stop()


if __name__ == "__main__":
    main()
