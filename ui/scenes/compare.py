"""Scenes of the panel Compare; data of other people is shown where it is at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ui.panels.compare import ComparePanel
from ui.scenes.studio import MODERN, OLDER, Scene, Studio

_PUBLIC = Path(__file__).parents[3] / "shared" / "data"


async def show_compare(studio: Studio) -> None:
    await studio.bench.start_sandbox(MODERN)
    for name in ("adt-a01-admission", "adt-a08-update"):
        await studio.send_message(name)
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        panel.set_sides(*studio.bench.log.exchanges[-2:])
        await studio.settle(0.3)


async def show_compare_resources(studio: Studio) -> None:
    await studio.bench.start_sandbox(MODERN)
    await studio.bench.start_sandbox(OLDER)
    await studio.ask("metadata", MODERN)
    await studio.ask("metadata", OLDER)
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        panel.set_sides(*studio.bench.log.exchanges[-2:])
        await studio.settle(0.3)


async def show_compare_empty(studio: Studio) -> None:
    studio.window.show_panel("compare")


async def show_compare_observation(studio: Studio) -> None:
    """Why an Observation that was right before is refused: what breaks its sender, with the rule behind it."""
    await show_compare_packages(studio)
    panel = studio.window.panels.currentWidget()
    if isinstance(panel, ComparePanel):
        panel.view.filter_bar.search.setText("us-core-observation-lab")
        panel.view.only_breaking.setChecked(True)
        await studio.settle(0.5)


async def show_compare_filtered(studio: Studio) -> None:
    await show_compare_servers(studio)
    panel = studio.window.panels.currentWidget()
    if isinstance(panel, ComparePanel):
        panel.view.only_breaking.setChecked(True)
        panel.view.filter_bar.search.setText("condition")
        await studio.settle(0.3)


async def show_compare_long(studio: Studio) -> None:
    """Values of megabytes, and paths that no column holds."""

    def note(text: str, address: str) -> dict[str, Any]:
        content = [{"attachment": {"contentType": "application/pdf", "data": text}}]
        extension = [{"url": f"https://a-very-long-host.example.org/{address}", "valueString": "x " * 60}]
        return {"resourceType": "DocumentReference", "id": "long", "extension": extension, "content": content}

    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        start = "JVBERi0x" * 250_000
        panel.set_sides(("Before", note(start, "a" * 90)), ("After", note(f"{start}AAAA", "b" * 90)))
        await studio.settle(0.3)
        panel.step(1)


async def show_compare_names(studio: Studio) -> None:
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        panel.left.name(MODERN)
        panel.right.learn_names()
        await studio.settle(0.3)
        panel.right.field.setFocus()
        panel.right.field.setText("hospital")
        panel.right.field.list_names("hospital")
        popup = panel.right.field.completer().popup()
        studio.popup = (popup, panel.right.field) if popup is not None else None


async def show_compare_one(studio: Studio) -> None:
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        panel.left.name(MODERN)
        await studio.settle(0.3)


async def show_compare_packages(studio: Studio) -> None:
    """Two versions of a package where they are at hand, else two releases of FHIR."""
    data = _PUBLIC / "us-core-packages"
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        if data.is_dir():
            panel.set_sides(data / "us_core_311.tgz", data / "us_core_610.tgz")
        else:
            panel.left.name("R4")
            panel.right.name("R5")
        await studio.settle(0.3)
        panel.step(1, breaking=True)


async def show_compare_refused(studio: Studio) -> None:
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        panel.left.name(MODERN)
        panel.right.name("a-hospital-that-nobody-knows")
        await studio.settle(0.3)


async def show_compare_servers(studio: Studio) -> None:
    """Two servers of other people where their statements are at hand, else two sites of our own."""
    data = _PUBLIC / "capability-statements"
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        if data.is_dir():
            panel.set_sides(data / "cerner-dstu2.json", data / "epic-stu3.json")
        else:
            panel.left.name(MODERN)
            panel.right.name(OLDER)
        await studio.settle(0.3)
        panel.step(1, breaking=True)


async def show_compare_versions(studio: Studio) -> None:
    """A message structure in two versions of HL7 v2: what moved, what was added, what repeats."""
    await _compare_names(studio, "hl7v2:2.3:ADT_A01", "hl7v2:2.5.1:ADT_A01")


async def show_compare_all_of_versions(studio: Studio) -> None:
    await _compare_names(studio, "hl7v2:2.5.1", "hl7v2:2.8.2")


async def show_compare_version_names(studio: Studio) -> None:
    """What of a version can be named, listed while it is typed."""
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        panel.left.name("hl7v2:2.3:PID")
        field = panel.right.field
        field.setFocus()
        field.setText("hl7v2:2.5.1:PI")
        field.textEdited.emit(field.text())
        await studio.settle(0.6)
        field.list_names(field.text())
        popup = field.completer().popup()
        studio.popup = (popup, field) if popup is not None else None


async def show_compare_message_filter(studio: Studio) -> None:
    """Two messages of two versions, with a filter in words and what is only written otherwise."""
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        panel.show_example("adt-a01-admission-231", "adt-a08-update")
        await studio.settle(0.5)
        panel.view.filter_bar.search.setText("(PID or PV1) and not same")
        await studio.settle(0.3)
        panel.step(1)


async def show_compare_site_asks(studio: Studio) -> None:
    """What two hospitals ask of messages, with what breaks who moves from one to the other."""
    await _compare_names(studio, "site:community-hospital", "site:academic-medical-center")


async def show_compare_message_site(studio: Studio) -> None:
    """A message held against what a hospital asks."""
    await _compare_names(studio, "adt-a01-admission", "site:academic-medical-center")


async def show_compare_log_site(studio: Studio) -> None:
    """A log of messages held against what a hospital asks: the gaps, place by place."""
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        panel.set_sides(studio.bench.workspace.messages()[0].path.parent, None)
        panel.right.name("site:academic-medical-center")
        await studio.settle(1.0)
        panel.step(1, breaking=True)


async def _compare_names(studio: Studio, left: str, right: str) -> None:
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        panel.show_example(left, right)
        await studio.settle(0.8)
        panel.step(1, breaking=True)


SCENES: dict[str, Scene] = {
    "compare": show_compare,
    "compare-resources": show_compare_resources,
    "compare-empty": show_compare_empty,
    "compare-filtered": show_compare_filtered,
    "compare-long": show_compare_long,
    "compare-names": show_compare_names,
    "compare-observation": show_compare_observation,
    "compare-one": show_compare_one,
    "compare-packages": show_compare_packages,
    "compare-refused": show_compare_refused,
    "compare-servers": show_compare_servers,
    "compare-versions": show_compare_versions,
    "compare-all-of-versions": show_compare_all_of_versions,
    "compare-version-names": show_compare_version_names,
    "compare-message-filter": show_compare_message_filter,
    "compare-site-asks": show_compare_site_asks,
    "compare-message-site": show_compare_message_site,
    "compare-log-site": show_compare_log_site,
}
