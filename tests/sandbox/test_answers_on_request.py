"""A sandbox that misbehaves on request, asked over a real connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from workbench.exchange import Exchange
from workbench.hl7v2.acknowledgment import AcknowledgmentError, parse_acknowledgment
from workbench.hl7v2.message import parse_message
from workbench.hl7v2.mllp import frame_message
from workbench.sandbox.sandbox import Sandbox
from workbench.site.answer_rule_text import parse_answer_rule
from workbench.site.site_file import parse_site, read_site
from workbench.transports.mllp_client import MllpConnection, send_mllp
from workbench.workspace.library import load_population

ROOT = Path(__file__).parents[2]
SITE = ROOT / "fixtures" / "sites" / "community-hospital.yaml"
ADMISSION = (ROOT / "fixtures" / "messages" / "adt-a01-new-patient.hl7").read_bytes()
Result = TypeVar("Result")


def at_sandbox(story: Callable[[Sandbox], Awaitable[Result]], *texts: str) -> tuple[Result, list[Exchange]]:
    received: list[Exchange] = []
    site = read_site(SITE)
    sandbox = Sandbox(site, load_population(site.population), on_exchange=received.append)
    for text in texts:
        sandbox.answers.add(parse_answer_rule(text))

    async def run() -> Result:
        await sandbox.start()
        try:
            return await story(sandbox)
        finally:
            await sandbox.stop()

    return asyncio.run(run()), received


async def send(sandbox: Sandbox, within: float = 2.0) -> Exchange:
    ends = sandbox.addresses
    return await send_mllp(ends.mllp_host, ends.mllp_port, ADMISSION, within=within)


async def read_raw(sandbox: Sandbox, within: float = 0.4) -> bytes:
    """All that comes back for one message until the connection ends or stands still."""
    reader, writer = await asyncio.open_connection(sandbox.addresses.mllp_host, sandbox.addresses.mllp_port)
    writer.write(frame_message(ADMISSION))
    found = b""
    try:
        while data := await asyncio.wait_for(reader.read(65536), within):
            found += data
    except TimeoutError:
        pass
    finally:
        writer.close()
    return found


def patients(sandbox: Sandbox) -> Awaitable[int]:
    async def count() -> int:
        rows, _ = await sandbox.list_charts()
        return len(rows)

    return count()


@pytest.mark.parametrize("code", ["AE", "AR", "CE", "CR"])
def test_a_refusal_says_the_reason_and_its_place_and_takes_nothing_in(code: str) -> None:
    async def story(sandbox: Sandbox) -> tuple[Exchange, int, int]:
        before = await patients(sandbox)
        return await send(sandbox), before, await patients(sandbox)

    rule = f'ADT^A01: {code} error PV1-3 101 E "No bed is given" error PID-5 102 W "Odd"'
    (exchange, before, after), (received,) = at_sandbox(story, rule)
    assert exchange.response is not None
    said = parse_acknowledgment(exchange.response.body)
    assert (said.code, said.control_id) == (code, parse_message(ADMISSION).control_id)
    assert [(e.location, e.code, e.severity, e.text) for e in said.errors] == [
        ("PV1-3", "101", "E", "No bed is given"),
        ("PID-5", "102", "W", "Odd"),
    ]
    assert before == after
    assert received.note.startswith(f"On request: ADT^A01: {code}, error PV1-3 101 E")


def test_a_refusal_without_words_says_that_it_was_on_request() -> None:
    (exchange, _) = at_sandbox(send, "any: AR")
    assert exchange.response is not None
    assert parse_acknowledgment(exchange.response.body).errors == (
        AcknowledgmentError("", "207", "E", "Refused on request.", "AR"),
    )


@pytest.mark.parametrize("fault", ["no answer", "close", "reset", "half a frame", "wrong control ID"])
def test_a_lost_answer_is_that_of_a_message_that_was_taken_in(fault: str) -> None:
    async def story(sandbox: Sandbox) -> int:
        before = await patients(sandbox)
        await send(sandbox, within=0.3)
        return await patients(sandbox) - before

    added, received = at_sandbox(story, f"any: {fault}")
    assert added == 1
    assert [each.note for each in received] == [f"On request: any: {fault}"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("no answer", "timeout"),
        ("late 1 s", "timeout"),
        ("close", "closed"),
        ("reset", "closed"),
        ("half a frame", "closed"),
        ("no start block", "protocol"),
        ("garbage before", "protocol"),
    ],
)
def test_the_sender_sees_the_failure_that_was_asked_for(fault: str, kind: str) -> None:
    exchange, _ = at_sandbox(lambda sandbox: send(sandbox, within=0.4), f"any: {fault}")
    assert exchange.failure is not None and exchange.failure.kind == kind


def shape(raw: bytes) -> tuple[int, int, int, bool, bool]:
    """Start blocks, end blocks and carriage returns after them, and whether it begins and ends as a frame does."""
    return (
        raw.count(b"\x0b"),
        raw.count(b"\x1c"),
        raw.count(b"\x1c\r"),
        raw.startswith(b"\x0bMSH"),
        raw.endswith(b"\x1c\r"),
    )


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("AA", (1, 1, 1, True, True)),
        ("late 0.1 s", (1, 1, 1, True, True)),
        ("byte by byte", (1, 1, 1, True, True)),
        ("two answers", (2, 2, 2, True, True)),
        ("no start block", (0, 1, 1, False, True)),
        ("no end block", (1, 0, 0, True, False)),
        ("no carriage return", (1, 1, 0, True, False)),
        ("garbage before", (1, 1, 1, False, True)),
        ("garbage after", (1, 1, 1, True, False)),
        ("half a frame", (1, 0, 0, True, False)),
        ("no answer", (0, 0, 0, False, False)),
        ("close", (0, 0, 0, False, False)),
    ],
)
def test_what_crosses_the_wire_is_what_was_asked_for(fault: str, expected: tuple[int, int, int, bool, bool]) -> None:
    raw, _ = at_sandbox(read_raw, f"any: {fault}")
    assert shape(raw) == expected


@pytest.mark.parametrize(
    ("fault", "path", "is_right"),
    [
        ("wrong control ID", "MSA-2", lambda value: value == "NOT-ADT0011"),
        ("wrong version", "MSH-12", lambda value: value == "2.2"),
        ("no MSA", "MSA-1", lambda value: value is None),
    ],
)
def test_one_thing_is_wrong_in_the_answer(fault: str, path: str, is_right: Callable[[str | None], bool]) -> None:
    raw, _ = at_sandbox(read_raw, f"any: {fault}")
    answer = parse_message(raw[1:-2])
    assert is_right(answer.get(path)), answer.text
    assert answer.get("MSH-9.1") == "ACK"


def test_in_enhanced_mode_the_accept_comes_at_once_and_the_rule_is_about_what_follows() -> None:
    enhanced = parse_message(ADMISSION).set("MSH-15", "AL").set("MSH-16", "AL").to_bytes()

    async def story(sandbox: Sandbox) -> tuple[Exchange, ...]:
        ends = sandbox.addresses
        async with MllpConnection(ends.mllp_host, ends.mllp_port, within=3) as connection:
            return await connection.ask(enhanced)

    (accept, application), _ = at_sandbox(story, "any: AE, late 0.4 s")
    codes = [parse_acknowledgment(each.response.body).code if each.response else "" for each in (accept, application)]
    assert codes == ["CA", "AE"]
    assert accept.duration < 0.35 <= application.duration


def test_rules_are_added_and_taken_away_while_it_runs() -> None:
    async def story(sandbox: Sandbox) -> list[str]:
        codes = []
        for step in range(4):
            if step == 1:
                sandbox.answers.add(parse_answer_rule("ADT^A01: AR times 3"))
            if step == 3:
                sandbox.answers.remove(sandbox.answers.uses[-1].id)
            answer = (await send(sandbox)).response
            codes.append(parse_acknowledgment(answer.body).code if answer else "")
        return codes

    codes, received = at_sandbox(story)
    assert codes == ["AA", "AR", "AR", "AA"]
    assert [bool(each.note) for each in received] == [False, True, True, False]


def test_fresh_data_come_with_fresh_counts_so_that_each_replay_meets_the_same() -> None:
    async def story(sandbox: Sandbox) -> list[str]:
        codes = []
        for _ in range(2):
            for _ in range(2):
                answer = (await send(sandbox)).response
                codes.append(parse_acknowledgment(answer.body).code if answer else "")
            await sandbox.reset()
        return codes

    assert at_sandbox(story, "any: AR times 1")[0] == ["AR", "AA", "AR", "AA"]


def test_a_client_that_is_not_ours_meets_what_was_asked_for() -> None:
    """Of python-hl7: it takes a refusal and a late answer as they are, and of one that comes in pieces the first."""
    from hl7.client import MLLPClient

    def ask(port: int) -> list[bytes]:
        with MLLPClient("127.0.0.1", port) as client:
            return [client.send(frame_message(ADMISSION)) for _ in range(3)]

    async def story(sandbox: Sandbox) -> list[bytes]:
        return await asyncio.to_thread(ask, sandbox.addresses.mllp_port)

    answers, received = at_sandbox(story, "any: CR times 1", "any: late 0.3 s, times 1", "any: AE, byte by byte")
    assert [parse_acknowledgment(answer[1:-2]).code for answer in answers[:2]] == ["CR", "AA"]
    assert answers[2].startswith(b"\x0b") and len(answers[2]) < 20
    assert received[1].duration >= 0.3


def test_connections_are_turned_away_so_many_times_and_then_taken() -> None:
    async def story(sandbox: Sandbox) -> list[str]:
        sent = [await send(sandbox) for _ in range(3)]
        return [each.failure.kind if each.failure else "answered" for each in sent]

    kinds, received = at_sandbox(story, "connection: reset times 2")
    assert (set(kinds[:2]) <= {"closed", "refused"}, kinds[2]) == (True, "answered")
    assert [each.note for each in received] == ["On request: connection: reset, times 2"] * 2 + [""]


@pytest.mark.parametrize("subject", ["ADT^A01", "connection"])
def test_the_port_is_closed_for_a_while_and_then_open_again(subject: str) -> None:
    async def story(sandbox: Sandbox) -> list[str]:
        kinds = []
        for wait in (0.15, 0.6, 0.0):
            sent = await send(sandbox)
            kinds.append(sent.failure.kind if sent.failure else "answered")
            await asyncio.sleep(wait)
        return kinds

    first, *others = at_sandbox(story, f"{subject}: refuse 0.5 s once")[0]
    assert first in ("closed", "refused")  # a connection that is reset while it is made was refused
    assert others == ["refused", "answered"]


def test_a_sandbox_refuses_at_once_when_it_is_told_to() -> None:
    async def story(sandbox: Sandbox) -> list[str]:
        await sandbox.refuse_hl7(0.3)
        await asyncio.sleep(0.05)
        first = await send(sandbox)
        await asyncio.sleep(0.5)
        return [each.failure.kind if each.failure else "answered" for each in (first, await send(sandbox))]

    assert at_sandbox(story)[0] == ["refused", "answered"]


def test_a_site_file_carries_rules_with_their_line_where_they_are_wrong() -> None:
    text = SITE.read_text("utf-8")
    before, _, after = text.partition("  answers:\n")
    after = after[after.index("  # What every") :]
    rules = f"{before}  answers:\n    - ADT^A01: AE after 3\n    - 'any: late 2 s'\n{after}"
    site = parse_site(rules)
    assert site.hl7v2.answers == tuple(map(parse_answer_rule, ("ADT^A01: AE after 3", "any: late 2 s")))
    assert [use.rule for use in Sandbox(site, ()).answers.uses] == list(site.hl7v2.answers)
    line = rules[: rules.index("AE after")].count("\n") + 1
    with pytest.raises(Exception, match=rf"site.yaml:{line}:7: .*“AX” is not known in an answer rule"):
        parse_site(rules.replace("AE after", "AX after"), "site.yaml")
