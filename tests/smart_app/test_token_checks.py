"""Each check of an id token holds where it should, and fails alone where one thing is wrong."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from workbench.smart_app.token_checks import ExpectedToken, TokenCheck, check_id_token

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
RSA_KEY, OTHER = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)
P256, P384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
EDWARDS, ENCRYPTING = ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)
PRIVATE: dict[str, Any] = {"rsa": RSA_KEY, "other": OTHER, "p256": P256, "p384": P384, "ed": EDWARDS, "enc": ENCRYPTING}
JWKS: dict[str, Any] = {
    "keys": [
        {**RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True), "kid": "rsa", "use": "sig"},
        {**ECAlgorithm.to_jwk(P256.public_key(), as_dict=True), "kid": "p256", "alg": "ES256"},
        {**ECAlgorithm.to_jwk(P384.public_key(), as_dict=True), "kid": "p384"},
        {**OKPAlgorithm.to_jwk(EDWARDS.public_key(), as_dict=True), "kid": "ed"},
        {**RSAAlgorithm.to_jwk(ENCRYPTING.public_key(), as_dict=True), "kid": "enc", "use": "enc"},
        {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXM", "kid": "oct"},
        {"kty": "RSA", "n": 7, "kid": "broken"},
        "no key at all",
    ]
}
EXPECTED = ExpectedToken("app", NOW, issuer="https://ehr.example", nonce="nonce-1", access_token="access-1")


def stamp(seconds: float) -> int:
    return int((NOW + timedelta(seconds=seconds)).timestamp())


def claims(**changes: Any) -> dict[str, Any]:
    usual = {
        "iss": "https://ehr.example",
        "sub": "raman",
        "aud": "app",
        "iat": stamp(-1),
        "exp": stamp(300),
        "nonce": "nonce-1",
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def sign(body: dict[str, Any], key: str = "rsa", algorithm: str = "RS256", **header: Any) -> str:
    named = {"kid": key, **header}
    return jwt.encode(body, PRIVATE[key], algorithm, headers={n: v for n, v in named.items() if v is not None})


def unsigned(header: dict[str, Any], body: dict[str, Any], signature: str = "") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, body))
    return ".".join((*parts, signature))


def judged(token: str, expected: ExpectedToken = EXPECTED, jwks: Any = JWKS) -> dict[str, TokenCheck]:
    checks = check_id_token(token, expected, jwks)
    assert all(check.sentence.endswith(".") for check in checks)
    return {check.name: check for check in checks}


def failed(token: str, expected: ExpectedToken = EXPECTED, jwks: Any = JWKS) -> set[str]:
    return {name for name, check in judged(token, expected, jwks).items() if check.holds is not True}


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        ("rsa", "RS256"),
        ("rsa", "RS384"),
        ("rsa", "PS256"),
        ("p256", "ES256"),
        ("p384", "ES384"),
        ("ed", "EdDSA"),
    ],
)
def test_an_id_token_that_holds_passes_each_check(key: str, algorithm: str) -> None:
    checks = judged(sign(claims(), key, algorithm))
    assert all(check.holds for check in checks.values()), checks
    assert set(checks) == {
        "form", "algorithm", "key", "signature", "issuer", "audience", "subject", "expiry", "issued", "nonce"
    }  # fmt: skip


def test_a_token_that_names_no_key_is_held_against_all_that_fit() -> None:
    assert failed(sign(claims(), kid=None)) == set()
    assert failed(sign(claims(), "other", kid=None)) == {"signature"}


WRONG: dict[str, tuple[str, set[str]]] = {
    "another issuer": (sign(claims(iss="https://evil.example")), {"issuer"}),
    "an issuer with a slash more": (sign(claims(iss="https://ehr.example/")), {"issuer"}),
    "no issuer": (sign(claims(iss=None)), {"issuer"}),
    "another audience": (sign(claims(aud="other")), {"audience"}),
    "audiences without the app": (sign(claims(aud=["a", "b"])), {"audience"}),
    "no audience": (sign(claims(aud=None)), {"audience"}),
    "an audience that is a number": (sign(claims(aud=7)), {"audience"}),
    "given to another party": (sign(claims(aud=["app", "b"], azp="b")), {"authorized party"}),
    "another nonce": (sign(claims(nonce="nonce-2")), {"nonce"}),
    "a nonce that is a list": (sign(claims(nonce=["nonce-1"])), {"nonce"}),
    "no nonce": (sign(claims(nonce=None)), {"nonce"}),
    "expired": (sign(claims(exp=stamp(-120))), {"expiry"}),
    "no end": (sign(claims(exp=None)), {"expiry"}),
    "an end beyond all time": (sign(claims(exp=10**30)), {"expiry"}),
    "an end in words": (unsigned({"alg": "RS256", "kid": "rsa"}, claims(exp="soon"), "eA"), {"expiry", "signature"}),
    "issued in the future": (sign(claims(iat=stamp(300))), {"issued"}),
    "issued long ago": (sign(claims(iat=stamp(-3600))), {"issued"}),
    "never issued": (sign(claims(iat=None)), {"issued"}),
    "nobody": (sign(claims(sub="")), {"subject"}),
    "a key that is not published": (sign(claims(), "other"), {"key", "signature"}),
    "another key under a published name": (sign(claims(), "other", kid="rsa"), {"signature"}),
    "a published key of another kind": (sign(claims(), "rsa", kid="p256"), {"key", "signature"}),
    "a key for another algorithm": (sign(claims(), "p384", "ES384", kid="p256"), {"key", "signature"}),
    "a key that is published for encryption": (sign(claims(), "enc"), {"key", "signature"}),
    "a key that cannot be read": (sign(claims(), "other", kid="broken"), {"signature"}),
    "not signed": (unsigned({"alg": "none"}, claims()), {"algorithm", "signature"}),
    "not signed, written otherwise": (unsigned({"alg": "NoNe"}, claims()), {"algorithm", "signature"}),
    "not signed, and a signature beside": (unsigned({"alg": "none"}, claims(), "eA"), {"algorithm", "signature"}),
    "no algorithm": (unsigned({"kid": "rsa"}, claims(), "eA"), {"algorithm", "signature"}),
    "an algorithm that is a number": (unsigned({"alg": 256}, claims(), "eA"), {"algorithm", "signature"}),
    "signed with a shared secret": (
        jwt.encode(claims(), "secret-secret-secret-secret-secret", "HS256", headers={"kid": "rsa"}),
        {"algorithm", "signature"},
    ),
    "an extension that must be known": (
        unsigned({"alg": "RS256", "kid": "rsa", "crit": ["x"]}, claims(), "eA"),
        {"algorithm", "signature"},
    ),
    "a signature cut off": (sign(claims()).rpartition(".")[0] + ".", {"signature"}),
    "a body changed": (
        ".".join((sign(claims()).split(".")[0], sign(claims(sub="b")).split(".")[1], sign(claims()).split(".")[2])),
        {"signature"},
    ),
    "of another access token": (sign(claims(at_hash="AAAA")), {"access token"}),
    "no JWT": ("abc", {"form"}),
    "five parts": ("a.b.c.d.e", {"form"}),
    "empty": ("", {"form"}),
    "lists for parts": ("W10.W10.x", {"form"}),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_fails_its_own_check_and_no_other(case: str) -> None:
    token, names = WRONG[case]
    assert failed(token) == names


def test_the_hash_of_the_access_token_is_its_left_half() -> None:
    half = base64.urlsafe_b64encode(hashlib.sha256(b"access-1").digest()[:16]).rstrip(b"=").decode()
    assert judged(sign(claims(at_hash=half)))["access token"].holds is True


def test_keys_that_could_not_be_had_leave_the_signature_open() -> None:
    (check,) = (c for c in check_id_token(sign(claims()), EXPECTED, None, "They did not come.") if c.holds is None)
    assert (check.name, check.sentence) == ("signature", "They did not come.")


def test_an_issuer_that_discovery_did_not_name_is_left_open() -> None:
    assert judged(sign(claims()), replace(EXPECTED, issuer=""))["issuer"].holds is None


def test_after_a_refresh_the_nonce_may_be_left_out_and_must_not_be_another() -> None:
    refreshed = replace(EXPECTED, refreshed=True, subject="raman")
    assert failed(sign(claims(nonce=None)), refreshed) == set()
    assert failed(sign(claims(nonce="nonce-2")), refreshed) == {"nonce"}
    assert failed(sign(claims(sub="berg")), refreshed) == {"subject"}


def test_a_small_difference_of_clocks_is_let_be() -> None:
    assert failed(sign(claims(iat=stamp(20), exp=stamp(-20)))) == set()


def test_a_key_too_short_to_prove_anything_proves_nothing() -> None:
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused
    with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
        token = jwt.encode(claims(), small, "RS256", headers={"kid": "small"})
    keys = {"keys": [{**RSAAlgorithm.to_jwk(small.public_key(), as_dict=True), "kid": "small"}]}
    assert failed(token, jwks=keys) == {"signature"}


@pytest.mark.parametrize("keys", [{}, {"keys": None}, {"keys": {}}, {"keys": []}])
def test_keys_that_are_no_keys_do_not_fit(keys: Any) -> None:
    assert failed(sign(claims()), jwks=keys) == {"key", "signature"}
