"""The endpoint answers whatever arrives: thousands of mutated bodies, addresses and headers."""

from __future__ import annotations

import copy
import random
import time
from typing import Any

from tests.fhir_server.fhir_world import BASE, World, make_grant, observation, patient
from workbench.exchange import Request
from workbench.fhir.resource import parse_resource, to_json
from workbench.structure.structure_look import check_structure

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    "",
    "\x00",
    "Patient/a",
    "urn:uuid:1",
    "2026-99",
    [],
    {},
    [[]],
    [None],
    {"": {}},
)
PATHS = (
    "",
    "/",
    "/metadata",
    "/Patient",
    "/Patient/a",
    "/Patient/a/_history",
    "/Patient/a/_history/1",
    "/Patient/_search",
)
PATHS += (
    "/Observation",
    "/Observation/o",
    "/Encounter?date=ge2026",
    "/Patient?_include=*&_sort=-x,name",
    "/Shoe/1/2/3/4",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW", "")
HEADERS = (
    "Accept",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "If-None-Exist",
    "If-Modified-Since",
    "Prefer",
    "Authorization",
)
VALUES = (
    "",
    "*",
    "application/fhir+json",
    "text/html;q=x",
    'W/"1"',
    ",;=,",
    "return=minimal",
    "identifier=1",
    "\xff",
    "x" * 300,
)


def mutate(value: Any, chance: random.Random) -> Any:
    """`value` with one to three of its parts replaced, dropped or doubled."""
    whole = [value]
    for _ in range(chance.randint(1, 3)):
        holders = [whole, *containers(whole[0])]
        holder = chance.choice(holders)
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            continue
        key = chance.choice(keys)
        match chance.randint(0, 3):
            case 0 if holder is not whole:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[chance.choice(["resourceType", "id", "reference", "extension", "_id", "x", "entry"])] = holder[
                    key
                ]
            case _:
                holder[key] = copy.deepcopy(chance.choice(ODD))
    return whole[0]


def containers(value: Any) -> list[Any]:
    if not isinstance(value, dict | list) or not value:
        return []
    children = list(value.values()) if isinstance(value, dict) else value
    return [value, *(found for child in children for found in containers(child))]


def make_body(chance: random.Random) -> bytes:
    request = {"method": "POST", "url": "Observation", "ifNoneExist": "code=1"}
    bundle = {
        "resourceType": "Bundle",
        "type": chance.choice(["batch", "transaction"]),
        "entry": [
            {"fullUrl": "urn:uuid:1", "resource": patient("x"), "request": {"method": "POST", "url": "Patient"}},
            {"resource": observation("x"), "request": request},
            {"request": {"method": "GET", "url": "Patient?name=a"}},
        ],
    }
    whole = chance.choice([patient("a", extension=[{"url": "u", "valueCode": "c"}]), observation("o"), bundle])
    text = to_json(mutate(parse_resource(to_json(whole)), chance)).encode()
    if chance.random() < 0.2:
        at = chance.randrange(len(text) + 1)
        text = (
            text[:at]
            + chance.choice([b"", b"\xff", b'"', b"}", b"\\ud800", b"1e9999", b"[" * 200])
            + text[at + chance.randint(0, 3) :]
        )
    return text


def test_the_endpoint_answers_whatever_arrives() -> None:
    chance = random.Random(7)  # noqa: S311 # the same requests at each run
    world = World(patient("a"), patient("b"), observation("o"))
    grants = (None, make_grant(), make_grant("patient/*.rs", "a"), make_grant("openid"))
    statuses = set()
    for _ in range(4000):
        headers = tuple((chance.choice(HEADERS), chance.choice(VALUES)) for _ in range(chance.randint(0, 2)))
        if chance.random() < 0.7:
            headers = (("Content-Type", "application/fhir+json"), *headers)
        method = chance.choice(METHODS) if chance.random() < 0.5 else "POST"
        request = Request(method, BASE + chance.choice(PATHS), headers, make_body(chance))
        response = world.endpoint.answer(request, chance.choice(grants), base=BASE)
        assert response.status is not None and 200 <= response.status <= 501, request
        statuses.add(response.status)
        if response.body:
            said = parse_resource(response.body)
            assert said["resourceType"] in (
                "Patient",
                "Observation",
                "Bundle",
                "OperationOutcome",
                "CapabilityStatement",
            )
            assert not check_structure(said), (request, said)
    assert {200, 201, 400, 401, 403, 404, 405, 406, 415, 501} <= statuses


def test_what_was_taken_is_sound() -> None:
    chance = random.Random(11)  # noqa: S311 # the same requests at each run
    world = World(patient("a"), patient("b"), observation("o"))
    for _ in range(1500):
        world.ask("POST", chance.choice(["", "/Patient", "/Observation"]), make_body(chance))
    taken = [*world.store.all("Patient"), *world.store.all("Observation")]
    assert len(taken) > 20 and not any(check_structure(resource) for resource in taken)


def test_a_hostile_body_is_refused_at_once() -> None:
    world = World()
    nested = b'{"resourceType":"Patient","extension":' + b'[{"url":"u","extension":' * 10_000
    bodies = (
        nested,
        nested + b"[]" + b"}]" * 10_000 + b"}",
        b'{"resourceType":"Patient","multipleBirthInteger":' + b"9" * 20_000_000 + b"}",
        b'{"resourceType":"Patient","x":1e999999999}',
        b'{"resourceType":"Patient","photo":[{"data":"' + b" " * 1_000_000 + b'!"}]}',
        b'{"resourceType":"Patient","language":"' + b"a " * 500_000 + b' "}',
    )
    for body in bodies:
        started = time.perf_counter()
        assert world.ask("POST", "/Patient", body).status == 400
        assert time.perf_counter() - started < 2
