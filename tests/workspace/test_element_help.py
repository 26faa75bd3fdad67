from __future__ import annotations

import json
from typing import Any

import pytest

from workbench.workspace.check_choices import CheckChoice
from workbench.workspace.element_help import ElementHelp, explain_element

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "extension": [{"url": RACE, "extension": []}],
    "name": [{"given": ["A", "B"], "_given": [{"id": "g"}, None]}],
    "contact": [{"name": {"family": "C"}}],
    "contained": [{"resourceType": "Observation", "valueQuantity": {"unit": "kg"}}],
    "shoe": 1,
}


def helped(mark: str, *, choice: CheckChoice | None = None, **more: Any) -> ElementHelp | None:
    """What is said where `mark` stands in the text."""
    text = json.dumps(PATIENT | more, indent=1)
    before = text[: text.index(mark) + 2]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return explain_element(text, line, column, choice or CheckChoice())


@pytest.mark.parametrize(
    ("mark", "path", "element", "type_name"),
    [
        ('"B"', "Patient.name[0].given[1]", "HumanName.given", "string"),
        ('"id": "g"', "Patient.name[0].given[0].id", "Element.id", "string"),
        ('"family"', "Patient.contact[0].name.family", "HumanName.family", "string"),
        ('"contact"', "Patient.contact", "Patient.contact", "BackboneElement"),
        ('"valueQuantity"', "Patient.contained[0].valueQuantity", "Observation.value[x]", "Quantity"),
        ('"unit"', "Patient.contained[0].valueQuantity.unit", "Quantity.unit", "string"),
        ('"resourceType": "P', "Patient.resourceType", "", ""),
        ('"shoe"', "Patient.shoe", "", ""),
    ],
)
def test_the_element_at_a_place_is_explained_by_its_type(mark: str, path: str, element: str, type_name: str) -> None:
    found = helped(mark)
    if not element:
        assert found is None
        return
    assert found is not None
    assert (found.path, found.element.id) == (path, element)
    assert type_name in {kind.code for kind in found.element.types}
    assert found.said_by.endswith("4.0.1")


def test_a_profile_that_is_claimed_or_chosen_has_the_first_word() -> None:
    for found in (
        helped('"name"', meta={"profile": [US_CORE]}),
        helped('"name"', choice=CheckChoice(profile=US_CORE)),
    ):
        assert found is not None
        assert (found.element.id, found.element.least, found.element.must_support) == ("Patient.name", 1, True)
        assert found.said_by.startswith("US Core Patient Profile 5.0.1")


def test_an_extension_is_explained_by_its_own_definition() -> None:
    found = helped(f'"url": "{RACE}"'[:8])
    assert found is not None and found.element.id == "Extension.url"
    text = json.dumps(PATIENT)
    found = explain_element(text, 1, text.index('{"url"') + 1, CheckChoice())
    assert found is not None and found.said_by.startswith("US Core Race Extension")


def test_xml_is_explained_too_and_a_text_that_cannot_be_read_is_not() -> None:
    text = '<Patient xmlns="http://hl7.org/fhir"><birthDate value="1984"/></Patient>'
    found = explain_element(text, 1, 45, CheckChoice())
    assert found is not None and found.element.id == "Patient.birthDate"
    assert explain_element('{"resourceType": "Patient",', 1, 5, CheckChoice()) is None
    assert explain_element("", 1, 1, CheckChoice()) is None


def test_another_release_says_what_it_says() -> None:
    found = helped('"unit"', choice=CheckChoice(release="5.0"))
    assert found is not None and found.said_by == "Quantity 5.0.0"
