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
    ("declared", "body", "shown"),
    [
        ("GB 18030-2000", "张三".encode("gb18030"), "张三"),
        ("8859/2", "Łódź".encode("iso8859-2"), "Łódź"),
        ("~ISO IR87", "山田".encode("iso2022_jp"), "山田"),
        ("UNICODE UTF-8", "Zoë".encode() + b"\xc3", "Zoë"),
    ],
)
def test_a_message_is_shown_and_edited_in_its_own_character_set(declared: str, body: bytes, shown: str) -> None:
    data = b"MSH|^~\\&" + b"|" * 16 + declared.encode() + b"\rPID|1||1||" + body + b"\r"
    wire = read_wire_text(data, line_end="\n")
    assert shown in wire.shown
    assert wire.to_bytes(wire.shown) == data
    assert wire.to_bytes(wire.shown.replace("|1||1|", "|1||2|")) == data.replace(b"|1||1|", b"|1||2|")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_message_in_wide_unicode_is_edited_as_that(codec: str, mark: str) -> None:
    data = (mark + "MSH|^~\\&|Zoë\rPID|1\r").encode(codec)
    wire = read_wire_text(data, line_end="\n")
    assert wire.shown == mark + "MSH|^~\\&|Zoë\nPID|1\n"
    assert wire.to_bytes(wire.shown.replace("ë", "e")) == (mark + "MSH|^~\\&|Zoe\rPID|1\r").encode(codec)


def test_a_message_that_is_typed_or_whose_msh_18_is_edited_goes_out_in_what_that_names() -> None:
    text = "MSH|^~\\&" + "|" * 16 + "8859/1\nPID|é\n"
    assert WireText("", None, "\r").to_bytes(text) == text.replace("\n", "\r").encode("latin-1")
    wire = read_wire_text(text.encode("latin-1"), line_end="\n")
    edited = wire.shown.replace("8859/1", "UNICODE UTF-8")
    assert wire.to_bytes(edited) == edited.encode()


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
