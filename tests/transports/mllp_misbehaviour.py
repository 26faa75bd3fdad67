"""Misbehaviour of an MLLP receiver: what may come back for a message, and what the client makes of each.

Run as a program it writes the table of outcomes into docs/mllp.md; a test holds the two together.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from workbench.exchange import Exchange
from workbench.hl7v2.acknowledgment import parse_acknowledgment
from workbench.hl7v2.mllp import frame_message
from workbench.transports.mllp_client import MllpConnection

PAGE = Path(__file__).parents[2] / "docs" / "mllp.md"
BEGIN, END = "<!-- receivers: python -m tests.transports.mllp_misbehaviour -->\n", "<!-- end of receivers -->\n"
MESSAGE = b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|C1|P|2.5.1\rPID|1\r"
LIMIT = 50_000
WITHIN = 0.25

Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def acknowledge(code: str = "AA", control_id: str = "C1") -> bytes:
    return frame_message(f"MSH|^~\\&|X|Y|A|B|2026||ACK|K1|P|2.5.1\rMSA|{code}|{control_id}\r".encode())


GOOD = acknowledge()


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """One case: `outcome` is the code that counts, or the kind of failure; `words` must be in what is said of it."""

    name: str
    behave: Behave
    outcome: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the sender has of it: a code or a kind of failure, what is said of it, and what the next message has."""

    told: str
    said: str
    after: str


def answering(*chunks: bytes, pause: float = 0.0, then: str = "wait") -> Behave:
    """Read the message, send the chunks, and wait, close or reset."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\x1c\r")
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(pause)
        await _end(reader, writer, then)

    return behave


async def _end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, then: str) -> None:
    if then == "wait":
        await reader.read()
    elif then == "reset":
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


def at_once(then: str, said: bytes = b"") -> Behave:
    """End the connection, or say something on it, before anything is read."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await _end(reader, writer, then)

    return behave


async def never_reading(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.sleep(2 * WITHIN)


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\x1c\r")
    writer.write(b"\x0bMSH|^~\\&|")
    while True:
        writer.write(b"x" * 10_000)
        await writer.drain()
        await asyncio.sleep(0)


async def echoing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readuntil(b"\x1c\r"))
    await reader.read()


