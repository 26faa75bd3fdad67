import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from workbench.fhir.resource import Json
from workbench.fhir_server.store import FhirStore
from workbench.hl7v2.message import Message, parse_message
from workbench.intake.intake import take_in
from workbench.site.site import Site
from workbench.site.site_file import read_site
from workbench.structure.structure_look import check_structure

FIXTURES = Path(__file__).parents[2] / "fixtures"
COMMUNITY = read_site(FIXTURES / "sites" / "community-hospital.yaml")
ACADEMIC = read_site(FIXTURES / "sites" / "academic-medical-center.yaml")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def read(name: str) -> Message:
    return parse_message((FIXTURES / "messages" / f"{name}.hl7").read_bytes())


def store_of(*resources: Json) -> FhirStore:
    numbers = count(1)
    known: list[Json] = [
        {
            "resourceType": "Patient",
            "id": "amara-okafor",
            "identifier": [{"system": COMMUNITY.mrn_system, "value": "100001"}],
            "name": [{"use": "official", "family": "Okafor", "given": ["Amara"]}],
            "extension": [{"url": "https://example.org/kept", "valueString": "kept"}],
        },
        {"resourceType": "Practitioner", "id": "priya-raman", "identifier": [{"value": "RAMAN"}]},
        {
            "resourceType": "Encounter",
            "id": "amara-okafor-open",
            "identifier": [{"value": "V-1"}],
            "status": "in-progress",
            "class": {"code": "IMP"},
            "subject": {"reference": "Patient/amara-okafor"},
        },
    ]
    return FhirStore([*known, *resources], clock=lambda: NOW, make_id=lambda: f"new-{next(numbers)}")


def only(store: FhirStore, type_name: str, test: Callable[[Json], bool] = lambda resource: True) -> Json:
    (found,) = [resource for resource in store.all(type_name) if test(resource)]
    return found


def is_new(resource: Json) -> bool:
    return str(resource["id"]).startswith("new-")


_RULES = tuple(replace(rule, makes=("Observation",)) for rule in COMMUNITY.hl7v2.messages)
RESULTS_ALONE = replace(COMMUNITY, hl7v2=replace(COMMUNITY.hl7v2, messages=_RULES))


def result_of(obx: str, *more: str, site: Site = RESULTS_ALONE) -> Json:
    store = store_of()
    lines = ["MSH|^~\\&|||||20260302||ORU^R01|1|P|2.5.1", "PID|||100001", "OBR|1|||1^x|||20260301", obx, *more]
    take_in(site, parse_message("\r".join(lines)), store)
    return only(store, "Observation")


def test_admission_makes_the_patient_and_the_visit() -> None:
    store = store_of()
    written = take_in(COMMUNITY, read("adt-a01-admission"), store)
    patient, encounter = only(store, "Patient", is_new), only(store, "Encounter", is_new)
    assert written == (f"Patient/{patient['id']}", f"Encounter/{encounter['id']}")
    assert patient["identifier"][0]["system"] == COMMUNITY.mrn_system
    assert patient["identifier"][0]["value"] == "100004"
    assert patient["name"] == [{"use": "official", "family": "Kim", "given": ["Daniel"]}]
    assert (patient["gender"], patient["birthDate"]) == ("male", "1976-01-30")
    assert patient["telecom"] == [{"system": "phone", "value": "217-5550104", "use": "home"}]
    assert patient["address"][0] == {
        "use": "home",
        "line": ["12 Harbor Lane"],
        "city": "Springfield",
        "state": "IL",
        "postalCode": "62701",
        "country": "USA",
    }
    assert (encounter["status"], encounter["class"]["code"]) == ("in-progress", "IMP")
    assert encounter["period"] == {"start": "2026-03-02T09:10:00+00:00"}
    assert encounter["subject"] == {"reference": f"Patient/{patient['id']}", "display": "Daniel Kim"}
    assert encounter["identifier"][0]["value"] == "V-260302-001"
    assert encounter["participant"][0]["individual"] == {
        "reference": "Practitioner/priya-raman",
        "display": "Dr Priya Raman",
    }
    assert encounter["location"] == [{"location": {"display": "COMMUNITY 4W 402 A"}}]
    assert encounter["reasonCode"] == [{"text": "Community-acquired pneumonia"}]


@pytest.mark.parametrize("path", sorted((FIXTURES / "messages").glob("*.hl7")), ids=lambda path: path.stem)
def test_what_a_shipped_message_makes_is_sound_fhir(path: Path) -> None:
    if path.stem == "faulty-not-hl7":
        return
    for site in (COMMUNITY, ACADEMIC):
        rules = replace(site.hl7v2, unknown_patient="create")
        store = store_of()
        take_in(replace(site, hl7v2=rules), parse_message(path.read_bytes()), store)
        made = [resource for type_name in store.types for resource in store.all(type_name) if is_new(resource)]
        assert [issue.message for resource in made for issue in check_structure(resource)] == []


