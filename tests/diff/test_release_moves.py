"""The moves between releases are facts: each fits the structures of the releases that it is said of."""

from __future__ import annotations

from functools import lru_cache

import pytest

from workbench.definitions.definitions import load_definitions
from workbench.definitions.structure import ElementDefinition
from workbench.diff.release_moves import Move, all_moves, find_moves

OLDER = {"5.0": ("4.0", "4.3"), "4.3": ("4.0",), "4.0": ("3.0",)}
OF_COMPLETE_RELEASES = [move for move in all_moves() if move.since in OLDER]


@lru_cache(maxsize=4)
def elements(release: str) -> dict[str, ElementDefinition]:
    world = load_definitions(release)
    types = (world.structure(head.url) for head in world.structure_heads() if head.derivation != "constraint")
    return {element.id: element for found in types if found for element in found.elements}


@pytest.mark.parametrize("move", OF_COMPLETE_RELEASES, ids=lambda move: f"{move.left} {move.right}")
def test_what_moved_is_there_before_and_its_new_place_after(move: Move) -> None:
    older = [release for release in OLDER[move.since] if move.left in elements(release)]
    assert older, f"{move.left} is in no release before {move.since}"
    assert move.right in elements(move.since)
    assert move.left not in elements(move.since)
    if "." in move.right:
        assert all(move.right not in elements(release) for release in older)
    assert move.why.endswith(".")


@pytest.mark.parametrize(
    "move",
    [move for move in OF_COMPLETE_RELEASES if move.is_rename and "." in move.left],
    ids=lambda move: f"{move.left} {move.right}",
)
def test_what_was_only_renamed_takes_values_that_it_took_before(move: Move) -> None:
    """A rename shares a type with what it was, and the value set where its last name does not tell enough."""
    before = next(elements(release)[move.left] for release in OLDER[move.since] if move.left in elements(release))
    after = elements(move.since)[move.right]
    kinds = {kind.code for kind in before.types} & {kind.code for kind in after.types}
    alike = {frozenset(("string", "id")), frozenset(("dateTime", "date")), frozenset(("string", "markdown"))}
    pairs = {frozenset((one.code, other.code)) for one in before.types for other in after.types}
    assert kinds or pairs & alike, f"{before.types} {after.types}"


def test_moves_are_known_in_both_directions() -> None:
    there = {(move.left, move.right) for move in find_moves("4.0", "5.0")}
    assert ("Encounter.hospitalization", "Encounter.admission") in there
    assert {(right, left) for left, right in there} == {(move.left, move.right) for move in find_moves("5.0", "4.0")}
    assert find_moves("4.0", "4.0") == ()


def test_what_moved_twice_is_followed_over_both() -> None:
    there = {(move.left, move.right): move for move in find_moves("3.0", "5.0")}
    assert there["Encounter.reason", "Encounter.reason.value"].is_rename is False
    assert ("MedicationStatement.context", "MedicationStatement.encounter") in there


def test_no_move_of_one_release_is_taken_for_that_of_another() -> None:
    """Encounter.reason of STU3 became reasonCode in R4, and Encounter.reason of R5 is something else."""
    assert ("Encounter.reason", "Encounter.reasonCode") in {(m.left, m.right) for m in find_moves("3.0", "4.0")}
    assert ("Encounter.reasonCode", "Encounter.reason") not in {(m.left, m.right) for m in find_moves("4.0", "5.0")}
