"""What a listener makes of all that may come at it, one by one and by the hundred."""

import asyncio
import random
import socket
import time
import tracemalloc
from collections import Counter

import pytest

from tests.transports import mllp_abuse
from tests.transports.mllp_abuse import CASES, FRAME, GOOD, Abuse, listen, suffer, write_row
from workbench.exchange import Exchange
from workbench.hl7v2.acknowledgment import parse_acknowledgment
from workbench.hl7v2.mllp import Frame, FrameReader, FramingFault, frame_message
from workbench.transports.mllp_client import MllpConnection
from workbench.transports.mllp_listener import MllpListener


def test_there_are_forty_cases_and_more_and_the_page_tells_of_each() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40
    rows = mllp_abuse.read_table().splitlines()[2:]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [case.name for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_abuse_is_answered_or_diagnosed_and_the_next_sender_is_served(case: Abuse) -> None:
    during, after = asyncio.run(suffer(case))
    assert during.codes == case.codes
    assert case.words in during.told
    assert after.codes == ("AA",)
    assert write_row(case, during) in mllp_abuse.read_table().splitlines()


def _descriptors() -> int:
    """How many files may be open here; without a limit of that kind, more than enough."""
    try:
        import resource
    except ImportError:
        return 10_000
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


@pytest.mark.skipif(_descriptors() < 1_200, reason="500 connections and both their ends need some 1,100 descriptors")
def test_five_hundred_slow_senders_do_not_delay_a_good_one() -> None:
    async def story() -> tuple[float, float]:
        async with listen([], connections=600, patience=60) as port, MllpConnection("127.0.0.1", port) as good:
            alone = await _time_sends(good)
            slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(500)]
            dripping = [asyncio.create_task(_drip(writer)) for _, writer in slow]
            beside = await _time_sends(good)
            for task, (_, writer) in zip(dripping, slow, strict=True):
                task.cancel()
                writer.transport.abort()
            return alone, beside

    alone, beside = asyncio.run(story())
    assert beside < alone + 0.1, "the median of a message's time beside the slow ones"


async def _drip(writer: asyncio.StreamWriter) -> None:
    for byte in FRAME:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.25)


