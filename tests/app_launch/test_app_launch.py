"""The workbench launches as an app, over the wire, against an authorization server of a few plain pages."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from workbench.app_launch.app_launch import LaunchEvent, LaunchWaiting, launch_as_app
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.app_launch.token_requests import refresh_launch
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response
from workbench.smart.launch_trace import describe_exchange
from workbench.smart.tokens import make_challenge
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient
from workbench.transports.http_server import HttpServer

APP = ClientCredentials("workbench")
RAMAN = ScriptedUser(user="raman")
SCOPE = "launch/patient patient/Observation.rs offline_access"
Route = Callable[[Request, dict[str, str]], Response]


def page(title: str, form: str) -> Response:
    text = f"<title>{title}</title><form method=post>{form}</form>"
    return Response(200, (("Content-Type", "text/html"),), text.encode())


def json_answer(value: object, status: int = 200) -> Response:
    return Response(status, (("Content-Type", "application/json"),), json.dumps(value).encode())


def sent_on(address: str, **query: str) -> Response:
    return Response(302, (("Location", f"{address}?{urlencode(query)}" if query else address),))


@dataclass
class PlainSite:
    """The smallest site that can be launched at; `answers` put another answer in a path's place."""

    answers: dict[str, Route] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    address: str = ""

    async def answer(self, request: Request) -> Response:
        parts = urlsplit(request.address)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        given |= {name: " ".join(values) for name, values in parse_qs(request.body.decode()).items()}
        own = getattr(
            self, "answer_" + parts.path.strip("/").replace("/", "_").replace(".", "").replace("-", "_"), None
        )
        route: Route | None = self.answers.get(parts.path, own)
        return route(request, given) if route else Response(404)

    def answer_fhir_well_known_smart_configuration(self, request: Request, given: dict[str, str]) -> Response:
        auth = f"{self.address}/auth"
        return json_answer({"authorization_endpoint": f"{auth}/authorize", "token_endpoint": f"{auth}/token"})

    def answer_ehr(self, request: Request, given: dict[str, str]) -> Response:
        if request.method == "GET":
            form = "<input name=app><input name=launch_uri><input name=user><input name=patient><button>Launch</button>"
            return page("EHR", form)
        self.asked |= given
        return sent_on(given["launch_uri"], iss=f"{self.address}/fhir", launch=f"launch-{given['patient']}")

    def answer_auth_authorize(self, request: Request, given: dict[str, str]) -> Response:
        if request.method == "GET":
            self.asked |= given
            boxes = "".join(f"<input type=checkbox name=scope checked value={s}>" for s in given["scope"].split())
            return page("Consent", f"<input name=user required>{boxes}<button name=decision value=allow>Allow</button>")
        self.asked["granted"] = given.get("scope", "")
        return sent_on(self.asked["redirect_uri"], code="code-1", state=self.asked["state"])

    def answer_auth_token(self, request: Request, given: dict[str, str]) -> Response:
        if given["grant_type"] == "authorization_code":
            assert (given["code"], given["redirect_uri"]) == ("code-1", self.asked["redirect_uri"])
            assert make_challenge(given["code_verifier"]) == self.asked["code_challenge"]
        else:
            assert given["refresh_token"] == "refresh-1"
        answer = {"access_token": "token-1", "token_type": "Bearer", "scope": self.asked["granted"]}
        return json_answer({**answer, "patient": "amara-okafor", "refresh_token": "refresh-1"})


@asynccontextmanager
async def served(site: PlainSite) -> AsyncIterator[PlainSite]:
    server = HttpServer(site.answer)
    await server.start()
    site.address = server.address
    try:
        yield site
    finally:
        await server.stop()


def launch(site: PlainSite, kind: Any = "standalone", **changes: Any) -> list[LaunchEvent]:
    async def run() -> list[LaunchEvent]:
        async with served(site), HttpClient() as client:
            given: dict[str, Any] = {
                "user": RAMAN,
                "credentials": APP,
                "scope": SCOPE,
                "within": 5.0,
                "ehr_page": site.address + "/ehr",
            }
            given |= {"fhir_base": f"{site.address}/fhir", "kind": kind}
            events = launch_as_app(client, **(given | changes))
            return [event async for event in events]

    return asyncio.run(run())


