"""The shipped patients are valid base R4, hang together, and are nobody's."""

from __future__ import annotations

import base64
import importlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import pytest

from workbench.errors import WorkbenchError
from workbench.site.site_file import read_site
from workbench.structure.structure_look import check_structure
from workbench.workspace.library import fixtures_folder, load_population

FILES = sorted((fixtures_folder() / "resources" / "population").glob("*.json"))
PATIENTS = {
    "amara-okafor": ("100001", "female", "1984-03-12"),
    "benjamin-larsen": ("100002", "male", "1957-11-02"),
    "chiara-rossi": ("100003", "female", "1991-07-25"),
    "daniel-kim": ("100004", "male", "1976-01-30"),
    "elena-petrova": ("100005", "female", "1949-09-08"),
    "farid-haddad": ("100006", "male", "2001-05-17"),
    "grace-nguyen": ("100007", "female", "1968-12-03"),
    "hannah-weiss": ("100008", "female", "1995-10-21"),
    "isaac-mbeki": ("100009", "male", "1938-04-14"),
    "julia-santos": ("100010", "female", "2019-02-06"),
    "kofi-mensah": ("100011", "male", "2025-08-19"),
    "lucia-moreno": ("100012", "female", "1972-06-11"),
}
OPEN = {"amara-okafor": "IMP", "benjamin-larsen": "IMP", "chiara-rossi": "AMB", "grace-nguyen": "EMER"}


@cache
def population() -> tuple[dict[str, Any], ...]:
    return load_population("standard")


def of_type(name: str) -> list[dict[str, Any]]:
    return [resource for resource in population() if resource["resourceType"] == name]


