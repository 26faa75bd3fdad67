from __future__ import annotations

from typing import Any

import pytest

from tests.fhir_server.fhir_world import BASE, World, json_of, make_grant, make_site, observation, patient, said
from workbench.exchange import Response
from workbench.fhir.resource import Json
from workbench.site.site import FhirRules, ResourceRules
from workbench.structure.structure_look import check_structure

PATIENT_URL = "urn:uuid:05f8b1a4-0000-4000-8000-000000000001"
OTHER_URL = "urn:uuid:05f8b1a4-0000-4000-8000-000000000002"


def entry(method: str, url: str, resource: Json | None = None, full_url: str = "", **request: Any) -> Json:
    made: Json = {"fullUrl": full_url} if full_url else {}
    if resource is not None:
        made["resource"] = resource
    return made | {"request": {"method": method, "url": url, **request}}


def post(world: World, kind: str, *entries: Json, **options: Any) -> Response:
    return world.ask("POST", "", {"resourceType": "Bundle", "type": kind, "entry": list(entries)}, **options)


def statuses(response: Response) -> list[str]:
    bundle = json_of(response)
    assert response.status == 200 and not check_structure(bundle), bundle
    return [item["response"]["status"][:3] for item in bundle["entry"]]


def test_a_transaction_creates_what_refers_to_each_other() -> None:
    world = World()
    visit = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": PATIENT_URL},
    }
    vital = observation("x", encounter={"reference": OTHER_URL}) | {"subject": {"reference": PATIENT_URL}}
    response = post(
        world,
        "transaction",
        entry("POST", "Observation", vital),
        entry("POST", "Encounter", visit, OTHER_URL),
        entry("POST", "Patient", patient("y"), PATIENT_URL),
    )
    assert statuses(response) == ["201", "201", "201"]
    places = [item["response"]["location"] for item in json_of(response)["entry"]]
    stored = world.find(places[0].removeprefix(BASE).partition("/_history")[0])
    assert f"{BASE}/{stored['subject']['reference']}/_history/1" == places[2]
    assert f"{BASE}/{stored['encounter']['reference']}/_history/1" == places[1]


def test_links_are_rewritten_where_they_link_and_nowhere_else() -> None:
    world = World()
    person = patient("y")
    person["identifier"][0]["value"] = PATIENT_URL
    person["text"] = {
        "status": "generated",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{OTHER_URL}">{OTHER_URL}</a></div>',
    }
    response = post(
        world,
        "transaction",
        entry("POST", "Patient", person, PATIENT_URL),
        entry("PUT", "Patient/a", patient("a", "Bello"), OTHER_URL, ifMatch='W/"1"'),
    )
    assert statuses(response) == ["201", "200"]
    stored = world.find("/Patient/new-1")
    assert stored["identifier"][0]["value"] == PATIENT_URL
    assert f'<a href="Patient/a">{OTHER_URL}</a>' in stored["text"]["div"]


def test_a_transaction_is_done_in_fhirs_order_and_told_in_its_own() -> None:
    world = World(patient("a"), patient("b"), observation("o"))
    response = post(
        world,
        "transaction",
        entry("GET", "Observation?patient=a"),
        entry("PUT", "Observation/o", observation("o", status="amended")),
        entry("POST", "Observation", observation("x")),
        entry("DELETE", "Patient/b"),
        entry("GET", "Patient/b"),
    )
    assert response.status == 410 and "Bundle.entry[4]: Patient/b was deleted." in said(response)
    assert len(world.store.all("Observation")) == 1
    response = post(
        world,
        "transaction",
        entry("GET", "Observation?patient=a"),
        entry("PUT", "Observation/o", observation("o", status="amended")),
        entry("POST", "Observation", observation("x")),
        entry("DELETE", "Patient/b"),
    )
    assert statuses(response) == ["200", "200", "201", "204"]
    found = json_of(response)["entry"][0]["resource"]
    assert [item["resource"]["status"] for item in found["entry"]] == ["amended", "final"]


@pytest.mark.parametrize(
    ("bad", "status", "words"),
    [
        (entry("POST", "Observation", observation("x", status="wrong")), 400, "Bundle.entry[2]: “wrong” is not in"),
        (entry("POST", "Observation", observation("x", "nobody")), 422, "refers to a resource that is not here"),
        (entry("PUT", "Patient/a", patient("a")), 412, "only with If-Match"),
        (entry("PUT", "Patient/a", patient("a"), ifMatch='W/"5"'), 412, "If-Match names"),
        (entry("POST", "Practitioner", {"resourceType": "Practitioner"}), 405, "cannot be created"),
        (entry("GET", "Patient/nobody"), 404, "There is no Patient/nobody"),
        (entry("POST", "Observation"), 400, "its POST has no resource"),
        (entry("FLY", "Observation"), 400, "needs a method and a url"),
        ({"resource": patient("a")}, 400, "it has no request"),
        (entry("POST", "", {"resourceType": "Bundle", "type": "batch"}), 400, "cannot stand in a bundle"),
        (entry("DELETE", "Patient/a"), 409, "refers to it"),
        (entry("DELETE", "Patient/b"), 400, "written twice"),
        (entry("POST", "Patient", patient("x"), PATIENT_URL), 400, "stands twice"),
        (
            entry("POST", "Observation", observation("x") | {"subject": {"reference": "Patient?given=amara"}}),
            412,
            "matches",
        ),
    ],
)
def test_a_transaction_with_one_bad_entry_changes_nothing(bad: Json, status: int, words: str) -> None:
    world = World(patient("a"), patient("b"), observation("o"))
    before = world.store.snapshot()
    response = post(
        world,
        "transaction",
        entry("POST", "Patient", patient("y"), PATIENT_URL),
        entry("DELETE", "Patient/b"),
        bad,
    )
    assert response.status == status and words in said(response)
    assert world.store.snapshot() == before


