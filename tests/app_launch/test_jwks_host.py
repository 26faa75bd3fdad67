"""The app's keys are served on loopback, the newest among them, and never their private halves."""

from __future__ import annotations

import asyncio
import json

import pytest

from workbench.app_launch.jwks_host import JwksHost
from workbench.exchange import Exchange, Request, Response
from workbench.smart_app.app_keys import AppKey, make_app_key
from workbench.transports.http_client import HttpClient

KEY, LATER = make_app_key("ES384"), make_app_key("ES384")


def test_a_key_that_is_made_later_is_served_too() -> None:
    async def run() -> None:
        keys: list[AppKey] = [KEY]
        seen: list[Exchange] = []
        host = JwksHost(lambda: tuple(keys), on_exchange=seen.append)
        await host.start()
        try:
            async with HttpClient() as client:
                first = await client.send(Request("GET", host.address))
                keys.insert(0, LATER)
                second = await client.send(Request("GET", host.address))
        finally:
            await host.stop()
        ids = []
        for exchange in (first, second):
            assert exchange.response is not None and exchange.response.status == 200
            assert b'"d"' not in exchange.response.body
            ids.append([key["kid"] for key in json.loads(exchange.response.body)["keys"]])
        assert ids == [[KEY.id], [LATER.id, KEY.id]]
        assert len(seen) == 2

    asyncio.run(run())


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 404), ("POST", "/jwks.json", 405)])
def test_nothing_else_is_served(method: str, path: str, status: int) -> None:
    async def run() -> Response | None:
        host = JwksHost(lambda: (KEY,))
        await host.start()
        try:
            async with HttpClient() as client:
                address = host.address.replace("/jwks.json", path)
                return (await client.send(Request(method, address))).response
        finally:
            await host.stop()

    response = asyncio.run(run())
    assert response is not None and response.status == status
