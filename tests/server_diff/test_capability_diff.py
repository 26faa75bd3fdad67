from __future__ import annotations

import copy
import random
import time
from pathlib import Path
from typing import Any

import pytest

from workbench.diff.difference import Difference
from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json, parse_json
from workbench.server_diff.capability_diff import diff_capability_statements
from workbench.server_diff.capability_reader import read_capability

SHARED = Path(__file__).parents[3] / "shared" / "data" / "capability-statements"
REAL = ("cerner-dstu2", "epic-stu3", "azure-r4", "lantern-r4-extensions")


def patient(**more: Any) -> Json:
    return {
        "type": "Patient",
        "interaction": [{"code": "read"}, {"code": "search-type"}, {"code": "update"}],
        "searchParam": [{"name": "name", "type": "string"}, {"name": "birthdate", "type": "date"}],
    } | more


def statement(*resources: Json, rest: Json | None = None, **more: Any) -> Json:
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-01",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json", "xml"],
        "rest": [{"mode": "server", "resource": list(resources) or [patient()]} | (rest or {})],
    } | more


def grades(left: Json, right: Json) -> dict[str, str]:
    return {row.path: row.grade for row in diff_capability_statements(left, right)}


def only_row(left: Json, right: Json) -> Difference:
    (row,) = diff_capability_statements(left, right)
    return row


def real(name: str) -> Json:
    path = SHARED / f"{name}.json"
    if not path.exists():
        pytest.skip(f"{path} is not on this machine: the capability statements of real servers are shared data")
    return dict(parse_json(path.read_bytes()))


def test_the_same_statement_has_no_rows() -> None:
    assert diff_capability_statements(statement(), copy.deepcopy(statement())) == ()


def test_another_date_alone_says_so() -> None:
    row = only_row(statement(), statement(date="2026-02-02"))
    assert (row.path, row.kind, row.left, row.right, row.grade) == (
        "date",
        "changed",
        "2026-01-01",
        "2026-02-02",
        "information",
    )
    assert "written at another time" in row.why


def test_an_interaction_that_is_gone_breaks_the_app_that_uses_it() -> None:
    right = statement(patient(interaction=[{"code": "read"}, {"code": "search-type"}]))
    row = only_row(statement(), right)
    assert (row.path, row.aspect, row.kind) == (
        "rest[server].resource[Patient].interaction[update]",
        "interaction",
        "removed",
    )
    assert (row.left, row.right, row.grade) == ("update", None, "breaks-sender")
    assert row.why == ("An app can no longer replace a Patient (PUT): take that step out, or find another way for it.")
    back = only_row(right, statement())
    assert (back.kind, back.grade) == ("added", "compatible")


def test_a_type_that_is_gone_is_one_row_with_its_counts() -> None:
    observation = {"type": "Observation", "interaction": [{"code": "read"}], "searchParam": [{"name": "a"}] * 1}
    row = only_row(statement(patient(), observation), statement())
    assert (row.path, row.left, row.grade) == (
        "rest[server].resource[Observation]",
        "1 interaction, 1 search parameter",
        "breaks-sender",
    )


def test_order_and_documentation_are_no_difference() -> None:
    left = statement(patient(documentation="a"), {"type": "Group"})
    right = statement({"type": "Group"}, patient(documentation="b"))
    parameters = right["rest"][0]["resource"][1]["searchParam"]
    parameters.reverse()
    parameters[0]["documentation"] = "By birth date."
    assert diff_capability_statements(left, right) == ()


def test_a_parameter_of_another_type_breaks_a_search() -> None:
    right = statement(patient(searchParam=[{"name": "name", "type": "token"}, {"name": "birthdate", "type": "date"}]))
    row = only_row(statement(), right)
    assert (row.path, row.aspect, row.left, row.right, row.grade) == (
        "rest[server].resource[Patient].searchParam[name]",
        "type",
        "string",
        "token",
        "breaks-sender",
    )


def test_a_result_parameter_that_is_not_named_only_informs() -> None:
    with_count = [*patient()["searchParam"], {"name": "_count", "type": "number"}]
    assert only_row(statement(patient(searchParam=with_count)), statement()).grade == "information"


