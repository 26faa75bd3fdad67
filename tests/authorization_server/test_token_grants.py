"""Grants beyond a first launch: confidential apps, rotation, how long access lasts, and backend services."""

from __future__ import annotations

import ast
import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.authorization_server.client_keys import EC_KEY, RSA_KEY, assertion_form, claims_for
from tests.authorization_server.test_authorization import APP, TOKEN_ENDPOINT, VERIFIER, Server, refused
from workbench.authorization_server.client_authentication import digest_secret
from workbench.authorization_server.refusal import Refusal
from workbench.authorization_server.rules import Client

SECRET = "a-long-random-secret"
BASIC = replace(APP, id="basic", authentication="client_secret_basic", secret_sha256=digest_secret(SECRET))
POST = replace(BASIC, id="post", authentication="client_secret_post")
SIGNING = replace(APP, id="signing", authentication="private_key_jwt", jwks=RSA_KEY.jwks)
NIGHT = Client("night", "At night", authentication="private_key_jwt", jwks=EC_KEY.jwks, scope="system/Patient.rs")
HEADER = f"Basic {base64.b64encode(f'basic:{SECRET}'.encode()).decode()}"


def ask(server: Server, scope: str = "system/Patient.rs", **changes: str | None) -> dict[str, Any] | Refusal:
    """A backend service asks for a token."""
    form: dict[str, str | None] = {"grant_type": "client_credentials", "scope": scope, **sign(server, NIGHT, EC_KEY)}
    return server.tokens.answer([(k, v) for k, v in (form | changes).items() if v is not None])


def sign(server: Server, client: Client, key: Any) -> dict[str, str]:
    return assertion_form(key.sign(claims_for(client.id, TOKEN_ENDPOINT, server.now.timestamp())))


