from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.fhir_server.fhir_world import BASE, World, ids_of, json_of, make_grant, observation, patient, said
from workbench.fhir.resource import Json
from workbench.structure.structure_look import check_structure

VITAL = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}
LAB = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}


def quantity(value: Any) -> Json:
    return {"value": value, "unit": "beats/min", "system": "http://unitsofmeasure.org", "code": "/min"}


@pytest.fixture
def world() -> World:
    phone = {"system": "phone", "value": "555-0100"}
    return World(
        patient("a", "Ökafor", gender="female", birthDate="1984-03-12", active=True, telecom=[phone]),
        patient("b", "Larsen", gender="male", birthDate="1957-11", active=False),
        patient("c", "van der Berg, jr.", birthDate="1957"),
        observation("o1", category=[VITAL], valueQuantity=quantity(72), effectiveDateTime="2026-01-31T23:30:00Z"),
        observation("o2", category=[LAB], valueQuantity=quantity(80), effectiveDateTime="2026-02-01"),
        observation("o3", "b", category=[VITAL], status="amended", effectivePeriod={"start": "2026-02-10"}),
        observation("o4", "b", effectivePeriod={"start": "2026-01-01", "end": "2026-01-31"}),
    )


def found(world: World, path: str, **options: Any) -> list[str]:
    return ids_of(world.find(path, **options))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("name=okaf", "a"),
        ("name=ÖKA", "a"),
        ("family=kafor", ""),
        ("family:contains=KAFOR", "a"),
        ("family:exact=Larsen", "b"),
        ("family:exact=larsen", ""),
        ("name=amara%20larsen", "b"),
        ("given=amara", "a b c"),
        ("family=van%20der%20berg%5C,%20jr", "c"),
        ("family=larsen,okafor", "a b"),
        ("given=amara&family=larsen", "b"),
        ("given=amara&given=nobody", ""),
        ("gender=male", "b"),
        ("gender=male,female", "a b"),
        ("gender:not=male", "a c"),
        ("gender=http://hl7.org/fhir/administrative-gender%7Cmale", "b"),
        ("gender=http://example.org%7Cmale", ""),
        ("gender:missing=true", "c"),
        ("gender:missing=false", "a b"),
        ("active=true", "a"),
        ("identifier=mrn-a", "a"),
        ("identifier=urn:oid:2.999.1.1%7Cmrn-a", "a"),
        ("identifier=urn:oid:9%7Cmrn-a", ""),
        ("identifier=%7Cmrn-a", ""),
        ("identifier=urn:oid:2.999.1.1%7C", "a b c"),
        ("_id=a,c", "a c"),
        ("_id=nobody", ""),
        ("birthdate=1984-03-12", "a"),
        ("birthdate=1984", "a"),
        ("birthdate=1957", "b c"),
        ("birthdate=1957-11", "b"),
        ("birthdate=1957-11-02", ""),
        ("birthdate=gt1957-11", "a c"),
        ("birthdate=ge1984-03-12", "a"),
        ("birthdate=lt1984-03-12", "b c"),
        ("birthdate=le1957", "b c"),
        ("birthdate=sa1957", "a"),
        ("birthdate=eb1984", "b c"),
        ("birthdate=ne1957", "a"),
        ("birthdate=ap1987", "a"),
        ("birthdate=ge1957-01-01&birthdate=lt1958", "b c"),
        ("_lastUpdated=ge2026-03-01", "a b c"),
        ("_lastUpdated=lt2026-03-01T08:30:01Z", "a"),
    ],
)
def test_a_patient_is_found_by(world: World, query: str, ids: str) -> None:
    assert found(world, f"/Patient?{query}") == ids.split()


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("patient=a", "o1 o2"),
        ("patient=Patient/a", "o1 o2"),
        (f"patient={BASE}/Patient/a", "o1 o2"),
        ("subject:Patient=b", "o3 o4"),
        ("subject=Patient/a,Patient/b", "o1 o2 o3 o4"),
        ("subject=Group/a", ""),
        ("patient=http://elsewhere.example/Patient/a", ""),
        ("category=vital-signs", "o1 o3"),
        ("category=vital-signs&patient=b", "o3"),
        ("code=http://loinc.org%7C8867-4", "o1 o2 o3 o4"),
        ("code:text=heart", "o1 o2 o3 o4"),
        ("status=final,amended", "o1 o2 o3 o4"),
        ("status:not=final", "o3"),
        ("date=2026-01", "o1 o4"),
        ("date=2026-02-01", "o2"),
        ("date=ge2026-02-01", "o2 o3"),
        ("date=lt2026-01-31T23:30:00Z", "o4"),
        ("date=2026-02-01T00:30:00%2B01:00", "o1"),
        ("date=2026-01-31T23:30", "o1"),
        ("date=gt2026-03", "o3"),
        ("value-quantity=72", "o1"),
        ("value-quantity=72.4", ""),
        ("value-quantity=gt72", "o2"),
        ("value-quantity=ge72%7Chttp://unitsofmeasure.org%7C/min", "o1 o2"),
        ("value-quantity=80%7C%7Cbeats/min", "o2"),
        ("value-quantity=80%7C%7Cmg", ""),
        ("value-quantity=ap75", "o1 o2"),
    ],
)
def test_an_observation_is_found_by(world: World, query: str, ids: str) -> None:
    assert found(world, f"/Observation?{query}&_count=5") == ids.split()


