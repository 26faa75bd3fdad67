"""An analyst's preset decides what the consent page has ticked."""

from __future__ import annotations

import pytest

from workbench.authorization_server.scope_preset import preset_scopes
from workbench.smart.scopes import parse_scopes, to_scope_text

OFFERED = parse_scopes("launch openid patient/*.cruds patient/Condition.rs user/Patient.rs")


@pytest.mark.parametrize(
    ("grant", "ticked"),
    [
        ("", "launch openid patient/*.cruds patient/Condition.rs user/Patient.rs"),
        ("launch patient/Condition.rs", "launch patient/Condition.rs"),
        ("launch patient/*.rs", "launch patient/*.rs patient/Condition.rs"),
        ("patient/Observation.rs", "patient/Observation.rs"),
        ("patient/Observation.rs?category=vital-signs", "patient/Observation.rs?category=vital-signs"),
        ("patient/Observation.read", ""),
        ("user/Condition.rs offline_access", "patient/Condition.rs"),
    ],
)
def test_what_is_ticked_is_what_was_offered_and_wanted(grant: str, ticked: str) -> None:
    rows, first = preset_scopes(OFFERED, grant)
    assert set(to_scope_text(first).split()) == set(ticked.split())
    assert set(OFFERED) <= set(rows)
    assert set(first) <= set(rows)
