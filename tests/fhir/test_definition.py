from __future__ import annotations

import pytest

from workbench.fhir.definition import find_primitive, find_structure, is_resource_type, load_facts, release


def test_the_source_is_told_with_its_checksum() -> None:
    told = release()
    assert (told.package, told.version) == ("hl7.fhir.r4.core", "4.0.1")
    assert len(bytes.fromhex(told.sha512)) == 64


def test_every_resource_type_of_r4_is_there() -> None:
    assert len(load_facts()["resources"]) == 146
    assert is_resource_type("Patient") and is_resource_type("Binary")
    assert not any(map(is_resource_type, ("Resource", "DomainResource", "HumanName", "Shoe", "")))


def test_a_choice_is_an_element_under_each_of_its_names() -> None:
    structure = find_structure("Observation")
    assert structure is not None
    quantity = structure.elements["valueQuantity"]
    assert (quantity.name, quantity.type, quantity.repeats) == ("value[x]", "Quantity", False)
    assert "value" not in structure.elements and "valueReference" not in structure.elements
    assert "valueQuantity" in structure.choices["value[x]"]


def test_cardinality_codes_and_targets_are_known() -> None:
    patient, observation = find_structure("Patient"), find_structure("Observation")
    assert patient is not None and observation is not None
    assert patient.elements["name"].repeats and patient.elements["contact"].type == "Patient.contact"
    assert patient.elements["gender"].codes == {
        "http://hl7.org/fhir/administrative-gender": {"male", "female", "other", "unknown"}
    }
    assert observation.required == ("status", "code")
    assert set(observation.elements["encounter"].targets) == {"Encounter"}


def test_an_inner_type_may_be_that_of_another_place() -> None:
    component = find_structure("Observation.component")
    assert component is not None and component.elements["referenceRange"].type == "Observation.referenceRange"


def test_every_type_that_an_element_names_is_there() -> None:
    known = load_facts()["types"].keys() | load_facts()["primitives"].keys()
    named = {kind for table in load_facts()["types"].values() for facts in table.values() for kind in facts[2]}
    assert named - known == set()


@pytest.mark.parametrize("name", ["Shoe", "", "string", "Patient.shoe"])
def test_an_unknown_structure_is_none(name: str) -> None:
    assert find_structure(name) is None


def test_a_primitive_knows_its_json_kind_and_pattern() -> None:
    boolean, code = find_primitive("boolean"), find_primitive("code")
    assert boolean is not None and boolean.kind == "boolean"
    assert code is not None and code.pattern is not None and not code.pattern.fullmatch("two  blanks")
    assert find_primitive("Quantity") is None
