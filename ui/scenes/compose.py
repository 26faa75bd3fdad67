"""Scenes of the panel Compose: messages and requests that are sent."""

from __future__ import annotations

from ui.panels.compose import ComposePanel
from ui.scenes.studio import MODERN, Scene, Studio
from workbench.workspace.library import fixtures_folder


async def show_compose(studio: Studio) -> None:
    await studio.fill_strip()
    studio.bench.set_current(MODERN)
    panel = studio.window.show_panel("compose")
    if isinstance(panel, ComposePanel):
        panel.open_path(fixtures_folder() / "messages" / "adt-a01-admission.hl7")
        await studio.settle()
        panel.send()
        await studio.settle(0.3)
        studio.select_row(studio.window.strip.model.rowCount() - 1)


async def show_compose_request(studio: Studio) -> None:
    await studio.fill_strip()
    studio.bench.set_current(MODERN)
    panel = studio.window.show_panel("compose")
    if isinstance(panel, ComposePanel):
        panel.new_request()
        await studio.settle()
        panel.send()
        await studio.settle(0.3)
        studio.select_row(studio.window.strip.model.rowCount() - 1)


async def show_compose_empty(studio: Studio) -> None:
    studio.window.show_panel("compose")


async def show_compose_error(studio: Studio) -> None:
    panel = studio.window.show_panel("compose")
    if isinstance(panel, ComposePanel):
        panel.open_path(fixtures_folder() / "messages" / "faulty-missing-patient-identifier.hl7")
        await studio.settle()
        panel.send()


SCENES: dict[str, Scene] = {
    "compose": show_compose,
    "compose-request": show_compose_request,
    "compose-empty": show_compose_empty,
    "compose-error": show_compose_error,
}
