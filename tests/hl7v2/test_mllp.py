import random
import tracemalloc

import pytest

from workbench.hl7v2.mllp import Frame, FrameReader, FramingFault, Room, frame_message

A, B = b"MSH|^~\\&|A\rPID|1\r", b"MSH|^~\\&|B\r"
Events = tuple[Frame | FramingFault, ...]


def read(data: bytes, size: int | None = None, limit: int = 1000) -> Events:
    reader = FrameReader(limit)
    size = size or max(len(data), 1)
    found = [event for start in range(0, len(data), size) for event in reader.feed(data[start : start + size])]
    return (*found, *reader.finish())


def tell(events: Events) -> list[tuple[str | bytes, int]]:
    return [(event.payload if isinstance(event, Frame) else event.kind, event.offset) for event in events]


CASES: list[tuple[str, bytes, list[tuple[str | bytes, int]]]] = [
    ("one frame", frame_message(A), [(A, 0)]),
    ("two frames", frame_message(A) + frame_message(B), [(A, 0), (B, len(A) + 3)]),
    ("an empty frame", b"\x0b\x1c\r", [(b"", 0)]),
    ("line ends between frames", b"\r\n" + frame_message(A) + b"\r\n\n" + frame_message(B), [(A, 2), (B, len(A) + 8)]),
    ("no start block", b"hello world", [("garbage", 0)]),
    ("garbage before a frame", b"xyz" + frame_message(A), [("garbage", 0), (A, 3)]),
    ("garbage between frames", frame_message(A) + b"zz\x1c\r" + frame_message(B), [(A, 0), ("garbage", 20), (B, 24)]),
    ("no end", b"\x0b" + A, [("truncated", 0)]),
    ("only a start block", b"\x0b", [("truncated", 0)]),
    ("only an end block", b"\x1c\r", [("garbage", 0)]),
    ("an end without carriage return", b"\x0b" + A + b"\x1c", [("no-carriage-return", 18)]),
    ("a second start", b"\x0bMSH|half\r\x0b" + A + b"\x1c\r", [("truncated", 0), (A, 10)]),
    ("a vertical tab in the text", b"\x0bMSH|a\x0bb\x1c\r", [(b"MSH|a\x0bb", 0)]),
    ("an end block in the text", b"\x0bMSH|a\x1cb\x1c\r", [(b"MSH|a\x1cb", 0)]),
    ("two end blocks", b"\x0bMSH|a\x1c\x1c\r", [(b"MSH|a\x1c", 0)]),
    ("binary", b"\x0b" + bytes(range(14, 28)) + b"\xff\x00\x1c\r", [(bytes(range(14, 28)) + b"\xff\x00", 0)]),
    ("too large", b"\x0b" + b"x" * 1001 + b"\x1c\r" + frame_message(A), [("too-large", 0), (A, 1004)]),
    ("just not too large", b"\x0b" + b"x" * 1000 + b"\x1c\r", [(b"x" * 1000, 0)]),
    ("too large without an end", b"\x0b" + b"x" * 5000, [("too-large", 0)]),
    ("nothing", b"", []),
]


@pytest.mark.parametrize(("data", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("size", [None, 1, 2, 3, 5, 64])
def test_stream_is_read_the_same_however_it_is_cut(
    data: bytes, expected: list[tuple[str | bytes, int]], size: int | None
) -> None:
    assert tell(read(data, size)) == expected


def test_every_cut_of_every_case_tells_the_same() -> None:
    for name, data, expected in CASES:
        for cut in range(len(data)):
            reader = FrameReader(1000)
            events = (*reader.feed(data[:cut]), *reader.feed(data[cut:]), *reader.finish())
            assert tell(events) == expected, (name, cut)


def test_fault_says_what_came_and_where() -> None:
    (fault,) = read(b"\r\nhello")
    assert isinstance(fault, FramingFault)
    assert (fault.offset, fault.received) == (2, b"hello")
    assert "byte 2" in fault.reason and "0x68 (“h”)" in fault.reason


def test_offsets_go_on_over_the_whole_connection() -> None:
    reader = FrameReader()
    reader.feed(frame_message(A) * 3)
    (fault,) = reader.feed(b"?")
    assert fault.offset == 3 * (len(A) + 3)


def test_frame_without_end_costs_no_more_memory_than_the_limit() -> None:
    reader = FrameReader(limit=200_000)
    chunk = b"x" * 10_000
    reader.feed(b"\x0b")
    tracemalloc.start()
    events = [event for _ in range(1000) for event in reader.feed(chunk)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [event.kind for event in events if isinstance(event, FramingFault)] == ["too-large"]
    assert peak < 2 * 200_000
    assert tell(reader.feed(b"\x1c\r" + frame_message(A)))[0][0] == A


def test_a_missing_carriage_return_can_be_given_up_on() -> None:
    reader = FrameReader()
    assert reader.feed(b"\x0bMSH|\x1c") == ()
    assert reader.ends_bare
    assert [fault.kind for fault in reader.settle()] == ["no-carriage-return"]
    assert reader.is_empty
    assert reader.settle() == ()
    assert tell(reader.feed(b"\r" + frame_message(A))) == [(A, 7)]


def test_ten_thousand_mutated_streams_lose_no_whole_frame_after_them_and_never_fail() -> None:
    rng = random.Random(7)  # noqa: S311 - the same mutations in every run
    for _ in range(10_000):
        data = bytearray(frame_message(A))
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(data))
            match rng.randrange(3):
                case 0:
                    data[place] = rng.choice((0x0B, 0x1C, 0x0D, rng.randrange(256)))
                case 1:
                    del data[place]
                case 2:
                    data.insert(place, rng.choice((0x0B, 0x1C, 0x0D, rng.randrange(256))))
        events = read(bytes(data) + b"\x1c\r" + frame_message(B))
        last = events[-1]
        assert isinstance(last, Frame) and last.payload.endswith(B)


def test_bytes_put_into_the_buffer_are_read_as_those_that_are_fed() -> None:
    for name, data, expected in CASES:
        reader, rest, events = FrameReader(1000), data, list[Frame | FramingFault]()
        while rest:
            space = reader.get_buffer()
            size = min(len(space), len(rest), 7)
            space[:size] = rest[:size]
            events.extend(reader.take(size))
            rest = rest[size:]
        assert tell((*events, *reader.finish())) == expected, name


def test_many_readers_share_a_room_and_give_back_what_they_took() -> None:
    room = Room(300_000)
    readers = [FrameReader(200_000, room) for _ in range(10)]
    events = [event for reader in readers for event in reader.feed(b"\x0b" + b"x" * 100_000)]
    refused = [event for event in events if isinstance(event, FramingFault)]
    assert room.taken <= room.limit
    assert 7 <= len(refused) < 10
    assert all(event.kind == "too-large" and "all connections together" in event.reason for event in refused)
    after = [tell(reader.feed(b"\x1c\r" + frame_message(A)))[-1][0] for reader in readers]
    assert after == [A] * 10
    for reader in readers:
        reader.close()
    assert room.taken == 0


def test_buffer_of_a_large_frame_is_kept_while_there_is_room_and_let_go_where_it_is_short() -> None:
    ample, short = Room(10_000_000), Room(300_000)
    for room in (ample, short):
        reader = FrameReader(room=room)
        reader.feed(frame_message(b"x" * 100_000))
    assert ample.taken > 100_000
    assert short.taken == 0
