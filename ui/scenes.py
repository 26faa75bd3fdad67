"""Scenes of the screenshots: each panel empty, with real content and with an error."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QComboBox, QDialog, QWidget

from ui.main_window import MainWindow
from ui.panels.compare import ComparePanel
from ui.panels.compose import ComposePanel
from ui.panels.launch import LaunchPanel
from ui.panels.listen import ListenPanel
from ui.panels.packages import PackagesPanel
from ui.panels.sandboxes import SandboxesPanel
from ui.panels.scenarios import ScenariosPanel
from ui.views.request_page import RequestPage
from workbench.errors import WorkbenchError
from workbench.exchange import Request
from workbench.workspace.library import fixtures_folder

_DIV = '<div xmlns=\\"http://www.w3.org/1999/xhtml\\">Amara Okafor</div>'
_PATIENT = f"""{{
  "resourceType": "Patient",
  "id": "amara-okafor",
  "text": {{ "status": "generated", "div": "{_DIV}" }},
  "identifier": [
    {{ "system": "http://hospital.example.org/mrn", "value": "100001" }}
  ],
  "active": true,
  "name": [
    {{ "use": "official", "family": "Okafor", "given": ["Amara", "Ngozi"] }}
  ],
  "gender": "female",
  "birthDate": "1984-02-29"
}}
"""
_FAULTY_PATIENT = """{
  "resourceType": "Patient",
  "id": "amara okafor",
  "meta": { "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"] },
  "identifier": [
    { "system": "http://hospital.example.org/mrn", "value": 100001 }
  ],
  "active": "yes",
  "nme": [ { "use": "legal", "family": "Okafor", "given": "Amara" } ],
  "telecom": [ { "system": "phone", "value": "+1 555 0100", "period": { "start": "2026-13-01" } } ],
  "gender": "mann",
  "birthDate": "29.2.1984",
  "maritalStatus": { "coding": [ { "system": "http://snomed.info/sct", "code": "87915002" } ] },
  "contact": [ {} ],
  "generalPractitioner": [ { "reference": "Patient/another" } ]
}
"""
_XML_PATIENT = """<?xml version="1.0" encoding="UTF-8"?>
<Patient xmlns="http://hl7.org/fhir">
  <id value="amara-okafor"/>
  <!-- as the registration desk wrote it -->
  <active value="yes"/>
  <name>
    <given value="Amara"/>
    <family value="Okafor"/>
  </name>
  <gender value="female"/>
  <birthDate value="29.2.1984"/>
</Patient>
"""
MODERN, OLDER = "community-hospital", "academic-medical-center"


class Studio:
    """A window of its own for each scene, over a workspace that is thrown away."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.bench = window.bench
        self.dialog: QDialog | None = None
        self.popup: tuple[QWidget, QWidget] | None = None
        """A list that drops down, and the widget that it hangs from."""

    async def settle(self, seconds: float = 0.15) -> None:
        """Wait until the named work is done and the window has drawn what came of it."""
        for _ in range(100):
            under_way = [task for task in self.bench.tasks.running if not task.name.startswith("Listening")]
            if not under_way:
                break
            await asyncio.wait([asyncio.ensure_future(task.wait()) for task in under_way], timeout=1)
        await asyncio.sleep(seconds)

    async def send_message(self, name: str, sandbox_id: str = MODERN) -> None:
        from workbench.transports.mllp_client import send_mllp

        state = self.bench.find_sandbox(sandbox_id)
        if state is None or state.mllp is None:
            raise WorkbenchError(f"{sandbox_id} does not run.")
        data = _read_message(name).encode("utf-8")
        self.bench.add_exchange(await send_mllp(*state.mllp, data, receiver=state.name))

    async def ask(self, path: str, sandbox_id: str = MODERN) -> None:
        state = self.bench.find_sandbox(sandbox_id)
        if state is not None:
            request = Request("GET", f"{state.fhir_base}/{path}", (("Accept", "application/fhir+json"),))
            self.bench.add_exchange(await self.bench.http.send(request, receiver=state.name))

    async def fill_strip(self) -> None:
        """A few exchanges of every kind and verdict."""
        await self.bench.start_sandbox(MODERN)
        await self.bench.start_sandbox(OLDER)
        await self.ask("metadata")
        await self.ask("Patient/amara-okafor")
        for message in ("adt-a01-admission", "oru-r01-vitals", "faulty-missing-patient-identifier"):
            await self.send_message(message)
        await self.send_message("adt-a01-admission", OLDER)
        await asyncio.sleep(0.2)

    def select_row(self, row: int) -> None:
        self.window.strip.table.selectRow(row)


