"""Scenes of the panel Packages."""

from __future__ import annotations

import json
from pathlib import Path

from ui.panels.packages import PackagesPanel
from ui.scenes.studio import Scene, Studio


def _write_package(folder: Path, manifest: str, name: str) -> None:
    inside = folder / f"org.example.{name}" / "package"
    inside.mkdir(parents=True, exist_ok=True)
    (inside / "package.json").write_text(manifest, "utf-8")


async def show_packages(studio: Studio) -> None:
    """What is built in, a profile of US Core open at an element."""
    panel = studio.window.show_panel("packages")
    await studio.settle(0.5)
    if isinstance(panel, PackagesPanel):
        panel.choose("hl7.fhir.us.core#5.0.1")
        await studio.settle(0.3)
        panel.view.choose("http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient")
        await studio.settle(0.3)
        structure = panel.view.structure
        structure.tree.setCurrentIndex(structure.model.index_of("Patient.gender"))


async def show_packages_installed(studio: Studio) -> None:
    """One that lacks what it depends on, one that cannot be read, and what went wrong with another."""
    folder = Path.home() / ".fhir" / "packages"
    wanted = {"hl7.fhir.us.core": "6.1.0", "hl7.fhir.uv.smart-app-launch": "2.1.0", "us.nlm.vsac": "0.11.0"}
    guide = {"name": "org.example.cardiology", "version": "2.0.0", "title": "Cardiology at Riverside and its Partners"}
    _write_package(folder, json.dumps({**guide, "fhirVersions": ["4.0.1"], "dependencies": wanted}), "cardiology#2.0.0")
    _write_package(folder, "{", "broken-download#1.0.0")
    panel = studio.window.show_panel("packages")
    await studio.settle(0.5)
    if isinstance(panel, PackagesPanel):
        panel.choose("org.example.cardiology#2.0.0")
        panel.install_file(folder / "org.example.broken-download#1.0.0" / "package" / "package.json")
        await studio.settle(0.3)


async def show_packages_values(studio: Studio) -> None:
    panel = studio.window.show_panel("packages")
    await studio.settle(0.5)
    if isinstance(panel, PackagesPanel):
        panel.choose("hl7.fhir.r4.core#4.0.1")
        await studio.settle(0.5)
        panel.view.choose("http://hl7.org/fhir/ValueSet/administrative-gender")
        await studio.settle(0.3)


async def show_install_package(studio: Studio) -> None:
    from ui.dialogs.install_package import InstallPackageDialog

    studio.window.show_panel("packages")
    studio.dialog = InstallPackageDialog(studio.bench, (), studio.window)
    await studio.settle()


SCENES: dict[str, Scene] = {
    "packages": show_packages,
    "packages-installed": show_packages_installed,
    "packages-values": show_packages_values,
    "install-package": show_install_package,
}
