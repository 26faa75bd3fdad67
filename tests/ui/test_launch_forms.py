"""The forms of a launch are filled by picking: context, faults by name, scopes by ticking, apps to register."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from tests.ui.conftest import Run
from tests.ui.exchanges import make_read
from tests.ui.test_launch_panel import until
from tests.workspace.test_secrets import MemoryKeyring
from ui.bench import Bench
from ui.dialogs.choose_scopes import ChooseScopesDialog
from ui.dialogs.register_app import RegisterAppDialog
from ui.launch_choices import ContextChoices
from ui.launches import find_credentials
from ui.main_window import MainWindow
from ui.models.launch_fault_model import LaunchFaultModel, tell_fault
from ui.models.scope_grid_model import ScopeGridModel
from ui.panels.launch import LaunchPanel
from ui.theme.theme import Theme
from ui.views.app_launch_form import AppLaunchForm
from ui.views.ehr_launch_form import EhrLaunchForm
from ui.views.launch_faults_view import LaunchFaultsView
from ui.views.launch_side import AS_APP, AS_EHR, FAULTS, LaunchSide
from workbench.authorization_server.client_authentication import digest_secret
from workbench.authorization_server.launch_faults import all_faults, make_fault_rule
from workbench.sandbox.launch_faults import LaunchFaults
from workbench.smart.launch_context import FhirContextItem
from workbench.workspace.preferences import read_preferences

HERE = "community-hospital"


@pytest.fixture
def side(bench: Bench, run: Run) -> Iterator[LaunchSide]:
    run(bench.refresh())
    run(bench.start_sandbox(HERE))
    bench.set_current(HERE)
    side = LaunchSide(bench)
    run(until(lambda: side.ehr_form.patient.count() and side.ehr_form.context.location.count() > 1))
    yield side
    side.deleteLater()


@pytest.fixture
def faults(theme: Theme) -> Iterator[LaunchFaultsView]:
    view = LaunchFaultsView()
    view.set_faults(LaunchFaults())
    yield view
    view.deleteLater()


# Context.


def test_context_is_picked_from_what_the_chart_and_the_site_have(side: LaunchSide) -> None:
    form = side.ehr_form
    form.patient.setCurrentIndex(form.patient.findData("amara-okafor"))
    form.context.location.setCurrentIndex(1)
    form.context.banner.setCurrentIndex(form.context.banner.findData("ehr"))
    form.context.intent.setEditText("reconcile-medications")
    context = form.chosen().context
    assert context.patient == "amara-okafor" and context.location and "/" not in context.location
    assert context.need_patient_banner is False and context.intent == "reconcile-medications"
    assert form.context.count == 3 and "3 set" in form.more.button.text()


def test_what_is_picked_beside_the_chart_becomes_fhir_context_and_can_be_taken_away(theme: Theme) -> None:
    form = EhrLaunchForm()
    resources = (("ServiceRequest/1", "ServiceRequest: X-ray"), ("ImagingStudy/2", "ImagingStudy: chest"))
    form.show_context(ContextChoices(resources), ())
    form.context.items.pick("ImagingStudy/2")
    assert form.chosen().context.fhir_context == (FhirContextItem("ImagingStudy/2"),)
    assert form.context.items.choice.findData("ImagingStudy/2") < 0
    form.show_context(ContextChoices(resources[:1]), ())
    assert form.chosen().context.fhir_context == ()


def test_patients_who_are_here_now_are_offered_first(side: LaunchSide) -> None:
    patients = side.ehr_form.patient
    here = ["open visit" in patients.itemText(at) for at in range(patients.count())]
    assert set(here) == {True, False} and here == sorted(here, reverse=True)


def test_a_launch_without_a_chart_has_no_patient_and_no_visit(side: LaunchSide) -> None:
    form = side.ehr_form
    form.patient.setCurrentIndex(form.patient.findData("none"))
    context = form.chosen().context
    assert (context.patient, context.encounter) == ("", "")


def test_a_typed_launch_address_is_offered_again_also_the_next_day(side: LaunchSide, bench: Bench, run: Run) -> None:
    form, address = side.ehr_form, "http://127.0.0.1:8000/launch"
    form.app.setCurrentIndex(form.app.count() - 1)
    form.address.setEditText(address)
    form._link.click()
    assert form.address.findText(address) == 0 and form.address.currentText() == address
    run(until(lambda: read_preferences(bench.workspace.folder).launch_addresses == (address,)))
    tomorrow = LaunchSide(bench)
    run(until(lambda: tomorrow.ehr_form.address.findText(address) == 0))
    tomorrow.deleteLater()


def test_the_buttons_of_a_launch_stay_in_sight_however_low_the_window_is(window: MainWindow, run: Run) -> None:
    run(window.bench.start_sandbox("community-hospital"))
    window.resize(1024, 640)
    panel = window.show_panel("launch")
    assert isinstance(panel, LaunchPanel)
    panel.side.tabs.setCurrentIndex(AS_APP)
    panel.app_form.scripted.setChecked(True)
    panel.ehr_form.more.button.setChecked(True)
    for tab, form in ((AS_APP, panel.app_form), (AS_EHR, panel.ehr_form)):
        panel.side.tabs.setCurrentIndex(tab)
        run(asyncio.sleep(0.05))
        assert form.height() > form.parentWidget().height()
        assert form.foot.visibleRegion().boundingRect().size() == form.foot.size()


# Faults.


def test_each_fault_can_be_picked_and_says_what_it_does(faults: LaunchFaultsView) -> None:
    assert faults.fault.count() == len(all_faults())
    for fault in all_faults():
        faults.fault.setCurrentIndex(faults.fault.findData(fault.name))
        assert fault.site in faults.does.text() and fault.good_app in faults.asks.text()
        assert faults.chosen().fault == fault.name


def test_a_fault_is_added_switched_off_removed_and_put_back(faults: LaunchFaultsView) -> None:
    shared = LaunchFaults()
    faults.set_faults(shared)
    faults.offer_clients((("vitals-app", "vitals-app"),))
    faults.fault.setCurrentIndex(faults.fault.findData("slow-answer"))
    faults.place.setCurrentIndex(faults.place.findData("discovery"))
    faults.client.setCurrentIndex(faults.client.findData("vitals-app"))
    faults.times.setCurrentIndex(faults.times.findData(""))
    faults.amount.setValue(3)
    faults.add()
    rule = shared.uses[0].rule
    assert tell_fault(rule) == "Slow answer, 3 s, at discovery, always, for vitals-app"
    index = faults.model.index(0, 0)
    faults.model.setData(index, Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert faults.count == 0 and not shared.uses[0].enabled
    faults.table.selectRow(0)
    faults.remove()
    assert shared.uses == ()
    put_back = next(each for each in faults.notice.findChildren(QPushButton) if each.text() == "Put back")
    put_back.click()
    assert len(shared.uses) == 1


def test_the_fault_model_keeps_to_the_rules_of_qt(qtmodeltester: ModelTester) -> None:
    model = LaunchFaultModel()
    qtmodeltester.check(model)
    model.set_uses(LaunchFaults((make_fault_rule("expired-token"), make_fault_rule("slow-answer", times=1))).uses)
    qtmodeltester.check(model)


def test_faults_of_the_running_site_are_counted_on_the_tab(side: LaunchSide, bench: Bench) -> None:
    side.faults.launch.add()
    assert side.tabs.tabText(FAULTS) == "Faults (1)"
    assert len(bench.running(HERE).faults.uses) == 1


def test_the_counts_follow_what_the_site_sees_while_they_are_in_sight(side: LaunchSide, bench: Bench) -> None:
    # It is the last window here, and its end not that of the loop.
    side.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
    side.show()
    bench.add_exchange(make_read())
    assert not side.faults.launch._timer.isActive()
    side.tabs.setCurrentIndex(FAULTS)
    bench.add_exchange(make_read(1))
    assert side.faults.launch._timer.isActive()


def test_forms_that_are_gone_take_no_exchange(bench: Bench, run: Run, qtbot: QtBot) -> None:
    run(bench.refresh())
    side = LaunchSide(bench)
    delete(side)
    with qtbot.captureExceptions() as raised:
        bench.add_exchange(make_read())
    assert raised == []


def test_discovery_is_made_wrong_by_name_and_by_what_is_left_out(side: LaunchSide, bench: Bench) -> None:
    edits = side.faults.discovery
    edits.boxes["v1-addresses"].setChecked(True)
    edits.left_out.pick("introspection_endpoint")
    edits.left_out.pick("capabilities.client-public")
    sandbox = bench.running(HERE)
    assert sandbox.discovery.faults == ("v1-addresses",)
    assert sandbox.discovery.leave_out == ("introspection_endpoint", "capabilities.client-public")
    assert side.tabs.tabText(FAULTS) == "Faults (3)"
    side.faults.set_sandbox(sandbox)
    assert edits.boxes["v1-addresses"].isChecked() and len(edits.left_out.values) == 2
    edits.boxes["v1-addresses"].setChecked(False)
    assert sandbox.discovery.faults == ()


# Scopes.


def test_scopes_are_ticked_and_read_in_words(theme: Theme) -> None:
    asked = "openid launch/patient patient/Patient.rs patient/Observation.rs?category=laboratory made-up"
    dialog = ChooseScopesDialog("Scopes", asked, "v2", ("Patient", "Observation"))
    assert set(dialog.text.split()) == set(asked.split())
    row = next(row for row in range(3) if dialog.model.index(row, 0).data().startswith("Observation"))
    for column in (1, 2):
        dialog.model.setData(dialog.model.index(row, column), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert "patient/Observation.cr" in dialog.text.split()
    assert "patient/Observation.cr: See and add vital signs and results of this patient" in dialog.words.text()
    dialog.whose.setCurrentIndex(dialog.whose.findData("user"))
    assert "patient/Observation.cr" in dialog.text.split()
    dialog.deleteLater()


def test_scopes_of_version_1_are_reading_and_writing() -> None:
    model = ScopeGridModel("v1", ("Patient",))
    assert model.columnCount() == 3
    for column, words in ((1, "patient/Patient.read"), (2, "patient/Patient.*")):
        model.setData(model.index(1, column), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
        assert model.to_scopes("patient") == (words,)


def test_the_scope_grid_keeps_to_the_rules_of_qt(qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(ScopeGridModel("v2", ("Patient", "Observation")))


# Apps.


def test_a_backend_service_has_no_user_and_shows_its_secret_or_key(theme: Theme) -> None:
    form = AppLaunchForm()
    form.show()
    form.show_options((("raman", "Raman"),), (("amara", "Amara"),))
    form.kind.setCurrentIndex(form.kind.findData("backend"))
    assert not form.person.isVisible() and not form.user.isVisible()
    assert not form.client.secret.isVisible() and not form.client.key_row.isVisible()
    form.client.way.setCurrentIndex(form.client.way.findData("client_secret_post"))
    form.client.secret.setText("typed")
    assert form.client.secret.isVisible()
    chosen = form.chosen()
    assert (chosen.kind, chosen.authentication, chosen.client_secret) == ("backend", "client_secret_post", "typed")
    assert "typed" not in repr(chosen)
    form.client.way.setCurrentIndex(form.client.way.findData("private_key_jwt"))
    assert form.client.key_row.isVisible() and form.chosen().client_secret == ""
    form.deleteLater()


@pytest.mark.parametrize(
    ("kept", "secret", "shown"),
    [
        ("", "from-the-keyring", "client_secret_basic"),
        ("", "", "none"),
        ("none", "from-the-keyring", "none"),
        ("client_secret_post", "from-the-keyring", "client_secret_post"),
        ("private_key_jwt", "", "private_key_jwt"),
    ],
)
def test_at_a_remote_sandbox_the_app_shows_itself_as_its_entry_says(
    side: LaunchSide, bench: Bench, run: Run, memory: MemoryKeyring, kept: str, secret: str, shown: str
) -> None:
    there = {"id": "riverside", "name": "Riverside", "fhir_base": "https://ehr.example.org/r4", "client_id": "ours"}
    run(bench.save_remote({**there, "client_authentication": kept}, secret))
    chosen, state = side.app_form.chosen(), bench.current
    assert state is not None and (chosen.client_id, chosen.authentication) == ("ours", kept)
    credentials = find_credentials(bench, state, chosen)
    assert credentials.authentication == shown
    assert credentials.client_secret == ("" if shown in ("none", "private_key_jwt") else secret)
    assert (credentials.key is not None) == (shown == "private_key_jwt")
    stranger = find_credentials(bench, state, replace(chosen, client_id="another"))
    assert stranger.client_secret == "", "the secret is that of the client that it was saved with"
    bench.set_current(HERE)
    assert (side.app_form.chosen().client_id, side.app_form.chosen().authentication) == ("workbench", "none")


def test_a_remote_sandbox_that_is_changed_is_shown_anew_and_what_is_picked_stays_meanwhile(
    side: LaunchSide, bench: Bench, run: Run, memory: MemoryKeyring
) -> None:
    there = {"id": "riverside", "name": "Riverside", "fhir_base": "https://ehr.example.org/r4", "client_id": "ours"}
    run(bench.save_remote(there))
    way = side.app_form.client.way
    way.setCurrentIndex(way.findData("client_secret_post"))
    bench.current_changed.emit()
    assert side.app_form.chosen().authentication == "client_secret_post"
    run(bench.save_remote({**there, "client_authentication": "client_secret_basic"}))
    assert side.app_form.chosen().authentication == "client_secret_basic"


def test_a_registered_app_is_known_by_the_digest_of_its_secret_and_chosen(
    side: LaunchSide, bench: Bench, run: Run
) -> None:
    dialog = RegisterAppDialog(bench, HERE)
    dialog.registered.connect(side.take_app)
    dialog.client_id.setText("chart-viewer")
    dialog.launch_uri.setText("http://127.0.0.1:8000/launch")
    dialog.way.setCurrentIndex(dialog.way.findData("client_secret_basic"))
    dialog._make_secret()
    secret = dialog.secret.text()
    dialog.save()
    run(until(lambda: side.ehr_form.app.value == "chart-viewer"))
    client = next(each for each in bench.running(HERE).clients if each.id == "chart-viewer")
    assert client.secret_sha256 == digest_secret(secret)
    assert side.ehr_form.address.currentText() == "http://127.0.0.1:8000/launch"
    assert side.ehr_form.app.currentText() == "chart-viewer · secret by HTTP Basic"
    dialog.deleteLater()


def test_an_app_without_what_its_proof_needs_is_not_registered(bench: Bench, run: Run) -> None:
    run(bench.refresh())
    run(bench.start_sandbox(HERE))
    dialog = RegisterAppDialog(bench, HERE)
    dialog.show()
    dialog.client_id.setText("chart-viewer")
    dialog.way.setCurrentIndex(dialog.way.findData("private_key_jwt"))
    dialog.save()
    run(until(dialog.notice.isVisible))
    assert all(each.id != "chart-viewer" for each in bench.running(HERE).clients)
    dialog.deleteLater()


def test_suggested_scopes_follow_the_kind_of_launch_until_others_are_written(side: LaunchSide) -> None:
    form = side.app_form
    assert "launch/patient" in form.scopes.toPlainText().split()
    form.kind.setCurrentIndex(form.kind.findData("ehr"))
    assert "launch" in form.scopes.toPlainText().split()
    form.kind.setCurrentIndex(form.kind.findData("backend"))
    assert all(scope.startswith("system/") for scope in form.scopes.toPlainText().split())
    form.scopes.setPlainText("system/Patient.rs")
    form.kind.setCurrentIndex(form.kind.findData("standalone"))
    assert form.scopes.toPlainText() == "system/Patient.rs"
