from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from workbench.structure.primitive_value import LONGEST_STRING, fault_of, is_whole_date

GOOD: dict[str, list[Any]] = {
    "boolean": [True, False],
    "integer": [0, -(2**31), 2**31 - 1],
    "unsignedInt": [0],
    "positiveInt": [1],
    "integer64": ["0", "-9223372036854775808", "9223372036854775807"],
    "decimal": [1, Decimal("0.10"), Decimal("-1E-5")],
    "string": ["a", " a ", "a\tb\r\n", "\u00a0", "x" * LONGEST_STRING],
    "code": ["a", "a b", "a\u00a0b"],
    "id": ["a", "A-1.b", "x" * 64],
    "oid": ["urn:oid:1.2.3", "urn:oid:2.16.840.1.113883"],
    "uuid": ["urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"],
    "uri": ["http://example.org/a#b", "a/b", "urn:oid:1.2", "urn:isbn:1"],
    "canonical": ["http://example.org/a|1.0"],
    "base64Binary": ["AAAA", "AAA=", "AA==", "AAAA BBBB\nCCCC"],
    "date": ["2026", "2026-03", "2024-02-29", "0001-01-01"],
    "dateTime": ["2026", "2026-03-12T08:30:00Z", "2026-03-12T08:30:00.123+14:00", "2026-06-30T23:59:60Z"],
    "instant": ["2026-03-12T08:30:00Z", "2026-03-12T08:30:00.1-05:00"],
    "time": ["08:30:00", "23:59:59.999"],
    "markdown": ["# a\n"],
    "xhtml": ["<div>a</div>"],
}
BAD: dict[str, list[Any]] = {
    "boolean": ["true", 1, None],
    "integer": [2**31, 1.5, Decimal(1), "1", True],
    "unsignedInt": [-1],
    "positiveInt": [0],
    "integer64": [1, "01", "9223372036854775808", "1.0"],
    "decimal": ["1.0", True, Decimal("NaN"), Decimal("Infinity")],
    "string": ["", 1, "\x00", "x" * (LONGEST_STRING + 1)],
    "code": ["", " a", "a ", "a  b", "a\nb c\n"],
    "id": ["", "a_b", "x" * 65, "ä", "a/b"],
    "oid": ["urn:oid:3.1", "1.2.3", "urn:oid:1.02"],
    "uuid": ["urn:uuid:53FEFA32-fcbb-4ff8-8a92-55ee120877b7", "53fefa32-fcbb-4ff8-8a92-55ee120877b7"],
    "uri": ["a b", "urn:uuid:53FEFA32-fcbb-4ff8-8a92-55ee120877b7", "urn:oid:x"],
    "canonical": ["a b"],
    "base64Binary": ["AAA", "AA AA", "====A", "ä==="],
    "date": ["26", "2026-13", "2026-02-30", "2026-3-1", "2026-03-12T08:30:00Z", "2026-W01-1", "20260312"],
    "dateTime": ["2026-03-12T08:30Z", "2026-03-12T08:30:00", "2026-03-12 08:30:00Z", "2026-03-12T24:00:00Z"],
    "instant": ["2026-03-12", "2026-03-12T08:30:00", "2026-02-30T08:30:00Z"],
    "time": ["08:30", "24:00:00", "08:30:00Z"],
    "xhtml": ["a", ""],
}


@pytest.mark.parametrize(("type_name", "value"), [(name, value) for name in GOOD for value in GOOD[name]], ids=repr)
def test_a_good_value_has_no_fault(type_name: str, value: Any) -> None:
    assert fault_of(value, type_name) == ""


@pytest.mark.parametrize(("type_name", "value"), [(name, value) for name in BAD for value in BAD[name]], ids=repr)
def test_a_bad_value_is_told_in_words(type_name: str, value: Any) -> None:
    assert len(fault_of(value, type_name)) > 10


@pytest.mark.parametrize("value", ["2026-03-12", "2024-02-29"])
def test_a_whole_date_is_seen_quickly(value: str) -> None:
    assert is_whole_date(value)


@pytest.mark.parametrize("value", ["2026", "2026-02-30", "2026-W10-1", "２０２６-03-12", None, ["2026-03-12"]])
def test_what_is_no_whole_date_is_left_to_a_closer_look(value: Any) -> None:
    assert not is_whole_date(value)


@pytest.mark.parametrize(
    ("type_name", "value", "words"),
    [
        ("id", "amara okafor", "holds a blank, and an id may hold only letters A to Z, digits, “-” and “.”"),
        ("id", "a_b", "holds “_”, and an id may hold"),
        ("id", "x" * 65, "has 65 characters, and an id may have 64"),
        ("decimal", "5.0", "must be a number without quotes, and is “5.0”"),
        ("decimal", "five", "must be a number, and is “five”"),
        ("integer", "5", "must be a whole number without quotes (integer)"),
        ("boolean", "true", "must be true or false without quotes"),
        ("string", 5, "must be a text in quotes (string), and is the number 5"),
        ("string", "a\x00", "holds a control character, U+0000, at character 2"),
        ("uri", "urn:oid:1.x", "is no OID (urn:oid: and numbers with dots between"),
    ],
)
def test_a_bad_value_is_told_with_what_would_be_a_good_one(type_name: str, value: Any, words: str) -> None:
    assert words in fault_of(value, type_name)
