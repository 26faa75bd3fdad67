"""A running site tells an app where it is opened, by its EHR page, by a call, and to portal users too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.person import Person, json_of, query_of
from tests.sandbox.running import make_sandbox, running, tell
from workbench.app_launch.web_form import parse_page
from workbench.errors import WorkbenchError
from workbench.exchange import Response
from workbench.fhir_server.store import FhirStore
from workbench.sandbox.context_choices import list_choices
from workbench.sandbox.sandbox import Sandbox
from workbench.smart.launch_context import FhirContextItem, LaunchContext

APP = "http://127.0.0.1:5000/launch.html"
SCOPE = "launch openid fhirUser patient/Patient.rs"


@pytest.fixture(scope="module")
def community() -> Iterator[Sandbox]:
    with running("community-hospital") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def academic() -> Iterator[Sandbox]:
    with running("academic-medical-center") as sandbox:
        yield sandbox


def launch(sandbox: Sandbox, context: LaunchContext, *, grant: str = "", scope: str = SCOPE, **answers: str) -> Any:
    async def story(person: Person) -> dict[str, Any]:
        address = await sandbox.start_launch(context, launch_uri=APP, client_id="workbench", grant=grant)
        opened = query_of(Response(302, (("Location", address),)))
        response = await person.walk(
            await person.authorize(launch=opened["launch"], scope=scope, aud=opened["iss"]), **answers
        )
        return json_of(await person.redeem(query_of(response)["code"]))

    return tell(sandbox, story)


def test_a_launch_from_a_visit_tells_visit_ward_and_hospital(community: Sandbox) -> None:
    answer = launch(community, LaunchContext("raman", "amara-okafor"))
    assert (answer["patient"], answer["encounter"]) == ("amara-okafor", "amara-okafor-open")
    assert answer["fhirContext"] == [{"reference": "Location/ward-4-east"}]
    assert (answer["tenant"], answer["need_patient_banner"]) == ("riverside-community", True)


def test_an_older_site_gives_the_patient_and_little_else(academic: Sandbox) -> None:
    scope = "launch openid fhirUser patient/Patient.read"
    answer = launch(academic, LaunchContext("raman", "amara-okafor"), scope=scope)
    assert answer["patient"] == "amara-okafor"
    assert answer.keys().isdisjoint({"encounter", "fhirContext", "tenant", "need_patient_banner", "smart_style_url"})


def test_what_is_open_is_picked_and_told(community: Sandbox) -> None:
    rows, places = asyncio.run(community.list_context("amara-okafor"))
    assert {row.patient for row in rows} == {"amara-okafor"}
    report = next(row.reference for row in rows if row.reference.startswith("DiagnosticReport/"))
    place = places[0].reference
    context = LaunchContext(
        "raman",
        "amara-okafor",
        "",
        (FhirContextItem(report), FhirContextItem("Patient/julia-santos", role="https://example.org/child")),
        "review-results",
        location=place.removeprefix("Location/"),
        need_patient_banner=False,
    )
    answer = launch(community, context)
    assert "encounter" not in answer
    assert answer["intent"] == "review-results"
    assert answer["need_patient_banner"] is False
    assert answer["fhirContext"] == [
        {"reference": report},
        {"reference": "Patient/julia-santos", "role": "https://example.org/child"},
        {"reference": place},
    ]


def test_the_style_is_a_document_that_any_app_may_read(community: Sandbox) -> None:
    answer = launch(community, LaunchContext("raman", "amara-okafor"))
    response = tell(
        community, lambda person: person.ask("GET", answer["smart_style_url"], (("Origin", "https://a.example"),))
    )
    assert response.header("access-control-allow-origin") == "*"
    assert json_of(response)["color_highlight"] == "#2b5a8c"


@pytest.mark.parametrize(
    ("context", "field"),
    [
        (LaunchContext("mallory", "amara-okafor"), "user"),
        (LaunchContext("raman", "nobody"), "patient"),
        (LaunchContext("raman", "amara-okafor", "benjamin-larsen-open"), "encounter"),
        (LaunchContext("raman", "", "amara-okafor-open"), "encounter"),
        (LaunchContext("raman", "amara-okafor", location="nowhere"), "location"),
        (LaunchContext("raman", "amara-okafor", fhir_context=(FhirContextItem("Task/none"),)), "fhir_context"),
        (
            LaunchContext("raman", "amara-okafor", fhir_context=(FhirContextItem("Patient/amara-okafor"),)),
            "fhir_context",
        ),
        (LaunchContext("okafor", "julia-santos"), "patient"),
        (LaunchContext("santos", "kofi-mensah"), "patient"),
    ],
)
def test_a_context_that_cannot_be_is_refused_with_its_field(
    community: Sandbox, context: LaunchContext, field: str
) -> None:
    with pytest.raises(WorkbenchError) as caught:
        asyncio.run(community.start_launch(context, launch_uri=APP))
    assert field in caught.value.hint


def test_an_app_opened_from_the_schedule_has_no_chart(community: Sandbox) -> None:
    answer = launch(community, LaunchContext("raman"), scope="launch openid fhirUser user/Appointment.rs")
    assert answer.keys().isdisjoint({"patient", "encounter", "need_patient_banner"})


def test_an_app_opened_without_a_chart_that_needs_one_lets_its_user_choose(community: Sandbox) -> None:
    assert launch(community, LaunchContext("raman"), patient="daniel-kim")["patient"] == "daniel-kim"


def test_an_app_may_be_opened_before_anybody_is_signed_in(community: Sandbox) -> None:
    answer = launch(community, LaunchContext("", "amara-okafor"), user="berg")
    assert (answer["patient"], answer["fhirUser"]) == ("amara-okafor", "Practitioner/tomas-berg")


def test_a_preset_decides_what_is_granted(community: Sandbox) -> None:
    scope = "launch openid fhirUser patient/*.rs offline_access"
    answer = launch(
        community, LaunchContext("raman", "amara-okafor"), grant="launch patient/Observation.rs", scope=scope
    )
    assert answer["scope"].split() == ["launch", "patient/Observation.rs"]
    assert answer.keys().isdisjoint({"refresh_token", "id_token"})


def test_what_an_analyst_withholds_is_withheld_from_everybody_until_it_is_not(community: Sandbox) -> None:
    scope = "launch patient/Patient.rs patient/Observation.rs"
    community.withheld = ("patient/Observation.rs",)
    try:
        less = launch(community, LaunchContext("raman", "amara-okafor"), scope=scope)
    finally:
        community.withheld = ()
    assert less["scope"] == "launch patient/Patient.rs"
    assert launch(community, LaunchContext("raman", "amara-okafor"), scope=scope)["scope"] == scope


@pytest.mark.parametrize(
    ("user", "resource", "patient"),
    [
        ("okafor", "Patient/amara-okafor", "amara-okafor"),
        ("santos", "RelatedPerson/carolina-santos", "julia-santos"),
    ],
)
def test_who_has_one_chart_is_not_asked_for_it(community: Sandbox, user: str, resource: str, patient: str) -> None:
    async def story(person: Person) -> tuple[str, dict[str, Any]]:
        response = await person.authorize()
        response = await person.answer(response.header("location"), ("user", user))
        page = response.header("location")
        response = await person.walk(response)
        return page, json_of(await person.redeem(query_of(response)["code"]))

    page, answer = tell(community, story)
    assert "/auth/consent?" in page
    assert (answer["patient"], answer["fhirUser"]) == (patient, resource)


@pytest.mark.parametrize(("user", "patient"), [("santos", "julia-santos"), ("okafor", "amara-okafor")])
def test_who_signs_in_where_another_chart_is_open_is_told_nothing_of_it(
    community: Sandbox, user: str, patient: str
) -> None:
    item = FhirContextItem("DiagnosticReport/benjamin-larsen-report-1")
    context = LaunchContext("", "benjamin-larsen", "benjamin-larsen-open", (item,), location="ward-4-east")
    scope = "launch launch/encounter openid fhirUser patient/*.rs"
    answer = launch(community, context, scope=scope, user=user)
    assert answer["patient"] == patient
    assert answer.keys().isdisjoint({"encounter", "fhirContext"})


def test_who_stands_for_several_chooses_among_them_alone(community: Sandbox) -> None:
    async def story(person: Person) -> tuple[list[str], int, dict[str, Any]]:
        response = await person.authorize()
        response = await person.answer(response.header("location"), ("user", "mbeki"))
        address = response.header("location")
        page = parse_page((await person.ask("GET", address)).body.decode())
        offered = [field.value for field in page.forms[0].fields if field.name == "patient"]
        other = await person.answer(address, ("patient", "amara-okafor"))
        response = await person.walk(await person.answer(address, ("patient", "isaac-mbeki")))
        return offered, other.status, json_of(await person.redeem(query_of(response)["code"]))

    offered, other, answer = tell(community, story)
    assert offered == ["isaac-mbeki", "elena-petrova"]
    assert other == 400
    assert (answer["patient"], answer["fhirUser"]) == ("isaac-mbeki", "Person/naledi-mbeki-stone")


@pytest.mark.parametrize(("user", "seen"), [("okafor", {"amara-okafor"}), ("mbeki", {"isaac-mbeki", "elena-petrova"})])
def test_a_user_of_the_portal_sees_no_other_chart_even_with_a_user_scope(
    community: Sandbox, user: str, seen: set[str]
) -> None:
    async def story(person: Person) -> tuple[set[str], int, int]:
        answer = await person.launch(user=user, scope="openid fhirUser user/Patient.rs user/Observation.rs")
        found = json_of(await person.fhir("Patient?_count=100", answer["access_token"]))
        other = await person.fhir("Patient/kofi-mensah", answer["access_token"])
        search = await person.fhir("Observation?patient=kofi-mensah", answer["access_token"])
        return (
            {entry["resource"]["id"] for entry in found.get("entry", [])},
            other.status,
            json_of(search).get("total", 0),
        )

    found, other, total = tell(community, story)
    assert found == seen
    assert other in (403, 404)
    assert total == 0


def test_the_page_opens_an_app_without_a_chart_and_on_what_is_picked(community: Sandbox) -> None:
    async def story(person: Person) -> dict[str, Any]:
        fields = [("user", "berg"), ("patient", "none"), ("app", "workbench"), ("launch_uri", APP), ("banner", "no")]
        fields += [("fhir_context", row.reference) for row in rows[:2]] + [("intent", "chart-vitals")]
        opened = query_of(await person.answer(person.site.ehr_page, *fields))
        response = await person.authorize(launch=opened["launch"], scope="launch openid", aud=opened["iss"])
        return json_of(await person.redeem(query_of(await person.walk(response))["code"]))

    rows, _ = asyncio.run(community.list_context("amara-okafor"))
    answer = tell(community, story)
    assert answer["fhirContext"] == [{"reference": row.reference} for row in rows[:2]]
    assert answer["intent"] == "chart-vitals"
    assert "patient" not in answer


async def choose(person: Person, scope: str, *chosen: str, consent: str = "") -> dict[str, Any]:
    """Sign in, take Amara's chart, choose a resource on each page that asks for one, and consent."""
    response = await person.authorize(scope=scope)
    response = await person.answer(response.header("location"), ("user", "raman"))
    while "/auth/consent" not in (address := response.header("location")):
        page = "patient" if "/auth/patient" in address else "resource"
        value, *left = ("amara-okafor", *chosen) if page == "patient" else chosen
        chosen = tuple(left)
        response = await person.answer(address, (page, value))
    ticked = [("scope", text) for text in consent.split()]
    response = await person.answer(response.header("location"), ("decision", "allow"), *ticked)
    return json_of(await person.redeem(query_of(response)["code"]))


