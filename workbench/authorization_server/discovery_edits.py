"""DiscoveryEdits: how a site's discovery differs from what it does: incomplete, old, or wrong in a named way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

DiscoveryFault = Literal[
    "v1-addresses",
    "method-missing",
    "other-issuer",
    "capability-only",
    "old",
    "disagree",
    "not-json",
    "no-cors",
]
DISCOVERY_FAULTS: tuple[DiscoveryFault, ...] = get_args(DiscoveryFault)


@dataclass(frozen=True, slots=True)
class DiscoveryEdits:
    """Edits of `smart-configuration` and of the capability statement's addresses.

    `leave_out` names members, or single words of a list, such as `capabilities.client-public`; `set` puts JSON values
    in their place; `faults` are deviations by name. They are made in the order faults, `set`, `leave_out`.
    """

    leave_out: tuple[str, ...] = ()
    set: tuple[tuple[str, object], ...] = ()
    faults: tuple[DiscoveryFault, ...] = ()

    def tell(self) -> str:
        """The edits in one line, such as `old; issuer set; capabilities.client-public left out`."""
        changed = (f"{name} set" for name, _ in self.set)
        return "; ".join((*self.faults, *changed, *(f"{name} left out" for name in self.leave_out)))

    def __bool__(self) -> bool:
        return bool(self.leave_out or self.set or self.faults)
