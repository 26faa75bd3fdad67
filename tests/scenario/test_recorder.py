"""What was done once by hand replays clean at once, and says nothing that must stay secret."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.scenario.sites import finish
from workbench.app_launch.app_launch import launch_as_app
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response, utc_now
from workbench.scenario.recorder import Recorder
from workbench.scenario.runner import Endpoints
from workbench.scenario.scenario import FhirInteraction, Launch, ReceiveHl7v2, ReplayFinished, Scenario, SendHl7v2
from workbench.scenario.scenario_file import parse_scenario, to_scenario_text
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient
from workbench.transports.mllp_client import send_mllp
from workbench.workspace.library import fixtures_folder
from workbench.workspace.workspace import Workspace

SCOPE = "launch openid fhirUser patient/Patient.rs patient/Observation.crus"
HEART_RATE = {
    "resourceType": "Observation",
    "status": "final",
    "category": [
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}
    ],
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
    "subject": {"reference": "Patient/amara-okafor"},
    "encounter": {"reference": "Encounter/amara-okafor-open"},
    "performer": [{"reference": "Practitioner/priya-raman"}],
    "valueQuantity": {"value": 72, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
}


@asynccontextmanager
async def hospital(site: str = "community-hospital") -> AsyncIterator[Endpoints]:
    """A simulated site with fresh data."""
    workspace = Workspace(Path("nowhere"))
    sandbox = workspace.make_sandbox(site)
    await sandbox.start()
    try:
        yield workspace.endpoints_of(sandbox)
    finally:
        await sandbox.stop()


async def launch(recorder: Recorder, endpoints: Endpoints, client: HttpClient) -> LaunchResult:
    step = Launch("", kind="ehr", scope=SCOPE, user="raman", patient="amara-okafor", encounter="amara-okafor-open")
    made: list[Exchange] = []
    result: LaunchResult | LaunchRefused | None = None
    async for event in launch_as_app(
        client,
        fhir_base=str(endpoints.fhir_base),
        kind="ehr",
        credentials=ClientCredentials("workbench"),
        scope=SCOPE,
        user=ScriptedUser(user="raman", patient="amara-okafor", encounter="amara-okafor-open"),
        ehr_page=endpoints.ehr_page,
    ):
        if isinstance(event, Exchange):
            made.append(event)
            recorder.add(event)
        elif isinstance(event, LaunchResult | LaunchRefused):
            result = event
    assert isinstance(result, LaunchResult), result
    recorder.add_launch(step, made, result)
    return result


async def ask(
    recorder: Recorder, endpoints: Endpoints, client: HttpClient, token: str, what: str, body: object = None
) -> Exchange:
    method, _, path = what.partition(" ")
    headers = (("Authorization", f"Bearer {token}"), ("Content-Type", "application/fhir+json"))
    data = json.dumps(body).encode() if body is not None else b""
    exchange = await client.send(Request(method, f"{endpoints.fhir_base}/{path}", headers, data))
    recorder.add(exchange)
    return exchange


async def record_visit() -> tuple[Scenario, str, str]:
    """A visit by hand: launch, read, write, read back, search, and an admission; with the token and the file's text."""
    async with hospital() as endpoints, HttpClient() as client:
        recorder = Recorder("A visit", endpoints)
        result = await launch(recorder, endpoints, client)
        token = result.access_token
        await ask(recorder, endpoints, client, token, "GET Patient/amara-okafor")
        body = HEART_RATE | {"effectiveDateTime": utc_now().isoformat(timespec="seconds")}
        created = await ask(recorder, endpoints, client, token, "POST Observation", body)
        assert created.response is not None and created.response.status == 201, created.response
        made = json.loads(created.response.body)["id"]
        await ask(recorder, endpoints, client, token, f"GET Observation/{made}")
        await ask(recorder, endpoints, client, token, "GET Observation?patient=amara-okafor&code=8867-4")
        message = (fixtures_folder() / "messages" / "adt-a01-new-patient.hl7").read_bytes()
        host, port = endpoints.mllp or ("", 0)
        recorder.add(await send_mllp(host, port, message))
        text = to_scenario_text(recorder.propose())
        return parse_scenario(text, "visit.scenario.yaml"), text, token