def test_a_search_by_post_finds_the_same(world: World) -> None:
    form = ("Content-Type", "application/x-www-form-urlencoded")
    response = world.ask("POST", "/Observation/_search?patient=a", b"category=laboratory&status=final", form)
    assert ids_of(json_of(response)) == ["o2"]
    link = json_of(response)["link"][0]["url"]
    assert link == f"{BASE}/Observation?patient=a&category=laboratory&status=final"
    assert world.ask("POST", "/Observation/_search", b"{}", ("Content-Type", "application/json")).status == 415
    assert world.ask("POST", "/Observation/_search").status == 200


def test_the_bundle_is_sound_and_tells_addresses(world: World) -> None:
    bundle = world.find("/Patient?family=larsen")
    assert not check_structure(bundle) and bundle["total"] == 1
    assert bundle["entry"][0]["fullUrl"] == f"{BASE}/Patient/b"
    assert "entry" not in world.find("/Patient?family=nobody")


@pytest.mark.parametrize(
    "query",
    [
        "shoe-size=9",
        "birthplace=x",
        "name.given=x",
        "subject:Patient.name=x",
        "_include=Patient:link",
        "_summary=text",
        "name=",
        "_sort=shoe-size",
        "_has:Observation:patient:code=1",
    ],
)
def test_an_unknown_parameter_is_ignored_in_words_or_refused_where_strict(world: World, query: str) -> None:
    bundle = world.find(f"/Patient?gender=male&{query}")
    assert ids_of(bundle) == ["b"]
    outcome = next(entry for entry in bundle["entry"] if entry["search"]["mode"] == "outcome")["resource"]
    assert outcome["issue"][0]["severity"] == "warning" and "was ignored" in outcome["issue"][0]["diagnostics"]
    assert bundle["link"][0] == {"relation": "self", "url": f"{BASE}/Patient?gender=male"}
    assert not check_structure(bundle)
    response = world.ask("GET", f"/Patient?gender=male&{query}", None, ("Prefer", "handling=strict"))
    assert response.status == 400 and "ignored" not in said(response)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("birthdate=soon", "is not a date such as 2026-03-01"),
        ("birthdate=1984-02-30", "is not a date"),
        ("birthdate=xx1984", "is not a date"),
        ("gender:above=male", "the modifier “:above” is not supported"),
        ("name:fuzzy=x", "the modifier “:fuzzy” is not supported"),
        ("gender:missing=maybe", "takes true or false"),
        ("identifier=a%7Cb%7Cc", "a token is written system|code"),
        ("_count=-1", "whole number"),
        ("_count=ten", "whole number"),
        ("_cursor=x", "not a page"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(world: World, query: str, words: str) -> None:
    response = world.ask("GET", f"/Patient?{query}")
    assert response.status == 400 and words in said(response)


@pytest.mark.parametrize(
    "query",
    [
        "value-quantity=much",
        "value-quantity=1%7C2",
        "value-quantity=1e999999",
        "value-quantity=NaN",
        "subject:Practitioner=1",
        "subject:Patient=Group/1",
    ],
)
def test_a_quantity_or_reference_that_cannot_be_meant_is_refused(world: World, query: str) -> None:
    assert world.ask("GET", f"/Observation?{query}").status == 400


def test_pages_lead_forward_and_back_and_lose_nothing(world: World) -> None:
    pages = walk(world, "/Observation?_count=2")
    assert [ids_of(page) for page in pages] == [["o1", "o2"], ["o3", "o4"]]
    assert all(page["total"] == 4 for page in pages)
    links = {link["relation"]: link["url"] for link in pages[1]["link"]}
    assert set(links) == {"self", "first", "previous"}
    assert ids_of(world.find(links["previous"].removeprefix(BASE))) == ["o1", "o2"]
    assert ids_of(world.find(links["first"].removeprefix(BASE))) == ["o1", "o2"]
    assert ids_of(world.find(links["self"].removeprefix(BASE))) == ["o3", "o4"]


def walk(world: World, path: str, between: Any = None) -> list[Json]:
    pages = []
    while path:
        pages.append(world.find(path))
        path = next((link["url"].removeprefix(BASE) for link in pages[-1]["link"] if link["relation"] == "next"), "")
        if between:
            between()
    return pages


@pytest.mark.parametrize("query", ["_count=1", "_count=1&_sort=-date", "_count=2&_sort=status,-_id"])
def test_what_is_made_while_paging_moves_nothing(world: World, query: str) -> None:
    calm = [ids_of(page) for page in walk(world, f"/Observation?{query}")]

    def make_another() -> None:
        world.ask("POST", "/Observation", observation("x", effectiveDateTime="2030-01-01"))

    assert [ids_of(page) for page in walk(world, f"/Observation?{query}", make_another)] == calm


def test_the_site_sets_the_size_of_a_page(world: World) -> None:
    assert len(found(world, "/Observation")) == 3
    for number in range(4):
        world.ask("POST", "/Observation", observation(str(number)))
    assert len(found(world, "/Observation?_count=1000")) == 5


@pytest.mark.parametrize("query", ["_count=0", "_summary=count"])
def test_the_number_alone_can_be_asked_for(world: World, query: str) -> None:
    bundle = world.find(f"/Observation?{query}&patient=a")
    assert bundle["total"] == 2 and "entry" not in bundle and not check_structure(bundle)


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        ("_sort=birthdate", "c b a"),
        ("_sort=-birthdate", "a b c"),
        ("_sort=family", "b a c"),
        ("_sort=-gender", "b a c"),
        ("_sort=gender,-_id", "a b c"),
        ("_sort=-_lastUpdated", "c b a"),
    ],
)
def test_results_are_sorted(world: World, sort: str, ids: str) -> None:
    assert found(world, f"/Patient?{sort}") == ids.split()


