"""What the standards leave to an app or a site is not held against it."""

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
    PAGE,
    PLAIN_ASKED,
    REFRESH,
    REVOKED,
    SENT_BACK,
    USER,
    Change,
    Edit,
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
)
from tests.launch_review.world import Row, tried_row, whole_row
from workbench.exchange import Exchange
from workbench.launch_review.attribution import tell_story
from workbench.launch_review.judge import review_launch
from workbench.smart.secrets import find_secrets

SEARCH = at("fhir", path="/Observation", status=200)
UNKNOWN = at("fhir", status=401)


def beyond(*edits: Any) -> Change:
    """A search that no scope gives, answered otherwise than with a refusal."""
    return both(given("try_beyond_scope"), change(at("fhir", path="/Condition"), *edits))


def bundle(*resources: dict[str, Any], total: int | None = None) -> Any:
    entries = [{"resource": resource} for resource in resources]
    value = {"resourceType": "Bundle", "type": "searchset", "total": total, "entry": entries}
    return answer_body(
        json.dumps({name: member for name, member in value.items() if member not in (None, [])}).encode()
    )


OF_A_RESULT = {"resourceType": "Provenance", "id": "x", "target": [{"reference": "Observation/x"}]}
OF_NOBODY = {"resourceType": "Observation", "id": "x"}
OF_ANOTHER = {**OF_NOBODY, "subject": {"reference": "Patient/grace-nguyen"}}
ANOTHER_RIGHT = {"resourceType": "Condition", "id": "x", "subject": {"reference": "Patient/amara-okafor"}}


# The second launch of the row, which asks by GET.
AMBIGUOUS = both(change(PLAIN_ASKED, name_twice), change(SENT_BACK, sends_back(state=None), skip=1))


def refused_scope(scope: str) -> Change:
    back = sends_back(code=None, error="invalid_scope")
    return both(change(PLAIN_ASKED, ask(scope=scope)), change(SENT_BACK, back, skip=1))


def tried_before(row: Row) -> Row:
    """The code of a row was tried in vain before it was redeemed."""
    exchanges, facts = tried_row("try_code_twice")
    tokens = [index for index, each in enumerate(exchanges) if each.request.address.endswith("/auth/token")]
    swapped = list(exchanges)
    swapped[tokens[0]], swapped[tokens[1]] = exchanges[tokens[1]], exchanges[tokens[0]]
    return tuple(swapped), facts


def asked_of_refresh(row: Row) -> Row:
    """An introspection of the refresh token, whose answer has no launch context."""
    granted = next(reading for reading in tell_story(*row).readings if CODE(reading))
    bare = {"active": True, "scope": granted.answer["scope"], "client_id": "workbench"}
    asked = ask(token=granted.answer["refresh_token"])
    return change(at("introspection"), asked, answer_body(json.dumps(bare).encode()))(row)


CHALLENGES = 'Basic realm="a site", Bearer error="invalid_token"'
ELSEWHERE = [{"type": "smart_on_fhir", "locations": ["https://elsewhere.example/fhir/r4"], "fhirVersions": ["4.0.1"]}]
AWAY = change(FHIR, go_to("https://elsewhere.example"))


def refused_by(challenge: str) -> Change:
    return both(given("try_beyond_scope"), change(UNKNOWN, header("www-authenticate", challenge), every=True))


def offer_schemes(exchange: Exchange) -> Exchange:
    """A refusal with a header for each scheme, as servers behind a domain send it."""
    assert exchange.response is not None
    schemes = (("WWW-Authenticate", scheme) for scheme in ("Negotiate", "NTLM", 'Bearer error="invalid_token"'))
    others = (pair for pair in exchange.response.headers if pair[0].lower() != "www-authenticate")
    return replace(exchange, response=replace(exchange.response, headers=(*others, *schemes)))


def send_policies(*policies: str) -> Edit:
    """A page with a header for each policy, and no other word on frames."""

    def edit(exchange: Exchange) -> Exchange:
        assert exchange.response is not None
        own = ("content-security-policy", "x-frame-options")
        others = (pair for pair in exchange.response.headers if pair[0].lower() not in own)
        headers = (*others, *(("Content-Security-Policy", policy) for policy in policies))
        return replace(exchange, response=replace(exchange.response, headers=headers))

    return edit


