"""Facts of a place: what the version says of it, and of what it does not know the value alone."""

from __future__ import annotations

import pytest

from workbench.hl7v2.dictionary import load_dictionary
from workbench.hl7v2.message import parse_message, parse_path
from workbench.hl7v2.place_facts import PlaceFacts, describe_place

MESSAGE = parse_message("MSH|^~\\&|A|B|C|D|20260101120000||ADT^A01|1|P|2.5.1\rPID|1||9||||19800101|F\rZPI|1|bed\r")


def facts(path: str) -> PlaceFacts:
    place = parse_path(path)
    (segment,) = MESSAGE.find_segments(place.segment)
    return describe_place(segment, place, load_dictionary("2.5.1"))


def test_a_place_of_the_version_has_its_name_type_and_table() -> None:
    told = facts("PID-8")
    assert (told.name, told.datatype, told.table, told.value) == ("Administrative Sex", "IS", "0001", "F")


@pytest.mark.parametrize(("path", "value"), [("ZPI-2", "bed"), ("PID-99", "")])
def test_a_place_that_the_version_does_not_know_has_its_value_alone(path: str, value: str) -> None:
    assert facts(path) == PlaceFacts(parse_path(path), value=value)
