"""How a client shows at the token endpoint that it is itself, and every way in which that does not hold."""

from __future__ import annotations

import base64
import hmac
import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.authorization_server.client_keys import EC_KEY, RSA_KEY, ClientKey, assertion_form, claims_for
from tests.authorization_server.test_authorization import TOKEN_ENDPOINT, Server, refused
from workbench.authorization_server.client_assertion import find_weak_keys
from workbench.authorization_server.client_authentication import digest_secret
from workbench.authorization_server.refusal import Refusal
from workbench.authorization_server.rules import Client

SECRET = "a secret: with %, + and ü"
BASIC = Client("basic", "By header", authentication="client_secret_basic", secret_sha256=digest_secret(SECRET))
POST = replace(BASIC, id="post", authentication="client_secret_post")
SIGNING = Client("signing", "By key", authentication="private_key_jwt", jwks={"keys": [RSA_KEY.jwk, EC_KEY.jwk]})
PUBLIC = Client("public", "By name")
JWKS_URI = "https://app.example/jwks"


@pytest.fixture
def server() -> Server:
    return Server(BASIC, POST, SIGNING, PUBLIC)


def basic(client_id: str, secret: str) -> str:
    text = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def assertion(server: Server, key: ClientKey = RSA_KEY, /, **changes: Any) -> dict[str, str]:
    return assertion_form(key.sign(claims_for("signing", TOKEN_ENDPOINT, server.now.timestamp(), **changes)))


def show(server: Server, given: dict[str, str], authorization: str = "") -> Client | Refusal:
    return server.authenticator.authenticate(given, authorization)


def test_a_public_client_is_named_by_its_id_alone(server: Server) -> None:
    assert show(server, {"client_id": "public"}) == PUBLIC


def test_a_secret_in_the_header_is_form_encoded_before_it_is_joined(server: Server) -> None:
    assert show(server, {}, basic("basic", SECRET)) == BASIC
    assert show(server, {"client_id": "basic"}, basic("basic", SECRET).replace("Basic", "bASIC")) == BASIC


def test_a_secret_in_the_form_is_taken_as_it_is(server: Server) -> None:
    assert show(server, {"client_id": "post", "client_secret": SECRET}) == POST


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY], ids=["RS384", "ES384"])
def test_an_assertion_of_a_registered_key_is_taken(server: Server, key: ClientKey) -> None:
    assert show(server, assertion(server, key)) == SIGNING
    assert show(server, assertion(server, key) | {"client_id": "signing"}) == SIGNING
    assert show(server, assertion(server, key, aud=["https://other.example", TOKEN_ENDPOINT])) == SIGNING


@pytest.mark.parametrize(
    ("given", "authorization"),
    [
        ({}, basic("basic", "wrong")),
        ({}, basic("basic", "")),
        ({}, basic("post", SECRET)),
        ({}, basic("public", SECRET)),
        ({}, basic("nobody", SECRET)),
        ({}, "Basic %%%"),
        ({}, "Basic /w=="),
        ({}, f"Basic {base64.b64encode(b'basic').decode()}"),
        ({}, f"Basic {base64.b64encode(b'basic:%ff').decode()}"),
        ({}, "Bearer some-token"),
        ({"client_id": "post", "client_secret": "wrong"}, ""),
        ({"client_id": "basic", "client_secret": SECRET}, ""),
        ({"client_id": "public", "client_secret": SECRET}, ""),
        ({"client_id": "basic"}, ""),
        ({"client_id": "signing"}, ""),
        ({"client_id": "nobody"}, ""),
        ({}, ""),
    ],
)
def test_a_client_that_is_not_shown_as_it_registered_is_refused(
    server: Server, given: dict[str, str], authorization: str
) -> None:
    refusal = refused(show(server, given, authorization))
    assert (refusal.error, refusal.status) == ("invalid_client", 401)
    assert refusal.challenge.startswith("Basic ")


def test_a_client_without_a_secret_is_not_opened_by_an_empty_one() -> None:
    server = Server(replace(BASIC, secret_sha256=""))
    assert refused(show(server, {}, basic("basic", ""))).error == "invalid_client"


