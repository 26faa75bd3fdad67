from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from tests.validation.profiles import BASE, element, make_profile, told, validator_of
from workbench.definitions.structure import Binding, Constraint, ElementDefinition, ElementType
from workbench.fhir.resource import Json
from workbench.terminology.value_set import Selection, ValueSet

CODES = "http://example.org/codes"
HERE = ValueSet("http://example.org/ValueSet/here", includes=(Selection(CODES, codes=(("a", ""), ("b", ""))),))
NOWHERE = "http://example.org/ValueSet/nowhere"


def observation(**more: Any) -> Json:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **more}


def concept(code: str) -> Json:
    return {"coding": [{"system": CODES, "code": code}]}


def quantity(value: str) -> Json:
    return {"value": Decimal(value), "unit": "kg"}


@pytest.mark.parametrize(
    ("definition", "good", "bad", "told_there"),
    [
        (
            element("Observation.subject", 1),
            {"subject": {"reference": "Patient/a"}},
            {},
            ("error", "Observation.subject", "Observation.subject min"),
        ),
        (
            element("Observation.note", 0, 1),
            {"note": [{"text": "a"}]},
            {"note": [{"text": "a"}, {"text": "b"}]},
            ("error", "Observation.note", "Observation.note max"),
        ),
        (
            element("Observation.note", 0, 0),
            {},
            {"note": [{"text": "a"}]},
            ("error", "Observation.note", "Observation.note max"),
        ),
        (
            element("Observation.status", 1, 1, fixed=("code", "final")),
            {},
            {"status": "amended"},
            ("error", "Observation.status", "Observation.status fixed"),
        ),
        (
            element("Observation.code", 1, 1, fixed=("CodeableConcept", {"text": "x"})),
            {},
            {"code": {"text": "x", "coding": [{"code": "y", "system": CODES}]}},
            ("error", "Observation.code", "Observation.code fixed"),
        ),
        (
            element("Observation.code", 1, 1, pattern=("CodeableConcept", {"coding": [{"code": "a"}]})),
            {"code": {"text": "x", "coding": [{"system": CODES, "code": "z"}, {"system": CODES, "code": "a"}]}},
            {"code": concept("b")},
            ("error", "Observation.code", "Observation.code pattern"),
        ),
        (
            element("Observation.value[x]", types=["Quantity"]),
            {"valueQuantity": quantity("1")},
            {"valueString": "x"},
            ("error", "Observation.value", "Observation.value[x] type"),
        ),
        (
            element("Observation.value[x]", types=["integer"], least_value=("integer", 3), most_value=("integer", 5)),
            {"valueInteger": 5},
            {"valueInteger": 6},
            ("error", "Observation.value", "Observation.value[x] maxValue"),
        ),
        (
            element("Observation.value[x]", types=["date", "dateTime"], least_value=("dateTime", "2020-01-01")),
            {"valueDateTime": "2020-01-01"},
            {"valueDateTime": "2019-12-31"},
            ("error", "Observation.value", "Observation.value[x] minValue"),
        ),
        (
            element("Observation.value[x]", types=["string"], most_length=3),
            {"valueString": "abc"},
            {"valueString": "abcd"},
            ("error", "Observation.value", "Observation.value[x] maxLength"),
        ),
        (
            element("Observation.method", 0, 1, binding=Binding("required", HERE.url)),
            {"method": concept("a")},
            {"method": concept("z")},
            ("error", "Observation.method", "Observation.method binding"),
        ),
        (
            element("Observation.method", 0, 1, binding=Binding("required", HERE.url)),
            {"method": {"extension": [{"url": BASE + "why", "valueString": "x"}]}},
            {"method": {"text": "by hand"}},
            ("error", "Observation.method", "Observation.method binding"),
        ),
        (
            element("Observation.method", 0, 1, binding=Binding("extensible", HERE.url)),
            {"method": {"text": "by hand"}},
            {"method": concept("z")},
            ("warning", "Observation.method", "Observation.method binding"),
        ),
        (
            element("Observation.method", 0, 1, binding=Binding("preferred", NOWHERE, HERE.url)),
            {"method": concept("b")},
            {"method": concept("z")},
            ("error", "Observation.method", "Observation.method binding"),
        ),
        (
            element("Observation.method", 0, 1, binding=Binding("required", NOWHERE)),
            {},
            {"method": concept("a")},
            ("information", "Observation.method", "Observation.method binding"),
        ),
        (
            element("Observation.note", constraints=(Constraint("n-1", "warning", "text.length() < 5", "short"),)),
            {"note": [{"text": "abc"}]},
            {"note": [{"text": "abc"}, {"text": "abcdef"}]},
            ("warning", "Observation.note[1]", "n-1"),
        ),
        (
            element("Observation", constraints=(Constraint("n-2", "error", "unknown("),)),
            None,
            {},
            ("information", "Observation", "n-2"),
        ),
        (
            element(
                "Observation.subject",
                types=[ElementType("Reference", targets=("http://hl7.org/fhir/StructureDefinition/Group",))],
            ),
            {"subject": {"reference": "https://example.org/fhir/Group/1"}},
            {"subject": {"reference": "Patient/1"}},
            ("error", "Observation.subject.reference", "Observation.subject target"),
        ),
        (
            element("Observation.subject", types=[ElementType("Reference", aggregation=("contained",))]),
            {"subject": {"reference": "#p"}, "contained": [{"resourceType": "Patient", "id": "p"}]},
            {"subject": {"reference": "Patient/1"}},
            ("error", "Observation.subject.reference", "Observation.subject aggregation"),
        ),
    ],
)
def test_what_a_profile_asks_is_told_once_where_it_lacks(
    definition: ElementDefinition, good: Json | None, bad: Json, told_there: tuple[str, str, str]
) -> None:
    profile = make_profile("asking", "Observation", [definition])
    validator = validator_of(profile, value_sets=[HERE])
    rules = (
        {rule for _, _, rule in told(validator, observation(**(good or {})), profile)} if good is not None else set()
    )
    assert rules <= {"Extension.url defined"}
    assert told(validator, observation(**bad), profile) == [told_there]


