"""History of one resource as a bundle, the newest version first (FHIR R4, RESTful API, history)."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.fhir.resource import Json
from workbench.fhir_server.answer import etag_of
from workbench.fhir_server.store import StoredVersion, to_instant

STATUSES = {"POST": "201 Created", "PUT": "200 OK", "DELETE": "204 No Content"}


def history_bundle(versions: Sequence[StoredVersion], base: str, type_name: str, resource_id: str) -> Json:
    address = f"{base.rstrip('/')}/{type_name}/{resource_id}"
    bundle: Json = {"resourceType": "Bundle", "type": "history", "total": len(versions)}
    bundle["link"] = [{"relation": "self", "url": f"{address}/_history"}]
    return bundle | ({"entry": [_entry(version, address) for version in versions]} if versions else {})


def _entry(version: StoredVersion, address: str) -> Json:
    entry: Json = {"fullUrl": address}
    if version.resource is not None:
        entry["resource"] = version.resource
    entry["request"] = {
        "method": version.method,
        "url": version.type if version.method == "POST" else version.reference,
    }
    updated = to_instant(version.last_updated)
    entry["response"] = {"status": STATUSES[version.method], "etag": etag_of(version), "lastModified": updated}
    return entry