def test_patient_without_a_name_is_referred_to_without_one() -> None:
    store = store_of()
    take_in(COMMUNITY, read("adt-a01-admission").set("PID-5", ""), store)
    assert "display" not in only(store, "Encounter", is_new)["subject"]


def test_same_admission_again_writes_nothing() -> None:
    store = store_of()
    take_in(COMMUNITY, read("adt-a01-admission"), store)
    assert take_in(COMMUNITY, read("adt-a01-admission"), store) == ()
    assert len(store.all("Encounter")) == 2


def test_update_moves_the_patient_and_the_visit_on() -> None:
    store = store_of()
    for name in ("adt-a01-admission", "adt-a08-update"):
        take_in(COMMUNITY, read(name), store)
    patient, encounter = only(store, "Patient", is_new), only(store, "Encounter", is_new)
    assert patient["meta"]["versionId"] == encounter["meta"]["versionId"] == "2"
    assert patient["address"][0]["line"] == ["48 Orchard Street", "Apt 3"]
    assert patient["telecom"], "what a message leaves out stays"
    assert encounter["location"][0]["location"]["display"] == "COMMUNITY 4W 405 B"
    assert encounter["status"] == "in-progress"


def test_discharge_finishes_the_visit() -> None:
    store = store_of()
    for name in ("adt-a01-admission", "adt-a03-discharge", "adt-a08-update"):
        take_in(COMMUNITY, read(name), store)
    encounter = only(store, "Encounter", is_new)
    assert encounter["status"] == "finished"
    assert encounter["period"]["end"] == "2026-03-05T13:45:00+00:00"
    assert encounter["hospitalization"]["dischargeDisposition"]["coding"][0]["code"] == "01"


def test_registration_makes_an_ambulatory_visit() -> None:
    store = store_of()
    take_in(ACADEMIC, read("adt-a04-registration-231"), store)
    assert only(store, "Encounter", is_new)["class"]["code"] == "AMB"


def test_known_patient_keeps_what_the_message_does_not_tell() -> None:
    store = store_of()
    message = read("adt-a01-admission").set("PID-3.1", "100001").set("PID-5", "Okafor^Amara", raw=True)
    take_in(COMMUNITY, message, store)
    patient = only(store, "Patient")
    assert patient["id"] == "amara-okafor"
    assert patient["extension"][0]["valueString"] == "kept"
    assert patient["name"] == [{"use": "official", "family": "Okafor", "given": ["Amara"]}]
    assert len(patient["identifier"]) == 1


def test_null_value_takes_away() -> None:
    store = store_of()
    take_in(COMMUNITY, read("adt-a01-admission"), store)
    take_in(COMMUNITY, read("adt-a08-update").set("PID-11", '""', raw=True), store)
    assert "address" not in only(store, "Patient", is_new)


def test_update_without_visit_number_is_for_the_open_visit() -> None:
    store = store_of()
    message = read("adt-a08-update").set("PID-3.1", "100001").set("PV1-19", "")
    take_in(COMMUNITY, message, store)
    assert only(store, "Encounter")["id"] == "amara-okafor-open"
    assert only(store, "Encounter")["meta"]["versionId"] == "2"


def test_only_what_the_rule_makes_is_written() -> None:
    rules = tuple(replace(rule, makes=("Patient",)) for rule in COMMUNITY.hl7v2.messages)
    store = store_of()
    take_in(replace(COMMUNITY, hl7v2=replace(COMMUNITY.hl7v2, messages=rules)), read("adt-a01-admission"), store)
    assert [resource for resource in store.all("Encounter") if is_new(resource)] == []
    assert take_in(COMMUNITY, read("siu-s12-appointment"), store) == ()


