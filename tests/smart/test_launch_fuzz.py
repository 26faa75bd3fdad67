"""Whatever a site answers to the app is read or refused, and never an exception."""

from __future__ import annotations

import base64
import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from workbench.exchange import Response
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.discovery import (
    OAUTH_URIS,
    AuthorizationEndpoints,
    compare_discovery,
    parse_capability_statement,
    parse_configuration,
)
from workbench.smart_app.launch import LaunchRequest, LaunchResult, parse_launch, parse_redirect
from workbench.smart_app.launch_checks import (
    check_result,
    keys_request,
    lacks_key,
    parse_keys,
    parse_openid_configuration,
    parse_userinfo,
)
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.smart_app.launch_remarks import remark_discovery
from workbench.smart_app.token_checks import ExpectedToken, check_id_token
from workbench.smart_app.token_exchange import parse_refresh_response, parse_token_response
from workbench.smart_app.token_inspection import parse_introspection, parse_revocation

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ENDPOINTS = AuthorizationEndpoints("https://ehr.example/authorize", "https://ehr.example/token")
REQUEST = LaunchRequest(
    "https://ehr.example/fhir", ClientCredentials("app"), "http://127.0.0.1/callback",
    "launch/patient openid patient/*.rs", state="s" * 32, verifier="v" * 43, nonce="n" * 32,
)  # fmt: skip
NAMES = (
    "access_token token_type expires_in scope id_token refresh_token patient encounter need_patient_banner fhirContext "
    "intent tenant error error_description issuer authorization_endpoint token_endpoint jwks_uri userinfo_endpoint "
    "capabilities active exp iat code_challenge_methods_supported token_endpoint_auth_methods_supported keys kid kty "
    "alg n e use sub aud iss nonce rest security extension url valueUri grant_types_supported client_id x y crv azp "
    "at_hash"
).split()
TEXTS = (
    *(
        "",
        "Bearer",
        "bearer",
        "none",
        "RS256",
        "ES256",
        "EdDSA",
        "RSA",
        "EC",
        "OKP",
        "sig",
        "AQAB",
        "app",
        "true",
        "a b",
    ),
    *(
        "\x00",
        "é\ud800",
        "http://[::1",
        "https://ehr.example/x",
        "//",
        "eyJhbGciOiJub25lIn0.e30.",
        "a.b.c",
        "v1",
        "P-256",
    ),
    *("patient/*.rs?x=y launch openid offline_access", "p/x.? user/.rs", OAUTH_URIS, "authorize", "token"),
)
VALUES: tuple[Any, ...] = (None, True, False, 0, -1, 1.5, 10**30, -(10**18), 1e308, [], {}, *TEXTS)


def make_value(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.random()
    if depth > 4 or kind < 0.55:
        return rng.choice(VALUES)
    if kind < 0.75:
        return [make_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice(NAMES): make_value(rng, depth + 1) for _ in range(rng.randrange(7))}


def make_token(rng: random.Random) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(make_value(rng)).encode()).rstrip(b"=").decode() for _ in range(3)]
    return ".".join(parts[: rng.choice((3, 3, 3, 2))])


def make_response(rng: random.Random) -> Response:
    document = {name: make_value(rng) for name in rng.sample(NAMES, 12)}
    if rng.random() < 0.5:
        document |= {"access_token": "t", "token_type": "Bearer", "id_token": make_token(rng)}
        document.pop("error", None)
    if rng.random() < 0.5:
        document |= {"authorization_endpoint": "https://a.example/x", "token_endpoint": "https://a.example/y"}
    body = json.dumps(document).encode()
    if rng.random() < 0.1:
        body = bytes(rng.randrange(256) for _ in range(20)) + body
    kind = rng.choice(("application/json", "text/html", "", "é"))
    return Response(rng.choice((*(200,) * 8, 201, 302, 400, 401, 500)), (("Content-Type", kind),), body)


def look_at(result: LaunchResult) -> None:
    """All that is told of a result can be told."""
    told = (result.expires, result.fhir_user, result.scope_outcomes, result.missing_scopes, result.access_claims)
    assert len(told) == 5 and all(isinstance(remark, str) for remark in result.remarks)
    assert keys_request(result) is None or result.id_token is not None
    assert lacks_key(result) in (True, False)


@pytest.mark.parametrize("seed", range(20))
def test_any_answer_of_a_token_endpoint_is_a_result_or_a_refusal(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - the same each time
    granted = 0
    for _ in range(60):
        outcome = parse_token_response(make_response(rng), REQUEST, ENDPOINTS)
        assert isinstance(outcome, LaunchResult | LaunchRefused)
        if isinstance(outcome, LaunchResult):
            granted += 1
            keys = parse_keys(make_response(rng))
            checked = check_result(outcome, None if isinstance(keys, LaunchRefused) else keys, NOW)
            look_at(checked)
            for answer in (
                parse_userinfo(make_response(rng), checked),
                parse_openid_configuration(make_response(rng), checked),
                parse_refresh_response(make_response(rng), checked),
            ):
                if isinstance(answer, LaunchResult):
                    look_at(answer)
            parse_introspection(make_response(rng), checked)
            parse_revocation(make_response(rng), "access_token")
    assert granted > 3


@pytest.mark.parametrize("seed", range(10))
def test_any_two_documents_of_discovery_are_read_or_refused_and_compared(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - the same each time
    read = 0
    for _ in range(60):
        found = parse_configuration(make_response(rng), backend=rng.random() < 0.3)
        stated = parse_capability_statement(make_response(rng))
        if isinstance(found, AuthorizationEndpoints):
            read += 1
            assert all(each.sentence for each in compare_discovery(found, stated))
            for kind in ("ehr", "standalone", "backend"):
                remark_discovery(found, kind, ClientCredentials("app"), REQUEST.scope)
    assert read > 3


@pytest.mark.parametrize("seed", range(10))
def test_any_id_token_and_any_keys_give_checks(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - the same each time
    expected = ExpectedToken("app", NOW, "https://ehr.example", nonce="n", access_token="t")
    for _ in range(60):
        keys = {"keys": [make_value(rng) for _ in range(3)]} if rng.random() < 0.8 else make_value(rng)
        checks = check_id_token(make_token(rng), expected, keys if isinstance(keys, dict) else None)
        assert checks and all(check.sentence for check in checks)
        assert not all(check.holds for check in checks)


@pytest.mark.parametrize("text", TEXTS)
def test_any_address_that_comes_back_is_read_or_refused(text: str) -> None:
    for tail in (f"?code={text}&state={REQUEST.state}", f"?error={text}&iss={text}", f"?{text}", f"#{text}", text):
        outcome = parse_redirect(f"http://127.0.0.1/callback{tail}", REQUEST, ENDPOINTS)
        assert isinstance(outcome, str | LaunchRefused)
        opened = parse_launch(f"http://127.0.0.1/launch?iss={text}&launch={text}", (REQUEST.fhir_base, text))
        assert isinstance(opened, tuple | LaunchRefused)
