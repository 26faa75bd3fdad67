"""Benchmark of MLLP: round trips against python-hl7's own pair and a raw asyncio pair.

Interleaved rounds in one process; prints medians and ratios, and asserts nothing about times.
"""

from __future__ import annotations

import asyncio
import ssl
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import hl7
from hl7.mllp import HL7StreamReader, HL7StreamWriter, open_hl7_connection, start_hl7_server

from tests.transports.certificates import issue
from workbench.fhir_server.store import FhirStore
from workbench.hl7v2.mllp import frame_message
from workbench.sandbox.hl7v2_endpoint import Hl7v2Endpoint
from workbench.site.site_file import read_site
from workbench.transports.mllp_client import MllpConnection
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_tls import make_client_context, make_server_context

FIXTURES = Path(__file__).parents[1] / "fixtures"
SITE = read_site(FIXTURES / "sites" / "community-hospital.yaml")
ADMISSION = (FIXTURES / "messages" / "adt-a01-admission.hl7").read_bytes()
ROUNDS = 5


def make_message(size: int = 1800) -> bytes:
    """An admission of about `size` bytes, filled up with contacts."""
    contact = (
        b"NK1|2|Kim^Soo-jin^^^^^L|SPO^Spouse^HL70063|12 Harbor Lane^^Springfield^IL^62701^USA^H|^PRN^PH^^^217^5550104\r"
    )
    return ADMISSION + contact * ((size - len(ADMISSION)) // len(contact) + 1)


def show(title: str, medians: dict[str, float]) -> None:
    base = next(iter(medians.values()))
    print(title)
    for name, median in medians.items():
        print(f"  {name:34} {median:10.4f}   {median / base:8.1f} ×")


async def echo(payload: bytes) -> bytes | None:
    return b"MSH|^~\\&|\rMSA|AA|ADT0001\r"


async def time_workbench(listener: MllpListener, data: bytes, times: int, tls: ssl.SSLContext | None = None) -> float:
    async with MllpConnection("127.0.0.1", listener.port, tls=tls) as connection:
        await connection.send(data)
        clock = time.perf_counter()
        for _ in range(times):
            exchange = await connection.send(data)
            assert exchange.response
        return (time.perf_counter() - clock) / times * 1000


class RawPeer(asyncio.Protocol):
    """The least that a pair can do: it waits for the trailer alone, and copies no frame."""

    def __init__(self, answer: bytes | None) -> None:
        self._answer = answer
        self.heard = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"\x1c\r"):
            if self._answer is None:
                self.heard.set()
            else:
                self.transport.write(self._answer)


async def time_raw(port: int, data: bytes, times: int) -> float:
    loop = asyncio.get_running_loop()
    _, peer = await loop.create_connection(lambda: RawPeer(None), "127.0.0.1", port)
    framed = frame_message(data)
    clock = time.perf_counter()
    for _ in range(times):
        peer.heard.clear()
        peer.transport.write(framed)
        await peer.heard.wait()
    took = (time.perf_counter() - clock) / times * 1000
    peer.transport.close()
    return took


async def answer_with_python_hl7(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
    try:
        while not writer.is_closing():
            message = await reader.readmessage()
            writer.writemessage(message.create_ack())
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()


async def time_python_hl7(port: int, data: bytes, times: int) -> float:
    reader, writer = await open_hl7_connection("127.0.0.1", port)
    message = hl7.parse(data.decode())
    clock = time.perf_counter()
    for _ in range(times):
        writer.writemessage(message)
        await writer.drain()
        await reader.readmessage()
    took = (time.perf_counter() - clock) / times * 1000
    writer.close()
    return took


async def compare_round_trips(data: bytes, times: int, title: str) -> None:
    endpoint = Hl7v2Endpoint(SITE, FhirStore())

    async def judge(payload: bytes) -> bytes | None:
        return endpoint.answer(payload)

    bare, judging = MllpListener(echo, limit=64_000_000), MllpListener(judge, limit=64_000_000)
    ca = issue("CA", is_ca=True)
    with TemporaryDirectory() as folder:
        files = Path(folder)
        trusting = make_client_context(ca.write(files, "ca")[0])
        secured = MllpListener(echo, limit=64_000_000, tls=make_server_context(*issue("EHR", ca).write(files, "ehr")))
    for listener in (bare, judging, secured):
        await listener.start()
    server = await start_hl7_server(answer_with_python_hl7, host="127.0.0.1", port=0, limit=64_000_000)
    port = server.sockets[0].getsockname()[1]
    reply = frame_message(await echo(b"") or b"")
    raw = await asyncio.get_running_loop().create_server(lambda: RawPeer(reply), "127.0.0.1", 0)
    raw_port = raw.sockets[0].getsockname()[1]
    works: dict[str, Callable[[], Awaitable[float]]] = {
        "workbench pair": lambda: time_workbench(bare, data, times),
        "workbench pair, site judging": lambda: time_workbench(judging, data, times),
        "workbench pair, by TLS": lambda: time_workbench(secured, data, times, trusting),
        "raw asyncio pair": lambda: time_raw(raw_port, data, times),
        "python-hl7 pair": lambda: time_python_hl7(port, data, times),
    }
    rounds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            rounds[name].append(await work())
    server.close()
    raw.close()
    for listener in (bare, judging, secured):
        await listener.stop()
    show(title, {name: statistics.median(found) for name, found in rounds.items()})


async def send_very_many(count: int) -> None:
    """All on one connection: which were answered with another control ID or not at all, and the longest wait."""
    taken: list[bytes] = []

    async def acknowledge(payload: bytes) -> bytes | None:
        taken.append(payload)
        return b"MSH|^~\\&|\rMSA|AA|" + payload.split(b"|", 10)[9] + b"\r"

    listener = MllpListener(acknowledge)
    await listener.start()
    wrong, slowest, clock = 0, 0.0, time.perf_counter()
    async with MllpConnection("127.0.0.1", listener.port) as connection:
        for number in range(count):
            exchange = await connection.send(ADMISSION.replace(b"ADT0001", b"C%d" % number))
            answer = exchange.response.body if exchange.response else b""
            wrong += not answer.endswith(b"|C%d\r" % number)
            slowest = max(slowest, exchange.duration)
    await listener.stop()
    took = time.perf_counter() - clock
    lost = count - len(set(taken))
    print(f"{count:,} messages on one connection in {took:.1f} s: {lost} lost, {len(taken) - count + lost} doubled,")
    print(f"  {wrong} answered wrongly, the longest wait {slowest * 1000:.1f} ms")


def main() -> None:
    asyncio.run(send_very_many(100_000))
    asyncio.run(compare_round_trips(make_message(), 1000, "MLLP round trip, connection kept (ms)"))
    large = make_message() + b"OBX|1|ED|x||^application^pdf^Base64^" + b"QUJD" * 262_144 + b"||||||F\r"
    asyncio.run(compare_round_trips(large, 60, "MLLP round trip of 1 MB (ms)"))


if __name__ == "__main__":
    main()
