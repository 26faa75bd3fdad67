"""Value sets and code systems are compared by their codes, and by what they are put together from."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.definition_diff.code_system_diff import diff_code_systems
from workbench.definition_diff.value_set_diff import diff_value_sets
from workbench.definitions.definitions import load_definitions
from workbench.diff.difference import Difference
from workbench.terminology.code_system import CodeSystem, Concept
from workbench.terminology.value_set import ConceptFilter, Selection, ValueSet


def listed(*codes: str, system: str = "urn:s", **facts: Any) -> ValueSet:
    found = frozenset((system, code) for code in codes)
    return ValueSet("urn:v", lister=lambda _: found, **facts)


def composed(*includes: Selection, excludes: tuple[Selection, ...] = ()) -> ValueSet:
    return ValueSet("urn:v", includes=includes, excludes=excludes)


def of(*codes: str) -> Selection:
    return Selection("urn:s", codes=tuple((code, code.upper()) for code in codes))


def tell(rows: tuple[Difference, ...]) -> list[tuple[str, str, str]]:
    return [(row.path, row.kind, row.grade) for row in rows]


def test_codes_that_one_side_alone_has_are_rows() -> None:
    assert tell(diff_value_sets(listed("a", "b"), listed("b", "c"), path="ValueSet[v]")) == [
        ("ValueSet[v].code[a]", "removed", "breaks-sender"),
        ("ValueSet[v].code[c]", "added", "breaks-receiver"),
    ]


def test_a_code_that_stands_in_another_system_is_one_row() -> None:
    (row,) = diff_value_sets(listed("a"), listed("a", system="urn:t"))
    assert (row.path, row.left, row.right, row.grade) == ("code[a]", "urn:s|a", "urn:t|a", "breaks-both")


def test_one_code_of_two_systems_is_two() -> None:
    both = ValueSet("urn:v", lister=lambda _: frozenset((("urn:s", "a"), ("urn:t", "a"))))
    (row,) = diff_value_sets(listed("a"), both)
    assert (row.path, row.kind) == ("code[urn:t|a]", "added")


def test_a_code_that_an_extensible_set_lacks_may_still_say_what_no_other_covers() -> None:
    gone, fresh = diff_value_sets(listed("a", "b"), listed("b", "c"), strength="extensible")
    assert gone.why.endswith("lacks a: send a code of it where one fits, and these where none does.")
    assert "must be sent to it where it fits" in fresh.why
    gone, fresh = diff_value_sets(listed("a", "b"), listed("b", "c"), strength="required")
    assert gone.why == "The right no longer takes a: map what is sent."


@pytest.mark.parametrize(("strength", "grade"), [("extensible", "breaks-sender"), ("preferred", "information")])
def test_the_grade_depends_on_how_strongly_it_is_bound(strength: str, grade: str) -> None:
    (row,) = diff_value_sets(listed("a", "b"), listed("b"), strength=strength)
    assert row.grade == grade


def test_sets_that_hold_the_same_codes_do_not_differ_however_they_are_put_together() -> None:
    left = listed("a", "b", includes=(of("a", "b"),))
    right = listed("a", "b", includes=(Selection("urn:s"),), excludes=(of("c"),))
    assert diff_value_sets(left, right) == ()


def test_a_code_is_not_lost_where_all_of_its_system_is_taken() -> None:
    assert tell(diff_value_sets(composed(of("a", "b")), composed(Selection("urn:s")))) == [
        ("code[all codes of urn:s]", "added", "breaks-receiver"),
    ]


def test_an_excluded_code_is_one_that_is_not_taken() -> None:
    whole = Selection("urn:s")
    (row,) = diff_value_sets(composed(whole), composed(whole, excludes=(of("a"),)))
    assert (row.path, row.kind, row.grade) == ("exclude.code[a]", "removed", "breaks-sender")


@pytest.mark.parametrize(
    "elsewhere",
    [
        Selection(value_sets=("urn:other|1",)),
        Selection("urn:s", filters=(ConceptFilter("concept", "is-a", "1"),)),
        Selection("urn:s", codes=(("z", ""),), value_sets=("urn:other",)),
    ],
)
def test_what_cannot_be_listed_here_is_told_as_a_whole(elsewhere: Selection) -> None:
    (row,) = diff_value_sets(composed(of("a")), composed(elsewhere))
    assert (row.path, row.left, row.grade) == ("compose", "urn:s|a", "breaks-both")
    assert "cannot all be listed here" in row.why
    assert diff_value_sets(composed(elsewhere), composed(elsewhere)) == ()


def test_the_status_of_a_set_informs() -> None:
    assert tell(diff_value_sets(listed("a", status="draft"), listed("a", status="active"))) == [
        ("status", "changed", "information"),
    ]


def test_the_codes_of_encounter_status_from_r4_to_r5_as_read_by_hand() -> None:
    name = "http://hl7.org/fhir/ValueSet/encounter-status"
    left, right = (load_definitions(release).value_set(name) for release in ("4.0", "5.0"))
    assert left and right
    rows = diff_value_sets(left, right)
    gone = {"code[arrived]", "code[triaged]", "code[onleave]", "code[finished]"}
    assert {row.path for row in rows if row.kind == "removed"} == gone
    fresh = {"code[discharged]", "code[completed]", "code[discontinued]", "code[on-hold]"}
    assert {row.path for row in rows if row.kind == "added"} == fresh


def system(*codes: Concept, **facts: Any) -> CodeSystem:
    return CodeSystem("urn:s", concepts={concept.code: concept for concept in codes}, **facts)


def test_code_systems_differ_in_codes_displays_and_hierarchy() -> None:
    left = system(Concept("a", "A"), Concept("b", "B"), Concept("c", "C", ("a",)))
    right = system(Concept("b", "B!"), Concept("c", "C", ("b",)), Concept("d", "D"))
    assert [(row.path, row.aspect, row.left, row.right, row.grade) for row in diff_code_systems(left, right)] == [
        ("code[a]", "code", "A", None, "breaks-sender"),
        ("code[b]", "display", "B", "B!", "information"),
        ("code[c]", "parent", "a", "b", "information"),
        ("code[d]", "code", None, "D", "breaks-receiver"),
    ]
    assert diff_code_systems(left, left) == ()


def test_case_and_content_of_a_code_system_are_told() -> None:
    rows = diff_code_systems(system(is_case_sensitive=False), system(content="fragment"), path="CodeSystem[s]")
    assert tell(rows) == [
        ("CodeSystem[s].content", "changed", "information"),
        ("CodeSystem[s].caseSensitive", "changed", "breaks-sender"),
    ]


@pytest.mark.parametrize("release", ["4.0", "4.3", "5.0"])
def test_no_value_set_of_a_release_differs_from_itself(release: str) -> None:
    world = load_definitions(release)
    names = {
        element.binding.value_set
        for head in world.structure_heads()[::4]
        if (found := world.structure(head.url))
        for element in found.elements
        if element.binding
    }
    sets = [found for name in sorted(names) if (found := world.value_set(name))]
    assert len(sets) > 50
    assert all(diff_value_sets(found, found) == () for found in sets)
