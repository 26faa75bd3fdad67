"""What scopes cover together, what is missing, and the least that some calls need."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.smart.scope_cover import merge_scopes, missing_scopes
from workbench.smart.scope_needs import least_scopes, needed_for
from workbench.smart.scopes import parse_scopes, to_scope_text


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
        ("system/Observation.rs", "user/Observation.rs", "system/Observation.rs"),
        ("user/Observation.rs", "system/*.rs", ""),
        ("patient/Observation.rs?category=a", "patient/Observation.rs?category=a,b", ""),
        (
            "patient/Observation.rs?category=a,c",
            "patient/Observation.rs?category=a,b",
            "patient/Observation.rs?category=a,c",
        ),
        ("patient/Observation.rs?category=a&code=b", "patient/Observation.rs?category=a", ""),
        (
            "patient/Observation.rs?category=a",
            "patient/Observation.rs?category=a&code=b",
            "patient/Observation.rs?category=a",
        ),
        ("patient/Observation.rs?code:not=a,b", "patient/Observation.rs?code:not=a", ""),
        (
            "patient/Observation.rs?code:not=a",
            "patient/Observation.rs?code:not=a,b",
            "patient/Observation.rs?code:not=a",
        ),
        ("patient/Observation.rs?code=b", "patient/Observation.rs?code=a\\,b", "patient/Observation.rs?code=b"),
        ("patient/*.rs", "patient/Observation.rs", "patient/*.rs"),
    ],
)
def test_missing_scopes_are_those_whose_right_was_not_given(asked: str, granted: str, missing: str) -> None:
    assert " ".join(missing_scopes(asked.split(), granted.split())) == missing


@pytest.mark.parametrize(
    ("scopes", "merged"),
    [
        ("patient/Observation.s patient/Observation.r", "patient/Observation.rs"),
        ("patient/Observation.read patient/Observation.write", "patient/Observation.*"),
        ("patient/Observation.rs patient/*.rs", "patient/*.rs"),
        ("patient/Observation.rs user/Observation.rs", "user/Observation.rs"),
        ("openid launch openid", "openid launch"),
        ("user/Patient.r?_id=a user/Patient.s?_id=b", "user/Patient.r?_id=a user/Patient.s?_id=b"),
        ("patient/Observation.read patient/Observation.rs", "patient/Observation.read"),
    ],
)
def test_scopes_merge_into_the_fewest_that_give_the_same(scopes: str, merged: str) -> None:
    assert to_scope_text(merge_scopes(parse_scopes(scopes))) == merged


@pytest.mark.parametrize(
    ("interaction", "kind", "options", "needed"),
    [
        ("read", "Observation", {}, "patient/Observation.r"),
        ("history-instance", "Observation", {}, "patient/Observation.r"),
        ("search-type", "Observation", {"version": "v1"}, "patient/Observation.read"),
        ("patch", "Patient", {"context": "system"}, "system/Patient.u"),
        ("delete", "Patient", {"version": "v1", "context": "user"}, "user/Patient.write"),
        ("capabilities", "", {}, None),
    ],
)
def test_a_call_needs_the_least_scope_that_opens_it(
    interaction: str, kind: str, options: dict[str, Any], needed: str | None
) -> None:
    scope = needed_for(interaction, kind, **options)
    assert (scope and scope.text) == needed


def test_the_calls_of_a_scenario_need_one_scope_a_type() -> None:
    calls = (("read", "Patient"), ("search-type", "Observation"), ("create", "Observation"), ("capabilities", ""))
    assert to_scope_text(least_scopes(calls)) == "patient/Patient.r patient/Observation.cs"
    assert to_scope_text(least_scopes(calls, version="v1")) == "patient/Patient.read patient/Observation.*"
