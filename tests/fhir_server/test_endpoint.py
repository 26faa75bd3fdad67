from __future__ import annotations

import pytest

from tests.fhir_server.fhir_world import BASE, World, json_of, make_grant, make_site, observation, patient, said
from workbench.exchange import Request
from workbench.fhir.resource import to_json
from workbench.fhir_server.endpoint import FhirEndpoint
from workbench.site.site import FhirRules, NoteRules, ResourceRules
from workbench.structure.structure_look import check_structure

JSON = ("Content-Type", "application/fhir+json")


def test_read_answers_with_version_and_time() -> None:
    response = World().ask("GET", "/Patient/a")
    assert (response.status, response.header("etag")) == (200, 'W/"1"')
    assert response.header("last-modified") == "Sun, 01 Mar 2026 08:30:00 GMT"
    assert response.header("content-type").startswith("application/fhir+json")
    assert json_of(response)["name"][0]["family"] == "Okafor"


def test_head_is_answered_as_get_without_body() -> None:
    world = World()
    response = world.ask("HEAD", "/Patient/a")
    assert (response.status, response.body) == (200, b"")
    assert response.headers == world.ask("GET", "/Patient/a").headers
    assert world.ask("HEAD", "/Patient?name=x").status == 200
    assert world.ask("HEAD", "/Patient/nobody").status == 404


def test_what_never_was_is_not_found() -> None:
    response = World().ask("GET", "/Patient/nobody")
    assert response.status == 404 and "There is no Patient/nobody here." in said(response)


def test_create_answers_with_location_version_and_resource() -> None:
    world = World()
    response = world.ask("POST", "/Observation", observation("mine", valueQuantity={"value": 72}))
    assert (response.status, response.header("etag")) == (201, 'W/"1"')
    assert response.header("location") == "http://127.0.0.1:8080/fhir/r4/Observation/new-1/_history/1"
    assert json_of(response)["id"] == "new-1"
    assert world.find("/Observation/new-1")["subject"] == {"reference": "Patient/a"}


def test_a_decimal_written_is_read_back_digit_by_digit() -> None:
    world = World()
    body = to_json(observation("x", valueQuantity={"value": 7})).replace('"value":7', '"value":72.50').encode()
    assert b'"value":72.50' in world.ask("POST", "/Observation", body).body
    assert b'"value":72.50' in world.ask("GET", "/Observation/new-1").body


@pytest.mark.parametrize(
    ("preference", "body"),
    [
        ("return=minimal", ""),
        ("return=OperationOutcome", "Observation/new-1 was created as version 1."),
        ("respond-async, return=representation", '"resourceType":"Observation"'),
    ],
)
def test_prefer_chooses_the_body_of_a_write(preference: str, body: str) -> None:
    response = World().ask("POST", "/Observation", observation("x"), ("Prefer", preference))
    assert response.status == 201 and body in response.body.decode() and bool(body) == bool(response.body)


def test_update_makes_a_version() -> None:
    world = World()
    response = world.ask("PUT", "/Patient/a", patient("a", "Bello"), ("If-Match", 'W/"1"'))
    assert (response.status, response.header("etag")) == (200, 'W/"2"')
    assert world.find("/Patient/a")["name"][0]["family"] == "Bello"
    assert world.find("/Patient/a/_history/1")["name"][0]["family"] == "Okafor"


@pytest.mark.parametrize("tag", ['W/"2"', '"9"', "nonsense", 'W/"0"'])
def test_update_of_another_version_is_refused(tag: str) -> None:
    world = World()
    response = world.ask("PUT", "/Patient/a", patient("a", "Bello"), ("If-Match", tag))
    assert response.status == 412 and 'is at version W/"1"' in said(response)
    assert world.find("/Patient/a")["meta"]["versionId"] == "1"


@pytest.mark.parametrize("tag", ["*", '"1"', 'W/"7", W/"1"'])
def test_if_match_is_read_in_every_form(tag: str) -> None:
    assert World().ask("PUT", "/Patient/a", patient("a"), ("If-Match", tag)).status == 200


def test_update_without_if_match_is_refused_where_the_site_insists() -> None:
    response = World().ask("PUT", "/Patient/a", patient("a"))
    assert response.status == 412 and 'If-Match: W/"1"' in said(response)


def test_update_without_if_match_is_taken_where_the_site_does_not_insist() -> None:
    world = World(patient("a"), observation("o"))
    assert world.ask("PUT", "/Observation/o", observation("o", status="amended")).status == 200


