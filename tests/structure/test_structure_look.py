from __future__ import annotations

import random
import tarfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from workbench.fhir.resource import Json, parse_resource
from workbench.structure.issue_log import IssueLog
from workbench.structure.structure_look import check_structure, structure_look_of

PACKAGES = Path(__file__).parents[3] / "shared/data/us-core-packages"
NOTE: Json = {"url": "http://example.org/note", "valueString": "not asked"}
NOTED: Json = {"extension": [NOTE]}
PATIENT: Json = {
    "resourceType": "Patient",
    "id": "a",
    "active": True,
    "name": [
        {"use": "official", "family": "Okafor", "given": ["Amara", None], "_given": [None, {"extension": [NOTE]}]}
    ],
    "gender": "female",
    "birthDate": "1984-03-12",
    "_birthDate": {"extension": [{"url": "http://example.org/time", "valueDateTime": "1984-03-12T10:00:00Z"}]},
    "contact": [{"name": {"text": "Ngozi"}}],
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Amara</div>'},
    "contained": [{"resourceType": "Organization", "id": "o", "name": "Clinic"}],
    "managingOrganization": {"reference": "#o"},
}
OBSERVATION: Json = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "Heart rate"},
    "valueQuantity": {"value": Decimal("72.50"), "unit": "/min"},
}


def faults_of(resource: Json) -> list[tuple[str, str]]:
    return [(issue.code, issue.path) for issue in check_structure(resource)]


@pytest.mark.parametrize("resource", [PATIENT, OBSERVATION], ids=["patient", "observation"])
def test_a_sound_resource_has_no_issue(resource: Json) -> None:
    assert check_structure(resource) == ()


@pytest.mark.parametrize(
    ("change", "code", "path", "words"),
    [
        ({"shoeSize": 9}, "structure", "Patient.shoeSize", "“shoeSize” is not an element of Patient."),
        ({"brithDate": "1984"}, "structure", "Patient.brithDate", "Did you mean “birthDate”?"),
        ({"name": {"family": "A"}}, "structure", "Patient.name", "“name” repeats and must be an array."),
        ({"name": []}, "structure", "Patient.name", "is an empty array"),
        ({"name": ["Amara"]}, "structure", "Patient.name[0]", "must be an object (HumanName)"),
        ({"name": [{}]}, "structure", "Patient.name[0]", "is empty"),
        ({"name": [None]}, "structure", "Patient.name[0]", "holds null; take it out"),
        ({"name": [{"family": ["A"]}]}, "structure", "Patient.name[0].family", "must not be an array"),
        (
            {"name": [{"given": [None]}]},
            "value",
            "Patient.name[0].given[0]",
            "holds null; take it out, since “_given” has nothing",
        ),
        ({"gender": "man"}, "code-invalid", "Patient.gender", "it has female, male, other, unknown."),
        ({"gender": ["male"]}, "structure", "Patient.gender", "must not be an array"),
        ({"active": "yes"}, "value", "Patient.active", "must be true or false, and is “yes”"),
        ({"active": None}, "value", "Patient.active", "is null"),
        (
            {"birthDate": "12.03.1984"},
            "value",
            "Patient.birthDate",
            "or 2026-03-12): “12.03.1984”",
        ),
        ({"birthDate": "1984-02-30"}, "value", "Patient.birthDate", "is no day of the calendar"),
        ({"birthDate": 1984}, "value", "Patient.birthDate", "must be a text in quotes (date), and is the number 1984"),
        ({"birthDate": ""}, "value", "Patient.birthDate", "is empty"),
        ({"id": "a b"}, "value", "Patient.id", "holds a blank, and an id may hold only"),
        ({"id": "x" * 65}, "value", "Patient.id", "has 65 characters, and an id may have 64"),
        ({"language": "a\x00"}, "value", "Patient.language", "U+0000, at character 2"),
        ({"multipleBirthInteger": True}, "value", "Patient.multipleBirth", "must be a whole number"),
        ({"multipleBirthInteger": 2**31}, "value", "Patient.multipleBirth", "must lie between"),
        (
            {"multipleBirthInteger": 1, "multipleBirthBoolean": True},
            "structure",
            "Patient.multipleBirth",
            "stand together",
        ),
        ({"contact": [{"gender": "man"}]}, "code-invalid", "Patient.contact[0].gender", "is not in the value set"),
        ({"link": [{"type": "refer"}]}, "required", "Patient.link[0].other", "“other” is missing"),
        ({"text": {"status": "generated", "div": "Amara"}}, "value", "Patient.text.div", "XHTML"),
        ({"photo": [{"data": "no base64!"}]}, "value", "Patient.photo[0].data", "is not base64"),
        ({"implicitRules": "a b"}, "value", "Patient.implicitRules", "must not hold blanks"),
        ({"contained": [{"id": "x"}]}, "structure", "Patient.contained[0]", "“resourceType” is missing"),
        (
            {"contained": [{"resourceType": "Shoe"}]},
            "structure",
            "Patient.contained[0]",
            "“Shoe” is not a resource type",
        ),
        ({"contained": [{"resourceType": "Patient", "x": 1}]}, "structure", "Patient.contained[0].x", "not an element"),
        (
            {"managingOrganization": {"reference": "Patient/a"}},
            "value",
            "Patient.managingOrganization.reference",
            "only to Organization",
        ),
        ({"_birthDate": [{"id": "x"}]}, "structure", "Patient.birthDate", "must not be an array here"),
        (
            {"_birthDate": {"value": "x"}},
            "structure",
            "Patient.birthDate.value",
            "holds an id and extensions alone, and not “value”",
        ),
        ({"_contact": [{"id": "x"}]}, "structure", "Patient.contact", "has no place here"),
        ({"extension": [{"valueString": "x"}]}, "required", "Patient.extension[0].url", "“url” is missing"),
    ],
)
def test_a_fault_is_told_with_its_place(change: Json, code: str, path: str, words: str) -> None:
    issues = check_structure(PATIENT | change)
    assert [(issue.code, issue.path) for issue in issues] == [(code, path)]
    assert words in issues[0].message and issues[0].is_error


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"status": None}, ("value", "Observation.status")),
        ({"code": {"text": 1}}, ("value", "Observation.code.text")),
        ({"valueQuantity": {"value": "72"}}, ("value", "Observation.value.value")),
        ({"valueString": "x"}, ("structure", "Observation.value")),
        ({"value": "x"}, ("structure", "Observation.value")),
        ({"valueReference": {"reference": "Patient/a"}}, ("structure", "Observation.valueReference")),
        ({"effectiveInstant": "2026-03-01"}, ("value", "Observation.effective")),
        ({"subject": {"reference": "Practitioner/a"}}, ("value", "Observation.subject.reference")),
        ({"resourceType": "Condition"}, ("required", "Condition.subject")),
    ],
)
def test_a_fault_of_an_observation_is_found(change: Json, fault: tuple[str, str]) -> None:
    assert fault in faults_of(OBSERVATION | change)


