"""Messages that go out with sequence numbers, to a site that keeps to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from workbench.fhir_server.store import FhirStore
from workbench.hl7v2.correlation import read_answered, read_asked
from workbench.hl7v2.message import parse_message
from workbench.sandbox.hl7v2_endpoint import Hl7v2Endpoint
from workbench.site.site_file import read_site
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_reply import Reply
from workbench.transports.mllp_retry import Retry
from workbench.workspace.message_source import Outgoing
from workbench.workspace.send_result import SendResult
from workbench.workspace.sending import MessageFinished, SendFinished, SendPlan, send_many

FIXTURES = Path(__file__).parents[2] / "fixtures"
COMMUNITY = read_site(FIXTURES / "sites" / "community-hospital.yaml")
SITE = replace(COMMUNITY, hl7v2=replace(COMMUNITY.hl7v2, sequence_numbers=True))
ADMISSION = parse_message((FIXTURES / "messages" / "adt-a01-admission.hl7").read_bytes())


def outgoing(number: int, **changes: str) -> Outgoing:
    message = ADMISSION.set("MSH-10", f"C{number}")
    for path, value in changes.items():
        message = message.set(path.replace("_", "-"), value)
    return Outgoing(number, "messages.hl7", number, 0, message.to_bytes(), message.type_name, f"C{number}")


def send(
    messages: list[Outgoing], *, spoil: Callable[[bytes], bytes | Reply | None] | None = None
) -> tuple[list[SendResult], str, list[str]]:
    """The results, why it stopped, and the sequence numbers as they arrived."""
    arrived: list[str] = []

    async def story() -> tuple[list[SendResult], str]:
        endpoint = Hl7v2Endpoint(SITE, FhirStore())

        async def answer(payload: bytes) -> bytes | Reply | None:
            arrived.append(read_asked(payload).sequence)
            reply = endpoint.reply(payload)
            return spoil(reply) if spoil and isinstance(reply, bytes) else reply

        listener = MllpListener(answer)
        await listener.start()
        plan = SendPlan("127.0.0.1", listener.port, within=1, sequence=True, retry=Retry(1, wait=0.01))
        results, stopped = [], ""
        async for event in send_many(messages, plan):
            if isinstance(event, MessageFinished):
                results.append(event.result)
            elif isinstance(event, SendFinished):
                stopped = event.stopped
        await listener.stop()
        return results, stopped

    results, stopped = asyncio.run(story())
    return results, stopped, arrived


def test_each_message_has_the_next_number_after_the_link_is_started() -> None:
    results, stopped, arrived = send([outgoing(number) for number in range(1, 4)])
    assert [result.outcome for result in results] == ["accepted"] * 3
    assert arrived == ["0", "1", "2", "3"] and stopped == ""


def test_number_of_what_is_refused_goes_to_the_next() -> None:
    results, stopped, arrived = send([outgoing(1), outgoing(2, PID_3=""), outgoing(3)])
    assert [result.outcome for result in results] == ["accepted", "refused", "accepted"]
    assert arrived == ["0", "1", "2", "2"] and stopped == ""


def test_message_that_is_sent_again_keeps_its_number_and_is_taken_once() -> None:
    seen: list[bytes] = []

    def lose_the_second(answer: bytes) -> bytes | Reply | None:
        seen.append(answer)
        return Reply(end="close") if len(seen) == 3 else answer

    results, _, arrived = send([outgoing(1), outgoing(2), outgoing(3)], spoil=lose_the_second)
    assert [result.outcome for result in results] == ["accepted"] * 3
    assert arrived == ["0", "1", "2", "2", "3"]


def test_ends_that_part_over_a_number_send_nothing_more() -> None:
    def forget(answer: bytes) -> bytes:
        said = read_answered(answer)
        is_second = said is not None and said.expected_sequence == "2"
        return parse_message(answer).set("MSA-4", "40").to_bytes() if is_second else answer

    results, stopped, arrived = send([outgoing(number) for number in range(1, 5)], spoil=forget)
    assert [result.outcome for result in results] == ["accepted", "accepted", "not sent", "not sent"]
    assert "expects sequence number 40" in stopped and "expects sequence number 40" in results[1].note
    assert arrived == ["0", "1", "2"]


def test_link_that_cannot_be_started_sends_no_message() -> None:
    def refuse(answer: bytes) -> bytes:
        return parse_message(answer).set("MSA-1", "AR").to_bytes()

    results, stopped, arrived = send([outgoing(1), outgoing(2)], spoil=refuse)
    assert [result.outcome for result in results] == ["not sent", "not sent"]
    assert "sequence number 0: it was answered with AR. The receiver may keep no" in stopped and arrived == ["0"]
