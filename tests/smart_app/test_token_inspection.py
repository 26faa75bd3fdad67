"""Introspection and revocation as the app asks for them, called without a wire."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from workbench.exchange import Response
from workbench.smart_app.client_credentials import ClientCredentials, Moment
from workbench.smart_app.discovery import AuthorizationEndpoints
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.smart_app.token_inspection import (
    Introspection,
    Revocation,
    introspect_request,
    parse_introspection,
    parse_revocation,
    revoke_request,
)

MOMENT = Moment(datetime(2026, 5, 1, 12, tzinfo=UTC), "assertion-1")
AUTH = "https://ehr.example/auth"
ENDPOINTS = AuthorizationEndpoints(
    f"{AUTH}/authorize", f"{AUTH}/token", introspection=f"{AUTH}/introspect", revocation=f"{AUTH}/revoke"
)
RESULT = LaunchResult(
    "https://ehr.example/fhir", ClientCredentials("app"), ENDPOINTS, ("patient/Patient.rs",), ("patient/Patient.rs",),
    access_token="access-1", refresh_token="refresh-1", patient="amara-okafor",
)  # fmt: skip


def answer(value: object, status: int = 200) -> Response:
    return Response(status, (("Content-Type", "application/json"),), json.dumps(value).encode())


def test_a_public_app_opens_introspection_with_its_access_token() -> None:
    request = introspect_request(RESULT, "refresh_token", MOMENT)
    assert request.address == ENDPOINTS.introspection
    assert request.header("authorization") == "Bearer access-1"
    form = parse_qs(request.body.decode())
    assert form == {"token": ["refresh-1"], "token_type_hint": ["refresh_token"], "client_id": ["app"]}


def test_an_app_with_a_secret_opens_introspection_with_it() -> None:
    result = replace(RESULT, credentials=ClientCredentials.of("app", "s3cret"))
    assert introspect_request(result, "access_token", MOMENT).header("authorization").startswith("Basic ")


def test_a_revocation_names_the_token_and_its_kind() -> None:
    request = revoke_request(RESULT, "access_token", MOMENT)
    assert (request.method, request.address) == ("POST", ENDPOINTS.revocation)
    assert parse_qs(request.body.decode())["token"] == ["access-1"]


def test_what_the_site_says_of_a_token_is_read() -> None:
    told: dict[str, Any] = {
        "active": True,
        "scope": "patient/Patient.rs",
        "client_id": "app",
        "patient": "amara-okafor",
    }
    told["exp"] = 1777636800
    found = parse_introspection(answer(told), RESULT)
    assert isinstance(found, Introspection)
    assert (found.active, found.scope, found.client_id) == (True, ("patient/Patient.rs",), "app")
    assert found.expires == datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert (found.members, found.remarks) == (told, ())


def test_what_is_said_of_a_token_that_ended_is_compared_with_nothing() -> None:
    found = parse_introspection(answer({"active": False, "client_id": "other"}), RESULT)
    assert isinstance(found, Introspection)
    assert (found.active, found.remarks) == (False, ())


def test_a_token_that_is_not_active_says_no_more() -> None:
    assert parse_introspection(answer({"active": False}), RESULT) == Introspection(False, members={"active": False})


@pytest.mark.parametrize(
    "change", [{"scope": "user/*.cruds"}, {"client_id": "other"}, {"patient": "somebody"}, {"encounter": "1"}]
)
def test_what_is_told_otherwise_than_at_the_token_endpoint_is_remarked(change: dict[str, Any]) -> None:
    found = parse_introspection(answer({"active": True, **change}), RESULT)
    assert isinstance(found, Introspection)
    assert len(found.remarks) == 1 and next(iter(change)) in found.remarks[0]


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer({"error": "invalid_client"}, 401), "invalid_client"),
        (answer({}, 403), "invalid_response"),
        (answer({}), "invalid_response"),
        (answer({"active": "true"}), "invalid_response"),
        (answer([]), "invalid_response"),
        (Response(200, (), b"<html>"), "invalid_response"),
        (Response(401), "invalid_response"),
    ],
)
def test_an_introspection_that_says_nothing_is_a_refusal(response: Response, error: str) -> None:
    found = parse_introspection(response, RESULT)
    assert isinstance(found, LaunchRefused)
    assert (found.stage, found.error) == ("introspection", error)


@pytest.mark.parametrize("exp", ["soon", 10**30, True, None])
def test_an_end_that_cannot_be_read_is_unknown(exp: object) -> None:
    found = parse_introspection(answer({"active": True, "exp": exp}), RESULT)
    assert isinstance(found, Introspection) and found.expires is None


def test_a_revocation_is_over_with_any_200() -> None:
    assert parse_revocation(Response(200), "access_token") == Revocation("access_token")


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer({"error": "unsupported_token_type"}, 400), "unsupported_token_type"),
        (Response(503), "invalid_response"),
        (Response(302, (("Location", "https://evil.example"),)), "invalid_response"),
    ],
)
def test_a_revocation_that_is_not_taken_is_a_refusal(response: Response, error: str) -> None:
    found = parse_revocation(response, "access_token")
    assert isinstance(found, LaunchRefused)
    assert (found.stage, found.error) == ("revocation", error)
