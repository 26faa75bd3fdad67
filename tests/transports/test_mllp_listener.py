import asyncio
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, is_same_exchange
from workbench.hl7v2.mllp import FramingFault, frame_message
from workbench.transports.mllp_client import MllpConnection, send_mllp
from workbench.transports.mllp_listener import MllpListener

MESSAGE = b"MSH|^~\\&|WARD|B|||2026||ADT^A01|C1|P|2.5.1\rPID|1\r"


async def echo(payload: bytes) -> bytes | None:
    return b"ACK:" + payload


def diagnose(fault: FramingFault) -> bytes | None:
    return f"MSH|^~\\&|\rMSA|AR||{fault.kind} {fault.offset}\r".encode()


async def talk(port: int, *chunks: bytes, end: bool = True) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for chunk in chunks:
        writer.write(chunk)
        await writer.drain()
        await asyncio.sleep(0.01)
    if end:
        writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


def test_both_ends_record_one_exchange() -> None:
    received: list[Exchange] = []

    async def story() -> Exchange:
        listener = MllpListener(echo, on_exchange=received.append, name="Inbox")
        await listener.start()
        sent = await send_mllp("127.0.0.1", listener.port, MESSAGE)
        await listener.stop()
        return sent

    sent = asyncio.run(story())
    assert sent.response and sent.response.body == b"ACK:" + MESSAGE
    (exchange,) = received
    assert is_same_exchange(sent, exchange)
    assert (exchange.sender, exchange.receiver, exchange.seen_by) == ("WARD", "Inbox", "receiver")
    assert exchange.response == sent.response


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ((b"hello world",), b"garbage 0"),
        ((b"\x0bMSH|", b"half"), b"truncated 0"),
        ((b"\x0b" + b"x" * 70_000, b"y" * 70_000), b"too-large 0"),
        ((bytes(range(256)),), b"garbage 0"),
        ((b"\x0bMSH|x\x1c",), b"no-carriage-return 6"),
        ((b"GET / HTTP/1.1\r\n\r\n",), b"garbage 0"),
    ],
)
def test_bytes_that_are_no_frame_are_diagnosed_and_the_listener_lives(
    chunks: tuple[bytes, ...], expected: bytes
) -> None:
    seen: list[Exchange] = []

    async def story() -> tuple[bytes, Exchange]:
        listener = MllpListener(echo, limit=65_536, answer_fault=diagnose, on_exchange=seen.append)
        await listener.start()
        told = await talk(listener.port, *chunks)
        after = await send_mllp("127.0.0.1", listener.port, MESSAGE)
        await listener.stop()
        return told, after

    told, after = asyncio.run(story())
    assert expected in told and b"ACK:" not in told
    assert after.response
    assert seen[0].response and expected in seen[0].response.body


def test_sender_that_forgets_the_carriage_return_is_told_while_it_waits() -> None:
    async def story() -> bytes:
        listener = MllpListener(echo, answer_fault=diagnose)
        await listener.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"\x0bMSH|x\x1c")
        told = await asyncio.wait_for(reader.readuntil(b"\x1c\r"), 5)
        writer.write(frame_message(MESSAGE))
        told += await asyncio.wait_for(reader.readuntil(b"\x1c\r"), 5)
        writer.close()
        await listener.stop()
        return told

    told = asyncio.run(story())
    assert b"no-carriage-return 6" in told and b"ACK:MSH" in told


def test_fault_that_nobody_answers_is_a_failure() -> None:
    seen: list[Exchange] = []

    async def story() -> bytes:
        listener = MllpListener(echo, on_exchange=seen.append)
        await listener.start()
        told = await talk(listener.port, b"hello world")
        await listener.stop()
        return told

    assert asyncio.run(story()) == b""
    assert seen[0].failure and seen[0].failure.kind == "protocol"
    assert seen[0].request.body == b"hello world"


def test_no_answer_leaves_neither_response_nor_failure() -> None:
    seen: list[Exchange] = []

    async def silent(payload: bytes) -> bytes | None:
        return None

    async def story() -> Exchange:
        listener = MllpListener(silent, on_exchange=seen.append)
        await listener.start()
        sent = await send_mllp("127.0.0.1", listener.port, MESSAGE, within=0.2)
        await listener.stop()
        return sent

    sent = asyncio.run(story())
    assert sent.failure and sent.failure.kind == "timeout"
    assert (seen[0].response, seen[0].failure) == (None, None)


def test_port_in_use_is_refused_in_words() -> None:
    async def story() -> None:
        first = MllpListener(echo)
        await first.start()
        second = MllpListener(echo, port=first.port)
        with pytest.raises(WorkbenchError, match=f"Port {first.port} .* already in use"):
            await second.start()
        await second.stop()
        await first.stop()
        await second.start()
        await second.stop()

    asyncio.run(story())


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.1", "example.com"])
def test_host_beyond_this_machine_is_refused(host: str) -> None:
    with pytest.raises(WorkbenchError, match="other machines"):
        asyncio.run(MllpListener(echo, host=host).start())


def test_port_that_cannot_be_is_refused_in_words() -> None:
    with pytest.raises(WorkbenchError, match="99999"):
        asyncio.run(MllpListener(echo, port=99999).start())


def test_stop_closes_kept_connections_at_once() -> None:
    async def story() -> tuple[float, Exchange, Exchange]:
        listener = MllpListener(echo)
        await listener.start()
        connections = [MllpConnection("127.0.0.1", listener.port) for _ in range(20)]
        for connection in connections:
            await connection.send(MESSAGE)
        clock = time.perf_counter()
        await listener.stop()
        took = time.perf_counter() - clock
        await asyncio.sleep(0.05)
        after = await connections[0].send(MESSAGE)
        waiting = await connections[1].send(MESSAGE)
        for connection in connections:
            await connection.close()
        return took, after, waiting

    took, after, waiting = asyncio.run(story())
    assert took < 3
    assert after.failure and after.failure.kind == "refused"
    assert waiting.failure


