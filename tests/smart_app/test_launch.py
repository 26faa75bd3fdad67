"""The app's side of a SMART launch, called without a wire."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from workbench.exchange import Response
from workbench.smart_app.client_credentials import ClientCredentials, Moment
from workbench.smart_app.discovery import (
    OAUTH_URIS,
    AuthorizationEndpoints,
    capability_request,
    discovery_request,
    parse_capability_statement,
    parse_configuration,
)
from workbench.smart_app.launch import LaunchRequest, LaunchResult, parse_launch, parse_redirect, to_authorize_url
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.smart_app.token_exchange import (
    parse_refresh_response,
    parse_token_response,
    refresh_request,
    token_request,
)

MOMENT = Moment(datetime(2026, 5, 1, 12, tzinfo=UTC), "assertion-1")
BASE = "https://ehr.example/fhir/r4"
ENDPOINTS = AuthorizationEndpoints("https://ehr.example/auth/authorize", "https://ehr.example/auth/token")
# The verifier and challenge of RFC 7636, appendix B.
REQUEST = LaunchRequest(
    BASE,
    ClientCredentials("my app"),
    "http://127.0.0.1:4000/callback",
    "launch openid fhirUser patient/Observation.rs",
    state="state-of-the-app",
    verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    launch="launch/1&2",
)
TOKENS = {
    "access_token": "canary",
    "token_type": "Bearer",
    "scope": "launch patient/Observation.rs",
    "expires_in": 3600,
}


def json_response(value: object, status: int = 200) -> Response:
    return Response(status, (("content-type", "application/json"),), json.dumps(value).encode())


def form_of(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}


def back(**parameters: str) -> str:
    return f"{REQUEST.redirect_uri}?{urlencode(parameters)}"


def granted(**changes: Any) -> LaunchResult:
    result = parse_token_response(json_response({**TOKENS, **changes}), REQUEST, ENDPOINTS)
    assert isinstance(result, LaunchResult)
    return result


def refusal(outcome: object) -> LaunchRefused:
    assert isinstance(outcome, LaunchRefused), outcome
    return outcome


def statement_with(*uris: tuple[str, str]) -> dict[str, object]:
    parts = [{"url": name, "valueUri": address} for name, address in uris]
    return {"rest": [{"security": {"extension": [{"url": OAUTH_URIS, "extension": parts}]}}]}


@pytest.mark.parametrize("base", [BASE, BASE + "/"])
def test_discovery_asks_below_the_base_address(base: str) -> None:
    assert discovery_request(base).address == f"{BASE}/.well-known/smart-configuration"
    assert capability_request(base).address == f"{BASE}/metadata"


def test_a_smart_configuration_names_both_endpoints_and_what_the_site_can_do() -> None:
    document = {
        "authorization_endpoint": ENDPOINTS.authorize,
        "token_endpoint": ENDPOINTS.token,
        "issuer": "https://ehr.example",
        "capabilities": ["launch-ehr", "permission-v2", 7],
        "code_challenge_methods_supported": ["S256"],
    }
    found = parse_configuration(json_response(document))
    assert isinstance(found, AuthorizationEndpoints)
    assert (found.authorize, found.token) == (ENDPOINTS.authorize, ENDPOINTS.token)
    assert found.capabilities == ("launch-ehr", "permission-v2")
    assert (found.issuer, found.challenge_methods) == ("https://ehr.example", ("S256",))


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (Response(404), "answered 404"),
        (Response(200, (), b"<html>"), "not JSON"),
        (Response(200, (), b"[" * 100_000), "not JSON"),
        (json_response([]), "not an object"),
        (json_response({"token_endpoint": ENDPOINTS.token}), "no authorization endpoint"),
        (json_response({"authorization_endpoint": ENDPOINTS.authorize}), "no token endpoint"),
        (json_response({"authorization_endpoint": "/auth", "token_endpoint": "/token"}), "not a full web address"),
        (
            json_response({"authorization_endpoint": "javascript:x", "token_endpoint": "/token"}),
            "not a full web address",
        ),
        (json_response({"authorization_endpoint": 7, "token_endpoint": 7}), "no authorization endpoint"),
    ],
)
def test_a_smart_configuration_that_cannot_be_used_says_why(response: Response, words: str) -> None:
    problem = refusal(parse_configuration(response))
    assert problem.stage == "discovery"
    assert words in problem.sentence


def test_an_older_site_names_its_endpoints_in_the_capability_statement() -> None:
    statement = statement_with(("authorize", ENDPOINTS.authorize), ("token", ENDPOINTS.token))
    found = parse_capability_statement(json_response(statement))
    assert found == replace(ENDPOINTS, source="capability statement")


@pytest.mark.parametrize("statement", [{}, {"rest": 1}, {"rest": [{"security": []}, None]}, statement_with()])
def test_a_capability_statement_without_oauth_uris_is_refused_in_words(statement: object) -> None:
    assert "no authorization endpoint" in refusal(parse_capability_statement(json_response(statement))).sentence


def test_the_authorization_request_carries_state_audience_launch_and_the_challenge() -> None:
    address = urlsplit(to_authorize_url(REQUEST, ENDPOINTS))
    asked = parse_qs(address.query)
    assert asked == {
        "response_type": ["code"],
        "client_id": ["my app"],
        "redirect_uri": ["http://127.0.0.1:4000/callback"],
        "scope": ["launch openid fhirUser patient/Observation.rs"],
        "state": ["state-of-the-app"],
        "aud": [BASE],
        "launch": ["launch/1&2"],
        "code_challenge": ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"],
        "code_challenge_method": ["S256"],
    }
    assert "+" not in address.query


def test_the_authorization_request_keeps_the_query_of_the_endpoint() -> None:
    endpoints = replace(ENDPOINTS, authorize="https://ehr.example/auth?tenant=7")
    address = to_authorize_url(replace(REQUEST, launch=""), endpoints)
    assert address.startswith("https://ehr.example/auth?tenant=7&response_type=code&")
    assert "launch=" not in address


def test_an_ehr_launch_names_its_base_and_launch() -> None:
    address = f"http://127.0.0.1:4000/launch?{urlencode({'iss': BASE + '/', 'launch': 'a b'})}"
    assert parse_launch(address, BASE) == (BASE + "/", "a b")


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({}, "invalid_launch"),
        ({"iss": BASE}, "invalid_launch"),
        ({"launch": "1"}, "invalid_launch"),
        ({"iss": "https://evil.example/fhir/r4", "launch": "1"}, "other_iss"),
        ({"iss": "http://ehr.example/fhir/r4", "launch": "1"}, "other_iss"),
        ({"iss": BASE + "/other", "launch": "1"}, "other_iss"),
    ],
)
def test_an_ehr_launch_for_another_base_is_refused(query: dict[str, str], error: str) -> None:
    problem = refusal(parse_launch(f"http://127.0.0.1/launch?{urlencode(query)}", BASE))
    assert (problem.stage, problem.error) == ("launch", error)


def test_the_redirect_back_gives_the_code() -> None:
    assert parse_redirect(back(code="c o/de", state=REQUEST.state), REQUEST, ENDPOINTS) == "c o/de"


@pytest.mark.parametrize(
    ("address", "error"),
    [
        (back(code="c"), "state_mismatch"),
        (back(code="c", state="another"), "state_mismatch"),
        (back(code="c", state=REQUEST.state + "x"), "state_mismatch"),
        (back(error="access_denied", state="another"), "state_mismatch"),
        (back(error="access_denied", state=REQUEST.state), "access_denied"),
        (back(error="server_error"), "server_error"),
        (back(state=REQUEST.state), "no_code"),
        (back(code="c", state=REQUEST.state, error="invalid_scope"), "invalid_scope"),
    ],
)
def test_a_redirect_back_that_must_not_be_used_is_refused(address: str, error: str) -> None:
    problem = refusal(parse_redirect(address, REQUEST, ENDPOINTS))
    assert (problem.stage, problem.error) == ("redirect", error)


def test_the_words_of_a_refusal_come_through() -> None:
    address = back(error="access_denied", error_description="The user said no.", state=REQUEST.state)
    sentence = refusal(parse_redirect(address, REQUEST, ENDPOINTS)).sentence
    assert sentence == "The site refused the authorization: access_denied (“The user said no”)."


def test_a_redirect_from_another_issuer_is_refused() -> None:
    endpoints = replace(ENDPOINTS, issuer="https://ehr.example")
    honest = back(code="c", state=REQUEST.state, iss="https://ehr.example")
    mixed_up = back(code="c", state=REQUEST.state, iss="https://evil.example")
    assert parse_redirect(honest, REQUEST, endpoints) == "c"
    assert refusal(parse_redirect(mixed_up, REQUEST, endpoints)).error == "issuer_mismatch"


def test_a_public_app_sends_its_client_id_and_verifier_for_a_token() -> None:
    request = token_request(REQUEST, ENDPOINTS, "the-code", MOMENT)
    assert (request.method, request.address) == ("POST", ENDPOINTS.token)
    assert form_of(request.body) == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": REQUEST.redirect_uri,
        "code_verifier": REQUEST.verifier,
        "client_id": "my app",
    }
    assert request.header("authorization") == ""


def test_a_confidential_app_proves_itself_by_http_basic() -> None:
    request = token_request(
        replace(REQUEST, credentials=ClientCredentials.of("my app", "s:ö")), ENDPOINTS, "the-code", MOMENT
    )
    scheme, _, value = request.header("authorization").partition(" ")
    assert (scheme, base64.b64decode(value)) == ("Basic", b"my%20app:s%3A%C3%B6")
    assert "client_id" not in form_of(request.body)


def test_a_token_response_becomes_a_launch_result() -> None:
    claims = {"fhirUser": "Practitioner/priya-raman"}
    parts = [{"alg": "RS256", "typ": "JWT"}, claims]
    token = ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + ".c2ln"
    result = granted(
        patient="amara-okafor",
        encounter="amara-okafor-open",
        need_patient_banner=False,
        id_token=token,
        intent="vitals",
    )
    assert (result.access_token, result.expires_in, result.patient) == ("canary", 3600, "amara-okafor")
    assert (result.encounter, result.need_patient_banner) == ("amara-okafor-open", False)
    assert result.fhir_user == "Practitioner/priya-raman"
    assert (result.intent, result.extras) == ("vitals", {})
    assert result.scope == "launch patient/Observation.rs"


def test_scopes_asked_and_not_granted_are_missing() -> None:
    assert granted().missing_scopes == ("openid", "fhirUser")


def test_a_context_scope_that_was_answered_with_its_context_is_not_missing() -> None:
    assert "launch" in granted(scope="openid").missing_scopes
    assert "launch" not in granted(scope="openid", patient="amara-okafor").missing_scopes


def test_a_scope_that_is_left_out_is_the_scope_asked_for() -> None:
    answer = {name: value for name, value in TOKENS.items() if name != "scope"}
    result = parse_token_response(json_response(answer), REQUEST, ENDPOINTS)
    assert isinstance(result, LaunchResult)
    assert result.missing_scopes == ()


def test_an_empty_scope_grants_nothing() -> None:
    assert granted(scope="").granted == ()


@pytest.mark.parametrize(("expires_in", "seconds"), [(60, 60), ("60", 60), (None, None), ("soon", None), (True, None)])
def test_a_lifetime_is_a_number_of_seconds_or_unknown(expires_in: object, seconds: int | None) -> None:
    assert granted(expires_in=expires_in).expires_in == seconds


def test_an_id_token_that_is_no_token_has_no_claims() -> None:
    assert granted(id_token="not.a.token").claims == {}


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (json_response({"error": "invalid_grant", "error_description": "The code is used."}, 400), "invalid_grant"),
        (json_response({"error": "invalid_client"}, 401), "invalid_client"),
        (json_response({"error": "invalid_grant"}), "invalid_grant"),
        (json_response({}, 500), "invalid_response"),
        (json_response(TOKENS, 302), "invalid_response"),
        (json_response({"access_token": "x"}), "invalid_response"),
        (json_response({"access_token": "x", "token_type": "mac"}), "invalid_response"),
        (json_response({"access_token": "", "token_type": "Bearer"}), "invalid_response"),
        (json_response({"access_token": 7, "token_type": "Bearer"}), "invalid_response"),
        (Response(200, (), b"access_token=x"), "invalid_response"),
        (Response(502, (), b""), "invalid_response"),
    ],
)
def test_a_token_response_without_tokens_is_refused(response: Response, error: str) -> None:
    problem = refusal(parse_token_response(response, REQUEST, ENDPOINTS))
    assert (problem.stage, problem.error) == ("token", error)
    assert problem.sentence.endswith(".")


def test_a_token_type_is_read_without_case() -> None:
    assert granted(token_type="bearer").access_token == "canary"


def test_a_refresh_keeps_what_the_answer_leaves_out() -> None:
    before = granted(patient="amara-okafor", refresh_token="r-1", intent="vitals")
    request = refresh_request(before, MOMENT, "launch")
    assert form_of(request.body) == {
        "grant_type": "refresh_token",
        "refresh_token": "r-1",
        "scope": "launch",
        "client_id": "my app",
    }
    after = parse_refresh_response(json_response({"access_token": "new", "token_type": "Bearer"}), before)
    assert isinstance(after, LaunchResult)
    assert (after.access_token, after.refresh_token, after.patient) == ("new", "r-1", "amara-okafor")
    assert (after.granted, after.intent) == (before.granted, "vitals")


def test_a_refused_refresh_names_its_stage() -> None:
    answer = json_response({"error": "invalid_grant"}, 400)
    assert refusal(parse_refresh_response(answer, granted())).stage == "refresh"


def test_no_secret_shows_in_the_words_of_a_launch() -> None:
    result = granted(refresh_token="canary-2", id_token="canary-3")
    assert "canary" not in repr(result)
    secret = replace(REQUEST, credentials=ClientCredentials.of("my app", "canary-4"))
    assert not {"canary-4", REQUEST.state, REQUEST.verifier} & set(repr(secret).replace("'", " ").split())
