from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from workbench.fhir.resource import Json
from workbench.fhir_server.store import FhirStore, VersionMismatchError, parse_instant, to_instant

START = datetime(2026, 3, 1, 8, 30, 0, 123_456, tzinfo=UTC)


def make_store(*resources: Json) -> FhirStore:
    ticks, ids = count(), count(1)
    return FhirStore(
        resources, clock=lambda: START + timedelta(seconds=next(ticks)), make_id=lambda: f"new-{next(ids)}"
    )


def patient(resource_id: str, **elements: object) -> Json:
    return {"resourceType": "Patient", "id": resource_id, **elements}


def test_what_is_loaded_is_read_back_with_version_and_time() -> None:
    stored = make_store(patient("a", gender="female")).read("Patient", "a")
    assert stored is not None and stored.resource == patient("a", gender="female") | {
        "meta": {"versionId": "1", "lastUpdated": "2026-03-01T08:30:00.123Z"}
    }


def test_a_time_that_came_with_the_population_stays() -> None:
    store = make_store(patient("a", meta={"lastUpdated": "2020-01-01T00:00:00+02:00", "profile": ["p"]}))
    assert (store.find("Patient", "a") or {})["meta"] == {
        "lastUpdated": "2019-12-31T22:00:00.000Z",
        "profile": ["p"],
        "versionId": "1",
    }


def test_a_created_resource_gets_an_id_of_the_stores_own() -> None:
    store = make_store()
    stored = store.create(patient("mine"))
    assert stored.reference == "Patient/new-1" and store.find("Patient", "mine") is None


def test_an_update_makes_a_version_and_leaves_the_old_one_alone() -> None:
    store = make_store(patient("a", gender="female"))
    first = store.read("Patient", "a")
    second = store.update(patient("a", gender="male"))
    assert second.version == 2 and store.read("Patient", "a") is second
    assert store.vread("Patient", "a", 1) is first
    assert [version.version for version in store.history("Patient", "a")] == [2, 1]


@pytest.mark.parametrize("version", [-1, 0, 2])
def test_a_version_that_never_was_is_none(version: int) -> None:
    assert make_store(patient("a")).vread("Patient", "a", version) is None


def test_an_update_of_another_version_is_refused() -> None:
    store = make_store(patient("a"))
    store.update(patient("a"), if_match=1)
    with pytest.raises(VersionMismatchError, match="Patient/a is at version 2, not at version 1"):
        store.update(patient("a"), if_match=1)
    assert len(store.history("Patient", "a")) == 2


def test_a_deleted_resource_is_told_from_one_that_never_was() -> None:
    store = make_store(patient("a"))
    gone = store.delete("Patient", "a")
    assert gone is not None and gone.version == 2 and store.read("Patient", "a") is gone
    assert store.find("Patient", "a") is None and store.all("Patient") == ()
    assert store.read("Patient", "b") is None and store.delete("Patient", "a") is None


def test_a_deleted_resource_can_be_brought_back() -> None:
    store = make_store(patient("a"), patient("b"))
    store.delete("Patient", "a")
    assert store.update(patient("a")).version == 3
    assert [resource["id"] for resource in store.all("Patient")] == ["a", "b"]


def test_a_rollback_undoes_every_write_since_the_snapshot() -> None:
    store = make_store(patient("a", gender="female"), patient("b"))
    before = store.snapshot()
    for _ in range(2):
        store.update(patient("a", gender="male"))
        store.delete("Patient", "b")
        store.create({"resourceType": "Observation"})
        store.rollback(before)
        assert [r.get("gender") for r in store.all("Patient")] == ["female", None]
        assert store.all("Observation") == () and len(store.history("Patient", "a")) == 1


def test_an_instant_round_trips_and_a_local_time_is_none() -> None:
    time = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    assert parse_instant(to_instant(time)) == time
    assert parse_instant("2026-01-02T03:04:05") is None and parse_instant("soon") is None
