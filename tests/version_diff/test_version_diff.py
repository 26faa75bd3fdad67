from itertools import pairwise

import pytest

from workbench.diff.difference import Difference
from workbench.errors import WorkbenchError
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, load_dictionary
from workbench.version_diff.field_diff import table_of
from workbench.version_diff.version_diff import diff_versions
from workbench.version_diff.version_part import VersionPart, find_version_part
from workbench.version_diff.version_section import section_of

PAIRS = [*pairwise(KNOWN_VERSIONS), ("2.3", "2.5.1"), ("2.5.1", "2.8.2"), ("2.5.1", "2.3")]


def part(text: str) -> VersionPart:
    found = find_version_part(text)
    assert found is not None
    return found


def compare(left: str, right: str) -> tuple[Difference, ...]:
    return diff_versions(part(f"hl7v2:{left}"), part(f"hl7v2:{right}"))


def find(rows: tuple[Difference, ...], path: str, aspect: str) -> Difference:
    (found,) = [row for row in rows if (row.path, row.aspect) == (path, aspect)]
    return found


def told(rows: tuple[Difference, ...], aspect: str) -> dict[str, tuple[str | None, str | None]]:
    return {row.path: (row.left, row.right) for row in rows if row.aspect == aspect}


@pytest.mark.parametrize("version", KNOWN_VERSIONS)
def test_a_version_does_not_differ_from_itself(version: str) -> None:
    assert compare(version, version) == ()


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_every_change_of_a_field_or_component_in_the_tables_is_one_row(left: str, right: str) -> None:
    rows = compare(left, right)
    here, there = load_dictionary(left), load_dictionary(right)
    expected: dict[str, dict[str, tuple[str, str]]] = {"datatype": {}, "max": {}, "table": {}, "length": {}}
    for name in {*here.segments()} & {*there.segments()}:
        for number, (one, other) in enumerate(zip(here.fields(name), there.fields(name), strict=False), 1):
            if "W" in (one.usage, other.usage):
                continue
            place = f"{name}-{number}"
            if one.datatype != other.datatype:
                expected["datatype"][place] = one.datatype, other.datatype
            if one.length and other.length and one.length != other.length:
                expected["length"][place] = str(one.length), str(other.length)
            if one.most != other.most:
                expected["max"][place] = str(one.most or "*"), str(other.most or "*")
            tables = one.table, other.table
            if one.datatype != other.datatype:
                tables = table_of(one, here), table_of(other, there)
            if tables[0] != tables[1]:
                expected["table"][place] = tables
    for aspect, changes in expected.items():
        found = {path: (a or "", b or "") for path, (a, b) in told(rows, aspect).items() if path[3:4] == "-"}
        assert found == changes, aspect


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_what_one_version_alone_has_is_told_as_such(left: str, right: str) -> None:
    rows = compare(left, right)
    here, there = load_dictionary(left), load_dictionary(right)
    gone = {row.path for row in rows if row.aspect == "segment" and row.kind == "removed" and len(row.path) == 3}
    assert gone == {*here.segments()} - {*there.segments()}
    new = {row.path for row in rows if row.aspect == "datatype" and row.kind == "added" and row.left is None}
    assert {path for path in new if "-" not in path and "." not in path} == {*there.datatypes()} - {*here.datatypes()}
    known = {*here.structures(), *there.structures()}
    structures = {row.path for row in rows if row.aspect in ("structure", "moved") and row.path in known}
    assert structures == {*here.structures()} ^ {*there.structures()}
    for row in rows:
        if row.aspect == "field":
            name, number = row.path.split("-")
            counts = len(here.fields(name)), len(there.fields(name))
            assert min(counts) < int(number) <= max(counts)


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_turned_around_the_same_places_differ(left: str, right: str) -> None:
    aspects = ("datatype", "max", "table", "value", "field", "component", "name", "segment")
    there = {(row.path, row.aspect, row.left, row.right) for row in compare(left, right) if row.aspect in aspects}
    back = {(row.path, row.aspect, row.right, row.left) for row in compare(right, left) if row.aspect in aspects}
    fields = {row for row in there if "-" in row[0] or row[0].startswith("table")}
    assert fields == {row for row in back if "-" in row[0] or row[0].startswith("table")}


def test_patient_identifiers_are_told_as_moved() -> None:
    rows = compare("2.3:PID", "2.5.1:PID")
    for place in ("PID-2", "PID-4", "PID-19", "PID-20"):
        moved = find(rows, place, "moved")
        assert moved.right == "PID-3 Patient Identifier List" and moved.grade == "breaks-receiver"
    assert find(rows, "PID-10", "datatype").grade == "breaks-receiver"
    assert find(rows, "PID-16", "max").grade == "breaks-sender"
    assert find(rows, "PID-31", "field").grade == "compatible"


def test_what_is_withdrawn_says_where_it_is_asked_for() -> None:
    withdrawn = find(compare("2.5.1:PID", "2.7:PID"), "PID-2", "usage")
    assert (withdrawn.left, withdrawn.right, withdrawn.grade) == ("optional, CX", "withdrawn", "breaks-both")
    assert "PID-3" in withdrawn.why
    assert "TQ1" in find(compare("2.5.1:ORC", "2.8.2:ORC"), "ORC-7", "usage").why


