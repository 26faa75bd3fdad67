"""Scenes of the window's frame: its first start, the palette, the tour, a recording, a fault."""

from __future__ import annotations

import asyncio

from ui.scenes.studio import MODERN, Scene, Studio


async def show_welcome(studio: Studio) -> None:
    studio.window.show_welcome()


async def show_palette(studio: Studio) -> None:
    from ui.dialogs.command_palette import CommandPalette

    studio.window.show_panel("sandboxes")
    palette = CommandPalette(studio.bench, studio.window.commands(), studio.window)
    await studio.settle()
    palette.search.setText("a")
    studio.dialog = palette


async def show_recording(studio: Studio) -> None:
    from ui.dialogs.review_recording import ReviewRecordingDialog

    await studio.bench.start_sandbox(MODERN)
    studio.bench.set_current(MODERN)
    studio.bench.start_recording("Vitals in a visit")
    await studio.send_message("adt-a01-admission")
    await studio.send_message("oru-r01-vitals")
    await asyncio.sleep(0.2)
    recorder = studio.bench.recorder
    if recorder is not None:
        studio.dialog = ReviewRecordingDialog(studio.bench, recorder, studio.window)
        await studio.settle()


async def show_tour(studio: Studio) -> None:
    await studio.fill_strip()
    studio.window.show_panel("sandboxes")
    studio.window.start_tour()


async def show_fault(studio: Studio) -> None:
    studio.window.show_panel("sandboxes")
    studio.bench.tasks.report(KeyError("an example"))


SCENES: dict[str, Scene] = {
    "welcome": show_welcome,
    "palette": show_palette,
    "recording": show_recording,
    "tour": show_tour,
    "fault": show_fault,
}
