"""What became of each scope that was asked for, however it is written."""

from __future__ import annotations

import pytest

from workbench.smart.scope_outcome import compare_scopes

CASES = {
    "as asked": ("patient/Observation.rs", "patient/Observation.rs", "granted", "as asked"),
    "in version 1": ("patient/Observation.rs", "patient/Observation.read", "in other words", "Observation.read"),
    "in version 2": ("patient/Observation.read", "patient/Observation.rs", "in other words", "Observation.rs"),
    "by two": (
        "patient/Observation.*",
        "patient/Observation.rs patient/Observation.cud",
        "in other words",
        "Observation.rs and patient/Observation.cud",
    ),
    "by a wildcard": ("patient/Observation.rs", "patient/*.cruds", "in other words", "patient/*.cruds"),
    "by a wider context": ("patient/Observation.rs", "user/Observation.rs", "in other words", "user/Observation.rs"),
    "fewer letters": ("patient/Observation.cruds", "patient/Observation.rs", "narrower", "create, update, delete"),
    "without search": ("patient/Observation.rs", "patient/Observation.r", "narrower", "without search"),
    "granular": (
        "patient/Observation.rs",
        "patient/Observation.rs?category=laboratory",
        "narrower",
        "for what matches “category=laboratory”",
    ),
    "of a wildcard": ("patient/*.rs", "patient/Patient.rs patient/Observation.rs", "narrower", "Patient, Observation"),
    "for one patient": ("user/Observation.rs", "patient/Observation.rs", "narrower", "the patient of the launch alone"),
    "another type": ("patient/Observation.rs", "patient/Patient.rs", "not granted", "not granted"),
    "other letters": ("patient/Observation.rs", "patient/Observation.c", "not granted", "not granted"),
    "not system": ("system/Observation.rs", "patient/Observation.rs", "not granted", "not granted"),
    "an identity": ("openid", "", "not granted", "not granted"),
    "an unknown word": ("x/y.z", "x/y.z", "granted", "as asked"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_scope_asked_for_has_its_outcome(case: str) -> None:
    asked, granted, outcome, words = CASES[case]
    first = compare_scopes([asked], granted.split())[0]
    assert (first.scope, first.outcome) == (asked, outcome)
    assert words in first.sentence and first.sentence.endswith(".")


def test_what_was_granted_beyond_what_was_asked_is_told() -> None:
    found = compare_scopes(["patient/Patient.rs", "openid"], ["openid", "patient/Patient.rs", "user/*.cruds"])
    assert [(each.scope, each.outcome) for each in found][2:] == [("user/*.cruds", "not asked")]


def test_the_same_right_in_other_words_is_not_beyond_what_was_asked() -> None:
    found = compare_scopes(["patient/Observation.read"], ["patient/Observation.rs"])
    assert [each.outcome for each in found] == ["in other words"]
