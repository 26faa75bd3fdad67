from __future__ import annotations

from io import BytesIO

import pytest

from workbench.definitions.definitions import load_definitions
from workbench.errors import WorkbenchError
from workbench.source.ndjson import parse_ndjson
from workbench.source.source import Source
from workbench.source.text_form import is_ndjson

R4 = load_definitions("4.0")


def test_each_line_is_a_resource_with_its_line_in_the_file() -> None:
    lines = [b'\xef\xbb\xbf{"resourceType":"Patient","id":"1"}\r\n', b"  \n", b'  {"resourceType":"Patient","id":"2"}']
    found = list(parse_ndjson(lines, R4))
    assert [number for number, _ in found] == [1, 3]
    sources = [source for _, source in found if isinstance(source, Source)]
    assert [source.value["id"] for source in sources] == ["1", "2"]
    assert [source.place_of("Patient.id") for source in sources] == [(1, 27), (3, 29)]


def test_a_broken_line_leaves_the_others_alone() -> None:
    lines = [b'{"resourceType":"Patient"}', b'{"resourceType":}', b'{"id":1}', b'{"resourceType":"Group"}']
    found = dict(parse_ndjson(lines, R4))
    assert isinstance(found[1], Source) and isinstance(found[4], Source)
    for number, column in ((2, 17), (3, 1)):
        error = found[number]
        assert isinstance(error, WorkbenchError)
        assert (error.line, error.column) == (number, column)


@pytest.mark.parametrize(
    ("text", "is_by_line"),
    [
        ('{"a":1}\n{"b":2}\n', True),
        ('\ufeff{"a":1}\r\n\r\n {"b":', True),
        ('{"a":1}\n', False),
        ('{\n "a": {}\n}', False),
        ('{"a":1}\nMSH|', False),
        ("[1]\n[2]", False),
        ("", False),
    ],
)
def test_lines_are_resources_where_a_whole_one_is_followed_by_another(text: str, is_by_line: bool) -> None:
    assert is_ndjson(BytesIO(text.encode())) is is_by_line


def test_no_more_is_read_than_two_lines_that_are_not_blank() -> None:
    lines = iter([b"{}\n", b"\n", b"{}\n", b"third"])
    assert is_ndjson(lines) and next(lines) == b"third"
