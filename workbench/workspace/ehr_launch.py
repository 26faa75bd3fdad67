"""EHR launch: a simulated site opens the app under test, and what it then sees is told until the launch is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.app_launch.visit import Arrived, origin_of, visit
from workbench.exchange import Exchange
from workbench.smart.launch_context import LaunchContext
from workbench.smart_app.launch_refusal import NEEDS_A_PERSON, LaunchRefused
from workbench.workspace.launch_watch import LaunchWatch, Milestone

if TYPE_CHECKING:
    from workbench.app_launch.scripted_user import ScriptedUser
    from workbench.sandbox.sandbox import Sandbox
    from workbench.transports.http_client import HttpClient

QUIET = 1.5
"""Seconds without an exchange after which a launch that came as far as it should is over."""
_LOOK = 0.5
SCRIPTED_PAGE = "Its page was left as it is; one that runs scripts needs a real browser."


@dataclass(frozen=True, slots=True)
class EhrLaunch:
    """What is launched. Without `launch_uri` and an app that has one, the app is waited for: it comes by itself.

    `grant` are the scopes that stay ticked, all where it is empty. It is over when the app got to `until`, was refused,
    or let `within` seconds pass between two exchanges.
    """

    client_id: str = ""
    launch_uri: str = ""
    context: LaunchContext = field(default_factory=LaunchContext)
    grant: str = ""
    until: Milestone = "use"
    within: float = 300.0


@dataclass(frozen=True, slots=True)
class AppOpened:
    """The EHR opens the app at `address`, which carries `iss` and `launch`."""

    address: str


@dataclass(frozen=True, slots=True)
class LaunchEnded:
    """`reached` tells whether the app came as far as it was watched, `is_stopped` whether somebody ended it, and
    `needs_person` whether the scripted user could not go on.
    """

    reached: bool
    sentence: str
    is_stopped: bool = False
    needs_person: bool = False


EhrLaunchEvent = AppOpened | Exchange | LaunchEnded


class ExchangeFeed:
    """Exchanges of a sandbox, brought from its thread to the loop that the feed was made in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Exchange | None] = asyncio.Queue()
        self.is_stopped = False

    def take(self, exchange: Exchange) -> None:
        """May be called from any thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._queue.put_nowait, exchange)

    def stop(self) -> None:
        """Let who waits for the next one go."""
        self.is_stopped = True
        self._queue.put_nowait(None)

    async def next(self, within: float) -> Exchange | None:
        """The next exchange; None where it was stopped. Raises TimeoutError."""
        async with asyncio.timeout(within):
            return await self._queue.get()


async def launch_from_ehr(
    sandbox: Sandbox,
    feed: ExchangeFeed,
    launch: EhrLaunch,
    *,
    client: HttpClient,
    user: ScriptedUser | None = None,
    open_app: Callable[[str], Awaitable[None]] | None = None,
) -> AsyncGenerator[EhrLaunchEvent, None]:
    """Open the app and tell each exchange; the last event is LaunchEnded.

    With `user` a scripted browser goes to the app and answers the site's pages, as long as the app runs no script of
    its own in it; else `open_app` opens the address for a person. Raises WorkbenchError where the site cannot open it.
    """
    launch_uri = launch.launch_uri or next((c.launch_uri for c in sandbox.clients if c.id == launch.client_id), "")
    browsing: asyncio.Task[LaunchRefused | None] | None = None
    watch = LaunchWatch(launch.until)
    try:
        if launch_uri:
            address = await sandbox.start_launch(
                launch.context, launch_uri=launch_uri, client_id=launch.client_id, grant=launch.grant
            )
            yield AppOpened(address)
            if user is not None:
                browsing = asyncio.create_task(_browse(client, feed, user, address, sandbox))
            elif open_app is not None:
                await open_app(address)
        async for exchange in _listen(sandbox, feed, watch, launch.within, browsing):
            yield exchange
        yield _conclude(watch, feed, browsing, launch)
    finally:
        if browsing is not None and not browsing.done():
            browsing.cancel()
            with suppress(asyncio.CancelledError):
                await browsing


async def _listen(
    sandbox: Sandbox,
    feed: ExchangeFeed,
    watch: LaunchWatch,
    within: float,
    browsing: asyncio.Task[LaunchRefused | None] | None,
) -> AsyncGenerator[Exchange, None]:
    """Each exchange until the launch is over and nothing more comes."""
    waited = 0.0
    while sandbox.state == "up":
        is_over = watch.is_over or (_has_browsed(browsing) and not watch.may_refresh)
        if waited >= (QUIET if is_over else within):
            return
        try:
            exchange = await feed.next(_LOOK)
        except TimeoutError:
            waited += _LOOK
            continue
        if exchange is None:
            return
        waited = 0.0
        watch.add(exchange)
        yield exchange


def _has_browsed(browsing: asyncio.Task[LaunchRefused | None] | None) -> bool:
    return browsing is not None and browsing.done()


async def _browse(
    client: HttpClient, feed: ExchangeFeed, user: ScriptedUser, address: str, sandbox: Sandbox
) -> LaunchRefused | None:
    async with aclosing(visit_app(client, user, address, site=sandbox.addresses.fhir_base)) as events:
        async for event in events:
            if isinstance(event, LaunchRefused):
                return event
            feed.take(event)
    return None


async def visit_app(
    client: HttpClient, user: ScriptedUser, address: str, *, site: str
) -> AsyncGenerator[Exchange | LaunchRefused, None]:
    """Go to the app and where it sends: what the site does not see, which is all at the app, and why it ends early."""
    story = visit(client, user, address, until="", origins=(site,), stage="launch", receiver="app", home=address)
    async with aclosing(story) as events:
        async for event in events:
            at_site = isinstance(event, Exchange) and origin_of(event.request.address) == origin_of(site)
            if not at_site and not isinstance(event, Arrived):
                yield event


def _conclude(
    watch: LaunchWatch, feed: ExchangeFeed, browsing: asyncio.Task[LaunchRefused | None] | None, launch: EhrLaunch
) -> LaunchEnded:
    if launch.until in watch.reached and not feed.is_stopped:
        return LaunchEnded(True, watch.sentence)
    if feed.is_stopped:
        return LaunchEnded(launch.until in watch.reached, f"{watch.sentence} Stopped by you.", is_stopped=True)
    if watch.refusal:
        return LaunchEnded(False, f"{watch.sentence} {watch.refusal}")
    if browsing is not None and browsing.done() and not browsing.cancelled() and not watch.may_refresh:
        refused = browsing.result()
        if refused is not None:
            said, needs_person = refused.sentence, refused.error == NEEDS_A_PERSON
        else:
            said, needs_person = SCRIPTED_PAGE, "authorize" not in watch.reached
        return LaunchEnded(False, f"{watch.sentence} {said}", needs_person=needs_person)
    return LaunchEnded(False, f"{watch.sentence} Nothing came for {launch.within:g} seconds.")
