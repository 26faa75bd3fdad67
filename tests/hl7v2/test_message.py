import time
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.hl7v2.message import parse_message, parse_path

ROOT = Path(__file__).parents[2]
FIXTURES = sorted((ROOT / "fixtures" / "messages").glob("*.hl7"))
SHARED = ROOT.parent / "shared" / "data" / "hl7v2-messages"
ADMISSION = (ROOT / "fixtures" / "messages" / "adt-a01-admission.hl7").read_bytes()
SAMPLE = parse_message(
    "MSH|^~\\&|A|B^1.2|||2026||ADT^A08|C1|P|2.5.1\r"
    "PID|1||1^^^X&1.2&ISO^MR~2||O\\T\\K&van^Am\\S\\a||19840312|\r"
    "OBX|1|TX|a||first\r"
    'OBX|2|TX|b||""\r'
)


@pytest.mark.usefixtures("settled_heap")
def test_time_to_read_all_repetitions_grows_with_their_number_alone() -> None:
    def read(count: int) -> float:
        message = parse_message("MSH|^~\\&|A\rPID|1||" + "~".join(f"{number}^^^A&B" for number in range(count)) + "\r")
        clock = time.process_time()
        assert len(message.get_all("PID-3.1")) == len(message.get_all("PID-3.4.2")) == count
        return time.process_time() - clock

    read(100)
    assert read(20_000) < 40 * read(1_000) + 0.1


@pytest.mark.parametrize(
    "path", [path for path in FIXTURES if path.stem != "faulty-not-hl7"], ids=lambda path: path.stem
)
def test_fixture_comes_back_byte_for_byte_with_carriage_returns(path: Path) -> None:
    data = path.read_bytes()
    assert parse_message(data).to_bytes() == data
    assert data.endswith(b"\r") and b"\n" not in data


def test_public_messages_come_back_byte_for_byte_and_every_offset_has_a_place() -> None:
    if not SHARED.is_dir():
        pytest.skip("the folder of public HL7 v2 messages is not beside the checkout")
    for path in SHARED.iterdir():
        data = path.read_bytes()
        message = parse_message(data)
        assert message.to_bytes() == data
        assert message.type_name == path.stem.rsplit("-", 1)[0].replace("-", "^")
        for offset in range(0, len(message.text), 53):
            place = message.locate(offset)
            start, end = message.span(place) or (-1, -1)
            assert start <= offset <= end + 2, (path.name, offset, place)


@pytest.mark.parametrize(
    "header", ["MSH|^~\\&", "MSH#*~!%", "MSH|^~\\&#", "MSH$", "MSH|^", "MSH\t^~\\&", "MSH|&^~\\", "MSHa^~\\&"]
)
@pytest.mark.parametrize("line_end", ["\r", "\n", "\r\n", "\r\r", "\n\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_round_trip_keeps_delimiters_line_ends_and_byte_order_mark(header: str, line_end: str, bom: bytes) -> None:
    separator = header[3]
    text = f"{header}{separator}APP{line_end}PID{separator}1{separator}é{line_end}ZZ1{line_end}"
    data = bom + text.encode("utf-16-le" if bom == b"\xff\xfe" else "utf-8")
    message = parse_message(data)
    assert message.to_bytes() == data
    assert [segment.name for segment in message.segments] == ["MSH", "PID", "ZZ1"]
    assert message.get("MSH-3") == "APP"
    assert message.get("PID-2") == "é"


def test_delimiters_of_its_own_are_used_throughout() -> None:
    message = parse_message("MSH#*+!%#APP#FAC*1.2*ISO\rPID#1##7***X%1.2+8##A!S!B*C")
    assert message.get("MSH-4.2") == "1.2"
    assert message.get("PID-3[1].4.2") == "1.2"
    assert message.get("PID-3[2]") == "8"
    assert message.get("PID-5.1") == "A*B"


def test_header_without_all_delimiters_splits_by_those_it_has() -> None:
    message = parse_message("MSH|^\rPID|1||a~b&c^d\\T\\e")
    assert message.encoding.repetition == ""
    assert message.get("PID-3.1") == "a~b&c"
    assert message.get("PID-3.2") == "d\\T\\e"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("MSH-1", "|"),
        ("MSH-2", "^~\\&"),
        ("MSH-3", "A"),
        ("MSH-4.2", "1.2"),
        ("PID-3.1", "1"),
        ("PID-3", "1^^^X&1.2&ISO^MR~2"),
        ("PID-3[2]", "2"),
        ("PID-3[2].1", "2"),
        ("PID-3[2].1.1", "2"),
        ("PID-3[1].4.2", "1.2"),
        ("PID-5.1", "O\\T\\K&van"),
        ("PID-5.1.1", "O&K"),
        ("PID-5.2", "Am^a"),
        ("PID-8", None),
        ("PID-9", None),
        ("PID-3[3]", None),
        ("PID-7.2", None),
        ("OBX-5", "first"),
        ("OBX[2]-5", '""'),
        ("OBX[3]-5", None),
        ("PV1-2", None),
    ],
)
def test_value_at_path(path: str, value: str | None) -> None:
    assert SAMPLE.get(path) == value


