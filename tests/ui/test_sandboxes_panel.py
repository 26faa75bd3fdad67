from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QLabel
from pytestqt.modeltest import ModelTester

from tests.workspace.test_secrets import MemoryKeyring
from ui.bench import Bench, SandboxState
from ui.dialogs.connect_sandbox import ConnectSandboxDialog, make_id
from ui.models.sandbox_model import SandboxModel
from ui.panels.sandboxes import SandboxesPanel
from ui.tasks import Report
from ui.widgets.file_row import FileRow
from workbench.errors import WorkbenchError

Run = Callable[[Coroutine[Any, Any, Any]], Any]
REMOTE = {"id": "riverside", "name": "Riverside", "fhir_base": "http://127.0.0.1:9/fhir", "client_id": "app"}


@pytest.fixture
def panel(bench: Bench, run: Run) -> Iterator[SandboxesPanel]:
    run(bench.refresh())
    panel = SandboxesPanel(bench)
    panel.resize(900, 600)
    panel.show()
    yield panel
    panel.hide()
    panel.deleteLater()


def words(panel: SandboxesPanel) -> str:
    QApplication.processEvents()
    return "\n".join(label.text() for label in panel.view.findChildren(QLabel) if label.isVisibleTo(panel.view))


async def settle(bench: Bench) -> None:
    for task in bench.tasks.running:
        await task.wait()
    await asyncio.sleep(0.02)


def test_model_keeps_to_the_rules_of_qt(qtmodeltester: ModelTester) -> None:
    model = SandboxModel()
    model.set_states((SandboxState("a", "A", "simulated"), SandboxState("b", "B", "remote", "unknown")))
    qtmodeltester.check(model)
    assert model.row_of("b") == 1
    assert model.row_of("c") == -1


def test_change_of_state_keeps_the_rows(qtmodeltester: ModelTester) -> None:
    model = SandboxModel()
    model.set_states((SandboxState("a", "A", "simulated"),))
    resets: list[int] = []
    model.modelReset.connect(lambda: resets.append(1))
    model.set_states((SandboxState("a", "A", "simulated", "up"),))
    assert resets == []
    assert model.rowCount(QModelIndex()) == 1


def test_each_site_tells_what_it_offers(panel: SandboxesPanel) -> None:
    panel.choose("academic-medical-center")
    told = words(panel)
    assert "SMART v1" in told
    assert "by HL7 v2 alone" in told
    assert "MDM^T02, MDM^T10 · text" in told
    assert "MDM^T02" in told
    panel.choose("community-hospital")
    assert "by FHIR DocumentReference" in words(panel)


def test_rules_of_messages_are_told_where_a_site_has_profiles(panel: SandboxesPanel) -> None:
    panel.choose("academic-medical-center")
    told = words(panel)
    assert "HL7 v2 rules" in told and "PV1-3.3 Bed" in told and "required if PV1-2 = I · ADT^A01" in told


def test_start_shows_the_addresses_and_stop_takes_them_away(
    panel: SandboxesPanel, run: Run, reports: list[Report]
) -> None:
    panel.choose("community-hospital")
    panel.view.start.click()
    run(settle(panel.bench))
    assert "FHIR base" in words(panel)
    assert "http://127.0.0.1:" in words(panel)
    panel.view.stop.click()
    run(settle(panel.bench))
    assert "FHIR base" not in words(panel)
    assert reports == []


def test_sites_that_run_see_each_exchange_once(bench: Bench, run: Run) -> None:
    from workbench.exchange import Request

    async def story() -> int:
        await bench.refresh()
        state = await bench.start_sandbox("community-hospital")
        exchange = await bench.http.send(Request("GET", f"{state.fhir_base}/metadata"), receiver=state.name)
        bench.add_exchange(exchange)
        await asyncio.sleep(0.1)
        return len(bench.log)

    assert run(story()) == 1


def test_remote_sandbox_that_refuses_is_told_with_its_reason(panel: SandboxesPanel, run: Run) -> None:
    run(panel.bench.save_remote(REMOTE))
    panel.choose("riverside")
    panel.view.check.click()
    run(settle(panel.bench))
    state = panel.bench.find_sandbox("riverside")
    assert state is not None
    assert state.state == "failed"
    assert "refused the connection" in words(panel)


def test_remote_sandbox_can_be_removed(panel: SandboxesPanel, run: Run) -> None:
    run(panel.bench.save_remote(REMOTE))
    run(panel.bench.remove_remote("riverside"))
    assert panel.bench.find_sandbox("riverside") is None
    assert panel.bench.workspace.remotes() == ()