def name_of(resource: dict[str, Any]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from walk(child)
    elif isinstance(value, list):
        for child in value:
            yield from walk(child)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_resource_is_valid_to_a_second_opinion(path: Any) -> None:
    """fhir.resources has no R4; R4B changed none of the types that are used here in a way that matters."""
    for entry in json.loads(path.read_text("utf-8"))["entry"]:
        resource = entry["resource"]
        kind = resource["resourceType"]
        model = getattr(importlib.import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
        model.model_validate(resource)


def test_every_resource_has_the_structure_of_r4() -> None:
    found = {name_of(resource): check_structure(resource) for resource in population()}
    assert {name: issues for name, issues in found.items() if issues} == {}


def test_no_two_resources_share_an_id() -> None:
    assert [name for name, count in Counter(map(name_of, population())).items() if count > 1] == []


def test_every_reference_resolves() -> None:
    known = {name_of(resource) for resource in population()}
    asked = {part["reference"] for resource in population() for part in walk(resource) if "reference" in part}
    assert asked - known == set()


def test_a_reference_is_shown_under_the_name_of_what_it_names() -> None:
    names = {}
    for resource in population():
        name = resource.get("name")
        if isinstance(name, list):
            parts = [*name[0]["given"], name[0]["family"]]
            suffix = name[0].get("suffix")
            name = " ".join(parts) + (f", {suffix[0]}" if suffix else "")
        names[name_of(resource)] = name
    shown = {
        (p["reference"], p["display"]) for r in population() for p in walk(r) if {"reference", "display"} <= p.keys()
    }
    assert {pair for pair in shown if names[pair[0]] != pair[1]} == set()


def test_the_dozen_patients_are_the_ones_that_everything_relies_on() -> None:
    actual = {
        patient["id"]: (patient["identifier"][0]["value"], patient["gender"], patient["birthDate"])
        for patient in of_type("Patient")
    }
    assert actual == PATIENTS


@pytest.mark.parametrize("path", sorted((fixtures_folder() / "sites").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_site_knows_its_population(path: Any) -> None:
    site = read_site(path)
    names = {name_of(resource) for resource in load_population(site.population)}
    assert {user.resource for user in site.users} <= names
    assert {p["identifier"][0]["system"] for p in of_type("Patient")} == {site.mrn_system}
    assert {resource["resourceType"] for resource in population()} == {rules.type for rules in site.fhir.resources}


def test_the_open_encounters_are_the_agreed_ones() -> None:
    actual = {e["id"]: e["class"]["code"] for e in of_type("Encounter") if e["status"] == "in-progress"}
    assert actual == {f"{patient}-open": kind for patient, kind in OPEN.items()}


def test_every_patient_has_a_chart_worth_looking_at() -> None:
    kinds = ("Encounter", "Condition", "AllergyIntolerance", "MedicationRequest", "Observation", "DocumentReference")
    for patient in PATIENTS:
        for kind in (*kinds, "Appointment"):
            assert any(r["id"].startswith(f"{patient}-") for r in of_type(kind)), f"{patient} has no {kind}"
        for each in ("past-1", "heart-rate-1", "note-1", "appointment-1"):
            assert any(r["id"] == f"{patient}-{each}" for r in population()), f"{patient}-{each} is missing"
        statuses = {a["status"] for a in of_type("Appointment") if a["id"].startswith(f"{patient}-")}
        assert {"fulfilled", "booked"} <= statuses


def test_a_patient_carries_race_ethnicity_and_a_name_in_a_language() -> None:
    for patient in of_type("Patient"):
        urls = {extension["url"].rpartition("/")[2] for extension in patient["extension"]}
        assert {"us-core-race", "us-core-ethnicity", "us-core-birthsex"} <= urls
        assert patient["communication"] and patient["telecom"] and patient["address"]


def test_what_is_of_a_patient_names_that_patient() -> None:
    for resource in population():
        owner = next((p for p in PATIENTS if resource["id"].startswith(f"{p}-")), None)
        if owner is None:
            continue
        named = {p["reference"] for p in walk(resource) if str(p.get("reference", "")).startswith("Patient/")}
        assert named == {f"Patient/{owner}"}, name_of(resource)


def test_what_happened_in_an_encounter_lies_within_it() -> None:
    periods = {name_of(encounter): encounter["period"] for encounter in of_type("Encounter")}
    for observation in of_type("Observation"):
        period = periods[observation["encounter"]["reference"]]
        at = datetime.fromisoformat(observation["effectiveDateTime"])
        assert datetime.fromisoformat(period["start"]) <= at, observation["id"]
        assert "end" not in period or at <= datetime.fromisoformat(period["end"]), observation["id"]


def test_nothing_happened_before_its_patient_was_born() -> None:
    born = {f"Patient/{patient['id']}": patient["birthDate"] for patient in of_type("Patient")}
    for resource in population():
        subject = (resource.get("subject") or resource.get("patient") or {}).get("reference")
        dates = [
            v for p in walk(resource) for v in p.values() if isinstance(v, str) and re.match(r"\d{4}-\d\d-\d\d", v)
        ]
        if subject:
            assert all(date[:10] >= born[subject] for date in dates), name_of(resource)


def test_a_laboratory_flag_agrees_with_its_reference_range() -> None:
    for observation in of_type("Observation"):
        if "referenceRange" not in observation:
            continue
        value, limits = observation["valueQuantity"]["value"], observation["referenceRange"][0]
        low, high = (limits.get(end, {}).get("value") for end in ("low", "high"))
        flag = "L" if low is not None and value < low else "H" if high is not None and value > high else "N"
        assert observation["interpretation"][0]["coding"][0]["code"] == flag, observation["id"]


def test_results_are_numbered_in_the_order_they_were_taken() -> None:
    taken: dict[str, list[str]] = {}
    for observation in of_type("Observation"):
        taken.setdefault(observation["id"].rpartition("-")[0], []).append(observation["effectiveDateTime"])
    assert [word for word, times in taken.items() if times != sorted(times)] == []


def test_blood_pressure_has_its_two_components() -> None:
    for observation in of_type("Observation"):
        if "-blood-pressure-" in observation["id"]:
            codes = [component["code"]["coding"][0]["code"] for component in observation["component"]]
            assert codes == ["8480-6", "8462-4"]
            systolic, diastolic = (component["valueQuantity"]["value"] for component in observation["component"])
            assert systolic > diastolic


def test_body_mass_index_follows_from_weight_and_height() -> None:
    at: dict[tuple[str, str], dict[str, float]] = {}
    for observation in of_type("Observation"):
        patient, _, _ = observation["id"].rpartition("-")
        for word in ("body-weight", "body-height", "bmi"):
            if patient.endswith(word):
                key = (observation["subject"]["reference"], observation["effectiveDateTime"])
                at.setdefault(key, {})[word] = float(observation["valueQuantity"]["value"])
    measured = [values for values in at.values() if "bmi" in values]
    assert len(measured) > 10
    for values in measured:
        assert values["bmi"] == pytest.approx(values["body-weight"] / (values["body-height"] / 100) ** 2, abs=0.06)


def test_every_report_lists_results_that_are_its_own() -> None:
    observations = {name_of(observation): observation for observation in of_type("Observation")}
    for report in of_type("DiagnosticReport"):
        for result in report["result"]:
            observation = observations[result["reference"]]
            assert observation["effectiveDateTime"] == report["effectiveDateTime"]
            assert observation["encounter"] == report["encounter"]


def test_a_note_can_be_read() -> None:
    for note in of_type("DocumentReference"):
        attachment = note["content"][0]["attachment"]
        raw = base64.b64decode(attachment["data"], validate=True)
        assert attachment["contentType"] == "text/plain"
        assert attachment["size"] == len(raw)
        assert len(raw.decode("utf-8").splitlines()) >= 2


def test_nobody_is_real() -> None:
    for part in (part for resource in population() for part in walk(resource)):
        if part.get("system") == "phone":
            assert re.fullmatch(r"\+1-555-01\d\d", part["value"])
        if part.get("system") == "email":
            assert part["value"].endswith("example.org")
        if part.get("system") == "http://hl7.org/fhir/sid/us-npi":
            assert part["value"].startswith("9"), "a provider identifier that is given out begins with 1 or 2"
        if "postalCode" in part:
            assert part["postalCode"].startswith("0000")


def test_codes_come_with_their_words() -> None:
    for resource in population():
        for part in walk(resource):
            for coding in part.get("coding", ()):
                assert {"system", "code", "display"} <= coding.keys(), name_of(resource)


def test_a_population_is_fresh_at_every_call() -> None:
    load_population("standard")[0]["active"] = "spoilt"
    assert load_population("standard")[0]["active"] is True


def test_an_unknown_population_names_the_known_ones() -> None:
    with pytest.raises(WorkbenchError, match="no population named “mars”") as caught:
        load_population("mars")
    assert "standard" in caught.value.hint
