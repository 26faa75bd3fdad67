"""Security of a site's own pages: who may frame, post, reach and follow them, and what leaves no trace."""

from __future__ import annotations

import http.client
import logging
import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest

from tests.sandbox.person import FORM, REDIRECT, VERIFIER, Person, json_of, query_of
from tests.sandbox.running import make_sandbox, run_sandbox, tell
from workbench.app_launch.web_form import parse_page
from workbench.exchange import Exchange, Response
from workbench.sandbox.running_site import _make_token
from workbench.sandbox.sandbox import Sandbox

SEEN: list[Exchange] = []
SCOPE = "launch/patient launch/encounter openid patient/Patient.rs offline_access"


@pytest.fixture(scope="module")
def community() -> Iterator[Sandbox]:
    with run_sandbox(make_sandbox("community-hospital", on_exchange=SEEN.append)) as sandbox:
        yield sandbox


async def all_pages(person: Person) -> dict[str, Response]:
    """Every page of the site, those that tell of a problem among them."""
    origin = person.site.ehr_page.removesuffix("/ehr")
    pages = {"ehr": await person.ask("GET", person.site.ehr_page)}
    pages["not found"] = await person.ask("GET", f"{origin}/admin")
    pages["not found below auth"] = await person.ask("GET", f"{person.site.issuer}/admin")
    pages["error"] = await person.authorize(redirect_uri="http://evil.example/")
    pages["ended"] = await person.ask("GET", f"{person.site.issuer}/consent?flow=made-up")
    at = (await person.authorize(scope=SCOPE)).header("location")
    for fields in (("user", "raman"), ("patient", "amara-okafor"), ("encounter", "none")):
        pages[urlsplit(at).path] = await person.ask("GET", at)
        pages[f"{urlsplit(at).path} with a problem"] = await person.answer(at, (fields[0], "nobody"))
        at = (await person.answer(at, fields)).header("location")
    pages[urlsplit(at).path] = await person.ask("GET", at)
    return pages


def test_no_page_may_be_framed_kept_guessed_at_or_told_to_others(community: Sandbox) -> None:
    pages = tell(community, all_pages)
    assert len(pages) == 12
    for name, page in pages.items():
        policy = page.header("content-security-policy")
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, name
        assert "base-uri 'none'" in policy and "script-src" not in policy and "unsafe" not in policy, name
        assert ("form-action 'self'" in policy) is (name not in ("ehr", "/auth/consent")), name
        assert page.header("x-frame-options") == "DENY", name
        assert page.header("x-content-type-options") == "nosniff", name
        assert page.header("referrer-policy") == "no-referrer", name
        assert page.header("cache-control") == "no-store", name
        assert page.header("content-type") == "text/html; charset=utf-8", name
        assert page.header("access-control-allow-origin") == "", name


def test_pages_run_no_script_set_no_cookie_and_load_nothing_from_elsewhere(community: Sandbox) -> None:
    for name, page in tell(community, all_pages).items():
        text = page.body.decode()
        assert page.header("set-cookie") == "", name
        assert not re.search(r"<script|\son\w+=|javascript:|<iframe|<object|<style|\sstyle=", text), name
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text), name


@pytest.mark.parametrize("path", ["/ehr", "/auth/sign-in?flow=x", "/auth/jwks", "/auth/style.css", "/fhir/r4/metadata"])
def test_head_is_answered_as_get_without_its_body(community: Sandbox, path: str) -> None:
    async def story(person: Person) -> tuple[Response, Response]:
        origin = person.site.ehr_page.removesuffix("/ehr")
        return await person.ask("GET", origin + path), await person.ask("HEAD", origin + path)

    got, head = tell(community, story)
    assert (got.status, head.body) == (head.status, b"")
    assert got.header("content-type") == head.header("content-type")


HOSTS = ["evil.example", "127.0.0.1.evil.example:{port}", "evil.example:{port}", "", "0.0.0.0:{port}"]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/ehr"),
        ("POST", "/ehr/launch"),
        ("GET", "/auth/authorize"),
        ("POST", "/auth/authorize"),
        ("POST", "/auth/token"),
        ("GET", "/auth/consent"),
        ("GET", "/auth/jwks"),
        ("GET", "/auth/.well-known/openid-configuration"),
        ("GET", "/fhir/r4/metadata"),
        ("GET", "/fhir/r4/Patient"),
        ("GET", "/fhir/r4/.well-known/smart-configuration"),
        ("OPTIONS", "/auth/token"),
    ],
)
def test_a_name_that_was_bound_to_this_machine_by_another_site_is_refused_everywhere(
    community: Sandbox, host: str, method: str, path: str
) -> None:
    port = urlsplit(community.addresses.ehr_page).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host.format(port=port))
    connection.putheader("Access-Control-Request-Method", "POST")
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == (421 if host else answer.status) and answer.status >= 400
    assert b"form_token" not in body and answer.getheader("Location") is None
    assert answer.getheader("Access-Control-Allow-Origin") is None


