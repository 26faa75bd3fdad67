"""Two structures are held against each other element by element, and graded in both directions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.definition_diff.structures import (
    US_CORE,
    diff,
    diff_elements,
    element,
    needs_packages,
    no_codes,
    published,
    structure,
    tell,
)
from workbench.definition_diff.structure_diff import StructureSide, diff_structures
from workbench.definitions.definitions import load_definitions
from workbench.definitions.structure import (
    Binding,
    Constraint,
    Discriminator,
    ElementType,
    ExtensionContext,
    Slicing,
)
from workbench.errors import WorkbenchError

TURNED = {"breaks-sender": "breaks-receiver", "breaks-receiver": "breaks-sender"}
SURE = ("min", "max", "type", "targetProfile", "profile", "mustSupport", "fixed", "pattern", "maxLength", "strength")
BIRTH = "Patient.birthDate"
RACE = US_CORE + "us-core-race"


def reference(*targets: str) -> dict[str, Any]:
    base = "http://hl7.org/fhir/StructureDefinition/"
    return {"types": (ElementType("Reference", targets=tuple(base + name for name in targets)),)}


def bound(strength: Any, value_set: str = "urn:v") -> dict[str, Any]:
    return {"binding": Binding(strength, value_set)}


A_CODE = ("Coding", {"code": "a"})
# Each line is a decision of the table in docs/differences.md: the facts on the left, on the right, what is told.
DECISIONS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"least": 0}, {"least": 1}, "min", "breaks-sender"),
    ({"least": 1}, {"least": 0}, "min", "breaks-receiver"),
    ({"most": None}, {"most": 1}, "max", "breaks-sender"),
    ({"most": 1}, {"most": None}, "max", "breaks-receiver"),
    ({"most": 1}, {"most": 0}, "max", "breaks-sender"),
    ({"most": 0}, {"most": 1}, "max", "breaks-receiver"),
    ({"types": ("date", "string")}, {"types": ("date",)}, "type", "breaks-sender"),
    ({"types": ("date",)}, {"types": ("date", "string")}, "type", "breaks-receiver"),
    ({"types": ("Coding",)}, {"types": ("CodeableConcept",)}, "type", "breaks-both"),
    ({"types": ("string",)}, {"types": ("markdown",)}, "type", "information"),
    ({"types": ("uri",)}, {"types": ("canonical",)}, "type", "breaks-sender"),
    ({"types": ("positiveInt",)}, {"types": ("unsignedInt",)}, "type", "breaks-receiver"),
    ({"types": ("date",)}, {"types": ("dateTime",)}, "type", "breaks-receiver"),
    ({"types": ("dateTime",)}, {"types": ("instant",)}, "type", "breaks-sender"),
    ({"types": ("integer",)}, {"types": ("integer64",)}, "type", "breaks-both"),
    (reference("Patient", "Group"), reference("Patient"), "targetProfile", "breaks-sender"),
    (reference("Patient"), reference("Patient", "Group"), "targetProfile", "breaks-receiver"),
    (reference("Patient"), reference("Resource"), "targetProfile", "breaks-receiver"),
    (reference(), reference("Patient"), "targetProfile", "breaks-sender"),
    ({}, {"must_support": True}, "mustSupport", "breaks-sender"),
    ({"must_support": True}, {}, "mustSupport", "breaks-receiver"),
    ({}, {"is_modifier": True}, "isModifier", "breaks-receiver"),
    ({}, {"is_summary": True}, "isSummary", "information"),
    ({}, {"most_length": 20}, "maxLength", "breaks-sender"),
    ({"most_length": 20}, {"most_length": 40}, "maxLength", "breaks-receiver"),
    ({}, {"fixed": ("code", "a")}, "fixed", "breaks-sender"),
    ({"fixed": ("code", "a")}, {}, "fixed", "breaks-receiver"),
    ({"fixed": ("code", "a")}, {"fixed": ("code", "b")}, "fixed", "breaks-both"),
    ({"pattern": A_CODE}, {"pattern": ("Coding", {"code": "a", "system": "s"})}, "pattern", "breaks-sender"),
    ({"pattern": A_CODE}, {"fixed": ("Coding", {"code": "a"})}, "fixed", "breaks-sender"),
    ({}, {"least_value": ("integer", 1)}, "minValue", "breaks-sender"),
    ({"most_value": ("integer", 1)}, {"most_value": ("integer", 2)}, "maxValue", "breaks-receiver"),
    ({}, bound("required"), "binding", "breaks-sender"),
    (bound("extensible"), {}, "binding", "breaks-receiver"),
    ({}, bound("example"), "binding", "information"),
    (bound("extensible"), bound("required"), "strength", "breaks-sender"),
    (bound("required"), bound("extensible"), "strength", "breaks-receiver"),
    (bound("example"), bound("preferred"), "strength", "information"),
    (bound("required"), bound("required", "urn:w"), "valueSet", "breaks-both"),
    (bound("example"), bound("example", "urn:w"), "valueSet", "information"),
]  # fmt: skip


def made(facts: dict[str, Any]) -> Any:
    given = {"least": 0, "most": 1, "types": ("string",), "base_most": None} | facts
    return element(BIRTH, given.pop("least"), given.pop("most"), *given.pop("types"), **given)


@pytest.mark.parametrize(("left", "right", "aspect", "grade"), DECISIONS)
def test_each_decision_of_the_table(left: dict[str, Any], right: dict[str, Any], aspect: str, grade: str) -> None:
    told = {row[1]: (row[0], row[5]) for row in diff_elements(made(left), made(right))}
    assert told[aspect] == (BIRTH, grade)


def test_forbidding_what_must_be_there_breaks_both() -> None:
    told = {row[1]: row[5] for row in diff_elements(made({"least": 1}), made({"least": 0, "most": 0}))}
    assert told == {"min": "breaks-receiver", "max": "breaks-both"}


@pytest.mark.parametrize(("left", "right", "aspect", "grade"), DECISIONS)
def test_turned_about_the_grade_turns(left: dict[str, Any], right: dict[str, Any], aspect: str, grade: str) -> None:
    told = {row[1]: row[5] for row in diff_elements(made(right), made(left))}
    if aspect in SURE:
        assert told[aspect] == TURNED.get(grade, grade)
    else:
        assert aspect in told


def test_every_row_says_why() -> None:
    rows = [row for left, right, *_ in DECISIONS for row in diff(structure(made(left)), structure(made(right)))]
    assert all(row.why.endswith(".") and row.path == BIRTH for row in rows)


def test_a_single_value_that_becomes_an_array_breaks_both_whose_json_differs() -> None:
    (row,) = diff(structure(element(BIRTH, 0, 1, "date")), structure(element(BIRTH, 0, None, "date")))
    assert tell(row) == (BIRTH, "max", "changed", "1", "*", "breaks-both")
    assert "an array on the right" in row.why


def test_the_version_of_a_canonical_is_no_difference() -> None:
    left, right = (made({"binding": Binding("required", f"urn:v|{version}")}) for version in ("4.0.1", "5.0.0"))
    assert diff_elements(left, right) == []


def test_codes_are_held_against_each_other_where_they_can_be_listed() -> None:
    sides = []
    for codes in ("ab", "bc"):
        listed = frozenset(("urn:s", code) for code in codes)
        given = structure(made(bound("required")))
        sides.append(StructureSide(given, load_definitions("4.0"), lambda canonical, listed=listed: listed))
    (row,) = diff_structures(*sides)
    assert tell(row) == (BIRTH, "codes", "changed", "a", "c", "breaks-both")
    assert "no longer takes a" in row.why


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ({}, bound("extensible"), "what none covers may be said by another code or text"),
        (bound("preferred"), bound("extensible"), "what none covers may be said by another code or text"),
        (bound("required"), bound("extensible"), "What no code of the value set covers may come from the right"),
        ({}, bound("required"), "outside this value set to the right is refused"),
        ({}, {"binding": Binding("preferred", "urn:v", most="urn:most")}, "outside urn:most to the right is refused"),
        (bound("extensible"), {"binding": Binding("extensible", "urn:v", most="urn:most")}, "outside this widest set"),
    ],
)
def test_an_extensible_binding_refuses_nothing_that_its_codes_do_not_cover(
    left: dict[str, Any], right: dict[str, Any], words: str
) -> None:
    """FHIR R4, Terminologies: other codes are for what the set does not cover; the widest set must be kept."""
    release = load_definitions("4.0")
    sides = [StructureSide(structure(made(facts)), release, lambda canonical: None) for facts in (left, right)]
    (row,) = diff_structures(*sides)
    assert words in row.why


@pytest.mark.parametrize(("kind", "told"), [("code", []), ("Coding", ["codes"]), ("CodeableConcept", ["codes"])])
def test_the_system_of_a_code_matters_where_it_is_sent(kind: str, told: list[str]) -> None:
    sides = []
    for system in ("urn:s", "urn:t"):
        listed = frozenset(((system, "a"),))
        given = structure(made({"binding": Binding("required", "urn:v"), "types": (kind,)}))
        sides.append(StructureSide(given, load_definitions("4.0"), lambda canonical, listed=listed: listed))
    assert [row.aspect for row in diff_structures(*sides)] == told


def test_in_a_choice_no_type_stands_in_for_another_since_it_is_part_of_the_name() -> None:
    sides = [structure(element("Patient.deceased[x]", 0, 1, kind)) for kind in ("string", "markdown")]
    (row,) = diff(sides[0], sides[1])
    assert (row.aspect, row.grade) == ("type", "breaks-both")


def test_elements_of_one_type_each_are_the_choice_that_is_called_so_in_json() -> None:
    choice = structure(element("Patient.item[x]", 1, 1, "CodeableConcept", "Reference", "string"))
    named = structure(
        element("Patient.itemCodeableConcept", 0, 1, "CodeableConcept"),
        element("Patient.itemReference", 0, None, "Reference"),
    )
    told = [(row.path, row.aspect, row.kind, row.left, row.right) for row in diff(choice, named)]
    assert set(told) == {
        ("Patient.item[x]", "element", "removed", "0..1 string", None),
        ("Patient.itemReference", "max", "changed", "1", "*"),
    }
    back = {(row.path, row.aspect, row.kind, row.left, row.right) for row in diff(named, choice)}
    assert back == {
        ("Patient.item[x]", "element", "added", None, "0..1 string"),
        ("Patient.itemReference", "max", "changed", "*", "1"),
    }


def test_what_became_something_else_is_told_by_its_type_alone() -> None:
    left = structure(element("Patient.a", 0, 1, "BackboneElement"), element("Patient.a.b", 0, 1, "string"))
    right = structure(element("Patient.a", 0, 1, "CodeableReference"))
    for rows in (diff(left, right), diff(right, left)):
        assert [(row.path, row.aspect, row.grade) for row in rows] == [("Patient.a", "type", "breaks-both")]


def test_parts_that_became_a_data_type_are_compared_with_it() -> None:
    left = structure(element("Patient.a", 0, 1, "BackboneElement"), element("Patient.a.start", 1, 1, "dateTime"))
    right = structure(element("Patient.a", 0, 1, "Period"))
    told = {(row.path, row.aspect): row.grade for row in diff(left, right)}
    assert told["Patient.a", "type"] == "information"
    assert told["Patient.a.start", "min"] == "breaks-receiver"


def invariant(key: str, expression: str, severity: Any = "error") -> Constraint:
    return Constraint(key, severity, expression, "Say it.")


@pytest.mark.parametrize(
    ("left", "right", "kind", "grade"),
    [
        ((), (invariant("x-1", "a"),), "added", "breaks-sender"),
        ((invariant("x-1", "a"),), (), "removed", "breaks-receiver"),
        ((), (invariant("x-1", "a", "warning"),), "added", "information"),
        ((invariant("x-1", "a", "warning"),), (invariant("x-1", "a"),), "changed", "breaks-sender"),
        ((invariant("x-1", "a"),), (invariant("x-1", "b"),), "changed", "breaks-both"),
    ],
)
def test_invariants_are_known_by_their_keys(left: Any, right: Any, kind: str, grade: str) -> None:
    (row,) = diff_elements(made({"constraints": left}), made({"constraints": right}))
    assert (row[0], row[1], row[2], row[5]) == (f"{BIRTH}.constraint[x-1]", "constraint", kind, grade)


def test_an_invariant_under_another_key_is_the_same() -> None:
    left, right = (made({"constraints": (invariant(key, "a  and b"),)}) for key in ("x-1", "y-1"))
    assert diff_elements(left, right) == [
        (f"{BIRTH}.constraint[x-1]", "constraint", "changed", "x-1", "y-1", "information")
    ]


def test_spaces_in_an_expression_are_no_difference() -> None:
    left, right = (made({"constraints": (invariant("x-1", text),)}) for text in ("a and(b)", "a and (b)"))
    assert diff_elements(left, right) == []


def test_an_invariant_at_many_elements_is_told_once() -> None:
    names = ("Patient.a", "Patient.b", "Patient.c")
    left = structure(*(element(name) for name in names))
    right = structure(*(element(name, constraints=(invariant("x-1", "a"),)) for name in names))
    (row,) = diff(left, right)
    assert row.path == "Patient.a.constraint[x-1]"
    assert row.why.endswith("The same holds at 2 other elements.")


def slices(*names: str, rules: Any = "open", least: int = 0, **facts: Any) -> Any:
    slicing = Slicing((Discriminator("value", "system"),), rules)
    base = element("Patient.identifier", 0, None, "Identifier", slicing=slicing)
    return structure(
        base,
        *(
            element(f"Patient.identifier:{name}", least, 1, "Identifier", slice_name=name, base_most=None, **facts)
            for name in names
        ),
    )


@pytest.mark.parametrize(
    ("facts", "added", "removed"),
    [
        ({"least": 1}, "breaks-sender", "breaks-receiver"),
        ({"must_support": True}, "breaks-sender", "breaks-receiver"),
        ({}, "information", "information"),
    ],
)
def test_a_slice_of_one_side_is_told_as_a_whole(facts: dict[str, Any], added: str, removed: str) -> None:
    without, with_it = slices(), slices("mrn", **facts)
    (there,), (back,) = diff(without, with_it), diff(with_it, without)
    assert (there.path, there.aspect, there.kind, there.grade) == ("Patient.identifier:mrn", "slice", "added", added)
    assert (back.kind, back.grade) == ("removed", removed)


def test_an_extension_slice_is_found_under_another_name() -> None:
    left, right = (
        structure(
            element("Patient.extension", 0, None, "Extension"),
            element(f"Patient.extension:{name}", 0, most, ElementType("Extension", (RACE,)), base_most=None),
        )
        for name, most in (("race", 1), ("us-core-race", None))
    )
    assert [tell(row)[:5] for row in diff(left, right)] == [
        ("Patient.extension:race", "sliceName", "changed", "extension:race", "extension:us-core-race"),
        ("Patient.extension:race", "max", "changed", "1", "*"),
    ]


def test_a_slice_is_found_by_what_is_fixed_in_it_however_it_is_written() -> None:
    pattern = {"pattern": ("Identifier", {"system": "urn:mrn"})}
    left = slices("mrn", **pattern)
    right = slices("record")
    system = element("Patient.identifier:record.system", 1, 1, "uri", fixed=("uri", "urn:mrn"), is_summary=True)
    right = structure(*right.elements[1:], system)
    for rows in (diff(left, right), diff(right, left)):
        assert [row.aspect for row in rows if row.aspect != "constraint"] == ["sliceName"]


def test_what_a_slice_only_has_from_the_sliced_element_is_told_once() -> None:
    def side(most: int | None) -> Any:
        names = ("Patient.contact", "Patient.contact.name", "Patient.contact:kin", "Patient.contact:kin.name")
        return structure(*(element(name, 0, most if name.endswith("name") else None, base_most=None) for name in names))

    assert [row.path for row in diff(side(None), side(1))] == ["Patient.contact.name"]


def test_closing_a_list_breaks_who_sends_other_items() -> None:
    (there,), (back,) = diff(slices("a"), slices("a", rules="closed")), diff(slices("a", rules="closed"), slices("a"))
    assert (there.aspect, there.grade, back.grade) == ("slicing", "breaks-sender", "breaks-receiver")


def test_what_one_profile_spells_out_is_held_against_the_data_type_of_the_other() -> None:
    name = element("Patient.name", 0, None, "HumanName")
    family = element("Patient.name.family", 1, 1, "string", base_path="HumanName.family")
    rows = [tell(row) for row in diff(structure(name), structure(name, family)) if row.aspect == "min"]
    assert rows[0][:5] == ("Patient.name.family", "min", "changed", "0", "1")


def test_a_choice_of_one_type_is_the_same_however_it_is_named() -> None:
    choice = element("Patient.deceased[x]", 0, 1, "boolean", base_path="Patient.deceased[x]")
    named = element("Patient.deceased[x]:deceasedBoolean", 0, 1, "boolean", base_path="Patient.deceased[x]")
    old = element("Patient.deceasedBoolean", 0, 1, "boolean", base_path="Patient.deceased[x]")
    assert diff(structure(choice), structure(choice, named)) == ()
    assert diff(structure(choice), structure(old)) == ()


@pytest.mark.parametrize(
    ("facts", "added", "removed"),
    [
        ({"least": 1}, "breaks-sender", "breaks-both"),
        ({"must_support": True}, "breaks-sender", "breaks-both"),
        ({"is_modifier": True}, "breaks-receiver", "breaks-sender"),
        ({}, "compatible", "breaks-sender"),
    ],
)
def test_an_element_of_one_side_alone(facts: dict[str, Any], added: str, removed: str) -> None:
    given = made(facts)
    (there,), (back,) = diff(structure(), structure(given)), diff(structure(given), structure())
    assert (there.path, there.aspect, there.kind, there.grade) == (BIRTH, "element", "added", added)
    assert (back.kind, back.grade) == ("removed", removed)


def test_what_stands_below_a_forbidden_element_is_not_told_again() -> None:
    def side(most: int | None, least: int) -> Any:
        return structure(element("Patient.contact", 0, most, base_most=None), element("Patient.contact.name", least))

    assert [row.path for row in diff(side(None, 0), side(0, 1))] == ["Patient.contact"]


def test_where_an_extension_may_stand_is_told() -> None:
    left, right = (
        structure(contexts=tuple(ExtensionContext("element", name) for name in names))
        for names in (("Patient", "Group"), ("Patient", "Person"))
    )
    assert {tell(row)[::2] for row in diff(left, right)} == {
        ("context[Group]", "removed", None),
        ("context[Person]", "added", "Person"),
    }


def test_heads_inform() -> None:
    (row,) = diff(structure(status="draft"), structure(status="active"))
    assert tell(row) == ("status", "status", "changed", "draft", "active", "information")


def test_a_profile_without_snapshot_is_refused_in_words() -> None:
    with pytest.raises(WorkbenchError, match=r"urn:p\|1 has no snapshot"):
        diff(structure(), structure(is_differential=True))


@pytest.mark.parametrize("release", ["4.0", "4.3", "5.0"])
def test_nothing_differs_from_itself_in_any_release(release: str) -> None:
    world = load_definitions(release)
    heads = world.structure_heads()
    assert len(heads) > 300
    for head in heads:
        found = world.structure(head.url)
        assert found
        if found.is_differential:
            continue  # a few of the standard's examples come without a snapshot
        side = StructureSide(found, world, no_codes)
        assert diff_structures(side, side) == (), head.url


@needs_packages
@pytest.mark.parametrize("name", ["311", "400", "610", "700"])
def test_nothing_differs_from_itself_in_us_core(name: str) -> None:
    package = published(name)
    for url in package.structures:
        assert diff_structures(package.side(url), package.side(url)) == (), url


@needs_packages
@pytest.mark.parametrize(("older", "newer"), [("311", "610"), ("400", "700")])
def test_turned_about_each_row_of_us_core_turns(older: str, newer: str) -> None:
    left, right = published(older), published(newer)
    count = 0
    for url in left.structures.keys() & right.structures.keys():
        there = diff_structures(left.side(url), right.side(url))
        back = diff_structures(right.side(url), left.side(url))
        assert len(there) == len(back), url
        mirrored = {(row.aspect, row.left, row.right): row for row in back}
        for row in there:
            turned = mirrored[row.aspect, row.right, row.left]
            assert turned.kind == {"added": "removed", "removed": "added"}.get(row.kind, row.kind)
            if row.aspect in SURE:
                assert turned.grade == TURNED.get(row.grade, row.grade), row
            count += 1
    assert count > 100


@needs_packages
def test_us_core_patient_from_3_1_1_to_6_1_0_as_read_by_hand() -> None:
    url = US_CORE + "us-core-patient"
    rows = diff_structures(published("311").side(url), published("610").side(url))
    assert {tell(row) for row in rows if row.aspect != "mark"} == {
        ("Patient.extension:race", "mustSupport", "removed", "true", None, "breaks-receiver"),
        ("Patient.extension:ethnicity", "mustSupport", "removed", "true", None, "breaks-receiver"),
        ("Patient.extension:birthsex", "mustSupport", "removed", "true", None, "breaks-receiver"),
        ("Patient.telecom", "mustSupport", "removed", "true", None, "breaks-receiver"),
        ("Patient.address.period", "mustSupport", "removed", "true", None, "breaks-receiver"),
        ("Patient.communication", "mustSupport", "removed", "true", None, "breaks-receiver"),
        (
            "Patient.extension:tribalAffiliation",
            "slice",
            "added",
            None,
            "0..* Extension(us-core-tribal-affiliation), uscdi-requirement",
            "compatible",
        ),
        (
            "Patient.extension:sex",
            "slice",
            "added",
            None,
            "0..1 Extension(us-core-sex), uscdi-requirement",
            "compatible",
        ),
        (
            "Patient.extension:genderIdentity",
            "slice",
            "added",
            None,
            "0..* Extension(us-core-genderIdentity), uscdi-requirement",
            "compatible",
        ),
        ("Patient.name.constraint[us-core-8]", "constraint", "changed", "us-core-8", "us-core-6", "information"),
    }


@needs_packages
def test_what_lost_must_support_and_is_marked_instead_says_so() -> None:
    url = US_CORE + "us-core-patient"
    rows = {row.path: row for row in diff_structures(published("311").side(url), published("610").side(url))}
    assert "It is marked as uscdi-requirement" in rows["Patient.extension:race"].why
    assert "marked" not in rows["Patient.extension:birthsex"].why
    mark = rows["Patient.mark[uscdi-requirement]"]
    assert (mark.left, mark.grade) == (None, "information")
    assert "extension:race" in str(mark.right)


def test_a_mark_is_told_once_for_a_structure() -> None:
    names = ("Patient.a", "Patient.b")
    left = structure(*(element(name) for name in names))
    right = structure(*(element(name, marks=("urn:guide/asked",)) for name in names))
    (row,) = diff(left, right)
    assert tell(row) == ("Patient.mark[asked]", "mark", "added", None, "a, b", "information")


@needs_packages
def test_us_core_observation_lab_asks_for_a_us_core_specimen_from_6_1_0_on() -> None:
    url = US_CORE + "us-core-observation-lab"
    rows = {
        (row.path, row.aspect): row for row in diff_structures(published("311").side(url), published("610").side(url))
    }
    assert rows["Observation.specimen", "mustSupport"].grade == "breaks-sender"
    target = rows["Observation.specimen", "targetProfile"]
    assert (target.left, target.right, target.grade) == ("Specimen", "us-core-specimen", "breaks-sender")
    assert target.why == "Specimen must follow us-core-specimen."
    renamed = rows["Observation.category:Laboratory", "sliceName"]
    assert renamed.right == "category:us-core"
