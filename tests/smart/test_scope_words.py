"""Scopes in plain words, for people who have never seen one."""

from __future__ import annotations

import pytest

from workbench.smart.scope_words import describe_scope
from workbench.smart.scopes import parse_scope


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (
            "patient/Observation.rs?category=http://cat|vital-signs",
            "See and search vital signs and results of this patient, only category vital-signs",
        ),
        ("user/*.read", "See and search all records of every patient you may see"),
        ("patient/Observation.cruds", "See, search, add, change and remove vital signs and results of this patient"),
        ("system/Basic.r", "See Basic records of every patient"),
        ("user/Practitioner.rs", "See and search members of staff"),
        ("patient/Location.r?name:contains=ward,hall", "See places in the hospital, only name contains ward or hall"),
        ("openid", "Know that it is you who signed in"),
    ],
)
def test_a_scope_is_told_in_plain_words(scope: str, words: str) -> None:
    assert describe_scope(parse_scope(scope)) == words
