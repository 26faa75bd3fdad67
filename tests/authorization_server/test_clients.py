"""Clients: what a site may register of an app, and what could never be taken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.authorization_server.client_keys import EC_KEY, RSA_KEY, ClientKey
from workbench.authorization_server.clients import judge_client
from workbench.authorization_server.rules import Client

APP = Client("app", "An app", ("https://app.example/back",), authentication="private_key_jwt")
WEAK = ClientKey(rsa.generate_private_key(65537, 1024), "RS384", "weak")  # noqa: S505 - the weak one is the point
OTHER_CURVE = ClientKey(ec.generate_private_key(ec.SECP256R1()), "ES256", "p-256")


@pytest.mark.parametrize(
    "address",
    [
        "https://app.example/back?x=1",
        "http://127.0.0.1/callback",
        "http://[::1]:5000/callback",
        "com.example.app:/callback",
        "com.example.app://callback",
        "urn:ietf:wg:oauth:2.0:oob",
    ],
)
def test_an_address_of_the_web_of_this_machine_or_of_a_native_app_is_taken(address: str) -> None:
    assert judge_client(replace(APP, redirect_uris=(address,))) == ""


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/callback",
        "app.example/back",
        "https:",
        "https://app.example/back#there",
        "https://app.example/ba ck",
        "https://app.example/back\r\nSet-Cookie: a=b",
        "https://app.example\\@evil.example/",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
    ],
)
def test_an_address_where_no_app_can_be_is_not_registered(address: str) -> None:
    assert "redirect address" in judge_client(replace(APP, redirect_uris=(*APP.redirect_uris, address)))


def test_sound_keys_are_taken() -> None:
    assert judge_client(replace(APP, jwks={"keys": [RSA_KEY.jwk, EC_KEY.jwk]})) == ""
    for address in ("https://app.example/keys", "http://127.0.0.1:9000/keys", "http://localhost/keys"):
        assert judge_client(replace(APP, jwks_uri=address)) == ""


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ([], "a key at least"),
        ([WEAK.jwk], "neither RSA of 2048 bits nor EC on P-384"),
        ([RSA_KEY.jwk, OTHER_CURVE.jwk], "neither RSA of 2048 bits nor EC on P-384"),
        ([RSA_KEY.private_jwk], "private half"),
        ([{"kty": "oct", "k": "c2VjcmV0", "kid": "shared"}], "private half"),
        ([{**RSA_KEY.jwk, "kid": None}], "no name (kid)"),
    ],
)
def test_weak_or_private_keys_are_not_registered(keys: list[dict[str, object]], words: str) -> None:
    assert words in judge_client(replace(APP, jwks={"keys": keys}))


@pytest.mark.parametrize(
    "address", ["http://app.example/keys", "ftp://app.example/keys", "https://", "https://x:99999/", "keys.json"]
)
def test_keys_are_had_by_https_or_from_this_machine(address: str) -> None:
    assert "address of keys" in judge_client(replace(APP, jwks_uri=address))
