"""Refusals of a site's authorization and token endpoints: each wrong request, what is answered and where it goes.

`python -m tests.sandbox.launch_refusals` writes the tables of docs/launches-refused.md anew.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import ec

from tests.authorization_server.client_keys import EC_KEY, RSA_KEY, ClientKey, assertion_form, claims_for
from tests.sandbox.person import FORM, REDIRECT, VERIFIER, Person, json_of, query_of
from workbench.authorization_server.client_authentication import digest_secret
from workbench.authorization_server.rules import Client
from workbench.exchange import Response
from workbench.sandbox.sandbox import Sandbox
from workbench.scenario.web_form import parse_page
from workbench.site.site_file import read_site
from workbench.smart.tokens import make_challenge
from workbench.transports.http_client import HttpClient
from workbench.workspace.library import load_population

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "launches-refused.md"
BEGIN, END = "<!-- {}: python -m tests.sandbox.launch_refusals -->\n", "<!-- end of {} -->\n"
WEB = "https://app.example.org/callback"
SECRET = "a-secret-of-forty-three-letters-for-tests-00"
SCOPE = "launch/patient openid patient/Patient.rs offline_access"
STRANGERS_KEY = ClientKey(ec.generate_private_key(ec.SECP384R1()), "ES384", EC_KEY.id)
CLIENTS = (
    Client("app", "An app", (WEB, "https://app.example.org/back?x=1", "http://127.0.0.1/callback")),
    Client("other", "Another app", ("http://127.0.0.1/callback",)),
    Client(
        "secret",
        "An app with a secret",
        ("http://127.0.0.1/callback",),
        authentication="client_secret_basic",
        secret_sha256=digest_secret(SECRET),
    ),
    Client(
        "service",
        "A backend service",
        authentication="private_key_jwt",
        jwks={"keys": [RSA_KEY.jwk, EC_KEY.jwk]},
        scope="system/Patient.rs system/Observation.rs",
    ),
)


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


@dataclass(frozen=True, slots=True)
class TokenCase:
    """One token request: `ask` sends it after what must come before."""

    what: str
    ask: Callable[[Visitor], Awaitable[Response]]
    error: str
    status: int = 400
    clause: str = "RFC 6749, 5.2"


class Visitor(Person):
    """An app at the site of these tests, registered as `app`."""

    async def authorize(self, **changes: str | None) -> Response:
        return await super().authorize(**({"client_id": "app", "scope": SCOPE} | changes))

    async def redeem(self, code: str, /, **changes: str | None) -> Response:
        return await super().redeem(code, **({"client_id": "app"} | changes))

    async def token(self, authorization: str = "", /, **fields: str) -> Response:
        headers = (("Authorization", authorization),) if authorization else ()
        return await self.post(f"{self.site.issuer}/token", list(fields.items()), headers)

    async def open_app(self, client_id: str) -> str:
        """Open an app from the EHR's page and return its launch."""
        chosen = (("user", "berg"), ("patient", "amara-okafor"), ("encounter", ""), ("app", client_id))
        return query_of(await self.answer(self.site.ehr_page, *chosen, ("launch_uri", REDIRECT)))["launch"]

    async def refresh(self, **changes: str) -> Response:
        given = {"grant_type": "refresh_token", "client_id": "app"}
        if "refresh_token" not in changes:
            given["refresh_token"] = (await self.launch())["refresh_token"]
        return await self.token(**(given | changes))

    async def serve(self, key: ClientKey = RSA_KEY, /, scope: str = "system/Patient.rs", **changes: Any) -> Response:
        """Ask for a backend service's token with an assertion that differs by `changes`; None leaves a claim out."""
        signing = {name[1:]: changes.pop(name) for name in tuple(changes) if name.startswith("_")}
        claims = claims_for("service", f"{self.site.issuer}/token", time.time())
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        return await self.assert_with(key.sign(claims, **signing), scope)

    async def assert_with(self, assertion: str, scope: str = "system/Patient.rs", **changes: str) -> Response:
        fields = {"grant_type": "client_credentials", "scope": scope} | assertion_form(assertion) | changes
        return await self.token(**{name: value for name, value in fields.items() if value})


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def redirects(*rows: tuple[str, str | None]) -> tuple[AuthorizeCase, ...]:
    return tuple(AuthorizeCase(what, {"redirect_uri": address}, clause="RFC 9700, 4.1.3") for what, address in rows)


