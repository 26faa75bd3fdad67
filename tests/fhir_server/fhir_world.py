"""World of the FHIR endpoint's tests: a small site, its resources, and requests as an app sends them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from workbench.exchange import Headers, Request, Response
from workbench.fhir.resource import Json, parse_resource, to_json
from workbench.fhir_server.endpoint import FhirEndpoint
from workbench.fhir_server.store import FhirStore
from workbench.site.site import FhirRules, Hl7v2Rules, NoteRules, ResourceRules, Site, SmartRules, WriteRule
from workbench.smart.grant import Grant
from workbench.smart.scopes import parse_scopes

BASE = "http://127.0.0.1:8080/fhir/r4"
START = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
ALL = ("read", "vread", "history-instance", "search-type", "create", "update", "delete")
EVERYTHING = "user/*.cruds"


def make_site(**changes: Any) -> Site:
    resources = (
        ResourceRules(
            "Patient",
            ALL,
            ("_id", "_lastUpdated", "identifier", "name", "family", "given", "birthdate", "gender", "active"),
            versioning="versioned-update",
        ),
        ResourceRules(
            "Observation",
            ALL,
            ("patient", "subject", "category", "code", "date", "status", "encounter", "value-quantity", "performer"),
            include=("Observation:patient", "Observation:encounter", "Observation:subject"),
            write_rules=(WriteRule("status != 'entered-in-error'", "Nothing may be written in error here."),),
        ),
        ResourceRules(
            "Encounter",
            ("read", "search-type", "create"),
            ("patient", "date", "status"),
            include=("Encounter:patient",),
        ),
        ResourceRules("Practitioner", ("read",)),
    )
    fhir = FhirRules("4.0.1", "6.1.0", "/fhir/r4", resources, ("batch", "transaction"), page_size=3, max_page_size=5)
    return Site(
        id="test-hospital",
        name="Test Hospital",
        description="A hospital that only tests know.",
        mrn_system="urn:oid:2.999.1.1",
        fhir=changes.get("fhir", fhir),
        smart=SmartRules(("v2",), ("ehr",), ("patient",)),
        hl7v2=Hl7v2Rules("2.5.1", "EHR", "TEST", "TST", ()),
        note=changes.get("note", NoteRules("fhir", ())),
        users=(),
    )


def patient(resource_id: str, family: str = "Okafor", **elements: Any) -> Json:
    return {
        "resourceType": "Patient",
        "id": resource_id,
        "identifier": [{"system": "urn:oid:2.999.1.1", "value": f"mrn-{resource_id}"}],
        "name": [{"family": family, "given": ["Amara"]}],
        **elements,
    }


def observation(resource_id: str, patient_id: str = "a", **elements: Any) -> Json:
    coding = {"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}
    return {
        "resourceType": "Observation",
        "id": resource_id,
        "status": "final",
        "code": {"coding": [coding]},
        "subject": {"reference": f"Patient/{patient_id}"},
        **elements,
    }


def make_grant(scopes: str = EVERYTHING, patient_id: str | None = None) -> Grant:
    return Grant(parse_scopes(scopes), patient=patient_id)


def make_store(resources: Iterable[Json] = ()) -> FhirStore:
    ticks, ids = count(), count(1)
    return FhirStore(
        resources, clock=lambda: START + timedelta(seconds=next(ticks)), make_id=lambda: f"new-{next(ids)}"
    )


class World:
    """One endpoint and its store; `ask` sends a request as an app that may do all."""

    def __init__(self, *resources: Json, site: Site | None = None) -> None:
        self.site = site or make_site()
        self.store = make_store(resources or (patient("a"), patient("b", "Larsen")))
        self.endpoint = FhirEndpoint(self.site, self.store)

    def ask(
        self, method: str, path: str, body: object = None, *headers: tuple[str, str], grant: Grant | None = None
    ) -> Response:
        return self.answer(method, path, body, headers, grant or make_grant())

    def answer(
        self, method: str, path: str, body: object = None, headers: Headers = (), grant: Grant | None = None
    ) -> Response:
        content = body if isinstance(body, bytes) else to_json(body).encode() if body is not None else b""
        if content and not any(name.lower() == "content-type" for name, _ in headers):
            headers = (*headers, ("Content-Type", "application/fhir+json"))
        return self.endpoint.answer(Request(method, f"{BASE}{path}", headers, content), grant, base=BASE)

    def find(self, path: str, **options: Any) -> Json:
        response = self.ask("GET", path, **options)
        assert response.status == 200, response.body
        return json_of(response)


def json_of(response: Response) -> Json:
    return parse_resource(response.body)


def said(response: Response) -> str:
    """The sentences of an OperationOutcome."""
    outcome = json_of(response)
    assert outcome["resourceType"] == "OperationOutcome", outcome
    return " ".join(issue["diagnostics"] for issue in outcome["issue"])


def ids_of(bundle: Json, mode: str = "match") -> list[str]:
    return [e["resource"]["id"] for e in bundle.get("entry", ()) if e["search"]["mode"] == mode]
