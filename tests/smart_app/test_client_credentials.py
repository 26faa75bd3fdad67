"""How the app shows that it is itself, called without a wire."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from urllib.parse import parse_qs

import jwt
import pytest

from workbench.errors import WorkbenchError
from workbench.smart_app.app_keys import make_app_key
from workbench.smart_app.client_credentials import ASSERTION_TYPE, ClientCredentials, Moment, post_form

KEY = make_app_key("ES384")
MOMENT = Moment(datetime(2026, 5, 1, 12, tzinfo=UTC), "assertion-1")
TOKEN = "https://ehr.example/auth/token"
WAYS = {
    "none": ClientCredentials("my app"),
    "client_secret_basic": ClientCredentials("my app", "client_secret_basic", "s:ö&"),
    "client_secret_post": ClientCredentials("my app", "client_secret_post", "s:ö&"),
    "private_key_jwt": ClientCredentials("my app", "private_key_jwt", key=KEY),
}


def sent(way: str) -> tuple[str, dict[str, list[str]]]:
    request = post_form(TOKEN, {"grant_type": "refresh_token"}, WAYS[way], MOMENT)
    assert (request.method, request.address) == ("POST", TOKEN)
    return request.header("authorization"), parse_qs(request.body.decode())


def test_a_public_client_names_itself_and_no_more() -> None:
    assert sent("none") == ("", {"grant_type": ["refresh_token"], "client_id": ["my app"]})


def test_a_secret_by_basic_stands_in_the_header_alone() -> None:
    header, form = sent("client_secret_basic")
    assert base64.b64decode(header.removeprefix("Basic ")) == b"my%20app:s%3A%C3%B6%26"
    assert form == {"grant_type": ["refresh_token"]}


def test_a_secret_by_post_stands_in_the_form_alone() -> None:
    header, form = sent("client_secret_post")
    assert header == ""
    assert (form["client_id"], form["client_secret"]) == (["my app"], ["s:ö&"])


def test_an_assertion_says_who_for_whom_until_when_and_once() -> None:
    header, form = sent("private_key_jwt")
    assert header == "" and "client_secret" not in form
    assert form["client_assertion_type"] == [ASSERTION_TYPE]
    jwk = jwt.PyJWK.from_dict(KEY.to_public_jwk())
    claims = jwt.decode(form["client_assertion"][0], jwk, ["ES384"], audience=TOKEN, options={"verify_exp": False})
    assert (claims["iss"], claims["sub"], claims["jti"]) == ("my app", "my app", "assertion-1")
    # SMART App Launch 2.2: no more than five minutes ahead.
    assert 0 < claims["exp"] - MOMENT.now.timestamp() <= 300


def test_an_assertion_for_another_endpoint_is_still_for_the_token_endpoint() -> None:
    request = post_form("https://ehr.example/auth/revoke", {}, WAYS["private_key_jwt"], MOMENT, audience=TOKEN)
    assertion = parse_qs(request.body.decode())["client_assertion"][0]
    assert jwt.decode(assertion, options={"verify_signature": False})["aud"] == TOKEN


def test_the_address_of_our_keys_goes_along_where_there_is_one() -> None:
    credentials = ClientCredentials("app", "private_key_jwt", key=KEY, jwks_uri="https://app.example/jwks.json")
    body = post_form(TOKEN, {}, credentials, MOMENT).body.decode()
    assert jwt.get_unverified_header(parse_qs(body)["client_assertion"][0])["jku"] == "https://app.example/jwks.json"


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        (ClientCredentials("app", "client_secret_basic"), "no client secret is known"),
        (ClientCredentials("app", "client_secret_post"), "no client secret is known"),
        (ClientCredentials("app", "private_key_jwt"), "no key to sign with"),
    ],
)
def test_credentials_that_are_not_whole_are_told_before_anything_is_sent(
    credentials: ClientCredentials, words: str
) -> None:
    with pytest.raises(WorkbenchError, match=words):
        credentials.require_whole()


def test_the_usual_way_follows_from_what_there_is() -> None:
    assert ClientCredentials.of("app").authentication == "none"
    assert ClientCredentials.of("app", "s3cret").authentication == "client_secret_basic"
    assert ClientCredentials.of("app", "s3cret", KEY).authentication == "private_key_jwt"


def test_no_secret_shows_in_a_representation() -> None:
    assert not any(word in repr(each) for each in WAYS.values() for word in ("s:ö", "PRIVATE"))
