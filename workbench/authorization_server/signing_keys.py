"""Signing keys of a site: the one that signs id tokens now, and those that it signed with before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from workbench.smart.tokens import TokenKey


class SigningKeys:
    """Makes a key when it is first needed. A key that was replaced stays published for as long as its tokens hold."""

    def __init__(
        self, make_key: Callable[[], TokenKey], *, clock: Callable[[], datetime], published_for: timedelta
    ) -> None:
        self._make_key = make_key
        self._clock = clock
        self._published_for = published_for
        self._former: tuple[tuple[TokenKey, datetime], ...] = ()

    @cached_property
    def _current(self) -> TokenKey:
        """An RSA key takes a moment to make."""
        return self._make_key()

    @property
    def id(self) -> str:
        return self._current.id

    def sign(self, claims: Mapping[str, Any]) -> str:
        return self._current.sign(claims)

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
