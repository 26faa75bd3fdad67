"""The runner's verdicts, against real listeners."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.scenario.sites import acknowledge, answer_json, finish, path_of, running_site, tell
from workbench.exchange import Exchange, Request, Response
from workbench.scenario.runner import Endpoints, replay
from workbench.scenario.scenario import Check, FhirInteraction, Scenario, StepFinished, StepStarted
from workbench.scenario.scenario_file import parse_scenario
from workbench.transports.http_server import HttpServer
from workbench.transports.mllp_client import send_mllp

PATIENT = {"resourceType": "Patient", "id": "amara", "birthDate": "1984-03-12", "name": [{"family": "O & K"}]}
HEAD = "version: 1\nname: Test\n"


async def answer_patient(request: Request) -> Response:
    return answer_json(PATIENT)


def run(text: str, endpoints: Endpoints | None = None, answer=answer_patient, **options):
    async def main():
        if endpoints is not None:
            return await finish(parse_scenario(HEAD + text), endpoints, **options)
        async with running_site(answer, options.pop("answer_message", acknowledge)) as site:
            return await finish(parse_scenario(HEAD + text), site, **options)

    return asyncio.run(main())


def test_a_step_that_says_nothing_expects_success() -> None:
    finished = run("steps:\n  - fhir: GET Patient/amara\n  - hl7v2: |\n      MSH|^~\\&|A|B|||1||ADT^A01|1|P|2.5.1\n")
    assert [tell(result) for result in finished.results] == ["pass: 1 check holds.", "pass: 1 check holds."]
    assert finished.verdict == "pass"


def test_a_refusal_fails_a_step_that_says_nothing_and_gives_the_reason() -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x", "diagnostics": "No."}]}

    async def answer(request: Request) -> Response:
        return answer_json(outcome, 403)

    finished = run("steps:\n  - fhir: GET Patient/amara\n", answer=answer)
    assert tell(finished.results[0]) == "fail: The status is 403, and should be 2xx. It said: No."


def test_an_absent_place_fails_as_absent() -> None:
    text = (
        "steps:\n  - fhir: GET Patient/amara\n    checks:\n      - fhirpath: Patient.gender\n        equals: female\n"
    )
    result = run(text).results[0]
    assert result.verdict == "fail"
    assert result.checks[1].actual is None
    assert "is absent" in result.checks[1].sentence


def test_captures_reach_later_steps_in_path_message_and_check() -> None:
    seen: list[str] = []
    messages: list[bytes] = []

    async def answer(request: Request) -> Response:
        seen.append(path_of(request))
        return answer_json(PATIENT)

    async def take(data: bytes) -> bytes:
        messages.append(data)
        return await acknowledge(data)

    text = """steps:
  - fhir: GET Patient/amara
    capture: {family: {fhirpath: "Patient.name[0].family"}}
  - fhir: GET Patient?name=${family}
    checks:
      - fhirpath: Patient.name.family
        equals: ${family}
  - hl7v2: |
      MSH|^~\\&|A|B|||${now}||ADT^A01|${control-id}|P|2.5.1
      PID|1||1||${family}
    checks:
      - hl7: MSA-2
        equals: ${control-id}
"""
    finished = run(text, answer=answer, answer_message=take)
    assert finished.verdict == "pass", [tell(result) for result in finished.results]
    assert seen[1] == "/Patient?name=O%20%26%20K"
    assert messages[0].endswith(b"\rPID|1||1||O \\T\\ K\r")


def test_an_unknown_variable_is_an_error_before_anything_is_sent() -> None:
    seen: list[str] = []

    async def answer(request: Request) -> Response:
        seen.append(path_of(request))
        return answer_json(PATIENT)

    async def main():
        scenario = Scenario(
            "Made by hand", "", (FhirInteraction("One", path="Patient/1"), FhirInteraction("Two", path="${patiend}"))
        )
        async with running_site(answer) as site:
            return await finish(scenario, site)

    finished = asyncio.run(main())
    assert seen == []
    assert [result.verdict for result in finished.results] == ["skip", "error"]
    assert "${patiend} is not a variable" in finished.results[1].sentence


def test_a_step_for_other_sites_is_skipped_in_words() -> None:
    step = "  - fhir: GET Patient/1\n    when: "
    text = f"steps:\n{step}{{note: hl7v2}}\n{step}{{note: not hl7v2}}\n"
    first, second = run(text).results
    assert tell(first) == "skip: Does not apply here: It is for sites with note hl7v2, and here it is fhir."
    assert second.verdict == "pass"


def test_a_lost_capture_skips_the_steps_that_need_it_with_the_reason() -> None:
    text = """steps:
  - fhir: GET Patient/amara
    capture: {it: {fhirpath: Patient.photo.url}}
  - fhir: GET Patient/${it}