def test_components_are_told_as_moved_too() -> None:
    row = find(compare("2.4:XPN", "2.5.1:XPN"), "XPN.6", "moved")
    assert row.right == "XPN.14 Professional Suffix"
    assert "XTN.12" in find(compare("2.5.1:XTN", "2.6:XTN"), "XTN.1", "usage").why


def test_an_older_version_is_not_asked_for_the_newer_place() -> None:
    assert not told(compare("2.5.1:PID", "2.3:PID"), "moved")


def test_a_longer_type_of_the_same_parts_is_compatible() -> None:
    assert find(compare("2.5.1:OBR", "2.7:OBR"), "OBR-4", "datatype").grade == "compatible"
    assert find(compare("2.5.1:PID", "2.7:PID"), "PID-7", "datatype").grade == "information"


def test_required_fields_break_who_sends() -> None:
    row = find(compare("2.3:MSH", "2.5.1:MSH"), "MSH-7", "usage")
    assert (row.left, row.right, row.grade) == ("optional", "required", "breaks-sender")


def test_groups_of_another_name_hold_what_they_held() -> None:
    rows = compare("2.3:ORU_R01", "2.5.1:ORU_R01")
    renamed = find(rows, "ORU_R01.RESPONSE", "name")
    assert (renamed.left, renamed.right, renamed.grade) == ("RESPONSE", "PATIENT_RESULT", "information")
    assert find(rows, "ORU_R01.RESPONSE.ORDER_OBSERVATION.OBSERVATION", "usage").grade == "breaks-receiver"
    assert find(rows, "ORU_R01.RESPONSE.ORDER_OBSERVATION.TIMING_QTY", "group").grade == "compatible"
    assert not [row for row in rows if row.path.startswith("ORU_R01") and row.kind == "removed"]


def test_event_leads_to_the_structure_of_each_version() -> None:
    rows = compare("2.3:ADT^A28", "2.5.1:ADT_A28")
    assert (rows[0].left, rows[0].right, rows[0].aspect) == ("ADT_A01", "ADT_A05", "structure")
    whole = compare("2.3", "2.5.1")
    assert find(whole, "ADT^A28", "structure").right == "ADT_A05"
    assert find(whole, "RDE_O01", "moved").right == "RDE_O11"


def test_values_of_tables_are_told_by_whose_they_are() -> None:
    rows = diff_versions(part("hl7v2:2.5.1:0003"), part("hl7v2:2.8.2:3"))
    assert rows and {row.aspect for row in rows} == {"value"}
    assert {row.grade for row in rows if row.kind == "added"} == {"breaks-receiver"}
    own = diff_versions(part("hl7v2:2.5.1:0001"), part("hl7v2:2.8.2:0001"))
    assert all(row.grade == "information" for row in own)


def test_every_row_is_of_a_section_of_the_standard() -> None:
    left, right = load_dictionary("2.3"), load_dictionary("2.8.2")
    for row in compare("2.3", "2.8.2"):
        name = row.path.partition("-")[0].partition(".")[0]
        known = {
            "Trigger events": "^" in row.path,
            "Messages": name in left.structures() or name in right.structures() or name == "*",
            "Segments": left.knows_segment(name) or right.knows_segment(name),
            "Data types": name in left.datatypes() or name in right.datatypes(),
            "Tables": row.path.startswith("table"),
        }
        assert known[section_of(row)], row


def test_what_half_of_all_messages_have_alike_is_told_once() -> None:
    rows = compare("2.3", "2.5.1")
    software = find(rows, "*.SFT", "segment")
    assert software.grade == "compatible" and "So in" in software.why
    assert not [row for row in rows if row.path == "ADT_A01.SFT"]
    assert find(compare("2.3:ADT_A01", "2.5.1:ADT_A01"), "ADT_A01.SFT", "segment")


def test_unknown_tables_are_said_to_be_unknown() -> None:
    (row,) = [row for row in compare("2.3", "2.5.1") if row.aspect == "tables"]
    assert row.left is None and "2.3 are not known here" in row.why


def test_two_data_types_of_two_names_are_held_against_each_other() -> None:
    rows = compare("2.3:CK", "2.5.1:CX")
    assert find(rows, "CK.5", "component").grade == "compatible"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hl7v2:2.9", "v2.9 is not known"),
        ("hl7v2:2.5:PIX", "has no “PIX”"),
        ("hl7v2:2.3:0001", "tables of HL7 v2.3 are not known"),
    ],
)
def test_what_is_not_known_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(WorkbenchError, match=words):
        find_version_part(text)


def test_other_forms_are_left_to_others() -> None:
    assert find_version_part("R4:Patient") is None
    assert find_version_part("hl7.fhir.us.core#6.1.0") is None


def test_a_message_whose_event_is_built_otherwise_names_the_structure_to_compare() -> None:
    row = find(compare("2.3", "2.5.1"), "RQC_I06", "structure")
    assert (row.left, row.right) == ("RQC_I06", "RQC_I05") and "built as RQC_I05" in row.why
