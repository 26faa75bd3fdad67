import random
import time
from datetime import UTC, datetime

import pytest

from workbench.errors import WorkbenchError
from workbench.hl7v2.acknowledgment import make_acknowledgment
from workbench.hl7v2.character_set import CharacterSet, codecs_of
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, load_dictionary
from workbench.hl7v2.message import Message, parse_message


def make_data(declared: str, body: bytes) -> bytes:
    return b"MSH|^~\\&" + b"|" * 16 + declared.encode() + b"\rPID|1||1||" + body + b"\rNTE|1||plain\r"


def read(declared: str, body: bytes) -> Message:
    """The message, once it has shown that it gives its bytes back."""
    data = make_data(declared, body)
    message = parse_message(data)
    assert message.to_bytes() == data
    assert message.get("NTE-3") == "plain"
    return message


@pytest.mark.parametrize("declared", ["ISO IR87", "~ISO IR87", "ASCII~ISO IR87", "~ISO IR14~ISO IR87", "JIS X 0202"])
def test_japanese_in_seven_bits_is_read_by_any_repetition_that_names_it(declared: str) -> None:
    message = read(declared, "山田^太郎".encode("iso2022_jp"))
    assert message.get("PID-5.1") == "山田"
    assert message.get("PID-5.2") == "太郎"
    assert message.character_set.describe() == (
        "Read as ASCII with the escape sequences of ISO 2022, since MSH-18 names "
        + " and ".join(name for name in declared.split("~") if name)
        + "."
    )


@pytest.mark.parametrize(
    ("declared", "body", "value"),
    [
        ("~ISO IR87", b"\x1b$B;3ED\x1b(J^x", "山田"),
        ("~ISO IR87", b"\x1b$B;3\x1b$BED\x1b(B\x1b(B^x", "山田"),
        ("~ISO IR87~ISO IR159", b"\x1b$(D0!\x1b(B^x", "丂"),
        ("~ISO IR13", b"\x1b)I\xb1\xb2^x", "ｱｲ"),
        ("ISO IR13~ISO IR87", b"\x1b(I12\x1b(B^x", "ｱｲ"),
        ("ASCII~KS X 1001", b"\x1b$)C" + "김희중".encode("euc_kr") + b"^x", "김희중"),
        ("8859/1~8859/5", b"\xe9 \x1b-L\xd0\xd1\x1b-A\xe9^x", "é аб\u00e9"),
        ("8859/1~8859/15", b"\x1b-b\xa4^x", "€"),
        # A vertical bar and a circumflex are halves of these letters.
        ("~ISO IR87", b"\x1b$B!^!|\x1b(B^x", b"\x1b$B!^!|\x1b(B".decode("iso2022_jp")),
    ],
)
def test_sets_that_escape_sequences_turn_to_are_read(declared: str, body: bytes, value: str) -> None:
    message = read(declared, body)
    assert message.character_set.undecoded == ()
    assert message.get("PID-5.2") == "x"
    assert message.get("PID-5.1") == value


def test_set_of_an_escape_sequence_ends_with_its_line() -> None:
    message = read("~ISO IR87", b"\x1b$B;3ED")
    assert message.get("PID-5.1") == "山田"


def test_letters_of_a_further_set_are_written_with_its_escape_sequences() -> None:
    message = read("~ISO IR87~ISO IR13", b"x").set("PID-5.1", "山a田 ｱ")
    assert message.get("PID-5.1") == "山a田 ｱ"
    assert b"|\x1b$B;3\x1b(Ba\x1b$BED\x1b(B \x1b)I\xb1\r" in message.to_bytes()
    assert parse_message(message.to_bytes()).get("PID-5.1") == "山a田 ｱ"
    with pytest.raises(WorkbenchError, match="MSH-18"):
        message.set("PID-5.1", "김")


def test_letters_whose_escape_sequence_was_overwritten_get_their_own() -> None:
    message = read("~ISO IR87", b"\x1b)Ix^y\xb1^\x1b$B;3\x1b(B")
    changed = message.set("PID-5.1", "z").to_bytes()
    assert changed == make_data("~ISO IR87", b"z^y\x1b(I1\x1b(B^\x1b$B;3\x1b(B")
    assert parse_message(changed).get("PID-5.2") == "yｱ"


def test_escape_bytes_without_a_declared_set_are_kept() -> None:
    data = b"MSH|^~\\&|A\rPID|1||\x1b$B;3\x1b(B\r"
    assert parse_message(data).to_bytes() == data
    assert parse_message(data).codec == "utf-8"


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("8859/1", "iso8859-1", "Müller"),
        ("8859/2", "iso8859-2", "Łódź"),
        ("8859/3", "iso8859-3", "ħ"),
        ("8859/4", "iso8859-4", "ķ"),
        ("8859/5", "iso8859-5", "Иван"),
        ("8859/6", "iso8859-6", "علي"),
        ("8859/7", "iso8859-7", "Ωμέγα"),
        ("8859/8", "iso8859-8", "שלום"),
        ("8859/9", "iso8859-9", "Çağ"),
        ("8859/15", "iso8859-15", "5 €"),
        ("UNICODE UTF-8", "utf-8", "Zoë 山 𠮷"),
        ("UNICODE", "utf-8", "Zoë"),
        ("GB 18030-2000", "gb18030", "张𠮷"),
        ("BIG-5", "big5", "許功蓋"),
        ("KS X 1001", "euc_kr", "김희중"),
        ("KS X 1001", "cp949", "똠방"),
    ],
)
def test_set_that_table_0211_names_is_read_and_written(declared: str, codec: str, text: str) -> None:
    message = read(declared, text.encode(codec))
    assert message.get("PID-5") == text
    assert message.character_set == CharacterSet((declared,), codec, "MSH-18")
    assert message.character_set.agrees
    if codec != "cp949":  # What is typed goes out in the set itself, which writes these letters in parts.
        assert parse_message(message.text).to_bytes() == message.to_bytes()