def test_the_issue_names_the_profile_and_what_to_change() -> None:
    profile = make_profile("asking", "Observation", [element("Observation.subject", 1)])
    issue = next(
        issue for issue in validator_of(profile).validate(observation(), profiles=[profile.url]) if issue.is_error
    )
    assert issue.profile == f"{profile.url}|1.0.0"
    assert issue.message == "“subject” is missing: asking asks for it."


def test_the_profiles_that_a_resource_claims_are_held_against_it() -> None:
    profile = make_profile("asking", "Observation", [element("Observation.subject", 1)])
    other = make_profile(
        "asking-too", "Observation", [element("Observation.subject", 1), element("Observation.issued", 1)]
    )
    resource = observation(meta={"profile": [profile.url, other.url]})
    assert told(validator_of(profile, other), resource) == [
        ("error", "Observation.subject", "Observation.subject min"),
        ("error", "Observation.issued", "Observation.issued min"),
    ]


def test_a_profile_of_another_type_is_told() -> None:
    profile = make_profile("asking", "Patient", [element("Patient.name", 1)])
    assert told(validator_of(profile), observation(), profile) == [("error", "Observation", "Meta.profile type")]


def test_another_version_than_the_one_installed_is_told_and_still_held_against() -> None:
    profile = make_profile("asking", "Observation", [element("Observation.subject", 1)])
    resource = observation(meta={"profile": [f"{profile.url}|9.0.0"]})
    found = told(validator_of(profile), resource)
    assert [row[0] for row in found] == ["information", "error"]


def test_a_target_within_the_bundle_must_meet_the_profile_that_is_asked_of_it() -> None:
    named = make_profile("named", "Patient", [element("Patient.name", 1)])
    profile = make_profile(
        "of-the-named",
        "Observation",
        [element("Observation.subject", types=[ElementType("Reference", targets=(named.url,))])],
    )
    validator = validator_of(named, profile)

    def bundle(target: Json) -> Json:
        resource = observation(meta={"profile": [profile.url]}, subject={"reference": "Patient/1"})
        entries = [
            {"fullUrl": "http://example.org/fhir/Observation/1", "resource": resource | {"id": "1"}},
            {"fullUrl": "http://example.org/fhir/Patient/1", "resource": target | {"id": "1"}},
        ]
        return {"resourceType": "Bundle", "type": "collection", "entry": entries}

    there = "Bundle.entry[0].resource.subject.reference"
    assert told(validator, bundle({"resourceType": "Patient", "name": [{"text": "A"}]})) == []
    assert told(validator, bundle({"resourceType": "Patient"})) == [("error", there, "Observation.subject target")]
    # What claims the profile is told of at itself.
    claims = {"resourceType": "Patient", "meta": {"profile": [named.url]}}
    assert told(validator, bundle(claims)) == [("error", "Bundle.entry[1].resource.name", "Patient.name min")]