def test_remote_sandbox_that_answers_is_up(panel: SandboxesPanel, run: Run) -> None:
    async def story() -> str:
        site = await panel.bench.start_sandbox("community-hospital")
        await panel.bench.save_remote({**REMOTE, "fhir_base": site.fhir_base})
        return (await panel.bench.probe_remote("riverside")).state

    assert run(story()) == "up"


def test_dialog_says_what_is_missing_and_keeps_what_was_typed(panel: SandboxesPanel, run: Run) -> None:
    dialog = ConnectSandboxDialog(panel.bench, panel)
    dialog.name.setText("Riverside")
    dialog.save()
    run(settle(panel.bench))
    assert "no address" in dialog.notice.accessibleName()
    assert dialog.name.text() == "Riverside"
    dialog.fhir_base.setText("https://ehr.example.org/fhir/r4")
    saved: list[str] = []
    dialog.saved.connect(saved.append)
    dialog.save()
    run(settle(panel.bench))
    assert saved == ["riverside"]
    assert panel.bench.workspace.find_remote("riverside").fhir_base == "https://ehr.example.org/fhir/r4"
    dialog.deleteLater()


def test_dialog_edits_the_sandbox_it_was_opened_for(panel: SandboxesPanel, run: Run) -> None:
    run(panel.bench.save_remote(REMOTE))
    dialog = ConnectSandboxDialog(panel.bench, panel, state=panel.bench.find_sandbox("riverside"))
    assert dialog.fhir_base.text() == REMOTE["fhir_base"]
    dialog.name.setText("Riverside, new")
    dialog.save()
    run(settle(panel.bench))
    assert [remote.name for remote in panel.bench.workspace.remotes()] == ["Riverside, new"]
    dialog.deleteLater()


def test_id_is_made_of_the_name_and_is_its_own() -> None:
    assert make_id("St. Mary’s, Test 2", set()) == "st-mary-s-test-2"
    assert make_id("Riverside", {"riverside"}) == "riverside-2"
    assert make_id("…", set()) == ""


def test_sandbox_that_does_not_run_has_no_endpoints(bench: Bench, run: Run) -> None:
    run(bench.refresh())
    with pytest.raises(WorkbenchError, match="not running"):
        bench.endpoints_of("community-hospital")
    with pytest.raises(WorkbenchError, match="no sandbox"):
        run(bench.start_sandbox("nowhere"))


def test_dialog_asks_for_files_of_certificates_where_hl7_v2_goes_by_tls(panel: SandboxesPanel, run: Run) -> None:
    dialog = ConnectSandboxDialog(panel.bench, panel)
    dialog.show()
    assert not dialog.ca.isVisible()
    dialog.tls.setChecked(True)
    assert dialog.ca.isVisible() and dialog.certificate.isVisible() and dialog.key.isVisible()
    dialog.name.setText("Riverside")
    dialog.host.setText("127.0.0.1")
    dialog.port.setValue(2575)
    dialog.ca.setText("/keys/ca.pem")
    dialog.key.setText("/keys/client.key")
    dialog.save()
    run(settle(panel.bench))
    assert "A key alone proves nothing" in dialog.notice.accessibleName()
    dialog.certificate.setText("/keys/client.pem")
    dialog.save()
    run(settle(panel.bench))
    remote = panel.bench.workspace.find_remote("riverside")
    assert (remote.mllp, remote.mllp_ca) == ("mllps://127.0.0.1:2575", "/keys/ca.pem")
    again = ConnectSandboxDialog(panel.bench, panel, state=panel.bench.find_sandbox("riverside"))
    assert again.tls.isChecked() and again.certificate.text() == "/keys/client.pem"
    for each in (dialog, again):
        each.deleteLater()


def test_dialog_asks_for_certificates_and_a_proxy_of_fhir_where_there_are_some(
    panel: SandboxesPanel, run: Run, memory: MemoryKeyring
) -> None:
    dialog = ConnectSandboxDialog(panel.bench, panel)
    dialog.show()
    assert not dialog.proxy.isVisible()
    dialog.secured.setChecked(True)
    assert dialog.proxy.isVisible() and dialog.https_ca.isVisible() and dialog.key_password.isVisible()
    dialog.name.setText("Riverside")
    dialog.fhir_base.setText("https://ehr.example.org/r4")
    dialog.https_certificate.setText("/keys/us.pem")
    dialog.key_password.setText("opens")
    dialog.proxy.setText("http://ana:canary@proxy:3128")
    dialog.save()
    run(settle(panel.bench))
    assert "A password in the address" in dialog.notice.accessibleName()
    dialog.proxy.setText("http://ana@proxy:3128")
    dialog.proxy_password.setText("passes")
    dialog.authentication.setCurrentIndex(dialog.authentication.findData("private_key_jwt"))
    dialog.save()
    run(settle(panel.bench))
    remote = panel.bench.workspace.find_remote("riverside")
    assert (remote.certificate, remote.proxy) == ("/keys/us.pem", "http://ana@proxy:3128")
    trust = panel.bench.endpoints_of("riverside").trust
    assert (trust.password, trust.proxy_password) == ("opens", "passes")
    assert "passes" not in panel.bench.workspace.remotes_path.read_text()
    again = ConnectSandboxDialog(panel.bench, panel, state=panel.bench.find_sandbox("riverside"))
    assert remote.client_authentication == again.authentication.currentData() == "private_key_jwt"
    assert again.secured.isChecked() and again.proxy.text() == "http://ana@proxy:3128"
    run(panel.bench.remove_remote("riverside"))
    assert not memory.kept
    for each in (dialog, again):
        each.deleteLater()


