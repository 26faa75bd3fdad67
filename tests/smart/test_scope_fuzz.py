"""Scopes made of noise: whatever an app asks for is read, offered and judged, and no more is granted than was asked."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.fhir_server.fhir_world import BASE, START, make_site, observation, patient
from workbench.authorization_server.rules import RoleRules, SmartRules
from workbench.authorization_server.scope_offer import offer_scopes
from workbench.fhir_server.scope_queries import SiteQueries
from workbench.smart.grant import Grant
from workbench.smart.grant_judge import GrantJudge
from workbench.smart.scope_cover import is_given, merge_scopes
from workbench.smart.scopes import INTERACTION_LETTERS, parse_scope, parse_scopes, to_scope_text

PARTS = (
    "patient user system launch openid fhirUser offline_access / . ? & = , | : * Observation Patient Encounter Flag "
    'read write c r u d s rs cruds sr category code _id date :not :in ge2026 %20 %3D é \0 \\ " < category=vital-signs '
    "http://loinc.org|8867-4 role= a.b"
).split()
TYPES = frozenset({"Patient", "Observation", "Encounter"})
RULES = SmartRules(
    ("v1", "v2"),
    ("ehr", "standalone"),
    ("patient", "encounter", "fhirUser"),
    withheld=("patient/Observation.d", "user/*.cud"),
    roles=(RoleRules("Nurse", ("patient/*.u", "patient/Patient.read")),),
    refresh=("offline_access",),
)
RESOURCES = (patient("a"), patient("b"), observation("o", "a"), observation("p", "b"), {"resourceType": "Encounter"})


def make_scope(noise: random.Random) -> str:
    if noise.random() < 0.5:
        return "".join(noise.choice(PARTS) for _ in range(noise.randint(1, 9)))
    kind = noise.choice(("*", "Observation", "Patient", "Encounter", "Flag"))
    letters = noise.choice(("read", "write", "*", *("".join(c for c in "cruds" if noise.random() < 0.5) for _ in "ab")))
    query = f"?{noise.choice(PARTS)}={noise.choice(PARTS)}" if noise.random() < 0.4 else ""
    return f"{noise.choice(('patient', 'user', 'system'))}/{kind}.{letters}{query}"


def test_what_is_offered_of_noise_was_asked_for_and_is_not_withheld() -> None:
    noise = random.Random(20260301)  # noqa: S311 - the same noise each time
    queries = SiteQueries(make_site().fhir, BASE, lambda: START)
    withheld = parse_scopes(
        "patient/Observation.d patient/Observation.u patient/Patient.r patient/Patient.s patient/*.u"
    )
    granted = 0
    for _ in range(3000):
        asked = parse_scopes(" ".join(make_scope(noise) for _ in range(noise.randint(1, 6))))
        offer = offer_scopes(RULES, asked, TYPES, ehr_launch=True, role="Nurse", queries=queries)
        granted += len(offer.scopes)
        for scope in offer.scopes:
            assert parse_scope(scope.text) == scope
            assert is_given(scope, asked), (scope, asked)
            assert not any(is_given(other, (scope,)) for other in withheld if other.context == scope.context), scope
        merged = merge_scopes(offer.scopes)
        assert all(is_given(scope, merged) for scope in offer.scopes)
        assert all(is_given(scope, offer.scopes) for scope in merged)
        assert parse_scopes(to_scope_text(merged)) == merged
    assert granted > 1000


def test_a_grant_of_noise_judges_every_call_and_more_scopes_never_allow_less() -> None:
    noise = random.Random(7)  # noqa: S311 - the same noise each time
    queries = SiteQueries(make_site().fhir, BASE, lambda: START)
    allowed = 0
    for _ in range(1500):
        scopes = parse_scopes(" ".join(make_scope(noise) for _ in range(3)))
        less = GrantJudge(Grant(scopes[:1], patient="a"), queries, BASE)
        more = replace(less, grant=Grant(scopes, patient="a"))
        for resource in RESOURCES:
            for interaction in (*INTERACTION_LETTERS, "$everything"):
                kind = resource["resourceType"]
                denial = less.judge(interaction, kind, resource)
                assert less.may(interaction, resource) is (denial is None)
                assert denial is None or denial.sentence
                if denial is None:
                    allowed += 1
                    assert more.judge(interaction, kind, resource) is None
                    assert any(scope.covers(interaction, kind) for scope in scopes)
    assert allowed > 500