AUTHORIZE: tuple[AuthorizeCase, ...] = (
    AuthorizeCase("client_id that nobody registered", {"client_id": "nobody"}),
    AuthorizeCase("client_id missing", {"client_id": None}),
    AuthorizeCase("client_id empty", {"client_id": ""}),
    AuthorizeCase("client_id in other letters", {"client_id": "APP"}),
    AuthorizeCase("client_id twice", {}, twice=(("client_id", "other"),)),
    AuthorizeCase("redirect_uri twice", {}, twice=(("redirect_uri", WEB),)),
    *redirects(
        ("redirect_uri missing", None),
        ("redirect_uri empty", ""),
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
    AuthorizeCase(
        "state missing", {"state": None}, "invalid_request", "SMART App Launch 2.2, obtain authorization code", state=""
    ),
    AuthorizeCase(
        "state empty", {"state": ""}, "invalid_request", "SMART App Launch 2.2, obtain authorization code", state=""
    ),
    AuthorizeCase("state twice", {}, "invalid_request", twice=(("state", "s-2"),), state=""),
    AuthorizeCase("aud missing", {"aud": None}, "invalid_request", "SMART App Launch 2.2, obtain authorization code"),
    AuthorizeCase(
        "aud of another server",
        {"aud": "http://127.0.0.1:1/fhir/r4"},
        "invalid_request",
        "SMART App Launch 2.2, obtain authorization code",
    ),
    AuthorizeCase("aud twice", {}, "invalid_request", twice=(("aud", "http://evil.example/fhir"),)),
    AuthorizeCase("scope missing", {"scope": None}, "invalid_request"),
    AuthorizeCase("scope empty", {"scope": ""}, "invalid_request"),
    AuthorizeCase("scope twice", {}, "invalid_request", twice=(("scope", "patient/*.cruds"),)),
    AuthorizeCase("scope that nobody knows, alone", {"scope": "everything"}, "invalid_scope"),
    AuthorizeCase("scope with letters out of order, alone", {"scope": "patient/Patient.sr"}, "invalid_scope"),
    AuthorizeCase("scope of a version not taken, alone", {"scope": "patient/Patient.read"}, "invalid_scope"),
    AuthorizeCase("scope for backend services, alone", {"scope": "system/Patient.rs"}, "invalid_scope"),
    AuthorizeCase("scope of 20,000 letters", {"scope": "openid " + "a" * 20_000}, "invalid_request"),
    AuthorizeCase(
        "301 scopes", {"scope": " ".join(f"patient/Patient.rs?_id={n}" for n in range(301))}, "invalid_scope"
    ),
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
        "RFC 9700, 2.1.1",
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
        "SMART App Launch 2.2, obtain authorization code",
    ),
    AuthorizeCase(
        "launch empty",
        {"launch": "", "scope": "launch"},
        "invalid_request",
        "SMART App Launch 2.2, obtain authorization code",
    ),
    AuthorizeCase("launch twice", {"launch": "a", "scope": "launch"}, "invalid_request", twice=(("launch", "b"),)),
    AuthorizeCase(
        "launch of another app",
        {"scope": "launch openid"},
        "invalid_request",
        "SMART App Launch 2.2, obtain authorization code",
        opened_for="other",
    ),
    AuthorizeCase(
        "launch without the scope launch",
        {"scope": "openid"},
        "invalid_scope",
        "SMART App Launch 2.2, obtain authorization code",
        opened_for="app",
    ),
    AuthorizeCase("prompt=none", {"prompt": "none"}, "login_required", "OpenID Connect Core, 3.1.2.6"),
    AuthorizeCase("prompt=none login", {"prompt": "none login"}, "invalid_request", "OpenID Connect Core, 3.1.2.1"),
)


