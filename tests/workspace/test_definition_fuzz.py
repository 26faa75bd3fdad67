"""Whatever a definition holds, comparing it ends in rows or in words."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest

from workbench.diff.difference_report import to_json_text, to_text
from workbench.errors import WorkbenchError
from workbench.workspace.comparison import compare
from workbench.workspace.comparison_side import side_of_json

BASE = "http://hl7.org/fhir/StructureDefinition/"
ELEMENTS = [
    {"id": "Observation", "path": "Observation", "min": 0, "max": "*"},
    {
        "id": "Observation.category",
        "path": "Observation.category",
        "min": 1,
        "max": "*",
        "slicing": {"discriminator": [{"type": "pattern", "path": "$this"}], "rules": "open"},
        "base": {"path": "Observation.category", "min": 0, "max": "*"},
        "type": [{"code": "CodeableConcept"}],
        "mustSupport": True,
    },
    {
        "id": "Observation.category:lab",
        "path": "Observation.category",
        "sliceName": "lab",
        "min": 1,
        "max": "1",
        "patternCodeableConcept": {"coding": [{"system": "urn:s", "code": "laboratory"}]},
        "type": [{"code": "CodeableConcept"}],
    },
    {"id": "Observation.category:lab.coding", "path": "Observation.category.coding", "min": 1, "max": "*"},
    {
        "id": "Observation.code",
        "path": "Observation.code",
        "min": 1,
        "max": "1",
        "binding": {"strength": "extensible", "valueSet": "http://hl7.org/fhir/ValueSet/observation-codes"},
        "constraint": [{"key": "x-1", "severity": "error", "human": "So it is.", "expression": "coding.exists()"}],
    },
    {
        "id": "Observation.value[x]:valueQuantity",
        "path": "Observation.value[x]",
        "sliceName": "valueQuantity",
        "max": "1",
        "type": [{"code": "Quantity", "profile": [BASE + "SimpleQuantity"]}],
    },
    {
        "id": "Observation.subject",
        "path": "Observation.subject",
        "type": [{"code": "Reference", "targetProfile": [BASE + "Patient", BASE + "Group"]}],
        "maxLength": 20,
    },
]
DEFINITIONS: list[dict[str, Any]] = [
    {
        "resourceType": "StructureDefinition",
        "url": "urn:example:lab",
        "name": "Lab",
        "status": "active",
        "fhirVersion": "4.0.1",
        "kind": "resource",
        "abstract": False,
        "type": "Observation",
        "baseDefinition": BASE + "Observation",
        "derivation": "constraint",
        "context": [{"type": "element", "expression": "Patient"}],
        "snapshot": {"element": ELEMENTS},
    },
    {
        "resourceType": "ValueSet",
        "url": "urn:example:set",
        "status": "active",
        "compose": {
            "include": [
                {"system": "urn:s", "concept": [{"code": "a", "display": "A"}]},
                {"system": "urn:t", "filter": [{"property": "concept", "op": "is-a", "value": "1"}]},
                {"valueSet": ["http://hl7.org/fhir/ValueSet/administrative-gender"]},
            ],
            "exclude": [{"system": "urn:s", "concept": [{"code": "b"}]}],
        },
    },
    {
        "resourceType": "CodeSystem",
        "url": "urn:example:codes",
        "status": "active",
        "content": "complete",
        "caseSensitive": True,
        "concept": [{"code": "a", "display": "A", "concept": [{"code": "b"}]}],
    },
    {
        "resourceType": "SearchParameter",
        "url": "urn:example:parameter",
        "code": "lab",
        "type": "token",
        "base": ["Observation"],
        "expression": "Observation.code",
        "target": ["Patient"],
        "component": [{"definition": "urn:example:other", "expression": "code"}],
    },
]
ODD: list[Any] = [
    None, True, 0, -1, 3.5, "", "x" * 50, "*", [], {}, [[]], [None], {"a": [1]}, ["Patient"], "Observation.code",
    BASE + "Observation", "Observation.category:lab", "a:b.c:d[x]", "[x]", ":", "urn:example:lab",
]  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*at, key))


def mutate(resource: dict[str, Any], seed: random.Random) -> dict[str, Any]:
    """Some places gone, some with an odd value, some with what stands elsewhere."""
    mutant = copy.deepcopy(resource)
    for _ in range(seed.choice((1, 1, 2, 6))):
        spots = [spot for spot in places(mutant) if spot and spot != ("resourceType",)]
        if not spots:
            break
        *around, last = seed.choice(spots)
        holder: Any = mutant
        for key in around:
            holder = holder[key]
        if seed.random() < 0.3:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(seed.choice(ODD))
    return mutant


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition["resourceType"])
def test_a_mutated_definition_is_compared_or_refused_in_words(definition: dict[str, Any]) -> None:
    seed = random.Random(20260301)  # noqa: S311  # no secret is made here
    compared = 0
    for _ in range(300):
        sides = side_of_json(definition, "a"), side_of_json(mutate(definition, seed), "b")
        for left, right in (sides, sides[::-1]):
            try:
                rows = compare(left, right).rows
            except WorkbenchError as error:
                assert str(error)
                continue
            to_json_text("a", "b", rows)
            to_text("a", "b", rows)
            compared += 1
    assert compared > 400