def _read_message(name: str) -> str:
    return (fixtures_folder() / "messages" / f"{name}.hl7").read_bytes().decode("utf-8")


Scene = Callable[[Studio], Awaitable[None]]


async def show_welcome(studio: Studio) -> None:
    studio.window.show_welcome()


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


async def show_launch(studio: Studio) -> None:
    await studio.bench.start_sandbox(MODERN)
    panel = studio.window.show_panel("launch")
    await studio.settle()
    if isinstance(panel, LaunchPanel):
        panel.tabs.setCurrentIndex(1)
        form = panel.app_form
        form.scripted.setChecked(True)
        _choose(form.user, "raman")
        _choose(form.patient, "amara-okafor")
        await studio.settle()
        form.launch_asked.emit(form.chosen())
        await studio.settle(0.3)


async def show_launch_empty(studio: Studio) -> None:
    await studio.bench.start_sandbox(MODERN)
    studio.window.show_panel("launch")
    await studio.settle()


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
    panel = await _open_resource(studio, _FAULTY_PATIENT)
    if panel is not None and isinstance(panel.page, RequestPage):
        panel.page.step_problem(1)


async def show_check_valid(studio: Studio) -> None:
    await _open_resource(studio, _PATIENT)


async def show_check_undecided(studio: Studio) -> None:
    """Nothing wrong, and something that cannot be told without asking others."""
    profile = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
    race = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
    coding = '{ "system": "urn:oid:2.16.840.1.113883.6.238", "code": "2054-5", "display": "Black or African American" }'
    parts = f'{{ "url": "ombCategory", "valueCoding": {coding} }}, {{ "url": "text", "valueString": "Black" }}'
    extension = f'"extension": [\n    {{ "url": "{race}", "extension": [{parts}] }}\n  ]'
    meta = f'"meta": {{ "profile": ["{profile}"] }},\n  {extension},'
    panel = await _open_resource(studio, _PATIENT.replace('"text": {', f'{meta}\n  "text": {{', 1))
    if panel is not None and isinstance(panel.page, RequestPage):
        from workbench.workspace.check_choices import CheckChoice

        choice = CheckChoice("4.0", profile, "hl7.fhir.us.core#5.0.1")
        panel.page.resource.set_choice(choice, "US Core Patient Profile 5.0.1")
        panel.page.resource.chip.setChecked(True)
        await studio.settle(0.3)


async def show_check_unreadable(studio: Studio) -> None:
    await _open_resource(studio, _PATIENT.replace('"gender"', 'gender"'))


async def show_check_xml(studio: Studio) -> None:
    await _open_resource(studio, _XML_PATIENT, "patient.xml")


async def show_choose_profile(studio: Studio) -> None:
    from ui.dialogs.choose_profile import ChooseProfileDialog
    from workbench.workspace.check_choices import CheckChoice

    await _open_resource(studio, _PATIENT)
    studio.dialog = ChooseProfileDialog(studio.bench, CheckChoice("4.0"), "Observation", studio.window)
    await studio.settle()


async def show_compose_empty(studio: Studio) -> None:
    studio.window.show_panel("compose")


async def show_compose_error(studio: Studio) -> None:
    panel = studio.window.show_panel("compose")
    if isinstance(panel, ComposePanel):
        panel.open_path(fixtures_folder() / "messages" / "faulty-missing-patient-identifier.hl7")
        await studio.settle()
        panel.send()


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


async def show_compare_servers(studio: Studio) -> None:
    """Two servers of other people where their statements are at hand, else two sites of our own."""
    data = Path(__file__).parent.parent.parent / "shared" / "data" / "capability-statements"
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        if data.is_dir():
            panel.set_sides(data / "cerner-dstu2.json", data / "epic-stu3.json")
        else:
            panel.left.name(MODERN)
            panel.right.name(OLDER)
        await studio.settle(0.3)
        panel.step(1, breaking=True)


async def show_compare_packages(studio: Studio) -> None:
    """Two versions of a package where they are at hand, else two releases of FHIR."""
    data = Path(__file__).parent.parent.parent / "shared" / "data" / "us-core-packages"
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        if data.is_dir():
            panel.set_sides(data / "us_core_311.tgz", data / "us_core_610.tgz")
        else:
            panel.left.name("R4")
            panel.right.name("R5")
        await studio.settle(0.3)
        panel.step(1, breaking=True)


async def show_compare_filtered(studio: Studio) -> None:
    await show_compare_servers(studio)
    panel = studio.window.panels.currentWidget()
    if isinstance(panel, ComparePanel):
        panel.view.only_breaking.setChecked(True)
        panel.view.filter_bar.search.setText("condition")
        await studio.settle(0.3)


