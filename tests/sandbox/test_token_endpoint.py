"""The token endpoint over the wire: apps with secrets and keys, backend services, and what is told of tokens."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.authorization_server.client_keys import EC_KEY, RSA_KEY, ClientKey, assertion_form, claims_for
from tests.sandbox.person import REDIRECT, Person, json_of
from tests.sandbox.running import make_sandbox, tell
from workbench.authorization_server.client_authentication import digest_secret
from workbench.authorization_server.rules import Client
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Headers, Request, Response
from workbench.sandbox.client_keys import ClientKeys
from workbench.sandbox.sandbox import Sandbox
from workbench.smart.secrets import SecretMask
from workbench.smart.tokens import verify_token
from workbench.transports.http_server import HttpServer

SECRET = "a-long-random-secret"
HEADER: Headers = (("Authorization", f"Basic {base64.b64encode(f'chart-summary:{SECRET}'.encode()).decode()}"),)
NIGHT = Client("night", "At night", authentication="private_key_jwt", jwks=RSA_KEY.jwks, scope="system/*.rs")
SCOPE = "launch/patient openid fhirUser profile patient/Patient.rs online_access"


@pytest.fixture(scope="module")
def seen() -> list[Exchange]:
    return []


@pytest.fixture(scope="module")
def community(seen: list[Exchange]) -> Iterator[Sandbox]:
    sandbox = make_sandbox("community-hospital", on_exchange=seen.append)
    known = {client.id: client for client in sandbox.clients}
    for name in ("chart-summary", "intake-forms"):
        sandbox.register_client(replace(known[name], secret_sha256=digest_secret(SECRET)))
    sandbox.register_client(NIGHT)
    asyncio.run(sandbox.start())
    yield sandbox
    asyncio.run(sandbox.stop())


async def ask_at(person: Person, name: str, fields: dict[str, str], headers: Headers = ()) -> Response:
    return await person.post(f"{person.site.issuer}/{name}", [*fields.items()], headers)


async def ask_as_service(
    person: Person, key: ClientKey = RSA_KEY, client_id: str = "night", scope: str = "system/Patient.rs", **claims: Any
) -> Response:
    given = claims_for(client_id, f"{person.site.issuer}/token", time.time(), **claims)
    form = {"grant_type": "client_credentials", "scope": scope, **assertion_form(key.sign(given))}
    return await ask_at(person, "token", form)


class KeyServer:
    """An app's address of keys. `answer` may be changed between requests; it comes once `may_answer` is set."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer = Response(200, (("Content-Type", "application/json"),), json.dumps(EC_KEY.jwks).encode())
        self.pause = 0.0
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def publish(self, *keys: ClientKey, cache: str = "") -> None:
        body = json.dumps({"keys": [key.jwk for key in keys]}).encode()
        headers: Headers = (("Content-Type", "application/json"), *([("Cache-Control", cache)] if cache else []))
        self.answer = Response(200, headers, body)

    async def serve(self, _: Request) -> Response:
        self.asked += 1
        self.was_asked.set()
        await asyncio.sleep(self.pause)
        await self.may_answer.wait()
        return self.answer


def with_keys(
    sandbox: Sandbox, client_id: str, story: Callable[[Person, KeyServer], Awaitable[Any]], scope: str = "system/*.rs"
) -> Any:
    """Run a story with a server of keys beside it, whose address the client registered."""

    async def run(person: Person) -> Any:
        keys = KeyServer()
        server = HttpServer(keys.serve)
        await server.start()
        try:
            address = f"{server.address}/jwks.json"
            client = Client(client_id, client_id, authentication="private_key_jwt", jwks_uri=address, scope=scope)
            sandbox.register_client(client)
            return await story(person, keys)
        finally:
            await server.stop()

    return tell(sandbox, run)


