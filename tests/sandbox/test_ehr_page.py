"""The EHR's page opens an app in a chart, with no second sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.person import Person, json_of, query_of
from tests.sandbox.running import running, tell
from workbench.app_launch.web_form import parse_page
from workbench.exchange import Response
from workbench.sandbox.sandbox import Sandbox
from workbench.site.site import Client

APP = "http://127.0.0.1:5000/launch.html"
SCOPE = "launch openid fhirUser patient/Patient.rs"


@pytest.fixture(scope="module")
def community() -> Iterator[Sandbox]:
    with running("community-hospital") as sandbox:
        yield sandbox


def choices(**changes: str) -> list[tuple[str, str]]:
    form = {"user": "berg", "patient": "amara-okafor", "encounter": "", "app": "workbench", "launch_uri": APP}
    return list((form | changes).items())


async def open_app(person: Person, **changes: str) -> Response:
    return await person.answer(person.site.ehr_page, *choices(**changes))


async def launched(person: Person, **changes: str) -> dict[str, Any]:
    opened = query_of(await open_app(person, **changes))
    response = await person.authorize(launch=opened["launch"], scope=SCOPE, aud=opened["iss"])
    assert "/auth/consent?" in response.header("location"), "who is signed in at the EHR does not sign in again"
    response = await person.walk(response)
    return json_of(await person.redeem(query_of(response)["code"]))


def test_the_app_is_opened_with_iss_and_launch(community: Sandbox) -> None:
    response = tell(community, open_app)
    assert response.status == 303
    assert response.header("location").startswith(APP + "?")
    assert set(query_of(response)) == {"iss", "launch"}
    assert query_of(response)["iss"] == community.addresses.fhir_base


def test_the_launch_carries_patient_visit_and_person(community: Sandbox) -> None:
    answer = tell(community, launched)
    assert (answer["patient"], answer["encounter"]) == ("amara-okafor", "amara-okafor-open")
    assert answer["fhirUser"] == "Practitioner/tomas-berg"


def test_a_past_visit_or_none_can_be_chosen(community: Sandbox) -> None:
    past = tell(community, lambda person: launched(person, encounter="amara-okafor-past-1"))
    none = tell(community, lambda person: launched(person, encounter="none"))
    closed = tell(community, lambda person: launched(person, patient="daniel-kim"))
    assert past["encounter"] == "amara-okafor-past-1"
    assert "encounter" not in none
    assert "encounter" not in closed


@pytest.mark.parametrize(
    "changes",
    [
        {"user": "mallory"},
        {"patient": "nobody"},
        {"encounter": "benjamin-larsen-open"},
        {"launch_uri": ""},
        {"launch_uri": "javascript:alert(1)"},
        {"launch_uri": "http://127.0.0.1/a b"},
        {"launch_uri": "http://127.0.0.1/\r\nSet-Cookie: a=b"},
    ],
)
def test_a_choice_that_does_not_exist_is_told_on_the_page_and_the_others_stay(
    community: Sandbox, changes: dict[str, str]
) -> None:
    response = tell(community, lambda person: open_app(person, **changes))
    page = parse_page(response.body.decode())
    assert response.status == 400
    assert page.alert
    if "user" not in changes:
        (form,) = page.forms
        user = next(field for field in form.fields if field.name == "user")
        assert [choice.value for choice in user.choices if choice.chosen] == ["berg"]


def test_an_app_with_a_registered_launch_address_needs_none_typed(community: Sandbox) -> None:
    address = "http://127.0.0.1:7000/start?theme=dark#top"
    community.register_client(Client("mine", "My app", ("http://127.0.0.1/callback",), address))
    response = tell(community, lambda person: open_app(person, app="mine", launch_uri=""))
    location = response.header("location")
    assert location.startswith("http://127.0.0.1:7000/start?theme=dark&iss=")
    assert location.endswith("#top")


def test_the_address_of_the_page_may_hold_the_choices(community: Sandbox) -> None:
    async def story(person: Person) -> Response:
        address = f"{person.site.ehr_page}?user=clarke&patient=daniel-kim&app=made-up&launch_uri={APP}"
        return await person.ask("GET", address)

    (form,) = parse_page(tell(community, story).body.decode()).forms
    chosen = {f.name: [c.value for c in f.choices if c.chosen] for f in form.fields if f.kind == "select"}
    assert (chosen["user"], chosen["app"]) == (["clarke"], ["made-up"])
    assert [f.value for f in form.fields if f.kind == "radio" and f.checked] == ["daniel-kim"]
    assert [f.value for f in form.fields if f.name == "launch_uri"] == [APP]


@pytest.mark.parametrize("headers", [(("Origin", "http://evil.example"),), (("Sec-Fetch-Site", "cross-site"),)])
def test_another_sites_page_cannot_open_an_app(community: Sandbox, headers: tuple[tuple[str, str]]) -> None:
    async def story(person: Person) -> tuple[Response, Response]:
        address = f"{person.site.ehr_page}/launch"
        return (
            await person.answer(person.site.ehr_page, *choices(), headers=headers),
            await person.post(address, choices()),
        )

    from_elsewhere, without_token = tell(community, story)
    assert (from_elsewhere.status, without_token.status) == (403, 403)


def test_a_launch_is_for_the_app_that_was_opened(community: Sandbox) -> None:
    async def story(person: Person) -> Response:
        opened = query_of(await open_app(person, app="vitals-app"))
        return await person.authorize(launch=opened["launch"], scope=SCOPE)

    assert query_of(tell(community, story))["error"] == "invalid_request"


def test_the_root_leads_to_the_ehr_and_other_pages_are_not_found(community: Sandbox) -> None:
    async def story(person: Person) -> tuple[Response, Response]:
        origin = person.site.ehr_page.removesuffix("/ehr")
        return await person.ask("GET", origin), await person.ask("GET", origin + "/admin")

    root, other = tell(community, story)
    assert (root.status, root.header("location"), other.status) == (303, "/ehr", 404)
