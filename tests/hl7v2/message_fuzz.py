"""Message fuzz: messages cut, changed and made up by chance, each read, held against itself and written back.

Usage: python -m tests.hl7v2.message_fuzz [--count N] [--seed N] [--folder DIR]
Without options it writes the table of docs/hl7v2-message.md anew; with them it prints one, of more messages.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.hl7v2.batch import parse_batch
from workbench.hl7v2.message import Message, parse_message
from workbench.hl7v2.segment import Part

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/hl7v2-message.md"
BEGIN, END = "<!-- outcomes: python -m tests.hl7v2.message_fuzz -->\n", "<!-- end of outcomes -->\n"
COUNT, SEED = 400, 211
MARKS = (
    *(bytes([octet]) for octet in b'|^~\\&#\r\n\x0b\x1c\x00\xff "MSH\x1b'),
    *(
        b"\r\n",
        b"\n\r",
        b"MSH|",
        b"\rMSH|^~\\&|",
        b"\\X0D\\",
        b"\\.br\\",
        b"\\M2442\\",
        b"\\.in+999\\",
        b"\\H\\",
        b'""',
    ),
    *(b"\x1b$B", b"\x1b(B", b"\x1b)I", b"\x1b-L", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3\xa9", b"\xe9", b"\x8f\xa1\xa1"),
    *(b"BTS|1\r", b"FHS|^~\\&\r", b"# note\r", b"|" * 300, b"^" * 300, b"&~" * 150, b"\xef\x9f\xa9", b"\xed\xb2\x80"),
)
LINE_END = re.compile(rb"\r\n?|\n")
SETS = (b"ASCII", b"8859/1", b"8859/8", b"UNICODE UTF-8", b"GB 18030-2000", b"BIG-5", b"KS X 1001", b"UNICODE UTF-16")
SETS += (b"~ISO IR87", b"~ISO IR13~ISO IR159", b"8859/1~8859/5", b"CNS 11643-1992", b"8859/99", b"~", b"\xff")
PATH = re.compile(r"[A-Z][A-Z0-9]{2}(\[\d+\])?(-\d+(\[\d+\])?(\.\d+){0,2})?")
PATHS = (
    "MSH-1",
    "MSH-2",
    "MSH-9.2",
    "MSH-18",
    "PID-3[2].4.2",
    "PID-5.1",
    "PID-5.1.1",
    "OBX[2]-5",
    "PV1-3.4.2",
    "ZZZ-1",
)


@dataclass(slots=True)
class Tally:
    """What became of the messages of one kind."""

    read: int = 0
    refused: int = 0
    undecoded: int = 0
    longest: float = 0.0

    def examine(self, data: bytes) -> None:
        clock = time.perf_counter()
        message = examine(data)
        self.longest = max(self.longest, time.perf_counter() - clock)
        self.read += message is not None
        self.refused += message is None
        self.undecoded += message is not None and bool(message.character_set.undecoded)


def examine(data: bytes) -> Message | None:
    """Read `data` alone and as a file, and hold what is read against itself; None where it is refused in words."""
    batch = parse_batch(data)
    assert batch.to_bytes() == data
    assert sum(len(piece.data) for piece in batch.pieces) == len(data)
    for piece in batch.messages:
        assert (piece.message is None) != (piece.trouble is None)
        assert piece.message is None or piece.message.to_bytes() == piece.data
    try:
        message = parse_message(data)
    except WorkbenchError as error:
        assert "MSH" in error.message and error.line and error.column
        return None
    assert message.to_bytes() == data
    assert message.character_set.describe()
    assert len(message.find_undecoded()) == len(message.character_set.undecoded)
    hold_segments(message)
    hold_places(message)
    hold_changes(message)
    return message


def hold_segments(message: Message) -> None:
    """Segments and parts stand where they say, and split as they are."""
    for index, (segment, (name, fields)) in enumerate(zip(message.segments, message.split(), strict=True)):
        assert (segment.index, segment.name) == (index, name)
        assert message.text[segment.start : segment.end] == segment.text
        assert [to_tuple(field) for field in segment.fields] == list(fields)
        for field in segment.fields:
            assert message.text[field.start : field.end] == field.text


def to_tuple(field: Part) -> tuple[tuple[str | tuple[str, ...], ...], ...]:
    return tuple(
        tuple(
            tuple(part.text for part in component.subcomponents) if len(component.subcomponents) > 1 else component.text
            for component in repetition.components
        )
        for repetition in field.repetitions
    )


def hold_places(message: Message) -> None:
    for path in PATHS:
        value, part = message.get(path), message.find_part(path)
        assert value == (part.value or None if part else None), path
    for offset in range(0, len(message.text), max(1, len(message.text) // 7)):
        path = message.locate(offset)
        start = message.lines.start_before(offset)
        name = "" if start is None else message.lines.segment_from(start).name
        if PATH.fullmatch(path) and len(name) == 3:  # else it is a name that no segment may have
            start, end = message.span(path) or (-1, -1)
            assert start <= offset <= end + 2 + blank_after(message.text, end), (offset, path)


def blank_after(text: str, end: int) -> int:
    return len(text[end:]) - len(text[end:].lstrip("\r\n"))


def hold_changes(message: Message) -> None:
    """What is set is there when the bytes are read again, and deleting and inserting lose no other segment."""
    try:
        changed = message.set_all({"PID-5.1": "X", "PID-7": "Y"})
    except WorkbenchError:
        changed = message
    again = parse_message(changed.to_bytes())
    plain = not any(mark.isalnum() or mark in " .+-" for mark in message.encoding.field + message.encoding.msh2)
    if plain and changed is not message and again.encoding == message.encoding and again.codec == message.codec:
        assert (again.get("PID-5.1"), again.get("PID-7")) == ("X", "Y")
        assert again.text == changed.text or again.character_set.shifts
    try:
        without = message.delete("PID")
        inserted = message.insert("ZZ9", 1 if len(message.segments) > 1 else None)
    except WorkbenchError:
        assert not message.text.isascii()
        return
    assert without.text == message.text or len(without.text) < len(message.text)
    assert len(inserted.text) > len(message.text)


# Not the shipped messages: the table is of these, and stays as it is where those become others.
SEEDS = (
    b"MSH|^~\\&|REG|WEST^1.2.3^ISO|EHR|WEST|20260302091500+0100||ADT^A01^ADT_A01|A1|P|2.5.1|||AL|NE\r"
    b"EVN||20260302091500\rPID|1||100001^^^WEST&1.2.3&ISO^MR~4711^^^^NI||O'Neil\\T\\Kim^Ana~Kim^^^^^^M||19840312|F|||"
    b'7 Mill Road^^Springfield^IL^62703|""||^PRN^PH^^^217^5550\rNK1|1|Kim^Jo|SPO\rPV1|1|I|4W^401^A||||||||||||||||V1\r'
    b"ZPV|1|local^value&more|\r",
    b"MSH|^~\\&|LAB|WEST|EHR|WEST|20260302132000||ORU^R01^ORU_R01|L1|P|2.5.1||||||UNICODE UTF-8\r\nPID|1||100001\r\n"
    + "OBR|1|O-1|L-1|58410-2^CBC^LN\r\nOBX|1|NM|718-7^Hb^LN||10.4|g/dL^^UCUM|12-15|L|||F\r\n"
    "NTE|1|L|Größe \\.br\\zweite \\H\\Zeile\\N\\ \\X41\\\r\nOBX|2|SN|1988-5^CRP^LN||>^200|mg/L|||||F\r\n".encode(),
    b"MSH|^~\\&|DOC|WEST|EHR|WEST|20260302||MDM^T02|D1|P|2.3\nPID|||1\nTXA|1|PN|TX|20260302\n"
    b"OBX|1|ED|PN||^application^pdf^Base64^JVBERi0xLjQKJcOkw7zDtsOfCjIgMCBvYmoK\n",
    b"FHS|^~\\&|A\rBHS|^~\\&|A\rMSH|^~\\&|A||B||2026||SIU^S12|S1|P|2.4\rSCH|1^A\rAIS|1||X\r"
    b"MSH#*+!%#A##B##2026##ADT*A08#S2#P#2.6\rPID#1##7***X%1.2+8##Kim!S!Lee*Jo\rBTS|2\rFTS|1\r",
    b"MSH|^~\\&|||||||ADT^A04|J1|P|2.5||||||~ISO IR87\rPID|1||1||\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B\r",
)
Maker = Callable[[list[bytes], random.Random, int], Iterator[bytes]]


def cut_everywhere(seeds: list[bytes], chance: random.Random, count: int) -> Iterator[bytes]:
    """Each seed cut at every size, whatever the count; one over a kilobyte at as many sizes by chance."""
    for seed in seeds:
        sizes = range(len(seed) + 1)
        yield from (seed[:end] for end in (sizes if len(seed) <= 1000 else chance.sample(sizes, 1000)))


def change_bytes(seeds: list[bytes], chance: random.Random, count: int) -> Iterator[bytes]:
    for _ in range(count):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        yield bytes(data)


def insert_marks(seeds: list[bytes], chance: random.Random, count: int) -> Iterator[bytes]:
    for _ in range(count):
        data = chance.choice(seeds)
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(data) + 1)
            data = data[:at] + chance.choice(MARKS) + data[at + chance.choice((0, 0, 1, 4)) :]
        yield data


def move_runs(seeds: list[bytes], chance: random.Random, count: int) -> Iterator[bytes]:
    for _ in range(count):
        data, other = chance.choice(seeds), chance.choice(seeds)
        start, stop = sorted(chance.randrange(len(other) + 1) for _ in range(2))
        at = chance.randrange(len(data) + 1)
        yield data[:at] + other[start:stop] + data[at + chance.choice((0, stop - start)) :]


def shuffle_segments(seeds: list[bytes], chance: random.Random, count: int) -> Iterator[bytes]:
    for _ in range(count):
        lines = LINE_END.split(chance.choice(seeds)) + LINE_END.split(chance.choice(seeds))
        lines = [chance.choice(lines) for _ in range(chance.randint(1, 30))]
        ends = chance.choice(
            ((b"\r",), (b"\n",), (b"\r\n",), (b"\r", b"\n"), (b"\r", b"\n", b"\r\n", b"\n\r", b"\r\r"))
        )
        yield b"MSH|^~\\&|A\r" * chance.randint(0, 1) + b"".join(line + chance.choice(ends) for line in lines)


def exchange_delimiters(seeds: list[bytes], chance: random.Random, count: int) -> Iterator[bytes]:
    for _ in range(count):
        data = chance.choice(seeds)
        if chance.random() < 0.5:
            own = bytes(chance.sample(range(33, 127), 5))
            yield data.translate(bytes.maketrans(b"|^~\\&", own))
        else:
            letters = bytes(chance.randrange(256) for _ in range(chance.randint(0, 6)))
            yield data.replace(b"|^~\\&", letters, 1)


def rename_sets(seeds: list[bytes], chance: random.Random, count: int) -> Iterator[bytes]:
    for _ in range(count):
        body = b"".join(chance.choice((*MARKS, chance.randbytes(3))) for _ in range(chance.randint(1, 20)))
        declared = chance.choice(SETS)
        yield b"MSH|^~\\&" + b"|" * 16 + declared + b"\rPID|1||2||" + body + b"^" + chance.choice(seeds)[-80:]


def widen(seeds: list[bytes], chance: random.Random, count: int) -> Iterator[bytes]:
    for _ in range(count):
        text = chance.choice(("", "\ufeff")) + chance.choice(seeds).decode("latin-1") * chance.randint(1, 2)
        data = bytearray(text.encode(chance.choice(("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"))))
        for _ in range(chance.randint(0, 3)):
            at = chance.randrange(len(data))
            data[at : at + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 2))
        yield bytes(data)


def make_noise(seeds: list[bytes], chance: random.Random, count: int) -> Iterator[bytes]:
    for _ in range(count):
        begin = chance.choice((b"", b"MSH", b"MSH|^~\\&|", b"\xff\xfe", b"\xef\xbb\xbfMSH|", b"M\x00S\x00H\x00|\x00"))
        yield begin + chance.randbytes(chance.randint(0, 400))


def make_letters(seeds: list[bytes], chance: random.Random, count: int) -> Iterator[bytes]:
    letters = (*MARKS, b"PID", b"OBX|1", b"a", b"1", b"", b"|", b"^", b"~", b"&", b"\\", b"\r")
    for _ in range(count):
        yield b"MSH|^~\\&|" + b"".join(chance.choice(letters) for _ in range(chance.randint(1, 120)))


KINDS: dict[str, Maker] = {
    "cut at every size": cut_everywhere,
    "bytes changed": change_bytes,
    "delimiters, escapes, marks and line ends inserted": insert_marks,
    "parts of one in another": move_runs,
    "segments in any order, line ends mixed": shuffle_segments,
    "other encoding characters, or too few": exchange_delimiters,
    "other character sets in MSH-18, bytes of many": rename_sets,
    "UTF-16 and UTF-32, damaged": widen,
    "random bytes": make_noise,
    "random delimiters and letters": make_letters,
}


def read_folders(folders: tuple[Path, ...]) -> list[bytes]:
    return [path.read_bytes() for folder in folders for path in sorted(folder.iterdir()) if path.is_file()]


def fuzz(kind: str, seeds: list[bytes], *, count: int = COUNT, seed: int = SEED) -> Tally:
    """Examine all messages of a kind; AssertionError with the bytes where one does not hold."""
    tally = Tally()
    for data in KINDS[kind](seeds, random.Random(f"{seed} {kind}"), count):  # noqa: S311 -- mutations, not secrets
        try:
            tally.examine(data)
        except Exception as error:
            raise AssertionError(f"{kind}: {data!r}") from error
    return tally


def write_row(kind: str, tally: Tally) -> str:
    total = tally.read + tally.refused
    return f"| {kind} | {total:,} | {tally.read:,} | {tally.refused:,} | {tally.undecoded:,} |"


def write_table(tallies: dict[str, Tally]) -> str:
    head = ("| messages | tried | read | refused in words | with bytes of no letter |", "|---|---:|---:|---:|---:|")
    return "\n".join((*head, *(write_row(kind, tally) for kind, tally in tallies.items()))) + "\n"


def read_table() -> str:
    return PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--folder", type=Path, action="append", default=[])
    options = parser.parse_args()
    tracemalloc.start()
    seeds, clock = [*SEEDS, *read_folders(tuple(options.folder))], time.perf_counter()
    tallies = {kind: fuzz(kind, seeds, count=options.count, seed=options.seed) for kind in KINDS}
    table = write_table(tallies)
    if (options.count, options.seed, options.folder) == (COUNT, SEED, []):
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(text.partition(BEGIN)[0] + BEGIN + table + END + text.partition(END)[2], encoding="utf-8")
    longest, memory = max(tally.longest for tally in tallies.values()), tracemalloc.get_traced_memory()[1]
    took = f"{time.perf_counter() - clock:.0f} s, the longest {longest * 1000:.0f} ms, {memory / 1e6:.0f} MB at most"
    sys.stdout.write(f"{table}{took}\n")


if __name__ == "__main__":
    main()
