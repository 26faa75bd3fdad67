"""Scenes of the panel Send many."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

from ui.panels.send_many import SendManyPanel
from ui.scenes.studio import MODERN, Scene, Studio
from workbench.site.answer_rule_text import parse_answer_rule
from workbench.workspace.library import fixtures_folder

_RULES = (
    'ADT^A08: AE error PV1-3 204 E "Ward 9 is closed until the move is over", every 40',
    "ORU^R01: half a frame every 120",
    'ADT^A01: AR text "Account is locked", every 55',
)


def _write_log(folder: Path) -> Path:
    """The log of a busy morning, made of the shipped messages."""
    names = ("adt-a01-new-patient", "adt-a08-update", "oru-r01-lab", "adt-a04-registration", "siu-s12-appointment")
    texts = [(fixtures_folder() / "messages" / f"{name}.hl7").read_bytes() for name in names]
    path = folder / "engine-2026-03-02.log"
    with path.open("wb") as log:
        for number in range(1000):
            fields = texts[number % len(texts)].split(b"|")
            fields[9] = b"MORNING%05d" % number
            log.write(b"09:%02d:00 sent " % (number // 60 % 60) + b"|".join(fields).replace(b"\r", b"<CR>") + b"\n")
    return path


async def _prepare(studio: Studio) -> SendManyPanel | None:
    await studio.bench.start_sandbox(MODERN)
    answers = studio.bench.answers_of(MODERN)
    for rule in _RULES:
        if answers is not None:
            answers.add(parse_answer_rule(rule))
    panel = studio.window.show_panel("send-many")
    return panel if isinstance(panel, SendManyPanel) else None


async def _until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110  # Qt tells this by no event
        await asyncio.sleep(0.05)


async def _choose(panel: SendManyPanel, folder: str) -> None:
    panel.set_sources([str(_write_log(Path(folder)))])
    await _until(lambda: panel.sources is not None)


async def show_results(studio: Studio) -> None:
    """A thousand messages of a log, sent, and one that was refused looked at."""
    panel = await _prepare(studio)
    if panel is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        await _choose(panel, folder)
        panel.start()
        await _until(lambda: panel.model.total == 1000)
        await studio.settle()
        panel.results.filter.chips["accepted"].setChecked(False)
        panel.results.table.selectRow(1)
        await studio.settle(0.3)


async def show_under_way(studio: Studio) -> None:
    """At ten a second, in the middle."""
    panel = await _prepare(studio)
    if panel is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        await _choose(panel, folder)
        panel.options.rate.setValue(60)
        panel.start()
        await _until(lambda: panel.model.total >= 50)
        panel.pause.setChecked(True)
        await asyncio.sleep(0.3)


async def show_chosen(studio: Studio) -> None:
    panel = await _prepare(studio)
    if panel is not None:
        panel.set_sources([str(fixtures_folder() / "messages")])
        await studio.settle(0.3)


async def show_empty(studio: Studio) -> None:
    studio.window.show_panel("send-many")


SCENES: dict[str, Scene] = {
    "send-many": show_results,
    "send-many-under-way": show_under_way,
    "send-many-chosen": show_chosen,
    "send-many-empty": show_empty,
}