def name_resource_twice(exchange: Exchange) -> Exchange:
    """An app that names two resources, as RFC 8707 has it."""
    address = f"{exchange.request.address}&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example"
    return replace(exchange, request=replace(exchange.request, address=address))


def own_other_base(row: Row) -> Row:
    """A code for another FHIR base of the same site."""
    base = row[1].fhir_base.replace("/r4", "/r5")
    return change(PLAIN_ASKED, ask(aud=base))(row)


def refused_as(error: str, code: int) -> Change:
    refusal = answer_body(json.dumps({"error": error}).encode())
    return both(given("try_wrong_verifier"), change(at("token"), status(code), refusal))


def fewer_and_all_again(row: Row) -> Row:
    """A refresh for one scope, and one with its new refresh token for all that the user allowed."""
    stories = tell_story(*row).readings
    granted = next(reading for reading in stories if CODE(reading)).answer
    refreshed = next(reading for reading in stories if REFRESH(reading)).answer
    fewer = change(REFRESH, ask(scope="patient/Patient.rs"), answer(scope="patient/Patient.rs"))(row)
    ask_all = ask(refresh_token=refreshed["refresh_token"], scope=granted["scope"])
    return again(REFRESH, ask_all, answer(scope=granted["scope"], refresh_token="n" * 20 + "ewOne0123456789-_"))(fewer)


def too_late(row: Row) -> Row:
    """A refresh token that is refused two days after it was given."""
    refusal = answer_body(json.dumps({"error": "invalid_grant"}).encode())
    return change(REFRESH, status(400), refusal, later(2 * 86400))(row)


NO_CORS = header("access-control-allow-origin", None)


def no_public_apps(row: Row) -> Row:
    claims = answer(capabilities=["launch-ehr", "client-confidential-asymmetric", "permission-v2"])
    return change(at("smart-configuration"), claims, every=True)(row)


def of_version_1(*edits: Any) -> Change:
    return change(at("smart-configuration"), answer(capabilities=["launch-ehr", "permission-v1"]), *edits, every=True)


def old_refresh(*edits: Any) -> Change:
    """An old refresh token that a site takes again."""
    ok = answer_body(json.dumps({"access_token": "x" * 43, "token_type": "Bearer", "expires_in": 60}).encode())
    where = at("token", "refresh_token")
    return both(given("try_old_refresh"), change(where, status(200), ok, *edits, skip=1))


def signed_by(algorithm: str, *, listed: bool) -> Change:
    names = ["RS256", algorithm] if listed else ["RS256"]
    lists = change(at("openid-configuration"), answer(id_token_signing_alg_values_supported=names))
    return both(lists, change(CODE, id_token({"alg": algorithm})))


def by_form(row: Row) -> Row:
    """Userinfo asked for by a posted form, which RFC 6750 (2.2) allows."""
    token = next(reading.bearer for reading in tell_story(*row).readings if USER(reading))
    form = say("content-type", "application/x-www-form-urlencoded")
    return change(USER, method("POST"), say("authorization", None), form, send(f"access_token={token}"))(row)


def send(text: str) -> Any:
    return lambda exchange: replace(exchange, request=replace(exchange.request, body=text.encode()))


REFUSED = (status(400), answer_body(b'{"error": "invalid_grant"}'))
ANY_PATIENT = "patient/Patient.rs user/Patient.rs"


def ended_by_a_code(row: Row) -> Row:
    """A refresh that is refused after a code had come twice, which ends all that was given."""
    second = [reading for reading in tell_story(*row).readings if CODE(reading)][1]
    refresh = ask(refresh_token=second.answer["refresh_token"], scope=None)
    refused = both(again(CODE, *REFUSED), again(REFRESH, refresh, *REFUSED, later=2))
    return both(drop(at("revocation")), refused)(row)