async def _reused_code(visitor: Visitor) -> Response:
    code = await visitor.code()
    await visitor.redeem(code)
    return await visitor.redeem(code)


async def _code_after_a_wrong_verifier(visitor: Visitor) -> Response:
    code = await visitor.code()
    await visitor.redeem(code, code_verifier="w" * 43)
    return await visitor.redeem(code)


async def _late_code(visitor: Visitor) -> Response:
    code = await visitor.code()
    await asyncio.sleep(2.05)
    return await visitor.redeem(code)


async def _reused_refresh(visitor: Visitor) -> Response:
    token = (await visitor.launch())["refresh_token"]
    await visitor.refresh(refresh_token=token)
    return await visitor.refresh(refresh_token=token)


async def _refresh_after_reuse(visitor: Visitor) -> Response:
    token = (await visitor.launch())["refresh_token"]
    newer = json_of(await visitor.refresh(refresh_token=token))["refresh_token"]
    await visitor.refresh(refresh_token=token)
    return await visitor.refresh(refresh_token=newer)


async def _reused_assertion(visitor: Visitor) -> Response:
    assertion = RSA_KEY.sign(claims_for("service", f"{visitor.site.issuer}/token", time.time()))
    first = await visitor.assert_with(assertion)
    assert first.status == 200, first.body
    return await visitor.assert_with(assertion)


async def _unsigned(visitor: Visitor) -> Response:
    claims = claims_for("service", f"{visitor.site.issuer}/token", time.time())
    signed = RSA_KEY.sign(claims)
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT","kid":"' + RSA_KEY.id.encode() + b'"}').rstrip(b"=")
    return await visitor.assert_with(f"{header.decode()}.{signed.split('.')[1]}.")


async def _spoilt(visitor: Visitor) -> Response:
    """The claims of one assertion behind the signature of another."""
    one, other = (RSA_KEY.sign(claims_for("service", f"{visitor.site.issuer}/token", time.time())) for _ in range(2))
    return await visitor.assert_with(".".join((*one.split(".")[:2], other.split(".")[2])))


def _redeem(**changes: str | None) -> Callable[[Visitor], Awaitable[Response]]:
    async def ask(visitor: Visitor) -> Response:
        return await visitor.redeem(await visitor.code(), **changes)

    return ask


def _send(method: str, body: bytes, content_type: str, query: str = "") -> Callable[[Visitor], Awaitable[Response]]:
    async def ask(visitor: Visitor) -> Response:
        headers = (("Content-Type", content_type),) if content_type else ()
        return await visitor.ask(method, f"{visitor.site.issuer}/token{query}", headers, body)

    return ask


def _twice(name: str) -> Callable[[Visitor], Awaitable[Response]]:
    async def ask(visitor: Visitor) -> Response:
        fields = {
            "grant_type": "authorization_code",
            "code": await visitor.code(),
            "redirect_uri": REDIRECT,
            "client_id": "app",
            "code_verifier": VERIFIER,
        }
        return await visitor.post(f"{visitor.site.issuer}/token", [*fields.items(), (name, fields[name])])

    return ask


def _secret(authorization: str, **fields: str) -> Callable[[Visitor], Awaitable[Response]]:
    async def ask(visitor: Visitor) -> Response:
        code = query_of(await visitor.walk(await visitor.authorize(client_id="secret")))["code"]
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
        return await visitor.token(authorization, **(given | fields))

    return ask


def _with(method: str, *values: Any, **changes: Any) -> Callable[[Visitor], Awaitable[Response]]:
    return lambda visitor: getattr(visitor, method)(*values, **changes)  # type: ignore[no-any-return]


