from pathlib import Path
from time import process_time

import pytest

from workbench.diff.difference import Difference, keep_differing
from workbench.diff.difference_filter import parse_filter
from workbench.diff.hl7v2_diff import diff_messages
from workbench.hl7v2.message import parse_message

MESSAGES = Path(__file__).parents[2] / "fixtures" / "messages"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "hl7v2-messages"
HEAD = "MSH|^~\\&|A|B|||2026||ADT^A01|C1|P|2.5.1\r"


def compare(left: str, right: str, *masks: str) -> tuple[Difference, ...]:
    return diff_messages(parse_message(HEAD + left), parse_message(HEAD + right), masks=masks)


def told(rows: tuple[Difference, ...]) -> list[tuple[str, str, str | None, str | None]]:
    return [(row.kind, row.path, row.left, row.right) for row in rows if row.kind not in ("same", "encoding")]


def encodings(rows: tuple[Difference, ...]) -> list[tuple[str, str, str | None, str | None]]:
    return [(row.path, row.aspect, row.left, row.right) for row in rows if row.kind == "encoding"]


def test_rows_are_in_order_with_names_and_same_ones_included() -> None:
    rows = compare("PID|1||7^^^MR||Okafor^Amara", "PID|1||7^^^MR||Okafor^Ama")
    assert [(row.path, row.name) for row in rows[-5:]] == [
        ("PID-1", "Set ID - PID"),
        ("PID-3.1", "ID Number"),
        ("PID-3.4", "Assigning Authority"),
        ("PID-5.1", "Family Name"),
        ("PID-5.2", "Given Name"),
    ]
    assert rows[0] == Difference("same", "MSH-1", "Field Separator", "|", "|")
    assert keep_differing(rows) == (Difference("changed", "PID-5.2", "Given Name", "Amara", "Ama"),)


def test_message_does_not_differ_from_itself() -> None:
    paths = [*MESSAGES.glob("*.hl7"), *(SHARED.glob("*.hl7") if SHARED.is_dir() else ())]
    for path in paths:
        if path.stem != "faulty-not-hl7":
            message = parse_message(path.read_bytes())
            rows = diff_messages(message, message)
            assert rows and all(row.kind == "same" for row in rows), path.name


def test_line_ends_and_delimiters_are_no_difference_of_content() -> None:
    left = parse_message("MSH|^~\\&|A^B\rPID|1||x\\T\\y^z\r")
    right = parse_message("MSH#*~!%#A*B\nPID#1##x&y*z\n")
    rows = diff_messages(left, right)
    assert not keep_differing(rows)
    assert encodings(rows) == [
        ("MSH", "line ends", "CR", "LF"),
        ("MSH-1", "", "|", "#"),
        ("MSH-2", "", "^~\\&", "*~!%"),
    ]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("PID|1||7", "PID|1||7|||", []),
        ("PID|1||7^", "PID|1||7", []),
        ("PID|1|||", "PID|1|||x", [("added", "PID-4", None, "x")]),
        ("PID|1||7^a&b", "PID|1||7^a&c", [("changed", "PID-3.2.2", "b", "c")]),
        ("PID|1||7", "PID|1||7^x", [("added", "PID-3.2", None, "x")]),
        ("PID|1||7~8", "PID|1||8~7", []),
        ("PID|1||7^a~8", "PID|1||9~7^b~8", [("added", "PID-3[1]", None, "9"), ("changed", "PID-3[1].2", "a", "b")]),
        ("PID|1||7~8", "PID|1||7", [("removed", "PID-3[2]", "8", None)]),
        ("ZPD|1|", "", [("removed", "ZPD", "ZPD|1", None)]),
        ("", "ZPD", [("added", "ZPD", None, "ZPD")]),
    ],
)
def test_what_differs(left: str, right: str, expected: list[tuple[str, str, str | None, str | None]]) -> None:
    assert told(compare(left, right)) == expected


def test_inserted_result_makes_only_itself_and_the_set_ids_differ() -> None:
    left = "OBX|1|NM|8867-4^HR||70\rOBX|2|NM|8310-5^T||37\rOBX|3|TX|n||x\r"
    right = "OBX|1|NM|9279-1^RR||18\rOBX|2|NM|8867-4^HR||71\rOBX|3|NM|8310-5^T||37\rOBX|4|TX|n||x\r"
    assert told(compare(left, right, "OBX-1")) == [
        ("added", "OBX[1]", None, "OBX|1|NM|9279-1^RR||18"),
        ("masked", "OBX[1]-1", "1", "2"),
        ("changed", "OBX[1]-5", "70", "71"),
        ("masked", "OBX[2]-1", "2", "3"),
        ("masked", "OBX[3]-1", "3", "4"),
    ]