def reports(sandbox: Sandbox) -> list[str]:
    rows, _ = asyncio.run(sandbox.list_context("amara-okafor"))
    return [row.reference for row in rows if row.reference.startswith("DiagnosticReport/")]


def test_a_standalone_app_asks_for_what_is_open_by_its_type_and_role(community: Sandbox) -> None:
    first, second = reports(community)[:2]
    role = "https://example.org/earlier"
    scope = f"launch/patient launch/diagnosticreport launch/diagnosticreport?role={role} launch/location"
    answer = tell(community, lambda person: choose(person, scope, first, second, "Location/laboratory"))
    assert answer["scope"] == scope
    assert answer["fhirContext"] == [
        {"reference": first},
        {"reference": second, "role": role},
        {"reference": "Location/laboratory"},
    ]


def test_a_user_may_have_none_of_what_an_app_asks_for(community: Sandbox) -> None:
    answer = tell(community, lambda person: choose(person, "launch/diagnosticreport", "none"))
    assert "fhirContext" not in answer


def test_what_is_chosen_is_not_told_where_its_scope_is_unticked(community: Sandbox) -> None:
    scope = "launch/patient launch/diagnosticreport"
    first = reports(community)[0]
    answer = tell(community, lambda person: choose(person, scope, first, consent="launch/patient"))
    assert "fhirContext" not in answer
    assert answer["patient"] == "amara-okafor"


