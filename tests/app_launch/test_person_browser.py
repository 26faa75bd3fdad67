"""A person's browser comes back to loopback: whatever else hits the port changes nothing, and one visit counts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.app_launch.honest_site import HonestSite
from workbench.app_launch.app_launch import LaunchEvent, LaunchWaiting, launch_as_app
from workbench.app_launch.browser import ScriptedBrowser
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient

SCOPE = "launch openid fhirUser patient/Observation.rs"
APP = ClientCredentials("workbench")


class Forms(HTMLParser):
    """The one form of a page: where it goes, and its fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.action, self.method = "", ""
        self.fields: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action, self.method = given["action"], given["method"]
        elif tag == "input":
            self.fields.append((given["name"], given["value"]))


class Person:
    """Somebody at a browser who goes where the pages send; `before` is done on arriving at each address."""

    def __init__(self, client: HttpClient, before: Callable[[str], Awaitable[None]] | None = None) -> None:
        self._client = client
        self._before = before
        self.seen: list[Request] = []
        self.last: Response | None = None
        self.walk: asyncio.Task[None] | None = None

    async def open(self, address: str) -> None:
        self.walk = asyncio.create_task(self.browse(Request("GET", address)))

    async def browse(self, request: Request | None) -> None:
        while request is not None:
            self.seen.append(request)
            if self._before is not None:
                await self._before(request.address)
            exchange = await self._client.send(request, sender="browser", within=10)
            self.last = exchange.response
            request = self.next_of(exchange.response)

    def next_of(self, response: Response | None) -> Request | None:
        if response is None:
            return None
        if response.status in (302, 303):
            return Request("GET", response.header("location"))
        form = Forms(response.body.decode())
        if not form.action:
            return None
        headers = (("Content-Type", "application/x-www-form-urlencoded"),)
        return Request(form.method.upper(), form.action, headers, urlencode(form.fields).encode())


def launch(
    site: HonestSite, meet: Callable[[HttpClient, LaunchWaiting, Person], Awaitable[None]] | None = None, **changes: Any
) -> tuple[list[LaunchEvent], Person]:
    """Launch with a person; `meet` is done as soon as the launch waits."""

    async def run() -> tuple[list[LaunchEvent], Person]:
        async with site.served(), HttpClient() as client:
            person = Person(client)
            given: dict[str, Any] = {"kind": "standalone", "credentials": APP, "scope": SCOPE, "within": 5.0}
            given |= {"open_browser": person.open, "fhir_base": f"{site.address}/fhir"}
            events: list[LaunchEvent] = []
            async for event in launch_as_app(client, **(given | changes)):
                events.append(event)
                if isinstance(event, LaunchWaiting) and meet is not None:
                    await meet(client, event, person)
            if person.walk is not None:
                await person.walk
            return events, person

    return asyncio.run(run())


async def launch_from_elsewhere(client: HttpClient, waiting: LaunchWaiting, person: Person, base: str) -> None:
    await person.open(f"{waiting.launch_address}?{urlencode({'iss': base, 'launch': 'from-the-ehr'})}")


def test_a_form_is_posted_by_a_page_of_ours() -> None:
    site = HonestSite()
    events, person = launch(site, post=True)
    assert isinstance(events[-1], LaunchResult), events[-1]
    ours, theirs = person.seen[0], person.seen[1]
    assert urlsplit(ours.address).path.startswith("/sign-in/")
    assert (theirs.method, theirs.address) == ("POST", f"{site.address}/auth/authorize")
    assert dict(parse_qsl(theirs.body.decode()))["code_challenge_method"] == "S256"


def test_an_ehr_launch_goes_on_from_the_page_that_waits_by_a_form_too() -> None:
    site = HonestSite()

    async def meet(client: HttpClient, waiting: LaunchWaiting, person: Person) -> None:
        await launch_from_elsewhere(client, waiting, person, f"{site.address}/fhir")

    events, person = launch(site, meet, kind="ehr", post=True)
    assert isinstance(events[-1], LaunchResult), events[-1]
    assert site.asked["launch"] == "from-the-ehr"
    assert [request.method for request in person.seen] == ["GET", "GET", "POST", "GET"]


def test_without_a_base_the_ehr_may_be_any_known_sandbox() -> None:
    site = HonestSite()

    async def meet(client: HttpClient, waiting: LaunchWaiting, person: Person) -> None:
        bases[f"{site.address}/fhir/"] = "The hospital"
        await launch_from_elsewhere(client, waiting, person, f"{site.address}/fhir")

    bases = {"https://elsewhere.example/fhir": "Elsewhere"}
    events, _ = launch(site, meet, kind="ehr", fhir_base="", bases=bases)
    result = events[-1]
    assert isinstance(result, LaunchResult), result
    assert result.fhir_base == f"{site.address}/fhir"
    asked = [event for event in events if isinstance(event, Exchange) and "/auth/token" in event.request.address]
    assert [exchange.receiver for exchange in asked] == ["The hospital"]


def test_an_ehr_that_no_sandbox_has_is_refused_and_never_asked() -> None:
    site = HonestSite()

    async def meet(client: HttpClient, waiting: LaunchWaiting, person: Person) -> None:
        await launch_from_elsewhere(client, waiting, person, f"{site.address}/fhir")

    events, person = launch(site, meet, kind="ehr", fhir_base="", bases={"https://elsewhere.example/fhir": "Elsewhere"})
    refused = events[-1]
    assert isinstance(refused, LaunchRefused)
    assert (refused.stage, refused.error) == ("launch", "other_iss")
    assert site.hits == {}
    assert person.last is not None and b"The launch was refused" in person.last.body


