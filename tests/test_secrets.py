"""No secret that crossed the wire comes out again: not in a file, a report, a printed line or a message of our own."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, quote_plus

import pytest

from ui.tasks import make_report
from workbench.app_launch.app_launch import launch_as_app
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.cli import main
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response, utc_now
from workbench.narration import decoded_view, describe_exchange, to_curl
from workbench.scenario.recorder import Recorder
from workbench.scenario.report import to_html, to_json_report, to_junit
from workbench.scenario.runner import Endpoints
from workbench.scenario.scenario import (
    Check,
    CheckResult,
    FhirInteraction,
    ReplayFinished,
    Scenario,
    StepResult,
)
from workbench.scenario.scenario_file import to_scenario_text
from workbench.smart import launch_trace
from workbench.smart.secrets import SecretMask
from workbench.smart_app.app_keys import make_app_key
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.transports.http_client import HttpClient
from workbench.workspace.app_registration import register_workbench
from workbench.workspace.workspace import Workspace

CANARY = "cAnary/7f3a9c51+e2b84d60~x"
BASE = "http://127.0.0.1:1/fhir"
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
JSON = (("Content-Type", "application/json"),)
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ"
ENCODINGS = {
    "plain": CANARY,
    "percent": quote(CANARY, safe=""),
    "base64": base64.b64encode(CANARY.encode()).decode(),
    "base64url": base64.urlsafe_b64encode(CANARY.encode()).decode().rstrip("="),
    "hex": CANARY.encode().hex(),
    "json": "".join(f"\\u{ord(letter):04x}" for letter in CANARY),
}


def form(name: str) -> Request:
    return Request("POST", f"{BASE}/token", FORM, f"grant_type=x&{name}={quote(CANARY, safe='')}".encode())


def query(name: str) -> Request:
    return Request("GET", f"{BASE}/Patient?client_id=a&state=b&{name}={quote(CANARY, safe='')}")


def header(name: str, value: str) -> Request:
    return Request("GET", f"{BASE}/Patient/1", ((name, value),))


REQUESTS = {
    "bearer": header("Authorization", f"Bearer {CANARY}"),
    "basic": header("Authorization", "Basic " + base64.b64encode(f"user:{CANARY}".encode()).decode()),
    "cookie": header("Cookie", f"session={CANARY}; theme=dark"),
    **{f"query {n}": query(n) for n in ("code", "access_token", "id_token_hint", "client_secret", "flow")},
    **{
        f"form {n}": form(n)
        for n in (
            "code",
            "code_verifier",
            "refresh_token",
            "client_secret",
            "password",
            "client_assertion",
            "form_token",
        )
    },
    "json body": Request("POST", f"{BASE}/Basic", JSON, json.dumps({"client_secret": CANARY}).encode()),
    "json escapes": Request("POST", f"{BASE}/Basic", JSON, f'{{"password": "{ENCODINGS["json"]}"}}'.encode()),
    "MSH-8": Request(
        "MLLP", "mllp://127.0.0.1:1", body=f"MSH|^~\\&|A|B|C|D|2026|{CANARY}|ADT^A01|7|P|2.5.1\r".encode()
    ),
}
ANSWERS = {
    n: json.dumps({n: CANARY, "token_type": "Bearer"}).encode() for n in ("access_token", "refresh_token", "id_token")
}


def exchanges() -> Iterator[tuple[str, Exchange]]:
    """The canary in each place where a secret can stand."""
    plain = Response(200, JSON, b'{"resourceType": "Patient", "id": "1"}')
    for name, request in REQUESTS.items():
        response = (
            Response(None, body=b"MSH|^~\\&|C|D|A|B|2026||ACK|8|P|2.5.1\rMSA|AA|7\r") if name == "MSH-8" else plain
        )
        yield name, Exchange("workbench", "Site", request, response, utc_now(), 0.01)
    for name, body in ANSWERS.items():
        request = Request("POST", f"{BASE}/token", FORM, b"grant_type=authorization_code&client_id=a")
        yield f"answer {name}", Exchange("workbench", "Site", request, Response(200, JSON, body), utc_now(), 0.01)
    page = f'<!doctype html><form><input type="hidden" name="form_token" value="{CANARY}"></form>'.encode()
    shown = Response(200, (("Content-Type", "text/html; charset=utf-8"),), page)
    yield "hidden field", Exchange("workbench", "Site", Request("GET", f"{BASE}/sign-in"), shown, utc_now(), 0.01)
    location = Response(302, (("Location", f"http://127.0.0.1:2/callback?code={quote(CANARY, safe='')}&state=s"),))
    yield "location", Exchange("workbench", "Site", Request("POST", f"{BASE}/consent"), location, utc_now(), 0.01)


PLACES = [pytest.param(exchange, id=name) for name, exchange in exchanges()]


def find_leaks(text: str) -> list[str]:
    """The encodings in which the canary stands in `text`."""
    lower = text.lower()
    return [name for name, form_ in ENCODINGS.items() if form_ in text or form_.lower() in lower]


@pytest.mark.parametrize("exchange", PLACES)
def test_words_of_an_exchange_hold_no_secret(exchange: Exchange) -> None:
    line, view = describe_exchange(exchange), decoded_view(exchange, reveal=False)
    bodies = view.request.text + (view.response.text if view.response is not None else "")
    told = "\n".join((line.what, line.result, bodies, to_curl(exchange), launch_trace.describe_exchange(exchange)))
    assert find_leaks(told) == []


@pytest.mark.parametrize("exchange", PLACES)
def test_a_recorded_file_holds_no_secret(exchange: Exchange) -> None:
    recorder = Recorder("Canary", Endpoints("Site", fhir_base=BASE))
    recorder.add(exchange)
    try:
        text = to_scenario_text(recorder.propose())
    except WorkbenchError as error:
        text = str(error)
    assert find_leaks(text) == []


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("exchange", PLACES)
def test_a_report_holds_no_secret_in_any_encoding(exchange: Exchange, encoding: str) -> None:
    """A tested system may throw a secret back in any shape, and a failing check shows what came."""
    said = ENCODINGS[encoding]
    check = CheckResult(Check("header", "X-Echo"), "fail", f"The header was {said}.", f"not {said}", said)
    step = FhirInteraction("Read", method="GET", path="Patient/1")
    result = StepResult(step, "fail", f"It said {said}.", (exchange,), (check,), 0.1)
    finished = (ReplayFinished(Scenario("Canary", "", (step,)), "Site", "fail", (result,), 0.1),)
    for text in (to_junit(finished), to_html(finished), json.dumps(to_json_report(finished))):
        assert find_leaks(text) == []


def test_a_fault_of_ours_is_reported_without_the_token_that_it_met() -> None:
    texts = (
        f"Authorization: Bearer {CANARY}",
        f"access_token={quote(CANARY, safe='')}&x=1",
        f'{{"refresh_token": "{CANARY}"}}',
        f"client_secret: {CANARY}",
        f"token {JWT}",
    )
    for text in texts:
        report = make_report(ValueError(text))
        assert find_leaks(report.details + report.sentence) == [] and JWT not in report.details


SECRET = "a-long-client-secret/that&only=this test knows"
CREDENTIALS = (
    ClientCredentials("workbench"),
    ClientCredentials("by-basic", "client_secret_basic", SECRET),
    ClientCredentials("by-post", "client_secret_post", SECRET),
    ClientCredentials("by-key", "private_key_jwt", key=make_app_key("ES384")),
)


@pytest.mark.parametrize("credentials", CREDENTIALS, ids=[each.client_id for each in CREDENTIALS])
def test_a_whole_launch_leaves_no_secret_in_logs_or_representations(
    caplog: pytest.LogCaptureFixture, credentials: ClientCredentials
) -> None:
    caplog.set_level(logging.DEBUG)

    async def run() -> tuple[LaunchResult, list[Exchange]]:
        sandbox = Workspace(Path("nowhere")).make_sandbox("community-hospital")
        await sandbox.start()
        register_workbench(sandbox, credentials, "openid")
        seen: list[Exchange] = []
        result: object = None
        try:
            async with HttpClient() as client:
                async for event in launch_as_app(
                    client,
                    fhir_base=sandbox.addresses.fhir_base,
                    kind="standalone",
                    credentials=credentials,
                    scope="openid fhirUser launch/patient patient/Patient.rs offline_access",
                    user=ScriptedUser(user="raman", patient="amara-okafor"),
                ):
                    if isinstance(event, Exchange):
                        seen.append(event)
                    result = event
        finally:
            await sandbox.stop()
        assert isinstance(result, LaunchResult), result
        return result, seen

    result, seen = asyncio.run(run())
    forms = [parse_qs(each.request.body.decode()) for each in seen if each.request.address.endswith("/auth/token")]
    secrets = [result.access_token, result.refresh_token, result.id_token, result.nonce]
    secrets += [
        form[name][0] for form in forms for name in ("code", "code_verifier", "client_assertion") if name in form
    ]
    if credentials.client_secret:
        secrets += [SECRET, quote(SECRET, safe=""), quote_plus(SECRET)]
    if credentials.key:
        secrets += credentials.key.pem.splitlines()[1:-1]
    assert all(len(secret) > 20 for secret in secrets)
    told = "\n".join([caplog.text, repr(result), *(launch_trace.describe_exchange(each) for each in seen)])
    told += "\n".join(f"{describe_exchange(each)}\n{to_curl(each)}" for each in seen)
    assert [secret for secret in secrets if secret in told] == []


def test_a_token_on_the_command_line_is_not_printed_back(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_OF_MINE", CANARY)
    for extra in ([], ["--json"]):
        assert (
            main(["send", "fhir", "GET", "http://127.0.0.1:9/fhir/Patient/1", "--token-env", "TOKEN_OF_MINE", *extra])
            == 1
        )
        told = capsys.readouterr()
        assert find_leaks(told.out + told.err) == []


def test_an_answer_that_was_cut_off_anywhere_shows_nothing_of_its_tokens() -> None:
    body = json.dumps({"access_token": "cAnary-7f3a9c51-e2b84d60-x", "scope": "openid", "id_token": JWT}).encode()
    for length in range(len(body)):
        exchange = Exchange(
            "workbench", "site", Request("POST", BASE), Response(200, JSON, body[:length]), utc_now(), 0.1
        )
        shown = SecretMask().mask_exchange(exchange).response
        assert shown is not None
        told = shown.body.decode()
        assert "cAnary-7" not in told and JWT.split(".")[1][:6] not in told, told


HOSTILE: dict[str, tuple[str, bytes]] = {
    "beginnings of tokens": ("", b"eyJ" * 33_000),
    "beginnings of tokens in escapes": ("", b"%3deyJ" * 16_000),
    "question marks": ("?" * 50_000, b""),
    "parameters without a value": ("&a" * 30_000, b""),
    "codes beside other names": ("code=1&" * 5_000 + "&".join(f"a{n}=1" for n in range(3_000)), b""),
    "many secrets": ("", json.dumps([{"token": f"secret-{n:06d}"} for n in range(4_000)]).encode()),
    "secrets of all lengths": ("", json.dumps([{"token": "x" * n} for n in range(6, 440)]).encode()),
    "names without values": ("", b'"aaa":"' * 14_000),
    "controls without ends": ("", b"<input name=token " * 5_500),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_hostile_system_sends_is_masked_in_a_moment(name: str) -> None:
    """The window masks what it shows, so a body must not hold it up."""
    query, body = HOSTILE[name]
    address = f"{BASE}/x?{query}" if query else f"{BASE}/x"
    answer = Response(200, (("Location", address), ("Content-Type", "text/html")), body)
    exchange = Exchange("workbench", "Site", Request("GET", address), answer, utc_now(), 0.01)
    before = time.process_time()
    masked = SecretMask().mask_exchange(exchange)
    assert time.process_time() - before < 3.0
    assert masked.response is not None
    assert b"secret-000001" not in masked.response.body


@pytest.mark.parametrize("before", ["", " ", "=", "%3D", "%3d", "\\n", "\\u003d", '"', "x.", "(", "\n"])
def test_a_token_is_known_wherever_a_word_begins(before: str) -> None:
    assert SecretMask().mask(f"{before}{JWT}") == f"{before}•••"


def test_secrets_that_overlap_are_hidden_from_end_to_end() -> None:
    mask = SecretMask(("canary-one-two", "two-three-four", "canary"))
    assert mask.mask("<canary-one-two-three-four>") == "<•••>"
    assert SecretMask((JWT[10:30],)).mask(f"<{JWT}>") == "<•••>"
    assert SecretMask(("abcdef%ghijkl",)).mask("Bearer abcdef%ghijkl.") == "Bearer •••."


@pytest.mark.parametrize(
    "words",
    [
        "Basic metabolic panel",
        "Basic Metabolic Panel",
        "BASIC METABOLIC PANEL",
        "OBR|1|||24323-8^Basic metabolic-panel^LN",
        "Basic information/history",
        "a bearer tokens.",
        "Basic 12-lead",
    ],
)
def test_words_of_a_language_are_no_credentials(words: str) -> None:
    assert SecretMask().mask(words) == words


@pytest.mark.parametrize("token", ["dXNlcjpzZWNyZXQ=", "gCnfZgpRpVDawe-PGb5aO3zTYKqBiUTN", "0123456789", "a.b_c~d+e/"])
def test_credentials_behind_their_scheme_are_known_in_any_text(token: str) -> None:
    for scheme in ("Basic ", "Bearer ", "bearer%20"):
        assert SecretMask().mask(f"It sent “{scheme}{token}”.") == f"It sent “{scheme}•••”."
