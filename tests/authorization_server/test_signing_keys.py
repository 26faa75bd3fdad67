"""Signing keys: made when needed, replaced, and published for as long as their tokens hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workbench.authorization_server import signing_keys
from workbench.authorization_server.signing_keys import SigningKeys
from workbench.errors import WorkbenchError
from workbench.smart.tokens import TokenKey, verify_token

KEYS = [TokenKey.make() for _ in range(3)]


class Site:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.made: list[TokenKey] = []
        self.keys = SigningKeys(self.make, clock=lambda: self.now, published_for=timedelta(hours=1))

    def make(self) -> TokenKey:
        self.made.append(KEYS[len(self.made)])
        return self.made[-1]

    def sign(self) -> str:
        now = int(self.now.timestamp())
        return self.keys.sign({"iss": "i", "sub": "s", "aud": "app", "iat": now, "exp": now + 600})

    def verify(self, token: str) -> dict[str, Any]:
        return verify_token(token, self.keys.to_jwks(), audience="app", issuer="i")

    @property
    def published(self) -> list[str]:
        return [key["kid"] for key in self.keys.to_jwks()["keys"]]


def test_a_key_is_made_when_it_is_first_needed() -> None:
    site = Site()
    assert site.made == []
    assert site.verify(site.sign())["sub"] == "s"
    assert len(site.made) == 1


def test_a_former_key_verifies_until_its_tokens_are_too_old() -> None:
    site = Site()
    before = site.sign()
    site.keys.rotate()
    assert site.published == [KEYS[1].id, KEYS[0].id]
    assert site.verify(before) == site.verify(site.sign())
    site.keys.rotate()
    assert site.published == [KEYS[2].id, KEYS[1].id, KEYS[0].id]
    site.now += timedelta(hours=1)
    assert site.published == [KEYS[2].id]


def test_a_key_that_is_withdrawn_verifies_nothing_any_more() -> None:
    site = Site()
    before = site.sign()
    site.keys.rotate()
    site.keys.rotate(publish_former=False)
    assert site.published == [KEYS[2].id]
    with pytest.raises(WorkbenchError, match="does not publish"):
        site.verify(before)


def test_the_keys_that_signed_are_remembered_however_they_went() -> None:
    site = Site()
    assert site.keys.used == ()
    for _ in range(2):
        site.sign()
    site.keys.rotate(publish_former=False)
    site.sign()
    assert [key["kid"] for key in site.keys.used] == [KEYS[0].id, KEYS[1].id]


def test_the_oldest_key_is_forgotten_where_too_many_have_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_keys, "_REMEMBERED", 2)
    site = Site()
    site.sign()
    for _ in range(2):
        site.keys.rotate()
        site.sign()
    assert [key["kid"] for key in site.keys.used] == [KEYS[1].id, KEYS[2].id]
