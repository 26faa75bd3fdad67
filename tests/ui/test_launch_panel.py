"""Launches from both sides are picked, told in words, and handed on."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from tests.ui.conftest import Run
from ui.bench import Bench
from ui.dialogs.choose_scopes import ChooseScopesDialog
from ui.launch_choices import CONTEXT_WORDS, AppLaunch, suggest_scopes, tell_context
from ui.launches import tell_facts
from ui.main_window import MainWindow
from ui.panels.launch import LaunchPanel
from ui.tasks import Tasks
from ui.theme.theme import Theme
from ui.views.launch_outcome_view import REVIEW
from ui.views.launch_side import AS_APP
from workbench.authorization_server.launch_faults import make_fault_rule
from workbench.exchange import Request, Response
from workbench.scenario.scenario import Launch
from workbench.smart.launch_context import CONTEXT_ITEMS
from workbench.smart.signature import check_signature
from workbench.smart_app.discovery import discovery_request
from workbench.smart_app.launch import LaunchResult
from workbench.transports.http_client import HttpClient
from workbench.transports.http_server import HttpServer
from workbench.workspace.exchange_log import ExchangeLog


async def until(met: Callable[[], object]) -> None:
    while not met():  # noqa: ASYNC110  # what is waited for is a widget's state, which sets no event
        await asyncio.sleep(0.01)


@pytest.fixture
def panel(bench: Bench, run: Run) -> Iterator[LaunchPanel]:
    run(bench.refresh())
    run(bench.start_sandbox("community-hospital"))
    bench.set_current("community-hospital")
    panel = LaunchPanel(bench)
    run(until(lambda: panel.ehr_form.patient.count()))
    yield panel
    panel.deleteLater()


def launch(panel: LaunchPanel, run: Run, **given: str) -> None:
    """Launch with a scripted user for a patient in an open visit."""
    form = panel.app_form
    form.scripted.setChecked(True)
    form.patient.setCurrentIndex(form.patient.findData("amara-okafor"))
    form.grant.setText(given.get("grant", ""))
    form.kind.setCurrentIndex(form.kind.findData(given.get("kind", "standalone")))
    panel._launch_as_app(form.chosen())
    run(until(lambda: not panel.launching.is_running))


def test_the_form_offers_what_the_site_has(panel: LaunchPanel) -> None:
    assert panel.ehr_form.patient.findData("none") == 12
    assert panel.ehr_form.user.findData("raman") >= 0
    panel.ehr_form.patient.setCurrentIndex(panel.ehr_form.patient.findData("amara-okafor"))
    assert panel.ehr_form.encounter.findData("amara-okafor-open") >= 0
    assert panel.ehr_form.encounter.findData("daniel-kim-past-1") < 0


def test_a_scripted_launch_is_told_in_words_and_shows_what_was_granted(panel: LaunchPanel, run: Run) -> None:
    launch(panel, run)
    result = panel.outcome.result.result
    assert result is not None and result.patient == "amara-okafor" and not result.missing_scopes
    trace = panel.outcome.trace.model.to_text()
    assert "how to sign in" in trace and "access token" in trace
    assert result.access_token not in trace


def test_an_ehr_launch_gives_the_encounter_too(panel: LaunchPanel, run: Run) -> None:
    panel.app_form.scopes.setPlainText("launch openid fhirUser patient/Patient.rs")
    launch(panel, run, kind="ehr")
    assert panel.outcome.result.result is not None and panel.outcome.result.result.encounter == "amara-okafor-open"


def test_fewer_scopes_than_asked_are_counted(panel: LaunchPanel, run: Run) -> None:
    launch(panel, run, grant="openid launch/patient patient/Patient.rs")
    result = panel.outcome.result.result
    assert result is not None and "patient/Observation.crs" in result.missing_scopes


def test_a_launch_is_handed_to_compose(panel: LaunchPanel, run: Run) -> None:
    launch(panel, run)
    handed: list[tuple[str, str, object]] = []
    panel.hand_over.connect(lambda *what: handed.append(what))
    panel.outcome.result.use_asked.emit(panel.outcome.result.result)
    assert handed[0][:2] == ("compose", "token") and isinstance(handed[0][2], LaunchResult)


def test_a_launch_while_recording_becomes_one_step(panel: LaunchPanel, bench: Bench, run: Run) -> None:
    bench.start_recording("Visit")
    launch(panel, run)
    recorder = bench.stop_recording()
    assert recorder is not None
    steps = recorder.propose().steps
    assert len(steps) == 1 and isinstance(steps[0], Launch)
    assert (steps[0].user, steps[0].patient) == ("raman", "${patient}")


def test_the_copied_link_opens_the_sample_app_with_this_launch(panel: LaunchPanel, bench: Bench, run: Run) -> None:
    form = panel.ehr_form
    form.patient.setCurrentIndex(form.patient.findData("amara-okafor"))
    QGuiApplication.clipboard().clear()
    form.link_asked.emit(form.chosen())
    run(until(lambda: QGuiApplication.clipboard().text()))
    address = urlsplit(QGuiApplication.clipboard().text())
    assert address.hostname == "127.0.0.1"
    assert set(parse_qs(address.query)) == {"iss", "launch"}


def test_an_address_where_nothing_listens_is_a_refusal_in_words(panel: LaunchPanel, run: Run) -> None:
    panel._launch_as_app(AppLaunch("http://127.0.0.1:9/fhir", "standalone", "workbench", "openid", True, "raman"))
    run(until(lambda: not panel.launching.is_running))
    assert panel.outcome.result.result is None
    assert panel.outcome.trace.model.rowCount() == 1


def test_suggested_scopes_follow_the_syntax_that_the_site_takes(bench: Bench, run: Run) -> None:
    run(bench.refresh())
    sites = {state.id: state.site for state in bench.sandboxes}
    assert "patient/Patient.rs" in suggest_scopes(sites["community-hospital"])
    assert "patient/Patient.read" in suggest_scopes(sites["academic-medical-center"])


@pytest.mark.parametrize(("kind", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_the_sequence_is_saved_as_a_picture(
    panel: LaunchPanel, run: Run, tmp_path: Path, kind: str, start: bytes
) -> None:
    launch(panel, run)
    path = tmp_path / f"launch.{kind}"
    panel.copies.save_picture_to(path, kind)
    run(until(path.exists))
    data = path.read_bytes()
    assert data.startswith(start) and panel.outcome.result.result is not None
    assert panel.outcome.result.result.access_token.encode() not in data


def reviewed(panel: LaunchPanel, run: Run) -> None:
    run(until(lambda: not panel.reviewing.is_running and panel.outcome.review.review is not None))


def test_a_launch_is_reviewed_while_it_goes_on_and_its_arrows_are_marked(panel: LaunchPanel, run: Run) -> None:
    launch(panel, run)
    reviewed(panel, run)
    review = panel.outcome.review.review
    assert review is not None and review.counts["pass"] > 40 and review.failed == ()
    marks = [each for arrow in panel.outcome.trace.diagram.arrows() for each in (arrow.mark, arrow.answer_mark)]
    assert {mark.verdict for mark in marks} <= {"pass", "error", ""} and any(mark.verdict for mark in marks)


def test_a_long_launch_is_reviewed_in_another_process_alike(panel: LaunchPanel, bench: Bench, run: Run) -> None:
    launch(panel, run)
    reviewed(panel, run)
    review, result = panel.outcome.review.review, panel.outcome.result.result
    assert review is not None and result is not None
    sent = Request("GET", f"{result.fhir_base}/Patient/1", (("Authorization", f"Bearer {result.access_token}"),))
    told = run(bench.http.send(sent, receiver="Community Hospital"))
    for number in range(40):
        panel._show(replace(told, id=f"call-{number}"))

    def is_all_reviewed() -> bool:
        long = panel.outcome.review.review
        return long is not None and len(long.steps) > 40

    run(until(is_all_reviewed))
    long = panel.outcome.review.review
    assert long is not None and long.counts["pass"] > review.counts["pass"]


def test_what_a_site_does_wrongly_on_purpose_is_found(panel: LaunchPanel, bench: Bench, run: Run) -> None:
    bench.running("community-hospital").faults.add(make_fault_rule("id-token-wrong-issuer"))
    launch(panel, run)
    reviewed(panel, run)
    review = panel.outcome.review.review
    assert review is not None and {each.requirement.stage for each in review.failed} == {"id-token"}
    assert {each.requirement.party for each in review.failed} == {"server"}
    assert panel.outcome.review.shown[0].outcome == "fail"
    assert "failed" in panel.outcome.trace.model.to_text()


@pytest.mark.parametrize("kind", ["html", "json"])
def test_the_report_of_a_review_holds_its_verdicts_and_no_secret(
    panel: LaunchPanel, run: Run, tmp_path: Path, kind: str
) -> None:
    launch(panel, run)
    reviewed(panel, run)
    path = tmp_path / f"review.{kind}"
    panel.copies.save_report_to(path, kind)
    run(until(path.exists))
    text = path.read_text("utf-8")
    review, result = panel.outcome.review.review, panel.outcome.result.result
    assert review is not None and result is not None
    assert all(verdict.requirement.id in text for verdict in review.verdicts)
    assert result.access_token not in text and result.id_token not in text


def test_a_review_knows_the_keys_of_a_site_that_runs_here(panel: LaunchPanel, bench: Bench, run: Run) -> None:
    launch(panel, run)
    state, result = bench.current, panel.outcome.result.result
    assert state is not None and result is not None
    facts = tell_facts(bench, state, state.fhir_base)
    assert facts.site_keys and not check_signature(result.id_token, facts.site_keys)
    reviewed(panel, run)
    run(bench.stop_sandbox(state.id))
    run(bench.start_sandbox(state.id))
    again = panel.reviewing._facts()
    assert again is not None and again.site_keys and not check_signature(result.id_token, again.site_keys)


def test_as_the_ehr_all_that_the_site_sees_is_drawn_and_reviewed(panel: LaunchPanel, bench: Bench, run: Run) -> None:
    form = panel.ehr_form
    QGuiApplication.clipboard().clear()
    form.link_asked.emit(form.chosen())
    run(until(lambda: QGuiApplication.clipboard().text()))
    state = bench.current
    assert state is not None
    run(bench.http.send(discovery_request(state.fhir_base)))
    run(until(lambda: panel.outcome.trace.model.count_rows() == 1))
    reviewed(panel, run)
    arrow = panel.outcome.trace.diagram.arrows()[0]
    assert (arrow.source, arrow.target) == ("app", "fhir") and arrow.answer_mark.verdict == "pass"


def test_what_a_site_does_on_purpose_stands_on_its_arrow(panel: LaunchPanel, bench: Bench, run: Run) -> None:
    bench.running("community-hospital").faults.add(make_fault_rule("missing-patient"))
    launch(panel, run)
    run(until(lambda: any("On request" in arrow.answered for arrow in panel.outcome.trace.diagram.arrows())))


def test_what_a_browser_does_at_the_sample_app_is_drawn_and_not_recorded(
    panel: LaunchPanel, bench: Bench, run: Run
) -> None:
    QGuiApplication.clipboard().clear()
    panel.ehr_form.link_asked.emit(panel.ehr_form.chosen())
    run(until(lambda: QGuiApplication.clipboard().text()))
    bench.start_recording("Visit")
    client = HttpClient()
    run(client.send(Request("GET", QGuiApplication.clipboard().text())))
    run(client.close())
    run(until(lambda: panel.outcome.trace.model.count_rows() == 1))
    arrow = panel.outcome.trace.diagram.arrows()[0]
    assert (arrow.source, arrow.target) == ("browser", "app")
    recorder = bench.stop_recording()
    assert recorder is not None and recorder.count == 0 and len(bench.log) == 0


def test_the_search_key_goes_to_the_requirements_where_they_are_in_front(panel: LaunchPanel, run: Run) -> None:
    assert not panel.find_text()
    launch(panel, run)
    reviewed(panel, run)
    panel.outcome.tabs.setCurrentIndex(REVIEW)
    assert panel.find_text()


def test_an_app_that_comes_by_itself_is_waited_for(panel: LaunchPanel, bench: Bench, run: Run) -> None:
    panel.ehr_form._wait.click()
    state = bench.current
    assert state is not None and QGuiApplication.clipboard().text() == state.fhir_base
    assert state.fhir_base in panel.outcome._outcome.text and panel.outcome.trace.model.count_rows() == 0
    run(bench.http.send(discovery_request(state.fhir_base)))
    run(until(lambda: panel.outcome.trace.model.count_rows() == 1))


def test_a_scripted_user_opens_an_app_that_runs_no_script(panel: LaunchPanel, run: Run) -> None:
    """The app is a server of this test: it begins the authorization, and shows a page when it comes back."""

    async def answer(request: Request) -> Response:
        query = parse_qs(urlsplit(request.address).query)
        if "launch" not in query:
            return Response(200, (("Content-Type", "text/html"),), b"<title>Signed in</title>")
        asked = {
            "response_type": "code",
            "client_id": "server-app",
            "redirect_uri": f"{server.address}/callback",
            "scope": "launch openid patient/Patient.rs",
            "state": "s" * 32,
            "aud": query["iss"][0],
            "launch": query["launch"][0],
            "code_challenge": "c" * 43,
            "code_challenge_method": "S256",
        }
        authorize = query["iss"][0].removesuffix("/fhir/r4") + "/auth/authorize?" + urlencode(asked)
        return Response(302, (("Location", authorize),))

    server = HttpServer(answer, name="app under test")
    run(server.start())
    form = panel.ehr_form
    form.patient.setCurrentIndex(form.patient.findData("amara-okafor"))
    form.app.setCurrentIndex(form.app.count() - 1)
    form.address.setEditText(f"{server.address}/launch")
    assert form._script.isEnabled()
    form._script.click()
    run(until(lambda: "got its code" in panel.outcome._outcome.text))
    run(until(lambda: not panel.opening.is_running))
    arrows = panel.outcome.trace.diagram.arrows()
    assert {("browser", "app"), ("browser", "authorization")} <= {(arrow.source, arrow.target) for arrow in arrows}
    run(server.stop())


def test_what_can_be_typed_or_chosen_has_a_name_for_who_listens(panel: LaunchPanel) -> None:
    kinds = (QLineEdit, QComboBox, QAbstractItemView, QPlainTextEdit, QAbstractSpinBox, QAbstractButton)
    nameless = [
        (type(each).__name__, type(each.parent()).__name__, each.toolTip())
        for each in panel.findChildren(QWidget)
        if isinstance(each, kinds) and each.focusPolicy() & Qt.FocusPolicy.TabFocus
        # The line of a box and the list that drops from it are named by the box.
        and not isinstance(each.parent(), QComboBox | QAbstractSpinBox) and each.window() is panel.window()
        and not each.isHidden()
        and not each.accessibleName() and not (isinstance(each, QAbstractButton) and each.text())
    ]  # fmt: skip
    assert nameless == []


def test_the_panel_can_be_there_before_the_window_has_a_loop(theme: Theme, tmp_path: Path) -> None:
    panel = LaunchPanel(Bench(tmp_path, Tasks(), ExchangeLog()))
    assert not panel.ehr_form.isEnabled() and panel.outcome.trace.model.count_rows() == 0
    panel.deleteLater()


def test_scopes_that_were_picked_can_be_undone(panel: LaunchPanel) -> None:
    scopes = panel.app_form.scopes
    before = scopes.toPlainText()
    panel._choose_scopes()
    dialog = panel.findChild(ChooseScopesDialog)
    dialog.plain["online_access"].setChecked(True)
    dialog.accept()
    assert "online_access" in scopes.toPlainText()
    scopes.undo()
    assert scopes.toPlainText() == before


def test_stop_and_launch_hand_the_focus_on_to_each_other(window: MainWindow, run: Run) -> None:
    panel = window.show_panel("launch")
    assert isinstance(panel, LaunchPanel)
    window.activateWindow()
    panel.side.tabs.setCurrentIndex(AS_APP)
    form = panel.app_form
    form.base.setText("http://127.0.0.1:9/fhir")
    form._launch.setFocus()
    form.set_running(True)
    assert form._stop.hasFocus()
    form.set_running(False)
    assert form._launch.hasFocus()


_FIRST_REQUEST = """
import asyncio, sys
from ui.launches import load_launches
load_launches()
before = set(sys.modules)
from workbench.exchange import Request
from workbench.launch_review.judge import review_launch
from workbench.app_launch.app_launch import launch_as_app
from workbench.transports.http_client import HttpClient
async def ask():
    async with HttpClient() as client:
        await client.send(Request("GET", "http://127.0.0.1:9/fhir/metadata"))
asyncio.run(ask())
late = set(sys.modules) - before
print(*(name for name in late if name.split(".")[0] in ("anyio", "httpx", "httpcore", "workbench")))
"""


def test_all_that_a_launch_is_made_of_is_imported_before_it_begins() -> None:
    """In a process of its own, since here everything is imported already."""
    done = subprocess.run([sys.executable, "-c", _FIRST_REQUEST], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_what_a_site_tells_an_app_is_said_in_words(bench: Bench, run: Run) -> None:
    run(bench.refresh())
    for state in bench.sandboxes:
        words = tell_context(state.site)
        assert "the patient" in words and "need_patient_banner" not in words
    assert set(CONTEXT_WORDS) == set(CONTEXT_ITEMS)
