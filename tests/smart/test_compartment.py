"""The compartment of a patient is FHIR's own: each type and each search parameter of its definition."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from workbench.definitions.definitions import load_definitions
from workbench.definitions.search_paths import find_parameter
from workbench.smart.compartment import ELEMENTS, is_in_compartment, is_patient_type, patients_of


def paths_here(kind: str) -> set[str]:
    return set(ELEMENTS[kind].replace("|", " ").split())


@pytest.mark.parametrize("kind", sorted(ELEMENTS))
def test_each_element_is_one_that_a_search_parameter_of_fhir_looks_at(kind: str) -> None:
    names = (
        "patient subject actor performer recorder asserter author participant payee sender recipient requester "
        "attester policy-holder subscriber beneficiary payor member source receiver link individual candidate"
    ).split()
    found = {
        ".".join(step for step, _ in path.steps)
        for name in names
        if (parameter := find_parameter(kind, name))
        for path in parameter.paths
    }
    assert load_definitions().is_resource(kind)
    assert paths_here(kind) <= found


def test_the_table_is_the_one_of_fhirs_own_definition() -> None:
    definition = read_definition()
    there = {each["code"]: each["param"] for each in definition["resource"] if "param" in each}
    assert set(ELEMENTS) == set(there)
    for kind, names in there.items():
        parameters = [parameter for name in names if (parameter := find_parameter(kind, name))]
        assert len(parameters) == len(names)
        paths = {".".join(step for step, _ in path.steps) for parameter in parameters for path in parameter.paths}
        assert paths_here(kind) == paths, kind


def read_definition() -> dict[str, Any]:
    folder = os.environ.get("WORKBENCH_PACKAGES", "")
    found = Path(folder) / "hl7.fhir.r4.core.tgz"
    if not folder or not found.is_file():
        pytest.skip("hl7.fhir.r4.core.tgz is not here; put it into a folder and name that in WORKBENCH_PACKAGES")
    with tarfile.open(found) as package:
        member = package.extractfile("package/CompartmentDefinition-patient.json")
        assert member is not None
        definition: dict[str, Any] = json.load(member)
        return definition


def of(kind: str, **elements: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": "x", **elements}


ANN, BOB = {"reference": "Patient/ann"}, {"reference": "Patient/bob"}


@pytest.mark.parametrize(
    ("resource", "reads", "writes"),
    [
        (of("Coverage", beneficiary=BOB, payor=[ANN]), True, False),
        (of("Coverage", beneficiary=ANN), True, True),
        (of("Appointment", participant=[{"actor": {"reference": "Practitioner/x"}}, {"actor": ANN}]), True, True),
        (of("Group", member=[{"entity": BOB}, {"entity": ANN}]), True, True),
        (of("Provenance", target=[BOB]), False, False),
        (of("Provenance", target=[{"reference": "http://here/fhir/Patient/ann/_history/3"}]), True, True),
        (of("Patient", link=[{"other": ANN}]), True, False),
        (of("CarePlan", subject=BOB, activity=[{"detail": {"performer": [ANN]}}]), True, False),
        (of("Device", patient=BOB), False, False),
        (of("Device"), True, False),
        (of("Task", **{"for": ANN}), True, True),
        (of("Location"), True, False),
        (of("Observation", subject={"reference": "Group/ann"}), False, False),
        (of("Observation", subject={"reference": "http://[broken/Patient/ann"}), False, False),
        (of("Observation", subject="Patient/ann"), False, False),
        (of("Observation", subject=[[ANN]]), True, True),
    ],
)
def test_a_resource_is_inside_by_reference_and_about_the_patient_by_its_subject(
    resource: dict[str, Any], reads: bool, writes: bool
) -> None:
    assert is_in_compartment(resource, "ann") is reads
    assert is_in_compartment(resource, "ann", about=True) is writes
    assert not is_in_compartment(resource, "") or not is_patient_type(resource["resourceType"])


@pytest.mark.parametrize(
    ("reference", "inside"),
    [
        ("Patient/ann", True),
        ("Patient/ann/_history/2", True),
        ("http://here/fhir/Patient/ann", True),
        ("http://here/fhir/Patient/ann/_history/2", True),
        ("http://elsewhere/fhir/Patient/ann", False),
        ("http://here/fhir2/Patient/ann", False),
        ("http://here/fhir/Patient/ann/", False),
        ("urn:uuid:ann", False),
        ("http://here/fhir/other/Patient/ann", False),
        ("Patient/bob/Patient/ann", False),
        ("Patient/bob?of=/Patient/ann", False),
        ("#ann", False),
    ],
)
def test_a_patient_of_another_server_is_another_patient(reference: str, inside: bool) -> None:
    resource = of("Observation", subject={"reference": reference})
    assert is_in_compartment(resource, "ann", base="http://here/fhir") is inside


@pytest.mark.parametrize(
    ("resource", "patients"),
    [
        ({"resourceType": "Patient", "id": "a"}, ("a",)),
        ({"resourceType": "Observation", "subject": {"reference": "Patient/a"}}, ("a",)),
        ({"resourceType": "Observation", "subject": {"reference": "http://h/fhir/Patient/a/_history/2"}}, ("a",)),
        ({"resourceType": "Observation", "performer": [{"reference": "Patient/a"}]}, ()),
        (
            {"resourceType": "Appointment", "participant": [{"actor": {"reference": f"Patient/{p}"}} for p in "ab"]},
            ("a", "b"),
        ),
        ({"resourceType": "Task", "for": {"reference": "Patient/a"}}, ("a",)),
        ({"resourceType": "Location", "name": "Ward"}, ()),
        ({"resourceType": "Observation", "subject": "Patient/a"}, ()),
    ],
)
def test_the_patients_whom_a_resource_is_about_are_those_in_whose_compartment_it_is(
    resource: dict[str, Any], patients: tuple[str, ...]
) -> None:
    assert patients_of(resource) == patients
    assert [p for p in ("a", "b") if is_in_compartment(resource, p, about=True)] == list(patients)
