"""Each exchange of a launch is told in words, and no secret among them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from workbench.exchange import Exchange, Failure, Request, Response
from workbench.smart.launch_trace import describe_exchange

SITE = "http://127.0.0.1:8080"
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def html_page(*names: str) -> Response:
    fields = "".join(f'<input type="text" name="{name}">' for name in names)
    return Response(
        200, (("content-type", "text/html; charset=utf-8"),), f"<title>x</title><form>{fields}</form>".encode()
    )


def sent_back(location: str) -> Response:
    return Response(302, (("location", location),))


def json_answer(value: object, status: int = 200) -> Response:
    return Response(status, (("content-type", "application/json"),), json.dumps(value).encode())


def exchange(
    path: str, response: Response | None, method: str = "GET", form: dict[str, str] | None = None, **query: str
) -> Exchange:
    address = SITE + path + (f"?{urlencode(query)}" if query else "")
    request = Request(method, address, FORM if form else (), urlencode(form or {}).encode())
    failure = None if response else Failure("refused", "127.0.0.1:8080 refused the connection.")
    return Exchange("workbench", "site", request, response, datetime(2026, 1, 1, tzinfo=UTC), 0.01, failure)


OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "The scope is missing."}]}


def in_want_of(scope: str) -> Response:
    answer = json_answer(OUTCOME, 403)
    challenge = f'Bearer realm="x", error="insufficient_scope", scope="{scope}"'
    return replace(answer, headers=(*answer.headers, ("WWW-Authenticate", challenge)))


ASKED = {"response_type": "code", "client_id": "vitals-app", "scope": "launch openid", "state": "canary-state"}
TOKENS = {
    "access_token": "canary-token",
    "refresh_token": "canary-refresh",
    "scope": "a b c",
    "patient": "amara-okafor",
}

STORY = [
    (
        exchange("/fhir/.well-known/smart-configuration", json_answer({})),
        "The app asked the site how to sign in (smart-configuration).",
    ),
    (
        exchange("/fhir/metadata", None),
        "The app read the site’s capability statement. 127.0.0.1:8080 refused the connection.",
    ),
    (
        exchange("/ehr", html_page("user", "patient", "app", "launch_uri")),
        "The browser opened the site’s EHR page. ",
    ),
    (
        exchange(
            "/ehr/launch",
            sent_back("http://127.0.0.1:9/launch?iss=http%3A%2F%2Fx&launch=canary-launch"),
            "POST",
            {"user": "raman", "patient": "amara-okafor", "launch_uri": "http://127.0.0.1:9/launch"},
        ),
        "raman launched the app from the EHR for patient amara-okafor. "
        "The EHR sent the browser to the app with its FHIR base (iss) and a launch.",
    ),
    (
        exchange("/auth/authorize", html_page("user"), code_challenge="canary-challenge", **ASKED),
        "The app “vitals-app” asked for 2 scopes, with PKCE. The site showed its sign-in page.",
    ),
    (
        exchange(
            "/auth/authorize",
            sent_back("http://a/cb?error=invalid_scope&error_description=None+is+given."),
            launch="canary-launch",
            **ASKED,
        ),
        "The app “vitals-app” asked for 2 scopes in the launch that the EHR handed over, without PKCE. "
        "The site sent the browser back to the app with the error invalid_scope (“None is given”).",
    ),
    (
        exchange("/auth/sign-in", html_page("patient"), "POST", {"user": "raman", "password": "canary-password"}),
        "raman signed in. The site showed its patient choice.",
    ),
    (
        exchange("/auth/patient", html_page("scope", "decision"), "POST", {"patient": "amara-okafor"}),
        "The user chose the patient amara-okafor. The site showed its consent page.",
    ),
    (
        exchange("/auth/consent", sent_back("http://a/cb?code=canary-code&state=1"), "POST", {"decision": "allow"}),
        "The user allowed the app. The site sent the browser back to the app with a code.",
    ),
    (
        exchange("/auth/consent", sent_back("/x"), "POST", {"decision": "deny"}),
        "The user refused the app. The site sent",
    ),
    (
        exchange("/callback", html_page(), code="canary-code", state="canary-state"),
        "The browser came back to the app with a code.",
    ),
    (
        exchange("/callback", replace(html_page(), status=500), error="access_denied", state="canary-state"),
        "The browser came back to the app with the error access_denied. The app answered 500 (“x”).",
    ),
    (
        exchange(
            "/open", sent_back("http://a/auth?client_id=a&redirect_uri=b"), iss="http://x", launch="canary-launch"
        ),
        "The EHR opened the app with a launch for http://x. The app sent the browser on.",
    ),
    (
        exchange(
            "/auth/token",
            json_answer(TOKENS),
            "POST",
            {"grant_type": "authorization_code", "code": "canary-code", "code_verifier": "canary-verifier"},
        ),
        "The app exchanged the code for an access token and proved with its code verifier that it is the one who asked "
        "(PKCE). The site granted 3 scopes, patient amara-okafor, a refresh token.",
    ),
    (
        exchange(
            "/auth/token",
            json_answer({"error": "invalid_grant", "error_description": "It is used."}, 400),
            "POST",
            {"grant_type": "refresh_token", "refresh_token": "canary-refresh"},
        ),
        "The app asked for a new access token with its refresh token. "
        "The site refused: 400 invalid_grant (“It is used”).",
    ),
    (exchange("/app/style.css", Response(200)), "The browser loaded style.css."),
    (
        exchange("/fhir/r4/Observation", Response(204), "OPTIONS"),
        "The browser asked whether a page of the app may send what follows (CORS).",
    ),
    (
        exchange("/auth/jwks", json_answer({"keys": []})),
        "Public keys were fetched (JWKS), to check a signature by them.",
    ),
    (
        exchange("/auth/.well-known/openid-configuration", json_answer({})),
        "The app read how the site signs users in (OpenID configuration).",
    ),
    (
        exchange("/auth/authorize", sent_back("/auth/sign-in?flow=1"), "POST", {**ASKED, "code_challenge": "x"}),
        "The app “vitals-app” asked for 2 scopes, with PKCE. The site sent the browser on.",
    ),
    (
        exchange(
            "/auth/token",
            json_answer(TOKENS),
            "POST",
            {"grant_type": "authorization_code", "code": "canary-code", "client_secret": "canary-secret"},
        ),
        "The app exchanged the code for an access token and showed its secret. The site granted 3 scopes",
    ),
    (
        exchange(
            "/auth/token",
            json_answer({"access_token": "canary-token", "scope": "system/*.rs"}),
            "POST",
            {"grant_type": "client_credentials", "scope": "system/*.rs", "client_assertion": "canary-assertion"},
        ),
        "The backend service asked for an access token with 1 scope and signed with its key that it is itself. "
        "The site granted 1 scope.",
    ),
    (
        exchange(
            "/auth/introspect",
            json_answer({"active": True, "scope": "a b", "patient": "amara-okafor"}),
            "POST",
            {"token": "canary-token"},
        ),
        "What a token is worth was asked (introspection). "
        "The site said that it holds, for 2 scopes, patient amara-okafor.",
    ),
    (
        exchange("/auth/introspect", json_answer({"active": False}), "POST", {"token": "canary-token"}),
        "What a token is worth was asked (introspection). The site said that it is worth nothing any more.",
    ),
    (
        exchange(
            "/auth/revoke", Response(200), "POST", {"token": "canary-refresh", "token_type_hint": "refresh_token"}
        ),
        "The app gave a refresh token back (revocation). The site took it.",
    ),
    (
        exchange("/auth/userinfo", json_answer({"sub": "raman", "fhirUser": "Practitioner/priya-raman"})),
        "The app asked who signed in (userinfo). The site named Practitioner/priya-raman.",
    ),
    (
        exchange("/fhir/r4/Condition", in_want_of("patient/Condition.s")),
        "The app tried to search Condition. The site refused for want of the scope patient/Condition.s: 403 "
        "(“The scope is missing”).",
    ),
    (exchange("/fhir/r4/Patient/amara-okafor", json_answer({"active": True})), "The app read Patient/amara-okafor."),
    (exchange("/api/FHIR/R4/Patient/1", json_answer({})), "The app read Patient/1."),
    (exchange("/fhir/r4/Observation", json_answer({}), patient="1"), "The app searched Observation."),
    (
        exchange("/fhir/r4/Observation", json_answer(OUTCOME, 403), "POST"),
        "The app tried to create Observation. The site refused: 403 (“The scope is missing”).",
    ),
]


@pytest.mark.parametrize(("told", "words"), STORY, ids=[str(i) for i in range(len(STORY))])
def test_an_exchange_of_a_launch_is_told_in_words(told: Exchange, words: str) -> None:
    assert describe_exchange(told).startswith(words.strip())


@pytest.mark.parametrize("told", [told for told, _ in STORY], ids=[str(i) for i in range(len(STORY))])
def test_no_secret_is_told(told: Exchange) -> None:
    assert "canary" not in describe_exchange(told)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"[" * 99_999, b"<title>" * 9_999, b"<input name=" * 9_999, b"{}", b"null"]
)
@pytest.mark.parametrize("kind", ["text/html", "application/json", "", "\x00"])
@pytest.mark.parametrize("status", [200, 302, 400, 500])
def test_whatever_a_site_answers_has_words(body: bytes, kind: str, status: int) -> None:
    told = exchange("/auth/token", Response(status, (("content-type", kind),), body), "POST", {"grant_type": "x"})
    assert describe_exchange(told).startswith("The app exchanged the code")
