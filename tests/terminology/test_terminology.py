from __future__ import annotations

from typing import Any

import pytest

from workbench.definitions.definitions import load_definitions
from workbench.terminology.code_system import CodeSystem
from workbench.terminology.terminology import Terminology
from workbench.terminology.terminology_facts import (
    code_system_from_facts,
    code_system_to_facts,
    value_set_from_facts,
    value_set_to_facts,
)
from workbench.terminology.terminology_json import parse_code_system, parse_value_set
from workbench.terminology.value_set import ValueSet

FHIR = "http://hl7.org/fhir/ValueSet/"
PARENT = "http://hl7.org/fhir/concept-properties#parent"
HL7 = "http://terminology.hl7.org/"
SIZES = parse_code_system(
    {
        "url": "http://x/size",
        "content": "complete",
        "caseSensitive": True,
        "property": [{"code": "worn", "type": "boolean"}, {"code": "over", "uri": PARENT}],
        "concept": [
            {"code": "any", "concept": [{"code": "big", "display": "Big", "concept": [{"code": "huge"}]}]},
            {"code": "s", "property": [{"code": "worn", "valueBoolean": True}]},
            {"code": "xs", "property": [{"code": "over", "valueCode": "s"}]},
        ],
    }
)
LOOSE = parse_code_system({"url": "http://x/loose", "caseSensitive": False, "concept": [{"code": "Red"}]})
PART = parse_code_system({"url": "http://x/part", "content": "fragment", "concept": [{"code": "a"}]})
ALONE = parse_code_system({"url": "http://x/alone", "content": "not-present"})
OLD = parse_code_system({"url": "http://x/moved", "version": "1", "concept": [{"code": "a"}, {"code": "b"}]})
MOVED = parse_code_system({"url": "http://x/moved", "version": "2", "concept": [{"code": "a"}]})
AGED = parse_code_system(
    {
        "url": "http://x/aged",
        "concept": [
            {"code": "new"},
            {"code": "worn", "property": [{"code": "status", "valueCode": "deprecated"}]},
            {"code": "dated", "property": [{"code": "deprecationDate", "valueDateTime": "2014"}]},
            {"code": "gone", "property": [{"code": "status", "valueCode": "retired"}]},
            {"code": "off", "property": [{"code": "inactive", "valueBoolean": True}]},
        ],
    }
)
SYSTEMS = {system.url: system for system in (SIZES, LOOSE, PART, ALONE, MOVED, AGED)} | {OLD.canonical: OLD}


def value_set(
    *include: dict[str, Any], exclude: tuple[dict[str, Any], ...] = (), active: bool = False, **more: Any
) -> ValueSet:
    compose = {"include": list(include), "exclude": list(exclude)} | ({"inactive": False} if active else {})
    return parse_value_set({"url": "http://x/vs", "compose": compose} | more)


def terminology(*value_sets: ValueSet) -> Terminology:
    known = {item.url: item for item in value_sets}
    return Terminology(known.get, SYSTEMS.get)


def judge(found: ValueSet, system: str, code: str, *others: ValueSet) -> bool | None:
    membership = terminology(found, *others).judge_code(found.url, system, code)
    assert membership.found is not None or membership.reason
    return membership.found


def listed(found: ValueSet, *others: ValueSet) -> set[str] | None:
    bound = terminology(found, *others).value_set(found.url)
    codes = bound.codes() if bound else None
    return None if codes is None else {code for _, code in codes}


def select(operation: str, value: str, name: str = "concept", system: str = "http://x/size") -> dict[str, Any]:
    return {"system": system, "filter": [{"property": name, "op": operation, "value": value}]}


def test_a_whole_code_system_is_listed_and_judged() -> None:
    found = value_set({"system": "http://x/size"})
    assert listed(found) == {"any", "big", "huge", "s", "xs"}
    assert judge(found, "http://x/size", "huge") is True
    assert judge(found, "http://x/size", "HUGE") is False
    assert judge(found, "http://x/other", "huge") is False