def test_what_is_required_may_be_an_extension_alone() -> None:
    absent = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    resource = {name: item for name, item in OBSERVATION.items() if name != "status"}
    assert faults_of(resource) == [("required", "Observation.status")]
    assert faults_of(resource | {"_status": {"extension": [absent]}}) == []


def test_a_required_code_of_a_concept_is_judged_by_its_system() -> None:
    def condition(system: str, code: str) -> Json:
        status = {"coding": [{"system": system, "code": code}]}
        return {"resourceType": "Condition", "subject": {"reference": "Patient/a"}, "clinicalStatus": status}

    system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    assert faults_of(condition(system, "active")) == []
    assert faults_of(condition(system, "open")) == [("code-invalid", "Condition.clinicalStatus")]
    assert faults_of(condition("http://example.org", "active")) == [("code-invalid", "Condition.clinicalStatus")]


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"resourceType": None},
        {"resourceType": 1},
        {"resourceType": "Element"},
        {"resourceType": "Shoe"},
        {"resourceType": []},
    ],
)
def test_what_is_no_resource_is_told(resource: Json) -> None:
    assert faults_of(resource)[0][0] == "structure"


def test_many_faults_are_told_up_to_a_limit() -> None:
    *told, more = check_structure({"resourceType": "Patient"} | {f"x{n}": 1 for n in range(2000)})
    assert len(told) == 1000 and "others are not listed" in more.message


def official_examples() -> Iterator[tuple[str, bytes]]:
    for path in sorted(PACKAGES.glob("*.tgz")):
        with tarfile.open(path) as package:
            for member in package:
                content = package.extractfile(member) if "/example/" in member.name else None
                if content is not None and member.name.endswith(".json") and not member.name.endswith(".index.json"):
                    yield f"{path.stem}/{member.name}", content.read()


