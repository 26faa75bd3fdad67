"""Keys of apps, made anew in each run, and assertions signed with them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

_COUNT = itertools.count(1)


class ClientKey:
    """One key pair of an app under the name `id`."""

    def __init__(self, private: Any, algorithm: str, key_id: str) -> None:
        self.private = private
        self.algorithm = algorithm
        self.id = key_id

    @property
    def jwk(self) -> dict[str, Any]:
        public = self.private.public_key()
        kind = RSAAlgorithm if isinstance(self.private, rsa.RSAPrivateKey) else ECAlgorithm
        return {**json.loads(kind.to_jwk(public)), "kid": self.id, "alg": self.algorithm, "use": "sig"}

    @property
    def private_jwk(self) -> dict[str, Any]:
        kind = RSAAlgorithm if isinstance(self.private, rsa.RSAPrivateKey) else ECAlgorithm
        return {**json.loads(kind.to_jwk(self.private)), "kid": self.id, "alg": self.algorithm, "key_ops": ["sign"]}

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.jwk]}

    def sign(self, claims: Mapping[str, Any], algorithm: str = "", **headers: Any) -> str:
        given = {"kid": self.id} | headers
        kept = {name: value for name, value in given.items() if value is not None}
        return jwt.encode(dict(claims), self.private, algorithm or self.algorithm, headers=kept)


RSA_KEY = ClientKey(rsa.generate_private_key(65537, 2048), "RS384", "rsa-1")
EC_KEY = ClientKey(ec.generate_private_key(ec.SECP384R1()), "ES384", "ec-1")


def claims_for(client_id: str, token_endpoint: str, now: float, **changes: Any) -> dict[str, Any]:
    """The claims of an assertion that holds; None leaves one out."""
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": token_endpoint,
        "iat": int(now),
        "exp": int(now) + 240,
        "jti": f"jti-{next(_COUNT)}",
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


def assertion_form(assertion: str) -> dict[str, str]:
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return {"client_assertion_type": kind, "client_assertion": assertion}
