from __future__ import annotations

from typing import Any

import pytest

from workbench.structure.structure_look import check_structure

OBSERVATION: dict[str, Any] = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"valuequantity": {"value": 1}}, "Did you mean “valueQuantity”?"),
        ({"ValueQuantity": {"value": 1}}, "Did you mean “valueQuantity”?"),
        ({"_Status": {"id": "a"}}, "Did you mean “_status”?"),
        ({"value": "x"}, "add the type of the value to the name: “valueQuantity”, “valueCodeableConcept”,"),
        ({"value[x]": "x"}, "add the type of the value to the name: “valueQuantity”,"),
        ({"valueReference": {"reference": "Patient/1"}}, "“value” may not be a Reference here, and takes “valueQua"),
        ({"valueDecimal": 1}, "“value” may not be a decimal here"),
        ({"wholly": 1}, "Take it out, or say it in an extension."),
        ({"_status": {"value": "x"}}, "“_status” holds an id and extensions alone, and not “value”"),
        ({"code": {"modifierExtension": [], "text": "x"}}, "CodeableConcept, which no extension may modify"),
        ({"extension": [{"url": "http://example.org/a", "valueFoo": 1}]}, "“valueFoo” is not an element of Extension"),
    ],
)
def test_a_name_that_is_no_element_is_told_with_what_is_likely_meant(change: dict[str, Any], words: str) -> None:
    (message,) = (issue.message for issue in check_structure({**OBSERVATION, **change}))
    assert words in message


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ([], "must be an object with a resourceType, and this is an array."),
        (None, "and this is null."),
        ({}, "“resourceType” is missing"),
        ({"resourceType": ""}, "must be the name of a type, such as “Patient”, and is “”."),
        ({"resourceType": 5}, "and is the number 5."),
        ({"resourceType": "DomainResource"}, "is what types of resources have in common"),
        ({"resourceType": "HumanName"}, "is not a resource type of FHIR R4, but a data type"),
        ({"resourceType": "Patients"}, "Did you mean “Patient”?"),
    ],
)
def test_what_is_of_no_type_of_the_release_is_told_in_one_sentence(resource: Any, words: str) -> None:
    (issue,) = check_structure(resource)
    assert words in issue.message
