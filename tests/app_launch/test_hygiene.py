"""Wrong answers of a server, one by one: each is refused before harm, or told, and none is an exception."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from tests.app_launch.honest_site import OTHER_KEY, SITE_KEY, Given, HonestSite, json_answer, sent_on, to_object
from workbench.app_launch.app_launch import LaunchEvent, launch_as_app
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.app_launch.token_requests import refresh_launch
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Response
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient

SCOPE = "launch/patient openid fhirUser patient/Observation.rs offline_access"
CONFIGURATION, METADATA = "/fhir/.well-known/smart-configuration", "/fhir/metadata"
AUTHORIZE, TOKEN, JWKS, USERINFO = "/auth/authorize", "/auth/token", "/auth/jwks", "/auth/userinfo"
Twist = Callable[[HonestSite, Response, Given], Response]


def changed(**members: Any) -> Twist:
    """The honest JSON with members put over it; None takes one out."""

    def twist(site: HonestSite, honest: Response, given: Given) -> Response:
        value = {**to_object(honest), **members}
        return json_answer({name: each for name, each in value.items() if each is not None})

    return twist


def at_site(**members: str) -> Twist:
    """The honest JSON with addresses of this site put over it."""
    return lambda site, honest, given: changed(**{n: site.address + path for n, path in members.items()})(
        site, honest, given
    )


def answered(status: int, body: bytes = b"", kind: str = "application/json", **headers: str) -> Twist:
    pairs = (("Content-Type", kind), *headers.items())
    return lambda site, honest, given: Response(status, pairs, body)


def back(**query: str) -> Twist:
    """The redirect back with other parameters; `STATE` stands for the state that was sent, `ISSUER` for the issuer."""

    def twist(site: HonestSite, honest: Response, given: Given) -> Response:
        known = {"STATE": given["state"], "ISSUER": f"{site.address}/auth"}
        return sent_on(given["redirect_uri"], **{name: known.get(value, value) for name, value in query.items()})

    return twist


def back_raw(tail: str) -> Twist:
    return lambda site, honest, given: Response(
        302, (("Location", given["redirect_uri"] + tail.replace("STATE", given["state"])),)
    )


def deep(levels: int = 100_000) -> bytes:
    return b'{"a":' + b"[" * levels + b"]" * levels + b"}"


def launch(site: HonestSite, **changes: Any) -> list[LaunchEvent]:
    async def run() -> list[LaunchEvent]:
        async with site.served(), HttpClient() as client:
            given: dict[str, Any] = {
                "kind": "standalone",
                "credentials": ClientCredentials("workbench"),
                "scope": SCOPE,
                "user": ScriptedUser(user="raman"),
                "fhir_base": f"{site.address}/fhir",
                "within": 5.0,
            }
            return [event async for event in launch_as_app(client, **(given | changes))]

    return asyncio.run(run())


def test_the_honest_site_gives_nothing_to_refuse_or_to_tell() -> None:
    *exchanges, result = launch(HonestSite())
    assert isinstance(result, LaunchResult), result
    assert all(isinstance(event, Exchange) for event in exchanges)
    assert (result.remarks, result.differences, result.failed_checks) == ((), (), ())
    assert all(check.holds for check in result.checks)
    assert result.userinfo["fhirUser"] == "Practitioner/priya-raman"
    assert result.fhir_user.endswith("Practitioner/priya-raman")


# Path, what it answers, at which stage the launch is refused, with which word, and what the sentence says.
REFUSED: dict[str, tuple[str, Twist, str, str, str]] = {
    "configuration is no JSON": (CONFIGURATION, answered(200, b"<html>"), "", "", ""),
    "token endpoint is not an address": (CONFIGURATION, changed(token_endpoint="token"), "", "", ""),
    "redirect without state": (AUTHORIZE, back(code="c"), "redirect", "state_mismatch", "without the “state”"),
    "redirect with another state": (
        AUTHORIZE, back(code="c", state="forged"), "redirect", "state_mismatch", "did not send",
    ),
    "redirect with an empty state": (AUTHORIZE, back_raw("?code=c&state="), "redirect", "state_mismatch", "without"),
    "redirect with the state in other letters": (
        AUTHORIZE, lambda s, h, g: sent_on(g["redirect_uri"], code="c", state=g["state"].swapcase()),
        "redirect", "state_mismatch", "did not send",
    ),
    "redirect with two states": (
        AUTHORIZE, back_raw("?code=c&state=STATE&state=x"), "redirect", "repeated_parameter", "more than once",
    ),
    "redirect with two codes": (
        AUTHORIZE, back_raw("?code=c&code=d&state=STATE"), "redirect", "repeated_parameter", "more than once",
    ),
    "redirect with nothing": (AUTHORIZE, back_raw(""), "redirect", "state_mismatch", "without"),
    "redirect with state alone": (AUTHORIZE, back(state="STATE"), "redirect", "no_code", "neither a code nor an error"),
    "redirect with an empty code": (AUTHORIZE, back_raw("?code=&state=STATE"), "redirect", "no_code", "neither"),
    "redirect with the code in the fragment": (
        AUTHORIZE, back_raw("#code=c&state=STATE"), "redirect", "state_mismatch", "without",
    ),
    "redirect from another issuer": (
        AUTHORIZE, back(code="c", state="STATE", iss="https://evil.example"), "redirect", "issuer_mismatch", "evil",
    ),
    "error from another issuer": (
        AUTHORIZE, back(error="access_denied", state="STATE", iss="https://evil.example"),
        "redirect", "issuer_mismatch", "evil",
    ),
    "error with code beside": (
        AUTHORIZE, back(error="access_denied", code="c", state="STATE"), "redirect", "access_denied", "access_denied",
    ),
    "error with another state": (AUTHORIZE, back(error="access_denied", state="x"), "redirect", "state_mismatch", ""),
    "redirect to another host": (
        AUTHORIZE, lambda s, h, g: sent_on("https://evil.example/callback", code="c", state=g["state"]),
        "sign-in", "needs_a_person", "no business",
    ),
    "redirect to another path of ours": (
        AUTHORIZE, lambda s, h, g: sent_on(g["redirect_uri"] + "x", code="c", state=g["state"]),
        "sign-in", "needs_a_person", "no business",
    ),
    "redirect in a circle": (AUTHORIZE, lambda s, h, g: Response(302, (("Location", AUTHORIZE + "?" + "&".join(
        f"{name}={value}" for name, value in g.items())),)), "sign-in", "too_many_pages", "without coming back"),
    "redirect without address": (AUTHORIZE, answered(302), "sign-in", "http_302", "302"),
    "redirect to a script": (
        AUTHORIZE, answered(302, Location="javascript:alert(1)"), "sign-in", "protocol", "cannot be read",
    ),
    "authorize fails": (AUTHORIZE, answered(500), "sign-in", "http_500", "500"),
    "token endpoint redirects": (
        TOKEN, lambda s, h, g: Response(307, (("Location", f"{s.address}/evil"),)), "token", "invalid_response",
        "does not follow",
    ),
    "token endpoint redirects by 302": (
        TOKEN, lambda s, h, g: Response(302, (("Location", f"{s.address}/evil"),)), "token", "invalid_response",
        "does not follow",
    ),
    "token type mac": (TOKEN, changed(token_type="mac"), "token", "invalid_response", "Bearer"),
    "token type DPoP": (TOKEN, changed(token_type="DPoP"), "token", "invalid_response", "Bearer"),
    "no token type": (TOKEN, changed(token_type=None), "token", "invalid_response", "Bearer"),
    "no access token": (TOKEN, changed(access_token=None), "token", "invalid_response", "access_token"),
    "an access token that is a number": (TOKEN, changed(access_token=7), "token", "invalid_response", "access_token"),
    "an access token with a line end": (
        TOKEN, changed(access_token="x\r\nX-Evil: 1"), "token", "invalid_response", "cannot stand in a header",
    ),
    "an access token with a blank": (
        TOKEN, changed(access_token="a b"), "token", "invalid_response", "cannot stand in a header",
    ),
    "an access token in other letters": (
        TOKEN, changed(access_token="tökén"), "token", "invalid_response", "cannot stand in a header",
    ),
    "token answer is cut off": (
        TOKEN, lambda s, h, g: Response(200, h.headers, h.body[:-9]), "token", "invalid_response", "not JSON",
    ),
    "token answer is a list": (TOKEN, answered(200, b"[]"), "token", "invalid_response", "not an object"),
    "token answer is a form": (
        TOKEN, answered(200, b"access_token=x&token_type=bearer", "application/x-www-form-urlencoded"),
        "token", "invalid_response", "not JSON",
    ),
    "token answer is a page": (TOKEN, answered(200, b"<html>", "text/html"), "token", "invalid_response", "not JSON"),
    "token answer is empty": (TOKEN, answered(200), "token", "invalid_response", "not JSON"),
    "token answer is not UTF-8": (TOKEN, answered(200, b"\xff\xfe{"), "token", "invalid_response", "not JSON"),
    "token answer is huge": (
        TOKEN, answered(200, b'{"a":"' + b"x" * 2_000_000 + b'"}'), "token", "invalid_response", "are not read",
    ),
    "token answer is deep": (TOKEN, answered(200, deep()), "token", "invalid_response", "not JSON"),
    "token answer has a number without end": (
        TOKEN, answered(200, b'{"expires_in":' + b"9" * 100_000 + b"}"), "token", "invalid_response", "not JSON",
    ),
    "token answer is 401 without a body": (TOKEN, answered(401), "token", "invalid_response", "401"),
    "token answer is 400 without a word": (
        TOKEN, answered(400, b"{}"), "token", "invalid_response", "without an OAuth error",
    ),
    "token answer is 204": (TOKEN, answered(204), "token", "invalid_response", "204"),
    "token answer is 201": (
        TOKEN, lambda s, h, g: Response(201, h.headers, h.body), "token", "invalid_response", "201",
    ),
    "tokens with an error beside": (TOKEN, changed(error="invalid_grant"), "token", "invalid_grant", "invalid_grant"),
    "an error that is a number": (
        TOKEN, answered(400, b'{"error": 7}'), "token", "invalid_response", "without an OAuth error",
    ),
    "an unknown error": (TOKEN, answered(400, b'{"error": "x"}'), "token", "x", "x"),
    "the code was used before": (
        TOKEN, answered(400, b'{"error": "invalid_grant", "error_description": "used"}'),
        "token", "invalid_grant", "used",
    ),
}  # fmt: skip
# With these the capability statement is taken in the place of the smart-configuration, and the launch goes on.
FALLS_BACK = ("configuration is no JSON", "token endpoint is not an address")


@pytest.mark.parametrize("case", [case for case in REFUSED if case not in FALLS_BACK])
def test_an_answer_that_no_app_may_take_ends_the_launch(case: str) -> None:
    path, twist, stage, error, words = REFUSED[case]
    site = HonestSite({path: twist})
    refused = launch(site)[-1]
    assert isinstance(refused, LaunchRefused), refused
    assert (refused.stage, refused.error) == (stage, error)
    assert words in refused.sentence and refused.sentence.endswith((".", "”"))
    assert "/evil" not in site.hits
    assert site.hits.get(TOKEN, 0) == (1 if stage == "token" else 0)


@pytest.mark.parametrize("case", FALLS_BACK)
def test_an_unusable_configuration_leaves_the_capability_statement(case: str) -> None:
    path, twist, *_ = REFUSED[case]
    result = launch(HonestSite({path: twist}))[-1]
    assert isinstance(result, LaunchResult), result
    assert result.endpoints.source == "capability statement"


@pytest.mark.parametrize(
    ("twist", "words"),
    [
        (answered(404), "404"),
        (answered(200, b"[]"), "not an object"),
        (answered(200, b"\xff"), "not JSON"),
        (answered(200, b"{}"), "names no authorization endpoint"),
        (changed(authorization_endpoint="javascript:alert(1)"), "not a full web address"),
        (changed(authorization_endpoint="/auth/authorize"), "not a full web address"),
        (changed(token_endpoint="http://[::1"), "not a full web address"),
        (changed(token_endpoint="http://x:99999/"), "not a full web address"),
        (changed(authorization_endpoint="http://127.0.0.1:1/auth\n--help"), "not a full web address"),
        (changed(authorization_endpoint="https://ehr.example\\@evil.example/"), "not a full web address"),
        (changed(token_endpoint="http://127.0.0.1:1/to ken"), "not a full web address"),
        (changed(token_endpoint=["http://a"]), "names no token endpoint"),
        (lambda s, h, g: Response(301, (("Location", f"{s.address}/evil"),)), "does not follow"),
    ],
)
def test_a_site_that_does_not_say_where_to_sign_in_is_refused(twist: Twist, words: str) -> None:
    site = HonestSite({CONFIGURATION: twist, METADATA: answered(404)})
    refused = launch(site)[-1]
    assert isinstance(refused, LaunchRefused), refused
    assert refused.stage == "discovery" and words in refused.sentence
    assert set(site.hits) == {CONFIGURATION, METADATA}


# Path, what it answers, and what a remark says; the launch goes on.
TOLD: dict[str, tuple[str, Twist, str]] = {
    "no lifetime": (TOKEN, changed(expires_in=None), "how long the access token holds"),
    "a lifetime in text": (TOKEN, changed(expires_in="300"), "should be a number"),
    "a lifetime in words": (TOKEN, changed(expires_in="soon"), "no number of seconds"),
    "a lifetime below nothing": (TOKEN, changed(expires_in=-1), "no number of seconds"),
    "a lifetime of nothing": (TOKEN, changed(expires_in=0), "no number of seconds"),
    "a lifetime in parts": (TOKEN, changed(expires_in=1.5), "no number of seconds"),
    "a lifetime that is true": (TOKEN, changed(expires_in=True), "no number of seconds"),
    "a lifetime of a month": (TOKEN, changed(expires_in=2_592_000), "30 days"),
    "a lifetime beyond all time": (TOKEN, changed(expires_in=10**30), "no number of seconds"),
    "more scopes than asked": (TOKEN, changed(scope=SCOPE + " user/*.cruds"), "more than was asked: user/*.cruds"),
    "no scope told": (TOKEN, changed(scope=None), "which scopes it granted"),
    "scopes as a list": (TOKEN, changed(scope=SCOPE.split()), "which scopes it granted"),
    "a patient that is a number": (TOKEN, changed(patient=7), "“patient” is not a text"),
    "no patient": (TOKEN, changed(patient=None), "named no patient"),
    "an encounter that is an object": (TOKEN, changed(encounter={"id": "1"}), "“encounter” is not a text"),
    "a banner in words": (TOKEN, changed(need_patient_banner="yes"), "neither true nor false"),
    "a context that is no list": (TOKEN, changed(fhirContext={"reference": "x/1"}), "“fhirContext” is not a list"),
    "tokens as text": (
        TOKEN, lambda s, h, g: Response(200, (("Content-Type", "text/plain"),), h.body), "does not say that it is JSON",
    ),
    "no S256": (CONFIGURATION, changed(code_challenge_methods_supported=None), "does not name S256"),
    "plain too": (CONFIGURATION, changed(code_challenge_methods_supported=["S256", "plain"]), "“plain”"),
    "another way to authenticate": (
        CONFIGURATION,
        changed(token_endpoint_auth_methods_supported=["private_key_jwt"], capabilities=["launch-standalone"]),
        "does not name apps without secret and key",
    ),
    "no standalone launch": (CONFIGURATION, changed(capabilities=["launch-ehr"]), "launch-standalone"),
    "scopes of version 1 alone": (
        CONFIGURATION, changed(capabilities=["launch-standalone", "permission-v1"]), "names permission-v1 alone",
    ),
    "userinfo fails": (USERINFO, answered(500), "userinfo did not come"),
    "userinfo is no JSON": (USERINFO, answered(200, b"x"), "userinfo did not come"),
    "an id token that is an object": (TOKEN, changed(id_token={"sub": "x"}), "gave no id token"),
    "no id token": (TOKEN, changed(id_token=None), "gave no id token"),
}  # fmt: skip


@pytest.mark.parametrize("case", TOLD)
def test_an_odd_answer_is_told_and_the_launch_goes_on(case: str) -> None:
    path, twist, words = TOLD[case]
    result = launch(HonestSite({path: twist}))[-1]
    assert isinstance(result, LaunchResult), result
    assert any(words in remark for remark in result.remarks), result.remarks
    assert all(remark.endswith(".") for remark in result.remarks)


def test_a_form_that_the_site_does_not_ask_for_is_told() -> None:
    result = launch(HonestSite(), post=True)[-1]
    assert isinstance(result, LaunchResult), result
    assert [remark for remark in result.remarks if "authorize-post" in remark] == list(result.remarks) != []


DIFFERENT: dict[str, tuple[str, Twist, str, str]] = {
    "another authorize": (CONFIGURATION, at_site(authorization_endpoint="/auth/authorize?x=1"), "authorize", "x=1"),
    "another token": (
        METADATA, lambda s, h, g: Response(200, h.headers, h.body.replace(b"/token", b"/v1/token")), "token", "v1",
    ),
    "an older authorize": (
        METADATA, lambda s, h, g: Response(200, h.headers, h.body.replace(b"/authorize", b"/v1/authorize")),
        "authorize", "older SMART version",
    ),
    "another revocation": (CONFIGURATION, at_site(revocation_endpoint="/auth/revoke2"), "revocation", "revoke2"),
    "no introspection in the configuration": (
        CONFIGURATION, changed(introspection_endpoint=None), "introspection", "alone",
    ),
    "no oauth-uris": (METADATA, answered(200, b"{}"), "capability statement", "Apps of SMART 1"),
    "no capability statement": (METADATA, answered(401), "capability statement", "401"),
}  # fmt: skip


@pytest.mark.parametrize("case", DIFFERENT)
def test_two_documents_that_differ_are_told_and_the_configuration_is_used(case: str) -> None:
    path, twist, name, words = DIFFERENT[case]
    result = launch(HonestSite({path: twist}))[-1]
    assert isinstance(result, LaunchResult), result
    assert [each.name for each in result.differences] == [name]
    assert words in result.differences[0].sentence
    assert result.endpoints.source == "smart-configuration"


def test_a_capability_statement_that_does_not_come_holds_nobody_up() -> None:
    async def run() -> tuple[float, list[LaunchEvent]]:
        site = HonestSite()
        answer = site.answer

        async def slow(request: Any) -> Response:
            if request.address.endswith("/metadata"):
                await asyncio.sleep(20)
            return await answer(request)

        site.answer = slow  # type: ignore[method-assign]
        async with site.served(), HttpClient() as client:
            begun = time.monotonic()
            events = [e async for e in launch_as_app(
                client, fhir_base=f"{site.address}/fhir", kind="standalone", scope=SCOPE,
                credentials=ClientCredentials("workbench"), user=ScriptedUser(user="raman"),
            )]  # fmt: skip
            return time.monotonic() - begun, events

    took, events = asyncio.run(run())
    assert isinstance(events[-1], LaunchResult), events[-1]
    assert took < 5


def unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."


def signed_by(key: Any, key_id: str) -> Callable[[dict[str, Any]], str]:
    return lambda claims: jwt.encode(claims, key, "RS256", headers={"kid": key_id})


WRONG_ID_TOKENS: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], str] | None, str]] = {
    "issuer": ({"iss": "https://evil.example"}, None, "issuer"),
    "audience": ({"aud": "other-app"}, None, "audience"),
    "nonce": ({"nonce": "another"}, None, "nonce"),
    "no nonce": ({"nonce": None}, None, "nonce"),
    "expired": ({"exp": 1}, None, "expiry"),
    "issued in the future": ({"iat": 9_999_999_999, "exp": 9_999_999_999 + 60}, None, "issued"),
    "signature": ({}, signed_by(OTHER_KEY, "site-1"), "signature"),
    "key": ({}, signed_by(OTHER_KEY, "site-2"), "key"),
    "not signed": ({}, unsigned, "algorithm"),
    "no JWT": ({}, lambda claims: "abc", "form"),
}


@pytest.mark.parametrize("case", WRONG_ID_TOKENS)
def test_a_wrong_id_token_is_told_by_its_check_and_names_nobody(case: str) -> None:
    claims, sign, check = WRONG_ID_TOKENS[case]
    site = HonestSite(claims=claims)
    site.sign = sign or site.sign
    result = launch(site)[-1]
    assert isinstance(result, LaunchResult), result
    assert check in {each.name for each in result.failed_checks}
    assert "priya" not in str(result.claims.get("x", "")) and not result.fhir_user.startswith(site.address)


@pytest.mark.parametrize(
    "twist",
    [answered(404), answered(200, b"x"), answered(200, b"{}"), answered(200, b'{"keys": {}}'), answered(302)],
)
def test_keys_that_do_not_come_leave_the_signature_open(twist: Twist) -> None:
    result = launch(HonestSite({JWKS: twist}))[-1]
    assert isinstance(result, LaunchResult), result
    (signature,) = (check for check in result.checks if check.name == "signature")
    assert signature.holds is None and "keys" in signature.sentence


OPENID = "/auth/.well-known/openid-configuration"


@pytest.mark.parametrize("left_out", [{"jwks_uri": None}, {"jwks_uri": None, "issuer": None}])
def test_keys_that_discovery_does_not_name_are_those_of_the_openid_document(left_out: dict[str, None]) -> None:
    site = HonestSite({CONFIGURATION: changed(**left_out)})
    result = launch(site)[-1]
    assert isinstance(result, LaunchResult), result
    checks = {check.name: check.holds for check in result.checks}
    assert checks["signature"] is True
    # An issuer that discovery does not name is not made out of the token that names it.
    assert checks["issuer"] is (None if "issuer" in left_out else True)
    assert site.hits[OPENID] == 1


@pytest.mark.parametrize(
    ("twist", "words"),
    [
        (answered(404), "404"),
        (changed(issuer="https://evil.example"), "its keys are not used"),
        (changed(jwks_uri=None), "names no keys"),
        (changed(jwks_uri="/auth/jwks"), "names no keys"),
    ],
)
def test_an_openid_document_that_does_not_hold_gives_no_keys(twist: Twist, words: str) -> None:
    result = launch(HonestSite({CONFIGURATION: changed(jwks_uri=None), OPENID: twist}))[-1]
    assert isinstance(result, LaunchResult), result
    (signature,) = (check for check in result.checks if check.name == "signature")
    assert signature.holds is None and words in signature.sentence


@pytest.mark.parametrize("member", ["jwks_uri", "userinfo_endpoint"])
@pytest.mark.parametrize("address", ["", "nowhere", "file:///etc/passwd", "http://[::1", "http://127.0.0.1:99999/"])
def test_an_address_beside_the_endpoints_that_is_none_is_no_exception(member: str, address: str) -> None:
    result = launch(HonestSite({CONFIGURATION: changed(**{member: address})}))[-1]
    assert isinstance(result, LaunchResult), result
    assert any(f"as its {member}, which is not a full web address" in remark for remark in result.remarks)


NO_ADDRESSES = ("http://[::1/x", "http://exa mple/x", "http://a..b/x", "https://\u2028/x", "http://x:0x/", "http://%/")


@pytest.mark.parametrize("address", NO_ADDRESSES)
@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"])
def test_an_endpoint_that_nothing_can_be_sent_to_is_the_sites_failure(name: str, address: str) -> None:
    end = launch(HonestSite({CONFIGURATION: changed(**{name: address}), METADATA: answered(404)}))[-1]
    if name in ("jwks_uri", "userinfo_endpoint"):
        assert isinstance(end, LaunchResult), end
    else:
        assert isinstance(end, LaunchRefused), end


@pytest.mark.parametrize(
    "address", [*NO_ADDRESSES, "javascript:alert(1)", "https://evil.example/", "data:,x", "//evil"]
)
@pytest.mark.parametrize("where", ["form", "link"])
def test_a_page_that_sends_nowhere_ends_the_visit_in_words(address: str, where: str) -> None:
    def twist(site: HonestSite, honest: Response, given: Given) -> Response:
        if where == "link":
            return Response(302, (("Location", address.encode("ascii", "ignore").decode()),))
        page = f'<title>Sign in</title><form method=post action="{address}"><button>Go</button></form>'
        return Response(200, (("Content-Type", "text/html"),), page.encode())

    refused = launch(HonestSite({AUTHORIZE: twist}))[-1]
    assert isinstance(refused, LaunchRefused), refused
    assert refused.stage == "sign-in"


@pytest.mark.parametrize("base", [*NO_ADDRESSES[:1], "", "nowhere", "ftp://x/"])
def test_a_base_of_our_own_that_is_no_address_is_our_own_failure(base: str) -> None:
    with pytest.raises(WorkbenchError):
        launch(HonestSite(), fhir_base=base)


def test_an_issuer_in_the_token_that_is_no_address_is_no_exception() -> None:
    site = HonestSite({CONFIGURATION: changed(jwks_uri=None, issuer=None)}, {"iss": "https://[::1"})
    result = launch(site)[-1]
    assert isinstance(result, LaunchResult), result
    assert {check.holds for check in result.checks if check.name == "signature"} == {None}


def test_userinfo_of_somebody_else_is_not_used() -> None:
    result = launch(HonestSite({USERINFO: changed(sub="berg", fhirUser="Practitioner/evil")}))[-1]
    assert isinstance(result, LaunchResult), result
    assert [check.name for check in result.failed_checks] == ["userinfo"]
    assert result.userinfo == {} and "evil" not in result.fhir_user


def refreshed(site: HonestSite) -> tuple[LaunchResult, LaunchResult | LaunchRefused]:
    async def run() -> tuple[LaunchResult, LaunchResult | LaunchRefused]:
        async with site.served(), HttpClient() as client:
            events = [e async for e in launch_as_app(
                client, fhir_base=f"{site.address}/fhir", kind="standalone", scope=SCOPE,
                credentials=ClientCredentials("workbench"), user=ScriptedUser(user="raman"),
            )]  # fmt: skip
            before = events[-1]
            assert isinstance(before, LaunchResult), before
            return before, (await refresh_launch(client, before))[1]

    return asyncio.run(run())


def test_a_rotated_refresh_token_is_taken_and_told() -> None:
    before, after = refreshed(HonestSite())
    assert isinstance(after, LaunchResult), after
    assert after.refresh_token != before.refresh_token
    assert (before.rotated, after.rotated, after.remarks) == (None, True, ())


def test_a_refresh_token_that_stays_is_told() -> None:
    _, after = refreshed(HonestSite({TOKEN: changed(refresh_token="same")}))
    assert isinstance(after, LaunchResult), after
    assert after.rotated is False
    assert any("stays the same" in remark for remark in after.remarks)


def test_a_refresh_that_names_somebody_else_is_told() -> None:
    site = HonestSite()
    plain = site.sign
    site.sign = lambda claims: plain(claims | ({"sub": "berg"} if site.hits[TOKEN] > 1 else {}))
    _, after = refreshed(site)
    assert isinstance(after, LaunchResult), after
    assert [check.name for check in after.failed_checks] == ["subject"]


def test_a_key_that_is_new_at_a_refresh_asks_for_the_keys_anew() -> None:
    site = HonestSite()
    site.sign = lambda claims: signed_by(*((SITE_KEY, "site-1") if site.hits[TOKEN] == 1 else (OTHER_KEY, "site-2")))(
        claims
    )
    _, after = refreshed(site)
    assert isinstance(after, LaunchResult), after
    (signature,) = (check for check in after.checks if check.name == "signature")
    assert signature.holds is None and "anew" in signature.sentence


def test_more_scopes_at_a_refresh_than_granted_before_are_told() -> None:
    site = HonestSite()

    def widen(site: HonestSite, honest: Response, given: Given) -> Response:
        scope = "launch/patient openid" if site.hits[TOKEN] == 1 else SCOPE
        return changed(scope=scope)(site, honest, given)

    site.twists[TOKEN] = widen
    _, after = refreshed(site)
    assert isinstance(after, LaunchResult), after
    assert any("more than before" in remark for remark in after.remarks), after.remarks


def test_the_table_holds_sixty_wrong_answers() -> None:
    assert len(REFUSED) + len(TOLD) + len(DIFFERENT) + len(WRONG_ID_TOKENS) >= 90