def test_a_secret_that_was_not_form_encoded_is_refused_and_told_so(server: Server) -> None:
    header = f"Basic {base64.b64encode(f'basic:{SECRET}'.encode()).decode()}"
    assert "form-encoded" in refused(show(server, {}, header)).description
    assert "form-encoded" not in refused(show(server, {}, basic("basic", "wrong"))).description


def test_more_than_one_way_in_a_request_is_refused_whatever_each_is_worth(server: Server) -> None:
    both: list[tuple[dict[str, str], str]] = [
        ({"client_id": "basic", "client_secret": SECRET}, basic("basic", SECRET)),
        (assertion(server) | {"client_secret": SECRET}, ""),
        (assertion(server), basic("basic", SECRET)),
    ]
    for given, authorization in both:
        refusal = refused(show(server, given, authorization))
        assert (refusal.error, refusal.status) == ("invalid_request", 400)


def test_a_form_that_names_another_client_than_the_header_is_refused(server: Server) -> None:
    assert refused(show(server, {"client_id": "post"}, basic("basic", SECRET))).error == "invalid_request"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"iss": "other"}, "“iss”"),
        ({"iss": None}, "“iss”"),
        ({"aud": "https://other.example/token"}, "another place"),
        ({"aud": f"{TOKEN_ENDPOINT}/"}, "another place"),
        ({"aud": None}, "another place"),
        ({"exp": None}, "until when"),
        ({"exp": True}, "until when"),
        ({"exp": "soon"}, "until when"),
        ({"exp": 10**400}, "until when"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": 7}, "jti"),
    ],
)
def test_an_assertion_with_wrong_claims_is_refused(server: Server, changes: dict[str, Any], sentence: str) -> None:
    claims = claims_for("signing", TOKEN_ENDPOINT, server.now.timestamp(), **changes)
    # PyJWT would not write some of these, so their text is signed as it is.
    signed = jwt.api_jws.encode(
        json.dumps(claims).encode(), RSA_KEY.private, "RS384", headers={"kid": "rsa-1", "typ": "JWT"}
    )
    refusal = refused(show(server, assertion_form(signed)))
    assert refusal.error == "invalid_client"
    assert sentence in refusal.description


@pytest.mark.parametrize(
    ("seconds", "is_taken"), [(310, True), (311, False), (301, True), (-9, True), (-10, False), (-3600, False)]
)
def test_an_assertion_holds_five_minutes_at_most_and_clocks_may_differ_by_ten_seconds(
    server: Server, seconds: int, is_taken: bool
) -> None:
    expires = int(server.now.timestamp()) + seconds
    assert (show(server, assertion(server, exp=expires, iat=None)) == SIGNING) is is_taken


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_an_assertion_of_the_future_is_refused(server: Server, claim: str) -> None:
    now = int(server.now.timestamp())
    assert show(server, assertion(server, **{claim: now + 10})) == SIGNING
    assert f"“{claim}”" in refused(show(server, assertion(server, **{claim: now + 11}))).description


def test_an_assertion_is_taken_once_in_its_life(server: Server) -> None:
    form = assertion(server, jti="once")
    assert show(server, form) == SIGNING
    assert "came before" in refused(show(server, form)).description
    assert "came before" in refused(show(server, assertion(server, EC_KEY, jti="once"))).description
    server.now += timedelta(seconds=249)
    assert "came before" in refused(show(server, assertion(server, jti="once"))).description
    server.now += timedelta(seconds=2)
    assert show(server, assertion(server, jti="once")) == SIGNING


def test_an_assertion_that_did_not_hold_does_not_use_up_its_jti(server: Server) -> None:
    stranger = ClientKey(rsa.generate_private_key(65537, 2048), "RS384", RSA_KEY.id)
    assert "signature" in refused(show(server, assertion(server, stranger, jti="mine"))).description
    assert show(server, assertion(server, jti="mine")) == SIGNING