def test_an_app_with_its_secret_in_the_header_launches_refreshes_and_takes_its_token_back(community: Sandbox) -> None:
    async def story(person: Person) -> tuple[dict[str, Any], dict[str, Any], Response, Response]:
        code = await person.code(client_id="chart-summary", scope=SCOPE)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": "v" * 43}
        first = json_of(await ask_at(person, "token", form, HEADER))
        form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        second = json_of(await ask_at(person, "token", form, HEADER))
        revoked = await ask_at(person, "revoke", {"token": second["refresh_token"]}, HEADER)
        return first, second, revoked, await person.fhir("Patient", second["access_token"])

    first, second, revoked, read = tell(community, story)
    assert first["scope"] == second["scope"] == SCOPE
    assert first["refresh_token"] != second["refresh_token"]
    assert (revoked.status, revoked.body, read.status) == (200, b"", 401)


def test_an_app_with_its_secret_in_the_form_launches(community: Sandbox) -> None:
    async def story(person: Person) -> tuple[Response, Response]:
        code = await person.code(client_id="intake-forms", scope=SCOPE)
        wrong = await person.redeem(code, client_id="intake-forms", client_secret="wrong")
        return wrong, await person.redeem(code, client_id="intake-forms", client_secret=SECRET)

    wrong, right = tell(community, story)
    assert (wrong.status, json_of(wrong)["error"]) == (401, "invalid_client")
    assert (right.status, json_of(right)["token_type"]) == (200, "Bearer")


def test_a_backend_service_reads_all_patients_and_writes_none(community: Sandbox) -> None:
    async def story(person: Person) -> tuple[dict[str, Any], Response, Response, Response]:
        answer = json_of(await ask_as_service(person, scope="system/Patient.cruds system/Observation.rs"))
        token = answer["access_token"]
        patients = await person.fhir("Patient?_count=100", token)
        vitals = await person.fhir("Observation?patient=grace-nguyen", token)
        patient = {"resourceType": "Patient", "id": "grace-nguyen"}
        return answer, patients, vitals, await person.fhir("Patient/grace-nguyen", token, method="PUT", body=patient)

    answer, patients, vitals, written = tell(community, story)
    assert (answer["scope"], answer["expires_in"]) == ("system/Patient.rs system/Observation.rs", 300)
    assert not {"refresh_token", "id_token", "patient"} & answer.keys()
    assert len({entry["resource"]["id"] for entry in json_of(patients)["entry"]}) > 3
    assert json_of(vitals)["total"] > 0
    assert written.status in (403, 405)


def test_an_assertion_that_comes_again_is_refused(community: Sandbox) -> None:
    async def story(person: Person) -> list[int | None]:
        return [(await ask_as_service(person, jti="again")).status for _ in range(2)]

    assert tell(community, story) == [200, 401]


def test_keys_at_an_address_are_fetched_once_and_the_fetch_is_told(community: Sandbox, seen: list[Exchange]) -> None:
    async def story(person: Person, keys: KeyServer) -> tuple[list[int | None], int]:
        statuses = [(await ask_as_service(person, EC_KEY, "fetched")).status for _ in range(3)]
        return statuses, keys.asked

    assert with_keys(community, "fetched", story) == ([200, 200, 200], 1)
    told = [exchange for exchange in seen if exchange.request.address.endswith("/jwks.json")]
    assert (told[-1].sender, told[-1].receiver, told[-1].request.method) == ("Community Hospital", "fetched", "GET")


@pytest.mark.parametrize(
    ("cache", "asked"),
    [("no-store", 3), ("no-cache", 3), ("max-age=0", 3), ("public, max-age=60", 1), ("max-age=a-day", 1)],
)
def test_keys_are_kept_no_longer_than_the_app_allows(community: Sandbox, cache: str, asked: int) -> None:
    async def story(person: Person, keys: KeyServer) -> tuple[list[int | None], int]:
        keys.publish(EC_KEY, cache=cache)
        statuses = [(await ask_as_service(person, EC_KEY, f"kept {cache}")).status for _ in range(3)]
        return statuses, keys.asked

    assert with_keys(community, f"kept {cache}", story) == ([200, 200, 200], asked)


