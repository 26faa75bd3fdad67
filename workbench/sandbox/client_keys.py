"""Client keys: the JWK Sets of apps that publish theirs at an address, fetched when a token request needs them.

SMART App Launch 2.2, “Registering a client (communicating public keys)”.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workbench.authorization_server.rules import Client
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request
from workbench.transports.http_client import HttpClient

KEPT_FOR = timedelta(minutes=5)
# An unknown key asks for the document anew, but whoever makes up key names must not make a site call an app all day.
ASKED_ANEW_AFTER = timedelta(seconds=1)
WITHIN = 5.0
LARGEST = 256 * 1024
SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class _Fetched:
    """`keys` is a JWK Set, or a sentence that says why there is none; it was fetched `at`, and may be kept so long."""

    keys: Mapping[str, Any] | str
    at: datetime
    lasts: timedelta = KEPT_FOR


class ClientKeys:
    """The keys of one site's apps; every fetch is told to `on_exchange`. Used in the site's own loop alone."""

    def __init__(
        self, *, name: str, clock: Callable[[], datetime], on_exchange: Callable[[Exchange], None] | None = None
    ) -> None:
        self._name = name
        self._clock = clock
        self._on_exchange = on_exchange
        self._http = HttpClient(limit=LARGEST)
        self._fetched: dict[str, _Fetched] = {}
        self._fetching: dict[str, asyncio.Task[_Fetched]] = {}

    async def close(self) -> None:
        await self._http.close()

    def find(self, client: Client) -> Mapping[str, Any] | str:
        """The keys as they are known now, the document of the registration first; a sentence where there are none."""
        if client.jwks is not None:
            return client.jwks
        if not client.jwks_uri:
            return f"The app {client.id} has no keys at this site."
        fetched = self._fetched.get(client.jwks_uri)
        return fetched.keys if fetched else f"The keys of the app {client.id} were not fetched."

    async def prepare(self, client: Client, key_id: str) -> None:
        """Fetch what `find` will be asked for, where it is not known or does not hold the key `key_id`."""
        if client.jwks is not None or not client.jwks_uri:
            return
        address, fetched = client.jwks_uri, self._fetched.get(client.jwks_uri)
        if fetched is not None:
            lasts = fetched.lasts if _holds(fetched.keys, key_id) else min(fetched.lasts, ASKED_ANEW_AFTER)
            if self._clock() < fetched.at + lasts:
                return
        # Whoever asks meanwhile waits for the same fetch.
        if address not in self._fetching:
            self._fetching[address] = asyncio.create_task(self._fetch(client), name=f"keys of {client.id}")
            self._fetching[address].add_done_callback(lambda _: self._fetching.pop(address, None))
        self._fetched[address] = await asyncio.shield(self._fetching[address])

    async def _fetch(self, client: Client) -> _Fetched:
        now, request = self._clock(), Request("GET", client.jwks_uri, (("Accept", "application/json"),))
        try:
            exchange = await self._http.send(request, sender=self._name, receiver=client.name, within=WITHIN)
        except WorkbenchError as error:
            return _Fetched(f"The keys of the app {client.id} cannot be fetched. {error.message}", now)
        if self._on_exchange is not None:
            self._on_exchange(exchange)
        return _Fetched(_read(exchange, client), now, _lasts(exchange))


def _lasts(exchange: Exchange) -> timedelta:
    """SMART App Launch 2.2: no longer than the app's Cache-Control says (RFC 9111, 5.2.2), nor than is usual here."""
    given = exchange.response.header("cache-control").lower() if exchange.response is not None else ""
    words = dict(word.strip().partition("=")[::2] for word in given.split(","))
    if "no-store" in words or "no-cache" in words:
        return timedelta()
    seconds = words.get("max-age", "").strip('"')
    return min(timedelta(seconds=int(seconds)), KEPT_FOR) if SECONDS.fullmatch(seconds) else KEPT_FOR


def _read(exchange: Exchange, client: Client) -> Mapping[str, Any] | str:
    if exchange.response is None:
        why = exchange.failure.reason if exchange.failure else "No answer came."
        return f"The keys of the app {client.id} cannot be fetched. {why}"
    if exchange.response.status != 200:
        return (
            f"The keys of the app {client.id} cannot be fetched: {client.jwks_uri} answered {exchange.response.status}."
        )
    try:
        value = json.loads(exchange.response.body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or not isinstance(value.get("keys"), list):
        return f"What stands at {client.jwks_uri} is not a JWK Set."
    return value


def _holds(keys: Mapping[str, Any] | str, key_id: str) -> bool:
    return not isinstance(keys, str) and any(isinstance(k, dict) and k.get("kid") == key_id for k in keys["keys"])
