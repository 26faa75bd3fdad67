"""Definitions that are mutated at random are compiled, read back and asked, and nothing stumbles over them."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest

from tests.definitions.test_compile_definitions import RESOURCES
from tests.definitions.test_snapshot import differential
from workbench.definitions.definitions import Definitions, load_definitions
from workbench.definitions.facts_compiler import FactsCompiler
from workbench.definitions.package_facts import PackageFacts

SLICING = {"discriminator": [{"type": "value", "path": "system"}], "rules": "open"}
SEEDS: tuple[dict[str, Any], ...] = (
    *RESOURCES,
    differential(
        "Patient",
        {"id": "Patient.identifier", "path": "Patient.identifier", "slicing": SLICING, "min": 1},
        {"id": "Patient.identifier:a", "path": "Patient.identifier", "sliceName": "a", "max": "1"},
        {"id": "Patient.identifier:a.system", "path": "Patient.identifier.system", "fixedUri": "http://a"},
        {"id": "Patient.deceasedBoolean", "path": "Patient.deceasedBoolean", "constraint": [{"key": "x-1"}]},
    ),
    {
        "resourceType": "ValueSet",
        "url": "http://x/vs",
        "compose": {
            "include": [{"system": "http://x/size", "filter": [{"property": "concept", "op": "is-a", "value": "l"}]}],
            "exclude": [{"valueSet": ["http://x/sizes"]}, {"system": "http://x/size", "concept": [{"code": "s"}]}],
        },
        "expansion": {"total": 1, "contains": [{"system": "http://x/size", "code": "l", "contains": []}]},
    },
)
ODD: tuple[Any, ...] = (
    None,
    5,
    -1,
    "x",
    "",
    [],
    {},
    [None],
    [[]],
    True,
    "Patient.a:b.c",
    [{}],
    {"code": []},
    "a" * 300,
)


def mutate(resource: dict[str, Any], rng: random.Random) -> None:
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key, child in list(value.items() if isinstance(value, dict) else enumerate(value)):
            places.append((value, key))
            if isinstance(child, dict | list):
                walk(child)

    walk(resource)
    for container, key in rng.sample(places, min(len(places), rng.randint(1, 5))):
        if key not in ("resourceType", "url"):
            container[key] = copy.deepcopy(rng.choice(ODD))


@pytest.mark.parametrize("seed", range(300))
def test_mutated_definitions_are_taken_as_far_as_they_go(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)  # noqa: S311 - a test that can be repeated
    compiler = FactsCompiler("x#1", prose=True)
    for resource in copy.deepcopy(SEEDS):
        mutate(resource, rng)
        compiler.add(resource)
    (tmp_path / "x.facts").write_bytes(compiler.to_bytes({}))
    package = PackageFacts(tmp_path / "x.facts", whole=True)
    definitions = Definitions(load_definitions("4.0").release, [package])
    for head in package.structure_heads():
        assert definitions.structure(head.url) is not None
    for head in package.value_set_heads():
        found = definitions.value_set(head.url)
        assert found is not None and (found.codes() is None or isinstance(found.codes(), frozenset))
        for system in ("", "http://x/size"):
            membership = definitions.judge_code(head.url, system, "l")
            assert membership.found is not None or membership.reason
    definitions.search_parameters("Shoe")
