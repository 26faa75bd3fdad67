import random
import re
import time
import tracemalloc
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.hl7v2.batch import Batch, parse_batch, split_messages
from workbench.hl7v2.message import parse_message

ROOT = Path(__file__).parents[2]
FIXTURES = sorted((ROOT / "fixtures" / "messages").glob("*.hl7"))
ADMISSION = (ROOT / "fixtures" / "messages" / "adt-a01-admission.hl7").read_bytes()
SECOND = ADMISSION.replace(b"ADT0001", b"ADT0099")
FILE = b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + ADMISSION + SECOND + b"BTS|2\rFTS|1\r"


def control_ids(batch: Batch) -> list[str]:
    return [piece.message.control_id if piece.message else "" for piece in batch.messages]


@pytest.mark.parametrize(
    "data",
    [
        ADMISSION + SECOND,
        ADMISSION + b"\r\n\r\n" + SECOND,
        ADMISSION + b"# the second\n-- of two\r\n// and\n; last\n\n" + SECOND,
        b"\x0b" + ADMISSION + b"\x1c\r\x0b" + SECOND + b"\x1c\r",
        ADMISSION + b"\xef\xbb\xbf" + SECOND,
        (ADMISSION + b"\r# note\r" + SECOND).replace(b"\r", b"\n"),
        (ADMISSION + SECOND).replace(b"\r", b"\r\n"),
        (ADMISSION + SECOND).replace(b"\r", b"\r\n").decode().join(["\ufeff", ""]).encode("utf-16-le"),
        FILE,
    ],
)
def test_file_of_several_messages_is_cut_and_no_byte_is_lost(data: bytes) -> None:
    batch = parse_batch(data)
    assert control_ids(batch) == ["ADT0001", "ADT0099"]
    assert [piece.message.segments[-1].name for piece in batch.messages if piece.message] == ["AL1", "AL1"]
    assert batch.to_bytes() == data
    assert not batch.is_single
    for piece in batch.pieces:
        assert data[piece.offset : piece.offset + len(piece.data)] == piece.data
        assert piece.message is None or piece.message.to_bytes() == piece.data
    assert [message.control_id for message in split_messages(data)] == ["ADT0001", "ADT0099"]


def test_headers_and_trailers_are_pieces_of_their_own() -> None:
    batch = parse_batch(FILE)
    assert [piece.kind for piece in batch.pieces] == ["FHS", "BHS", "message", "message", "BTS", "FTS"]
    assert [piece.line for piece in batch.pieces] == [1, 2, 3, 10, 17, 18]
    assert batch.issues == ()


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_of_wide_unicode_are_counted_as_letters(codec: str, end: str, mark: str) -> None:
    # The bytes of these letters are those of line ends: U+010D, U+0A0D, U+0D0A.
    first = ADMISSION.decode().replace("Springfield", "\u010d\u0a0d\u0d0a")
    text = "FHS|^~\\&\rBHS|^~\\&\r" + first + SECOND.decode() + "BTS|3\rFTS|1\r"
    data = (mark + text).replace("\r", end).encode(codec)
    batch = parse_batch(data)
    assert [(piece.kind, piece.line) for piece in batch.pieces] == [
        ("FHS", 1),
        ("BHS", 2),
        ("message", 3),
        ("message", 10),
        ("BTS", 17),
        ("FTS", 18),
    ]
    assert batch.to_bytes() == data
    assert control_ids(batch) == ["ADT0001", "ADT0099"]
    assert [issue.line for issue in batch.issues] == [17]
    assert [piece.message.to_bytes() for piece in batch.messages if piece.message] == [
        piece.data for piece in batch.messages
    ]


def test_bytes_that_are_no_letter_in_wide_unicode_lose_no_neighbour() -> None:
    bad = SECOND.replace(b"Springfield", b"Spring!").decode().encode("utf-16-le").replace(b"!\x00", b"\x00\xd8")
    data = b"\xff\xfe" + ADMISSION.decode().encode("utf-16-le") + bad + ADMISSION.decode().encode("utf-16-le") + b"\x0d"
    batch = parse_batch(data)
    assert control_ids(batch)[:3] == ["ADT0001", "ADT0099", "ADT0001"]
    assert batch.to_bytes() == data
    broken = batch.messages[1].message
    assert broken is not None and broken.to_bytes() == bad
    assert [broken.to_bytes()[offset] for offset in broken.character_set.undecoded] == [
        0x00,
        0xD8,
    ] * SECOND.count(b"Springfield")


def test_single_message_is_split_as_itself() -> None:
    (message,) = split_messages(b"\xef\xbb\xbf" + ADMISSION)
    assert message.to_bytes() == b"\xef\xbb\xbf" + ADMISSION
    assert parse_batch(b"\r\n " + ADMISSION + b"\n\n").is_single
    with pytest.raises(WorkbenchError):
        split_messages(b"hello world")


@pytest.mark.parametrize("bad", [b"MSH\rPID|1\r", b"PID|1||7\rPV1|1\r", b"MSH", b"hello world\r", b"\xff\xfe\x00\r"])
def test_message_that_cannot_be_read_does_not_lose_its_neighbours(bad: bytes) -> None:
    before = b"BHS|^~\\&\r" + ADMISSION + b"BTS|1\rBHS|^~\\&\r"
    data = before + bad.ljust(4, b"\r") + SECOND + b"BTS|2\r"
    batch = parse_batch(data)
    assert control_ids(batch) == ["ADT0001", "", "ADT0099"]
    assert batch.to_bytes() == data
    (broken,) = (piece for piece in batch.messages if piece.trouble)
    assert broken.trouble is not None and broken.trouble.line == broken.line
    assert broken.offset == len(before)
    assert batch.issues == ()