def test_repeated_lines_of_a_note_are_paired_by_their_text() -> None:
    left = "OBX|1|TX|n||one\rOBX|2|TX|n||two\rOBX|3|TX|n||three\r"
    right = "OBX|1|TX|n||zero\rOBX|2|TX|n||one\rOBX|3|TX|n||two\rOBX|4|TX|n||three\r"
    rows = [row for row in compare(left, right, "OBX-1") if row.differs]
    assert [(row.kind, row.right) for row in rows] == [("added", "OBX|1|TX|n||zero")]


def test_two_segments_of_one_kind_are_told_apart_in_the_path() -> None:
    rows = compare("NK1|1|a\rNK1|2|b", "NK1|1|a\rNK1|2|c")
    assert told(rows) == [("changed", "NK1[2]-2", "b", "c")]


@pytest.mark.parametrize(
    ("mask", "masked"),
    [
        ("PID-3", ["PID-3[1].1", "PID-3[1].4.2", "PID-3[2]"]),
        ("PID-3.1", ["PID-3[1].1", "PID-3[2]"]),
        ("PID-3[1]", ["PID-3[1].1", "PID-3[1].4.2"]),
        ("PID-3.4", ["PID-3[1].4.2"]),
        ("PID-3.4.2", ["PID-3[1].4.2"]),
        ("PID-3.4.1", []),
        ("PID", ["PID-3[1].1", "PID-3[1].4.2", "PID-3[2]"]),
        ("PID[1]-3[2].1", ["PID-3[2]"]),
        ("PV1", []),
    ],
)
def test_mask_covers_its_place_and_all_below(mask: str, masked: list[str]) -> None:
    rows = compare("PID|1||7^^^X&1~8|same", "PID|1||6^^^X&2~9|same", mask)
    assert [row.path for row in rows if row.kind == "masked"] == masked
    assert len([row for row in rows if row.differs]) == 3 - len(masked)


def test_component_of_a_result_is_named_by_its_type() -> None:
    rows = compare("OBX|1|CWE|x||1^Yes^L", "OBX|1|CWE|x||1^No^L")
    assert [(row.path, row.name) for row in rows if row.differs] == [("OBX-5.2", "Text")]


ORDERS = """ORC|RE|{0}
OBR|1|{0}||24331-1^Lipid
OBX|1|NM|2093-3^Cholesterol||{1}
OBX|2|NM|2571-8^Triglycerides||{2}
NTE|1||{3}
"""


def order_message(*orders: tuple[str, ...]) -> str:
    head = "MSH|^~\\&|A|B|||2026||ORU^R01^ORU_R01|C1|P|2.5.1\rPID|1||7\r"
    return head + "".join(ORDERS.format(*order) for order in orders).replace("\n", "\r")


def test_results_of_two_orders_are_paired_within_their_order() -> None:
    first, second = ("111", "200", "150", "fasting"), ("222", "180", "140", "fasting")
    left = parse_message(order_message(first, second))
    right = parse_message(order_message(second, ("111", "201", "150", "fasting")))
    rows = diff_messages(left, right, same=False)
    assert told(rows) == [("changed", "OBX[1]-5", "200", "201")]
    assert ("OBR[1]", "order", "segment 4", "segment 9") in encodings(rows)


def test_orders_of_two_versions_are_paired_though_their_groups_have_other_names() -> None:
    first, second = ("111", "200", "150", "fasting"), ("222", "180", "140", "fasting")
    left = parse_message(order_message(first, second).replace("|2.5.1", "|2.3"))
    right = parse_message(order_message(second, ("111", "201", "150", "fasting")))
    rows = diff_messages(left, right, same=False)
    assert told(rows) == [("changed", "MSH-12", "2.3", "2.5.1"), ("changed", "OBX[1]-5", "200", "201")]


def test_a_segment_of_the_right_alone_is_not_taken_for_one_of_the_left() -> None:
    left = order_message(("111", "200", "150", "a"), ("222", "180", "140", "b"))
    added = "OBX|3|NM|1742-6^ALT||30\r"
    right = left.replace("NTE|1||a\r", f"NTE|1||a\r{added}")
    (row,) = keep_differing(diff_messages(parse_message(left), parse_message(right)))
    assert row.right == added.strip()
    assert row.path == "PATIENT_RESULT[1]/ORDER_OBSERVATION[1]/OBSERVATION[3]/OBX"
    assert parse_filter("OBX")(row) and not parse_filter("NTE")(row)


def test_order_that_is_gone_takes_its_results_with_it() -> None:
    left = parse_message(order_message(("111", "200", "150", "a"), ("222", "180", "140", "b")))
    right = parse_message(order_message(("222", "180", "140", "b")))
    rows = diff_messages(left, right, same=False)
    assert [(row.kind, row.path) for row in rows] == [
        ("removed", place) for place in ("ORC[1]", "OBR[1]", "OBX[1]", "OBX[2]", "NTE[1]")
    ]