def test_nothing_of_another_chart_can_be_chosen(community: Sandbox) -> None:
    rows, _ = asyncio.run(community.list_context("benjamin-larsen"))
    other = next(row.reference for row in rows if row.reference.startswith("DiagnosticReport/"))

    async def story(person: Person) -> tuple[int, bool]:
        response = await person.authorize(scope="launch/diagnosticreport")
        response = await person.answer(response.header("location"), ("user", "raman"))
        response = await person.answer(response.header("location"), ("patient", "amara-okafor"))
        address = response.header("location")
        page = (await person.ask("GET", address)).body.decode()
        return (await person.answer(address, ("resource", other))).status, other in page

    assert tell(community, story) == (400, False)


def test_a_scope_of_a_type_that_is_not_served_or_not_told_costs_nothing_else(
    community: Sandbox, academic: Sandbox
) -> None:
    for sandbox in (community, academic):
        scope = "launch/patient launch/imagingstudy openid"
        answer = tell(sandbox, lambda person, scope=scope: person.launch(scope=scope))
        assert answer["scope"] == "launch/patient openid"


def test_in_a_launch_from_the_ehr_such_a_scope_is_a_hint_and_nothing_is_asked(community: Sandbox) -> None:
    answer = launch(
        community, LaunchContext("raman", "amara-okafor"), scope="launch launch/location launch/diagnosticreport"
    )
    assert answer["fhirContext"] == [{"reference": "Location/ward-4-east"}]


