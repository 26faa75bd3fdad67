from __future__ import annotations

from typing import Any

from tests.validation.profiles import make_profile, told, validator_of
from workbench.fhir.resource import Json

VITAL_SIGNS = "http://hl7.org/fhir/StructureDefinition/"


def weight(**more: Any) -> Json:
    code = {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}
    return {"resourceType": "Observation", "status": "final", "code": code, **more}


def rules(resource: Json) -> list[tuple[str, str, str]]:
    derived = make_profile("own-weight", "Observation", [], base=VITAL_SIGNS + "bodyweight")
    return [row for row in told(validator_of(derived), resource) if row[2] == "Observation vital sign"]


def test_a_vital_sign_that_claims_no_profile_of_its_kind_is_told_which_is_asked_of_it() -> None:
    assert rules(weight()) == [("information", "Observation", "Observation vital sign")]
    assert rules(weight() | {"code": {"text": "weight"}}) == []


def test_one_that_claims_it_or_what_derives_from_it_is_not() -> None:
    assert rules(weight(meta={"profile": [VITAL_SIGNS + "vitalsigns"]})) == []
    assert rules(weight(meta={"profile": [VITAL_SIGNS + "bodyweight"]})) == []
    assert rules(weight(meta={"profile": ["http://example.org/fhir/StructureDefinition/own-weight"]})) == []