def explain(finished: ReplayFinished) -> str:
    return "\n".join(f"{each.verdict} {each.step.name}: {each.sentence}" for each in finished.results)


def test_a_recorded_visit_replays_clean_at_once_and_again() -> None:
    async def run() -> list[ReplayFinished]:
        scenario, _, _ = await record_visit()
        async with hospital() as endpoints:
            return [await finish(scenario, endpoints) for _ in range(3)]

    for finished in asyncio.run(run()):
        assert finished.verdict == "pass", explain(finished)
        assert {each.verdict for each in finished.results} == {"pass"}


def test_an_id_that_the_site_gave_becomes_a_capture_for_the_later_request() -> None:
    scenario, _, _ = asyncio.run(record_visit())
    kinds = [type(step) for step in scenario.steps]
    assert kinds == [Launch, *[FhirInteraction] * 4, SendHl7v2]
    create, read = scenario.steps[2], scenario.steps[3]
    assert isinstance(read, FhirInteraction)
    (capture,) = create.captures
    assert read.path == f"Observation/${{{capture.name}}}"


def test_a_token_becomes_the_launch_that_gave_it_and_is_never_written() -> None:
    scenario, text, token = asyncio.run(record_visit())
    steps = [step for step in scenario.steps if isinstance(step, FhirInteraction)]
    assert all(step.launch == "launch" for step in steps)
    assert token not in text and "Authorization" not in text and "code_verifier" not in text


def test_at_another_site_the_recorded_message_breaks_on_a_rule_that_is_named() -> None:
    async def run() -> ReplayFinished:
        scenario, _, _ = await record_visit()
        async with hospital("academic-medical-center") as endpoints:
            return await finish(scenario, endpoints)

    finished = asyncio.run(run())
    message = finished.results[-1]
    assert finished.verdict == "fail" and message.verdict == "fail"
    assert "2.3.1" in message.sentence, explain(finished)


def test_an_inbound_message_becomes_a_step_that_waits_for_it() -> None:
    request = Request(
        "MLLP", "mllp://127.0.0.1:2575", body=b"MSH|^~\\&|A|B|C|D|20260101||ADT^A01|77|P|2.5.1\rPID|1||9\r"
    )
    inbound = Exchange("A", "Inbox", request, Response(None, body=b"MSH|"), utc_now(), 0.01, seen_by="receiver")
    recorder = Recorder("Inbox")
    recorder.add(inbound)
    (step,) = recorder.propose().steps
    assert isinstance(step, ReceiveHl7v2) and step.port == 2575
    assert any(check.kind == "hl7" for check in step.checks)


def test_nothing_that_can_be_repeated_is_our_error_in_words() -> None:
    with pytest.raises(WorkbenchError, match="Nothing was recorded"):
        Recorder("Empty").propose()


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "http://127.0.0.1:1/fhir/Patient/1", (("Authorization", "Basic dXNlcjpjYW5hcnktOWYzYTFiMmM="),)),
        Request("GET", "http://127.0.0.1:1/fhir/Patient/1", (("Cookie", "session=canary-9f3a1b2c"),)),
        Request("GET", "http://127.0.0.1:1/fhir/Patient/1?access_token=canary-9f3a1b2c"),
        Request(
            "POST",
            "http://127.0.0.1:1/fhir/Basic",
            body=b'{"resourceType": "Basic", "client_secret": "canary-9f3a1b2c"}',
        ),
        Request("MLLP", "mllp://127.0.0.1:1", body=b"MSH|^~\\&|A|B|C|D|20260101|canary-9f3a1b2c|ADT^A01|7|P|2.5.1\r"),
    ],
)
def test_a_secret_is_written_wherever_it_stood_as_dots_or_not_at_all(request_: Request) -> None:
    response = Response(200 if request_.method != "MLLP" else None, body=b'{"resourceType": "Basic"}')
    recorder = Recorder("Secret", Endpoints("Site", fhir_base="http://127.0.0.1:1/fhir"))
    recorder.add(Exchange("workbench", "Site", request_, response, utc_now(), 0.01))
    text = to_scenario_text(recorder.propose())
    assert "canary" not in text and "Y2FuYXJ5" not in text and "dXNlcjpj" not in text
