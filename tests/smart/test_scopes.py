"""Scopes and the grant that enforces them."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.smart.scope_words import describe_scope
from workbench.smart.scopes import Grant, missing_scopes, parse_scope, parse_scopes, to_scope_text, withhold

VITAL: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "category": [{"coding": [{"system": "http://cat", "code": "vital-signs"}]}],
    "subject": {"reference": "Patient/ann"},
}
LAB = {**VITAL, "id": "o2", "category": [{"coding": [{"system": "http://cat", "code": "laboratory"}]}]}
OTHERS = {**VITAL, "id": "o3", "subject": {"reference": "http://127.0.0.1/fhir/Patient/bob/_history/1"}}


def grant(scope: str, patient: str | None = "ann") -> Grant:
    return Grant(parse_scopes(scope), patient=patient)


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("patient/Observation.read", "rs"),
        ("user/*.write", "cud"),
        ("patient/*.*", "cruds"),
        ("patient/Observation.rs", "rs"),
        ("patient/Observation.cruds", "cruds"),
        ("patient/Observation.rs?category=http://cat|vital-signs", "rs"),
        ("system/Patient.s", "s"),
    ],
)
def test_a_resource_scope_of_either_version_is_known(text: str, letters: str) -> None:
    scope = parse_scope(text)
    assert (scope.kind, scope.letters, scope.text) == ("resource", letters, text)


@pytest.mark.parametrize(
    "text",
    [
        "patient/Observation",
        "patient/Observation.",
        "patient/Observation.sr",
        "patient/Observation.rr",
        "patient/observation.read",
        "clinic/Observation.read",
        "patient/Observation.read?category=x",
        "Patient.read",
        "patient/Observation.reads",
        "launch/",
        "é",
    ],
)
def test_what_is_no_scope_is_kept_as_unknown(text: str) -> None:
    assert parse_scope(text).kind == "unknown"


def test_scopes_stand_once_and_in_order() -> None:
    assert to_scope_text(parse_scopes("openid  launch openid")) == "openid launch"


def test_a_grant_refuses_a_type_it_does_not_name_and_tells_the_scope_that_was_missing() -> None:
    sentence = grant("patient/Patient.rs launch").judge("read", "Observation", None)
    assert sentence is not None
    assert "patient/Observation.r or user/Observation.r" in sentence
    assert "Granted: patient/Patient.rs." in sentence
    assert "launch" not in sentence


def test_a_version_1_grant_is_told_of_version_1_scopes() -> None:
    sentence = grant("patient/Observation.read").judge("create", "Observation", VITAL)
    assert sentence is not None
    assert "patient/Observation.write" in sentence


@pytest.mark.parametrize(
    ("scope", "interaction", "allowed"),
    [
        ("patient/Observation.read", "read", True),
        ("patient/Observation.read", "vread", True),
        ("patient/Observation.read", "history-instance", True),
        ("patient/Observation.read", "search-type", True),
        ("patient/Observation.read", "create", False),
        ("patient/Observation.write", "create", True),
        ("patient/Observation.write", "update", True),
        ("patient/Observation.write", "delete", True),
        ("patient/Observation.write", "read", False),
        ("patient/*.*", "delete", True),
        ("patient/Observation.r", "search-type", False),
        ("patient/Observation.s", "read", False),
        ("patient/Observation.c", "update", False),
        ("patient/Observation.cu", "update", True),
        ("user/*.cruds", "delete", True),
        ("patient/*.cruds", "something-else", False),
        ("openid launch", "read", False),
    ],
)
def test_each_letter_allows_its_interaction_alone(scope: str, interaction: str, allowed: bool) -> None:
    assert (grant(scope).judge(interaction, "Observation", VITAL) is None) is allowed


def test_a_patient_scope_ends_at_the_patient() -> None:
    granted = grant("patient/*.rs")
    assert granted.judge("read", "Observation", VITAL) is None
    sentence = granted.judge("read", "Observation", OTHERS)
    assert sentence is not None
    assert sentence.startswith("Observation/o3 does not belong to the patient ann")
    assert "user/Observation.r" in sentence
    assert [granted.may_see(r) for r in (VITAL, LAB, OTHERS)] == [True, True, False]


def test_a_patient_scope_reads_that_patient_and_no_other() -> None:
    granted = grant("patient/Patient.rs")
    assert granted.may_see({"resourceType": "Patient", "id": "ann"})
    assert not granted.may_see({"resourceType": "Patient", "id": "bob"})


def test_a_patient_scope_without_a_patient_sees_no_patients_data() -> None:
    granted = grant("patient/*.rs", patient=None)
    assert not granted.may_see(VITAL)
    assert not granted.may_see({"resourceType": "Patient"})
    assert "is for none" in (granted.judge("read", "Observation", VITAL) or "")


def test_a_user_scope_reaches_every_patient() -> None:
    assert grant("user/Observation.rs").may_see(OTHERS)


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


def test_an_appointment_belongs_to_each_patient_who_takes_part() -> None:
    appointment = {
        "resourceType": "Appointment",
        "participant": [{"actor": {"reference": "Practitioner/x"}}, {"actor": {"reference": "Patient/ann"}}],
    }
    assert grant("patient/Appointment.rs").may_see(appointment)


@pytest.mark.parametrize("query", ["category=vital-signs", "category=http://cat|vital-signs", "category=a,vital-signs"])
def test_a_granular_scope_covers_what_its_query_picks(query: str) -> None:
    granted = grant(f"patient/Observation.rs?{query}")
    assert (granted.may_see(VITAL), granted.may_see(LAB)) == (True, False)
    assert granted.judge("search-type", "Observation", None) is None
    assert "is outside what the scope" in (granted.judge("read", "Observation", LAB) or "")


@pytest.mark.parametrize(
    "query", ["category=http://dog|vital-signs", "made-up=x", "category=", "code=vital-signs", "category=|vital-signs"]
)
def test_a_query_that_does_not_pick_a_resource_covers_nothing(query: str) -> None:
    assert not grant(f"patient/Observation.rs?{query}").may_see(VITAL)


def test_two_granular_scopes_add_up() -> None:
    granted = grant("patient/Observation.rs?category=vital-signs patient/Observation.rs?category=laboratory")
    assert granted.may_see(VITAL)
    assert granted.may_see(LAB)


@pytest.mark.parametrize(
    ("asked", "withheld", "left"),
    [
        ("patient/*.write", "patient/*.write", None),
        ("patient/*.*", "patient/*.write", "patient/*.read"),
        ("patient/Observation.write", "patient/*.write", "patient/Observation.write"),
        ("patient/*.cruds", "patient/*.cud", "patient/*.rs"),
        ("patient/*.cud", "patient/*.write", None),
        ("user/*.*", "patient/*.*", "user/*.*"),
        ("offline_access", "offline_access", None),
        (
            "patient/Observation.cruds?category=x.y",
            "patient/Observation.d?category=x.y",
            "patient/Observation.crus?category=x.y",
        ),
    ],
)
def test_a_withheld_scope_is_never_granted(asked: str, withheld: str, left: str | None) -> None:
    result = withhold(parse_scope(asked), parse_scopes(withheld))
    assert (result and result.text) == left


@pytest.mark.parametrize(
    ("asked", "granted", "missing"),
    [
        ("patient/Observation.rs", "patient/Observation.rs", ""),
        ("patient/Observation.rs openid", "patient/Observation.r", "patient/Observation.rs openid"),
        ("patient/Observation.rs", "patient/Observation.r patient/Observation.s", ""),
        ("patient/Observation.read", "patient/*.rs", ""),
        ("patient/Observation.read", "user/Observation.read", ""),
        ("user/Observation.read", "patient/Observation.read", "user/Observation.read"),
        ("patient/Observation.rs", "patient/Observation.rs?category=x", "patient/Observation.rs"),
        ("patient/Observation.rs?category=x", "patient/Observation.rs", ""),
        ("nonsense", "", "nonsense"),
    ],
)
def test_missing_scopes_are_those_whose_right_was_not_given(asked: str, granted: str, missing: str) -> None:
    assert " ".join(missing_scopes(asked.split(), granted.split())) == missing


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (
            "patient/Observation.rs?category=http://cat|vital-signs",
            "See and search vital signs and results of this patient, only category vital-signs",
        ),
        ("user/*.read", "See and search all records of every patient you may see"),
        ("patient/Device.cruds", "See, search, add, change and remove Device records of this patient"),
        ("openid", "Know that it is you who signed in"),
    ],
)
def test_a_scope_is_told_in_plain_words(scope: str, words: str) -> None:
    assert describe_scope(parse_scope(scope)) == words
