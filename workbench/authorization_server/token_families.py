"""Token families of an authorization server: all codes and tokens that came of one consent, and end as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from workbench.authorization_server.authorization import keep_newest
from workbench.authorization_server.flow import Consent
from workbench.authorization_server.rules import Client
from workbench.smart.grant import Grant


@dataclass(frozen=True, slots=True)
class Family:
    """What a user allowed a client; `consent` is None where a backend service acts for itself."""

    client: Client
    consent: Consent | None
    started: datetime


@dataclass(frozen=True, slots=True)
class IssuedCode:
    family: str
    expires: datetime
    used: bool = False


@dataclass(frozen=True, slots=True)
class IssuedRefresh:
    family: str
    issued: datetime
    expires: datetime
    used: bool = False


@dataclass(frozen=True, slots=True)
class IssuedAccess:
    """`context` are the members of launch context that stood beside the token."""

    family: str
    grant: Grant
    issued: datetime
    expires: datetime
    context: Mapping[str, Any] = field(default_factory=dict, hash=False)


# A sandbox that runs for weeks does not grow; a load test of many sign-ins still finds its tokens.
KEPT = 10_000

Issued = TypeVar("Issued", IssuedCode, IssuedRefresh, IssuedAccess)


class TokenFamilies:
    """The codes and tokens that are out; what is too old, used or taken back is told by the look-ups."""

    def __init__(self, *, clock: Callable[[], datetime], make_token: Callable[[], str]) -> None:
        self.clock = clock
        self._make_token = make_token
        self._families: dict[str, Family] = {}
        self._codes: dict[str, IssuedCode] = {}
        self._refreshes: dict[str, IssuedRefresh] = {}
        self._accesses: dict[str, IssuedAccess] = {}

    def start(self, client: Client, consent: Consent | None = None) -> str:
        """Begin a family and return its name."""
        return self._keep_family(self._make_token(), Family(client, consent, self.clock()))

    def of_service(self, client: Client) -> str:
        """The name of the one family of a backend service, which may ask for tokens all day."""
        name = f"service {client.id}"
        return name if name in self._families else self._keep_family(name, Family(client, None, self.clock()))

    def find(self, name: str) -> Family | None:
        """None where the family has ended."""
        return self._families.get(name)

    def end(self, name: str) -> None:
        self._families.pop(name, None)

    def issue_code(self, family: str, lifetime: timedelta) -> str:
        return self._issue(self._codes, IssuedCode(family, self.clock() + lifetime))

    def issue_refresh(self, family: str, expires: datetime) -> str:
        return self._issue(self._refreshes, IssuedRefresh(family, self.clock(), expires))

    def issue_access(self, family: str, grant: Grant, expires: datetime, context: Mapping[str, Any]) -> str:
        return self._issue(self._accesses, IssuedAccess(family, grant, self.clock(), expires, context))

    def find_code(self, code: str) -> IssuedCode | None:
        """The code as it was issued, whether or not it still holds."""
        return self._codes.get(code)

    def use_code(self, code: str) -> None:
        self._codes[code] = replace(self._codes[code], used=True)

    def find_refresh(self, token: str) -> IssuedRefresh | None:
        """None where the token is unknown, too old, or its family ended; one that was used is found."""
        return self._holding(self._refreshes.get(token))

    def use_refresh(self, token: str) -> None:
        self._refreshes[token] = replace(self._refreshes[token], used=True)

    def find_access(self, token: str) -> IssuedAccess | None:
        """None where the token is unknown, too old, taken back, or its family ended."""
        return self._holding(self._accesses.get(token))

    def end_access(self, token: str) -> None:
        self._accesses.pop(token, None)

    def _holding(self, issued: Issued | None) -> Issued | None:
        holds = issued is not None and issued.family in self._families and self.clock() < issued.expires
        return issued if holds else None

    def _keep_family(self, name: str, family: Family) -> str:
        keep_newest(self._families, name, family, KEPT)
        return name

    def _issue(self, kept: dict[str, Issued], issued: Issued) -> str:
        """Keep a new token; where there are too many, those go first that do not hold any more."""
        token = self._make_token()
        if len(kept) >= KEPT:
            for old in [name for name, each in kept.items() if not self._holding(each)]:
                del kept[old]
        keep_newest(kept, token, issued, KEPT)
        return token
