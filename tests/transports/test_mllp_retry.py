import asyncio
import time

import pytest

from workbench.exchange import Exchange
from workbench.transports.mllp_client import MllpConnection
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_reply import Reply
from workbench.transports.mllp_retry import Retry, send_retrying

MESSAGE = b"MSH|^~\\&|WARD|B|||2026||ADT^A01|C1|P|2.5.1\rPID|1\r"


def answer(code: str) -> bytes:
    return f"MSH|^~\\&|R|F|||2026||ACK|1|P|2.5.1\rMSA|{code}|C1\r".encode()


def attempt(retry: Retry, *replies: bytes | Reply | None, payload: bytes = MESSAGE) -> tuple[list[Exchange], float]:
    left = list(replies)

    async def reply(_: bytes) -> bytes | Reply | None:
        return left.pop(0) if len(left) > 1 else left[0]

    async def run() -> tuple[list[Exchange], float]:
        listener = MllpListener(reply)
        await listener.start()
        begun = time.perf_counter()
        async with MllpConnection("127.0.0.1", listener.port, within=0.3) as connection:
            sent = [attempted[-1] async for attempted in send_retrying(connection, payload, retry)]
        lasted = time.perf_counter() - begun
        await listener.stop()
        return sent, lasted

    return asyncio.run(run())


def kinds(sent: list[Exchange]) -> list[str]:
    return [each.failure.kind if each.failure else "answered" for each in sent]


def test_a_lost_answer_is_sent_again_until_one_comes() -> None:
    sent, _ = attempt(Retry(5, wait=0.01), Reply(end="close"), None, answer("AA"))
    assert kinds(sent) == ["closed", "timeout", "answered"]
    assert len({each.id for each in sent}) == 3


def test_it_gives_up_after_so_many_times() -> None:
    sent, _ = attempt(Retry(2, wait=0.01), Reply(end="close"))
    assert kinds(sent) == ["closed"] * 3


@pytest.mark.parametrize(("on", "expected"), [((), 1), (("AE",), 1), (("AR",), 3), (("refused", "AR", "CR"), 3)])
def test_a_refusal_is_sent_again_where_the_policy_says_so(on: tuple[str, ...], expected: int) -> None:
    sent, _ = attempt(Retry(4, wait=0.01, on=on), answer("AR"), answer("AR"), answer("AA"))
    assert len(sent) == expected


def test_waits_grow_up_to_the_longest() -> None:
    retry = Retry(9, wait=0.5, backoff=3, longest=5)
    assert [retry.wait_before(number) for number in (2, 3, 4, 5)] == [0.5, 1.5, 4.5, 5.0]
    _, lasted = attempt(Retry(2, wait=0.1, backoff=2), Reply(end="close"))
    assert 0.3 <= lasted < 4


def test_a_listener_that_comes_back_is_met_again() -> None:
    sent, _ = attempt(Retry(10, wait=0.1, backoff=1), Reply(end="reset", refuse=0.35), answer("AA"))
    assert kinds(sent)[0] == "closed" and kinds(sent)[-1] == "answered"
    assert set(kinds(sent)[1:-1]) == {"refused"}


def test_what_was_committed_is_not_sent_again_for_want_of_its_application_acknowledgment() -> None:
    asking = MESSAGE.replace(b"|2.5.1", b"|2.5.1|||AL|AL")
    sent, _ = attempt(Retry(5, wait=0.01), answer("CA"), payload=asking)
    assert kinds(sent) == ["timeout"]
    sent, _ = attempt(Retry(1, wait=0.01), None, answer("CR"), payload=asking)
    assert kinds(sent) == ["timeout", "answered"]
