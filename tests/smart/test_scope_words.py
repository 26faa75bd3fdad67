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
        ("patient/Device.cruds", "See, search, add, change and remove Device records of this patient"),
        ("openid", "Know that it is you who signed in"),
    ],
)
def test_a_scope_is_told_in_plain_words(scope: str, words: str) -> None:
    assert describe_scope(parse_scope(scope)) == words