async def _time_sends(connection: MllpConnection) -> float:
    times = []
    for _ in range(20):
        exchange = await connection.send(GOOD)
        assert exchange.response
        times.append(exchange.duration)
        await asyncio.sleep(0.01)
    return sorted(times)[len(times) // 2]


def test_a_sender_of_very_many_messages_lets_others_have_their_turn() -> None:
    async def story() -> tuple[float, int]:
        seen: list[Exchange] = []
        async with listen(seen) as port, MllpConnection("127.0.0.1", port) as good:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            drain = asyncio.create_task(reader.read(-1))
            writer.write(b"\x0b\x1c\r" * 21_000)
            await asyncio.sleep(0.02)
            before = len(seen)
            exchange = await good.send(GOOD)
            assert exchange.response
            drain.cancel()
            writer.transport.abort()
            return exchange.duration, before

    took, before = asyncio.run(story())
    assert before < 21_000, "the greedy sender was still being answered"
    assert took < 0.25


def test_many_endless_frames_cost_no_more_memory_than_their_limits() -> None:
    limit, senders = 100_000, 10

    async def answer(payload: bytes) -> bytes | None:
        return payload

    async def pour(port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x0b")
        for _ in range(300):
            writer.write(b"x" * 10_000)
            await writer.drain()
        writer.transport.abort()

    async def story() -> int:
        listener = MllpListener(answer, limit=limit)
        await listener.start()
        tracemalloc.start()
        try:
            await asyncio.gather(*(pour(listener.port) for _ in range(senders)))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            await listener.stop()

    sides = 2  # What the senders hold in their own buffers is counted too.
    assert asyncio.run(story()) < senders * (limit * 2 + 4 * 65_536) * sides


def test_large_senders_share_one_memory_and_leave_the_others_theirs() -> None:
    memory, senders, size = 2_000_000, 40, 300_000
    refused: list[FramingFault] = []

    async def answer(payload: bytes) -> bytes | None:
        return b"MSH|^~\\&|\rMSA|AA|" + payload.split(b"|")[9] + b"\r"

    def refuse(fault: FramingFault) -> bytes | None:
        refused.append(fault)
        return b"MSH|^~\\&|\rMSA|AR|\r"

    async def story() -> tuple[int, list[str]]:
        listener = MllpListener(answer, memory=memory, answer_fault=refuse)
        await listener.start()
        tracemalloc.start()
        try:
            opened = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(senders)]
            for _, writer in opened:
                writer.write(b"\x0bMSH|^~\\&|A|B|C|D|2026||ADT^A01|BIG|P|2.5.1\r" + b"x" * size)
                await writer.drain()
                await asyncio.sleep(0.002)
            async with MllpConnection("127.0.0.1", listener.port) as good:
                small = await good.send(GOOD)
            peak = tracemalloc.get_traced_memory()[1]
            for _, writer in opened:
                writer.write(b"\x1c\r" + FRAME)
            codes = []
            for reader, writer in opened:
                told = await asyncio.wait_for(reader.readuntil(b"|ADT0001\r\x1c\r"), 10)
                codes.append("refused" if b"|AR|" in told else "taken")
                writer.transport.abort()
            assert small.response and small.response.body.endswith(b"|AA|ADT0001\r")
            return peak, codes
        finally:
            tracemalloc.stop()
            await listener.stop()

    peak, codes = asyncio.run(story())
    assert codes.count("taken") >= 2 and codes.count("refused") >= senders // 2
    assert all("all connections together" in fault.reason for fault in refused)
    # What this end writes and the small buffers of its connections are counted too.
    assert peak < memory * 2 + senders * 100_000


@pytest.mark.timeout(100)
def test_ten_thousand_messages_on_one_connection_are_each_answered_once() -> None:
    count = 10_000

    async def story() -> tuple[list[str], float]:
        told, slowest = [], 0.0
        seen: list[Exchange] = []

        async def answer(payload: bytes) -> bytes | None:
            return b"MSH|^~\\&|\rMSA|AA|" + payload.split(b"|")[9] + b"\r"

        listener = MllpListener(answer, on_exchange=seen.append)
        await listener.start()
        async with MllpConnection("127.0.0.1", listener.port) as connection:
            for number in range(count):
                exchange = await connection.send(b"MSH|^~\\&|A|B|||2026||ADT^A01|C%d|P|2.5.1\r" % number)
                assert exchange.response
                told.append(exchange.response.body.split(b"|")[-1].strip().decode())
                slowest = max(slowest, exchange.duration)
        await listener.stop()
        assert len(seen) == count
        return told, slowest

    told, slowest = asyncio.run(story())
    assert told == [f"C{number}" for number in range(count)]
    assert slowest < 2


def test_random_and_mutated_bytes_never_end_the_listener_nor_are_accepted_without_a_message() -> None:
    rng = random.Random(11)  # noqa: S311 - the same bytes in every run
    marks = (0x0B, 0x1C, 0x0D, 0x0A, 0x7C, 0x00)

    def mutate(data: bytes) -> bytes:
        found = bytearray(data)
        for _ in range(rng.randint(1, 6)):
            place = rng.randrange(len(found))
            found[place : place + rng.randrange(3)] = bytes(rng.choice((*marks, rng.randrange(256))) for _ in range(2))
        return bytes(found)

    async def story(seen: list[Exchange]) -> None:
        async with listen(seen) as port:
            for number in range(400):
                data = rng.randbytes(rng.randint(1, 400)) if number % 2 else mutate(FRAME)
                await asyncio.to_thread(_shout, port, data)

    seen: list[Exchange] = []
    asyncio.run(story(seen))
    codes = Counter(
        parse_acknowledgment(exchange.response.body).code if exchange.response else "-" for exchange in seen
    )
    accepted = [
        exchange.request.body for exchange in seen if exchange.response and b"\rMSA|AA" in exchange.response.body
    ]
    assert len(seen) >= 390
    assert codes["AR"] > 200
    assert all(body.lstrip().startswith(b"MSH") for body in accepted)


def _shout(port: int, data: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass


def test_every_cut_of_a_message_makes_the_round_exactly() -> None:
    data = frame_message(bytes(range(14, 256)) + b"\r\n" + GOOD)
    for size in range(1, len(data) + 1):
        reader = FrameReader()
        events = [event for at in range(0, len(data), size) for event in reader.feed(data[at : at + size])]
        assert events == [Frame(data[1:-2], 0)]


@pytest.mark.usefixtures("settled_heap")
def test_time_of_a_frame_in_single_bytes_grows_with_its_length_alone() -> None:
    def read(length: int) -> float:
        reader, clock = FrameReader(), time.process_time()
        for byte in frame_message(b"x" * length):
            reader.feed(bytes([byte]))
        return time.process_time() - clock

    read(1_000)
    assert read(80_000) < 30 * read(10_000) + 0.1