async def flooding(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Frames that nothing asked for, without end."""
    await reader.readuntil(b"\x1c\r")
    writer.write(GOOD)
    while True:
        writer.write(acknowledge("AA", "C1") * 200)
        await writer.drain()
        await asyncio.sleep(0)


AT = f"byte {len(GOOD)}"
CASES = (
    Misbehaviour("a good answer", answering(GOOD), "AA"),
    Misbehaviour("byte by byte", answering(*(GOOD[at : at + 1] for at in range(len(GOOD)))), "AA"),
    Misbehaviour("line ends around the frame", answering(b"\r\n" + GOOD + b"\r\n"), "AA"),
    Misbehaviour("AE", answering(acknowledge("AE")), "AE"),
    Misbehaviour("AR that names no message", answering(acknowledge("AR", "")), "AR"),
    Misbehaviour("AA that names no message", answering(acknowledge("AA", "")), "mismatch", "byte 0"),
    Misbehaviour("AA for another message", answering(acknowledge("AA", "C9")), "mismatch", "byte 0"),
    Misbehaviour("AE for another message, then the right one", answering(acknowledge("AE", "C9") + GOOD), "mismatch"),
    Misbehaviour("the right answer twice", answering(GOOD + GOOD), "AA", AT),
    Misbehaviour("two answers that differ", answering(GOOD + acknowledge("AE")), "AA", AT),
    Misbehaviour("an answer to nothing after the right one", answering(GOOD + acknowledge("AA", "C9")), "AA", AT),
    Misbehaviour("garbage after the answer", answering(GOOD + b"??"), "AA", AT),
    Misbehaviour("garbage before the answer", answering(b"xyz" + GOOD), "protocol", "byte 0,"),
    Misbehaviour("the message itself", echoing, "none", ""),
    Misbehaviour("a message without MSA", answering(frame_message(b"MSH|^~\\&|X\rPID|1\r")), "none", ""),
    Misbehaviour("a frame that is no HL7", answering(frame_message(b"OK")), "none", ""),
    Misbehaviour("an empty frame", answering(frame_message(b"")), "none", ""),
    Misbehaviour("no start block", answering(GOOD[1:]), "protocol", "byte 0,"),
    Misbehaviour("no end block, then close", answering(GOOD[:-2], then="close"), "closed", "started at byte 0"),
    Misbehaviour("no end block, then silence", answering(GOOD[:-2]), "timeout", "started at byte 0"),
    Misbehaviour("no carriage return, then silence", answering(GOOD[:-1]), "protocol", f"byte {len(GOOD) - 2} "),
    Misbehaviour("no carriage return, then close", answering(GOOD[:-1], then="close"), "protocol", "byte"),
    Misbehaviour("half an answer, then close", answering(GOOD[:30], then="close"), "closed", "after 29 bytes"),
    Misbehaviour("half an answer, then a reset", answering(GOOD[:30], pause=0.05, then="reset"), "closed", "29 bytes"),
    Misbehaviour("half an answer, then silence", answering(GOOD[:30]), "timeout", "after 29 bytes"),
    Misbehaviour("an answer begun within an answer", answering(GOOD[:30] + GOOD), "protocol", "came at byte 30"),
    Misbehaviour("close without an answer", answering(then="close"), "closed"),
    Misbehaviour("reset without an answer", answering(then="reset"), "closed"),
    Misbehaviour("close before the message is read", at_once("close"), "closed"),
    Misbehaviour("reset before the message is read", at_once("reset"), "closed"),
    Misbehaviour("silence", answering(), "timeout"),
    Misbehaviour("a receiver that reads nothing", never_reading, "timeout"),
    Misbehaviour("an answer that is too late", answering(b"", GOOD, pause=1.2 * WITHIN), "timeout"),
    Misbehaviour("an answer drop by drop, too slow", answering(*(b"\x0b", b"MSH") * 9, pause=0.1), "timeout", "byte 0"),
    Misbehaviour("an answer larger than the limit", answering(frame_message(b"x" * 60_000)), "too-large", "byte 0"),
    Misbehaviour("an answer without end", endless, "too-large", "byte 0"),
    Misbehaviour("answers without end", flooding, "AA", AT),
    Misbehaviour("an answer by HTTP", answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "protocol", "HTTP"),
    Misbehaviour("an SSH banner before the message is read", at_once("wait", b"SSH-2.0-X\r\n"), "protocol", "SSH"),
    Misbehaviour("an alert of TLS", answering(b"\x15\x03\x01\x00\x02\x02\x46"), "protocol", "TLS"),
    Misbehaviour("an answer in UTF-16", answering(GOOD.decode().encode("utf-16")), "protocol", "UTF-16"),
    Misbehaviour("every byte value in turn", answering(bytes(range(256))), "protocol", "byte 0,"),
)


async def suffer(case: Misbehaviour) -> Outcome:
    """What a message has of it, and then one to a receiver at the same port that behaves."""
    tasks, is_good = set(), False

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            await (answering(acknowledge("AA", "C2")) if is_good else case.behave)(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2**20)
    port = server.sockets[0].getsockname()[1]
    payload = MESSAGE + b"OBX|1|TX|||" + b"x" * 20_000_000 if case.behave is never_reading else MESSAGE
    async with MllpConnection("127.0.0.1", port, within=WITHIN, limit=LIMIT) as connection:
        first = await connection.send(payload)
    is_good = True
    async with MllpConnection("127.0.0.1", port, within=2) as connection:
        second = await connection.send(MESSAGE.replace(b"C1", b"C2"))
    server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    said = first.failure.reason if first.failure else first.note
    return Outcome(tell(first), re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", said), tell(second))


def tell(exchange: Exchange) -> str:
    if exchange.failure:
        return exchange.failure.kind
    body = exchange.response.body if exchange.response else b""
    return parse_acknowledgment(body).code if b"MSA|" in body else "none"


def write_row(case: Misbehaviour, outcome: Outcome) -> str:
    told = outcome.told if outcome.told != "none" else "an answer that acknowledges nothing"
    said = outcome.said.replace("|", "\\|").replace(": Connection reset by peer", "")
    said = re.sub(r"\d+ more came", "More came", re.sub("after [1-7] bytes", "after some bytes", said))
    return f"| {case.name} | {told} | {said} |"


def read_table() -> str:
    return PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    rows = ["| came back | told as | said of it |", "|---|---|---|"]
    rows += [write_row(case, asyncio.run(suffer(case))) for case in CASES]
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    PAGE.write_text(before + BEGIN + "\n".join(rows) + "\n" + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