def test_stop_ends_an_answer_that_is_under_way() -> None:
    async def slow(payload: bytes) -> bytes | None:
        await asyncio.sleep(60)
        return payload

    async def story() -> tuple[float, Exchange]:
        listener = MllpListener(slow)
        await listener.start()
        sending = asyncio.create_task(send_mllp("127.0.0.1", listener.port, MESSAGE))
        await asyncio.sleep(0.1)
        clock = time.perf_counter()
        await listener.stop()
        return time.perf_counter() - clock, await sending

    took, exchange = asyncio.run(story())
    assert took < 3
    assert exchange.failure and exchange.failure.kind == "closed"


def test_slow_senders_do_not_delay_a_good_one() -> None:
    async def story() -> float:
        listener = MllpListener(echo)
        await listener.start()
        slow = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(200)]
        for _, writer in slow:
            writer.write(b"\x0bMSH|")
        clock = time.perf_counter()
        exchange = await send_mllp("127.0.0.1", listener.port, MESSAGE)
        took = time.perf_counter() - clock
        assert exchange.response
        for _, writer in slow:
            writer.transport.abort()
        await listener.stop()
        return took

    assert asyncio.run(story()) < 5


def test_messages_on_one_connection_are_answered_in_order_and_none_is_lost() -> None:
    count = 2000

    async def story() -> bytes:
        listener = MllpListener(echo)
        await listener.start()
        told = await talk(listener.port, b"".join(frame_message(b"MSH|%d" % number) for number in range(count)))
        await listener.stop()
        return told

    answers = asyncio.run(story()).split(b"\x1c\r")[:-1]
    assert answers == [b"\x0bACK:MSH|%d" % number for number in range(count)]


def test_large_message_makes_the_round() -> None:
    payload = MESSAGE + b"OBX|1|ED|||^^^Base64^" + b"QUJD" * 700_000

    async def story() -> Exchange:
        listener = MllpListener(echo)
        await listener.start()
        exchange = await send_mllp("127.0.0.1", listener.port, payload)
        await listener.stop()
        return exchange

    exchange = asyncio.run(story())
    assert exchange.response and len(exchange.response.body) == len(payload) + 4


def test_acknowledgment_is_not_held_back() -> None:
    """Without TCP_NODELAY each answer would wait some 40 ms for the one before it."""

    async def story() -> float:
        listener = MllpListener(echo)
        await listener.start()
        async with MllpConnection("127.0.0.1", listener.port) as connection:
            await connection.send(MESSAGE)
            took = []
            for _ in range(50):
                clock = time.perf_counter()
                await connection.send(MESSAGE)
                took.append(time.perf_counter() - clock)
        await listener.stop()
        return median(took)

    assert asyncio.run(story()) < 0.02


@pytest.mark.peer
def test_python_hl7_sends_and_reads_the_answer(tmp_path: Path) -> None:
    client = pytest.importorskip("hl7.client", reason="the package hl7 is not installed")

    async def acknowledge(payload: bytes) -> bytes | None:
        return b"MSH|^~\\&|EHR\rMSA|AA|C1\r"

    async def story(seen: list[Exchange]) -> tuple[bytes, bytes]:
        listener = MllpListener(acknowledge, on_exchange=seen.append)
        await listener.start()

        def by_library() -> bytes:
            with client.MLLPClient("127.0.0.1", listener.port) as connection:
                return bytes(connection.send_message(MESSAGE))

        answer = await asyncio.to_thread(by_library)
        command = shutil.which("mllp_send") or str(Path(sys.executable).with_name("mllp_send"))
        file = tmp_path / "message.hl7"
        file.write_bytes(MESSAGE)
        arguments = [command, "--loose", "--file", str(file), "--port", str(listener.port), "127.0.0.1"]
        done = await asyncio.to_thread(subprocess.run, arguments, capture_output=True, check=True, timeout=20)
        await listener.stop()
        return answer, done.stdout

    seen: list[Exchange] = []
    answer, printed = asyncio.run(story(seen))
    assert answer == frame_message(b"MSH|^~\\&|EHR\rMSA|AA|C1\r")
    assert b"MSA|AA|C1" in printed
    assert [exchange.request.body.rstrip(b"\r") for exchange in seen] == [MESSAGE.rstrip(b"\r")] * 2


def test_port_is_free_after_stop() -> None:
    async def story() -> int:
        listener = MllpListener(echo)
        await listener.start()
        await send_mllp("127.0.0.1", listener.port, MESSAGE)
        await listener.stop()
        return listener.port

    with pytest.raises(ConnectionRefusedError), socket.socket() as probe:
        probe.connect(("127.0.0.1", asyncio.run(story())))


def test_time_that_the_listener_takes_for_its_answers_does_not_count_against_the_sender() -> None:
    """A frame that is half read waits with all that comes after it while earlier ones are answered slowly."""
    count, size = 8, 6_000

    async def slow(payload: bytes) -> bytes | None:
        await asyncio.sleep(0.06)
        return b"ACK:" + payload[:10]

    async def story() -> bytes:
        listener = MllpListener(slow, patience=0.1, answer_fault=diagnose)
        await listener.start()
        told = await talk(listener.port, frame_message(MESSAGE + b"x" * size) * count)
        await listener.stop()
        return told

    told = asyncio.run(story())
    assert told.count(b"ACK:") == count and b"MSA|AR" not in told
