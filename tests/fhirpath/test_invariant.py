from __future__ import annotations

from typing import Any

import pytest

from workbench.fhirpath.environment import Environment, NotEvaluated
from workbench.fhirpath.expression import Expression, compile_expression, root_node
from workbench.fhirpath.invariant import CORRECTIONS, compile_invariant
from workbench.fhirpath.node import Node, child_nodes
from workbench.fhirpath.tables import load_tables


def environment_of(resource: dict[str, Any]) -> Environment:
    tables = load_tables()
    node = root_node(resource, tables)
    return Environment(tables, node, node)


def judge(text: str, resource: dict[str, Any], *names: str) -> bool | None:
    environment = environment_of(resource)
    nodes = [environment.root]
    for name in names:
        nodes = [child for node in nodes for child in child_nodes(node, name)]
    return compile_invariant(text).judge(nodes[0], environment)


PATIENT = {"resourceType": "Patient", "active": False, "name": [{"family": "a"}, {"family": "b"}]}


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("active", False),
        ("active.not()", True),
        ("name.first()", True),
        ("name", True),
        ("name.family.first()", True),
        ("gender = 'female'", None),
        ("{}", None),
    ],
)
def test_an_invariant_is_true_false_or_gives_nothing(expression: str, verdict: bool | None) -> None:
    environment = environment_of(PATIENT)
    invariant = compile_expression(expression)
    assert invariant.judge(environment.root, environment) is verdict
    assert invariant.holds(environment.root, environment) is (verdict is True)


@pytest.mark.parametrize("expression", ["name and active", "frist()", "active.memberOf('v')", "1 + 'a'"])
def test_what_cannot_be_decided_is_neither_held_nor_broken(expression: str) -> None:
    environment = environment_of(PATIENT)
    with pytest.raises(NotEvaluated) as caught:
        compile_expression(expression).holds(environment.root, environment)
    assert caught.value.reason


@pytest.mark.parametrize("text", sorted(CORRECTIONS))
def test_a_corrected_invariant_is_another_than_the_published_one(text: str) -> None:
    corrected = compile_invariant(text)
    assert isinstance(corrected, Expression)
    assert corrected.text == CORRECTIONS[text] != text
    assert compile_invariant(f"  {text}\n").text == corrected.text


REFERENCE = next(text for text in CORRECTIONS if text.startswith("reference."))
PERIOD = next(text for text in CORRECTIONS if text.startswith("start."))
RANGE = next(text for text in CORRECTIONS if text.startswith("low."))
DATED = next(text for text in CORRECTIONS if "dateTime" in text)


@pytest.mark.parametrize(
    ("reference", "verdict"),
    [
        ({"display": "Dr. A"}, True),
        ({"reference": "Organization/1"}, True),
        ({"reference": "#o"}, True),
        ({"reference": "#"}, True),
        ({"reference": "#x"}, False),
    ],
)
def test_a_reference_within_must_be_contained(reference: dict[str, Any], verdict: bool) -> None:
    contained = [{"resourceType": "Organization", "id": "o"}]
    patient = {"resourceType": "Patient", "contained": contained, "managingOrganization": reference}
    assert judge(REFERENCE, patient, "managingOrganization") is verdict


@pytest.mark.parametrize(
    ("start", "end", "verdict"),
    [
        ("2012-03", "2012-03-05", True),
        ("2012-03-05", "2012-03", True),
        ("2012-04", "2012-03-05", False),
        ("2012-03-05", "2012-03-04", False),
        ("2012-03-05", "2012-03-05", True),
        ("2012-03-05T10:00:00Z", "2012-03-05T09:59:59Z", False),
        ("2012-03-05T10:00:00Z", "2012-03-05", True),
        (None, "2012", True),
    ],
)
def test_a_period_of_mixed_precision_ends_after_it_starts(start: str | None, end: str, verdict: bool) -> None:
    period = {"end": end} if start is None else {"start": start, "end": end}
    encounter = {"resourceType": "Encounter", "period": period}
    assert judge(PERIOD, encounter, "period") is verdict


def test_a_range_has_no_order_where_its_units_do_not_compare() -> None:
    def goal(low: str, high: str) -> dict[str, Any]:
        ends = {
            name: {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
            for name, value, unit in (("low", 5, low), ("high", 4, high))
        }
        return {"resourceType": "Observation", "valueRange": ends}

    assert judge(RANGE, goal("mg", "mg"), "value") is False
    assert judge(RANGE, goal("mg", "g"), "value") is True
    assert judge(RANGE, goal("mg", "s"), "value") is True
    assert judge(RANGE, {"resourceType": "Observation", "valueRange": {"low": {"unit": "a"}, "high": {}}}, "value")


def test_a_vital_sign_over_a_period_breaks_no_rule_about_dates() -> None:
    over_period = {"resourceType": "Observation", "effectivePeriod": {"start": "2020"}}
    assert judge(DATED, over_period, "effective") is True
    assert judge(DATED, {"resourceType": "Observation", "effectiveDateTime": "2020"}, "effective") is False
    assert judge(DATED, {"resourceType": "Observation", "effectiveDateTime": "2020-01-01"}, "effective") is True


def test_a_contained_resource_must_be_referred_to() -> None:
    rule = "contained.where(('#'+id in %resource.descendants().reference).not()).empty()"
    contained = [{"resourceType": "Organization", "id": "o"}]
    patient: dict[str, Any] = {"resourceType": "Patient", "contained": contained}
    assert judge(rule, patient) is False
    assert judge(rule, patient | {"managingOrganization": {"reference": "#o"}}) is True


def test_root_and_inner_resource_are_told_apart() -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PATIENT}]}
    tables = load_tables()
    root = root_node(bundle, tables)
    inner = child_nodes(child_nodes(root, "entry")[0], "resource")[0]
    assert isinstance(inner, Node) and inner.type == "Patient"
    environment = Environment(tables, inner, root)
    assert compile_expression("%resource is Patient and %rootResource is Bundle").holds(inner, environment)
