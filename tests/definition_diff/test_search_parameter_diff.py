"""Search parameters are compared for an app whose searches move from left to right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workbench.definition_diff.search_parameter_diff import by_type_and_code, diff_search_parameters
from workbench.definitions.core_facts import load_core_facts
from workbench.definitions.release import find_release
from workbench.definitions.search_parameter import SearchParameter

PARAMETER = SearchParameter(
    "urn:p", "1", "p", "date", "date", ("Observation",), "Observation.effective", comparators=("eq", "lt")
)


@pytest.mark.parametrize(
    ("facts", "path", "left", "right", "grade"),
    [
        ({"code": "when"}, "code", "date", "when", "breaks-sender"),
        ({"kind": "string"}, "type", "date", "string", "breaks-sender"),
        ({"bases": ("Observation", "Procedure")}, "base", None, "Procedure", "compatible"),
        ({"bases": ("Procedure",)}, "base", "Observation", "Procedure", "breaks-sender"),
        ({"comparators": ("eq",)}, "comparator", "lt", None, "breaks-sender"),
        ({"modifiers": ("missing",)}, "modifier", None, "missing", "compatible"),
        (
            {"expression": "Observation.issued"},
            "expression",
            "Observation.effective",
            "Observation.issued",
            "breaks-receiver",
        ),
        ({"multiple_or": False}, "multipleOr", None, "false", "information"),
        ({"components": (("urn:c", "code"),)}, "component", None, "urn:c", "breaks-sender"),
        ({"status": "draft"}, "status", None, "draft", "information"),
    ],
)
def test_each_thing_that_may_differ(facts: dict[str, Any], path: str, left: Any, right: Any, grade: str) -> None:
    (row,) = diff_search_parameters(PARAMETER, replace(PARAMETER, **facts), path="SearchParameter[p]")
    assert (row.path, row.left, row.right, row.grade) == (f"SearchParameter[p].{path}", left, right, grade)
    assert row.why.endswith(".")


def test_values_joined_by_commas_that_are_no_longer_taken_break_who_asks() -> None:
    left, right = (replace(PARAMETER, multiple_or=value) for value in (True, False))
    assert [row.grade for row in diff_search_parameters(left, right)] == ["breaks-sender"]
    assert [row.grade for row in diff_search_parameters(right, left)] == ["compatible"]


@pytest.mark.parametrize(
    "expression",
    [
        "Observation.value.ofType(Quantity) | Observation.code",
        "Observation.value.as(Quantity)|Observation.code",
        "(Observation.value as Quantity) | Observation.code",
    ],
)
def test_one_thing_written_in_three_ways_is_one(expression: str) -> None:
    left = replace(PARAMETER, expression="(Observation.value.ofType(Quantity)) | Observation.code")
    assert diff_search_parameters(left, replace(PARAMETER, expression=expression)) == ()


def test_what_releases_group_otherwise_is_known_by_type_and_code() -> None:
    grouped = replace(
        PARAMETER, bases=("Observation", "Procedure"), expression="Observation.effective | Procedure.date"
    )
    found = by_type_and_code([grouped], frozenset({"Observation"}))
    assert list(found) == ["Observation.date"]
    assert diff_search_parameters(replace(PARAMETER, status=""), found["Observation.date"]) == ()


def test_identifiers_of_accounts_are_searched_alike_in_r4_and_r5() -> None:
    sides = [
        by_type_and_code(load_core_facts(find_release(name)).search_parameters(), {"Account"}) for name in ("R4", "R5")
    ]
    urls = [side["Account.identifier"].url for side in sides]
    assert urls[0] != urls[1], "the two releases give it another canonical"
    assert diff_search_parameters(sides[0]["Account.identifier"], sides[1]["Account.identifier"]) == ()