def test_an_app_cannot_choose_an_id() -> None:
    response = World().ask("PUT", "/Patient/mine", patient("mine"))
    assert response.status == 405 and "does not let an app choose an id" in said(response)


@pytest.mark.parametrize("body", [patient("b"), {k: v for k, v in patient("a").items() if k != "id"}])
def test_update_with_another_id_in_the_body_is_refused(body: dict[str, object]) -> None:
    response = World().ask("PUT", "/Patient/a", body, ("If-Match", 'W/"1"'))
    assert response.status == 400 and "and the address says “a”" in said(response)


def test_delete_then_gone_then_back() -> None:
    world = World()
    assert (world.ask("DELETE", "/Patient/b").status, world.ask("DELETE", "/Patient/b").status) == (204, 204)
    assert world.ask("GET", "/Patient/b").status == 410
    assert world.ask("GET", "/Patient/b/_history/1").status == 200
    assert world.ask("GET", "/Patient/b/_history/2").status == 410
    back = world.ask("PUT", "/Patient/b", patient("b"))
    assert (back.status, back.header("etag")) == (201, 'W/"3"')
    assert world.ask("DELETE", "/Patient/nobody").status == 404


def test_delete_of_what_others_refer_to_is_a_conflict() -> None:
    world = World(patient("a"), observation("o"))
    response = world.ask("DELETE", "/Patient/a")
    assert response.status == 409 and "Observation/o refers to it" in said(response)
    assert world.ask("DELETE", "/Observation/o").status == 204
    assert world.ask("DELETE", "/Patient/a").status == 204


def test_delete_of_another_version_is_refused() -> None:
    assert World().ask("DELETE", "/Patient/b", None, ("If-Match", 'W/"2"')).status == 412


@pytest.mark.parametrize("version", ["0", "2", "x", "-1", "99999999999999999999", "¹"])
def test_a_version_that_never_was_is_not_found(version: str) -> None:
    assert World().ask("GET", f"/Patient/a/_history/{version}").status == 404


def test_history_tells_every_version_newest_first() -> None:
    world = World()
    world.ask("PUT", "/Patient/b", patient("b", "Bello"), ("If-Match", 'W/"1"'))
    world.ask("DELETE", "/Patient/b")
    bundle = world.find("/Patient/b/_history")
    assert (bundle["type"], bundle["total"]) == ("history", 3)
    assert [entry["request"]["method"] for entry in bundle["entry"]] == ["DELETE", "PUT", "PUT"]
    assert [entry["response"]["etag"] for entry in bundle["entry"]] == ['W/"3"', 'W/"2"', 'W/"1"']
    assert "resource" not in bundle["entry"][0] and not check_structure(bundle)


@pytest.mark.parametrize(
    "header",
    [("If-None-Match", 'W/"1"'), ("If-None-Match", "*"), ("If-Modified-Since", "Sun, 01 Mar 2026 08:30:00 GMT")],
)
def test_read_of_a_known_version_is_not_modified(header: tuple[str, str]) -> None:
    response = World().ask("GET", "/Patient/a", None, header)
    assert (response.status, response.body, response.header("etag")) == (304, b"", 'W/"1"')


@pytest.mark.parametrize(
    "header",
    [
        ("If-None-Match", 'W/"2"'),
        ("If-Modified-Since", "Sun, 01 Mar 2026 08:29:59 GMT"),
        ("If-Modified-Since", "yesterday"),
        ("If-Modified-Since", "Sun, 01 Mar 2026 08:30:00 -0000"),
    ],
)
def test_read_of_a_newer_version_is_whole(header: tuple[str, str]) -> None:
    assert World().ask("GET", "/Patient/a", None, header).status == 200


def test_if_none_exist_creates_finds_or_refuses() -> None:
    world = World()
    header = ("If-None-Exist", "identifier=urn:oid:2.999.1.1|mrn-a")
    found = world.ask("POST", "/Patient", patient("x"), header)
    assert (found.status, json_of(found)["id"], found.header("etag")) == (200, "a", 'W/"1"')
    assert world.ask("POST", "/Patient", patient("x"), ("If-None-Exist", "identifier=none")).status == 201
    several = world.ask("POST", "/Patient", patient("x"), ("If-None-Exist", "given=amara"))
    assert several.status == 412 and "3 resources match" in said(several)


@pytest.mark.parametrize("query", ["shoe-size=9", "_count=1", "", "birthdate=never"])
def test_if_none_exist_that_asks_for_nothing_known_is_refused(query: str) -> None:
    response = World().ask("POST", "/Patient", patient("x"), ("If-None-Exist", query or "?"))
    assert response.status == 400