def test_only_rows_that_differ_are_those_of_all_rows_that_do() -> None:
    left = parse_message(order_message(("111", "200", "150", "a"), ("222", "180", "140", "b")))
    right = parse_message(order_message(("222", "181", "140", "b"), ("333", "1", "2", "c")))
    every = diff_messages(left, right)
    assert tuple(row for row in every if row.kind != "same") == diff_messages(left, right, same=False)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("PID|1||7\r", "PID|1||7|||\r", [("PID", "separators", "none at the end", "||| at the end")]),
        ("PID|1||7^^\r", "PID|1||7\r", [("PID-3", "separators", "7^^", "7")]),
        ("PID|1||7~8\r", "PID|1||8~7\r", [("PID-3", "order", "7~8", "8~7")]),
        ("PID|1|||x\\T\\y\r", "PID|1|||x\\X26\\y\r", [("PID-4", "escapes", "x\\T\\y", "x\\X26\\y")]),
        ("PID|1\r", "PID|1", [("MSH", "line ends", "CR", "CR, the last one missing")]),
        ("NK1|1|a\rNK1|2|b\r", "NK1|2|b\rNK1|1|a\r", [("NK1[1]", "order", "segment 2", "segment 3")]),
    ],
)
def test_what_is_only_written_otherwise_is_told_apart(
    left: str, right: str, expected: list[tuple[str, str, str | None, str | None]]
) -> None:
    rows = compare(left, right)
    assert encodings(rows) == expected and not keep_differing(rows)


def test_character_set_is_told_apart_from_what_it_says() -> None:
    text = "MSH|^~\\&|A|B|||2026||ADT^A01|C1|P|2.5.1||||||{}\rPID|1||||Müller\r"
    left = parse_message(text.format("UNICODE UTF-8").encode())
    right = parse_message(text.format("8859/1").encode("latin-1"))
    rows = diff_messages(left, right)
    assert [row.path for row in rows if row.kind == "encoding"] == ["MSH", "MSH-18"]
    assert not keep_differing(rows)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("7^^^A^MR~8^^^B^PI", "8^^^B^PI~9^^^A^MR", [("changed", "PID-3[1].1", "7", "9")]),
        ("7^^^A~7^^^B", "7^^^B~7^^^A^MR", [("added", "PID-3[1].5", None, "MR")]),
    ],
)
def test_identifiers_are_known_by_value_and_authority(
    left: str, right: str, expected: list[tuple[str, str, str | None, str | None]]
) -> None:
    assert told(compare(f"PID|1||{left}", f"PID|1||{right}")) == expected


OLDER = "MSH|^~\\&|A|B|||2026||ADT^A01|C1|P|2.3\rPID|1|7|8||Okafor^Amara|||F|Obi\r"
NEWER = "MSH|^~\\&|A|B|||2026||ADT^A01^ADT_A01|C1|P|2.5.1\rPID|1||8~7^^^B||Okafor&van^Amara~Obi|||F\r"


def test_messages_of_two_versions_are_compared_by_what_their_fields_mean() -> None:
    rows = diff_messages(parse_message(OLDER), parse_message(NEWER), same=False)
    assert [row for row in told(rows) if not row[1].startswith("MSH")] == [
        ("added", "PID-2.4", None, "B"),
        ("added", "PID-5[1].1.2", None, "van"),
    ]
    assert encodings(rows) == [("PID-2", "moved", "PID-2", "PID-3[2]"), ("PID-9", "moved", "PID-9", "PID-5[2]")]


def test_messages_of_two_versions_are_compared_so_in_both_directions() -> None:
    rows = diff_messages(parse_message(NEWER), parse_message(OLDER), same=False)
    assert [row for row in told(rows) if not row[1].startswith("MSH")] == [
        ("removed", "PID-3[2].4", "B", None),
        ("removed", "PID-5[1].1.2", "van", None),
    ]


@pytest.mark.parametrize("path", sorted(MESSAGES.glob("*.hl7")), ids=lambda path: path.stem)
def test_turned_around_the_same_content_differs(path: Path) -> None:
    if path.stem == "faulty-not-hl7":
        return
    left = parse_message(path.read_bytes())
    for other in sorted(MESSAGES.glob("*.hl7"))[:6]:
        if other.stem != "faulty-not-hl7":
            right = parse_message(other.read_bytes())
            there = sum(row.differs for row in diff_messages(left, right))
            assert there == sum(row.differs for row in diff_messages(right, left))


@pytest.mark.usefixtures("settled_heap")
def test_thousands_of_lines_without_identity_take_no_longer_than_their_number_asks() -> None:
    def seconds(count: int) -> float:
        lines = [f"NTE|{number}||line {number % 7}\r" for number in range(count)]
        left, right = (parse_message(HEAD + "".join(side)) for side in (lines, lines[::-1]))
        start = process_time()
        diff_messages(left, right, same=False)
        return process_time() - start

    seconds(100)
    assert seconds(8000) < 40 * seconds(800) + 0.2