def test_resources_that_refer_to_each_other_are_judged_to_an_end() -> None:
    first = make_profile(
        "first",
        "Observation",
        [element("Observation.derivedFrom", types=[ElementType("Reference", targets=(BASE + "first",))])],
    )
    entries = [
        {
            "fullUrl": f"http://example.org/fhir/Observation/{number}",
            "resource": observation(
                id=str(number),
                meta={"profile": [first.url]},
                derivedFrom=[{"reference": f"Observation/{1 - number}"}],
            ),
        }
        for number in (0, 1)
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert told(validator_of(first), bundle) == []


def test_what_a_profile_asks_of_an_item_it_asks_of_the_items_in_it() -> None:
    profile = make_profile("worded", "Questionnaire", [element("Questionnaire.item.text", 1)])
    inner = {"linkId": "1.1", "type": "display"}
    questionnaire = {
        "resourceType": "Questionnaire",
        "status": "draft",
        "item": [{"linkId": "1", "type": "group", "text": "All", "item": [inner]}],
    }
    assert told(validator_of(profile), questionnaire, profile) == [
        ("error", "Questionnaire.item[0].item[0].text", "Questionnaire.item.text min")
    ]


def test_a_profile_of_a_data_type_is_asked_of_its_elements() -> None:
    kilograms = make_profile("kilograms", "Quantity", [element("Quantity.unit", 1, 1, fixed=("string", "kg"))])
    profile = make_profile(
        "in-kilograms",
        "Observation",
        [element("Observation.value[x]", types=[ElementType("Quantity", profiles=(kilograms.url,))])],
    )
    validator = validator_of(kilograms, profile)
    assert told(validator, observation(valueQuantity=quantity("1")), profile) == []
    assert told(validator, observation(valueQuantity={"value": 1, "unit": "g"}), profile) == [
        ("error", "Observation.value.unit", "Quantity.unit fixed")
    ]


def test_of_several_profiles_of_a_type_one_must_be_met() -> None:
    units = [
        make_profile(unit, "Quantity", [element("Quantity.unit", 1, 1, fixed=("string", unit))]) for unit in ("kg", "g")
    ]
    kind = ElementType("Quantity", profiles=tuple(unit.url for unit in units))
    profile = make_profile("in-units", "Observation", [element("Observation.value[x]", types=[kind])])
    validator = validator_of(*units, profile)
    assert told(validator, observation(valueQuantity={"value": 1, "unit": "g"}), profile) == []
    found = told(validator, observation(valueQuantity={"value": 1, "unit": "t"}), profile)
    assert found == [("error", "Observation.value", "type profile")]


def test_a_profile_that_is_claimed_a_thousand_times_is_held_against_once() -> None:
    profile = make_profile("asking", "Observation", [element("Observation.subject", 1)])
    resource = observation(meta={"profile": [profile.url] * 1000 + [f"{profile.url}|1.0.0"]})
    assert told(validator_of(profile), resource, profile) == [
        ("error", "Observation.subject", "Observation.subject min")
    ]


@pytest.mark.parametrize(
    ("category", "words"),
    [
        (concept("z"), f"“{CODES}|z” is not in the value set {HERE.url}, as it must be: it has a, b."),
        (
            {"coding": [{"system": CODES, "code": "y"}, {"system": CODES, "code": "z"}]},
            f"None of “{CODES}|y”, “{CODES}|z” is in the value set {HERE.url}, as it must be: it has a, b.",
        ),
        ({"coding": [{"code": "a"}]}, f"as it must be: it has “a” of the system {CODES}."),
        ({"text": "z"}, f"A code of the value set {HERE.url} is missing here; a text alone is not enough."),
        ({"coding": [{"display": "z"}]}, f"A code of the value set {HERE.url} is missing here."),
    ],
)
def test_a_code_outside_its_value_set_is_told_with_what_the_set_has(category: Json, words: str) -> None:
    bound = element("Observation.category", binding=Binding("required", HERE.url))
    profile = make_profile("bound", "Observation", [bound])
    validator = validator_of(profile, value_sets=[HERE])
    issues = validator.validate(observation(category=[category]), profiles=[profile.url])
    assert any(issue.is_error and words in issue.message for issue in issues)


def test_a_profile_that_is_claimed_by_its_name_alone_is_told_once() -> None:
    validator = validator_of()
    assert told(validator, {"resourceType": "Patient", "meta": {"profile": ["vitalsigns"]}}) == [
        ("error", "Patient.meta.profile[0]", "canonical absolute")
    ]


def test_a_rule_that_takes_too_long_is_not_tried_at_every_element(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.fhirpath.environment.LONGEST_EVALUATION", 0.2)
    within = "%resource.name.select({})"
    slow = "%resource.name.family.count() > 0"
    for _ in range(6):
        slow = within.format(slow)
    name = element("Patient.name", constraints=(Constraint("slow-1", "error", f"{slow}.count() < 0"),))
    profile = make_profile("slow", "Patient", [name])
    names = [{"family": f"Okafor {number}"} for number in range(50)]
    started = time.process_time()
    issues = validator_of(profile).validate({"resourceType": "Patient", "name": names}, profiles=[profile.url])
    assert time.process_time() - started < 5
    slow_ones = [issue for issue in issues if issue.rule == "slow-1"]
    assert len(slow_ones) == 50 and {issue.cause for issue in slow_ones} == {"it took longer than 0.2 seconds"}


def test_a_rule_that_cannot_be_read_is_undecided_and_says_where_it_ends() -> None:
    broken = element("Patient", constraints=(Constraint("x-1", "error", "name.given = 'x' and"),))
    profile = make_profile("broken", "Patient", [broken])
    issues = validator_of(profile).validate({"resourceType": "Patient", "active": True}, profiles=[profile.url])
    (undecided,) = (issue for issue in issues if issue.is_undecided)
    assert undecided.message.startswith(
        "Whether the rule x-1 holds cannot be decided here: the FHIRPath expression “na"
    )
    assert undecided.message.endswith("what stands at column 21 was not expected.")
