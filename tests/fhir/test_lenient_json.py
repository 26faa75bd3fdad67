from __future__ import annotations

from typing import Any

import pytest

from workbench.fhir.lenient_json import object_of, objects_of, text_in, texts_of


@pytest.mark.parametrize("value", [None, 3, True, [], {}, ["x"]])
def test_what_is_no_text_is_as_if_it_were_not_there(value: Any) -> None:
    assert text_in({"name": value}, "name") == "" == text_in({}, "name")


def test_what_has_the_shape_is_taken_and_the_rest_is_left() -> None:
    assert text_in({"name": "x"}, "name") == "x"
    assert texts_of(["x", 1, None, "y"]) == ("x", "y") and texts_of("x") == ("x",) and texts_of({"x": 1}) == ()
    assert objects_of([{"a": 1}, "x", []]) == [{"a": 1}] and objects_of({"a": 1}) == []
    assert object_of({"a": 1}) == {"a": 1} and object_of([]) == object_of("x") == {}
