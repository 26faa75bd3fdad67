"""Fuzz of MLLP: bytes cut, changed and made up at random, the same in every run, and what comes of them.

Run as a program it feeds ten thousand of each sort and writes the table of outcomes into docs/mllp.md.
"""

from __future__ import annotations

import asyncio
import random
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.transports.mllp_abuse import listen
from workbench.exchange import Exchange
from workbench.fhir_server.store import FhirStore
from workbench.hl7v2.correlation import read_answered
from workbench.hl7v2.mllp import Frame, FrameReader, FramingFault, frame_message
from workbench.sandbox.hl7v2_endpoint import Hl7v2Endpoint
from workbench.site.site_file import read_site

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "mllp.md"
BEGIN, END = "<!-- fuzz: python -m tests.transports.mllp_fuzz -->\n", "<!-- end of fuzz -->\n"
MESSAGES = tuple(path.read_bytes() for path in sorted((ROOT / "fixtures" / "messages").glob("*.hl7")))
GOOD = (ROOT / "fixtures/messages/adt-a01-admission.hl7").read_bytes()
MARKS = (0x0B, 0x1C, 0x0D, 0x0A, 0x7C, 0x5E, 0x00, 0xFF)
LIMIT = 20_000
TEN_THOUSAND = 10_000

Event = Frame | FramingFault


@dataclass(slots=True)
class Outcome:
    """How many were fed, what came out by its name, and each thing that must not happen, of which there is none."""

    fed: int = 0
    came: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)

    def check(self, holds: bool, trouble: str) -> None:
        if not holds:
            self.troubles.append(trouble)

    def count(self, events: tuple[Event, ...]) -> None:
        self.came.update("frame" if isinstance(event, Frame) else event.kind for event in events)


def read(data: bytes, sizes: Iterator[int] | None = None) -> tuple[Event, ...]:
    """What the bytes are read as, in pieces of these sizes, or whole."""
    reader, at, found = FrameReader(LIMIT), 0, list[Event]()
    while at < len(data):
        size = next(sizes) if sizes else len(data)
        found.extend(reader.feed(data[at : at + size]))
        at += size
    return (*found, *reader.finish())


def tell(events: tuple[Event, ...]) -> list[tuple[object, int]]:
    return [(event.payload if isinstance(event, Frame) else event.kind, event.offset) for event in events]


