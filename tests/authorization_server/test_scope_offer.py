"""What a site offers of the scopes asked for: the rest is withheld with by whom and why, and never costs the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.fhir_server.fhir_world import BASE, START, make_site
from workbench.authorization_server.rules import Client, RoleRules, SmartRules
from workbench.authorization_server.scope_offer import ScopeOffer, offer_scopes
from workbench.authorization_server.system_scopes import offer_system_scopes
from workbench.fhir_server.scope_queries import SiteQueries
from workbench.smart.scopes import parse_scopes, to_scope_text

TYPES = frozenset({"Patient", "Observation", "Encounter"})
RULES = SmartRules(("v1", "v2"), ("ehr", "standalone"), ("patient", "fhirUser"), refresh=("online_access",))
QUERIES = SiteQueries(make_site().fhir, BASE, lambda: START)


def offer(asked: str, *, role: str = "", ehr_launch: bool = False, **changes: Any) -> ScopeOffer:
    rules = replace(RULES, **changes)
    return offer_scopes(rules, parse_scopes(asked), TYPES, ehr_launch=ehr_launch, role=role, queries=QUERIES)


def told(offered: ScopeOffer) -> list[tuple[str, str]]:
    return [(each.scope.text, each.by) for each in offered.withheld]


@pytest.mark.parametrize(
    ("asked", "withheld", "left"),
    [
        ("patient/*.write", "patient/*.write", ""),
        ("patient/*.*", "patient/*.write", "patient/*.read"),
        ("patient/Observation.write", "patient/*.write", "patient/Observation.write"),
        ("patient/*.cruds", "patient/*.cud", "patient/*.rs"),
        ("patient/*.cud", "patient/*.write", ""),
        ("user/*.*", "patient/*.*", "user/*.*"),
        ("online_access", "online_access", ""),
        (
            "patient/Observation.cruds?category=x",
            "patient/Observation.d?category=x",
            "patient/Observation.crus?category=x",
        ),
        ("patient/Observation.cruds?category=x", "patient/Observation.d", "patient/Observation.crus?category=x"),
        ("patient/Observation.rs", "patient/Observation.rs?category=x", "patient/Observation.rs"),
        (
            "patient/*.cruds",
            "patient/Observation.cud patient/Patient.cud",
            "patient/Encounter.cruds patient/Observation.rs patient/Patient.rs",
        ),
        ("patient/*.*", "patient/Observation.write", "patient/Encounter.* patient/Observation.read patient/Patient.*"),
        ("patient/*.rs", "patient/Observation.cud", "patient/*.rs"),
    ],
)
def test_a_scope_that_the_site_withholds_is_never_granted(asked: str, withheld: str, left: str) -> None:
    offered = offer(asked, withheld=tuple(withheld.split()))
    assert to_scope_text(offered.scopes) == left
    assert all(by == "site" for _, by in told(offered))
    assert bool(offered.withheld) == (left != asked)


def test_what_is_withheld_of_a_wildcard_is_named_by_its_type() -> None:
    offered = offer("patient/*.cruds", withheld=("patient/Observation.cud",))
    assert told(offered) == [("patient/Observation.cud", "site")]


NURSE = {"roles": (RoleRules("Nurse", ("patient/*.d", "user/Observation.cud")),)}


@pytest.mark.parametrize(
    ("asked", "role", "left", "withheld"),
    [
        ("patient/Observation.cruds", "Nurse", "patient/Observation.crus", [("patient/Observation.d", "role")]),
        ("patient/Observation.cruds", "Physician", "patient/Observation.cruds", []),
        ("patient/Observation.cruds", "", "patient/Observation.cruds", []),
        ("patient/*.d", "Nurse", "", [("patient/*.d", "role")]),
        (
            "user/*.cruds",
            "Nurse",
            "user/Encounter.cruds user/Observation.rs user/Patient.cruds",
            [("user/Observation.cud", "role")],
        ),
    ],
)
def test_a_role_withholds_what_its_users_do_not_have(
    asked: str, role: str, left: str, withheld: list[tuple[str, str]]
) -> None:
    offered = offer(asked, role=role, **NURSE)
    assert (to_scope_text(offered.scopes), told(offered)) == (left, withheld)


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        ("nonsense", "“nonsense” is not a scope that this site knows."),
        ("patient/Observation.cur", "is not a scope that this site knows."),
        ("patient/Flag.rs", "This site does not serve Flag."),
        ("patient/Observation.rs?code:in=http://x", "cannot judge its query"),
        ("system/Patient.rs", "A system/ scope is for backend services"),
        ("offline_access", "This site gives no refresh token for it."),
        ("launch/encounter", "does not tell apps the encounter."),
        ("launch/questionnaire", "gives no such launch context."),
        ("launch", "is for a launch from the EHR"),
    ],
)
def test_one_scope_that_is_not_given_says_why_and_leaves_the_others(scope: str, reason: str) -> None:
    offered = offer(f"openid {scope} patient/Patient.rs")
    assert to_scope_text(offered.scopes) == "openid patient/Patient.rs"
    (withheld,) = offered.withheld
    assert (withheld.scope.text, withheld.by) == (scope, "site")
    assert reason in withheld.reason


@pytest.mark.parametrize(
    ("versions", "scope", "hint"),
    [
        (
            ("v1",),
            "patient/Observation.rs",
            "takes those of v1 alone. Ask for patient/Observation.read.",
        ),
        (
            ("v2",),
            "patient/Observation.write",
            "takes those of v2 alone. Ask for patient/Observation.cud.",
        ),
        (("v1",), "patient/Observation.rs?category=a", "takes those of v1 alone."),
    ],
)
def test_a_scope_of_the_other_version_is_told_as_such(versions: tuple[Any, ...], scope: str, hint: str) -> None:
    (withheld,) = offer(scope, scope_versions=versions).withheld
    assert withheld.reason.endswith(hint)


@pytest.mark.parametrize(
    ("asked", "registered", "left", "by"),
    [
        ("system/Patient.rs", "system/*.rs", "system/Patient.rs", []),
        ("system/Patient.cruds", "system/Patient.rs", "system/Patient.rs", ["registration"]),
        ("system/*.rs", "system/Patient.r", "system/Patient.r", ["registration"]),
        ("patient/Patient.rs system/Patient.r", "system/Patient.r", "system/Patient.r", ["site"]),
        ("system/Flag.rs", "system/*.rs", "", ["site"]),
        ("system/Patient.rs", "", "", ["registration"]),
        ("openid", "system/*.rs", "", ["site"]),
    ],
)
def test_a_backend_service_gets_the_system_scopes_that_it_is_registered_for(
    asked: str, registered: str, left: str, by: list[str]
) -> None:
    client = Client("service", "A service", scope=registered)
    offered = offer_system_scopes(RULES, client, parse_scopes(asked), TYPES, queries=QUERIES)
    assert (to_scope_text(offered.scopes), [withheld for _, withheld in told(offered)]) == (left, by)


def test_a_site_that_judges_no_queries_grants_no_granular_scope() -> None:
    offered = offer_scopes(RULES, parse_scopes("patient/Observation.rs?category=a"), TYPES, ehr_launch=False)
    assert offered.scopes == ()