"""
    first, second = run(text).results
    assert first.verdict == "fail"
    assert "Patient.photo.url is absent" in first.sentence
    assert second.verdict == "skip"
    assert "${it}, which no step has given: Patient.photo.url is absent from the answer." in second.sentence


def test_a_dead_sandbox_is_told_within_a_second() -> None:
    steps = "".join("  - fhir: GET Patient/1\n  - wait: 20\n" for _ in range(20))
    began = time.perf_counter()
    finished = run("steps:\n" + steps, Endpoints("Gone", {}, "http://127.0.0.1:9", None))
    assert time.perf_counter() - began < 1
    assert finished.results[0].verdict == "fail"
    assert {tell(result) for result in finished.results[1:]} == {"skip: Not run: Gone stopped answering at step 1."}


def test_a_sandbox_that_dies_in_the_middle_loses_no_exchange() -> None:
    async def main():
        server = HttpServer(answer_patient)
        await server.start()
        heard, results = [], []
        scenario = parse_scenario(HEAD + "steps:\n" + "  - fhir: GET Patient/1\n" * 6)
        async for event in replay(scenario, Endpoints("Site", {}, server.address), on_exchange=heard.append):
            if isinstance(event, StepStarted) and event.index == 3:
                await server.stop()
            if isinstance(event, StepFinished):
                results.append(event.result)
        return heard, results

    heard, results = asyncio.run(main())
    assert [result.verdict for result in results[:3]] == ["pass"] * 3
    assert results[3].verdict == "fail"
    assert results[-1].verdict == "skip"
    assert [exchange for result in results for exchange in result.exchanges] == heard


def test_closing_the_iterator_leaves_no_task_and_no_port() -> None:
    async def main():
        text = "steps:\n  - receive: hl7v2\n    within: 60\n"
        ports = []
        scenario = parse_scenario(HEAD + "steps:\n  - fhir: GET Patient/${listen-port}\n" + text.partition("\n")[2])
        async with running_site(answer_patient) as site:
            before = asyncio.all_tasks()
            heard = asyncio.Event()

            def hear(exchange: Exchange) -> None:
                ports.append(exchange.request.address)
                heard.set()

            events = replay(scenario, site, on_exchange=hear)

            async def listen():
                async for _ in events:
                    pass

            task = asyncio.create_task(listen())
            await heard.wait()
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            port = int(ports[0].rsplit("/", 1)[1])
            exchange = await send_mllp("127.0.0.1", port, b"MSH|^~\\&|", within=2)
            await asyncio.sleep(0.05)
            return exchange, asyncio.all_tasks() - before

    exchange, tasks = asyncio.run(main())
    assert exchange.failure is not None
    assert exchange.failure.kind == "refused"
    assert tasks == set()


def test_a_message_that_comes_early_is_received() -> None:
    text = """steps:
  - fhir: GET Patient/${listen-port}
  - receive: hl7v2
    within: 5
    checks:
      - hl7: PID-5.1
        equals: Okafor
  - receive: hl7v2
    within: 0.05
"""

    async def answer(request: Request) -> Response:
        port = int(path_of(request).rsplit("/", 1)[1])
        sent = await send_mllp("127.0.0.1", port, b"MSH|^~\\&|A|B|||1||ADT^A01|7|P|2.5.1\rPID|1||1||Okafor^Amara\r")
        assert sent.response is not None
        assert b"MSA|AA|7" in sent.response.body
        return answer_json(PATIENT)

    finished = run(text, answer=answer)
    assert [result.verdict for result in finished.results] == ["pass", "pass", "fail"]
    assert finished.results[2].sentence == "No message came within 0.05 s."


def test_no_address_is_our_error() -> None:
    finished = run("steps:\n  - hl7v2: MSH|^~\\&|A\n", Endpoints("Bare", {}, None, None))
    assert tell(finished.results[0]) == "error: Bare has no HL7 v2 address. Add its MLLP host and port."


def test_a_need_that_the_sandbox_does_not_meet_skips_all() -> None:
    site = Endpoints("Small", {"note": "fhir"}, "http://127.0.0.1:9", offers=frozenset({"observation.read"}))
    finished = run("needs: [Observation.create]\nsteps:\n  - fhir: GET metadata\n", site)
    assert finished.verdict == "skip"
    assert finished.results[0].sentence == "Small does not offer Observation.create, which the scenario needs."


def test_an_address_off_the_sandbox_is_refused() -> None:
    finished = run("steps:\n  - fhir: GET http://127.0.0.1:1/steal\n")
    assert finished.results[0].verdict == "error"
    assert "is not under the sandbox" in finished.results[0].sentence


def test_a_pattern_that_backtracks_without_end_is_refused_soon() -> None:
    async def answer(request: Request) -> Response:
        return answer_json({"resourceType": "Patient", "id": "a" * 4000 + "!"})

    text = "steps:\n  - fhir: GET Patient/1\n    checks:\n      - fhirpath: Patient.id\n        matches: ^(a|a)*$\n"
    run("steps:\n  - fhir: GET Patient/1\n    checks:\n      - fhirpath: Patient.id\n        exists: true\n")
    result = run(text, answer=answer).results[0]
    assert result.verdict == "error"
    assert "takes too long" in result.sentence
    assert result.duration < 5


def test_checks_that_cannot_be_read_are_errors_of_ours() -> None:
    step = FhirInteraction(name="Read", path="Patient/1", checks=(Check("fhirpath", "Patient..name", "exists", True),))

    async def main():
        async with running_site(answer_patient) as site:
            return await finish(Scenario("Made by hand", "", (step,)), site)

    result = asyncio.run(main()).results[0]
    assert result.verdict == "error"
    assert "This check cannot be made" in result.sentence


def test_variants_follow_the_site_then_the_trait_then_the_default() -> None:
    seen: list[str] = []

    async def answer(request: Request) -> Response:
        seen.append(path_of(request))
        return answer_json(PATIENT)

    text = """variables:
  first: {default: d, note=fhir: trait, test: site}
  second: {default: d, note=fhir: trait}
  third: {default: d, note=hl7v2: trait}
steps:
  - fhir: GET ${first}/${second}/${third}
"""
    run(text, answer=answer)
    assert seen == ["/site/trait/d"]


def test_a_status_may_be_one_of_several() -> None:
    text = "steps:\n  - fhir: GET Patient/1\n    checks:\n      - status: [404, 2xx]\n"
    assert run(text).verdict == "pass"
    assert Check("status", expected=("404", "2xx")) == parse_scenario(HEAD + text).steps[0].checks[0]
