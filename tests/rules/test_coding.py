from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.validation.profiles import told, validator_of
from workbench.fhir.resource import Json
from workbench.validation.validator import Validator

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
UCUM = "http://unitsofmeasure.org"


@pytest.fixture(scope="module")
def validator() -> Validator:
    return validator_of()


def observation(**more: Any) -> Json:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **more}


def category(**coding: Any) -> Json:
    return observation(category=[{"coding": [{"system": CATEGORY, **coding}]}])


def test_a_code_that_its_whole_system_lacks_is_an_error_whatever_binds_it(validator: Validator) -> None:
    assert told(validator, category(code="vital-signs")) == []
    assert told(validator, category(code="vital-sings")) == [
        ("error", "Observation.category[0].coding[0].code", "Coding.code system")
    ]


@pytest.mark.parametrize(("code", "standing"), [("CRT", "deprecated"), ("GOL", "")])
def test_a_code_that_its_system_no_longer_wants_is_a_warning(validator: Validator, code: str, standing: str) -> None:
    """HL7's own validator warns of it too."""
    mood = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActMood", "code": code}
    found = told(validator, {"resourceType": "Basic", "code": {"coding": [mood]}})
    assert found == ([("warning", "Basic.code.coding[0].code", "Coding.code standing")] if standing else [])


def test_a_display_that_the_system_does_not_have_is_a_warning(validator: Validator) -> None:
    assert told(validator, category(code="vital-signs", display="vital  signs")) == []
    resource = category(code="vital-signs", display="Vitals")
    assert told(validator, resource) == [("warning", "Observation.category[0].coding[0].display", "Coding.display")]
    # A display in another language is not known here.
    assert told(validator, resource | {"language": "de"}) == []


def test_a_system_that_is_not_here_says_nothing_of_its_codes(validator: Validator) -> None:
    coding = {"system": "http://example.org/codes", "code": "x", "display": "anything"}
    assert told(validator, observation(category=[{"coding": [coding]}])) == []


def test_a_relative_system_is_a_warning(validator: Validator) -> None:
    coding = {"system": "codes", "code": "x"}
    assert told(validator, observation(category=[{"coding": [coding]}])) == [
        ("warning", "Observation.category[0].coding[0].system", "Coding.system absolute")
    ]
    assert told(validator, observation(identifier=[{"system": "mrn", "value": "1"}])) == [
        ("warning", "Observation.identifier[0].system", "Identifier.system absolute")
    ]


def test_an_address_as_an_identifier_is_whole(validator: Validator) -> None:
    system = "urn:ietf:rfc:3986"
    assert told(validator, observation(identifier=[{"system": system, "value": "urn:oid:1.2.3"}])) == []
    assert told(validator, observation(identifier=[{"system": system, "value": "1.2.3"}])) == [
        ("error", "Observation.identifier[0].value", "Identifier.value absolute")
    ]


@pytest.mark.parametrize(
    ("code", "is_good"), [("mm[Hg]", True), ("/min", True), ("{score}", True), ("10*3/uL", True), ("pounds", False)]
)
def test_units_of_ucum_are_read_by_its_grammar(validator: Validator, code: str, is_good: bool) -> None:
    found = told(validator, observation(valueQuantity={"value": Decimal("1.0"), "system": UCUM, "code": code}))
    assert found == ([] if is_good else [("error", "Observation.value.code", "Quantity.code system")])


def test_codes_of_a_grammar_are_judged_by_it(validator: Validator) -> None:
    assert told(validator, observation(language="de-CH")) == []
    assert told(validator, observation(language="german, swiss")) == [
        ("error", "Observation.language", "Observation.language binding")
    ]

    def patient(media_type: str) -> Json:
        return {"resourceType": "Patient", "photo": [{"contentType": media_type, "url": "https://example.org/a"}]}

    assert told(validator, patient("image/png; charset=binary")) == []
    assert told(validator, patient("a picture")) == [
        ("error", "Patient.photo[0].contentType", "Attachment.contentType binding")
    ]


def test_the_sentence_offers_what_may_have_been_meant(validator: Validator) -> None:
    issue = validator.validate(observation(status="finall"))[0]
    assert issue.message.endswith(
        "it has amended, cancelled, corrected, entered-in-error, final, preliminary, registered, unknown."
    )
    item = {"linkId": "1", "text": "?", "type": "boolaen"}
    issue = validator.validate({"resourceType": "Questionnaire", "status": "draft", "item": [item]})[0]
    assert issue.message.endswith("Did you mean “boolean”?")
