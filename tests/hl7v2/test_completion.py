"""What may stand at a place of a message that is being written."""

from __future__ import annotations

import pytest

from workbench.hl7v2.completion import Completion, complete
from workbench.hl7v2.dictionary import load_dictionary
from workbench.hl7v2.escapes import STANDARD
from workbench.hl7v2.message import parse_message
from workbench.hl7v2.placement import place_message
from workbench.hl7v2.segment import Segment

TEXT = "MSH|^~\\&|A|B|C|D|20260101||ORU^R01^ORU_R01|1|P|2.5.1\rPID|1||1||A^B\rOBR|1\rOBX|1|ST|x||a||||||F\r"


def completion(line: str, column: int | None = None, *, before: int = 3, version: str = "2.5.1") -> Completion | None:
    segment = Segment(line[:3], 0, 1, line, 0, STANDARD)
    at = len(line) if column is None else column
    return complete(segment, at, load_dictionary(version), place_message(parse_message(TEXT)), before)


def texts(found: Completion | None) -> list[str]:
    return [each.text for each in found.suggestions] if found else []


def test_segment_names_that_may_stand_next_come_first() -> None:
    found = completion("")
    assert found is not None
    assert texts(found)[:3] == ["NTE|", "OBX|", "FT1|"] or set(texts(found)[:4]) >= {"NTE|", "OBX|"}
    assert "may stand here" in found.suggestions[0].words
    assert "PV1|" in texts(found)
    assert completion("OB") is not None and completion("OB").begun == "OB"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "start", "begun", "some"),
    [
        ("PID|1||1||A^B||19840312|", 24, "", {"F", "M"}),
        ("PID|1||1||A^B||19840312|F", 24, "F", {"F", "M"}),
        ("OBX|1|", 6, "", {"NM", "TX", "ED"}),
        ("PID|1||1||||||||||||||^^", 0, "", set()),
        ("PV1|1|", 6, "", {"I", "O", "E"}),
        ("AL1|1|DA", 6, "DA", {"DA", "FA"}),
    ],
)
def test_values_of_the_table_of_the_field_under_the_cursor(line: str, start: int, begun: str, some: set[str]) -> None:
    found = completion(line)
    assert set(texts(found)) >= some
    if some:
        assert found is not None
        assert (found.start, found.begun) == (start, begun)
        assert "table" in found.suggestions[0].words


def test_the_whole_value_is_replaced_wherever_the_cursor_stands_in_it() -> None:
    line = "PID|1||1||A^B||19840312|F|x"
    found = completion(line, 24)
    assert found is not None
    assert (found.start, found.end, found.begun) == (24, 25, "")
    name = completion("OBX|1", 1)
    assert name is not None
    assert (name.start, name.end, name.begun) == (0, 3, "O")


def test_the_message_type_is_a_code_then_an_event_then_its_structure() -> None:
    head = "MSH|^~\\&|A|B|C|D|20260101||"
    assert {"ADT", "ORU", "MDM"} <= set(texts(completion(head)))
    assert {"A01", "A08"} <= set(texts(completion(f"{head}ADT^")))
    assert texts(completion(f"{head}ADT^A08^")) == ["ADT_A01"]
    assert "2.3.1" in texts(completion(f"{head}ADT^A08^ADT_A01|1|P|"))


def test_where_no_table_is_known_there_is_nothing_to_suggest() -> None:
    assert completion("PID|1||1||Oka") is None
    assert completion("MSH|^~", version="2.5.1") is None
