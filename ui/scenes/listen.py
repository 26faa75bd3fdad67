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


async def show_listen_rules(studio: Studio) -> None:
    """Rules that were used, and one that cannot be read."""
    from workbench.transports.mllp_client import send_mllp

    panel = studio.window.show_panel("listen")
    if isinstance(panel, ListenPanel):
        panel.rules_button.setChecked(True)
        for rule in (
            'ADT^A01: AE error PV1-3 101 E "No bed is given", times 2',
            "ORU: late 0.2 s",
            "any: close every 3",
        ):
            panel.rules.line.setText(rule)
            panel.rules.add()
        panel.start()
        await asyncio.sleep(0.3)
        if panel.listener is not None:
            for name in ("adt-a01-admission", "oru-r01-lab", "mdm-t02-note", "adt-a01-admission"):
                data = (fixtures_folder() / "messages" / f"{name}.hl7").read_bytes()
                await send_mllp("127.0.0.1", panel.listener.port, data, within=2)
        panel.rules.line.setText("ADT^A08: AE aftr 3")
        panel.rules.add()
        await asyncio.sleep(0.4)


async def show_listen_empty(studio: Studio) -> None:
    studio.window.show_panel("listen")


async def show_listen_tls(studio: Studio) -> None:
    panel = studio.window.show_panel("listen")
    if isinstance(panel, ListenPanel):
        panel.tls_button.setChecked(True)
        panel.tls.certificate.setText("C:/certificates/inbox.pem")
        panel.start()
        await asyncio.sleep(0.3)


SCENES: dict[str, Scene] = {
    "listen": show_listen,
    "listen-rules": show_listen_rules,
    "listen-tls": show_listen_tls,
    "listen-empty": show_listen_empty,
}
