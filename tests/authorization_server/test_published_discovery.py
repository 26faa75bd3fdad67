"""What a site publishes follows from what it does, but for the edits that it is to have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.authorization_server.test_authorization import RULES
from workbench.authorization_server.configuration import smart_configuration
from workbench.authorization_server.discovery_edits import DISCOVERY_FAULTS, DiscoveryEdits
from workbench.authorization_server.discovery_faults import all_discovery_faults, describe_discovery_fault
from workbench.authorization_server.published_discovery import PublishedDiscovery, find_idle_edit, publish_discovery

ISSUER = "http://127.0.0.1:8000/auth"
TYPES = ("Patient", "Observation")


def publish(**edits: Any) -> PublishedDiscovery:
    return publish_discovery(RULES, ISSUER, TYPES, DiscoveryEdits(**edits))


def configuration(**edits: Any) -> dict[str, Any]:
    found = publish(**edits).configuration
    assert found is not None
    return found


def test_without_edits_both_documents_say_what_the_site_does() -> None:
    published = publish()
    assert published.configuration == smart_configuration(RULES, ISSUER, TYPES)
    assert published.oauth_uris["authorize"] == f"{ISSUER}/authorize"
    assert published.oauth_uris["token"] == f"{ISSUER}/token"
    assert published.is_open and not published.is_page


def test_a_member_or_one_word_of_a_list_can_be_left_out() -> None:
    document = configuration(leave_out=("jwks_uri", "capabilities.client-public", "scopes_supported.openid"))
    assert "jwks_uri" not in document
    assert "client-public" not in document["capabilities"]
    assert "launch-ehr" in document["capabilities"]
    assert "openid" not in document["scopes_supported"]


def test_the_capability_statement_can_lack_an_address_or_all() -> None:
    assert "token" not in publish(leave_out=("oauth-uris.token",)).oauth_uris
    assert publish(leave_out=("oauth-uris",)).oauth_uris == {}
    assert publish(leave_out=("oauth-uris",)).configuration == publish().configuration


def test_members_and_addresses_can_be_set() -> None:
    edits = (
        ("token_endpoint", "https://a.example/token"),
        ("x", [1, {"y": None}]),
        ("oauth-uris.manage", "https://a.example"),
    )
    published = publish(set=edits)
    assert published.configuration is not None
    assert published.configuration["token_endpoint"] == "https://a.example/token"
    assert published.configuration["x"] == [1, {"y": None}]
    assert published.oauth_uris["manage"] == "https://a.example"
    assert published.oauth_uris["token"] == f"{ISSUER}/token"


def test_addresses_of_version_1_stand_in_both_documents() -> None:
    published = publish(faults=("v1-addresses",))
    assert published.configuration is not None
    assert published.configuration["authorization_endpoint"] == f"{ISSUER}/v1/authorize"
    assert published.oauth_uris["authorize"] == f"{ISSUER}/v1/authorize"


def test_two_documents_can_disagree() -> None:
    published = publish(faults=("disagree",))
    assert published.configuration == publish().configuration
    assert published.oauth_uris["token"] == f"{ISSUER}/v1/token"


def test_methods_can_be_missing_and_the_issuer_another() -> None:
    document = configuration(faults=("method-missing", "other-issuer"))
    assert document.keys().isdisjoint({"code_challenge_methods_supported", "token_endpoint_auth_methods_supported"})
    assert document["issuer"] == f"{ISSUER}/other"


def test_an_old_document_has_members_and_words_of_smart_1_alone() -> None:
    document = configuration(faults=("old",))
    assert document.keys().isdisjoint(
        {"issuer", "jwks_uri", "grant_types_supported", "code_challenge_methods_supported"}
    )
    assert not [
        word for word in document["capabilities"] if word in ("authorize-post", "permission-v1", "permission-v2")
    ]
    assert "patient/Observation.read" in document["scopes_supported"]
    assert not [scope for scope in document["scopes_supported"] if scope.endswith((".rs", ".cruds"))]


def test_there_may_be_no_document_or_a_page() -> None:
    assert publish(faults=("capability-only",)).configuration is None
    assert publish(faults=("capability-only",)).oauth_uris == publish().oauth_uris
    assert publish(faults=("not-json",)).is_page
    assert not publish(faults=("no-cors",)).is_open


def test_faults_come_together_and_what_is_set_and_left_out_counts_after_them() -> None:
    document = configuration(faults=("other-issuer", "old"), set=(("issuer", "x"),), leave_out=("capabilities",))
    assert document["issuer"] == "x"
    assert "capabilities" not in document


@pytest.mark.parametrize(
    ("edits", "idle"),
    [
        ({"leave_out": ("issuer", "capabilities.launch-ehr", "oauth-uris", "oauth-uris.token")}, ""),
        ({"leave_out": ("isuer",)}, "isuer"),
        ({"leave_out": ("capabilities.client-secret",)}, "capabilities.client-secret"),
        ({"leave_out": ("oauth-uris.authorise",)}, "oauth-uris.authorise"),
        ({"set": (("anything", 1), ("oauth-uris.manage", "x"))}, ""),
        ({"set": (("oauth-uris.authorise", "x"),)}, "oauth-uris.authorise"),
    ],
)
def test_an_edit_of_what_is_not_there_is_found(edits: dict[str, Any], idle: str) -> None:
    assert find_idle_edit(publish(), DiscoveryEdits(**edits)) == idle


@pytest.mark.parametrize("name", DISCOVERY_FAULTS)
def test_every_fault_changes_what_is_published_and_is_described(name: Any) -> None:
    assert publish(faults=(name,)) != publish()
    fault = describe_discovery_fault(name)
    assert fault.title and fault.site and fault.good_app and fault.clause


def test_the_faults_are_described_in_their_order() -> None:
    assert tuple(fault.name for fault in all_discovery_faults()) == DISCOVERY_FAULTS


def test_the_page_on_launches_has_the_table_of_faults() -> None:
    page = (Path(__file__).parents[2] / "docs" / "launches.md").read_text("utf-8")
    rows = [f"| `{f.name}` | {f.site} | {f.good_app} | {f.clause} |" for f in all_discovery_faults()]
    assert "\n".join(rows) in page