def test_the_scopes_of_the_context_are_published(community: Sandbox, academic: Sandbox) -> None:
    async def story(person: Person) -> set[str]:
        address = f"{person.site.fhir_base}/.well-known/smart-configuration"
        document = json_of(await person.ask("GET", address))
        return {scope for scope in document["scopes_supported"] if scope.startswith("launch/")}

    assert tell(community, story) == {"launch/patient", "launch/encounter", "launch/location"}
    assert tell(academic, story) == {"launch/patient"}


@pytest.mark.parametrize("user", ["raman", "okafor", "santos", "mbeki"])
def test_whoever_signed_in_can_be_read_where_fhir_user_says(community: Sandbox, user: str) -> None:
    async def story(person: Person) -> tuple[str, Response]:
        answer = await person.launch(user=user, patient="isaac-mbeki", scope="openid fhirUser user/*.rs")
        return answer["fhirUser"], await person.fhir(answer["fhirUser"], answer["access_token"])

    reference, response = tell(community, story)
    assert response.status == 200
    assert f"{json_of(response)['resourceType']}/{json_of(response)['id']}" == reference


def test_of_many_resources_the_newest_hundred_are_offered() -> None:
    days = [f"2024-{month:02}-{day:02}" for month in range(1, 9) for day in range(1, 29)]
    notes = tuple(
        {
            "resourceType": "DocumentReference",
            "id": f"n-{day}",
            "subject": {"reference": "Patient/kofi-mensah"},
            "date": f"{day}T08:00:00Z",
            "type": {"text": "Note"},
        }
        for day in days
    )
    sandbox = make_sandbox("community-hospital")
    store = FhirStore((*sandbox.population, *notes))
    rows = list_choices(sandbox.site, store, "documentreference", "kofi-mensah")
    own = [row.day for row in rows if row.name == "Note"]
    assert len(rows) == 100
    assert own == sorted(days, reverse=True)[: len(own)]


def consent_page(sandbox: Sandbox, context: LaunchContext, scope: str) -> str:
    async def story(person: Person) -> str:
        address = await sandbox.start_launch(context, launch_uri=APP, client_id="workbench")
        opened = query_of(Response(302, (("Location", address),)))
        response = await person.authorize(launch=opened["launch"], scope=scope, aud=opened["iss"])
        return (await person.ask("GET", response.header("location"))).body.decode()

    return tell(sandbox, story)


def test_who_consents_sees_what_the_app_will_know_beside_the_chart(community: Sandbox, academic: Sandbox) -> None:
    rows, _ = asyncio.run(community.list_context("amara-okafor"))
    report = next(row for row in rows if row.reference.startswith("DiagnosticReport/"))
    items = (
        FhirContextItem(report.reference),
        FhirContextItem(canonical="https://example.org/q|2", type="Questionnaire"),
    )
    context = LaunchContext("raman", "amara-okafor", fhir_context=items, intent="chart-vitals")
    page = consent_page(community, context, SCOPE)
    for words in (report.label, "https://example.org/q|2", "Ward 4 East", "chart-vitals"):
        assert words in page
    assert "What else the app will know" not in consent_page(academic, context, "launch patient/Patient.read")
