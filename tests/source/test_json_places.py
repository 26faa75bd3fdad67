from __future__ import annotations

import json
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.definitions.definitions import load_definitions
from workbench.errors import WorkbenchError
from workbench.fhir.resource import parse_json
from workbench.issue import Issue
from workbench.source.source import Source, parse_source

PACKAGES = Path(__file__).parents[3] / "shared/data/us-core-packages"
R4 = load_definitions("4.0")
OBSERVATION = """{
  "resourceType": "Observation",
  "_status": { "extension": [ { "url": "http://example.org/why", "valueCode": "x" } ] },
  "valueQuantity": { "value": 72.50, "unit": "kg" },
  "component": [
    { "code": { "text": "é “quoted” \\"{[" } },
    { "code": { "text": "second" }, "odd.key": 3, "referenceRange": [ ] }
  ],
  "note": { "text": "no array" }
}"""


def place_and_piece(source: Source, path: str) -> tuple[tuple[int, int] | None, str | None]:
    span = source.span_of(path)
    return source.place_of(path), None if span is None else source.text[span.offset : span.offset + span.length]


@pytest.mark.parametrize(
    ("path", "place", "piece"),
    [
        ("Observation", (1, 1), "{"),
        ("", (1, 1), "{"),
        ("Observation.component", (5, 3), '"component"'),
        ("Observation.component[1]", (7, 5), "{"),
        ("Observation.component[1].code.text", (7, 17), '"text": "second"'),
        ("Observation.component.code", (6, 7), '"code"'),
        # A choice by its FHIRPath, by its JSON name, and with the type said.
        ("Observation.value", (4, 3), '"valueQuantity"'),
        ("Observation.valueQuantity.unit", (4, 38), '"unit": "kg"'),
        ("Observation.value.ofType(Quantity).value", (4, 22), '"value": 72.50'),
        # A primitive that is not there itself.
        ("Observation.status", (3, 3), '"_status"'),
        ("Observation.status.extension[0].url", (3, 33), '"url": "http://example.org/why"'),
        ("Observation.status.extension('http://example.org/why').value", (3, 66), '"valueCode": "x"'),
        # What is not there stands where it would.
        ("Observation.subject", (1, 1), "{"),
        ("Observation.component[0].value.unit", (6, 5), "{"),
        ("Observation.component[5].code", (5, 3), '"component"'),
        ("Observation.component[1].referenceRange[0]", (7, 51), '"referenceRange"'),
        ("Observation.note[0].text", (9, 13), '"text": "no array"'),
        # Names that no FHIRPath would have.
        ("Observation.component[1].odd.key", (7, 37), '"odd.key": 3'),
        ("Observation.component[1].`odd.key`", (7, 37), '"odd.key": 3'),
        # Below the resource, without its type.
        ("component[0]", (6, 5), "{"),
        ("Patient.name", None, None),
    ],
)
def test_a_path_has_its_place_in_the_text(path: str, place: tuple[int, int] | None, piece: str | None) -> None:
    assert place_and_piece(parse_source(OBSERVATION, R4), path) == (place, piece)


def test_a_name_that_begins_as_another_is_no_choice_of_it() -> None:
    source = parse_source('{"resourceType": "ElementDefinition", "minValueInteger": 1}', R4)
    assert source.place_of("ElementDefinition.min") == (1, 1)
    assert source.place_of("ElementDefinition.minValue") == (1, 39)


def test_resources_within_a_bundle_are_found_by_entry() -> None:
    source = parse_source('{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"é"}}]}', R4)
    assert place_and_piece(source, "Bundle.entry[0].resource.id") == ((1, 73), '"id":"é"')


def test_a_byte_order_mark_takes_no_column_and_a_first_line_is_counted_on() -> None:
    source = parse_source(b'\xef\xbb\xbf{"resourceType":"Patient","id":"1"}', R4, first_line=7)
    assert source.place_of("Patient.id") == (7, 27)


