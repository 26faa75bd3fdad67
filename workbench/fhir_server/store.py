"""Store of a simulated site's FHIR resources: every version of each, in memory.

A stored resource is never changed in place: a write puts a new value beside the old one.
Used in the sandbox's own thread only.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from workbench.errors import WorkbenchError
from workbench.exchange import utc_now
from workbench.fhir.resource import Json

WriteMethod = Literal["POST", "PUT", "DELETE"]


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One version of one resource; `resource` is None where this version is its deletion.

    `order` counts the resources in the order in which they came into being, and is the same for all versions of one.
    """

    type: str
    id: str
    version: int
    last_updated: datetime
    method: WriteMethod
    order: int
    resource: Json | None

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.id}"

    @property
    def deleted(self) -> bool:
        return self.resource is None


class VersionMismatchError(WorkbenchError):
    """A write that asked for another version than the current one (FHIR R4, RESTful API, concurrency)."""


Versions = tuple[StoredVersion, ...]
Snapshot = tuple[dict[str, dict[str, Versions]], int]


class FhirStore:
    """The resources of one site; `clock` gives aware UTC, `make_id` an id for what arrives without one."""

    def __init__(
        self,
        resources: Iterable[Json] = (),
        *,
        clock: Callable[[], datetime] = utc_now,
        make_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self.clock = clock
        self.make_id = make_id
        self._types: dict[str, dict[str, Versions]] = {}
        self._count = 0
        for resource in resources:
            self._write(resource, str(resource.get("id") or make_id()), "PUT", parse_instant(_updated_of(resource)))

    def read(self, type_name: str, resource_id: str) -> StoredVersion | None:
        """Return the current version, which may be a deletion; None where there never was one."""
        versions = self._types.get(type_name, {}).get(resource_id)
        return versions[-1] if versions else None

    def vread(self, type_name: str, resource_id: str, version: int) -> StoredVersion | None:
        versions = self._types.get(type_name, {}).get(resource_id, ())
        return versions[version - 1] if 0 < version <= len(versions) else None

    def history(self, type_name: str, resource_id: str) -> Versions:
        """Return every version, the newest first."""
        return self._types.get(type_name, {}).get(resource_id, ())[::-1]

    def find(self, type_name: str, resource_id: str) -> Json | None:
        """Return the current resource; None where there is none or it is deleted."""
        current = self.read(type_name, resource_id)
        return current.resource if current else None

    def current(self, type_name: str) -> Iterator[StoredVersion]:
        """Yield the current version of each resource of a type that is not deleted, the first made first."""
        for versions in tuple(self._types.get(type_name, {}).values()):
            if not versions[-1].deleted:
                yield versions[-1]

    def all(self, type_name: str) -> tuple[Json, ...]:
        """Return each resource of a type that is not deleted, the first made first."""
        return tuple(stored.resource for stored in self.current(type_name) if stored.resource is not None)

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(self._types)

    def create(self, resource: Json, promised_id: str = "") -> StoredVersion:
        """Store `resource` under an id of the store's own; whatever id it came with is dropped.

        `promised_id` is one that `make_id` gave before, so that others could refer to it already.
        """
        return self._write(resource, promised_id or self.make_id(), "POST")

    def update(self, resource: Json, if_match: int | None = None) -> StoredVersion:
        """Store a version of `resource` under its own id; raises VersionMismatchError unless `if_match` is current."""
        type_name, resource_id = str(resource["resourceType"]), str(resource["id"])
        self._require(type_name, resource_id, if_match)
        return self._write(resource, resource_id, "PUT")

    def delete(self, type_name: str, resource_id: str, if_match: int | None = None) -> StoredVersion | None:
        """Mark the resource as deleted; None where there is nothing to delete."""
        self._require(type_name, resource_id, if_match)
        current = self.read(type_name, resource_id)
        if current is None or current.deleted:
            return None
        gone = StoredVersion(type_name, resource_id, current.version + 1, self._now(), "DELETE", current.order, None)
        self._types[type_name][resource_id] += (gone,)
        return gone

    def snapshot(self) -> Snapshot:
        """Return what `rollback` goes back to."""
        return {name: dict(resources) for name, resources in self._types.items()}, self._count

    def rollback(self, snapshot: Snapshot) -> None:
        types, self._count = snapshot
        self._types = {name: dict(resources) for name, resources in types.items()}

    def _require(self, type_name: str, resource_id: str, version: int | None) -> None:
        current = self.read(type_name, resource_id)
        actual = current.version if current and not current.deleted else None
        if version is not None and version != actual:
            has = "does not exist" if actual is None else f"is at version {actual}"
            raise VersionMismatchError(
                f"{type_name}/{resource_id} {has}, not at version {version}.",
                hint="Read it again and repeat the change.",
            )

    def _write(
        self, resource: Json, resource_id: str, method: WriteMethod, updated: datetime | None = None
    ) -> StoredVersion:
        type_name = str(resource["resourceType"])
        versions = self._types.setdefault(type_name, {}).get(resource_id, ())
        if not versions:
            self._count += 1
        order = versions[-1].order if versions else self._count
        updated, version = updated or self._now(), len(versions) + 1
        whole = _with_meta(resource, resource_id, version, updated)
        stored = StoredVersion(type_name, resource_id, version, updated, method, order, whole)
        self._types[type_name][resource_id] = (*versions, stored)
        return stored

    def _now(self) -> datetime:
        """The time at the precision in which it is told, so that searching by `_lastUpdated` finds what was shown."""
        now = self.clock().astimezone(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


def to_instant(time: datetime) -> str:
    """Return a FHIR instant in UTC, such as `2026-03-01T08:30:00.000Z`."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> datetime | None:
    """Return the aware time of a FHIR instant; None where `text` is none."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else None


def _updated_of(resource: Json) -> str:
    meta = resource.get("meta")
    return str(meta.get("lastUpdated", "")) if isinstance(meta, dict) else ""


def _with_meta(resource: Json, resource_id: str, version: int, updated: datetime) -> Json:
    """The server alone fills in id, version and time; other meta elements stay (FHIR R4, RESTful API, update)."""
    meta = resource.get("meta")
    told = dict(meta) if isinstance(meta, dict) else {}
    told |= {"versionId": str(version), "lastUpdated": to_instant(updated)}
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    return {"resourceType": resource["resourceType"], "id": resource_id, "meta": told} | rest
