"""The front door answers whatever arrives: pages, forms and tokens made of noise."""

from __future__ import annotations

import asyncio
import random
from urllib.parse import quote_from_bytes

import pytest

from tests.sandbox.running import make_sandbox
from workbench.exchange import Request, utc_now
from workbench.fhir_server.endpoint import FhirEndpoint
from workbench.fhir_server.store import FhirStore
from workbench.sandbox.ehr_page import EhrPage
from workbench.sandbox.front_door import FrontDoor, is_below
from workbench.sandbox.smart_endpoint import SmartEndpoint

ORIGIN = "http://127.0.0.1:8000"
PATHS = [
    "authorize",
    "token",
    "jwks",
    "introspect",
    "revoke",
    "userinfo",
    "sign-in",
    "patient",
    "encounter",
    "consent",
    "style.css",
    "x",
    "../x",
    "%00",
    "é",
]
NAMES = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "aud",
    "launch",
    "code",
    "code_verifier",
    "flow",
]
NAMES += ["grant_type", "refresh_token", "user", "patient", "encounter", "app", "launch_uri", "form_token", "decision"]
NAMES += ["token", "client_secret", "client_assertion", "client_assertion_type"]
VALUES = [
    b"",
    b"code",
    b"workbench",
    b"http://127.0.0.1:1/callback",
    b"\x00\xff\xfe",
    b"a" * 5000,
    b"%",
    b"\xe2\x80\x9c",
]
VALUES += [
    b"authorization_code",
    b"refresh_token",
    b"http://127.0.0.1:8000/fhir/r4",
    b"http://[",
    b"patient/*.rs",
    b"S256",
    b"client_credentials",
    b"urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    b"e30.e30.",
    b"eyJhbGciOiJSUzM4NCJ9.eyJzdWIiOiJxdWFsaXR5LXJlcG9ydHMifQ.x",
]


def open_door() -> FrontDoor:
    sandbox = make_sandbox("community-hospital")
    site, count = sandbox.site, iter(range(10**9))
    store = FhirStore(sandbox.population)

    def make_token() -> str:
        return f"token-{next(count)}"

    smart = SmartEndpoint(
        site, store, origin=ORIGIN, clock=utc_now, make_token=make_token, clients=lambda: site.smart.clients
    )
    ehr = EhrPage(
        site,
        store,
        smart.authorization,
        fhir_base=smart.fhir_base,
        make_token=make_token,
        clients=lambda: site.smart.clients,
    )
    return FrontDoor(site, FhirEndpoint(site, store), smart, ehr)


def make_noise(chance: random.Random) -> Request:
    base = chance.choice(["/auth/", "/ehr/", "/ehr", "/", "/fhir/r4/", "/auth/.well-known/"])
    form = "&".join(
        f"{chance.choice(NAMES)}={quote_from_bytes(chance.choice(VALUES))}" for _ in range(chance.randrange(12))
    )
    kind = chance.choice(
        ["application/x-www-form-urlencoded", "application/json", "", "multipart/form-data; boundary=x"]
    )
    headers = (
        ("content-type", kind),
        ("host", "127.0.0.1:8000"),
        ("authorization", chance.choice(["", "Bearer", "Bearer x", "Basic é", "Basic Og==", "Basic JTpG", "Digest x"])),
    )
    body = form.encode() if chance.random() < 0.7 else chance.randbytes(60)
    method = chance.choice(["GET", "POST", "POST", "HEAD", "PUT", "OPTIONS", "BREW"])
    return Request(method, f"{ORIGIN}{base}{chance.choice(PATHS)}?{form}", headers, body)


def test_noise_is_refused_and_never_fails() -> None:
    door, chance = open_door(), random.Random(20260301)  # noqa: S311 - noise, the same at each run

    async def story() -> set[int | None]:
        return {(await door.answer(make_noise(chance))).status for _ in range(1500)}

    statuses = asyncio.run(story())
    assert not [status for status in statuses if status is None or (status >= 500 and status != 501)]
    assert 400 in statuses


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/fhir/r4", True), ("/fhir/r4/", True), ("/fhir/r4/Patient", True), ("/fhir/r42", False), ("/", False)],
)
def test_a_base_ends_at_a_slash(path: str, expected: bool) -> None:
    assert is_below(path, "/fhir/r4") is expected