def mutate(value: Any, chance: random.Random) -> Any:
    """A copy of `value` with one leaf or branch of it replaced."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        name = chance.choice([key, key, key, f"_{key}", "valueString", "id"])
        return {k: v for k, v in value.items() if k != key} | {name: mutate(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        return [*value[:at], mutate(value[at], chance), *value[at + 1 :]]
    return chance.choice(
        [None, True, 0, -1, Decimal("1.5"), "", "a", "\n", "\x00", "2026-03-01", "2026-W01-1", [], {}, ["a"]]
    )


def test_a_quick_yes_is_never_wrong_and_a_needless_no_is_seldom() -> None:
    chance = random.Random(3)  # noqa: S311 # the same resources at each run
    plain = PATIENT | {"name": [{"use": "official", "family": "Okafor", "given": ["Amara"]}]}
    look = structure_look_of("4.0")
    is_sound = look.soundness.is_sound
    quick = slow = 0
    for _ in range(6000):
        resource = mutate(chance.choice([PATIENT, OBSERVATION, plain]), chance)
        if isinstance(resource, dict):
            log = IssueLog()
            look.look_closely(resource, log)
            faults = log.issues
            assert not (is_sound(resource) and faults), resource
            quick += is_sound(resource)
            slow += not is_sound(resource) and not faults
    assert quick > 100 and slow < 600


def test_the_frequent_shapes_get_a_quick_yes() -> None:
    plain = {name: value for name, value in PATIENT.items() if name != "name"}
    is_sound = structure_look_of("4.0").soundness.is_sound
    assert is_sound(plain) and is_sound(OBSERVATION) and not is_sound(PATIENT | {"gender": "man"})


@pytest.mark.skipif(not PACKAGES.is_dir(), reason="the official US Core packages are not beside the checkout")
@pytest.mark.parametrize(
    ("change", "sound"),
    [
        ({"_birthDate": {"id": "b"}}, True),
        ({"_birthDate": {"id": ""}}, False),
        ({"_birthDate": {"id": "b"}, "birthDate": None}, False),
        ({"_language": {"id": "b"}}, False),
        ({"_resourceType": {"id": "b"}}, False),
        ({"_name": {"id": "b"}}, False),
    ],
)
def test_an_id_beside_a_primitive_is_seen_quickly_where_there_is_a_value(change: Json, sound: bool) -> None:
    resource = {"resourceType": "Patient", "name": [{"family": "Okafor"}], "birthDate": "1984"} | change
    assert structure_look_of("4.0").soundness.is_sound(resource) is sound
    assert (not check_structure(resource)) is sound


def test_the_official_examples_of_us_core_are_sound() -> None:
    examples = {name: check_structure(parse_resource(data)) for name, data in official_examples()}
    faulty = {name: [f"{i.path}: {i.message}" for i in issues] for name, issues in examples.items() if issues}
    assert len(examples) > 500 and len(faulty) <= len(examples) * 0.02, faulty


def test_a_library_that_is_not_ours_takes_what_we_call_sound() -> None:
    from fhir.resources.R4B import get_fhir_model_class

    from workbench.fhir.resource import to_json

    for resource in (PATIENT, OBSERVATION):
        get_fhir_model_class(resource["resourceType"]).model_validate_json(to_json(resource))


def test_a_library_that_is_not_ours_refuses_what_we_refuse() -> None:
    from fhir.resources.R4B import get_fhir_model_class

    from workbench.fhir.resource import to_json

    changes: tuple[Any, ...] = (
        {"shoeSize": 9},
        {"name": {"family": "A"}},
        {"birthDate": "12.03.1984"},
        {"multipleBirthInteger": 1, "multipleBirthBoolean": True},
        {"link": [{"type": "refer"}]},
    )
    for change in changes:
        assert check_structure(PATIENT | change)
        with pytest.raises(ValueError, match="validation error"):
            get_fhir_model_class("Patient").model_validate_json(to_json(PATIENT | change))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ProcedureRequest", "not a resource type of FHIR R4, but of STU3"),
        ("Transport", "not a resource type of FHIR R4, but of R5"),
        ("Pateint", "Did you mean “Patient”?"),
        ("Zzz", "“Zzz” is not a resource type of FHIR R4."),
    ],
)
def test_a_type_of_another_release_or_mistyped_is_told_as_such(name: str, words: str) -> None:
    (issue,) = check_structure({"resourceType": name, "id": "a"})
    assert words in issue.message