def test_a_search_that_is_gone_speaks_for_its_parameters() -> None:
    right = statement(patient(interaction=[{"code": "read"}, {"code": "update"}], searchParam=[]))
    assert [row.path for row in diff_capability_statements(statement(), right)] == [
        "rest[server].resource[Patient].interaction[search-type]"
    ]


def test_formats_are_known_by_what_they_are() -> None:
    left = statement(format=["json", "application/fhir+xml"])
    assert grades(left, statement(format=["application/fhir+json"])) == {
        "format[xml]": "breaks-both",
        "format[json]": "information",
    }
    assert grades(statement(format=["json"]), statement(format=["json", "xml"])) == {"format[xml]": "compatible"}


@pytest.mark.parametrize(
    ("left", "right", "grade"),
    [("4.0.1", "4.0.0", "information"), ("4.0.1", "4.3.0", "breaks-both"), ("3.0.1", "4.0.1", "breaks-both")],
)
def test_another_release_breaks_both_ways(left: str, right: str, grade: str) -> None:
    assert grades(statement(fhirVersion=left), statement(fhirVersion=right)) == {"fhirVersion": grade}


@pytest.mark.parametrize(
    ("element", "left", "right", "grade"),
    [
        ("versioning", "versioned", "versioned-update", "breaks-sender"),
        ("versioning", "versioned", "no-version", "breaks-receiver"),
        ("versioning", "versioned-update", "no-version", "breaks-both"),
        ("versioning", "no-version", "versioned", "compatible"),
        ("versioning", "versioned", None, "information"),
        ("readHistory", True, False, "breaks-sender"),
        ("readHistory", True, None, "breaks-sender"),
        ("updateCreate", False, True, "compatible"),
        ("conditionalCreate", True, False, "breaks-sender"),
        ("conditionalRead", "full-support", "not-match", "breaks-sender"),
        ("conditionalRead", "not-match", "full-support", "compatible"),
        ("conditionalDelete", "single", "multiple", "breaks-sender"),
        ("conditionalDelete", "single", "not-supported", "breaks-sender"),
        ("conditionalDelete", "not-supported", "single", "compatible"),
        ("conditionalPatch", True, False, "breaks-sender"),
    ],
)
def test_values_of_a_type_are_graded_by_what_they_mean(element: str, left: Any, right: Any, grade: str) -> None:
    sides = [statement(patient(**({element: value} if value is not None else {}))) for value in (left, right)]
    row = only_row(*sides)
    assert (row.path, row.grade) == (f"rest[server].resource[Patient].{element}", grade)
    assert row.why.endswith(".")


def test_what_is_not_claimed_is_what_is_denied() -> None:
    denied = patient(readHistory=False, updateCreate=False, conditionalDelete="not-supported")
    assert diff_capability_statements(statement(denied), statement()) == ()


@pytest.mark.parametrize(
    ("lost", "gained"), [("literal", "breaks-sender"), ("enforced", "compatible"), ("resolves", "breaks-receiver")]
)
def test_reference_policies(lost: str, gained: str) -> None:
    assert only_row(statement(patient(referencePolicy=[lost])), statement()).grade == gained


def test_a_profile_of_another_version_concerns_writers_too() -> None:
    url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
    old, new = (patient(supportedProfile=[f"{url}|{version}"]) for version in ("5.0.1", "6.1.0"))
    row = only_row(statement(old), statement(new))
    assert (row.path, row.grade) == (f"rest[server].resource[Patient].supportedProfile[{url}]", "breaks-both")
    reader = {"interaction": [{"code": "read"}, {"code": "search-type"}]}
    assert only_row(statement(old | reader), statement(new | reader)).grade == "breaks-receiver"
    assert only_row(statement(old), statement()).grade == "breaks-receiver"


def test_profiles_are_the_same_however_a_release_names_them() -> None:
    url = "http://example.org/StructureDefinition/p"
    dstu2 = statement(patient(profile={"reference": url}), fhirVersion="1.0.2") | {"resourceType": "Conformance"}
    stu3 = statement(patient(profile={"reference": url}), fhirVersion="3.0.1")
    r4 = statement(patient(supportedProfile=[url]))
    top = statement(fhirVersion="3.0.1", profile=[{"reference": url}])
    for left in (dstu2, stu3, top):
        assert grades(left, r4).keys() - {f"rest[server].resource[Patient].supportedProfile[{url}]"} == {"fhirVersion"}
    assert grades(stu3, r4) == {"fhirVersion": "breaks-both"}