def test_all_values_go_over_segments_and_repetitions() -> None:
    assert SAMPLE.get_all("PID-3.1") == ("1", "2")
    assert SAMPLE.get_all("OBX-5") == ("first", '""')
    assert SAMPLE.get_all("OBX[2]-3") == ("b",)
    assert SAMPLE.get_all("NK1-2") == ()


@pytest.mark.parametrize(
    "path", ["", "PID.5", "pid-5", "PID-0", "PID-5.0", "PID-5.1.1.1", "PID-3[0]", "PID-x", "PID-5-1"]
)
def test_what_is_no_path_is_refused_with_an_example(path: str) -> None:
    with pytest.raises(WorkbenchError, match=r"PID-5\.1"):
        parse_path(path)


@pytest.mark.parametrize("text", ["PID", "OBX[3]", "PID-5", "PID-3[2].4.2", "OBX[3]-5", "ZPD-1"])
def test_path_is_written_as_it_was_read(text: str) -> None:
    assert str(parse_path(text)) == text


@pytest.mark.parametrize(
    ("needle", "place"),
    [
        ("MSH", "MSH"),
        ("|^~", "MSH-1"),
        ("^~\\&|A", "MSH-2"),
        ("A|B", "MSH-3"),
        ("1.2|||", "MSH-4.2"),
        ("ISO^", "PID-3[1].4.3"),
        ("2||O", "PID-3[2]"),
        ("K&van", "PID-5.1.1"),
        ("van", "PID-5.1.2"),
        ("19840312", "PID-7"),
        ("first", "OBX[1]-5"),
        ("OBX|2", "OBX[2]"),
        ("\rOBX|2", "OBX[1]-5"),
    ],
)
def test_offset_is_located(needle: str, place: str) -> None:
    assert SAMPLE.locate(SAMPLE.text.index(needle)) == place


def test_span_is_the_place_of_the_path_in_the_text() -> None:
    start, end = SAMPLE.span("PID-3[1].4.2") or (0, 0)
    assert SAMPLE.text[start:end] == "1.2"
    start, end = SAMPLE.span("OBX[2]") or (0, 0)
    assert SAMPLE.text[start:end] == 'OBX|2|TX|b||""'
    assert SAMPLE.span("PID-30") is None
    assert SAMPLE.span("PID-8") == (SAMPLE.text.index("|\rOBX|1") + 1,) * 2


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("PID-7", "2000", "PID|1||1||2000"),
        ("PID-9", "x", "PID|1||1||||||x"),
    ],
)
def test_set_past_the_end_fills_with_fields(path: str, value: str, line: str) -> None:
    message = parse_message("MSH|^~\\&\rPID|1||1\rPV1|1")
    expected = line if path == "PID-9" else "PID|1||1||||2000"
    assert message.set(path, value).text == f"MSH|^~\\&\r{expected}\rPV1|1"


