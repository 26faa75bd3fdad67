"""What a scenario expects of a message: a code, an error condition, no answer, a failure, so many attempts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.scenario.sites import answer_json, finish, path_of, running_site, tell
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response
from workbench.hl7v2.mllp import frame_message
from workbench.scenario.recorder import Recorder
from workbench.scenario.runner import Endpoints
from workbench.scenario.scenario import ReplayFinished, Scenario, SendHl7v2
from workbench.scenario.scenario_file import parse_scenario, to_scenario_text
from workbench.transports.mllp_client import MllpConnection, send_mllp
from workbench.transports.mllp_reply import Reply
from workbench.transports.mllp_retry import Retry, send_retrying
from workbench.workspace.library import fixtures_folder
from workbench.workspace.workspace import Workspace

ROOM = (fixtures_folder() / "messages" / "adt-a08-update.hl7").read_bytes()
MESSAGE = "MSH|^~\\&|A|B|C|D|20260302||ADT^A08|${control-id}|P|2.5.1"
Replies = Callable[[bytes], "bytes | Reply | None"]


def scenario_of(step: str, message: str = MESSAGE) -> Scenario:
    lines = "".join(f"    {line}\n" for line in step.splitlines())
    return parse_scenario(f"version: 1\nname: T\nsteps:\n  - hl7v2: |\n      {message}\n{lines}", "t.yaml")


def acknowledge(code: str, payload: bytes, rest: str = "") -> bytes:
    control_id = payload.split(b"|")[9].decode()
    return f"MSH|^~\\&|C|D|A|B|2026||ACK|1|P|2.5.1\rMSA|{code}|{control_id}\r{rest}".encode()


def run(step: str, *replies: Replies, message: str = MESSAGE) -> ReplayFinished:
    """Replay one step at a receiver that answers in turn as `replies` say, the last one for good."""
    left = list(replies)

    async def answer(payload: bytes) -> bytes | Reply | None:
        return (left.pop(0) if len(left) > 1 else left[0])(payload)

    async def nothing(_: Request) -> Response:
        return answer_json({})

    async def main() -> ReplayFinished:
        async with running_site(nothing, answer) as endpoints:  # type: ignore[arg-type]  # a reply is an answer too
            return await finish(scenario_of(step, message), endpoints)

    return asyncio.run(main())


def close(_: bytes) -> Reply:
    return Reply(end="close")


def silent(_: bytes) -> None:
    return None


def accept(payload: bytes) -> bytes:
    return acknowledge("AA", payload)


def refuse(payload: bytes) -> bytes:
    return acknowledge("AE", payload, "ERR||PV1^1^3|204^Unknown key identifier^HL70357|E||||No bed\r")


@pytest.mark.parametrize(
    ("step", "reply", "expected"),
    [
        ("checks: [{acknowledgment: AA}]", accept, "pass: 1 check holds."),
        ("checks: [{error: 204}, {acknowledgment: [AE, AR]}]", refuse, "pass: 2 checks hold."),
        ("checks: [{error: [101, 204]}, {acknowledgment: AE}]", refuse, "pass: 2 checks hold."),
        (
            "checks: [{error: 101}, {acknowledgment: AE}]",
            refuse,
            "fail: The error condition is 204, and should be 101. It said: PV1-3; No bed.",
        ),
        (
            "checks: [{error: 101}]",
            accept,
            "fail: The error condition is absent, and should be 101.",
        ),
        ("within: 0.1\nchecks: [{acknowledgment: none}]", silent, "pass: 1 check holds."),
        ("within: 0.1\nchecks: [{failure: timeout}]", silent, "pass: 1 check holds."),
        ("checks: [{acknowledgment: none}]", accept, "fail: The acknowledgment is AA, and should be none."),
        ("checks: [{failure: closed}]", close, "pass: 1 check holds."),
        ("checks: [{failure: [closed, timeout]}]", close, "pass: 1 check holds."),
        ("checks: [{failure: closed}]", accept, "fail: The failure is absent, and should be closed."),
        ("retry: {times: 3, wait: 0}\nchecks: [{attempts: 1}]", accept, "pass: 2 checks hold."),
    ],
)
def test_a_step_holds_or_not_by_what_it_expects(step: str, reply: Replies, expected: str) -> None:
    (result,) = run(step, reply).results
    assert tell(result) == expected


def test_an_unexpected_failure_kind_says_what_happened() -> None:
    (result,) = run("within: 0.1\nchecks: [{failure: closed}]", silent).results
    assert tell(result).startswith("fail: The failure is timeout, and should be closed. It said: ")


def test_silence_that_nobody_expected_fails_as_before() -> None:
    (result,) = run("within: 0.1\nchecks: [{acknowledgment: AA}, {error: 204}]", silent).results
    assert result.verdict == "fail" and "sent no acknowledgment within 0.1 s" in result.sentence
    assert [check.verdict for check in result.checks] == ["skip", "skip"]


def test_a_lost_message_is_sent_again_and_each_attempt_is_an_exchange() -> None:
    step = "retry: {times: 5, wait: 0.01}\nchecks: [{acknowledgment: AA}, {attempts: 3}]"
    (result,) = run(step, close, close, accept).results
    assert tell(result) == "pass: 2 checks hold."
    assert [bool(each.failure) for each in result.exchanges] == [True, True, False]
    assert len({each.request.body for each in result.exchanges}) == 1


def test_both_acknowledgments_of_enhanced_mode_are_exchanges_of_one_attempt() -> None:
    def answer_both(payload: bytes) -> Reply:
        both = acknowledge("CA", payload), acknowledge("AE", payload)
        return Reply(both[1], tuple(map(frame_message, both)), accept=both[0])

    step = "checks: [{acknowledgment: AE}, {attempts: 1}]"
    (result,) = run(step, answer_both, message=f"{MESSAGE}|||AL|AL").results
    assert tell(result) == "pass: 2 checks hold."
    bodies = [each.response.body for each in result.exchanges if each.response]
    assert [body.partition(b"MSA|")[2][:2] for body in bodies] == [b"CA", b"AE"]


def test_a_refusal_is_sent_again_where_the_step_says_so() -> None:
    step = "retry: {times: 5, wait: 0, on: [AE]}\nchecks: [{attempts: 2}]"
    assert tell(run(step, refuse, accept).results[0]) == "pass: 2 checks hold."
    assert tell(run(step.replace("AE", "AR"), refuse, accept).results[0]).startswith("fail: ")


def test_an_expected_failure_does_not_stop_the_steps_after_it() -> None:
    text = "version: 1\nname: T\nsteps:\n" + (
        f"  - hl7v2: |\n      {MESSAGE}\n    within: 0.1\n    checks: [{{acknowledgment: none}}]\n" * 3
    )
    replies: list[Replies] = [silent, silent, silent]

    async def answer(payload: bytes) -> bytes | Reply | None:
        return replies.pop(0)(payload)

    async def main() -> ReplayFinished:
        async with running_site(nothing, answer) as endpoints:  # type: ignore[arg-type]  # a reply is an answer too
            return await finish(parse_scenario(text, "t"), endpoints)

    async def nothing(_: Request) -> Response:
        return answer_json({})

    assert [result.verdict for result in asyncio.run(main()).results] == ["pass"] * 3


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("checks: [{failure: broken}]", "“broken” is not a kind of failure. Use one of refused, timeout, closed"),
        ("retry: {wait: 1}", "“steps[0].retry.times” is missing"),
        ("retry: {times: 0}", "must be a whole number of at least 1"),
        ("retry: {times: 101}", "At most 100 times"),
        ("retry: {times: 1, on: [AA]}", "“AA” is no reason to send again."),
        ("retry: {times: 1, often: 2}", "is not known here"),
    ],
)
def test_a_faulty_expectation_is_refused_with_its_line(step: str, said: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        scenario_of(step)
    assert said in str(caught.value) and str(caught.value).startswith("t.yaml:6:")


def test_a_retry_is_written_as_it_was_read() -> None:
    for retry in ("{times: 3}", "{times: 2, wait: 0.5, backoff: 1, on: [AR, timeout]}"):
        scenario = scenario_of(f"retry: {retry}\nchecks: [{{attempts: 2}}, {{failure: [closed, refused]}}]")
        assert parse_scenario(to_scenario_text(scenario)) == scenario
        step = scenario.steps[0]
        assert isinstance(step, SendHl7v2) and step.retry.times in (2, 3)


def test_an_engine_that_sends_again_is_seen_by_two_steps_that_receive() -> None:
    text = """version: 1
