"""Abuse of an MLLP listener: what a sender may put on the wire, and what a site's listener makes of each.

Run as a program it writes the table of outcomes into docs/mllp.md; a test holds the two together.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from workbench.exchange import Exchange
from workbench.fhir_server.store import FhirStore
from workbench.hl7v2.acknowledgment import parse_acknowledgment
from workbench.hl7v2.mllp import frame_message
from workbench.sandbox.hl7v2_endpoint import Hl7v2Endpoint
from workbench.site.site_file import read_site
from workbench.transports.mllp_listener import MllpListener

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "mllp.md"
BEGIN, END = "<!-- outcomes: python -m tests.transports.mllp_abuse -->\n", "<!-- end of outcomes -->\n"
GOOD = (ROOT / "fixtures/messages/adt-a01-admission.hl7").read_bytes()
FRAME = frame_message(GOOD)
LIMIT = 200_000
PATIENCE = 0.15
CONNECTIONS = 8
MANY = 1000

Play = Callable[["Sender"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case led to: the acknowledgment codes (“-” for none), and the first thing that was said against it."""

    codes: tuple[str, ...]
    told: str


@dataclass(frozen=True, slots=True)
class Sender:
    """One connection to the listener, and the port for more."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    port: int

    async def send(self, *chunks: bytes) -> None:
        for chunk in chunks:
            self.writer.write(chunk)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def end(self) -> None:
        """Say that nothing more comes, and read until the listener closes."""
        self.writer.write_eof()
        await self.wait()

    async def wait(self) -> None:
        async with asyncio.timeout(10):
            await self.reader.read(-1)


@dataclass(frozen=True, slots=True)
class Abuse:
    """One case: `codes` are those the listener must answer, `words` must be in what it says first."""

    name: str
    play: Play
    codes: tuple[str, ...]
    words: str = ""


def sending(*chunks: bytes) -> Play:
    async def play(sender: Sender) -> None:
        await sender.send(*chunks)
        await sender.end()

    return play


def waiting(*chunks: bytes) -> Play:
    """Send and keep the connection open until the listener has had enough."""

    async def play(sender: Sender) -> None:
        await sender.send(*chunks)
        await sender.wait()

    return play


def reset(sender: Sender) -> None:
    """Close without a farewell: with no time to linger, the system sends RST."""
    connection = sender.writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sender.writer.transport.abort()


async def close_within(sender: Sender) -> None:
    await sender.send(FRAME[:60])
    sender.writer.close()
    await sender.writer.wait_closed()


async def reset_within(sender: Sender) -> None:
    await sender.send(FRAME[:60])
    await asyncio.sleep(0.05)
    reset(sender)


async def reset_after(sender: Sender) -> None:
    await sender.send(FRAME)
    await asyncio.sleep(0.05)
    reset(sender)


async def wait_for_the_return(sender: Sender) -> None:
    await sender.send(FRAME[:-1])
    await sender.reader.readuntil(b"\x1c\r")
    await sender.send(FRAME)
    await sender.end()


async def flood(sender: Sender) -> None:
    """Open more connections than are taken, then leave room again."""
    opened = [await asyncio.open_connection("127.0.0.1", sender.port) for _ in range(CONNECTIONS + 4)]
    await asyncio.sleep(0.05)
    for _, writer in opened:
        writer.close()
    await sender.send(FRAME)
    await sender.end()


async def read_nothing(sender: Sender) -> None:
    """Ask for megabytes of answers and take none, until the listener breaks the connection off."""
    sender.reader._transport.pause_reading()  # type: ignore[attr-defined]
    try:
        async with asyncio.timeout(20):
            while True:
                await sender.send(b"\x0b\x1c\r" * 5_000)
    except ConnectionError:
        pass


def change(old: bytes, new: bytes) -> bytes:
    assert old in GOOD
    return frame_message(GOOD.replace(old, new))


HELLO_TLS = bytes.fromhex("16030100c8010000c40303") + bytes(range(32, 64))
SECOND = FRAME.replace(b"ADT0001", b"ADT0002")
AT_SECOND = len(FRAME)

CASES = (
    Abuse("no start block", sending(GOOD + b"\x1c\r"), ("AR",), "byte 0,"),
    Abuse("no start block, then a good frame", sending(GOOD + b"\x1c\r" + FRAME), ("AR", "AA"), "byte 0,"),
    Abuse("no end block, then the end of the connection", sending(b"\x0b" + GOOD), ("AR",), "started at byte 0"),
    Abuse("end block without carriage return", sending(FRAME[:-1]), ("AR",), f"at byte {len(GOOD) + 1} "),
    Abuse("end block without carriage return, and waiting", wait_for_the_return, ("AR", "AA"), f"{len(GOOD) + 1} "),
    Abuse("carriage return without end block, and waiting", waiting(b"\x0b" + GOOD + b"\r"), ("AR",), "at byte 0"),
    Abuse("two start blocks", sending(b"\x0b" + FRAME), ("AR", "AA"), "came at byte 1 "),
    Abuse("a frame begun within a frame", sending(FRAME[:50] + FRAME), ("AR", "AA"), "came at byte 50 "),
    Abuse("a whole frame within a frame", sending(FRAME[:-2] + FRAME + b"\x1c\r"), ("AR", "AA", "AR"), "byte 0 "),
    Abuse("an empty frame", sending(b"\x0b\x1c\r"), ("AR",)),
    Abuse("only whitespace in a frame", sending(frame_message(b" \r\n\t ")), ("AR",)),
    Abuse("line ends alone, without a frame", sending(b"\r\n\r\n"), ()),
    Abuse("garbage before a frame", sending(b"xyz" + FRAME), ("AR", "AA"), "byte 0,"),
    Abuse("garbage between frames", sending(FRAME + b"??" + SECOND), ("AA", "AR", "AA"), f"byte {AT_SECOND},"),
    Abuse("garbage after a frame", sending(FRAME + b"??"), ("AA", "AR"), f"byte {AT_SECOND},"),
    Abuse("a hundred kilobytes of garbage", sending(b"\xff" * 100_000 + FRAME), ("AR", "AA"), "byte 0,"),
    Abuse("every byte value in turn", sending(bytes(range(256))), ("AR", "AR"), "byte 0,"),
    Abuse("segments ended by line feeds", sending(frame_message(GOOD.replace(b"\r", b"\n"))), ("AA",)),
    Abuse("segments ended by carriage return and line feed", sending(change(b"\r", b"\r\n")), ("AA",)),
    Abuse("MSH missing", sending(frame_message(GOOD[GOOD.index(b"\r") + 1 :])), ("AR",)),
    Abuse("MSH after another segment", sending(frame_message(b"EVN|A01\r" + GOOD)), ("AR",)),
    Abuse("MSH cut after its delimiters", sending(frame_message(b"MSH|^~\\&\r")), ("AR",)),
    Abuse("MSH and nothing more of it", sending(frame_message(b"MSH")), ("AR",)),
    Abuse("encoding characters that are all the same", sending(change(b"|^~\\&|", b"|||||||")), ("AR",)),
    Abuse("encoding characters missing", sending(change(b"|^~\\&|", b"||")), ("AR",)),
    Abuse("NUL bytes before the message", sending(b"\x00\x00" + FRAME), ("AR", "AA"), "byte 0,"),
    Abuse("NUL bytes within a field", sending(change(b"Kim^Daniel", b"K\x00m^Daniel")), ("AA",)),
    Abuse("half a frame, then the end", sending(FRAME[:60]), ("AR",), "started at byte 0"),
    Abuse("half a frame, then close", close_within, ("AR",), "started at byte 0"),
    Abuse("half a frame, then a reset", reset_within, ("-",), "started at byte 0"),
    Abuse("half a frame, then silence", waiting(FRAME[:60]), ("AR",), "started at byte 0"),
    Abuse("a start block, then silence", waiting(b"\x0b"), ("AR",), "started at byte 0"),
    Abuse("a frame, then a reset", reset_after, ("AA",)),
    Abuse("byte by byte", sending(*(bytes([byte]) for byte in FRAME)), ("AA",)),
    Abuse("two messages in one packet", sending(FRAME + SECOND), ("AA", "AA")),
    Abuse("two messages in one frame", sending(frame_message(GOOD + GOOD)), ("AR",)),
    Abuse("a thousand messages without waiting for an answer", sending(FRAME * 1000), ("AA",) * 1000),
    Abuse("the same control ID twice", sending(FRAME, FRAME), ("AA", "AA")),
    Abuse("byte order mark before the frame", sending(b"\xef\xbb\xbf" + FRAME), ("AR", "AA"), "byte 0,"),
    Abuse("byte order mark within the frame", sending(frame_message(b"\xef\xbb\xbf" + GOOD)), ("AA",)),
    Abuse("the whole stream in UTF-16", sending(FRAME.decode().encode("utf-16")), ("AR", "AR"), "byte 0,"),
    Abuse("UTF-16 within the frame", sending(frame_message(GOOD.decode().encode("utf-16"))), ("AA",)),
    Abuse("a TLS hello", sending(HELLO_TLS), ("AR",), "byte 0,"),
    Abuse("an HTTP request", sending(b"GET /metadata HTTP/1.1\r\nHost: localhost\r\n\r\n"), ("AR",), "byte 0,"),
    Abuse("an SSH banner", sending(b"SSH-2.0-OpenSSH_9.6\r\n"), ("AR",), "byte 0,"),
    Abuse("“hello world”", sending(b"hello world"), ("AR",), "byte 0,"),
    Abuse("“hello world” in a frame", sending(frame_message(b"hello world")), ("AR",)),
    Abuse("a segment of 150,000 bytes", sending(frame_message(GOOD + b"NTE|1||" + b"x" * 150_000 + b"\r")), ("AA",)),
    Abuse(
        "a frame larger than the limit", sending(frame_message(GOOD + b"x" * LIMIT) + FRAME), ("AR", "AA"), "byte 0 "
    ),
    Abuse("an endless frame", sending(b"\x0b", *([b"x" * 10_000] * 500)), ("AR",), "byte 0 "),
    Abuse("a start block within the text", sending(change(b"pneumonia", b"pneu\x0bmonia")), ("AA",)),
    Abuse("an end block within the text", sending(change(b"pneumonia", b"pneu\x1cmonia")), ("AA",)),
    Abuse("two end blocks", sending(GOOD.join((b"\x0b", b"\x1c\x1c\r"))), ("AA",)),
    Abuse("an end block and line feed", sending(FRAME[:-1] + b"\n" + FRAME), ("AR", "AA"), f"{len(GOOD) + 1} "),
    Abuse("one connection more than are taken", flood, ("-", "AA"), f"{CONNECTIONS} connections"),
    Abuse(
        "empty frames without end, and no answer read", read_nothing, ("AR",) * (MANY + 1) + ("-",), "took no answers"
    ),
)


@asynccontextmanager
async def listen(
    seen: list[Exchange], *, connections: int = CONNECTIONS, patience: float = PATIENCE
) -> AsyncIterator[int]:
    """The port of a site's listener that is as strict as in the sandbox, but less patient."""
    site = read_site(ROOT / "fixtures/sites/community-hospital.yaml")
    endpoint = Hl7v2Endpoint(site, FhirStore())

    async def answer(payload: bytes) -> bytes | None:
        return endpoint.answer(payload)

    listener = MllpListener(
        answer,
        limit=LIMIT,
        patience=patience,
        connections=connections,
        answer_fault=endpoint.answer_fault,
        on_exchange=seen.append,
        name="site",
    )
    await listener.start()
    try:
        yield listener.port
    finally:
        await listener.stop()