def test_a_code_without_a_system_is_looked_for_in_each() -> None:
    found = value_set({"system": "http://x/size"}, {"system": "http://x/loose"})
    assert judge(found, "", "Red") is True and judge(found, "", "s") is True and judge(found, "", "green") is False


@pytest.mark.parametrize(
    ("operation", "value", "expected"),
    [
        ("is-a", "big", {"big", "huge"}),
        ("descendent-of", "any", {"big", "huge"}),
        ("is-not-a", "any", {"s", "xs"}),
        ("generalizes", "huge", {"any", "big", "huge"}),
        ("child-of", "any", {"big"}),
        ("descendent-leaf", "any", {"huge"}),
        ("in", "s, xs", {"s", "xs"}),
        ("not-in", "s,xs", {"any", "big", "huge"}),
        ("regex", ".?s", {"s", "xs"}),
        ("=", "s", {"s"}),
    ],
)
def test_filters_follow_the_hierarchy(operation: str, value: str, expected: set[str]) -> None:
    found = value_set(select(operation, value))
    assert listed(found) == expected
    assert {code for code in SIZES.concepts if judge(found, SIZES.url, code)} == expected


def test_filters_ask_for_properties_and_for_parents_by_any_name() -> None:
    assert listed(value_set(select("=", "true", "worn"))) == {"s"}
    assert listed(value_set(select("exists", "false", "worn"))) == {"any", "big", "huge", "xs"}
    assert listed(value_set(select("=", "s", "parent"))) == {"xs"}


def test_a_filter_by_what_is_not_known_here_is_undecided_and_a_code_of_another_system_is_out() -> None:
    found = value_set(select("is-a", "73211009", system="http://snomed.info/sct"))
    assert listed(found) is None
    membership = terminology(found).judge_code(found.url, "http://snomed.info/sct", "44054006")
    assert membership.found is None and "SNOMED CT" in membership.reason
    assert judge(found, "http://x/size", "s") is False
    assert judge(value_set(select("=", "red", "colour")), SIZES.url, "s") is None


def test_a_pattern_that_backtracks_without_end_is_undecided() -> None:
    assert judge(value_set(select("regex", "(a|aa)+$", "code", "http://x/far")), "http://x/far", "a" * 60 + "b") is None


def test_a_fragment_is_sure_of_what_it_holds_alone() -> None:
    found = value_set({"system": "http://x/part"}, {"system": "http://x/alone"})
    assert judge(found, "http://x/part", "a") is True and judge(found, "http://x/part", "b") is None
    assert judge(found, "http://x/alone", "a") is None and listed(found) is None


def test_listed_codes_need_no_code_system() -> None:
    found = value_set({"system": "http://x/far", "concept": [{"code": "a"}, {"code": "b"}]})
    assert listed(found) == {"a", "b"} and judge(found, "http://x/far", "c") is False


def test_case_matters_as_the_code_system_says() -> None:
    assert judge(value_set({"system": LOOSE.url}), LOOSE.url, "red") is True
    assert judge(value_set({"system": LOOSE.url, "concept": [{"code": "Red"}]}), LOOSE.url, "RED") is True
    assert judge(value_set({"system": SIZES.url, "concept": [{"code": "s"}]}), SIZES.url, "S") is False


def test_where_a_code_system_does_not_say_whether_case_matters_any_case_is_taken() -> None:
    """FHIR R4, CodeSystem.caseSensitive."""
    assert not MOVED.is_case_sensitive and judge(value_set({"system": MOVED.url}), MOVED.url, "A") is True


def test_a_code_system_is_asked_in_the_version_that_the_value_set_names() -> None:
    assert listed(value_set({"system": MOVED.url, "version": "1"})) == {"a", "b"}
    assert judge(value_set({"system": MOVED.url, "version": "1"}), MOVED.url, "b") is True
    assert judge(value_set({"system": MOVED.url}), MOVED.url, "b") is False


def test_codes_say_whether_they_may_still_be_used() -> None:
    told = {code: AGED.standing_of(code) for code in AGED.concepts}
    assert told["new"] == "active" and told["worn"] == told["dated"] == "deprecated"
    assert told["gone"] == told["off"] == "inactive"


