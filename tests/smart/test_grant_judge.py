"""FHIR calls held against a grant: what is allowed, and which layer refuses the rest."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir_server.fhir_world import BASE, START, make_site
from workbench.fhir_server.scope_queries import KEPT, SiteQueries
from workbench.smart.grant import Grant, WithheldBy, WithheldScope
from workbench.smart.grant_judge import Denial, GrantJudge
from workbench.smart.scopes import INTERACTION_LETTERS, parse_scope, parse_scopes

VITAL: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "category": [{"coding": [{"system": "http://cat", "code": "vital-signs"}]}],
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
    "effectiveDateTime": "2026-02-01",
    "subject": {"reference": "Patient/ann"},
}
LAB = {**VITAL, "id": "o2", "category": [{"coding": [{"system": "http://cat", "code": "laboratory"}]}]}
OTHERS = {**VITAL, "id": "o3", "subject": {"reference": "http://127.0.0.1/fhir/Patient/bob/_history/1"}}
QUERIES = SiteQueries(make_site().fhir, BASE, lambda: START)


def grant(
    scope: str,
    patient: str | None = "ann",
    charts: tuple[str, ...] | None = None,
    withheld: tuple[WithheldScope, ...] = (),
) -> GrantJudge:
    return GrantJudge(Grant(parse_scopes(scope), patient=patient, charts=charts, withheld=withheld), QUERIES)


def denied(denial: Denial | None) -> Denial:
    assert denial is not None
    return denial


def test_a_grant_refuses_a_type_it_does_not_name_and_tells_the_scope_that_was_missing() -> None:
    denial = denied(grant("patient/Patient.rs launch").judge("read", "Observation"))
    assert "patient/Observation.r or user/Observation.r" in denial.sentence
    assert "Granted: patient/Patient.rs." in denial.sentence and "launch" not in denial.sentence
    assert (denial.layer, denial.scope) == ("scope", parse_scope("patient/Observation.r"))


def test_a_version_1_grant_is_told_of_version_1_scopes() -> None:
    denial = denied(grant("patient/Observation.read").judge("create", "Observation", VITAL))
    assert "patient/Observation.write" in denial.sentence
    assert denial.scope == parse_scope("patient/Observation.write")


def test_a_scope_of_a_version_that_the_site_does_not_take_is_never_named_as_the_one_that_was_missing() -> None:
    asked = (WithheldScope(parse_scope("patient/*.read"), "site", "It is of version 1."),)
    judge = GrantJudge(Grant(parse_scopes("launch"), withheld=asked), QUERIES, versions=("v2",))
    assert denied(judge.judge("read", "Observation")).scope == parse_scope("patient/Observation.r")
    judge = GrantJudge(Grant(parse_scopes("launch patient/Patient.rs")), QUERIES, versions=("v1",))
    assert denied(judge.judge("read", "Observation")).scope == parse_scope("patient/Observation.read")


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("site", "the site withheld it"),
        ("role", "the role of who signed in does not have it"),
        ("consent", "whoever signed in did not allow it"),
        ("hand", "the analyst keeps it back"),
        ("registration", "the app is not registered for it"),
    ],
)
def test_a_scope_that_was_withheld_is_told_with_who_withheld_it(by: WithheldBy, words: str) -> None:
    withheld = WithheldScope(parse_scope("patient/Observation.cud"), by, "That is so.")
    granted = grant("patient/Observation.rs", withheld=(withheld,))
    denial = denied(granted.judge("create", "Observation"))
    assert denial.layer == by and f"{words}: That is so." in denial.sentence
    assert denied(granted.judge("create", "Patient")).layer == "scope"
    assert granted.judge("read", "Observation") is None


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("patient/Observation.read", "read vread history-instance search-type history-type"),
        ("patient/Observation.write", "create update patch delete"),
        ("patient/*.*", "read vread history-instance search-type history-type create update patch delete"),
        ("patient/Observation.r", "read vread history-instance"),
        ("patient/Observation.s", "search-type history-type"),
        ("patient/Observation.c", "create"),
        ("patient/Observation.u", "update patch"),
        ("patient/Observation.d", "delete"),
        ("user/*.cruds", "read vread history-instance search-type history-type create update patch delete"),
        ("openid launch", ""),
    ],
)
def test_each_letter_allows_its_interactions_alone(scope: str, allowed: str) -> None:
    granted = grant(scope)
    found = [name for name in (*INTERACTION_LETTERS, "something-else") if not granted.judge(name, "Observation", VITAL)]
    assert {name for name in found if not name.endswith("-system")} == set(allowed.split())


def test_a_patient_scope_ends_at_the_patient() -> None:
    granted = grant("patient/*.rs")
    assert granted.judge("read", "Observation", VITAL) is None
    denial = denied(granted.judge("read", "Observation", OTHERS))
    assert denial.sentence.startswith("Observation/o3 does not belong to the patient ann")
    assert (denial.layer, denial.scope) == ("compartment", parse_scope("user/Observation.r"))
    assert [granted.may_see(r) for r in (VITAL, LAB, OTHERS)] == [True, True, False]


def test_a_patient_scope_reads_that_patient_and_no_other() -> None:
    granted = grant("patient/Patient.rs")
    assert granted.may_see({"resourceType": "Patient", "id": "ann"})
    assert not granted.may_see({"resourceType": "Patient", "id": "bob"})


def test_a_patient_scope_without_a_patient_sees_no_patients_data() -> None:
    granted = grant("patient/*.rs", patient=None)
    assert not granted.may_see(VITAL)
    assert not granted.may_see({"resourceType": "Patient"})
    assert "is for none" in denied(granted.judge("read", "Observation", VITAL)).sentence


def test_a_user_scope_reaches_every_patient() -> None:
    assert grant("user/Observation.rs").may_see(OTHERS)


def test_a_user_scope_of_a_patient_who_is_signed_in_ends_at_their_own_record() -> None:
    granted = grant("user/Observation.rs", patient=None, charts=("ann", "cal"))
    assert (granted.may_see(VITAL), granted.may_see(OTHERS)) == (True, False)
    denial = denied(granted.judge("read", "Observation", OTHERS))
    assert denial.layer == "compartment" and "a patient whose chart" in denial.sentence


def test_who_signed_in_reads_what_fhir_user_names_and_changes_nothing_of_it() -> None:
    carer, other = ({"resourceType": "Person", "id": name} for name in ("carer", "other"))
    for scope, reads in (("user/Person.cruds", True), ("patient/Person.cruds", False)):
        judge = GrantJudge(Grant(parse_scopes(scope), charts=("cal",), fhir_user="Person/carer"), QUERIES)
        assert (judge.judge("read", "Person", carer) is None) is reads
        assert denied(judge.judge("update", "Person", carer)).layer == "compartment"
        assert denied(judge.judge("read", "Person", other)).layer == "compartment"


def test_a_system_scope_reaches_every_patient_and_asks_for_system_scopes() -> None:
    granted = grant("system/Observation.rs", patient=None)
    assert granted.may_see(VITAL) and granted.may_see(OTHERS)
    assert denied(granted.judge("read", "Patient")).scope == parse_scope("system/Patient.r")


def test_what_belongs_to_no_patient_is_readable_with_a_matching_scope() -> None:
    staff = {"resourceType": "Practitioner", "id": "p"}
    assert grant("patient/Practitioner.rs").may_see(staff)
    assert not grant("patient/Observation.rs").may_see(staff)
    assert grant("patient/*.cruds").judge("update", "Practitioner", staff) is not None


def test_a_record_of_a_patient_kind_that_names_nobody_is_not_shown() -> None:
    assert not grant("patient/*.rs").may_see({"resourceType": "Observation", "id": "o"})


def test_a_write_must_be_about_the_patient_though_a_read_may_reach_it_otherwise() -> None:
    both = {**OTHERS, "performer": [{"reference": "Patient/ann"}]}
    granted = grant("patient/Observation.cruds")
    assert granted.judge("read", "Observation", both) is None
    assert granted.judge("create", "Observation", both) is not None


def test_an_app_may_refer_to_a_visit_it_cannot_read_but_not_to_another_patients() -> None:
    visit = {"resourceType": "Encounter", "id": "e", "subject": {"reference": "Patient/ann"}}
    granted = grant("patient/Observation.c user/Practitioner.rs")
    assert granted.may_name(visit) and not granted.may_see(visit)
    assert not granted.may_name({**visit, "subject": {"reference": "Patient/bob"}})
    assert granted.may_name({"resourceType": "Practitioner", "id": "p"})


@pytest.mark.parametrize(
    "query",
    [
        "category=vital-signs",
        "category=http://cat|vital-signs",
        "category=a,vital-signs",
        "code=http://loinc.org|8867-4",
        "category:not=laboratory",
        "category=vital-signs&code=8867-4",
        "category=vital-signs&date=ge2026-01-01",
        "category=vital-signs&status=final,amended",
        "category=vital-signs&performer:missing=true",
    ],
)
def test_a_granular_scope_covers_what_the_same_search_finds(query: str) -> None:
    granted = grant(f"patient/Observation.rs?{query}")
    seen = granted.may_see(VITAL)
    assert seen and granted.may_see(LAB) is query.startswith("code=")
    assert granted.judge("search-type", "Observation") is None


def test_what_a_granular_scope_leaves_out_is_refused_by_its_query() -> None:
    denial = denied(grant("patient/Observation.rs?category=vital-signs").judge("read", "Observation", LAB))
    assert (denial.layer, denial.scope) == ("query", parse_scope("patient/Observation.r"))
    assert "is outside what the scope" in denial.sentence


@pytest.mark.parametrize(
    "query",
    [
        "category=http://dog|vital-signs",
        "made-up=x",
        "category=",
        "code=vital-signs",
        "category=|vital-signs",
        "code:in=http://valueset",
        "_count=1",
        "subject:Patient.name=Ann",
        "_has:Provenance:target:agent=x",
        "date=never",
    ],
)
def test_a_query_that_does_not_pick_a_resource_or_cannot_be_judged_covers_nothing(query: str) -> None:
    assert not grant(f"patient/Observation.rs?{query}").may_see(VITAL)


def test_granular_scopes_add_up_and_each_keeps_its_letters() -> None:
    granted = grant("patient/Observation.r?category=vital-signs patient/Observation.s?category=laboratory")
    assert [granted.may("read", r) for r in (VITAL, LAB)] == [True, False]
    assert [granted.may("search-type", r) for r in (VITAL, LAB)] == [False, True]
    assert granted.may_see(VITAL) and granted.may_see(LAB)


def test_a_wildcard_with_a_query_covers_the_types_that_can_be_searched_so() -> None:
    granted = grant("patient/*.rs?category=vital-signs")
    assert granted.may_see(VITAL)
    assert not granted.may_see({"resourceType": "Patient", "id": "ann"})


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("category=a", ""),
        ("date=ge2026", ""),
        ("patient=ann", ""),
        ("code:in=http://valueset", "cannot judge its query"),
        ("made-up=x", "“made-up” is not offered"),
        ("_sort=date", "_sort of its query picks no resources"),
        ("category=", "has no value"),
        ("patient.name=x", "chained"),
    ],
)
def test_a_site_says_which_queries_it_cannot_judge(query: str, refused: str) -> None:
    said = QUERIES.refuse(parse_scope(f"patient/Observation.rs?{query}"))
    assert refused in said and bool(said) == bool(refused)


def test_reading_scopes_without_end_keeps_memory_bounded() -> None:
    queries = SiteQueries(make_site().fhir, BASE, lambda: START)
    for number in range(3 * KEPT):
        queries.refuse(parse_scope(f"patient/Observation.rs?code={number}"))
    assert len(queries._read) <= KEPT