@pytest.mark.parametrize(
    ("declared", "written", "value"),
    [
        ("GB 18030-2000", b"\\XD5C5\\", "张"),
        ("8859/2", b"\\XA3\\", "Ł"),
        ("8859/1", b"\\XC3A9\\", "Ã©"),
        ("UNICODE UTF-8", b"\\XC3A9\\ \\XE9\\", "é é"),
        ("", b"\\XC3A9\\ \\XE9\\", "é é"),
        ("~ISO IR87", b"\\XC3A9\\", "é"),
    ],
)
def test_bytes_in_an_escape_are_of_the_set_of_the_message(declared: str, written: bytes, value: str) -> None:
    assert read(declared, written).get("PID-5") == value


def test_second_byte_that_looks_like_a_delimiter_is_half_a_letter() -> None:
    body = "功能^許蓋".encode("big5")
    assert b"\\" in body
    assert read("BIG-5", body).get("PID-5.2") == "許蓋"


def test_every_set_of_table_0211_is_known_but_one() -> None:
    names = set[str]()
    for version in KNOWN_VERSIONS:
        if found := load_dictionary(version).table("0211"):
            names |= set(found[1])
    assert len(names) > 20
    assert {name for name in names if not codecs_of(name)} == {"CNS 11643-1992"}
    message = read("CNS 11643-1992", "é".encode())
    assert message.character_set.unknown == ("CNS 11643-1992",)
    assert message.character_set.describe() == (
        "Read as UTF-8, since that is what the bytes are, though MSH-18 names CNS 11643-1992."
    )


@pytest.mark.parametrize(
    ("declared", "body", "codec", "reason", "agrees"),
    [
        ("", b"Mueller", "utf-8", "ASCII", True),
        ("", "Müller".encode(), "utf-8", "UTF-8", True),
        ("", b"M\xfcller", "cp1252", "guess", True),
        ("", b"M\xfcller \x81", "iso8859-1", "guess", True),
        ("ASCII", b"Mueller", "ascii", "MSH-18", True),
        ("ASCII", "Müller".encode(), "utf-8", "UTF-8", False),
        ("ASCII", b"M\xfcller", "cp1252", "guess", False),
        ("UNICODE UTF-8", b"M\xfcller", "cp1252", "guess", False),
        ("8859/1", "Müller".encode(), "iso8859-1", "MSH-18", True),
        ("8859/99", "Müller".encode(), "utf-8", "UTF-8", False),
        ("~ISO IR87", "Müller".encode(), "utf-8", "UTF-8", False),
    ],
)
def test_choice_is_told_with_its_reason(declared: str, body: bytes, codec: str, reason: str, agrees: bool) -> None:
    found = read(declared, body).character_set
    assert (found.codec, found.reason, found.agrees) == (codec, reason, agrees)


@pytest.mark.parametrize(
    ("declared", "body", "shown", "bad"),
    [
        ("UNICODE UTF-8", "Zoë Müll".encode() + b"\xc3", "Zoë Müll", [0xC3]),
        ("", "Zoë Müll".encode() + b"\xc3", "Zoë Müll", [0xC3]),
        ("GB 18030-2000", "张三".encode("gb18030") + b"\x81", "张三", [0x81]),
        ("8859/3", "ħħ".encode("iso8859-3") + b"\xa5", "ħħ", [0xA5]),
        ("~ISO IR87", b"\x1b$B;3ED\x7e\x7e\x1b(B", "山田", [0x7E, 0x7E]),
    ],
)
def test_bytes_of_no_letter_are_kept_and_their_places_told(
    declared: str, body: bytes, shown: str, bad: list[int]
) -> None:
    message = read(declared, body)
    data = message.to_bytes()
    assert (message.get("PID-5") or "").startswith(shown)
    assert [data[offset] for offset in message.character_set.undecoded] == bad
    assert [message.locate(offset) for offset in message.find_undecoded()] == ["PID-5"] * len(bad)
    assert f"{len(bad)} byte" in message.character_set.describe()
    changed = message.set("PID-3", "42").delete("NTE")
    assert changed.to_bytes() == data.replace(b"||1||", b"||42||").replace(b"NTE|1||plain\r", b"")
    assert [changed.to_bytes()[offset] for offset in changed.character_set.undecoded] == bad
    assert changed.set("PID-5", "x").character_set.undecoded == ()
    assert changed.set("PID-5", "x").to_bytes() == parse_message(changed.set("PID-5", "x").to_bytes()).to_bytes()


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_unicode_is_known_by_its_mark_or_its_first_bytes(codec: str) -> None:
    text = "MSH|^~\\&" + "|" * 16 + "UNICODE " + codec[:6].upper() + "\rPID|1||1||Zoë 𠮷\r"
    for bom in ("\ufeff", ""):
        data = (bom + text).encode(codec)
        message = parse_message(data)
        assert message.to_bytes() == data
        assert message.get("PID-5") == "Zoë 𠮷"
        assert message.character_set.reason == ("byte order mark" if bom else "first bytes")
        assert message.character_set.agrees
        assert message.set("PID-5", "ü").to_bytes() == (bom + text.replace("Zoë 𠮷", "ü")).encode(codec)
        cut = data[:-1]
        assert parse_message(cut).to_bytes() == cut
        assert (parse_message(cut).get("PID-5") or "").startswith("Zoë 𠮷")