def test_inactive_codes_are_members_unless_the_value_set_wants_active_ones_alone() -> None:
    """FHIR R4, ValueSet.compose.inactive; a deprecated code may still be used."""
    every, active = value_set({"system": AGED.url}), value_set({"system": AGED.url}, active=True)
    assert listed(every) == set(AGED.concepts) and judge(every, AGED.url, "gone") is True
    assert listed(active) == {"new", "worn", "dated"} and judge(active, AGED.url, "gone") is False


def test_a_code_without_a_system_is_left_out_only_where_its_own_system_is() -> None:
    found = value_set({"system": SIZES.url}, exclude=({"system": "http://x/far", "concept": [{"code": "s"}]},))
    assert judge(found, "", "s") is True
    left = value_set({"system": SIZES.url, "concept": [{"code": "s"}]}, url="http://x/left")
    right = value_set({"system": "http://x/far", "concept": [{"code": "s"}]}, url="http://x/right")
    assert judge(value_set({"valueSet": ["http://x/left", "http://x/right"]}), "", "s", left, right) is False


def test_imports_meet_and_includes_add_up() -> None:
    """FHIR R4, ValueSet.compose: several value sets in one include are an intersection, several includes a union."""
    left = value_set({"system": SIZES.url, "concept": [{"code": "s"}, {"code": "xs"}]}, url="http://x/left")
    right = value_set({"system": SIZES.url, "concept": [{"code": "s"}, {"code": "big"}]}, url="http://x/right")
    both = value_set({"valueSet": ["http://x/left", "http://x/right"]})
    either = value_set({"valueSet": ["http://x/left"]}, {"valueSet": ["http://x/right"]})
    below = value_set(select("is-a", "any") | {"valueSet": ["http://x/right"]})
    assert listed(both, left, right) == {"s"} and judge(both, SIZES.url, "xs", left, right) is False
    assert listed(either, left, right) == {"s", "xs", "big"} and judge(either, SIZES.url, "xs", left, right) is True
    assert listed(below, right) == {"big"}
    assert judge(value_set({"valueSet": ["http://x/gone"]}), SIZES.url, "s") is None


def test_what_is_excluded_is_out() -> None:
    found = value_set({"system": SIZES.url}, exclude=(select("is-a", "any"),))
    assert listed(found) == {"s", "xs"} and judge(found, SIZES.url, "big") is False
    open_end = value_set({"system": SIZES.url}, exclude=({"valueSet": ["http://x/gone"]},))
    assert judge(open_end, SIZES.url, "s") is None and judge(open_end, SIZES.url, "l") is False


def test_value_sets_that_take_each_other_in_come_to_an_end() -> None:
    found = value_set({"valueSet": ["http://x/vs"]})
    assert judge(found, SIZES.url, "s") is None and listed(found) is None


def test_an_expansion_lists_what_no_rule_here_can() -> None:
    contains = [{"system": "http://x/far", "code": "a", "contains": [{"system": "http://x/far", "code": "b"}]}]
    bare = parse_value_set({"url": "http://x/vs", "expansion": {"total": 2, "contains": contains}})
    assert listed(bare) == {"a", "b"} and judge(bare, "http://x/far", "c") is False
    grouped = {"display": "All", "abstract": True, "contains": contains}
    assert parse_value_set({"url": "http://x/vs", "expansion": {"total": 3, "contains": [grouped]}}).whole
    for part in ({"offset": 20}, {"parameter": [{"name": "limitedExpansion", "valueBoolean": True}]}):
        assert not parse_value_set({"url": "http://x/vs", "expansion": {"contains": contains} | part}).whole
    cut = parse_value_set({"url": "http://x/vs", "expansion": {"total": 900, "contains": contains}})
    assert listed(cut) is None and judge(cut, "http://x/far", "b") is True and judge(cut, "http://x/far", "c") is None
    ruled = value_set(select("is-a", "z", system="http://x/far"), expansion={"contains": contains})
    assert judge(ruled, "http://x/far", "b") is True and judge(ruled, "http://x/far", "c") is None