name: Engine
steps:
  - fhir: GET start/${listen-port}
  - receive: hl7v2
    answer: close
    within: 5
    capture: {first: {hl7: MSH-10}}
  - receive: hl7v2
    answer: AE text "No bed", error PV1-3 204
    within: 5
    checks: [{hl7: MSH-10, equals: "${first}"}]
  - receive: hl7v2
    within: 5
    checks: [{hl7: MSH-10, equals: "${first}"}]
"""
    sent: list[Exchange] = []

    async def engine(port: int) -> None:
        async with MllpConnection("127.0.0.1", port, within=2) as connection:
            message = b"MSH|^~\\&|A|B|||1||ADT^A01|E-7|P|2.5.1\rPID|1||1\r"
            async for attempt in send_retrying(connection, message, Retry(5, wait=0.2, backoff=1, on=("closed", "AE"))):
                sent.extend(attempt)

    async def main() -> ReplayFinished:
        tasks: list[asyncio.Task[None]] = []

        async def answer(request: Request) -> Response:
            tasks.append(asyncio.get_running_loop().create_task(engine(int(path_of(request).rsplit("/", 1)[1]))))
            return answer_json({})

        async with running_site(answer) as endpoints:
            finished = await finish(parse_scenario(text, "t"), endpoints)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return finished

    finished = asyncio.run(main())
    assert finished.verdict == "pass", [tell(result) for result in finished.results]
    assert sent[0].failure and sent[0].failure.kind == "closed"
    assert b"MSA|AE|E-7|No bed" in (sent[1].response.body if sent[1].response else b"")


def test_what_a_receiver_answers_is_refused_with_its_line_where_it_is_no_answer() -> None:
    with pytest.raises(WorkbenchError, match=r"t.yaml:5:5: “AX” is not known"):
        parse_scenario("version: 1\nname: T\nsteps:\n  - receive: hl7v2\n    answer: AX\n", "t.yaml")


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        ("CLOSED", [("acknowledgment", "AE"), ("error", "204"), ("body", None)]),
        ("SILENT", [("acknowledgment", "none")]),
        ("OTHER", [("failure", "mismatch")]),
        ("TORN", [("failure", "closed")]),
    ],
)
def test_a_recorded_failure_is_expected_again(room: str, expected: list[tuple[str, str | None]]) -> None:
    message = ROOM.replace(b"\rPV1|1|I|", f"\rPV1|1|I|DRILL-{room}^1^X~".encode())
    assert message != ROOM

    async def main() -> tuple[Scenario, ReplayFinished]:
        workspace = Workspace(fixtures_folder() / "nowhere")
        sandbox = workspace.make_sandbox("community-hospital")
        await sandbox.start()
        try:
            endpoints: Endpoints = workspace.endpoints_of(sandbox)
            recorder = Recorder("Drill", endpoints)
            host, port = endpoints.mllp or ("", 0)
            recorder.add(await send_mllp(host, port, message, within=1))
            scenario = parse_scenario(to_scenario_text(recorder.propose()), "t")
            return scenario, await finish(scenario, endpoints)
        finally:
            await sandbox.stop()

    scenario, finished = asyncio.run(main())
    (step,) = scenario.steps
    assert [
        (check.kind, check.expected if wanted else None)
        for check, (_, wanted) in zip(step.checks, expected, strict=True)
    ] == expected
    assert finished.verdict == "pass", [tell(result) for result in finished.results]
