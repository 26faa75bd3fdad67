"""The launch context stands beside the access token in the form that a site has for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workbench.authorization_server.context_answer import context_answer, fhir_user_claim, style_address, style_of
from workbench.authorization_server.rules import SmartRules, User
from workbench.smart.launch_context import CONTEXT_ITEMS, ContextRules, FhirContextItem, LaunchContext
from workbench.smart.scopes import parse_scopes

ISSUER = "http://127.0.0.1:8000/auth"
USER = User("raman", "Priya Raman", "Physician", "Practitioner/priya")
RULES = SmartRules(scope_versions=("v2",), launches=("ehr", "standalone"), context=CONTEXT_ITEMS)
ORDER = FhirContextItem("ServiceRequest/1")
FULL = LaunchContext("raman", "ann", "visit", (ORDER,), "chart-vitals", "north", "ward")


def answer(context: LaunchContext = FULL, scope: str = "launch patient/*.rs", **changes: Any) -> dict[str, Any]:
    given = {name: changes.pop(name) for name in list(changes) if name in ContextRules.__slots__}
    rules = replace(RULES, given=replace(RULES.given, **given), **changes)
    return context_answer(rules, context, USER, parse_scopes(scope), ISSUER)


def test_all_that_is_open_is_told_to_an_app_that_is_launched() -> None:
    told = answer(scope="launch openid fhirUser")
    assert told.pop("smart_style_url").startswith(f"{ISSUER}/smart-style.json?v=")
    assert told == {
        "patient": "ann",
        "need_patient_banner": True,
        "encounter": "visit",
        "fhirUser": "Practitioner/priya",
        "fhirContext": [{"reference": "ServiceRequest/1"}, {"reference": "Location/ward"}],
        "intent": "chart-vitals",
        "tenant": "north",
    }


@pytest.mark.parametrize("left_out", CONTEXT_ITEMS)
def test_what_a_site_leaves_out_is_not_told(left_out: str) -> None:
    rules = replace(RULES, context=tuple(item for item in CONTEXT_ITEMS if item != left_out))
    told = context_answer(rules, FULL, USER, parse_scopes("launch fhirUser"), ISSUER)
    if left_out == "fhirContext":
        assert told["fhirContext"] == [{"reference": "Location/ward"}], "a location that is given stands there"
    else:
        assert left_out not in told
    if left_out == "location":
        assert told["fhirContext"] == [{"reference": "ServiceRequest/1"}]


def test_an_app_without_a_launch_scope_learns_neither_chart_nor_visit_nor_what_is_open() -> None:
    assert answer(scope="user/*.rs").keys() == {"tenant", "smart_style_url"}


def test_a_scope_of_a_patient_gives_the_patient_and_not_the_visit() -> None:
    told = answer(scope="patient/Observation.rs")
    assert told["patient"] == "ann"
    assert told.keys().isdisjoint({"encounter", "fhirContext", "intent"})


@pytest.mark.parametrize(
    ("item", "member"),
    [
        (
            FhirContextItem("List/1", role="https://example.org/home"),
            {"reference": "List/1", "role": "https://example.org/home"},
        ),
        (
            FhirContextItem(canonical="https://example.org/Questionnaire/q|1", type="Questionnaire"),
            {"canonical": "https://example.org/Questionnaire/q|1", "type": "Questionnaire"},
        ),
        (
            FhirContextItem(identifier={"system": "urn:oid:1.2", "value": "7"}, type="ImagingStudy"),
            {"identifier": {"system": "urn:oid:1.2", "value": "7"}, "type": "ImagingStudy"},
        ),
    ],
)
def test_an_item_of_fhir_context_has_the_members_of_smart_2_2(item: FhirContextItem, member: dict[str, Any]) -> None:
    told = answer(replace(FULL, fhir_context=(item,), location=""))
    assert told["fhirContext"] == [member]


def test_a_site_of_smart_2_0_gives_references_alone() -> None:
    items = (FhirContextItem("List/1", type="List", role="urn:x:y"), FhirContextItem(canonical="https://example.org/q"))
    told = answer(replace(FULL, fhir_context=items), fhir_context_form="references")
    assert told["fhirContext"] == [{"reference": "List/1"}, {"reference": "Location/ward"}]


def test_a_location_may_be_a_member_of_its_own_and_a_banner_a_text() -> None:
    told = answer(replace(FULL, fhir_context=()), location_form="member", banner_form="text", need_patient_banner=False)
    assert (told["location"], told["need_patient_banner"]) == ("ward", "false")
    assert "fhirContext" not in told


def test_what_a_launch_says_comes_before_what_the_site_says() -> None:
    told = answer(replace(FULL, need_patient_banner=False, tenant="south", smart_style_url="https://a.example/s"))
    assert (told["need_patient_banner"], told["tenant"], told["smart_style_url"]) == (
        False,
        "south",
        "https://a.example/s",
    )
    assert answer(replace(FULL, tenant=""), tenant="site")["tenant"] == "site"


def test_no_banner_is_asked_for_where_no_chart_is_open() -> None:
    assert "need_patient_banner" not in answer(replace(FULL, patient=""))


def test_an_item_that_is_named_twice_is_given_once() -> None:
    told = answer(replace(FULL, fhir_context=(ORDER, ORDER), location=""))
    assert told["fhirContext"] == [{"reference": "ServiceRequest/1"}]


def test_another_style_has_another_address() -> None:
    other = replace(RULES, given=ContextRules(style=(("color_text", "#000000"),)))
    assert style_of(other)["color_text"] == "#000000"
    assert style_of(RULES).keys() == style_of(other).keys()
    assert style_address(RULES, ISSUER) != style_address(other, ISSUER)
    assert style_address(RULES, ISSUER) == style_address(RULES, ISSUER)


def test_fhir_user_is_an_address_or_a_reference_as_the_site_has_it() -> None:
    relative = replace(RULES, given=ContextRules(fhir_user_form="relative"))
    assert fhir_user_claim(RULES, USER, "http://h/fhir") == "http://h/fhir/Practitioner/priya"
    assert fhir_user_claim(relative, USER, "http://h/fhir") == "Practitioner/priya"
