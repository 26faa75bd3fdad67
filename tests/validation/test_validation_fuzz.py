"""Mutated resources through the validator of every release: a verdict, or a refusal in words, in bounded time."""

from __future__ import annotations

import random
from typing import Any

import pytest

from benchmarks.mutants import Breeder
from benchmarks.validation_fuzz import fuzz
from workbench.definitions.definitions import load_definitions
from workbench.fhir.resource import DEEPEST, parse_resource
from workbench.validation.validator import Validator

ROUNDS = 5_000


def test_mutants_are_judged_or_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes, slowest = fuzz(ROUNDS, 7, ())
    assert sum(outcomes.values()) == ROUNDS
    assert min(outcomes["valid"], outcomes["invalid"], outcomes["refused in words"]) > ROUNDS * 0.03
    assert slowest < 5
    assert f"{ROUNDS:,} mutants" in capsys.readouterr().out


def test_the_same_mutants_are_made_of_the_same_seed() -> None:
    seeds: list[dict[str, Any]] = [{"resourceType": "Patient", "name": [{"given": ["A", "B"]}], "active": True}]
    chances = [random.Random(seed) for seed in (1, 1, 2)]  # noqa: S311 drawn again
    made = [[Breeder(seeds, chance).mutant() for _ in range(20)] for chance in chances]
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize(
    "value", [None, True, 1, "Patient", [], [{}], {}, {"resourceType": None}, {"resourceType": []}]
)
def test_what_is_no_resource_is_told_to_be_none(value: Any) -> None:
    assert any(issue.is_error for issue in Validator(load_definitions()).validate(value))


def test_ten_thousand_errors_are_told_up_to_a_limit() -> None:
    resource = {"resourceType": "Patient", "name": [{f"x{n}": n} for n in range(10_000)]}
    issues = Validator(load_definitions()).validate(resource, most_issues=100)
    assert 100 <= len(issues) <= 101


@pytest.mark.parametrize(
    ("start", "opens", "inner", "closes", "levels"),
    [
        ('{"resourceType":"Patient","extension":[', '{"url":"x","extension":[', '{"url":"x"}', "]}", 2),
        ('{"resourceType":"Questionnaire","item":[', '{"item":[', '{"linkId":"1"}', "]}", 2),
        ('{"resourceType":"Patient","contained":[', '{"contained":[', '{"id":"1"}', "]}", 2),
        ('{"resourceType":"Bundle","entry":[', '{"resource":{"resourceType":"Bundle","entry":[', "{}", "]}}", 3),
    ],
)
def test_the_deepest_that_can_be_read_is_judged(start: str, opens: str, inner: str, closes: str, levels: int) -> None:
    times = (DEEPEST - 3) // levels
    body = parse_resource(start + opens * times + inner + closes * times + "]}")
    assert Validator(load_definitions()).validate(body)