def test_requests_that_come_together_fetch_the_keys_once(community: Sandbox) -> None:
    async def story(person: Person, keys: KeyServer) -> tuple[set[int | None], int]:
        keys.pause = 0.3
        answers = await asyncio.gather(*(ask_as_service(person, EC_KEY, "together") for _ in range(8)))
        return {answer.status for answer in answers}, keys.asked

    assert with_keys(community, "together", story) == ({200}, 1)


def test_a_key_that_is_not_known_yet_is_asked_for_anew_but_not_all_day(community: Sandbox) -> None:
    """By a clock of the test's own, so that it holds on a busy machine."""
    now = datetime.now(UTC)

    async def story(_: Person, keys: KeyServer) -> list[tuple[str, int]]:
        site_keys, found = ClientKeys(name="Site", clock=lambda: now), []
        client = next(each for each in community.clients if each.id == "rotating")

        async def find(key_id: str, later: float) -> None:
            nonlocal now
            now += timedelta(seconds=later)
            await site_keys.prepare(client, key_id)
            known = site_keys.find(client)
            found.append(("" if isinstance(known, str) else known["keys"][0]["kid"], keys.asked))

        await find(EC_KEY.id, 0)
        keys.publish(RSA_KEY)
        await find(RSA_KEY.id, 0.9)
        await find(RSA_KEY.id, 0.2)
        for _ in range(5):
            await find(EC_KEY.id, 0.1)
        await find(RSA_KEY.id, 299)
        await find(RSA_KEY.id, 1)
        await site_keys.close()
        return found

    first, second = EC_KEY.id, RSA_KEY.id
    expected = [(first, 1), (first, 1), (second, 2), *[(second, 2)] * 5, (second, 2), (second, 3)]
    assert with_keys(community, "rotating", story) == expected


def test_keys_are_asked_for_anew_after_a_while_however_long_the_app_would_let_them_be_kept(community: Sandbox) -> None:
    now = datetime.now(UTC)

    async def story(_: Person, keys: KeyServer) -> list[int]:
        nonlocal now
        keys.publish(EC_KEY, cache="max-age=86400")
        site_keys, asked = ClientKeys(name="Site", clock=lambda: now), []
        client = next(each for each in community.clients if each.id == "lasting")
        for later in (0, 299, 1):
            now += timedelta(seconds=later)
            await site_keys.prepare(client, EC_KEY.id)
            asked.append(keys.asked)
        await site_keys.close()
        return asked

    assert with_keys(community, "lasting", story) == [1, 1, 2]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, b"", "answered 404"),
        (302, b"", "answered 302"),
        (200, b"<html>", "not a JWK Set"),
        (200, b"[" * 100_000, "not a JWK Set"),
        (200, b"{}", "not a JWK Set"),
        (200, b'{"keys":[]}', "not among the keys"),
        (200, b'{"keys":"' + b"x" * 300_000 + b'"}', "larger than"),
    ],
)
def test_an_address_without_keys_refuses_the_app_and_says_why(
    community: Sandbox, status: int, body: bytes, words: str
) -> None:
    async def story(person: Person, keys: KeyServer) -> Response:
        keys.answer = Response(status, (("Location", "/elsewhere"),), body)
        return await ask_as_service(person, EC_KEY, f"without-{status}-{len(body)}")

    response = with_keys(community, f"without-{status}-{len(body)}", story)
    assert (response.status, json_of(response)["error"]) == (401, "invalid_client")
    assert words in json_of(response)["error_description"]


def test_an_address_that_nobody_answers_at_refuses_the_app(community: Sandbox) -> None:
    address = "http://127.0.0.1:1/jwks.json"
    client = Client("silent", "Silent", authentication="private_key_jwt", jwks_uri=address, scope="system/*.rs")
    community.register_client(client)
    response = tell(community, lambda person: ask_as_service(person, EC_KEY, "silent"))
    assert "refused the connection" in json_of(response)["error_description"]


