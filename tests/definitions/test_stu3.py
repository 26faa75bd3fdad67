from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import pytest

from workbench.definitions.core_facts import built_in_path
from workbench.definitions.definitions import load_definitions

TOOLS = Path(__file__).parents[2] / "tools"
HERE = load_definitions("STU3")


def compile_into(folder: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(sys, "path", [str(TOOLS), *sys.path])
    folder.mkdir()
    assert runpy.run_path(str(TOOLS / "compile_stu3.py"))["main"](["--into", str(folder)]) == 0
    return (folder / "stu3.facts").read_bytes()


def test_the_structure_of_stu3_is_known_and_marked_as_no_more_than_that() -> None:
    assert not HERE.release.complete and len(HERE.resource_types) == 117 and HERE.is_resource("ProcedureRequest")
    assert not HERE.is_resource("DomainResource") and not HERE.is_resource("ServiceRequest")


def test_elements_have_their_order_cardinality_types_and_targets() -> None:
    patient, observation = HERE.table("Patient"), HERE.table("Observation")
    assert patient and observation
    assert list(patient.elements)[:9] == [
        "id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension", "identifier",
    ]  # fmt: skip
    assert observation.required == ("status", "code") and observation.base == "DomainResource"
    assert observation.choices["effective[x]"] == ("effectiveDateTime", "effectivePeriod")
    practitioner = patient.elements["generalPractitioner"]
    assert practitioner.repeats and practitioner.targets == ("Organization", "Practitioner")
    statement = HERE.table("MedicationStatement")
    assert statement and "medication[x]" in statement.required


def test_inner_types_and_content_told_elsewhere_are_found() -> None:
    item, compose = HERE.table("Questionnaire.item"), HERE.table("ValueSet.compose")
    assert item and item.elements["item"].type == "Questionnaire.item" and item.required == ("linkId", "type")
    assert compose and compose.elements["exclude"].type == "ValueSet.compose.include"


def test_every_type_that_an_element_has_is_there() -> None:
    for head in HERE.structure_heads():
        structure = HERE.structure(head.url)
        assert structure and structure.version == "3.0.2" and structure.fhir_version == "3.0.2"
        for kind in (kind for element in structure.elements for kind in element.types):
            assert HERE.table(kind.code) or HERE.primitive(kind.code) or kind.code.endswith("System.String"), kind


def test_xml_attributes_are_known() -> None:
    period, patient = HERE.table("Period"), HERE.table("Patient")
    assert period and patient and period.elements["id"].is_attribute and not patient.elements["id"].is_attribute


def test_the_models_give_the_same_bytes_twice_and_those_that_are_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (compile_into(tmp_path / name, monkeypatch) for name in "ab")
    assert first == second
    shipped = built_in_path("stu3").read_bytes()
    made, kept = (json.loads(content.partition(b"\n")[0])["sources"] for content in (first, shipped))
    if made != kept:
        pytest.skip("the fhir.resources installed here is not the one that the shipped facts were made of")
    assert first == shipped