def refused(events: list[LaunchEvent]) -> LaunchRefused:
    assert isinstance(events[-1], LaunchRefused), events[-1]
    return events[-1]


def test_a_standalone_launch_tells_each_exchange_and_ends_with_its_result() -> None:
    site = PlainSite()
    *exchanges, result = launch(site)
    assert isinstance(result, LaunchResult)
    assert (result.access_token, result.patient, result.missing_scopes) == ("token-1", "amara-okafor", ())
    told = [describe_exchange(e).partition(".")[0] for e in exchanges if isinstance(e, Exchange)]
    assert told == [
        "The app asked the site how to sign in (smart-configuration)",
        "The app read the site’s capability statement",
        "The app “workbench” asked for 3 scopes, with PKCE",
        "The user allowed the app",
        "The app exchanged the code for an access token and proved with its code verifier that it is the one who asked"
        " (PKCE)",
    ]
    assert site.asked["aud"] == f"{site.address}/fhir"
    assert site.asked["redirect_uri"] == "http://127.0.0.1/callback"
    assert len(site.asked["state"]) >= 22


def test_each_launch_has_a_state_and_a_verifier_of_its_own() -> None:
    first, second = PlainSite(), PlainSite()
    launch(first)
    launch(second)
    assert first.asked["state"] != second.asked["state"]
    assert first.asked["code_challenge"] != second.asked["code_challenge"]
    assert first.asked["state"] != first.asked["code_challenge"]


def test_an_ehr_launch_starts_at_the_page_of_the_ehr() -> None:
    site = PlainSite()
    events = launch(site, "ehr", patient="amara-okafor", encounter="amara-okafor-open")
    assert isinstance(events[-1], LaunchResult)
    assert site.asked["launch"] == "launch-amara-okafor"
    assert (site.asked["app"], site.asked["launch_uri"]) == ("workbench", "http://127.0.0.1/launch")
    assert "encounter=amara-okafor-open" in events[0].request.address if isinstance(events[0], Exchange) else False


def test_fewer_scopes_granted_than_asked_are_told_apart() -> None:
    result = launch(PlainSite(), grant="launch/patient")[-1]
    assert isinstance(result, LaunchResult)
    assert result.granted == ("launch/patient",)
    assert result.missing_scopes == ("patient/Observation.rs", "offline_access")


def test_an_ehr_without_a_page_cannot_be_launched_by_a_script() -> None:
    with pytest.raises(WorkbenchError, match="No page of the EHR"):
        launch(PlainSite(), "ehr", ehr_page="")


def test_discovery_falls_back_to_the_capability_statement() -> None:
    def statement(request: Request, given: dict[str, str]) -> Response:
        uris = [
            {"url": n, "valueUri": f"{site.address}/auth/{p}"}
            for n, p in (("authorize", "authorize"), ("token", "token"))
        ]
        url = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
        return json_answer({"rest": [{"security": {"extension": [{"url": url, "extension": uris}]}}]})

    site = PlainSite({"/fhir/.well-known/smart-configuration": lambda *_: Response(404), "/fhir/metadata": statement})
    events = launch(site)
    assert isinstance(events[-1], LaunchResult)
    assert len(events) == 6


