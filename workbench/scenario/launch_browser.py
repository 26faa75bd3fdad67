"""Browser of a launch as the story needs it: somebody goes to an address and comes back at another.

A scripted user does it in this process; a person does it in the system browser and comes back to a loopback port
(RFC 8252, 7.3), which is free again as soon as the launch is over.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol
from urllib.parse import urlsplit

from workbench.exchange import Exchange, Request, Response
from workbench.scenario.scripted_user import ScriptedUser
from workbench.scenario.visit import Arrived, visit
from workbench.smart.launch import LaunchRefused, LaunchResult, Stage
from workbench.transports.http_client import HttpClient
from workbench.transports.http_server import HttpServer

LAUNCH_PATH, REDIRECT_PATH = "/launch", "/callback"
WhereTo = AsyncIterator[Exchange | Arrived | LaunchRefused]

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0; display: grid; place-items: center; min-height: 100vh;
  background: #f7f8fa; color: #1b1f27; }}
main {{ max-width: 30rem; margin: 16px; padding: 24px; background: #fff; border: 1px solid #d5d9e0;
  border-radius: 4px; }}
h1 {{ font-size: 1.25rem; margin: 0 0 8px; }} p {{ margin: 0 0 8px; }} .quiet {{ color: #586072; margin: 0; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #16181d; color: #e6e9ef; }}
  main {{ background: #1e2128; border-color: #333846; }} .quiet {{ color: #9aa3b5; }} }}
</style></head>
<body><main><h1>{title}</h1><p>{sentence}</p><p class="quiet">You may close this page.</p></main></body></html>
"""


class LaunchBrowser(Protocol):
    """What a launch asks of a browser; `launch_address` and `redirect_address` are where it comes back to."""

    launch_address: str
    redirect_address: str

    async def start(self) -> None: ...

    def go(self, address: str, *, until: str, stage: Stage, user: ScriptedUser) -> WhereTo:
        """Go to `address`; the last item is Arrived at `until` or LaunchRefused."""

    async def stop(self, outcome: LaunchResult | LaunchRefused | None) -> tuple[Exchange, ...]:
        """End the visit, tell the person what became of it, and give back what was not told yet."""


class ScriptedBrowser:
    """A scripted user in a browser's place: no port is opened, since an address to come back to ends the visit."""

    launch_address = f"http://127.0.0.1{LAUNCH_PATH}"
    redirect_address = f"http://127.0.0.1{REDIRECT_PATH}"

    def __init__(self, client: HttpClient, *, origins: tuple[str, ...], receiver: str, within: float) -> None:
        self._client = client
        self._origins = origins
        self._receiver = receiver
        self._within = within

    async def start(self) -> None:
        return None

    def go(self, address: str, *, until: str, stage: Stage, user: ScriptedUser) -> WhereTo:
        return visit(
            self._client,
            user,
            address,
            until=until,
            origins=self._origins,
            stage=stage,
            receiver=self._receiver,
            within=self._within,
        )

    async def stop(self, outcome: LaunchResult | LaunchRefused | None) -> tuple[Exchange, ...]:
        return ()


class PersonBrowser:
    """The system browser with a person at it; `open_browser` opens an address there."""

    def __init__(
        self, open_browser: Callable[[str], Awaitable[None]] | None, *, name: str, port: int, within: float
    ) -> None:
        self._open = open_browser
        self._within = within
        self._seen: list[Exchange] = []
        self._arrivals: asyncio.Queue[tuple[Request, asyncio.Future[Response]]] = asyncio.Queue()
        self._waiting: asyncio.Future[Response] | None = None
        self._expected = ""
        self._server = HttpServer(self._answer, port=port, name=name, on_exchange=self._seen.append)
        self.launch_address = self.redirect_address = ""

    async def start(self) -> None:
        await self._server.start()
        self.launch_address = self._server.address + LAUNCH_PATH
        self.redirect_address = self._server.address + REDIRECT_PATH

    async def go(self, address: str, *, until: str, stage: Stage, user: ScriptedUser) -> WhereTo:
        """Open `address`, or answer the page that waits with it; an empty one leaves the way there to the person."""
        self._expected = urlsplit(until).path
        if self._waiting is not None:
            self._reply(Response(302, (("Location", address), ("Cache-Control", "no-store"))))
        elif address and self._open is not None:
            await self._open(address)
        try:
            async with asyncio.timeout(self._within):
                request, self._waiting = await self._arrivals.get()
        except TimeoutError:
            sentence = (
                f"The browser did not come back to {until} within {self._within:g} seconds. Start the launch again."
            )
            yield LaunchRefused(stage, "timeout", sentence)
            return
        for exchange in self._told():
            yield exchange
        yield Arrived(request.address)

    async def stop(self, outcome: LaunchResult | LaunchRefused | None) -> tuple[Exchange, ...]:
        self._expected = ""
        if self._waiting is not None:
            self._reply(_page_for(outcome))
        while not self._arrivals.empty():
            self._arrivals.get_nowait()[1].set_result(_page_for(None))
        await self._server.stop()
        return self._told()

    def _told(self) -> tuple[Exchange, ...]:
        told, self._seen[:] = tuple(e for e in self._seen if _is_of_launch(e)), ()
        return told

    def _reply(self, response: Response) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(response)

    async def _answer(self, request: Request) -> Response:
        path = urlsplit(request.address).path
        if request.method != "GET" or path not in (LAUNCH_PATH, REDIRECT_PATH):
            return _page(404, "Nothing is here", "This port waits for a SMART launch, at /launch and /callback.")
        if path != self._expected:
            return _page(409, "No launch is waiting here", "Start the launch again in the Interop Workbench.")
        self._expected = ""
        reply: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._arrivals.put_nowait((request, reply))
        return await reply


def _is_of_launch(exchange: Exchange) -> bool:
    return urlsplit(exchange.request.address).path in (LAUNCH_PATH, REDIRECT_PATH)


def _page_for(outcome: LaunchResult | LaunchRefused | None) -> Response:
    if isinstance(outcome, LaunchResult):
        return _page(200, "The app is signed in", "The Interop Workbench has its access token and goes on from there.")
    if isinstance(outcome, LaunchRefused):
        return _page(200, "The launch was refused", outcome.sentence)
    return _page(200, "The launch was stopped", "The Interop Workbench no longer waits for this launch.")


def _page(status: int, title: str, sentence: str) -> Response:
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ("X-Content-Type-Options", "nosniff"),
        ("Connection", "close"),
    )
    return Response(status, headers, PAGE.format(title=html.escape(title), sentence=html.escape(sentence)).encode())