PLACES = ["http://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "https:evil.example"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["next", "return_to", "redirect_uri", "flow", "iss", "launch_uri", "continue", "url"])
def test_no_parameter_of_a_page_leads_elsewhere(community: Sandbox, place: str, name: str) -> None:
    async def story(person: Person) -> list[Response]:
        base, value = person.site.ehr_page.removesuffix("/ehr"), quote(place)
        paths = ["/", "/ehr", "/ehr/launch", "/auth/sign-in", "/auth/patient", "/auth/consent", "/auth/authorize"]
        return [await person.ask("GET", f"{base}{path}?{name}={value}") for path in paths]

    for response in tell(community, story):
        assert "evil" not in response.header("location") and "alert" not in response.header("location")


@pytest.mark.parametrize("path", ["//evil.example/", "//evil.example/ehr", "/ehr//evil.example", "/%2f%2fevil.example"])
def test_no_path_leads_elsewhere(community: Sandbox, path: str) -> None:
    port = urlsplit(community.addresses.ehr_page).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert "evil" not in (answer.getheader("Location") or "")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example/launch",
        "/ehr",
        "http:/evil.example",
        "http://",
        "http:///launch",
        "http://user:secret@evil.example/launch",
        "http://127.0.0.1:99999/launch",
        "http://127.0.0.1\\@evil.example/",
        " http://127.0.0.1:1/\n",
        "http://127.0.0.1:1/\r\nSet-Cookie: a=b",
        "http://127.0.0.1:1/\x00",
    ],
)
def test_the_ehr_opens_no_app_at_an_address_that_is_none_of_the_web(community: Sandbox, address: str) -> None:
    async def story(person: Person) -> Response:
        fields = [("user", "berg"), ("patient", "amara-okafor"), ("encounter", ""), ("app", "workbench")]
        return await person.answer(person.site.ehr_page, *fields, ("launch_uri", address))

    response = tell(community, story)
    location = response.header("location")
    assert (response.status, location) == (400, "") or location.startswith("http://127.0.0.1:1/?iss=")
    assert response.header("set-cookie") == ""


@pytest.mark.parametrize(
    "value", ["a\r\nSet-Cookie: x=y", "a\nLocation: http://evil.example", "a\0b", "é\u2028x", "%0d%0aX: y"]
)
@pytest.mark.parametrize("name", ["state", "scope", "aud", "code_challenge", "launch", "nonce", "response_type"])
def test_no_parameter_gets_into_a_header(community: Sandbox, name: str, value: str) -> None:
    response = tell(community, lambda person: person.authorize(**{name: value}))
    assert response.header("set-cookie") == "" and response.header("x") == ""
    assert "\n" not in response.header("location") and "evil.example" not in response.header("location")[:40]


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_what_a_page_repeats_is_text(community: Sandbox, name: str) -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    response = tell(community, lambda person: person.authorize(**{name: hostile}))
    assert b"<script" not in response.body and b"<img" not in response.body


def test_a_form_works_for_its_own_flow_alone(community: Sandbox) -> None:
    """Who lures a person to a form of a flow begun elsewhere has not its token."""

    async def story(person: Person) -> Response:
        mine, other = (await person.authorize()).header("location"), (await person.authorize()).header("location")
        page = await person.ask("GET", mine)
        (form,) = parse_page(page.body.decode()).forms
        token = next(field.value for field in form.fields if field.name == "form_token")
        fields = [("flow", query_of_address(other)["flow"]), ("form_token", token), ("user", "raman")]
        return await person.post(f"{person.site.issuer}/sign-in", fields)

    assert tell(community, story).status == 403


def query_of_address(address: str) -> dict[str, str]:
    return query_of(Response(303, (("Location", address),)))


def test_a_code_stands_in_no_address_but_the_apps_and_in_no_page(community: Sandbox) -> None:
    async def story(person: Person) -> str:
        return await person.code()

    SEEN.clear()
    code = tell(community, story)
    places = [
        exchange.request.address
        for exchange in SEEN
        if exchange.response and code.encode() in exchange.response.body + exchange.request.address.encode()
    ]
    assert places == []
    answers = [e.response.header("location") for e in SEEN if e.response and code in e.response.header("location")]
    assert len(answers) == 1 and answers[0].startswith(REDIRECT)


def test_tokens_are_random_and_long_enough_to_guess_none() -> None:
    made = {_make_token() for _ in range(2000)}
    assert len(made) == 2000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22,}", token) for token in made)
    # 22 letters of 64 carry 132 bits; every letter varies at every place.
    assert all(len({token[at] for token in made}) > 40 for at in range(21))


def test_nothing_secret_of_a_launch_is_in_a_log_or_in_what_is_told_of_its_parts(
    community: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(person: Person) -> list[str]:
        at = (await person.authorize(scope=SCOPE, state="state-canary")).header("location")
        flow_id = query_of_address(at)["flow"]
        code = query_of(await person.walk(Response(303, (("Location", at),))))["code"]
        answer = json_of(await person.redeem(code))
        token = answer["access_token"]
        await person.fhir("Patient/amara-okafor", token)
        await person.fhir(f"Patient?_id={token}", token)
        await person.fhir("Patient/%zz", token)
        await person.ask("POST", f"{person.site.issuer}/token", FORM, b"\xff" * 10 + token.encode())
        return [flow_id, code, token, answer["refresh_token"], answer["id_token"], "state-canary", VERIFIER]

    with caplog.at_level(logging.DEBUG):
        secrets = tell(community, story)
    told = "\n".join(f"{record.getMessage()} {record.exc_text or ''} {record.args!r}" for record in caplog.records)
    for secret in secrets:
        assert secret not in told
