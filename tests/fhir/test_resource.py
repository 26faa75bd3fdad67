from __future__ import annotations

import copy
import json
import time
from decimal import Decimal

import pytest

from workbench.errors import WorkbenchError
from workbench.fhir.resource import (
    DEEPEST,
    issues_of,
    operation_outcome,
    parse_json,
    parse_resource,
    reference_of,
    to_json,
)
from workbench.issue import Issue


@pytest.mark.parametrize(
    "number", ["72.50", "0.10", "-0.0", "1.000", "100", "0.00000001", "1.50e3", "12345678901234567890.5"]
)
def test_a_decimal_keeps_every_digit(number: str) -> None:
    text = '{"resourceType":"Observation","valueQuantity":{"value":' + number + "}}"
    assert to_json(parse_resource(text)) == text


def test_a_decimal_counts_and_copies_as_any_other() -> None:
    value = parse_json("[1.50e3]")[0]
    assert value == 1500 and value + 1 == Decimal(1501) and to_json(copy.deepcopy([value])) == "[1.50e3]"


def test_text_beyond_ascii_round_trips() -> None:
    text = '{"resourceType":"Patient","name":[{"family":"Müller “雪” 😀"}]}'
    assert to_json(parse_resource(text.encode())) == text


def test_indented_text_reads_back_the_same() -> None:
    value = {"resourceType": "Patient", "name": [{"given": ["A"]}]}
    assert parse_json(to_json(value, indent=2)) == value


def test_a_byte_order_mark_is_taken() -> None:
    assert parse_resource(b'\xef\xbb\xbf{"resourceType":"Patient"}') == {"resourceType": "Patient"}


def test_broken_json_is_refused_with_line_and_column() -> None:
    with pytest.raises(WorkbenchError) as caught:
        parse_resource(b'{\n  "resourceType": "Patient",\n  "id": }')
    assert (caught.value.line, caught.value.column) == (3, 9)


def test_bytes_that_are_not_utf_8_are_refused_with_their_place() -> None:
    with pytest.raises(WorkbenchError, match="byte 12 is 0xFF") as caught:
        parse_json(b'{\n"family":"\xff"}')
    assert (caught.value.line, caught.value.column) == (2, 11)


@pytest.mark.parametrize("text", ["[]", '"Patient"', "{}", '{"resourceType": 1}', '{"resourceType": ""}', "null"])
def test_what_is_no_resource_is_refused(text: str) -> None:
    with pytest.raises(WorkbenchError, match="not a FHIR resource"):
        parse_resource(text)


@pytest.mark.parametrize(
    "text", ["", " ", "{", '{"a":1,}', "{'a': 1}", "[NaN]", "[-Infinity]", "01", "[1.]", '"\\ud800"', '{"a":1,"a":2}']
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(WorkbenchError):
        parse_json(text)


def test_a_deeply_nested_body_is_refused_in_words() -> None:
    for opener, closer in (("[", "]"), ('{"a":', "}")):
        for depth in (DEEPEST + 2, 10_000, 200_000):
            with pytest.raises(WorkbenchError, match="deeper than"):
                parse_json(opener * depth + "1" + closer * depth)


def test_the_deepest_body_allowed_is_read() -> None:
    text = '{"a":' * DEEPEST + "1" + "}" * DEEPEST
    assert to_json(parse_json(text)) == text


@pytest.mark.parametrize("number", ["9" * 10_000_000, "1." + "1" * 10_000_000, "1e99999999", "1e-99999999999999999999"])
def test_an_enormous_number_is_refused_at_once(number: str) -> None:
    started = time.process_time()
    with pytest.raises(WorkbenchError, match="out of bounds"):
        parse_json(f'{{"value": {number}}}')
    assert time.process_time() - started < 2


def test_issues_survive_an_operation_outcome() -> None:
    issues = (
        Issue("error", "value", "“male?” is not a code.", "Patient.gender"),
        Issue("warning", "processing", "The parameter was not used."),
    )
    assert issues_of(operation_outcome(issues)) == issues


def test_no_issues_are_read_from_anything_else() -> None:
    assert issues_of({"resourceType": "Patient", "issue": [{}]}) == ()
    assert issues_of({"resourceType": "OperationOutcome", "issue": "no list"}) == ()


def test_a_reference_names_type_and_id() -> None:
    assert reference_of({"resourceType": "Patient", "id": "amara-okafor"}) == "Patient/amara-okafor"


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a" : 1, "a": 1}',
        '{"a"\n:1,"a"\t:1}',
        '{"a"   :1,"a" :"\\" :"}',
        '{"b":"\\":","a":1,"a":2}',
        '{"x":[{"a":{"c":1},"a":{"c":1}}]}',
        '{"a":"\\": \\":","b":1,"b" :1}',
        '{"\\u0061":1,"a":2}',
    ],
)
def test_a_name_that_stands_twice_is_found_however_it_is_written(text: str) -> None:
    with pytest.raises(WorkbenchError, match="stands twice in one JSON object"):
        parse_json(text)


@pytest.mark.parametrize(
    "text",
    ['{"a":"\\":","b":1}', '{"a" :1,"b": "x\\" :"}', '[{"a":1},{"a":1}]', '{"a":{"a":{"a":"a"}}}', '"\\":"', "1"],
)
def test_names_that_stand_once_in_each_object_are_taken(text: str) -> None:
    assert parse_json(text) == json.loads(text)
