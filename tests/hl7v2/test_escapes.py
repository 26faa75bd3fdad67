import pytest

from workbench.hl7v2.escapes import EncodingCharacters, escape_text, read_encoding, unescape_text
from workbench.hl7v2.message import parse_message


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("\\F\\\\S\\\\T\\\\R\\\\E\\", "|^&~\\"),
        ("a\\.br\\b", "a\nb"),
        ("a\\.sp2\\b", "a\n\nb"),
        ("\\X0D0A\\", "\r\n"),
        ("\\XC3A9\\", "é"),
        ("\\XE9\\", "é"),
        ("\\XZZ\\", "\\XZZ\\"),
        ("\\H\\bold\\N\\", "bold"),
        ("a\\.sp\\b", "a\nb"),
        ("a\\.sp+3\\b", "a\n\n\nb"),
        ("a\\.sp 2\\b", "a\n\nb"),
        ("a\\.sk 3\\b\\.sk\\c", "a   b c"),
        ("\\.fi\\a\\.nf\\b", "ab"),
        ("\\.in+4\\a\\.br\\b\\.in-2\\\\.br\\c", "    a\n    b\n  c"),
        ("a\\.br\\\\.ti 3\\b\\.br\\c", "a\n   b\nc"),
        ("a\\.ce\\b", "a\nb"),
        ("\\.br2\\ \\.in\\ \\.sp-1\\ \\.xx\\ \\.sp9999\\", "\\.br2\\ \\.in\\ \\.sp-1\\ \\.xx\\ \\.sp9999\\"),
        ("\\M2442\\;3ED\\C2842\\ok", "山田ok"),
        ("\\M2442\\;3ED", "山田"),
        ("\\C2D4C\\\xd0", "а"),
        ("\\C9999\\ \\M24\\ \\CXX42\\", "\\C9999\\ \\M24\\ \\CXX42\\"),
        ("\\P\\", "\\P\\"),
        ("\\h\\ \\Q\\", "\\h\\ \\Q\\"),
        ("C:\\temp", "C:\\temp"),
        ("50\\", "50\\"),
        ("\\Zlocal\\ \\T\\", "\\Zlocal\\ &"),
    ],
)
def test_escapes_are_read(written: str, read: str) -> None:
    assert unescape_text(written) == read


def test_escaped_text_reads_back_as_it_was() -> None:
    text = "".join(chr(code) for code in range(32, 400)) + "\\T\\ \\X41\\ \\.br\\"
    assert unescape_text(escape_text(text)) == text


def test_truncation_is_read_where_the_header_names_its_character() -> None:
    assert unescape_text("a\\P\\b#", read_encoding("|", "^~\\&#")) == "a#b#"


def test_escapes_stay_in_a_message_until_their_place_is_set() -> None:
    text = "MSH|^~\\&\rOBX|1|FT|||\\H\\a\\N\\\\.br\\b\\Zx\\|\\X41\\\r"
    message = parse_message(text)
    assert message.get("OBX-5") == "a\nb\\Zx\\"
    assert message.set("OBX-1", "2").text == text.replace("OBX|1", "OBX|2")
    assert message.set("OBX-6", "A").text == text.replace("\\X41\\", "A")


def test_delimiters_of_its_own_are_escaped() -> None:
    own = EncodingCharacters("#", "*", "+", "!", "%")
    assert escape_text("a#b*c+d!e%f|^~\\&", own) == "a!F!b!S!c!R!d!E!e!T!f|^~\\&"
    assert unescape_text(escape_text("a#b*c+d!e%f|^~\\&", own), own) == "a#b*c+d!e%f|^~\\&"
    assert escape_text("a|b", read_encoding("|", "^")) == "a|b"
