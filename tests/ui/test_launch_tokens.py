"""What follows a launch as the app: confidential apps and backend services, tokens checked, told and given back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.modeltest import ModelTester

from tests.ui.conftest import Run
from tests.ui.test_launch_panel import launch, reviewed, until
from tests.ui.test_launch_panel import panel as panel  # a fixture that is used here too
from ui.bench import Bench
from ui.dialogs.app_key import AppKeyDialog
from ui.launch_choices import AppLaunch
from ui.launches import make_launch_step
from ui.models.granted_scope_model import GRANTED, SCOPE, GrantedScopeModel
from ui.panels.launch import LaunchPanel
from ui.views.launch_outcome_view import tell_result
from ui.views.launch_result_parts import tell_introspection
from ui.widgets.more_box import MoreBox
from ui.widgets.verdict_label import VerdictLabel
from workbench.authorization_server.launch_faults import make_fault_rule
from workbench.exchange import Request
from workbench.scenario.scenario import Launch
from workbench.smart.scope_outcome import compare_scopes
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.discovery import AuthorizationEndpoints
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.smart_app.token_inspection import Introspection
from workbench.transports.http_client import HttpClient


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    """The keyring of who runs the tests is left alone."""
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    yield
    keyring.set_keyring(before)


def words_of(panel: LaunchPanel) -> str:
    page = panel.outcome.result.widget()
    labels = [label.text() for label in page.findChildren(QLabel)]
    return "\n".join(labels + [label.text for label in page.findChildren(VerdictLabel)])


def ask(panel: LaunchPanel, run: Run, words: str) -> None:
    button = next(b for b in panel.outcome.result.widget().findChildren(QPushButton) if b.text() == words)
    before = panel.outcome.trace.model.count_rows()
    assert button.isEnabled(), button.toolTip()
    button.click()
    run(until(lambda: panel.outcome.trace.model.count_rows() > before))


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post", "private_key_jwt"])
def test_a_confidential_app_launches_at_a_simulated_site_by_picking_how_it_proves_itself(
    panel: LaunchPanel, run: Run, way: str
) -> None:
    form = panel.app_form
    form.client.way.setCurrentIndex(form.client.way.findData(way))
    launch(panel, run)
    result = panel.outcome.result.result
    assert result is not None and result.credentials.authentication == way
    assert result.failed_checks == ()


def test_a_backend_service_gets_its_token_without_a_user(panel: LaunchPanel, run: Run) -> None:
    form = panel.app_form
    form.kind.setCurrentIndex(form.kind.findData("backend"))
    form.client.way.setCurrentIndex(form.client.way.findData("private_key_jwt"))
    form.scopes.setPlainText("system/Patient.rs")
    panel._launch_as_app(form.chosen())
    run(until(lambda: not panel.launching.is_running))
    result = panel.outcome.result.result
    assert result is not None and result.granted == ("system/Patient.rs",)
    assert panel.outcome.trace.diagram.arrows()[-1].source == "app"
    reviewed(panel, run)
    review = panel.outcome.review.review
    assert review is not None and [verdict.evidence for verdict in review.failed] == []


def test_the_checks_of_the_id_token_are_told_one_by_one(panel: LaunchPanel, run: Run) -> None:
    launch(panel, run)
    said = words_of(panel)
    for name in ("signature", "issuer", "audience", "nonce", "expiry"):
        assert name in said.splitlines()
    assert "does not hold" not in said


def test_an_id_token_that_does_not_hold_is_told_in_the_head(panel: LaunchPanel, bench: Bench, run: Run) -> None:
    bench.running("community-hospital").faults.add(make_fault_rule("id-token-wrong-signature"))
    launch(panel, run)
    result = panel.outcome.result.result
    assert result is not None
    assert tell_result(result)[0] == "fail" and "signature" in tell_result(result)[1]
    assert "does not hold" in words_of(panel)
    ask(panel, run, "Fetch the site’s keys and check again")
    run(until(lambda: panel.outcome.result.result is not result))
    assert panel.outcome.result.result is not None and panel.outcome.result.result.failed_checks


def test_a_token_is_told_of_refreshed_and_given_back(panel: LaunchPanel, run: Run) -> None:
    panel.app_form.scopes.setPlainText("openid fhirUser launch/patient offline_access patient/Patient.rs")
    launch(panel, run)
    before = panel.outcome.result.result
    assert before is not None
    ask(panel, run, "Introspect")
    run(until(lambda: "The site says that the token is active" in words_of(panel)))
    ask(panel, run, "Userinfo")
    run(until(lambda: panel.outcome.result.result is not None and panel.outcome.result.result.userinfo))
    ask(panel, run, "Refresh")
    run(until(lambda: panel.outcome.result.result and panel.outcome.result.result.access_token != before.access_token))
    ask(panel, run, "Revoke")
    run(until(lambda: "The site took the access token back" in words_of(panel)))
    ask(panel, run, "Introspect")
    run(until(lambda: "active" in words_of(panel) or "Refused" in words_of(panel)))
    assert "The site says that the token is active" not in words_of(panel)
    assert before.access_token not in words_of(panel)


def test_an_introspection_is_told_in_words_and_its_json_is_folded(panel: LaunchPanel, run: Run) -> None:
    launch(panel, run)
    ask(panel, run, "Introspect")
    run(until(lambda: "The site says that the token is active" in words_of(panel)))
    told = panel.outcome.result._told
    assert isinstance(told, Introspection) and told.expires is not None
    rows = dict(tell_introspection(told))
    assert rows["Patient"] == "amara-okafor" and rows["User"].endswith("/Practitioner/priya-raman")
    assert rows["Until"] == f"{told.expires.astimezone():%Y-%m-%d %H:%M:%S}"
    assert set(rows.values()) <= set(words_of(panel).split("\n"))
    box = next(box for box in panel.outcome.result.findChildren(MoreBox))
    assert box.inner.isHidden() and str(told.members["exp"]) in box.inner.text()  # type: ignore[attr-defined]
    box.button.click()
    assert not box.inner.isHidden()


def test_an_introspection_that_tells_little_or_oddly_has_few_rows() -> None:
    assert tell_introspection(Introspection(False)) == ()
    odd = Introspection(True, members={"exp": "soon", "sub": 7})
    assert tell_introspection(odd) == (("User", "7"), ("Until", "soon"))


def test_what_a_site_does_not_offer_cannot_be_asked_and_says_why(panel: LaunchPanel, run: Run) -> None:
    launch(panel, run)
    result = panel.outcome.result.result
    assert result is not None
    panel.outcome.result.show_result(replace(result, endpoints=replace(result.endpoints, introspection="")))
    buttons = {b.text(): b for b in panel.outcome.result.widget().findChildren(QPushButton)}
    assert not buttons["Introspect"].isEnabled()
    assert buttons["Introspect"].toolTip() == "The site names no introspection endpoint"


def test_an_address_without_a_secret_is_told_and_nothing_is_sent(panel: LaunchPanel, run: Run) -> None:
    chosen = AppLaunch("http://127.0.0.1:9/fhir", "standalone", "x", "openid", True, "raman")
    panel._launch_as_app(replace(chosen, authentication="client_secret_basic"))
    run(until(lambda: not panel.launching.is_running))
    assert "no client secret is known" in panel.app_form.state.text()
    assert panel.outcome.trace.model.count_rows() == 0


def test_a_key_is_made_shown_served_and_forgotten_and_its_private_half_never_shown(
    bench: Bench, run: Run, tmp_path: Path
) -> None:
    dialog = AppKeyDialog(bench)
    run(until(dialog._make_es.isEnabled))
    dialog._make_es.click()
    run(until(dialog._copy.isEnabled))
    dialog.copy()
    shown = json.loads(QGuiApplication.clipboard().text())
    assert shown["keys"][0]["alg"] == "ES384" and "d" not in shown["keys"][0]
    assert "no keyring" in dialog.kept.text()
    dialog.save_to(tmp_path / "jwks.json")
    run(until((tmp_path / "jwks.json").exists))
    dialog.serve()
    run(until(lambda: dialog.address.text()))
    address = next(word for word in dialog.address.text().split() if word.startswith("http"))

    async def fetch() -> bytes:
        client = HttpClient()
        exchange = await client.send(Request("GET", address))
        await client.close()
        return exchange.response.body if exchange.response is not None else b""

    assert json.loads(run(fetch())) == shown
    dialog.forget()
    run(until(lambda: not dialog._copy.isEnabled()))
    dialog.deleteLater()


def test_a_backend_launch_is_recorded_with_what_the_site_did_on_purpose(
    panel: LaunchPanel, bench: Bench, run: Run
) -> None:
    bench.running("community-hospital").faults.add(make_fault_rule("slow-answer", at="discovery"))
    use = bench.running("community-hospital").faults.uses[0]
    bench.running("community-hospital").faults.replace(use.id, replace(use.rule, amount=0.1))
    form = panel.app_form
    form.kind.setCurrentIndex(form.kind.findData("backend"))
    form.client.way.setCurrentIndex(form.client.way.findData("private_key_jwt"))
    form.scopes.setPlainText("system/Patient.rs")
    bench.start_recording("Night job")
    panel._launch_as_app(form.chosen())
    run(until(lambda: not panel.launching.is_running))
    recorder = bench.stop_recording()
    assert recorder is not None
    (step,) = recorder.propose().steps
    assert isinstance(step, Launch)
    assert (step.kind, step.authentication, step.user, step.patient) == ("backend", "private_key_jwt", "", "")
    assert step.faults == ("slow-answer 0.1 s at discovery",)


def test_what_a_person_chose_in_the_browser_is_recorded_as_it_was_granted() -> None:
    chosen = AppLaunch("https://ehr.example/fhir", "standalone", "ours", "openid patient/Patient.rs", False)
    asked, ends = ("openid", "patient/Patient.rs"), AuthorizationEndpoints("https://a.example", "https://t.example")
    fewer = LaunchResult(
        chosen.fhir_base, ClientCredentials("ours"), ends, asked, ("openid",), "t", "amara-okafor", "visit-1"
    )
    step = make_launch_step(chosen, fewer, None)
    assert (step.patient, step.encounter, step.grant) == ("amara-okafor", "visit-1", "openid")
    assert make_launch_step(chosen, replace(fewer, granted=asked), None).grant == ""
    scripted = replace(chosen, scripted=True, patient="grace-nguyen", grant="patient/Patient.rs")
    step = make_launch_step(scripted, fewer, None)
    assert (step.patient, step.grant) == ("grace-nguyen", "patient/Patient.rs")


def test_what_the_token_is_used_for_is_drawn_and_judged_and_nothing_else(
    panel: LaunchPanel, bench: Bench, run: Run
) -> None:
    launch(panel, run)
    result = panel.outcome.result.result
    assert result is not None
    before = panel.outcome.trace.model.count_rows()
    address = f"{result.fhir_base}/Patient/{result.patient}"
    for token in ("another", result.access_token):
        sent = Request("GET", address, (("Authorization", f"Bearer {token}"),))
        bench.add_exchange(run(bench.http.send(sent, receiver="Community Hospital")))
    run(until(lambda: panel.outcome.trace.model.count_rows() > before))
    reviewed(panel, run)
    arrow = panel.outcome.trace.diagram.arrows()[-1]
    assert panel.outcome.trace.model.count_rows() == before + 1
    assert arrow.asked == f"Read Patient/{result.patient}." and arrow.mark.verdict == "pass"


def test_a_launch_from_the_ehr_ends_the_wait_for_a_browser(panel: LaunchPanel, bench: Bench, run: Run) -> None:
    panel.app_form.person.setChecked(True)
    panel._open = lambda address: None  # type: ignore[method-assign]  # no browser opens in a test
    panel._launch_as_app(panel.app_form.chosen())
    run(until(lambda: "Waiting" in panel.outcome._outcome.text))
    panel.ehr_form._wait.click()
    assert not panel.launching.is_running and panel.app_form.state.text() == "Stopped by you."
    assert "Waiting for an app" in panel.outcome._outcome.text
    run(until(lambda: all(task.name != "Launching as an app" for task in bench.tasks.running)))


@pytest.mark.parametrize("place", ["_stop", "scopes", "base", "patient"])
def test_the_escape_key_stops_a_launch_that_waits(panel: LaunchPanel, bench: Bench, run: Run, place: str) -> None:
    panel.app_form.person.setChecked(True)
    panel._open = lambda address: None  # type: ignore[method-assign]  # no browser opens in a test
    panel._launch_as_app(panel.app_form.chosen())
    run(until(lambda: "Waiting" in panel.outcome._outcome.text))
    assert "(Esc)" in panel.app_form._stop.toolTip()
    QTest.keyClick(getattr(panel.app_form, place), Qt.Key.Key_Escape)
    assert not panel.launching.is_running and panel.app_form.state.text() == "Stopped by you."
    QTest.keyClick(panel.app_form._launch, Qt.Key.Key_Escape)
    run(until(lambda: all(task.name != "Launching as an app" for task in bench.tasks.running)))


def test_the_escape_key_empties_the_search_of_requirements_before_it_stops_a_launch(
    panel: LaunchPanel, bench: Bench, run: Run
) -> None:
    panel.app_form.person.setChecked(True)
    panel._open = lambda address: None  # type: ignore[method-assign]  # no browser opens in a test
    panel._launch_as_app(panel.app_form.chosen())
    run(until(lambda: "Waiting" in panel.outcome._outcome.text))
    search = panel.outcome.review.bar.search
    search.setText("state")
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert search.text() == "" and panel.launching.is_running
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert not panel.launching.is_running
    run(until(lambda: all(task.name != "Launching as an app" for task in bench.tasks.running)))


def test_the_model_of_scopes_keeps_to_the_rules_of_qt(qtmodeltester: ModelTester) -> None:
    asked = ("openid", "patient/Patient.rs", "patient/Observation.crs", "patient/Condition.rs")
    granted = ("openid", "patient/Patient.rs", "patient/Observation.rs", "user/Encounter.rs")
    model = GrantedScopeModel(compare_scopes(asked, granted))
    qtmodeltester.check(model)
    words = {model.index(row, SCOPE).data(): model.index(row, GRANTED).data() for row in range(model.count_rows())}
    assert words["patient/Observation.crs"] == "granted in part"
    assert words["patient/Condition.rs"] == "not granted" and words["user/Encounter.rs"] == "granted, not asked for"


def test_why_a_launch_ended_is_told_by_whose_doing_it_was(panel: LaunchPanel) -> None:
    head = panel.outcome._outcome
    for refused, verdict, words in (
        (LaunchRefused("redirect", "invalid_scope", "No."), "fail", "Refused at redirect: invalid_scope"),
        (LaunchRefused("discovery", "refused", "Nobody listens."), "fail", "No answer (discovery)"),
        (LaunchRefused("sign-in", "needs_a_person", "A code is asked."), "error", "could not go on"),
        (LaunchRefused("sign-in", "timeout", "Nobody came."), "skip", "did not come back"),
    ):
        panel.outcome.show_refusal(refused)
        assert head.verdict == verdict and words in head.text
        assert refused.sentence in words_of(panel) and "efused at" not in words_of(panel)


def test_what_an_ehr_launch_waits_for_can_be_copied_beside_the_button(
    panel: LaunchPanel, bench: Bench, run: Run
) -> None:
    panel._open = lambda address: None  # type: ignore[method-assign]  # no browser opens in a test
    panel.app_form.kind.setCurrentIndex(panel.app_form.kind.findData("ehr"))
    panel.app_form.person.setChecked(True)
    panel._launch_as_app(panel.app_form.chosen())
    run(until(lambda: "for the EHR to open" in panel.outcome._outcome.text))
    assert "/launch" in panel.app_form.state.text() and "Waiting" not in panel.app_form.state.text()
    panel.stop()
    run(until(lambda: all(task.name != "Launching as an app" for task in bench.tasks.running)))