def test_vitals_become_observations_of_the_patient_and_the_open_visit() -> None:
    store = store_of()
    take_in(COMMUNITY, read("oru-r01-vitals"), store)
    heart = only(store, "Observation", lambda o: o["code"]["coding"][0]["code"] == "8867-4")
    assert heart["code"]["coding"][0] == {"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}
    assert heart["category"][0]["coding"][0]["code"] == "vital-signs"
    assert heart["valueQuantity"] == {
        "value": Decimal(104),
        "unit": "/min",
        "system": "http://unitsofmeasure.org",
        "code": "/min",
    }
    assert heart["interpretation"][0]["coding"][0]["code"] == "H"
    assert heart["effectiveDateTime"] == "2026-03-02T10:25:00+00:00"
    assert heart["subject"] == {"reference": "Patient/amara-okafor", "display": "Amara Okafor"}
    assert heart["encounter"] == {"reference": "Encounter/amara-okafor-open"}
    assert heart["performer"] == [{"display": "Tomas Berg"}]
    assert heart["referenceRange"][0]["low"]["value"] == Decimal(60)


def test_both_halves_of_a_blood_pressure_become_one_observation() -> None:
    store = store_of()
    take_in(COMMUNITY, read("oru-r01-vitals"), store)
    assert len(store.all("Observation")) == 5
    pressure = only(store, "Observation", lambda o: o["code"]["coding"][0]["code"] == "85354-9")
    assert "valueQuantity" not in pressure and "interpretation" not in pressure
    assert [(c["code"]["coding"][0]["code"], c["valueQuantity"]["value"]) for c in pressure["component"]] == [
        ("8480-6", Decimal(132)),
        ("8462-4", Decimal(84)),
    ]


def test_visit_number_says_which_visit_a_result_belongs_to() -> None:
    past = {"resourceType": "Encounter", "id": "past", "identifier": [{"value": "V-0"}], "status": "finished"}
    store = store_of(past | {"subject": {"reference": "Patient/amara-okafor"}})
    take_in(COMMUNITY, read("oru-r01-lab").set("PV1-19", "V-0"), store)
    assert {o["encounter"]["reference"] for o in store.all("Observation")} == {"Encounter/past"}


def test_decimals_keep_their_digits() -> None:
    store = store_of()
    take_in(COMMUNITY, read("oru-r01-lab"), store)
    hemoglobin = only(store, "Observation", lambda o: o["code"]["coding"][0]["code"] == "718-7")
    assert str(hemoglobin["valueQuantity"]["value"]) == "10.40"
    assert hemoglobin["category"][0]["coding"][0]["code"] == "laboratory"


def test_note_of_a_result_stays_with_it_and_its_status_is_kept() -> None:
    store = store_of()
    take_in(COMMUNITY, read("oru-r01-lab"), store)
    culture = only(store, "Observation", lambda o: o["code"]["coding"][0]["code"] == "630-4")
    assert culture["status"] == "preliminary"
    assert culture["note"] == [{"text": "Specimen slightly hemolyzed & repeated once."}]


def test_correction_replaces_what_it_corrects() -> None:
    store = store_of()
    take_in(COMMUNITY, read("oru-r01-lab"), store)
    before = len(store.all("Observation"))
    take_in(COMMUNITY, read("oru-r01-lab").set("OBX[1]-5", "10.9").set("OBX[1]-11", "C"), store)
    assert len(store.all("Observation")) == before
    hemoglobin = only(store, "Observation", lambda o: o["code"]["coding"][0]["code"] == "718-7")
    assert (hemoglobin["status"], hemoglobin["valueQuantity"]["value"]) == ("corrected", Decimal("10.9"))


@pytest.mark.parametrize(
    ("obx", "name", "value"),
    [
        (
            "OBX|1|NM|x||-.50|beats/min",
            "valueQuantity",
            {"value": Decimal("-0.50"), "unit": "beats/min", "code": "/min"},
        ),
        ("OBX|1|NM|x||7|furlongs", "valueQuantity", {"value": Decimal(7), "unit": "furlongs"}),
        ("OBX|1|NM|x||7|mm[Hg]^mmHg^UCUM", "valueQuantity", {"value": Decimal(7), "unit": "mmHg", "code": "mm[Hg]"}),
        ("OBX|1|ST|x||a\\T\\b", "valueString", "a&b"),
        ("OBX|1|TX|x||a~b", "valueString", "a\nb"),
        ("OBX|1|FT|x||a\\.br\\\\H\\b\\N\\", "valueString", "a\nb"),
        ("OBX|1|CE|x||1^Yes^L", "valueCodeableConcept", {"coding": [{"code": "1", "display": "Yes"}], "text": "Yes"}),
        ("OBX|1|SN|x||>^100|mg", "valueQuantity", {"value": Decimal(100), "comparator": ">", "unit": "mg"}),
        ("OBX|1|SN|x||^1^-^5", "valueRange", {"low": {"value": Decimal(1)}, "high": {"value": Decimal(5)}}),
        (
            "OBX|1|SN|x||^1^:^128",
            "valueRatio",
            {"numerator": {"value": Decimal(1)}, "denominator": {"value": Decimal(128)}},
        ),
        ("OBX|1|SN|x||^2^+", "valueString", "2+"),
        ("OBX|1|DT|x||20260301", "valueDateTime", "2026-03-01"),
        ("OBX|1|ED|x||^a^b^Base64^QUJD", "dataAbsentReason", "unsupported"),
        ("OBX|1|NM|x||", "dataAbsentReason", "unknown"),
        ("OBX|1||x||free", "valueString", "free"),
    ],
)
def test_value_by_its_type(obx: str, name: str, value: Any) -> None:
    found = result_of(obx)[name]
    if name == "valueQuantity":
        assert ("system" in found) == ("code" in value)
        found = {key: part for key, part in found.items() if key != "system"}
    if name == "dataAbsentReason":
        found = found["coding"][0]["code"]
    assert found == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.0-15.5", {"low": {"value": Decimal("12.0")}, "high": {"value": Decimal("15.5")}, "text": "12.0-15.5"}),
        ("<5", {"high": {"value": Decimal(5)}, "text": "<5"}),
        (">= 90", {"low": {"value": Decimal(90)}, "text": ">= 90"}),
        ("negative", {"text": "negative"}),
    ],
)
def test_reference_range(text: str, expected: Json) -> None:
    assert result_of(f"OBX|1|NM|x||7||{text}")["referenceRange"] == [expected]


