"""What a site publishes for apps follows from its rules."""

from __future__ import annotations

from dataclasses import replace

from tests.authorization_server.test_authorization import RULES, TYPES
from workbench.authorization_server.configuration import openid_configuration, smart_configuration
from workbench.smart.client_methods import CLIENT_AUTHENTICATIONS

ISSUER = "http://127.0.0.1:8000/auth"


def test_capabilities_follow_from_the_sites_rules() -> None:
    full = set(smart_configuration(RULES, ISSUER)["capabilities"])
    assert {"launch-ehr", "launch-standalone", "client-public", "sso-openid-connect", "authorize-post"} <= full
    assert {"context-banner", "context-ehr-encounter", "context-standalone-patient"} <= full
    assert {"permission-v2", "permission-offline", "permission-online", "permission-patient"} <= full
    bare = replace(RULES, launches=("ehr",), context=("patient",), scope_versions=("v1",), refresh=())
    left = smart_configuration(bare, ISSUER)
    assert {"permission-v1", "context-ehr-patient"} <= set(left["capabilities"])
    absent = {"launch-standalone", "context-banner", "permission-v2", "permission-offline", "context-ehr-encounter"}
    assert not absent & set(left["capabilities"])
    assert left["grant_types_supported"] == ["authorization_code"]


def test_supported_scopes_leave_out_what_the_site_withholds() -> None:
    rules = replace(RULES, scope_versions=("v1",), withheld=("patient/*.write",))
    scopes = smart_configuration(rules, ISSUER, ("Observation",))["scopes_supported"]
    assert "patient/*.write" not in scopes
    assert {"patient/Observation.write", "patient/*.read", "launch", "launch/encounter", "openid"} <= set(scopes)
    assert not [scope for scope in scopes if scope.endswith(".rs")]


def test_ways_of_authentication_follow_from_the_sites_rules() -> None:
    full = smart_configuration(replace(RULES, backend_services=True), ISSUER, TYPES)
    assert full["token_endpoint_auth_methods_supported"] == [*CLIENT_AUTHENTICATIONS]
    assert full["token_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384"]
    assert full["grant_types_supported"] == ["authorization_code", "refresh_token", "client_credentials"]
    assert {"client-public", "client-confidential-symmetric", "client-confidential-asymmetric"} <= {
        *full["capabilities"]
    }
    assert {"system/*.rs", "system/Patient.cruds"} <= {*full["scopes_supported"]}
    bare = smart_configuration(replace(RULES, client_authentication=("client_secret_post",)), ISSUER, TYPES)
    assert bare["token_endpoint_auth_methods_supported"] == ["client_secret_post"]
    assert "token_endpoint_auth_signing_alg_values_supported" not in bare
    assert [word for word in bare["capabilities"] if word.startswith("client-")] == ["client-confidential-symmetric"]
    assert not [scope for scope in bare["scopes_supported"] if scope.startswith("system/")]


def test_addresses_that_a_site_lacks_are_not_named() -> None:
    names = {"introspection_endpoint", "revocation_endpoint", "userinfo_endpoint"}
    assert names <= smart_configuration(RULES, ISSUER).keys()
    bare = replace(RULES, introspection=(), revocation=False, userinfo=False)
    assert not names & smart_configuration(bare, ISSUER).keys()
    assert not names & openid_configuration(bare, ISSUER).keys()


def test_a_site_that_looks_at_no_challenge_names_no_method_of_it() -> None:
    assert "code_challenge_methods_supported" not in smart_configuration(replace(RULES, pkce="off"), ISSUER)


def test_both_documents_name_the_same_endpoints() -> None:
    smart, openid = smart_configuration(RULES, ISSUER), openid_configuration(RULES, ISSUER)
    for name in ("issuer", "jwks_uri", "authorization_endpoint", "token_endpoint"):
        assert smart[name] == openid[name]
    assert smart["code_challenge_methods_supported"] == ["S256"]