async def suffer(case: Abuse) -> tuple[Outcome, Outcome]:
    """What a case leads to, and what a good message on a connection of its own is told right after it."""
    seen: list[Exchange] = []
    async with listen(seen) as port:
        await _play(case.play, port)
        await asyncio.sleep(0.02)
        during = tell_outcome(seen)
        seen.clear()
        await _play(sending(FRAME), port)
    return during, tell_outcome(seen)


async def _play(play: Play, port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await play(Sender(reader, writer, port))
    finally:
        writer.transport.abort()


def tell_outcome(seen: list[Exchange]) -> Outcome:
    codes, told = [], ""
    for exchange in seen:
        if exchange.response is None:
            codes.append("-")
            told = exchange.failure.reason if exchange.failure else ""
            continue
        answer = parse_acknowledgment(exchange.response.body)
        codes.append(answer.code)
        told = told or ("" if answer.is_positive else answer.reason.partition(": ")[2])
    return Outcome(_cap(codes), re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", told))


def _cap(codes: list[str]) -> tuple[str, ...]:
    """More than many of one code, of which the machine decides how many, as one more than many."""
    runs = ([code] * min(len(list(group)), MANY + 1) for code, group in groupby(codes))
    return tuple(code for run in runs for code in run)


def write_row(case: Abuse, outcome: Outcome) -> str:
    counted = ((code, len(list(group))) for code, group in groupby(outcome.codes))
    codes = ", ".join(_write_count(count) + code.replace("-", "none") for code, count in counted)
    told = outcome.told.replace("|", "\\|")
    return f"| {case.name} | {codes or 'none'} | {told} |"


def _write_count(count: int) -> str:
    return "" if count == 1 else f"{count:,} × " if count <= MANY else f"over {MANY:,} × "


def read_table() -> str:
    return PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def write_table(outcomes: dict[Abuse, Outcome]) -> str:
    head = ("| sent | answered | said of it |", "|---|---|---|")
    return "\n".join((*head, *(write_row(case, outcome) for case, outcome in outcomes.items()))) + "\n"


def main() -> None:
    outcomes = {case: asyncio.run(suffer(case))[0] for case in CASES}
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    PAGE.write_text(before + BEGIN + write_table(outcomes) + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
