"""Two sides of any origin and the rows between them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ui.models.comparison import (
    Side,
    compare_sides,
    describe_side,
    parse_masks,
    read_file,
    recognise_kind,
    side_of,
    side_of_exchange,
)
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response
from workbench.hl7v2.message import parse_message

MESSAGE = b"MSH|^~\\&|A|B|C|D|20260101||ADT^A01|7|P|2.5.1\rPID|1||100001^^^H^MR||Okafor^Amara\r"
PATIENT = b'{"resourceType": "Patient", "id": "amara-okafor", "gender": "female"}'


def make_exchange(address: str, body: bytes, answer: bytes) -> Exchange:
    method = "MLLP" if address.startswith("mllp") else "GET"
    started = datetime(2026, 1, 1, tzinfo=UTC)
    return Exchange("a", "b", Request(method, address, body=body), Response(None, body=answer), started, 0.0)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (MESSAGE, "hl7v2"),
        (b"\x0b" + MESSAGE, "hl7v2"),
        (b"\xef\xbb\xbf\r\n" + MESSAGE, "hl7v2"),
        (PATIENT, "fhir"),
        (b"  [1]", "fhir"),
        (b" \r\n", "empty"),
        (b"hello", "unknown"),
    ],
)
def test_the_kind_is_seen_from_the_content(data: bytes, kind: str) -> None:
    assert recognise_kind(data) == kind


def test_a_message_is_taken_of_mllp_and_a_response_of_http() -> None:
    assert side_of_exchange(make_exchange("mllp://x:1", MESSAGE, b"ack")).data == MESSAGE
    side = side_of_exchange(make_exchange("http://x/Patient/1", b"", PATIENT))
    assert side.data == PATIENT
    assert side.with_part("request").data == b""


def test_a_side_is_made_of_whatever_is_handed_over(tmp_path: Path) -> None:
    path = tmp_path / "message.hl7"
    path.write_bytes(MESSAGE)
    for payload in (MESSAGE, path, parse_message(MESSAGE), ("named", MESSAGE)):
        assert side_of(payload).data == MESSAGE
    assert side_of(("named", MESSAGE)).name == "named"
    assert recognise_kind(side_of({"resourceType": "Patient"}).data) == "fhir"


def test_two_messages_are_held_against_each_other_by_field() -> None:
    rows = compare_sides(Side("l", MESSAGE), Side("r", MESSAGE.replace(b"|7|", b"|8|")))
    assert [(row.path, row.left, row.right) for row in rows if row.differs] == [("MSH-10", "7", "8")]


def test_a_mask_lets_a_place_differ() -> None:
    masked = compare_sides(Side("l", MESSAGE), Side("r", MESSAGE.replace(b"|7|", b"|8|")), ("MSH-10",))
    assert [row.kind for row in masked if row.path == "MSH-10"] == ["masked"]


def test_two_resources_are_held_against_each_other_by_element() -> None:
    rows = compare_sides(Side("l", PATIENT), Side("r", PATIENT.replace(b"female", b"male")))
    assert [row.path for row in rows if row.differs] == ["Patient.gender"]


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (MESSAGE, PATIENT, "The left side is an HL7 v2 message and the right side FHIR JSON."),
        (b"", PATIENT, "The left side, l, is empty."),
        (PATIENT, b"hello", "The right side, r, is neither an HL7 v2 message nor JSON."),
        (b'{"resourceType": ', PATIENT, "The left side, l: "),
    ],
)
def test_what_cannot_be_compared_is_said_with_its_side(left: bytes, right: bytes, words: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        compare_sides(Side("l", left), Side("r", right))
    assert caught.value.message.startswith(words)


def test_masks_are_separated_by_what_people_type() -> None:
    assert parse_masks(" MSH-7, MSH-10;*.meta\nMSH-7 ") == ("MSH-7", "MSH-10", "*.meta")


def test_a_side_says_what_tells_it_from_others() -> None:
    words = [describe_side(Side("", data)) for data in (MESSAGE, PATIENT, b"{", b'{"a": 1}', b"x")]
    assert words == [
        "HL7 v2 · ADT^A01 · 7",
        "FHIR · Patient/amara-okafor",
        "JSON that cannot be read",
        "JSON without a resourceType",
        "unknown",
    ]


def test_a_file_that_is_missing_or_too_large_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="cannot be read"):
        read_file(tmp_path / "none")
    (tmp_path / "large").write_bytes(b"x" * 100)
    with pytest.raises(WorkbenchError, match="larger than"):
        read_file(tmp_path / "large", limit=99)
