"""Each requirement is kept in a row that was recorded, and is not kept where one thing of the row is changed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.launch_review.changes import (
    ASKED,
    BACKEND,
    CODE,
    FHIR,
    OPENED,
    PAGE,
    PLAIN_ASKED,
    REFRESH,
    REVOKED,
    SENT_BACK,
    USER,
    Change,
    address,
    again,
    answer,
    answer_body,
    ask,
    assertion,
    at,
    both,
    change,
    drop,
    given,
    go_to,
    header,
    id_token,
    later,
    method,
    name_twice,
    read_another,
    say,
    sends_back,
    status,
    unanswered,
)
from tests.launch_review.world import SECRET, Row, tried_rows, whole_row
from workbench.exchange import Exchange
from workbench.launch_review.attribution import tell_story
from workbench.launch_review.judge import all_requirements, review_launch
from workbench.launch_review.page import review_html
from workbench.launch_review.reading import Reading
from workbench.launch_review.review import WORST_FIRST, LaunchReview
from workbench.launch_review.words import review_json, review_lines
from workbench.smart.secrets import find_secrets

SMART = at("smart-configuration")
OPENID = at("openid-configuration")
KEYS = at("keys")
TOLD = at("introspection", status=200)
BASIC = "Basic Y2hhcnQtc3VtbWFyeTpvZi1ub2JvZHktaGVyZQ=="
GRANTED = {"access_token": "x" * 20 + "0123456789abcdefghiJKLMNOPQRSTUVW", "token_type": "Bearer", "scope": "openid"}
OTHER_PATIENT = json.dumps({"resourceType": "Patient", "id": "grace-nguyen"}).encode()
OLD = 1_000_000_000


def grants(name: str, where: Any, skip: int = 0) -> Change:
    """What was tried and refused, granted after all."""
    ok = (status(200), answer_body(json.dumps(GRANTED).encode()))
    return both(given(name), change(where, *ok, skip=skip))


def lets_in(name: str) -> Change:
    """An authorization request that was refused, sent back with a code after all."""
    back = header("location", "https://elsewhere.example/callback?code=Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZg&state=x")
    return both(given(name), change(at("authorize"), status(302), back))


def send_elsewhere(exchange: Exchange) -> Exchange:
    assert exchange.response is not None
    location = exchange.response.header("location").replace("/callback", "/elsewhere")
    return header("location", location)(exchange)


def search_patients(exchange: Exchange) -> Exchange:
    address = exchange.request.address.replace("/amara-okafor", "?name=okafor")
    return replace(exchange, request=replace(exchange.request, address=address))


def without_token(reading: Reading) -> bool:
    return reading.kind == "fhir" and not reading.bearer


def name_issuer(exchange: Exchange) -> Exchange:
    origin = "/".join(exchange.request.address.split("/")[:3])
    return sends_back(iss=f"{origin}/auth")(exchange)


def give_same_id_token(row: Row) -> Row:
    """A refresh that gives the id token of the launch once more, as it may."""
    token = next(reading.answer["id_token"] for reading in tell_story(*row).readings if CODE(reading))
    return change(REFRESH, answer(id_token=token))(row)


# One change for each requirement, after which it is not kept.
BROKEN: dict[str, Change] = {
    "discovery-app-reads": both(drop(SMART), drop(at("capability-statement"))),
    "discovery-app-accepts": change(SMART, say("Accept", "application/xml")),
    "discovery-app-challenge-method": given("try_plain"),
    "discovery-app-well-known": drop(SMART),
    "discovery-app-authorize": change(PLAIN_ASKED, go_to("http://127.0.0.1:9", "/authorize")),
    "discovery-app-token": change(CODE, go_to("http://127.0.0.1:9")),
    "discovery-served": change(SMART, status(404)),
    "discovery-json": change(SMART, header("content-type", "text/html")),
    "discovery-absolute": change(SMART, answer(token_endpoint="/auth/token")),
    "discovery-protected": change(SMART, answer(token_endpoint="http://ehr.example/token")),
    "discovery-challenge-methods": change(SMART, answer(code_challenge_methods_supported=["plain"])),
    "discovery-no-plain": change(SMART, answer(code_challenge_methods_supported=["S256", "plain"])),
    "discovery-grant-types": change(SMART, answer(grant_types_supported=None)),
    "discovery-asymmetric": change(SMART, answer(token_endpoint_auth_methods_supported=["none"])),
    "discovery-capability-words": change(SMART, answer(capabilities=["launch_ehr", "permission-v2"])),
    "discovery-public": change(SMART, status(401)),
    "discovery-cors": change(SMART, header("access-control-allow-origin", None)),
    "discovery-statement-agrees": change(SMART, answer(token_endpoint="http://127.0.0.1:9/other")),
    "discovery-issuer-place": change(OPENID, answer(issuer="http://127.0.0.1:9")),
    "discovery-openid-members": change(OPENID, answer(subject_types_supported=None)),
    "discovery-openid-rs256": change(OPENID, answer(id_token_signing_alg_values_supported=["ES256"])),
    "discovery-keys": change(KEYS, answer(keys=[{"kty": "RSA"}])),
    "discovery-keys-public": change(KEYS, answer(keys=[{"kty": "RSA", "n": "x", "e": "AQAB", "d": "y"}])),
    "discovery-authorization-endpoint": change(SMART, answer(authorization_endpoint=None)),
    "discovery-token-endpoint": change(SMART, answer(token_endpoint=None)),
    "discovery-capabilities": change(SMART, answer(capabilities=None)),
    "discovery-issuer": change(SMART, answer(issuer=None)),
    "discovery-jwks-uri": change(SMART, answer(jwks_uri=None)),
    "discovery-scopes": change(SMART, answer(scopes_supported=None)),
    "discovery-response-types": change(SMART, answer(response_types_supported=None)),
    "launch-echoed": change(ASKED, ask(launch="of-nobody-here")),
    "launch-scope": change(ASKED, ask(scope="openid patient/Patient.rs")),
    "launch-discovers-iss": both(drop(SMART), drop(at("capability-statement"))),
    "launch-standalone": change(PLAIN_ASKED, ask(scope="openid patient/Patient.rs")),
    "launch-parameters": change(OPENED, sends_back(launch="")),
    "launch-iss-base": change(OPENED, sends_back(iss="http://127.0.0.1:9/fhir")),
    "launch-fresh": again(OPENED),
    "authorize-client-id": change(PLAIN_ASKED, ask(client_id=None)),
    "authorize-redirect-uri": change(PLAIN_ASKED, ask(redirect_uri=None)),
    "authorize-scope-named": change(PLAIN_ASKED, ask(scope=None)),
    "authorize-state-named": change(PLAIN_ASKED, ask(state=None)),
    "authorize-aud-named": change(PLAIN_ASKED, ask(aud=None)),
    "authorize-response-type": change(PLAIN_ASKED, ask(response_type="token")),
    "authorize-redirect-registered": given("try_unknown_redirect"),
    "authorize-redirect-absolute": change(PLAIN_ASKED, ask(redirect_uri="http://127.0.0.1:5000/callback#top")),
    "authorize-redirect-protected": change(PLAIN_ASKED, ask(redirect_uri="http://app.example/callback")),
    "authorize-redirect-loopback": change(PLAIN_ASKED, ask(redirect_uri="http://localhost:5000/callback")),
    "authorize-scope-words": given("try_strange_scope"),
    "authorize-scope-version": change(PLAIN_ASKED, ask(scope="launch/patient patient/Patient.read")),
    "authorize-state-random": change(PLAIN_ASKED, ask(state="0123456789")),
    "authorize-state-fresh": change(PLAIN_ASKED, ask(state="c2FtZS1zdGF0ZS1mb3ItYWxs-XYZ"), every=True),
    "authorize-challenge-fresh": change(PLAIN_ASKED, ask(code_challenge="A" * 20 + "b" * 23), every=True),
    "authorize-nonce-fresh": change(PLAIN_ASKED, ask(nonce="c2FtZS1zdGF0ZS1mb3ItYWxs"), every=True),
    "authorize-aud-base": given("try_other_aud"),
    "authorize-challenge": change(PLAIN_ASKED, ask(code_challenge=None)),
    "authorize-challenge-method": given("try_plain"),
    "authorize-once": change(PLAIN_ASKED, name_twice),
    "authorize-no-secret": change(PLAIN_ASKED, ask(client_secret="not-in-an-address")),
    "authorize-form": change(ASKED, say("content-type", "application/json")),
    "authorize-protected": change(PLAIN_ASKED, go_to("http://ehr.example")),
    "authorize-state-checked": change(SENT_BACK, sends_back(state="c29tZWJvZHktZWxzZS1iZWdhbi1pdA")),
    "authorize-code": change(SENT_BACK, sends_back(access_token="in-the-address")),
    "authorize-state-returned": change(SENT_BACK, sends_back(state=None)),
    "authorize-redirect-exact": change(SENT_BACK, send_elsewhere),
    "authorize-redirect-refused": lets_in("try_unknown_redirect"),
    "authorize-redirect-taken": change(PLAIN_ASKED, status(400)),
    "authorize-error-words": change(SENT_BACK, sends_back(code=None, error="not_like_this")),
    "authorize-scope-taken": change(SENT_BACK, sends_back(code=None, error="invalid_scope")),
    "authorize-aud-taken": change(
        SENT_BACK, sends_back(code=None, error="invalid_request", error_description="The aud is another server's.")
    ),
    "authorize-aud-checked": lets_in("try_other_aud"),
    "authorize-plain-refused": lets_in("try_plain"),
    "authorize-issuer-returned": change(SENT_BACK, sends_back(iss="http://127.0.0.1:9")),
    "authorize-code-fresh": change(SENT_BACK, sends_back(code="c2FtZS1jb2RlLWZvci1hbGwtb2YtdGhlbQ"), every=True),
    "authorize-code-random": change(SENT_BACK, sends_back(code="123456")),
    "authorize-no-307": change(at("page", path="/consent", method="POST"), status(307)),
    "authorize-no-cors": change(PLAIN_ASKED, header("access-control-allow-origin", "*")),
    "authorize-framing": change(PAGE, header("content-security-policy", "frame-ancestors *")),
    "authorize-referrer": change(PAGE, header("referrer-policy", "no-referrer-when-downgrade")),
    "authorize-answers": change(PLAIN_ASKED, status(500)),
    "authorize-post": change(ASKED, status(405)),
    "token-post": change(CODE, method("PUT")),
    "token-no-query": change(CODE, address(code_verifier="in-the-address")),
    "token-grant-type": change(CODE, ask(grant_type="password")),
    "token-once": change(CODE, name_twice),
    "token-code": change(CODE, ask(code="never-sent")),
    "token-code-once": given("try_code_twice"),
    "token-code-own": given("try_code_of_another"),
    "token-redirect-uri": given("try_other_redirect"),
    "token-verifier": given("try_wrong_verifier"),
    "token-verifier-form": change(CODE, ask(code_verifier="short")),
    "token-client-id": change(CODE, ask(client_id=None)),
    "token-one-proof": change(CODE, say("authorization", BASIC), ask(client_secret="and-in-the-form")),
    "token-registered-proof": change(
        CODE, ask(client_secret="which-it-does-not-have"), status(401), answer_body(b'{"error": "invalid_client"}')
    ),
    "token-basic-form": change(CODE, say("authorization", "Basic ////")),
    "token-protected": change(CODE, go_to("http://ehr.example")),
    "token-stops": both(given("try_wrong_verifier"), again(at("token"))),
    "token-answers": change(CODE, unanswered),
    "token-json": change(CODE, answer_body(b'{"access_token": "x')),
    "token-access-token": change(CODE, answer(access_token=None)),
    "token-type": change(CODE, answer(token_type="mac")),
    "token-scope": change(CODE, answer(scope=None)),
    "token-scope-asked": change(CODE, answer(scope="openid patient/Condition.rs")),
    "token-scope-version": change(CODE, answer(scope="launch openid patient/Patient.read patient/Observation.read")),
    "token-lifetime": change(CODE, answer(expires_in=86400)),
    "token-lifetime-number": change(CODE, answer(expires_in="3600")),
    "token-no-store": change(CODE, header("cache-control", "max-age=60")),
    "token-no-cache": change(CODE, header("pragma", None)),
    "token-error": both(given("try_wrong_verifier"), change(at("token"), answer(error="no_such_error"))),
    "token-challenge": both(given("try_wrong_secret"), change(at("token"), header("www-authenticate", None))),
    "token-code-taken": change(CODE, status(400), answer_body(b'{"error": "invalid_grant"}')),
    "token-code-spent": grants("try_code_twice", at("token"), skip=1),
    "token-redirect-checked": grants("try_other_redirect", at("token")),
    "token-client-checked": grants("try_code_of_another", at("token")),
    "token-verifier-checked": grants("try_wrong_verifier", at("token")),
    "token-code-short": change(CODE, later(3600)),
    "token-random": change(CODE, answer(access_token="12345678")),
    "token-fresh": change(at("token", status=200), answer(access_token=GRANTED["access_token"]), every=True),
    "token-patient": change(CODE, answer(patient=None)),
    "token-encounter": change(CODE, answer(encounter=None)),
    "token-id-token": change(CODE, answer(id_token=None)),
    "token-refresh-token": change(CODE, answer(refresh_token=None)),
    "token-refresh-unasked": change(CODE, answer(scope="openid patient/Patient.rs")),
    "token-context-shape": change(CODE, answer(need_patient_banner="yes")),
    "token-cors": change(CODE, header("access-control-allow-origin", None)),
    "refresh-token": change(REFRESH, ask(refresh_token=None)),
    "refresh-scope": change(REFRESH, ask(scope="patient/*.cruds")),
    "refresh-newest": given("try_old_refresh"),
    "refresh-own": given("try_refresh_of_another"),
    "refresh-scope-kept": change(REFRESH, answer(scope="patient/Patient.rs user/Patient.rs")),
    "refresh-lifetime": change(REFRESH, answer(expires_in=None)),
    "refresh-taken": change(REFRESH, status(400), answer_body(b'{"error": "invalid_grant"}')),
    "refresh-rotated": change(REFRESH, answer(refresh_token=None)),
    "refresh-old-refused": grants("try_old_refresh", at("token", "refresh_token"), skip=1),
    "refresh-client-checked": grants("try_refresh_of_another", at("token", "refresh_token")),
    "id-token-stops": change(CODE, id_token(iss="http://127.0.0.1:9")),
    "id-token-asked": change(PLAIN_ASKED, ask(scope="fhirUser launch/patient")),
    "id-token-user-info-token": change(USER, say("authorization", None)),
    "id-token-jwt": change(CODE, answer(id_token="no-token")),
    "id-token-algorithm": change(CODE, id_token({"alg": "none"})),
    "id-token-signature": change(CODE, id_token(sub="somebody-else")),
    "id-token-issuer": change(CODE, id_token(iss="http://127.0.0.1:9")),
    "id-token-audience": change(CODE, id_token(aud="another-app")),
    "id-token-party": change(CODE, id_token(azp="another-app")),
    "id-token-subject": change(CODE, id_token(sub=None)),
    "id-token-expiry": change(CODE, id_token(exp=OLD)),
    "id-token-issued": change(CODE, id_token(iat=OLD)),
    "id-token-nonce": change(CODE, id_token(nonce="another")),
    "id-token-fhir-user": change(CODE, id_token(fhirUser=None)),
    "id-token-fhir-user-form": change(CODE, id_token(fhirUser="Dr. Raman")),
    "id-token-same-user": change(REFRESH, answer(id_token="eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJvdGhlciJ9.c2ln")),
    "id-token-user-info": change(USER, answer(sub="somebody-else")),
    "introspection-form": change(TOLD, method("GET")),
    "introspection-no-query": change(TOLD, address(token="in-the-address")),
    "introspection-caller": given("try_stranger"),
    "introspection-guarded": both(
        given("try_stranger"), change(at("introspection"), status(200), answer_body(b'{"active": true}'))
    ),
    "introspection-active": change(TOLD, answer(active="yes")),
    "introspection-truth": change(TOLD, answer(active=True, scope="openid"), skip=1),
    "introspection-members": change(TOLD, answer(client_id=None)),
    "introspection-agrees": change(TOLD, answer(scope="patient/*.cruds")),
    "introspection-expiry": change(TOLD, answer(exp=OLD)),
    "introspection-context": change(TOLD, answer(patient=None)),
    "introspection-identity": change(TOLD, answer(sub=None)),
    "introspection-silent": change(TOLD, answer(client_id="workbench"), skip=1),
    "revocation-form": change(REVOKED, ask(token=None)),
    "revocation-caller": change(REVOKED, ask(client_id=None)),
    "revocation-unused": given("try_after_revocation"),
    "revocation-answer": change(REVOKED, status(404)),
    "revocation-ended": both(given("try_after_revocation"), change(at("fhir", status=401), status(200))),
    "revocation-error": both(given("try_after_revocation"), change(REVOKED, status(400), answer_body(b"{}"))),
    "backend-assertion-type": change(BACKEND, ask(client_assertion_type="jwt")),
    "backend-assertion-jwt": change(BACKEND, ask(client_assertion="no.token")),
    "backend-assertion-header": change(BACKEND, assertion({"kid": None})),
    "backend-assertion-algorithm": change(BACKEND, assertion({"alg": "none"})),
    "backend-assertion-common": change(BACKEND, assertion({"alg": "PS384"})),
    "backend-assertion-signature": change(BACKEND, assertion(jti="another-than-signed")),
    "backend-assertion-client": change(BACKEND, assertion(iss="another-app")),
    "backend-assertion-audience": change(BACKEND, assertion(aud="https://elsewhere.example/token")),
    "backend-assertion-expiry": given("try_old_assertion"),
    "backend-assertion-once": given("try_replay"),
    "backend-keys-form": change(at("client-keys"), answer(keys=[{"kty": "EC", "d": "private"}])),
    "backend-scope": change(BACKEND, ask(scope=None)),
    "backend-system-scopes": change(BACKEND, ask(scope="user/Patient.rs")),
    "backend-by-key": change(BACKEND, ask(client_assertion=None, client_secret="a-secret")),
    "backend-replay-refused": grants("try_replay", at("token"), skip=1),
    "backend-assertion-checked": grants("try_old_assertion", at("token")),
    "backend-assertion-error": both(given("try_replay"), change(at("token"), answer(error="invalid_grant"), skip=1)),
    "backend-lifetime": change(BACKEND, answer(expires_in=None)),
    "backend-short": change(BACKEND, answer(expires_in=3600)),
    "backend-no-refresh": change(BACKEND, answer(refresh_token="for-a-service")),
    "backend-registered-scopes": change(BACKEND, answer(scope="system/*.cruds")),
    "backend-asked-scopes": change(BACKEND, answer(scope="system/Observation.rs")),
    "use-header": change(FHIR, say("authorization", None), address(access_token="in-the-address")),
    "use-no-query": change(FHIR, address(access_token="in-the-address")),
    "use-one-way": change(FHIR, address(access_token="in-the-address")),
    "use-own-server": change(FHIR, go_to("https://elsewhere.example")),
    "use-protected": change(FHIR, go_to("http://ehr.example")),
    "use-type": change(CODE, answer(token_type="mac")),
    "use-in-time": change(FHIR, later(7200)),
    "use-within": given("try_beyond_scope"),
    "use-patient": change(at("fhir", path="/Patient/amara-okafor"), read_another),
    "use-no-patient": change(CODE, answer(patient=None)),
    "use-retries": both(given("try_after_revocation"), again(at("fhir", status=401))),
    "use-taken": change(FHIR, status(401)),
    "use-ended-refused": change(FHIR, later(7200)),
    "use-none-refused": both(given("try_beyond_scope"), change(without_token, status(200))),
    "use-challenge": both(given("try_beyond_scope"), change(at("fhir", status=401), header("www-authenticate", None))),
    "use-challenge-error": both(
        given("try_beyond_scope"), change(at("fhir", status=401), header("www-authenticate", "Bearer"), every=True)
    ),
    "use-scope-refused": both(given("try_beyond_scope"), change(at("fhir", path="/Condition"), status(200))),
    "use-scope-status": both(given("try_beyond_scope"), change(at("fhir", path="/Condition"), status(401))),
    "use-scope-taken": change(FHIR, status(403)),
    "use-compartment": change(at("fhir", path="/Patient/amara-okafor"), answer_body(OTHER_PATIENT)),
    "use-answers": change(FHIR, status(500)),
    "use-cors": change(FHIR, header("access-control-allow-origin", None)),
}

# Rows in which a requirement is kept that the good app gives no occasion for.
KEPT: dict[str, Change] = {
    "authorize-state-checked": both(
        given("try_wrong_verifier"),
        drop(at("token")),
        change(SENT_BACK, sends_back(state="c29tZWJvZHktZWxzZS1iZWdhbg")),
    ),
    "authorize-issuer-returned": change(SENT_BACK, name_issuer),
    "id-token-stops": both(given("try_code_twice"), change(CODE, id_token(iss="http://127.0.0.1:9"))),
    "id-token-party": change(CODE, id_token(azp="workbench")),
    "id-token-same-user": give_same_id_token,
    "revocation-error": both(
        given("try_after_revocation"), change(REVOKED, status(400), answer_body(b'{"error": "invalid_request"}'))
    ),
    "use-ended-refused": change(FHIR, later(7200), status(401)),
    "use-no-patient": both(change(CODE, answer(patient=None)), change(at("fhir", path="/Patient/"), search_patients)),
}


@pytest.fixture(scope="module")
def reviews() -> tuple[LaunchReview, ...]:
    rows = [whole_row(), *tried_rows().values()]
    return tuple(review_launch(exchanges, facts=facts) for exchanges, facts in rows)


def test_each_requirement_has_a_change_that_breaks_it() -> None:
    assert {*BROKEN} == {requirement.id for requirement in all_requirements()}


@pytest.mark.parametrize("id_", BROKEN)
def test_a_requirement_is_not_kept_where_one_thing_is_changed(id_: str) -> None:
    exchanges, facts = BROKEN[id_](whole_row())
    verdict = review_launch(exchanges, facts=facts).verdict_of(id_)
    assert verdict is not None
    assert verdict.outcome == ("fail" if verdict.requirement.level == "must" else "warning"), verdict
    assert verdict.evidence[0].outcome == verdict.outcome
    assert 0 <= verdict.evidence[0].exchange < len(exchanges)


@pytest.mark.parametrize("id_", BROKEN)
def test_a_requirement_is_kept_in_a_row_that_was_recorded(id_: str, reviews: tuple[LaunchReview, ...]) -> None:
    outcomes = [verdict.outcome for review in reviews if (verdict := review.verdict_of(id_)) is not None]
    if id_ in KEPT:
        exchanges, facts = KEPT[id_](whole_row())
        verdict = review_launch(exchanges, facts=facts).verdict_of(id_)
        assert verdict is not None
        outcomes.append(verdict.outcome)
    assert "pass" in outcomes


def test_what_a_good_app_does_at_a_good_site_fails_nowhere(reviews: tuple[LaunchReview, ...]) -> None:
    assert [(v.requirement.id, v.evidence[0]) for v in reviews[0].verdicts if v.outcome in ("fail", "warning")] == []


def test_a_site_that_refuses_what_it_must_fails_nowhere(reviews: tuple[LaunchReview, ...]) -> None:
    failed = [v.requirement for review in reviews for v in review.verdicts if v.outcome in ("fail", "warning")]
    assert [requirement.id for requirement in failed if requirement.party == "server"] == []


@pytest.mark.parametrize("id_", BROKEN)
def test_no_secret_of_a_row_stands_in_its_review(id_: str) -> None:
    exchanges, facts = BROKEN[id_](whole_row())
    secrets = {secret for exchange in exchanges for secret in find_secrets(exchange)} | {SECRET}
    review = review_launch(exchanges, facts=facts)
    said = f"{review!r}{review_html(review)}{review_json(review)}{review_lines(review, WORST_FIRST)}"
    assert [secret for secret in secrets if secret in said] == []
