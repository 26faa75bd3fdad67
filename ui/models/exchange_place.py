"""Exchange place: where in an exchange something is, so that it can be shown there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.exchange import Exchange


@dataclass(frozen=True, slots=True)
class ExchangePlace:
    """`place` is a kind and mostly a name, such as `query: state`, `header: Location` or `body: scope`."""

    exchange: Exchange
    side: Literal["request", "response"]
    place: str

    @property
    def kind(self) -> str:
        return self.place.partition(":")[0].strip()

    @property
    def name(self) -> str:
        """The name of a parameter, header or member; of what is within a token, that of the token."""
        return (self.place.partition(":")[2].split() or [""])[0]