GRANT, ASSERTION = "RFC 6749, 5.2", "RFC 7523, 3"
TOKEN: tuple[TokenCase, ...] = (
    TokenCase(
        "GET at the token endpoint", _send("GET", b"", "", "?grant_type=authorization_code"), "", 405, "RFC 6749, 3.2"
    ),
    TokenCase("PUT at the token endpoint", _send("PUT", b"grant_type=x", FORM[0][1]), "", 405, "RFC 6749, 3.2"),
    TokenCase("JSON in place of a form", _send("POST", b'{"grant_type":"x"}', "application/json"), "invalid_request"),
    TokenCase("a form of several parts", _send("POST", b"--x--", "multipart/form-data; boundary=x"), "invalid_request"),
    TokenCase("nothing in the form", _send("POST", b"", FORM[0][1]), "invalid_request"),
    TokenCase("no Content-Type", _send("POST", b"grant_type=x", ""), "invalid_request"),
    TokenCase(
        "parameters in the query",
        _send("POST", b"", FORM[0][1], "?grant_type=refresh_token"),
        "invalid_request",
        clause="RFC 6749, 2.3.1",
    ),
    TokenCase("a form of 200,000 letters", _send("POST", b"a=" + b"x" * 200_000, FORM[0][1]), "invalid_request"),
    TokenCase("2,000 parameters", _send("POST", b"a&" * 2000, FORM[0][1]), "invalid_request"),
    TokenCase("grant_type missing", _with("token", client_id="app"), "invalid_request"),
    TokenCase("grant_type=password", _with("token", grant_type="password", client_id="app"), "unsupported_grant_type"),
    TokenCase("grant_type=implicit", _with("token", grant_type="implicit", client_id="app"), "unsupported_grant_type"),
    TokenCase(
        "grant_type in capitals",
        _with("token", grant_type="AUTHORIZATION_CODE", client_id="app"),
        "unsupported_grant_type",
    ),
    TokenCase("grant_type twice", _twice("grant_type"), "invalid_request"),
    TokenCase("code twice", _twice("code"), "invalid_request"),
    TokenCase("client_id twice", _twice("client_id"), "invalid_request"),
    TokenCase("code missing", _redeem(code=None), "invalid_request"),
    TokenCase("code that was never given", _redeem(code="made-up"), "invalid_grant"),
    TokenCase("code used before", _reused_code, "invalid_grant", clause="RFC 6749, 4.1.2"),
    TokenCase("code older than the site allows", _late_code, "invalid_grant", clause="RFC 6749, 4.1.2"),
    TokenCase("code of another app", _redeem(client_id="other"), "invalid_grant"),
    TokenCase(
        "code with another redirect_uri",
        _redeem(redirect_uri="http://127.0.0.1:5001/callback"),
        "invalid_grant",
        clause="RFC 6749, 4.1.3",
    ),
    TokenCase(
        "code with another registered redirect_uri",
        _redeem(redirect_uri=WEB),
        "invalid_grant",
        clause="RFC 6749, 4.1.3",
    ),
    TokenCase("code without redirect_uri", _redeem(redirect_uri=None), "invalid_request", clause="RFC 6749, 4.1.3"),
    TokenCase("wrong code_verifier", _redeem(code_verifier="w" * 43), "invalid_grant", clause="RFC 7636, 4.6"),
    TokenCase(
        "code again after a wrong code_verifier",
        _code_after_a_wrong_verifier,
        "invalid_grant",
        clause="RFC 6749, 4.1.2",
    ),
    TokenCase("code_verifier missing", _redeem(code_verifier=None), "invalid_grant", clause="RFC 7636, 4.6"),
    TokenCase("code_verifier empty", _redeem(code_verifier=""), "invalid_grant", clause="RFC 7636, 4.6"),
    TokenCase(
        "the challenge as code_verifier",
        _redeem(code_verifier=make_challenge(VERIFIER)),
        "invalid_grant",
        clause="RFC 7636, 4.6",
    ),
    TokenCase(
        "code_verifier with a blank behind",
        _redeem(code_verifier=VERIFIER + " "),
        "invalid_grant",
        clause="RFC 7636, 4.1",
    ),
    TokenCase("client_id missing", _redeem(client_id=None), "invalid_client", 401),
    TokenCase("client_id that nobody registered", _redeem(client_id="nobody"), "invalid_client", 401),
    TokenCase("secret of an app without one", _redeem(client_secret="guess"), "invalid_client", 401),
    TokenCase("Basic header of an app without a secret", _secret(basic("app", "guess")), "invalid_client", 401),
    TokenCase("app with a secret, without it", _secret("", client_id="secret"), "invalid_client", 401),
    TokenCase("app with a secret, another one", _secret(basic("secret", "guess")), "invalid_client", 401),
    TokenCase(
        "secret in the form, registered for the header",
        _secret("", client_id="secret", client_secret=SECRET),
        "invalid_client",
        401,
    ),
    TokenCase(
        "secret in both places",
        _secret(basic("secret", SECRET), client_secret=SECRET),
        "invalid_request",
        clause="RFC 6749, 2.3",
    ),
    TokenCase("header and form name two apps", _secret(basic("secret", SECRET), client_id="app"), "invalid_request"),
    TokenCase("Basic header that is not base64", _secret("Basic !!!"), "invalid_client", 401),
    TokenCase("Bearer header in place of Basic", _secret("Bearer abc"), "invalid_client", 401),
    TokenCase("refresh_token missing", _with("refresh", refresh_token=""), "invalid_request"),
    TokenCase("refresh_token that was never given", _with("refresh", refresh_token="made-up"), "invalid_grant"),
    TokenCase(
        "refresh_token of another app", _with("refresh", client_id="other"), "invalid_grant", clause="RFC 6749, 10.4"
    ),
    TokenCase("refresh_token used before", _reused_refresh, "invalid_grant", clause="RFC 9700, 4.14.2"),
    TokenCase("its successor after that", _refresh_after_reuse, "invalid_grant", clause="RFC 9700, 4.14.2"),
    TokenCase(
        "refresh for more than was granted",
        _with("refresh", scope="patient/Observation.rs"),
        "invalid_scope",
        clause="RFC 6749, 6",
    ),
    TokenCase(
        "access token for another's right",
        _with("refresh", scope="user/Patient.rs"),
        "invalid_scope",
        clause="RFC 6749, 6",
    ),
    TokenCase("assertion that expired", _with("serve", exp=int(time.time()) - 60), "invalid_client", 401, ASSERTION),
    TokenCase("assertion without exp", _with("serve", exp=None), "invalid_client", 401, ASSERTION),
    TokenCase(
        "assertion for an hour",
        _with("serve", exp=int(time.time()) + 3600),
        "invalid_client",
        401,
        "SMART App Launch 2.2, asymmetric",
    ),
    TokenCase("assertion that came before (jti)", _reused_assertion, "invalid_client", 401, ASSERTION),
    TokenCase(
        "assertion without jti", _with("serve", jti=None), "invalid_client", 401, "SMART App Launch 2.2, asymmetric"
    ),
    TokenCase("assertion with alg none", _unsigned, "invalid_client", 401, ASSERTION),
    TokenCase("assertion with the signature of another", _spoilt, "invalid_client", 401, ASSERTION),
    TokenCase("assertion signed by a stranger's key", _with("serve", STRANGERS_KEY), "invalid_client", 401, ASSERTION),
    TokenCase(
        "assertion of a key that is not published (kid)",
        _with("serve", _kid="unknown"),
        "invalid_client",
        401,
        ASSERTION,
    ),
    TokenCase(
        "assertion by an algorithm not taken", _with("serve", _algorithm="RS256"), "invalid_client", 401, ASSERTION
    ),
    TokenCase(
        "assertion for another place (aud)",
        _with("serve", aud="https://evil.example/token"),
        "invalid_client",
        401,
        ASSERTION,
    ),
    TokenCase("assertion of another issuer (iss)", _with("serve", iss="other"), "invalid_client", 401, ASSERTION),
    TokenCase("assertion about another app (sub)", _with("serve", sub="app"), "invalid_client", 401, ASSERTION),
    TokenCase("assertion of nobody", _with("serve", iss="nobody", sub="nobody"), "invalid_client", 401, ASSERTION),
    TokenCase("assertion that is no JWT", _with("assert_with", "not-a-jwt"), "invalid_client", 401, ASSERTION),
    TokenCase(
        "assertion of another type",
        _with("assert_with", "a.b.c", client_assertion_type="urn:x"),
        "invalid_client",
        401,
        "RFC 7521, 4.2",
    ),
    TokenCase(
        "assertion without its type",
        _with("assert_with", "a.b.c", client_assertion_type=""),
        "invalid_request",
        400,
        "RFC 7521, 4.2",
    ),
    TokenCase(
        "backend service without scope",
        _with("serve", scope=""),
        "invalid_scope",
        clause="SMART App Launch 2.2, backend services",
    ),
    TokenCase(
        "backend service with a user's scope",
        _with("serve", scope="user/Patient.rs"),
        "invalid_scope",
        clause="SMART App Launch 2.2, backend services",
    ),
    TokenCase(
        "backend service beyond its registration",
        _with("serve", scope="system/Encounter.rs"),
        "invalid_scope",
        clause="SMART App Launch 2.2, backend services",
    ),
    TokenCase(
        "backend token for an app of users",
        _with("token", grant_type="client_credentials", client_id="app", scope="system/*.rs"),
        "unauthorized_client",
    ),
)