async def show_compare_one(studio: Studio) -> None:
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        panel.left.name(MODERN)
        await studio.settle(0.3)


async def show_compare_refused(studio: Studio) -> None:
    panel = studio.window.show_panel("compare")
    if isinstance(panel, ComparePanel):
        panel.left.name(MODERN)
        panel.right.name("a-hospital-that-nobody-knows")
        await studio.settle(0.3)


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


async def show_compare_empty(studio: Studio) -> None:
    studio.window.show_panel("compare")


async def show_scenarios(studio: Studio) -> None:
    panel = studio.window.show_panel("scenarios")
    await studio.settle()
    entries = studio.bench.workspace.scenarios()
    if isinstance(panel, ScenariosPanel) and entries:
        panel.open_path(entries[0].path)
        await studio.settle()
        panel.replay_everywhere()
        await studio.settle(0.5)


async def show_scenarios_broken(studio: Studio) -> None:
    """An admission that holds at one hospital, and breaks on a rule of the other."""
    panel = studio.window.show_panel("scenarios")
    await studio.settle()
    message = "\n".join(f"      {line}" for line in _read_message("adt-a01-admission").splitlines())
    steps = f"steps:\n  - name: Registration admits Daniel Kim\n    hl7v2: |\n{message}\n    checks:\n"
    text = f"version: 1\nname: An admission\nsites: [community-hospital]\n{steps}      - acknowledgment: AA\n"
    if isinstance(panel, ScenariosPanel):
        path = studio.bench.workspace.save_scenario("An admission", text, read_as=None)
        panel.open_path(path)
        await studio.settle()
        panel.replay_everywhere()
        await studio.settle(0.5)
        panel.bar.runs.setCurrentIndex(1)


async def show_scenarios_open(studio: Studio) -> None:
    panel = studio.window.show_panel("scenarios")
    await studio.settle()
    entries = studio.bench.workspace.scenarios()
    if isinstance(panel, ScenariosPanel) and entries:
        panel.open_path(entries[-1].path)
        await studio.settle()


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


def _write_package(folder: Path, manifest: str, name: str) -> None:
    inside = folder / f"org.example.{name}" / "package"
    inside.mkdir(parents=True, exist_ok=True)
    (inside / "package.json").write_text(manifest, "utf-8")


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


async def show_palette(studio: Studio) -> None:
    from ui.dialogs.command_palette import CommandPalette

    studio.window.show_panel("sandboxes")
    palette = CommandPalette(studio.bench, studio.window.commands(), studio.window)
    await studio.settle()
    palette.search.setText("a")
    studio.dialog = palette


async def show_connect(studio: Studio) -> None:
    from ui.dialogs.connect_sandbox import ConnectSandboxDialog

    studio.window.show_panel("sandboxes")
    studio.dialog = ConnectSandboxDialog(studio.bench, studio.window)
    studio.dialog.save()
    await studio.settle()


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
    "sandboxes": show_sandboxes,
    "sandboxes-stopped": show_sandboxes_stopped,
    "sandboxes-error": show_sandboxes_error,
    "launch": show_launch,
    "launch-empty": show_launch_empty,
    "compose": show_compose,
    "compose-request": show_compose_request,
    "compose-empty": show_compose_empty,
    "check": show_check,
    "check-valid": show_check_valid,
    "check-undecided": show_check_undecided,
    "check-unreadable": show_check_unreadable,
    "check-xml": show_check_xml,
    "choose-profile": show_choose_profile,
    "compose-error": show_compose_error,
    "listen": show_listen,
    "listen-empty": show_listen_empty,
    "compare": show_compare,
    "compare-resources": show_compare_resources,
    "compare-empty": show_compare_empty,
    "compare-filtered": show_compare_filtered,
    "compare-long": show_compare_long,
    "compare-names": show_compare_names,
    "compare-one": show_compare_one,
    "compare-packages": show_compare_packages,
    "compare-refused": show_compare_refused,
    "compare-servers": show_compare_servers,
    "scenarios": show_scenarios,
    "scenarios-broken": show_scenarios_broken,
    "scenarios-open": show_scenarios_open,
    "packages": show_packages,
    "packages-installed": show_packages_installed,
    "packages-values": show_packages_values,
    "install-package": show_install_package,
    "palette": show_palette,
    "connect": show_connect,
    "recording": show_recording,
    "tour": show_tour,
    "fault": show_fault,
}


def _choose(box: QComboBox, value: str) -> None:
    """Choose the entry whose data is `value` or starts with it."""
    for row in range(box.count()):
        if str(box.itemData(row) or "").startswith(value):
            box.setCurrentIndex(row)
            return