CASES: dict[str, tuple[dict[str, Route], str, str, str]] = {
    "no discovery": (
        {"/fhir/.well-known/smart-configuration": lambda *_: Response(404)},
        "discovery",
        "no_configuration",
        "no smart-configuration: it answered 404. The site gave no capability statement: it answered 404.",
    ),
    "refused at once": (
        {
            "/auth/authorize": lambda _, given: sent_on(
                given["redirect_uri"], error="invalid_scope", state=given["state"]
            )
        },
        "redirect",
        "invalid_scope",
        "refused the authorization",
    ),
    "another state": (
        {"/auth/authorize": lambda _, given: sent_on(given["redirect_uri"], code="x", state="forged")},
        "redirect",
        "state_mismatch",
        "did not send",
    ),
    "an error page": (
        {"/auth/authorize": lambda *_: Response(400, (("content-type", "text/html"),), b"<title>Bad client</title>")},
        "sign-in",
        "http_400",
        "Bad client",
    ),
    "a page for a person": (
        {"/auth/authorize": lambda *_: page("Phone", "<input name=otp required>")},
        "sign-in",
        "needs_a_person",
        "“otp”",
    ),
    "no token": (
        {"/auth/token": lambda *_: json_answer({"error": "invalid_grant"}, 400)},
        "token",
        "invalid_grant",
        "The token endpoint refused",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_launch_that_a_site_refuses_ends_in_words(case: str) -> None:
    answers, stage, error, words = CASES[case]
    problem = refused(launch(PlainSite(dict(answers))))
    assert (problem.stage, problem.error) == (stage, error)
    assert words in problem.sentence


def test_an_ehr_that_names_another_base_is_refused() -> None:
    answers: dict[str, Route] = {
        "/ehr": lambda _, given: sent_on(given["launch_uri"], iss="https://evil.example", launch="1")
    }
    problem = refused(launch(PlainSite(answers), "ehr"))
    assert (problem.stage, problem.error) == ("launch", "other_iss")


def test_a_site_that_is_not_there_is_a_refusal_not_an_exception() -> None:
    problem = refused(launch(PlainSite(), fhir_base="http://127.0.0.1:9/fhir"))
    assert (problem.stage, problem.error) == ("discovery", "refused")


def test_a_refresh_gives_a_new_token_and_keeps_the_patient() -> None:
    async def run() -> None:
        async with served(PlainSite()) as site, HttpClient() as client:
            base = f"{site.address}/fhir"
            events = [e async for e in launch_as_app(
                client, fhir_base=base, kind="standalone", credentials=APP, scope=SCOPE, user=RAMAN
            )]  # fmt: skip
            assert isinstance(events[-1], LaunchResult)
            exchange, after = await refresh_launch(client, events[-1])
            assert exchange.response is not None
            assert isinstance(after, LaunchResult)
            assert (after.access_token, after.patient) == ("token-1", "amara-okafor")

    asyncio.run(run())


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


@dataclass
class Person:
    """A person at a system browser: follows redirects, fills the pages, and reads the last one."""

    client: HttpClient
    opened: list[str] = field(default_factory=list)
    last_page: str = ""
    walk: asyncio.Task[None] | None = None

    async def open(self, address: str) -> None:
        self.opened.append(address)
        self.walk = asyncio.create_task(self.browse(Request("GET", address)))

    async def browse(self, request: Request) -> None:
        while True:
            exchange = await self.client.send(request, sender="browser", within=5)
            response = exchange.response
            if response is None:
                return
            if response.status == 302:
                request = Request("GET", response.header("location"))
            elif request.method == "GET" and b"<form" in response.body:
                asked = parse_qs(urlsplit(request.address).query)
                answers = {name: values[0] for name, values in asked.items()} | {"user": "raman", "decision": "allow"}
                headers = (("Content-Type", "application/x-www-form-urlencoded"),)
                address = request.address.partition("?")[0]
                request = Request("POST", address, headers, urlencode(answers).encode())
            else:
                self.last_page = response.body.decode()
                return


@pytest.mark.parametrize("kind", ["standalone", "ehr"])
def test_a_person_signs_in_by_browser_and_the_port_is_free_after(kind: Any) -> None:
    async def run() -> None:
        async with served(PlainSite()) as site, HttpClient() as client:
            person = Person(client)
            events = [e async for e in launch_as_app(
                client, fhir_base=f"{site.address}/fhir", kind=kind, credentials=APP, scope=SCOPE,
                open_browser=person.open, ehr_page=f"{site.address}/ehr", patient="amara-okafor", within=5,
            )]  # fmt: skip
            waiting, result = events[0], events[-1]
            assert isinstance(waiting, LaunchWaiting)
            assert isinstance(result, LaunchResult), result
            assert site.asked["redirect_uri"] == waiting.redirect_address
            assert len(person.opened) == 1
            assert bool(waiting.launch_address) == (kind == "ehr")
            told = [describe_exchange(e) for e in events if isinstance(e, Exchange)]
            assert "The browser came back to the app with a code." in told[-1]
            assert person.walk is not None
            await person.walk
            assert "You may close this page" in person.last_page
            assert "token-1" not in person.last_page
            port = urlsplit(waiting.redirect_address).port
            assert port is not None
            assert is_free(port)

    asyncio.run(run())


def test_an_ehr_that_we_cannot_open_a_page_of_is_waited_for_at_our_launch_address() -> None:
    async def run() -> None:
        async with served(PlainSite()) as site, HttpClient() as client:
            person = Person(client)
            events = launch_as_app(
                client,
                fhir_base=f"{site.address}/fhir",
                kind="ehr",
                credentials=APP,
                scope=SCOPE,
                within=5,
            )
            last: LaunchEvent | None = None
            async for event in events:
                if isinstance(event, LaunchWaiting):
                    query = urlencode({"iss": f"{site.address}/fhir/", "launch": "from-elsewhere"})
                    await person.open(f"{event.launch_address}?{query}")
                last = event
            assert isinstance(last, LaunchResult), last
            assert site.asked["launch"] == "from-elsewhere"
            assert person.walk is not None
            await person.walk

    asyncio.run(run())


def test_a_person_who_never_comes_back_is_told_after_the_time_limit() -> None:
    async def nobody(address: str) -> None:
        return None

    problem = refused(launch(PlainSite(), user=None, open_browser=nobody, within=0.2))
    assert problem.error == "timeout"
    assert "0.2 seconds" in problem.sentence


def test_cancelling_a_waiting_launch_frees_its_port() -> None:
    async def run() -> None:
        async with served(PlainSite()) as site, HttpClient() as client:
            ports: list[int] = []

            async def wait_for_ever() -> None:
                async for event in launch_as_app(
                    client,
                    fhir_base=f"{site.address}/fhir",
                    kind="standalone",
                    credentials=APP,
                    scope=SCOPE,
                ):
                    if isinstance(event, LaunchWaiting):
                        ports.append(urlsplit(event.redirect_address).port or 0)

            task = asyncio.create_task(wait_for_ever())
            await asyncio.sleep(0.3)
            assert not is_free(ports[0])
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert is_free(ports[0])

    asyncio.run(run())


@pytest.mark.parametrize("path", ["/", "/launch?iss=x&launch=y", "/favicon.ico"])
def test_what_no_launch_waits_for_is_answered_and_changes_nothing(path: str) -> None:
    async def run() -> None:
        async with served(PlainSite()) as site, HttpClient() as client:
            person = Person(client)

            async def open_after_a_stranger(address: str) -> None:
                own = parse_qs(urlsplit(address).query)["redirect_uri"][0].removesuffix("/callback")
                stray = await client.send(Request("GET", own + path))
                assert stray.response is not None
                assert stray.response.status in (404, 409)
                await person.open(address)

            events = [e async for e in launch_as_app(
                client, fhir_base=f"{site.address}/fhir", kind="standalone", credentials=APP, scope=SCOPE,
                open_browser=open_after_a_stranger, within=5,
            )]  # fmt: skip
            assert isinstance(events[-1], LaunchResult)

    asyncio.run(run())


def test_a_port_that_is_taken_is_said_before_anything_is_sent() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(WorkbenchError, match="in use"):
            launch(PlainSite(), user=None, port=holder.getsockname()[1])


def test_the_words_of_a_site_are_escaped_on_our_page() -> None:
    async def run() -> None:
        refuse: Route = lambda _, given: sent_on(  # noqa: E731
            given["redirect_uri"], error="access_denied", error_description="<script>x</script>", state=given["state"]
        )
        async with served(PlainSite({"/auth/authorize": refuse})) as site, HttpClient() as client:
            person = Person(client)
            events = [e async for e in launch_as_app(
                client, fhir_base=f"{site.address}/fhir", kind="standalone", credentials=APP, scope=SCOPE,
                open_browser=person.open, within=5,
            )]  # fmt: skip
            assert isinstance(events[-1], LaunchRefused)
            assert person.walk is not None
            await person.walk
            assert "&lt;script&gt;" in person.last_page
            assert "<script>" not in person.last_page

    asyncio.run(run())