def test_an_app_whose_keys_lie_without_tls_on_another_machine_is_not_registered(community: Sandbox) -> None:
    address = "http://app.example/jwks.json"
    client = Client("remote", "Remote", authentication="private_key_jwt", jwks_uri=address, scope="system/*.rs")
    with pytest.raises(WorkbenchError, match="must be https"):
        community.register_client(client)
    assert client not in community.clients


def test_the_site_serves_others_while_an_app_is_slow_to_show_its_keys(community: Sandbox) -> None:
    async def story(person: Person, keys: KeyServer) -> tuple[int | None, bool, int | None]:
        keys.may_answer.clear()
        waiting = asyncio.ensure_future(ask_as_service(person, EC_KEY, "slow"))
        await keys.was_asked.wait()
        served = await person.ask("GET", f"{person.site.fhir_base}/metadata")
        still_waits = not waiting.done()
        keys.may_answer.set()
        return served.status, still_waits, (await waiting).status

    assert with_keys(community, "slow", story) == (200, True, 200)


def test_what_is_told_of_a_token_follows_its_life(community: Sandbox) -> None:
    async def story(person: Person) -> list[dict[str, Any]]:
        answer = await person.launch(scope=SCOPE)
        token, told = answer["access_token"], []
        for _ in range(2):
            told.append(json_of(await ask_at(person, "introspect", {"token": token}, HEADER)))
            await ask_at(person, "revoke", {"token": token, "client_id": "workbench"})
        return told

    before, after = tell(community, story)
    assert (before["active"], before["client_id"], before["patient"]) == (True, "workbench", "amara-okafor")
    assert before["fhirUser"] == f"{community.addresses.fhir_base}/Practitioner/priya-raman"
    assert after == {"active": False}


def test_a_stranger_learns_nothing_of_a_token(community: Sandbox) -> None:
    async def story(person: Person) -> list[Response]:
        token = (await person.launch())["access_token"]
        bearer: Headers = (("Authorization", "Bearer made-up"),)
        return [await ask_at(person, "introspect", {"token": token}, headers) for headers in ((), bearer)]

    for response in tell(community, story):
        assert response.status == 401
        assert response.header("www-authenticate")
        assert "active" not in json_of(response)


def test_userinfo_answers_an_app_of_another_origin_and_tells_who_signed_in(community: Sandbox) -> None:
    async def story(person: Person) -> tuple[Response, Response, Response]:
        address = f"{person.site.issuer}/userinfo"
        ask: Headers = (("Origin", "https://app.example"), ("Access-Control-Request-Method", "GET"))
        preflight = await person.ask("OPTIONS", address, ask)
        token = (await person.launch(scope=SCOPE))["access_token"]
        bearer: Headers = (("Authorization", f"Bearer {token}"),)
        return preflight, await person.ask("GET", address, bearer), await person.ask("GET", address)

    preflight, told, refused = tell(community, story)
    assert (preflight.status, told.header("access-control-allow-origin")) == (204, "*")
    assert (json_of(told)["sub"], json_of(told)["name"]) == ("raman", "Priya Raman, MD")
    assert (refused.status, refused.header("www-authenticate")) == (401, 'Bearer realm="token"')


@pytest.mark.parametrize("name", ["token", "introspect", "revoke"])
def test_only_a_posted_form_is_read(community: Sandbox, name: str) -> None:
    async def story(person: Person) -> list[Response]:
        address = f"{person.site.issuer}/{name}"
        query = f"{address}?grant_type=refresh_token&refresh_token=x&client_id=workbench&token=x"
        as_json = (("Content-Type", "application/json"),)
        return [
            await person.ask("GET", query),
            await person.ask("POST", query),
            await person.ask("POST", address, as_json, b'{"token": "x"}'),
        ]

    got, without_form, as_json = tell(community, story)
    assert (got.status, got.header("allow")) == (405, "POST")
    for response in (without_form, as_json):
        assert (response.status, json_of(response)["error"]) == (400, "invalid_request")
        assert response.header("cache-control") == "no-store"


