"""Signing keys of a site: the one that signs id tokens now, and those that it signed with before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol


class SigningKey(Protocol):
    """A key pair such as `TokenKey`; `to_jwks` shows its public half."""

    @property
    def id(self) -> str: ...

    def sign(self, claims: Mapping[str, Any]) -> str: ...

    def to_jwks(self) -> dict[str, Any]: ...


_REMEMBERED = 32


class SigningKeys:
    """Makes a key when it is first needed. A key that was replaced stays published for as long as its tokens hold.

    `used` are the public keys that were published when a token was signed, the latest last, whatever became of them.
    """

    def __init__(
        self, make_key: Callable[[], SigningKey], *, clock: Callable[[], datetime], published_for: timedelta
    ) -> None:
        self._make_key = make_key
        self._clock = clock
        self._published_for = published_for
        self._former: tuple[tuple[SigningKey, datetime], ...] = ()
        self.used: tuple[Mapping[str, Any], ...] = ()

    @cached_property
    def _current(self) -> SigningKey:
        """An RSA key takes a moment to make."""
        return self._make_key()

    @property
    def id(self) -> str:
        return self._current.id

    def sign(self, claims: Mapping[str, Any]) -> str:
        token = self._current.sign(claims)
        now = self._current.to_jwks()["keys"]
        self.used = (*(key for key in self.used if key not in now), *now)[-_REMEMBERED:]
        return token

    def to_jwks(self) -> dict[str, Any]:
        """The public halves as a JWK Set, the one in use first."""
        self._former = tuple(former for former in self._former if self._clock() < former[1])
        keys = (self._current, *(key for key, _ in self._former))
        return {"keys": [jwk for key in keys for jwk in key.to_jwks()["keys"]]}

    def rotate(self, *, publish_former: bool = True) -> None:
        """Sign with a new key from now on; without `publish_former` all tokens signed before cannot be verified."""
        former = ((self._current, self._clock() + self._published_for), *self._former)
        self._former = former if publish_former else ()
        self._current = self._make_key()
