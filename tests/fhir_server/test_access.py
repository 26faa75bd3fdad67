"""What each token may do: scopes × interactions × whose resource, and what of the rest no answer gives away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.fhir_server.fhir_world import World, ids_of, json_of, make_grant, make_site, observation, patient, said
from tests.sandbox.person import Person
from tests.sandbox.running import make_sandbox, running, tell
from workbench.exchange import Headers, Response
from workbench.fhir.resource import Json
from workbench.fhir.rules import ReadOutsideScope, SearchOutsideScope
from workbench.sandbox.sandbox import Sandbox
from workbench.smart.grant import Grant, WithheldScope
from workbench.smart.scopes import parse_scope, parse_scopes

LAB = {"category": [{"coding": [{"system": "http://cat", "code": "laboratory"}]}]}
VITALS = {"category": [{"coding": [{"system": "http://cat", "code": "vital-signs"}]}]}


def visit(resource_id: str, patient_id: str) -> Json:
    return {
        "resourceType": "Encounter",
        "id": resource_id,
        "status": "in-progress",
        "class": {"code": "AMB"},
        "subject": {"reference": f"Patient/{patient_id}"},
    }


def make_world(search: SearchOutsideScope = "filter", read: ReadOutsideScope = "forbidden") -> World:
    site = make_site()
    fhir = replace(site.fhir, search_outside_scope=search, read_outside_scope=read)
    return World(
        patient("a"),
        patient("b", "Larsen"),
        observation("own", "a", **VITALS),
        observation("lab", "a", **LAB),
        observation("other", "b", **VITALS),
        observation("charted", "b", encounter={"reference": "Encounter/visit-b"}),
        visit("visit-a", "a"),
        visit("visit-b", "b"),
        {"resourceType": "Practitioner", "id": "p", "name": [{"family": "Raman"}]},
        site=make_site(fhir=fhir),
    )


def call(world: World, name: str, target: str, grant: Grant) -> Response:
    """One interaction with an Observation, such as `update` of `own`."""
    owner = "b" if target in ("other", "charted") else "a"
    body = observation(target, owner, status="amended", **(LAB if target == "lab" else VITALS))
    path = f"/Observation/{target}"
    calls: dict[str, tuple[str, str, Json | None]] = {
        "read": ("GET", path, None),
        "head": ("HEAD", path, None),
        "vread": ("GET", f"{path}/_history/1", None),
        "history": ("GET", f"{path}/_history", None),
        "create": ("POST", "/Observation", body),
        "update": ("PUT", path, body),
        "delete": ("DELETE", path, None),
    }
    return world.ask(*calls[name], grant=grant)


FREE = {"read": 200, "head": 200, "vread": 200, "history": 200, "create": 201, "update": 200, "delete": 204}
READS, WRITES = ("read", "head", "vread", "history"), ("create", "update", "delete")
EVERY = (*READS, *WRITES)


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("patient/Observation.rs", {"own": READS, "lab": READS, "other": ()}),
        ("patient/Observation.read", {"own": READS, "lab": READS, "other": ()}),
        ("patient/Observation.s", {"own": (), "lab": (), "other": ()}),
        ("patient/Observation.c", {"own": ("create",), "lab": ("create",), "other": ()}),
        ("patient/Observation.u", {"own": ("update",), "lab": ("update",), "other": ()}),
        ("patient/Observation.d", {"own": ("delete",), "lab": ("delete",), "other": ()}),
        ("patient/Observation.write", {"own": WRITES, "lab": WRITES, "other": ()}),
        ("patient/*.cruds", {"own": EVERY, "lab": EVERY, "other": ()}),
        ("user/Observation.rs", {"own": READS, "lab": READS, "other": READS}),
        ("user/Observation.cruds", {"own": EVERY, "lab": EVERY, "other": EVERY}),
        ("system/*.cruds", {"own": EVERY, "lab": EVERY, "other": EVERY}),
        ("patient/Observation.cruds?category=vital-signs", {"own": EVERY, "lab": (), "other": ()}),
        ("patient/Observation.rs?category=vital-signs,laboratory", {"own": READS, "lab": READS, "other": ()}),
        ("user/Observation.rs?category=laboratory", {"own": (), "lab": READS, "other": ()}),
        (
            "patient/Observation.r?category=vital-signs patient/Observation.d?category=laboratory",
            {"own": READS, "lab": ("delete",), "other": ()},
        ),
        ("patient/Patient.cruds launch openid", {"own": (), "lab": (), "other": ()}),
    ],
)
@pytest.mark.parametrize("target", ["own", "lab", "other"])
@pytest.mark.parametrize("name", EVERY)
def test_scopes_open_their_interactions_on_their_resources_alone(
    scope: str, allowed: dict[str, tuple[str, ...]], target: str, name: str
) -> None:
    response = call(make_world(), name, target, make_grant(scope, "a"))
    assert response.status == (FREE[name] if name in allowed[target] else 403)
    if response.status == 403:
        challenge = response.header("www-authenticate")
        assert challenge.startswith('Bearer realm="test-hospital", error="insufficient_scope", scope="')
        assert name == "head" or "Decided by: " in said(response)


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("patient/Observation.rs", {"own", "lab"}),
        ("patient/Observation.s?category=laboratory", {"lab"}),
        ("patient/Observation.s?category=laboratory patient/Observation.r", {"lab"}),
        ("patient/Observation.s?category=laboratory patient/Observation.s?category=vital-signs", {"own", "lab"}),
        ("user/Observation.rs", {"own", "lab", "other", "charted"}),
        ("user/Observation.s?category=vital-signs", {"own", "other"}),
    ],
)
def test_a_search_shows_and_counts_what_the_scopes_pick(scope: str, found: set[str]) -> None:
    bundle = make_world().find("/Observation?_count=5", grant=make_grant(scope, "a"))
    assert set(ids_of(bundle)) == found
    assert bundle["total"] == len(found)
    counted = make_world().find("/Observation?_summary=count", grant=make_grant(scope, "a"))
    assert counted["total"] == len(found)


@pytest.mark.parametrize("scope", ["patient/Observation.r", "patient/Patient.rs", "openid"])
def test_a_search_that_no_scope_opens_is_refused(scope: str) -> None:
    response = make_world().ask("GET", "/Observation?patient=a", grant=make_grant(scope, "a"))
    assert response.status == 403
    assert response.header("www-authenticate").endswith('scope="patient/Observation.s"')
    assert "Decided by: the scopes granted." in said(response)


@pytest.mark.parametrize("by", ["site", "role", "consent", "hand", "registration"])
def test_the_refusal_names_who_withheld_the_scope(by: Any) -> None:
    withheld = WithheldScope(parse_scope("patient/Observation.cud"), by, "So it was decided.")
    grant = Grant(parse_scopes("patient/Observation.rs"), patient="a", withheld=(withheld,))
    response = call(make_world(), "create", "own", grant)
    assert response.status == 403 and "So it was decided." in said(response)
    assert "The app asked for patient/Observation.cud" in said(response)
    assert response.header("www-authenticate").endswith('scope="patient/Observation.c"')


def test_charts_of_a_signed_in_patient_bound_their_user_scopes() -> None:
    grant = replace(make_grant("user/*.cruds"), charts=("a",))
    assert call(make_world(), "read", "own", grant).status == 200
    response = call(make_world(), "read", "other", grant)
    assert response.status == 403 and "Decided by: the patient of this token." in said(response)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/Observation/other", ()),
        ("GET", "/Observation/other", (("If-None-Match", "*"),)),
        ("GET", "/Observation/other", (("If-None-Match", 'W/"1"'),)),
        ("GET", "/Observation/other", (("If-Modified-Since", "Sun, 01 Mar 2099 00:00:00 GMT"),)),
        ("HEAD", "/Observation/other", ()),
        ("GET", "/Observation/other/_history/1", ()),
        ("GET", "/Observation/other/_history/7", ()),
        ("GET", "/Observation/other/_history", ()),
        ("PUT", "/Observation/other", ()),
        ("PUT", "/Observation/other", (("If-Match", 'W/"9"'),)),
        ("DELETE", "/Observation/other", ()),
        ("DELETE", "/Observation/other", (("If-Match", 'W/"9"'),)),
    ],
)
def test_where_the_site_hides_what_is_outside_it_answers_as_for_what_never_was(
    method: str, path: str, headers: Headers
) -> None:
    world, grant = make_world(read="not-found"), make_grant("patient/Observation.cruds", "a")
    bodies = [observation(name, "a") if method == "PUT" else None for name in ("other", "never")]
    hidden = world.ask(method, path, bodies[0], *headers, grant=grant)
    absent = world.ask(method, path.replace("other", "never"), bodies[1], *headers, grant=grant)
    assert hidden.status == absent.status == (405 if method == "PUT" else 404)
    assert hidden.headers == absent.headers
    assert hidden.body == absent.body.replace(b"never", b"other")


def test_a_deleted_resource_of_another_patient_is_hidden_too() -> None:
    world = make_world(read="not-found")
    world.ask("DELETE", "/Observation/other")
    grant = make_grant("patient/Observation.cruds", "a")
    assert world.ask("GET", "/Observation/other", grant=grant).status == 404
    assert world.ask("GET", "/Observation/other").status == 410
    forbidding = make_world()
    forbidding.ask("DELETE", "/Observation/other")
    assert forbidding.ask("GET", "/Observation/other", grant=grant).status == 403


def test_a_tag_of_what_may_not_be_seen_tells_nothing() -> None:
    grant = make_grant("patient/Observation.rs", "a")
    response = make_world().ask("GET", "/Observation/other", None, ("If-None-Match", 'W/"1"'), grant=grant)
    assert (response.status, response.header("etag"), response.header("last-modified")) == (403, "", "")


def test_if_none_exist_finds_only_what_the_app_may_find() -> None:
    world, grant = make_world(), make_grant("patient/Observation.cruds", "a")
    for query in ("patient=b&code=8867-4", "code=8867-4&category=http://cat|vital-signs"):
        response = world.ask(
            "POST", "/Observation", observation("x", "a", status="amended"), ("If-None-Exist", query), grant=grant
        )
        assert response.status == (201 if query.startswith("patient=b") else 200)
        assert json_of(response)["subject"] == {"reference": "Patient/a"}


def test_a_conditional_create_needs_the_scope_to_search_too() -> None:
    grant = make_grant("patient/Observation.c", "a")
    response = make_world().ask(
        "POST", "/Observation", observation("x", "a"), ("If-None-Exist", "patient=a"), grant=grant
    )
    assert response.status == 403 and "patient/Observation.s" in said(response)


def test_a_reference_does_not_tell_whether_another_patients_visit_exists() -> None:
    grant = make_grant("patient/Observation.c", "a")

    def write(reference: str) -> Response:
        body = observation("x", "a", encounter={"reference": reference})
        return make_world().ask("POST", "/Observation", body, grant=grant)

    assert write("Encounter/visit-a").status == 201
    foreign, absent = write("Encounter/visit-b"), write("Encounter/visit-z")
    assert foreign.status == absent.status == 422
    assert foreign.body == absent.body.replace(b"visit-z", b"visit-b")


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_patient_of_another_server_is_not_the_patient_of_the_token(method: str) -> None:
    grant = make_grant("patient/Observation.cruds", "a")
    body = observation("own", "a", **VITALS, subject={"reference": "https://elsewhere.example/fhir/Patient/a"})
    response = make_world().ask(method, "/Observation" + ("/own" if method == "PUT" else ""), body, grant=grant)
    assert response.status == 403 and "Decided by: the patient of this token" in said(response)


def test_a_result_that_names_a_patient_of_another_server_reaches_nobody_here() -> None:
    world = make_world()
    body = observation("guest", "a", performer=[{"reference": "https://elsewhere.example/fhir/Patient/b"}])
    world.store.update(body)
    assert "guest" not in ids_of(world.find("/Observation", grant=make_grant("patient/Observation.rs", "b")))
    assert "guest" in ids_of(world.find("/Observation?_count=5", grant=make_grant("patient/Observation.rs", "a")))


def test_a_patient_scope_makes_no_patient_by_bringing_the_id_of_its_own() -> None:
    response = make_world().ask("POST", "/Patient", patient("a", "Doe"), grant=make_grant("patient/*.cruds", "a"))
    assert response.status == 403 and "This Patient does not belong to the patient a" in said(response)


def test_who_refers_to_a_resource_is_named_to_those_alone_who_may_see_it() -> None:
    body = observation("mine", "a", hasMember=[{"reference": "Observation/own"}], subject={"reference": "Patient/b"})
    world = make_world()
    world.store.update(body)
    response = world.ask("DELETE", "/Observation/own", grant=make_grant("patient/Observation.cruds", "a"))
    assert response.status == 409 and "another resource refers to it" in said(response)
    assert "Observation/mine refers to it" in said(world.ask("DELETE", "/Observation/own"))


def test_included_resources_are_those_that_a_scope_gives() -> None:
    world = make_world()
    path = "/Observation?_include=Observation:patient&_include=Observation:encounter&_count=5"
    some = world.find(path, grant=make_grant("user/Observation.s patient/Patient.r", "a"))
    assert set(ids_of(some, "include")) == {"a"}
    assert set(ids_of(world.find(path), "include")) == {"a", "b", "visit-b"}


def test_a_history_shows_the_versions_that_are_inside() -> None:
    world = make_world()
    world.store.update(observation("own", "b"))
    world.store.update(observation("own", "a", status="amended"))
    history = json_of(call(world, "history", "own", make_grant("patient/Observation.rs", "a")))
    assert [entry["resource"]["meta"]["versionId"] for entry in history["entry"]] == ["3", "1"]
    assert history["total"] == 2
    assert call(world, "vread", "own", make_grant("patient/Observation.rs", "a")).status == 200
    other = world.ask("GET", "/Observation/own/_history/2", grant=make_grant("patient/Observation.rs", "a"))
    assert other.status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/Observation?subject:Patient.name=Larsen",
        "/Patient?_has:Observation:patient:code=8867-4",
        "/Observation?_revinclude=Provenance:target",
        "/Observation?_sort=-performer",
        "/Observation?performer=Patient/b",
        "/Observation?patient=b",
        "/Patient?_id=b",
        "/Patient?name=Larsen",
        "/Patient?identifier=mrn-b",
    ],
)
@pytest.mark.parametrize("mode", ["filter", "empty"])
def test_no_parameter_reaches_another_patient(path: str, mode: SearchOutsideScope) -> None:
    bundle = make_world(mode).find(path, grant=make_grant("patient/*.rs", "a"))
    shown = [entry["resource"] for entry in bundle.get("entry", ()) if entry["search"]["mode"] != "outcome"]
    assert all(r.get("id") == "a" or r.get("subject") == {"reference": "Patient/a"} for r in shown)
    assert bundle["total"] == len(shown)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("patient=a", 200),
        ("subject=Patient/a", 200),
        ("patient=http://127.0.0.1:8080/fhir/r4/Patient/a&code=8867-4", 200),
        ("patient:Patient=a", 200),
        ("", 403),
        ("code=8867-4", 403),
        ("patient=b", 403),
        ("patient=a,b", 403),
        ("patient=", 403),
        ("patient.name=a", 403),
    ],
)
def test_where_the_site_refuses_a_search_must_say_itself_whose_records_it_wants(query: str, status: int) -> None:
    response = make_world("refuse").ask("GET", f"/Observation?{query}", grant=make_grant("patient/*.rs", "a"))
    assert response.status == status
    if status == 403:
        assert "add patient=a" in said(response) and "Decided by: the patient of this token." in said(response)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("patient=a&category=laboratory", 200),
        ("patient=a&category=laboratory,vital-signs", 200),
        ("patient=a&category=laboratory,made-up", 403),
        ("patient=a", 403),
        ("category=laboratory", 403),
    ],
)
def test_where_the_site_refuses_a_search_must_stay_within_a_granular_scope(query: str, status: int) -> None:
    grant = make_grant("patient/Observation.rs?category=laboratory,vital-signs", "a")
    response = make_world("refuse").ask("GET", f"/Observation?{query}", grant=grant)
    assert response.status == status


def test_where_the_site_refuses_wide_scopes_and_records_of_nobody_are_free() -> None:
    world = make_world("refuse")
    assert world.ask("GET", "/Observation", grant=make_grant("user/Observation.rs")).status == 200
    assert world.ask("GET", "/Patient?_id=a", grant=make_grant("patient/Patient.rs", "a")).status == 200
    assert world.ask("GET", "/Patient", grant=make_grant("patient/Patient.rs", "a")).status == 403


def test_where_the_site_answers_empty_a_search_without_scope_is_like_one_without_matches() -> None:
    world = make_world("empty")
    without = world.ask("GET", "/Observation?patient=a", grant=make_grant("patient/Patient.rs", "a"))
    nothing = world.ask("GET", "/Observation?patient=a&status=cancelled", grant=make_grant("patient/*.rs", "a"))
    assert (without.status, json_of(without)["total"]) == (200, 0)
    assert set(json_of(without)) == set(json_of(nothing))
    assert world.ask("GET", "/Observation/own", grant=make_grant("patient/Patient.rs", "a")).status == 403


def entry(method: str, url: str, resource: Json | None = None) -> Json:
    return {"request": {"method": method, "url": url}} | ({"resource": resource} if resource else {})


def test_each_entry_of_a_batch_is_judged_by_itself() -> None:
    entries = [entry("GET", "Observation/own"), entry("GET", "Observation/other"), entry("DELETE", "Observation/own")]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    response = make_world().ask("POST", "", bundle, grant=make_grant("patient/Observation.rs", "a"))
    statuses = [each["response"]["status"] for each in json_of(response)["entry"]]
    assert statuses == ["200 OK", "403 Forbidden", "403 Forbidden"]


def test_one_entry_outside_the_scopes_fails_a_transaction_and_leaves_nothing() -> None:
    world = make_world()
    entries = [entry("POST", "Observation", observation("x", "a")), entry("DELETE", "Observation/other")]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    response = world.ask("POST", "", bundle, grant=make_grant("patient/Observation.cruds", "a"))
    assert response.status == 403 and "Bundle.entry[1]: " in said(response)
    assert len(world.store.all("Observation")) == 4


def test_a_conditional_reference_is_a_search_that_needs_its_scope() -> None:
    body = observation("x", "a", subject={"reference": "Patient?identifier=mrn-a"})
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry("POST", "Observation", body)]}
    world = make_world()
    refused = world.ask("POST", "", bundle, grant=make_grant("patient/Observation.c", "a"))
    assert refused.status == 403 and "patient/Patient.s" in said(refused)
    assert world.ask("POST", "", bundle, grant=make_grant("patient/Observation.c patient/Patient.s", "a")).status == 200
    body["subject"] = {"reference": "Patient?identifier=mrn-b"}
    other = world.ask("POST", "", bundle, grant=make_grant("patient/Observation.c patient/Patient.s", "a"))
    assert other.status == 412 and "matches 0" in said(other)


@pytest.fixture(scope="module", params=["community-hospital", "academic-medical-center"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with running(request.param) as started:
        yield started


SCOPES = {
    "community-hospital": {
        "launch/patient patient/Patient.rs": "Patient",
        "launch/patient patient/*.rs": "Patient Observation Encounter",
        "launch/patient patient/Observation.rs?category=vital-signs": "Observation",
        "launch/patient user/Encounter.rs": "Encounter",
    },
    "academic-medical-center": {
        "launch/patient patient/Patient.read": "Patient",
        "launch/patient patient/Patient.read patient/Observation.read": "Patient Observation",
        "launch/patient user/Encounter.read": "Encounter",
    },
}


def test_over_the_wire_each_token_opens_what_its_launch_was_granted(sandbox: Sandbox) -> None:
    """Every scope set × type × whose: the launched patient's, another patient's."""

    async def story(person: Person) -> None:
        outside = {403, 404} if sandbox.site.fhir.read_outside_scope == "not-found" else {403}
        for scope, types in SCOPES[sandbox.site.id].items():
            answer = await person.launch(scope=scope, patient="amara-okafor")
            for kind in ("Patient", "Observation", "Encounter"):
                name = "_id" if kind == "Patient" else "patient"
                own = await person.fhir(f"{kind}?{name}=amara-okafor", answer["access_token"])
                assert own.status == (200 if kind in types else 403), (scope, kind, own.body)
                other = await person.fhir(f"{kind}?{name}=daniel-kim", answer["access_token"])
                if kind not in types or (sandbox.site.fhir.search_outside_scope == "refuse" and "user/" not in scope):
                    assert other.status == 403
                else:
                    assert (json_of(other)["total"] > 0) is ("user/" in scope)
            single = await person.fhir("Patient/daniel-kim", answer["access_token"])
            assert single.status in outside and b"Kim" not in single.body

    tell(sandbox, story)


VITAL: Json = {
    "resourceType": "Observation",
    "status": "final",
    "category": [
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}
    ],
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
    "subject": {"reference": "Patient/amara-okafor"},
    "effectiveDateTime": "2026-03-01T08:00:00Z",
    "valueQuantity": {"value": 72, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
}


@pytest.fixture(scope="module")
def community() -> Iterator[Sandbox]:
    with running("community-hospital") as started:
        yield started


@pytest.mark.parametrize(
    ("layer", "changes", "held"),
    [
        ("", {"user": "raman"}, ()),
        ("the role of who signed in", {"user": "clarke"}, ()),
        ("the consent of who signed in", {"user": "raman", "ticked": "launch/patient patient/Patient.rs"}, ()),
        ("the analyst who keeps it back", {"user": "raman"}, ("patient/Observation.cud",)),
        ("the scopes granted", {"user": "raman", "scope": "launch/patient patient/Observation.rs"}, ()),
        ("the patient of this token", {"user": "raman", "patient": "daniel-kim"}, ()),
        (
            "the site's own rules",
            {"user": "raman", "scope": "launch/patient patient/Patient.rs patient/Observation.write"},
            (),
        ),
    ],
)
def test_over_the_wire_a_refused_write_names_the_layer_that_said_no(
    community: Sandbox, layer: str, changes: dict[str, str], held: tuple[str, ...]
) -> None:
    async def story(person: Person) -> Response:
        given: dict[str, str | None] = {
            "scope": "launch/patient patient/Patient.rs patient/Observation.crus",
            **changes,
        }
        answer = await person.launch(**given)
        return await person.fhir("Observation", answer["access_token"], method="POST", body=VITAL)

    community.withheld = held
    try:
        response = tell(community, story)
    finally:
        community.withheld = ()
    assert response.status == (403 if layer else 201), response.body
    assert not layer or f"Decided by: {layer}." in said(response)


@pytest.mark.parametrize(
    ("user", "patients"), [("okafor", {"amara-okafor"}), ("raman", {"amara-okafor", "daniel-kim", "julia-santos"})]
)
def test_over_the_wire_a_user_scope_reaches_the_charts_that_its_user_may_open(
    community: Sandbox, user: str, patients: set[str]
) -> None:
    async def story(person: Person) -> set[str]:
        answer = await person.launch(scope="openid user/Patient.rs", user=user)
        found = {}
        for patient_id in ("amara-okafor", "daniel-kim", "julia-santos"):
            found[patient_id] = (await person.fhir(f"Patient/{patient_id}", answer["access_token"])).status
        assert set(found.values()) <= {200, 403}
        return {name for name, status in found.items() if status == 200}

    assert tell(community, story) == patients


QUERIES = {
    "Observation": [
        "category=vital-signs",
        "category=laboratory,social-history",
        "category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
        "code=http://loinc.org|8867-4",
        "code=8867-4,8480-6&status=final",
        "date=ge2026-01-01",
        "date=lt2026-01-01&category=vital-signs",
        "status:not=final",
        "value-quantity=gt70",
        "patient=amara-okafor",
        "patient=Patient/amara-okafor,Patient/daniel-kim",
        "encounter:missing=true",
        "category=made-up",
    ],
    "Patient": ["gender=female", "name=okafor,kim", "birthdate=lt1970", "name:exact=Okafor", "_id=daniel-kim"],
    "Encounter": ["status=in-progress", "class=IMP", "date=2026", "patient=amara-okafor&status=finished"],
    "Condition": ["category=problem-list-item", "clinical-status=active", "code:text=diabetes"],
}


@pytest.mark.parametrize(("kind", "query"), [(kind, query) for kind, found in QUERIES.items() for query in found])
def test_a_granular_scope_picks_what_the_same_search_finds_in_a_whole_population(
    hospital: World, kind: str, query: str
) -> None:
    searched = hospital.find(f"/{kind}?_count=100&{query}", grant=make_grant(f"user/{kind}.s"))
    granted = hospital.find(f"/{kind}?_count=100", grant=make_grant(f"user/{kind}.s?{query}"))
    assert searched["total"] == granted["total"] < len(hospital.store.all(kind))
    assert ids_of(searched) == ids_of(granted)


@pytest.fixture(scope="module")
def hospital() -> World:
    sandbox = make_sandbox("community-hospital")
    site = replace(sandbox.site, fhir=replace(sandbox.site.fhir, max_page_size=1000))
    return World(*sandbox.population, site=site)
