"""Scenes of the panel Launch."""

from __future__ import annotations

from ui.panels.launch import LaunchPanel
from ui.scenes.studio import MODERN, Scene, Studio, choose


async def show_launch(studio: Studio) -> None:
    await studio.bench.start_sandbox(MODERN)
    panel = studio.window.show_panel("launch")
    await studio.settle()
    if isinstance(panel, LaunchPanel):
        panel.side.tabs.setCurrentIndex(1)
        form = panel.app_form
        form.scripted.setChecked(True)
        choose(form.user, "raman")
        choose(form.patient, "amara-okafor")
        await studio.settle()
        form.launch_asked.emit(form.chosen())
        await studio.settle(0.3)


async def show_launch_empty(studio: Studio) -> None:
    await studio.bench.start_sandbox(MODERN)
    studio.window.show_panel("launch")
    await studio.settle()


SCENES: dict[str, Scene] = {
    "launch": show_launch,
    "launch-empty": show_launch_empty,
}