def test_unknown_flag_is_kept_as_text_and_several_are_all_kept() -> None:
    found = result_of("OBX|1|NM|x||7|||H~weird")["interpretation"]
    assert found[0]["coding"][0]["code"] == "H"
    assert found[1] == {"text": "weird"}


def test_time_of_the_order_stands_in_for_the_time_of_the_result() -> None:
    assert result_of("OBX|1|NM|x||7")["effectiveDateTime"] == "2026-03-01"


def test_note_becomes_a_document_with_its_text() -> None:
    store = store_of()
    take_in(ACADEMIC, read("mdm-t02-note-231"), store)
    document = only(store, "DocumentReference")
    attachment = document["content"][0]["attachment"]
    text = base64.b64decode(attachment["data"]).decode()
    assert text.splitlines()[2] == "Plan: continue antibiotics & fluids, repeat CBC tomorrow."
    assert attachment["contentType"].startswith("text/plain")
    assert document["type"]["coding"][0]["code"] == "11506-3"
    assert (document["status"], document["docStatus"]) == ("current", "final")
    assert document["subject"]["reference"] == "Patient/amara-okafor"
    assert document["author"] == [{"reference": "Practitioner/priya-raman", "display": "Dr Priya Raman"}]
    assert document["context"]["encounter"] == [{"reference": "Encounter/amara-okafor-open"}]
    assert document["date"] == "2026-03-02T15:50:00+00:00"


def test_attachment_keeps_its_bytes() -> None:
    store = store_of()
    take_in(ACADEMIC, read("mdm-t02-pdf-231"), store)
    attachment = only(store, "DocumentReference")["content"][0]["attachment"]
    assert attachment["contentType"] == "application/pdf"
    assert base64.b64decode(attachment["data"]).startswith(b"%PDF-1.4")


@pytest.mark.parametrize(("written", "data"), [("^TEXT^plain^A^hé", "hé".encode()), ("^AP^pdf^Hex^25504446", b"%PDF")])
def test_attachment_in_another_encoding_is_brought_to_base64(written: str, data: bytes) -> None:
    store = store_of()
    take_in(ACADEMIC, read("mdm-t02-pdf-231").set("OBX-5", written, raw=True), store)
    assert base64.b64decode(only(store, "DocumentReference")["content"][0]["attachment"]["data"]) == data


def test_document_of_the_same_number_is_replaced() -> None:
    store = store_of()
    for text in ("first", "second"):
        take_in(ACADEMIC, read("mdm-t02-note-231").set("OBX-5", text), store)
    assert only(store, "DocumentReference")["meta"]["versionId"] == "2"


def test_unknown_patient_of_a_result_is_made_where_the_site_creates_them() -> None:
    store = store_of()
    take_in(ACADEMIC, read("oru-r01-vitals-231").set("PID-3.1", "777"), store)
    patient = only(store, "Patient", is_new)
    assert patient["identifier"][0]["value"] == "777"
    assert {o["subject"]["reference"] for o in store.all("Observation")} == {f"Patient/{patient['id']}"}
    assert take_in(COMMUNITY, read("oru-r01-vitals").set("PID-3.1", "888"), store) == ()


def test_control_characters_do_not_reach_the_fhir_data() -> None:
    store = store_of()
    take_in(COMMUNITY, read("adt-a01-admission").set("PID-5.1", "K\x00i\x1bm"), store)
    assert only(store, "Patient", is_new)["name"][0]["family"] == "Kim"
