import pytest

from workbench.hl7v2.message_log import is_log, read_log

HEADER = rb"MSH|^~\&|LAB|A|||20260302||ORU^R01|%s|P|2.5.1"
FIRST = HEADER % b"C1" + b"\rPID|1||100001\rOBX|1|TX|N||a MSH of text\r"
SECOND = HEADER % b"C2" + b"\rPID|1||100002\r"


def lines_of(message: bytes) -> bytes:
    return message.replace(b"\r", b"\n")


@pytest.mark.parametrize("mark", [b"<CR>", b"[CR]", b"{CR}", rb"\r", rb"\x0D", b"<cr>", b"&#13;"])
def test_a_message_in_one_line_has_its_carriage_returns_again(mark: bytes) -> None:
    log = (
        b"2026-03-02 09:00:00 INFO sent: "
        + FIRST.replace(b"\r", mark)
        + b"\n09:00:01 sent: "
        + SECOND.replace(b"\r", mark)
        + b"\nend\n"
    )
    assert is_log(log)
    assert [piece.data for piece in read_log(log)] == [FIRST, SECOND]
    assert [piece.line for piece in read_log(log)] == [1, 2]


def test_a_message_of_lines_ends_where_the_words_of_the_log_begin() -> None:
    log = b"09:00 [INFO] out " + lines_of(FIRST) + b"09:01 acknowledged\nPID-5 was odd\n09:02 out " + lines_of(SECOND)
    assert [piece.data for piece in read_log(log)] == [FIRST, SECOND]
    assert [piece.line for piece in read_log(log)] == [1, 6]


def test_a_message_with_its_own_carriage_returns_is_one_line() -> None:
    log = b"09:00 " + FIRST + b"\n09:01 nothing\n09:02 " + SECOND + b"\n"
    assert [piece.data for piece in read_log(log)] == [FIRST, SECOND]


def test_a_message_in_a_frame_ends_with_it() -> None:
    log = b"-> \x0b" + FIRST + b"\x1c\r\n<- \x0b" + SECOND + b"\x1c\r\n"
    assert [piece.data for piece in read_log(log)] == [FIRST, SECOND]


def test_quotation_marks_around_a_message_are_not_of_it() -> None:
    log = b'{"at": 1, "hl7": "' + SECOND.replace(b"\r", rb"\r").rstrip() + b'"}\n'
    (piece,) = read_log(log)
    assert piece.data.startswith(b"MSH") and piece.message is not None and piece.message.get("PID-3") == "100002"


def test_words_above_the_first_message_or_before_a_later_one_make_a_log() -> None:
    above = b"2026-03-02 09:00 received\n" + lines_of(FIRST) + b"\n---\n09:01 received\n" + lines_of(SECOND)
    later = lines_of(FIRST) + b"09:01 INFO sent " + lines_of(SECOND)
    for log in (above, later):
        assert is_log(log)
        assert [piece.data for piece in read_log(log)] == [FIRST, SECOND]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PID|1||7\r" + FIRST,
        b"FHS|^~\\&|A\rBHS|^~\\&|B\r" + FIRST + SECOND + b"BTS|2\rFTS|1\r",
        FIRST + b"OBX|2|TX|N||MSH|^~\\&|A|B\r" + SECOND,
        FIRST,
        b"\xef\xbb\xbf" + FIRST,
        b"\r\n\r\n" + FIRST,
        b"# MSH|^~\\&| is how it starts\r" + FIRST,
        b"\x0b" + FIRST + b"\x1c\r",
        b"  " + FIRST,
        b"words and no message",
    ],
)
def test_a_file_of_messages_is_no_log(data: bytes) -> None:
    assert not is_log(data)


def test_a_message_that_cannot_be_read_keeps_none_from_being_found() -> None:
    log = b"x MSH|^~\\&|A|B|\xff\xfe|||ADT^A01|C9|P|2.5.1\ny " + lines_of(SECOND)
    assert [piece.message is not None for piece in read_log(log)][1]