def test_an_operation_named_at_its_type_has_moved_and_is_not_lost() -> None:
    url = "http://hl7.org/fhir/OperationDefinition/Patient-everything"
    everything = [{"name": "everything", "definition": url}]
    left = statement(rest={"operation": everything})
    right = statement(patient(operation=[{"name": "$everything", "definition": url}]))
    row = next(
        row for row in diff_capability_statements(left, right) if row.path == "rest[server].operation[everything]"
    )
    assert (row.left, row.right, row.grade) == ("for the server", "at its type", "information")
    assert only_row(left, statement()).grade == "breaks-sender"


def test_a_prohibited_interaction_is_not_offered() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-prohibited"
    prohibited = {"code": "update", "modifierExtension": [{"url": url, "valueBoolean": True}]}
    right = statement(patient(interaction=[{"code": "read"}, {"code": "search-type"}, prohibited]))
    assert grades(statement(), right) == {"rest[server].resource[Patient].interaction[update]": "breaks-sender"}


def test_a_weaker_expectation_is_not_to_be_counted_on() -> None:
    def asks(code: str) -> Json:
        url = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation"
        update = {"code": "update", "extension": [{"url": url, "valueCode": code}]}
        return statement(patient(interaction=[{"code": "read"}, {"code": "search-type"}, update]))

    row = only_row(asks("SHALL"), asks("MAY"))
    assert (row.aspect, row.left, row.right, row.grade) == ("expectation", "SHALL", "MAY", "breaks-sender")
    assert only_row(asks("SHOULD"), asks("SHALL")).grade == "compatible"


def test_includes_covered_by_a_wildcard_are_not_lost() -> None:
    left = statement(patient(searchInclude=["Patient:organization", "Patient:link"]))
    assert grades(left, statement(patient(searchInclude=["*"]))) == {
        "rest[server].resource[Patient].searchInclude[*]": "compatible"
    }


def test_a_long_list_of_includes_is_one_row() -> None:
    left = statement(patient(searchRevInclude=[f"Type{n}:patient" for n in range(30)]))
    row = only_row(left, statement())
    assert (row.path, row.left) == ("rest[server].resource[Patient].searchRevInclude", "30 named")
    assert "Type29:patient" in row.why


def test_security_is_judged_by_who_may_still_sign_in() -> None:
    def secured(**security: Any) -> Json:
        return statement(rest={"security": security})

    smart = [{"coding": [{"system": "a", "code": "SMART-on-FHIR"}]}]
    other_system = [{"coding": [{"system": "b", "code": "SMART-on-FHIR"}]}]
    assert diff_capability_statements(secured(service=smart), secured(service=other_system)) == ()
    place = "rest[server].security.service[SMART-on-FHIR]"
    assert grades(secured(service=smart), secured()) == {place: "breaks-sender"}
    assert grades(secured(), secured(service=smart)) == {place: "breaks-sender"}
    assert grades(secured(cors=True), secured(cors=False)) == {"rest[server].security.cors": "breaks-sender"}
    assert grades(secured(cors=True), secured()) == {"rest[server].security.cors": "information"}


def test_addresses_of_a_server_are_its_own() -> None:
    def at(host: str) -> Json:
        url = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
        parts = [{"url": name, "valueUri": f"https://{host}/{name}"} for name in ("authorize", "token")]
        security = {"extension": [{"url": url, "extension": parts}]}
        return statement(rest={"security": security}, implementation={"description": "x", "url": f"https://{host}"})

    found = grades(at("a"), at("b"))
    assert set(found.values()) == {"information"}
    assert "rest[server].security.oauth-uris[token]" in found


def test_dstu2_says_transactions_in_its_own_way() -> None:
    left = statement(rest={"transactionMode": "both"}, fhirVersion="1.0.2") | {"resourceType": "Conformance"}
    right = statement(rest={"interaction": [{"code": "batch"}, {"code": "transaction"}]}, fhirVersion="3.0.1")
    assert grades(left, right) == {"fhirVersion": "breaks-both"}