def make_refusing_sandbox() -> Sandbox:
    """Community Hospital with the apps of these tests alone, backend services, and codes that last two seconds."""
    site = read_site(ROOT / "fixtures/sites/community-hospital.yaml")
    smart = replace(
        site.smart, registration="registered", clients=CLIENTS, backend_services=True, code_lifetime=2, withheld=()
    )
    return Sandbox(replace(site, smart=smart), load_population(site.population))


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


async def meet_token(visitor: Visitor, case: TokenCase) -> str:
    response = await case.ask(visitor)
    assert response.header("location") == ""
    if response.status == 405:
        return "405"
    assert response.header("cache-control") == "no-store"
    assert bool(response.header("www-authenticate")) is (response.status == 401)
    assert "access_token" not in json_of(response)
    return f"{response.status}, `{json_of(response)['error']}`"


def expected(case: AuthorizeCase | TokenCase) -> str:
    if isinstance(case, AuthorizeCase):
        return f"to the app, `{case.error}`" if case.error else "page, 400"
    return f"{case.status}, `{case.error}`" if case.error else str(case.status)


def write_row(case: AuthorizeCase | TokenCase, came: str) -> str:
    return f"| {case.what} | {came} | {case.clause} |"


def read_table(name: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    return text.partition(BEGIN.format(name))[2].partition(END.format(name))[0].splitlines()


async def write_page() -> None:
    sandbox = make_refusing_sandbox()
    await sandbox.start()
    try:
        async with HttpClient() as client:
            visitor = Visitor(client, sandbox.addresses)
            rows = {
                "authorize": [write_row(case, await meet_authorize(visitor, case)) for case in AUTHORIZE],
                "token": [write_row(case, await meet_token(visitor, case)) for case in TOKEN],
            }
    finally:
        await sandbox.stop()
    text = PAGE.read_text(encoding="utf-8")
    for name, lines in rows.items():
        before, after = text.partition(BEGIN.format(name))[0], text.partition(END.format(name))[2]
        table = "\n".join(("| what is wrong | what comes | why |", "|---|---|---|", *lines)) + "\n"
        text = before + BEGIN.format(name) + table + END.format(name) + after
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(write_page())
