from __future__ import annotations

import pytest

from workbench.errors import WorkbenchError
from workbench.fhir.resource import parse_json


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", (1, 1), "there is nothing in it"),
        (" \n", (2, 1), "there is nothing in it"),
        ("{", (1, 2), "it ends before its last bracket is closed"),
        ('{"a": [1', (1, 9), "it ends before its last bracket is closed"),
        ('{"a":', (1, 6), "it ends before its last bracket is closed"),
        ("MSH|^~\\&|A", (1, 1), "it begins with “MSH|^~\\&|A”, as neither JSON nor XML does"),
        ('{"a": man}', (1, 7), "“man” is no value; a text stands in double quotes"),
        ('{"a": }', (1, 7), "a value is missing here"),
        ("{\"a\": 'b'}", (1, 7), "texts stand in double quotes, not in single ones"),
        ("{'a': 1}", (1, 2), "names and texts stand in double quotes, not in single ones"),
        ("{a: 1}", (1, 2), "a name in double quotes must stand here"),
        ('{"a" 1}', (1, 6), "the colon after a name is missing here"),
        ('{"a": 1 "b": 2}', (1, 9), "a comma or a closing bracket is missing here"),
        ('{"a": "b', (1, 7), "a text begins here and has no closing quote"),
        ('{"a": "b\nc"}', (1, 9), "a line break or another control character stands in a text"),
        ('{"a": "\\q"}', (1, 8), "a backslash begins no escape that JSON has"),
        ('{"a": 1}\n{}', (2, 1), "something follows the end of the resource"),
    ],
)
def test_what_is_wrong_in_json_is_told_at_its_place(text: str, place: tuple[int, int], words: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        parse_json(text)
    assert (caught.value.line, caught.value.column) == place
    assert words in caught.value.message


@pytest.mark.parametrize("text", ['{"a": 1,}', '{"a": [1, ]}'])
def test_a_comma_that_nothing_follows_is_told(text: str) -> None:
    with pytest.raises(WorkbenchError, match="a comma stands here, and nothing follows it"):
        parse_json(text)
