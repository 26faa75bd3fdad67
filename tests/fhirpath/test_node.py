from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from workbench.fhirpath.expression import evaluate, root_node
from workbench.fhirpath.node import child_nodes, to_value
from workbench.fhirpath.quantity import Quantity
from workbench.fhirpath.tables import load_tables
from workbench.fhirpath.temporal import Temporal


def children(resource: dict[str, Any], name: str | None = None) -> list[tuple[str, Any, Any]]:
    node = root_node(resource, load_tables())
    return [(child.type, child.value, child.sibling) for child in child_nodes(node, name)]


def test_values_and_their_siblings_are_one_element_each() -> None:
    why = {"extension": [{"url": "u"}]}
    name = {"given": ["Ann", None, "Lee"], "_given": [None, why]}
    assert [
        (child.value, child.sibling)
        for child in child_nodes(child_nodes(root_node({"resourceType": "Patient", "name": [name]}, load_tables()))[0])
    ] == [("Ann", None), (None, why), ("Lee", None)]


def test_a_sibling_may_stand_alone() -> None:
    assert children({"resourceType": "Patient", "_birthDate": {"id": "x"}}) == [("date", None, {"id": "x"})]
    assert children({"resourceType": "Patient", "_birthDate": {"id": "x"}}, "birthDate") == [
        ("date", None, {"id": "x"})
    ]


def test_a_choice_is_found_by_its_name_with_its_type() -> None:
    observation = {"resourceType": "Observation", "valueString": "x", "_valueString": {"id": "1"}}
    assert children(observation, "value") == [("string", "x", {"id": "1"})]
    assert children({"resourceType": "Observation", "value": "x"}, "value") == []


@pytest.mark.parametrize(
    ("resource", "types"),
    [
        ({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "1"}}]}, ["Patient"]),
        ({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Unknown", "id": "1"}}]}, [""]),
        ({"resourceType": "Bundle", "entry": [{"resource": {"id": "1"}}]}, [""]),
    ],
)
def test_a_resource_within_says_itself_what_it_is(resource: dict[str, Any], types: list[str]) -> None:
    entry = child_nodes(root_node(resource, load_tables()), "entry")[0]
    assert [child.type for child in child_nodes(entry, "resource")] == types


def test_json_that_is_no_fhir_has_elements_by_its_own_names() -> None:
    hook = {"cards": [{"summary": "a", "indicator": "info"}, {"summary": "b"}]}
    assert evaluate(hook, "cards.where(indicator = 'info').summary") == ("a",)
    assert evaluate({"resourceType": "Made", "up": [1, 2]}, "Made.up.first() + 1") == (2,)
    assert evaluate({"resourceType": "Patient", "madeUp": {"a": 1}}, "Patient.madeUp.a") == (1,)


@pytest.mark.parametrize(
    "resource", [None, 1, "x", [], {}, [[]], {"resourceType": 5}, {"resourceType": "Patient", "name": 5}]
)
def test_what_is_no_resource_at_all_has_no_names(resource: Any) -> None:
    assert evaluate(resource, "name.family | descendants().family") == ()


def test_values_have_the_system_types_of_their_elements() -> None:
    observation = {
        "resourceType": "Observation",
        "effectiveDateTime": "2020",
        "issued": "no date",
        "valueQuantity": {"value": 5, "code": "mg", "system": "http://unitsofmeasure.org", "unit": "milligram"},
    }
    node = root_node(observation, load_tables())
    effective, issued, quantity = map(to_value, child_nodes(node))
    assert isinstance(effective, Temporal) and effective.kind == "DateTime" and str(effective) == "2020"
    assert issued == "no date"
    assert isinstance(quantity, Quantity) and (quantity.value, quantity.unit) == (Decimal(5), "mg")


def test_floats_are_read_as_they_are_written() -> None:
    assert evaluate({"resourceType": "Observation", "valueQuantity": {"value": 0.1}}, "value.value + 0.2") == (
        Decimal("0.3"),
    )
