from __future__ import annotations

import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from workbench.definitions.definitions import load_definitions
from workbench.fhir.resource import Json, parse_resource
from workbench.issue import Issue
from workbench.packages.package import open_package
from workbench.validation.validator import Validator

PACKAGES = Path(__file__).parents[3] / "shared/data/us-core-packages"
pytestmark = pytest.mark.skipif(
    not PACKAGES.is_dir(), reason="the official US Core packages are not beside the checkout"
)
# What the published examples have wrong themselves, by the file and the rule that tells it.
OWN_FAULTS = {
    ("Bundle-66c8856b-ba11-4876-8aa8-467aad8c11a2.json", "Bundle.entry.fullUrl agrees"),
    ("Bundle-uscore-mo3.json", "Bundle.entry.fullUrl absolute"),
    ("Bundle-docref-example-2.json", "Bundle.entry.fullUrl agrees"),
    ("DiagnosticReport-cardiology-report.json", "Attachment.hash format"),
    # The profile fixes the unit L/min, and binds the same value to a set of units that lacks it.
    ("Observation-satO2-fiO2.json", "Observation.component.value[x] binding"),
}


def validator_of(name: str, cache: Path) -> Validator:
    return Validator(load_definitions("4.0", [open_package(PACKAGES / name, cache=cache)]))


def examples_of(name: str) -> Iterator[tuple[str, Json]]:
    with tarfile.open(PACKAGES / name) as package:
        for member in package:
            folder, _, file = member.name.rpartition("/")
            content = package.extractfile(member) if folder == "package/example" else None
            if content is not None and file.endswith(".json") and not file.startswith("."):
                yield file, parse_resource(content.read())


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packages")


@pytest.fixture(scope="module")
def us_core(cache: Path) -> Validator:
    return validator_of("us_core_610.tgz", cache)


@pytest.mark.parametrize("name", ["us_core_311.tgz", "us_core_400.tgz", "us_core_610.tgz", "us_core_700.tgz"])
def test_the_published_examples_have_no_error_but_their_own(name: str, cache: Path) -> None:
    validator = validator_of(name, cache)
    examples = dict(examples_of(name))
    errors = {
        (file, issue.rule)
        for file, resource in examples.items()
        for issue in validator.validate(resource)
        if issue.is_error
    }
    assert len(examples) > 80 and errors <= OWN_FAULTS


def patient(**more: Any) -> Json:
    return {
        "resourceType": "Patient",
        "id": "a",
        "meta": {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"]},
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Amara Okafor</div>'},
        "identifier": [{"system": "http://hospital.example.org/mrn", "value": "1"}],
        "name": [{"family": "Okafor", "given": ["Amara"]}],
        "gender": "female",
        **more,
    }


def errors(issues: tuple[Issue, ...]) -> list[tuple[str, str]]:
    return [(issue.path, issue.rule) for issue in issues if issue.is_error]


def race(*parts: Json) -> Json:
    return {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race", "extension": list(parts)}


TEXT = {"url": "text", "valueString": "White"}


@pytest.mark.parametrize(
    ("change", "path", "rule"),
    [
        ({"identifier": [{"value": "1"}]}, "Patient.identifier[0].system", "Patient.identifier.system min"),
        ({"name": []}, "Patient.name", "Patient.name shape"),
        ({"name": [{"use": "official"}]}, "Patient.name[0]", "us-core-6"),
        ({"telecom": [{"system": "phone"}]}, "Patient.telecom[0].value", "Patient.telecom.value min"),
        (
            {"extension": [race({"url": "ombCategor", "valueString": "x"}, TEXT)]},
            "Patient.extension[0].extension[0].url",
            "Extension.url defined",
        ),
        ({"extension": [race()]}, "Patient.extension[0].extension", "Extension.extension shape"),
        ({"extension": [race(TEXT), race(TEXT)]}, "Patient.extension[1]", "Patient.extension:race max"),
        (
            {"extension": [race({"url": "text", "valueCode": "x"})]},
            "Patient.extension[0].extension[0].value",
            "Extension.extension:text.value[x] type",
        ),
        (
            {
                "extension": [
                    race({"url": "detailed", "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "1"}})
                ]
            },
            "Patient.extension[0].extension",
            "Extension.extension:text min",
        ),
    ],
)
def test_a_fault_against_us_core_is_told_once(us_core: Validator, change: Json, path: str, rule: str) -> None:
    assert errors(us_core.validate(patient())) == []
    assert errors(us_core.validate(patient(**change))) == [(path, rule)]


def test_codes_that_are_not_public_are_undecided(us_core: Validator) -> None:
    coding = {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2106-3"}
    issues = us_core.validate(patient(extension=[race({"url": "ombCategory", "valueCoding": coding}, TEXT)]))
    assert errors(issues) == []
    assert [issue.path for issue in issues if issue.is_undecided] == ["Patient.extension[0].extension[0].value"]


def test_an_extension_that_its_own_guide_does_not_define_is_warned_of(us_core: Validator) -> None:
    mistyped = {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-rase", "valueString": "x"}
    issues = us_core.validate(patient(extension=[mistyped]))
    assert [(issue.severity, issue.path) for issue in issues] == [("warning", "Patient.extension[0].url")]


def blood_pressure(*codes: str) -> Json:
    loinc = "http://loinc.org"
    unit = {"unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return {
        "resourceType": "Observation",
        "meta": {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-blood-pressure"]},
        "status": "final",
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
                ]
            }
        ],
        "code": {"coding": [{"system": loinc, "code": "85354-9"}]},
        "subject": {"reference": "Patient/a"},
        "effectiveDateTime": "2026-03-01",
        "component": [
            {"code": {"coding": [{"system": loinc, "code": code}]}, "valueQuantity": {"value": 120, **unit}}
            for code in codes
        ],
    }


def test_each_slice_of_a_blood_pressure_that_is_missed_is_told(us_core: Validator) -> None:
    assert errors(us_core.validate(blood_pressure("8480-6", "8462-4"))) == []
    assert errors(us_core.validate(blood_pressure("8480-6", "1-8"))) == [
        ("Observation.component", "Observation.component:diastolic min")
    ]
    assert errors(us_core.validate(blood_pressure("2-6", "1-8"))) == [
        ("Observation.component", "Observation.component:systolic min"),
        ("Observation.component", "Observation.component:diastolic min"),
    ]


def test_one_validator_serves_many_threads(us_core: Validator) -> None:
    resources = [blood_pressure("8480-6", "8462-4"), blood_pressure("1-8"), patient(), patient(name=[])] * 10
    alone = [us_core.validate(resource) for resource in resources]
    fresh = Validator(us_core.definitions)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fresh.validate, resources)) == alone
