from pathlib import Path

import pytest

from workbench.diff.difference import Difference, keep_differing
from workbench.diff.hl7v2_diff import diff_messages
from workbench.hl7v2.message import parse_message

MESSAGES = Path(__file__).parents[2] / "fixtures" / "messages"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "hl7v2-messages"
HEAD = "MSH|^~\\&|A|B|||2026||ADT^A01|C1|P|2.5.1\r"


def compare(left: str, right: str, *masks: str) -> tuple[Difference, ...]:
    return diff_messages(parse_message(HEAD + left), parse_message(HEAD + right), masks=masks)


def told(rows: tuple[Difference, ...]) -> list[tuple[str, str, str | None, str | None]]:
    return [(row.kind, row.path, row.left, row.right) for row in rows if row.kind != "same"]


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
    assert [row.path for row in diff_messages(left, right) if row.differs] == ["MSH-1", "MSH-2"]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("PID|1||7", "PID|1||7|||", []),
        ("PID|1||7^", "PID|1||7", []),
        ("PID|1|||", "PID|1|||x", [("added", "PID-4", None, "x")]),
        ("PID|1||7^a&b", "PID|1||7^a&c", [("changed", "PID-3.2.2", "b", "c")]),
        ("PID|1||7", "PID|1||7^x", [("added", "PID-3.2", None, "x")]),
        ("PID|1||7~8", "PID|1||8~7", []),
        ("PID|1||7^a~8", "PID|1||9~7^b~8", [("changed", "PID-3[1].2", "a", "b"), ("added", "PID-3[1]", None, "9")]),
        ("PID|1||7~8", "PID|1||7", [("removed", "PID-3[2]", "8", None)]),
        ("ZPD|1", "", [("removed", "ZPD-1", "1", None)]),
        ("", "ZPD", [("added", "ZPD", None, "ZPD")]),
    ],
)
def test_what_differs(left: str, right: str, expected: list[tuple[str, str, str | None, str | None]]) -> None:
    assert told(compare(left, right)) == expected


def test_inserted_result_makes_only_itself_and_the_set_ids_differ() -> None:
    left = "OBX|1|NM|8867-4^HR||70\rOBX|2|NM|8310-5^T||37\rOBX|3|TX|n||x\r"
    right = "OBX|1|NM|9279-1^RR||18\rOBX|2|NM|8867-4^HR||71\rOBX|3|NM|8310-5^T||37\rOBX|4|TX|n||x\r"
    assert told(compare(left, right, "OBX-1")) == [
        ("masked", "OBX[1]-1", None, "1"),
        ("added", "OBX[1]-2", None, "NM"),
        ("added", "OBX[1]-3.1", None, "9279-1"),
        ("added", "OBX[1]-3.2", None, "RR"),
        ("added", "OBX[1]-5", None, "18"),
        ("masked", "OBX[1]-1", "1", "2"),
        ("changed", "OBX[1]-5", "70", "71"),
        ("masked", "OBX[2]-1", "2", "3"),
        ("masked", "OBX[3]-1", "3", "4"),
    ]


def test_repeated_lines_of_a_note_are_paired_by_their_text() -> None:
    left = "OBX|1|TX|n||one\rOBX|2|TX|n||two\rOBX|3|TX|n||three\r"
    right = "OBX|1|TX|n||zero\rOBX|2|TX|n||one\rOBX|3|TX|n||two\rOBX|4|TX|n||three\r"
    rows = [row for row in compare(left, right, "OBX-1") if row.differs]
    assert [(row.kind, row.right) for row in rows] == [("added", "TX"), ("added", "n"), ("added", "zero")]


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
