from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from ui.models.body import GENTLE_SIZE, parse_json_gently, read_body, to_hex
from ui.widgets.json_branch import JsonBranch, index_json
from ui.widgets.text_view import ROW_LENGTH, split_rows

GOOD = (
    "{}",
    "[]",
    ' { "a" : [ 1 , {"b": [ ] } , null ] , "c": true } \n',
    '[[[[{"deep": [1, 2]}]]]]',
    '{"escaped \\" key": "line\\nbreak", "n": 72.50}',
    '"text"',
    "12.30",
    '{"a": {"b": {"c": {"d": {"e": 1}}}}}',
)
BAD = ('{"a": 1', '{"a" 1}', "{'a': 1}", "[1, 2", "[1 2]", '{"a": 1,}', '{"a": 1} x', "", "{,}", "[,]")


@pytest.mark.parametrize("text", GOOD)
def test_gentle_parser_reads_what_json_reads(text: str) -> None:
    assert parse_json_gently(text) == json.loads(text, parse_float=Decimal)


@pytest.mark.parametrize("text", BAD)
def test_gentle_parser_refuses_what_json_refuses(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        parse_json_gently(text)


def test_decimals_keep_their_digits() -> None:
    body = read_body(b'{"value": 72.50}')
    assert str(body.value["value"]) == "72.50"


def test_large_body_is_read_as_a_small_one_is() -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": {"id": str(n)}} for n in range(GENTLE_SIZE // 20)]}
    data = json.dumps(bundle).encode()
    assert len(data) > GENTLE_SIZE
    assert open_all(read_body(data).value) == bundle


@pytest.mark.parametrize(
    ("data", "content_type", "kind"),
    [
        (b"", "application/json", "empty"),
        (b'{"a": 1}', "", "json"),
        (b"\xef\xbb\xbf[1]", "", "json"),
        (b"MSH|^~\\&|A\r", "", "hl7v2"),
        (b"\x0bMSH|^~\\&|A\r\x1c\r", "", "hl7v2"),
        ("MSH|^~\\&|Müller\r".encode("latin-1"), "", "hl7v2"),
        (b"a=1&b=", "application/x-www-form-urlencoded", "form"),
        (b"<html></html>", "text/html", "text"),
        (b"\xff\xfe\x00\x01", "", "binary"),
    ],
)
def test_body_is_known_by_what_it_is(data: bytes, content_type: str, kind: str) -> None:
    assert read_body(data, content_type).kind == kind


def test_broken_json_is_shown_as_text_with_its_place() -> None:
    body = read_body(b'{"a": 1,\n "b" 2}', "application/fhir+json")
    assert body.kind == "text"
    assert "line 2, column 6" in body.problem


def test_json_nested_too_deeply_is_shown_as_text() -> None:
    body = read_body(b"[" * 100_000 + b"]" * 100_000)
    assert body.kind == "text"
    assert body.problem


def test_hex_shows_offsets_and_stops_at_its_limit() -> None:
    lines = to_hex(bytes(range(40)), limit=32).splitlines()
    assert lines[0].startswith("00000000  00 01 02")
    assert lines[-1] == "… 8 more bytes"


def test_rows_follow_every_line_end_and_cut_long_lines() -> None:
    assert split_rows("a\rb\nc\r\nd\n") == ["a", "b", "c", "d"]
    rows = split_rows("x" * (ROW_LENGTH * 2 + 1) + "\n\ny")
    assert [len(row) for row in rows] == [ROW_LENGTH, ROW_LENGTH, 1, 0, 1]


def open_all(value: Any) -> Any:
    """The whole value of a branch, member by member."""
    if not isinstance(value, JsonBranch):
        return value
    members = [open_all(value.member(row)) for row in range(len(value))]
    return members if value.keys is None else dict(zip(value.keys, members, strict=True))


@pytest.mark.parametrize("text", GOOD)
def test_index_leads_to_what_json_reads(text: str) -> None:
    assert open_all(index_json(text)) == json.loads(text, parse_float=Decimal)


@pytest.mark.parametrize("text", BAD)
def test_index_refuses_what_json_refuses(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        index_json(text)


def test_branch_finds_a_member_by_its_key() -> None:
    branch = index_json('{"resourceType": "Bundle", "entry": [{"a": 1}]}')
    assert branch.get("resourceType") == "Bundle"
    assert len(branch.get("entry")) == 1
    assert branch.get("total") is None
