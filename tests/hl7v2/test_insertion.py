"""Segments put where the structure of a message has them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workbench.conformance.judge import judge
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, load_dictionary
from workbench.hl7v2.insertion import Insertable, list_insertable, make_inserted
from workbench.hl7v2.message import Message, parse_message
from workbench.hl7v2.new_message import make_message
from workbench.hl7v2.placement import Placement, place_message

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
TEXT = (
    "MSH|^~\\&|A|B|C|D|20260101||ORU^R01^ORU_R01|1|P|2.5.1\r"
    "PID|1||1||A^B\r"
    "OBR|1|||x^y^L\rOBX|1|ST|x^y^L||a||||||F\r"
    "OBR|2|||x^y^L\rOBX|1|ST|x^y^L||b||||||F\r"
)


def placed(message: Message) -> Placement:
    found = place_message(message)
    assert found is not None
    return found


def insertable(text: str, index: int) -> dict[str, Insertable]:
    message = parse_message(text)
    found = list_insertable(placed(message), load_dictionary(message.version), index)
    return {each.segment: each for each in found}


def insert(text: str, each: Insertable) -> str:
    message = parse_message(text)
    made = make_inserted(each, load_dictionary(message.version), message.encoding, code="ORU", now=NOW)
    lines = text.split("\r")
    return "\r".join([*lines[: each.place.after + 1], made, *lines[each.place.after + 1 :]])


def test_a_segment_belongs_at_the_place_nearest_to_the_cursor() -> None:
    near_first, near_second = insertable(TEXT, 3)["OBX"], insertable(TEXT, 5)["OBX"]
    assert (near_first.place.after, near_second.place.after) == (3, 5)
    assert near_first.place.path.endswith("ORDER_OBSERVATION[1]/OBSERVATION[2]/OBX")
    assert insert(TEXT, near_first).split("\r")[4] == "OBX|2||8867-4^Heart rate^LN||||||||F"


def test_one_more_of_what_the_cursor_is_in_comes_right_after_it() -> None:
    text = TEXT.replace("OBR|2", "NTE|1||n\rOBX|2|ST|x^y^L||c||||||F\rOBR|2")
    each = insertable(text, 3)["OBX"]
    assert each.place.path.endswith("ORDER_OBSERVATION[1]/OBSERVATION[2]/OBX")
    assert [line[:5] for line in insert(text, each).split("\r")[3:7]] == ["OBX|1", "NTE|1", "OBX|2", "OBX|2"]
    assert insertable(text, 2)["OBR"].place.after == 5


def test_what_is_missing_comes_first() -> None:
    found = list(insertable(TEXT.replace("OBR|2|||x^y^L\r", "").replace("OBR|1|||x^y^L\r", ""), 1).values())
    assert found[0].segment == "OBR"
    assert found[0].is_missing


@pytest.mark.parametrize(
    ("kind", "version"),
    [(kind, version) for kind in ("ADT^A01", "ORU^R01", "BAR^P01") for version in KNOWN_VERSIONS]
    + [(kind, "2.5.1") for kind in ("OML^O21", "OUL^R21", "RDE^O11", "RDS^O13", "SIU^S12", "VXU^V04", "MDM^T02")],
)
@pytest.mark.parametrize("index", [3, -1])
def test_whatever_is_inserted_leaves_a_message_that_its_judge_takes(kind: str, version: str, index: int) -> None:
    """A group that was opened may want more segments than its first one."""
    text = make_message(kind, version=version, now=NOW, control_id="1")
    found = insertable(text, index % len(parse_message(text).segments))
    assert found
    for each in found.values():
        issues = [issue for issue in judge(parse_message(insert(text, each))) if issue.is_error]
        wanting = [issue for issue in issues if each.place.opens and "is missing" in issue.message]
        assert [issue.message for issue in issues if issue not in wanting] == [], each


def test_the_encoding_characters_are_those_of_the_message() -> None:
    text = TEXT.replace("|", "*")
    each = insertable(text, 3)["OBX"]
    assert insert(text, each).split("\r")[4].startswith("OBX*2*")


def test_of_thousands_of_observations_the_list_is_made_in_time() -> None:
    many = TEXT + "OBX|1|ST|x||b\r" * 3_000
    found = insertable(many, 1_500)
    assert found["OBX"].place.after >= 1_500