def test_a_conditional_create_in_a_transaction_links_to_what_is_there() -> None:
    world = World()
    response = post(
        world,
        "transaction",
        entry("POST", "Patient", patient("y"), PATIENT_URL, ifNoneExist="identifier=mrn-a"),
        entry("POST", "Observation", observation("x") | {"subject": {"reference": PATIENT_URL}}),
    )
    assert statuses(response) == ["200", "201"]
    assert world.store.all("Observation")[0]["subject"] == {"reference": "Patient/a"}


def test_a_conditional_reference_is_resolved() -> None:
    world = World()
    vital = observation("x") | {"subject": {"reference": "Patient?identifier=mrn-b"}}
    assert statuses(post(world, "transaction", entry("POST", "Observation", vital))) == ["201"]
    assert world.store.all("Observation")[0]["subject"] == {"reference": "Patient/b"}


def test_what_is_deleted_together_may_refer_to_each_other() -> None:
    world = World(patient("a"), observation("o"))
    response = post(world, "transaction", entry("DELETE", "Patient/a"), entry("DELETE", "Observation/o"))
    assert statuses(response) == ["204", "204"]


def test_the_entries_of_a_batch_stand_alone() -> None:
    world = World(patient("a"), patient("b"), observation("o"))
    response = post(
        world,
        "batch",
        entry("GET", "Patient/a"),
        entry("GET", "Patient/nobody"),
        entry("POST", "Observation", observation("x", status="wrong")),
        entry("POST", "Observation", observation("x")),
        entry("GET", f"{BASE}/Observation?patient=a"),
        {"request": "none"},
        entry("GET", "Patient/a", ifNoneMatch='W/"1"'),
    )
    assert statuses(response) == ["200", "404", "400", "201", "200", "400", "304"]
    entries = json_of(response)["entry"]
    assert entries[0]["resource"]["id"] == "a" and entries[0]["response"]["etag"] == 'W/"1"'
    assert "There is no Patient/nobody" in entries[1]["response"]["outcome"]["issue"][0]["diagnostics"]
    assert "resource" not in entries[3] and entries[4]["resource"]["total"] == 2


def test_each_entry_is_judged_by_the_token_on_its_own() -> None:
    world = World(patient("a"), patient("b"), observation("oa"), observation("ob", "b"))
    grant = make_grant("patient/Observation.crs", "a")
    entries = (
        entry("GET", "Observation/oa"),
        entry("GET", "Observation/ob"),
        entry("GET", "Patient/a"),
        entry("POST", "Observation", observation("x", "b")),
        entry("DELETE", "Observation/oa"),
        entry("GET", "Observation"),
    )
    response = post(world, "batch", *entries, grant=grant)
    assert statuses(response) == ["200", "403", "403", "403", "403", "200"]
    assert json_of(response)["entry"][5]["resource"]["total"] == 1
    refused = post(world, "transaction", entries[0], entries[3], grant=grant)
    assert refused.status == 403 and "Bundle.entry[1]" in said(refused)


def test_prefer_representation_tells_what_was_written() -> None:
    world = World()
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [entry("POST", "Patient", patient("x"))]}
    response = world.ask("POST", "", bundle, ("Prefer", "return=representation"))
    assert json_of(response)["entry"][0]["resource"]["id"] == "new-1"


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Bundle", "type": "collection"},
        {"resourceType": "Bundle"},
        {"resourceType": "Patient"},
        {"resourceType": "Bundle", "type": "batch", "entry": {}},
        {"resourceType": "Bundle", "type": ["batch"], "entry": []},
    ],
)
def test_what_is_neither_batch_nor_transaction_is_refused(body: Json) -> None:
    assert World().ask("POST", "", body).status == 400


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_an_empty_bundle_is_answered_empty(kind: str) -> None:
    response = World().ask("POST", "/", {"resourceType": "Bundle", "type": kind})
    assert json_of(response) == {"resourceType": "Bundle", "type": f"{kind}-response"}


def test_a_site_without_transactions_refuses_them() -> None:
    rules = FhirRules("4.0.1", "", "/fhir/r4", (ResourceRules("Patient", ("read",)),), ("batch",))
    world = World(site=make_site(fhir=rules))
    refused = post(world, "transaction")
    assert refused.status == 405 and "does not take a transaction" in said(refused)
    assert post(world, "batch").status == 200


def test_a_large_transaction_is_done_in_a_moment() -> None:
    world = World()
    entries = [entry("POST", "Observation", observation(str(number))) for number in range(500)]
    assert statuses(post(world, "transaction", *entries)) == ["201"] * 500