def test_without_a_token_the_answer_says_how_to_get_in() -> None:
    world = World()
    response = world.answer("GET", "/Patient/a")
    assert response.status == 401 and response.header("www-authenticate") == 'Bearer realm="test-hospital"'
    wrong = world.answer("GET", "/Patient/a", headers=(("Authorization", "Bearer wrong"),))
    assert 'error="invalid_token"' in wrong.header("www-authenticate") and "expired" in said(wrong)


def test_the_capability_statement_needs_no_token_and_follows_the_site() -> None:
    world = World()
    uris = {"authorize": "http://127.0.0.1:8080/auth/authorize", "token": "http://127.0.0.1:8080/auth/token"}
    endpoint = FhirEndpoint(world.site, world.store, oauth_uris=lambda: uris)
    response = endpoint.answer(Request("GET", f"{BASE}/metadata"), None, base=BASE)
    statement = json_of(response)
    assert response.status == 200 and not check_structure(statement)
    resources = {item["type"]: item for item in statement["rest"][0]["resource"]}
    assert set(resources) == {"Patient", "Observation", "Encounter", "Practitioner"}
    assert [i["code"] for i in resources["Encounter"]["interaction"]] == ["read", "search-type", "create"]
    assert resources["Patient"]["versioning"] == "versioned-update"
    assert {"name": "birthdate", "type": "date"} in resources["Patient"]["searchParam"]
    security = statement["rest"][0]["security"]
    assert security["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    assert security["extension"][0]["extension"][1]["valueUri"] == "http://127.0.0.1:8080/auth/token"


def test_a_scope_that_is_missing_is_named() -> None:
    world = World(patient("a"), patient("b"), observation("o"))
    grant = make_grant("patient/Patient.rs", "a")
    assert world.ask("GET", "/Patient/a", grant=grant).status == 200
    for method, path in (
        ("GET", "/Observation/o"),
        ("GET", "/Observation"),
        ("PUT", "/Patient/a"),
        ("GET", "/Patient/b"),
    ):
        response = world.ask(method, path, patient("a") if method == "PUT" else None, grant=grant)
        assert response.status == 403 and "scope" in said(response), (method, path)
        assert 'error="insufficient_scope"' in response.header("www-authenticate")


def test_a_patients_token_neither_reads_nor_writes_about_another() -> None:
    world = World(patient("a"), patient("b"), observation("oa"), observation("ob", "b"))
    grant = make_grant("patient/Observation.cruds", "a")
    assert world.ask("GET", "/Observation/oa", grant=grant).status == 200
    for path in (
        "/Observation/ob",
        "/Observation/ob/_history",
        "/Observation/ob/_history/1",
        "/Observation/ob/_history/7",
    ):
        assert world.ask("GET", path, grant=grant).status == 403, path
    assert world.ask("POST", "/Observation", observation("x", "b"), grant=grant).status == 403
    assert world.ask("PUT", "/Observation/ob", observation("ob", "a"), grant=grant).status == 403
    assert world.ask("PUT", "/Observation/oa", observation("oa", "b"), grant=grant).status == 403
    assert world.ask("DELETE", "/Observation/ob", grant=grant).status == 403
    world.ask("DELETE", "/Observation/ob")
    assert world.ask("GET", "/Observation/ob", grant=grant).status == 403
    assert world.store.find("Observation", "oa") is not None


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/Shoe/1", 404, "“Shoe” is not a resource type of FHIR R4."),
        ("GET", "/Device/1", 404, "does not serve Device"),
        ("POST", "/Practitioner", 405, "Practitioner cannot be created"),
        ("GET", "/Practitioner", 405, "Practitioner cannot be searched"),
        ("PUT", "/Encounter/1", 405, "Encounter cannot be changed"),
        ("PATCH", "/Patient/a", 405, "PATCH is not offered at Patient/a here."),
        ("DELETE", "/Patient", 405, "DELETE is not offered at Patient here."),
        ("PUT", "/Patient?identifier=1", 405, "PUT is not offered"),
        ("GET", "", 405, "whole-system search"),
        ("GET", "/_history", 405, "System-wide history"),
        ("GET", "/Patient/_history", 405, "history of a whole type"),
        ("GET", "/Patient/a/$everything", 404, "operation $everything"),
        ("GET", "/Patient/a/Observation", 404, "nothing at Patient/a/Observation"),
        ("POST", "/metadata", 405, "POST is not offered"),
        ("TRACE", "/Patient/a", 501, "TRACE is not a method of FHIR."),
    ],
)
def test_what_is_not_offered_is_refused_in_words(method: str, path: str, status: int, words: str) -> None:
    response = World().ask(method, path, patient("a") if method in ("PUT", "PATCH", "POST") else None)
    assert response.status == status and words in said(response)