@pytest.mark.parametrize(
    ("trailers", "said"),
    [
        (b"BTS|3\rFTS|1\r", ["BTS-1 says 3 where there are 2 messages."]),
        (b"BTS|two\rFTS|1\r", ["BTS-1 says two where there are 2 messages."]),
        (b"BTS|2\rFTS|4\r", ["FTS-1 says 4 where there is 1 batch."]),
        (b"BTS\rFTS||\r", []),
        (b"BTS|02|a\rFTS|1\r", []),
        (b"FTS|1\r", ["This batch has no BTS that ends it, so that its messages cannot be counted."]),
    ],
)
def test_counts_of_trailers_are_held_against_what_is_there(trailers: bytes, said: list[str]) -> None:
    issues = parse_batch(b"FHS|^~\\&\rBHS|^~\\&\r" + ADMISSION + SECOND + trailers).issues
    assert [issue.message for issue in issues] == said
    assert all(issue.line for issue in issues)


def test_count_of_an_empty_batch_and_of_messages_without_a_batch_header() -> None:
    assert parse_batch(b"BHS|^~\\&\rBTS|0\r").issues == ()
    assert parse_batch(b"FHS|^~\\&\r" + ADMISSION + b"FTS|1\r").issues == ()
    assert [issue.path for issue in parse_batch(b"BHS|^~\\&\rBTS|1\r").issues] == ["BTS-1"]


def test_line_feed_within_a_segment_does_not_end_a_message_of_carriage_returns() -> None:
    first = b"MSH|^~\\&||||||||1\rOBX|1|TX|||one\nMSHA is a word\n# not a comment"
    batch = parse_batch(first + b"\rMSH|^~\\&||||||||2\r")
    assert batch.messages[0].data == first + b"\r"
    assert control_ids(batch) == ["1", "2"]


def test_cut_at_every_byte_gives_every_byte_back() -> None:
    for end in range(len(FILE)):
        batch = parse_batch(FILE[:end])
        assert batch.to_bytes() == FILE[:end]
        assert len(batch.messages) <= 3


def test_files_changed_at_random_lose_no_byte() -> None:
    chance = random.Random(8)  # noqa: S311 -- mutations, not secrets
    marks = [b"\r", b"\n", b"\x0b", b"\x1c", b"MSH", b"BTS|", b"FHS|", b"\xef\xbb\xbf", b"\xff\xfe", b"#", b"\x00"]
    for _ in range(2000):
        data = bytearray(chance.choice([FILE, ADMISSION + SECOND]))
        for _ in range(chance.randrange(1, 12)):
            place = chance.randrange(len(data))
            data[place : place + chance.randrange(4)] = chance.choice([*marks, chance.randbytes(2)])
        batch = parse_batch(bytes(data))
        assert batch.to_bytes() == data
        for piece in batch.messages:
            assert (piece.message is None) != (piece.trouble is None)
            assert piece.message is None or piece.message.to_bytes() == piece.data


def test_memory_grows_with_the_file_alone() -> None:
    def used(data: bytes) -> int:
        tracemalloc.start()
        parse_batch(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    small, large = used(ADMISSION * 200), used(ADMISSION * 2000)
    assert large < small * 15
    assert used(b"\r" * 400_000) < 40_000_000


def test_all_fixtures_in_one_file_are_found_again() -> None:
    read = [path.read_bytes() for path in FIXTURES if path.stem != "faulty-not-hl7"]
    batch = parse_batch(b"".join(read))
    assert [piece.data for piece in batch.messages] == read
    assert control_ids(batch) == [parse_message(data).control_id for data in read]


def test_what_is_split_at_a_glance_is_what_a_closer_look_finds() -> None:
    """A message alone is not cut first; whatever else may begin in it must be found all the same."""
    chance = random.Random(3)  # noqa: S311 # the same texts at each run
    pieces = [
        b"\r",
        b"\n",
        b"\x0b",
        b"\x1c",
        b" ",
        b"\t",
        b"\xef\xbb\xbf",
        b"MSH|",
        b"MSH",
        b"BHS|",
        b"FTS",
        b"PID|1",
        b"#",
    ]
    several = 0
    for _ in range(4000):
        data = b"MSH|^~\\&|A" + b"".join(chance.choices(pieces, k=chance.randrange(9)))
        batch = parse_batch(data)
        found = [piece.message for piece in batch.messages if piece.message]
        expected = [each.text for each in found] if found and not batch.is_single else [parse_message(data).text]
        assert [each.text for each in split_messages(data)] == expected, data
        several += len(expected) > 1
    assert several > 300


def test_a_message_of_megabytes_in_one_line_is_split_without_a_look_at_every_byte() -> None:
    data = ADMISSION + b"OBX|1|ED|A||^^^^" + b"QUJDREVGR0hJSktM" * 500_000 + b"\r"
    looking, splitting = [], []
    for _ in range(5):
        started = time.process_time()
        re.search(rb"[\r\n]MSH", data)
        looking.append(time.process_time() - started)
        started = time.process_time()
        split_messages(data)
        splitting.append(time.process_time() - started)
    assert min(splitting) < min(looking)
