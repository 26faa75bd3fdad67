"""Scenes of the panel Sandboxes."""

from __future__ import annotations

from ui.panels.sandboxes import SandboxesPanel
from ui.scenes.studio import MODERN, Scene, Studio


async def show_sandboxes(studio: Studio) -> None:
    await studio.fill_strip()
    studio.window.show_panel("sandboxes")
    studio.bench.set_current(MODERN)
    studio.select_row(2)


async def show_sandboxes_stopped(studio: Studio) -> None:
    studio.window.show_panel("sandboxes")


async def show_sandboxes_error(studio: Studio) -> None:
    values = {"id": "riverside", "name": "Riverside test system", "fhir_base": "http://127.0.0.1:9/fhir/r4"}
    await studio.bench.save_remote({**values, "client_id": "vitals-app"})
    await studio.bench.probe_remote("riverside")
    panel = studio.window.show_panel("sandboxes")
    if isinstance(panel, SandboxesPanel):
        panel.choose("riverside")
    studio.select_row(0)


async def show_connect(studio: Studio) -> None:
    from ui.dialogs.connect_sandbox import ConnectSandboxDialog

    studio.window.show_panel("sandboxes")
    studio.dialog = ConnectSandboxDialog(studio.bench, studio.window)
    studio.dialog.save()
    await studio.settle()


async def show_connect_tls(studio: Studio) -> None:
    from ui.dialogs.connect_sandbox import ConnectSandboxDialog

    studio.window.show_panel("sandboxes")
    dialog = ConnectSandboxDialog(studio.bench, studio.window)
    dialog.name.setText("Riverside test system")
    dialog.host.setText("hl7.riverside.example")
    dialog.port.setValue(6661)
    dialog.tls.setChecked(True)
    dialog.certificate.setText("C:/certificates/workbench.pem")
    studio.dialog = dialog
    await studio.settle()


SCENES: dict[str, Scene] = {
    "sandboxes": show_sandboxes,
    "sandboxes-stopped": show_sandboxes_stopped,
    "sandboxes-error": show_sandboxes_error,
    "connect": show_connect,
    "connect-tls": show_connect_tls,
}