def test_a_form_beyond_the_limit_is_refused_in_words(community: Sandbox) -> None:
    response = tell(community, lambda person: ask_at(person, "token", {"code": "x" * 100_000}))
    assert json_of(response)["error_description"] == "The form is larger than 100000 bytes."


def test_every_address_that_discovery_names_is_there_and_no_other() -> None:
    names = {"introspection_endpoint": "introspect", "revocation_endpoint": "revoke", "userinfo_endpoint": "userinfo"}
    for site_id in ("community-hospital", "academic-medical-center"):
        sandbox = make_sandbox(site_id)
        asyncio.run(sandbox.start())

        async def story(person: Person) -> dict[str, tuple[bool, bool]]:
            address = f"{person.site.fhir_base}/.well-known/smart-configuration"
            told = json_of(await person.ask("GET", address))
            answers = {name: await ask_at(person, path, {}) for name, path in names.items()}
            return {name: (name in told, answer.status != 404) for name, answer in answers.items()}

        try:
            assert all(told is there for told, there in tell(sandbox, story).values()), site_id
        finally:
            asyncio.run(sandbox.stop())


def test_a_rotated_key_signs_and_the_former_is_published_or_not() -> None:
    sandbox = make_sandbox("community-hospital")
    asyncio.run(sandbox.start())

    async def launch(person: Person) -> tuple[str, dict[str, Any]]:
        answer = await person.launch()
        return answer["id_token"], json_of(await person.ask("GET", f"{person.site.issuer}/jwks"))

    def verify(token: str, keys: dict[str, Any]) -> str:
        claims = verify_token(token, keys, audience="workbench", issuer=sandbox.addresses.issuer)
        return str(claims["sub"])

    try:
        before, _ = tell(sandbox, launch)
        asyncio.run(sandbox.rotate_key())
        after, keys = tell(sandbox, launch)
        assert verify(before, keys) == verify(after, keys) == "raman"
        asyncio.run(sandbox.rotate_key(publish_former=False))
        last, keys = tell(sandbox, launch)
        assert verify(last, keys) == "raman"
        with pytest.raises(WorkbenchError, match="does not publish"):
            verify(after, keys)
    finally:
        asyncio.run(sandbox.stop())


def test_no_secret_token_or_assertion_is_left_in_what_may_be_shown(community: Sandbox, seen: list[Exchange]) -> None:
    seen.clear()

    async def story(person: Person) -> list[str]:
        code = await person.code(client_id="intake-forms", scope=SCOPE)
        answer = json_of(await person.redeem(code, client_id="intake-forms", client_secret=SECRET))
        given = assertion_form(RSA_KEY.sign(claims_for("night", f"{person.site.issuer}/token", time.time())))
        service = {"grant_type": "client_credentials", "scope": "system/Patient.rs", **given}
        token = json_of(await ask_at(person, "token", service))["access_token"]
        for name in ("introspect", "revoke"):
            await ask_at(person, name, {"token": answer["refresh_token"]}, HEADER)
        bearer: Headers = (("Authorization", f"Bearer {answer['access_token']}"),)
        await person.ask("GET", f"{person.site.issuer}/userinfo", bearer)
        secrets = [answer[name] for name in ("access_token", "refresh_token", "id_token")]
        return [SECRET, HEADER[0][1], code, token, given["client_assertion"], *secrets]

    canaries = tell(community, story)
    shown = "".join(repr(SecretMask().mask_exchange(exchange)) for exchange in seen)
    assert len([exchange for exchange in seen if "/auth/" in exchange.request.address]) >= 6
    assert [canary for canary in canaries if canary in shown or canary.split(".")[-1] in shown] == []
