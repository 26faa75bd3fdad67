"""Rows of exchanges recorded at a simulated site: all that a good app does, and what is tried and refused."""

from __future__ import annotations

import asyncio
import secrets
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

from tests.authorization_server.client_keys import RSA_KEY, assertion_form, claims_for
from tests.sandbox.person import REDIRECT, Person, json_of, query_of
from tests.sandbox.running import make_sandbox
from workbench.app_launch.jwks_host import JwksHost
from workbench.authorization_server.client_authentication import digest_secret
from workbench.authorization_server.rules import Client
from workbench.exchange import Exchange, Headers, Response
from workbench.launch_review.review import LaunchFacts
from workbench.sandbox.sandbox import Sandbox
from workbench.smart.tokens import make_challenge
from workbench.smart_app.app_keys import AppKey, make_app_key
from workbench.transports.http_client import HttpClient

Row = tuple[tuple[Exchange, ...], LaunchFacts]
SECRET = secrets.token_urlsafe(24)
BASIC: Headers = (("Authorization", "Basic " + b64encode(f"chart-summary:{SECRET}".encode()).decode()),)
ORIGIN: Headers = (("Origin", "http://127.0.0.1:5000"),)
SCOPE = "launch/patient launch/encounter openid fhirUser online_access patient/Patient.rs patient/Observation.rs"
NIGHT = Client("night", "At night", authentication="private_key_jwt", jwks=RSA_KEY.jwks, scope="system/*.rs")


class App(Person):
    """A good app: new state, nonce and verifier for each launch."""

    def __init__(self, client: HttpClient, sandbox: Sandbox) -> None:
        super().__init__(client, sandbox.addresses)
        self.sandbox = sandbox
        self.verifier = ""

    def parameters(self, **changes: str | None) -> dict[str, str]:
        self.verifier = secrets.token_urlsafe(48)
        form: dict[str, str | None] = {
            "response_type": "code",
            "client_id": "workbench",
            "redirect_uri": REDIRECT,
            "scope": SCOPE,
            "state": secrets.token_urlsafe(24),
            "nonce": secrets.token_urlsafe(24),
            "aud": self.site.fhir_base,
            "code_challenge": make_challenge(self.verifier),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (form | changes).items() if value is not None}

    async def discover(self) -> None:
        for path in (".well-known/smart-configuration", "metadata"):
            accept: Headers = (("Accept", "application/json"),)
            await self.ask("GET", f"{self.site.fhir_base}/{path}", accept + ORIGIN)
        for path in (".well-known/openid-configuration", "jwks"):
            await self.ask("GET", f"{self.site.issuer}/{path}")

    async def begin(self, **changes: str | None) -> Response:
        address = f"{self.site.issuer}/authorize?{urlencode(self.parameters(**changes))}"
        return await self.walk(await self.ask("GET", address), encounter="amara-okafor-open")

    async def trade(self, code: str, headers: Headers = ORIGIN, /, **changes: str | None) -> Response:
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "client_id": "workbench",
            "code_verifier": self.verifier,
        }
        fields = [(name, value) for name, value in (form | changes).items() if value is not None]
        return await self.post(f"{self.site.issuer}/token", fields, headers)

    async def enter(self, headers: Headers = ORIGIN, /, **changes: str | None) -> dict[str, Any]:
        """A launch up to its tokens."""
        client_id = None if headers is BASIC else changes.get("client_id", "workbench")
        code = query_of(await self.begin(**changes))["code"]
        return json_of(await self.trade(code, headers, client_id=client_id))

    async def send(self, name: str, headers: Headers = (), **fields: str) -> Response:
        return await self.post(f"{self.site.issuer}/{name}", [*fields.items()], headers)

    async def refresh(self, token: str, **changes: str) -> Response:
        given = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "workbench"} | changes
        return await self.send("token", **given)

    async def read(self, path: str, token: str = "", headers: Headers = ORIGIN) -> Response:
        given: Headers = (("Authorization", f"Bearer {token}"),) if token else ()
        return await self.ask("GET", f"{self.site.fhir_base}/{path}", given + headers)

    async def serve(self, scope: str = "system/Patient.rs", /, **claims: Any) -> Response:
        given = claims_for("night", f"{self.site.issuer}/token", time.time(), **claims)
        form = assertion_form(RSA_KEY.sign(given))
        return await self.send("token", grant_type="client_credentials", scope=scope, **form)