def mutate(data: bytes, rng: random.Random) -> bytes:
    """One to eight changes: bytes replaced, cut out, put in, doubled or moved."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        place, size = rng.randrange(len(found) + 1), rng.randrange(1, 20)
        made = bytes(rng.choice(MARKS) if rng.random() < 0.7 else rng.randrange(256) for _ in range(rng.randint(1, 3)))
        match rng.randrange(5):
            case 0:
                found[place : place + len(made)] = made
            case 1:
                del found[place : place + size]
            case 2:
                found[place:place] = made
            case 3:
                found[place:place] = found[place : place + size]
            case 4:
                piece = found[place : place + size]
                del found[place : place + size]
                other = rng.randrange(len(found) + 1)
                found[other:other] = piece
    return bytes(found)


def make_up(rng: random.Random) -> bytes:
    """Bytes at random, every other time of few values, so that frames come about."""
    if rng.random() < 0.5:
        return rng.randbytes(rng.randint(1, 600))
    return bytes(rng.choices((*MARKS, 0x4D, 0x53, 0x48), k=rng.randint(1, 600)))


def cut_at_every_size(count: int) -> Outcome:
    outcome = Outcome()
    for message in MESSAGES[:count]:
        data = frame_message(message) + b"\r\n" + frame_message(GOOD)
        for size in range(1, len(data) + 1):
            events = read(data, iter(lambda size=size: size, 0))  # type: ignore[misc]  # the size of this turn
            expected = [(message, 0), (GOOD, len(message) + 5)]
            outcome.check(tell(events) == expected, f"cut at {size}")
            outcome.count(events)
            outcome.fed += 1
    return outcome


def _feed_streams(count: int, seed: int, make: Callable[[random.Random], bytes]) -> Outcome:
    """Each stream is read the same whole and in pieces, and a good frame after it is read."""
    rng, outcome = random.Random(seed), Outcome()  # noqa: S311 - the same in every run
    for number in range(count):
        data = make(rng) + b"\x1c\r" + frame_message(GOOD)
        whole = read(data)
        cut = read(data, iter(lambda: rng.randint(1, 90), 0))
        outcome.check(tell(whole) == tell(cut), f"{number} is read otherwise in pieces")
        last = whole[-1]
        outcome.check(isinstance(last, Frame) and last.payload.endswith(GOOD), f"{number} loses the next frame")
        outcome.count(whole)
        outcome.fed += 1
    return outcome


def random_streams(count: int) -> Outcome:
    return _feed_streams(count, 1, make_up)


def mutated_streams(count: int) -> Outcome:
    return _feed_streams(count, 2, lambda rng: mutate(frame_message(rng.choice(MESSAGES)), rng))


def mutated_messages_to_a_site(count: int) -> Outcome:
    """AA stands against a look of its own at the bytes: a message of a type that the site takes, for its control ID."""
    rng, outcome = random.Random(3), Outcome()  # noqa: S311
    site = read_site(ROOT / "fixtures/sites/community-hospital.yaml")
    endpoint, taken = Hl7v2Endpoint(site, FhirStore()), {rule.message.encode() for rule in site.hl7v2.messages}
    for number in range(count):
        payload = mutate(rng.choice(MESSAGES), rng) if number % 4 else make_up(rng)
        answer = endpoint.answer(payload)
        answered = read_answered(answer or b"")
        outcome.check(answered is not None, f"{number} is not answered")
        code = answered.code if answered else "none"
        if code == "AA":
            fields = payload.removeprefix(b"\xef\xbb\xbf").lstrip().splitlines()[0].split(payload.lstrip()[3:4])
            kind = b"^".join(fields[8].split(payload.lstrip()[4:5])[:2]) if len(fields) > 9 else b""
            outcome.check(fields[0] == b"MSH" and kind in taken, f"{number} is accepted: {payload[:200]!r}")
        outcome.came[code] += 1
        outcome.fed += 1
    return outcome


def streams_to_a_listener(count: int) -> Outcome:
    """Fifty on each connection; a good message at the end of each is accepted, and nothing is after its time."""
    rng, outcome, seen = random.Random(4), Outcome(), list[Exchange]()  # noqa: S311
    each = 50

    async def talk(port: int, data: bytes, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(data + b"\x1c\r" + frame_message(GOOD.replace(b"ADT0001", b"LAST%d" % number)))
        writer.write_eof()
        try:
            async with asyncio.timeout(30):
                said = await reader.read(-1)
        except (TimeoutError, ConnectionError) as error:
            said = b""
            outcome.check(False, f"connection {number}: {type(error).__name__}")
        answers = [event for event in read(said) if isinstance(event, Frame)]
        last = read_answered(answers[-1].payload) if answers else None
        outcome.check(last is not None and last.code == "AA", f"connection {number}: the last is not accepted")
        outcome.came["answer"] += len(answers)
        outcome.fed += each
        writer.close()

    async def story() -> None:
        async with listen(seen, patience=20) as port:
            for number in range(count // each):
                data = b"".join(mutate(frame_message(GOOD), rng) for _ in range(each))
                await talk(port, data, number)

    asyncio.run(story())
    return outcome


def memory_of_streams(count: int) -> Outcome:
    """One reader takes all; what it holds at most is told in tens of kB."""
    rng, outcome, reader = random.Random(5), Outcome(), FrameReader(LIMIT)  # noqa: S311
    tracemalloc.start()
    for _ in range(count):
        reader.feed(b"\x0b" + rng.randbytes(rng.randint(1, 4)) * rng.randint(1, 10_000))
        outcome.fed += 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    outcome.check(peak < 8 * LIMIT, f"{peak} bytes at most")
    outcome.came["× the limit at most"] = -(-peak // LIMIT)
    return outcome


SORTS: dict[str, Callable[[int], Outcome]] = {
    "each shipped message and one after it, cut at every size": cut_at_every_size,
    "bytes at random, then a good frame": random_streams,
    "frames changed at random, then a good frame": mutated_streams,
    "messages changed or made up at random, judged by a site": mutated_messages_to_a_site,
    "frames changed at random, fifty on a connection to a listener": streams_to_a_listener,
    "frames without end": memory_of_streams,
}


def write_row(name: str, outcome: Outcome) -> str:
    came = ", ".join(f"{count:,} {what}" for what, count in sorted(outcome.came.items()))
    return f"| {name} | {outcome.fed:,} | {came} | {len(outcome.troubles) or 'none'} |"


def main() -> None:
    rows = ["| fed | times | came out | that must not be |", "|---|---|---|---|"]
    for name, feed in SORTS.items():
        outcome = feed(TEN_THOUSAND)
        rows.append(write_row(name, outcome))
        for trouble in outcome.troubles[:5]:
            print(f"{name}: {trouble}")  # noqa: T201
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    PAGE.write_text(before + BEGIN + "\n".join(rows) + "\n" + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
