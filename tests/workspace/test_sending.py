"""Many messages sent to a sandbox that answers them as its rules say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.exchange import utc_now
from workbench.hl7v2.acknowledgment import make_acknowledgment
from workbench.hl7v2.message import parse_message
from workbench.hl7v2.mllp import frame_message
from workbench.sandbox.answer_rules import AnswerRules
from workbench.site.answer_faults import make_reply
from workbench.site.answer_rule_text import parse_answer_rule
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_reply import Reply
from workbench.transports.mllp_retry import Retry
from workbench.workspace.message_source import Outgoing
from workbench.workspace.send_control import SendControl
from workbench.workspace.send_result import SendResult
from workbench.workspace.send_results import to_row
from workbench.workspace.send_words import tell_answer
from workbench.workspace.sending import MessageFinished, SendFinished, SendPlan, send_many

Act = Callable[[SendControl, SendResult], None]


def message(number: int, control_id: str = "", kind: str = "ADT^A08") -> Outgoing:
    control_id = control_id or f"C{number}"
    text = f"MSH|^~\\&|A|B|||20260302||{kind}|{control_id}|P|2.5.1\rPID|1||100001\r"
    return Outgoing(number, "file.hl7", number, 0, text.encode(), kind, control_id)


class Receiver:
    """A listener with rules that keeps the control IDs and times of what it took, and how many it had at a time."""

    def __init__(self, *rules: str, wait: float = 0.0) -> None:
        self.rules = AnswerRules(map(parse_answer_rule, rules))
        self.taken: list[str] = []
        self.times: list[float] = []
        self.at_once = self.most = 0
        self._wait = wait
        self.listener = MllpListener(self._answer)

    async def _answer(self, payload: bytes) -> bytes | Reply | None:
        asked = parse_message(payload)
        self.taken.append(asked.control_id)
        self.times.append(time.perf_counter())
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(self._wait)
        self.at_once -= 1
        rule = self.rules.choose(asked)
        code = (rule.code if rule else None) or "AA"
        errors = rule.reasons if rule else ()
        answer = make_acknowledgment(
            asked, code, errors=errors, control_id="K", now=utc_now(), application="R", facility=""
        )
        return answer if rule is None else make_reply(rule, answer)


def send(
    receiver: Receiver, messages: Iterable[Outgoing], act: Act | None = None, **options: object
) -> tuple[list[SendResult], SendFinished]:
    async def run() -> tuple[list[SendResult], SendFinished]:
        await receiver.listener.start()
        plan = SendPlan("127.0.0.1", receiver.listener.port, **{"within": 2.0, **options})  # type: ignore[arg-type]  # options of the test
        control = SendControl(plan.every)
        results = []
        try:
            async for event in send_many(messages, plan, control):
                if isinstance(event, MessageFinished):
                    results.append(event.result)
                    if act is not None:
                        act(control, event.result)
                elif isinstance(event, SendFinished):
                    return results, event
        finally:
            await receiver.listener.stop()
        raise AssertionError("no end")

    return asyncio.run(run())


def test_messages_go_in_their_order_over_one_connection() -> None:
    receiver = Receiver()
    results, finished = send(receiver, map(message, range(1, 301)))
    assert receiver.taken == [f"C{number}" for number in range(1, 301)]
    assert [result.number for result in results] == list(range(1, 301))
    assert finished.counts == {"accepted": 300} and not finished.stopped


def test_each_result_says_what_the_answer_says() -> None:
    receiver = Receiver(
        'any where MSH-10 = C2: AE error PID-3.1 204 E "Unknown"',
        "any where MSH-10 = C3: wrong control ID",
        "any where MSH-10 = C4: close",
        "any where MSH-10 = C5: no MSA",
        "any where MSH-10 = C6: no answer",
    )
    results, finished = send(receiver, map(message, range(1, 8)), within=0.3)
    assert [result.outcome for result in results] == ["accepted", "refused", *["failed"] * 4, "accepted"]
    second = results[1]
    assert (second.code, second.condition, second.location, second.text) == ("AE", "204", "PID-3.1", "Unknown")
    assert "NOT-C3" in results[2].text
    assert results[3].code == "closed"
    assert results[5].code == "timeout"
    assert sum(finished.counts.values()) == 7
    assert all(result.exchange and result.attempts == 1 for result in results)


def test_several_connections_send_at_a_time_and_none_is_lost_or_doubled() -> None:
    receiver = Receiver(wait=0.02)
    results, _ = send(receiver, map(message, range(1, 101)), connections=8)
    assert receiver.most == 8
    assert sorted(receiver.taken) == sorted(f"C{number}" for number in range(1, 101))
    assert sorted(result.number for result in results) == list(range(1, 101))


def test_the_pace_holds_over_all_connections() -> None:
    receiver = Receiver()
    send(receiver, map(message, range(1, 21)), every=0.03, connections=4)
    assert 19 * 0.03 * 0.9 <= receiver.times[-1] - receiver.times[0] < 19 * 0.03 * 4


def test_it_stops_at_the_first_that_is_not_accepted_and_tells_the_rest() -> None:
    receiver = Receiver("any: AR after 3")
    results, finished = send(receiver, map(message, range(1, 1001)), stop=True)
    assert receiver.taken == ["C1", "C2", "C3", "C4"]
    assert finished.counts == {"accepted": 3, "refused": 1, "not sent": 996}
    assert finished.stopped == "It stopped at the first that was not accepted: file.hl7:4."
    assert [result.number for result in results] == list(range(1, 1001))


def test_a_stop_waits_for_what_is_on_the_way() -> None:
    receiver = Receiver(wait=0.05)
    results, finished = send(
        receiver, map(message, range(1, 51)), lambda control, result: control.stop("Enough."), connections=3
    )
    assert finished.counts["accepted"] == len(receiver.taken) <= 6
    assert finished.counts["not sent"] == 50 - len(receiver.taken)
    assert finished.stopped == "Enough."
    assert len(results) == 50


def test_a_pause_holds_it_until_it_goes_on() -> None:
    receiver = Receiver()

    def act(control: SendControl, result: SendResult) -> None:
        if result.number == 3:
            control.pause()
            asyncio.get_running_loop().call_later(0.3, control.resume)

    results, _ = send(receiver, map(message, range(1, 8)), act)
    assert len(results) == 7
    assert max(b - a for a, b in zip(receiver.times, receiver.times[1:], strict=False)) > 0.25


def test_a_slow_pace_can_be_made_quick() -> None:
    receiver = Receiver()
    begun = time.perf_counter()
    send(receiver, map(message, range(1, 20)), lambda control, result: control.set_pace(0.0), every=30.0)
    assert time.perf_counter() - begun < 5


def test_a_control_id_that_came_before_is_told_and_sent() -> None:
    receiver = Receiver()
    results, _ = send(receiver, [message(1, "SAME"), message(2, "OTHER"), message(3, "SAME"), message(4, "SAME")])
    assert [result.note for result in results] == [
        "", "", "Message 1 has the same control ID.", "Message 1 has the same control ID."
    ]  # fmt: skip
    assert receiver.taken == ["SAME", "OTHER", "SAME", "SAME"]


async def answer_both(payload: bytes) -> Reply:
    """CA, and for the second message AE, else AA."""
    asked = parse_message(payload)
    code = "AE" if asked.control_id == "C2" else "AA"
    both = [
        make_acknowledgment(asked, each, control_id="K", now=utc_now(), application="R", facility="")
        for each in ("CA", code)
    ]
    return Reply(both[1], tuple(map(frame_message, both)), accept=both[0])


def test_both_acknowledgments_of_enhanced_mode_are_told_of_each_message() -> None:
    receiver = Receiver()
    receiver.listener = MllpListener(answer_both)
    asking = [
        replace(each, payload=each.payload.replace(b"|2.5.1", b"|2.5.1|||AL|AL")) for each in map(message, (1, 2))
    ]
    results, _ = send(receiver, asking)
    assert [(each.accept, each.code, each.outcome, each.attempts, len(each.exchanges)) for each in results] == [
        ("CA", "AA", "accepted", 1, 2),
        ("CA", "AE", "refused", 1, 2),
    ]
    assert [tell_answer(each) for each in results] == ["CA, then AA: accepted", "CA, then AE"]
    assert [to_row(each)["accept"] for each in results] == ["CA", "CA"]
    assert results[0].duration == results[0].exchanges[1].duration >= results[0].exchanges[0].duration


def test_new_control_ids_are_given_on_request_and_the_old_ones_kept_in_the_results() -> None:
    receiver = Receiver()
    results, finished = send(receiver, [message(1, "SAME"), message(2, "SAME")], renumber="RUN")
    assert receiver.taken == ["RUN0000001", "RUN0000002"]
    assert [(result.control_id, result.original_id) for result in results] == [
        ("RUN0000001", "SAME"), ("RUN0000002", "SAME")
    ]  # fmt: skip
    assert finished.counts == {"accepted": 2}
    sent = parse_message(results[0].exchange.request.body) if results[0].exchange else None
    assert sent is not None and sent.get("MSH-7") != "20260302" and sent.get("PID-3") == "100001"


def test_what_was_accepted_before_is_left_out() -> None:
    receiver = Receiver()
    first, _ = send(receiver, map(message, range(1, 4)))
    again = Receiver()
    results, finished = send(again, map(message, range(1, 6)), accepted=frozenset(result.place for result in first))
    assert again.taken == ["C4", "C5"]
    assert finished.counts == {"accepted": 5}
    assert [result.note for result in results] == ["Accepted before."] * 3 + [""] * 2


def test_what_is_lost_is_sent_again_and_what_is_refused_is_not() -> None:
    receiver = Receiver("any where MSH-10 = C2: close times 2", "any where MSH-10 = C3: AR times 1")
    results, finished = send(receiver, map(message, range(1, 5)), retry=Retry(3, wait=0.01))
    assert receiver.taken == ["C1", "C2", "C2", "C2", "C3", "C4"]
    assert [(result.outcome, result.attempts) for result in results] == [
        ("accepted", 1), ("accepted", 3), ("refused", 1), ("accepted", 1)
    ]  # fmt: skip
    assert [bool(each.failure) for each in results[1].exchanges] == [True, True, False]
    assert finished.counts == {"accepted": 3, "refused": 1}


def test_a_stop_does_not_wait_for_the_next_attempt() -> None:
    receiver = Receiver("any: close")

    async def run() -> tuple[float, SendFinished]:
        await receiver.listener.start()
        control = SendControl()
        plan = SendPlan("127.0.0.1", receiver.listener.port, retry=Retry(5, wait=60), connections=3)
        asyncio.get_running_loop().call_later(0.3, control.stop)
        begun = time.perf_counter()
        events = [event async for event in send_many(map(message, range(1, 6)), plan, control)]
        lasted = time.perf_counter() - begun
        await receiver.listener.stop()
        assert isinstance(events[-1], SendFinished)
        return lasted, events[-1]

    lasted, finished = asyncio.run(run())
    assert lasted < 5
    assert finished.counts == {"failed": 3, "not sent": 2}


def test_a_stop_ends_retries() -> None:
    receiver = Receiver("any: close")

    async def run() -> SendFinished:
        await receiver.listener.start()
        control = SendControl()
        plan = SendPlan("127.0.0.1", receiver.listener.port, retry=Retry(1000, wait=0.02, backoff=1))
        asyncio.get_running_loop().call_later(0.2, control.stop)
        events = [event async for event in send_many([message(1), message(2)], plan, control)]
        await receiver.listener.stop()
        assert isinstance(events[-1], SendFinished)
        return events[-1]

    assert asyncio.run(run()).counts == {"failed": 1, "not sent": 1}


def test_nobody_there_is_told_of_each_message() -> None:
    async def run() -> list[object]:
        return [event async for event in send_many([message(1), message(2)], SendPlan("127.0.0.1", 1))]

    *_, finished = asyncio.run(run())
    assert isinstance(finished, SendFinished) and finished.counts == {"failed": 2}


def test_a_source_that_breaks_off_is_an_error_of_ours() -> None:
    def broken() -> Iterable[Outgoing]:
        yield message(1)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        send(Receiver(), broken())


def test_memory_stays_flat_over_many_messages(tmp_path: Path) -> None:
    """Only what waits is held: 600 messages of 20 kB would else take 12 MB."""
    import tracemalloc

    receiver = Receiver()
    pad = "x" * 20_000

    def source() -> Iterable[Outgoing]:
        for number in range(1, 601):
            plain = message(number)
            yield Outgoing(number, "f", number, 0, plain.payload + f"NTE|1||{pad}\r".encode(), "ADT^A08", f"C{number}")

    async def run() -> int:
        await receiver.listener.start()
        plan = SendPlan("127.0.0.1", receiver.listener.port, connections=2)
        count = 0
        async for event in send_many(source(), plan):
            count += isinstance(event, MessageFinished)
        await receiver.listener.stop()
        return count

    tracemalloc.start()
    assert asyncio.run(run()) == 600
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000
