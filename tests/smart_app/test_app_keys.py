"""Keys of the app: made, written, read, and shown as the document that a hospital registers."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from workbench.errors import WorkbenchError
from workbench.smart.client_methods import SIGNING_ALGORITHMS
from workbench.smart_app.app_keys import AppKey, make_app_key, parse_app_key, to_jwks

KEYS = {algorithm: make_app_key(algorithm) for algorithm in SIGNING_ALGORITHMS}


def to_pem(private: Any, password: bytes = b"") -> str:
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return str(private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how), "ascii")


@pytest.mark.parametrize("algorithm", SIGNING_ALGORITHMS)
def test_what_a_key_signs_is_verified_by_its_public_half(algorithm: str) -> None:
    key = KEYS[algorithm]
    token = key.sign({"iss": "app"}, {"jku": "https://app.example/jwks"})
    published = jwt.PyJWKSet.from_dict(to_jwks([key]))[key.id]
    assert jwt.decode(token, published, [algorithm]) == {"iss": "app"}
    assert jwt.get_unverified_header(token) == {
        "alg": algorithm,
        "kid": key.id,
        "jku": "https://app.example/jwks",
        "typ": "JWT",
    }


@pytest.mark.parametrize("algorithm", SIGNING_ALGORITHMS)
def test_the_published_half_holds_nothing_private(algorithm: str) -> None:
    numbers = {"RS384": {"n", "e"}, "ES384": {"crv", "x", "y"}}[algorithm]
    (jwk,) = to_jwks([KEYS[algorithm]])["keys"]
    assert set(jwk) == {"kty", "alg", "use", "key_ops", "kid"} | numbers


def test_the_id_is_the_thumbprint_of_rfc_7638() -> None:
    # The key of RFC 7638, 3.1, has no private half, so the rule is applied to a JWK of ours by another library's hand.
    jwk = KEYS["ES384"].to_public_jwk()
    text = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    digest = jwt.utils.base64url_encode(hashlib.sha256(text.encode()).digest()).decode()
    assert jwk["kid"] == digest


def test_a_key_of_p_384_is_published_at_its_full_length() -> None:
    for _ in range(40):
        jwk = make_app_key("ES384").to_public_jwk()
        assert {len(jwk["x"]), len(jwk["y"])} == {64}


@pytest.mark.parametrize("algorithm", SIGNING_ALGORITHMS)
def test_a_key_reads_back_from_its_pem(algorithm: str) -> None:
    assert parse_app_key(KEYS[algorithm].pem) == KEYS[algorithm]


def test_a_private_jwk_keeps_its_own_id_and_needs_no_alg() -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    jwk = {**ECAlgorithm.to_jwk(private, as_dict=True), "kid": "mine"}
    key = parse_app_key(json.dumps({"keys": [KEYS["RS384"].to_public_jwk(), jwk]}))
    assert (key.algorithm, key.id) == ("ES384", "mine")
    assert jwt.decode(key.sign({"a": 1}), private.public_key(), ["ES384"]) == {"a": 1}
    rsa_jwk = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048), as_dict=True)
    assert parse_app_key(json.dumps(rsa_jwk)).algorithm == "RS384"


SMALL = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused
BAD = {
    "no key": ("hello", "neither PEM nor a JWK"),
    "empty": ("", "neither PEM nor a JWK"),
    "not unicode": ("\udcff", "neither PEM nor a JWK"),
    "a passphrase": (to_pem(ec.generate_private_key(ec.SECP384R1()), b"geheim"), "passphrase"),
    "a small key": (to_pem(SMALL), "1024 bits"),
    "another curve": (to_pem(ec.generate_private_key(ec.SECP256R1())), "another kind"),
    "another curve's JWK": (ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1())), "another kind"),
    "a public JWK": (json.dumps(KEYS["ES384"].to_public_jwk()), "no private key"),
    "an empty set": ('{"keys": []}', "no private key"),
    "a broken JWK": ('{"kty": "RSA", "d": "AQ"}', "not a JWK"),
    "a symmetric JWK": ('{"kty": "oct", "k": "AQ", "d": "AQ"}', "another kind"),
    "broken JSON": ('{"kty":', "not a JWK"),
    "keys that are none": ('{"keys": [1, null]}', "no private key"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_sign_as_smart_asks_is_told_in_words(case: str) -> None:
    text, words = BAD[case]
    with pytest.raises(WorkbenchError, match=words):
        parse_app_key(text)


def test_a_key_shows_nothing_private_in_its_representation() -> None:
    key = KEYS["ES384"]
    assert "PRIVATE" not in repr(key) and isinstance(key, AppKey)
