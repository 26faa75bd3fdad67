"""The maker of single faults: each is one change, truly a fault by the definitions, and the same for the same seed."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faults.fault import Fault
from benchmarks.faults.make import all_faults, main, sample_faults
from benchmarks.faults.official import Official
from benchmarks.faults.verdict import Told, judge

Json = dict[str, Any]
BASE = "http://hl7.org/fhir/StructureDefinition/"


def element(path: str, least: int, most: str, kind: str = "", **more: Any) -> Json:
    types = {"type": [{"code": kind}]} if kind else {}
    return {"id": path, "path": path, "min": least, "max": most, "base": {"max": most}, **types, **more}


def structure(name: str, kind: str, *elements: Json, url: str = "", of: str = "") -> Json:
    return {
        "resourceType": "StructureDefinition",
        "url": url or BASE + name,
        "type": of or name,
        "kind": kind,
        "snapshot": {"element": list(elements)},
    }


BINDING = {"strength": "required", "valueSet": "http://example.org/ValueSet/status|1"}
VALUE_SET = {
    "resourceType": "ValueSet",
    "url": "http://example.org/ValueSet/status",
    "compose": {"include": [{"system": "http://example.org/status", "concept": [{"code": "final"}]}]},
}
KINDS = {"targetProfile": [BASE + "Patient"], "code": "Reference"}
OBSERVATION = (
    element("Observation", 0, "*"),
    element("Observation.status", 1, "1", "code", binding=BINDING),
    element("Observation.note", 0, "*", "string"),
    element("Observation.subject", 0, "1", type=[KINDS]),
    element("Observation.value[x]", 0, "1", type=[{"code": "string"}, {"code": "boolean"}]),
)
PROFILE = structure(
    "Noted",
    "resource",
    OBSERVATION[0],
    {**OBSERVATION[2], "min": 1, "max": "2"},
    url="http://example.org/noted",
    of="Observation",
)
DEFINITIONS = (
    structure("Observation", "resource", *OBSERVATION),
    structure("Patient", "resource", element("Patient", 0, "*")),
    structure(
        "Reference", "complex-type", element("Reference", 0, "*"), element("Reference.reference", 0, "1", "string")
    ),
    *(structure(name, "primitive-type", element(name, 0, "*")) for name in ("string", "code", "boolean")),
    PROFILE,
    VALUE_SET,
)
EXAMPLE: Json = {
    "resourceType": "Observation",
    "meta": {"profile": ["http://example.org/noted"]},
    "status": "final",
    "note": ["one"],
    "subject": {"reference": "Patient/1"},
    "valueString": "x",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("package") / "package.tgz"
    with tarfile.open(path, "w:gz") as members:
        for number, resource in enumerate(DEFINITIONS):
            add(members, f"package/{resource['resourceType']}-{number}.json", resource)
        add(members, "package/example/Observation-1.json", EXAMPLE)
    return path


def add(members: tarfile.TarFile, name: str, resource: Json) -> None:
    content = json.dumps(resource).encode()
    member = tarfile.TarInfo(name)
    member.size = len(content)
    members.addfile(member, io.BytesIO(content))


def made(package: Path) -> list[Fault]:
    return list(all_faults(Official([package]), EXAMPLE, {}))


def test_each_fault_differs_from_the_example_in_one_property(package: Path) -> None:
    for fault in made(package):
        keys = EXAMPLE.keys() | fault.body.keys()
        assert len([key for key in keys if EXAMPLE.get(key) != fault.body.get(key)]) == 1 or "type" in fault.kind


def test_required_elements_of_the_base_and_of_the_profile_are_taken_out(package: Path) -> None:
    rules = {fault.rule for fault in made(package) if fault.kind == "required element missing"}
    assert rules == {"Observation.status", "Observation.note"}


def test_taking_out_an_optional_element_is_no_fault(package: Path) -> None:
    assert all("valueString" in fault.body for fault in made(package) if fault.kind == "required element missing")


def test_codes_are_put_outside_of_required_bindings(package: Path) -> None:
    (fault,) = [fault for fault in made(package) if fault.kind == "code outside a required binding"]
    assert (fault.rule, fault.body["status"]) == ("Observation.status", "no-such-code")


def test_references_are_turned_to_a_type_that_is_not_allowed(package: Path) -> None:
    (fault,) = [fault for fault in made(package) if "reference to a type" in fault.kind]
    assert fault.body["subject"] == {"reference": "Basic/none"}


def test_values_are_repeated_beyond_what_the_profile_allows(package: Path) -> None:
    (fault,) = [fault for fault in made(package) if fault.kind == "too many values"]
    assert fault.body["note"] == ["one", "one", "one"]


def test_every_kind_names_the_place_it_broke_first(package: Path) -> None:
    assert all(fault.places[0].startswith("Observation") for fault in made(package))


def test_the_same_seed_draws_the_same_faults(package: Path) -> None:
    official = Official([package])
    examples = [("a.json", EXAMPLE), ("b.json", {**EXAMPLE, "note": ["two"]})]
    drawn = [sample_faults(official, examples, seed, 1) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_faults_are_written_as_rows_that_can_be_read(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--into", str(tmp_path), str(package)]) == 0
    rows = [json.loads(line) for line in (tmp_path / "package.ndjson").read_text("utf-8").splitlines()]
    assert len(rows) > 10
    assert f"package: {len(rows)} faults" in capsys.readouterr().out
    assert {"id", "kind", "rule", "example", "places", "resource"} == rows[0].keys()


def test_an_error_at_the_place_below_it_or_at_its_holder_finds_the_fault() -> None:
    places = ("Observation.value", "Observation")
    for path in (
        "Observation.value",
        "Observation.value.ofType(Quantity).code",
        "Observation.valueQuantity",
        "Observation",
    ):
        found = judge(places, [Told(path, "wrong")], [])
        assert found.placed and not found.elsewhere, path


def test_an_error_elsewhere_finds_no_fault_and_is_kept() -> None:
    found = judge(("Observation.value", "Observation"), [Told("Observation.code", "wrong")], [])
    assert (found.found, found.placed, len(found.elsewhere)) == (True, False, 1)


def test_what_was_told_of_the_example_already_is_no_finding() -> None:
    told = [Told("Observation.code", "wrong")]
    assert not judge(("Observation.code",), told, told).found
