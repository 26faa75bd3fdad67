import asyncio
from collections.abc import Awaitable, Callable

import pytest

from workbench.exchange import Exchange
from workbench.hl7v2.mllp import frame_message
from workbench.transports.mllp_client import MllpConnection, send_mllp

MESSAGE = b"MSH|^~\\&|A|B|||2026||ADT^A01|C1|P|2.5.1\rPID|1\r"
ANSWER = b"MSH|^~\\&|\rMSA|AA|C1\r"
Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def send_to(behave: Behave, *, within: float = 2.0, count: int = 1, limit: int = 100_000) -> list[Exchange]:
    """What `count` sends over one connection become where the other end behaves so."""
    tasks = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            await behave(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with MllpConnection("127.0.0.1", port, within=within, limit=limit) as connection:
        exchanges = [await connection.send(MESSAGE) for _ in range(count)]
    server.close()
    await asyncio.gather(*tasks, return_exceptions=True)
    return exchanges


def answering(*chunks: bytes, pause: float = 0.0) -> Behave:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\x1c\r")
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


def test_answer_is_unframed_and_the_exchange_tells_all() -> None:
    (exchange,) = asyncio.run(send_to(answering(frame_message(ANSWER))))
    assert exchange.response and exchange.response.body == ANSWER and exchange.response.status is None
    assert exchange.failure is None
    assert exchange.request.method == "MLLP" and exchange.request.body == MESSAGE
    assert exchange.request.address.startswith("mllp://127.0.0.1:")
    assert (exchange.protocol, exchange.seen_by, exchange.sender) == ("mllp", "sender", "workbench")


def test_answer_byte_by_byte_is_put_together() -> None:
    whole = frame_message(ANSWER)
    (exchange,) = asyncio.run(send_to(answering(*(whole[i : i + 1] for i in range(len(whole))))))
    assert exchange.response and exchange.response.body == ANSWER


def test_refused_connection_is_a_failure_not_an_exception() -> None:
    async def story() -> Exchange:
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return await send_mllp("127.0.0.1", port, MESSAGE)

    exchange = asyncio.run(story())
    assert exchange.failure and exchange.failure.kind == "refused"
    assert "refused" in exchange.failure.reason
    assert exchange.response is None


@pytest.mark.parametrize(
    ("host", "port"), [("no-such-host.invalid", 2575), ("127.0.0.1", 99999), ("", 0), ("a" * 70, 1)]
)
def test_address_that_cannot_be_reached_is_a_failure(host: str, port: int) -> None:
    exchange = asyncio.run(send_mllp(host, port, MESSAGE, within=5))
    assert exchange.failure and exchange.failure.kind in ("refused", "timeout")


async def read_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize(
    ("behave", "kind", "words"),
    [
        (read_only, "timeout", "no acknowledgment within 0.3 s"),
        (answering(), "closed", "without an acknowledgment"),
        (answering(b"\x0bMSH|^~\\&|half"), "closed", "within its acknowledgment"),
        (answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "protocol", "HTTP/1.1 400 Bad Request"),
        (answering(b"\x0b" + ANSWER + b"\x1c", pause=1), "protocol", "carriage return"),
        (answering(b"\x0b" + b"x" * 200_000), "too-large", "100000 bytes"),
    ],
    ids=["silence", "closed", "half a frame", "another protocol", "no carriage return", "too large"],
)
def test_each_way_of_not_answering_is_a_failure_of_its_kind(behave: Behave, kind: str, words: str) -> None:
    (exchange,) = asyncio.run(send_to(behave, within=0.3))
    assert exchange.response is None
    assert exchange.failure and exchange.failure.kind == kind
    assert words in exchange.failure.reason


def test_second_answer_to_one_message_does_not_answer_the_next() -> None:
    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(2):
            await reader.readuntil(b"\x1c\r")
            writer.write(frame_message(b"MSH|%d" % number) + frame_message(b"MSH|again"))

    first, second = asyncio.run(send_to(twice, count=2))
    assert first.response and first.response.body == b"MSH|0"
    assert second.response and second.response.body == b"MSH|1"


def test_connection_is_opened_again_after_the_other_end_closed_it() -> None:
    exchanges = asyncio.run(send_to(answering(frame_message(ANSWER), pause=0.05), count=1))
    assert exchanges[0].response

    async def story() -> list[Exchange]:
        async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\x1c\r")
            writer.write(frame_message(ANSWER))
            writer.close()

        server = await asyncio.start_server(once, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        found = []
        async with MllpConnection("127.0.0.1", port) as connection:
            for _ in range(3):
                found.append(await connection.send(MESSAGE))
                await asyncio.sleep(0.05)
        server.close()
        return found

    assert all(exchange.response for exchange in asyncio.run(story()))


def test_cancelled_send_closes_its_connection() -> None:
    async def story() -> bytes:
        closed: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                closed.set_result(await reader.read())
            except ConnectionResetError:
                closed.set_result(b"reset")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        task = asyncio.create_task(send_mllp("127.0.0.1", server.sockets[0].getsockname()[1], MESSAGE))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        server.close()
        return await asyncio.wait_for(closed, 2)

    assert asyncio.run(story()) in (frame_message(MESSAGE), b"reset")