async def do_all(app: App) -> None:
    """All that a good app does, once."""
    await app.discover()
    opened = await app.answer(
        f"{app.site.ehr_page}?user=raman&patient=amara-okafor&app=workbench&launch_uri=http://127.0.0.1:5000/launch",
        ("user", "raman"),
        ("patient", "amara-okafor"),
        ("app", "workbench"),
        ("launch_uri", "http://127.0.0.1:5000/launch"),
        headers=(("Origin", app.site.ehr_page.rpartition("/")[0]),),
    )
    launch = query_of(opened)["launch"]
    form = app.parameters(scope=f"launch {SCOPE}", launch=launch)
    went = await app.walk(await app.send("authorize", **form), encounter="amara-okafor-open")
    tokens = json_of(await app.trade(query_of(went)["code"]))
    bearer: Headers = (("Authorization", f"Bearer {tokens['access_token']}"),)
    await app.ask("GET", f"{app.site.issuer}/userinfo", bearer)
    await app.read(f"Patient/{tokens['patient']}", tokens["access_token"])
    await app.read(f"Observation?patient={tokens['patient']}", tokens["access_token"])
    fresh = json_of(await app.refresh(tokens["refresh_token"], scope="patient/Patient.rs openid"))
    await app.read(f"Patient/{tokens['patient']}", fresh["access_token"])
    await app.send("introspect", BASIC, token=fresh["access_token"])
    await app.send("revoke", token=fresh["access_token"], client_id="workbench")
    await app.send("introspect", BASIC, token=fresh["access_token"])
    await app.enter()
    held = await app.enter(BASIC, client_id="chart-summary")
    await app.send("introspect", BASIC, token=held["access_token"])
    served = json_of(await app.serve())
    await app.read("Patient?_count=1", served["access_token"])
    await serve_by_address(app)


async def serve_by_address(app: App) -> None:
    """A backend service whose keys the site fetches."""
    keys: tuple[AppKey, ...] = (make_app_key("ES384"),)
    host = JwksHost(lambda: keys)
    await host.start()
    try:
        app.sandbox.register_client(
            Client("by-day", "By day", authentication="private_key_jwt", jwks_uri=host.address, scope="system/*.rs")
        )
        claims = claims_for("by-day", f"{app.site.issuer}/token", time.time())
        form = assertion_form(keys[0].sign(claims))
        await app.send("token", grant_type="client_credentials", scope="system/Patient.rs", **form)
    finally:
        await host.stop()


Story = Callable[[App], Awaitable[None]]


async def try_unknown_redirect(app: App) -> None:
    await app.begin(redirect_uri="https://elsewhere.example/callback")


async def try_plain(app: App) -> None:
    await app.begin(code_challenge_method="plain")


async def try_other_aud(app: App) -> None:
    await app.begin(aud="https://elsewhere.example/fhir")


async def try_strange_scope(app: App) -> None:
    await app.begin(scope="patient/Patient.rx")


async def try_code_twice(app: App) -> None:
    code = query_of(await app.begin())["code"]
    await app.trade(code)
    await app.trade(code)


async def try_wrong_verifier(app: App) -> None:
    await app.trade(query_of(await app.begin())["code"], code_verifier="w" * 43)


async def try_other_redirect(app: App) -> None:
    await app.trade(query_of(await app.begin())["code"], redirect_uri="http://127.0.0.1:5000/")


async def try_code_of_another(app: App) -> None:
    await app.trade(query_of(await app.begin())["code"], client_id="vitals-app")