def test_what_is_added_to_ascii_is_written_in_what_the_header_names() -> None:
    message = parse_message(make_data("8859/1", b"x"))
    assert message.set("PID-5", "é").to_bytes() == make_data("8859/1", b"\xe9")
    assert parse_message(make_data("", b"x")).set("PID-5", "é").to_bytes() == make_data("", "é".encode())
    with pytest.raises(WorkbenchError, match=r"“é” cannot be written in ASCII.*"):
        parse_message(make_data("ASCII", b"x")).set("PID-5", "é")


def test_setting_msh_18_writes_the_whole_message_in_that_set() -> None:
    message = parse_message(make_data("8859/1", b"\xe9")).set("MSH-18", "UNICODE UTF-8")
    assert message.to_bytes() == make_data("UNICODE UTF-8", "é".encode())
    both = parse_message(make_data("ASCII", b"x")).set_all({"MSH-18": "UNICODE UTF-8", "PID-5": "é"})
    assert both.to_bytes() == make_data("UNICODE UTF-8", "é".encode())
    with pytest.raises(WorkbenchError, match="8859/5"):
        message.set("MSH-18", "8859/5")


@pytest.mark.parametrize("declared", ["GB 18030-2000", "BIG-5"])
@pytest.mark.parametrize("before", [b"", b"\xa4\xa4\xa4\xe5"])
def test_a_change_that_would_make_a_letter_of_half_of_one_is_refused(declared: str, before: bytes) -> None:
    half = before + b"\xe9"
    message = read(declared, half)
    for path in ("PID-5.2", "PID-6"):
        with pytest.raises(WorkbenchError, match=r"would be read as one together with what comes behind them"):
            message.set(path, "A")
    assert message.set("PID-5", "X").set("PID-6", "A").to_bytes() == make_data(declared, b"X|A")
    assert message.set("PID-3", "7").to_bytes() == make_data(declared, half).replace(b"|1||1|", b"|1||7|")


def test_answer_is_written_in_the_sets_of_the_message() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    for declared, body in [("~ISO IR87", b"\x1b$B;3ED\x1b(B"), ("8859/1", b"\xe9"), ("UNICODE UTF-8", "山".encode())]:
        message = read(declared, body)
        answer = make_acknowledgment(message, "AE", text="山 é", control_id="1", now=now, application="A", facility="B")
        assert parse_message(answer).get("MSA-3") in ("山 ?", "? é", "山 é")
        assert parse_message(answer).character_set.agrees


def test_every_byte_survives_whatever_set_is_declared() -> None:
    chance = random.Random(211)  # noqa: S311 -- mutations, not secrets
    names = ["ASCII", "8859/3", "UNICODE UTF-8", "GB 18030-2000", "BIG-5", "KS X 1001", "~ISO IR87", "8859/1~8859/5"]
    marks = [b"\x1b$B", b"\x1b(B", b"\x1b)I", b"\x1b-L", b"\x1b", b"\r", b"\xef\x9f\xa9", b"\xff\xfe", b"\x8f\xa1\xa1"]
    for _ in range(3000):
        body = b"".join(chance.choice(marks) if chance.random() < 0.3 else chance.randbytes(3) for _ in range(12))
        data = make_data(chance.choice(names), body)
        message = parse_message(data)
        assert message.to_bytes() == data, data
        undecoded = message.character_set.undecoded
        assert len(undecoded) == len(message.find_undecoded()), data
        kept = [ord(message.text[place]) - 0xF700 for place in message.find_undecoded()]
        assert [data[offset] for offset in undecoded] == kept, data


@pytest.mark.parametrize("declared", ["", "UNICODE UTF-8", "GB 18030-2000", "~ISO IR87", "ASCII"])
def test_much_that_is_no_text_is_read_in_time(declared: str) -> None:
    noise = random.Random(1).randbytes(200_000)  # noqa: S311 -- mutations, not secrets
    clock = time.process_time()
    data = make_data(declared, noise)
    assert parse_message(data).to_bytes() == data
    assert time.process_time() - clock < 4
