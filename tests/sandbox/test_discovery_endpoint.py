"""A running site publishes what it does, or what an analyst makes of it, at both places."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.sandbox.person import Person, json_of, query_of
from tests.sandbox.running import make_sandbox, running, tell
from workbench.authorization_server.discovery_edits import DiscoveryEdits
from workbench.exchange import Exchange, Response
from workbench.sandbox.sandbox import Sandbox
from workbench.smart_app.discovery import (
    AuthorizationEndpoints,
    compare_discovery,
    is_older_address,
    parse_capability_statement,
    parse_configuration,
)
from workbench.transports.http_client import HttpClient

ORIGIN = (("Origin", "https://app.example"),)


@pytest.fixture(scope="module")
def running_site() -> Iterator[Sandbox]:
    with running("community-hospital") as sandbox:
        yield sandbox


@pytest.fixture
def community(running_site: Sandbox) -> Iterator[Sandbox]:
    yield running_site
    running_site.discovery = DiscoveryEdits()


async def both(person: Person) -> tuple[Response, Response]:
    base = person.site.fhir_base
    configuration = await person.ask("GET", f"{base}/.well-known/smart-configuration", ORIGIN)
    return configuration, await person.ask("GET", f"{base}/metadata", ORIGIN)


def published(sandbox: Sandbox, **edits: Any) -> tuple[Response, Response]:
    sandbox.discovery = DiscoveryEdits(**edits)
    return tell(sandbox, both)


def endpoints(responses: tuple[Response, Response]) -> tuple[AuthorizationEndpoints, AuthorizationEndpoints]:
    configuration, statement = parse_configuration(responses[0]), parse_capability_statement(responses[1])
    assert isinstance(configuration, AuthorizationEndpoints)
    assert isinstance(statement, AuthorizationEndpoints)
    return configuration, statement


def test_both_documents_name_the_same_addresses_and_every_one_of_them_answers(community: Sandbox) -> None:
    configuration, statement = endpoints(published(community))
    assert compare_discovery(configuration, statement) == ()
    addresses = {configuration.authorize, configuration.token, configuration.introspection, configuration.revocation}

    async def story(person: Person) -> list[int]:
        return [(await person.ask("GET", address)).status for address in sorted(addresses - {""})]

    assert 404 not in tell(community, story)


def test_discovery_is_edited_while_the_site_runs(community: Sandbox) -> None:
    document = json_of(published(community, leave_out=("capabilities.launch-ehr",), set=(("issuer", "urn:x"),))[0])
    assert "launch-ehr" not in document["capabilities"]
    assert document["issuer"] == "urn:x"
    assert "launch-ehr" in json_of(published(community)[0])["capabilities"]


def test_addresses_of_version_1_take_scopes_of_version_1_alone(community: Sandbox) -> None:
    configuration, statement = endpoints(published(community, faults=("v1-addresses",)))
    assert is_older_address(configuration.authorize)
    assert compare_discovery(configuration, statement) == ()

    async def story(person: Person) -> tuple[dict[str, str], dict[str, Any]]:
        here = person.site
        person.site = replace(here, issuer=f"{here.issuer}/v1")
        refused = query_of(await person.authorize(scope="patient/Observation.rs"))
        response = await person.authorize(scope="launch/patient patient/Observation.read")
        person.site = here
        code = query_of(await person.walk(response))["code"]
        person.site = replace(here, issuer=f"{here.issuer}/v1")
        return refused, json_of(await person.redeem(code))

    refused, answer = tell(community, story)
    assert refused["error"] == "invalid_scope"
    assert "patient/Observation.read" in refused["error_description"]
    assert answer["scope"] == "launch/patient patient/Observation.read"


def test_there_is_no_server_of_version_1_where_no_document_names_one(community: Sandbox) -> None:
    community.discovery = DiscoveryEdits()
    status = tell(community, lambda person: person.ask("GET", f"{person.site.issuer}/v1/authorize")).status
    assert status == 404


def test_two_documents_that_disagree_are_told_apart(community: Sandbox) -> None:
    differences = compare_discovery(*endpoints(published(community, faults=("disagree",))))
    assert {difference.name for difference in differences} == {"authorize", "token"}


def test_a_site_without_smart_configuration_still_says_where_in_its_capability_statement(community: Sandbox) -> None:
    configuration, statement = published(community, faults=("capability-only",))
    assert configuration.status == 404
    assert isinstance(parse_capability_statement(statement), AuthorizationEndpoints)


def test_a_capability_statement_may_name_no_address(community: Sandbox) -> None:
    configuration, statement = published(community, leave_out=("oauth-uris",))
    assert configuration.status == 200
    assert "extension" not in json_of(statement)["rest"][0]["security"]


def test_a_page_may_stand_where_json_should(community: Sandbox) -> None:
    configuration, _ = published(community, faults=("not-json",))
    assert configuration.status == 200
    assert configuration.header("content-type").startswith("text/html")
    assert not isinstance(parse_configuration(configuration), AuthorizationEndpoints)


def test_discovery_may_be_closed_to_scripts_of_other_origins_while_the_rest_is_open(community: Sandbox) -> None:
    opened = published(community)
    closed = published(community, faults=("no-cors",))
    name = "access-control-allow-origin"
    assert [response.header(name) for response in (*opened, *closed)] == ["*", "*", "", ""]
    assert [response.status for response in closed] == [200, 200]
    token = tell(community, lambda person: person.post(f"{person.site.issuer}/token", [], ORIGIN))
    assert token.header(name) == "*"


def test_a_launch_goes_on_as_usual_while_discovery_is_wrong(community: Sandbox) -> None:
    community.discovery = DiscoveryEdits(faults=("old", "other-issuer", "method-missing"))
    assert asyncio.run(community.list_charts())
    assert tell(community, Person.launch)["patient"] == "amara-okafor"


def test_a_document_that_is_not_the_usual_one_goes_out_with_a_note_and_no_other_exchange_has_one() -> None:
    told: list[Exchange] = []
    sandbox = make_sandbox("community-hospital", on_exchange=told.append)

    async def story() -> None:
        await sandbox.start()
        async with HttpClient() as client:
            person = Person(client, sandbox.addresses)
            await both(person)
            sandbox.discovery = DiscoveryEdits(faults=("old",), leave_out=("capabilities.launch-ehr",))
            await both(person)
            sandbox.discovery = DiscoveryEdits(leave_out=("oauth-uris",))
            await both(person)
            await person.launch()
        await sandbox.stop()

    asyncio.run(story())
    notes = [exchange.note for exchange in told[:6]]
    changed = "On request: old; capabilities.launch-ehr left out"
    assert notes == ["", "", changed, "", "", "On request: oauth-uris left out"]
    assert {exchange.note for exchange in told[6:]} == {""}
