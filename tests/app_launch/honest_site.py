"""Honest site of the tests: the smallest whole SMART site, of which any one answer can be turned into another."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from workbench.exchange import Request, Response
from workbench.smart.tokens import make_challenge
from workbench.transports.http_server import HttpServer

SITE_KEY, OTHER_KEY = (rsa.generate_private_key(65537, 2048) for _ in range(2))
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
Given = dict[str, str]


def json_answer(value: object, status: int = 200) -> Response:
    return Response(status, (("Content-Type", "application/json"),), json.dumps(value).encode())


def to_object(response: Response) -> dict[str, Any]:
    value = json.loads(response.body)
    assert isinstance(value, dict)
    return value


def sent_on(address: str, **query: str) -> Response:
    return Response(302, (("Location", f"{address}?{urlencode(query)}"),))


@dataclass
class HonestSite:
    """`twists` change the answer at a path: each takes the site, the honest answer and what was given.

    `claims` are put over those of the id token, `sign` makes it; `hits` counts the requests to each path.
    """

    twists: dict[str, Callable[[HonestSite, Response, Given], Response]] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] = lambda claims: jwt.encode(
        claims, SITE_KEY, "RS256", headers={"kid": "site-1"}
    )
    address: str = ""
    asked: Given = field(default_factory=dict)
    hits: dict[str, int] = field(default_factory=dict)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[HonestSite]:
        server = HttpServer(self.answer)
        await server.start()
        self.address = server.address
        try:
            yield self
        finally:
            await server.stop()

    async def answer(self, request: Request) -> Response:
        parts = urlsplit(request.address)
        given = {name: values[0] for name, values in parse_qs(f"{parts.query}&{request.body.decode()}").items()}
        self.hits[parts.path] = self.hits.get(parts.path, 0) + 1
        honest = self.routes.get(parts.path, lambda _: Response(404))(given)
        twist = self.twists.get(parts.path)
        return twist(self, honest, given) if twist else honest

    @property
    def routes(self) -> dict[str, Callable[[Given], Response]]:
        return {
            "/fhir/.well-known/smart-configuration": lambda _: json_answer(self.configuration()),
            "/fhir/metadata": lambda _: json_answer(self.statement()),
            "/auth/.well-known/openid-configuration": lambda _: json_answer(self.openid_configuration()),
            "/auth/authorize": self.authorize,
            "/auth/token": self.give_tokens,
            "/auth/jwks": lambda _: json_answer(self.keys()),
            "/auth/userinfo": lambda _: json_answer({"sub": "raman", "fhirUser": "Practitioner/priya-raman"}),
            "/auth/introspect": lambda _: json_answer({"active": True, "client_id": "workbench"}),
            "/auth/revoke": lambda _: Response(200),
        }

    def configuration(self) -> dict[str, Any]:
        auth = f"{self.address}/auth"
        return {
            "issuer": auth,
            "authorization_endpoint": f"{auth}/authorize",
            "token_endpoint": f"{auth}/token",
            "jwks_uri": f"{auth}/jwks",
            "userinfo_endpoint": f"{auth}/userinfo",
            "introspection_endpoint": f"{auth}/introspect",
            "revocation_endpoint": f"{auth}/revoke",
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "capabilities": ["launch-ehr", "launch-standalone", "client-public", "permission-v2"],
        }

    def openid_configuration(self) -> dict[str, Any]:
        auth = f"{self.address}/auth"
        return {"issuer": auth, "jwks_uri": f"{auth}/jwks", "userinfo_endpoint": f"{auth}/userinfo"}

    def statement(self) -> dict[str, Any]:
        parts = [
            {"url": name, "valueUri": f"{self.address}/auth/{path}"}
            for name, path in (
                ("authorize", "authorize"),
                ("token", "token"),
                ("introspect", "introspect"),
                ("revoke", "revoke"),
            )
        ]
        return {"rest": [{"security": {"extension": [{"url": OAUTH_URIS, "extension": parts}]}}]}

    def authorize(self, given: Given) -> Response:
        self.asked |= given
        return sent_on(given["redirect_uri"], code="code-1", state=given["state"])

    def give_tokens(self, given: Given) -> Response:
        if given["grant_type"] == "authorization_code":
            assert make_challenge(given["code_verifier"]) == self.asked["code_challenge"]
        return json_answer(
            {
                "access_token": f"access-{self.hits['/auth/token']}",
                "token_type": "Bearer",
                "expires_in": 300,
                "scope": self.asked["scope"],
                "patient": "amara-okafor",
                "refresh_token": f"refresh-{self.hits['/auth/token']}",
                "id_token": self.sign(self.make_claims()),
            }
        )

    def make_claims(self) -> dict[str, Any]:
        now = int(time.time())
        usual = {
            "iss": f"{self.address}/auth",
            "sub": "raman",
            "aud": "workbench",
            "iat": now,
            "exp": now + 300,
            "nonce": self.asked.get("nonce"),
            "fhirUser": f"{self.address}/fhir/Practitioner/priya-raman",
        }
        return {name: value for name, value in (usual | self.claims).items() if value is not None}

    def keys(self) -> dict[str, Any]:
        return {"keys": [{**RSAAlgorithm.to_jwk(SITE_KEY.public_key(), as_dict=True), "kid": "site-1", "use": "sig"}]}
