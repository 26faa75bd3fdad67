"""Browser of a launch as the story needs it: somebody goes to an address and comes back at another.

A scripted user does it in this process; a person does it in the system browser and comes back to a loopback port
(RFC 8252, 7.3), which is free again as soon as the launch is over.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol
from urllib.parse import urlsplit

from workbench.app_launch.page import render_form_page, render_page
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.app_launch.visit import Arrived, visit
from workbench.exchange import Exchange, Request, Response
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused, Stage
from workbench.transports.http_client import HttpClient
from workbench.transports.http_server import HttpServer

LAUNCH_PATH, REDIRECT_PATH = "/launch", "/callback"
WhereTo = AsyncIterator[Exchange | Arrived | LaunchRefused]


class LaunchBrowser(Protocol):
    """What a launch asks of a browser; `launch_address` and `redirect_address` are where it comes back to."""

    launch_address: str
    redirect_address: str

    async def start(self) -> None: ...

    def go(self, where: str | Request, *, until: str, stage: Stage, user: ScriptedUser) -> WhereTo:
        """Go to an address or post a form; the last item is Arrived at `until` or LaunchRefused."""

    async def stop(self, outcome: LaunchResult | LaunchRefused | None) -> tuple[Exchange, ...]:
        """End the visit, tell the person what became of it, and give back what was not told yet."""


class ScriptedBrowser:
    """A scripted user in a browser's place: no port is opened, since an address to come back to ends the visit.

    A `port` that is registered at the site stands in the addresses all the same.
    """

    def __init__(
        self, client: HttpClient, *, origins: tuple[str, ...], receiver: str, within: float, port: int = 0
    ) -> None:
        origin = f"http://127.0.0.1:{port}" if port else "http://127.0.0.1"
        self.launch_address, self.redirect_address = origin + LAUNCH_PATH, origin + REDIRECT_PATH
        self._client = client
        self._origins = origins
        self._receiver = receiver
        self._within = within

    async def start(self) -> None:
        return None

    def go(self, where: str | Request, *, until: str, stage: Stage, user: ScriptedUser) -> WhereTo:
        return visit(
            self._client,
            user,
            where,
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
        self._form: Request | None = None
        self._form_path = f"/sign-in/{secrets.token_urlsafe(16)}"
        self._server = HttpServer(self._answer, port=port, name=name, on_exchange=self._seen.append)
        self.launch_address = self.redirect_address = ""

    async def start(self) -> None:
        await self._server.start()
        self.launch_address = self._server.address + LAUNCH_PATH
        self.redirect_address = self._server.address + REDIRECT_PATH

    async def go(self, where: str | Request, *, until: str, stage: Stage, user: ScriptedUser) -> WhereTo:
        """Open `where`, or answer the page that waits with it; an empty one leaves the way there to the person.

        A form is posted by a page of ours, at an address that nobody can guess.
        """
        self._expected = urlsplit(until).path
        self._form = where if isinstance(where, Request) else None
        address = self._server.address + self._form_path if isinstance(where, Request) else where
        if self._waiting is not None:
            self._reply(Response(302, (("Location", address), ("Cache-Control", "no-store"))))
        elif address and self._open is not None:
            await self._open(address)
        try:
            async with asyncio.timeout(self._within):
                request, self._waiting = await self._arrivals.get()
        except TimeoutError:
            is_return = until == self.redirect_address
            missing = "The browser did not come back to" if is_return else "The EHR did not open the app at"
            sentence = f"{missing} {until} within {self._within:g} seconds. Start the launch again."
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
        if path == self._form_path and self._form is not None and self._expected:
            return render_form_page(self._form)
        if path not in (LAUNCH_PATH, REDIRECT_PATH):
            return render_page(404, "Nothing is here", "This port waits for a SMART launch, at /launch and /callback.")
        if request.method != "GET":
            return render_page(405, "Nothing was taken", "A launch comes here by GET; the site sent a form.")
        if request.header("sec-fetch-dest") not in ("", "document"):
            # A script, an image or a frame of some page asks; a site sends the browser's own window here.
            return render_page(403, "Nothing was taken", "A launch comes here by the window of a browser.")
        if path != self._expected:
            return _tell_unexpected(under_way=bool(self._expected or self._waiting))
        if path == REDIRECT_PATH and not urlsplit(request.address).query:
            # Any page of the browser can ask for this address; what brings nothing ends no launch.
            return render_page(400, "Nothing came with it", "A site comes back here with a code or an error.")
        self._expected = ""
        reply: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._arrivals.put_nowait((request, reply))
        return await reply


def _is_of_launch(exchange: Exchange) -> bool:
    """Tell the visits that were taken from those that were turned away."""
    taken = exchange.response is not None and (exchange.response.status or 0) < 400
    return taken and urlsplit(exchange.request.address).path in (LAUNCH_PATH, REDIRECT_PATH)


def _tell_unexpected(*, under_way: bool) -> Response:
    if under_way:
        sentence = "Another page of this launch was here before. Go on there, or start again in the Interop Workbench."
        return render_page(409, "This launch goes on in another tab", sentence)
    return render_page(409, "No launch is waiting here", "Start the launch again in the Interop Workbench.")


def _page_for(outcome: LaunchResult | LaunchRefused | None) -> Response:
    if isinstance(outcome, LaunchResult):
        return render_page(200, "The app is signed in", "The Interop Workbench has its access token and goes on.")
    if isinstance(outcome, LaunchRefused):
        return render_page(200, "The launch was refused", outcome.sentence)
    return render_page(200, "The launch was stopped", "The Interop Workbench no longer waits for this launch.")
