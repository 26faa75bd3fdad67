from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json
from workbench.fhirpath import environment
from workbench.fhirpath.expression import evaluate, is_true

PATIENT: Json = {
    "resourceType": "Patient",
    "id": "a",
    "active": True,
    "name": [{"family": "Okafor", "given": ["Amara", "B."]}],
    "birthDate": "1984-03-12",
    "_birthDate": {"extension": [{"url": "http://example.org/time", "valueDateTime": "1984-03-12T10:00:00Z"}]},
}
OBSERVATION: Json = {
    "resourceType": "Observation",
    "subject": {"reference": "#p"},
    "contained": [{"resourceType": "Patient", "id": "p", "gender": "female"}],
    "valueQuantity": {"value": Decimal("72.50"), "unit": "/min"},
}


@pytest.mark.parametrize(
    ("resource", "expression", "found"),
    [
        (PATIENT, "Patient.name.given", ("Amara", "B.")),
        (PATIENT, "name.where(family = 'Okafor').given.first()", ("Amara",)),
        (PATIENT, "Observation.status", ()),
        (PATIENT, "birthDate.extension.url", ("http://example.org/time",)),
        (PATIENT, "birthDate.count()", (1,)),
        (PATIENT, "birthDate.hasValue()", (True,)),
        (PATIENT, "name.hasValue()", (False,)),
        (PATIENT, "%resource.id", ("a",)),
        (PATIENT, "trace('here').active", (True,)),
        (PATIENT, "birthDate < @2000-01-01", (True,)),
        (PATIENT, "name.family.matches('^O[a-z]+r$')", (True,)),
        (PATIENT, "name.family.replaceMatches('(O)k', '$1.')", ("O.afor",)),
        (OBSERVATION, "value.value", (Decimal("72.50"),)),
        (OBSERVATION, "value.ofType(Quantity).unit", ("/min",)),
        (OBSERVATION, "value.value > 72.4 and value.value < 72.6", (True,)),
        (OBSERVATION, "subject.resolve().gender", ("female",)),
        ([PATIENT, PATIENT], "name.family", ("Okafor", "Okafor")),
    ],
)
def test_an_expression_finds(resource: Any, expression: str, found: tuple[Any, ...]) -> None:
    assert evaluate(resource, expression) == found


def test_a_decimal_found_keeps_its_digits() -> None:
    assert str(evaluate(OBSERVATION, "value.value")[0]) == "72.50"


def test_a_reference_resolves_within_a_bundle() -> None:
    visit = {"resourceType": "Encounter", "subject": {"reference": "Patient/a"}}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": PATIENT}, {"resource": visit}]}
    assert evaluate(bundle, "Bundle.entry.resource.ofType(Encounter).subject.resolve().name.family") == ("Okafor",)


@pytest.mark.parametrize(
    ("expression", "column"),
    [("name.where(", 12), ("name)", 5), ("name given", 6), ("#", 1), ("name..given", 6), ("'open", 1)],
)
def test_a_syntax_fault_is_told_with_its_column(expression: str, column: int) -> None:
    with pytest.raises(WorkbenchError, match="was not expected") as caught:
        evaluate(PATIENT, expression)
    assert caught.value.column == column


@pytest.mark.parametrize("expression", ["", "  ", "memberOf('x')", "htmlChecks()", "name.nosuch()", "name.given + 1"])
def test_what_cannot_be_evaluated_is_neither_true_nor_false(expression: str) -> None:
    with pytest.raises(WorkbenchError):
        is_true(PATIENT, expression)


@pytest.mark.parametrize("expression", ["(" * 3000 + "1" + ")" * 3000, "not(" * 500 + "true" + ")" * 500, "1" * 20_000])
def test_an_expression_out_of_bounds_is_refused(expression: str) -> None:
    with pytest.raises(WorkbenchError):
        evaluate(PATIENT, expression)


@pytest.mark.parametrize("pattern", [r"^(\w|\w\w)+$", r"^(a|a?)+$", r"^(([a-z])+.)+[A-Z]([a-z])+$"])
@pytest.mark.parametrize("function", ["matches('{}')", "matchesFull('{}')", "replaceMatches('{}', 'x')"])
def test_a_catastrophic_pattern_is_refused_within_a_quarter_of_a_second(pattern: str, function: str) -> None:
    evaluate(PATIENT, "name.family.matches('warm up')")
    resource = {"resourceType": "Patient", "name": [{"family": "a" * 5000 + "!"}] * 1}
    started = time.process_time()
    try:
        found = evaluate(resource, "name.family." + function.replace("{}", pattern.replace("\\", "\\\\")))
    except WorkbenchError as error:
        assert "takes too long to match" in error.message
    else:
        assert found in ((False,), ("a" * 5000 + "!",))  # the engine sees through some of them
    assert time.process_time() - started < 0.25


def test_the_time_for_patterns_is_shared_by_the_whole_evaluation() -> None:
    resource = {"resourceType": "Patient", "name": [{"family": "ab" * 3000 + "!"}] * 50}
    started = time.process_time()
    with pytest.raises(WorkbenchError, match="takes too long to match"):
        evaluate(resource, r"name.all(family.matches('^(\\w|\\w\\w)+$'))")
    assert time.process_time() - started < 0.5


def test_an_expression_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "LONGEST_EVALUATION", 0.1)
    with pytest.raises(WorkbenchError, match=r"longer than 0\.1 seconds"):
        evaluate(PATIENT, "(0).repeat($this + 1)")


def test_now_moves_on() -> None:
    first = evaluate(PATIENT, "now()")
    time.sleep(0.01)
    assert evaluate(PATIENT, "now()") != first


def test_the_resource_is_left_as_it_was() -> None:
    before = repr(OBSERVATION)
    evaluate(OBSERVATION, "descendants().where(value > 1).count()")
    assert repr(OBSERVATION) == before