def test_a_type_under_its_new_name_is_held_against_the_old_one() -> None:
    order = patient() | {"type": "MedicationOrder"}
    left = statement(order, fhirVersion="1.0.2") | {"resourceType": "Conformance"}
    right = statement(order | {"type": "MedicationRequest"})
    assert grades(left, right) == {
        "fhirVersion": "breaks-both",
        "rest[server].resource[MedicationOrder]": "breaks-both",
    }
    back = diff_capability_statements(right, left)
    assert [(row.left, row.right) for row in back if row.aspect == "type"] == [("MedicationRequest", "MedicationOrder")]


def test_what_holds_of_every_type_is_told_once() -> None:
    names = ("Account", "Device", "Encounter", "Goal", "Patient", "Procedure")
    left = statement(*(patient() | {"type": name, "versioning": "versioned"} for name in names))
    right = statement(*(patient() | {"type": name, "versioning": "no-version"} for name in names))
    row = only_row(left, right)
    assert (row.path, row.grade) == ("rest[server].resource[*].versioning", "breaks-receiver")
    assert "each of the 6 types" in row.why


def test_a_client_that_asks_for_more_breaks_the_server_it_meets() -> None:
    one = statement(rest={"mode": "client"})
    more = statement(patient(interaction=[*patient()["interaction"], {"code": "create"}]), rest={"mode": "client"})
    assert grades(one, more) == {"rest[client].resource[Patient].interaction[create]": "breaks-receiver"}
    assert grades(more, one) == {"rest[client].resource[Patient].interaction[create]": "compatible"}


def test_messages_and_documents() -> None:
    endpoint = {"protocol": {"code": "mllp"}, "address": "mllp:10.0.0.1:1"}
    messaging = [{"endpoint": [endpoint], "supportedMessage": [{"mode": "sender", "definition": "M"}]}]
    left = statement(messaging=messaging, document=[{"mode": "consumer", "profile": "http://p"}])
    assert grades(left, statement()) == {
        "messaging.endpoint[mllp]": "breaks-sender",
        "messaging.supportedMessage[sender M]": "breaks-receiver",
        "document[consumer http://p]": "breaks-sender",
    }


def test_a_side_that_is_no_statement_is_refused_in_words() -> None:
    with pytest.raises(WorkbenchError, match="not a capability statement but a resource of type Patient"):
        diff_capability_statements({"resourceType": "Patient"}, statement())
    values: list[Any] = [None, [], "x", 1, {}]
    for value in values:
        with pytest.raises(WorkbenchError, match="no FHIR resource"):
            read_capability(value)


BROKEN: list[Any] = [None, "x", 1, True, [], {}, [1], [None], [[]], [{}], [{"code": 1}], {"a": []}]


@pytest.mark.parametrize("value", BROKEN)
def test_badly_formed_parts_are_told_and_the_rest_is_compared(value: Any) -> None:
    right = statement(date="2026-02-02")
    broken: list[Json] = [statement() | {name: value} for name in ("rest", "format", "messaging", "software", "date")]
    for name in ("resource", "interaction", "operation", "security", "mode", "searchParam", "compartment"):
        broken.append(statement(rest={name: value}))
    for name in ("interaction", "searchParam", "supportedProfile", "type", "versioning", "searchInclude", "extension"):
        broken.append(statement(patient(**{name: value})))
    for each in broken:
        rows = diff_capability_statements(each, right)
        assert all(row.why and row.kind in ("added", "removed", "changed") for row in rows)
        assert diff_capability_statements(each, each) == ()
    if isinstance(value, str):
        (row, *_) = diff_capability_statements(statement() | {"rest": "x"}, statement())
        assert (row.path, row.left, row.right) == ("rest", "badly formed", None)
        assert "is a text and not an array" in row.why


def mutated(value: Any, chance: random.Random) -> Any:
    """`value` with some of its parts taken away, doubled, or put where something else belongs."""
    if chance.random() < 0.02:
        return chance.choice([None, True, 7, "x", "http://x|1", [], {}, [[]], [None], {"code": ["x"]}])
    if isinstance(value, dict):
        return {key: mutated(item, chance) for key, item in value.items() if chance.random() > 0.02}
    if isinstance(value, list):
        items = [mutated(item, chance) for item in value]
        return items + items[: chance.randint(0, 2)] if chance.random() < 0.1 else items
    return value