async def try_old_refresh(app: App) -> None:
    tokens = await app.enter()
    await app.refresh(tokens["refresh_token"])
    await app.refresh(tokens["refresh_token"])


async def try_refresh_of_another(app: App) -> None:
    tokens = await app.enter()
    await app.refresh(tokens["refresh_token"], client_id="vitals-app")


async def try_wrong_secret(app: App) -> None:
    code = query_of(await app.begin(client_id="chart-summary"))["code"]
    wrong = b64encode(b"chart-summary:no-secret-of-mine").decode()
    await app.trade(code, (("Authorization", f"Basic {wrong}"),), client_id=None)


async def try_replay(app: App) -> None:
    await app.serve(jti="the-same")
    await app.serve(jti="the-same")


async def try_old_assertion(app: App) -> None:
    await app.serve(exp=int(time.time()) - 3600)


async def try_beyond_scope(app: App) -> None:
    tokens = await app.enter()
    await app.read("Condition?patient=amara-okafor", tokens["access_token"])
    await app.read("Patient/amara-okafor")
    await app.read("Patient/amara-okafor", secrets.token_urlsafe(24))


async def try_after_revocation(app: App) -> None:
    tokens = await app.enter()
    await app.read("Patient/amara-okafor", tokens["access_token"])
    await app.send("revoke", token=tokens["refresh_token"], client_id="workbench")
    await app.send("revoke", token=tokens["access_token"], client_id="workbench")
    await app.read("Patient/amara-okafor", tokens["access_token"])
    await app.refresh(tokens["refresh_token"])
    await app.send("revoke", token=tokens["access_token"], client_id="nobody-known")


async def try_stranger(app: App) -> None:
    tokens = await app.enter()
    await app.send("introspect", token=tokens["access_token"])


TRIED: tuple[Story, ...] = (
    try_unknown_redirect,
    try_plain,
    try_other_aud,
    try_strange_scope,
    try_code_twice,
    try_wrong_verifier,
    try_other_redirect,
    try_code_of_another,
    try_old_refresh,
    try_refresh_of_another,
    try_wrong_secret,
    try_replay,
    try_old_assertion,
    try_beyond_scope,
    try_after_revocation,
    try_stranger,
)


@cache
def whole_row() -> Row:
    return record_row(do_all)


@cache
def tried_row(name: str) -> Row:
    return record_row(next(story for story in TRIED if story.__name__ == name))


def tried_rows() -> dict[str, Row]:
    return {story.__name__: tried_row(story.__name__) for story in TRIED}


def record_row(story: Story) -> Row:
    """What the site and the app's own keys saw of a story, with a fresh site."""
    return asyncio.run(_record(story))


async def _record(story: Story) -> Row:
    seen: list[Exchange] = []
    sandbox = make_sandbox("community-hospital", on_exchange=seen.append)
    known = {client.id: client for client in sandbox.clients}
    sandbox.register_client(replace(known["chart-summary"], secret_sha256=digest_secret(SECRET)))
    sandbox.register_client(replace(known["workbench"], redirect_uris=("http://127.0.0.1/callback",)))
    sandbox.register_client(NIGHT)
    await sandbox.start()
    try:
        base = sandbox.addresses.fhir_base
        async with HttpClient() as client:
            app = App(client, sandbox)
            if story is not do_all:
                await app.discover()
            await story(app)
            await _hear_all(app, seen)
        return tuple(seen), LaunchFacts(fhir_base=base, clients=sandbox.clients)
    finally:
        await sandbox.stop()


async def _hear_all(app: App, seen: list[Exchange]) -> None:
    """Wait until the site has told its last exchange, which it does after it has answered."""
    last = f"{app.site.fhir_base}/the-last"
    await app.ask("GET", last)
    async with asyncio.timeout(10):
        while not seen or seen[-1].request.address != last:  # noqa: ASYNC110 # another thread tells it
            await asyncio.sleep(0.01)
    seen.pop()
