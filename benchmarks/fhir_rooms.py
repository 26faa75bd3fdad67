"""Ratios of the FHIR rooms against their peers, in one run: judging a Patient's structure.

Usage: python benchmarks/fhir_rooms.py. Rounds are interleaved and medians compared, so a busy machine slows all alike.
"""

from __future__ import annotations

import importlib
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal

from workbench.fhir.resource import Json, parse_resource, to_json
from workbench.structure.structure_look import check_structure

PATIENT: Json = {
    "resourceType": "Patient",
    "id": "amara-okafor",
    "meta": {"versionId": "1", "lastUpdated": "2026-03-01T08:30:00Z"},
    "identifier": [{"system": "urn:oid:2.999.1.1", "value": "100001", "type": {"text": "MR"}}],
    "active": True,
    "name": [{"use": "official", "family": "Okafor", "given": ["Amara", "Ngozi"]}],
    "telecom": [{"system": "phone", "value": "555-0100", "use": "home"}],
    "gender": "female",
    "birthDate": "1984-03-12",
    "address": [{"line": ["1 Test Street"], "city": "Springfield", "state": "IL", "postalCode": "62701"}],
    "contact": [{"name": {"text": "Ngozi Okafor"}, "telecom": [{"system": "phone", "value": "555-0101"}]}],
}


def observation(number: int) -> Json:
    coding = {"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}
    resource = {
        "resourceType": "Observation",
        "id": f"o{number}",
        "meta": {"versionId": "1", "lastUpdated": "2026-03-01T08:30:00Z"},
        "status": "final",
        "code": {"coding": [coding], "text": "Heart rate"},
        "subject": {"reference": "Patient/amara-okafor"},
        "effectiveDateTime": "2026-03-01T08:30:00Z",
        "valueQuantity": {"value": Decimal("72.50"), "unit": "/min", "system": "http://unitsofmeasure.org"},
    }
    return {"fullUrl": f"http://127.0.0.1/fhir/Observation/o{number}", "resource": resource}


def median_times(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Run each work once a round, in turn; return the median seconds of each."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(found) for name, found in times.items()}


def print_ratios(title: str, times: dict[str, float]) -> None:
    print(title)
    least = min(times.values())
    for name, seconds in sorted(times.items(), key=lambda item: item[1]):
        print(f"  {name:<44}{seconds / least:>10.1f} ×")


def judge_patient() -> None:
    text = to_json(PATIENT)
    works: dict[str, Callable[[], object]] = {
        "parse_resource and check_structure": lambda: check_structure(parse_resource(text)),
        "parse_resource alone": lambda: parse_resource(text),
    }
    if importlib.util.find_spec("fhir"):
        model = importlib.import_module("fhir.resources.R4B.patient").Patient
        works["fhir.resources R4B model_validate_json"] = lambda: model.model_validate_json(text)
    else:
        print("fhir.resources is not installed; its ratio is left out (pip install fhir.resources).")
    assert check_structure(parse_resource(text)) == ()
    print_ratios("A Patient from its text, base structure", median_times(works, 500))


def main() -> int:
    judge_patient()
    return 0


if __name__ == "__main__":
    sys.exit(main())
