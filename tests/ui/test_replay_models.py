"""Steps, checks, scenarios and traces are item models that Qt's own tester accepts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pytestqt.modeltest import ModelTester

from ui.models.check_model import ACTUAL, CHECK, CheckModel
from ui.models.scenario_list_model import ENTRY_ROLE, ScenarioListModel
from ui.models.step_model import STEP, TIME, VERDICT, VERDICT_ROLE, StepModel, describe_step
from ui.models.trace_model import RESULT, WORDS, TraceModel
from workbench.exchange import Exchange, Failure, Request, Response
from workbench.scenario.scenario import (
    Check,
    CheckResult,
    FhirInteraction,
    Scenario,
    SendHl7v2,
    StepResult,
    Wait,
)
from workbench.workspace.workspace import ScenarioEntry

READ = FhirInteraction("", method="GET", path="Patient/1")
SEND = SendHl7v2("Admit", message="MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5.1\nPID|1")
SCENARIO = Scenario("One", "", (READ, SEND, Wait("", seconds=2)))
EXCHANGE = Exchange(
    "app",
    "site",
    Request("GET", "http://127.0.0.1:1/fhir/.well-known/smart-configuration"),
    Response(200, (("Content-Type", "application/json"),), b"{}"),
    datetime(2026, 1, 1, tzinfo=UTC),
    0.01,
    seen_by="receiver",
)


def test_a_step_is_named_by_its_own_words_or_by_what_it_sends() -> None:
    assert [describe_step(step) for step in SCENARIO.steps] == ["GET Patient/1", "send ADT^A01", "wait 2 s"]


def test_steps_show_what_a_replay_has_said_so_far(qtmodeltester: ModelTester) -> None:
    model = StepModel()
    model.set_scenario(SCENARIO)
    qtmodeltester.check(model)
    model.set_results({0: StepResult(READ, "fail", "Status was 404.", duration=0.0123)}, running=1)
    assert [model.index(row, VERDICT).data(VERDICT_ROLE) for row in range(3)] == ["fail", "running", ""]
    assert (model.index(0, TIME).data(), model.index(1, TIME).data()) == ("12", "")
    assert [model.index(row, STEP).data() for row in range(2)] == ["GET Patient/1", "Admit"]
    model.set_scenario(None)
    assert model.rowCount() == 0


def test_an_absent_actual_value_is_a_dash(qtmodeltester: ModelTester) -> None:
    model = CheckModel()
    absent = CheckResult(Check("fhirpath", "Patient.birthDate"), "fail", "It is absent.", "1984-03-12", None)
    model.set_results((absent, CheckResult(Check("status"), "pass", "200 as expected.", "200", "200")))
    qtmodeltester.check(model)
    assert (model.index(0, CHECK).data(), model.index(0, ACTUAL).data()) == ("Patient.birthDate", "—")
    assert (model.index(1, CHECK).data(), model.index(1, ACTUAL).data()) == ("HTTP status", "200")


def test_own_scenarios_stand_before_the_shipped_ones(qtmodeltester: ModelTester) -> None:
    shipped, own = ScenarioEntry("A", Path("a.yaml"), True), ScenarioEntry("B", Path("b.yaml"), False)
    model = ScenarioListModel()
    model.set_entries((shipped, own))
    qtmodeltester.check(model)
    assert [model.index(row).data(ENTRY_ROLE) for row in range(2)] == [own, shipped]
    model.set_verdict(shipped, "pass")
    assert [model.index(row).data(VERDICT_ROLE) for row in range(2)] == ["", "pass"]
    assert (model.row_of(Path("a.yaml")), model.row_of(Path("c.yaml"))) == (1, -1)


def test_a_trace_tells_exchanges_in_words_and_copies_as_numbered_lines(qtmodeltester: ModelTester) -> None:
    model = TraceModel()
    refused = replace(EXCHANGE, response=None, failure=Failure("refused", "Nothing listens there."), id="b")
    model.add(EXCHANGE)
    model.add(refused)
    qtmodeltester.check(model)
    assert "how to sign in" in model.index(0, WORDS).data()
    assert [model.index(row, RESULT).data() for row in range(2)] == ["200", "refused"]
    assert [model.index(row, RESULT).data(VERDICT_ROLE) for row in range(2)] == ["pass", "fail"]
    assert model.to_text().startswith("1. The app asked") and "\n2. " in model.to_text()


def test_the_senders_record_takes_the_place_of_the_receivers() -> None:
    model = TraceModel()
    model.add(EXCHANGE)
    sent = replace(EXCHANGE, seen_by="sender", duration=0.02, id="sent")
    assert model.replace_same(sent)
    assert model.exchanges == (sent,)
    assert not model.replace_same(replace(sent, id="another"))
