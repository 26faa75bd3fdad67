"""Messages of every kind of damage, each read, held against itself and written back."""

import random
import time
import tracemalloc

import pytest

from tests.hl7v2 import message_fuzz
from tests.hl7v2.message_fuzz import KINDS, ROOT, SEEDS, examine, fuzz, read_folders, write_row
from workbench.errors import WorkbenchError
from workbench.hl7v2.message import parse_message


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_messages_are_read_without_losing_a_byte_or_refused_in_words(kind: str) -> None:
    assert write_row(kind, fuzz(kind, list(SEEDS))) in message_fuzz.read_table().splitlines()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "cut at every size"])
@pytest.mark.parametrize("folder", ["fixtures/messages", "../shared/data/hl7v2-messages"])
def test_shipped_and_public_messages_survive_damage(folder: str, kind: str) -> None:
    if not (ROOT / folder).is_dir():
        pytest.skip(f"the folder {folder} is not beside the checkout")
    tally = fuzz(kind, read_folders((ROOT / folder,)), count=60)
    assert tally.read + tally.refused == 60 and tally.read


def test_the_page_tells_of_every_kind_and_most_messages_are_read() -> None:
    rows = message_fuzz.read_table().splitlines()[2:]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == list(KINDS)


@pytest.mark.parametrize(
    "line",
    [
        b"|" * 40_000,
        b"OBX|1|TX|||" + b"^" * 60_000,
        b"OBX|1|TX|||" + b"~" * 60_000,
        b"OBX|1|TX|||" + b"\\" * 200_000,
        b"OBX|1|TX|||" + b"\\.br\\" * 30_000,
        b"OBX|1|TX|||" + b"\\.in+1\\" * 30_000,
        b"OBX|1|TX|||" + b"\\.in+999\\\\.br\\" * 10_000,
        b"OBX|1|TX|||" + b"\\M2442\\;3" * 20_000,
        b"OBX|1|TX|||" + b"\x1b$B;3\x1b(B" * 20_000,
        b"OBX|1|TX|||" + b"\xc3\xa9\xff" * 60_000,
        b"\r" * 60_000,
        b"\n" * 60_000,
        b"\r\n" * 30_000,
        b"\n\r" * 30_000,
        b"OBX|1\rOBX\n" * 6_000,
        b" " * 200_000,
        b"BTS|\r" * 10_000,
    ],
    ids=lambda line: repr(line[:24]),
)
def test_very_much_of_one_thing_is_read_in_time(line: bytes) -> None:
    for header in (b"MSH|^~\\&|A", b"MSH|^~\\&|A" + b"|" * 15 + b"~ISO IR87"):
        clock = time.process_time()
        data = header + b"\r" + line + b"\r"
        message = parse_message(data)
        assert message.to_bytes() == data
        message.split()
        for path in ("OBX-5", "OBX-5[3].2", "OBX[2]-5", "ZZZ-1"):
            message.get(path)
        message.set_all({"MSH-10": "X"}).delete("MSH-10")
        message.locate(len(message.text) - 1)
        assert time.process_time() - clock < 4


@pytest.mark.parametrize("line", [b"FHS \n", b"FHS|^~\\&| ", b"FHSFHS \n \n", b" \r\n", b"MSH\r", b"\x0b"])
def test_much_before_no_header_is_refused_in_time(line: bytes) -> None:
    clock = time.process_time()
    with pytest.raises(WorkbenchError, match="starts with MSH"):
        parse_message(line * 20_000)
    assert parse_message(line.replace(b"MSH", b"FHS").rstrip(b" ") * 2_000 + b"\rMSH|^~\\&|A").get("MSH-3") == "A"
    assert time.process_time() - clock < 2


def test_memory_grows_with_the_message_alone() -> None:
    def used(segments: int) -> int:
        data = b"MSH|^~\\&|A\r" + b"OBX|1|NM|718-7^Hemoglobin^LN||10.4|g/dL^^UCUM|||||F\r" * segments
        tracemalloc.start()
        message = parse_message(data)
        kept = (message.segments, message.split(), message.set("OBX[9]-5", "1"), message.get_all("OBX-5"))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert kept
        return peak

    small, large = used(1_000), used(10_000)
    assert large < small * 20  # ten times the segments, and freed tuples are used again; the square would be 100
    # A segment, its fields and all below them, of a line of 52 bytes.
    assert large / 10_000 < 4_000


def test_time_grows_with_the_message_alone() -> None:
    def took(segments: int) -> float:
        data = b"MSH|^~\\&|A\r" + b"OBX|1|NM|718-7^Hemoglobin^LN||10.4|g/dL^^UCUM|||||F\r" * segments
        best = 9.0
        for _ in range(3):
            clock = time.process_time()
            message = parse_message(data)
            message.find_segments("OBX")
            message.split()
            message.set_all({f"OBX[{number}]-5": "1" for number in range(1, segments, 2)}).to_bytes()
            best = min(best, time.process_time() - clock)
        return best

    assert took(8_000) < took(1_000) * 24 + 0.1


def test_repetitions_are_read_one_by_one_in_the_time_of_their_number() -> None:
    def took(count: int) -> float:
        message = parse_message(b"MSH|^~\\&|A\rPID|1||" + b"1^^^A^MR~" * count + b"\r")
        clock = time.process_time()
        assert all(message.get(f"PID-3[{number}].5") == "MR" for number in range(1, count + 1))
        return time.process_time() - clock

    assert took(16_000) < took(4_000) * 12 + 0.2


def test_what_the_fuzz_holds_can_fail() -> None:
    chance = random.Random(3)  # noqa: S311 -- mutations, not secrets
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbench.hl7v2.message.Message.to_bytes", lambda self: self.text.encode())
        with pytest.raises(AssertionError):
            for _ in range(20):
                examine(chance.choice(SEEDS) + b"\xff")
