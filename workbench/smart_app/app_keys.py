"""Keys of an app: the pair that signs its client assertions, read, written, and shown as a JWK Set (RFC 7517).

SMART App Launch 2.2 asks for RS384 or ES384; a key's id is its thumbprint (RFC 7638), unless it came with one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.errors import WorkbenchError
from workbench.smart.client_methods import SigningAlgorithm
from workbench.smart.tokens import make_thumbprint

SMALLEST_RSA = 2048


@dataclass(frozen=True, slots=True)
class AppKey:
    """A private key of the app, kept as unencrypted PKCS #8 PEM; it never leaves the app but as its public half."""

    algorithm: SigningAlgorithm
    id: str
    pem: str = field(repr=False)

    def sign(self, claims: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> str:
        import jwt

        return jwt.encode(dict(claims), _load(self.pem), self.algorithm, headers={"kid": self.id, **(headers or {})})

    def to_public_jwk(self) -> dict[str, Any]:
        numbers = _public_numbers(_load(self.pem))
        return {**numbers, "alg": self.algorithm, "use": "sig", "key_ops": ["verify"], "kid": self.id}


def make_app_key(algorithm: SigningAlgorithm = "RS384") -> AppKey:
    """A new key from the operating system's randomness; RSA takes some tenths of a second, and is taken everywhere."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if algorithm == "ES384":
        return _from_private(ec.generate_private_key(ec.SECP384R1()), "")
    return _from_private(rsa.generate_private_key(public_exponent=65537, key_size=3072), "")


def to_jwks(keys: Iterable[AppKey]) -> dict[str, Any]:
    """The public halves as the document that a hospital registers."""
    return {"keys": [key.to_public_jwk() for key in keys]}


def parse_app_key(text: str) -> AppKey:
    """Read a private key from PEM, a JWK or a JWK Set; raises WorkbenchError where it cannot sign as SMART asks."""
    if text.lstrip().startswith("{"):
        return _parse_jwk(text)
    return _from_private(_load(text, trusted=False), "")


def _parse_jwk(text: str) -> AppKey:
    from jwt import PyJWK, PyJWTError

    try:
        value = json.loads(text)
        listed = value.get("keys") if isinstance(value.get("keys"), list) else [value]
        found = next((jwk for jwk in listed if isinstance(jwk, dict) and "d" in jwk), None)
        if found is None:
            raise WorkbenchError(
                "The JWK holds no private key.", hint="Give the file with the member “d”: the public half cannot sign."
            )
        return _from_private(PyJWK.from_dict(_with_own_algorithm(found)).key, str(found.get("kid", "")))
    except (ValueError, KeyError, TypeError, RecursionError, PyJWTError) as error:
        raise WorkbenchError(f"The text is not a JWK: {error}.") from error


def _with_own_algorithm(jwk: dict[str, Any]) -> dict[str, Any]:
    """With the algorithm of its type, whatever it says itself, so that the key alone decides what it is good for."""
    algorithm = {"RSA": "RS384", "EC": "ES384"}.get(str(jwk.get("kty")))
    return {**jwk, "alg": algorithm} if algorithm else jwk


def _from_private(private: Any, key_id: str) -> AppKey:
    from cryptography.hazmat.primitives import serialization

    algorithm = _algorithm_of(private)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return AppKey(algorithm, key_id or make_thumbprint(_public_numbers(private)), pem.decode("ascii"))


def _algorithm_of(private: Any) -> SigningAlgorithm:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name == "secp384r1":
        return "ES384"
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= SMALLEST_RSA:
        return "RS384"
    what = f"an RSA key of {private.key_size} bits" if isinstance(private, rsa.RSAPrivateKey) else "of another kind"
    raise WorkbenchError(
        f"The private key cannot sign as SMART asks: it is {what}.",
        hint=f"Take an RSA key of {SMALLEST_RSA} bits or more (RS384), or an EC key on P-384 (ES384).",
    )


def _public_numbers(private: Any) -> dict[str, str]:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from jwt.algorithms import ECAlgorithm, RSAAlgorithm

    kind = RSAAlgorithm if isinstance(private, rsa.RSAPrivateKey) else ECAlgorithm
    jwk = kind.to_jwk(private.public_key(), as_dict=True)
    return {name: str(jwk[name]) for name in ("crv", "e", "kty", "n", "x", "y") if name in jwk}


def _load(pem: str, *, trusted: bool = True) -> Any:
    """The key of a PEM text; one that is our own is not tested again, which takes longer than to sign."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem.encode("utf-8", "replace"), None, unsafe_skip_rsa_key_validation=trusted)
    except TypeError as error:
        raise WorkbenchError(
            "The private key is encrypted with a passphrase.", hint="Write it without one, as unencrypted PKCS #8."
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise WorkbenchError(
            "The text is not a private key: neither PEM nor a JWK can be read in it.",
            hint="A PEM file begins with “-----BEGIN PRIVATE KEY-----”.",
        ) from error
