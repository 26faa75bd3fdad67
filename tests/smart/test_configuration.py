"""What a site publishes for apps follows from its rules."""

from __future__ import annotations

from dataclasses import replace

from tests.smart.test_authorization import BASE, RULES
from workbench.smart.configuration import openid_configuration, smart_configuration

ISSUER = "http://127.0.0.1:8000/auth"


def test_capabilities_follow_from_the_sites_rules() -> None:
    full = set(smart_configuration(RULES, BASE, ISSUER)["capabilities"])
    assert {"launch-ehr", "launch-standalone", "client-public", "sso-openid-connect", "authorize-post"} <= full
    assert {"context-banner", "context-ehr-encounter", "context-standalone-patient"} <= full
    assert {"permission-v2", "permission-offline", "permission-online", "permission-patient"} <= full
    bare = replace(RULES, launches=("ehr",), context=("patient",), scope_versions=("v1",), refresh=())
    left = smart_configuration(bare, BASE, ISSUER)
    assert {"permission-v1", "context-ehr-patient"} <= set(left["capabilities"])
    absent = {"launch-standalone", "context-banner", "permission-v2", "permission-offline", "context-ehr-encounter"}
    assert not absent & set(left["capabilities"])
    assert left["grant_types_supported"] == ["authorization_code"]


def test_supported_scopes_leave_out_what_the_site_withholds() -> None:
    rules = replace(RULES, scope_versions=("v1",), withheld=("patient/*.write",))
    scopes = smart_configuration(rules, BASE, ISSUER, ("Observation",))["scopes_supported"]
    assert "patient/*.write" not in scopes
    assert {"patient/Observation.write", "patient/*.read", "launch", "launch/encounter", "openid"} <= set(scopes)
    assert not [scope for scope in scopes if scope.endswith(".rs")]


def test_both_documents_name_the_same_endpoints() -> None:
    smart, openid = smart_configuration(RULES, BASE, ISSUER), openid_configuration(RULES, ISSUER)
    for name in ("issuer", "jwks_uri", "authorization_endpoint", "token_endpoint"):
        assert smart[name] == openid[name]
    assert smart["code_challenge_methods_supported"] == ["S256"]
