"""The moves between versions are facts: each fits the tables of the version that brought it and the one before."""

from __future__ import annotations

import pytest

from workbench.diff.release_moves import Move
from workbench.diff.version_moves import all_version_moves, find_version_moves
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, Dictionary, load_dictionary
from workbench.hl7v2.path import parse_path


def knows(dictionary: Dictionary, text: str) -> bool:
    if "_" in text:
        return dictionary.structure(text) is not None
    if "-" not in text and "." in text:
        datatype, number = text.split(".")
        return int(number) <= len(dictionary.components(datatype))
    place = parse_path(text)
    if place.field is None:
        return dictionary.knows_segment(place.segment)
    field = dictionary.field(place.segment, place.field)
    if field is None or field.usage == "W":
        return False
    return place.component is None or place.component <= len(dictionary.components(field.datatype))


@pytest.mark.parametrize("move", all_version_moves(), ids=lambda move: f"{move.left} {move.right}")
def test_what_moved_is_there_before_and_its_new_place_after(move: Move) -> None:
    before = KNOWN_VERSIONS[KNOWN_VERSIONS.index(move.since) - 1]
    assert knows(load_dictionary(before), move.left)
    assert knows(load_dictionary(move.since), move.right)
    assert move.why.endswith(".")
    if "_" in move.left:
        assert not knows(load_dictionary(move.since), move.left)
        assert not knows(load_dictionary(before), move.right)


def test_each_place_moves_once() -> None:
    places = [move.left for move in all_version_moves()]
    assert len(places) == len(set(places))


def test_moves_are_known_from_the_version_that_asks_for_them() -> None:
    assert "PID-2" not in find_version_moves("2.2", "2.3")
    assert find_version_moves("2.3", "2.3.1")["PID-2"].right == "PID-3"
    assert find_version_moves("2.5.1", "2.7")["PID-2"].right == "PID-3"


def test_back_in_time_only_what_is_certain_is_told() -> None:
    turned = find_version_moves("2.5.1", "2.3")
    assert turned["RDE_O11"].right == "RDE_O01" and "PID-3" not in turned