def test_a_launch_without_a_base_or_a_known_one_is_our_own_failure() -> None:
    with pytest.raises(WorkbenchError, match="no FHIR base"):
        launch(HonestSite(), kind="ehr", fhir_base="")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/favicon.ico", 404),
        ("GET", "/", 404),
        ("GET", "/callback/", 404),
        ("GET", "/callback", 400),
        ("GET", "/callback?", 400),
        ("GET", "/sign-in/guess", 404),
        ("POST", "/callback", 405),
        ("HEAD", "/callback", 405),
        ("GET", "/launch?iss=x&launch=y", 409),
    ],
)
def test_what_is_not_the_way_back_changes_nothing(method: str, path: str, status: int) -> None:
    answers: list[int | None] = []

    async def run() -> list[LaunchEvent]:
        site = HonestSite()
        async with site.served(), HttpClient() as client:
            person = Person(client)

            async def open_after_a_stranger(address: str) -> None:
                own = dict(parse_qsl(urlsplit(address).query))["redirect_uri"].removesuffix("/callback")
                answered = (await client.send(Request(method, own + path))).response
                answers.append(answered.status if answered else None)
                await person.open(address)

            return [e async for e in launch_as_app(
                client, kind="standalone", credentials=APP, scope=SCOPE, within=5.0,
                open_browser=open_after_a_stranger, fhir_base=f"{site.address}/fhir",
            )]  # fmt: skip

    *exchanges, last = asyncio.run(run())
    assert isinstance(last, LaunchResult), last
    assert answers == [status]
    told = [each.request.address for each in exchanges if isinstance(each, Exchange)]
    assert not any(address.endswith(path) for address in told if path != "/")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", ""])
def test_a_host_that_is_not_ours_is_turned_away(host: str) -> None:
    answers: list[int | None] = []

    async def meet(client: HttpClient, waiting: LaunchWaiting, person: Person) -> None:
        request = Request("GET", waiting.redirect_address + "?code=stolen&state=x", (("Host", host),))
        response = (await client.send(request)).response
        answers.append(response.status if response else None)

    events, _ = launch(HonestSite(), meet)
    assert isinstance(events[-1], LaunchResult), events[-1]
    assert answers in ([421], [400])


@pytest.mark.parametrize("kind", ["image", "empty", "iframe", "document"])
def test_only_the_window_of_a_browser_comes_back(kind: str) -> None:
    """Any page that is open in the browser may try ports; it cannot say that it is the window itself."""

    async def run() -> LaunchEvent:
        site = HonestSite()
        async with site.served(), HttpClient() as client:
            person = Person(client)

            async def open_after_a_stray(address: str) -> None:
                own = dict(parse_qsl(urlsplit(address).query))["redirect_uri"]
                stray = Request("GET", f"{own}?code=stolen&state=x", (("Sec-Fetch-Dest", kind),))
                visits.append(asyncio.ensure_future(client.send(stray)))
                await asyncio.wait(visits, timeout=0.5)
                await person.open(address)

            visits: list[asyncio.Future[Exchange]] = []
            events = launch_as_app(
                client, kind="standalone", credentials=APP, scope=SCOPE, within=5.0,
                open_browser=open_after_a_stray, fhir_base=f"{site.address}/fhir",
            )  # fmt: skip
            return [event async for event in events][-1]

    last = asyncio.run(run())
    if kind == "document":
        assert isinstance(last, LaunchRefused) and last.error == "state_mismatch"
    else:
        assert isinstance(last, LaunchResult), last


def test_the_way_back_is_gone_a_second_time_for_nothing() -> None:
    """The page of a code that came is loaded again while the first is worked on."""

    async def run() -> tuple[LaunchEvent, Response | None, HonestSite]:
        site = HonestSite()
        answer, came, again = site.answer, asyncio.Event(), asyncio.Event()

        async def slow(request: Request) -> Response:
            if request.address.endswith("/auth/token"):
                came.set()
                await again.wait()
            return await answer(request)

        site.answer = slow  # type: ignore[method-assign]
        async with site.served(), HttpClient() as client:
            person, second = Person(client), Person(client)

            async def reload() -> None:
                await came.wait()
                await second.browse(person.seen[-1])
                again.set()

            reloading = asyncio.create_task(reload())
            events = [e async for e in launch_as_app(
                client, kind="standalone", credentials=APP, scope=SCOPE, within=5.0, open_browser=person.open,
                fhir_base=f"{site.address}/fhir",
            )]  # fmt: skip
            await reloading
            return events[-1], second.last, site

    last, reloaded, site = asyncio.run(run())
    assert isinstance(last, LaunchResult), last
    assert reloaded is not None and reloaded.status == 409 and b"goes on in another tab" in reloaded.body
    assert site.hits["/auth/token"] == 1


def test_a_browser_that_cannot_be_opened_is_told_by_its_own_words() -> None:
    async def refuse(address: str) -> None:
        raise WorkbenchError("No browser is there.")

    with pytest.raises(WorkbenchError, match="No browser"):
        launch(HonestSite(), open_browser=refuse)


def test_a_port_that_is_registered_stands_in_both_addresses() -> None:
    async def run() -> tuple[str, str]:
        async with HttpClient() as client:
            browser = ScriptedBrowser(client, origins=(), receiver="", within=1, port=4321)
            return browser.launch_address, browser.redirect_address

    assert asyncio.run(run()) == ("http://127.0.0.1:4321/launch", "http://127.0.0.1:4321/callback")


def test_our_pages_cannot_be_framed_and_keep_nothing() -> None:
    _, person = launch(HonestSite())
    assert person.last is not None
    assert person.last.header("x-frame-options") == "DENY"
    assert person.last.header("cache-control") == "no-store"
    assert person.last.header("referrer-policy") == "no-referrer"
    assert "default-src 'none'" in person.last.header("content-security-policy")
