from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from workbench.profiles.value_match import equals, fits, tell_difference, tell_value

CODING = {"system": "http://loinc.org", "code": "1-8"}


@pytest.mark.parametrize(
    ("value", "fixed", "expected"),
    [
        ("a", "a", True),
        ("a", "A", False),
        (True, True, True),
        (1, True, False),
        (Decimal("1.0"), 1, True),
        (Decimal("1.0"), Decimal("1.00"), True),
        ("1", 1, False),
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        (None, "a", False),
        ([], {}, False),
    ],
)
def test_a_fixed_value_is_exactly_that(value: Any, fixed: Any, expected: bool) -> None:
    assert equals(value, fixed) is expected


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ({"coding": [CODING | {"display": "x"}], "text": "y"}, {"coding": [CODING]}, True),
        ({"coding": [{"code": "z"}, CODING]}, {"coding": [CODING]}, True),
        ({"coding": [{"system": "http://loinc.org"}, {"code": "1-8"}]}, {"coding": [CODING]}, False),
        ({"text": "y"}, {"coding": [CODING]}, False),
        ("text", {"coding": [CODING]}, False),
        ({"coding": CODING}, {"coding": [CODING]}, False),
        ({"value": Decimal("2.50")}, {"value": Decimal("2.5")}, True),
    ],
)
def test_a_pattern_is_at_least_that(value: Any, pattern: Any, expected: bool) -> None:
    assert fits(value, pattern) is expected


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("final", "“final”"),
        (CODING, "“http://loinc.org|1-8”"),
        ({"coding": [CODING]}, "“http://loinc.org|1-8”"),
        ({"coding": [{"code": "1-8"}]}, "“1-8”"),
        ({"text": "x"}, '{"text":"x"}'),
    ],
)
def test_a_value_is_told_as_an_analyst_reads_it(value: Any, told: str) -> None:
    assert tell_value(value) == told


@pytest.mark.parametrize(
    ("value", "wanted", "is_whole", "told"),
    [
        ({"coding": [CODING | {"display": "x"}]}, {"coding": [CODING]}, True, "“coding[0].display” must not be there"),
        ({"coding": [CODING, CODING]}, {"coding": [CODING]}, True, "“coding” must have 1, and has 2"),
        ({"text": "x"}, {"coding": [CODING]}, False, "“coding” is missing, and must be "),
        ({"coding": [{"code": "1-8"}]}, {"coding": [CODING]}, False, "“coding[0].system” is missing, and must be"),
        ({"coding": [{"code": "a"}, {"code": "b"}]}, {"coding": [CODING]}, False, "“coding” has none that is “http://"),
        ({"value": 2}, {"value": 1}, False, "“value” must be the number 1, and is the number 2"),
    ],
)
def test_what_keeps_a_value_from_the_one_that_is_wanted_is_told(
    value: Any, wanted: Any, is_whole: bool, told: str
) -> None:
    assert tell_difference(value, wanted, is_whole=is_whole).startswith(told)