def test_facts_of_value_sets_and_code_systems_come_back_as_they_were() -> None:
    found = value_set(
        {"system": SIZES.url, "version": "2", "concept": [{"code": "s", "display": "Small"}, {"code": "xs"}]},
        select("is-a", "any") | {"valueSet": ["http://x/right"]},
        exclude=({"system": SIZES.url},),
        expansion={"contains": [{"system": "x", "code": "y", "display": "z"}]},
        version="1",
        name="Sizes",
    )
    assert value_set_from_facts(value_set_to_facts(found), "") == found
    for system in SYSTEMS.values():
        assert code_system_from_facts(code_system_to_facts(system), "") == system


def test_circles_in_a_hierarchy_come_to_an_end() -> None:
    concepts = [
        {"code": "a", "property": [{"code": "parent", "valueCode": "b"}]},
        {"code": "b", "property": [{"code": "parent", "valueCode": "a"}]},
    ]
    system = parse_code_system({"url": "http://x/ring", "concept": concepts})
    assert system.is_below("a", "b") and not system.is_below("a", "c")


def test_misshapen_resources_are_read_as_far_as_they_go() -> None:
    wild: dict[str, Any] = {
        "url": 5,
        "compose": [],
        "concept": {"code": 1},
        "expansion": {"contains": [3, {"code": []}]},
    }
    assert parse_value_set(wild).includes == () and isinstance(parse_code_system(wild), CodeSystem)
    assert parse_value_set({"compose": {"include": [{"concept": 3, "filter": [4], "valueSet": [None]}]}}).includes


@pytest.mark.parametrize("release", ["4.0", "4.3", "5.0"])
def test_the_codes_of_each_release_are_here(release: str) -> None:
    definitions = load_definitions(release)
    gender = definitions.value_set(FHIR + "administrative-gender")
    assert gender and {code for _, code in gender.codes() or ()} == {"male", "female", "other", "unknown"}
    status = definitions.judge_code(FHIR + "observation-status", "http://hl7.org/fhir/observation-status", "finale")
    assert status.found is False
    types = definitions.value_set(FHIR + "identifier-type")
    assert types and (HL7 + "CodeSystem/v2-0203", "MR") in set(types.codes() or ())
    marital = definitions.judge_code(FHIR + "marital-status", HL7 + "CodeSystem/v3-MaritalStatus", "M")
    assert marital.found is True
    encounter = HL7 + "ValueSet/v3-ActEncounterCode"
    assert definitions.judge_code(encounter, HL7 + "CodeSystem/v3-ActCode", "AMB").found is True
    assert definitions.judge_code(encounter, HL7 + "CodeSystem/v3-ActCode", "_ActEncounterCode").found is False
    system = definitions.code_system("http://hl7.org/fhir/administrative-gender")
    assert system and system.display_of("female") == "Female" and system.has("woman") is False


@pytest.mark.parametrize("release", ["4.0", "4.3", "5.0"])
def test_required_bindings_of_a_release_can_be_judged(release: str) -> None:
    """Each value set is here, and no code makes any of them stumble; what stays undecided says why."""
    definitions = load_definitions(release)
    undecided = set()
    for head in definitions.structure_heads():
        structure = definitions.structure(head.url) if head.derivation == "specialization" else None
        for element in structure.elements if structure else ():
            if element.binding and element.binding.strength == "required":
                membership = definitions.judge_code(element.binding.value_set, "", "no-such-code")
                if membership.found is None:
                    undecided.add((element.binding.value_set.partition("|")[0], membership.reason))
    told = {url for url, _ in undecided}
    assert told <= {FHIR + "timezones", "http://loinc.org/LL2938-0/"}, undecided


def test_unknown_value_sets_are_undecided() -> None:
    membership = load_definitions("4.0").judge_code("http://x/nothing", "s", "c")
    assert membership.found is None and "not installed" in membership.reason
