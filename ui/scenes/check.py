"""Scenes of a resource that is checked in Compose."""

from __future__ import annotations

from ui.panels.compose import ComposePanel
from ui.scenes.patients import FAULTY_PATIENT, PATIENT, XML_PATIENT
from ui.scenes.studio import Scene, Studio
from ui.views.request_page import RequestPage


async def _open_resource(studio: Studio, text: str, name: str = "patient.json") -> ComposePanel | None:
    """A resource from a file in Compose, checked."""
    path = studio.bench.workspace.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    panel = studio.window.show_panel("compose")
    if not isinstance(panel, ComposePanel):
        return None
    panel.open_path(path)
    await studio.settle(0.8)
    await studio.settle()
    return panel


async def show_check(studio: Studio) -> None:
    """Errors, warnings and long sentences in the margin and in the list."""
    await studio.fill_strip()
    panel = await _open_resource(studio, FAULTY_PATIENT)
    if panel is not None and isinstance(panel.page, RequestPage):
        panel.page.step_problem(1)


async def show_check_valid(studio: Studio) -> None:
    await _open_resource(studio, PATIENT)


async def show_check_undecided(studio: Studio) -> None:
    """Nothing wrong, and something that cannot be told without asking others."""
    profile = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
    race = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
    coding = '{ "system": "urn:oid:2.16.840.1.113883.6.238", "code": "2054-5", "display": "Black or African American" }'
    parts = f'{{ "url": "ombCategory", "valueCoding": {coding} }}, {{ "url": "text", "valueString": "Black" }}'
    extension = f'"extension": [\n    {{ "url": "{race}", "extension": [{parts}] }}\n  ]'
    meta = f'"meta": {{ "profile": ["{profile}"] }},\n  {extension},'
    panel = await _open_resource(studio, PATIENT.replace('"text": {', f'{meta}\n  "text": {{', 1))
    if panel is not None and isinstance(panel.page, RequestPage):
        from workbench.workspace.check_choices import CheckChoice

        choice = CheckChoice("4.0", profile, "hl7.fhir.us.core#5.0.1")
        panel.page.resource.set_choice(choice, "US Core Patient Profile 5.0.1")
        panel.page.resource.chip.setChecked(True)
        await studio.settle(0.3)


async def show_check_unreadable(studio: Studio) -> None:
    await _open_resource(studio, PATIENT.replace('"gender"', 'gender"'))


async def show_check_xml(studio: Studio) -> None:
    await _open_resource(studio, XML_PATIENT, "patient.xml")


async def show_choose_profile(studio: Studio) -> None:
    from ui.dialogs.choose_profile import ChooseProfileDialog
    from workbench.workspace.check_choices import CheckChoice

    await _open_resource(studio, PATIENT)
    studio.dialog = ChooseProfileDialog(studio.bench, CheckChoice("4.0"), "Observation", studio.window)
    await studio.settle()


SCENES: dict[str, Scene] = {
    "check": show_check,
    "check-valid": show_check_valid,
    "check-undecided": show_check_undecided,
    "check-unreadable": show_check_unreadable,
    "check-xml": show_check_xml,
    "choose-profile": show_choose_profile,
}
