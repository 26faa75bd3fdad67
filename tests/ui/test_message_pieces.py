"""The messages of a text that holds several."""

from __future__ import annotations

import pytest

from ui.models.message_pieces import describe_pieces, find_pieces, number_at
from ui.models.message_reading import MessageReading, read_message

ONE = "MSH|^~\\&|A|B|C|D|1||ADT^A01|{}|P|2.5.1\nPID|1||7^^^H||Okafor^Amara\n"


@pytest.mark.parametrize(
    "text", ["", "hello", ONE.format(1), "FHS|^~\\&\n" + ONE.format(1) + "FTS|1\n", "MSH\n" + ONE.format(1)]
)
def test_a_text_of_one_message_or_none_is_one_piece(text: str) -> None:
    assert find_pieces(text) == ((0, len(text)),)


def test_each_message_ends_where_the_next_or_its_batch_does() -> None:
    first, second, third = (ONE.format(number) for number in (1, 2, 3))
    text = f"FHS|^~\\&\nBHS|^~\\&\n{first}\x0b{second}BTS|2\n{third}FTS"
    pieces = [text[start:end] for start, end in find_pieces(text)]
    assert pieces == [first, f"\x0b{second}", third]
    assert [number_at(find_pieces(text), offset) for offset in (0, text.index("|2|P"), len(text))] == [0, 1, 2]


def test_a_header_that_is_not_one_yet_does_not_stop_what_stands_around_it() -> None:
    text = ONE.format(1) + "MSH\n" + ONE.format(2)
    assert len(find_pieces(text)) == 2
    for word, control_id in (("|1|P", "1"), ("|2|P", "2")):
        reading = read_message(text, text.index(word))
        assert isinstance(reading, MessageReading)
        assert reading.message.control_id == control_id


def test_each_is_told_by_its_type_control_id_and_patient() -> None:
    text = ONE.format("A1") + "\n" + ONE.format("A2").replace("ADT^A01", "")
    assert describe_pieces(text, find_pieces(text)) == (
        ("ADT^A01", "A1 · 7 · Okafor · Amara", 1),
        ("no type", "A2 · 7 · Okafor · Amara", 4),
    )