def test_a_confidential_app_of_each_kind_redeems_and_refreshes() -> None:
    server = Server(BASIC, POST, SIGNING)
    ways: dict[str, tuple[dict[str, str], str]] = {
        "basic": ({}, HEADER),
        "post": ({"client_id": "post", "client_secret": SECRET}, ""),
        "signing": (sign(server, SIGNING, RSA_KEY), ""),
    }
    for client_id, (shown, header) in ways.items():
        form = {
            "grant_type": "authorization_code",
            "code": server.code(client_id=client_id),
            "redirect_uri": "http://127.0.0.1:5000/callback",
            "code_verifier": VERIFIER,
        }
        answer = server.tokens.answer([*(form | shown).items()], header)
        assert isinstance(answer, dict), answer
        again = {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
        shown = sign(server, SIGNING, RSA_KEY) if client_id == "signing" else shown
        assert isinstance(server.tokens.answer([*(again | shown).items()], header), dict)
        shown = sign(server, SIGNING, RSA_KEY) if client_id == "signing" else shown
        assert refused(server.tokens.answer([*(form | shown).items()], header)).error == "invalid_grant"


def test_a_stolen_code_is_worth_nothing_without_the_credentials_of_its_app() -> None:
    server = Server(BASIC)
    outcome = server.redeem(server.code(client_id="basic"), client_id="basic")
    assert refused(outcome).error == "invalid_client"


def test_a_code_of_one_confidential_app_is_refused_to_another() -> None:
    server = Server(BASIC, POST)
    outcome = server.redeem(server.code(client_id="basic"), client_id="post", client_secret=SECRET)
    assert refused(outcome).error == "invalid_grant"


def test_without_rotation_one_refresh_token_serves_again_and_again() -> None:
    server = Server(rotate_refresh=False)
    token = server.launch()["refresh_token"]
    answers = [server.refresh(token) for _ in range(3)]
    assert all(isinstance(answer, dict) and "refresh_token" not in answer for answer in answers)
    assert len({answer["access_token"] for answer in answers if isinstance(answer, dict)}) == 3


def test_online_access_ends_with_the_working_day_however_often_it_was_refreshed() -> None:
    server = Server()
    token = server.launch(scope="launch/patient patient/Patient.rs online_access")["refresh_token"]
    for _ in range(2):
        server.now += timedelta(hours=5, minutes=59)
        answer = server.refresh(token)
        assert isinstance(answer, dict)
        token = answer["refresh_token"]
    server.now += timedelta(minutes=2)
    assert refused(server.refresh(token)).error == "invalid_grant"


def test_offline_access_lasts_as_long_as_it_is_used() -> None:
    server = Server()
    token = server.launch()["refresh_token"]
    for _ in range(3):
        server.now += timedelta(days=60)
        answer = server.refresh(token)
        assert isinstance(answer, dict)
        token = answer["refresh_token"]
    server.now += timedelta(days=90)
    assert refused(server.refresh(token)).error == "invalid_grant"


def test_a_refresh_for_fewer_scopes_does_not_lessen_the_next() -> None:
    server = Server()
    first = server.refresh(server.launch()["refresh_token"], scope="patient/Patient.rs")
    assert isinstance(first, dict)
    assert first["scope"] == "patient/Patient.rs"
    second = server.refresh(first["refresh_token"])
    assert isinstance(second, dict)
    assert "patient/Observation.rs" in second["scope"].split()


def test_a_site_with_pkce_off_looks_at_no_challenge_and_at_no_verifier() -> None:
    server = Server(pkce="off")
    for verifier in (VERIFIER, "w" * 43, None):
        assert isinstance(server.redeem(server.code(), code_verifier=verifier), dict)
    assert isinstance(server.redeem(server.code(code_challenge_method="plain", code_challenge="short")), dict)
    assert isinstance(server.redeem(server.code(code_challenge=None, code_challenge_method=None)), dict)


def test_the_id_token_says_when_the_user_signed_in() -> None:
    server = Server()
    code = server.code()
    signed_in = int(server.now.timestamp())
    server.now += timedelta(seconds=30)
    answer = server.redeem(code)
    assert isinstance(answer, dict)
    claims = ast.literal_eval(answer["id_token"])
    assert (claims["auth_time"], claims["iat"], claims["sub"]) == (signed_in, signed_in + 30, "raman")


def test_the_subject_of_an_id_token_is_the_same_at_each_launch_and_for_each_app() -> None:
    server = Server()
    subjects = [ast.literal_eval(server.launch()["id_token"])["sub"] for _ in range(2)]
    other = server.redeem(server.code(client_id="other"), client_id="other")
    assert isinstance(other, dict)
    assert {*subjects, ast.literal_eval(other["id_token"])["sub"]} == {"raman"}


def test_a_backend_service_gets_a_short_token_without_user_patient_or_refresh() -> None:
    server = Server(NIGHT, backend_services=True)
    answer = ask(server)
    assert isinstance(answer, dict)
    assert answer | {"access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "system/Patient.rs",
    }
    grant = server.tokens.grant_for(answer["access_token"])
    assert grant is not None
    assert (grant.client_id, grant.user, grant.patient, grant.fhir_user) == ("night", "", None, "")
    server.now += timedelta(seconds=300)
    assert server.tokens.grant_for(answer["access_token"]) is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": None}, "invalid_scope"),
        ({"scope": "system/Observation.rs"}, "invalid_scope"),
        ({"scope": "patient/Patient.rs launch"}, "invalid_scope"),
        ({"client_assertion": "a.b.c"}, "invalid_client"),
        ({"client_assertion": None}, "invalid_request"),
        ({"client_id": "app"}, "invalid_client"),
        ({"client_secret": SECRET}, "invalid_request"),
    ],
)
def test_a_wrong_request_of_a_backend_service_is_refused(changes: dict[str, str | None], error: str) -> None:
    server = Server(NIGHT, backend_services=True)
    assert refused(ask(server, **changes)).error == error


@pytest.mark.parametrize("client", [APP, BASIC], ids=lambda client: client.id)
def test_an_app_that_is_no_backend_service_gets_no_token_of_its_own(client: Client) -> None:
    server = Server(BASIC, backend_services=True)
    form = {"grant_type": "client_credentials", "scope": "system/Patient.rs"}
    shown, header = ({"client_id": "app"}, "") if client is APP else ({}, HEADER)
    refusal = refused(server.tokens.answer([*(form | shown).items()], header))
    assert refusal.error == "unauthorized_client"


def test_a_site_without_backend_services_does_not_know_their_grant_type() -> None:
    assert refused(ask(Server(NIGHT))).error == "unsupported_grant_type"


def test_a_backend_service_cannot_be_opened_by_a_user() -> None:
    for registration in ("open", "registered"):
        server = Server(NIGHT, backend_services=True, registration=registration)
        assert refused(server.begin(client_id="night")).address == ""


def test_a_refresh_gives_no_scope_of_a_version_that_the_site_does_not_take() -> None:
    server = Server()
    token = server.launch()["refresh_token"]
    refusal = refused(server.refresh(token, scope="patient/Observation.read"))
    assert refusal.error == "invalid_scope" and "SMART v1" in refusal.description
    assert isinstance(server.refresh(token, scope="patient/Observation.r"), dict)
