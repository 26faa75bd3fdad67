"""Invariant faults: for the key of an invariant, a change of the object that it speaks of which breaks it.

Written from the expression of each; a change tells whether the object lets itself be broken in that way.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

from benchmarks.faults.fault import Fault, fault_at
from benchmarks.faults.official import Json, Official
from benchmarks.faults.places import Walk, step_into

Breaker = Callable[[Json], bool]


def put(**values: object) -> Breaker:
    """Set these, whatever stood there."""

    def breaks(inner: Json) -> bool:
        inner.update(copy.deepcopy(values))
        return True

    return breaks


def drop(*names: str, but: str = "") -> Breaker:
    """Take these out, where one of them is there and something else stays."""

    def breaks(inner: Json) -> bool:
        found = [name for name in names if name in inner]
        for name in found:
            del inner[name]
            inner.pop(f"_{name}", None)
        return bool(found) and bool(inner) and not (but and but in inner)

    return breaks


def beside(name: str, **values: object) -> Breaker:
    """Set these where `name` stands already."""

    def breaks(inner: Json) -> bool:
        inner.update(copy.deepcopy(values))
        return name in inner

    return breaks


def all_of(*breakers: Breaker) -> Breaker:
    def breaks(inner: Json) -> bool:
        return all(breaker(inner) for breaker in breakers)

    return breaks


def contain(resource: Json, *, referred: bool = True) -> Breaker:
    def breaks(inner: Json) -> bool:
        inner["contained"] = [*inner.get("contained", []), copy.deepcopy(resource)]
        if referred:
            reference = {"url": "http://example.org/refers", "valueReference": {"reference": f"#{resource['id']}"}}
            inner["extension"] = [*inner.get("extension", []), reference]
        return True

    return breaks


def no_value(inner: Json) -> bool:
    """An observation that says nothing (vs-2, us-core-2)."""
    found = [key for key in inner if key.startswith("value")]
    for key in found:
        del inner[key]
    return bool(found) and not {"component", "hasMember", "dataAbsentReason"} & inner.keys()


def no_component_value(inner: Json) -> bool:
    found = [key for key in inner if key.startswith("value")]
    for key in found:
        del inner[key]
    return bool(found) and "dataAbsentReason" not in inner


def home(inner: Json) -> bool:
    inner["use"] = "home"
    return True


def both_periods(inner: Json) -> bool:
    inner.update({"start": "2020-01-02", "end": "2020-01-01"})
    return True


def script_in_text(inner: Json) -> bool:
    if not str(inner.get("div", "")).endswith("</div>"):
        return False
    inner["div"] = inner["div"].removesuffix("</div>") + "<script>x</script></div>"
    return True


def empty_text(inner: Json) -> bool:
    inner["div"] = '<div xmlns="http://www.w3.org/1999/xhtml">  </div>'
    return True


def year_alone(inner: Json) -> bool:
    if "effectiveDateTime" not in inner:
        return False
    inner["effectiveDateTime"] = "2019"
    return True


def other_unit_system(inner: Json) -> bool:
    quantity = inner.get("valueQuantity", {})
    if quantity.get("system") != "http://unitsofmeasure.org":
        return False
    quantity["system"] = "http://example.org/units"
    return True


def duplicate_link(inner: Json) -> bool:
    items = inner.get("item", [])
    if items:
        items.append(copy.deepcopy(items[0]))
    return bool(items)


def same_component(inner: Json) -> bool:
    if not any(key.startswith("value") for key in inner):
        return False
    inner["component"] = [{"code": copy.deepcopy(inner["code"]), "valueString": "x"}]
    return True


def absent_and_valued(inner: Json) -> bool:
    inner["dataAbsentReason"] = {"text": "x"}
    return any(key.startswith("value") for key in inner)


def no_name(inner: Json) -> bool:
    has = [key for key in ("family", "given") if key in inner]
    for key in has:
        del inner[key]
    return bool(has) and bool(inner) and "extension" not in inner


def entered_in_error(inner: Json) -> bool:
    coding = {
        "code": "entered-in-error",
        "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
    }
    inner["verificationStatus"] = {"coding": [coding]}
    return "clinicalStatus" in inner


def order_without_requester(inner: Json) -> bool:
    return (
        inner.get("intent") in ("order", "original-order", "reflex-order") and inner.pop("requester", None) is not None
    )


def npi(value: str) -> Breaker:
    def breaks(inner: Json) -> bool:
        for identifier in inner.get("identifier", []):
            if identifier.get("system") == "http://hl7.org/fhir/sid/us-npi":
                identifier["value"] = value
                return True
        return False

    return breaks


def repeated_entry(inner: Json) -> bool:
    entries = inner.get("entry", [])
    if not entries or "fullUrl" not in entries[0]:
        return False
    entries.append(copy.deepcopy(entries[0]))
    return bool(inner.get("type") != "history")


PERSON = {"resourceType": "Patient", "id": "inner"}
UNUSED = {"resourceType": "Patient", "id": "inner", "active": True}
# By key, and by type where a key is used for another thing elsewhere.
BREAKERS: dict[str, Breaker] = {
    "per-1": both_periods,
    "rng-2": put(low={"value": 2}, high={"value": 1}),
    "rat-1": drop("denominator", but="extension"),
    "qty-3": all_of(beside("code"), drop("system")),
    "att-1": all_of(put(data="aGVsbG8="), drop("contentType")),
    "ref-1": put(reference="#no-such-thing"),
    "cpt-2": all_of(beside("value"), drop("system")),
    "ext-1": beside("extension", valueString="x"),
    "tim-1": all_of(put(duration=1), drop("durationUnit")),
    "tim-2": all_of(beside("period"), drop("periodUnit")),
    "tim-5": beside("period", period=-1),
    "txt-1": script_in_text,
    "txt-2": empty_text,
    "dom-3": contain(UNUSED, referred=False),
    "dom-2": contain({**UNUSED, "contained": [PERSON]}),
    "dom-4": contain({**UNUSED, "meta": {"versionId": "1"}}),
    "dom-5": contain({**UNUSED, "meta": {"security": [{"code": "R"}]}}),
    "obs-3": drop("low", "high", "text"),
    "obs-6": absent_and_valued,
    "obs-7": same_component,
    "vs-1": year_alone,
    "vs-2": no_value,
    "vs-3": no_component_value,
    "bdl-1": put(total=1, type="collection"),
    "bdl-5": drop("resource", "request", "response"),
    "bdl-7": repeated_entry,
    "org-1": drop("identifier", "name"),
    "org-2": home,
    "org-3": home,
    "ait-1": drop("clinicalStatus"),
    "ait-2": entered_in_error,
    "cpl-3": beside("detail", reference={"reference": "Task/x"}),
    "pat-1": drop("name", "telecom", "address", "organization"),
    "imm-1": drop("documentType", "reference"),
    "con-1": drop("summary", "assessment"),
    "con-2": drop("code", "detail"),
    "con-4": put(
        abatementDateTime="2020-01-01",
        clinicalStatus={
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
        },
    ),
    "gol-1": all_of(put(detailString="x"), drop("measure")),
    "que-2": duplicate_link,
    "que-4": beside("answerOption", answerValueSet="http://example.org/ValueSet/x"),
    "qrs-1": beside("answer", item=[{"linkId": "inner", "text": "x"}]),
    "pd-1": drop("telecom", "endpoint"),
}
BY_PROFILE: dict[str, Breaker] = {
    "Observation us-core-2": no_value,
    "Observation us-core-1": year_alone,
    "Observation us-core-3": other_unit_system,
    "DocumentReference us-core-6": drop("url", "data"),
    "Patient us-core-6": no_name,
    "Patient us-core-8": no_name,
    "Coverage us-core-15": drop("subscriberId", but="identifier"),
    "DiagnosticReport us-core-8": drop("effectiveDateTime", "effectivePeriod"),
    "DiagnosticReport us-core-9": drop("issued"),
    "DiagnosticReport us-core-10": drop("effectiveDateTime", "effectivePeriod"),
    "MedicationRequest us-core-21": order_without_requester,
    "MedicationDispense us-core-20": drop("whenHandedOver"),
    "Procedure us-core-7": drop("performedDateTime", "performedPeriod"),
    "RelatedPerson us-core-14": drop("name", "relationship"),
    "PractitionerRole us-core-13": drop("practitioner", "organization", "healthcareService", "location"),
    "Device us-core-9": drop("manufactureDate", "expirationDate", "lotNumber", "serialNumber", "distinctIdentifier"),
    "Practitioner us-core-16": npi("12345"),
    "Practitioner us-core-17": npi("1234567890"),
    "Organization us-core-16": npi("12345"),
    "Organization us-core-17": npi("1234567890"),
}
# What another type of context, or another type than FHIR's, makes hold always.
IDLE = ("valueQuantity", "value.ofType", "$this is DateTime", "Observation.effectiveDateTime")
# Invariants of an element that hold for the object around it in the table above.
UPWARDS = {"txt-1", "txt-2", "vs-1", "us-core-1", "us-core-3", "us-core-16", "us-core-17"}


def invariant_faults(official: Official, walk: Walk, body: Json) -> Iterator[Fault]:
    for holder in walk.holders(body):
        seen: set[str] = set()
        for structure, element in holder.asked:
            for constraint in (*element.get("constraint", []), *_below(official, structure, element)):
                key = constraint["key"]
                breaker = BY_PROFILE.get(f"{structure['type']} {key}") or BREAKERS.get(key)
                if breaker is None or constraint["severity"] != "error" or key in seen:
                    continue
                if key.startswith("dom-") and ".contained" in holder.path:
                    continue  # what is contained in a contained resource breaks dom-2 as well
                seen.add(key)
                after = copy.deepcopy(body)
                if breaker(step_into(after, holder.steps)):
                    yield fault_at("invariant broken", key, (holder.path,), holder, after)


def _below(official: Official, structure: Json, element: Json) -> Iterator[Json]:
    for name, child in official.elements(structure).items():
        if name.startswith(element["id"] + ".") and "." not in name[len(element["id"]) + 1 :]:
            for constraint in child.get("constraint", []):
                # us-core-3 asks the quantity for its own value up to 6.1.0, and us-core-1 for another type from 4.0.0
                # to 6.1.0: both always hold there.
                idle = constraint["expression"].startswith(IDLE)
                if constraint["key"] in UPWARDS and not idle:
                    yield constraint
