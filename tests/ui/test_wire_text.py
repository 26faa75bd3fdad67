"""Wire text keeps bytes that nobody edited."""

from __future__ import annotations

import pytest

from ui.models.wire_text import (
    WireText,
    describe_size,
    find_line_end,
    from_utf16,
    read_wire_text,
    show_control_characters,
    to_utf16,
)


@pytest.mark.parametrize(
    "data",
    [b"", b"MSH|^~\\&|A\rPID|1\r", b"MSH|\r\nPID|\nZZZ|\r", b"\x00\x0b\x1c\xff\xfe", b"caf\xe9\r", "Zoë 😀\r".encode()],
)
def test_bytes_that_nobody_edited_go_out_as_they_were(data: bytes) -> None:
    wire = read_wire_text(data, line_end="\r")
    assert wire.to_bytes(wire.shown) == data


def test_typed_lines_go_out_with_the_documents_line_end() -> None:
    assert WireText("", None, "\r").to_bytes("MSH|\nPID|\n") == b"MSH|\rPID|\r"


def test_an_edited_file_keeps_its_line_end_and_its_charset() -> None:
    wire = read_wire_text(b"MSH|caf\xe9\r\nPID|\r\n", line_end="\r")
    assert wire.to_bytes(wire.shown + "ZZZ|\n") == b"MSH|caf\xe9\r\nPID|\r\nZZZ|\r\n"


def test_a_letter_outside_the_files_charset_turns_it_to_utf_8() -> None:
    wire = read_wire_text(b"MSH|\xe9", line_end="\r")
    assert wire.to_bytes("MSH|ł") == "MSH|ł".encode()


@pytest.mark.parametrize(
    ("text", "end"), [("a\rb\rc\n", "\r"), ("a\nb", "\n"), ("a\r\nb\r\nc\r", "\r\n"), ("a\rb\n", "\r"), ("none", None)]
)
def test_the_line_end_most_lines_have_is_found(text: str, end: str | None) -> None:
    assert find_line_end(text) == end


def test_control_characters_are_seen() -> None:
    assert show_control_characters(b"A\rB\r\nC\n\x0b\x1c\xff") == "A␍\nB␍␊\nC␊\n␋␜\\xff"


def test_what_is_past_the_limit_is_counted() -> None:
    assert show_control_characters(b"x" * 1500, limit=500) == "x" * 500 + "\n… 1,000 more bytes"


def test_positions_count_utf_16_units_as_qt_does() -> None:
    text = "a😀b😀c"
    assert [to_utf16(text, offset) for offset in range(6)] == [0, 1, 3, 4, 6, 7]
    assert [from_utf16(text, position) for position in (0, 1, 3, 4, 6, 7)] == [0, 1, 2, 3, 4, 5]


def test_sizes_are_words() -> None:
    assert [describe_size(n) for n in (0, 1, 1023, 2048, 3_145_728)] == [
        "0 bytes", "1 byte", "1023 bytes", "2.0 KB", "3.0 MB",
    ]  # fmt: skip