def test_passwords_of_rows_that_are_folded_away_are_not_saved(
    panel: SandboxesPanel, run: Run, memory: MemoryKeyring
) -> None:
    dialog = ConnectSandboxDialog(panel.bench, panel)
    dialog.name.setText("Riverside")
    dialog.fhir_base.setText("https://ehr.example.org/r4")
    dialog.secret.setText("ours")
    dialog.secured.setChecked(True)
    dialog.key_password.setText("opens")
    dialog.proxy_password.setText("passes")
    dialog.secured.setChecked(False)
    dialog.save()
    run(settle(panel.bench))
    assert list(memory.kept.values()) == ["ours"]
    dialog.deleteLater()


def test_files_of_certificates_and_keys_are_browsed_for(panel: SandboxesPanel, tmp_path: Path) -> None:
    dialog = ConnectSandboxDialog(panel.bench, panel)
    dialog.show()
    dialog.tls.setChecked(True)
    rows = {row.line: row for row in dialog.findChildren(FileRow)}
    lines = dialog.ca, dialog.certificate, dialog.key, dialog.https_ca, dialog.https_certificate, dialog.https_key
    assert set(rows) == set(lines)
    assert rows[dialog.ca].button.isVisible() and not rows[dialog.https_ca].button.isVisible()
    for name in ("client.pem", "client.key"):
        (tmp_path / name).write_text("a file to pick", encoding="utf-8")
    dialog.certificate.setText(str(tmp_path / "old.pem"))
    rows[dialog.certificate].button.click()
    picking = rows[dialog.certificate].findChild(QFileDialog)
    assert Path(picking.directory().absolutePath()) == tmp_path
    picking.reject()
    assert dialog.certificate.text() == str(tmp_path / "old.pem")
    for line, name in ((dialog.certificate, "client.pem"), (dialog.key, "client.key")):
        rows[line].button.click()
        picking = rows[line].findChildren(QFileDialog)[-1]
        picking.setDirectory(str(tmp_path))
        picking.selectFile(name)
        picking.accept()
        assert Path(line.text()) == tmp_path / name
    dialog.deleteLater()


@pytest.mark.parametrize(
    ("typed", "host", "port", "tls"),
    [
        ("mllps://hl7.example.org:6661", "hl7.example.org", 6661, True),
        ("mllp://10.0.0.7:2575/", "10.0.0.7", 2575, False),
        ("10.0.0.7:2575", "10.0.0.7", 2575, False),
        ("[::1]:2575", "::1", 2575, False),
        ("10.0.0.7", "10.0.0.7", 0, False),
        ("host:99999", "host:99999", 0, False),
    ],
)
def test_dialog_takes_an_address_that_is_pasted_whole(
    panel: SandboxesPanel, typed: str, host: str, port: int, tls: bool
) -> None:
    dialog = ConnectSandboxDialog(panel.bench, panel)
    dialog.host.setText(typed)
    dialog.host.editingFinished.emit()
    assert (dialog.host.text(), dialog.port.value(), dialog.tls.isChecked()) == (host, port, tls)
    dialog.deleteLater()


def test_the_dialog_of_a_remote_sandbox_is_never_higher_than_the_screen(panel: SandboxesPanel, run: Run) -> None:
    dialog = ConnectSandboxDialog(panel.bench, panel)
    dialog.show()
    low = dialog.height()
    dialog.tls.setChecked(True)
    dialog.secured.setChecked(True)
    run(asyncio.sleep(0.05))
    assert low < dialog.height() <= dialog.screen().availableGeometry().height()
    buttons = dialog.findChild(QDialogButtonBox)
    assert buttons.visibleRegion().boundingRect().size() == buttons.size()
    dialog.client_id.setFocus()
    assert not dialog.client_id.visibleRegion().isEmpty()
    dialog.close()