def test_included_resources_come_once_and_are_marked(world: World) -> None:
    bundle = world.find("/Observation?patient=a&_include=Observation:patient")
    assert (ids_of(bundle), ids_of(bundle, "include"), bundle["total"]) == (["o1", "o2"], ["a"], 2)
    assert ids_of(world.find("/Observation?patient=a&_include=Observation:subject:Group"), "include") == []


def test_inclusion_goes_on_where_asked() -> None:
    visit = {
        "resourceType": "Encounter",
        "id": "e",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "Patient/a"},
    }
    world = World(patient("a"), visit, observation("o", encounter={"reference": "Encounter/e"}))
    once = world.find("/Observation?_include=Observation:encounter&_include=Encounter:patient")
    assert ids_of(once, "include") == ["e"]
    on = world.find("/Observation?_include=Observation:encounter&_include:iterate=Encounter:patient")
    assert ids_of(on, "include") == ["e", "a"]


def test_a_token_sees_only_what_it_may_in_results_counts_and_inclusions(world: World) -> None:
    grant = make_grant("patient/Observation.rs", "a")
    bundle = world.find("/Observation?_include=Observation:patient", grant=grant)
    assert (ids_of(bundle), ids_of(bundle, "include"), bundle["total"]) == (["o1", "o2"], [], 2)
    assert world.find("/Observation?_count=0", grant=grant)["total"] == 2
    assert world.ask("GET", "/Patient?_id=a", grant=grant).status == 403


def test_a_granular_scope_narrows_a_search(world: World) -> None:
    scope = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
    assert found(world, "/Observation", grant=make_grant(scope, "a")) == ["o2"]


def test_what_was_deleted_is_not_found(world: World) -> None:
    world.ask("DELETE", "/Observation/o1")
    assert found(world, "/Observation?patient=a") == ["o2"]


@pytest.mark.parametrize(
    "text",
    [
        "\\",
        "\\,",
        ",",
        "|",
        "||",
        "%",
        "\x00",
        "é",
        "a" * 5000,
        "ge",
        "-",
        "$",
        "*",
        "(",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    ],
)
def test_any_text_can_be_searched_for(world: World, text: str) -> None:
    for name in ("name", "name:exact", "gender", "identifier", "birthdate", "_id", "_sort", "_count", "_include", text):
        response = world.ask("GET", f"/Patient?{quote(name)}={quote(text)}")
        assert response.status in (200, 400)
    for name in ("patient", "subject:Patient", "value-quantity", "date", "code:text"):
        assert world.ask("GET", f"/Observation?{quote(name)}={quote(text)}").status in (200, 400)


def test_the_self_link_is_an_address_that_asks_the_same(world: World) -> None:
    bundle = world.find("/Patient?name=van%20der%20berg%5C,%20jr&name=%C3%96,van&identifier=urn:oid:2.999.1.1%7Cmrn-c")
    link = bundle["link"][0]["url"]
    assert urlsplit(link).query.isascii()
    assert ids_of(world.find(link.removeprefix(BASE))) == ids_of(bundle) == ["c"]
