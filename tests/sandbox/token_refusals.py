"""Wrong token requests, each with what must come before it, and what comes of it."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.authorization_server.client_keys import RSA_KEY, claims_for
from tests.sandbox.person import FORM, REDIRECT, VERIFIER, json_of, query_of
from tests.sandbox.refused_visitor import SECRET, STRANGERS_KEY, WEB, Visitor, basic
from workbench.exchange import Response
from workbench.smart.tokens import make_challenge


@dataclass(frozen=True, slots=True)
class TokenCase:
    """One token request: `ask` sends it after what must come before."""

    what: str
    ask: Callable[[Visitor], Awaitable[Response]]
    error: str
    status: int = 400
    clause: str = "RFC 6749, 5.2"


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


ASYMMETRIC = "SMART App Launch 2.2, asymmetric"
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
        "refresh for another context than was granted",
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
        ASYMMETRIC,
    ),
    TokenCase("assertion that came before (jti)", _reused_assertion, "invalid_client", 401, ASYMMETRIC),
    TokenCase("assertion without jti", _with("serve", jti=None), "invalid_client", 401, ASYMMETRIC),
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


async def meet_token(visitor: Visitor, case: TokenCase) -> str:
    response = await case.ask(visitor)
    assert response.header("location") == ""
    if response.status == 405:
        return "405"
    assert response.header("cache-control") == "no-store"
    assert bool(response.header("www-authenticate")) is (response.status == 401)
    assert "access_token" not in json_of(response)
    return f"{response.status}, `{json_of(response)['error']}`"