def test_several_places_are_set_in_one_go_as_one_after_another() -> None:
    values = {"PID-5.1": "a|b", "OBX[2]-5": "é", "OBX[3]-5[2]": "x", "OBX[4]-1": "4", "OBX[3]-1": "3", "MSH-10": "C2"}
    one_by_one = SAMPLE
    for path, value in values.items():
        one_by_one = one_by_one.set(path, value)
    assert SAMPLE.set_all(values) == one_by_one
    assert SAMPLE.set_all(values).segments == parse_message(one_by_one.text).segments
    assert [SAMPLE.set_all(values).get(path) for path in values] == list(values.values())
    assert SAMPLE.set_all({}) == SAMPLE
    with pytest.raises(WorkbenchError, match=r"OBX\[5\].*has 2 of OBX"):
        SAMPLE.set_all({"OBX[5]-1": "5", "OBX[3]-1": "3"})


@pytest.mark.parametrize("value", ["a|b", "a\rZZZ|1", "a\nNTE|1", "x"])
def test_raw_value_is_read_as_it_was_written(value: str) -> None:
    message = SAMPLE.set("PID-5", value, raw=True)
    assert message.segments == parse_message(message.text).segments
    assert message.get("PID-5") == parse_message(message.text).get("PID-5")
    assert [message.get(f"PID-{n}") for n in range(3, 9)] == [
        parse_message(message.text).get(f"PID-{n}") for n in range(3, 9)
    ]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("PID-3", "PID|1||||x^y&z||"),
        ("PID-3[1]", "PID|1||2^b^||x^y&z||"),
        ("PID-3[2]", "PID|1||1^a&c||x^y&z||"),
        ("PID-3.1", "PID|1||^a&c~2^b^||x^y&z||"),
        ("PID-3.2", "PID|1||1~2^b^||x^y&z||"),
        ("PID-3.2.2", "PID|1||1^a~2^b^||x^y&z||"),
        ("PID-3[2].2", "PID|1||1^a&c~2^^||x^y&z||"),
        ("PID-3[2].3", "PID|1||1^a&c~2^b||x^y&z||"),
        ("PID-5", "PID|1||1^a&c~2^b^||||"),
        ("PID-7", "PID|1||1^a&c~2^b^||x^y&z"),
        ("PID-3[3]", "PID|1||1^a&c~2^b^||x^y&z||"),
        ("PID-9", "PID|1||1^a&c~2^b^||x^y&z||"),
        ("PID-3.4", "PID|1||1^a&c~2^b^||x^y&z||"),
        ("PID[2]-1", "PID|1||1^a&c~2^b^||x^y&z||"),
        ("ZZZ", "PID|1||1^a&c~2^b^||x^y&z||"),
    ],
)
@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r"])
def test_deleted_place_leaves_what_is_beside_it(path: str, line: str, end: str) -> None:
    text = f"MSH|^~\\&{end}PID|1||1^a&c~2^b^||x^y&z||{end}PV1|1"
    message = parse_message(text).delete(path)
    assert message.text == f"MSH|^~\\&{end}{line}{end}PV1|1"
    assert message.segments == parse_message(message.text).segments


@pytest.mark.parametrize("path", ["PID-9", "PID-9[1]", "PID-3[3]", "PID-3.6", "PID-5.2.3", "OBX[2]-6.2", "MSH-30"])
def test_deleting_what_was_set_past_the_end_gives_the_message_back(path: str) -> None:
    message = parse_message(SAMPLE.text.replace("|\r", "\r"))
    assert message.set(path, "x").delete(path) == message.delete(path) == message


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_deleted_and_inserted_segments_take_their_line_end_with_them(end: str) -> None:
    message = parse_message(end.join(["MSH|^~\\&", "PID|1", "OBX|1", "OBX|2", ""]))
    without = message.delete("OBX[1]")
    assert without.text == end.join(["MSH|^~\\&", "PID|1", "OBX|2", ""])
    assert without.delete("OBX").find_segments("OBX") == ()
    again = without.insert("OBX|1", 2)
    assert [segment.text for segment in again.segments] == ["MSH|^~\\&", "PID|1", "OBX|1", "OBX|2"]
    assert [segment.text for segment in message.insert("NTE").segments][-1] == "NTE"
    assert [segment.text for segment in message.insert("NTE|1\r", at=99).segments][-1] == "NTE|1"


