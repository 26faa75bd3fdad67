"""Launch faults over the wire: what goes wrong is what the name says, as often and for whom the rule says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.person import Person, json_of, query_of
from tests.sandbox.running import make_sandbox, tell
from workbench.app_launch.backend_launch import launch_backend
from workbench.authorization_server.fault_rule import FAULT_NAMES, FaultRule, LaunchFault
from workbench.authorization_server.launch_fault_text import parse_fault_rule
from workbench.authorization_server.launch_faults import describe_fault
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response
from workbench.sandbox.sandbox import Sandbox
from workbench.site.site import Client
from workbench.smart.launch_context import LaunchContext
from workbench.smart.tokens import decode_token, verify_token
from workbench.smart_app.app_keys import make_app_key
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient

SCOPE = "launch/patient openid fhirUser offline_access patient/Patient.rs"


@pytest.fixture(scope="module")
def seen() -> list[Exchange]:
    return []


@pytest.fixture(scope="module")
def running(seen: list[Exchange]) -> Iterator[Sandbox]:
    plain = make_sandbox("community-hospital")
    sandbox = Sandbox(plain.site, plain.population, on_exchange=seen.append)
    asyncio.run(sandbox.start())
    yield sandbox
    asyncio.run(sandbox.stop())


@pytest.fixture
def site(running: Sandbox, seen: list[Exchange]) -> Iterator[Sandbox]:
    """The site without faults, as each test begins and leaves it."""
    seen.clear()
    yield running
    for use in running.faults.uses:
        running.faults.remove(use.id)


def ask_for(site: Sandbox, *texts: str) -> None:
    for text in texts:
        site.faults.add(parse_fault_rule(text))


def counts(site: Sandbox) -> list[tuple[int, int]]:
    return [(use.seen, use.used) for use in site.faults.uses]


async def launch(person: Person) -> dict[str, Any]:
    return await person.launch(scope=SCOPE)


async def end_at_app(person: Person, **changes: str | None) -> dict[str, str]:
    return query_of(await person.walk(await person.authorize(scope=SCOPE, **changes)))


async def refresh(person: Person, token: str) -> Response:
    fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "workbench")]
    return await person.post(f"{person.site.issuer}/token", fields)


async def keys_of(person: Person) -> dict[str, Any]:
    return json_of(await person.ask("GET", f"{person.site.issuer}/jwks"))


def wait_for_notes(seen: list[Exchange], count: int = 1) -> list[Exchange]:
    """The exchanges with a note; an exchange is told once it is over, which its sender may know a moment earlier."""
    until = time.monotonic() + 5
    while time.monotonic() < until and sum(bool(exchange.note) for exchange in seen) < count:
        time.sleep(0.01)
    return [exchange for exchange in seen if exchange.note]


def error_of(response: Response) -> tuple[int | None, str]:
    return response.status, json_of(response)["error"]


def test_without_faults_nothing_is_noted(site: Sandbox, seen: list[Exchange]) -> None:
    answer = tell(site, launch)
    assert answer["refresh_token"] and answer["id_token"]
    assert {exchange.note for exchange in seen} == {""}


def test_a_wrong_code_is_refused_by_the_token_endpoint(site: Sandbox) -> None:
    async def story(person: Person) -> Response:
        return await person.redeem(await person.code())

    ask_for(site, "wrong-code once")
    assert error_of(tell(site, story)) == (400, "invalid_grant")
    assert tell(site, story).status == 200
    assert counts(site) == [(2, 1)]


def test_an_expired_code_is_refused_as_too_old_and_the_next_one_holds(site: Sandbox) -> None:
    async def story(person: Person) -> Response:
        return await person.redeem(await person.code())

    ask_for(site, "expired-code once")
    response = tell(site, story)
    assert error_of(response) == (400, "invalid_grant")
    assert "older than 60 seconds" in json_of(response)["error_description"]
    assert tell(site, story).status == 200


def test_the_state_comes_back_changed_and_the_code_is_good(site: Sandbox) -> None:
    async def story(person: Person) -> tuple[dict[str, str], Response]:
        query = await end_at_app(person)
        return query, await person.redeem(query["code"])

    ask_for(site, "state-changed")
    query, response = tell(site, story)
    assert query["state"] == "another-state-than-the-app-gave"
    assert response.status == 200


def test_a_given_consent_is_taken_for_a_refusal(site: Sandbox) -> None:
    ask_for(site, "access-denied")
    query = tell(site, end_at_app)
    assert (query["error"], query["state"]) == ("access_denied", "s-1")
    assert "code" not in query


@pytest.mark.parametrize(("fault", "error"), [("wrong-aud", "invalid_request"), ("invalid-scope", "invalid_scope")])
def test_what_the_app_asks_for_is_refused_by_a_redirect_with_the_error(site: Sandbox, fault: str, error: str) -> None:
    ask_for(site, fault)
    query = tell(site, end_at_app)
    assert (query["error"], query["state"]) == (error, "s-1")
    assert "code" not in query


def test_what_stands_in_the_address_of_the_app_itself_is_left_alone(site: Sandbox) -> None:
    address = "http://127.0.0.1/callback?state=own&code=own"
    site.register_client(Client("own-query", "Own query", (address,)))

    async def story(person: Person) -> str:
        response = await person.authorize(client_id="own-query", redirect_uri=address)
        return (await person.walk(response)).header("location")

    ask_for(site, "state-changed for own-query", "wrong-code for own-query")
    query = parse_qs(urlsplit(tell(site, story)).query)
    assert query["state"] == ["own", "another-state-than-the-app-gave"]
    assert query["code"] == ["own", "a-code-that-was-never-given"]


def test_a_refusal_on_request_never_redirects_to_an_address_that_is_not_registered(site: Sandbox) -> None:
    ask_for(site, "wrong-aud", "invalid-scope")
    response = tell(site, lambda person: person.authorize(redirect_uri="http://evil.example/callback"))
    assert (response.status, response.header("location")) == (400, "")
    assert counts(site) == [(0, 0), (0, 0)]


@pytest.mark.parametrize("fault", ["redirect-refused", "invalid-client at authorize"])
def test_an_app_that_is_not_known_stays_on_a_page_of_the_site(site: Sandbox, fault: str) -> None:
    ask_for(site, fault)
    response = tell(site, lambda person: person.authorize())
    assert (response.status, response.header("location")) == (400, "")
    assert b"Nothing was sent back to the app" in response.body


@pytest.mark.parametrize("changes", [{"code_verifier": "w" * 43}, {"code_verifier": None}, {}])
def test_where_pkce_is_not_checked_any_verifier_or_none_gets_tokens(
    site: Sandbox, changes: dict[str, str | None]
) -> None:
    async def story(person: Person) -> Response:
        return await person.redeem(await person.code(), **changes)

    ask_for(site, "pkce-not-checked once")
    assert tell(site, story).status == 200
    assert tell(site, story).status == (400 if changes else 200)


def test_where_pkce_is_not_checked_an_app_may_ask_without_a_challenge(site: Sandbox) -> None:
    async def story(person: Person) -> Response:
        code = await person.code(code_challenge=None, code_challenge_method=None)
        return await person.redeem(code, code_verifier=None)

    ask_for(site, "pkce-not-checked")
    assert tell(site, story).status == 200


def test_a_site_without_pkce_does_not_publish_it_unless_that_is_for_one_app(site: Sandbox) -> None:
    async def story(person: Person) -> Any:
        address = f"{person.site.fhir_base}/.well-known/smart-configuration"
        return json_of(await person.ask("GET", address)).get("code_challenge_methods_supported")

    ask_for(site, "pkce-not-checked for workbench")
    assert tell(site, story) == ["S256"]
    ask_for(site, "pkce-not-checked")
    assert tell(site, story) is None
    assert counts(site) == [(0, 0), (0, 0)]


def test_an_unknown_client_is_told_so_by_the_token_endpoint_once_and_its_code_still_holds(site: Sandbox) -> None:
    async def story(person: Person) -> tuple[Response, Response]:
        code = await person.code()
        return await person.redeem(code), await person.redeem(code)

    ask_for(site, "invalid-client once")
    first, second = tell(site, story)
    assert error_of(first) == (401, "invalid_client")
    assert first.header("access-control-allow-origin") == "*"
    assert second.status == 200


@pytest.mark.parametrize(
    ("fault", "member", "value"),
    [
        ("wrong-token-type", "token_type", "mac"),
        ("missing-patient", "patient", None),
        ("no-refresh-token", "refresh_token", None),
        ("id-token-missing", "id_token", None),
    ],
)
def test_one_member_of_the_token_answer_is_wrong_and_all_else_is_right(
    site: Sandbox, fault: str, member: str, value: str | None
) -> None:
    usual = tell(site, launch)
    ask_for(site, f"{fault} once")
    spoilt, after = tell(site, launch), tell(site, launch)
    assert spoilt.get(member) == value
    assert spoilt.keys() | {member} == usual.keys() == after.keys()
    assert spoilt["scope"] == usual["scope"]
    assert after[member] and after[member] != value


def test_a_fault_that_has_nothing_to_act_on_is_not_used_up(site: Sandbox) -> None:
    ask_for(site, "no-refresh-token once")
    tell(site, lambda person: person.launch(scope="patient/Patient.rs"))
    assert counts(site) == [(0, 0)]
    assert "refresh_token" not in tell(site, launch)


def test_the_token_answer_ends_in_the_middle_of_its_json(site: Sandbox) -> None:
    async def story(person: Person) -> Response:
        return await person.redeem(await person.code())

    ask_for(site, "malformed-json once")
    response = tell(site, story)
    assert (response.status, response.header("content-type")) == (200, "application/json")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json_of(response)
    json_of(tell(site, story))


def test_a_token_that_expired_stays_so_and_a_refreshed_one_holds(site: Sandbox) -> None:
    async def story(person: Person) -> list[int | None]:
        answer = await launch(person)
        statuses = []
        for _ in range(2):
            response = await person.fhir("Patient/amara-okafor", answer["access_token"])
            statuses.append(response.status)
        assert "invalid_token" in response.header("www-authenticate")
        fresh = json_of(await refresh(person, answer["refresh_token"]))
        statuses.append((await person.fhir("Patient/amara-okafor", fresh["access_token"])).status)
        return statuses

    ask_for(site, "expired-token once")
    assert tell(site, story) == [401, 401, 200]


def test_a_token_that_expired_stays_so_and_says_why_after_the_rule_is_gone(site: Sandbox, seen: list[Exchange]) -> None:
    async def story(person: Person) -> list[int | None]:
        token = (await launch(person))["access_token"]
        first = (await person.fhir("Patient/amara-okafor", token)).status
        for use in site.faults.uses:
            site.faults.remove(use.id)
        return [first, (await person.fhir("Patient/amara-okafor", token)).status]

    ask_for(site, "expired-token")
    assert tell(site, story) == [401, 401]
    assert [told.note for told in wait_for_notes(seen, 2)] == ["On request: expired-token"] * 2


def test_a_token_that_expired_is_told_as_ended_by_userinfo_and_introspection_too(site: Sandbox) -> None:
    async def story(person: Person) -> tuple[list[int | None], list[bool]]:
        answer, other = await launch(person), await launch(person)
        issuer, headers = person.site.issuer, (("Authorization", f"Bearer {answer['access_token']}"),)
        statuses = [(await person.ask("GET", f"{issuer}/userinfo", headers)).status]
        statuses.append((await person.fhir("Patient/amara-okafor", answer["access_token"])).status)
        asker = (("Authorization", f"Bearer {other['access_token']}"),)
        active = []
        for token in (answer["access_token"], other["access_token"]):
            told = await person.post(f"{issuer}/introspect", [("token", token)], asker)
            active.append(json_of(told)["active"])
        return statuses, active

    ask_for(site, "expired-token at userinfo once")
    assert tell(site, story) == ([401, 401], [False, True])


def test_an_expired_refresh_token_stays_so(site: Sandbox) -> None:
    async def story(person: Person) -> list[Response]:
        token = (await launch(person))["refresh_token"]
        return [await refresh(person, token), await refresh(person, token)]

    ask_for(site, "expired-refresh-token once")
    assert [error_of(response) for response in tell(site, story)] == [(400, "invalid_grant")] * 2


def test_an_expired_refresh_token_is_told_as_ended_by_introspection_too(site: Sandbox) -> None:
    async def story(person: Person) -> list[bool]:
        answer = await launch(person)
        asker, active = (("Authorization", f"Bearer {answer['access_token']}"),), []
        for _ in range(2):
            told = await person.post(f"{person.site.issuer}/introspect", [("token", answer["refresh_token"])], asker)
            active.append(json_of(told)["active"])
            await refresh(person, answer["refresh_token"])
        return active

    ask_for(site, "expired-refresh-token once")
    assert tell(site, story) == [True, False]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("id-token-wrong-issuer", "issuer"),
        ("id-token-wrong-audience", "Audience"),
        ("id-token-expired", "expired"),
        ("id-token-wrong-signature", "Signature"),
        ("id-token-unsigned", "which the site does not publish"),
        ("key-withdrawn", "does not publish"),
        ("clock-off 10 min", "not yet valid"),
        ("clock-off -120 min", "expired"),
    ],
)
def test_an_id_token_does_not_hold_for_the_reason_that_the_fault_names(site: Sandbox, fault: str, reason: str) -> None:
    async def story(person: Person) -> None:
        token = (await launch(person))["id_token"]
        verify_token(token, await keys_of(person), audience="workbench", issuer=person.site.issuer)

    ask_for(site, f"{fault} for workbench")
    with pytest.raises(WorkbenchError, match=reason):
        tell(site, story)
    site.faults.remove(site.faults.uses[0].id)
    tell(site, story)


@pytest.mark.parametrize("nonce", ["n-1", None])
def test_the_nonce_is_not_the_one_that_was_sent(site: Sandbox, nonce: str | None) -> None:
    async def story(person: Person) -> dict[str, Any]:
        token = (await person.launch(scope=SCOPE, nonce=nonce))["id_token"]
        return verify_token(token, await keys_of(person), audience="workbench", issuer=person.site.issuer)

    ask_for(site, "id-token-wrong-nonce")
    assert tell(site, story)["nonce"] == "another-nonce-than-the-app-sent"


def test_after_a_rotation_the_new_key_alone_is_published_and_signs_from_then_on(site: Sandbox) -> None:
    async def story(person: Person) -> tuple[list[str], list[str]]:
        published, signed = [], []
        for _ in range(3):
            published += [key["kid"] for key in (await keys_of(person))["keys"]]
            signed.append(decode_token((await launch(person))["id_token"])[0]["kid"])
        return published, signed

    ask_for(site, "key-rotated once")
    published, signed = tell(site, story)
    assert published[0] not in signed
    assert published[1:] == signed[1:] == [signed[0]] * 2


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("discovery", "/fhir/r4/.well-known/smart-configuration"),
        ("discovery", "/fhir/r4/metadata"),
        ("authorize", "/auth/authorize"),
        ("token", "/auth/token"),
        ("keys", "/auth/jwks"),
        ("fhir", "/fhir/r4/Patient"),
        ("everywhere", "/auth/jwks"),
        ("everywhere", "/fhir/r4/Patient"),
    ],
)
def test_a_server_error_is_at_the_place_that_was_named_and_nowhere_else(site: Sandbox, place: str, path: str) -> None:
    async def story(person: Person) -> int | None:
        address = person.site.issuer.removesuffix("/auth") + path
        return (await person.ask("POST" if path == "/auth/token" else "GET", address)).status

    ask_for(site, f"server-error at {place} once")
    assert tell(site, story) == 500
    assert tell(site, story) != 500


def test_a_server_error_can_be_read_by_a_script_of_an_app_and_that_of_a_page_cannot(site: Sandbox) -> None:
    async def story(person: Person) -> list[tuple[int | None, str]]:
        addresses = (f"{person.site.fhir_base}/Patient", f"{person.site.issuer}/authorize")
        answers = [await person.ask("GET", address, (("Origin", "https://app.example"),)) for address in addresses]
        return [(answer.status, answer.header("access-control-allow-origin")) for answer in answers]

    ask_for(site, "server-error at fhir", "server-error at authorize")
    assert tell(site, story) == [(500, "*"), (500, "")]


def test_a_server_error_of_a_refresh_lets_the_first_tokens_go(site: Sandbox) -> None:
    async def story(person: Person) -> list[int | None]:
        token = (await launch(person))["refresh_token"]
        return [(await refresh(person, token)).status for _ in range(2)]

    ask_for(site, "server-error at refresh once")
    assert tell(site, story) == [500, 200]


def test_a_slow_answer_is_late_by_so_much_and_right_and_holds_up_nobody_else(site: Sandbox) -> None:
    async def story(person: Person) -> tuple[float, float]:
        async def timed() -> float:
            started = time.perf_counter()
            await keys_of(person)
            return time.perf_counter() - started

        slow, quick = await asyncio.gather(timed(), timed())
        return slow, quick

    tell(site, keys_of)
    ask_for(site, "slow-answer 1.5 s at keys once")
    lasted = sorted(tell(site, story))
    assert lasted[0] < 1.5 <= lasted[1]


def test_a_site_that_is_slow_stops_at_once() -> None:
    async def story() -> float:
        sandbox = make_sandbox("community-hospital")
        sandbox.faults.add(parse_fault_rule("slow-answer 60 s at keys"))
        await sandbox.start()
        async with HttpClient() as client:
            asked = asyncio.create_task(client.send(Request("GET", f"{sandbox.addresses.issuer}/jwks")))
            await asyncio.sleep(0.2)
            started = time.perf_counter()
            await sandbox.stop()
            lasted = time.perf_counter() - started
            assert (await asked).failure is not None
        return lasted

    assert asyncio.run(story()) < 5


def test_a_backend_service_is_refused_where_the_clocks_are_apart(site: Sandbox) -> None:
    key = make_app_key()
    job = Client("night-job", "Night job", authentication="private_key_jwt", scope="system/Patient.rs")
    site.register_client(replace(job, jwks={"keys": [key.to_public_jwk()]}))
    credentials = ClientCredentials("night-job", "private_key_jwt", key=key)

    async def story(person: Person) -> str:
        launched = launch_backend(
            person.client, fhir_base=person.site.fhir_base, credentials=credentials, scope="system/Patient.rs"
        )
        outcome = [event async for event in launched][-1]
        return outcome.error if isinstance(outcome, LaunchRefused) else ""

    assert tell(site, story) == ""
    ask_for(site, "clock-off 10 min for night-job once", "invalid-scope at token after 1 for night-job")
    assert [tell(site, story) for _ in range(2)] == ["invalid_client", "invalid_scope"]


def test_a_clock_that_is_off_stays_with_one_app_and_its_tokens_still_hold(site: Sandbox) -> None:
    async def story(person: Person) -> tuple[int, int | None]:
        answer = await launch(person)
        issued = decode_token(answer["id_token"])[1]["iat"]
        read = await person.fhir("Patient/amara-okafor", answer["access_token"])
        return round(issued - time.time()), read.status

    ask_for(site, "clock-off 30 min for workbench")
    off, status = tell(site, story)
    assert (abs(off - 1800) < 5, status) == (True, 200)
    (use,) = site.faults.uses
    site.faults.replace(use.id, parse_fault_rule("clock-off 30 min for vitals-app"))
    assert abs(tell(site, story)[0]) < 5


@pytest.mark.parametrize("minutes", [30, -90])
def test_an_ehr_whose_clock_is_off_opens_an_app_by_that_clock(site: Sandbox, minutes: int) -> None:
    async def story(person: Person) -> dict[str, Any]:
        chart = LaunchContext(user="raman", patient="grace-nguyen")
        opened = await site.start_launch(chart, launch_uri="http://127.0.0.1:5000/launch", client_id="workbench")
        launch = parse_qs(urlsplit(opened).query)["launch"][0]
        return await person.launch(scope="launch openid patient/Patient.rs", launch=launch)

    ask_for(site, f"clock-off {minutes} min")
    answer = tell(site, story)
    assert answer["patient"] == "grace-nguyen"
    assert abs(decode_token(answer["id_token"])[1]["iat"] - time.time() - minutes * 60) < 5


def test_a_refresh_that_names_no_app_is_that_of_its_token(site: Sandbox) -> None:
    async def story(person: Person) -> Response:
        fields = [("grant_type", "refresh_token"), ("refresh_token", (await launch(person))["refresh_token"])]
        return await person.post(f"{person.site.issuer}/token", fields)

    ask_for(site, "expired-refresh-token for vitals-app")
    assert tell(site, story).status == 200
    ask_for(site, "expired-refresh-token for workbench")
    assert error_of(tell(site, story)) == (400, "invalid_grant")


def test_a_fault_for_one_app_leaves_the_others_alone(site: Sandbox) -> None:
    ask_for(site, "missing-patient for vitals-app", "expired-token for vitals-app", "wrong-code for vitals-app")

    async def story(person: Person) -> int | None:
        answer = await launch(person)
        assert answer["patient"]
        return (await person.fhir("Patient/amara-okafor", answer["access_token"])).status

    assert tell(site, story) == 200
    assert counts(site) == [(0, 0)] * 3


def test_faults_act_together_and_the_exchange_says_so_to_the_analyst_alone(site: Sandbox, seen: list[Exchange]) -> None:
    ask_for(site, "missing-patient", "no-refresh-token once", "id-token-wrong-issuer for workbench")
    answer = tell(site, launch)
    assert "patient" not in answer and "refresh_token" not in answer
    (told,) = wait_for_notes(seen)
    assert told.request.address.endswith("/auth/token")
    assert told.note == ("On request: id-token-wrong-issuer for workbench; missing-patient; no-refresh-token once")
    assert told.response is not None
    assert not any("fault" in f"{name}{value}".lower() for name, value in told.response.headers)


def test_a_fault_that_is_off_does_nothing_and_one_is_counted_anew_after_a_reset(site: Sandbox) -> None:
    ask_for(site, "missing-patient once")
    (use,) = site.faults.uses
    site.faults.enable(use.id, False)
    assert tell(site, launch)["patient"]
    site.faults.enable(use.id, True)
    assert "patient" not in tell(site, launch)
    assert tell(site, launch)["patient"]
    asyncio.run(site.reset())
    assert counts(site) == [(0, 0)]
    assert "patient" not in tell(site, launch)


def test_a_fault_after_so_many_lets_the_first_go(site: Sandbox) -> None:
    ask_for(site, "wrong-aud after 1 once", "malformed-json at discovery after 1 once")
    assert ["error" in tell(site, end_at_app) for _ in range(3)] == [False, True, False]


def test_the_faults_of_the_site_file_are_on_from_the_start() -> None:
    plain = make_sandbox("community-hospital")
    rules = replace(plain.site.smart, faults=(parse_fault_rule("server-error at keys"),))
    sandbox = Sandbox(replace(plain.site, smart=rules), plain.population)
    assert [use.rule.fault for use in sandbox.faults.uses] == ["server-error"]


ODD_REQUESTS = (
    ("POST", "/auth/token", "", b""),
    ("POST", "/auth/token", "Basic !!!", b"grant_type=authorization_code&code=%ff%fe&client_id=a&client_id=b"),
    ("POST", "/auth/token", "Basic \u00ff", b"grant_type=refresh_token&refresh_token=%00"),
    ("POST", "/auth/token", "Basic Og==", b"grant_type=refresh_token"),
    ("POST", "/auth/token", "", b"client_assertion=a.b.c&grant_type=client_credentials"),
    ("POST", "/auth/token", "", b"client_assertion=e30.WzFd.x&grant_type=client_credentials"),
    ("POST", "/auth/token", "", b"client_assertion=e30.eyJzdWIiOjF9.x&grant_type=client_credentials"),
    ("POST", "/auth/token", "", b"&=&=a&%3D" * 2000),
    ("GET", "/auth/authorize?%ff=%fe&client_id=%00&redirect_uri=%0d%0a", "", b""),
    ("GET", "/auth/authorize?aud=&aud=&client_id=workbench", "", b""),
    ("POST", "/auth/authorize", "", b"aud=%80&client_id=workbench&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback"),
    ("GET", "/auth/consent?flow=x", "", b""),
    ("POST", "/auth/consent", "", b"decision=allow&flow=x"),
    ("GET", "/auth/userinfo", "Bearer  x", b""),
    ("GET", "/fhir/r4/Patient", "Bearer \u00e9", b""),
    ("GET", "/fhir/r4/.well-known/smart-configuration/", "Basic x", b""),
    ("HEAD", "/fhir/r4/metadata", "", b""),
    ("POST", "/auth/introspect", "Bearer x", b"token=%ff"),
    ("POST", "/ehr/launch", "", b"app=%00"),
    ("BREW", "/auth/jwks", "", b"x"),
    ("GET", "//auth//token", "", b""),
)


@pytest.mark.parametrize("together", [*((name,) for name in FAULT_NAMES), FAULT_NAMES])
def test_every_odd_request_is_answered_whatever_fault_is_on(
    site: Sandbox, together: tuple[LaunchFault, ...], caplog: pytest.LogCaptureFixture
) -> None:
    for name in together:
        rules = [FaultRule(name, place, amount=0.001) for place in describe_fault(name).places]
        for rule in rules:
            site.faults.add(rule)

    async def story(person: Person) -> set[int]:
        statuses = set()
        for method, path, authorization, body in ODD_REQUESTS:
            address = person.site.issuer.removesuffix("/auth") + path
            form = (("Content-Type", "application/x-www-form-urlencoded"),) if body else ()
            headers = (*form, *((("Authorization", authorization),) if authorization else ()))
            statuses.add((await person.ask(method, address, headers, body)).status or 0)
        return statuses

    statuses = tell(site, story)
    assert all(200 <= status < 600 for status in statuses)
    assert not [record for record in caplog.records if "failed" in record.getMessage()]