def test_the_same_jti_of_two_clients_is_two_assertions(server: Server) -> None:
    twin = replace(SIGNING, id="twin")
    server = Server(SIGNING, twin)
    for client in (SIGNING, twin):
        claims = claims_for(client.id, TOKEN_ENDPOINT, server.now.timestamp(), jti="same")
        assert show(server, assertion_form(RSA_KEY.sign(claims))) == client


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ({"kid": None}, "kid"),
        ({"kid": "unknown"}, "not among the keys"),
        ({"kid": EC_KEY.id}, "not one for RS384"),
        ({"typ": ""}, "typ"),
        ({"typ": "at+jwt"}, "typ"),
        ({"jku": "https://evil.example/jwks"}, "jku"),
        ({"crit": ["exp"]}, "crit"),
    ],
)
def test_an_assertion_with_a_wrong_header_is_refused(server: Server, headers: dict[str, Any], sentence: str) -> None:
    claims = claims_for("signing", TOKEN_ENDPOINT, server.now.timestamp())
    refusal = refused(show(server, assertion_form(RSA_KEY.sign(claims, **headers))))
    assert refusal.error == "invalid_client"
    assert sentence in refusal.description


def test_the_registered_address_of_keys_may_stand_in_the_header() -> None:
    server = Server(replace(SIGNING, jwks_uri=JWKS_URI))
    claims = claims_for("signing", TOKEN_ENDPOINT, server.now.timestamp())
    assert show(server, assertion_form(RSA_KEY.sign(claims, jku=JWKS_URI))) == replace(SIGNING, jwks_uri=JWKS_URI)


def test_an_assertion_without_signature_is_refused(server: Server) -> None:
    claims = claims_for("signing", TOKEN_ENDPOINT, server.now.timestamp())
    unsigned = jwt.encode(claims, None, "none", headers={"kid": RSA_KEY.id})
    assert "“none”" in refused(show(server, assertion_form(unsigned))).description
    header, body, _ = RSA_KEY.sign(claims).split(".")
    assert "signature" in refused(show(server, assertion_form(f"{header}.{body}."))).description


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS384"])
def test_an_algorithm_that_the_site_does_not_list_is_refused(server: Server, algorithm: str) -> None:
    claims = claims_for("signing", TOKEN_ENDPOINT, server.now.timestamp())
    assert algorithm in refused(show(server, assertion_form(RSA_KEY.sign(claims, algorithm)))).description


def test_a_public_key_taken_as_the_secret_of_a_digest_is_refused(server: Server) -> None:
    """The old confusion of algorithms: HS384 keyed with what everybody can read."""
    claims = claims_for("signing", TOKEN_ENDPOINT, server.now.timestamp())
    header = {"alg": "HS384", "typ": "JWT", "kid": RSA_KEY.id}
    signed = ".".join(_coded(json.dumps(part).encode()) for part in (header, claims))
    mac = hmac.digest(json.dumps(RSA_KEY.jwk).encode(), signed.encode(), "sha384")
    assert "HS384" in refused(show(server, assertion_form(f"{signed}.{_coded(mac)}"))).description


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_site_that_lists_one_algorithm_refuses_the_other() -> None:
    server = Server(SIGNING, signing_algorithms=("ES384",))
    assert show(server, assertion(server, EC_KEY)) == SIGNING
    assert "RS384" in refused(show(server, assertion(server, RSA_KEY))).description


def test_a_site_refuses_a_client_whose_way_it_does_not_take() -> None:
    server = Server(PUBLIC, POST, client_authentication=("client_secret_post",))
    assert show(server, {"client_id": "post", "client_secret": SECRET}) == POST
    assert "takes no app" in refused(show(server, {"client_id": "public"})).description


@pytest.mark.parametrize("text", ["", "abc", "a.b.c", "....", "e30.e30.e30", "W10.W10.x", "é.é.é"])
def test_what_is_no_jwt_is_refused(server: Server, text: str) -> None:
    assert refused(show(server, assertion_form(text))).error in ("invalid_client", "invalid_request")


