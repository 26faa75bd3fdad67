"""What a backend service gets: the least of what it asks, what it may have, and what the site gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.authorization_server.test_authorization import RULES, TYPES
from tests.fhir_server.fhir_world import BASE, START, make_site
from workbench.authorization_server.rules import Client
from workbench.authorization_server.system_scopes import offer_system_scopes
from workbench.fhir_server.scope_queries import SiteQueries
from workbench.smart.scopes import parse_scopes

QUERIES = SiteQueries(make_site().fhir, BASE, lambda: START)
BOTH = replace(RULES, scope_versions=("v1", "v2"))
LABORATORY = "system/Observation.rs?category=laboratory"


def give(allowed: str, asked: str, **changes: Any) -> list[str]:
    client = Client("night", "At night", authentication="private_key_jwt", scope=allowed)
    rules, types = replace(BOTH, **changes), frozenset(TYPES)
    granted = offer_system_scopes(rules, client, parse_scopes(asked), types, queries=QUERIES)
    return [scope.text for scope in granted.scopes]


@pytest.mark.parametrize(
    ("allowed", "asked", "granted"),
    [
        ("system/*.rs", "system/Patient.rs", "system/Patient.rs"),
        ("system/Patient.rs", "system/*.rs", "system/Patient.rs"),
        ("system/Patient.rs system/Observation.rs", "system/*.rs", "system/Patient.rs system/Observation.rs"),
        ("system/Patient.cruds", "system/Patient.rs", "system/Patient.rs"),
        ("system/Patient.rs", "system/Patient.cruds", "system/Patient.rs"),
        ("system/Patient.rs", "system/Patient.cud", ""),
        ("system/Patient.rs", "system/Observation.rs", ""),
        ("system/*.*", "system/*.read", "system/*.read"),
        ("system/*.rs", "system/Patient.read", "system/Patient.read"),
        ("system/Patient.r", "system/Patient.read", ""),
        ("system/Patient.read", "system/Patient.cruds", "system/Patient.rs"),
        ("system/*.rs", "patient/Patient.rs user/Patient.rs launch openid offline_access", ""),
        ("system/*.rs", "system/Device.rs", ""),
        ("system/*.rs", "system/Patient.rs system/Patient.rs", "system/Patient.rs"),
        (LABORATORY, "system/Observation.rs", LABORATORY),
        ("system/Observation.rs", LABORATORY, LABORATORY),
        (LABORATORY, "system/Observation.read", ""),
        (
            "system/Observation.rs?category=http://x|laboratory",
            "system/Observation.rs?code=718-7",
            "system/Observation.rs?code=718-7&category=http://x|laboratory",
        ),
        ("system/*.rs", "system/Patient.rs?no-such=Ann", ""),
        ("", "system/Patient.rs", ""),
    ],
)  # fmt: skip
def test_the_least_of_what_is_asked_and_allowed_is_granted(allowed: str, asked: str, granted: str) -> None:
    assert give(allowed, asked) == granted.split()


def test_a_site_of_one_version_knows_no_scope_of_the_other() -> None:
    assert give("system/*.rs", "system/Patient.read system/Patient.rs", scope_versions=("v2",)) == ["system/Patient.rs"]
    assert give("system/*.*", "system/Patient.read system/Patient.rs", scope_versions=("v1",)) == [
        "system/Patient.read"
    ]


def test_what_the_site_withholds_is_withheld_from_backend_services_too() -> None:
    assert give("system/*.cruds", "system/Patient.cruds", withheld=("system/Patient.cud",)) == ["system/Patient.rs"]
    assert give("system/*.cruds", "system/*.rs", withheld=("system/*.rs",)) == []
