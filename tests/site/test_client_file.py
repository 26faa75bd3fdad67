"""Clients of a site file: each with the credentials of its own way, and never a secret."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.authorization_server.client_keys import EC_KEY, RSA_KEY
from workbench.authorization_server.rules import Client
from workbench.errors import WorkbenchError
from workbench.site.client_file import read_clients
from workbench.yaml_file import parse_yaml

DIGEST = hashlib.sha256(b"a secret").hexdigest()


def read(*lines: str) -> Client:
    text = "night:\n" + "".join(f"  {line}\n" for line in ("name: At night", *lines))
    (client,) = read_clients(parse_yaml(text, "mine.yaml"))
    return client


def test_an_app_is_public_unless_it_says_otherwise() -> None:
    client = read("redirect_uris: [http://127.0.0.1/callback]", "launch_uri: http://127.0.0.1/launch")
    assert client == Client("night", "At night", ("http://127.0.0.1/callback",), "http://127.0.0.1/launch")


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
def test_a_secret_is_held_as_its_digest(way: str) -> None:
    client = read("redirect_uris: []", f"authentication: {way}", f"secret_sha256: {DIGEST.upper()}")
    assert (client.authentication, client.secret_sha256) == (way, DIGEST)
    assert DIGEST not in repr(client)


def test_keys_stand_as_a_document_or_at_an_address() -> None:
    document = json.dumps({"keys": [RSA_KEY.jwk, EC_KEY.jwk]})
    client = read("authentication: private_key_jwt", "scope: system/*.rs", f"jwks: {document}")
    assert client.jwks == {"keys": [RSA_KEY.jwk, EC_KEY.jwk]}
    assert all(type(key) is dict for key in client.jwks["keys"])
    client = read("authentication: private_key_jwt", "scope: system/*.rs", "jwks_uri: https://app.example/jwks")
    assert (client.jwks, client.jwks_uri) == (None, "https://app.example/jwks")


def test_a_backend_service_needs_no_redirect_address() -> None:
    client = read("authentication: private_key_jwt", "scope: system/Patient.rs  system/Observation.rs")
    assert client.scope == "system/Patient.rs system/Observation.rs"
    assert client.is_backend_service
    with pytest.raises(WorkbenchError, match="redirect_uris” is missing"):
        read("authentication: private_key_jwt")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["authentication: secret"], "must be one of none, client_secret_basic"),
        (["authentication: client_secret_basic", "secret_sha256: s3cret"], "64 hexadecimal letters"),
        (["authentication: client_secret_basic", "client_secret: s3cret"], "“night.client_secret” is not known here"),
        ([f"secret_sha256: {DIGEST}"], "of no use to an app with authentication none"),
        (["authentication: private_key_jwt", f"secret_sha256: {DIGEST}"], "of no use"),
        (["authentication: client_secret_post", "jwks_uri: https://app.example/jwks"], "of no use"),
        (["authentication: private_key_jwt", "jwks: {keys: []}"], "cannot be used"),
        (["authentication: private_key_jwt", "jwks: {keys: [{kid: a, kty: oct, k: abc}]}"], "private half"),
        (["authentication: private_key_jwt", "jwks: text"], "must be a mapping"),
        (
            ["authentication: private_key_jwt", "jwks_uri: https://a.example", f"jwks: {json.dumps(EC_KEY.jwks)}"],
            "stand in “jwks” already",
        ),
        (["authentication: private_key_jwt", "jwks_uri: http://app.example/jwks"], "must be https"),
        (["authentication: private_key_jwt", "scope: patient/Patient.rs"], "not a scope of a backend service"),
        (["authentication: private_key_jwt", "scope: system/Patient"], "not a scope of a backend service"),
        (["scope: system/Patient.rs"], "must show that it is itself"),
        (["redirect_uris: ['https://app.example/back#top']"], "is not a whole address"),
        (["redirect_uris: ['javascript:alert(1)']"], "No app is at the redirect address"),
    ],
)
def test_what_could_never_be_used_is_refused_with_its_place(lines: list[str], sentence: str) -> None:
    usual = [] if lines[0].startswith("redirect_uris") else ["redirect_uris: [http://127.0.0.1/callback]"]
    with pytest.raises(WorkbenchError) as caught:
        read(*usual, *lines)
    assert sentence in caught.value.message
    assert caught.value.line is not None
