"""Host of the app's public keys: serves their JWK Set on a loopback port, where a site can fetch it."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from workbench.exchange import Exchange, Request, Response
from workbench.smart_app.app_keys import AppKey, to_jwks
from workbench.transports.http_server import HttpServer

JWKS_PATH = "/jwks.json"


class JwksHost:
    """`keys` is asked at each request, so a key that is made later is served too; `port` 0 takes a free one."""

    def __init__(
        self,
        keys: Callable[[], tuple[AppKey, ...]],
        *,
        port: int = 0,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._keys = keys
        self._server = HttpServer(self._answer, port=port, name="keys of the app", on_exchange=on_exchange)

    @property
    def address(self) -> str:
        """Where the keys are, as it is registered at a site (`jwks_uri`)."""
        return self._server.address + JWKS_PATH

    async def start(self) -> None:
        """Serve; raises WorkbenchError where the port is taken."""
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()

    async def _answer(self, request: Request) -> Response:
        if urlsplit(request.address).path != JWKS_PATH:
            return _plain(404, f"The keys of the app are at {JWKS_PATH}.")
        if request.method not in ("GET", "HEAD"):
            return _plain(405, "Only GET is answered here.", ("Allow", "GET"))
        headers = (("Content-Type", "application/json"), ("Cache-Control", "no-cache"))
        return Response(200, headers, json.dumps(to_jwks(self._keys())).encode())


def _plain(status: int, sentence: str, *headers: tuple[str, str]) -> Response:
    return Response(status, (("Content-Type", "text/plain; charset=utf-8"), *headers), sentence.encode())