def test_an_assertion_of_another_kind_is_refused(server: Server) -> None:
    other = assertion(server) | {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}
    assert refused(show(server, other)).error == "invalid_client"
    without = {"client_assertion": assertion(server)["client_assertion"]}
    assert refused(show(server, without)).error == "invalid_request"


@pytest.mark.parametrize("keys", [{}, {"keys": None}, {"keys": "x"}, {"keys": [None, 1, "x", {"kid": "rsa-1"}]}])
def test_keys_that_are_none_refuse_and_do_not_break(keys: dict[str, Any]) -> None:
    server = Server(replace(SIGNING, jwks={"keys": []} | keys))
    assert refused(show(server, assertion(server))).error == "invalid_client"


@pytest.mark.parametrize(
    "change",
    [
        {"use": "enc"},
        {"alg": "RS256"},
        {"key_ops": ["encrypt"]},
        {"kty": "oct", "k": "AAAA"},
        {"n": "AQAB"},
        {"n": "A" * 400 + "AQAB"},
        {"n": 5},
        {"n": "é"},
        {"e": None},
    ],
)
def test_a_key_for_something_else_does_not_verify(change: dict[str, Any]) -> None:
    server = Server(replace(SIGNING, jwks={"keys": [RSA_KEY.jwk | change]}))
    assert refused(show(server, assertion(server))).error == "invalid_client"


def test_keys_of_any_shape_refuse_and_do_not_break() -> None:
    """What an app publishes is under its hand alone."""
    chance = random.Random(20260301)  # noqa: S311 - noise, the same at each run
    odd: list[Any] = [None, 1, -1, 1.5, True, [], {}, "", "AQAB", "é", "\x00", "====", "A" * 400, "_" * 344, 10**400]
    odd += ["P-256", "P-384", "secp256k1", "oct", "RSA", "EC", "OKP", "RS384", "none", "sig", ["verify"], "Ed25519"]
    names = [*RSA_KEY.jwk, *EC_KEY.jwk, "key_ops", "d", "k", "x5c", "oth"]
    for _ in range(400):
        jwk = dict(chance.choice([RSA_KEY, EC_KEY]).jwk)
        for name in chance.sample(names, 2):
            jwk[name] = chance.choice(odd)
        client = replace(SIGNING, jwks={"keys": [jwk]})
        server = Server(client)
        for key in (RSA_KEY, EC_KEY):
            outcome = show(server, assertion(server, key))
            assert outcome == client or refused(outcome).error == "invalid_client"
        find_weak_keys({"keys": [jwk]})


def test_two_keys_of_one_name_are_both_tried() -> None:
    other = ClientKey(rsa.generate_private_key(65537, 2048), "RS384", RSA_KEY.id)
    client = replace(SIGNING, jwks={"keys": [other.jwk, RSA_KEY.jwk]})
    server = Server(client)
    assert show(server, assertion(server)) == client


def test_neither_secret_nor_assertion_stands_in_what_is_printed(server: Server) -> None:
    from workbench.authorization_server.client_authentication import read_credentials

    for given, header in (({}, basic("basic", SECRET)), (assertion(server), "")):
        shown = repr(read_credentials(given, header))
        assert "a secret" not in shown
        assert "eyJ" not in shown


def test_keys_that_no_app_should_register_are_told() -> None:
    small = ClientKey(rsa.generate_private_key(65537, 1024), "RS384", "small")  # noqa: S505 - weak on purpose
    curve = ClientKey(ec.generate_private_key(ec.SECP256R1()), "ES256", "curve")
    private = RSA_KEY.jwk | {"d": "AAAA"}
    told = find_weak_keys({"keys": [RSA_KEY.jwk, small.jwk, curve.jwk, private, {"kty": "RSA"}]})
    assert [sentence.partition(" is ")[0].partition(" holds ")[0] for sentence in told] == [
        "The key “small”",
        "The key “curve”",
        "The key “rsa-1”",
        "The key at position 4 has no name (kid).",
    ]
    assert find_weak_keys({}) == find_weak_keys({"keys": []}) != ()
