import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from workbench.exchange import Exchange
from workbench.transports.mllp_client import send_mllp
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_reply import Reply

MESSAGE = b"MSH|^~\\&|WARD|B|||2026||ADT^A01|C1|P|2.5.1\rPID|1\r"
ANSWER = b"MSH|^~\\&|\rMSA|AA|C1\r"
FRAME = b"\x0b" + ANSWER + b"\x1c\r"


def tell(reply: Reply, story: Callable[[MllpListener], Awaitable[object]]) -> tuple[object, list[Exchange]]:
    received: list[Exchange] = []

    async def answer(_: bytes) -> Reply:
        return reply

    async def run() -> object:
        listener = MllpListener(answer, on_exchange=received.append, name="Inbox")
        await listener.start()
        try:
            return await story(listener)
        finally:
            await listener.stop()

    return asyncio.run(run()), received


async def send(listener: MllpListener) -> Exchange:
    return await send_mllp("127.0.0.1", listener.port, MESSAGE, within=0.5)


async def read_all(listener: MllpListener) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(b"\x0b" + MESSAGE + b"\x1c\r")
    try:
        return await asyncio.wait_for(reader.read(), 2)
    finally:
        writer.close()


def test_pieces_go_out_as_they_are_and_the_exchange_says_why() -> None:
    reply = Reply(ANSWER, (b"garbage", FRAME), end="close", note="On request: garbage.")
    sent, (exchange,) = tell(reply, read_all)
    assert sent == b"garbage" + FRAME
    assert (exchange.note, exchange.response and exchange.response.body) == ("On request: garbage.", ANSWER)


def test_byte_by_byte_arrives_whole() -> None:
    sent, _ = tell(Reply(ANSWER, tuple(FRAME[i : i + 1] for i in range(len(FRAME))), pause=0.001), send)
    assert isinstance(sent, Exchange) and sent.response and sent.response.body == ANSWER


def test_wait_makes_the_answer_late() -> None:
    begun = time.perf_counter()
    sent, (exchange,) = tell(Reply(ANSWER, (FRAME,), wait=0.2), send)
    assert isinstance(sent, Exchange) and sent.response and exchange.duration >= 0.2
    assert time.perf_counter() - begun < 10


@pytest.mark.parametrize(("end", "said"), [("close", b""), ("reset", ConnectionResetError)])
def test_a_connection_ends_as_asked(end: str, said: object) -> None:
    async def look(listener: MllpListener) -> object:
        try:
            return await read_all(listener)
        except ConnectionResetError as error:
            return type(error)

    assert tell(Reply(end=end), look)[0] == said  # type: ignore[arg-type]  # a word of the parameters


def test_refuse_closes_the_port_for_a_while_and_opens_the_same_one_again() -> None:
    async def story(listener: MllpListener) -> list[str]:
        port, kinds = listener.port, []
        for wait in (0.1, 1.3, 0.0):
            sent = await send_mllp("127.0.0.1", port, MESSAGE, within=0.5)
            kinds.append(sent.failure.kind if sent.failure else "answered")
            await asyncio.sleep(wait)
        return kinds

    kinds, _ = tell(Reply(refuse=1.0), story)
    assert kinds == ["closed", "refused", "closed"]


def test_a_listener_that_refuses_can_be_stopped() -> None:
    async def story(listener: MllpListener) -> float:
        await send_mllp("127.0.0.1", listener.port, MESSAGE, within=0.5)
        begun = time.perf_counter()
        await listener.stop()
        return time.perf_counter() - begun

    lasted, _ = tell(Reply(refuse=60), story)
    assert isinstance(lasted, float) and lasted < 5


def test_a_connection_is_turned_away_before_it_is_read() -> None:
    received: list[Exchange] = []
    replies = [Reply(end="reset", note="On request."), None]

    async def answer(_: bytes) -> bytes:
        return ANSWER

    async def run() -> list[str]:
        listener = MllpListener(answer, admit=lambda: replies.pop(0), on_exchange=received.append)
        await listener.start()
        sent = [await send_mllp("127.0.0.1", listener.port, MESSAGE, within=1) for _ in range(2)]
        await listener.stop()
        return [each.failure.kind if each.failure else "answered" for each in sent]

    assert asyncio.run(run()) == ["closed", "answered"]
    assert [exchange.note for exchange in received] == ["On request.", ""]
