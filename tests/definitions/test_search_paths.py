from __future__ import annotations

import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.definitions.definitions import load_definitions
from workbench.definitions.search_paths import extract, find_parameter, parameters_of
from workbench.fhir.resource import Json
from workbench.fhirpath.expression import evaluate

US_CORE = Path(__file__).parents[3] / "shared/data/us-core-packages/us_core_610.tgz"

PATIENT: Json = {
    "resourceType": "Patient",
    "id": "a",
    "meta": {"lastUpdated": "2026-03-01T00:00:00Z"},
    "gender": "female",
    "telecom": [{"system": "phone", "value": "1"}, {"system": "email", "value": "a@example.org"}],
    "name": [{"family": "A"}, {"family": "B"}],
}
OBSERVATION: Json = {
    "resourceType": "Observation",
    "subject": {"reference": "Patient/a"},
    "effectivePeriod": {"start": "2026"},
    "component": [{"code": {"text": "x"}}, {"code": {"text": "y"}}],
}

BUNDLE: Json = {"resourceType": "Bundle", "entry": [{"resource": PATIENT}, {"resource": OBSERVATION}]}


@pytest.mark.parametrize(
    ("resource", "name", "values"),
    [
        (PATIENT, "_id", ["a"]),
        (PATIENT, "_lastUpdated", ["2026-03-01T00:00:00Z"]),
        (PATIENT, "family", ["A", "B"]),
        (PATIENT, "phone", [{"system": "phone", "value": "1"}]),
        (PATIENT, "birthdate", []),
        (OBSERVATION, "patient", [{"reference": "Patient/a"}]),
        (OBSERVATION | {"subject": {"reference": "Group/a"}}, "patient", []),
        (
            OBSERVATION | {"subject": {"reference": "http://x/Patient/a/_history/1"}},
            "patient",
            [{"reference": "http://x/Patient/a/_history/1"}],
        ),
        (OBSERVATION, "date", [{"start": "2026"}]),
        (OBSERVATION, "combo-code", [{"text": "x"}, {"text": "y"}]),
        (BUNDLE, "composition", [PATIENT]),
        ({"resourceType": "InsurancePlan", "name": "Plan", "alias": ["P"]}, "name", ["Plan", "P"]),
    ],
)
def test_a_parameter_looks_at(resource: Json, name: str, values: list[Any]) -> None:
    parameter = find_parameter(resource["resourceType"], name)
    assert parameter is not None
    assert [value for value, _ in extract(resource, parameter)] == values


@pytest.mark.parametrize(
    ("resource", "name", "values"),
    [
        ({"resourceType": "Goal", "startDate": "2026-01-01"}, "start-date", ["2026-01-01"]),
        ({"resourceType": "Patient", "deceasedDateTime": "2026"}, "death-date", ["2026"]),
        (
            {"resourceType": "ValueSet", "useContext": [{"valueCodeableConcept": {"text": "x"}}]},
            "context",
            [{"text": "x"}],
        ),
    ],
)
def test_r5_puts_what_a_parameter_looks_at_in_brackets(resource: Json, name: str, values: list[Any]) -> None:
    parameter = find_parameter(resource["resourceType"], name, "5.0")
    assert parameter is not None and [value for value, _ in extract(resource, parameter)] == values


def test_a_plain_code_knows_its_system() -> None:
    parameter = find_parameter("Patient", "gender")
    assert parameter is not None and parameter.kind == "token"
    assert parameter.paths[0].systems == ("http://hl7.org/fhir/administrative-gender",)


def test_the_types_of_a_value_are_told() -> None:
    parameter = find_parameter("Observation", "date")
    assert parameter is not None
    assert [path.type for path in parameter.paths] == ["dateTime", "Period", "Timing", "instant"]


def test_unknown_parameters_are_none() -> None:
    assert find_parameter("Patient", "shoe-size") is None
    assert find_parameter("Shoe", "size") is None
    assert "_tag" in parameters_of("Binary")


SERVED = (
    "Patient Encounter Condition AllergyIntolerance MedicationRequest Medication Observation DiagnosticReport "
    "DocumentReference Appointment Practitioner PractitionerRole Organization Location Procedure Immunization "
    "ServiceRequest Task Flag QuestionnaireResponse"
)


@pytest.mark.parametrize("type_name", SERVED.split())
def test_what_apps_ask_for_is_there(type_name: str) -> None:
    assert len(parameters_of(type_name)) > 8 and "identifier" in parameters_of(type_name)


def examples(archive: Path, most: int) -> Iterator[Json]:
    """A few of each type."""
    seen: Counter[str] = Counter()
    with tarfile.open(archive) as package:
        for member in package:
            content = package.extractfile(member) if "/example/" in member.name else None
            resource = json.loads(content.read()) if content and member.name.endswith(".json") else {}
            seen[resource.get("resourceType", "")] += 1
            if seen[resource.get("resourceType", "")] <= most and "resourceType" in resource:
                yield resource


@pytest.mark.skipif(not US_CORE.is_file(), reason="the folder shared/data with the US Core packages is absent")
def test_search_paths_find_what_the_expressions_find() -> None:
    """But for what FHIRPath has to resolve, which is decided here by the type that a reference names."""
    compared = 0
    for resource in examples(US_CORE, 3):
        kind = resource["resourceType"]
        for parameter in load_definitions("4.0").search_parameters(kind):
            searched = find_parameter(kind, parameter.code)
            own = [part for part in re.split(r"\s\|\s", parameter.expression) if re.search(rf"\b{kind}\.", part)]
            if searched is None or any("resolve()" in part for part in own):
                continue
            expected = {json.dumps(value, sort_keys=True) for value in evaluate(resource, " | ".join(own))}
            found = {json.dumps(value, sort_keys=True) for value, _ in extract(resource, searched)}
            assert found == expected, f"{kind}.{parameter.code}: {parameter.expression}"
            compared += 1
    assert compared > 300
