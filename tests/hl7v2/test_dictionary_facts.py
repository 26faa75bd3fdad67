"""The compiled facts of every version, walked whole beside the tables of hl7apy."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import hl7apy
import pytest

from workbench.errors import WorkbenchError
from workbench.hl7v2 import dictionary_file
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, ComponentDefinition, StructureNode, load_dictionary
from workbench.hl7v2.dictionary_file import read_facts

ROOT = Path(__file__).parents[2]
DATA = ROOT / "workbench/hl7v2/data"
TOOL = runpy.run_path(str(ROOT / "tools/compile_hl7v2.py"))
to_words: Callable[[str], str] = TOOL["to_words"]
# Where hl7apy is set right: docs/hl7v2-dictionary.md tells why.
TYPES = {("2.1", "RX1_25"): "TS", ("2.6", "PR1_8"): "WD", ("2.5.1", "MSA_5"): ""}
TYPES |= {("2.1", "OBR_26"): "CE", ("2.1", "PV1_31"): "ST", ("2.1", "UB1_16"): "ID", ("2.7", "OBR_13"): "ST"}
TYPES |= {("2.3", "MRG_7"): "XPN", ("2.3", "ORC_14"): "XTN", ("2.3", "STF_10"): "XTN"}
TYPES |= {("2.5.1", f"OBX_{number}"): "" for number in (20, 21, 22)}
NAMES = {
    ("2.1", "RX1_25"): ("Last Refill Date/Time", ""),
    ("2.1", "RX1_30"): ("Instructions Sig", ""),
}


# What hl7apy requires and the standard does not.
NOT_REQUIRED = {("2.1", "FT1_14"), ("2.1", "TS_1"), ("2.1", "TS_2"), ("2.3", "OBR_27")}
NOT_REQUIRED |= {(version, "OBX_2") for version in ("2.3.1", "2.7", "2.8", "2.8.1", "2.8.2")}
NOT_REQUIRED |= {(version, "OBX_4") for version in ("2.3.1", "2.7", "2.8", "2.8.1", "2.8.2")}


@lru_cache(maxsize=1)
def required_since_26() -> frozenset[str]:
    """Components that hl7apy requires from 2.6 on; of 2.5 and 2.5.1 it does not tell. TS went with 2.5.1."""
    types = hl7apy.load_library("2.6").DATATYPES_STRUCTS.values()
    return frozenset(name for parts in types for name, _, (least, _), _ in parts if least) - {"MSG_2", "MSG_3"} | {
        "TS_1"
    }


def table_of_251(version: str, name: str, title: str) -> str:
    """The table that hl7apy names for a component in 2.5.1, where another version with tables has it alike."""
    for parts in hl7apy.load_library("2.5.1").DATATYPES_STRUCTS.values() if version >= "2.3.1" else ():
        for other, facts, *_ in parts:
            if other == name and facts[3] == title:
                return (facts[4] or "").removeprefix("HL7")
    return ""


def limits(least: int, most: int) -> tuple[int, int | None]:
    return least, None if most < 0 else most


@lru_cache(maxsize=1)
def limits_since_26() -> dict[str, int]:
    """How often fields may stand that hl7apy has a number for, which it has from 2.6 on."""
    segments = [facts[1] for facts in hl7apy.load_library("2.6").SEGMENTS.values() if facts[0] == "sequence"]
    return {name: most for fields in segments for name, _, (_, most), _ in fields if most > 1}


def assert_parts(version: str, expected: Any, found: tuple[ComponentDefinition, ...]) -> None:
    numbers = [int(name.rpartition("_")[2]) for name, *_ in expected]
    ends_withdrawn = version >= "2.7" and "AL1_1" in [name for name, *_ in expected]
    assert len(found) == max(numbers, default=0) + ends_withdrawn
    left_out = [part for number, part in enumerate(found, 1) if number not in numbers]
    assert all(part.name and part.usage == "W" for part in left_out)
    for number, (name, facts, (least, most), _) in zip(numbers, expected, strict=True):
        part = found[number - 1]
        words = NAMES.get((version, name)) or (to_words(facts[3]), (facts[4] or "").removeprefix("HL7"))
        words = words[0], {"025": "0025"}.get(words[1], words[1])
        if not words[1] and facts[2] in ("ID", "IS") and (version, name) not in NAMES:
            words = words[0], table_of_251(version, name, facts[3])
        assert (part.name, part.table) == words, name
        assert part.datatype == TYPES.get((version, name), facts[2]), name
        if (version, name) in NOT_REQUIRED:
            least = 0
        elif version in ("2.5", "2.5.1") and name in required_since_26():
            least = 1
        least, expected_most = limits(least, most)
        if expected_most is None and version < "2.6" and (part.most or 0) > 1:
            expected_most = part.most
            assert version < "2.5" or limits_since_26()[name] == part.most, name
        assert (part.least, part.most) == (least, TOOL["most_of"](version, name, expected_most)), name
        assert not (part.conditional and part.least), name


@pytest.mark.parametrize(
    ("version", "segment", "number", "most"),
    [
        ("2.3", "PID", 5, None),
        ("2.3", "PV1", 8, None),
        ("2.3", "PV1", 10, 1),
        ("2.5.1", "OBX", 23, 1),
        ("2.7", "SPM", 32, 1),
        ("2.8.2", "AUT", 29, 1),
        ("2.8.2", "PID", 3, None),
    ],
)
def test_how_often_a_field_may_stand_is_set_right(version: str, segment: str, number: int, most: int | None) -> None:
    field = load_dictionary(version).field(segment, number)
    assert field is not None and field.most == most


@pytest.mark.parametrize(
    ("version", "path", "name"),
    [
        ("2.8", "EVN-2", "Recorded Date/Time"),
        ("2.8.2", "PID-28", "Nationality"),
        ("2.8.2", "PID-30", "Patient Death Indicator"),
        ("2.8", "ERR-3", "HL7 Error Code"),
        ("2.6", "DG1-15", "Diagnosis Priority"),
        ("2.6", "PID-13.2", "Telecommunication Use Code"),
        ("2.7", "PV1-53", "Service Episode Description"),
        ("2.8.1", "AL1-6", "Identification Date"),
    ],
)
def test_what_stands_behind_a_withdrawn_field_keeps_its_number(version: str, path: str, name: str) -> None:
    assert load_dictionary(version).name_of(path) == name


def assert_children(expected: Any, found: StructureNode) -> None:
    assert len(expected[1]) == len(found.children)
    assert found.choice is (expected[0] == "choice")
    for (name, below, (least, most), kind), node in zip(expected[1], found.children, strict=True):
        assert (node.least, node.most) == limits(least, most)
        if kind == "GRP":
            assert node.kind == "group" and (name == node.name or name.endswith("_" + node.name))
            assert_children(below, node)
        else:
            assert (node.kind, node.name, node.children) == ("segment", name, ())


@pytest.mark.parametrize("version", KNOWN_VERSIONS)
def test_every_segment_and_field_is_as_in_hl7apy(version: str) -> None:
    expected = {name: facts for name, facts in hl7apy.load_library(version).SEGMENTS.items() if facts[0] != "choice"}
    dictionary = load_dictionary(version)
    assert set(dictionary.segments()) == set(expected)
    for name, facts in expected.items():
        fields = facts if not isinstance(facts[0], str) else facts[1] if len(facts) > 1 else ()
        assert_parts(version, fields, dictionary.fields(name))


@pytest.mark.parametrize("version", KNOWN_VERSIONS)
def test_every_data_type_and_component_is_as_in_hl7apy(version: str) -> None:
    library, dictionary = hl7apy.load_library(version), load_dictionary(version)
    assert set(dictionary.datatypes()) == {*library.DATATYPES_STRUCTS, *library.BASE_DATATYPES}
    for name in dictionary.datatypes():
        assert_parts(version, library.DATATYPES_STRUCTS.get(name, ()), dictionary.components(name))


@pytest.mark.parametrize("version", KNOWN_VERSIONS)
def test_every_structure_and_group_is_as_in_hl7apy(version: str) -> None:
    messages, dictionary = hl7apy.load_library(version).MESSAGES, load_dictionary(version)
    assert set(dictionary.structures()) == set(messages)
    for name, facts in messages.items():
        tree = dictionary.structure(name)
        assert tree
        if (version, name) not in (("2.1", "ORM_O01"), ("2.2", "ORM_O01")):
            assert_children(facts, tree)


@pytest.mark.parametrize(("version", "chosen"), [("2.1", "OBR ORO RX1"), ("2.2", "OBR RQD RQ1 RXO ODS ODT")])
def test_an_order_of_the_first_versions_holds_one_of_several_with_its_notes(version: str, chosen: str) -> None:
    order = load_dictionary(version).structure("ORM_O01")
    assert order
    detail = order.children[3].children[1]
    assert detail.children[0].choice
    assert [node.name for node in detail.children[0].children] == chosen.split()
    assert [(node.name, node.least, node.most) for node in detail.children[1:]] == [
        ("NTE", 0, None),
        ("OBX", 0, None),
        ("NTE", 0, None),
    ]


@pytest.mark.parametrize("version", KNOWN_VERSIONS)
def test_every_table_is_as_in_hl7apy(version: str) -> None:
    tables = getattr(hl7apy.load_library(version), "TABLES", {})
    dictionary = load_dictionary(version)
    assert len(dictionary.tables()) == len(tables)
    for name, (title, values) in tables.items():
        found = dictionary.table("0025" if name == "HL7025" else name.removeprefix("HL7"))
        assert found and found[0] == title.strip()
        assert set(found[1]) == {value.strip() for value in values} - {""} and len(found[1]) == len(set(found[1]))


def test_the_tool_compiles_the_shipped_facts_byte_for_byte(tmp_path: Path) -> None:
    assert TOOL["main"](["--into", str(tmp_path)]) == 0
    for name in (*KNOWN_VERSIONS, "values"):
        assert (tmp_path / f"{name}.facts").read_bytes() == (DATA / f"{name}.facts").read_bytes()


@pytest.mark.parametrize("damage", [lambda content: content[:-40], lambda content: content.replace(b"XPN", b"XPX", 1)])
def test_a_damaged_dictionary_is_refused_in_words(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    (tmp_path / "2.5.facts").write_bytes(damage((DATA / "2.5.facts").read_bytes()))
    with pytest.raises(WorkbenchError, match="damaged"):
        read_facts("2.5", tmp_path)
    with pytest.raises(WorkbenchError, match="missing"):
        read_facts("2.6", tmp_path)


def test_facts_that_are_written_are_read_again(tmp_path: Path) -> None:
    facts = {"segments": {"ZZZ": [["Größe", "ST"]]}, "tables": {}}
    (tmp_path / "9.facts").write_bytes(dictionary_file.to_bytes({}, facts))
    assert read_facts("9", tmp_path) == facts


@pytest.mark.parametrize("version", KNOWN_VERSIONS)
def test_the_structure_of_an_event_is_one_of_its_version(version: str) -> None:
    dictionary = load_dictionary(version)
    structures = set(dictionary.structures())
    assert {dictionary.structure_of(place[:3], place[4:]) for place in read_facts(version)["events"]} <= structures
    assert dictionary.structure_of("ACK", "A01") == "ACK" and dictionary.structure_of("QRY", "") == "QRY"


@pytest.mark.parametrize(
    ("version", "event", "structure"),
    [
        ("2.1", "ADT_A04", "ADT_A04"),
        ("2.2", "ADT_A28", "ADT_A28"),
        ("2.3", "ADT_A04", "ADT_A01"),
        ("2.3.1", "ADT_A05", "ADT_A01"),
        ("2.3.1", "ADT_A28", "ADT_A01"),
        ("2.4", "ADT_A28", "ADT_A05"),
        ("2.4", "ADT_A12", "ADT_A09"),
        ("2.5.1", "ADT_A08", "ADT_A01"),
        ("2.5.1", "ADT_A12", "ADT_A12"),
        ("2.5.1", "SIU_S15", "SIU_S12"),
        ("2.5.1", "MDM_T10", "MDM_T02"),
        ("2.5.1", "ADT_X99", "ADT_X99"),
        ("2.8.2", "RPA_I10", "RPA_I08"),
        ("2.8.2", "SIU_S27", "SIU_S27"),
    ],
)
def test_event_uses_the_structure_of_its_version(version: str, event: str, structure: str) -> None:
    assert load_dictionary(version).structure_of(event[:3], event[4:]) == structure


def test_tables_of_hl7_and_of_a_site_are_apart() -> None:
    dictionary = load_dictionary("2.5.1")
    assert (dictionary.table_owner("0136"), dictionary.table_owner("0085")) == ("HL7", "HL7")
    assert (dictionary.table_owner("0001"), dictionary.table_owner("0062")) == ("user", "user")
    assert dictionary.table_owner("9999") == ""


def test_a_group_of_which_one_child_stands_is_a_choice() -> None:
    order = load_dictionary("2.5.1").structure("ORM_O01")
    assert order
    pending, choices = list(order.children), []
    while pending:
        node = pending.pop()
        pending += node.children
        choices += [node] if node.choice else []
    assert [node.name for node in choices] == ["OBRRQDRQ1RXOODSODT_SUPPGRP"]
    assert [node.name for node in choices[0].children] == ["OBR", "RQD", "RQ1", "RXO", "ODS", "ODT"]


def test_what_a_version_keeps_free_is_withdrawn_and_does_not_repeat() -> None:
    field = load_dictionary("2.5.1").field("OBX", 20)
    assert field and (field.usage, field.repeats, field.datatype) == ("W", False, "")
