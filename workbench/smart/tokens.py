"""Tokens of a launch: id tokens signed and verified, any token shown decoded, and PKCE's verifier and challenge."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from workbench.errors import WorkbenchError

ALGORITHM = "RS256"


def make_verifier(random: bytes) -> str:
    """A PKCE code verifier of at least 43 characters from at least 32 random bytes (RFC 7636, 4.1)."""
    if len(random) < 32:
        raise ValueError("a code verifier needs at least 32 random bytes")
    return to_base64url(random)


def make_challenge(verifier: str) -> str:
    """The S256 challenge of a code verifier (RFC 7636, 4.2)."""
    return to_base64url(hashlib.sha256(verifier.encode("ascii", "replace")).digest())


def decode_token(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a JWT for display, nothing verified; raises WorkbenchError where it is none."""
    parts = text.strip().split(".")
    if len(parts) != 3:
        raise WorkbenchError("The token is not a JWT: it needs three parts divided by dots.")
    header, claims = (_parse_part(part, name) for part, name in zip(parts[:2], ("header", "claims"), strict=True))
    return header, claims


class TokenKey:
    """An RSA key pair that signs id tokens; `make` takes the operating system's randomness."""

    def __init__(self, private_key: Any) -> None:
        self._private_key = private_key
        self.id = make_thumbprint(self._public_numbers())

    @classmethod
    def make(cls) -> TokenKey:
        from cryptography.hazmat.primitives.asymmetric import rsa

        return cls(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def sign(self, claims: Mapping[str, Any], key_id: str = "") -> str:
        """A JWT that names this key, or another one by its `key_id`, which is then a forgery."""
        import jwt

        return jwt.encode(dict(claims), self._private_key, ALGORITHM, headers={"kid": key_id or self.id})

    def to_jwks(self) -> dict[str, Any]:
        """The public half as a JWK Set (RFC 7517)."""
        return {"keys": [{**self._public_numbers(), "alg": ALGORITHM, "use": "sig", "kid": self.id}]}

    def _public_numbers(self) -> dict[str, str]:
        from jwt.algorithms import RSAAlgorithm

        jwk = RSAAlgorithm.to_jwk(self._private_key.public_key(), as_dict=True)
        return {name: jwk[name] for name in ("e", "kty", "n")}


def verify_token(text: str, jwks: Mapping[str, Any], *, audience: str, issuer: str) -> dict[str, Any]:
    """Return the claims of an RS256 id token; raises WorkbenchError with the reason where it does not hold."""
    import jwt

    try:
        key_id = jwt.get_unverified_header(text).get("kid")
        keys = jwt.PyJWKSet.from_dict(dict(jwks)).keys
        key = next((key for key in keys if key.key_id == key_id), None)
        if key is None:
            raise WorkbenchError(f"The id token is signed with the key “{key_id}”, which the site does not publish.")
        claims: dict[str, Any] = jwt.decode(
            text,
            key,
            [ALGORITHM],
            audience=audience,
            issuer=issuer,
            leeway=5,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
        return claims
    except (jwt.PyJWTError, ValueError) as error:
        raise WorkbenchError(f"The id token does not hold: {error}.") from error


def _parse_part(part: str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(from_base64url(part))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise WorkbenchError(f"The token is not a JWT: its {name} cannot be read as JSON.") from error
    if not isinstance(value, dict):
        raise WorkbenchError(f"The token is not a JWT: its {name} must be a JSON object.")
    return value


def make_thumbprint(public: Mapping[str, str]) -> str:
    """RFC 7638: the hash of the key's required members in order, and those are all that `public` holds."""
    text = json.dumps(dict(sorted(public.items())), separators=(",", ":"))
    return to_base64url(hashlib.sha256(text.encode("ascii")).digest())


def to_base64url(data: bytes) -> str:
    """Without the padding, as all of JOSE writes it (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """The bytes of a text with or without its padding; raises ValueError where it is none."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
