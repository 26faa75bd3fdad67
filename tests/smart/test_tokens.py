"""Tokens: signed, verified, decoded; and PKCE."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any

import pytest

from workbench.errors import WorkbenchError
from workbench.smart.tokens import TokenKey, decode_token, make_challenge, make_thumbprint, make_verifier, verify_token

KEY = TokenKey.make()
OTHER = TokenKey.make()


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": "http://issuer", "sub": "raman", "aud": "app", "iat": now, "exp": now + 60} | changes


def test_an_id_token_is_verified_with_the_published_key() -> None:
    token = KEY.sign(claims(fhirUser="Practitioner/x"))
    found = verify_token(token, KEY.to_jwks(), audience="app", issuer="http://issuer")
    assert found["fhirUser"] == "Practitioner/x"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "other"}, "[Aa]udience"),
        ({"iss": "http://other"}, "issuer"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "exp"),
    ],
)
def test_an_id_token_that_does_not_hold_is_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(WorkbenchError, match=reason):
        verify_token(KEY.sign(claims(**changes)), KEY.to_jwks(), audience="app", issuer="http://issuer")


def test_an_id_token_of_another_key_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="does not publish"):
        verify_token(OTHER.sign(claims()), KEY.to_jwks(), audience="app", issuer="http://issuer")


def test_an_id_token_changed_on_its_way_is_refused() -> None:
    header, _, signature = KEY.sign(claims()).split(".")
    body = KEY.sign(claims(sub="berg")).split(".")[1]
    with pytest.raises(WorkbenchError, match="does not hold"):
        verify_token(f"{header}.{body}.{signature}", KEY.to_jwks(), audience="app", issuer="http://issuer")


def test_the_published_key_holds_nothing_private() -> None:
    (key,) = KEY.to_jwks()["keys"]
    assert set(key) == {"kty", "n", "e", "alg", "use", "kid"}


def test_a_token_is_decoded_for_display_whoever_signed_it() -> None:
    header, body = decode_token(OTHER.sign(claims()))
    assert (header["alg"], header["kid"], body["sub"]) == ("RS256", OTHER.id, "raman")


@pytest.mark.parametrize("text", ["", "abc", "a.b", "a.b.c", "W10.W10.x", "....", "e30.é.x"])
def test_what_is_no_jwt_is_told_in_words(text: str) -> None:
    with pytest.raises(WorkbenchError, match="is not a JWT"):
        decode_token(text)


def test_the_challenge_is_the_one_of_rfc_7636() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert make_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_verifier_has_at_least_43_characters_of_the_alphabet() -> None:
    assert make_verifier(b"\xff" * 32) == "_" * 42 + "8"
    with pytest.raises(ValueError, match="32"):
        make_verifier(b"x" * 16)


def test_a_thumbprint_is_the_same_in_whatever_order_the_members_of_the_key_come() -> None:
    """The digest is that of the text as RFC 7638 (3.3) has it written, with its members in order and no blank."""
    coded = hashlib.sha256(b'{"e":"AQAB","kty":"RSA","n":"0vx7"}').digest()
    expected = base64.urlsafe_b64encode(coded).decode().rstrip("=")
    assert make_thumbprint({"kty": "RSA", "n": "0vx7", "e": "AQAB"}) == expected
    assert make_thumbprint({"e": "AQAB", "kty": "RSA", "n": "0vx7"}) == expected
