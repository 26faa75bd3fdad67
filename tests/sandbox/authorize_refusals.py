"""Wrong authorization requests, and what comes of each: a page, or a refusal that goes to the app."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from tests.sandbox.person import REDIRECT, VERIFIER, query_of
from tests.sandbox.refused_visitor import SCOPE, WEB, Visitor
from workbench.app_launch.web_form import parse_page
from workbench.smart.tokens import make_challenge


@dataclass(frozen=True, slots=True)
class AuthorizeCase:
    """One authorization request: what differs from a right one, None leaving a parameter out.

    `error` is the code that the app must get; "" where the browser must stay at the site and show a page. With
    `opened_for` the EHR opens that app, and the request brings its launch.
    """

    what: str
    changes: dict[str, str | None]
    error: str = ""
    clause: str = "RFC 6749, 4.1.2.1"
    twice: tuple[tuple[str, str], ...] = ()
    state: str = "s-1"
    opened_for: str = ""


def redirects(*rows: tuple[str, str | None]) -> tuple[AuthorizeCase, ...]:
    return tuple(AuthorizeCase(what, {"redirect_uri": address}, clause="RFC 9700, 4.1.3") for what, address in rows)


SMART = "SMART App Launch 2.2, obtain authorization code"
OBJECTS = "OpenID Connect Core, 3.1.2.6"
AUTHORIZE: tuple[AuthorizeCase, ...] = (
    AuthorizeCase("client_id that nobody registered", {"client_id": "nobody"}),
    AuthorizeCase("client_id missing", {"client_id": None}),
    AuthorizeCase("client_id empty", {"client_id": ""}),
    AuthorizeCase("client_id in other letters", {"client_id": "APP"}),
    AuthorizeCase("client_id twice", {}, twice=(("client_id", "other"),)),
    AuthorizeCase("redirect_uri twice", {}, twice=(("redirect_uri", WEB),)),
    AuthorizeCase("redirect_uri missing", {"redirect_uri": None}, clause=SMART),
    AuthorizeCase("redirect_uri empty", {"redirect_uri": ""}, clause=SMART),
    *redirects(
        ("redirect_uri at another host", "https://evil.example/callback"),
        ("redirect_uri at a longer host", "https://app.example.org.evil.example/callback"),
        ("redirect_uri at a host below", "https://sub.app.example.org/callback"),
        ("redirect_uri with a host behind userinfo", "https://app.example.org@evil.example/callback"),
        ("redirect_uri with userinfo", "https://user@app.example.org/callback"),
        ("redirect_uri with a host in capitals", "https://APP.example.org/callback"),
        ("redirect_uri with a dot behind the host", "https://app.example.org./callback"),
        ("redirect_uri with the usual port said", "https://app.example.org:443/callback"),
        ("redirect_uri with another port", "https://app.example.org:8443/callback"),
        ("redirect_uri by http in place of https", "http://app.example.org/callback"),
        ("redirect_uri with a look-alike letter", "https://аpp.example.org/callback"),
        ("redirect_uri with another path", "https://app.example.org/callback/evil"),
        ("redirect_uri with a slash behind", "https://app.example.org/callback/"),
        ("redirect_uri that climbs", "https://app.example.org/callback/../evil"),
        ("redirect_uri that climbs, encoded", "https://app.example.org/callback/%2e%2e/evil"),
        ("redirect_uri with an encoded slash", "https://app.example.org%2Fcallback"),
        ("redirect_uri with an encoded letter", "https://app.example.org/%63allback"),
        ("redirect_uri with a path in capitals", "https://app.example.org/CALLBACK"),
        ("redirect_uri with a query added", "https://app.example.org/callback?next=https://evil.example"),
        ("redirect_uri without its registered query", "https://app.example.org/back"),
        ("redirect_uri with another query", "https://app.example.org/back?x=2"),
        ("redirect_uri with a fragment", "https://app.example.org/callback#top"),
        ("redirect_uri with an empty fragment", "https://app.example.org/callback#"),
        ("redirect_uri that is a pattern", "https://*.example.org/callback"),
        ("redirect_uri with a backslash", "https://app.example.org\\@evil.example/callback"),
        ("redirect_uri with a blank before", " https://app.example.org/callback"),
        ("redirect_uri with a line break", "https://app.example.org/callback\r\nSet-Cookie: a=b"),
        ("redirect_uri with a zero byte", "https://app.example.org/callback\0"),
        ("redirect_uri without scheme", "//app.example.org/callback"),
        ("redirect_uri of javascript", "javascript:alert(1)//https://app.example.org/callback"),
        ("redirect_uri of data", "data:text/html,<script>alert(1)</script>"),
        ("redirect_uri at this site", "/auth/consent"),
        ("redirect_uri with a loopback host behind userinfo", "http://127.0.0.1@evil.example/callback"),
        ("redirect_uri at a host that begins as loopback", "http://127.0.0.1.evil.example/callback"),
        ("redirect_uri on loopback by another name", "http://localhost:5000/callback"),
        ("redirect_uri on loopback as one number", "http://2130706433:5000/callback"),
        ("redirect_uri on loopback by IPv6", "http://[::1]:5000/callback"),
        ("redirect_uri on loopback by https", "https://127.0.0.1:5000/callback"),
        ("redirect_uri on loopback with another path", "http://127.0.0.1:5000/other"),
        ("redirect_uri on loopback with an impossible port", "http://127.0.0.1:99999/callback"),
        ("redirect_uri on loopback with two ports", "http://127.0.0.1:5000:80/callback"),
        ("redirect_uri of 5,000 letters", "https://app.example.org/" + "a" * 5000),
    ),
    AuthorizeCase("response_type missing", {"response_type": None}, "invalid_request"),
    AuthorizeCase("response_type=token", {"response_type": "token"}, "unsupported_response_type"),
    AuthorizeCase("response_type=id_token", {"response_type": "id_token"}, "unsupported_response_type"),
    AuthorizeCase("response_type=code token", {"response_type": "code token"}, "unsupported_response_type"),
    AuthorizeCase("response_type twice", {}, "invalid_request", twice=(("response_type", "code"),)),
    AuthorizeCase("state missing", {"state": None}, "invalid_request", SMART, state=""),
    AuthorizeCase("state empty", {"state": ""}, "invalid_request", SMART, state=""),
    AuthorizeCase("state twice", {}, "invalid_request", twice=(("state", "s-2"),), state=""),
    AuthorizeCase("aud missing", {"aud": None}, "invalid_request", SMART),
    AuthorizeCase(
        "aud of another server",
        {"aud": "http://127.0.0.1:1/fhir/r4"},
        "invalid_request",
        SMART,
    ),
    AuthorizeCase("aud twice", {}, "invalid_request", twice=(("aud", "http://evil.example/fhir"),)),
    AuthorizeCase("scope missing", {"scope": None}, "invalid_scope", "RFC 6749, 3.3"),
    AuthorizeCase("scope empty", {"scope": ""}, "invalid_scope", "RFC 6749, 3.1 and 3.3"),
    AuthorizeCase("scope twice", {}, "invalid_request", twice=(("scope", "patient/*.cruds"),)),
    AuthorizeCase("scope that nobody knows, alone", {"scope": "everything"}, "invalid_scope"),
    AuthorizeCase("scope with letters out of order, alone", {"scope": "patient/Patient.sr"}, "invalid_scope"),
    AuthorizeCase("scope of a version not taken, alone", {"scope": "patient/Patient.read"}, "invalid_scope"),
    AuthorizeCase("scope for backend services, alone", {"scope": "system/Patient.rs"}, "invalid_scope"),
    AuthorizeCase("scope of 20,000 letters", {"scope": "openid " + "a" * 20_000}, "invalid_request"),
    AuthorizeCase(
        "301 scopes", {"scope": " ".join(f"patient/Patient.rs?_id={n}" for n in range(301))}, "invalid_scope"
    ),
    AuthorizeCase("request object", {"request": "e30.e30."}, "request_not_supported", OBJECTS),
    AuthorizeCase(
        "request object elsewhere", {"request_uri": "https://app.example/r"}, "request_uri_not_supported", OBJECTS
    ),
    AuthorizeCase("registration within the request", {"registration": "{}"}, "registration_not_supported", OBJECTS),
    AuthorizeCase("nonce of 5,000 letters", {"nonce": "n" * 5000}, "invalid_request"),
    AuthorizeCase(
        "no code_challenge",
        {"code_challenge": None, "code_challenge_method": None},
        "invalid_request",
        "RFC 7636, 4.4.1",
    ),
    AuthorizeCase(
        "plain challenge",
        {"code_challenge_method": "plain", "code_challenge": VERIFIER},
        "invalid_request",
        "SMART App Launch 2.2, considerations for PKCE support; RFC 7636, 4.4.1",
    ),
    AuthorizeCase(
        "code_challenge without method, which is plain",
        {"code_challenge_method": None},
        "invalid_request",
        "RFC 7636, 4.3",
    ),
    AuthorizeCase("method without code_challenge", {"code_challenge": None}, "invalid_request", "RFC 7636, 4.4.1"),
    AuthorizeCase(
        "code_challenge_method=S512", {"code_challenge_method": "S512"}, "invalid_request", "RFC 7636, 4.4.1"
    ),
    AuthorizeCase(
        "code_challenge_method=s256", {"code_challenge_method": "s256"}, "invalid_request", "RFC 7636, 4.4.1"
    ),
    AuthorizeCase("code_challenge too short", {"code_challenge": "c" * 42}, "invalid_request", "RFC 7636, 4.2"),
    AuthorizeCase("code_challenge too long", {"code_challenge": "c" * 44}, "invalid_request", "RFC 7636, 4.2"),
    AuthorizeCase(
        "code_challenge with padding", {"code_challenge": "c" * 42 + "="}, "invalid_request", "RFC 7636, 4.2"
    ),
    AuthorizeCase("code_challenge twice", {}, "invalid_request", "RFC 7636, 4.3", (("code_challenge", "c" * 43),)),
    AuthorizeCase(
        "launch that was never given",
        {"launch": "made-up", "scope": "launch"},
        "invalid_request",
        SMART,
    ),
    AuthorizeCase(
        "launch empty",
        {"launch": "", "scope": "launch"},
        "invalid_request",
        SMART,
    ),
    AuthorizeCase("launch twice", {"launch": "a", "scope": "launch"}, "invalid_request", twice=(("launch", "b"),)),
    AuthorizeCase(
        "launch of another app",
        {"scope": "launch openid"},
        "invalid_request",
        SMART,
        opened_for="other",
    ),
    AuthorizeCase(
        "launch without the scope launch",
        {"scope": "openid"},
        "invalid_scope",
        SMART,
        opened_for="app",
    ),
    AuthorizeCase("prompt=none", {"prompt": "none"}, "login_required", "OpenID Connect Core, 3.1.2.6"),
    AuthorizeCase("prompt=none login", {"prompt": "none login"}, "invalid_request", "OpenID Connect Core, 3.1.2.1"),
)


async def meet_authorize(visitor: Visitor, case: AuthorizeCase) -> str:
    """What came of one authorization request, in words."""
    right: dict[str, str | None] = {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": REDIRECT,
        "scope": SCOPE,
        "state": "s-1",
        "aud": visitor.site.fhir_base,
        "code_challenge": make_challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    if case.opened_for:
        right["launch"] = await visitor.open_app(case.opened_for)
    pairs = [(name, value) for name, value in (right | case.changes).items() if value is not None]
    response = await visitor.ask("GET", f"{visitor.site.issuer}/authorize?{urlencode([*pairs, *case.twice])}")
    location = response.header("location")
    if not location:
        shown = parse_page(response.body.decode()).alert
        return f"page, {response.status}" if shown else f"nothing, {response.status}"
    assert location.startswith(REDIRECT + "?"), location
    query = query_of(response)
    assert query.get("state", "") == case.state
    assert "code" not in query
    return f"to the app, `{query.get('error')}`"
