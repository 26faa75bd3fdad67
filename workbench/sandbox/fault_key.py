"""FaultKey: the key by which a site signs id tokens, which signs wrongly for a request where the site is asked to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from workbench.authorization_server.launch_fault_effects import CLAIM_FAULTS, make_unsigned, spoil_claims
from workbench.sandbox.fault_visit import find_visit
from workbench.smart.tokens import TokenKey


class FaultKey:
    """For a request without faults it is a `TokenKey`."""

    def __init__(self) -> None:
        self._key = TokenKey.make()

    @property
    def id(self) -> str:
        return self._key.id

    def to_jwks(self) -> dict[str, Any]:
        return self._key.to_jwks()

    def sign(self, claims: Mapping[str, Any]) -> str:
        visit = find_visit()
        if visit is None:
            return self._key.sign(claims)
        for fault in CLAIM_FAULTS:
            if visit.take(fault):
                claims = spoil_claims(fault, claims)
        if visit.take("key-rotated"):
            self._key = TokenKey.make()
        if visit.take("key-withdrawn"):
            return self._unpublished.sign(claims)
        if visit.take("id-token-unsigned"):
            return make_unsigned(claims)
        if visit.take("id-token-wrong-signature"):
            return self._unpublished.sign(claims, key_id=self.id)
        return self._key.sign(claims)

    @cached_property
    def _unpublished(self) -> TokenKey:
        return TokenKey.make()