def test_a_refused_method_names_those_that_are_taken() -> None:
    world = World()
    assert world.ask("PATCH", "/Patient/a").header("allow") == "GET, HEAD, PUT, DELETE"
    assert world.ask("POST", "/Practitioner", {}).header("allow") == ""
    assert world.ask("PUT", "/Encounter/1").header("allow") == "GET, HEAD"


def test_a_site_that_takes_notes_by_hl7v2_names_that_road() -> None:
    rules = FhirRules("4.0.1", "3.1.1", "/fhir/r4", (ResourceRules("DocumentReference", ("read",)),))
    world = World(site=make_site(fhir=rules, note=NoteRules("hl7v2")))
    response = world.ask("POST", "/DocumentReference", {"resourceType": "DocumentReference"})
    assert response.status == 405 and "MDM^T02" in said(response)


@pytest.mark.parametrize(
    "accept", ["application/fhir+xml", "text/html", "application/json;q=0", "application/fhir+json; fhirVersion=3.0"]
)
def test_a_format_that_is_not_served_is_refused(accept: str) -> None:
    world = World()
    response = world.ask("GET", "/Patient/a", None, ("Accept", accept))
    assert response.status == 406 and accept in said(response)
    assert world.ask("GET", "/Patient/a?_format=xml").status == 406


@pytest.mark.parametrize(
    "accept",
    ["", "*/*", "application/json", "text/html, application/*;q=0.1", "application/fhir+json; fhirVersion=4.0"],
)
def test_json_is_served_under_each_of_its_names(accept: str) -> None:
    world = World()
    assert world.ask("GET", "/Patient/a", None, ("Accept", accept)).status == 200
    assert world.ask("GET", "/Patient/a?_format=application/fhir+json", None, ("Accept", "text/html")).status == 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/fhir+xml", "", "application/json; charset=latin-1"]
)
def test_a_body_of_another_type_is_refused(content_type: str) -> None:
    response = World().ask("POST", "/Patient", patient("x"), ("Content-Type", content_type))
    assert response.status == 415 and "application/fhir+json" in said(response)


def test_a_broken_body_is_refused_with_line_and_column() -> None:
    response = World().ask("POST", "/Patient", b'{\n "resourceType": "Patient",\n "id" }', JSON)
    assert response.status == 400 and "line 3, column 7" in said(response)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{}", b"\xff", b"[" * 100_000, b'{"resourceType":1}'])
def test_a_body_that_is_no_resource_is_refused(body: bytes) -> None:
    assert World().ask("POST", "/Patient", body, JSON).status == 400


def test_a_body_of_another_resource_type_is_refused() -> None:
    response = World().ask("POST", "/Patient", observation("o"))
    assert response.status == 400 and "The resource is an Observation" in said(response)


def test_a_body_against_base_fhir_is_refused_with_every_fault() -> None:
    response = World().ask("POST", "/Patient", patient("x", gender="man", shoeSize=9, birthDate="1984-13-01"))
    outcome = json_of(response)
    assert response.status == 400 and not check_structure(outcome)
    assert [issue["expression"][0] for issue in outcome["issue"]] == [
        "Patient.gender",
        "Patient.shoeSize",
        "Patient.birthDate",
    ]


def test_a_body_against_the_sites_own_rule_is_refused() -> None:
    response = World().ask("POST", "/Observation", observation("x", status="entered-in-error"))
    assert response.status == 422 and said(response) == "Nothing may be written in error here."


def test_a_reference_that_leads_nowhere_is_refused() -> None:
    response = World().ask("POST", "/Observation", observation("x", "nobody"))
    assert response.status == 422 and "“Patient/nobody” refers to a resource that is not here." in said(response)


def test_addresses_outside_the_base_and_odd_ones_are_not_found() -> None:
    world = World()
    endpoint = FhirEndpoint(world.site, world.store)
    for address in (
        "http://127.0.0.1/other/Patient/a",
        "http://[::1/fhir/r4/Patient/a",
        "",
        "/",
        "http://x/fhir/r44/Patient/a",
    ):
        response = endpoint.answer(Request("GET", address), make_grant(), base="http://127.0.0.1/fhir/r4")
        assert response.status == 404, address
    assert world.ask("GET", "/Patient/%2e%2e%2f%00").status == 404
    assert world.ask("GET", "/Patient/a?" + "&".join(["x=1"] * 2000)).status == 404
    assert world.ask("GET", "/Patient/a/").status == 200