def test_mutated_statements_never_crash_and_are_the_same_as_themselves() -> None:
    chance = random.Random(7)  # noqa: S311  # the same at every run
    whole = statement(
        *(patient(profile="http://p", supportedProfile=["http://q|1"]) | {"type": f"T{n}"} for n in range(7)),
        rest={
            "interaction": [{"code": "batch"}],
            "operation": [{"name": "x", "definition": "http://o"}],
            "security": {"cors": True, "service": [{"coding": [{"code": "OAuth"}]}]},
        },
        messaging=[{"endpoint": [{"protocol": {"code": "mllp"}, "address": "m"}]}],
        software={"name": "S", "version": "1"},
    )
    for _ in range(300):
        broken = mutated(whole, chance)
        if not isinstance(broken, dict) or broken.get("resourceType") != "CapabilityStatement":
            continue
        assert diff_capability_statements(broken, copy.deepcopy(broken)) == ()
        for rows in (diff_capability_statements(broken, whole), diff_capability_statements(whole, broken)):
            assert all(row.path and row.why and row.kind in ("added", "removed", "changed") for row in rows)


def test_how_binding_things_are_is_told_once_where_one_side_never_says() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation"
    binding = {"extension": [{"url": url, "valueCode": "SHALL"}]}
    types = ("Account", "Device", "Encounter")
    plain = [patient() | {"type": name} for name in types]
    said = [each | {"interaction": [item | binding for item in each["interaction"]]} for each in plain]
    row = only_row(statement(*plain), statement(*said))
    assert (row.path, row.aspect, row.right) == ("rest[server].resource[*]", "expectation", "said of 9")


def test_a_statement_without_rest_offers_nothing() -> None:
    left = statement()
    del left["rest"]
    assert grades(left, statement()) == {"rest[server]": "compatible"}
    assert grades(statement(), left) == {"rest[server]": "breaks-sender"}


def test_ten_thousand_parameters_take_no_time() -> None:
    many = [{"name": f"p{number}", "type": "string"} for number in range(10_000)]
    left = statement(patient(searchParam=many))
    right = statement(patient(searchParam=[*reversed(many[1:]), {"name": "q", "type": "string"}]))
    started = time.process_time()
    assert len(diff_capability_statements(left, right)) == 2
    assert time.process_time() - started < 2


@pytest.mark.parametrize("name", REAL)
def test_a_real_statement_is_read_whole_and_is_the_same_as_itself(name: str) -> None:
    resource = real(name)
    assert read_capability(resource).faults == ()
    assert diff_capability_statements(resource, copy.deepcopy(resource)) == ()
    (row,) = diff_capability_statements(resource, resource | {"date": "2030-01-01"})
    assert row.path == "date"


@pytest.mark.parametrize(("left", "right"), [(a, b) for a in REAL for b in REAL if a != b])
def test_vendors_side_by_side_read_well(left: str, right: str) -> None:
    rows = diff_capability_statements(real(left), real(right))
    assert 20 < len(rows) < 300
    assert len({(row.path, row.aspect) for row in rows}) == len(rows)
    assert all(row.why.endswith(".") and "{" not in row.why for row in rows)


def test_releases_are_seen_from_the_content() -> None:
    assert [read_capability(real(name)).release for name in REAL] == ["DSTU2", "STU3", "R4", "R4"]


@pytest.mark.parametrize(
    ("more", "release"),
    [
        ({"acceptUnknown": "no"}, "STU3"),
        ({"rest": [{"mode": "server", "resource": [{"type": "Patient", "supportedProfile": ["x"]}]}]}, "R4"),
        ({"rest": [{"mode": "server", "resource": [{"type": "Patient", "conditionalPatch": True}]}]}, "R5"),
        ({"resourceType": "Conformance"}, "DSTU2"),
        ({"fhirVersion": "4.3.0"}, "R4B"),
        ({"fhirVersion": "4.6.0"}, "R5"),
        ({"fhirVersion": "what"}, ""),
    ],
)
def test_a_release_that_is_not_said_shows_in_the_shape(more: Json, release: str) -> None:
    base = {key: value for key, value in statement().items() if key != "fhirVersion"}
    assert read_capability(base | more).release == release