def test_header_is_not_deleted_and_nothing_is_inserted_before_it() -> None:
    with pytest.raises(WorkbenchError, match="MSH"):
        SAMPLE.delete("MSH")
    with pytest.raises(WorkbenchError, match="delimiters"):
        SAMPLE.delete("MSH-2")
    with pytest.raises(WorkbenchError, match="MSH"):
        SAMPLE.insert("NTE|1", 0)
    with pytest.raises(WorkbenchError, match="one by one"):
        SAMPLE.insert("NTE|1\rNTE|2", 1)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("PID-3[2]", "PID|1||1^a~x"),
        ("PID-3[3].2", "PID|1||1^a~~^x"),
        ("PID-3.4.2", "PID|1||1^a^^&x"),
        ("PID-3.1", "PID|1||x^a"),
        ("PID-3.2.2", "PID|1||1^a&x"),
        ("PID-3", "PID|1||x"),
    ],
)
def test_set_keeps_what_is_beside_it(path: str, line: str) -> None:
    assert parse_message("MSH|^~\\&\nPID|1||1^a\n").set(path, "x").text == f"MSH|^~\\&\n{line}\n"


def test_set_escapes_delimiters_and_get_reads_them_back() -> None:
    value = "a|b^c~d\\e&f\r\ng"
    message = SAMPLE.set("PID-5.2", value)
    assert message.get("PID-5.2") == "a|b^c~d\\e&f\ng"
    assert len(message.segments) == len(SAMPLE.segments)
    assert SAMPLE.set("MSH-9", "ORU^R01", raw=True).type_name == "ORU^R01"


def test_set_counts_header_fields_from_the_separator() -> None:
    message = SAMPLE.set("MSH-10", "NEW").set("MSH-18", "UNICODE UTF-8")
    assert message.control_id == "NEW"
    assert message.get("MSH-18") == "UNICODE UTF-8"


def test_set_adds_the_next_segment_with_the_line_end_of_the_message() -> None:
    assert SAMPLE.set("OBX[3]-5", "x").text.endswith("\rOBX|||||x\r")
    assert parse_message("MSH|^~\\&\nPID|1").set("ZZZ-1", "x").text == "MSH|^~\\&\nPID|1\nZZZ|x"
    with pytest.raises(WorkbenchError, match=r"OBX\[3\]"):
        SAMPLE.set("OBX[4]-5", "x")


@pytest.mark.parametrize("path", ["MSH-1", "MSH-2", "PID"])
def test_delimiters_and_whole_segments_are_not_set(path: str) -> None:
    with pytest.raises(WorkbenchError):
        SAMPLE.set(path, "x")


def test_latin_1_is_read_where_the_header_says_so_or_the_bytes_are_not_utf_8() -> None:
    declared = "MSH|^~\\&|||||||||||||||||8859/1\rPID|1||é".encode("latin-1")
    assert parse_message(declared).get("PID-3") == "é"
    silent = b"MSH|^~\\&\rPID|1||\xe9\x81\xff"
    assert parse_message(silent).get("PID-3") == "é\x81ÿ"
    assert parse_message(silent).to_bytes() == silent
    assert parse_message("MSH|^~\\&\rPID|1||é".encode()).get("PID-3") == "é"


def test_every_byte_survives_in_any_declared_character_set() -> None:
    for name in (
        "",
        "ASCII",
        "8859/1",
        "8859/3",
        "8859/8",
        "UNICODE UTF-8",
        "UTF-8",
        "ISO IR87",
        "GB 18030-2000",
        "BIG-5",
        "8859/99",
        "x",
    ):
        data = b"MSH|^~\\&|||||||||||||||||" + name.encode() + b"\rPID|1||" + bytes(range(256)) + b"\rZ"
        assert parse_message(data).to_bytes() == data, name


def test_value_that_the_character_set_cannot_hold_is_refused() -> None:
    message = parse_message("MSH|^~\\&|||||||||||||||||8859/1\rPID|1||é".encode("latin-1"))
    assert message.set("PID-3", "ü").to_bytes().endswith(b"\xfc")
    with pytest.raises(WorkbenchError, match="MSH-18"):
        message.set("PID-3", "ł")