CONSENTED = at("page", path="/consent", method="POST")
NONE_GRANTED = change(CODE, answer(scope="launch openid"))
ONLY_OLDER = '<form><input name="scope" value="openid">Ask for <b>patient/Patient.read</b>.</form>'


def shows(page: str) -> Change:
    return change(PAGE, answer_body(page.encode()))


def lists(scopes: list[str]) -> Change:
    return change(at("smart-configuration"), answer(scopes_supported=scopes), every=True)


def replayed_after(seconds: float) -> Change:
    """An assertion with a jti that came before, and a token for it."""
    return again(BACKEND, later=seconds)


@pytest.mark.parametrize(
    ("id_", "changed", "outcome"),
    [
        ("token-client-id", change(REFRESH, ask(client_id=None)), "pass"),
        ("authorize-state-fresh", again(PLAIN_ASKED), "pass"),
        ("authorize-challenge-fresh", again(PLAIN_ASKED), "pass"),
        ("authorize-state-fresh", both(change(PLAIN_ASKED, ask(code_challenge=None)), again(PLAIN_ASKED)), "warning"),
        ("authorize-state-fresh", again(PLAIN_ASKED, ask(code_challenge="x" * 43)), "warning"),
        ("authorize-framing", change(PAGE, header("x-frame-options", None)), "pass"),
        ("authorize-framing", change(PAGE, send_policies("default-src 'self'", "frame-ancestors 'self'")), "pass"),
        ("authorize-framing", change(PAGE, send_policies("default-src 'self'", "frame-ancestors *")), "fail"),
        ("authorize-framing", change(PAGE, header("content-security-policy", "default-src 'none'")), "pass"),
        (
            "authorize-framing",
            change(PAGE, header("content-security-policy", None), header("x-frame-options", "ALLOWALL")),
            "fail",
        ),
        ("authorize-framing", change(PAGE, header("content-security-policy", "frame-ancestors https:")), "fail"),
        ("authorize-referrer", change(PAGE, header("referrer-policy", "no-referrer, same-origin")), "pass"),
        ("authorize-referrer", change(PAGE, header("referrer-policy", "unsafe-url")), "warning"),
        ("backend-assertion-algorithm", change(BACKEND, assertion({"alg": "RS256"})), "pass"),
        ("backend-assertion-algorithm", change(BACKEND, assertion({"alg": "HS384"})), "fail"),
        ("backend-assertion-signature", change(BACKEND, assertion({"alg": "ES512"})), "pass"),
        ("backend-assertion-checked", change(BACKEND, assertion({"alg": "RS256"})), "not-seen"),
        ("backend-assertion-checked", change(BACKEND, assertion({"alg": "none"})), "fail"),
        ("use-ended-refused", change(FHIR, later(7200), status(403)), "pass"),
        ("use-ended-refused", change(FHIR, later(7200), status(404)), "fail"),
        ("revocation-answer", change(REVOKED, ask(client_id="vitals-app"), status(400)), "pass"),
        (
            "revocation-answer",
            change(REVOKED, status(400), answer_body(b'{"error": "unsupported_token_type"}')),
            "pass",
        ),
        ("revocation-answer", change(REVOKED, status(400), answer_body(b'{"error": "invalid_request"}')), "fail"),
        ("use-scope-refused", beyond(status(200), bundle(total=0)), "pass"),
        ("use-scope-refused", beyond(status(200), bundle()), "pass"),
        ("use-scope-refused", beyond(status(200), bundle(total=3)), "fail"),
        ("use-scope-refused", beyond(status(200), bundle(ANOTHER_RIGHT)), "fail"),
        ("use-compartment", change(SEARCH, bundle(OF_NOBODY)), "pass"),
        ("use-compartment", change(SEARCH, bundle(OF_ANOTHER)), "fail"),
        ("use-compartment", change(SEARCH, bundle(OF_A_RESULT)), "fail"),
        ("discovery-app-accepts", change(at("smart-configuration"), say("Accept", None)), "pass"),
        ("discovery-keys", again(at("keys"), method("PUT"), status(405), answer_body(b"Only GET.")), "pass"),
        ("authorize-scope-taken", refused_scope("launch/patient patient/Patient.read"), "pass"),
        ("authorize-scope-taken", refused_scope("launch/patient patient/Patient.r"), "fail"),
        ("authorize-state-returned", AMBIGUOUS, "pass"),
        ("token-json", again(at("token"), method("GET"), status(405), answer_body(b"Only POST.")), "pass"),
        ("token-error", again(at("token"), status(429), answer_body(b"Too many.")), "not-seen"),
        ("token-registered-proof", change(CODE, ask(client_secret="of-then")), "pass"),
        ("backend-assertion-signature", change(BACKEND, assertion({"kid": "of-then"})), "pass"),
        ("backend-assertion-signature", change(BACKEND, assertion({"kid": "x"}), status(401)), "fail"),
        ("refresh-client-checked", change(REFRESH, ask(client_id=None)), "not-seen"),
        ("revocation-error", again(REVOKED, method("GET"), status(405), answer_body(b"Only POST.")), "not-seen"),
        ("token-code-spent", tried_before, "not-seen"),
        ("introspection-context", asked_of_refresh, "pass"),
        ("use-scope-taken", change(SEARCH, status(403)), "warning"),
        ("use-scope-taken", change(SEARCH, address(patient="grace-nguyen"), status(403)), "pass"),
        ("use-scope-taken", change(SEARCH, address(patient=None), status(403)), "pass"),
        ("use-challenge", refused_by(CHALLENGES), "pass"),
        ("use-challenge", refused_by("Basic realm=bearer"), "fail"),
        (
            "use-challenge",
            both(given("try_beyond_scope"), change(UNKNOWN, offer_schemes, every=True)),
            "pass",
        ),
        ("use-own-server", change(FHIR, go_to("https://elsewhere.example")), "fail"),
        ("use-own-server", both(change(CODE, answer(authorization_details=ELSEWHERE)), AWAY), "pass"),
        ("authorize-once", change(PLAIN_ASKED, name_resource_twice), "pass"),
        ("authorize-scope-taken", refused_scope("patient/Patient.r"), "pass"),
        ("authorize-scope-taken", refused_scope("launch"), "pass"),
        ("authorize-scope-taken", refused_scope(""), "pass"),
        ("authorize-scope-taken", both(refused_scope("openid"), change(PLAIN_ASKED, ask(launch="x" * 24))), "pass"),
        ("authorize-aud-checked", own_other_base, "not-seen"),
        ("discovery-keys", change(at("keys"), answer(keys=[{"kty": "AKP", "pub": "x"}])), "pass"),
        ("discovery-keys", change(at("keys"), answer(keys=[{"n": "x", "e": "AQAB"}])), "fail"),
        ("token-error", refused_as("invalid_client", 401), "pass"),
        ("token-error", refused_as("invalid_grant", 401), "fail"),
        ("token-error", refused_as("server_error", 400), "fail"),
        ("token-patient", change(CODE, answer(patient=None, scope="launch/patient openid")), "warning"),
        ("refresh-scope", fewer_and_all_again, "pass"),
        ("refresh-taken", too_late, "not-seen"),
        ("token-stops", both(refused_as("temporarily_unavailable", 503), again(at("token"))), "not-seen"),
        ("token-stops", both(refused_as("invalid_grant", 400), again(at("token"))), "warning"),
        ("token-cors", both(no_public_apps, change(CODE, NO_CORS)), "not-seen"),
        ("discovery-cors", both(change(at("smart-configuration"), NO_CORS), no_public_apps), "not-seen"),
        ("use-cors", both(no_public_apps, change(FHIR, NO_CORS)), "not-seen"),
        ("discovery-absolute", of_version_1(answer(token_endpoint="/auth/token")), "not-seen"),
        ("refresh-scope-kept", fewer_and_all_again, "pass"),
        ("refresh-old-refused", old_refresh(say("authorization", "Basic YTpi")), "not-seen"),
        ("refresh-old-refused", old_refresh(), "fail"),
        ("id-token-algorithm", signed_by("PS256", listed=True), "pass"),
        ("id-token-algorithm", signed_by("PS256", listed=False), "warning"),
        ("id-token-algorithm", signed_by("HS256", listed=False), "fail"),
        ("id-token-algorithm", signed_by("none", listed=True), "fail"),
        ("id-token-party", change(CODE, id_token(aud=["workbench", "another"])), "warning"),
        ("id-token-user-info-token", by_form, "pass"),
        (
            "id-token-user-info",
            change(USER, header("content-type", "application/jwt"), answer_body(b"e30.e30.")),
            "not-seen",
        ),
        ("token-scope-version", NONE_GRANTED, "warning"),
        ("token-scope-version", both(NONE_GRANTED, change(CONSENTED, ask(scope="openid"))), "pass"),
        ("token-scope-version", both(NONE_GRANTED, shows("<p>Allow?</p>")), "warning"),
        ("token-scope-version", both(NONE_GRANTED, shows("<p>Ask for patient/Patient.read.</p>")), "warning"),
        ("token-scope-version", both(NONE_GRANTED, shows(ONLY_OLDER)), "fail"),
        ("token-scope-version", both(NONE_GRANTED, shows(ONLY_OLDER.replace(".read", ".reader"))), "warning"),
        ("token-scope-version", both(NONE_GRANTED, shows("<p>Allow?</p>"), lists(["openid"])), "pass"),
        ("token-scope-version", both(NONE_GRANTED, change(ASKED, ask(scope="launch patient/Patient.read"))), "pass"),
        ("token-scope-version", change(CODE, answer(scope="openid patient/Patient.r patient/Patient.read")), "pass"),
        ("token-scope-version", of_version_1(answer(issuer="x")), "not-seen"),
        ("revocation-answer", change(REVOKED, status(503)), "pass"),
        ("revocation-error", change(REVOKED, status(503)), "not-seen"),
        ("backend-replay-refused", replayed_after(4), "fail"),
        ("backend-replay-refused", replayed_after(6 * 60), "not-seen"),
        ("backend-assertion-once", replayed_after(6 * 60), "fail"),
        ("use-patient", both(change(CODE, answer(scope=ANY_PATIENT)), change(FHIR, read_another)), "pass"),
        ("use-no-patient", change(CODE, answer(patient=None, scope=ANY_PATIENT)), "not-seen"),
        ("discovery-issuer-place", change(at("smart-configuration"), answer(issuer="http://127.0.0.1:9")), "fail"),
        ("token-code-taken", change(CODE, later(120), *REFUSED), "pass"),
        ("refresh-taken", ended_by_a_code, "pass"),
        ("token-lifetime", change(CODE, answer(expires_in=10**400)), "warning"),
    ],
)
def test_a_requirement_holds_what_its_clause_says_and_no_more(id_: str, changed: Change, outcome: str) -> None:
    exchanges, facts = changed(whole_row())
    verdict = review_launch(exchanges, facts=facts).verdict_of(id_)
    assert verdict is not None
    assert verdict.outcome == outcome, verdict.evidence


def test_a_secret_that_was_cut_off_is_not_told_either() -> None:
    exchanges, facts = whole_row()
    code = next(
        c for e in exchanges if e.response for c in find_secrets(e) if f"code={c}" in e.response.header("location")
    )
    row = change(at("token", "authorization_code", status=200), status(400), answer_body(echo(code)))(whole_row())
    said = repr(review_launch(row[0], facts=facts))
    assert "“You may not use •••" in said and code[:12] not in said


def echo(code: str) -> bytes:
    return json.dumps({"error": "You may not use " + code + code}).encode()


def test_a_configuration_that_cannot_be_read_fails_once() -> None:
    page = change(at("smart-configuration"), header("content-type", "text/html"), answer_body(b"<html></html>"))
    exchanges, facts = page(whole_row())
    failed = review_launch(exchanges, party="server", facts=facts).failed
    assert [v.requirement.id for v in failed if v.requirement.stage == "discovery"] == ["discovery-json"]
