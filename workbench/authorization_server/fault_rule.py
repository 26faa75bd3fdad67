"""FaultRule: one fault of a launch as a site was asked for it: for which app, at which place, how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

LaunchFault = Literal[
    "slow-answer",
    "server-error",
    "malformed-json",
    "clock-off",
    "wrong-aud",
    "invalid-scope",
    "access-denied",
    "redirect-refused",
    "state-changed",
    "wrong-code",
    "expired-code",
    "pkce-not-checked",
    "invalid-client",
    "wrong-token-type",
    "missing-patient",
    "no-refresh-token",
    "expired-refresh-token",
    "expired-token",
    "id-token-missing",
    "id-token-wrong-issuer",
    "id-token-wrong-audience",
    "id-token-wrong-nonce",
    "id-token-expired",
    "id-token-wrong-signature",
    "id-token-unsigned",
    "key-withdrawn",
    "key-rotated",
]
# `token` is every request to the token endpoint, `refresh` those with a refresh token alone.
FaultPlace = Literal[
    "discovery",
    "authorize",
    "token",
    "refresh",
    "keys",
    "introspection",
    "revocation",
    "userinfo",
    "fhir",
    "everywhere",
]
FaultUnit = Literal["", "s", "min"]

FAULT_NAMES: tuple[LaunchFault, ...] = get_args(LaunchFault)
FAULT_PLACES: tuple[FaultPlace, ...] = get_args(FaultPlace)


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A fault as it was asked for: for one client (`""` is for all), so many times (None is always).

    `at` is the place, and `amount` the seconds or minutes of a fault that has them. The first `after` go as usual.
    """

    fault: LaunchFault
    at: FaultPlace
    client: str = ""
    times: int | None = None
    after: int = 0
    amount: float = 0.0

    def is_about(self, fault: LaunchFault, client: str, places: tuple[FaultPlace, ...]) -> bool:
        return self.fault == fault and self.client in ("", client) and self.at in places

    def is_due(self, seen: int, used: int) -> bool:
        """Tell whether the rule acts on the `seen`th that it is about, after it has acted `used` times."""
        return seen > self.after and (self.times is None or used < self.times)