def test_line_feed_within_a_segment_is_content_where_carriage_returns_end_segments() -> None:
    message = parse_message("MSH|^~\\&\rOBX|1|TX|||line one\nline two\rOBX|2\n")
    assert message.get("OBX-5") == "line one\nline two"
    assert [segment.name for segment in message.segments] == ["MSH", "OBX", "OBX"]
    mixed = parse_message("MSH|^~\\&\rPID|1\nPV1|1\r\nOBX|1")
    assert [segment.name for segment in mixed.segments] == ["MSH", "PID", "PV1", "OBX"]


@pytest.mark.parametrize("data", [b"MSH\r|\xff", b"\xffMSH", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xffM"])
def test_bytes_without_a_header_are_refused_whatever_they_are(data: bytes) -> None:
    with pytest.raises(WorkbenchError, match="MSH"):
        parse_message(data)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("hello world", 1, 1), ("", 1, 1), ("\r\n\n  PID|1", 3, 3), ("MSH", 1, 1), ("MSH\rPID|1", 1, 1)],
)
def test_no_readable_header_is_refused_with_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(WorkbenchError) as caught:
        parse_message(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert "MSH" in caught.value.message


def test_unknown_and_broken_segments_are_kept() -> None:
    message = parse_message("MSH|^~\\&\rZPD|1|x\rnonsense\rPID\rPI|9\r|||\r")
    assert [segment.name for segment in message.segments] == ["MSH", "ZPD", "nonsense", "PID", "PI", ""]
    assert message.get("ZPD-2") == "x"
    assert message.find_segments("PID")[0].fields == ()


def test_null_value_is_apart_from_an_empty_one() -> None:
    message = parse_message('MSH|^~\\&\rPID|1||""|^""|')
    assert (message.get("PID-3"), message.get("PID-5"), message.get("PID-4.2")) == ('""', None, '""')
    assert (message.is_null("PID-3"), message.is_null("PID-5"), message.is_null("PID-4.2")) == (True, False, True)
    part = message.find_part("PID-3")
    assert part is not None and part.is_null


def test_split_gives_every_level_as_the_parts_do() -> None:
    odd = ["MSH|^~\\&", "MSH|^\rPID|a^b&c~d", "MSH#*+!%#A*B\rPID#1##7***X%1.2+8##", "MSH|\rPID\r|||\rnonsense"]
    texts = [SAMPLE.text, *odd, *(path.read_text("utf-8") for path in FIXTURES if path.stem != "faulty-not-hl7")]
    for text in texts:
        message = parse_message(text)
        expected = tuple(
            (
                segment.name,
                tuple(
                    tuple(
                        tuple(
                            tuple(subcomponent.text for subcomponent in component.subcomponents)
                            if len(component.subcomponents) > 1
                            else component.text
                            for component in repetition.components
                        )
                        for repetition in field.repetitions
                    )
                    for field in segment.fields
                ),
            )
            for segment in message.segments
        )
        assert message.split() == expected
        assert tuple(segment.split() for segment in message.segments) == tuple(fields for _, fields in expected)


def test_structure_is_known_without_msh_9_3() -> None:
    assert SAMPLE.structure == "ADT_A01"
    assert SAMPLE.set("MSH-9", "SIU^S14", raw=True).structure == "SIU_S12"
    assert SAMPLE.set("MSH-9", "ACK", raw=True).structure == "ACK"
    assert SAMPLE.set("MSH-9", "ORU^R01^XXX", raw=True).structure == "XXX"
    assert (SAMPLE.type_name, SAMPLE.version, SAMPLE.control_id) == ("ADT^A08", "2.5.1", "C1")


def test_reading_a_message_does_not_load_the_dictionary() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from workbench.hl7v2.message import parse_message; "
        "parse_message('MSH|^~\\\\&|A').get('MSH-3'); "
        "from workbench.hl7v2 import dictionary; print(dictionary._load.cache_info().currsize > 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"
