"""What a site answers at its token side, held against every requirement of a launch on a server."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import Any

import pytest

from tests.authorization_server.client_keys import RSA_KEY, assertion_form, claims_for
from tests.sandbox.person import REDIRECT, VERIFIER, Person, json_of
from tests.sandbox.running import make_sandbox, tell
from workbench.authorization_server.client_authentication import digest_secret
from workbench.authorization_server.launch_faults import make_fault_rule
from workbench.authorization_server.rules import Client
from workbench.exchange import Exchange, Headers
from workbench.launch_review.judge import review_launch
from workbench.launch_review.review import LaunchFacts
from workbench.smart.client_methods import ClientAuthentication

SECRET = "a-long-random-secret"
Shown = tuple[dict[str, str], Headers]


def show_client(person: Person, way: ClientAuthentication, client_id: str) -> Shown:
    """What a request shows of the client, made anew for each."""
    if way == "client_secret_basic":
        coded = base64.b64encode(f"{client_id}:{SECRET}".encode()).decode()
        return {}, (("Authorization", f"Basic {coded}"),)
    if way == "private_key_jwt":
        claims = claims_for(client_id, f"{person.site.issuer}/token", time.time())
        return assertion_form(RSA_KEY.sign(claims)), ()
    return {"client_id": client_id}, ()


async def live(person: Person, way: ClientAuthentication, right: str) -> None:
    """Launch, refresh, read, ask about the token and take it back, as far as the site has it."""
    told = json_of(await person.ask("GET", f"{person.site.fhir_base}/.well-known/smart-configuration"))

    async def send(endpoint: str, **form: str) -> dict[str, Any]:
        shown, headers = show_client(person, way, "peer")
        response = await person.post(told[endpoint], [*(form | shown).items()], headers)
        assert response.status == 200, response.body
        return json_of(response) if response.body else {}

    scope = f"launch/patient openid fhirUser online_access patient/Patient.{right}"
    code = await person.code(client_id="peer", scope=scope, nonce="a-nonce-of-a-test")
    redeem = {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    first = await send("token_endpoint", code=code, **redeem)
    await person.ask("GET", told["jwks_uri"])
    answer = await send("token_endpoint", grant_type="refresh_token", refresh_token=first["refresh_token"])
    await person.fhir("Patient/amara-okafor", answer["access_token"])
    if way != "none":
        await send("introspection_endpoint", token=answer["access_token"])
    for name in ("access_token", "refresh_token"):
        if "revocation_endpoint" in told and name in answer:
            await send("revocation_endpoint", token=answer[name])


async def serve(person: Person) -> None:
    told = json_of(await person.ask("GET", f"{person.site.fhir_base}/.well-known/smart-configuration"))
    form, _ = show_client(person, "private_key_jwt", "night")
    form |= {"grant_type": "client_credentials", "scope": "system/Patient.rs"}
    answer = json_of(await person.post(told["token_endpoint"], [*form.items()]))
    await person.fhir("Patient", answer["access_token"])


def broken(exchanges: list[Exchange]) -> list[tuple[str, str]]:
    review = review_launch(exchanges, party="server")
    assert review.counts["pass"] > 20
    return [(each.requirement.id, each.evidence[0].sentence) for each in review.failed]


@pytest.mark.parametrize("way", ["none", "client_secret_basic", "private_key_jwt"])
@pytest.mark.parametrize(("site_id", "right"), [("community-hospital", "rs"), ("academic-medical-center", "read")])
def test_a_site_breaks_no_requirement_on_its_answers_to_an_app(
    site_id: str, right: str, way: ClientAuthentication
) -> None:
    seen: list[Exchange] = []
    sandbox = make_sandbox(site_id, on_exchange=seen.append)
    credentials: dict[str, Any] = {"jwks": RSA_KEY.jwks} if way == "private_key_jwt" else {}
    credentials |= {"secret_sha256": digest_secret(SECRET)} if way == "client_secret_basic" else {}
    sandbox.register_client(Client("peer", "Peer", (REDIRECT,), "", way, **credentials))
    asyncio.run(sandbox.start())
    try:
        tell(sandbox, lambda person: live(person, way, right))
        assert broken(seen) == []
    finally:
        asyncio.run(sandbox.stop())


def test_a_site_breaks_no_requirement_on_its_answers_to_a_backend_service() -> None:
    seen: list[Exchange] = []
    sandbox = make_sandbox("community-hospital", on_exchange=seen.append)
    night = Client("night", "At night", authentication="private_key_jwt", jwks=RSA_KEY.jwks, scope="system/*.rs")
    sandbox.register_client(night)
    asyncio.run(sandbox.start())
    try:
        tell(sandbox, serve)
        assert broken(seen) == []
    finally:
        asyncio.run(sandbox.stop())


async def sign_in(person: Person) -> None:
    await person.launch()


@pytest.mark.parametrize(
    ("fault", "outcome"), [("", "pass"), ("id-token-wrong-signature", "fail"), ("key-withdrawn", "fail")]
)
def test_signatures_are_judged_by_the_keys_of_the_site_where_the_app_asks_for_none(fault: str, outcome: str) -> None:
    seen: list[Exchange] = []
    sandbox = make_sandbox("community-hospital", on_exchange=seen.append)
    asyncio.run(sandbox.start())
    try:
        assert sandbox.used_keys == {"keys": []}
        tell(sandbox, sign_in)
        asyncio.run(sandbox.rotate_key(publish_former=False))
        if fault:
            sandbox.faults.add(make_fault_rule(fault))
        tell(sandbox, sign_in)
        keys = sandbox.used_keys
    finally:
        asyncio.run(sandbox.stop())  # by then it has told of all that it answered
    assert len(keys["keys"]) == 2
    review = review_launch(seen, facts=LaunchFacts(site_keys=keys))
    verdict = next(each for each in review.verdicts if each.requirement.id == "id-token-signature")
    assert verdict.outcome == outcome
    assert not any(exchange.request.address.endswith("/jwks") for exchange in seen)
