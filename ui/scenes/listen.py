"""Scenes of the panel Listen."""

from __future__ import annotations

import asyncio

from ui.panels.listen import ListenPanel
from ui.scenes.studio import Scene, Studio
from workbench.workspace.library import fixtures_folder


async def show_listen(studio: Studio) -> None:
    from workbench.transports.mllp_client import send_mllp

    panel = studio.window.show_panel("listen")
    if isinstance(panel, ListenPanel):
        panel.start()
        await asyncio.sleep(0.3)
        if panel.listener is not None:
            for name in ("adt-a01-admission", "oru-r01-lab", "mdm-t02-note"):
                data = (fixtures_folder() / "messages" / f"{name}.hl7").read_bytes()
                await send_mllp("127.0.0.1", panel.listener.port, data)
        await asyncio.sleep(0.4)


async def show_listen_empty(studio: Studio) -> None:
    studio.window.show_panel("listen")


SCENES: dict[str, Scene] = {
    "listen": show_listen,
    "listen-empty": show_listen_empty,
}