def test_a_place_has_its_path() -> None:
    source = parse_source(OBSERVATION, R4)
    assert source.path_at(7, 20) == "Observation.component[1].code.text"
    assert source.path_at(3, 34) == "Observation.status.extension[0].url"
    assert source.path_at(1, 1) == "Observation"
    assert source.path_at(99, 99) == "Observation"


def test_an_issue_is_located_once() -> None:
    source = parse_source(OBSERVATION, R4)
    found = source.locate(Issue("error", "value", "", "Observation.note"))
    assert (found.line, found.column) == (9, 3)
    assert source.locate(Issue("error", "value", "", "Observation.note", line=1, column=2)).line == 1
    assert source.locate(Issue("error", "value", "", "Patient.name")).line == 1, "no place but that of the resource"


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ('{"resourceType":"Patient",\n "id":"a",\n "id":"b"}', 3, 2, "“id” stands twice"),
        ('{"resourceType":"Patient",\n "x":[1, NaN]}', 2, 10, "NaN is no JSON number"),
        ('{"resourceType":"Patient",\n "x":-Infinity}', 2, 6, "Infinity"),
        ('{"resourceType":"Patient",\n "x":"ab\\ud800"}', 2, 9, "half a character"),
        ('{"resourceType":"Patient",\n "x":1e99999}', 2, 6, "out of bounds"),
        ('{"resourceType":"Patient",\n "x":' + "9" * 5000 + "}", 2, 6, "out of bounds"),
        ('{"resourceType":"Patient",\n "x":' + "[" * 200 + "]" * 200 + "}", 2, 125, "deeper than 120"),
        ('{"resourceType":"Patient",\n "x":' + '{"a":' * 10_000 + "1" + "}" * 10_001, 2, 601, "deeper than 120"),
        ('{"resourceType":"Patient",\n "x" 1}', 2, 6, "not valid JSON"),
        ("[]", 1, 1, "not a FHIR resource"),
        ("", 1, 1, "not valid JSON"),
        ('{"resourceType":"Patient",\n"\ud800":1}', 2, 2, "half a character"),
    ],
)
def test_what_is_refused_is_refused_with_its_place(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(WorkbenchError, match=words) as caught:
        parse_source(text, R4)
    assert (caught.value.line, caught.value.column) == (line, column)


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, f"{path}.{name}")
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from leaves(one, f"{path}[{at}]")
    else:
        yield path, value


def examples(name: str, most: int) -> list[bytes]:
    path = PACKAGES / name
    if not path.is_file():
        pytest.skip(f"{path} is not on this machine: published examples are shared data")
    with tarfile.open(path) as package:
        members = [member for member in package if member.name.startswith("package/example/")]
        files = [package.extractfile(member) for member in members[:: len(members) // most]]
        return [file.read() for file in files if file is not None]


def test_every_leaf_of_published_examples_is_found_where_it_stands() -> None:
    count = 0
    for data in examples("us_core_610.tgz", 40):
        source = parse_source(data, R4)
        if "entry" in source.value:
            continue
        for path, value in leaves(source.value, str(source.value["resourceType"])):
            span = source.span_of(path)
            assert span is not None
            piece = source.text[span.offset : span.offset + span.length]
            if value is not None:
                read = parse_json(f"{{{piece}}}" if path[-1] != "]" else piece)
                assert read == ({path.rpartition(".")[2]: value} if path[-1] != "]" else value), path
                count += 1
    assert count > 900


def test_places_in_a_bundle_of_a_thousand_entries_come_at_once() -> None:
    entry = {
        "resource": {"resourceType": "Patient", "id": "a", "name": [{"family": "Okafor", "given": ["A", "B"]}] * 3}
    }
    source = parse_source(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [entry] * 1000}), R4)
    parts = [f"Bundle.entry[{at}].resource.name[2].given[1]" for at in range(1000)]
    started = time.process_time()
    places = [source.span_of(path) for path in parts]
    assert time.process_time() - started < 2
    assert all(span is not None and source.text[span.offset : span.offset + 3] == '"B"' for span in places)
